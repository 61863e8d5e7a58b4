#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Rules, hooks and queueing disciplines of a representor that are not offloaded have
# their effect. Frames that would meet them take the slow path, all other frames do
# not.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
modprobe -a sch_ingress sch_tbf cls_flower cls_matchall cls_u32 cls_basic \
	act_mirred act_gact act_simple act_skbedit 8021q nf_tables 2>/dev/null
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "software and switch"
pair_check
