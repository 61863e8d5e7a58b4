#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# mfraw_pkt, the program for users to start from, in each of its modes.
set -u
. "$(dirname "$0")/../lib/sf.sh"

work=$(mktemp -d)
mac1=02:00:00:00:01:01 mac2=02:00:00:00:01:02

# start MODE DEVICE OPTION...: run it in the background until it is ready. Sets pid.
start() {
	mfraw_pkt "${@:3}" "$1" "$2" >"$work/$1" 2>&1 &
	pid=$!
	within 60 grep -q ' is ready' "$work/$1" || fail "$1: $(cat "$work/$1")"
}

# ends PID: the process ends by itself, within a minute
ends() { within 60 over "$1" || fail "process $1 does not end"; }
over() { ! kill -0 "$1" 2>/dev/null; }

pair_up

# Every frame arrives: as many as the receive queue holds are sent.
start rx "$dev2" -n 400 -b 16
shows '^400 frames, 25600 bytes$' mfraw_pkt -p $mac2 -n 400 -b 16 tx "$dev1"
ends $pid
shows '^400 frames, 25600 bytes$' cat "$work/rx"

# One frame at a time, of full length; sent one after the other.
start rx "$dev2" -n 100 -b 1
shows '^100 frames, 151400 bytes$' mfraw_pkt -p $mac2 -n 100 -b 1 -s 1514 tx "$dev1"
ends $pid
shows '^100 frames, 151400 bytes$' cat "$work/rx"

start reflect "$dev2"
shows '^200 round trips, 0 lost$' mfraw_pkt -p $mac2 -n 200 pingpong "$dev1"
shows '^round trip: [0-9.]+ us on average' mfraw_pkt -p $mac2 -n 50 -s 1000 -c 0 pingpong "$dev1"
# A signal ends it; it tells what it did.
kill -INT $pid
ends $pid
shows '^250 frames, 62800 bytes$' cat "$work/reflect"

# A reflected stream comes back to its sender.
start reflect "$dev2" -n 400
start rx "$dev1" -n 400
ok mfraw_pkt -p $mac2 -n 400 -b 8 tx "$dev1"
ends $pid
shows '^400 frames, 25600 bytes$' cat "$work/rx"
shows '^400 frames, 25600 bytes$' cat "$work/reflect"

# Rates appear once a second, and a lost answer is counted.
start rx "$dev2"
within 60 grep -q '^0 frames/s, 0.0 Mbit/s$' "$work/rx" || fail "$(cat "$work/rx")"
kill -TERM $pid
ends $pid

refuses '^usage: mfraw_pkt' mfraw_pkt tx "$dev1"
refuses '^usage: mfraw_pkt' mfraw_pkt -p $mac2 rx "$dev1"
refuses '^usage: mfraw_pkt' mfraw_pkt -b 65 rx "$dev1"
refuses '^usage: mfraw_pkt' mfraw_pkt nonsense "$dev1"
refuses "can't open device" mfraw_pkt rx nonsense
shows '^usage: mfraw_pkt' mfraw_pkt -h

pair_check
