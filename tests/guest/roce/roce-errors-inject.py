# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-errors-inject.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3

Devices 1 and 2 have an RC connection. Device 3 sends packets to device 2 in
the name of side 1, with one wrong field each. Each packet is counted, and has
no other effect."""
import struct
import sys
import time

from mfraw_test import inject
from mfraw_test import enums as e
from mfraw_test.inject import IPS, PSN, QKEY, SIZE, Side
from mfraw_test.packets import IP, IPOption, raw
from mfraw_test.raw import Port, RawQP
from mfraw_test.roce import icrc
from pyverbs.mr import MR
from pyverbs.wr import SGE

one, two = Side(*sys.argv[1:3]), Side(*sys.argv[3:5])
one.connect(two)
two.connect(one)
third = RawQP(Port(sys.argv[5]))
RC, UC, UD = (side for side in (e.IBV_QPT_RC, e.IBV_QPT_UC, e.IBV_QPT_UD))
sent = 0	# messages from one to two


def packet(op=4, payload=16 * b'x', qpn=None, psn=None, **other):
    """Return a good packet of side 1 to side 2: the next one that side 2
    expects."""
    return inject.packet(two.rc.qp_num if qpn is None else qpn,
                             PSN + sent if psn is None else psn, op, payload, **other)


def wait(side):
    """Return one completion."""
    for _ in range(500):
        n, wcs = side.cq.poll(8)
        if n:
            break
        time.sleep(0.01)
    return n, wcs


def message(text):
    """Side 1 sends to side 2, and nothing else has arrived there."""
    global sent
    data = text.encode()[:90]
    one.mr.write(data, len(data), 4096)
    one.send(e.IBV_WR_SEND, [SGE(one.mr.buf + 4096, len(data), one.mr.lkey)])
    sent += 1
    got = []
    for side in one, two:
        n, wcs = wait(side)
        assert n == 1 and wcs[0].status == e.IBV_WC_SUCCESS, (text, side.name, n, wcs)
        got.append(wcs[0])
    assert got[1].byte_len == len(data) and got[1].wr_id == 7, text
    assert two.mr.read(len(data), 0) == data, text
    two.mr.write(len(data) * b'\xbb', len(data))
    assert two.mr.read(SIZE, 0) == SIZE * b'\xbb', f'{text}: memory was written'
    two.post_recv(RC)


COUNTERS = ('rx_malformed', 'rx_icrc_encapsulated', 'rx_no_qp', 'rx_opcode', 'rx_peer',
            'rx_qkey', 'rx_rnr', 'rx_invalid_request', 'resp_remote_access_errors',
            'out_of_sequence', 'duplicate_request', 'rx_stale_response', 'rx_no_buffer',
            'rx_error', 'rx_qp_state')


def counters():
    time.sleep(0.02)
    return {name: two.counter(name) for name in COUNTERS}


def counts(text, want, *frames, all_of_them=True):
    """The third device sends the frames. Counter @want counts each of them,
    and they have no other effect. Without @all_of_them, some are not counted,
    since steering does not take them for RoCE."""
    before = counters()
    for frame in frames:
        third.send(frame)
    third.received()
    after = counters()
    grown = {name: after[name] - before[name] for name in COUNTERS
             if after[name] != before[name]}
    assert set(grown) == {want} - {None}, f'{text}: {grown}, want {want}'
    assert not all_of_them or grown == ({want: len(frames)} if want else {}), \
        f'{text}: {grown} of {len(frames)}'
    message(text)
    print('ok -', text, '-', want)


def patched(frame, at, what):
    """Change some bytes, and do not correct the checksums."""
    return frame[:at] + what + frame[at + len(what):]


L3, L4, L5 = 14, 34, 42		# offsets of IP, UDP and BTH
RETH = struct.pack('!QII', two.mr.buf, two.mr.rkey, 16)
ATOMIC = struct.pack('!QIQQ', two.mr.buf, two.mr.rkey, 1, 1)
AETH = b'\x1f\0\0\1'
DETH = struct.pack('!II', QKEY, 5)

message('before the first wrong packet')
good = packet()
assert good[-4:] == icrc(good)

counts('frames that are not RoCE', None,
       packet(udp={'dport': 4790}), patched(good, 12, b'\x88\xb5'),
       patched(good, L3 + 9, b'\x06'))
# IP and UDP.
counts('IP options, version, fragments', 'rx_malformed', packet(ip={'ihl': 6}),
       packet(ip={'options': [IPOption(b'\1\1\1\1')]}), packet(ip={'version': 5}),
       packet(ip={'flags': 'MF'}), packet(ip={'frag': 1}), all_of_them=False)
counts('IP checksum', 'rx_malformed', patched(good, L3 + 10, b'\x12\x34'))
counts('IP length', 'rx_malformed', packet(ip={'len': len(good) - L3 + 4}),
       packet(ip={'len': len(good) - L3 - 4}), packet(ip={'len': 0}),
       packet(ip={'len': 27}), packet(ip={'len': 65535}))
counts('UDP length', 'rx_malformed', packet(udp={'len': 0}), packet(udp={'len': 7}),
       packet(udp={'len': len(good) - L4 + 4}), packet(udp={'len': len(good) - L4 - 4}),
       packet(udp={'len': 65535}))
counts('truncated packets', 'rx_malformed',
       *(good[:n] for n in range(L4, len(good), 3)), all_of_them=False)
counts('wrong addresses', 'rx_peer', packet(ip={'src': IPS[3]}), packet(ip={'dst': IPS[3]}),
       packet(ip={'src': IPS[2], 'dst': IPS[1]}))
# The base transport header.
counts('version, P_Key, transport', 'rx_malformed', packet(version=1), packet(version=15),
       packet(pkey=0x7ffe), packet(pkey=0), packet(pkey=0x8001), packet(op=0x44),
       packet(op=0x84), packet(op=0xe4), packet(op=0xff), packet(op=0x81, payload=b''))
counts('opcodes that RC does not have', 'rx_malformed', packet(op=21),
       *(packet(op=op) for op in range(24, 32)))
counts('opcodes that UC and UD do not have', 'rx_malformed',
       *(packet(op=op, payload=64 * b'\0') for op in (0x2c, 0x30, 0x31, 0x33, 0x37, 0x60,
                                                      0x61, 0x6a, 0x6c)))
counts('opcodes of UC and UD', 'rx_opcode', packet(op=0x24),
       packet(op=0x2a, payload=RETH + 16 * b'x'), packet(op=0x64, payload=DETH + 16 * b'x'))
counts('opcodes of RC to UC and UD', 'rx_opcode', packet(qpn=two.qps[UC].qp_num),
       packet(qpn=two.qps[UD].qp_num), packet(op=0x24, qpn=two.qps[UD].qp_num),
       packet(op=0x64, payload=DETH, qpn=two.qps[UC].qp_num))
counts('unknown queue pairs', 'rx_no_qp', packet(qpn=0), packet(qpn=0xfffffe),
       packet(qpn=0xffffff), packet(qpn=two.rc.qp_num ^ 0x800000))
counts('wrong padding', 'rx_malformed', packet(padcount=3, payload=b''),
       packet(padcount=1, payload=b''), packet(payload=15 * b'x'),
       packet(op=10, padcount=3, payload=RETH), packet(op=17, payload=AETH + 4 * b'x'),
       packet(op=12, payload=RETH + 4 * b'x'), packet(op=20, payload=ATOMIC + 4 * b'x'))
counts('missing headers', 'rx_malformed', packet(op=10, payload=RETH[:12]),
       packet(op=11, payload=RETH), packet(op=12, payload=b''),
       packet(op=19, payload=ATOMIC[:24]), packet(op=20, payload=ATOMIC[:8]),
       packet(op=5, payload=b''), packet(op=23, payload=b''), packet(op=17, payload=b''),
       packet(op=16, payload=b''), packet(op=18, payload=AETH + 4 * b'\0'))
# The ICRC covers each byte, except for bytes that routers change.
frames = [patched(good, at, bytes([good[at] ^ 0x10]))
          for at in (L3 + 4, L4, L4 + 1, L5 + 4 + 1, L5 + 8, L5 + 9, L5 + 11,
                     *range(L5 + 12, len(good)))]
frames = [f for f in frames if f[:L3 + 4] == good[:L3 + 4]]
# The first one gets a correct IP checksum, so that only the ICRC is wrong.
ip = IP(frames[0][L3:])
del ip.chksum
frames[0] = frames[0][:L3] + raw(ip)[:20] + frames[0][L4:]
counts('damaged packets', 'rx_icrc_encapsulated', *frames)
counts('an ICRC that is zero or reversed', 'rx_icrc_encapsulated',
       good[:-4] + bytes(4), good[:-4] + good[:-5:-1])

# Sequence numbers.
counts('the PSN after the expected one', 'out_of_sequence', packet(psn=PSN + sent + 1),)
counts('the last PSN that is not a duplicate', 'out_of_sequence',
       packet(psn=PSN + sent + 0x7fffff))
counts('duplicate requests', 'duplicate_request', packet(psn=PSN + sent - 1),
       packet(psn=PSN + sent - 0x7fffff), packet(psn=PSN),
       packet(op=10, psn=PSN + sent - 1, payload=RETH + 16 * b'x'),
       packet(op=20, psn=PSN + sent - 1, payload=ATOMIC))
counts('responses without a request', 'rx_stale_response',
       *(packet(op=op, payload=body, psn=psn) for psn in (PSN, PSN + 1, PSN - 1, 0x7fffff)
         for op, body in ((17, AETH), (17, b'\x60' + AETH[1:]), (17, b'\x20' + AETH[1:]),
                          (17, b'\x62' + AETH[1:]), (16, AETH + 16 * b'x'),
                          (13, AETH + 1024 * b'x'), (14, 1024 * b'x'), (18, AETH + bytes(8)))))
counts('a wrong Q_Key', 'rx_qkey',
       packet(op=0x64, payload=struct.pack('!II', QKEY + 1, 5) + 16 * b'x',
              qpn=two.qps[UD].qp_num))

# A repeated read may ask for the whole of it or for a part, and for nothing
# else.
data = SGE(one.mr.buf, 3000, one.mr.lkey)
one.send(e.IBV_WR_RDMA_READ, [data], (two.mr.rkey, two.mr.buf + 100))
_, wcs = wait(one)
assert wcs[0].status == e.IBV_WC_SUCCESS, wcs
first, sent = PSN + sent, sent + 3
other_mr = MR(two.port.pd, SIZE, inject.ACCESS)


def again(text, answers, psn=0, off=100, length=3000, rkey=None):
    """Repeat a read, and check that side 2 answers it with @answers packets."""
    reth = struct.pack('!QII', two.mr.buf + off, two.mr.rkey if rkey is None else rkey,
                       length)
    time.sleep(0.02)
    before = one.counter('rx_stale_response'), two.counter('duplicate_request')
    third.send(packet(op=12, psn=first + psn, payload=reth))
    third.received()
    time.sleep(0.1)
    after = one.counter('rx_stale_response'), two.counter('duplicate_request')
    assert (after[0] - before[0], after[1] - before[1]) == (answers, 1), (text, before, after)
    print('ok - a repeated read:', text)


again('the same one', 3)
again('its end', 2, psn=1, off=1124, length=1976)
again('its middle', 1, psn=1, off=1124, length=1024)
again('one byte longer', 0, length=3001)
again('one packet longer', 0, length=3073)
again('its end and one byte more', 0, psn=2, off=2148, length=953)
again('its end in too many packets', 0, psn=2, off=1124, length=1976)
again('the longest one', 0, length=0x80000000)
again('one byte before it', 0, off=99)
again('one byte behind it', 0, off=3101, length=1)
again('another region', 0, rkey=other_mr.rkey)
again('a PSN that was no read', 0, psn=-1)
again('no bytes', 1, length=0)
message('after repeated reads')

# Routers may change hop limit and class. A packet without a fault is accepted,
# which shows that the harness works.
for text, frame in (('an unchanged packet', good), ('other hop limit and class', None)):
    if frame is None:
        frame = patched(packet(), L3 + 8, b'\x11')
        frame = patched(frame, L3 + 1, b'\x03')
        ip = IP(frame[L3:])
        del ip.chksum
        frame = frame[:L3] + raw(ip)[:20] + frame[L4:]
    else:
        frame = packet()
    third.send(frame)
    third.received()
    n, wcs = two.cq.poll(2)
    assert n == 1 and wcs[0].status == e.IBV_WC_SUCCESS and wcs[0].byte_len == 16, (text, n)
    assert two.mr.read(16, 0) == 16 * b'x'
    two.mr.write(16 * b'\xbb', 16)
    two.post_recv(RC)
    sent += 1
    print('ok - a packet of device 3 is accepted:', text)

# The packet is valid and in order, but the request is not. This ends the
# connection.
for text, op, reth, payload in (
        ('SEND middle without a first packet', 1, 0, 1024 * b'x'),
        ('SEND last without a first packet', 2, 0, 16 * b'x'),
        ('WRITE middle without a first packet', 7, 0, 1024 * b'x'),
        ('SEND first that is much shorter than the MTU', 0, 0, 16 * b'x'),
        ('SEND first that is 4 bytes shorter than the MTU', 0, 0, 1020 * b'x'),
        ('SEND only that is longer than the MTU', 4, 0, 1028 * b'x'),
        ('WRITE only with more bytes than its RETH says', 10, 16, 20 * b'x'),
        ('WRITE only with less bytes than its RETH says', 10, 16, 12 * b'x'),
        ('WRITE only without bytes', 10, 16, b''),
        ('READ of more than 2^31 bytes', 12, 0x80000001, b'')):
    one, two = Side(*sys.argv[1:3]), Side(*sys.argv[3:5])
    one.connect(two)
    two.connect(one)
    sent = 0
    if reth:
        payload = struct.pack('!QII', two.mr.buf, two.mr.rkey, reth) + payload
    before = counters()
    third.send(packet(op=op, payload=payload))
    third.received()
    after = counters()
    assert after['rx_invalid_request'] == before['rx_invalid_request'] + 1, text
    event = two.port.ctx.get_async_event()
    assert event.event_type == e.IBV_EVENT_QP_REQ_ERR, (text, event)
    event.ack()
    # A work item flushes the queue.
    wcs = []
    while len(wcs) < 4:
        n, more = wait(two)
        assert n, (text, wcs)
        wcs += more
    assert [wc.status for wc in wcs] == 4 * [e.IBV_WC_WR_FLUSH_ERR], (text, wcs)
    assert two.rc.query(e.IBV_QP_STATE)[0].qp_state == e.IBV_QPS_ERR, text
    assert two.mr.read(SIZE, 0) == SIZE * b'\xbb', f'{text}: memory was written'
    print('ok - ends the connection:', text)
