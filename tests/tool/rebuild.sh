#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A build does each step that is necessary, once, and no other.
. "$(dirname "$0")/lib-checkout.sh"
give_root

# Nothing is built yet, and a guest can't run without a build.
mfraw vm --no-build "$checkout/tests/tool/lib.sh"
[ $rc -ne 0 ] || fail "a guest with no modules"
[ "$(wc -l <"$work/out")" -eq 1 ] || fail "not one line"
has 'nothing is built'

# The names of the tests are known: no build begins for a name that is none.
mfraw test --list
[ $rc -eq 0 ] || fail "status $rc, not 0"
has 'Test +#[0-9]+: tool-rebuild$'
mfraw test no-such-test
[ $rc -ne 0 ] || fail "a test of no name"
has "no test matches 'no-such-test'"
[ ! -e "$build/modules" ] || fail "modules were built"

give_build

# built PART...: the last build made these parts and no others.
built() {
	local what

	[ $rc -eq 0 ] || fail "status $rc, not 0"
	what=$(sed -nE 's/^mfraw: (.*): [0-9]+ s$/\1/p' "$work/out" | xargs)
	[ "$what" = "$*" ] || fail "built: $what"
	[ $# -gt 0 ] || has '^mfraw: nothing to build'
}

# The results that exist were not built from these files.
mfraw build
built kernel modules provider test programs
mfraw build
built
for name in /build/out/modules/*.ko /build/out/bin/* /build/out/provider/*; do
	cmp "$name" "$build/${name#/build/}" || fail "another $name"
done

# Sources of each kind: changed, new, removed; and changed so that neither size
# nor time tells.
echo >>"$checkout/kernel/mfeth/xdp.c"
mfraw build
built kernel modules
touch "$checkout/providers/mfraw/new.c"
mfraw build
built provider
rm "$checkout/providers/mfraw/new.c"
mfraw build
built provider
file=$checkout/tests/prog/cost/cost.c
before=$(stat -c %y "$file")
sed -i '0,/e/s//E/; 0,/E/s//e/' "$file"
touch -d "$before" "$file"
mfraw build
built test programs
mfraw build
built

# The build looks at its results, too.
rm "$build"/out/modules/mfeth.ko
mfraw build
built kernel modules
cmp "$build"/out/modules/mfeth.ko "$build"/modules/kernel/mfeth/mfeth.ko ||
	fail "another mfeth.ko"
rm -r "$build"/out/root/usr/lib/*/libibverbs "$build/out/provider"
mfraw build
built provider
rm "$build"/out/bin/cost
mfraw build
built test programs
[ -x "$build"/out/bin/cost ] || fail "no program"

# A source that does not compile fails each time, and the earlier results stay.
sum=$(sha256sum "$build"/out/modules/mfeth.ko)
cp "$checkout/kernel/mfeth/xdp.c" "$work/xdp.c"
echo 'int x = y;' >>"$checkout/kernel/mfeth/xdp.c"
for _ in 1 2; do
	mfraw build
	[ $rc -ne 0 ] || fail "a wrong source was built"
	has 'kernel modules: failed after'
	has "\| .*xdp.c:.*error: 'y' undeclared|\| .*xdp.c:.*error: .y. undeclared"
	has 'logs are in build/trixie/log'
	[ "$sum" = "$(sha256sum "$build"/out/modules/mfeth.ko)" ] ||
		fail "the module is another one"
done
cp "$work/xdp.c" "$checkout/kernel/mfeth/xdp.c"
mfraw build
built kernel modules

# Two at once: one builds, the other one waits and has nothing to do.
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
