#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# At any point, a signal ends a build or a guest and all processes that it started. The
# next build goes on, with the same result as an undisturbed build.
. "$(dirname "$0")/lib-checkout.sh"
give_root
give_build
mfraw build
[ $rc -eq 0 ] || fail "no build to start from"

reference() {
	(cd "$build/out" && find . -type f ! -path '*/modules.*' -print0 | sort -z |
		xargs -0 sha256sum)
}
reference >"$work/reference"

# interrupt SIGNAL STATUS TARGET COMMAND...: build, and when COMMAND succeeds send
# SIGNAL to the process group (TARGET is "group") or to mfraw alone.
interrupt() {
	local signal=$1 status=$2 target=$3

	shift 3
	rm -f "$build"/log/*
	begin "$work/out" build
	until_ok "$@"
	if [ "$target" = group ]; then
		kill -s "$signal" -- "-$pid"
	else
		kill -s "$signal" "$pid"
	fi
	end
	cat "$work/out"
	[ $rc -eq "$status" ] || fail "status $rc, not $status"
	has 'ended by a signal$'
	unused "$build"
	mfraw build
	[ $rc -eq 0 ] || fail "the build does not go on"
	reference | cmp - "$work/reference" || fail "another result"
}

# said STEP PATTERN: the log of a step has a line that matches. The logs of earlier
# builds are removed.
said() { grep -q "$2" "$build/log/$1.log"; }

forget_objects() {
	rm -f "$build"/modules/stamp "$build"/modules/kernel/mfeth/*.o
}
forget_objects
interrupt INT 130 group said modules 'CC .*mfeth/'
forget_objects
interrupt HUP 129 group said modules 'LD .*mfeth'

rm "$build"/modules/{stamp,depmod/key}
interrupt INT 130 group test -e "$build/modules/depmod/lib"

rm -r "$build"/rdma-core
interrupt TERM 143 mfraw test -e "$build/rdma-core/build/CMakeCache.txt"
rm -r "$build"/cmake
interrupt TERM 143 mfraw said programs '^\[2/'

# A guest leaves no file of its run.
echo 'echo alive; sleep 1000' >"$work/alive.sh"
for signal in INT TERM; do
	begin "$work/out" vm --no-build --no-setup --mem 1024 "$work/alive.sh"
	until_ok grep -q '^alive' "$work/out"
	kill -s $signal -- "-$pid"
	end
	cat "$work/out"
	[ $rc -eq $((128 + $(kill -l $signal))) ] || fail "status $rc"
	unused "$build"
	[ -z "$(find "$build/vm" -name 'job.*' -o -name 'alive.sh' -o -name 'script.*')" ] ||
		fail "files are left"
done

# The signal comes while the build waits for another one.
exec {lock}<"$build/lock"
flock "$lock"
begin "$work/out" build
until_ok grep -q 'waiting for another' "$work/out"
kill -INT -- "-$pid"
end
[ $rc -eq 130 ] || fail "status $rc, not 130"
exec {lock}<&-
unused "$build"
