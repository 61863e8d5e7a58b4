#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# RC, UC and UD queue pairs, shared receive queues, memory windows and address
# handles through verbs, and calls that are refused. Pairs are looped back on
# one device.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

pair_up
net=$(net_of "$dev1") || fail "$dev1 has no network device"
ok ip addr add 10.9.0.1/24 dev "$net"
ok ip link set "$net" up
gid=$(gid_of "$dev1" 10.9.0.1) || fail "$dev1 has no GID"

roce "$dev1" "$gid" || fail "roce"
engine 1000
roce "$dev1" "$gid" || fail "roce with a thread that polls"
engine 0

pair_check
