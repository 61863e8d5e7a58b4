#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# RoCEv2 by an uplink that is slower than the sender: a token bucket on a veth
# pair, with rdma_rxe at the other end. Packets that exceed the rate wait at
# the sender, so the bucket drops none, and connections have equal shares.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
LOG_NOISE="$LOG_NOISE|infiniband rx(e0|0|1): (set|added)"

UPLINK=mfnic0p0

modprobe -a rdma_rxe sch_tbf sch_netem || fail "no rdma_rxe, sch_tbf or sch_netem"
pair_up

rxe_down() {
	rdma link del rxe0 2>/dev/null
	rdma link del rx0 2>/dev/null
	rdma link del rx1 2>/dev/null
	ip link del r0 2>/dev/null
	ip link del wire1 2>/dev/null
	ip link set "$UPLINK" nomaster down
	ip netns del ns1 2>/dev/null
	pair_down
}
trap rxe_down EXIT

ip link add wire0 address 02:00:00:00:77:00 type veth \
	peer name wire1 address 02:00:00:00:77:01
ip link set "$UPLINK" addrgenmode none master br-test up
ok ip link set wire0 master "$UPLINK"
net=$(net_of "$dev1") || fail "$dev1 has no network device"
ip netns add ns1
ok ip link set "$net" netns ns1
ip -n ns1 link set "$net" up
ip link set wire1 up
ok rdma link add rxe0 type rxe netdev wire1
# The bridge must not answer for the address of wire1.
sysctl -q -w net.ipv4.conf.all.arp_ignore=1
ip -n ns1 addr add 192.0.2.1/24 dev "$net"
ip addr add 192.0.2.2/24 dev wire1
ok reaches 1 192.0.2.2
bridge fdb replace 02:00:00:00:77:01 dev "$UPLINK" master static
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of rxe0 192.0.2.2)

dropped() {
	tc -j -s qdisc show dev wire0 | jq '[.[].drops] | add'
}

# shaped RATE TEST ARGUMENT...: run rocepair by a wire of that rate. The bucket
# drops nothing.
shaped() {
	local rate=$1 test=$2 drops

	shift 2
	ok tc qdisc replace dev wire0 root tbf rate "$rate" burst 20kb limit 100kb
	timeout 120 rocepair "$test" "$dev1" "$gid1" rxe0 "$gid2" "$@" ||
		fail "$rate: $test $*"
	drops=$(dropped)
	[ "$drops" = 0 ] || fail "$rate: $test $*: $drops packets were dropped"
	echo "ok - $rate: $test $*"
}

shaped 10mbit many qps=8 size=32768 n=64 depth=2 timeout=17
shaped 50mbit many qps=8 size=16384 n=512 timeout=16
# In this case, an emulated machine limits the rate as much as the wire.
shaped 100mbit many qps=8 size=16384 n=1024 timeout=16 jain=85
shaped 100mbit many qps=1 size=1048576 n=8 timeout=16
shaped 10mbit flood n=1500
[ "$(counter "$dev1" stalls)" -gt 0 ] || fail "no queue had to wait"

# Two devices of rdma_rxe on the same wire are no faster.
ip link add r0 type veth peer name r1
for i in 0 1; do
	sysctl -q -w net.ipv6.conf.r$i.accept_dad=0 net.ipv6.conf.r$i.disable_ipv6=0
	ip link set r$i up
	ok rdma link add rx$i type rxe netdev r$i
done

# took RATE WIRE COMMAND...: run the command by a wire of that rate, and print
# the time that it reports.
took() {
	tc qdisc replace dev "$2" root tbf rate "$1" burst 20kb limit 100kb
	timeout 60 "${@:3}" | sed -n 's/^took \(.*\) s$/\1/p'
}

# as_fast RATE DEVICE1 GID1 DEVICE2 GID2 REVERSED TEST ARGUMENT...: mfraw has
# at least 95 % of the rate of rdma_rxe. Reads send to the other side of the
# wire.
as_fast() {
	local rate=$1 pair=("${@:2:4}") rxe=(rx0 0 rx1 0) mine its

	[ "$6" = 0 ] || rxe=(rx1 0 rx0 0)
	shift 6
	for _ in 1 2 3 4 5; do
		its=$(took "$rate" r0 rocepair "$1" "${rxe[@]}" "${@:2}")
		mine=$(took "$rate" wire0 rocepair "$1" "${pair[@]}" "${@:2}")
		[ -n "$mine" ] || fail "$rate: $*: mfraw does not end"
		echo "# $rate: $*: $mine s, rdma_rxe ${its:-does not end}${its:+ s}"
		# A wire that drops its answers can break a connection of
		# rdma_rxe.
		[ -n "$its" ] || break
		# The machine may have been busy during one of the runs, so try
		# again.
		awk "BEGIN { exit !($its >= 0.95 * $mine) }" && break
		false
	done || fail "$rate: $*: slower than rdma_rxe"
	echo "ok - $rate: as fast as rdma_rxe: $*"
}

mine=("$dev1" "$gid1" rxe0 "$gid2") theirs=(rxe0 "$gid2" "$dev1" "$gid1")
for rate in 10 50 100; do
	as_fast ${rate}mbit "${mine[@]}" 0 many qps=1 jain=0 size=32768 n=$((rate * 2)) timeout=17
	as_fast ${rate}mbit "${theirs[@]}" 1 many qps=1 jain=0 read=1 size=32768 \
		n=$((rate * 2)) timeout=17
	as_fast ${rate}mbit "${mine[@]}" 0 flood n=$((rate * 60))
done
for i in 0 1; do ok rdma link del rx$i; done
ip link del r0

# Packets that wait go away with their process.
ok tc qdisc replace dev wire0 root tbf rate 64kbit burst 20kb limit 100kb
timeout -s KILL 3 rocepair flood "$dev1" "$gid1" rxe0 "$gid2" n=100000

# The device sends nothing. Unloading fails instead of waiting for it.
ok tc qdisc replace dev wire0 root netem delay 1000s
timeout -s KILL 3 rocepair flood "$dev1" "$gid1" rxe0 "$gid2" n=100
refuses "in use" modprobe -r mfraw
ok tc qdisc del dev wire0 root
within 60 modprobe -r mfraw || fail "mfraw can not be unloaded"
ok modprobe mfraw
within 60 ls /sys/bus/auxiliary/devices/mfnic.sf.{0,1}/infiniband_verbs

ok rdma link del rxe0
ok ip link set wire0 nomaster
ip link set "$UPLINK" nomaster down
ip link del wire1
ip netns del ns1
pair_check
