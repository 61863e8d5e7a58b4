#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The memory models of the kernel, of C11 and of AArch64 allow no bad outcome of the
# barriers that kernel and provider pair, and forbid it for no other reason: see
# tests/litmus/check.py. It needs herd7, which Debian 13 does not have.
set -u

top=/src
. "$top/scripts/common.sh"
suite=${MFRAW_SUITE:-trixie}
layer_kind=reliability
. "$top/scripts/kernel.sh"
. "$top/scripts/layer.sh"
layer_check

missing=/lower/opt/mfraw/reliability/missing/herdtools7
[ ! -e $missing ] || { cat $missing; exit 4; }
layer_inside / python3 /src/tests/litmus/check.py "$(kernel_source um)/tools/memory-model"
