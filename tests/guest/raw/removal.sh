#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Devices go away while frames move: a port is deleted, and both modules are
# unloaded. Users of a device get errors and can clean up. The removal does not
# wait for them.
set -u
. "$(dirname "$0")/../lib/sf.sh"

# start DEVICE...: start a program that moves frames on each device. With $hold, the
# programs keep a file open until there is a file of this name.
start() {
	local dev log

	pids=()
	logs=()
	for dev in "$@"; do
		log=$work/removed.${#logs[@]}
		removed "$dev" 300 ${hold:+"$hold"} >"$log" 2>&1 &
		pids+=($!)
		logs+=("$log")
		# There is no time limit, since the other programs leave little
		# of a CPU.
		until grep -q ready "$log"; do
			kill -0 $! 2>/dev/null ||
				{ cat "$log"; fail "$dev does not start"; }
			sleep 0.1
		done
	done
	sleep 0.5
}

finish() {
	local pid

	for pid in "${pids[@]}"; do
		wait "$pid" || { cat "${logs[@]}"; fail "a program failed"; }
	done
	grep -h moved "${logs[@]}"
}

# soon COMMAND...: the command succeeds without waiting for the programs.
soon() {
	echo "# $*"
	timeout 120 "$@" || fail "$* ended with $?"
}

work=$(mktemp -d)
hold=''
pair_up
for round in 1 2 3; do
	echo "# port del, round $round"
	start "$dev1" "$dev1" "$dev2"
	ports=$(devlink port show |
		awk '/sfnum 10[12]( |$)/ { sub(/:$/, "", $1); print $1 }')
	for port in $ports; do
		soon devlink port del "$port"
	done
	finish
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
	dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
done

driver=/sys/bus/auxiliary/drivers/mfraw.rdma
start "$dev1" "$dev2"
adevs=()
for engine in "$driver"/*/engine; do
	adevs+=("$(basename "${engine%/engine}")")
done
for adev in "${adevs[@]}"; do
	echo "# unbind $adev"
	echo "$adev" >$driver/unbind || fail "unbind $adev"
done
finish
for adev in "${adevs[@]}"; do
	echo "$adev" >$driver/bind || fail "bind $adev"
done

# devices: wait for the devices of both subfunctions, which may have new names
devices() {
	local sf devs=()

	for _ in $(seq 600); do
		devs=()
		for sf in /sys/bus/auxiliary/devices/mfnic.sf.*/infiniband/*; do
			# User space finds the device once its verbs device exists.
			[ -e "${sf%/infiniband/*}/infiniband_verbs" ] &&
				devs+=("${sf##*/}")
		done
		[ ${#devs[@]} -ge 2 ] && break
		sleep 0.1
	done
	[ ${#devs[@]} -ge 2 ] || fail "less than two devices appear"
	dev1=${devs[0]}
	dev2=${devs[1]}
}

devices
hold=$work/hold
start "$dev1" "$dev2"
soon rmmod mfraw
# The programs have files open, whose system call is in this module.
refuses "in use" rmmod mfraw_kick
touch "$hold"
hold=''
finish
ok rmmod mfraw_kick
soon modprobe mfraw

devices
start "$dev1" "$dev2"
soon rmmod mfnic
finish
soon modprobe mfnic

pair_up
frames --count 1000 "$dev1" "$dev2" || fail "frames after the removals"
pair_check
