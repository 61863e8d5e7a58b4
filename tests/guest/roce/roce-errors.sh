#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Errors of RoCEv2: the completions of both sides for requests that fail, and
# packets with one wrong field each, which a third subfunction sends in the
# name of the peer.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

trio_up

for usecs in 0 1000; do
	engine $usecs
	timeout 120 rocepair faults "$dev1" "$gid1" "$dev2" "$gid2" \
		retry=3 timeout=15 ||
		fail "faults"
done
engine 0

python3 "${0%.sh}-inject.py" "$dev1" "$gid1" "$dev2" "$gid2" \
	"$dev3" || fail "inject"

python3 "${0%.sh}-wire.py" "$dev1" "$gid1" "$dev2" "$gid2" \
	"$dev3" "$(port_of_sf 102)" || fail "on the wire"

timeout 60 rocepair invalidate "$dev1" "$gid1" "$dev2" "$gid2" timeout=17 ||
	fail "invalidate"

roce_down
pair_check
