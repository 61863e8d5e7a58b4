# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Frames with a known hash arrive at the WQ that the table has for it."""
import itertools
import random
import sys


from mfraw_test import enums as e
from mfraw_test.packets import (GRE, ICMP, IP, TCP, UDP, Dot1Q, Ether, IPv6,
                                IPv6ExtHdrDestOpt, IPv6ExtHdrFragment)
from mfraw_test.raw import Port
from pyverbs.spec import EthSpec
from mfraw_test.rss import MS_KEY, MS_VECTORS, RssQP, Sender, Wqs, packed, toeplitz

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
V4 = (e.IBV_RX_HASH_SRC_IPV4, e.IBV_RX_HASH_DST_IPV4)
V6 = (e.IBV_RX_HASH_SRC_IPV6, e.IBV_RX_HASH_DST_IPV6)
PORTS = {TCP: (e.IBV_RX_HASH_SRC_PORT_TCP, e.IBV_RX_HASH_DST_PORT_TCP),
         UDP: (e.IBV_RX_HASH_SRC_PORT_UDP, e.IBV_RX_HASH_DST_PORT_UDP)}

one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx = Sender(one)
eth = Ether(dst=MAC2, src=MAC1)


def ip(src, dst, **more):
    return (IPv6 if ':' in src else IP)(src=src, dst=dst, **more)


def want(key, fields, src, dst, l4=None, sport=0, dport=0):
    """Return the hash over those of the selected fields that the frame has."""
    data = b''
    for bit, addr in zip(V6 if ':' in src else V4, (src, dst)):
        if fields & bit:
            data += packed(addr)
    for bit, port in zip(PORTS.get(l4, ()), (sport, dport)):
        if fields & bit:
            data += port.to_bytes(2, 'big')
    return toeplitz(key, data)


def case(text, got, expect):
    assert got == expect, f'{text}: got {got}, want {expect}'


# First compare the reference implementation with the published values, all 32
# bits.
for (dst, dport), (src, sport), plain, tcp in MS_VECTORS:
    addrs = packed(src) + packed(dst)
    ports = sport.to_bytes(2, 'big') + dport.to_bytes(2, 'big')
    assert toeplitz(MS_KEY, addrs) == plain and toeplitz(MS_KEY, addrs + ports) == tcp
print('ok - the reference agrees with the published values')

# Two tables of maximum size tell 13 bits of the hash: the first has WQs by the
# lower seven bits, the second by the others.
SIZE = two.ctx.query_device_ex().rss_caps.max_rwq_indirection_table_size
assert SIZE == 8192, SIZE
LOW = 128
low, high = Wqs(two, LOW), Wqs(two, SIZE // LOW)
tables = (low.table([i % LOW for i in range(SIZE)]),
          high.table([i // LOW for i in range(SIZE)]))


class Spread:
    """Make a QP on each table with the same flow, so that a frame reaches
    both."""
    def __init__(self, fields, key=MS_KEY):
        self.qps = [RssQP(two, table, fields, key) for table in tables]
        for qp in self.qps:
            qp.flow(specs=[EthSpec(dst_mac=MAC2)])

    def hash(self, frame):
        data = bytes(frame)
        tx.send(data)
        (i, a), = low.received()
        (j, b), = high.received()
        assert a == data and b == data
        return j * LOW + i

    def close(self):
        for qp in self.qps:
            qp.close()


for fields, which in ((V4, 2), (V6, 2), (V4 + PORTS[TCP], 3), (V6 + PORTS[TCP], 3)):
    spread = Spread(sum(fields))
    for vector in MS_VECTORS:
        (dst, dport), (src, sport) = vector[:2]
        if (':' in src) != (fields[0] == V6[0]):
            continue
        frame = eth / ip(src, dst) / TCP(sport=sport, dport=dport)
        case(f'{src} {dst}', spread.hash(frame), vector[which] % SIZE)
        print(f'ok - {src}:{sport} to {dst}:{dport} has {vector[which]:#010x}')
    spread.close()

# A shifted key moves the other bits of the hash to the tested place.
bits = int.from_bytes(MS_KEY, 'big')
for shift in (13, 19):
    key = (bits >> shift).to_bytes(40, 'big')
    spread = Spread(sum(V4 + PORTS[TCP]), key)
    for (dst, dport), (src, sport), _, tcp in MS_VECTORS[:5]:
        frame = eth / ip(src, dst) / TCP(sport=sport, dport=dport)
        # The shifted key is filled with zeroes.
        got = spread.hash(frame)
        case('moved key', got, want(key, sum(V4 + PORTS[TCP]), src, dst, TCP, sport, dport) % SIZE)
        case('moved hash', got, tcp >> shift & SIZE - 1)
    spread.close()
print('ok - all 32 bits of the hash')

# Try each combination of fields with each kind of frame.
rand = random.Random(1)
A4, B4, A6, B6 = '10.1.2.3', '192.168.77.9', '2001:db8::1:2', 'fd00:1:2:3:4:5:6:7'


def kinds(sport, dport):
    for src, dst in ((A4, B4), (A6, B6)):
        for l4 in (TCP, UDP):
            ports = (src, dst, l4, sport, dport)
            yield eth / ip(src, dst) / l4(sport=sport, dport=dport), ports
            yield eth / Dot1Q(vlan=5) / ip(src, dst) / l4(sport=sport, dport=dport), ports
    yield eth / ip(A4, B4) / ICMP(), (A4, B4)
    yield eth / IP(src=A4, dst=B4, options=b'\1' * 8) / UDP(sport=sport, dport=dport), \
        (A4, B4, UDP, sport, dport)
    yield eth / IPv6(src=A6, dst=B6) / IPv6ExtHdrDestOpt() / UDP(sport=sport, dport=dport), \
        (A6, B6, UDP, sport, dport)
    # Fragments have no ports, not even the first one.
    yield eth / IP(src=A4, dst=B4, flags='MF') / UDP(sport=sport, dport=dport), (A4, B4)
    yield eth / IP(src=A4, dst=B4, frag=3, proto=17) / (b'f' * 40), (A4, B4)
    yield eth / IPv6(src=A6, dst=B6) / IPv6ExtHdrFragment(m=1) / \
        UDP(sport=sport, dport=dport), (A6, B6)
    # The hash covers the outermost headers.
    yield eth / IP(src=A4, dst=B4) / GRE() / IP(src='1.1.1.1', dst='2.2.2.2') / \
        UDP(sport=sport, dport=dport), (A4, B4)


count = 0
nets = [c for v in (V4, V6) for n in (1, 2) for c in itertools.combinations(v, n)] + [()]
transports = [c for v in PORTS.values() for n in (1, 2) for c in itertools.combinations(v, n)] + [()]
for net, transport in itertools.product(nets, transports):
    fields = sum(net + transport)
    if not fields:
        continue
    key = rand.randbytes(40)
    spread = Spread(fields, key)
    for frame, parts in kinds(rand.randrange(1, 65536), rand.randrange(1, 65536)):
        case(f'fields {fields:#x}, {frame.summary()}', spread.hash(frame),
             want(key, fields, *parts) % SIZE)
        count += 1
    # A frame without any of the fields goes to the first entry.
    case('not IP', spread.hash(eth / (b'x' * 50)), 0)
    case('cut short', spread.hash(bytes(eth / IP(src=A4, dst=B4))[:30]), 0)
    spread.close()
print(f'ok - {count} frames, with every combination of fields')
for table in tables:
    table.close()
low.close()
high.close()

# Send many frames at once: each WQ gets its own, in order.
wqs = Wqs(two, 4, depth=32)
table = wqs.table([0, 1, 2, 3])
qp = RssQP(two, table, sum(V4 + PORTS[UDP]))
qp.flow(specs=[EthSpec(dst_mac=MAC2)])
sent = [[] for _ in range(4)]
burst = []
for i in range(24):
    sport = rand.choice((1000, 1001, 1002, 1003, 1004))
    data = bytes(eth / ip(A4, B4) / UDP(sport=sport, dport=53) / bytes([i]))
    sent[want(MS_KEY, sum(V4 + PORTS[UDP]), A4, B4, UDP, sport, 53) % 4].append(data)
    burst.append(data)
tx.send_burst(burst)
got = [[] for _ in range(4)]
for i, data in wqs.received():
    got[i].append(data)
case('burst', got, sent)
assert sum(1 for frames in sent if frames) > 1, 'the burst was for one WQ only'
print('ok - a burst is spread over the WQs:', [len(frames) for frames in sent])

# Another QP on the same table has other fields and other frames.
other = RssQP(two, table, sum(V4))
other.flow(specs=[EthSpec(dst_mac='01:00:5e:00:00:07')])
group = Ether(dst='01:00:5e:00:00:07', src=MAC1)
for last in range(1, 9):
    dst = f'10.0.0.{last}'
    for head, fields in ((eth, V4 + PORTS[UDP]), (group, V4)):
        data = bytes(head / ip(A4, dst) / UDP(sport=7, dport=8))
        tx.send(data)
        case('two QPs', wqs.received(),
             [(want(MS_KEY, sum(fields), A4, dst, UDP, 7, 8) % 4, data)])
print('ok - two QPs share one table')
for obj in (other, qp, table, wqs, tx):
    obj.close()
