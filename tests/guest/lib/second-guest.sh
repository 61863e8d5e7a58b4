#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The second guest of roce-two-guests.sh has rdma_rxe on its network device.
set -u
. /src/tests/guest/lib/sf.sh
. /src/tests/guest/lib/roce.sh
. /src/tests/guest/lib/peer.sh

net=$(wire_nic)
[ -n "$net" ] || fail "no network device"
ok modprobe rdma_rxe
ok rdma link add rxe0 type rxe netdev "$net"
# Neighbours of IPv6 are resolved with the link-local address.
sysctl -q -w "net.ipv6.conf.$net.accept_dad=0"
wire_up "$net"
# The order differs from that of the first guest, so an address has another
# index here.
ok ip addr add 2001:db8::2/64 dev "$net" nodad
ok ip addr add 192.0.2.2/24 dev "$net"
peer_serve
# No packet was lost or refused.
wire_lost_nothing "$net"
for stat in out_of_seq_request rcvd_seq_err send_err; do
	shows '^0$' cat "/sys/class/infiniband/rxe0/ports/1/hw_counters/$stat"
done
ok rdma link del rxe0
