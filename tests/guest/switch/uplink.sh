#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The uplink, with a veth pair as the wire. A queue receives frames as a wire would
# carry them, whatever form they have in the kernel. The wire may go at any time.
set -u
. "$(dirname "$0")/../lib/sf.sh"

UPLINK=mfnic0p0

pair_up
wire() {
	ip link add wire0 type veth peer name wire1
	ip link set wire1 addrgenmode none up
}
wire

# An attached device is up and promiscuous, and has the MTU of the NIC.
ok ip link set wire0 mtu 1400
ok ip link set "$UPLINK" addrgenmode none master br-test up
shows "NO-CARRIER" ip link show "$UPLINK"
ok ip link set wire0 master "$UPLINK"
shows "LOWER_UP" ip link show "$UPLINK"
shows "mtu 1500 .*master $UPLINK" ip link show wire0
shows "UP" ip link show wire0
shows "promiscuity 1" ip -d link show wire0
refuses "busy" ip link set wire0 mtu 1499
ok ip link set wire1 down
shows "NO-CARRIER" ip link show "$UPLINK"
ok ip link set wire1 up

# Some devices can't be the uplink. A detached device has its old settings.
ip link add dummy0 type dummy
refuses "The uplink has a device" ip link set dummy0 master "$UPLINK"
refuses "Only the uplink's representor" ip link set dummy0 master mfnic0sf101
ok ip link set wire0 nomaster
shows "promiscuity 0" ip -d link show wire0
shows "mtu 1400" ip link show wire0
refuses "port of this switch" ip link set mfnic0sf101 nomaster master "$UPLINK"
ok ip link set mfnic0sf101 master br-test
refuses "no Ethernet device" ip link set lo master "$UPLINK"
ip link add br-other type bridge
refuses "A bridge can't" ip link set br-other master "$UPLINK"
ok ip link set dummy0 mtu 9000
ok ip link set dummy0 master "$UPLINK"
shows "mtu 9000" ip link show dummy0
ok ip link del dummy0
shows "NO-CARRIER" ip link show "$UPLINK"
ok ip link set wire0 master "$UPLINK"
ip link set wire0 mtu 9000
ip link set wire1 mtu 9000
ok within 60 forwards "$UPLINK"

python3 "${0%.sh}.py" "$dev1" || fail "uplink"

# A work item delivers a frame that has more than 8 receivers, since the CPU receives
# for others, too.
cat >/tmp/fanout.py <<'PY'
import subprocess
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Netdev, Port, RawQP, frame

MC = '01:00:5e:00:00:07'


def deferred():
    out = subprocess.check_output(['ethtool', '-S', sys.argv[2]], text=True)
    return int(out.split('rx_fanout: ')[1].split()[0])


port, far = Port(sys.argv[1]), Netdev('wire1')
many = [RawQP(port) for _ in range(9)]
for qp in many[:8]:
    qp.flow(e.IBV_FLOW_ATTR_MC_DEFAULT)
for n, want in ((8, 0), (9, 3)):
    if n == 9:
        many[8].flow(e.IBV_FLOW_ATTR_MC_DEFAULT)
    before = deferred()
    sent = [frame(MC, src='02:00:00:00:77:01', data=bytes([i]) * 100)
            for i in range(3)]
    for data in sent:
        far.send(data)
    for qp in many[:n]:
        # A work item may run some time later.
        got, deadline = [], time.monotonic() + 60
        while len(got) < 3 and time.monotonic() < deadline:
            got += [f for f in qp.received() if f[:6] == sent[0][:6]]
        assert got == sent, got
    got = deferred() - before
    assert got >= want and bool(got) == bool(want), f'{n} receivers: {got}'
print('ok - many receivers')
PY
python3 /tmp/fanout.py "$dev1" "$(rep_of_sf 101)" || fail "many receivers"

# A frame that the device's queueing discipline drops is counted as such.
modprobe sch_netem
ok tc qdisc add dev wire0 root netem delay 1000s limit 2
cat >/tmp/full_queue.py <<'PY'
import subprocess
import sys
from mfraw_test.raw import Port, RawQP, frame


def stats():
    out = subprocess.check_output(['ethtool', '-S', sys.argv[2]], text=True)
    return [int(out.split(name + ': ')[1].split()[0])
            for name in ('rx_frames', 'rx_queue_drop')]


qp = RawQP(Port(sys.argv[1]))
before = stats()
for _ in range(5):
    qp.send(frame('02:00:00:00:77:01'))
got = [b - a for a, b in zip(before, stats())]
assert got == [2, 3], got
print('ok - rx_queue_drop counts the frames that a full queue drops')
PY
python3 /tmp/full_queue.py "$dev1" "$UPLINK" || fail "a full queue"
ok tc qdisc del dev wire0 root

# While the device keeps a frame, it uses the sender's pages. The send completes when
# the device is done.
ok tc qdisc add dev wire0 root netem delay 5s
cat >/tmp/zerocopy.py <<'PY'
import subprocess
import sys
import time
from mfraw_test.raw import DEPTH, SLOT, Netdev, Port, RawQP, frame

FAR = '02:00:00:00:77:01'
qp, far = RawQP(Port(sys.argv[1])), Netdev('wire1')
first = frame(FAR, data=1000 * b'a')
second = frame(FAR, data=50 * b'c')
qp.send(first)
time.sleep(0.2)
assert qp.cq.poll(4)[0] == 0, 'complete before it is sent'
# The switch keeps a copy of the first bytes, and none of the payload.
qp.mr.write(1014 * b'b', 1014, DEPTH * SLOT)
qp.mr.write(second, len(second), DEPTH * SLOT)
qp.send(second)
assert qp.cq.poll(4)[0] == 0, 'complete before an older one'
n, deadline = 0, time.monotonic() + 60
while n < 2 and time.monotonic() < deadline:
    n += qp.cq.poll(4)[0]
    time.sleep(0.1)
assert n == 2, f'{n} completions'
# The delay holds for the second frame, too, which was copied.
got = []
while len(got) < 2 and time.monotonic() < deadline:
    got += far.received()
assert got == [first[:128] + 886 * b'b', second], got
print('ok - sends complete in order, when the device has sent the frames')
subprocess.check_call(['tc', 'qdisc', 'replace', 'dev', 'wire0', 'root', 'netem',
                       'delay', '1000s'])
for _ in range(30):
    qp.send(first)
PY
python3 /tmp/zerocopy.py "$dev1" || fail "zero-copy"
# The program has ended with frames under way. The module can't be unloaded before the
# device has sent them.
refuses "in use" modprobe -r mfraw
ok tc qdisc replace dev wire0 root pfifo
within 60 modprobe -r mfraw || fail "mfraw can't be unloaded"
ok modprobe mfraw
within 60 ls /sys/bus/auxiliary/devices/mfnic.sf.0/infiniband_verbs
dev1=$(ls /sys/bus/auxiliary/devices/mfnic.sf.0/infiniband)

# More frames are posted than can be under way. The engine leaves the queue alone until
# the device has sent a frame. In the end all frames are sent.
ok tc qdisc replace dev wire0 root netem delay 1000s limit 10000
dir=$(grep -lx 101 /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum)
engine 1000000
cat >/tmp/full.py <<'PY'
import subprocess
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Port, frame
from pyverbs.cq import CQ
from pyverbs.mr import MR
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.wr import SGE, SendWR

N = 2500


def rounds():
    out = subprocess.check_output(['devlink', '-j', 'health', 'diagnose',
                                   sys.argv[2], 'reporter', 'engine'])
    return int(out.split(b'"rounds":')[1].split(b',')[0].strip(b'} '))


port = Port(sys.argv[1])
cq = CQ(port.ctx, N, None, None, 0)
qp = QP(port.pd, QPInitAttr(e.IBV_QPT_RAW_PACKET, scq=cq, rcq=cq,
                            cap=QPCap(N, 1, 1, 1), sq_sig_all=0),
        QPAttr(port_num=1))
data = frame('02:00:00:00:77:01', data=1000 * b'a')
mr = MR(port.pd, 4096, e.IBV_ACCESS_LOCAL_WRITE)
mr.write(data, len(data))
for i in range(N):
    flags = e.IBV_SEND_SIGNALED if i == N - 1 else 0
    qp.post_send(SendWR(wr_id=i, num_sge=1, send_flags=flags,
                        sg=[SGE(mr.buf, len(data), mr.lkey)]))
time.sleep(1)
before = rounds()
time.sleep(1)
polled = rounds() - before
assert cq.poll(1)[0] == 0, 'the last frame is sent too early'
subprocess.check_call(['tc', 'qdisc', 'del', 'dev', 'wire0', 'root'])
wcs = []
while not wcs:
    time.sleep(0.1)
    _, wcs = cq.poll(1)
assert wcs[0].status == e.IBV_WC_SUCCESS and wcs[0].wr_id == N - 1
assert polled < 100, f'{polled} rounds of the engine'
print(f'ok - {polled} rounds of the engine for a stalled queue')
PY
python3 /tmp/full.py "$dev1" "auxiliary/$(basename "${dir%/sfnum}")" ||
	fail "a queue that waits for pages"
engine 0

# The wire goes with frames on it, and a new wire comes.
ok ip link del wire0
shows "NO-CARRIER" ip link show "$UPLINK"
wire
ok ip link set wire0 master "$UPLINK"
ip link set wire0 mtu 9000
ip link set wire1 mtu 9000
ok within 60 forwards "$UPLINK"
python3 "${0%.sh}.py" "$dev1" >/dev/null || fail "a second uplink"

# A device that was down is down again when it is detached.
shows "[<,]UP" ip link show wire0
ok ip link set wire0 nomaster
shows "state DOWN" ip link show wire0
ok ip link set wire0 up
ok ip link set wire0 master "$UPLINK"
ok ip link set wire0 nomaster
shows "[<,]UP" ip link show wire0
ok ip link set wire0 master "$UPLINK"

# In legacy mode, the switch detaches the wire.
ok devlink dev eswitch set "$NIC" mode legacy
shows "promiscuity 0" ip -d link show wire0
ok devlink dev eswitch set "$NIC" mode switchdev
ok ip link set wire0 master "$UPLINK"
ip netns add elsewhere
ok ip link set wire0 netns elsewhere
shows "NO-CARRIER|state DOWN" ip link show "$UPLINK"
ip netns del elsewhere
dev1='' dev2=''
