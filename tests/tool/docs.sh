#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The check of the documents, lint-docs, finds each kind of fault.
. "$(dirname "$0")/lib.sh"

top=$(cd "$(dirname "$0")/../.." && pwd) || exit
mkdir "$work/copy"
tar --exclude=./build --exclude=./.git -C "$top" -c . | tar -C "$work/copy" -x ||
	fail "no copy of the checkout"
cd "$work/copy" || exit

lint() {
	rc=0
	python3 scripts/lint_docs.py >"$work/out" 2>&1 || rc=$?
	cat "$work/out"
}

# found PATTERN FILE SED-SCRIPT: with FILE changed by sed, one line names the fault.
found() {
	cp "$2" "$work/kept"
	sed -i "$3" "$2"
	! cmp -s "$2" "$work/kept" || fail "$2 has nothing for $3"
	lint
	[ "$rc" -eq 1 ] || fail "nothing was found: $3"
	has "$1"
	[ "$(wc -l <"$work/out")" -eq 1 ] || fail "not one line: $3"
	cp "$work/kept" "$2"
}

lint
[ "$rc" -eq 0 ] || fail "the documents are wrong before they are changed"

found 'roce.svg:2: made from another source' docs/pictures/roce.dot '$a// more'
found 'wires.svg:2: made from another table' docs/reliability.md 's/^| good | 0/| good | 1/'
found 'abi.md:1: made from another header' include/uapi/rdma/mfraw-abi.h \
	's/the first 40 bytes are a GRH/the frame begins with a GRH/'

found 'dead link' docs/frame.md 's/(switch.md#edges)/(switches.md#edges)/'
found 'no such section' docs/frame.md 's/(switch.md#edges)/(switch.md#edge)/'
found 'no file scripts/judges.sh' docs/testing.md 's,scripts/judge.sh,scripts/judges.sh,'
found 'no file tests/guest/switch/tcc.sh' docs/switch.md 's,tests/guest/switch/tc.sh,tests/guest/switch/tcc.sh,'
found 'has the name mfraw_raw_brst' docs/frame.md 's/mfraw_raw_burst/mfraw_raw_brst/'
found 'a paragraph of .* words' docs/overview.md \
	"/^The kernel decides/i$(printf 'word %.0s' {1..61})\n"

# The reference must have all names that the modules show.
for name in nics new_device subfunctions slow_path flow_action_trap enable_rdma \
	max_rx_fanout rx_masks engine sfnum timeout_msecs trust tx_frames rx_no_qp \
	rx_xdp_tx tx_gso rx_filtered sq_cons "polls now" mfraw_drop mfraw_nak_sent; do
	found "does not have .$name." docs/reference.md "s/\`$name\`/a name/g"
done

cp docs/pictures/roce.dot docs/pictures/other.dot
lint
has 'other.dot:1: no .svg'
