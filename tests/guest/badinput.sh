#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Bad input gets a clear error and harms nobody, with and without a thread that
# polls the queues; nothing is left behind, and the kernel log stays quiet.
set -u
. "$(dirname "$0")/lib-sf.sh"

pair_up
badinput "$dev1" "$dev2" "$@" || fail "badinput"
pair_check
echo "# with a thread that polls"
engine 500
badinput "$dev1" "$dev2" "$@" || fail "badinput, polled"
engine 0
pair_check
