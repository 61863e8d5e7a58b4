#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: mappings
#
# RoCEv2 with the longest messages: 2 GiB, in the longest packets, and a
# million of the shortest packets; and a message without an end.
#
# The environment variable HUGE is the length of a message of each kind in bytes
# (default 256 MiB and one byte; 2147483648 takes a minute).
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

HUGE=${HUGE:-268435457}

# shellcheck disable=SC2034 # lib/sf.sh
NIC=mfnic/mfnic5
ok tee /sys/bus/mfnic/new_device <<<"5 9000"
trio_up

huge() { # OPTION...
	timeout 600 rocepair huge "$dev1" "$gid1" "$dev2" "$gid2" timeout=18 "$@" ||
		fail "huge $*"
}
huge mtu=4096 size="$HUGE"
huge mtu=4096 size=2147483648 op=4
huge mtu=256 size=$((256 * 1048577 + 1)) op=4

timeout 600 python3 "${0%.sh}.py" "$dev1" "$gid1" \
	"$dev2" "$gid2" "$dev3" "$(port_of_sf 102)" || fail "very long messages"

roce_down
pair_check
