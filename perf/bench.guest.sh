#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw bench" runs this in the guest. Prints a line "record ..." for each result,
# with its group, case, place on the x axis, peer, unit, run and value.
#
# The environment sets RUNS (of each case), QUICK (fewer cases) and GROUPS_CHOSEN. With
# PROFILE, a pattern, the cases whose names match run once for the profiler, and
# nothing is recorded. The files of a case are in /share.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
. "$here/rules.lib.sh"
export NIC=mfnic/mfnic5
. "$here/../tests/guest/lib/sf.sh"
. "$here/../tests/guest/lib/roce.sh"
. "$here/bench.cases.sh"

# The program with AF_XDP.
PATH=/build/bench/bin:$PATH
RUNS=${RUNS:-5} QUICK=${QUICK-} PROFILE=${PROFILE-}
mac1=02:00:00:00:01:01 mac2=02:00:00:00:01:02

# Each case has a line in each of these arrays.
cases=() commands=()
# One case that fails does not take the others away.
failed=()
check_failed() {
	[ ${#failed[@]} -eq 0 ] || die "$(printf '%s\n' "failed:" "${failed[@]}")"
}

# add GROUP CASE X PEER UNIT COMMAND...: COMMAND prints lines with a value each. A line
# may have its own place on the x axis, one more word of the case's name, and its unit.
add() {
	cases+=("$1,$2,$3,$4,$5")
	commands+=("${*:6}")
}

# chosen GROUP: the group is to be measured.
chosen() { [[ " $GROUPS_CHOSEN " == *" $1 "* ]]; }

# wanted NAME: the case of that name is to be profiled.
wanted() { [ -n "$PROFILE" ] && [[ $1 =~ $PROFILE ]]; }

# profile NAME COMMAND...: run the command for the profiler, which numbers the spans
# between two marks. So each command marks one span, and writes its map then.
spans=0
profile() {
	echo "is $((++spans)): $1"
	echo "$1" >/share/$spans.name
	(export MFRAW_PROFILE=/share/$spans.maps; "${@:2}") >/dev/null ||
		failed+=("$1: ${*:2}")
	[ -s /share/$spans.maps ] || : $((spans--))
}

# netdev RUN: the network interfaces; their script has its own table
netdev() {
	local kind tcp resent reverse resent_r udp lost udp2 lost2 ping

	while read -r kind tcp resent reverse resent_r udp lost udp2 lost2 ping; do
		[[ $kind =~ ^(mfeth|veth|macvlan)$ ]] || continue
		echo "record netdev,TCP,1,$kind,ns per byte,$1,$tcp"
		echo "record netdev,TCP resent,1,$kind,segments,$1,$resent"
		echo "record netdev,TCP from the server,1,$kind,ns per byte,$1,$reverse"
		echo "record netdev,UDP 18 bytes,18,$kind,ns per packet,$1,$udp"
		echo "record netdev,UDP 1400 bytes,1400,$kind,ns per packet,$1,$udp2"
		echo "record netdev,ping,56,$kind,ns,$1,$ping"
	done
}

# This script removes all subfunctions when it ends, so it comes first.
[ -z "$QUICK" ] || export KINDS="mfeth veth"
for ((run = 1; run <= RUNS; run++)); do
	[ -z "$PROFILE" ] && chosen netdev || break
	echo "is run $run of the network interfaces"
	bash "$here/netdev.sh" >/tmp/netdev || die "netdev.sh"
	netdev $run </tmp/netdev
done
for kind in mfeth veth macvlan; do
	for what in tcp reverse small large ping; do
		! wanted "netdev $what $kind" || KINDS=$kind MEASURE=$what \
			profile "netdev $what $kind" bash "$here/netdev.sh"
	done
done
! wanted "idle without subfunctions" ||
	profile "idle without subfunctions" mark idle 10

echo "is making devices"
echo "5 9000" >/sys/bus/mfnic/new_device || die "no NIC with an MTU of 9000"
dev1=$(sf_up 101 $mac1) || die "subfunction 101"
dev2=$(sf_up 102 $mac2) || die "subfunction 102"
rep1=$(rep_of_sf 101) rep2=$(rep_of_sf 102)
veths_up
udevadm settle
for group in raw pingpong uplink roce scale subfunctions; do
	! chosen $group || ${group}_cases
done

if [ -n "$PROFILE" ]; then
	! wanted "idle with subfunctions" ||
		profile "idle with subfunctions" mark idle 10
	for i in "${!cases[@]}"; do
		IFS=, read -r group case x peer _ <<<"${cases[i]}"
		# shellcheck disable=SC2086 # words
		! wanted "$group $case $x $peer" ||
			profile "$group $case $x $peer" ${commands[i]}
	done
	cat /proc/kallsyms >/share/kallsyms
	check_failed
	[ $spans -gt 0 ] || die "no case matches '$PROFILE'"
	exit 0
fi

count=0
for ((run = 1; run <= RUNS; run++)); do
	for i in "${!cases[@]}"; do
		IFS=, read -r group case x peer unit <<<"${cases[i]}"
		echo "is $((++count)) of $((RUNS * ${#cases[@]})): $group, $case, $x, $peer"
		# shellcheck disable=SC2086 # words
		(${commands[i]}) >/tmp/values ||
			{ failed+=("${cases[i]}: ${commands[i]}"); continue; }
		while read -r value at more its; do
			echo "record $group,$case${more:+ $more},${at:-$x},$peer,${its:-$unit},$run,$value"
		done </tmp/values
	done
done
check_failed
