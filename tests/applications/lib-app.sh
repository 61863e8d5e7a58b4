# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests with applications: sources the libraries of the guest tests, and has
# functions that run programs. To be sourced.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../guest/lib/sf.sh"
. "$here/../guest/lib/roce.sh"

# needs PROGRAM...: skip the test if the layer has no such program.
needs() {
	local program

	for program; do
		command -v "$program" >/dev/null && continue
		echo "skipped: no $program; $(cat /opt/mfraw/applications/missing/* 2>/dev/null)"
		exit 4
	done
}

# runs SECONDS FILE COMMAND...: the command succeeds within that time, which only
# limits a hang. Its output goes to FILE, and is shown if the command fails.
runs() {
	local seconds=$1 file=$2 rc=0

	shift 2
	timeout -k 5 "$seconds" "$@" >"$file" 2>&1 </dev/null || rc=$?
	[ $rc -eq 0 ] || { cat "$file"; fail "$* (status $rc)"; }
	echo "ok - $*"
}

# has FILE PATTERN: the output of a program in FILE has a line that matches
has() {
	grep -Eq -- "$2" "$1" || { cat "$1"; fail "no '$2' in $1"; }
	echo "ok - the output has '$2'"
}

# behind COMMAND...: start the command in the background, until the test ends. Sets
# behind_log, the file of its output, and behind_pid.
behind() {
	behind_log=/tmp/behind.${1##*/}.$((++behind_count))
	"$@" >"$behind_log" 2>&1 </dev/null &
	behind_pid=$!
	echo "ok - in the background: $*"
}
behind_count=0

# ended SECONDS: the last command in the background succeeds within that time
ended() {
	local rc

	within "$1" process_gone "$behind_pid" ||
		{ cat "$behind_log"; fail "process $behind_pid does not end"; }
	rc=0
	wait "$behind_pid" || rc=$?
	[ $rc -eq 0 ] || { cat "$behind_log"; fail "process $behind_pid: status $rc"; }
}

process_gone() { ! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status"; }

# listens NAMESPACE PORT: a server listens on a TCP port
listens() { [ -n "$(ip netns exec "$1" ss -Hltn "sport = :$2")" ]; }

# traffic_before, traffic_since BYTES: the port of $dev2 has received that many bytes
# between the two calls, so neither the loopback nor shared memory carried them.
traffic_before() { traffic=$(counter "$dev2" rx_bytes); }
traffic_since() {
	local now

	now=$(counter "$dev2" rx_bytes)
	[ $((now - traffic)) -ge "$1" ] ||
		fail "$dev2 received $((now - traffic)) bytes, fewer than $1"
	echo "ok - $dev2 received $((now - traffic)) bytes"
}
