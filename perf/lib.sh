# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# Runs perftest in pairs. To be sourced; $work is a directory for reports.

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# serves PID: the child of PID waits for a client at perftest's port or for raw
# frames, or it has ended. A receiver of raw frames has posted all receives when two
# calls find the same number. The shell reads files itself, since an emulated guest
# is slow to start programs.
posted=''
serves() {
	local child='' line file ours='' now='' before=$posted

	posted=''
	kill -0 "$1" 2>/dev/null || return 0
	# The file has no end of line.
	read -r child _ 2>/dev/null <"/proc/$1/task/$1/children"
	[ -n "$child" ] || return
	for file in "/proc/$child/net/tcp" "/proc/$child/net/tcp6"; do
		while read -r line; do
			[[ $line =~ :4853\ [0-9A-F:]*\ 0A\  ]] && return
		done 2>/dev/null <"$file"
	done
	# An entry begins with its link. Lines of the driver's details follow.
	while read -r line; do
		case "$line " in
		link*" pid $child "*) ours=y ;;
		link*) ours='' ;;
		esac
		[[ -n $ours && $line =~ drv_rq_prod\ ([1-9][0-9]*) ]] &&
			now+="${BASH_REMATCH[1]} "
	done < <(rdma -dd resource show qp)
	posted=$now
	[ -n "$now" ] && [ "$now" = "$before" ]
}

# pair SERVER-COMMAND... -- CLIENT-COMMAND...: run both, with their output in files.
# perftest measures the clock of the CPU first, and gives up if a busy machine
# disturbs the measurement. Then both are started again.
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

# rate REPORT: print the rate of a report of perftest, in frames per second.
rate() {
	awk '$1 ~ /^[0-9]+$/ && NF == 5 { printf "%.0f\n", $5 * 1e6 }' "$1"
}
