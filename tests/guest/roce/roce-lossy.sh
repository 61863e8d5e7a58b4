#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# RoCEv2 over a wire that loses, repeats, reorders and damages frames: netem on
# a veth pair between two bridges, with a subfunction in each. Each request
# that RC completes was executed once and in order. UC and UD deliver intact
# messages only.
#
# The environment variable MESSAGES is the number of messages of each run and
# direction (default 400).
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

MESSAGES=${MESSAGES:-400}
modprobe sch_netem || fail "no sch_netem"

pair_up
roce_up

# The NIC switches only between its own ports, so the frames of this wire take
# the software bridges.
rep2=$(rep_of_sf 102)
ip link add br-far type bridge mcast_snooping 0
ip link set br-far addrgenmode none up
ip link add wire0 type veth peer name wire1
ip link set wire0 addrgenmode none master br-test up
ip link set wire1 addrgenmode none master br-far up
ok ip link set "$rep2" nomaster
ok ip link set "$rep2" master br-far
ok reaches 1 192.0.2.2

# neighbour SIDE: add static neighbours for the other side, so that a lost ARP
# packet fails no test.
neighbour() {
	local net

	net=$(ip -n "ns$1" -j link show | jq -r \
		'.[] | select(.address == "02:00:00:00:01:0'"$1"'").ifname')
	ok ip -n "ns$1" neigh replace "192.0.2.$((3 - $1))" dev "$net" \
		lladdr "02:00:00:00:01:0$((3 - $1))" nud permanent
	ok ip -n "ns$1" neigh replace "2001:db8::$((3 - $1))" dev "$net" \
		lladdr "02:00:00:00:01:0$((3 - $1))" nud permanent
}
neighbour 1
neighbour 2
# The bridges have static entries, too, and don't learn from damaged addresses.
for wire in wire0 wire1; do
	ip link set $wire type bridge_slave learning off
done
bridge fdb replace 02:00:00:00:01:02 dev wire0 master static
bridge fdb replace 02:00:00:00:01:01 dev wire1 master static
bridge fdb replace 02:00:00:00:01:02 dev "$rep2" master static

gids() { gid1=$(gid_of "$dev1" "$1") gid2=$(gid_of "$dev2" "$2"); }
gids 192.0.2.1 192.0.2.2

# wire NETEM-OPTION...: set the properties of the wire in both directions.
wire() {
	local wire

	for wire in wire0 wire1; do
		tc qdisc replace dev $wire root netem "$@" || fail "netem $*"
	done
	condition="$*"
}

run() { # TEST OPTION...
	local out

	out=$(timeout $((120 + MESSAGES / 4)) rocepair "$1" "$dev1" "$gid1" "$dev2" "$gid2" "${@:2}" 2>&1) || {
		echo "$out"
		rdma statistic show link "$dev1"
		rdma statistic show link "$dev2"
		fail "$*: $condition"
	}
	grep '^#' <<<"$out"
	echo "ok - $*: $condition"
}

seed=0
run_all() {
	# The timeout is long enough for a busy machine. With a short one, all
	# retries would be over at once.
	run rc n="$MESSAGES" seed=$((++seed)) timeout=14
	run uc n=$((MESSAGES / 2)) seed=$((++seed))
	run ud n=$((MESSAGES / 2)) seed=$((++seed))
}

condition="a wire without faults"
run rc n="$MESSAGES" psn=0xffffc0 timeout=16
run uc n="$MESSAGES" psn=0xffffc0
run ud n="$MESSAGES" psn=0xffffc0
run rnr timeout=20

for percent in 1 5 10; do
	wire loss $percent%
	run_all
	wire corrupt $percent%
	run_all
	wire delay 1ms reorder $percent% duplicate $percent%
	run_all
	gids 2001:db8::1 2001:db8::2
done
wire loss 3% corrupt 3% duplicate 5% delay 300us 300us
run_all
run rc n="$MESSAGES" psn=0xffff00 timeout=14
engine 1000
run_all
engine 0
shows '[1-9]' cat "/sys/class/infiniband/$dev1/ports/1/hw_counters/rx_icrc_encapsulated"
shows '[1-9]' cat "/sys/class/infiniband/$dev1/ports/1/hw_counters/duplicate_request"
shows '[1-9]' cat "/sys/class/infiniband/$dev1/ports/1/hw_counters/implied_nak_seq_err"

wire loss 100%
run silence retry=3
run silence retry=0 timeout=14

roce_down
pair_check
