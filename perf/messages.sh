#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The cost of a RoCEv2 message between two subfunctions on one bridge. The cost
# is counted in instructions, in a guest whose clock they drive:
#
#   ./mfraw vm --icount --timeout 900 perf/messages.sh
#
# The whole way of a message counts, from ibv_post_send() to the completions at
# both ends, acknowledges included. The path MTU is 1024 bytes.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
. "$here/../tests/guest/lib/sf.sh"
. "$here/../tests/guest/lib/roce.sh"

# row NAME OPTION... OPERATION: measure, and print a line of the table
row() {
	local name=$1 cost

	shift
	cost=$(messages "$@" "$dev1" "$gid1" "$dev2" "$gid2") || die "$name"
	printf '%-28s %9.0f\n' "$name" "$cost"
}

pair_up
roce_up >/dev/null
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)

printf '%-28s %9s\n' message instructions
row "RC send 64 B, 32 at a time" -b 32 -n 1000 -l 64 send
row "UD send 64 B, 32 at a time" -b 32 -n 1000 -l 64 ud
row "RC send 64 B, to and fro" -n 2000 -l 64 pong
row "RC send 64 B, alone" -b 1 -n 2000 -l 64 send
row "RC write 64 KiB, alone" -b 1 -n 200 -l 65536 write
row "RC read 1 KiB, 16 at a time" -b 16 -n 500 -l 1024 read
row "RC read 64 KiB, alone" -b 1 -n 200 -l 65536 read
roce_down
