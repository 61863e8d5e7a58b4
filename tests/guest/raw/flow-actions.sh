#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Actions of flows: tag, drop and count.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
flowact "$dev1" "$dev2" || fail "flowact"
pair_check
