#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: reliability
# mfraw-guest: own
#
# Two NICs whose uplinks are the ends of a bad wire, and beside them two devices of
# rdma_rxe at an equal wire. Messages of RC, XRC, UC and UD pass, and each byte is compared.
# mfraw finishes whatever the wire does: RC and XRC complete each request once and in
# order, UC and UD deliver intact messages. The table tells how both did.
#
# MESSAGES is the number of messages of each run and direction (default 150), and SEED
# makes them others.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
LOG_NOISE="$LOG_NOISE|infiniband rx[01]: (set|added)"

messages=${MESSAGES:-150} seed=${SEED:-1}
work=$(mktemp -d)
modprobe -a rdma_rxe sch_netem sch_tbf || fail "no rdma_rxe, sch_netem or sch_tbf"

# wire_make NAME: the ends NAME0 and NAME1 of a wire with a bridge in its middle. The
# bridge neither learns damaged addresses nor answers.
wire_make() {
	local n

	ip link add "br-$1" type bridge mcast_snooping 0 &&
		ip link set "br-$1" addrgenmode none up || fail "br-$1"
	for n in 0 1; do
		ip link add "$1$n" address "02:00:00:00:77:${2}$n" type veth peer name "$1${n}p" &&
			ip link set "$1${n}p" addrgenmode none master "br-$1" up &&
			ip link set "$1${n}p" type bridge_slave learning off || fail "$1$n"
	done
}

# Side 2 is a NIC of its own, with a bridge of its own.
pair_up
ok devlink port del "$(port_of_sf 102)"
echo 1 >/sys/bus/mfnic/new_device || fail "a second NIC"
dev2=$(NIC=mfnic/mfnic1 sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
objects_before=$(objects)
rep2=$(rep_of_sf 102)
wire_make wm 0
ip link add br-far type bridge mcast_snooping 0
ip link set br-far addrgenmode none up
ip link set "$rep2" nomaster
ip link set "$rep2" master br-far
bridge fdb replace 02:00:00:00:01:02 dev "$rep2" master static
side=0
for bridge in br-test br-far; do
	ok ip link set wm$side master mfnic${side}p0 up
	ip link set mfnic${side}p0 addrgenmode none master $bridge up
	ip link set mfnic${side}p0 type bridge_slave learning off
	ok bridge fdb replace 02:00:00:00:01:0$((2 - side)) dev mfnic${side}p0 master static
	side=1
done
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
for n in 1 2; do
	net=$(ip -n ns$n -j link show | jq -r \
		'.[] | select(.address == "02:00:00:00:01:0'$n'").ifname')
	ip -n ns$n neigh replace 192.0.2.$((3 - n)) dev "$net" \
		lladdr 02:00:00:00:01:0$((3 - n)) nud permanent || fail "neighbour"
done

# rdma_rxe receives in the initial namespace only. Its GID 0 is the link-local address.
wire_make wr 1
declare -A fe80
for n in 0 1; do
	sysctl -q -w net.ipv6.conf.wr$n.accept_dad=0 net.ipv6.conf.wr$n.disable_ipv6=0
	ip link set wr$n up
	ok rdma link add rx$n type rxe netdev wr$n
	fe80[$n]=$(ip -6 -br addr show wr$n | grep -o 'fe80[^/]*')
done
for n in 0 1; do
	ip neigh replace "${fe80[$((1 - n))]}" dev wr$n nud permanent \
		lladdr 02:00:00:00:77:1$((1 - n)) || fail "neighbour of rdma_rxe"
done
forwarding() { bridge link show | grep -c 'master br-w.*state forwarding' | grep -qx 4; }
ok within 60 forwarding

# bad KIND WORDS...: both ends of both wires have this queueing discipline. A change of
# netem would keep some of the old properties.
bad() {
	local dev

	for dev in wm0 wm1 wr0 wr1; do
		tc qdisc del dev $dev root 2>/dev/null
		tc qdisc add dev $dev root "$@" || fail "$*"
	done
}

# disturb WIRE: until it is killed, do $disturb to the middle of the wire, and undo it. With
# the small MTU, the wire drops the packets that are longer.
disturb() {
	local n=0

	while :; do
		case $disturb in
		flap) ip link set "${1}0p" down ;;
		mtu) ip link set "${1}0p" mtu 600 && ip link set "${1}1p" mtu 600 ;;
		esac
		echo $((++n)) >"$work/disturbed"
		pause 0.1
		mend "$1"
		pause 0.2
	done
}

mend() { # WIRE
	ip link set "${1}0p" mtu 1500 up && ip link set "${1}1p" mtu 1500
}

# sum_of DEVICE1 DEVICE2 COUNTER...: print the sum of counters of both sides
sum_of() {
	local dev stat sum=0

	for dev in "$1" "$2"; do
		for stat in "${@:3}"; do sum=$((sum + $(counter "$dev" "$stat"))); done
	done
	echo $sum
}
# How often a side sent packets once more.
retries_wm() { sum_of "$dev1" "$dev2" local_ack_timeout_err packet_seq_err implied_nak_seq_err; }
retries_wr() { sum_of rx0 rx1 completer_retry_err; }

# run WIRE TEST OPTION...: set result ("yes" or how it ended), arrived, retries, took
run() {
	local wire=$1 pair=("$dev1" "$gid1" "$dev2" "$gid2") pid='' rc=0 before limit=120

	[ "$wire" = wm ] || pair=(rx0 0 rx1 0) limit=20
	before=$(retries_"$wire")
	: >"$work/disturbed"
	if [ -n "$disturb" ]; then
		disturb "$wire" &
		pid=$!
	fi
	timeout $limit rocepair "$2" "${pair[@]}" "${@:3}" >"$work/out" 2>&1 || rc=$?
	if [ -n "$pid" ]; then
		kill "$pid"
		wait "$pid" 2>/dev/null
		mend "$wire" && within 60 forwarding || fail "the wire"
	fi
	retries=$(($(retries_"$wire") - before))
	arrived=$(sed -nE 's/^# (([0-9]+) requests.*|([0-9]+) of .* arrived)$/\2\3/p' "$work/out")
	took=$(sed -n 's/^# all took \(.*\) s$/\1/p' "$work/out")
	case $rc in
	0) result=yes ;;
	124) result="no end" ;;
	*) result="no: $(grep -m 1 FAIL "$work/out" | cut -c1-60)" ;;
	esac
}

# row WIRE-TEXT TEST N OPTION...: a row of the table
row() {
	local text=$1 test=$2 n=$3 mine took_mine ratio compared limited

	shift 3
	seed=$((seed + 1))
	run wm "$test" n="$n" seed=$seed "$@"
	if [ "$result" != yes ]; then
		cat "$work/out"
		rdma statistic show link "$dev1"
		rdma statistic show link "$dev2"
		fail "$text, $test: mfraw does not finish (seed $seed)"
	fi
	[ -z "$disturb" ] || [ -s "$work/disturbed" ] || fail "$text, $test: over too early"
	mine="$arrived, $retries"
	if [ "$test" = xrc ]; then
		echo "| $text | $test | $mine | - | - | - | - |" | tee -a "$work/table"
		return
	fi
	# Even on a good wire, rdma_rxe may not end if receives are missing or messages are
	# empty.
	limited=(ready=1 least=1)
	run wm "$test" n="$n" seed=$seed "${limited[@]}" "$@"
	[ "$result" = yes ] || fail "$text, $test, as for rdma_rxe: $result"
	took_mine=$took compared="$arrived, $retries"
	run wr "$test" n="$n" seed=$seed "${limited[@]}" "$@"
	ratio=-
	[ "$result" != yes ] ||
		ratio=$(awk "BEGIN { printf \"%.2f\", $took_mine / $took }")
	[ "$result" = yes ] || cp "$work/out" "$work/rxe-failed.$seed"
	echo "| $text | $test | $mine | $compared | $result | ${arrived:--}, $retries | $ratio |" |
		tee -a "$work/table"
}

rows() { # WIRE-TEXT [OPTION...]
	local text=$1

	shift
	row "$text" rc "$messages" timeout=14 "$@"
	row "$text" xrc "$messages" timeout=14 "$@"
	row "$text" uc "$messages" "$@"
	row "$text" ud "$messages" "$@"
}

disturb=
{
	echo "| wire | transport | mfraw | what rdma_rxe can, mfraw | rdma_rxe ends | rdma_rxe | time |"
	echo "|---|---|---:|---:|---|---:|---:|"
} | tee "$work/table"
bad pfifo limit 10000
rows "good"
for percent in 1 5 10; do
	bad netem limit 10000 loss $percent%
	rows "loses $percent %"
done
bad netem limit 10000 duplicate 10%
rows "repeats 10 %"
bad netem limit 10000 delay 1ms reorder 10%
rows "reorders 10 %"
bad netem limit 10000 corrupt 5%
rows "damages 5 %"
bad netem limit 10000 delay 100ms
rows "100 ms delay" timeout=18 quiet=1000
bad tbf rate 10mbit burst 20kb limit 200kb
rows "10 Mbit/s" timeout=17 quiet=200
bad netem limit 10000 delay 5ms
messages=$((messages * 2))
disturb=mtu
rows "shrinks its MTU" quiet=100
disturb=flap
rows "goes down and up" quiet=300

disturb=
bad pfifo limit 10000
row "good afterwards" rc "$messages" timeout=14
for out in "$work"/rxe-failed.*; do
	[ ! -e "$out" ] || { echo "# rdma_rxe, seed ${out##*.}:"; tail -n 3 "$out"; }
done
for n in 0 1; do ok rdma link del rx$n; done
roce_down
pair_check
