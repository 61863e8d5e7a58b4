#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Runs the KUnit suites: loads each module of suites, judges its report, and unloads
# it.
set -u

# Modules of suites are not installed, so modprobe does not know them. The modules
# under test have loaded all other modules that they need.
modules=${MFRAW_MODULES:-/build/out/modules}

# judge: fail for a case that is not ok, and for a planned case without a result. A
# plan is "1..N"; cases are indented below their suite.
judge() {
	awk '
	function result(plan, seen, what) {
		if (seen != plan) {
			printf "kunit.sh: %s: %d of %d have a result\n", \
				what, seen, plan
			bad = 1
		}
	}
	/^1\.\.[0-9]+$/ { suites = substr($0, 4) + 0; planned = 1 }
	/^    # Subtest: / { suite = $3; plan = -1; cases = 0 }
	/^    1\.\.[0-9]+$/ { plan = substr($1, 4) + 0 }
	/^ *not ok / { print "kunit.sh: " $0; bad = 1 }
	/^    (not )?ok / { cases++; all++; skipped += / # SKIP/ }
	/^(not )?ok / {
		result(plan, cases, "suite " suite)
		done++
		plan = -1
	}
	END {
		if (!planned || !suites) {
			print "kunit.sh: there is no plan"
			exit 1
		}
		result(suites, done + 0, "suites")
		printf "%d suites, %d cases, %d skipped\n", done, all, skipped
		exit bad
	}'
}

# The judge must fail a report that has no suite or breaks off.
judge_itself() {
	local report=$'1..1\n    # Subtest: a\n    1..2\n    ok 1 x\n    ok 2 y\nok 1 a'

	judge <<<"$report" >/dev/null || return
	! judge <<<"${report/    ok 2 y$'\n'/}" >/dev/null &&
		! judge <<<"${report/ok 2/not ok 2}" >/dev/null &&
		! judge <<<"${report%ok 1 a}" >/dev/null &&
		! judge <<<"${report/1..1/1..2}" >/dev/null &&
		! judge <<<"" >/dev/null
}

fail() { echo "kunit.sh: $*"; rc=1; }

rc=0
judge_itself || { fail "the judge takes a wrong report"; exit 1; }

# A kernel with CONFIG_KUNIT has a module kunit, others get the one of the build. Linux 7
# runs no suite by itself unless its parameters say so.
kunit=kunit ours=
[ ! -e "$modules/kunit.ko" ] || kunit=$modules/kunit.ko ours=y
words=(enable=1)
! modinfo "$kunit" 2>/dev/null | grep -q ' autorun:' || words+=(autorun=1)
if [ -n "$ours" ]; then
	insmod "$kunit" "${words[@]}" || exit 1
else
	modprobe -q kunit "${words[@]}"
fi

for file in "$modules"/*_kunit.ko; do
	module=$(basename "$file" .ko)
	mark="kunit.sh: $module $$"
	echo "$mark" >/dev/kmsg
	insmod "$file" || { fail "$module does not load"; continue; }
	rmmod "$module" || fail "$module does not unload"
	report=$(dmesg | sed 's/^\[[^]]*\] //' | sed -n "/^$mark$/,\$p" |
		grep -vx "$mark")
	echo "$report"
	echo "$module: $(judge <<<"$report")"
	judge <<<"$report" >/dev/null || fail "$module failed"
done

[ -z "$ours" ] || rmmod kunit || fail "kunit does not unload"
exit $rc
