#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Flows choose the queue pairs that get a frame: rule types, priorities, masks,
# replication, multicast loopback, sniffers, and refused flows.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "flows"
pair_check
