#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: reliability
# mfraw-guest: own
#
# All traffic at once for MINUTES (default 1): raw frames, RC messages, datagrams, pings and
# TCP between two subfunctions, and pings and TCP through the uplink, while subfunctions,
# rules, FDB entries and queue pairs come and go. Every frame, message and byte arrives, and
# the memory in use does not grow. SEED makes the order of events another.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
LOG_NOISE="$LOG_NOISE|HTB: quantum"

minutes=${MINUTES:-1}
seed=${SEED:-1}
RANDOM=$seed
ROUND=12	# seconds
GROWTH=8192	# KiB that other parts of the guest may grow
work=$(mktemp -d)

pair_up
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
rep1=$(rep_of_sf 101)
ip netns add out
ip link add wire0 type veth peer name wire1 netns out || fail "no wire"
ip netns exec out sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
ip -n out addr add 192.0.2.9/24 dev wire1
ip -n out link set wire1 up
ok ip link set wire0 master mfnic0p0 up
ok ip link set mfnic0p0 addrgenmode none master br-test up
ok reaches 1 192.0.2.9
ok reaches 2 192.0.2.9
ok tc qdisc add dev "$rep1" clsact

# stream NAME COMMAND...: until the round ends, repeat the command, of which each run
# adds what it prints to the sum of NAME
stream() {
	local name=$1 n out

	shift
	n=0
	until [ -e "$work/stop" ]; do
		out=$("$@" $n 2>"$work/$name.err") || {
			echo "$name, run $n of the round: $out $(tail -3 "$work/$name.err")" \
				>"$work/failed.$name"
			return
		}
		echo "$out" >>"$work/sum.$name"
		n=$((n + 1))
	done
}

# counted N COMMAND...: print N if the command succeeds, and its output if not
counted() {
	local n=$1 out

	shift
	if out=$("$@" 2>&1); then echo "$n"; else
		echo "$* says: $(tail -4 <<<"$out")"
		return 1
	fi
}

# The program frames would also count frames that others lose.
raw() {
	local out

	out=$({ pause 2; echo; } | bounded aside "$dev1" "$dev2") && grep -qx moves <<<"$out" ||
		{ echo "$out"; return 1; }
	sed -n 's/^# the bystander moved \(.*\) frames$/\1/p' <<<"$out"
}
rc() {
	counted 600 rocepair rc "$dev1" "$gid1" "$dev2" "$gid2" n=300 timeout=18 \
		seed=$((seed * 100 + round * 10 + $1))
}
datagrams() { counted 2000 rocepair flood "$dev1" "$gid1" "$dev2" "$gid2" n=2000 depth=32; }
# A ping fails if all are lost only.
all_return() { in_ns "$1" ping -q -c 100 -i 0.01 -W 60 "$2" | grep ' 0% packet loss'; }
pings() { counted 100 all_return "$@"; }	# FROM TO RUN
tcp() { in_ns "$1" python3 "$here/soak.py" "$2" "$3"; }	# FROM TO RUN

churn_ports() {
	local n=$((201 + RANDOM % 40)) dev

	dev=$(sf_up $n "02:00:00:00:02:$(printf %02x $((n - 200)))") &&
		ibv_devinfo -d "$dev" >/dev/null && devlink port del "$(port_of_sf $n)" && echo 1
}
churn_rules() {
	local n

	for n in 1 2 3 4; do
		tc filter add dev "$rep1" ingress pref $n protocol ip flower \
			dst_ip 198.51.100.$((RANDOM % 250 + 1)) ip_proto udp action drop || return
	done
	for n in 1 2 3 4; do
		tc filter del dev "$rep1" ingress pref $n || return
	done
	echo 4
}
churn_fdb() {
	local n mac

	for n in 1 2 3 4 5 6 7 8; do
		mac=02:00:00:01:$(printf %02x:%02x $((RANDOM % 256)) $n)
		bridge fdb add "$mac" dev "$rep1" master static &&
			bridge fdb del "$mac" dev "$rep1" master || return
	done
	echo 8
}
# The short runs also make and destroy two queue pairs each.
churn_qps() {
	counted 0 messages -n 20 write "$dev1" "$gid1" "$dev2" "$gid2" &&
		counted 4 messages -n 20 ud "$dev1" "$gid1" "$dev2" "$gid2"
}

# used: print the KiB that are in use when nothing runs
used() {
	sync
	udevadm settle
	echo 3 >/proc/sys/vm/drop_caches
	pause 0.5
	awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { print total - $2 }' /proc/meminfo
}

one_round() {
	local pids=() pid

	rm -f "$work/stop"
	stream raw raw & pids+=($!)
	stream rc rc & pids+=($!)
	stream datagrams datagrams & pids+=($!)
	stream pings pings 1 192.0.2.2 & pids+=($!)
	stream uplink_pings pings 2 192.0.2.9 & pids+=($!)
	stream tcp_blocks tcp 1 192.0.2.2 & pids+=($!)
	stream uplink_tcp_blocks tcp 2 192.0.2.9 & pids+=($!)
	stream subfunctions churn_ports & pids+=($!)
	stream rules churn_rules & pids+=($!)
	stream fdb_entries churn_fdb & pids+=($!)
	stream queue_pairs churn_qps & pids+=($!)
	pause $ROUND
	: >"$work/stop"
	for pid in "${pids[@]}"; do wait "$pid"; done
	! cat "$work"/failed.* 2>/dev/null || fail "round $round, seed $seed"
}

for ns in ns2 out; do
	ip netns exec $ns python3 "$here/soak.py" serve &
	servers+=($!)
done
end=$((SECONDS + minutes * 60)) round=0 memory=()
until [ $SECONDS -ge $end ] && [ $round -ge 4 ]; do
	round=$((round + 1))
	RANDOM=$((seed + round))
	one_round
	memory+=("$(used)")
	[ $((round % 10)) -ne 0 ] || echo "# $round rounds, ${memory[-1]} KiB in use"
done
kill "${servers[@]}"
sums=''
for sum in "$work"/sum.*; do
	name=${sum##*/sum.}
	sums+=", $(awk '{ n += $1 } END { printf "%d", n }' "$sum") ${name//_/ }"
done
echo "ok - soak: $round rounds${sums}"
# The first round warms caches up. The least of each third counts.
third=$(((${#memory[@]} + 1) / 3))
least() { printf '%s\n' "$@" | sort -n | head -1; }
early=$(least "${memory[@]:1:third}") late=$(least "${memory[@]: -third}")
echo "# KiB in use after each round: ${memory[*]}"
# Where KASAN keeps freed memory for a while, kmemleak judges.
mount -t debugfs none /sys/kernel/debug 2>/dev/null
[ -e /sys/kernel/debug/kmemleak ] || [ $((late - early)) -lt $GROWTH ] ||
	fail "the memory in use grows: $early, later $late KiB"
echo "ok - memory: $early KiB at first, $late KiB in the end"

tc qdisc del dev "$rep1" clsact
ok ip link set wire0 nomaster
ip link del wire0
ip netns del out
roce_down
pair_check
