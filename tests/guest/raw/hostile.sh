#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A process rewrites the mapped queues of all types at random, with and without a thread
# that polls, while raw frames and messages of other processes pass through the same two
# devices complete and unchanged. MUTATIONS and SEED are those of a longer run.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

mutations=${MUTATIONS:-20000} seed=${SEED:-1}
pair_up
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)

# The neighbour: messages of all operations of reliable connections, compared byte by
# byte, again and again.
stop=$(mktemp -u)
neighbour() {
	local runs=0

	until [ -e "$stop" ]; do
		rocepair rc "$dev1" "$gid1" "$dev2" "$gid2" n=200 seed=$runs \
			timeout=18 || return
		runs=$((runs + 1))
	done
	echo "# the neighbour had $runs runs"
}

for usecs in 0 200; do
	engine $usecs
	neighbour >/tmp/neighbour 2>&1 &
	pid=$!
	hostile "$dev1" "$gid1" "$dev2" "$gid2" "$seed" "$mutations" || fail "hostile"
	touch "$stop"
	wait $pid || { cat /tmp/neighbour; fail "the neighbour"; }
	tail -1 /tmp/neighbour
	rm "$stop"
	echo "ok - $mutations mutations, poll_usecs $usecs"
done
engine 0
roce_down
pair_check
