#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A step shows its progress: on a terminal in one line that changes, elsewhere in few
# lines. It does not wait for processes that its command leaves behind.
. "$(dirname "$0")/lib.sh"

cat >"$work/steps.sh" <<'EOT'
. /src/scripts/common.sh
works() {
	for i in 1 2 3; do
		progress "$i of 3"
		sleep "$1"
	done
	bash -c 'progress "in a child"'
}
ninja_says() { printf '[%d/20] Compile %s\n' 7 foo.c 20 bar.c; }
make_says() { printf '  %s\n' 'CC a.o' 'LD b.o' 'CC c.o' 'CC d.o'; return 5; }
# The process that is left behind holds all descriptors.
leaves() { sleep 1000 & echo $! >"$1"; }
export -f progress
step works "$work/log" works "$1" || exit
step ninja "$work/log" progress_from progress_ninja ninja_says || exit
step leaves "$work/log" leaves "$work/pid" || exit
kill "$(cat "$work/pid")"
step make "$work/log" progress_from "progress_lines CC 9" make_says
echo "status $?"
EOT
export work

lines() { sed -E 's/, [0-9]+ s$/, N s/; s/([:r]) [0-9]+ s$/\1 N s/' "$1"; }

# Without a terminal there is a line after 5 seconds, and one after 30 if there is
# progress.
bash "$work/steps.sh" 0 >"$work/out" 2>&1
lines "$work/out" | diff - <(printf '%s\n' "mfraw: works: N s" "mfraw: ninja: N s" \
	"mfraw: leaves: N s" "mfraw: make: failed after N s" \
	"  |   CC a.o" "  |   LD b.o" "  |   CC c.o" "  |   CC d.o" "status 5") ||
	fail "other lines"
bash "$work/steps.sh" 3 >"$work/out" 2>&1
lines "$work/out" | grep -qx "mfraw: works ... [123] of 3, N s" || { cat "$work/out"; fail "no progress"; }

# On a terminal, each progress rewrites the line, and the last line has none.
TERM=xterm script -qec "bash $work/steps.sh 0" "$work/out" >/dev/null
tr '\r' '\n' <"$work/out" | sed 's/\x1b\[K//' >"$work/lines"
cat "$work/lines"
for line in 'works ... 1 of 3, N s' 'works ... 3 of 3, N s' \
	'works ... in a child, N s' 'works: N s' 'ninja ... 7 of 20, N s' \
	'ninja ... 20 of 20, N s' 'make ... 1 of 9, N s' 'make ... 3 of 9, N s' \
	'make: failed after N s'; do
	lines "$work/lines" | grep -qx "mfraw: $line" || fail "no '$line'"
done
! grep -q '4 of 9' "$work/lines" || fail "a line too many"

# On a narrow terminal, lines do not wrap.
TERM=xterm script -qec "stty cols 20; bash $work/steps.sh 0" "$work/out" >/dev/null
tr '\r' '\n' <"$work/out" | sed 's/\x1b\[K//' | grep ' \.\.\. ' >"$work/lines"
[ "$(wc -L <"$work/lines")" -eq 19 ] || fail "a line is too long"

# A signal comes to mfraw alone or to its process group. The processes that were
# started clean up and end, and then the trap of mfraw runs. It may come before mfraw
# knows the number of the process that it started.
cat >"$work/signal.sh" <<'EOT'
. /src/scripts/common.sh
[ -z "$1" ] || {
	set -T
	trap 'case $BASH_COMMAND in apart_pid=*) sleep 0.5 ;; esac' DEBUG
}
trap 'echo cleanup' EXIT
child() {
	trap 'sleep 0.3; echo child ends; exit' TERM
	echo begins
	while :; do sleep 0.1; done
}
works() {
	export -f child
	bash -c child
}
echo $$ >"$work/pid"
step works "$work/log" works
echo not reached
EOT
for signal in INT TERM HUP; do
	for group in '' - early; do
		rm -f "$work/log" "$work/pid"
		set -m
		bash "$work/signal.sh" "${group#-}" >"$work/out" 2>&1 &
		set +m
		until grep -qs begins "$work/log"; do sleep 0.05; done
		kill -s $signal -- "${group%early}$(cat "$work/pid")"
		rc=0
		wait $! || rc=$?
		[ $rc -eq $((128 + $(kill -l $signal))) ] || fail "status $rc of $signal"
		diff "$work/out" - <<-END || fail "other lines"
		mfraw: works: ended by a signal
		cleanup
		END
		grep -qx "child ends" "$work/log" || fail "no cleanup"
	done
done
