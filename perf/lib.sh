# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# Running perftest in pairs. To be sourced; $work is a directory for reports.

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

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
		sleep 1
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
