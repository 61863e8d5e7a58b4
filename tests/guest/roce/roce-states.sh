#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Each transition of each type of queue pair, with each attribute, is compared
# with the tables of the specification. Messages are sent before and after each
# transition that leaves a queue pair usable. Pairs are looped back on one
# device.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

pair_up
net=$(net_of "$dev1") || fail "$dev1 has no network device"
ok ip addr add 10.9.0.1/24 dev "$net"
ok ip link set "$net" up
gid=$(gid_of "$dev1" 10.9.0.1) || fail "$dev1 has no GID"

for usecs in 0 1000; do
	engine $usecs
	timeout 200 rocestates "$dev1" "$gid" || fail "rocestates"
done
engine 0

pair_check
