#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw clean" removes the directories that it lists. It leaves directories that are
# in use, that it does not know, and that the user has not agreed to remove.
. "$(dirname "$0")/lib-checkout.sh"

root=root-trixie-$(sha256sum <"$checkout/scripts/recipe.sh" | cut -c1-12)
old=(root-trixie-0123456789ab root-forky-0123456789ab.part
	layer-trixie-0123456789ab layer-trixie-123456789abc.part
	kernel-trixie-um-0123456789ab source-trixie-0123456789ab
	tmp-root-trixie-0123456789ab.17)

fill() {
	local name

	for name in "$root" "${old[@]}" root-other; do
		mkdir -p "$MFRAW_CACHE/$name"
	done
	touch "$MFRAW_CACHE"/{lock-trixie,lock-kernel-trixie,root-trixie.log,layer-trixie.log,other}
	mkdir -p "$build/out"
}

# left NAME...: the cache has these directories and no others.
left() {
	local names

	names=$(cd "$MFRAW_CACHE" && printf '%s\n' */ | tr -d / | sort | xargs)
	[ "$names" = "$(printf '%s\n' "$@" root-other | sort | xargs)" ] ||
		fail "the cache has $names"
}

# use PATH: start a process that uses PATH.
use() {
	(
		. "$checkout/scripts/common.sh"
		hold "$1"
		exec sleep 1000
	) &
	pid=$!
	until ! flock -xn "$1" true; do sleep 0.05; done
}

unuse() {
	kill "$pid"
	wait "$pid" 2>/dev/null
}

# refused PATTERN: the last command failed, gave the reason, and removed nothing.
refused() {
	[ $rc -ne 0 ] || fail "clean succeeded"
	has "$1"
	left "$root" "${old[@]}"
	[ -e "$build/out" ] || fail "build/ is gone"
}

fill
mfraw clean --all foo
refused "clean takes no 'foo'"
mfraw clean --all --yes --nonsense
refused "knows no option '--nonsense'"
mfraw clean --all --old
refused 'not both'

# There is no terminal to ask on.
mfraw clean --all
refused 'say --yes'
has "$root"
mfraw clean --old
refused 'say --yes'

# On a terminal, clean asks, and does what the answer says.
answer() { # WORD ARGUMENT...
	local word=$1 command

	shift
	printf -v command '%q ' bash "$checkout/mfraw" "$@"
	rc=0
	(sleep 0.5; echo "$word"; sleep 0.5) |
		script -qec "$command" /dev/null >"$work/out" 2>&1 || rc=$?
	cat "$work/out"
}
answer n clean --all
refused 'remove build/ and all of that\? \[y/N\]'
answer '' clean --old
refused 'remove that\? \[y/N\]'

# Directories in use stay, and clean names the processes that use them.
use "$MFRAW_CACHE/$root"
mfraw clean --all --yes
refused "$root is in use"
has "^  process $pid: "
unuse
use "$build"
mfraw clean --all --yes
refused "build/trixie is in use"
mfraw clean
refused "build/trixie is in use"
unuse
use "$MFRAW_CACHE/lock-kernel-trixie"
mfraw clean --old --yes
refused "lock-kernel-trixie is in use"
unuse

# clean names the directories that it leaves.
mfraw clean
[ $rc -eq 0 ] || fail "status $rc, not 0"
[ ! -e "$checkout/build" ] || fail "build/ is there"
left "$root" "${old[@]}"
for name in "${old[@]}"; do has "$name$"; done
lacks "$root"
has 'clean --old'

# --old removes all directories that can be removed.
fill
use "$MFRAW_CACHE/${old[0]}"
mfraw clean --old --yes
[ $rc -eq 1 ] || fail "status $rc, not 1"
has "${old[0]} is in use"
left "$root" "${old[0]}"
[ -e "$build/out" ] || fail "build/ is gone"
unuse
answer y clean --old
[ $rc -eq 0 ] || fail "status $rc, not 0"
left "$root"

fill
mfraw clean --all -y
[ $rc -eq 0 ] || fail "status $rc, not 0"
left
[ ! -e "$checkout/build" ] || fail "build/ is there"
[ "$(cd "$MFRAW_CACHE" && echo *)" = "other root-other" ] ||
	fail "the cache has $(ls "$MFRAW_CACHE")"
mfraw clean --all
[ $rc -eq 0 ] || fail "status $rc, not 0"

# A process that begins during a removal waits, and then fails with the reason.
fill
exec {lock}<"$MFRAW_CACHE/$root"
flock -x "$lock"
(
	exec {lock}<&-
	. "$checkout/scripts/common.sh"
	hold "$MFRAW_CACHE/$root"
) >"$work/out" 2>&1 &
pid=$!
until_ok grep -q waiting "$work/out"
mv "$MFRAW_CACHE/$root" "$MFRAW_CACHE/tmp-$root.1"
exec {lock}<&-
end
[ $rc -ne 0 ] || fail "a root that is gone was held"
has "has removed $MFRAW_CACHE/$root"
