#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Extended post, checksums of both directions, and segmentation. The expected
# frames come from scapy and from the kernel's own segmentation.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
modprobe tun
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "offload"
pair_check
