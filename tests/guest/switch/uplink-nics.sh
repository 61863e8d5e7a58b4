#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-needs: nics
#
# A NIC with another driver is the uplink. A wire connects virtio-net and e1000e: each
# is the uplink in turn, while the other one sees the frames on the wire.
set -u
. "$(dirname "$0")/../lib/sf.sh"

UPLINK=mfnic0p0

pair_up
virtio=$(nic virtio_net)
e1000e=$(nic e1000e)
[ -n "$virtio" ] && [ -n "$e1000e" ] || fail "no two NICs"
for dev in "$virtio" "$e1000e"; do
	ip link set "$dev" addrgenmode none up || fail "$dev"
done
for _ in $(seq 600); do
	ip link show "$virtio" | grep -q LOWER_UP &&
		ip link show "$e1000e" | grep -q LOWER_UP && break
	sleep 0.1
done
cat >/tmp/nics.py <<'PY'
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Netdev, Port, RawQP, frame

MAC1, FAR = '02:00:00:00:01:01', '02:00:00:00:77:01'
qp, wire = RawQP(Port(sys.argv[1])), Netdev(sys.argv[2])
qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
# By its length, a frame is in the linear part of a buffer or partly in pages. No
# frame is so short that a packet socket or a driver pads it.
for tag in None, 5:
    for size in list(range(46, 300, 17)) + [1000, 1499, 1500]:
        data = bytes(i & 255 for i in range(size))
        out = frame(FAR, src=MAC1, tag=tag, data=data)
        back = frame(MAC1, src=FAR, tag=tag, data=data)
        qp.send(out)
        wire.send(back)
        seen = got = []
        for _ in range(100):
            seen = seen + [f for f in wire.received(0.05) if f[6:12] == out[6:12]]
            got = got + qp.received()
            if seen and got:
                break
        assert seen == [out], (tag, size, seen)
        assert got == [back], (tag, size, got)
print(f'ok - {sys.argv[3]}: frames of all lengths, both ways')
# The ring is full of frames, whose payload is sent without a copy.
n = 24
for i in range(n):
    qp.send(frame(FAR, src=MAC1, data=bytes([i]) * 1400))
deadline, seen = time.monotonic() + 60, []
while len(seen) < n and time.monotonic() < deadline:
    seen += [f for f in wire.received() if f[:6].hex(':') == FAR]
assert len(seen) == n, f'{len(seen)} of {n} on the wire'
PY
for way in "$virtio $e1000e virtio_net" "$e1000e $virtio e1000e"; do
	read -r up wire name <<<"$way"
	ip link set "$wire" promisc on
	ok ip link set "$up" master "$UPLINK"
	ok ip link set "$UPLINK" master br-test up
	ok bridge fdb add 02:00:00:00:77:01 dev "$UPLINK" master static
	# Auto-negotiation takes its time.
	ok within 60 forwards "$UPLINK"
	shows "LOWER_UP" ip link show "$UPLINK"
	python3 /tmp/nics.py "$dev1" "$wire" "$name" || fail "$name as uplink"
	# The cable is pulled and plugged in again.
	ok ip link set "$wire" down
	ok ip link set "$wire" up
	ok ip link set "$UPLINK" nomaster
	ok ip link set "$up" nomaster
done
# A NIC is unplugged while it is the uplink.
ok ip link set "$virtio" master "$UPLINK"
echo 1 >"/sys/class/net/$virtio/device/../remove" || fail "unplug $virtio"
shows "NO-CARRIER" ip link show "$UPLINK"
pair_check

# Leave the guest as it was: NICs have drivers only while a test uses them.
echo 1 >/sys/bus/pci/rescan
modprobe -r virtio_net e1000e || fail "drivers of NICs can't be unloaded"
