#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Packet pacing: a queue pair sends no faster than its rate limit and loses no
# frame by it, with and without a thread that polls.
set -u
. "$(dirname "$0")/../lib/sf.sh"

# hold: start a process with a backlog of hours.
hold() {
	pacing "$dev1" "$dev2" hold >"$log" 2>&1 &
	pid=$!
	for _ in $(seq 600); do
		grep -q holding "$log" && break
		sleep 0.1
	done
	grep -q holding "$log" || { cat "$log"; fail "the process has no backlog"; }
}

pair_up
log=$(mktemp)
for usecs in 0 1000; do
	echo "# poll_usecs $usecs"
	engine $usecs
	pacing "$dev1" "$dev2" || fail "pacing with poll_usecs $usecs"

	hold
	shows "rate_limit 1 " rdma resource show qp link "$dev1" -dd
	kill -KILL $pid
	wait $pid 2>/dev/null
	echo "ok - a process with a backlog can be killed"
	hold
	ok devlink port del "$(port_of_sf 101)"
	kill -KILL $pid
	wait $pid 2>/dev/null
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
done

# A queue that waits for its rate has a timer, so the thread need not poll it.
engine 1000
hold
dir=$(grep -lx 101 /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum)
idle() {
	devlink health diagnose "auxiliary/$(basename "${dir%/sfnum}")" \
		reporter engine | grep -q "polls now: false"
}
ok within 60 idle
kill -KILL $pid
wait $pid 2>/dev/null
engine 0

# perftest has pacing as PP. 4 of its units are 3.9 MiB/s. The frames of a
# burst are extra, and on a busy machine perftest measures its clock badly.
for opts in "" "--burst_size=8000 --typical_pkt_size=1000"; do
	# Try again if perftest can't measure the clock at all.
	for _ in 1 2 3 4 5; do
		# shellcheck disable=SC2086 # options
		raw_ethernet_bw --client -d "$dev1" -B 02:00:00:00:01:01 \
			-E 02:00:00:00:01:02 -s 1000 -n 1000 -t 64 \
			--rate_limit_type=PP --rate_limit=4 --rate_units=M $opts \
			>"$log" 2>&1 && break
		grep -q "Correlation coefficient" "$log" ||
			{ cat "$log"; fail "raw_ethernet_bw"; }
	done
	bw=$(awk '$1 == 1000 && $2 == 1000 { print $4 }' "$log")
	awk -v bw="$bw" 'BEGIN { exit !(bw > 0 && bw < 5) }' ||
		{ cat "$log"; fail "raw_ethernet_bw: $bw MiB/s"; }
	echo "ok - raw_ethernet_bw sends $bw of 3.9 MiB/s $opts"
done

# The port has a limit, too.
ok devlink port function rate set "$(port_of_sf 101)" tx_max 6mbit
pacing "$dev1" "$dev2" || fail "pacing below a port's rate"
[ "$(counter "$dev1" stalls)" -gt 0 ] || fail "the port's rate stalled no queue"
pair_check
