#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Once the cache has a root and a kernel, an ordinary user runs commands and tests in
# guests, on a machine without KVM and also inside a container.

. "$(dirname "$0")/lib-user.sh"
. "$(dirname "$0")/lib-checkout.sh"

user=("${become[@]}" env -i PATH=/usr/bin:/bin MFRAW_CACHE=/kernels MFRAW_SUITE="$MFRAW_SUITE")
container=(unshare --user --mount --pid --fork --mount-proc --net --ipc --uts --cgroup)

if ! "${user[@]}" unshare --user --map-root-user --mount true; then
	echo "# skipped: this machine has no user namespaces for ordinary users"
	exit 4
fi
[ ! -w /dev/kvm ] || mount --bind /dev/null /dev/kvm || exit
mkdir -p "$build"
cp -a /build/out "/build/$um" "$build/" || fail "no copy of the build"
chmod 755 "$work"
chown -R $uid "$checkout"
# The shared directory has a mount of another user below it.
mkdir "$work/shared" "$work/shared/below" || exit
mount -t tmpfs -o mode=755 tmpfs "$work/shared/below" || exit
echo 'a file below' >"$work/shared/below/file"
trap 'umount "$work/shared/below"; rm -rf --one-file-system "$work"' EXIT
cd "$work/shared" || exit

# run COMMAND...: run it as the user. Sets rc and $work/out; the output is shown, too.
run() {
	echo "# $*"
	rc=0
	"${user[@]}" "$@" >"$work/out" 2>&1 </dev/null || rc=$?
	cat "$work/out"
}

# guest COMMAND...: COMMAND is a command by which the user has ./mfraw start.
guest() {
	run "$@" "$checkout/mfraw" run --kernel "$um" --no-build --netns -- sh -c '
		id -u; cat below/file; rdma link; ip netns exec sf1 ping -c 1 192.0.2.2; exit 7'
	[ $rc -eq 7 ] || fail "status $rc, not 7"
	has '^0$'
	has '^a file below$'
	has '^link mfraw1/1 state ACTIVE'
	has '^1 packets transmitted, 1 received'
}

guest bash
# The user is root of one container, and an ordinary user of the other one.
guest "${container[@]}" --map-root-user bash
guest "${container[@]}" --map-current-user bash

echo 'echo "a script of $(id -u)"; touch /src/new || exit 9' >"$checkout/script.sh"
run bash "$checkout/mfraw" vm --kernel "$um" --no-build "$checkout/script.sh"
[ $rc -eq 9 ] || fail "status $rc, not 9"
has '^a script of 0$'

# A test, with all that it needs built by the user.
run bash "$checkout/mfraw" test --kernel "$um" '^flows$'
[ $rc -eq 0 ] || fail "status $rc, not 0"
has "^mfraw: kernel modules \\($um\\): "
has '^mfraw: passed: 1 tests'

# The cache is another one, and this user can make no root.
run env MFRAW_CACHE="$work/empty" bash "$checkout/mfraw" build
[ $rc -eq 1 ] || fail "status $rc, not 1"
has '^mfraw: needs root once, to make the root: .*uidmap'
