#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-vm: --nic igb
# mfraw-needs: nics
#
# The 82576 is unplugged under traffic of sockets and of raw queue pairs, many times. Each
# other time, it is dead before the kernel learns that it is gone. Users of the devices
# get errors and can clean up, and the removal does not wait for them.
set -u
here=$(dirname "$0")
PARENT=mfigb
. "$here/../lib/igb.sh"
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

times=${IGB_REMOVALS:-4}

# start: programs move frames on the network interfaces and the RDMA devices.
start() {
	local n dev

	pids=()
	for n in 1 2; do
		in_ns $n ping -q -i 0.002 -w 500 192.0.2.$((3 - n)) >/dev/null 2>&1 &
		pids+=($!)
		in_ns $n ping -q -i 0.002 -s 8000 -w 500 192.0.2.$((3 - n)) >/dev/null 2>&1 &
		pids+=($!)
	done
	users=()
	for dev in "$dev1" "$dev2"; do
		removed "$dev" 300 >"/tmp/removed.$dev" 2>&1 &
		users+=($!)
		until grep -q ready "/tmp/removed.$dev"; do
			kill -0 $! 2>/dev/null ||
				{ cat "/tmp/removed.$dev"; fail "$dev does not start"; }
			pause 0.1
		done
	done
}

finish() {
	local pid

	for pid in "${users[@]}"; do
		wait "$pid" || { cat /tmp/removed.*; fail "a program failed"; }
	done
	kill "${pids[@]}"
	wait "${pids[@]}"
} 2>/dev/null

pair_up
roce_up
# No other driver takes the device that comes back.
echo 0 >/sys/bus/pci/drivers_autoprobe
for ((i = 1; i <= times; i++)); do
	start
	((i % 2)) || igb_clear 6
	timeout 60 tee "/sys/bus/pci/devices/$IGB/remove" <<<1 >/dev/null ||
		fail "removal $i ended with $?"
	[ ! -e "/sys/class/infiniband/$dev1" ] || fail "$dev1 is still there"
	finish
	roce_down
	echo 1 >/sys/bus/pci/rescan
	igb_bind "$IGB" || fail "mfigb does not start after removal $i"
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
	dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
	roce_up >/dev/null
	echo "ok - removal $i"
done
echo 1 >/sys/bus/pci/drivers_autoprobe
ok reaches 2 192.0.2.1
roce_down

log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
pair_down
modprobe -r mfigb || fail "mfigb can't be unloaded"
