#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A third device sends random packets to the queue pairs of two sides, each in the name of
# the other one: right and wrong headers, keys, addresses, lengths and sequence numbers.
# Nothing changes but memory that a peer may write, completions are in order, and messages
# of other processes pass through the same devices unchanged.
#
# PACKETS and SEED are those of a longer run.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

packets=${PACKETS:-6000} seed=${SEED:-1}
work=$(mktemp -d)
trio_up

# The neighbour compares each byte of its messages.
neighbour() {
	local runs=0

	until [ -e "$work/stop" ]; do
		rocepair rc "$dev1" "$gid1" "$dev2" "$gid2" n=100 seed=$runs timeout=18 ||
			return
		runs=$((runs + 1))
	done
	echo "# the neighbour had $runs runs"
}

for usecs in 0 200; do
	engine $usecs
	neighbour >"$work/neighbour" 2>&1 &
	pid=$!
	python3 "${0%.sh}.py" "$dev1" "$gid1" "$dev2" "$gid2" "$dev3" "$packets" "$seed" ||
		fail "seed $seed, poll_usecs $usecs"
	touch "$work/stop"
	wait $pid || { cat "$work/neighbour"; fail "the neighbour"; }
	tail -n 1 "$work/neighbour"
	rm "$work/stop"
done
engine 0
roce_down
pair_check
