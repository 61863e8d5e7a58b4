#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "./mfraw bench" runs this in the guest. Prints a line "record ..." for each result,
# with its group, case, place on the x axis, peer, unit, run and value.
#
# The environment sets RUNS (of each case), QUICK (fewer cases) and GROUPS_CHOSEN.
set -u
here=$(dirname "$0")
. "$here/lib.sh"
. "$here/rules.lib.sh"
export NIC=mfnic/mfnic5
. "$here/../tests/guest/lib/sf.sh"
. "$here/../tests/guest/lib/roce.sh"

# The program with AF_XDP.
PATH=/build/bench/bin:$PATH
RUNS=${RUNS:-5} QUICK=${QUICK-}
mac1=02:00:00:00:01:01 mac2=02:00:00:00:01:02

# Each case has a line in each of these arrays.
cases=() commands=()

# add GROUP CASE X PEER UNIT COMMAND...: COMMAND prints the value.
add() {
	cases+=("$1,$2,$3,$4,$5")
	commands+=("${*:6}")
}

# chosen GROUP: the group is to be measured.
chosen() { [[ " $GROUPS_CHOSEN " == *" $1 "* ]]; }

# verbs CSUM ARGUMENT...: raw queue pairs, with or without verified checksums
verbs() {
	local file

	for file in /sys/bus/auxiliary/devices/*/offload/rx_csum; do
		echo "$1" >"$file" || die "$file"
	done
	cost "${@:2}"
}

# veth_up NAME MTU: a pair of veth devices, NAME-a and NAME-b
veth_up() {
	local n

	ip link add "$1-a" mtu "$2" type veth peer name "$1-b" mtu "$2" || die "veth"
	for n in "$1-a" "$1-b"; do
		ip link set "$n" addrgenmode none up || die "$n"
	done
}

# Without long frames, AF_XDP needs no frames of several buffers, so each MTU has
# devices of its own. So has AF_XDP that polls the driver: interrupts are deferred.
veths_up() {
	local mtu n

	for mtu in 1500 9000; do
		veth_up veth$mtu $mtu
		veth_up poll$mtu $mtu
		for n in poll$mtu-a poll$mtu-b; do
			echo 2 >/sys/class/net/$n/napi_defer_hard_irqs &&
				echo 200000 >/sys/class/net/$n/gro_flush_timeout ||
				die "$n"
		done
	done
}

# by_peer GROUP CASE X LENGTH OPTION...: the same frames by all ways
by_peer() {
	local group=$1 case=$2 x=$3 length=$4 mtu=1500

	shift 4
	[ "$length" -le 1500 ] || mtu=9000
	set -- "$@" --length "$length"
	add "$group" "$case" "$x" mfraw instructions verbs 0 "$*" "$dev1" "$dev2"
	add "$group" "$case" "$x" "mfraw rx_csum" instructions \
		verbs 1 "$*" "$dev1" "$dev2"
	add "$group" "$case" "$x" "AF_XDP native" instructions \
		cost --way xdp "$*" veth$mtu-a veth$mtu-b
	add "$group" "$case" "$x" "AF_XDP polled" instructions \
		cost --way xdp-busy "$*" poll$mtu-a poll$mtu-b
	add "$group" "$case" "$x" "AF_XDP generic" instructions \
		cost --way xdp-generic "$*" veth$mtu-a veth$mtu-b
	add "$group" "$case" "$x" "AF_PACKET mmsg" instructions \
		cost --way mmsg "$*" veth$mtu-a veth$mtu-b
	[[ "$*" == *--pong* ]] ||
		add "$group" "$case" "$x" "AF_PACKET ring" instructions \
			cost --way ring "$*" veth$mtu-a veth$mtu-b
}

raw_cases() {
	local lengths="64 1500 9000" bursts="1 32" length burst rounds

	[ -n "$QUICK" ] || lengths="64 256 512 1500 4000 9000"
	[ -n "$QUICK" ] || bursts="1 2 4 8 16 32 64"
	for length in $lengths; do
		for burst in $bursts; do
			# All batches for the shortest frame, these for the others.
			[ "$length" = 64 ] || [ "$burst" = 1 ] || [ "$burst" = 32 ] ||
				continue
			rounds=$((burst < 8 ? 200 : 20))
			by_peer raw "batch $burst" "$length" "$length" \
				--burst "$burst" --rounds $rounds
		done
	done
	add raw "batch 32" 64 "mfraw one port" instructions \
		verbs 0 --rounds 20 "$dev1" "$dev1"
}

pingpong_cases() {
	by_peer pingpong "round trip" 64 64 --burst 1 --rounds 200 --pong
	[ -n "$QUICK" ] ||
		by_peer pingpong "round trip" 1500 1500 --burst 1 --rounds 200 --pong
}

# message NAME X OPTION... OPERATION: a RoCEv2 message by both devices
message() {
	local name=$1 x=$2

	shift 2
	add roce "$name" "$x" mfraw instructions \
		messages "$*" "$dev1" "$gid1" "$dev2" "$gid2"
	add roce "$name" "$x" "rdma_rxe" instructions \
		messages "$*" rxe0 "$rxe_gid1" rxe1 "$rxe_gid2"
}

roce_cases() {
	message "RC send by 32" 64 -b 32 -n 60 -l 64 send
	message "UD send by 32" 64 -b 32 -n 60 -l 64 ud
	message "RC write" 65536 -b 1 -n 20 -l 65536 write
	message "RC read by 16" 1024 -b 16 -n 60 -l 1024 read
	message "RC ping-pong" 64 -n 300 -l 64 pong
	[ -z "$QUICK" ] || return
	message "RC send" 64 -b 1 -n 300 -l 64 send
	message "RC read" 65536 -b 1 -n 20 -l 65536 read
}

# Link-local addresses, which only the veth connects. The addresses of the interfaces
# of mfraw are in namespaces.
rxe_up() {
	local n

	modprobe rdma_rxe || die "no rdma_rxe"
	ip link add eth-rxe0 type veth peer name eth-rxe1 || die veth
	for n in 0 1; do
		sysctl -qw "net.ipv6.conf.eth-rxe$n.disable_ipv6=0" \
			"net.ipv6.conf.eth-rxe$n.accept_dad=0"
		ip link set eth-rxe$n up
		rdma link add rxe$n type rxe netdev eth-rxe$n || die "no rxe$n"
	done
	rxe_gid1=0 rxe_gid2=0
}

# ruled KIND NUMBER: frames by tc rules, which come before the bridge
ruled() {
	tc qdisc add dev "$rep1" clsact && "$1" "$2" >/tmp/batch &&
		tc -batch /tmp/batch || die "$1 $2"
	verbs 0 --rounds 20 --ip $ip "$dev1" "$dev2"
	tc qdisc del dev "$rep1" clsact
}

scale_cases() {
	local numbers="1 32 1024" n

	[ -n "$QUICK" ] || numbers="1 4 16 64 256 1024"
	for n in $numbers; do
		add scale "queue pairs" "$n" mfraw instructions \
			verbs 0 --rounds 40 --queues "$n" "$dev1" "$dev2"
	done
	[ -n "$QUICK" ] || numbers+=" 10000"
	for n in $numbers; do
		add scale "regions" "$n" mfraw instructions \
			verbs 0 --rounds 40 --regions "$n" "$dev1" "$dev2"
	done
	numbers="1 1000"
	[ -n "$QUICK" ] || numbers="1 10 100 1000 10000"
	for n in $numbers; do
		add scale "tc rules" "$n" mfraw instructions ruled hosts "$n"
	done
	numbers="4 16"
	[ -n "$QUICK" ] || numbers="1 4 16"
	for n in $numbers; do
		add scale "masks of tc rules" "$n" mfraw instructions ruled masks "$n"
	done
}

# netdev RUN: the network interfaces; their script has its own table
netdev() {
	local kind tcp resent reverse resent_r udp lost udp2 lost2 ping

	while read -r kind tcp resent reverse resent_r udp lost udp2 lost2 ping; do
		[[ $kind =~ ^(mfeth|veth|macvlan)$ ]] || continue
		echo "record netdev,TCP,1,$kind,ns per byte,$1,$tcp"
		echo "record netdev,TCP from the server,1,$kind,ns per byte,$1,$reverse"
		echo "record netdev,UDP 18 bytes,18,$kind,ns per packet,$1,$udp"
		echo "record netdev,UDP 1400 bytes,1400,$kind,ns per packet,$1,$udp2"
		echo "record netdev,ping,56,$kind,ns,$1,$ping"
	done
}

netdev_runs=$RUNS
[ -z "$QUICK" ] || netdev_runs=1
# This script removes all subfunctions when it ends. It takes a minute, so it runs once
# if time is short.
for ((run = 1; run <= netdev_runs; run++)); do
	chosen netdev || break
	echo "is run $run of the network interfaces"
	SECS=1 bash "$here/netdev.sh" >/tmp/netdev || die "netdev.sh"
	netdev $run </tmp/netdev
done

echo "is making devices"
echo "5 9000" >/sys/bus/mfnic/new_device || die "no NIC with an MTU of 9000"
dev1=$(sf_up 101 $mac1) || die "subfunction 101"
dev2=$(sf_up 102 $mac2) || die "subfunction 102"
rep1=$(rep_of_sf 101) rep2=$(rep_of_sf 102)
veths_up

! chosen raw || raw_cases
! chosen pingpong || pingpong_cases
if chosen roce; then
	rxe_up
	roce_up >/dev/null
	gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
	roce_cases
fi
! chosen scale || scale_cases

# One case that fails does not take the others away.
failed=()
count=0
udevadm settle
for ((run = 1; run <= RUNS; run++)); do
	for i in "${!cases[@]}"; do
		IFS=, read -r group case x peer _ <<<"${cases[i]}"
		echo "is $((++count)) of $((RUNS * ${#cases[@]})): $group, $case, $x, $peer"
		# shellcheck disable=SC2086 # words
		if value=$(${commands[i]}); then
			echo "record ${cases[i]},$run,$value"
		else
			failed+=("${cases[i]}: ${commands[i]}")
		fi
	done
done
[ ${#failed[@]} -eq 0 ] || die "$(printf '%s\n' "failed:" "${failed[@]}")"
