#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A build runs each step that is necessary once, and no other step.
. "$(dirname "$0")/lib-checkout.sh"
give_root

# Nothing is built yet, and a guest can't run without a build.
mfraw vm --no-build "$checkout/tests/tool/lib.sh"
[ $rc -ne 0 ] || fail "a guest ran without modules"
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "not one line"
has 'nothing is built'

give_build

# built PART...: the last build made these parts and no others.
built() {
	local parts

	[ $rc -eq 0 ] || fail "status $rc, not 0"
	parts=$(sed -nE 's/^mfraw: (.*): [0-9]+ s$/\1/p' "$work/out" | xargs)
	[ "$parts" = "$*" ] || fail "the build made '$parts', not '$*'"
	[ $# -gt 0 ] || has '^mfraw: nothing to build'
}

# The results come from another checkout, so everything is built again.
mfraw build
built kernel modules provider test programs
mfraw build
built
for name in /build/out/modules/*.ko /build/out/bin/* /build/out/provider/*; do
	cmp "$name" "$build/${name#/build/}" || fail "$name differs"
done

# A part is built again if a source is changed, new or removed, also if the change
# alters neither size nor time.
echo >>"$checkout/kernel/mfeth/xdp.c"
mfraw build
built kernel modules
touch "$checkout/providers/mfraw/new.c"
mfraw build
built provider
rm "$checkout/providers/mfraw/new.c"
mfraw build
built provider
file=$checkout/tests/prog/mcast/mcast.c
before=$(stat -c %y "$file")
sed -i '0,/e/s//E/; 0,/E/s//e/' "$file"
touch -d "$before" "$file"
mfraw build
built test programs
mfraw build
built

# A missing result is built again.
rm "$build"/out/modules/mfeth.ko
mfraw build
built kernel modules
cmp "$build"/out/modules/mfeth.ko "$build"/modules/kernel/mfeth/mfeth.ko ||
	fail "mfeth.ko is not the one that was built"
rm -r "$build"/out/root/usr/lib/*/libibverbs "$build/out/provider"
mfraw build
built provider
rm "$build"/out/bin/mcast
mfraw build
built test programs
[ -x "$build"/out/bin/mcast ] || fail "no program"

# A source that does not compile fails each build, and the earlier results stay.
sum=$(sha256sum "$build"/out/modules/mfeth.ko)
cp "$checkout/kernel/mfeth/xdp.c" "$work/xdp.c"
echo 'int x = y;' >>"$checkout/kernel/mfeth/xdp.c"
for _ in 1 2; do
	mfraw build
	[ $rc -ne 0 ] || fail "the build took a wrong source"
	has 'kernel modules: failed after'
	has "\| .*xdp.c:.*error: 'y' undeclared|\| .*xdp.c:.*error: .y. undeclared"
	has 'logs are in build/trixie/log'
	[ "$sum" = "$(sha256sum "$build"/out/modules/mfeth.ko)" ] ||
		fail "the earlier module is gone"
done
cp "$work/xdp.c" "$checkout/kernel/mfeth/xdp.c"
mfraw build
built kernel modules

# Of two builds at once, one builds, and the other one waits and has nothing to do.
rm "$build"/modules/kernel/mfeth/*.o
rm "$build"/modules/stamp "$build"/log/*
begin "$work/first" build
first=$pid
until_ok grep -q 'CC .*mfeth/' "$build/log/modules.log"
mfraw build
built
has "waiting for another mfraw that builds \(process $first\)"
pid=$first
end
cp "$work/first" "$work/out"
built kernel modules
