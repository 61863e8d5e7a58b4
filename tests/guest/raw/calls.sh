#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Sequences of uverbs calls with wrong sizes, masks, reserved bits, values and handles
# harm nobody. In the check kernel, KCOV leads the search to code that no sequence has
# reached. SEQUENCES and SEED are those of a longer run.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

pair_up
roce_up
mount -t debugfs none /sys/kernel/debug 2>/dev/null
calls "$dev1" "$dev2" "${SEED:-1}" "${SEQUENCES:-2000}" || fail "calls"
[ ! -e /sys/kernel/debug/kcov ] || echo "ok - KCOV led the search"
roce_down
pair_check
