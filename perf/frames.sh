#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The cost of a frame by its length, with and without checksums that the receiver's
# device verifies. The cost is counted in instructions, in a guest whose clock they
# drive:
#
#   ./mfraw vm --icount --timeout 900 perf/frames.sh
#
# The whole way of a frame counts, from ibv_post_send() to the completions at both
# ends, 32 frames at a time, between two queues of one port and through the bridge.
# The checksums of the frames are right; in the column "sent" the sender's device
# computes them, too.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export NIC=mfnic/mfnic5
. "$here/../tests/guest/lib/sf.sh"

# rx_csum VALUE: set it on all devices
rx_csum() {
	local file

	for file in /sys/bus/auxiliary/devices/*/offload/rx_csum; do
		echo "$1" >"$file" || die "$file"
	done
}

# row LENGTH NAME TXDEV RXDEV: measure, and print a line of the table
row() {
	local off on sent

	rx_csum 0
	off=$(cost --length "$1" "$3" "$4") || die "$2"
	rx_csum 1
	on=$(cost --length "$1" "$3" "$4") || die "$2"
	sent=$(cost --length "$1" --csum "$3" "$4") || die "$2"
	printf '%6d  %-12s %8.0f %8.0f %8.0f\n' "$1" "$2" "$off" "$on" "$sent"
}

echo "5 9000" >/sys/bus/mfnic/new_device || die "no NIC with an MTU of 9000"
dev1=$(sf_up 101 02:00:00:00:01:01) || die "subfunction 101"
dev2=$(sf_up 102 02:00:00:00:01:02) || die "subfunction 102"
ip link set br-test up

printf '%6s  %-12s %8s %8s %8s\n' bytes way 'rx_csum 0' 1 sent
for length in 64 1500 9000; do
	row $length "one port" "$dev1" "$dev1"
	row $length "bridge" "$dev1" "$dev2"
done
