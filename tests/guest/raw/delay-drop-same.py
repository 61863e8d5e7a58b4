# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""A held frame equals a frame that was not held, in each flag."""
import sys
import time
import zlib

from mfraw_test import enums as e
from mfraw_test.delay import DELAY, FCS, LONG, MAC1, MAC2, STRIP, Queue, TagSpec, case, timeout
from mfraw_test.packets import IP, TCP, UDP, Dot1AD, Dot1Q, Ether, IPv6, raw
from mfraw_test.raw import Port
from pyverbs.spec import EthSpec
from mfraw_test.rss import Sender
from pyverbs.cq import CqInitAttrEx, CQEX, PollCqAttr
from pyverbs.wr import SGE, RecvWR

one, two = Port(sys.argv[1]), Port(sys.argv[2])
timeout(LONG)
tx = Sender(one)
eth = Ether(dst=MAC2, src=MAC1)
OLD = 0x88b6


def payload(n):
    return bytes(i * 5 & 0xff for i in range(n))


FRAMES = []
for n in (0, 1, 80, 86, 90, 200, 1000, 1400):
    for head in (eth, eth / Dot1Q(vlan=n + 1, prio=3), eth / Dot1AD(vlan=7) / Dot1Q(vlan=9),
                 eth / Dot1Q(vlan=1) / Dot1Q(vlan=2)):
        for ip in IP(src='10.1.2.3', dst='10.3.2.1'), IPv6(src='fd00::1', dst='fd00::2'):
            FRAMES.append(raw(head / ip / UDP(sport=1, dport=2) / payload(n)))
            FRAMES.append(raw(head / ip / TCP(sport=1, dport=2) / payload(n)))
            FRAMES.append(raw(head / ip / UDP(sport=1, dport=2, chksum=0x1234) / payload(n)))
        FRAMES.append(raw(Ether(dst=MAC2, src=MAC1, type=OLD) / payload(n)))
# Take some frames of each length only, since a queue would not hold all.
FRAMES = FRAMES[:100] + FRAMES[-28:]
CQ_FLAGS = e.IBV_WC_EX_WITH_BYTE_LEN | e.IBV_WC_EX_WITH_CVLAN | \
    e.IBV_WC_EX_WITH_FLOW_TAG | e.IBV_WC_EX_WITH_COMPLETION_TIMESTAMP | \
    e.IBV_WC_EX_WITH_QP_NUM


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)


def polled(cq, q):
    """Return all values and the frame of each completion, and their times."""
    out, times = [], []
    while cq.start_poll(PollCqAttr()) == 0:
        flags = cq.read_wc_flags()
        assert cq.read_qp_num() == q.wqs[0].wqn
        out.append((cq.status, cq.wr_id, cq.read_byte_len(), flags,
                    cq.read_cvlan(), cq.read_flow_tag(),
                    q.mr.read(cq.read_byte_len(), cq.wr_id * 2048)))
        times.append(cq.read_timestamp())
        cq.end_poll()
    return out, times


def want(data, flags):
    whole = data
    if flags & STRIP and data[12:14] == b'\x81\x00':
        data = data[:12] + data[16:]
    return data + (zlib.crc32(whole).to_bytes(4, 'little') if flags & FCS else b'')


for flags in (0, STRIP, FCS, STRIP | FCS):
    results = {}
    for delay in (0, DELAY):
        cq = CQEX(two.ctx, CqInitAttrEx(cqe=256, wc_flags=CQ_FLAGS))
        q = Queue(two, flags | delay, 128, flow=False, wq_cq=cq)
        q.qp.flow(specs=[EthSpec(dst_mac=MAC2), TagSpec(0xabcde)], priority=1)
        q.qp.flow(specs=[EthSpec(dst_mac=MAC2, ether_type=OLD), TagSpec(7)])
        if not delay:
            q.give(len(FRAMES))
        before = now()
        for data in FRAMES:
            tx.send(data)
        after = now()
        if delay:
            case('no frame arrives before a receive is posted', polled(cq, q), ([], []))
            q.give(len(FRAMES))
        results[delay], times = polled(cq, q)
        case('a completion has the time of arrival',
             before <= times[0] and times[-1] <= after and
             times == sorted(times))
        q.close()
        cq.close()
    case(f'flags {flags}: {len(FRAMES)} frames', [r[-1] for r in results[DELAY]],
         [want(data, flags) for data in FRAMES])
    case('completions are the same with and without delay', results[DELAY], results[0])
    case('completions have the tags of both flows',
         {r[5] for r in results[DELAY]}, {0xabcde, 7})
    case('some checksums are verified, others not',
         {bool(r[3] & e.IBV_WC_IP_CSUM_OK) for r in results[DELAY]},
         {True, False})

# A held frame is scattered to several pieces of memory.
q = Queue(two, DELAY | FCS | STRIP, max_sge=8)
for data in FRAMES[:8]:
    whole = want(data, FCS | STRIP)
    edges = (0, 5, 13, 14, len(whole) - 3, len(whole) - 1, len(whole))
    lens = [b - a for a, b in zip(edges, edges[1:])]
    places = [sum(lens[:i]) + 16 * i for i in range(len(lens))]
    tx.send(data)
    q.wqs[0].post_recv(RecvWR(1, len(lens), [
        SGE(q.mr.buf + at, n, q.mr.lkey) for at, n in zip(places, lens)]))
    assert [(wc.status, wc.byte_len) for wc in q.poll()] == [(0, len(whole))]
    case(f'{len(whole)} bytes in {lens}',
         b''.join(q.mr.read(n, at) for at, n in zip(places, lens)), whole)
q.close()
tx.close()
