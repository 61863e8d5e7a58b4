# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For guest tests of RoCEv2: network devices of the subfunctions, and GIDs. To
# be sourced after lib-sf.sh.

# net_of DEVICE: the network device of the same subfunction
net_of() {
	local net _

	for _ in $(seq 100); do
		net=$(ls "/sys/class/infiniband/$1/device/net" 2>/dev/null)
		[ -z "$net" ] || break
		sleep 0.1
	done
	echo "$net"
	[ -n "$net" ]
}

# gid_of DEVICE ADDRESS: the index of the GID of RoCEv2 for an IPv4 address
gid_of() {
	local dir=/sys/class/infiniband/$1/ports/1 gid i _

	# shellcheck disable=SC2046,SC2183
	gid=$(printf '0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x' ${2//./ })
	for _ in $(seq 100); do
		for i in $(seq 0 15); do
			[ "$(cat "$dir/gids/$i" 2>/dev/null)" = "$gid" ] &&
				[ "$(cat "$dir/gid_attrs/types/$i" 2>/dev/null)" = "RoCE v2" ] &&
				echo "$i" && return
		done
		sleep 0.1
	done
	return 1
}
