#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# RoCEv2 by a port with a rate limit of the operator: the port loses nothing,
# so no retry limit is reached, and connections have equal shares.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

pair_up
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
port1=$(port_of_sf 101)
port2=$(port_of_sf 102)

# again: print the sum of the counters that grow if a packet is sent again.
again() {
	local dev name sum=0

	sleep 0.1
	for dev in "$dev1" "$dev2"; do
		for name in local_ack_timeout_err packet_seq_err \
				duplicate_request implied_nak_seq_err; do
			sum=$((sum + $(counter "$dev" $name)))
		done
	done
	echo $sum
}

# limited TEXT ARGUMENT...: run rocepair by a port with a rate limit. The limit
# stalls queues, and no packet is sent again.
limited() {
	local text=$1 before stalls

	shift
	before=$(again) stalls=$(counter "$dev1" stalls)
	timeout 120 rocepair many "$dev1" "$gid1" "$dev2" "$gid2" "$@" ||
		fail "$text"
	[ "$(again)" = "$before" ] || fail "$text: $(($(again) - before)) packets are sent again"
	sleep 0.1
	[ "$(counter "$dev1" stalls)" -gt "$stalls" ] || fail "$text: the limit stalls no queue"
	echo "ok - $text"
}

ok devlink port function rate set "$port1" tx_max 10mbit
# A run takes about 8 s. Each connection waits for its turn most of that time. If the
# machine pauses the guest, the port may send a burst afterwards, which the first
# queues take, so the shares are equal in the long run only.
for usecs in 0 1000; do
	engine $usecs
	limited "16 connections share 10 Mbit/s" qps=16 n=480 timeout=14
done
engine 0
# The message is longer than the window.
limited "one connection at 10 Mbit/s" qps=1 size=1048576 depth=2 n=3 timeout=14
ok devlink port function rate set "$port1" tx_max 0

roce_down
pair_check
