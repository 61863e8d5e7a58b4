#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The tests of pure logic, in the kernel.
set -u

modprobe mfnic_test
status=$?
dmesg | sed -n '/KTAP version/,$p' | sed 's/^\[[^]]*\] //'
[ $status = 0 ] || exit 1
[ "$(dmesg | grep -c 'mfnic_test: ok ')" = 8 ] || exit 1
modprobe -r mfnic_test
