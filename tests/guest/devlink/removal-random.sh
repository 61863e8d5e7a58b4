#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What devices need goes away at random moments, under traffic of raw queue pairs, of
# reliable connections, of network interfaces and of the uplink: ports, drivers, modules,
# the uplink's device, namespaces, processes. ROUNDS is the number of removals of each
# kind, and SEED makes the moments others.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

rounds=${ROUNDS:-1}
RANDOM=${SEED:-1}
work=$(mktemp -d)
names=(port unbind mfraw mfeth mfnic uplink netns kill)

# silent_ns NAME: make a namespace whose devices send nothing by themselves. IPv6 would
# solicit routers for seconds, and frames that no queue pair takes are counted as dropped.
silent_ns() {
	ip netns add "$1"
	ip netns exec "$1" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 || fail "namespace $1"
}

# build: make of the world what is missing: the modules, two subfunctions in namespaces of
# their own, and a wire to the outside.
build() {
	local n dev eth

	modprobe -a mfnic mfraw mfeth || fail "modprobe"
	for n in 1 2; do
		if [ -z "$(port_of_sf 10$n)" ]; then
			declare -g "dev$n=$(sf_up 10$n 02:00:00:00:01:0$n)"
		else
			within 60 rdma_of_sf 10$n || fail "no RDMA device of 10$n"
			declare -g "dev$n=$(rdma_of_sf 10$n)"
		fi
		dev=dev$n
		[ -n "${!dev}" ] || fail "subfunction 10$n"
		[ -e "/run/netns/ns$n" ] || silent_ns "ns$n"
		eth=$(ip -n "ns$n" -br link | awk '/^mfeth/ { print $1 }')
		if [ -z "$eth" ]; then
			eth=$(net_of "${!dev}") && ip link set "$eth" netns "ns$n" ||
				fail "${!dev} has no network device"
		fi
		ip -n "ns$n" link set "$eth" addrgenmode none up
		ip -n "ns$n" addr replace "192.0.2.$n/24" dev "$eth"
	done
	if [ ! -e /sys/class/net/wire0 ]; then
		[ -e /run/netns/out ] || silent_ns out
		# With a new address, the neighbours would have the old one for half a minute.
		ip link add wire0 type veth peer name wire1 address 02:00:00:00:01:09 \
			netns out || fail "no wire"
		ip -n out addr add 192.0.2.9/24 dev wire1
		ip -n out link set wire1 up
	fi
	ip link set wire0 master mfnic0p0 up || fail "no uplink"
	ip link set mfnic0p0 master br-test up || fail "no port of the uplink"
	within 60 in_ns 1 ping -q -c 1 -W 1 192.0.2.2 || fail "no way to 192.0.2.2"
	within 60 in_ns 1 ping -q -c 1 -W 1 192.0.2.9 || fail "no way to 192.0.2.9"
}

# traffic: programs that go on until the devices are gone
traffic() {
	local gid1 gid2 n

	gid1=$(gid_of "$dev1" 192.0.2.1) && gid2=$(gid_of "$dev2" 192.0.2.2) ||
		fail "no GIDs"
	pids=()
	for n in 1 2; do
		local dev=dev$n

		removed "${!dev}" 300 >"$work/removed.$n" 2>&1 &
		pids+=($!)
	done
	rocepair rc "$dev1" "$gid1" "$dev2" "$gid2" n=10000000 timeout=14 retry=3 \
		>"$work/rc" 2>&1 &
	pids+=($!)
	in_ns 1 ping -q -f -w 300 192.0.2.2 >/dev/null 2>&1 &
	pids+=($!)
	in_ns 2 ping -q -f -w 300 192.0.2.9 >/dev/null 2>&1 &
	pids+=($!)
	# The shell does not report how they end.
	disown "${pids[@]}"
	for n in 1 2; do
		until grep -q ready "$work/removed.$n"; do
			kill -0 "${pids[n - 1]}" 2>/dev/null ||
				{ cat "$work/removed.$n"; fail "no traffic"; }
			pause 0.02
		done
	done
	pause "0.$((RANDOM % 4))$((RANDOM % 10))"
}

# quiet: end the programs. None of them may hang in the kernel.
quiet() {
	local pid

	pkill -KILL -x 'removed|rocepair|ping'
	for pid in "${pids[@]}"; do
		within 60 dead "$pid" || fail "process $pid does not end"
	done
}
dead() { [ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }

# soon COMMAND...: the command succeeds in bounded time
soon() { timeout 120 "$@" || fail "$* ended with $?"; }

remove() { # KIND
	local port sf adev

	case $1 in
	port)
		for port in $(port_of_sf 101) $(port_of_sf 102); do
			soon devlink port del "$port"
		done ;;
	unbind)
		for adev in /sys/bus/auxiliary/drivers/mfraw.rdma/mfnic.*; do
			adev=${adev##*/}
			echo "$adev" >/sys/bus/auxiliary/drivers/mfraw.rdma/unbind ||
				fail "unbind $adev"
			unbound+=("$adev")
		done ;;
	mfraw|mfeth|mfnic)
		soon rmmod "$1" ;;
	uplink)
		soon ip link del wire0 ;;
	netns)
		sf=$(basename "$(readlink -f "/sys/class/infiniband/$dev1/device")")
		ip netns add away
		soon devlink dev reload "auxiliary/$sf" netns away
		pause "0.$((RANDOM % 3))$((RANDOM % 10))"
		soon ip netns del away
		back() { devlink dev show "auxiliary/$sf" >/dev/null 2>&1; }
		within 60 back || fail "auxiliary/$sf is not back" ;;
	kill)
		kill -KILL "${pids[RANDOM % ${#pids[@]}]}" ;;
	esac
}

pair_up
unbound=()
build
for round in $(seq "$rounds"); do
	for kind in "${names[@]}"; do
		traffic
		remove "$kind"
		pause "0.0$((RANDOM % 10))"
		quiet
		for adev in "${unbound[@]}"; do
			echo "$adev" >/sys/bus/auxiliary/drivers/mfraw.rdma/bind ||
				fail "bind $adev"
		done
		unbound=()
		build
	done
	[ $((round % 10)) -ne 0 ] || echo "# $round rounds"
done
echo "ok - $rounds removals of each kind: ${names[*]}"
ok frames --count 1000 "$dev1" "$dev2"
for n in 1 2; do ip netns del ns$n; done
pair_check
