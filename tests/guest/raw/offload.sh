#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Extended post, checksums of both directions, and segmentation. scapy and the
# kernel's own segmentation tell the expected frames.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
modprobe tun
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "offload"
pair_check
