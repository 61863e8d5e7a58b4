#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# A port has two kinds of clients. Frames that the flows of queue pairs take do not
# reach the network interface; all other frames do.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready"

pair_up
eth1=$(netdev_of_sf 101)
eth2=$(netdev_of_sf 102)
for n in 1 2; do
	ip netns add "ns$n"
	eth=eth$n
	ok ip link set "${!eth}" netns "ns$n"
	ip -n "ns$n" link set "${!eth}" addrgenmode none up
	ip -n "ns$n" addr add "192.0.2.$n/24" dev "${!eth}"
done

python3 "${0%.sh}.py" "$dev1" "$dev2" "$eth1" "$eth2" ||
	fail "eth-rdma"
ip netns del ns1
ip netns del ns2
for _ in $(seq 600); do
	[ -e "/sys/class/net/$eth1" ] && [ -e "/sys/class/net/$eth2" ] && break
	sleep 0.1
done
ok ip link show "$eth1"
ok ip link show "$eth2"
pair_check
