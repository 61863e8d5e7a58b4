#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Representors are ports of bridges. The test covers learning, entries that the switch
# takes over and their ageing, static entries, vlans, several bridges and NICs, and
# the removal of ports and bridges under traffic.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
dev3=$(sf_up 103 02:00:00:00:01:03) || fail "subfunction 103"
ip link set br-test down
ip link del br-test
echo 1 >/sys/bus/mfnic/new_device || fail "second NIC"
dev4=$(NIC=mfnic/mfnic1 sf_up 104 02:00:00:00:01:04) || fail "subfunction 104"
ip link set br-test down
ip link del br-test
ip link add far type veth peer name far-peer
ip link set far addrgenmode none up
ip link set far-peer addrgenmode none up

# bridge.py, which the parts import, reads these arguments.
for part in basic vlans; do
	python3 "${0%.sh}-$part.py" "$dev1" "$dev2" "$dev3" "$dev4" || fail "$part"
done

# With a spanning tree, ports listen and learn before they forward.
ok ip link add br0 type bridge stp_state 1 mcast_snooping 1
ok ip link set br0 type bridge forward_delay 200
ok ip link set br0 addrgenmode none up
for rep in mfnic0sf101 mfnic0sf102; do
	ok ip link set "$rep" master br0
done
shows "state (listening|learning)" bridge link show dev mfnic0sf101
for _ in $(seq 600); do
	bridge link show dev mfnic0sf102 | grep -q forwarding && break
	sleep 0.1
done
shows "state forwarding" bridge link show dev mfnic0sf101
ok bridge mdb add dev br0 port mfnic0sf101 grp 239.1.1.1 permanent
ok bridge mdb del dev br0 port mfnic0sf101 grp 239.1.1.1 permanent
ok ip link set br0 type bridge mcast_snooping 0

# Bridge, ports and NIC go under traffic.
cat >/tmp/traffic.py <<'PY'
import sys
import time
from mfraw_test.raw import Port, RawQP, frame
from pyverbs.pyverbs_error import PyverbsRDMAError

qp = RawQP(Port(sys.argv[1]))
frames = [frame(dst, src=sys.argv[2]) for dst in sys.argv[3:]]
end = time.monotonic() + 1200
try:
    while time.monotonic() < end:
        for data in frames:
            qp.send(data)
            qp.cq.poll(32)
except PyverbsRDMAError:
    pass
PY

pids=()
for i in 1 2 3; do
	dev=dev$i
	nice -n 19 python3 /tmp/traffic.py "${!dev}" "02:00:00:00:01:0$i" \
		02:00:00:00:01:01 02:00:00:00:01:02 02:00:00:00:01:03 \
		ff:ff:ff:ff:ff:ff &
	pids+=($!)
done
ip link set mfnic0sf103 master br0
all_send() { [ "$(rdma resource show qp | grep -c 'RAW_PACKET state RTS')" = 3 ]; }
within 120 all_send || fail "no traffic"
for round in $(seq 8); do
	ip link set br0 type bridge vlan_filtering $((round & 1))
	ip link set br0 type bridge fdb_flush
	ip link set mfnic0sf102 nomaster
	ip link set mfnic0sf102 master br0
	ip link del br0
	ip link add br0 type bridge ageing_time 10 mcast_snooping 0
	ip link set br0 addrgenmode none up
	for i in 1 2 3; do
		ip link set "mfnic0sf10$i" master br0
	done
	sleep 0.3
done
ip link set br0 type bridge ageing_time 2000
taken() { [ "$(bridge fdb show br br0 | grep -c 'extern_learn offload')" -ge 2 ]; }
within 60 taken || fail "no entries under traffic"
ok devlink port del "$(port_of_sf 103)"
bridge fdb show br br0 | grep -v permanent | grep 02:00:00:00:01:03 &&
	fail "an entry of a port that is gone"
ok ip link set mfnic0sf102 netns 1
ok rmmod mfraw
kill "${pids[@]}" 2>/dev/null
wait
ok rmmod mfnic
[ ! -e /sys/class/net/mfnic0p0 ] || fail "mfnic0p0 is left"
ok modprobe mfnic
ok modprobe mfraw
pair_up
pair_check
