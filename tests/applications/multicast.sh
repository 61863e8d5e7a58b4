#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Captures streams of multicast UDP as spead2 does: a socket joins the group, so that
# the network delivers it. A flow with the address and port of the group steers the
# datagrams to a raw packet queue pair. Other datagrams stay with the socket. iperf and
# socat send, and the bridge snoops IGMP.
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
within 300 in_mdb 239.1.2.3 || { bridge mdb show; fail "no member of 239.1.2.3"; }
within 300 in_mdb 239.1.2.4 || { bridge mdb show; fail "no member of 239.1.2.4"; }
echo "ok - the bridge knows the member of both groups"

# Send 1000 datagrams to the group, 100 to another port, and 20 to another group.
runs 300 /tmp/out ip netns exec ns1 iperf -u -c 239.1.2.3 -p 5001 -B 192.0.2.1 -T 4 \
	-b 4m -l 1000 -n 1000000
runs 300 /tmp/out ip netns exec ns1 iperf -u -c 239.1.2.3 -p 5002 -B 192.0.2.1 -T 4 \
	-b 4m -l 1000 -n 100000
for n in $(seq 20); do echo "datagram $n" | ip netns exec ns1 socat -u - \
	UDP4-DATAGRAM:239.1.2.4:5001,ip-multicast-ttl=4,ip-multicast-if=192.0.2.1 ||
	fail socat
done
# This line ends the capture. It is sent three times, since UDP may lose it.
for _ in 1 2 3; do
	echo end | ip netns exec ns1 socat -u - \
		UDP4-DATAGRAM:239.1.2.4:5001,ip-multicast-ttl=4,ip-multicast-if=192.0.2.1
done
ended 600
cat "$behind_log"
has "$behind_log" '^ok - 20 lines of socat'

roce_down
pair_check
