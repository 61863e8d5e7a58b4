#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: processors
# mfraw-guest: own
#
# The demo runs, and its claim holds: mfraw moves at least 3 times the frames of
# Soft-RoCE, by the median of interleaved runs in one guest.
set -u

exec bash "$(dirname "$0")/../../../scripts/demo.guest.sh"
