#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Open vSwitch runs over representors, with hw-offload. The switch of the NIC gets its
# flows, which alone forward frames of raw packet queue pairs and of the interfaces.
# Its rules about addresses, vlans and drops hold in the switch, too.
#
# mfraw-needs: distribution
set -u
. "$(dirname "$0")/lib-app.sh"
needs ovs-vsctl ovs-appctl
LOG_NOISE="$LOG_NOISE|openvswitch"

ovs_down() {
	ovs-appctl --timeout=60 -t ovs-vswitchd exit --cleanup
	ovs-appctl --timeout=60 -t ovsdb-server exit
	pair_down
	ip link del ovs-system
	within 300 modprobe -r openvswitch
} >/dev/null 2>&1
trap ovs_down EXIT

pair_up
rep1=$(rep_of_sf 101) rep2=$(rep_of_sf 102)
# Open vSwitch takes the place of the bridge.
ok ip link set "$rep1" nomaster
ok ip link set "$rep2" nomaster
ok ip link del br-test
roce_nets() {
	local n dev eth

	for n in 1 2; do
		dev=dev$n
		eth=$(net_of "${!dev}") || return
		ip netns add ns$n
		ip link set "$eth" netns ns$n
		ip -n ns$n addr add 192.0.2.$n/24 dev "$eth"
		ip -n ns$n link set "$eth" up
	done
}
ok roce_nets

modprobe openvswitch || fail "no openvswitch"
mkdir -p /run/openvswitch /etc/openvswitch /var/log/openvswitch
runs 300 /tmp/out ovsdb-tool create /tmp/conf.db /usr/share/openvswitch/vswitch.ovsschema
runs 300 /tmp/out ovsdb-server /tmp/conf.db --detach --no-chdir --pidfile \
	--log-file=/tmp/ovsdb.log --remote=punix:/run/openvswitch/db.sock
vsctl() { runs 300 /tmp/out ovs-vsctl --timeout=250 "$@"; }
vsctl --no-wait init
vsctl --no-wait set Open_vSwitch . other_config:hw-offload=true
runs 300 /tmp/out ovs-vswitchd --detach --no-chdir --pidfile --log-file=/tmp/ovs.log
vsctl add-br br-ovs
vsctl add-port br-ovs "$rep1"
vsctl add-port br-ovs "$rep2"

ok reaches 1 192.0.2.2

# offloaded PATTERN: print the flows in the switch that match, fail if there is none
offloaded() { ovs-appctl --timeout=60 dpctl/dump-flows -m type=offloaded | grep -E -- "$1"; }
in_hw() { tc -s filter show dev "$1" ingress | grep -q '\<in_hw\>'; }
pings() { in_ns 1 ping -q -c 3 -i 0.2 -W 5 192.0.2.2; }

# Flows appear with traffic.
ping_offloaded() {
	pings >/dev/null && offloaded "in_port\($rep1\).*actions:$rep2" &&
		offloaded "in_port\($rep2\).*actions:$rep1"
}
within 300 ping_offloaded ||
	{ ovs-appctl dpctl/dump-flows -m; tail /tmp/ovs.log; fail "no offloaded flows"; }
offloaded ''
in_hw "$rep1" && in_hw "$rep2" || fail "no tc rule is in_hw"
echo "ok - flows of Open vSwitch are in the switch"

# raw COUNT: frames of a raw packet queue pair arrive at another one, in order
cat >/tmp/raw.py <<'END'
import sys
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP, frame

one, two = (RawQP(Port(name)) for name in sys.argv[1:3])
two.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
left = int(sys.argv[3])
while left:
    part = min(left, 30)
    sent = [frame('02:00:00:00:01:02', data=str(left - i).encode().rjust(60)) for i in range(part)]
    one.send_burst(sent)
    assert two.received() == sent
    # Poll the completions of the sender.
    one.received()
    left -= part
END
raw() {
	timeout 300 env PYTHONPATH="$here/../guest" python3 /tmp/raw.py \
		"$dev1" "$dev2" "$1" >/tmp/out 2>&1
}

# The first frame takes the slow path, and Open vSwitch makes a flow for it.
slow() { echo $(($(counter "$dev1" tx_slow) + $(counter "$dev2" tx_slow))); }
raw_offloaded() {
	local before

	raw 1 || return
	before=$(slow)
	raw 1200 && [ "$(slow)" = "$before" ]
}
within 300 raw_offloaded || { cat /tmp/out; offloaded ''; fail "raw frames take the slow path"; }
echo "ok - 1200 raw frames pass by the switch alone"
flow_counts() { offloaded 'eth_type\(0x88b5\).*packets:[0-9]{4}'; }
within 300 flow_counts || { offloaded ''; fail "the flow counts no raw frames"; }

# For Open vSwitch, as for any switch, RoCE is UDP.
roce_offloaded() {
	timeout 300 ip netns exec ns2 rping -s -a 192.0.2.2 -C 3 >/tmp/rping 2>&1 &
	roce_listens $! && timeout 300 ip netns exec ns1 rping -c -a 192.0.2.2 -C 3 \
		>/tmp/out 2>&1 && wait $!
}
ok roce_offloaded

# A rule of OpenFlow that drops is offloaded.
ofctl() { runs 300 /tmp/out ovs-ofctl --timeout=250 "$@"; }
ofctl add-flow br-ovs 'priority=100,icmp,nw_dst=192.0.2.2,actions=drop'
drop_offloaded() { ! pings >/dev/null && offloaded 'actions:drop'; }
within 300 drop_offloaded || { offloaded ''; fail "no drop in the switch"; }
ofctl del-flows br-ovs icmp
within 300 pings || fail "no ping once the drop is gone"

# Vlans are apart. A tag is pushed on the way to a trunk, and popped on the way back.
vsctl set port "$rep1" tag=7
pings_not() { ! pings; }
within 300 pings_not || fail "a ping passes between vlans"
eth2=$(ip -n ns2 -br link | awk '/^mfeth/ { print $1 }')
ip -n ns1 addr add 198.51.100.1/24 dev "$(ip -n ns1 -br link | awk '/^mfeth/ { print $1 }')"
ok ip -n ns2 link add vlan7 link "$eth2" type vlan id 7
ip -n ns2 addr add 198.51.100.2/24 dev vlan7
ok ip -n ns2 link set vlan7 up
vlan_offloaded() {
	in_ns 1 ping -q -c 3 -i 0.2 -W 5 198.51.100.2 >/dev/null &&
		offloaded "in_port\($rep1\).*actions:push_vlan\(vid=7.*,$rep2" &&
		offloaded "in_port\($rep2\).*vlan\(vid=7.*actions:pop_vlan,$rep1"
}
within 300 vlan_offloaded || { offloaded ''; fail "tags are not offloaded"; }
in_hw "$rep1" && in_hw "$rep2" || fail "no tc rule is in_hw"
echo "ok - tags are pushed and popped by the switch"

vsctl del-br br-ovs
ip netns del ns1
ip netns del ns2
pair_check
