#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# perftest's programs of RoCEv2 between two subfunctions: each operation over
# each transport that has it, all sizes, both ways, several queue pairs, with
# events, and connected by rdma_cm.
set -u
here=$(dirname "$0")
. "$here/lib-sf.sh"
. "$here/lib-roce.sh"
. "$here/../../perf/lib.sh"

work=$(mktemp -d)
pair_up
trap 'roce_down 2>/dev/null; pair_down' EXIT
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)

# both PROGRAM OPTION...: server in ns2, client in ns1
both() {
	pair ip netns exec ns2 "$1" -d "$dev2" -x "$gid2" -F "${@:2}" -- \
	     ip netns exec ns1 "$1" -d "$dev1" -x "$gid1" -F "${@:2}" 192.0.2.2
	# What it measured has a line.
	grep -qE '^ *[0-9]+ +[0-9]+ ' "$work/client" ||
		{ cat "$work/client"; fail "$* measured nothing"; }
	echo "ok - $*"
}

for op in send write; do
	both ib_${op}_bw -c UC -s 5000 -n 20
	both ib_${op}_lat -c UC -s 5000 -n 20
done
both ib_send_bw -c UD -s 1024 -n 20 -r 64
both ib_send_lat -c UD -s 1024 -n 20
# All sizes, up to 8 MiB.
both ib_send_lat -a -n 5
both ib_write_bw -a -n 5
both ib_read_bw -a -n 5
for type in FETCH_AND_ADD CMP_AND_SWAP; do
	both ib_atomic_bw -A $type -n 20
	both ib_atomic_lat -A $type -n 20
done
for op in send write read atomic; do
	size='-s 10000'
	[ $op != atomic ] || size=''
	# shellcheck disable=SC2086 # words, or none
	both ib_${op}_bw -b -q 4 -n 20 $size
	# The programs have no events for writes.
	# shellcheck disable=SC2086
	[ $op = write ] || both ib_${op}_bw -e -n 20 $size
	# shellcheck disable=SC2086
	both ib_${op}_bw -R -n 20 $size
	# shellcheck disable=SC2086
	both ib_${op}_lat -R -n 20 $size
done
both ib_write_bw -e -n 20 -s 10000
both ib_send_bw -l 8 -n 40 -s 64
both ib_send_bw -I 64 -n 40 -s 64
both ib_send_bw --use-srq -q 4 -n 20 -s 3000
both ib_write_bw --use_old_post_send -n 20
both ib_write_bw -m 256 -n 20 -s 3000
both ib_send_bw -D 1 -s 4096

# A thread that polls.
engine 1000
both ib_send_bw -b -n 200 -s 4096
both ib_read_lat -n 100
engine 0

roce_down
pair_check
