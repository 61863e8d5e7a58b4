# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw harden", inside the root: repeat the rows of docs/reliability.md with new
# seeds, one after the other, for a given time.

. "$top/scripts/kernel.sh"
. "$top/scripts/layer.sh"

# Each row has a name and what a run of it is: "fuzz TARGET", "test NAME" of the lane
# "reliability", or "KERNEL SCRIPT VARIABLE...", a guest. SEED stands for the seed of the
# run, and N/S for N in S seconds of its time, or 1. Rows that end early come first, since
# the others share the time that is left.
harden_rows=(
	"litmus test litmus"
	"privileges um devlink/privileges"
	"limits um devlink/limits"
	"lossy-matrix um roce/lossy-matrix MESSAGES=100 SEED=SEED"
	"fuzz-roce fuzz roce"
	"fuzz-raw fuzz raw"
	"fuzz-flow fuzz flow"
	"fuzz-steer fuzz steer"
	"fuzz-frame fuzz frame"
	"roce-model um roce/roce-model TRACES=4/1 FIRST=SEED"
	"equal um switch/equal PAIRS=3/1 SEED=SEED"
	"bridge-same um switch/bridge-same BATCHES=1/1 SEED=SEED"
	"hostile um raw/hostile MUTATIONS=2000/1 SEED=SEED"
	"hostile-check check raw/hostile MUTATIONS=100/1 SEED=SEED"
	"roce-hostile um roce/roce-hostile PACKETS=300/1 SEED=SEED"
	"roce-hostile-check check roce/roce-hostile PACKETS=50/1 SEED=SEED"
	"calls um raw/calls SEQUENCES=100/1 SEED=SEED"
	"calls-check check raw/calls SEQUENCES=10/1 SEED=SEED"
	"removal-random um devlink/removal-random ROUNDS=1/80 SEED=SEED"
	"removal-random-check check devlink/removal-random ROUNDS=1/200 SEED=SEED"
	"soak um devlink/soak MINUTES=1/60 SEED=SEED"
	"soak-check check devlink/soak MINUTES=1/60 SEED=SEED"
	"nomem-check check tools/nomem RUNS=1/200 SEED=SEED"
)

usage_harden() {
	cat <<'EOT'
usage: ./mfraw harden [OPTION...] [ROW...]

Repeats the rows of docs/reliability.md, or those that are named, with new seeds, and
prints a table of what was done. The rows share the time. Each has one run at least, so
all of them take a quarter of an hour. The exit status is 1 if a run failed; its output
is kept in build/SUITE/harden.

--hours N    how long: a number such as 8 or 0.5 (default 1)
--minutes N  the same in minutes
--list       name the rows, run none
EOT
}

harden_names() { printf '%s\n' "${harden_rows[@]%% *}"; }

harden_parse() {
	local time=1 unit=3600

	harden_list='' harden_chosen=()
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--hours) need_value "$@"; time=$2 unit=3600; shift ;;
		--minutes) need_value "$@"; time=$2 unit=60; shift ;;
		--list) harden_list=y ;;
		-*) refuse "harden knows no option '$1': see ./mfraw harden -h" ;;
		*)
			harden_names | grep -qxF -- "$1" ||
				refuse "harden knows no row '$1': see ./mfraw harden --list"
			harden_chosen+=("$1") ;;
		esac
		shift
	done
	[[ $time =~ ^[0-9]*\.?[0-9]+$ && $time =~ [1-9] ]] ||
		refuse "'$time' is no number of hours or minutes"
	harden_seconds=$(awk "BEGIN { printf \"%d\", $time * $unit }")
}

# harden_command SECONDS SEED WORD...: set command, that of a run of such a row
harden_command() {
	local seconds=$1 seed=$2 kind=$3 what=$4 word amount

	shift 4
	case $kind in
	fuzz) command=(fuzz --seconds "$seconds" --seed "$seed" "$what") ;;
	test) command=(test --reliability "$what") ;;
	*)
		command=(vm --kernel "$kind" --timeout $((1800 + 3 * seconds)))
		for word; do
			if [[ $word =~ ^(.*=)([0-9]+)/([0-9]+)$ ]]; then
				amount=$((BASH_REMATCH[2] * seconds / BASH_REMATCH[3]))
				word=${BASH_REMATCH[1]}$((amount ? amount : 1))
			fi
			command+=(--env "${word/%SEED/$seed}")
		done
		command+=("tests/guest/$what.sh") ;;
	esac
}

# harden_figures: from the output of runs, print what they say of their work, in lines
# such as "10 packets".
harden_figures() {
	sed -nE -e 's/^stat::number_of_executed_units: *([0-9]+)$/\1 inputs/p' \
		-e 's/^# ([0-9]+ mutations) in .*/\1/p' \
		-e 's/^# ([0-9]+ sequences), ([0-9]+ calls), .*/\1\n\2/p' \
		-e 's/^ok - ([0-9]+) traces .*: ([0-9]+ packets), ([0-9]+) of them lost.*/\1 programs\n\2\n\3 lost packets/p' \
		-e 's/^ok - ([0-9]+ hostile packets), .*/\1/p' \
		-e 's/^ok - ([0-9]+ removals of each kind).*/\1/p' \
		-e 's/^ok - soak: (.*)/\1/p' \
		-e 's/^ok - .*: ([0-9]+) of [0-9]+ allocations failed .*/\1 failed allocations/p' \
		-e 's/^([0-9]+) pairs, ([0-9]+ filters), .*/\1 rule sets\n\2/p' \
		-e 's/^ok - ([0-9]+) random batches delivered the same ([0-9]+ frames); .*/\1 batches\n\2/p' |
		sed 's/, /\n/g'
}

# harden_sum: print the sum of each unit of such lines, in one line.
harden_sum() {
	awk '{
		number = $1
		sub(/^[0-9]+ /, "")
		if (!($0 in sum)) units[++n] = $0
		sum[$0] += number
	}
	END {
		for (i = 1; i <= n; i++)
			printf "%s%.0f %s", (i > 1 ? ", " : ""), sum[units[i]], units[i]
	}' | sed -E ':more; s/([0-9])([0-9]{3})($|[^0-9])/\1,\2\3/; t more'
}

# harden_promise: print the promise of $command as docs/reliability.md has it.
harden_promise() {
	local kernel=

	[ "${command[0]}" != vm ] || kernel="--kernel ${command[2]} "
	awk -F '|' -v kernel="$kernel" -v last=" ${command[-1]}\`" '
		index($4, "./mfraw") && index($4, kernel) && index($4, last) { print $2; exit }
	' "$top/docs/reliability.md" | sed 's/^ *//;s/ *$//'
}

# harden_row SECONDS NAME WORD...: repeat a row for so long. Prints a line for each run.
harden_row() {
	local seconds=$1 name=$2 begin=$SECONDS runs=0 failed=0 slice seed command log start rc
	local text

	shift 2
	# A failure of a run that takes hours would be known late.
	slice=$((seconds < 1800 ? seconds : 1800))
	while :; do
		seed=$((SRANDOM % 999999999 + 1))
		harden_command $slice $seed "$@"
		log=/build/harden/$name-$seed.log start=$SECONDS rc=0
		apart "$log" bash "$top/mfraw" "${command[@]}" || rc=$?
		if [ $rc -eq 4 ] || grep -q '^ *[0-9/]* Test .*Skipped' "$log"; then
			say "harden: $name: skipped"
			rm "$log"
			harden_table+=("| $(harden_promise) | skipped | \`./mfraw ${command[*]}\` | - |")
			return
		fi
		runs=$((runs + 1))
		harden_figures <"$log" >>"$harden_work/$name"
		text=$(harden_figures <"$log" | harden_sum)
		text="harden: $name, seed $seed, $((SECONDS - start)) s: ${text:-no figures}"
		if [ $rc -eq 0 ]; then
			say "$text: passed"
			rm "$log"
		else
			say "$text: FAILED with $rc"
			failed=$((failed + 1))
			tail -n 15 "$log" | sed 's/^/  | /'
			# The next guest would overwrite it.
			cp "/build/vm/${command[-1]##*/}.console.log" "${log%.log}.console.log" 2>/dev/null
			say "harden: all output is in build/$suite/harden/${log##*/}; to repeat it:"
			say "  ./mfraw ${command[*]}"
		fi
		# Another run begins if it is likely to end in time. Without a seed, it would do
		# the same.
		[ $((SECONDS - begin + SECONDS - start)) -le "$seconds" ] &&
			[[ $1 == fuzz || $* == *SEED* ]] || break
	done
	text=$(harden_sum <"$harden_work/$name")
	harden_failed=$((harden_failed + failed))
	harden_table+=("| $(harden_promise) | $runs runs$(sed 's/^./: &/' <<<"$text") | \`./mfraw ${command[*]}\` | $failed |")
}

harden_main() { # [OPTION...] [ROW...]
	local row words chosen=() i end lock=''

	harden_parse "$@"
	layer_kind=reliability
	layer_check
	for row in "${harden_rows[@]}"; do
		[ ${#harden_chosen[@]} -ne 0 ] && [[ " ${harden_chosen[*]} " != *" ${row%% *} "* ]] ||
			chosen+=("$row")
	done
	mkdir -p /build/log /build/harden
	take_lock /build/lock-harden "runs harden" || return
	. "$top/scripts/build.sh"
	for i in um check; do
		[[ " ${chosen[*]} " != *" $i "* ]] ||
			{ kernel_ensure $i && build_all $i; } || return
	done
	# The guests use what was just built.
	export MFRAW_BUILT=1
	cd "$top" && harden_work=$(mktemp -d) || return
	harden_failed=0 harden_table=()
	say "harden: ${#chosen[@]} rows, $harden_seconds s"
	end=$((SECONDS + harden_seconds))
	for i in "${!chosen[@]}"; do
		read -ra words <<<"${chosen[i]}"
		row=$(((end - SECONDS) / (${#chosen[@]} - i)))
		harden_row $((row > 0 ? row : 1)) "${words[@]}"
	done
	printf '%s\n' "| promise | figure | command of the last run | reports |" "|---|---|---|---:|" \
		"${harden_table[@]}"
	[ $harden_failed -eq 0 ] || { say "harden: $harden_failed runs failed"; return 1; }
	say "harden: no run failed"
}
