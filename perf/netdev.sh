#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The cost of the network interface between two network namespaces, beside veth and
# macvlan in the same guest. The cost is counted in instructions, in a guest whose
# clock they drive:
#
#   ./mfraw vm --icount --timeout 900 perf/netdev.sh
#
# Both ends run in the guest's one processor, so a figure is the cost of the sender,
# the interfaces and the receiver together: of a byte of a TCP stream, of a received
# UDP packet with 18 or 1400 bytes of data, and of the round trip of a ping. SECS is
# the time of each run in seconds of the guest, and KINDS has the interfaces. With
# MEASURE, one of tcp, reverse, small, large and ping, only that is measured.
#
# With MFRAW_PROFILE, too, the profiler counts what is measured (bench.guest.sh). The
# programs begin and end within the span.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
export NIC=mfnic/mfnic0
. "$here/../tests/guest/lib/sf.sh"

SECS=${SECS:-1}
addr=10.9.0.

# Each kind makes the interfaces, and sets their names.
kind_mfeth() {
	local n

	names=()
	for n in 1 2; do
		sf_up 10$n 02:00:00:00:01:0$n >/dev/null || die "subfunction 10$n"
		names+=("$(netdev_of_sf 10$n)")
		ip link set "${names[-1]}" netns c$n || die "${names[-1]}"
	done
}

kind_veth() {
	names=(eth0 eth0)
	ip link add eth0 netns c1 type veth peer name eth0 netns c2 || die veth
}

kind_macvlan() {
	local n

	names=(eth0 eth0)
	ip link add macvlan0 type dummy && ip link set macvlan0 up || die dummy
	for n in 1 2; do
		ip link add link macvlan0 name eth0 netns c$n type macvlan mode bridge ||
			die macvlan
	done
}

# span begin, span end N: marks for the profiler
span() { [ -z "${MFRAW_PROFILE-}" ] || mark "$@"; }

# operations N: how many operations the span had
operations() {
	[ -z "${MFRAW_PROFILE-}" ] || echo "operations $1" >"$MFRAW_PROFILE"
}

# client OPTION...: run a client of iperf3 in one namespace and its server in the
# other; the report is in $report
client() {
	local pid

	ip netns exec c2 iperf3 -s -1 >/dev/null &
	pid=$!
	within 60 listens || die "iperf3 does not listen"
	span begin
	report=$(ip netns exec c1 iperf3 -c ${addr}2 -J -t "$SECS" "$@") ||
		die "iperf3 $*: $report"
	span end 0
	wait $pid
}
listens() { [ -n "$(ip netns exec c2 ss -Hltn 'sport = 5201')" ]; }

tcp() {
	client "$@"
	operations "$(jq .end.sum_received.bytes <<<"$report")"
	jq -r '.end | [8e9 / .sum_received.bits_per_second, .sum_sent.retransmits] |
		@tsv' <<<"$report"
}

# udp LENGTH: instructions per received packet, and the packets lost per thousand
udp() {
	client -u -b 0 -l "$1"
	operations "$(jq '.end.sum | .packets - .lost_packets' <<<"$report")"
	jq -r '.end.sum | [1e9 * .seconds / (.packets - .lost_packets),
		1000 * .lost_packets / .packets] | @tsv' <<<"$report"
}

# The first packets also resolve addresses and load code.
round_trip() {
	ip netns exec c1 ping -q -c 20 -i 0.01 ${addr}2 >/dev/null || die ping
	span begin
	[[ $(ip netns exec c1 ping -q -c 200 -i 0.002 ${addr}2) =~ \
		=\ [0-9.]+/([0-9.]+)/ ]] || die ping
	span end 200
	operations 200
	awk "BEGIN { print 1000000 * ${BASH_REMATCH[1]} }"
}

measure() {
	case $1 in
	ping) round_trip ;;
	tcp) tcp ;;
	reverse) tcp -R ;;
	small) udp 18 ;;
	large) udp 1400 ;;
	*) die "nothing to measure is called '$1'" ;;
	esac
}

row() { # KIND
	local n tcp reverse small large rtt

	for n in 1 2; do
		ip netns add c$n
		ip -n c$n link set lo up
	done
	"kind_$1"
	for n in 1 2; do
		ip -n c$n link set "${names[n - 1]}" up &&
			ip -n c$n addr add "$addr$n/24" dev "${names[n - 1]}" ||
			die "${names[n - 1]}"
	done
	if [ -n "${MEASURE-}" ]; then
		measure "$MEASURE" || exit
	else
		rtt=$(measure ping) && tcp=$(measure tcp) &&
			reverse=$(measure reverse) && small=$(measure small) &&
			large=$(measure large) || exit
		# shellcheck disable=SC2086 # words
		printf '%-8s %8.2f %7d %8.2f %7d %8.0f %6.1f %8.0f %6.1f %8.0f\n' \
			"$1" $tcp $reverse $small $large "$rtt"
	fi
	for n in 1 2; do ip netns del c$n; done
}

sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
[ -n "${MEASURE-}" ] || printf '%-8s %8s %7s %8s %7s %8s %6s %8s %6s %8s\n' '' TCP \
	resent reverse resent UDP-18 lost UDP-1400 lost ping
for kind in ${KINDS:-mfeth veth macvlan}; do
	row "$kind"
done
