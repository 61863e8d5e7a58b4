#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The pingpong programs of rdma-core between two subfunctions, over RoCEv2 and
# the switch: RC, UC, UD, XRC and shared receive queues, polled and with
# events, with messages of one byte to many packets.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

PORT=18515	# the TCP port of the programs
LIMIT=120	# a program waits for ever if a message of UC or UD is lost

pair_down_ns() {
	ip netns del pp1 2>/dev/null
	ip netns del pp2 2>/dev/null
	pair_down
}

# in_ns NAME COMMAND...: run it in that network namespace, with the sysfs of
# this one.
in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }

# join DEVICE NAME ADDRESS: move its network device to a namespace of its own,
# so that traffic between the two takes the switch.
join() {
	local dev=$1 ns=$2 addr=$3 net

	net=$(net_of "$dev") || fail "$dev has no network device"
	ip netns add "$ns" && ip link set "$net" netns "$ns" &&
		ip -n "$ns" addr add "$addr/24" dev "$net" &&
		ip -n "$ns" link set "$net" up || fail "$net in $ns"
}

# pingpong PROGRAM OPTION...: both sides succeed, and their output has $says.
says='bytes in'
pingpong() {
	local out server rc=0

	out=$(mktemp)
	in_ns pp1 timeout "$LIMIT" "$@" -d "$dev1" -g "$gid1" >"$out.1" 2>&1 &
	server=$!
	for _ in {1..600}; do
		[ -z "$(in_ns pp1 ss -Hltn "sport = $PORT")" ] || break
		pause 0.1
	done
	in_ns pp2 timeout "$LIMIT" "$@" -d "$dev2" -g "$gid2" 10.9.0.1 \
		>"$out.2" 2>&1 || rc=$?
	wait "$server" || rc=$?
	if [ "$rc" != 0 ] || grep -qi invalid "$out.1" "$out.2"; then
		head -30 "$out.1" "$out.2"
		fail "$* ($rc)"
	fi
	grep -q "$says" "$out.1" && grep -q "$says" "$out.2" ||
		fail "$* does not print '$says'"
	echo "ok - $*"
	rm -f "$out" "$out.1" "$out.2"
}

pair_up
trap pair_down_ns EXIT
join "$dev1" pp1 10.9.0.1
join "$dev2" pp2 10.9.0.2
gid1=$(gid_of "$dev1" 10.9.0.1) || fail "$dev1 has no GID"
gid2=$(gid_of "$dev2" 10.9.0.2) || fail "$dev2 has no GID"
ok within 60 in_ns pp2 ping -c 1 -W 1 10.9.0.1

for events in '' -e; do
	for size in 1 1023 1025 65536 1048576; do
		n=50
		[ "$size" -le 65536 ] || n=5
		for program in rc uc; do
			pingpong ibv_${program}_pingpong -c -n "$n" -s "$size" $events
		done
		pingpong ibv_srq_pingpong -c -q 4 -n "$n" -s "$size" $events
	done
	for size in 1 1024; do
		pingpong ibv_ud_pingpong -c -n 50 -s "$size" $events
	done
done
for power in $(seq 19); do
	pingpong ibv_rc_pingpong -c -n 5 -s $((1 << power))
done
# The program for XRC sends as many messages as an SRQ holds. It prints the peer
# instead of a rate.
for events in '' -e; do
	for size in 1 1025 65536; do
		# shellcheck disable=SC2086 # a word, or none
		says='QPN RECV' pingpong ibv_xsrq_pingpong -n 50 -s "$size" $events
	done
done
# Post by struct ibv_qp_ex, and poll by struct ibv_cq_ex. With -e, the program
# would take the event of a completion that it has already polled for an error.
pingpong ibv_rc_pingpong -c -N -t -n 50 -s 4096

# The program that gets the last message ends at once. The other one must still
# get its acknowledge.
for _ in 1 2 3 4 5; do
	pingpong ibv_rc_pingpong -c -n 3 -s 65536 -e
done

# A thread polls, and there are more messages than entries of the queues.
engine 1000
pingpong ibv_rc_pingpong -c -n 1000 -s 4096
pingpong ibv_ud_pingpong -c -n 1000 -s 512
pingpong ibv_srq_pingpong -c -q 8 -n 1000 -s 4096
engine 0

pair_check
