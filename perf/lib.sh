# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# Running perftest in pairs. To be sourced; $work is a directory for reports.

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# serves PID: what it started waits for a client at perftest's port, or for raw
# frames; or has ended
serves() {
	local child

	kill -0 "$1" 2>/dev/null || return 0
	child=$(pgrep -P "$1") || return
	cat "/proc/$child/net/tcp" "/proc/$child/net/tcp6" 2>/dev/null |
		grep -q ':4853 [0-9A-F:]* 0A ' && return
	rdma -j -dd resource show qp | jq -e --argjson pid "$child" \
		'any(.[]; .pid == $pid and .drv_rq_prod > 0)' >/dev/null
}

# pair SERVER-COMMAND... -- CLIENT-COMMAND...: both, their output to files.
# perftest measures the clock of the CPU first and gives up where that can't be
# done, so on a busy machine: then once more.
pair() {
	local server=() pid _

	while [ "$1" != -- ]; do server+=("$1"); shift; done
	shift
	for _ in $(seq 5); do
		timeout 120 "${server[@]}" >"$work/server" 2>&1 &
		pid=$!
		for _ in $(seq 600); do
			serves "$pid" && break
			sleep 0.1
		done
		timeout 120 "$@" >"$work/client" 2>&1 && wait "$pid" && return
		kill "$pid" 2>/dev/null
		wait "$pid"
		grep -q "Correlation coefficient" "$work/client" "$work/server" || break
	done
	cat "$work/client" "$work/server"
	die "$1 failed"
}

# rate REPORT: of perftest, in frames per second.
rate() {
	awk '$1 ~ /^[0-9]+$/ && NF == 5 { printf "%.0f\n", $5 * 1e6 }' "$1"
}
