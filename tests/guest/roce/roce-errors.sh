#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Errors of RoCEv2: the completions of both sides for requests that fail, and
# packets with one wrong field each, which a third subfunction sends in the
# name of the peer.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

trio_up

# trace on|off: switch the tracepoints of the driver
trace=/tmp/tracing/events/mfraw
mkdir -p /tmp/tracing
mount -t tracefs tracefs /tmp/tracing
[ -e $trace ] || echo "# skipped: this kernel has no tracepoints"
trace() {
	[ -e $trace ] || return 0
	if [ "$1" = on ]; then
		echo >/tmp/tracing/trace
		echo 1 >$trace/enable
	else
		echo 0 >$trace/enable
	fi
}

# traced PATTERN...: the trace has a line that matches each pattern
traced() {
	local pattern

	[ -e $trace ] || return 0
	for pattern; do
		grep -qE ": $pattern" /tmp/tracing/trace || {
			tail -n 20 /tmp/tracing/trace
			fail "the trace has no $pattern"
		}
		echo "ok - the trace has $pattern"
	done
}

trace on
for usecs in 0 1000; do
	engine $usecs
	timeout 120 rocepair faults "$dev1" "$gid1" "$dev2" "$gid2" \
		retry=3 timeout=15 ||
		fail "faults with poll_usecs $usecs"
done
engine 0
trace off
traced "mfraw_qp_state: $dev1 QP [0-9]+: INIT -> RTR" \
	"mfraw_qp_state: mfraw[0-9]+ QP [0-9]+: RTS -> ERR" \
	"mfraw_retry: $dev1 QP [0-9]+: from PSN [0-9]+, .* retries left" \
	"mfraw_nak_sent: $dev2 QP [0-9]+: syndrome 0x" \
	"mfraw_nak_received: $dev1 QP [0-9]+: syndrome 0x"

trace on
python3 "${0%.sh}-inject.py" "$dev1" "$gid1" "$dev2" "$gid2" \
	"$dev3" || fail "inject"
trace off
traced "mfraw_drop: $dev2 queue [0-9]+: 1 rx_"
umount /tmp/tracing

python3 "${0%.sh}-wire.py" "$dev1" "$gid1" "$dev2" "$gid2" \
	"$dev3" "$(port_of_sf 102)" || fail "on the wire"

timeout 60 rocepair invalidate "$dev1" "$gid1" "$dev2" "$gid2" timeout=17 ||
	fail "invalidate"

roce_down
pair_check
