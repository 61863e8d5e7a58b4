#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Extended CQs: the values that each reader returns, flags, clocks, overruns,
# refused attributes, and moderation of events.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "cq_ex"

offload "$dev1" "$dev2" || fail "offload"
echo "# with a thread that polls"
engine 500
offload "$dev1" "$dev2" || fail "offload, polled"
engine 0
pair_check
