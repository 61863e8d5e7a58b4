# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw fuzz", inside the root: build the fuzz targets of tests/fuzz with the layer
# "reliability", which /lower has above the root, and run them.

. "$top/scripts/kernel.sh"
. "$top/scripts/layer.sh"

fuzz_dir=/build/fuzz
fuzz_targets="flow frame raw roce steer"

usage_fuzz() {
	cat <<'EOT'
usage: ./mfraw fuzz [OPTION...] [TARGET]

Feeds hostile frames, packets and rings to the code of the modules, as a program with
libFuzzer and sanitizers: TARGET, or each of flow, frame, raw, roce, steer. It begins with
the inputs of tests/fuzz/corpus and of earlier runs. Once, it installs the tools above the
root, some 460 MB.

--seconds N  run each target so long (default 60)
--seed N     begin the search with this number (default: another one each time)
--coverage   show which lines of the sources all inputs reach, and run nothing
--merge      write the few inputs that reach what all reach to build/SUITE/fuzz/merged,
             from where they can be copied to tests/fuzz/corpus, and run nothing
EOT
}

fuzz_parse() {
	fuzz_seconds=60 fuzz_seed=0 fuzz_target='' fuzz_mode=run
	while [ $# -gt 0 ]; do
		case $1 in
		--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
		--seconds) need_value "$@"; fuzz_seconds=$2; shift ;;
		--seed) need_value "$@"; fuzz_seed=$2; shift ;;
		--coverage) fuzz_mode=coverage ;;
		--merge) fuzz_mode=merge ;;
		-*) refuse "fuzz knows no option '$1': see ./mfraw fuzz -h" ;;
		*)
			[ -z "$fuzz_target" ] || refuse "fuzz takes one target"
			fuzz_target=$1 ;;
		esac
		shift
	done
	[[ $fuzz_seconds =~ ^[1-9][0-9]*$ ]] || refuse "'$fuzz_seconds' is no positive number"
	[[ $fuzz_seed =~ ^[0-9]{1,9}$ ]] || refuse "'$fuzz_seed' is no seed: 0 to 999999999"
	[[ -z $fuzz_target || " $fuzz_targets " == *" $fuzz_target "* ]] ||
		refuse "the targets are $fuzz_targets, not '$fuzz_target'"
}

# fuzz_build DIRECTORY [ARGUMENT...]: build all targets into DIRECTORY.
fuzz_build() {
	local out=$1

	shift
	mkdir -p "$out" && kernel_ensure um &&
		step "fuzz targets" "/build/log/${out##*/}.log" layer_inside / \
			make -j"$(nproc)" -C /src/tests/fuzz "OUT=$out" SRC=/src \
			"LINUX=$(kernel_source um)" "LINUX_BUILD=$kernel_build_dir" "$@"
}

# fuzz_run TARGET ARGUMENT...: run a target with its corpora. New inputs and those that
# fail are kept in the build directory.
fuzz_run() {
	local target=$1

	shift
	mkdir -p $fuzz_dir/corpus/"$target" $fuzz_dir/failed || return
	layer_inside $fuzz_dir $fuzz_dir/"$target" -max_len=1024 \
		-artifact_prefix="$fuzz_dir/failed/$target-" "$@" \
		$fuzz_dir/corpus/"$target" "$top/tests/fuzz/corpus/$target"
}

fuzz_merge() { # TARGET
	rm -rf "$fuzz_dir/merged/$1"
	mkdir -p "$fuzz_dir/merged/$1"
	layer_inside $fuzz_dir $fuzz_dir/"$1" -max_len=1024 -set_cover_merge=1 \
		-use_counters=0 \
		$fuzz_dir/merged/"$1" $fuzz_dir/corpus/"$1" "$top/tests/fuzz/corpus/$1"
}

# Lines that all inputs of all targets reach, for the sources of the modules.
fuzz_coverage() {
	local target out=$fuzz_dir-coverage objects=() dirs

	fuzz_build $out COVERAGE="-fprofile-instr-generate -fcoverage-mapping" || return
	rm -f $out/*.profraw
	for target in $fuzz_targets; do
		mkdir -p $fuzz_dir/corpus/"$target"
		dirs=("$fuzz_dir/corpus/$target" "$top/tests/fuzz/corpus/$target")
		layer_inside $out env LLVM_PROFILE_FILE="$out/$target.profraw" \
			"$out/$target" -runs=0 "${dirs[@]}" >"$out/$target.log" 2>&1 ||
			return
		objects+=(${objects[0]+-object} "$out/$target")
	done
	layer_inside $out llvm-profdata merge -o all.profdata $out/*.profraw &&
		layer_inside $out llvm-cov report -instr-profile=all.profdata \
			"${objects[@]}" -ignore-filename-regex='/kernels/|/tests/|_world|/kunit/|compat'
}

fuzz_main() { # [OPTION...] [TARGET]
	local target lock=''

	fuzz_parse "$@"
	layer_kind=reliability
	layer_check
	mkdir -p /build/log && take_lock /build/lock-fuzz "runs fuzz targets" || return
	if [ $fuzz_mode = coverage ]; then
		fuzz_coverage
		return
	fi
	fuzz_build $fuzz_dir || return
	for target in ${fuzz_target:-$fuzz_targets}; do
		if [ $fuzz_mode = merge ]; then
			fuzz_merge "$target" || return
		else
			fuzz_run "$target" -max_total_time="$fuzz_seconds" \
				-seed="$fuzz_seed" -print_final_stats=1 || return
		fi
	done
}
