# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-cc.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3 REP1 REP2

Congestion: marked packets, the notification to their sender, and its rate
afterwards. Device 3 sends in the name of the others. REP1 and REP2 are the
representors of devices 1 and 2."""
import re
import subprocess
import sys
import time

from mfraw_test import inject
from mfraw_test import enums as e
from mfraw_test.inject import MACS, PSN, SIZE, Side
from mfraw_test.packets import IP, UDP, Ether
from mfraw_test.raw import DEPTH, SLOT, Port, RawQP
from mfraw_test.roce import icrc
from pyverbs.wr import SGE, SendWR
from scapy.contrib.roce import BTH

MTU = 256
LINE = 10000	# kbps
third = RawQP(Port(sys.argv[5]))
reps = sys.argv[6:]


def waits_for(text, done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, text
        time.sleep(0.02)


def call(*words):
    return subprocess.check_output(words, text=True)


def rate(side):
    """Return the rate of the RC queue pair in kbps, or 0 without a limit."""
    shown = call('rdma', 'resource', 'show', 'qp', 'link', side.name, '-dd')
    return int(re.search(rf'lqpn {side.rc.qp_num} .*?rate_limit (\d+)', shown, re.DOTALL)[1])


def burst(frames):
    """Device 3 sends the packets at once."""
    third.send_burst(frames)
    left = len(frames)
    while left:
        left -= third.cq.poll(DEPTH)[0]


def to(side, op, psn=0, payload=b'', **other):
    peer_number = 3 - (1 if side is one else 2)
    return inject.packet(side.rc.qp_num, psn, op, payload, src=peer_number,
                             dst=3 - peer_number, **other)


def notify(side):
    """The peer sends a congestion notification to this side."""
    before = side.counter('rp_cnp_handled')
    burst([to(side, 0x81, payload=bytes(16))])
    waits_for('the notification is not handled',
              lambda: side.counter('rp_cnp_handled') == before + 1)


# A responder that is slowed, or a busy machine, may answer later than the
# usual local ACK timeout. The timeout here is 1 s.
one, two = (Side(*sys.argv[n:n + 2], mtu=e.IBV_MTU_256, timeout=18) for n in (1, 3))
one.connect(two)
two.connect(one)
spy = RawQP(one.port)
spy.flow(kind=e.IBV_FLOW_ATTR_SNIFFER)


def heard(dst=1):
    """Return the packets that were sent to a side since the last call."""
    for wc in spy.cq.poll(DEPTH)[1]:
        frame = bytes(spy.mr.read(wc.byte_len, wc.wr_id * SLOT))
        spy.post(wc.wr_id)
        got = Ether(frame)
        if UDP in got and got[UDP].dport == 4791 and got.dst == MACS[dst]:
            yield frame, got


def marked():
    """Marked packets, here duplicates, cause notifications at a limited rate.
    """
    names = 'np_ecn_marked_roce_packets', 'np_cnp_sent'
    before = [two.counter(name) for name in names]
    list(heard())
    burst([to(two, 4, PSN - 1, 16 * b'x', ip={'tos': ecn}) for ecn in (0, 1, 2)])
    seen = []
    waits_for('there is no acknowledge',
              lambda: seen.extend(got[BTH].opcode for _, got in heard()) or 17 in seen)
    assert 0x81 not in seen, seen
    burst([to(two, 4, PSN - 1, 16 * b'x', ip={'tos': 0xbb}) for _ in range(20)])
    cnps = []
    waits_for('there is no notification', lambda: cnps.extend(
        frame for frame, got in heard() if got[BTH].opcode == 0x81) or cnps)
    waits_for('the marked packets are not counted',
              lambda: two.counter(names[0]) == before[0] + 20)
    cnps += [frame for frame, got in heard() if got[BTH].opcode == 0x81]
    assert len(cnps) == two.counter(names[1]) - before[1] < 20, len(cnps)
    got = Ether(cnps[0])
    bth = got[BTH]
    assert (bth.dqpn, bth.psn, bth.pkey, bth.becn, bth.fecn, bth.ackreq, bth.padcount) == \
        (one.rc.qp_num, 0, 0xffff, 1, 0, 0, 0), bth.summary()
    assert not got[IP].tos & 3 and got[IP].len == 20 + 8 + 12 + 16 + 4
    assert cnps[0][14 + 40:14 + 56] == bytes(16) and cnps[0][-4:] == icrc(cnps[0])
    print('ok - marked packets cause notifications')


def transfer(opcode, n=64):
    """Send that many messages, one after the other."""
    for _ in range(n):
        remote = two.mr.rkey, two.mr.buf
        wr = SendWR(wr_id=1, num_sge=1, sg=[SGE(one.mr.buf, SIZE, one.mr.lkey)], opcode=opcode,
                    send_flags=e.IBV_SEND_SIGNALED)
        wr.set_wr_rdma(*remote)
        one.rc.post_send(wr)
        got = []
        while not got:
            got = one.cq.poll(1)[1]
        assert got[0].status == e.IBV_WC_SUCCESS, got[0]


def waits(side):
    # The core reads the values again after 10 ms.
    time.sleep(0.02)
    return side.counter('pace_waits')


def recovers(side, opcode):
    waits_for('the rate does not recover', lambda: transfer(opcode, 4) or not rate(side))


def mark(rep):
    """The kernel's software marks the packets that the port sends."""
    call('tc', 'qdisc', 'add', 'dev', rep, 'clsact')
    call('tc', 'filter', 'add', 'dev', rep, 'ingress', 'prio', '1', 'protocol', 'ip', 'flower',
         'skip_hw', 'ip_proto', 'udp', 'dst_port', '4791', 'action', 'pedit', 'ex', 'munge', 'ip',
         'tos', 'set', '0x3', 'retain', '0x3', 'pipe', 'csum', 'ip')


def slower(text, side, peer, rep, opcode):
    """A sender of marked packets slows down, and recovers when they are not
    marked."""
    recovers(side, opcode)
    before = waits(side)
    transfer(opcode, 4)
    assert not rate(side)
    assert waits(side) == before, 'a queue pair without a rate limit waits'
    notify(side)
    # The rate halves, and grows as soon as something is sent.
    now = rate(side)
    assert LINE // 2 <= now < LINE, now

    cnp = to(side, 0x81, payload=bytes(16))

    def notified_and_waits():
        """Packets that follow at once have to wait, unless this machine is
        slower than the rate."""
        third.send(cnp)
        transfer(opcode, 1)
        third.received()
        return waits(side) > before

    waits_for('a queue pair with a rate limit does not wait', notified_and_waits)
    counters = ((peer, 'np_ecn_marked_roce_packets'), (peer, 'np_cnp_sent'),
                (side, 'rp_cnp_handled'))
    was = [node.counter(name) for node, name in counters]
    mark(rep)
    waits_for('marked packets cause no notification', lambda: transfer(opcode, 4) or all(
        node.counter(name) > n for n, (node, name) in zip(was, counters)))
    call('tc', 'qdisc', 'del', 'dev', rep, 'clsact')
    recovers(side, opcode)
    print('ok -', text, 'that are marked slow their sender down until they are not')


def idle():
    """A queue pair that can't send ignores notifications. After RESET, it has
    the full rate again."""
    notify(one)
    assert rate(one)
    before = one.counter('rp_cnp_ignored')
    attr = inject.QPAttr(qp_state=e.IBV_QPS_ERR)
    one.rc.modify(attr, e.IBV_QP_STATE)
    burst([to(one, 0x81, payload=bytes(16))])
    waits_for('the notification is not ignored',
              lambda: one.counter('rp_cnp_ignored') == before + 1)
    one.rc.modify(inject.QPAttr(qp_state=e.IBV_QPS_RESET), e.IBV_QP_STATE)
    assert not rate(one)
    print('ok - a queue pair that does not send ignores notifications')


marked()
slower('requests', one, two, reps[0], e.IBV_WR_RDMA_WRITE)
slower('responses', two, one, reps[1], e.IBV_WR_RDMA_READ)
again = one.counter('local_ack_timeout_err') + one.counter('packet_seq_err')
assert not again, again
idle()
