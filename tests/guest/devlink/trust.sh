#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The operator configures a subfunction at its representor. With "trust" it may send
# with foreign source addresses, which macvlan and VRRP need. The speed of the
# representor is the speed of the port.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
LOG_NOISE="$LOG_NOISE|link becomes ready"

pair_up
rep=$(rep_of_sf 101)
roce_up

# A container with a macvlan interface is behind the first subfunction.
ip netns add ns3
eth=$(ip -n ns1 -br link | awk '/^mfeth/ { print $1 }')
ok ip -n ns1 link add mv0 link "$eth" address 02:00:00:00:03:03 netns ns3 \
	type macvlan mode bridge
ip -n ns3 addr add 192.0.2.3/24 dev mv0
ok ip -n ns3 link set mv0 up

pings() { in_ns 3 ping -q -c 1 -W 1 192.0.2.2; }

shows "^trust *: off" ethtool --show-priv-flags "$rep"
before=$(counter "$dev1" tx_spoofed)
pings && fail "a foreign address passes"
more_spoofed() { [ "$(counter "$dev1" tx_spoofed)" -gt "$before" ]; }
within 10 more_spoofed || fail "tx_spoofed does not count"
ok ethtool --set-priv-flags "$rep" trust on
shows "^trust *: on" ethtool --show-priv-flags "$rep"
before=$(counter "$dev1" tx_spoofed)
ok within 60 pings
# Soon the switch alone forwards, since the bridge has learned both stations.
slow() { counter "$dev1" tx_slow; }
by_switch() {
	local was

	was=$(slow)
	pings && sleep 0.1 && [ "$(slow)" = "$was" ]
}
within 60 by_switch || fail "the slow path is taken"
more_spoofed && fail "tx_spoofed counts a trusted port"
ok ethtool --set-priv-flags "$rep" trust off
pings && fail "the port is still trusted"
refuses "not supported" ethtool --set-priv-flags mfnic0p0 trust on
ok ip -n ns3 link del mv0
ip netns del ns3

# Network interface, RDMA device and representor agree about the speed.
speed_is() { # MBIT RATE
	[ "$(in_ns 1 cat "/sys/class/net/$eth/speed")" = "$1" ] &&
		[ "$(cat "/sys/class/net/$rep/speed")" = "$1" ] &&
		grep -q "^$2 Gb/sec" "/sys/class/infiniband/$dev1/ports/1/rate" ||
		fail "speed is not $1"
	echo "ok - speed $1"
}
speed_is 10000 10
ok ethtool -s "$rep" speed 25000
speed_is 25000 25
ok ethtool -s "$rep" speed 100000 duplex full
speed_is 100000 100
shows "Speed: 100000Mb/s" in_ns 1 ethtool "$eth"
shows "Duplex: Full" in_ns 1 ethtool "$eth"
refuses "nvalid" ethtool -s "$rep" speed 1000 duplex half
refuses "nvalid" ethtool -s "$rep" autoneg on
refuses "not supported" ethtool -s mfnic0p0 speed 1000
speed_is 100000 100

roce_down
pair_check
