#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: processors
#
# RoCEv2 packets that leave by the uplink have a correct ICRC, even if a
# process writes to the memory meanwhile.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

pair_up
trap 'ip link del wire1 2>/dev/null; ip netns del ns1 2>/dev/null; pair_down' EXIT

ip link add wire0 address 02:00:00:00:77:00 type veth \
	peer name wire1 address 02:00:00:00:77:01
ip link set mfnic0p0 addrgenmode none master br-test up
ok ip link set wire0 master mfnic0p0
ip link set wire1 up
net=$(net_of "$dev1") || fail "$dev1 has no network device"
ip netns add ns1
ok ip link set "$net" netns ns1
ip -n ns1 link set "$net" up
ip -n ns1 addr add 192.0.2.1/24 dev "$net"
ok ip -n ns1 neigh add 192.0.2.2 lladdr 02:00:00:00:77:01 dev "$net"
ok bridge fdb replace 02:00:00:00:77:01 dev mfnic0p0 master static
gid=$(gid_of "$dev1" 192.0.2.1) || fail "$dev1 has no GID"

timeout 200 rocepair icrc "$dev1" "$gid" "$dev1" "$gid" n=20000 \
	192.0.2.2 wire1 || fail "icrc"

ok ip link set wire0 nomaster
ip link set mfnic0p0 nomaster down
ok ip link del wire1
ip netns del ns1
pair_check
