#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-vm: --nic igb
# mfraw-needs: nics
#
# Tests of raw queues pass on the pools of an 82576 as they are.
set -u
here=$(dirname "$0")

for name in raw/mcast raw/credentials raw/memory; do
	echo "# $name"
	PARENT=mfigb bash "$here/../$name.sh" || { echo "FAIL: $name"; exit 1; }
done
modprobe -r mfigb || { echo "FAIL: mfigb can't be unloaded"; exit 1; }
