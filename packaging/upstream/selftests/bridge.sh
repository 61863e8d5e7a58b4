#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The switch forwards frames between ports of a bridge once the bridge knows
# their addresses, and the bridge does before.
. "$(dirname "$0")/mfnic_lib.sh"
setup
pair

# Nothing connects the two yet.
refused ip netns exec $ns1 ping -q -c 1 -W 1 192.0.2.2
connect

offloaded()
{
	bridge -j fdb show br br-mfnic-test |
		jq -e --arg mac "02:00:00:77:00:0$1" --arg dev "$2" \
		'any(.[]; .mac == $mac and .ifname == $dev and
		     any(.flags[]?; . == "offload"))'
}
within offloaded 1 "$rep1"
within offloaded 2 "$rep2"

# The addresses are known, so these frames take the fast path.
ok ip netns exec $ns1 ping -q -c 1 -W 5 192.0.2.2
before=$(slow)
ok ip netns exec $ns1 ping -q -i 0.01 -c 50 -W 5 192.0.2.2
more=$(($(slow) - before))
[ $more -lt 10 ] || fail "$more frames took the slow path"
echo "ok - $more of 50 frames took the slow path"

# A frame with a foreign source address does not leave its port, unless the
# subfunction is trusted.
ok ip -n $ns1 link add mv link sf type macvlan
ok ip -n $ns1 addr add 198.51.100.1/24 dev mv
ok ip -n $ns1 link set mv up
ok ip -n $ns2 addr add 198.51.100.2/24 dev sf
refused ip netns exec $ns1 ping -q -c 2 -W 1 198.51.100.2
ok ethtool --set-priv-flags "$rep1" trust on
within ip netns exec $ns1 ping -q -c 1 -W 1 198.51.100.2

# Isolated ports do not reach each other.
ok bridge link set dev "$rep1" isolated on
ok bridge link set dev "$rep2" isolated on
refused ip netns exec $ns1 ping -q -c 1 -W 1 192.0.2.2
ok bridge link set dev "$rep1" isolated off
within ip netns exec $ns1 ping -q -c 1 -W 1 192.0.2.2
