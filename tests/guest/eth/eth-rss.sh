#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The network interface spreads flows over its queues (RSS). Its hash agrees with the
# published vectors and with the definition, its table can be changed, and wrong
# settings are refused.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready"

SF_ATTRS="max_io_eqs 4" pair_up
eth=$(netdev_of_sf 102)
rep=$(rep_of_sf 102)
sysctl -q -w "net.ipv6.conf.$eth.disable_ipv6=1"
ip link set "$rep" nomaster
ok ethtool -L "$eth" combined 4
ok ip link set "$eth" addrgenmode none up

shows "toeplitz: on" ethtool -x "$eth"
shows "xor: off" ethtool -x "$eth"
refuses "not supported" ethtool -X "$eth" hfunc xor
refuses "not supported" ethtool -X "$eth" xfrm symmetric-xor
refuses "not supported" ethtool -X "$eth" context new
refuses "nvalid" ethtool -X "$eth" equal 5
refuses "nvalid" ethtool -X "$eth" weight 0 0 0 0 1
refuses "too short" ethtool -X "$eth" hkey 01:02:03
for fields in m v t r sdm; do
	refuses "not supported" ethtool -N "$eth" rx-flow-hash tcp4 $fields
done
for flow in ah4 esp4 ah6 esp6 ether; do
	refuses "annot change" ethtool -N "$eth" rx-flow-hash $flow sdfn
done
refuses "not supported" ethtool -n "$eth" rx-flow-hash ether
refuses "annot insert" ethtool -N "$eth" flow-type tcp4 dst-port 80 action 1
# The interface has no interrupts to moderate, and does not strip tags.
refuses "not supported" ethtool -c "$eth"
refuses "not supported" ethtool -C "$eth" rx-usecs 10
shows "rx-vlan-offload: off \[fixed\]" ethtool -k "$eth"

python3 "${0%.sh}.py" "$eth" "$rep" || fail "rss"

pair_check
