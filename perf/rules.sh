#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The cost of the switch per frame, with few rules and with many. The cost is
# counted in instructions, in a guest whose clock they drive:
#
#   ./mfraw vm --icount --timeout 900 perf/rules.sh
#
# The whole way of a frame counts, from ibv_post_send() to the completions at both
# ends; 64 bytes, 32 frames at a time. The column "switch" is the difference from the
# way between two queues of one port, which does not enter the switch.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
. "$here/rules.lib.sh"
. "$here/../tests/guest/lib/sf.sh"

mac1=02:00:00:00:01:01
mac2=02:00:00:00:01:02
work=$(mktemp -d)
base=

# row NAME TXDEV RXDEV: measure, and print a line of the table
row() {
	local one burst

	one=$(cost --burst 1 --ip $ip "$2" "$3") || die "$1"
	burst=$(cost --ip $ip "$2" "$3") || die "$1"
	base=${base:-$burst}
	awk -v name="$1" -v base="$base" -v burst="$burst" -v one="$one" 'BEGIN {
		printf "%-34s %7.0f %7.0f %9.0f %7.0f\n", name, burst,
			burst - base, 1e9 / burst, one
	}'
}

# per_rule START RULES: print the microseconds since START, divided by RULES
per_rule() { awk "BEGIN { printf \"%.0f\", ($(date +%s%N) - $1) / 1000 / $2 }"; }

# rules NAME: add the rules of standard input, measure the row, and remove the rules
rules() {
	local start n

	tc qdisc add dev "$rep1" clsact || die "clsact"
	cat >"$work/batch"
	n=$(wc -l <"$work/batch")
	start=$(date +%s%N)
	tc -batch "$work/batch" || die "tc"
	if [ "$n" -ge 1000 ]; then
		printf '%-38s %7s' "$1" "$(per_rule "$start" "$n")" >>"$work/per_rule"
	fi
	row "$1" "$dev1" "$dev2"
	start=$(date +%s%N)
	tc qdisc del dev "$rep1" clsact || die "clsact"
	if [ "$n" -ge 1000 ]; then
		printf ' %7s\n' "$(per_rule "$start" "$n")" >>"$work/per_rule"
	fi
}

dev1=$(sf_up 101 $mac1) || die "subfunction 101"
dev2=$(sf_up 102 $mac2) || die "subfunction 102"
rep1=$(rep_of_sf 101)
rep2=$(rep_of_sf 102)
ip link set br-test up

printf '%-34s %7s %7s %9s %7s\n' 'instructions per frame' all switch \
	'1e9/all' alone
row 'not switched' "$dev1" "$dev1"
row 'bridge, offloaded' "$dev1" "$dev2"
# The bridge floods a frame to an address that it has not learned.
for rep in $rep1 $rep2; do
	bridge link set dev "$rep" learning off
done
bridge fdb del $mac2 dev "$rep2" master
row 'slow path: bridge, flooded' "$dev1" "$dev2"
# From here on only rules deliver frames.
ip link set "$rep1" nomaster
redirect 1 dst_ip $ip | sed s/skip_sw/skip_hw/ | rules 'slow path: tc' || exit
redirect 1 dst_mac $mac2 | rules 'rule by MAC' || exit
for n in 1 1000 ${RULES:-100000}; do
	hosts "$n" | rules "rules by IP: $n" || exit
done
for n in 1 4 16; do
	masks "$n" | rules "masks: $n" || exit
done

echo
printf '%-38s %7s %7s\n' 'microseconds per rule' add delete
cat "$work/per_rule"
