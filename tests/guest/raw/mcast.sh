#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Multicast groups of raw packet queue pairs, and calls that the device reports
# as unsupported.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
mcast "$dev1" "$dev2" || fail "mcast"
pair_check
