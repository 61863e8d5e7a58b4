#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# XRC: processes that share a queue pair and each have a shared receive queue;
# what they refuse, and what is left when they end. What it looks like on the
# wire is judged by scapy, that also sends what is wrong.
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

# Who is addressed there is the test, which answers by hand.
for n in 1 2; do
	eth=$(ip -n ns$n -br link | awk '/^mfeth/ { print $1 }')
	ok ip -n ns$n neigh add 192.0.2.3 lladdr 02:00:00:00:01:03 dev "$eth"
done
python3 "${0%.sh}.py" "$dev1" "$gid1" "$dev2" "$gid2" \
	"$dev3" || fail "on the wire"

roce_down
pair_check
