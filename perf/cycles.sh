#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The cycles of a frame and of a message on this machine's processor, by its time stamp
# counter. User-mode Linux runs at full speed, without an emulator:
#
#   ./mfraw vm --kernel um perf/cycles.sh
#
# Each figure is the least of RUNS runs, since other work of the machine makes a run
# longer, never shorter. README.md says what the figures can't show.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export NIC=mfnic/mfnic5
. "$here/../tests/guest/lib/sf.sh"

RUNS=${RUNS:-25}

# least COMMAND...: the least value of some runs
least() {
	local _

	for _ in $(seq "$RUNS"); do
		"$@" || die "$*"
	done | sort -g | head -n 1
}

# row LENGTH BURST ROUNDS: the ways of a frame
row() {
	set -- "$1" "$2" --tsc --length "$1" --burst "$2" --rounds "$3"
	printf '%6d %6d %8.0f %8.0f %8.0f\n' "$1" "$2" \
		"$(least cost "${@:3}" "$dev1" "$dev1")" \
		"$(least cost "${@:3}" "$dev1" "$dev2")" \
		"$(least cost --way mmsg "${@:3}" wire-a wire-b)"
}

echo "5 9000" >/sys/bus/mfnic/new_device || die "no NIC with an MTU of 9000"
dev1=$(sf_up 101 02:00:00:00:01:01) || die "subfunction 101"
dev2=$(sf_up 102 02:00:00:00:01:02) || die "subfunction 102"
for file in /sys/bus/auxiliary/devices/*/offload/rx_csum; do
	echo 0 >"$file" || die "$file"
done
ip link add wire-a mtu 9000 type veth peer name wire-b mtu 9000 || die veth
for dev in wire-a wire-b; do
	ip link set $dev addrgenmode none up || die $dev
done

printf '%6s %6s %8s %8s %8s\n' bytes batch "one port" bridge AF_PACKET
for length in 64 1500 9000; do
	row $length 1 300
	row $length 32 30
done
