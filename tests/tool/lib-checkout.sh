# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For tests of ./mfraw on a host: a copy of the checkout with a cache of its own.
# The root in that cache is the one that the test runs in.

# The test has its own namespace of mounts, so its mounts go with it.
[ -n "${MFRAW_APART:-}" ] ||
	MFRAW_APART=y exec unshare --mount --propagation private bash "$0" "$@"

. "$(dirname "$0")/lib.sh"

trap 'jobs -p | xargs -r kill 2>/dev/null; umount -lq "$MFRAW_CACHE"/root-* "$MFRAW_CACHE" "$build" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT

export MFRAW_SUITE=trixie
export MFRAW_CACHE="$work/the cache"
checkout="$work/the checkout"
build=$checkout/build/$MFRAW_SUITE

mkdir -p "$MFRAW_CACHE" "$checkout"
tar --exclude=./build --exclude=./.git -C /src -c . | tar -C "$checkout" -x ||
	fail "no copy of the checkout"

# give_root: have the cache hold the root.
give_root() {
	local root

	root=$MFRAW_CACHE/root-$MFRAW_SUITE-$(sha256sum \
		<"$checkout/scripts/recipe.sh" | cut -c1-12)
	mkdir -p "$root" "$build" || exit
	mount --bind /lower "$root" || fail "no root"
}

# give_build: copy the results of the build into the build directory, so that the next
# build has little left to do.
give_build() {
	cp -a /build/{modules,rdma-core,cmake,out} "$build/" ||
		fail "no copy of the build"
}

# mfraw ARGUMENT...: sets rc and $work/out; the output is shown, too.
mfraw() {
	rc=0
	bash "$checkout/mfraw" "$@" >"$work/out" 2>&1 </dev/null || rc=$?
	cat "$work/out"
}

# begin OUTPUT ARGUMENT...: start ./mfraw in a process group of its own. Sets
# pid.
begin() {
	local output=$1

	shift
	set -m
	bash "$checkout/mfraw" "$@" >"$output" 2>&1 </dev/null &
	pid=$!
	set +m
}

# end: wait for the ./mfraw that begin started. Sets rc.
end() {
	rc=0
	wait "$pid" || rc=$?
}

# until_ok COMMAND...: wait until it succeeds while $pid runs.
until_ok() {
	until "$@" 2>/dev/null; do
		kill -0 "$pid" 2>/dev/null || fail "too late for: $*"
		sleep 0.05
	done
}

# unused DIRECTORY: no process is left of an ./mfraw that used DIRECTORY.
unused() { flock -xn "$1" true || fail "something still runs in $1"; }

lacks() { ! grep -qE -- "$1" "$work/out" || fail "'$1' in the output"; }
