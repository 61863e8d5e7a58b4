#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw harden" repeats rows with new seeds, prints a table of them, keeps the output of
# a run that fails, and leaves no process behind if a signal ends it.
. "$(dirname "$0")/../tool/lib.sh"

suite=${MFRAW_SUITE:-trixie}
planted=/build/harden-test
mkdir -p $planted
trap 'rm -rf "$work" $planted' EXIT
cat >$planted/fails.sh <<'EOT'
echo "# 1234 mutations in 2 processes"
echo "the seed is $SEED, the amount $AMOUNT"
[ "$SEED" = none ]
EOT
cat >$planted/waits.sh <<'EOT'
echo waits
sleep 600
EOT

# harden SCRIPT...: begin to repeat guests of these scripts. Its processes have a variable.
# Sets pid.
harden() {
	set -m
	MFRAW_HARDEN=$$ bash -c '
		top=/src suite=$0
		. $top/scripts/common.sh
		. $top/scripts/harden.sh
		harden_rows=()
		for name; do
			harden_rows+=("$name um ../../build/$suite/harden-test/$name AMOUNT=5/2 SEED=SEED")
		done
		harden_main --minutes 0.1' "$suite" "$@" >"$work/out" 2>&1 </dev/null &
	pid=$!
	set +m
}
left() { grep -lzx "MFRAW_HARDEN=$$" /proc/[0-9]*/environ 2>/dev/null; }

harden fails
wait $pid && fail "status 0"
cat "$work/out"
has 'harden: fails, seed [0-9]+, [0-9]+ s: 1,234 mutations: FAILED with 1$'
has '^  . the seed is [0-9]+, the amount 15$'
has '^mfraw:   ./mfraw vm --kernel um .*--env AMOUNT=15 --env SEED=[0-9]+ tests/guest/.*/fails.sh$'
has '^[|] .* [|] [0-9]+ runs: 1?[0-9],?[0-9]{3} mutations [|] `.*` [|] [1-9][0-9]* [|]$'
has 'harden: [0-9]+ runs failed$'
seed=$(sed -nE 's/.*fails, seed ([0-9]+),.*/\1/p' "$work/out" | head -n 1)
grep -qx "the seed is $seed, the amount 15" "/build/harden/fails-$seed.log" ||
	fail "the output is not kept"
rm -f /build/harden/fails-*

for signal in INT TERM; do
	harden waits
	until grep -qx waits /build/harden/waits-*.log 2>/dev/null; do
		kill -0 $pid || { cat "$work/out"; fail "it does not run"; }
		sleep 0.1
	done
	kill -s $signal -- -$pid
	wait $pid
	rc=$?
	[ $rc -eq $((128 + $(kill -l $signal))) ] || fail "status $rc after SIG$signal"
	for _ in {1..100}; do
		[ -n "$(left)" ] || break
		sleep 0.1
	done
	[ -z "$(left)" ] || fail "processes are left: $(left)"
	rm -f /build/harden/waits-*
done
echo "ok - nothing is left"
