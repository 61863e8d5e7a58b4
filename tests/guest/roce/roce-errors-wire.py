# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-errors-wire.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3
PORT2

Responses of side 2 of an RC connection, as a sniffer on side 1 sees them.
Device 3 sends requests in the name of side 1. PORT2 is the devlink port of
device 2."""
import os
import select
import struct
import sys
import time

from mfraw_test import inject
from mfraw_test import enums as e
from mfraw_test.inject import MACS, PSN, SIZE, Side
from mfraw_test.packets import UDP, Ether
from mfraw_test.rate import limit
from mfraw_test.raw import DEPTH, SLOT, Port, RawQP
from pyverbs.addr import AH, AHAttr, GlobalRoute
from pyverbs.qp import QPAttr
from pyverbs.wr import SGE, SendWR
from scapy.contrib.roce import BTH

MTU = 256
third = RawQP(Port(sys.argv[5]))


def fresh():
    """Two connected sides and a sniffer."""
    sides = Side(*sys.argv[1:3], mtu=e.IBV_MTU_256), Side(*sys.argv[3:5], mtu=e.IBV_MTU_256)
    sides[0].connect(sides[1])
    sides[1].connect(sides[0])
    sniffer = RawQP(sides[0].port)
    sniffer.flow(kind=e.IBV_FLOW_ATTR_SNIFFER)
    return *sides, sniffer


def packet(op, psn, payload=b'', **other):
    return inject.packet(two.rc.qp_num, psn, op, payload, **other)


def read(psn, length):
    return packet(12, psn, struct.pack('!QII', two.mr.buf, two.mr.rkey, length))


def add(psn):
    return packet(20, psn, struct.pack('!QIQQ', two.mr.buf, two.mr.rkey, 1, 0))


def burst(frames):
    """Device 3 sends the packets at once."""
    third.send_burst(frames)
    left = len(frames)
    while left:
        left -= third.cq.poll(DEPTH)[0]


def heard():
    """Return the packets of side 2 to side 1 since the last call, without
    waiting."""
    for wc in spy.cq.poll(DEPTH)[1]:
        got = Ether(spy.mr.read(wc.byte_len, wc.wr_id * SLOT))
        spy.post(wc.wr_id)
        if UDP in got and got[UDP].dport == 4791 and got.dst == MACS[1]:
            yield got[BTH]


def psns(base, done):
    """Return the PSNs of the responses, until done() says that they are
    complete."""
    seen, end = [], time.monotonic() + 60
    while not done(seen) and time.monotonic() < end:
        seen += [(bth.psn - base) & 0xffffff for bth in heard()]
    return seen


def repeated(base, rate):
    """Repeat requests while side 2, whose port sends at this rate, is executing
    them. The response to the first repeated one, and all later responses, are in
    order and complete. Return the number of the responses before, which is 25
    when side 2 has answered before the requests are repeated."""
    limit(sys.argv[6], rate)
    # The port may send this much at once.
    burst([read(base, SIZE), read(base + 32, SIZE)])
    assert len(psns(base, lambda seen: len(seen) >= 64)) == 64
    base += 64
    requests = [read(base, 6 * MTU), read(base + 6, 6 * MTU), add(base + 12),
                read(base + 13, 6 * MTU), read(base + 19, 6 * MTU)]
    burst(requests)
    first = psns(base, lambda seen: len(seen) >= 8)
    assert first == list(range(len(first))), first
    burst(requests)
    # Some responses were under way. All of them follow, from the beginning.
    rest = psns(base, lambda seen: 0 in seen and 24 in seen[seen.index(0):])
    limit(sys.argv[6], '0')
    assert rest[rest.index(0):] == list(range(25)), (first, rest)
    return len(first) + rest.index(0)


def replay():
    """Repeat requests at a lower rate each time, until the machine is fast
    enough to repeat them before side 2 has answered."""
    for number, rate in enumerate(('64kbit', '32kbit', '16kbit', '8kbit')):
        before = repeated(PSN + 89 * number, rate)
        added = struct.unpack('<Q', two.mr.read(8, 0))[0] - 0xbbbbbbbbbbbbbbbb
        assert added == number + 1, f'the fetch and add has added {added}'
        if before < 25:
            break
    assert before < 25, 'all requests were answered before they were repeated'
    print(f'ok - responses to repeated requests, {before} sent before, are in order')


one, two, spy = fresh()
replay()


def aeth(bth):
    """Return syndrome and MSN of an acknowledge."""
    word = struct.unpack('!I', bytes(bth.payload)[:4])[0]
    return word >> 24, word & 0xffffff


def acks(n):
    """Return the first n acknowledges of side 2."""
    seen, end = [], time.monotonic() + 60
    while len(seen) < n and time.monotonic() < end:
        seen += [(bth.psn & 0xffffff, *aeth(bth)) for bth in heard() if bth.opcode == 17]
    return seen


def waits_for(text, done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, text
        time.sleep(0.02)


def message_numbers():
    """An acknowledge counts the messages up to its packet, and no later ones.
    """
    base = PSN
    burst([packet(4, base, 16 * b'x', ackreq=1), packet(4, base + 1, 16 * b'x')])
    assert acks(1) == [(base, 0x1f, 1)]
    burst([packet(4, base + 2, 16 * b'x', ackreq=1)])
    assert acks(1) == [(base + 2, 0x1f, 3)]
    print('ok - an acknowledge counts messages up to its packet')


def reserved_bit():
    """The first bit of a syndrome is reserved."""
    two.rc.modify(QPAttr(qp_state=e.IBV_QPS_ERR), e.IBV_QP_STATE)
    before = one.counter('packet_seq_err')
    one.send(e.IBV_WR_SEND, [SGE(one.mr.buf, 16, one.mr.lkey)])

    def answer(syndrome):
        burst([inject.packet(one.rc.qp_num, PSN, 17, bytes((syndrome, 0, 0, 1)),
                                 src=2, dst=1)])
        return one.counter('packet_seq_err')

    waits_for('there is no sequence error', lambda: answer(0xe0) > before)
    answer(0x9f)
    waits_for('there is no completion', lambda: one_completed() is not None)
    assert one.state() == e.IBV_QPS_RTS
    print('ok - the reserved bit of a syndrome has no effect')


completed = []


def one_completed():
    """Return the status of the request of side 1 when it has completed."""
    completed.extend(wc.status for wc in one.cq.poll(1)[1])
    assert not any(completed), completed
    return completed[0] if completed else None


def event_files():
    """Return the open files by which the kernel reports events."""
    links = {}
    for fd in os.listdir('/proc/self/fd'):
        try:
            links[int(fd)] = os.readlink(f'/proc/self/fd/{fd}')
        except OSError:		# that of the directory
            pass
    return {fd for fd, link in links.items() if 'infinibandevent' in link}


def established():
    """A connection is established by the first packet of the peer that is in
    order, and not by a duplicate or a packet of another sender."""
    global one, two
    one, files = Side(*sys.argv[1:3], mtu=e.IBV_MTU_256), event_files()
    two = Side(*sys.argv[3:5], mtu=e.IBV_MTU_256)
    fd, = event_files() - files
    two.rc.to_rtr(two.attr(e.IBV_QPT_RC, one))
    names = 'duplicate_request', 'out_of_sequence', 'rx_peer'
    time.sleep(0.02)
    before = [two.counter(name) for name in names]
    burst([packet(4, PSN - 1, 16 * b'x'), packet(4, PSN + 5, 16 * b'x'),
           packet(4, PSN, 16 * b'x', ip={'src': inject.IPS[3]})])
    waits_for('the packets are not counted',
              lambda: [two.counter(name) for name in names] == [n + 1 for n in before])
    assert not select.select([fd], [], [], 0)[0], 'there is an event'
    burst([packet(4, PSN, 16 * b'x')])
    assert select.select([fd], [], [], 60)[0], 'there is no event'
    event = two.port.ctx.get_async_event()
    assert event.event_type == e.IBV_EVENT_COMM_EST, event
    event.ack()
    print('ok - a connection is established by a packet in order')


def congestion():
    """A valid congestion notification is handled. Others are counted by their
    fault."""
    names = 'rp_cnp_handled', 'rx_malformed', 'rx_peer', 'rx_opcode', 'rx_no_qp'
    time.sleep(0.02)
    before = [two.counter(name) for name in names]
    ud, uc = (two.qps[kind].qp_num for kind in (e.IBV_QPT_UD, e.IBV_QPT_UC))
    burst([packet(0x81, 0, bytes(16)), packet(0x81, 0, bytes(12)),
           packet(0x81, 0, bytes(16), ip={'src': inject.IPS[3]}),
           inject.packet(ud, 0, 0x81, bytes(16)),
           inject.packet(uc, 0, 0x81, bytes(16)),
           inject.packet(0xfffffe, 0, 0x81, bytes(16))])
    want = [n + m for n, m in zip(before, (2, 1, 1, 1, 1))]
    waits_for('the notifications are not counted so',
              lambda: [two.counter(name) for name in names] == want)
    print('ok - notifications of congestion are counted')


def tagged(frame, *tags):
    """Add vlan tags, each of a type and a number."""
    return frame[:12] + b''.join(struct.pack('!HH', *tag) for tag in tags) + frame[12:]


def isolation():
    """A packet of another vlan or for another destination does not reach the
    queue pair."""
    deth = struct.pack('!II', inject.QKEY, 5)
    uc, ud = (two.qps[kind].qp_num for kind in (e.IBV_QPT_UC, e.IBV_QPT_UD))
    good = {'RC': packet(4, PSN, 16 * b'x'), 'UC': inject.packet(uc, PSN, 0x24, 16 * b'x'),
            'UD': inject.packet(ud, 0, 0x64, deth + 16 * b'x')}
    bad = [tagged(frame, *tags) for frame in good.values()
           for tags in ([(0x8100, 77)], [(0x88a8, 77)], [(0x88a8, 77), (0x8100, 5)],
                        [(0x8100, 0), (0x8100, 0)])]
    bad.append(inject.packet(ud, 0, 0x64, deth + 16 * b'x',
                                 ip={'dst': '203.0.113.9', 'src': '198.51.100.7'}))
    time.sleep(0.02)
    before = two.counter('rx_peer')
    burst(bad)
    waits_for('the packets are not counted',
              lambda: two.counter('rx_peer') == before + len(bad))
    assert two.cq.poll(1)[0] == 0
    # A tag with a priority only is no vlan.
    burst([tagged(frame, (0x8100, 5 << 13)) for frame in good.values()])
    got = []
    waits_for('the packets do not arrive',
              lambda: got.extend(two.cq.poll(8)[1]) or len(got) == 3)
    assert [wc.status for wc in got] == 3 * [e.IBV_WC_SUCCESS]
    print('ok - packets of other vlans and destinations are refused')


def source_ports():
    """Datagrams to different queue pairs have different UDP source ports,
    unless the flow label chooses one."""
    kind = e.IBV_QPT_UD
    gid = two.port.ctx.query_gid(1, two.gid_index)
    ways = []
    for label in 0, 0x12345:
        route = GlobalRoute(dgid=gid, sgid_index=one.gid_index, hop_limit=4, flow_label=label)
        ways.append(AH(one.port.pd, attr=AHAttr(gr=route, is_global=1, port_num=1)))
    list(heard())
    for number in range(40, 48):
        wr = SendWR(num_sge=1, sg=[SGE(one.mr.buf, 16, one.mr.lkey)], send_flags=e.IBV_SEND_SIGNALED)
        wr.set_wr_ud(ways[number & 1], number, 1)
        one.qps[kind].post_send(wr)
        assert not next_status()
    seen = []
    waits_for('the datagrams are not sent',
              lambda: seen.extend(sent_ports()) or len(seen) == 8)
    free, chosen = set(seen[::2]), set(seen[1::2])
    assert len(chosen) == 1 and len(free) == 4, seen
    assert all(0xc000 <= port <= 0xffff for port in seen), seen
    print('ok - source ports of datagrams depend on queue pair or flow label')


def next_status():
    """Return the status of the next completion of side 1."""
    while True:
        n, wcs = one.cq.poll(1)
        if n:
            return wcs[0].status


def sent_ports():
    """Return the UDP source ports of the datagrams that side 1 has sent."""
    for wc in spy.cq.poll(DEPTH)[1]:
        got = Ether(spy.mr.read(wc.byte_len, wc.wr_id * SLOT))
        spy.post(wc.wr_id)
        if UDP in got and got[UDP].dport == 4791 and got[BTH].opcode == 0x64:
            yield got[UDP].sport


def performance():
    """Queue pair 1 answers requests for the counters of its port."""
    deth = struct.pack('!II', 0x80010000, 5)

    def ask(attr, port=1, method=1, version=1):
        """Return method, status and attribute of the answer."""
        mad = struct.pack('!BBBBHHQHHI', 1, 4, version, method, 0, 0, 77, attr, 0, 0)
        mad += bytes(40) + bytes((0, port)) + bytes(190)
        list(heard())
        burst([inject.packet(1, 0, 0x64, deth + mad)])
        answers = []
        waits_for('there is no answer', lambda: answers.extend(
            bytes(bth.payload)[8:264] for bth in heard()
            if bth.opcode == 0x64 and bth.dqpn == 5) or answers)
        answer, = answers
        assert answer[:3] == mad[:3] and answer[8:16] == mad[8:16], answer[:24]
        return answer[3], struct.unpack('!H', answer[4:6])[0], answer[64:]

    method, status, got = ask(0x1d)
    assert (method, status, got[1]) == (0x81, 0, 1), (method, status)
    data = struct.unpack('!QQQQ', got[8:40])
    time.sleep(0.02)
    assert 0 < data[2] <= two.counter('tx_frames'), data
    assert 0 < data[3] <= two.counter('rx_frames'), data
    short = ask(0x12, port=255)[2]
    assert struct.unpack('!I', short[32:36])[0] >= data[2], short
    assert ask(1)[1] == 0
    assert ask(0x1d, port=2)[1] == 0x1c
    assert ask(0x1d, method=2)[1] == 0xc
    assert ask(0x10)[1] == 0xc
    assert ask(0x12, version=9)[1] == 4
    print('ok - queue pair 1 answers for performance counters')


one, two, spy = fresh()
congestion()
performance()
isolation()
source_ports()
one, two, spy = fresh()
message_numbers()
one, two, spy = fresh()
reserved_bit()
established()
