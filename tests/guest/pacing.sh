#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Packet pacing: a queue pair sends no faster than its rate limit, and loses
# nothing by it, with and without a thread that polls.
set -u
. "$(dirname "$0")/lib-sf.sh"

# hold: a process with a backlog that would take hours
hold() {
	pacing "$dev1" "$dev2" hold >"$log" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		grep -q holding "$log" && break
		sleep 0.1
	done
	grep -q holding "$log" || { cat "$log"; fail "no backlog"; }
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
	echo "ok - a process with a backlog can go"
	hold
	ok devlink port del "$(port_of_sf 101)"
	kill -KILL $pid
	wait $pid 2>/dev/null
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
done

# The thread leaves a queue that waits to its timer.
engine 1000
hold
sleep 1
polls=$(devlink -j health diagnose "$NIC" reporter engine 2>/dev/null |
	grep -o '"polls now":[a-z]*' | head -1)
echo "# diagnosis: $polls"
kill -KILL $pid
wait $pid 2>/dev/null
engine 0
pair_check
