#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Representors, the NIC and RDMA devices move to another network namespace, work
# there, and are back when the namespace is gone.
set -u
. "$(dirname "$0")/../lib/sf.sh"

in_ns() { ip netns exec blue "$@"; }

pair_up
rep1=$(rep_of_sf 101)

# A port goes on while its representor is in another namespace.
ip netns add blue
ok ip link set "$rep1" netns blue
in_ns ip link set "$rep1" up
shows "PORT_ACTIVE" ibv_devinfo -d "$dev1"
in_ns python3 - "$dev1" "$rep1" <<'PY' || fail "a moved representor"
import sys
from mfraw_test.raw import Netdev, Port, RawQP, frame
qp, rep = RawQP(Port(sys.argv[1])), Netdev(sys.argv[2])
data = frame('02:00:00:00:01:02')
qp.send(data)
assert rep.received() == [data]
print('ok - the slow path ends in the namespace')
PY
ip netns del blue
for _ in $(seq 600); do
	[ -e "/sys/class/net/$rep1" ] && break
	sleep 0.1
done
shows "$rep1" ip link show "$rep1"
ok ip link set "$rep1" master br-test up

# Frames that rules of other ports redirect to it are dropped, as in software: its
# old namespace has no device of that name any more.
ok tc qdisc add dev "$rep1" clsact
rep2=$(rep_of_sf 102)
modprobe -a cls_matchall act_mirred
ok tc filter add dev "$rep1" ingress matchall action mirred egress redirect dev "$rep2"
shows in_hw tc filter show dev "$rep1" ingress
ip netns add blue
ok ip link set "$rep2" netns blue
in_ns ip link set "$rep2" up
python3 - "$dev1" "$dev2" "$rep1" <<'PY' || fail "a rule to a representor that moved"
import sys
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP, frame
from mfraw_test.tc import counters
tx, rx = (RawQP(Port(name)) for name in sys.argv[1:3])
rx.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
before = counters(sys.argv[3])
data = frame('02:00:00:00:01:02')
tx.send(data)
# The representor's new namespace sends frames of its own.
assert data not in rx.received()
after = counters(sys.argv[3])
assert after['tx_no_dest'] - before['tx_no_dest'] == 1, after
print('ok - a representor that moved is no destination')
PY
ok tc qdisc del dev "$rep1" clsact
ip netns del blue
within 60 test -e "/sys/class/net/$rep2"
ok ip link set "$rep2" master br-test up
ok bridge fdb add 02:00:00:00:01:02 dev "$rep2" master static
within 60 forwards "$rep2" || fail "$rep2 does not forward"
# The representor of the uplink can't move without its NIC.
ip netns add blue
refuses "." ip link set mfnic0p0 netns blue
ip netns del blue

# An RDMA device moves.
ok rdma system set netns exclusive
ip netns add blue
ok rdma dev set "$dev1" netns blue
ibv_devices | grep -q "$dev1 " && fail "$dev1 is seen outside"
shows "$dev1" in_ns ibv_devices
ip netns exec blue raw_ethernet_bw --client -d "$dev1" -B 02:00:00:00:01:01 \
	-E 02:00:00:00:01:02 -s 64 -D 30 >/dev/null 2>&1 &
sender=$!
sends() { in_ns rdma resource show qp | grep -q 'RAW_PACKET.*state RTS'; }
within 60 sends || fail "nothing is sent in the namespace"
ok kill -KILL $sender
wait
ip netns del blue
for _ in $(seq 600); do
	ibv_devices | grep -q "$dev1 " && break
	sleep 0.1
done
shows "$dev1 " ibv_devices
frames --count 1000 "$dev1" "$dev2" || fail "frames afterwards"
ok rdma system set netns shared

# The devlink instance of a subfunction moves, and below the whole NIC does.
sf=$(basename "$(readlink -f "/sys/class/infiniband/$dev1/device")")
ip netns add blue
ok devlink dev reload "auxiliary/$sf" netns blue
shows "auxiliary/$sf" in_ns devlink dev show
# The network interface goes with it, and the RDMA device is shared.
eth=$(in_ns ls "/sys/bus/auxiliary/devices/$sf/net")
[ -n "$eth" ] || fail "no interface in the namespace"
shows "$eth" in_ns ip link show "$eth"
[ ! -e "/sys/class/net/$eth" ] || fail "$eth is in the first namespace"
shows "." ls "/sys/bus/auxiliary/devices/$sf/infiniband"
ip netns del blue
for _ in $(seq 600); do
	devlink dev show | grep -q "auxiliary/$sf" && break
	sleep 0.1
done
shows "auxiliary/$sf" devlink dev show
within 60 test -e "/sys/class/net/$eth" || fail "$eth is not back"

# In exclusive mode, the RDMA device of the port moves, too.
ok rdma system set netns exclusive
ip netns add blue
ok devlink dev reload "auxiliary/$sf" netns blue
[ "$(in_ns rdma -j dev show | jq length)" = 1 ] || fail "no RDMA device in the namespace"
[ "$(rdma -j dev show | jq length)" = 1 ] || fail "it is in the first one, too"
ip netns del blue
two_devices() { [ "$(rdma -j dev show | jq length)" = 2 ]; }
within 60 two_devices || fail "the RDMA device is not back"
ok rdma system set netns shared

ip link del br-test
ip netns add blue
ok devlink dev reload "$NIC" netns blue
[ "$(ls /sys/class/infiniband | wc -l)" = 0 ] || fail "subfunctions are left"
shows "$NIC" in_ns devlink dev show
shows "mfnic0p0" in_ns ip link show mfnic0p0
ok in_ns devlink port add "$NIC" flavour pcisf pfnum 0 sfnum 5
ok in_ns devlink port function set "$NIC/1" state active
shows "mfnic0sf5" in_ns ip link show mfnic0sf5
# Network interfaces of the NIC appear only in the namespace of the NIC.
shows "mfeth" in_ns ip link show
[ -z "$(ip link show | grep mfeth)" ] || fail "interfaces in the first namespace"
ip netns del blue
for _ in $(seq 600); do
	devlink dev show "$NIC" >/dev/null 2>&1 && break
	sleep 0.1
done
ok devlink dev show "$NIC"
shows "mfnic0p0" ip link show mfnic0p0
shows "mode switchdev" devlink dev eswitch show "$NIC"
ok devlink dev reload "$NIC"

pair_up
frames --count 1000 "$dev1" "$dev2" || fail "frames in the end"
pair_check
