#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Large buffers pass from one interface to another as a whole. A sniffer, a queue
# pair and an XDP program get the frames that a wire would carry, and all counters
# count those.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready"

# stat NUMBER NAME: print a counter of an interface
stat() {
	local eth=eth$1

	ip netns exec "ns$1" ethtool -S "${!eth}" |
		awk -v n="$2:" '$1 == n { print $2 }'
}

pair_up
eth1=$(netdev_of_sf 101)
eth2=$(netdev_of_sf 102)
for n in 1 2; do
	ip netns add "ns$n"
	eth=eth$n
	ok ip link set "${!eth}" netns "ns$n"
	ip -n "ns$n" link set "${!eth}" addrgenmode none allmulticast on up
	ip -n "ns$n" addr add "192.0.2.$n/24" dev "${!eth}"
	ip netns exec "ns$n" sysctl -q -w "net.ipv6.conf.${!eth}.disable_ipv6=0" \
		"net.ipv6.conf.${!eth}.router_solicitations=0"
	ip -n "ns$n" addr add "fd00::$n/64" dev "${!eth}" nodad
	# Only the test sends frames from here on.
	for peer in "192.0.2.$((3 - n))" "fd00::$((3 - n))"; do
		ip -n "ns$n" neigh replace "$peer" lladdr "02:00:00:00:01:0$((3 - n))" \
			dev "${!eth}" nud permanent || fail "a neighbour"
	done
done
pause 3	# for reports of multicast groups

python3 "${0%.sh}.py" "$dev1" "$dev2" "$eth1" "$eth2" ||
	fail "eth-whole"

declare -A before
for n in 1 2; do
	for name in tx_packets tx_bytes rx_packets rx_bytes; do
		before[$n$name]=$(stat $n $name)
	done
done
since() { echo $(($(stat "$1" "$2") - before[$1$2])); }

# A stream loses nothing, in either direction: counters of drops do not move, and the
# receiver counts what the sender has sent. TCP sends again what a busy machine delays
# too long, so that is only shown. perf/netdev.sh has the cost.
listens() { [ -n "$(ip netns exec ns2 ss -Hltn sport = :5201)" ]; }
for way in '' -R --bidir; do
	ip netns exec ns2 iperf3 -s -1 >/dev/null &
	within 60 listens || fail "no server"
	# shellcheck disable=SC2086 # words
	ip netns exec ns1 iperf3 -c 192.0.2.2 -J -n 100M $way >/tmp/iperf.json ||
		fail "iperf3 $way"
	wait
	again=$(jq '[.end | to_entries[] | select(.key | test("^sum_sent")) |
		.value.retransmits] | add' /tmp/iperf.json)
	echo "ok - a stream${way:+, $way}; $again segments were sent again"
done
for n in 1 2; do
	for name in rx_no_buffer rx_alloc_fail tx_drop; do
		[ "$(stat $n $name)" = 0 ] || fail "$n: $name is $(stat $n $name)"
	done
	[ "$(stat $n tx_gso)" -gt 100 ] || fail "no large buffers"
	# A buffer has several frames.
	[ "$(since $n tx_packets)" -gt $((100000000 / 1500)) ] || fail "tx_packets"
	for name in packets bytes; do
		sent=$(since $n tx_$name)
		received=$(since $((3 - n)) rx_$name)
		[ "$sent" = "$received" ] ||
			fail "$name: $sent sent, $received received"
	done
done
echo "ok - both ends count the same"

ip netns del ns1
ip netns del ns2
for _ in $(seq 600); do
	[ -e "/sys/class/net/$eth1" ] && [ -e "/sys/class/net/$eth2" ] && break
	sleep 0.1
done
pair_check
