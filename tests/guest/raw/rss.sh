#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Receive WQs and RSS QPs: the WQ that gets a frame, the life of WQs, vlan
# stripping and FCS, and refused attributes. The expected WQ comes from the
# published vectors of the Toeplitz hash and from a reference implementation.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
for part in hash wq features refused; do
	echo "# $part"
	python3 "${0%.sh}-$part.py" "$dev1" "$dev2" || fail "$part"
	pair_check
done

badinput "$dev1" "$dev2" wq-destroy-order wq-single wq-close-with-all \
	wq-cq-overflow wq-kicks wq-wild-index wq-scribble || fail "badinput"
pair_check

# The test of rdma-core.
work=$(mktemp -d)
mkdir "$work/tests"
cp /usr/share/doc/rdma-core/tests/* "$work/tests/"
gunzip -f "$work"/tests/*.gz
cd "$work" || exit
python3 tests/run_tests.py -v --dev "$dev1" -k "tests.test_rss_traffic." \
	>"$work/rss_traffic" 2>&1
grep -q '^OK' "$work/rss_traffic" || { cat "$work/rss_traffic"; fail "test_rss_traffic"; }
grep -o '\.\.\. .*' "$work/rss_traffic" | sort | uniq -c
grep -q skipped "$work/rss_traffic" && fail "test_rss_traffic was skipped"
pair_check

# This comes last, since the second device is gone afterwards.
python3 "${0%.sh}-removed.py" "$dev1" "$dev2" "$(port_of_sf 102)" ||
	fail "removed"
pair_check
