# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Inside the root: run the tests.

. "$top/scripts/kernel.sh"
. "$top/scripts/layer.sh"

usage_test() {
	cat <<'EOT'
usage: ./mfraw test [OPTION...] [PATTERN]

Builds and runs the tests whose names match the regular expression PATTERN.

--list          name the tests, run none
--quick         one test of each area, in user-mode Linux if no kernel is named
--kernel KIND   the kernel of the guests: distro (default), um, check or debug
                (see ./mfraw vm -h)
--applications  run real applications instead, in guests that have them. Once,
                they are installed above the root, some 1000 MB
--packages      build the packages, and install, use and remove them instead
--reliability   fuzz targets, memory models, bad wires and a long load instead; its
                guests are user-mode Linux if no kernel is named
--newer         build the modules for the newer kernels of Debian instead. Once,
                their headers and compilers are installed, some 900 MB
--arch arm64    tests of guests, on an emulated machine of arm64: a few of them, or
                those whose names match PATTERN (see ./mfraw vm -h)
--coverage      with --kernel check: which lines and branches were executed
--repeat N      run them N times, and tell how often each failed
--jobs N        guests side by side (default: 2; 3 under QEMU)
EOT
}

# The layer of a lane, and the option of the lane.
test_layer_of() { # OPTION
	case $1 in
	--applications) echo applications ;;
	--packages) echo packaging ;;
	--reliability) echo reliability ;;
	--newer) echo newer ;;
	esac
}

# The labels of these lanes, as a regular expression.
test_layers="applications|packaging|reliability|newer"

test_option() {
	case $test_layer in
	applications) echo --applications ;;
	packaging) echo --packages ;;
	reliability) echo --reliability ;;
	newer) echo --newer ;;
	esac
}

test_parse() {
	test_pattern='' test_list='' test_quick='' test_kernel='' test_repeat=1
	test_jobs='' test_coverage='' test_layer=''
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--list) test_list=y ;;
		--quick) test_quick=y ;;
		--coverage) test_coverage=y ;;
		--applications|--packages|--reliability|--newer)
			[ -z "$test_layer" ] || [ "$test_layer" = "$(test_layer_of "$1")" ] ||
				refuse "--applications, --packages, --reliability and --newer are lanes of their own"
			test_layer=$(test_layer_of "$1") ;;
		--kernel|--repeat|--jobs)
			need_value "$@"
			case $1 in
			--kernel) test_kernel=$2 ;;
			--repeat) test_repeat=$2 ;;
			--jobs) test_jobs=$2 ;;
			esac
			shift ;;
		-*) refuse "test knows no option '$1': see ./mfraw test -h" ;;
		*)
			[ -z "$test_pattern" ] || refuse "test takes one pattern"
			test_pattern=$1 ;;
		esac
		shift
	done
	[ -z "$arch" ] || test_parse_arch
	[ -n "$test_kernel" ] || test_kernel=${test_quick:+um}
	[ -n "$test_kernel" ] || test_kernel=${test_coverage:+check}
	[ -n "$test_kernel" ] || [ "$test_layer" != reliability ] || test_kernel=um
	[ -n "$test_kernel" ] || test_kernel=distro
	[[ " $kernel_kinds " == *" $test_kernel "* ]] ||
		refuse "--kernel is one of $kernel_kinds, not '$test_kernel'"
	# A third of the time of tests under QEMU is waiting.
	case $test_kernel in
	distro) test_jobs=${test_jobs:-3} ;;
	*) test_jobs=${test_jobs:-2} ;;
	esac
	[ -z "$test_coverage" ] || [ "$test_kernel" = check ] ||
		refuse "--coverage needs --kernel check"
	[ -z "$test_layer" ] || [ -z "$test_quick$test_coverage" ] ||
		refuse "$(test_option) is a lane of its own: not with --quick or --coverage"
	[[ $test_repeat =~ ^[1-9][0-9]*$ ]] || refuse "'$test_repeat' is no positive number"
	[[ $test_jobs =~ ^[1-9][0-9]*$ ]] || refuse "'$test_jobs' is no positive number"
	check_pattern "$test_pattern"
}

# An emulated machine of another architecture is slow: by default it has a test of each
# area.
test_parse_arch() {
	[ -z "$test_layer$test_quick$test_coverage" ] ||
		refuse "--arch $arch is for tests of guests: not with --quick, --coverage or another lane"
	[[ ${test_kernel:-distro} == distro ]] ||
		refuse "--arch $arch has the distribution's kernel: not with --kernel $test_kernel"
	test_pattern=${test_pattern:-'^(lint-(sparse|headers|provider)|frames|tc|eth|roce-pingpong)$'}
}

# All processes that are started end with this shell, whatever ends it.
test_apart() {
	local pid rc=0

	setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount-proc \
		bash -c 'for part in common test coverage; do
				. "$top/scripts/$part.sh"
			done
			test_run' </dev/null &
	pid=$!
	# shellcheck disable=SC2064
	trap "kill -KILL $pid 2>/dev/null; say interrupted; exit 130" INT
	# shellcheck disable=SC2064
	trap "kill -KILL $pid 2>/dev/null; exit 143" TERM HUP
	wait $pid || rc=$?
	trap - INT TERM HUP
	return $rc
}

test_main() { # [OPTION...] [PATTERN]
	test_parse "$@"
	# The tests use what this run has built.
	export MFRAW_BUILT=1 MFRAW_KERNEL=$test_kernel MFRAW_SLOTS=$test_jobs
	export MFRAW_COVERAGE=$test_coverage MFRAW_SUITE=$suite
	export top suite test_pattern test_quick test_kernel test_repeat
	export test_jobs test_coverage test_layer layer_kind
	layer_kind=$test_layer
	[ -z "$test_layer" ] || layer_check
	kernel_ensure "$test_kernel" || return
	# Each run has guests of its own.
	take_lock /build/lock-test "runs tests" || return
	. "$top/scripts/build.sh"
	if [ "$test_layer" = packaging ]; then
		. "$top/scripts/package.sh"
		package_main
		test_apart
		return
	fi
	if [ "$test_layer" = reliability ]; then
		kernel_ensure um && build_all "$test_kernel" && test_apart
		return
	fi
	if [ "$test_layer" = newer ]; then
		mkdir -p /build/log && test_apart
		return
	fi
	# Tests that a pattern names may need user-mode Linux, whatever the kernel.
	if ! kernel_is_um "$test_kernel" && [[ $test_labels == *,um,* ]]; then
		kernel_ensure um && build_all um && kernel_ensure "$test_kernel" || return
	fi
	build_all "$test_kernel" || return
	. "$top/scripts/coverage.sh"
	if [ -n "$test_coverage" ]; then
		rm -rf $coverage
		step "provider that counts" /build/log/provider-coverage.log \
			coverage_provider || return
		# Each test may execute lines that no other test executes.
		test_apart
		set -- $?
		step "coverage" /build/log/coverage.log coverage_report || return
		cat /build/log/coverage.log
		return "$1"
	fi
	[ "$test_kernel" != check ] || coverage_none
	test_apart
}

# Sets test_names, the tests of tests/list.sh that the command line chooses, and
# test_labels, all labels that they have. Runs on the host, too.
test_select() {
	local only='' but=$test_layers name labels

	# Checks of the sources and of ./mfraw are the same for all kernels, but for
	# the faults that only instruments see.
	case $arch$test_layer:$test_kernel:$test_quick:$test_pattern in
	arm64:*) only='guest|arch' ;;
	?*:*:*:*) only=$test_layer but=none ;;
	:check:y:*) only='quick|check' ;;
	:*:y:*) only=quick ;;
	:check::) but+='|host|um' ;;
	:distro::) but+='|check|um' ;;
	:*::) but+='|host|check' ;;
	esac
	test_names=() test_labels=,
	while read -r name _ labels _; do
		[[ -z $only || ,$labels, =~ ,($only), ]] &&
			[[ ! ,$labels, =~ ,($but), ]] &&
			[[ -z $test_pattern || $name =~ $test_pattern ]] || continue
		test_names+=("$name")
		test_labels+=$labels,
	done < <(bash "$top/tests/list.sh")
	[ ${#test_names[@]} -gt 0 ] ||
		refuse "no test matches '$test_pattern': see ./mfraw test${test_layer:+ $(test_option)} --list"
}

# Make ctest know all tests.
test_configure() {
	local lock=''

	mkdir -p /build && take_lock /build/lock builds || exit
	[ -e /build/cmake/build.ninja ] ||
		cmake -S /src -B /build/cmake -GNinja -DCMAKE_BUILD_TYPE=Debug \
			-DCMAKE_RUNTIME_OUTPUT_DIRECTORY=/build/out/bin >/dev/null ||
		die "cmake failed"
	# The build tool looks for new files of a glob; ctest does not.
	ninja -C /build/cmake build.ninja >/dev/null || die "cmake failed"
	exec {lock}>&-
}

# The lines of ctest, each with the test's time of the last run.
test_show() {
	local line name costs=/build/cmake/Testing/Temporary/CTestCostData.txt
	local -A last=()

	while read -r name _ line; do
		last[$name]=${line%.*}
	done < <(sed '/^---/,$d' $costs 2>/dev/null)
	while IFS= read -r line; do
		if [[ $line =~ ^\ *Start\ +[0-9]+:\ (.*)$ ]]; then
			name=${BASH_REMATCH[1]}
			[ -z "${last[$name]-}" ] || line+=" (${last[$name]} s last time)"
		fi
		printf '%s\n' "$line"
	done
}

# Count the failures of each test in all rounds.
test_tally() {
	awk -v rounds="$test_repeat" '
		/^ *[0-9]+\/[0-9]+ Test +#/ {
			name = $4
			runs[name]++
			if ($0 !~ /Passed|Skipped/) failed[name]++
		}
		END {
			for (name in failed)
				printf "mfraw: %s failed %d of %d times\n",
					name, failed[name], runs[name]
		}' /build/log/results | sort
}

# The time of each test, as a table for docs/testing.md.
test_times() {
	echo "| test | guest | seconds |"
	echo "|---|---|---:|"
	sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) \.*[* ]*([A-Za-z]+) +([0-9.]+) sec.*/\1 \2 \3/p' \
		/build/log/results | sort | while read -r name state seconds; do
		script=$(compgen -G "/src/tests/guest/*/$name.sh")
		[ "$test_layer" != applications ] ||
			script=/src/tests/applications/${name#app-}.sh
		guest=shared
		if [ ! -e "$script" ]; then
			guest=none
		elif grep -q '^# mfraw-guest: own' "$script"; then
			guest=own
		fi
		[ "$state" != Skipped ] || guest=skipped
		printf '| `%s` | %s | %.0f |\n' "$name" "$guest" "$seconds"
	done
}

test_run() {
	local start=$SECONDS rc=0 n chosen

	test_configure
	test_select
	chosen=(-R "^($(IFS='|'; echo "${test_names[*]}"))\$")
	# The test names the versions.
	[ "$test_layer" != newer ] || chosen+=(--verbose)
	rm -rf /build/pool
	: >/build/log/results
	for n in $(seq "$test_repeat"); do
		[ "$test_repeat" -eq 1 ] || say "round $n of $test_repeat"
		ctest --test-dir /build/cmake --output-on-failure \
			--no-tests=error -j "$test_jobs" \
			--output-log "/build/log/ctest.log" \
			"${chosen[@]}" 2>&1 | tee -a /build/log/results | test_show
		[ "${PIPESTATUS[0]}" -eq 0 ] || rc=1
		[ "$test_repeat" -eq 1 ] ||
			cp /build/log/ctest.log "/build/log/ctest.$n.log"
	done
	for n in /build/pool/*/; do
		[ ! -e "$n/pid" ] || ! kill -0 "$(cat "$n/pid")" 2>/dev/null ||
			echo end 1<>"$n/requests"
	done
	for n in /build/pool/*/; do coverage_keep "$n/job"; done
	[ "$test_repeat" -eq 1 ] || test_tally
	test_times >"/build/log/times-${test_layer:+$test_layer-}$test_kernel.md"
	if [ $rc -eq 0 ]; then
		say "passed: ${#test_names[@]} tests (skipped ones are named above), in $((SECONDS - start)) s"
	else
		say "tests failed after $((SECONDS - start)) s: see $(build_dir)/log/ctest.log"
	fi
	return $rc
}
