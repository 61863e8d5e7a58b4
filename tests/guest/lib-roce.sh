# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For guest tests with IP addresses: the network interfaces of both subfunctions
# in namespaces of their own, ns1 and ns2, with 192.0.2.1, .2 and 2001:db8::1,
# ::2. To be sourced after lib-sf.sh, and used after pair_up.

LOG_NOISE="$LOG_NOISE|link becomes ready"

# in_ns NUMBER COMMAND...
in_ns() { ip netns exec "ns$1" "${@:2}"; }

# gid_of DEVICE IPV6-ADDRESS: the index of the GID, once there is one
gid_of() {
	local i gid _

	gid=$(python3 -c 'import ipaddress, sys
print(ipaddress.ip_address(sys.argv[1]).exploded)' "$2")
	for _ in $(seq 100); do
		for i in $(seq 0 15); do
			[ "$(cat "/sys/class/infiniband/$1/ports/1/gids/$i" 2>/dev/null)" = \
			  "$gid" ] && { echo "$i"; return; }
		done
		sleep 0.1
	done
	return 1
}

roce_up() {
	local n sf eth dev

	for n in 1 2; do
		dev=dev$n
		eth=$(netdev_of_sf 10$n)
		[ -n "$eth" ] || fail "subfunction 10$n has no network interface"
		ip netns add "ns$n"
		ok ip link set "$eth" netns "ns$n"
		in_ns $n sysctl -q -w net.ipv6.conf.all.disable_ipv6=0 \
			"net.ipv6.conf.$eth.disable_ipv6=0"
		ip -n "ns$n" link set lo up
		ip -n "ns$n" link set "$eth" up
		ip -n "ns$n" addr add "192.0.2.$n/24" dev "$eth"
		ip -n "ns$n" addr add "2001:db8::$n/64" dev "$eth" nodad
		gid_of "${!dev}" "::ffff:192.0.2.$n" >/dev/null &&
			gid_of "${!dev}" "2001:db8::$n" >/dev/null ||
			fail "${!dev} has no GIDs of its addresses"
	done
	ok in_ns 1 ping -q -c 1 -W 5 192.0.2.2
}

roce_down() {
	ip netns del ns1
	ip netns del ns2
}

# roce_listens PID: the process waits for connections; false if it ended
roce_listens() {
	local _

	for _ in $(seq 200); do
		kill -0 "$1" 2>/dev/null || return 1
		rdma resource show cm_id 2>/dev/null |
			grep -q 'state LISTEN' && return
		sleep 0.1
	done
	return 1
}

# objects: how many of each kind the devices have
objects() {
	rdma resource show | grep -E "$dev1|$dev2" |
		sed 's/^[0-9]*: //' | tr '\n' ' '
}
