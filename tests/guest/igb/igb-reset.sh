#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-vm: --nic igb
# mfraw-needs: nics
#
# The 82576 is reset, hangs, and disappears, under traffic. Devices of subfunctions
# survive resets, and work afterwards.
set -u
here=$(dirname "$0")
PARENT=mfigb
. "$here/../lib/igb.sh"
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

# traffic: pings and large buffers between the subfunctions, both ways. Senders leave
# time to the commands that disturb them.
traffic() {
	local n

	pids=()
	for n in 1 2; do
		in_ns $n ping -q -i 0.002 -w 500 192.0.2.$((3 - n)) >/dev/null 2>&1 &
		pids+=($!)
		in_ns $n python3 - 192.0.2.$((3 - n)) <<'PY' &
import socket
import sys
import time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
end = time.monotonic() + 500
while time.monotonic() < end:
    try:
        sock.sendto(20000 * b'x', (sys.argv[1], 4000))
    except OSError:
        pass
    time.sleep(0.002)
PY
		pids+=($!)
	done
	pause 1
}

quiet() {
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	pids=()
}

soon() { # COMMAND...
	timeout 120 "$@" || fail "$* ended with $?"
}

health() { # FIELD
	devlink health show "$NIC" reporter tx -j | python3 -c "import json, sys
print(next(iter(json.load(sys.stdin)['health'].values()))[0]['$1'])"
}

recovered_since() { [ "$(health recover)" -gt "$1" ]; }

# reset_by_health: let the reporter reset the device.
reset_by_health() {
	local before

	before=$(health recover)
	ok devlink health test "$NIC" reporter tx
	within 60 recovered_since "$before" || fail "the reporter does not recover"
}

# works TEXT: both subfunctions have a link, and frames pass.
works() {
	within 60 igb_active "$IGB" || fail "no link after $1"
	ok reaches 1 192.0.2.2
	ok reaches 2 192.0.2.1
	echo "ok - $1"
}

pair_up
roce_up
names() {
	rdma_of_sf 101
	rdma_of_sf 102
	in_ns 1 ls /sys/class/net
	in_ns 2 ls /sys/class/net
}
before=$(names)
works "the start"

# The operator resets.
ok devlink health set "$NIC" reporter tx grace_period 0
traffic
for _ in 1 2 3; do
	reset_by_health
done
works "a reset by the health reporter, under traffic"
for _ in 1 2 3; do
	echo 1 >"/sys/bus/pci/devices/$IGB/reset" || fail "the bus can't reset the device"
done
works "a reset by the bus, under traffic"
quiet

# A device that may not access memory sends nothing. The driver finds that.
recovered=$(health recover)
igb_clear 4
in_ns 1 ping -q -c 3 -i 0.2 -W 1 192.0.2.2 >/dev/null
within 120 recovered_since "$recovered" || fail "a queue that hangs is not found"
works "a hang"
shows 'TDT' devlink health dump show "$NIC" reporter tx
ok devlink health dump clear "$NIC" reporter tx
[ "$(names)" = "$before" ] || fail "devices have changed: $(names), before $before"

# A subfunction comes and goes between resets.
ok devlink port add "$NIC" flavour pcisf pfnum 0 sfnum 103
port=$(port_of_sf 103)
for _ in 1 2 3; do
	reset_by_health &
	ok devlink port function set "$port" state active
	ok devlink port function set "$port" state inactive
	wait $! || fail "no reset"
done
ok devlink port del "$port"
works "subfunctions that come and go"

# Everything disappears under traffic, and comes back.
gone() { [ ! -e "/sys/class/infiniband/$dev1" ]; }
again() {
	quiet
	roce_down
	igb_bind "$IGB" || fail "mfigb does not start again"
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
	dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
	roce_up
	works "$1"
}
traffic
echo "$IGB" >/sys/bus/pci/drivers/mfigb/unbind
gone || fail "$dev1 is still there"
again "an unbind under traffic"
traffic
# No other driver takes the device that comes back.
echo 0 >/sys/bus/pci/drivers_autoprobe
echo 1 >"/sys/bus/pci/devices/$IGB/remove"
gone || fail "$dev1 is still there"
echo 1 >/sys/bus/pci/rescan
again "a removal under traffic"
echo 1 >/sys/bus/pci/drivers_autoprobe
traffic
soon modprobe -r mfigb
gone || fail "$dev1 is still there"
modprobe mfigb
again "an unload under traffic"
roce_down

log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
pair_down
modprobe -r mfigb || fail "mfigb can't be unloaded"
