# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Shared by all parts of ./mfraw.

die() { echo "mfraw: $*" >&2; exit 1; }
# For a wrong command line.
refuse() { echo "mfraw: $*" >&2; exit 2; }
say() { echo "mfraw: $*"; }

# The architecture of guests, if it is not that of the root.
arch=${MFRAW_ARCH:-}
[ "$arch" != amd64 ] || arch=

# check_arch: refuse an architecture that guests can't have.
check_arch() {
	case $arch in
	amd64) arch= ;;
	''|arm64) ;;
	*) refuse "--arch is amd64 or arm64, not '$arch'" ;;
	esac
}

# check_suite: refuse a suite or a mirror that can be none.
check_suite() {
	[[ $suite =~ ^[a-z]+$ ]] || refuse "'$suite' is no name of a suite"
	[[ -z ${mirror:-} || $mirror =~ ^https?:// ]] ||
		refuse "the mirror '$mirror' is no address of http:// or https://"
}

# The directory of the build, below the checkout.
build_dir() { echo "build/$suite${arch:+-$arch}"; }

# source_version: print the version of the sources, such as 1.0.0.
source_version() {
	sed -n 's/^#define MF_VERSION_[A-Z]*[[:space:]]*\([0-9][0-9]*\)$/\1/p' \
		"$top/include/linux/mf_version.h" | paste -s -d .
}

# check_pattern PATTERN: refuse what is no regular expression.
check_pattern() {
	# Status 2: the expression can't be understood.
	grep -qE -- "$1" /dev/null 2>/dev/null
	[ $? -ne 2 ] || refuse "'$1' is no regular expression"
}

# need_value OPTION [VALUE] [ARGUMENT...]: refuse an option without a value.
need_value() { [ -n "${2:-}" ] || refuse "$1 needs a value"; }

# apart LOG COMMAND...: run COMMAND, a program or a function, in a subshell and a
# process group of its own, with its output in LOG, if LOG is not empty. A signal that
# ends this shell first ends the whole group, by SIGTERM, so that make and ninja
# remove incomplete files.
apart() {
	local log=$1 rc=0 early=''

	shift
	# A signal that arrives while the group starts is handled when its number is known.
	trap 'early=130' INT
	trap 'early=143' TERM
	trap 'early=129' HUP
	set -m
	# A trap must not inherit these redirections.
	if [ -n "$log" ]; then
		(set +m; "$@") >"$log" 2>&1 </dev/null &
	else
		(set +m; "$@") &
	fi
	apart_pid=$!
	set +m
	trap 'apart_end 130' INT
	trap 'apart_end 143' TERM
	trap 'apart_end 129' HUP
	[ -z "$early" ] || apart_end $early
	wait "$apart_pid" || rc=$?
	trap - INT TERM HUP
	return $rc
}

apart_end() { # STATUS
	local _

	# One signal is enough: the following takes a moment.
	trap '' INT TERM HUP
	kill -TERM -- "-$apart_pid" 2>/dev/null
	for _ in {1..100}; do
		kill -0 -- "-$apart_pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL -- "-$apart_pid" 2>/dev/null
	wait "$apart_pid" 2>/dev/null
	if [ -n "${step_fd:-}" ]; then
		echo end >&"$step_fd"
		wait "$step_pid"
		say "$step_text: ended by a signal"
	fi
	exit "$1"
}

# hold DIRECTORY...: keep clean from removing DIRECTORY, as long as this process or one
# that it started runs.
hold() {
	local dir fd

	for dir; do
		exec {fd}<"$dir" || exit
		flock -sn "$fd" || {
			say "waiting for another mfraw that removes $dir" >&2
			apart "" flock -s "$fd" || exit
		}
		[ "/proc/self/fd/$fd" -ef "$dir" ] ||
			die "another mfraw has removed $dir: try again"
	done
}

# claim PATH: hold PATH alone, or fail.
claim() {
	local fd

	exec {fd}<"$1" && flock -xn "$fd"
}

# take_lock FILE DOES: wait until no other process holds FILE, and hold it. DOES says
# in the message why a process holds FILE. Sets lock, the descriptor to close
# afterwards.
take_lock() {
	while :; do
		exec {lock}>>"$1" || return
		flock -n "$lock" || {
			say "waiting for another mfraw that $2 (process $(cat "$1"))"
			apart "" flock "$lock" || return
		}
		# clean may have removed it meanwhile.
		[ ! "/proc/self/fd/$lock" -ef "$1" ] || break
		exec {lock}>&-
	done
	echo $$ >"$1"
}

# users_of PATH: print the processes that hold PATH or wait for it, without the
# processes that these have started.
users_of() {
	local fd pid parent
	local -A holds=()

	for fd in /proc/[0-9]*/fd/*; do
		[ "$fd" -ef "$1" ] || continue
		pid=${fd#/proc/}
		holds[${pid%%/*}]=y
	done
	for pid in "${!holds[@]}"; do
		parent=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
		[ -z "$parent" ] || [ -n "${holds[$parent]:-}" ] || [ "$pid" = $$ ] ||
			echo "process $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done
}

# step TEXT LOG COMMAND...: run COMMAND apart, with its output in LOG, and print the
# time that it took. On failure, show the end of LOG. COMMAND can report its progress:
# see progress and progress_from.
step() {
	local step_text=$1 log=$2 start=$SECONDS rc=0 step_fd step_pid

	shift 2
	mkdir -p "$(dirname "$log")" && : >"$log" || return
	exec {step_fd}> >(step_show "$step_text")
	step_pid=$!
	export step_fd
	apart "$log" "$@" || rc=$?
	# A process that was left behind may hold the pipe.
	echo end >&"$step_fd"
	wait "$step_pid"
	exec {step_fd}>&-
	if [ $rc -eq 0 ]; then
		say "$step_text: $((SECONDS - start)) s"
		return
	fi
	say "$step_text: failed after $((SECONDS - start)) s"
	tail -n 25 "$log" | sed 's/^/  | /' >&2
	return $rc
}

# progress WORDS...: report the progress of the command of a step, such as "3 of 7".
# Shell functions can call it wherever they run below step; other programs write a
# line to the file descriptor that $step_fd names.
progress() {
	[ -z "${step_fd:-}" ] || echo "is $*" >&"$step_fd"
}

# progress_from FILTER COMMAND...: run COMMAND. FILTER also reads its output, and each
# line that FILTER writes is a progress.
progress_from() {
	local filter=$1 pipe pid

	shift
	exec {pipe}> >($filter | while IFS= read -r pipe; do progress "$pipe"; done)
	pid=$!
	"$@" 2>&1 | tee "/dev/fd/$pipe"
	set -- "${PIPESTATUS[0]}"
	exec {pipe}>&-
	wait $pid
	return "$1"
}

# These are filters: one takes the counts that ninja prints, one counts lines that
# match.
progress_ninja() { sed -un 's|^\[\([0-9]*\)/\([0-9]*\)\] .*|\1 of \2|p'; }

progress_lines() { # PATTERN [TOTAL]
	local line count=0

	while IFS= read -r line; do
		[[ ! $line =~ $1 ]] || echo "$((++count))${2:+ of ${2/_/ }}"
	done
}

# Show the lines that progress writes: on a terminal as one line that changes,
# elsewhere as a line when a step takes long, and one now and then.
step_show() { # TEXT
	local text=$1 line part='' what='' shown='' start=$SECONDS due=5 rc
	local terminal='' width

	# This loop ends when the command of the step ends.
	trap '' INT TERM HUP
	if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
		exec {terminal}>&1
		width=$(stty size 2>/dev/null <&"$terminal" | cut -d' ' -f2)
		[ "${width:-0}" -gt 0 ] || width=80
	fi
	while :; do
		rc=0
		IFS= read -r -t 1 line || rc=$?
		# A failure other than a timeout means the end of the pipe.
		[ $rc -eq 0 ] || [ $rc -gt 128 ] || break
		# The time may be up in the middle of a line.
		part+=$line
		if [ $rc -eq 0 ]; then
			[ "$part" != end ] || break
			what="${part#is }, " part=''
		fi
		line="mfraw: $text ... $what$((SECONDS - start)) s"
		if [ -n "$terminal" ]; then
			printf '\r%s\033[K' "${line:0:width - 1}"
		elif [ $((SECONDS - start)) -ge $due ]; then
			[ "$what" = "$shown" ] && [ $due -ne 5 ] || echo "$line"
			shown=$what
			due=$((due + (due == 5 ? 25 : 30)))
		fi
	done
	[ -z "$terminal" ] || printf '\r\033[K'
}
