#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: processors
# mfraw-guest: own
#
# The commands of the README, in its order, as they are typed.
set -u

fail() { echo "FAIL: $*"; exit 1; }

readme=$(dirname "$0")/../../../README.md
mapfile -t commands < <(sed -n 's/^    # //p' "$readme")
[ ${#commands[@]} -ge 50 ] || fail "the README has only ${#commands[@]} commands"
for command in "${commands[@]}"; do
	echo "# $command"
	eval "$command" || fail "$command"
	# What is started in the background gets ready meanwhile.
	[[ $command != *'&' ]] || { background=$!; sleep 1; }
done
wait "$background" || fail "the receiver"
[ "$(devlink port show | grep -c pcisf)" = 1 ] || fail "one port should be left"
# All three rules are the switch's.
[ "$(tc filter show dev mfnic0sf2 ingress | grep -c '^ *in_hw')" = 3 ] ||
	fail "not all rules are in the switch"
