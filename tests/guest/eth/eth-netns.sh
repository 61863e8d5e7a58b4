#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Containers have network interfaces of subfunctions, with a bridge between them and
# an uplink. They exchange the same traffic as over veth and macvlan.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready|renamed from"
MAC() { echo "02:00:00:00:01:0$1"; }
in_ns() { ip netns exec "$@"; }

sysctl -q -w net.ipv6.conf.default.disable_ipv6=1

# up NAMESPACE INTERFACE NUMBER: bring the interface up, with addresses
up() {
	ip -n "$1" link set "$2" addrgenmode none up &&
		ip -n "$1" addr add "10.9.0.$3/24" dev "$2" &&
		in_ns "$1" sysctl -q -w "net.ipv6.conf.$2.disable_ipv6=0" &&
		ip -n "$1" addr add "fd09::$3/64" dev "$2" nodad || fail "$1/$2"
}

# The three kinds of networks. Each connects the namespaces c1, c2, c3 and out, where
# out is behind the uplink, and sets names, the interfaces in the namespaces.
kind_veth() {
	local n

	ip link add br-test type bridge mcast_snooping 0
	ip link set br-test addrgenmode none mtu 9000 up
	for n in 1 2 3; do
		ip link add "p$n" mtu 9000 type veth peer name eth0 \
			address "$(MAC $n)" netns "c$n" mtu 9000
		ip link set "p$n" addrgenmode none master br-test up
	done
	ip link set wire0 addrgenmode none master br-test up
	names=(eth0 eth0 eth0 wire1)
}

kind_macvlan() {
	local n

	ip link set wire0 addrgenmode none up
	for n in 1 2 3; do
		ip link add link wire0 name eth0 netns "c$n" mtu 9000 \
			address "$(MAC $n)" type macvlan mode bridge
	done
	names=(eth0 eth0 eth0 wire1)
}

kind_mfeth() {
	local n eth

	names=()
	for n in 1 2 3; do
		SF_ATTRS='max_io_eqs 2' NIC=mfnic/mfnic9 sf_up 10$n "$(MAC $n)" >/dev/null ||
			fail "subfunction 10$n"
		eth=$(netdev_of_sf 10$n)
		ip link set "$eth" netns "c$n" mtu 9000 || fail "$eth"
		names+=("$eth")
	done
	ip link set wire0 addrgenmode none master mfnic9p0 || fail "uplink"
	ip link set mfnic9p0 addrgenmode none master br-test up || fail "uplink"
	ip link set br-test mtu 9000
	names+=(wire1)
}

start() { # KIND
	local n

	for n in c1 c2 c3 out; do
		ip netns add $n
		ip -n $n link set lo up
	done
	ip link add wire0 mtu 9000 type veth peer name wire1 netns out mtu 9000
	"kind_$1"
	for n in 0 1 2 3; do
		set -- c1 c2 c3 out
		shift $n
		up "$1" "${names[n]}" $((n + 1))
	done
	# A bridge notices the carrier of a port some time later.
	for n in c1 c2 c3; do
		within 60 ip netns exec $n ping -q -c 1 -W 1 10.9.0.4 ||
			fail "$n does not reach the uplink"
	done
}

stop() {
	local n

	for n in c1 c2 c3 out; do
		ip netns del $n
	done
	for n in $(devlink port show | grep 'mfnic9.*pcisf' | cut -d' ' -f1); do
		devlink port del "${n%:}" || fail "port $n"
	done
	ip link del br-test 2>/dev/null
	for _ in $(seq 600); do
		[ -e /sys/class/net/wire0 ] || return 0
		sleep 0.1
	done
	fail "wire0 is left"
}

# exchange FILE: list the frames and their receivers, in the second of two rounds:
# bridges learn in the first one.
exchange() {
	local places=("c1/${names[0]}" "c2/${names[1]}" "c3/${names[2]}" \
		"out/${names[3]}")

	python3 "${0%.sh}.py" "${places[@]}" >/dev/null || fail "frames to learn from"
	python3 "${0%.sh}.py" "${places[@]}" >/tmp/receivers || fail "frames"
	sort /tmp/receivers >"$1"
}

# ping_all [SIZE...]: each namespace reaches each other one, with frames of all lengths
ping_all() {
	local from to size

	for from in c1 c2 out; do
		for to in 1 3 4; do
			for size in 8 1400 "$@"; do
				in_ns $from ping -q -c 1 -W 5 -M "do" -s $size \
					10.9.0.$to >/dev/null ||
					fail "ping -s $size $from to $to"
				in_ns $from ping -q -c 1 -W 5 -M "do" -s $size \
					fd09::$to >/dev/null ||
					fail "ping -s $size $from to $to, IPv6"
			done
		done
	done
	echo "ok - ping"
}

# serve NAMESPACE ADDRESS...: start iperf3 servers
servers=()
serve() {
	local ns=$1 addr

	shift
	for addr; do
		ip netns exec "$ns" iperf3 -s -B "$addr" >/tmp/iperf.server 2>&1 &
		servers+=($!)
	done
	for _ in $(seq 100); do
		[ "$(in_ns "$ns" ss -Hltn sport = :5201 | wc -l)" = $# ] && return
		sleep 0.1
	done
	fail "no iperf3 in $ns: $(cat /tmp/iperf.server)"
}

# iperf NAMESPACE ADDRESS STREAMS OPTION...: bytes of each stream arrive, in both
# directions with --bidir
iperf() {
	local ns=$1 addr=$2 streams=$3

	shift 3
	# The server may still be busy with the end of the last client.
	for _ in $(seq 20); do
		in_ns "$ns" timeout 100 iperf3 -J -c "$addr" -P "$streams" "$@" \
			>/tmp/iperf.json && break
		grep -q busy /tmp/iperf.json || break
		sleep 0.2
	done
	[[ " $* " = *" --bidir "* ]] && streams=$((2 * streams))
	jq -e --argjson n "$streams" '.error == null and
		(.end.streams | length) == $n and
		([.end | to_entries[] | select(.key | test("^sum_received")) |
			.value.bytes > 100000] | length > 0 and all)' \
		/tmp/iperf.json >/dev/null ||
		fail "iperf3 $ns $addr $*: $(jq -c '.error, .end' /tmp/iperf.json)"
	echo "ok - iperf3 from $ns to $addr, $streams streams${*:+, $*}"
}

# traffic OFFLOAD ADDRESS...: run iperf3 between container c1 and each address, with
# more streams if OFFLOAD is "on"
traffic() {
	local addr

	for addr in "${@:2}"; do
		iperf c1 $addr 4 -n 8M
		iperf c1 $addr 2 -n 2M -u -b 100M
		[ "$1" = on ] || continue
		iperf c1 $addr 2 -n 4M --bidir
		iperf c1 $addr 2 -n 4M -R
		iperf c1 $addr 1 -n 1M -u -b 100M -R
	done
}

# sums NAMESPACE: print the number of wrong checksums that the kernel found
sums() {
	in_ns "$1" nstat -asz | awk '/CsumErrors/ { n += $2 } END { print n + 0 }'
}

# stat NAMESPACE INTERFACE NAME: print a counter of the interface
stat() { in_ns "$1" ethtool -S "$2" | awk -v n="$3:" '$1 == n { print $2 }'; }

echo "9 9000" >/sys/bus/mfnic/new_device || fail "a NIC"
log_before=$(log_lines | wc -l)
for kind in veth macvlan mfeth; do
	echo "# $kind"
	start $kind
	exchange /tmp/receivers.$kind
	[ "$(wc -l </tmp/receivers.$kind)" -ge 100 ] || fail "$(cat /tmp/receivers.$kind)"
	[ $kind = mfeth ] || stop
done
for kind in veth macvlan; do
	diff /tmp/receivers.$kind /tmp/receivers.mfeth || fail "other receivers than over $kind"
done
echo "ok - $(wc -l </tmp/receivers.mfeth) frames have the same receivers as over veth and macvlan"

ping_all 8000
# A container can't choose a class of the queueing discipline on the uplink's device:
# its frames are in the default class.
modprobe -a sch_prio 2>/dev/null
ok tc qdisc add dev wire0 root handle 1: prio
in_ns c1 python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 0x10003)
for _ in range(50):
    s.sendto(bytes(100), ("10.9.0.4", 9))' || fail "a priority"
class() { tc -s class show dev wire0 | awk -v c="1:$1" '$3 == c { getline; print $4 }'; }
[ "$(class 3)" = 0 ] || fail "$(class 3) frames are in the class that a container chose"
[ "$(class 2)" -ge 50 ] || fail "only $(class 2) frames are in the default class"
ok tc qdisc del dev wire0 root
serve c2 10.9.0.2 fd09::2
serve out 10.9.0.4 fd09::4
# Both families reach each address, one with each MTU.
declare -A reached=([9000]="10.9.0.2 fd09::4" [1500]="fd09::2 10.9.0.4")
for offload in on off; do
	for mtu in 9000 1500; do
		for n in 0 1 2; do
			ip -n "c$((n + 1))" link set "${names[n]}" mtu $mtu || fail "mtu"
		done
		ip -n out link set wire1 mtu $mtu
		# shellcheck disable=SC2086 # words
		traffic $offload ${reached[$mtu]}
	done
	[ $offload = off ] && break
	[ "$(stat c1 "${names[0]}" tx_gso)" -gt 100 ] || fail "no frame was segmented"
	for n in 0 1 2; do
		in_ns "c$((n + 1))" ethtool -K "${names[n]}" tx off rx off \
			>/dev/null || fail "ethtool -K"
	done
	gso=$(stat c1 "${names[0]}" tx_gso)
done
[ "$(stat c1 "${names[0]}" tx_gso)" = "$gso" ] ||
	fail "frames were segmented without the offload"
kill "${servers[@]}"
wait "${servers[@]}"
for n in c1 c2 c3 out; do
	[ "$(sums $n)" = 0 ] || fail "$n found wrong checksums"
done
for n in 0 1 2; do
	ns=c$((n + 1))
	for name in rx_alloc_fail rx_too_long tx_drop tx_stop port_tx_invalid \
			port_tx_spoofed port_rx_too_long; do
		[ "$(stat $ns "${names[n]}" $name)" = 0 ] || fail "$ns: $name"
	done
done

# Channels, rings and MTU change under traffic in both directions. One sender
# bypasses the queueing discipline, so its queue may be gone before its frame comes.
cat >/tmp/bypass.py <<'PY'
import socket
import sys
import time
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
end = time.monotonic() + 3
n = 0
while time.monotonic() < end:
    n += 1
    try:
        sock.sendto(b'E\0' + n.to_bytes(8, 'big') * 8,
                    (sys.argv[1], 0x800, 0, 0, b'\2\0\0\0\1\2'))
    except OSError:
        pass
PY
in_ns c1 ping -q -f -w 3 10.9.0.2 >/tmp/flood &
in_ns c1 python3 /tmp/bypass.py "${names[0]}" || fail "bypass" &
for _ in 1 2 3; do
	ok in_ns c2 ethtool -L "${names[1]}" combined 1
	ok in_ns c2 ethtool -G "${names[1]}" rx 1024
	ok in_ns c1 ethtool -L "${names[0]}" combined 1
	ok in_ns c2 ethtool -L "${names[1]}" combined 2
	ok in_ns c1 ethtool -L "${names[0]}" combined 2
	ok ip -n c2 link set "${names[1]}" mtu 2000
	ok ip -n c2 link set "${names[1]}" mtu 1500
done
wait
cat /tmp/flood
ping_all

# An interface moves with its name, by hand and by the end of its namespace.
ok ip -n c1 link set "${names[0]}" netns c2
ok ip -n c2 link set "${names[0]}" netns 1
shows "state DOWN" ip link show "${names[0]}"
ok ip link set "${names[0]}" netns c1
up c1 "${names[0]}" 1
ping_all
in_ns c1 ping -q -f -w 2 10.9.0.2 >/dev/null &
sleep 0.5
for n in c2 c3; do
	ip netns del $n
done
wait
ip netns del c1
for _ in $(seq 600); do
	[ "$(ls -d /sys/class/net/mfeth* 2>/dev/null | wc -l)" = 3 ] && break
	sleep 0.1
done
for n in 0 1 2; do
	shows "state DOWN" ip link show "${names[n]}"
	[ "$(netdev_of_sf 10$((n + 1)))" = "${names[n]}" ] || fail "${names[n]}"
done
for n in c1 c2 c3; do
	ip netns add $n
done
stop
echo 9 >/sys/bus/mfnic/del_device || fail "the NIC"

log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
