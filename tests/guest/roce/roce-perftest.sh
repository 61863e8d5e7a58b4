#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# perftest's programs for RoCEv2 between two subfunctions: each operation over
# each transport that has it, all sizes, both directions, several queue pairs,
# events, and connections by rdma_cm.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

work=$(mktemp -d)
pair_up
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)

# listens PID [-R]: wait until the server waits for a client, by TCP or, with -R, by
# rdma_cm. The process has the sockets of its namespace, where 4853 is port 18515 and 0A
# a socket that listens.
listens() {
	local table

	for _ in {1..600}; do
		kill -0 "$1" 2>/dev/null || return
		if [ "${2-}" = -R ]; then
			rdma resource show cm_id 2>/dev/null |
				grep -q 'state LISTEN' && return
		else
			{ table=$(</proc/"$1"/net/tcp); } 2>/dev/null
			[[ ! $table =~ :4853\ [0-9A-F]+:0000\ 0A ]] || return
		fi
		pause 0.1
	done
}

# once PROGRAM OPTION...: run the server in ns2 and the client in ns1. The limit is
# for programs that hang.
once() {
	local pid rc=0

	# Not by in_ns, whose process would stay in this namespace.
	ip netns exec ns2 timeout 300 "$1" -d "$dev2" -x "$gid2" -F "${@:2}" \
		>"$work/server" 2>&1 &
	pid=$!
	listens $pid "$2"
	in_ns 1 timeout 300 "$1" -d "$dev1" -x "$gid1" -F "${@:2}" \
		192.0.2.2 >"$work/client" 2>&1 || rc=$?
	[ $rc = 0 ] || kill $pid 2>/dev/null
	wait $pid || rc=$?
	return $rc
}

# both PROGRAM OPTION...: run once; try again if perftest can't measure the
# CPU's clock on a busy machine
both() {
	local _

	for _ in $(seq 5); do
		if once "$@"; then
			# A line of numbers is the result of a measurement.
			grep -qE '^ *[0-9]+ +[0-9]+ ' "$work/client" || break
			echo "ok - $*"
			return
		fi
		grep -q "Correlation coefficient" "$work/client" \
			"$work/server" || break
	done
	cat "$work/client" "$work/server"
	fail "$*"
}

both ib_send_bw -c UC -s 5000 -n 20
both ib_write_lat -c UC -s 5000 -n 20
both ib_send_bw -c UD -s 1024 -n 20 -r 64
both ib_send_lat -c UD -s 1024 -n 20 -e
# The bandwidth programs send all sizes, up to 8 MiB or to the MTU. The latency
# programs send some of them: at each size, both sides measure the processor's
# clock, which takes most of the time. Two programs that poll on one processor
# take turns of milliseconds, so they sleep if they have an option for events.
for op in send write read; do
	[ $op = write ] && events='' || events=-e
	both ib_${op}_bw -a -n 5
	for size in 2 4097 8388608; do
		# shellcheck disable=SC2086 # a word, or none
		both ib_${op}_lat -s $size -n 5 $events
	done
done
both ib_send_bw -c UD -a -n 5
both ib_atomic_bw -A CMP_AND_SWAP -n 20 -e
both ib_atomic_lat -A FETCH_AND_ADD -n 20
for op in send write read atomic; do
	size='-s 10000'
	[ $op != atomic ] || size=''
	# shellcheck disable=SC2086 # words, or none
	both ib_${op}_bw -b -q 4 -n 20 $size
	# The programs have no option for events of writes.
	[ $op = write ] && events='' || events=-e
	# shellcheck disable=SC2086
	both ib_${op}_bw -R $events -n 20 $size
done
both ib_send_lat -c XRC -s 5000 -n 20
both ib_send_bw -c XRC -b -q 4 -n 20 -s 10000
both ib_write_bw -c XRC -n 20 -s 10000
both ib_read_bw -c XRC -q 4 -n 20 -s 10000
both ib_atomic_bw -c XRC -n 20
both ib_send_bw -l 8 -I 64 -n 40 -s 64
both ib_send_bw --use-srq -q 4 -n 20 -s 3000
both ib_write_bw --use_old_post_send -m 256 -n 20 -s 3000

# A thread polls.
engine 1000
both ib_send_bw -b -n 200 -s 4096
both ib_read_lat -n 100
engine 0

roce_down
pair_check
