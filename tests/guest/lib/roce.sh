# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For guest tests of RoCEv2: network devices of the subfunctions, and GIDs.
# Tests source it after lib/sf.sh.

LOG_NOISE="${LOG_NOISE-}|link becomes ready"

# net_of DEVICE: print the network device of the same subfunction.
net_of() {
	local net

	for _ in {1..600}; do
		for net in "/sys/class/infiniband/$1/device/net"/*; do
			[ ! -e "$net" ] || { echo "${net##*/}"; return; }
		done
		pause 0.1
	done
	return 1
}

# gid_text ADDRESS: set gid to the GID of an IP address, as sysfs shows it.
gid_text() {
	local left right=() word

	if [[ $1 != *:* ]]; then
		# shellcheck disable=SC2086 # four words
		printf -v gid '0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x' \
			${1//./ }
		return
	fi
	IFS=: read -ra left <<<"${1%%::*}"
	[[ $1 != *::* ]] || IFS=: read -ra right <<<"${1##*::}"
	while [ $((${#left[@]} + ${#right[@]})) -lt 8 ]; do left+=(0); done
	gid=''
	for word in "${left[@]}" "${right[@]}"; do
		printf -v word '%04x' "0x$word"
		gid+=${gid:+:}$word
	done
}

# gid_of DEVICE ADDRESS: print the index of the RoCEv2 GID of an IP address.
gid_of() {
	local dir=/sys/class/infiniband/$1/ports/1 gid i text

	gid_text "$2"
	for _ in {1..600}; do
		for i in {0..15}; do
			# A table entry without a GID has no type.
			read -r text <"$dir/gids/$i" && [ "$text" = "$gid" ] &&
				read -r text <"$dir/gid_attrs/types/$i" &&
				[ "$text" = "RoCE v2" ] && echo "$i" && return
		done 2>/dev/null
		pause 0.1
	done
	return 1
}

# in_ns NUMBER COMMAND...: run it in the namespace nsNUMBER.
in_ns() { ip netns exec "ns$1" "${@:2}"; }

# reaches NUMBER ADDRESS: wait until the namespace reaches ADDRESS. The bridge
# port may not forward yet, since a bridge notices a carrier some time later.
reaches() {
	within 60 in_ns "$1" ping -q -c 1 -W 1 "$2"
}

# roce_up: after pair_up, move the network devices of both subfunctions to the
# namespaces ns1 and ns2, with the addresses 192.0.2.1, .2 and 2001:db8::1,
# ::2.
roce_up() {
	local n eth dev

	for n in 1 2; do
		dev=dev$n
		eth=$(net_of "${!dev}") || fail "${!dev} has no network device"
		ip netns add "ns$n"
		ok ip link set "$eth" netns "ns$n"
		in_ns $n sysctl -q -w net.ipv6.conf.all.disable_ipv6=0 \
			"net.ipv6.conf.$eth.disable_ipv6=0"
		ip -n "ns$n" link set lo up
		ip -n "ns$n" link set "$eth" up
		ip -n "ns$n" addr add "192.0.2.$n/24" dev "$eth"
		ip -n "ns$n" addr add "2001:db8::$n/64" dev "$eth" nodad
		gid_of "${!dev}" "192.0.2.$n" >/dev/null &&
			gid_of "${!dev}" "2001:db8::$n" >/dev/null ||
			fail "${!dev} has no GIDs of its addresses"
	done
	ok reaches 1 192.0.2.2
}

roce_down() {
	ip netns del ns1
	ip netns del ns2
}

# trio_up: pair_up, a third subfunction whose device is $dev3, and roce_up. All
# of it is removed when the test ends. Sets gid1 and gid2, of the IPv4
# addresses.
trio_up() {
	pair_up
	dev3=$(sf_up 103 02:00:00:00:01:03) || fail "subfunction 103"
	roce_up
	# shellcheck disable=SC2034 # the test's
	gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
}

# roce_silence: wait until no process listens for connections.
roce_silence() {
	local _

	for _ in $(seq 600); do
		rdma resource show cm_id | grep -q 'state LISTEN' || return 0
		pause 0.1
	done
	return 1
}

# roce_listens PID: wait until the process listens for connections; fail if it
# ends.
roce_listens() {
	local _

	for _ in $(seq 600); do
		kill -0 "$1" 2>/dev/null || return 1
		rdma resource show cm_id 2>/dev/null |
			grep -q 'state LISTEN' && return
		pause 0.1
	done
	return 1
}

# net_up DEVICE ADDRESS: set its network device up, with that IPv4 address and
# the link-local address of GID 0.
net_up() {
	local net

	net=$(net_of "$1") || return 1
	sysctl -q -w "net.ipv6.conf.$net.disable_ipv6=0" \
		"net.ipv6.conf.$net.accept_dad=0" &&
		ip addr add "$2" dev "$net" && ip link set "$net" up
}
