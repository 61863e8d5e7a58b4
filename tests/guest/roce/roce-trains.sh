#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Several packets of a message cross the NIC in one frame. Sniffers, representors,
# rules and the uplink see the packets that leave if each is a frame of its own,
# and all counters count those.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

pair_up
roce_up
for n in 1 2; do
	dev=dev$n
	net=$(ip -n ns$n -j link show | jq -r \
		'.[] | select(.address == "02:00:00:00:01:0'$n'").ifname')
	# Only the test sends frames from here on.
	in_ns $n sysctl -q -w "net.ipv6.conf.$net.router_solicitations=0"
	for peer in "192.0.2.$((3 - n))" "2001:db8::$((3 - n))"; do
		ip -n "ns$n" neigh replace "$peer" lladdr "02:00:00:00:01:0$((3 - n))" \
			dev "$net" nud permanent || fail "a neighbour"
	done
done
pause 3	# for reports of multicast groups
modprobe -a sch_ingress cls_flower act_mirred act_gact act_police
ip link add wire0 type veth peer name wire1
ip link set wire1 addrgenmode none up
ip link set mfnic0p0 addrgenmode none master br-test up
ok ip link set wire0 addrgenmode none master mfnic0p0

python3 "${0%.sh}.py" \
	"$dev1" "$(gid_of "$dev1" 192.0.2.1)" "$(gid_of "$dev1" 2001:db8::1)" \
	"$dev2" "$(gid_of "$dev2" 192.0.2.2)" "$(gid_of "$dev2" 2001:db8::2)" \
	"$(rep_of_sf 101)" "$(rep_of_sf 102)" \
	"$(port_of_sf 101)" "$(port_of_sf 102)" || fail "trains"

ok ip link set wire0 nomaster
ip link set mfnic0p0 nomaster down
ip link del wire0
roce_down
pair_check
