#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Each fuzz target passes with its corpus, and with as many new inputs as a few seconds
# allow. The numbers of inputs and the seed are fixed, so each run tries the same.
set -u

top=/src
. "$top/scripts/common.sh"
suite=${MFRAW_SUITE:-trixie}
layer_kind=reliability
. "$top/scripts/fuzz.sh"
layer_check

fuzz_build $fuzz_dir || exit
declare -A runs=([flow]=8000 [frame]=8000 [raw]=15000 [roce]=10000 [steer]=60000)
for target in $fuzz_targets; do
	log=/build/log/fuzz-$target.log
	layer_inside $fuzz_dir bash -c '
		cp -r "/src/tests/fuzz/corpus/$1" /tmp/corpus &&
		"./$1" -max_len=1024 -seed=1 -runs="$2" -artifact_prefix=failed- /tmp/corpus' \
		fuzz "$target" "${runs[$target]}" >"$log" 2>&1 || {
		tail -n 40 "$log"
		die "the fuzz target $target failed: tests/fuzz/README.md says what to do"
	}
	grep -o 'Done .*' "$log" | sed "s/^/$target: /"
	grep -q "Done ${runs[$target]} runs" "$log" || die "$target ran less"
done
