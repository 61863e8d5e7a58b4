#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The tests of pure logic, in the kernel. The module loads if all cases passed.
set -u

modprobe mfnic_test
status=$?
report=$(dmesg | sed -n '/KTAP version/,$s/^\[[^]]*\] //p')
echo "$report"
[ $status = 0 ] || exit 1
plan=$(sed -n 's/^1\.\.//p' <<<"$report")
[ "$(grep -c '^ok ' <<<"$report")" = "$plan" ] || exit 1
modprobe -r mfnic_test
