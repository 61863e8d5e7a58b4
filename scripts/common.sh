# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Shared by all parts of ./mfraw.

die() { echo "mfraw: $*" >&2; exit 1; }
say() { echo "mfraw: $*"; }

# need_value OPTION COUNT: an option that wants a value got one.
need_value() { [ "$2" -ge 2 ] || die "$1 needs a value"; }

# step TEXT LOG COMMAND...: run COMMAND, its output to LOG, and tell how long
# it took. On failure the end of LOG is shown.
step() {
	local text=$1 log=$2 start=$SECONDS rc=0

	shift 2
	mkdir -p "$(dirname "$log")"
	printf 'mfraw: %s ...' "$text"
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ $rc -eq 0 ]; then
		printf ' %d s\n' $((SECONDS - start))
		return
	fi
	printf ' failed after %d s\n' $((SECONDS - start))
	tail -n 25 "$log" | sed 's/^/  | /' >&2
	return $rc
}
