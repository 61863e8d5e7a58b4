#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The test suite of rdma-core, as the distribution ships it, on an mfraw device.
# No test fails, the tests of raw packet queue pairs are not skipped, and more
# tests pass than on Soft-RoCE. The result of Soft-RoCE does not depend on this
# tree, so it is recorded here. RXE=y runs the suite on Soft-RoCE, too.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

# Tests that pass on Soft-RoCE of Linux 6.12 with rdma-core 56.1.
RXE_PASSED=103

RAW_SUITES="device pd cq cqex mr qp qpex flow fork rss_traffic"

pair_up
net_up "$dev1" 10.9.0.1/24 || fail "the network device"
gid_of "$dev1" 10.9.0.1 >/dev/null || fail "no GID"
top=$(readlink -f "$(dirname "$0")/../../..")
# Some tests use huge pages.
echo 32 >/proc/sys/vm/nr_hugepages
work=$(mktemp -d)
mkdir "$work/tests"
cp /usr/share/doc/rdma-core/tests/* "$work/tests/"
gunzip -f "$work"/tests/*.gz
cd "$work" || exit 1

# The whole suite: no test fails, and docs/features.md has the reason of each skip.
reasons=$work/reasons
sed -n "/^## rdma-core's own tests/,\$s/^| \`\(.*\)\` | .*/\1/p" \
	"$top/docs/features.md" >"$reasons"
[ -s "$reasons" ] || fail "no list of reasons"
python3 tests/run_tests.py -v --dev "$dev1" >"$work/all" 2>&1
grep -q '^OK' "$work/all" || {
	grep -A20 '^ERROR:\|^FAIL:' "$work/all"
	fail "the whole suite"
}
# Make a line for each test. The suite prints name, docstring and verdict on one or
# two lines.
list=$work/list
sed -n '/^test_.*(tests\./{/ \.\.\. /!N;s/\n/ /;p}' "$work/all" >"$list"
of() { grep "(tests\.test_$1\." "$list"; }
total=0
for name in $RAW_SUITES; do
	passed=$(of "$name" | grep -c '\.\.\. ok')
	echo "# test_$name: $passed passed, $(of "$name" | grep -c '\.\.\. skipped') skipped"
	[ "$passed" -gt 0 ] || fail "test_$name ran no test"
	total=$((total + passed))
done
[ "$total" -ge 60 ] || fail "only $total tests passed"
of flow | grep skipped && fail "a flow test was skipped"
raw=$(of qp | grep '^test_[a-z_]*raw' | grep -c '\.\.\. ok')
[ "$raw" -ge 9 ] || fail "only $raw raw packet tests of test_qp passed"
# Show the reasons of skips.
sed -n "s/^.*\.\.\. skipped /skipped: /p" "$work/all" | sort | uniq -c
passed=$(grep -c '\.\.\. ok' "$list")
echo "# the whole suite: $passed passed, 0 failed," \
	"$(grep -c '\.\.\. skipped' "$list") skipped"
unknown=$(sed -n "s/^.*\.\.\. skipped ['\"]//p" "$work/all" | sort -u |
	while read -r reason; do
		while read -r known; do
			[[ $reason != "$known"* ]] || continue 2
		done <"$reasons"
		echo "$reason"
	done)
[ -z "$unknown" ] || fail "skipped, and docs/features.md does not say why: $unknown"

pair_check

[ "$passed" -gt $RXE_PASSED ] || fail "no more than the $RXE_PASSED of Soft-RoCE"
[ -n "${RXE-}" ] || exit 0

# Some tests end the program on Soft-RoCE, so each module has a program of its
# own.
ip link add wire0 type veth peer name wire1 && ip link set wire1 up
sysctl -q -w net.ipv6.conf.wire0.disable_ipv6=0 net.ipv6.conf.wire0.accept_dad=0
ip addr add 10.9.1.1/24 dev wire0 && ip link set wire0 up
modprobe rdma_rxe && rdma link add rxe0 type rxe netdev wire0 ||
	fail "no Soft-RoCE"
gid_of rxe0 10.9.1.1 >/dev/null || fail "rxe0 has no GID"
for module in tests/test_*.py; do
	module=${module#tests/}
	case $module in *mlx5*|*efa*|*cuda*) continue ;; esac
	timeout 120 python3 tests/run_tests.py -v --dev rxe0 \
		-k "tests.${module%.py}." >>"$work/rxe" 2>&1
done
rxe=$(grep -c '\.\.\. ok' "$work/rxe")
echo "# Soft-RoCE: $rxe passed"
[ "$rxe" -le $RXE_PASSED ] || fail "$rxe tests pass on Soft-RoCE, $RXE_PASSED are recorded"
