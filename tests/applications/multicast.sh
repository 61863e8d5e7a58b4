#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Streams of multicast UDP, captured as spead2 does it: the group is joined by a
# socket, for the sake of the network; a flow of the group's address and port
# steers its datagrams to a raw packet queue pair; what is left is the socket's.
# iperf and socat send, the bridge listens to IGMP.
set -u
. "$(dirname "$0")/lib-app.sh"
needs iperf socat

pair_up
ok ip link set br-test type bridge mcast_snooping 1 mcast_querier 1
roce_up
eth2=$(ip -n ns2 -br link | awk '/^mfeth/ { print $1 }')
rep2=$(rep_of_sf 102)

behind ip netns exec ns2 env PYTHONPATH="$here/../guest" python3 \
	"$here/multicast.py" "$dev2" 192.0.2.2
within 300 grep -q ready "$behind_log" || { cat "$behind_log"; fail "no capture"; }
in_mdb() { bridge mdb show dev br-test | grep -q "port $rep2 grp $1"; }
within 300 in_mdb 239.1.2.3 || { bridge mdb show; fail "the bridge heard of no member"; }
within 300 in_mdb 239.1.2.4 || fail "nor of the other one"
echo "ok - the bridge knows the member"

# 1000 datagrams to the group, as many to another port, 20 to another group.
runs 300 /tmp/out ip netns exec ns1 iperf -u -c 239.1.2.3 -p 5001 -B 192.0.2.1 -T 4 \
	-b 4m -l 1000 -n 1000000
runs 300 /tmp/out ip netns exec ns1 iperf -u -c 239.1.2.3 -p 5002 -B 192.0.2.1 -T 4 \
	-b 4m -l 1000 -n 100000
for n in $(seq 20); do echo "datagram $n" | ip netns exec ns1 socat -u - \
	UDP4-DATAGRAM:239.1.2.4:5001,ip-multicast-ttl=4,ip-multicast-if=192.0.2.1 ||
	fail socat
done
# The end.
for _ in 1 2 3; do
	echo end | ip netns exec ns1 socat -u - \
		UDP4-DATAGRAM:239.1.2.4:5001,ip-multicast-ttl=4,ip-multicast-if=192.0.2.1
done
ended 600
cat "$behind_log"
has "$behind_log" '^ok - 20 lines of socat'

roce_down
pair_check
