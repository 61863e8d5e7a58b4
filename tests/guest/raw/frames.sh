#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Each frame is accounted for, whichever way it is posted, and whether a kick or
# a thread that polls sends it.
set -u
. "$(dirname "$0")/../lib/sf.sh"

run() {
	echo "# frames $*"
	frames "$@" || fail "frames $*"
}

# drops OPTION...: the receiver is too slow, and the frames that it misses are
# counted.
drops() {
	local out

	echo "# frames --lossy $* $dev1 $dev2"
	out=$(frames --lossy --rx-depth 64 --pause 2000 --pause-every 50 \
		"$@" "$dev1" "$dev2") || { echo "$out"; fail "frames $*"; }
	echo "$out"
	grep -q ' [1-9][0-9]* dropped and counted' <<<"$out" ||
		fail "nothing was dropped, so nothing was tested"
}

pair_up

# The kick of the sender moves the frames.
engine 0
run "$dev1" "$dev2"
drops --count 20000
drops --count 5000 --streams 4 --share
run --count 10000 --streams 4 "$dev1" "$dev2"
run --count 10000 --streams 4 --share "$dev1" "$dev2"
run --count 10000 --streams 2 --events "$dev1" "$dev2"
run --count 10000 --streams 2 --td "$dev1" "$dev2"
run --count 5000 --tx-depth 32 --rx-depth 32 "$dev1" "$dev2"
run --count 5000 --max-len 64 "$dev1" "$dev2"
# Send to a queue of the sender's own port.
run --count 5000 "$dev1" "$dev1"
# Sender and receiver are unrelated processes.
rm -f /tmp/frames.ctl
frames --count 5000 --server /tmp/frames.ctl "$dev2" &
while [ ! -s /tmp/frames.ctl ]; do sleep 0.1; done
frames --client /tmp/frames.ctl "$dev1" || fail "the client"
wait $! || fail "the server"

# A thread polls, so posts need few kicks.
sleep 0.1
before=$(counter "$dev1" kicks)
run --count 20000 "$dev1" "$dev2"
sleep 0.1
inline=$(($(counter "$dev1" kicks) - before))
engine 1000000
before=$(counter "$dev1" kicks)
run --count 20000 "$dev1" "$dev2"
sleep 0.1
polled=$(($(counter "$dev1" kicks) - before))
echo "# kicks for 20000 frames: $inline inline, $polled with a thread that polls"
[ $((polled * 4)) -lt "$inline" ] || fail "the thread saves too few kicks"
# A thread that stops polling at once misses no request either.
engine 1
run --count 10000 --streams 2 --events "$dev1" "$dev2"
engine 200
drops --count 20000
run --count 10000 --streams 4 "$dev1" "$dev2"
run --count 10000 --streams 4 --share "$dev1" "$dev2"
run --count 10000 --streams 2 --td "$dev1" "$dev2"
engine 0

pair_check
