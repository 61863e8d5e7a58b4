#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# keepalived makes two subfunctions a virtual router, with the MAC of VRRP. The
# operator has to trust them. Then a third subfunction reaches the virtual address at
# the router that has it, and at the other router after a takeover.
set -u
. "$(dirname "$0")/lib-app.sh"
needs keepalived

VIP=192.0.2.100 VMAC=00:00:5e:00:01:07
# The interface with that MAC comes and goes.
LOG_NOISE="$LOG_NOISE|vrrp\.7|IPVS"

trio_up
eth3=$(net_of "$dev3") || fail "$dev3"
ip netns add ns3
ok ip link set "$eth3" netns ns3
ip -n ns3 addr add 192.0.2.3/24 dev "$eth3"
ok ip -n ns3 link set "$eth3" up
ok reaches 3 192.0.2.1
rep1=$(rep_of_sf 101) rep2=$(rep_of_sf 102)
# An ARP request from the interface below must not announce the virtual address there.
for n in 1 2; do in_ns $n sysctl -q -w net.ipv4.conf.all.arp_announce=2; done

# router NUMBER PRIORITY: start keepalived. Sets pidN and logN.
router() {
	local eth

	eth=$(ip -n "ns$1" -br link | awk '/^mfeth/ { sub("@.*", "", $1); print $1 }')
	cat >/tmp/keepalived$1.conf <<-END
		global_defs {
		    router_id router$1
		    vrrp_garp_master_delay 1
		}
		vrrp_instance test {
		    state BACKUP
		    interface $eth
		    use_vmac
		    vmac_xmit_base
		    virtual_router_id 7
		    priority $2
		    advert_int 1
		    virtual_ipaddress {
		        $VIP/24
		    }
		}
	END
	behind ip netns exec "ns$1" keepalived --dont-fork --log-console --vrrp \
		--use-file="/tmp/keepalived$1.conf" --pid="/tmp/keepalived$1.pid" \
		--vrrp_pid="/tmp/vrrp$1.pid"
	printf -v "pid$1" %s "$behind_pid"
	printf -v "log$1" %s "$behind_log"
}

has_vip() { ip -n "ns$1" addr show | grep -q "inet $VIP/"; }
answers() {
	ip -n ns3 neigh flush dev "$eth3"
	in_ns 3 ping -q -c 1 -W 1 $VIP
}
at_vmac() { ip -n ns3 neigh show $VIP | grep -q "lladdr $VMAC"; }

router 1 200
within 300 has_vip 1 || { cat "$log1"; fail "router 1 does not have the address"; }

# A router that is not trusted can't send with that MAC.
before=$(counter "$dev1" tx_spoofed)
answers >/dev/null && fail "a foreign MAC passes"
more_spoofed() { [ "$(counter "$dev1" tx_spoofed)" -gt "$before" ]; }
within 300 more_spoofed || fail "no frame was dropped"
ok ethtool --set-priv-flags "$rep1" trust on
ok ethtool --set-priv-flags "$rep2" trust on
before=$(counter "$dev1" tx_spoofed)
within 300 answers || fail "$VIP does not answer"
at_vmac || { ip -n ns3 neigh; fail "$VIP has another MAC"; }
more_spoofed && fail "tx_spoofed counts a trusted port"
echo "ok - $VIP answers from $VMAC"

# The second router hears the first router, and leaves the address to it.
router 2 100
within 300 grep -q 'BACKUP STATE' "$log2" || { cat "$log2"; fail "router 2"; }
sleep 5
has_vip 2 && { cat "$log2"; fail "both have the address"; }
answers >/dev/null || fail "$VIP does not answer with two routers"

# The second router takes over when it does not hear the first router any more.
ok ip link set "$rep1" down
within 300 has_vip 2 || { cat "$log2"; fail "router 2 does not take over"; }
within 300 answers || fail "$VIP does not answer after the takeover"
at_vmac || { ip -n ns3 neigh; fail "$VIP has another MAC after the takeover"; }
bridge fdb show br br-test | grep "^$VMAC dev $rep2 " ||
	fail "the bridge did not see the MAC move"
echo "ok - router 2 takes over"
# The second router gives the address back when it hears the first router again.
ok ip link set "$rep1" up
only_first() { has_vip 1 && ! has_vip 2; }
within 300 only_first || { cat "$log1" "$log2"; fail "the address is not given back"; }
within 300 answers || fail "$VIP does not answer in the end"

kill "$pid1" "$pid2"
wait
no_macs() { ! ip -n ns1 link show vrrp.7 && ! ip -n ns2 link show vrrp.7; }
ok within 300 no_macs
ok ethtool --set-priv-flags "$rep1" trust off
roce_down
ip netns del ns3
pair_check
