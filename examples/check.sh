#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A test of verbs programs, such as a project has for its continuous integration. It
# runs in a guest: ./mfraw run --netns -- ./check.sh
set -eu

# The current directory is read-only, so the programs go elsewhere.
make O=/tmp

# ready NAME: wait until the program has printed that it waits for its peer.
ready() {
	for _ in $(seq 100); do
		! grep -qx ready "/tmp/$1.out" || return 0
		sleep 0.1
	done
	cat "/tmp/$1.out"
	exit 1
}

echo "raw frames"
/tmp/raw_recv mfraw1 02:00:00:00:00:02 10 >/tmp/raw_recv.out 2>&1 &
ready raw_recv
/tmp/raw_send mfraw0 02:00:00:00:00:01 02:00:00:00:00:02 10
wait $!
[ "$(grep -c '^64 bytes from 2:0:0:0:0:1' /tmp/raw_recv.out)" -eq 10 ]

echo "messages over a connection"
ip netns exec sf2 /tmp/rc_pingpong >/tmp/rc_pingpong.out 2>&1 &
ready rc_pingpong
ip netns exec sf1 /tmp/rc_pingpong 192.0.2.2
wait $!
