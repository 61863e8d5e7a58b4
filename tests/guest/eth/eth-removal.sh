#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Network interfaces of subfunctions disappear under traffic, in each possible way,
# and come back.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready"

# traffic: move the two interfaces to namespaces of their own, and start senders there,
# which go on until the interfaces are gone
traffic() {
	local n eth

	pids=()
	for n in 1 2; do
		for _ in $(seq 600); do
			eth=$(netdev_of_sf 10$n 2>/dev/null)
			[ -n "$eth" ] && break
			sleep 0.1
		done
		ip netns add "r$n" || fail "r$n"
		ip link set "$eth" netns "r$n" || fail "no interface of 10$n"
		ip -n "r$n" link set "$eth" addrgenmode none up
		ip -n "r$n" addr add "192.0.2.$n/24" dev "$eth"
	done
	within 60 ip netns exec r1 ping -q -c 1 -W 1 192.0.2.2 ||
		fail "no traffic"
	for n in 1 2; do
		ip netns exec "r$n" ping -q -f -w 300 192.0.2.$((3 - n)) \
			>/dev/null 2>&1 &
		pids+=($!)
		ip netns exec "r$n" python3 - 192.0.2.$((3 - n)) <<'PY' &
import socket
import sys
import time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
end = time.monotonic() + 300
while time.monotonic() < end:
    try:
        sock.sendto(20000 * b'x', (sys.argv[1], 4000))
    except OSError:
        time.sleep(0.01)
PY
		pids+=($!)
	done
	sleep 1
}

quiet() {
	kill "${pids[@]}" 2>/dev/null
	wait "${pids[@]}" 2>/dev/null
	ip netns del r1
	ip netns del r2
	# Interfaces that still exist come back to this namespace.
	sleep 0.5
}

# soon COMMAND...: the command succeeds in bounded time
soon() {
	echo "# $*"
	timeout 120 "$@" || fail "$* ended with $?"
}

reload() { # VALUE
	local sf

	for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
		sf=auxiliary/$(basename "$sf")
		soon devlink dev param set "$sf" name enable_eth value "$1" \
			cmode driverinit
		soon devlink dev reload "$sf"
	done
}

interfaces() { find /sys/devices -path '*/mfnic.sf.*/net/mfeth*' -prune | wc -l; }

pair_up
log_before=$(log_lines | wc -l)
traffic
soon rmmod mfeth
[ "$(interfaces)" = 0 ] || fail "interfaces without a driver"
quiet
soon modprobe mfeth

traffic
reload false
[ "$(interfaces)" = 0 ] || fail "interfaces without enable_eth"
quiet
reload true

traffic
reload true
quiet

# The interfaces disappear while their links go up and down.
traffic
while :; do
	for rep in "$(rep_of_sf 101)" "$(rep_of_sf 102)"; do
		ip link set "$rep" down
		ip link set "$rep" up
	done
done 2>/dev/null &
pids+=($!)
for _ in 1 2 3 4; do
	soon rmmod mfeth
	soon modprobe mfeth
done
reload true
quiet
for n in 1 2; do
	ok ip link set "$(rep_of_sf 10$n)" up
done

# The interfaces disappear while a rate limit has stopped their queues.
for n in 1 2; do
	ok devlink port function rate set "$(port_of_sf 10$n)" tx_max 1mbit
done
traffic
for n in 1 2; do
	soon devlink port del "$(port_of_sf 10$n)"
done
quiet

ip link del br-test
pair_up
traffic
soon modprobe -r mfnic
[ "$(interfaces)" = 0 ] || fail "interfaces without a NIC"
quiet
soon modprobe mfnic
pair_up
frames --count 1000 "$dev1" "$dev2" || fail "frames in the end"
traffic
quiet
pair_check
