# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Inside the root: run the tests.

test_main() { # [PATTERN]
	local start=$SECONDS rc=0 list

	# The tests take what is built now.
	export MFRAW_BUILT=1
	# A glob for new files is looked at by the build tool, not by ctest.
	ninja -C /build/cmake >/dev/null || return
	if [ "${1:-}" = --list ]; then
		ctest --test-dir /build/cmake -N
		return
	fi
	list=$(ctest --test-dir /build/cmake -N ${1:+-R "$1"} |
		sed -n 's/^Total Tests: //p')
	[ "${list:-0}" -gt 0 ] || die "no test matches '${1:-}': see ./mfraw test --list"
	ctest --test-dir /build/cmake --output-on-failure --no-tests=error \
		--output-log /build/log/ctest.log ${1:+-R "$1"} || rc=$?
	if [ $rc -eq 0 ]; then
		say "passed: $list tests (skipped ones are named above), in $((SECONDS - start)) s"
	else
		say "tests failed after $((SECONDS - start)) s: see build/$suite/log/ctest.log"
	fi
	return $rc
}
