#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# XRC: processes share a queue pair, and each has a shared receive queue. The
# test covers refused calls and objects that are left at the end. scapy checks
# packets on the wire and sends wrong ones.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

trio_up

for usecs in 0 1000; do
	engine $usecs
	timeout 200 xrc "$dev1" "$gid1" "$dev2" "$gid2" "$(mktemp)" ||
		fail "xrc"
done
engine 0

# The address belongs to the test program, which answers by itself.
for n in 1 2; do
	eth=$(ip -n ns$n -br link | awk '/^mfeth/ { print $1 }')
	ok ip -n ns$n neigh add 192.0.2.3 lladdr 02:00:00:00:01:03 dev "$eth"
done
python3 "${0%.sh}.py" "$dev1" "$gid1" "$dev2" "$gid2" \
	"$dev3" || fail "on the wire"

roce_down
pair_check
