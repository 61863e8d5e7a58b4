#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The tc offload. Each match and each action is tried in the switch (skip_sw) and in
# the kernel's software (skip_hw). Both must do the same to each frame.
set -u
. "$(dirname "$0")/../lib/sf.sh"

A=mfnic0sf101
B=mfnic0sf102
C=mfnic0sf103

port_of() {
	devlink port show | awk -v d="$1" '$0 ~ "netdev " d " " {
		sub(/:$/, "", $1); print $1 }'
}

# frames_of TEST...: run these tests of tc-frames.py
frames_of() {
	python3 "${0%.sh}-frames.py" \
		"${@/#/--}" "$dev1" "$dev2" "$dev3" || fail "$*"
}

add() { tc filter add dev $A ingress "$@"; }
redirect() { echo "action mirred egress redirect dev $1"; }

log_start=$(dmesg | wc -l)
# No port may be left, since the module counts its objects when it is unloaded.
trap 'for p in $A $B $C; do devlink port del "$(port_of $p)"; done 2>/dev/null' \
	EXIT
dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
dev3=$(sf_up 103 02:00:00:00:01:03) || fail "subfunction 103"
# Without rules, frames end at the representors.
ip link set br-test down
ip link del br-test
for dev in $A $B $C; do
	tc qdisc add dev $dev clsact || fail "clsact on $dev"
done

# The feature can't be switched off while there are rules.
ok add prio 1 protocol ip flower skip_sw action drop
refuses 'Could not change' ethtool -K $A hw-tc-offload off
shows 'hw-tc-offload: on' ethtool -k $A
# The core remembers the wanted value, and would not ask the driver again.
ok ethtool -K $A hw-tc-offload on
ok tc filter del dev $A ingress
ok ethtool -K $A hw-tc-offload off
shows 'hw-tc-offload: off' ethtool -k $A
ok ethtool -K $A hw-tc-offload on

frames_of matches actions order stats police sources software lengths replace

# Rules that the switch can't have are refused, with the reason.
flower="protocol ip flower skip_sw"
to_b=$(redirect $B)
# shellcheck disable=SC2046,SC2086 # words
{
refuses 'No match on port ranges' add $flower ip_proto udp dst_port 10-20 \
	action drop
refuses 'No match on a third vlan tag' add protocol 802.1ad flower skip_sw \
	vlan_ethtype 802.1q cvlan_id 6 cvlan_ethtype 802.1q action drop
refuses 'No match on the number of vlan tags' add protocol 802.1q flower \
	skip_sw num_of_vlans 2 action drop
refuses 'No match on MPLS' add protocol mpls_uc flower skip_sw mpls_label 5 \
	action drop
refuses 'No match on tunnel' add $flower enc_dst_ip 10.0.0.1 action drop
refuses 'No match on tunnel' add $flower enc_key_id 5 action drop
refuses 'No match on connection tracking' add $flower ct_state +trk action drop
refuses 'No match on PPPoE' add protocol ppp_ses flower skip_sw pppoe_sid 1 \
	action drop
refuses 'No match on indev' add $flower indev $B action drop
refuses 'no Ethernet type' add protocol 802_2 matchall skip_sw action drop
refuses 'eth0\|lo is not a port of this switch' add $flower \
	action mirred egress redirect dev lo
refuses 'lo is not a port of this switch' add $flower \
	action mirred egress mirror dev lo
refuses 'ingress' add $flower action mirred ingress redirect dev $B
refuses 'higher number' add chain 5 $flower action goto chain 5
refuses 'higher number' add chain 5 $flower action goto chain 3
refuses 'Actions follow' add $flower $to_b action drop
refuses 'Actions follow' add $flower action drop $to_b
refuses 'more than 7 vlan tags' add $flower \
	$(printf 'action vlan push id %d ' {1..8}) $to_b
refuses 'pedit can only change MAC' add $flower \
	action pedit ex munge ip ttl set 3 $to_b
refuses 'pedit can only change MAC' add $flower \
	action pedit ex munge eth type set 5 $to_b
refuses 'is not supported' add $flower action pedit ex munge ip ttl add 3 $to_b
refuses 'is not supported' add $flower action skbedit mark 1 $to_b
refuses 'is not supported' add $flower action csum ip $to_b
refuses 'only be dropped' add $flower \
	action police rate 1mbit burst 10k conform-exceed pipe/pipe $to_b
refuses 'can only pipe, continue or be ok' add $flower \
	action police rate 1mbit burst 10k conform-exceed drop/drop $to_b
refuses 'peakrate' add $flower action police rate 1mbit burst 10k mtu 2000 \
	peakrate 2mbit conform-exceed drop/pipe $to_b
refuses 'Mixing HW stats' add $flower \
	action mirred egress mirror dev $C hw_stats immediate \
	action mirred egress redirect dev $B hw_stats disabled
refuses 'Invalid\|not' tc filter add dev $A egress $flower action drop
ok ethtool -K $A hw-tc-offload off
refuses 'TC offload is disabled' add $flower action drop
ok ethtool -K $A hw-tc-offload on
}
# A rule that can't be offloaded stays in software. So does a trap without skip_sw,
# since the software rule would take the trapped frame.
ok add prio 1 protocol ip flower ip_proto udp dst_port 10-20 action drop
ok add prio 2 protocol ip flower action trap
shows 'not_in_hw' tc filter show dev $A ingress prio 1
shows 'not_in_hw' tc filter show dev $A ingress prio 2
ok tc filter del dev $A ingress
# Two ports share a block.
for dev in $B $C; do
	tc qdisc del dev $dev clsact
	ok tc qdisc add dev $dev ingress_block 7 clsact
done
# shellcheck disable=SC2046,SC2086 # words
ok tc filter add block 7 prio 1 $flower dst_ip 10.0.0.9 $(redirect $A)
shows 'in_hw_count 2' tc filter show block 7
ok tc qdisc del dev $B clsact
shows 'in_hw_count 1' tc filter show block 7
# A port that joins gets the rules of the block.
ok tc qdisc add dev $B ingress_block 7 clsact
shows 'in_hw_count 2' tc filter show block 7
frames_of shared
ok tc filter del block 7
ok tc qdisc del dev $B clsact
ok tc qdisc del dev $C clsact
ok tc qdisc add dev $B clsact
ok tc qdisc add dev $C clsact

# Many rules can be added and deleted.
batch() {
	local i

	for i in $(seq 2000); do
		echo "filter $1 dev $A ingress prio 1 protocol ip handle $i" \
			"flower ${2:+skip_sw dst_ip 10.$((i >> 8)).$((i & 255)).1 $to_b}"
	done
}
batch add rules >/tmp/tc.add
batch del '' >/tmp/tc.del
start=$EPOCHREALTIME
ok tc -batch /tmp/tc.add
middle=$EPOCHREALTIME
[ "$(tc filter show dev $A ingress | grep -c in_hw_count)" = 2000 ] ||
	fail "not 2000 rules are in hardware"
ok tc -batch /tmp/tc.del
echo "# 2000 rules: added in us $((${middle/./} - ${start/./}))," \
	"removed in us $((${EPOCHREALTIME/./} - ${middle/./}))"
[ -z "$(tc filter show dev $A ingress)" ] || fail "rules are left"

# Ports go while they have many rules, and while rules point to them.
ok tc -batch /tmp/tc.add
# shellcheck disable=SC2086 # words
ok add prio 2 protocol all matchall skip_sw \
	action mirred egress mirror dev $C \
	action police rate 1mbit burst 10k conform-exceed drop/pipe \
	action goto chain 3
frames_of gone
# shellcheck disable=SC2046 # words
ok tc filter add dev $B ingress prio 2 protocol all flower skip_sw $(redirect $A)
ok devlink port del "$(port_of $B)"
# shellcheck disable=SC2119 # the name of a function is a word of tc
shows 'in_hw' tc filter show dev $A ingress prio 2
ok devlink port del "$(port_of $A)"
unload mfraw mfnic
ok modprobe mfnic
log=$(dmesg | tail -n "+$((log_start + 1))" |
	grep -E 'BUG|WARNING|INFO: |Call Trace|mfnic.*error')
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
