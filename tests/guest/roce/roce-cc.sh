#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Congestion control of RoCEv2: a sender slows down while a switch marks its
# packets.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

trio_up
# With a port speed this low, few packets show the effect.
for n in 101 102; do
	ok ethtool -s "$(rep_of_sf $n)" speed 10
done

for usecs in 0 1000; do
	engine $usecs
	timeout 200 python3 "${0%.sh}.py" "$dev1" "$gid1" \
		"$dev2" "$gid2" "$dev3" "$(rep_of_sf 101)" "$(rep_of_sf 102)" ||
		fail "congestion control with poll_usecs $usecs"
done
engine 0

roce_down
pair_check
