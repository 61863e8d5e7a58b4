# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For tests of ./mfraw itself.

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT

# guest [OPTION...]: run stdin as a script of a guest without modules. Sets rc
# and $work/out; the output is shown, too.
guest() {
	cat >"$work/script.sh"
	rc=0
	bash /src/mfraw vm --no-setup "$@" "$work/script.sh" \
		>"$work/out" 2>&1 || rc=$?
	cat "$work/out"
}

# The kernel of user-mode Linux that the lane has, or the one without instruments.
um=um
[ "${MFRAW_KERNEL:-}" != check ] || um=check

fail() { echo "FAIL: $*"; exit 1; }

# has PATTERN: the output of the last guest has a line that matches.
has() { grep -qE -- "$1" "$work/out" || fail "no '$1' in the output"; }
