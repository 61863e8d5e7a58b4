#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A command line that makes no sense gets one line that says so.
. "$(dirname "$0")/lib.sh"

bad() { # PATTERN ARGUMENT...
	local pattern=$1

	shift
	bash /src/mfraw "$@" >"$work/out" 2>&1 && fail "mfraw $* was content"
	cat "$work/out"
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "mfraw $*: not one line"
	has "$pattern"
}

bad "no command 'nonsense'" nonsense
bad "no script" vm /nonexistent
bad "knows no option" vm --nonsense
bad "tcg or kvm" vm --accel xen
bad "positive number" vm --smp 0
bad "needs a value" vm --mem
bad "no directory" vm --share /nonexistent
bad "no script" vm --peer /nonexistent /dev/null
bad "needs a script" vm --peer /src/mfraw
bad "name of a suite" build --suite 'a/b'
bad "takes no" clean --nonsense
for command in "" demo test vm build clean; do
	# shellcheck disable=SC2086
	bash /src/mfraw $command -h >"$work/out" 2>&1 || fail "mfraw $command -h"
	has "^usage: ./mfraw ${command:-COMMAND}"
done
