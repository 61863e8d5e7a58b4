#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# tc rules at a representor apply in the switch, and count what they met.
. "$(dirname "$0")/mfnic_lib.sh"
setup
pair

# rule NUMBER: print the packets that a rule in the switch has met.
rule()
{
	tc -j -s filter show dev "$rep1" ingress |
		jq --argjson prio "$1" '[.[] | select(.pref == $prio) |
			.options | select(.in_hw) |
			.actions[0].stats.hw_packets] | add'
}

# These rules connect the two subfunctions.
for rep in "$rep1" "$rep2"; do
	ok tc qdisc add dev "$rep" clsact
done
ok tc filter add dev "$rep1" ingress prio 20 protocol all flower skip_sw \
	action mirred egress redirect dev "$rep2"
ok tc filter add dev "$rep2" ingress prio 20 protocol all flower skip_sw \
	action mirred egress redirect dev "$rep1"
within ip netns exec $ns1 ping -q -c 1 -W 1 192.0.2.2
# What the interfaces sent before there was a rule took the slow path.
before=$(slow)
ok ip netns exec $ns1 ping -q -i 0.01 -c 20 -W 5 192.0.2.2
met=$(rule 20)
[ "$met" -ge 20 ] || fail "the rule has met $met frames"
echo "ok - the rule has met $met frames"
[ "$(slow)" -eq "$before" ] || fail "a frame took the slow path"

# A rule that comes first drops frames of one protocol only.
ok tc filter add dev "$rep1" ingress prio 10 protocol ip flower skip_sw \
	ip_proto icmp action drop
refused ip netns exec $ns1 ping -q -c 3 -i 0.1 -W 1 192.0.2.2
[ "$(rule 10)" -eq 3 ] || fail "the rule has met $(rule 10) frames, not 3"
ok tc filter del dev "$rep1" ingress prio 10
ok ip netns exec $ns1 ping -q -c 1 -W 5 192.0.2.2

# The switch refuses what it can't do.
refused tc filter add dev "$rep1" ingress prio 30 protocol ip flower skip_sw \
	dst_ip 192.0.2.9 action skbedit mark 1
