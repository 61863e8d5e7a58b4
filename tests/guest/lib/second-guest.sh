#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The other guest of roce-two-guests.sh: rdma_rxe on its network device.
set -u
. /src/tests/guest/lib/sf.sh
. /src/tests/guest/lib/roce.sh
. /src/tests/guest/lib/peer.sh

net=$(wire_nic)
[ -n "$net" ] || fail "no network device"
ok modprobe rdma_rxe
ok rdma link add rxe0 type rxe netdev "$net"
# Addresses of IPv6 are resolved with the link-local one.
sysctl -q -w "net.ipv6.conf.$net.accept_dad=0"
wire_up "$net"
# Not in the order of the other guest: an address has another index there.
ok ip addr add 2001:db8::2/64 dev "$net" nodad
ok ip addr add 192.0.2.2/24 dev "$net"
peer_serve
# Nothing was lost or refused.
wire_lost_nothing "$net"
for stat in out_of_seq_request rcvd_seq_err send_err; do
	shows '^0$' cat "/sys/class/infiniband/rxe0/ports/1/hw_counters/$stat"
done
ok rdma link del rxe0
