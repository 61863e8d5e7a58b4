#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The selftests that "./mfraw patches" brings to the kernel's tree pass, and leave
# nothing behind.
set -u
. "$(dirname "$0")/../lib/sf.sh"

dir=$(realpath "$(dirname "$0")/../../../packaging/upstream/selftests")
read -ra tests < <(sed -n 's/^TEST_PROGS := //p' "$dir/Makefile")
[ ${#tests[@]} -ge 3 ] || fail "the Makefile has only ${#tests[@]} tests"
for test in "${tests[@]}"; do
	echo "# $test"
	# A skipped test has status 4.
	bash "$dir/$test" || fail "$test: status $?"
done
for path in /sys/bus/mfnic/devices/mfnic77 /sys/class/net/br-mfnic-test /run/netns/mfnic-test-*; do
	[ ! -e "$path" ] || fail "$path is left"
done
