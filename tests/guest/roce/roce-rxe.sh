#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# RoCEv2 with rdma_rxe, the kernel's own, on the other side: a subfunction
# behind the uplink, whose wire is a veth pair, and rdma_rxe at the other end
# of the wire. The pingpong programs and perftest run in both directions, and
# scapy checks the packets on the wire.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
. "$here/../lib/rxe.sh"
LOG_NOISE="$LOG_NOISE|infiniband rxe0: (set|added)|8021q: adding VLAN"

UPLINK=mfnic0p0

work=$(mktemp -d)
modprobe rdma_rxe || fail "no rdma_rxe"
pair_up

rxe_down() {
	rdma link del rxe0 2>/dev/null
	ip link del wire1 2>/dev/null
	ip netns del ns1 2>/dev/null
	pair_down
}
trap rxe_down EXIT

# The subfunction's interface is in a namespace of its own, so that addresses
# are resolved over the wire. rdma_rxe receives in the initial namespace only.
# The addresses are such that udev does not change them, since the other side
# learns them.
ip link add wire0 address 02:00:00:00:77:00 type veth \
	peer name wire1 address 02:00:00:00:77:01
ip link set "$UPLINK" addrgenmode none master br-test up
ok ip link set wire0 master "$UPLINK"
net=$(net_of "$dev1") || fail "$dev1 has no network device"
ip netns add ns1
ok ip link set "$net" netns ns1
in_ns 1 sysctl -q -w "net.ipv6.conf.$net.disable_ipv6=0"
sysctl -q -w net.ipv6.conf.wire1.disable_ipv6=0
ip -n ns1 link set "$net" up
ip link set wire1 up
ok rdma link add rxe0 type rxe netdev wire1
# The bridge must not answer for the address of wire1.
sysctl -q -w net.ipv4.conf.all.arp_ignore=1
ip -n ns1 link add link "$net" name vlan5 type vlan id 5
ip -n ns1 link set vlan5 up
ip link add link wire1 name wire1.5 type vlan id 5
ip link set wire1.5 up
for n in 1 2; do
	[ $n = 1 ] && args="-n ns1" dev="$net" vlan=vlan5 ||
		args='' dev=wire1 vlan=wire1.5
	# shellcheck disable=SC2086 # words, or none
	ip $args addr add 192.0.2.$n/24 dev "$dev"
	# shellcheck disable=SC2086
	ip $args addr add 2001:db8::$n/64 dev "$dev" nodad
	# shellcheck disable=SC2086
	ip $args addr add 198.51.100.$n/24 dev $vlan
done
ok reaches 1 192.0.2.2
ok reaches 1 2001:db8::2
ok reaches 1 198.51.100.2

# side SIDE COMMAND...: replace this process by the command, on side 1, which is
# mfraw, or on side 2, which is rdma_rxe.
side() {
	if [ "$1" = 1 ]; then
		exec nsenter --net=/run/netns/ns1 "${@:2}"
	else
		exec "${@:2}"
	fi
}

gids_of "$dev1" rxe0 192.0.2. 2001:db8:: 198.51.100.

tcpdump -i wire1 -w "$work/wire.pcap" -s 0 -U 'udp port 4791 or vlan' \
	>/dev/null 2>"$work/tcpdump" &
dump=$!
until grep -q 'listening on' "$work/tcpdump"; do
	kill -0 $dump || fail "tcpdump: $(cat "$work/tcpdump")"
	sleep 0.1
done

for server in 1 2; do
	for size in 1 4097; do
		pingpong $server 192.0.2. rc -s $size
		pingpong $server 2001:db8:: uc -s $size -e
	done
	pingpong $server 2001:db8:: rc -s 65536 -e
	pingpong $server 192.0.2. uc -s 65536
	pingpong $server 192.0.2. srq -q 3 -s 4097
	pingpong $server 192.0.2. ud -s 1 -e
	pingpong $server 2001:db8:: ud -s 1023
	# With a vlan tag.
	pingpong $server 198.51.100. rc -s 5000
	pingpong $server 198.51.100. ud -s 512
	for test in send write read atomic; do
		# As many reads are under way as both sides allow.
		[ "$test" = read ] || [ "$test" = atomic ] && reads="-o 16" ||
			reads=
		# shellcheck disable=SC2086 # words, or none
		perftest $server 192.0.2. ib_${test}_bw -n 20 -b $reads
		# shellcheck disable=SC2086
		perftest $server 2001:db8:: ib_${test}_lat -n 20 $reads
	done
	perftest $server 192.0.2. ib_write_bw -n 10 -q 4 -s 3000
	perftest $server 192.0.2. ib_send_bw -c UD -n 20 -s 1000 -r 64
	perftest $server 192.0.2. ib_send_lat -c UC -n 20 -s 3000
	perftest $server 192.0.2. ib_write_lat -c UC -n 20 -s 3000
done

undamaged

kill $dump
wait $dump
cat >"$work/wire.py" <<'PY'
import sys
from collections import Counter
from mfraw_test.packets import RawPcapReader
from mfraw_test.roce import sane

# Check the first five packets of each side, opcode, tag and IP version.
seen, sent = Counter(), bytes.fromhex(sys.argv[2].replace(':', ''))
for data, _ in RawPcapReader(sys.argv[1]):
    tagged = data[12:14] == b'\x81\x00'
    l3 = 18 if tagged else 14
    l4 = l3 + (40 if data[l3] >> 4 == 6 else 20)
    proto = data[l3 + 6] if data[l3] >> 4 == 6 else data[l3 + 9]
    if proto != 17 or data[l4 + 2:l4 + 4] != (4791).to_bytes(2):
        continue
    kind = (data[6:12] == sent, data[l4 + 8], tagged, data[l3] >> 4)
    seen[kind] += 1
    if seen[kind] <= 5:
        sane(data, mtu=1024)
assert {kind[2:] for kind in seen if kind[0]} == {(0, 4), (0, 6), (1, 4)}, seen
ops = {kind[1] for kind in seen if kind[0]}
want = {0, 1, 2, 4, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17, 18, 20,
        0x20, 0x21, 0x22, 0x24, 0x26, 0x27, 0x28, 0x64}
assert want <= ops, f'never sent: {want - ops}'
print('ok -', sum(seen.values()), 'packets on the wire, whose headers scapy finds valid')
PY
python3 "$work/wire.py" "$work/wire.pcap" 02:00:00:00:01:01 ||
	fail "wire"

rdma link del rxe0
ip netns del ns1
pair_check
