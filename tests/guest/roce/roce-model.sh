#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Random programs for two RC queue pairs over a wire that loses, repeats and delays
# packets: each completion, state and byte is that of the model of the specification in
# mfraw_test/rcmodel.py. The third subfunction is the wire: both sides have its MAC address
# for that of the other.
#
# The environment variable TRACES is the number of programs (default 60), and FIRST the
# number of the first (default 1). A failure names the number.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

trio_up
for n in 1 2; do
	dev=dev$n
	net=$(ip -n ns$n -j link show | jq -r \
		'.[] | select(.address == "02:00:00:00:01:0'$n'").ifname')
	ok ip -n ns$n neigh replace "192.0.2.$((3 - n))" dev "$net" \
		lladdr 02:00:00:00:01:03 nud permanent
done
python3 "${0%.sh}.py" "$dev1" "$gid1" "$dev2" "$gid2" "$dev3" "${TRACES:-60}" \
	"${FIRST:-1}" || fail "the model disagrees"

roce_down
pair_check
