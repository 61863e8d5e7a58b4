# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Checksums and segments that the device makes are those that the kernel makes."""
import json
import random
import socket
import struct
import subprocess
import sys
import time

from mfraw_test import enums as e
from mfraw_test.offload import Gso, case, ones_sum
from mfraw_test.packets import IP, TCP, UDP, Dot1Q, Ether, IPv6, raw
from mfraw_test.raw import Netdev, Port, RawQP, ip

dev2, eth1, eth2, wire, nic = sys.argv[1:]
MAC1, MAC2, FAR = '02:00:00:00:01:01', '02:00:00:00:01:02', '02:00:00:00:77:01'
NEEDS_CSUM, NONE, UDP_L4 = 1, 0, 5
rng = random.Random(7)

ip(f'link set {eth1} addrgenmode none up',
   f'link add link {eth1} name t7 type vlan id 7', 'link set t7 addrgenmode none up')
qp2 = RawQP(Port(dev2))
qp2.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
far = Netdev(wire)
gso = Gso()
v4 = IP(src='10.0.0.1', dst='10.0.0.2', id=65530, flags='DF')
v6 = IPv6(src='fd00::1', dst='fd00::2')


def socket_of(name):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.setsockopt(Gso.SOL_PACKET, Gso.PACKET_VNET_HDR, 1)
    sock.bind((name, 0))
    return sock


out, tagged = socket_of(eth1), socket_of('t7')


def used():
    """The number of descriptors that each pool's transmit queue has used."""
    text = subprocess.check_output(['devlink', 'health', 'diagnose', nic,
                                    'reporter', 'tx', '-j'], text=True)
    return {p['pool']: p['tx_used'] for p in json.loads(text)['pools']}


def headers(dst, l3, l4, size):
    """The header of a frame whose checksum is the sum of the pseudo header."""
    data = bytearray(raw(Ether(dst=dst, src=MAC1) / l3 / l4))
    at = 54 if IPv6 in l3 else 34
    length = len(data) - at + size
    proto = data[20] if IPv6 in l3 else data[23]
    addrs = data[22:54] if IPv6 in l3 else data[26:34]
    check = at + (16 if proto == 6 else 6)
    data[check:check + 2] = struct.pack(
        '!H', ones_sum(bytes(addrs) + struct.pack('!IHH', length, 0, proto)))
    if IPv6 in l3:
        data[18:20] = struct.pack('!H', length)
    else:
        data[16:18] = struct.pack('!H', length + 20)
        data[24:26] = bytes(2)
        data[24:26] = struct.pack('!H', 0xffff ^ ones_sum(bytes(data[14:34])))
    if proto == 17:
        data[at + 4:at + 6] = struct.pack('!H', length)
    return bytes(data), at, check - at


def arrive(dst, n):
    """Return @n frames with one of our ports."""
    got = []
    for _ in range(600):
        new = qp2.received() if dst == MAC2 else far.received()
        got += [f for f in new if (TCP in Ether(f) or UDP in Ether(f)) and
                Ether(f).getlayer(TCP if TCP in Ether(f) else UDP).dport == 4000]
        if len(got) >= n:
            break
    return got


def tags(frames, vlan):
    return [f[:12] + b'\x81\x00\x00\x07' + f[12:] if vlan else f for f in frames]


def tcp_case(dst, l3, vlan, size, mss, flags='A'):
    tcp = TCP(sport=80, dport=4000, seq=0xfffffff0, ack=5, flags=flags,
              options=[('NOP', None), ('NOP', None), ('Timestamp', (1, 2))])
    head, at, off = headers(dst, l3, tcp, size)
    data = rng.randbytes(size)
    kind = Gso.TCPV6 if IPv6 in l3 else Gso.TCPV4
    if 'C' in flags:
        kind |= Gso.ECN
    n = -(-size // mss)
    want = tags(gso.segments(head, data, mss, at, IPv6 in l3, 'C' in flags), vlan)
    assert len(want) == n
    before = used()[1]
    (tagged if vlan else out).send(struct.pack(
        '<BBHHHH', NEEDS_CSUM, kind, len(head), mss, at, off) + head + data)
    got = arrive(dst, n)
    assert got == want, (dst, l3, vlan, size, mss, flags, len(got), [
        (i, a.hex(), b.hex()) for i, (a, b) in enumerate(zip(got, want)) if a != b][:1])
    return (used()[1] - before, n, -(-(len(head) + size + 4 * vlan) // 2048) + 1)


for dst in MAC2, FAR:
    for l3 in v4, v6:
        for vlan in False, True:
            for size, mss in ((1401, 1400), (5000, 536), (20000, 1400), (60000, 1000)):
                descs, n, want = tcp_case(dst, l3, vlan, size, mss)
                assert descs == want, (dst, l3, vlan, size, mss, descs, want)
print('ok - the device segments as the kernel does')
for l3 in v4, v6:
    for flags in 'FPACE', 'PACE', 'FPA':
        descs, n, _ = tcp_case(MAC2, l3, False, 5000, 536, flags)
        case(f'{l3.name} {flags}: the driver segments', descs, n)


def right(frame):
    """Compare the sums of a frame with those that scapy computes."""
    p = Ether(frame)
    for layer in IP, TCP, UDP:
        if layer in p:
            del p[layer].chksum
    return raw(p) == frame


def sum_case(dst, l3, l4, vlan, size):
    head, at, off = headers(dst, l3, l4, size)
    data = rng.randbytes(size)
    before = used()[1]
    (tagged if vlan else out).send(
        struct.pack('<BBHHHH', NEEDS_CSUM, NONE, 0, 0, at, off) + head + data)
    got = arrive(dst, 1)
    assert len(got) == 1 and right(got[0]), (dst, l3, l4, vlan, size, got)
    assert got[0].endswith(data) and (Dot1Q in Ether(got[0])) == vlan
    case(f'{dst} {l3.name} {l4.name} vlan {vlan} {size} bytes: the device sums',
         used()[1] - before, 2)


for dst in MAC2, FAR:
    for l3 in v4, v6:
        for l4 in TCP(sport=80, dport=4000), UDP(sport=80, dport=4000):
            for vlan in False, True:
                sum_case(dst, l3, l4, vlan, 1001)

# The driver makes segments of UDP, and their sums.
for l3 in v4, v6:
    head, at, off = headers(MAC2, l3, UDP(sport=80, dport=4000), 5000)
    data = rng.randbytes(5000)
    before = used()[1]
    out.send(struct.pack('<BBHHHH', NEEDS_CSUM, UDP_L4, len(head), 1000, at, off) +
             head + data)
    got = arrive(MAC2, 5)
    case(f'{l3.name} UDP: five segments', (len(got), used()[1] - before), (5, 5))
    assert all(right(f) for f in got) and data == b''.join(f[-1000:] for f in got)

ip('link del t7')
gso.close()

# The device verifies the sums of received frames, and interfaces do not sum those that
# are right. They sum all others, as the device may not know the protocol.
qp2.close()
ip(f'link set {eth2} addrgenmode none up',
   f'link add link {eth2} name r7 type vlan id 7', 'link set r7 addrgenmode none up')


def stats():
    """The frames of the interface, those with a sum, and those that the device summed."""
    text = subprocess.check_output(['ethtool', '-S', eth2], text=True)
    values = dict(line.split(': ') for line in text.replace(' ', '').replace(
        ':', ': ').splitlines() if line.startswith('rx_'))
    return [int(values[f'rx_{name}']) for name in ('packets', 'csum', 'csum_device')]


def verified(text, frames, want, send=far.send):
    before = stats()
    for data in frames:
        send(data)
    deadline = time.monotonic() + 60
    while stats()[0] - before[0] < len(frames) and time.monotonic() < deadline:
        time.sleep(0.05)
    case(text, [b - a for a, b in zip(before, stats())], [len(frames), len(frames), want])


def whole(l3, l4, tag=False, size=300):
    ether = Ether(dst=MAC2, src=FAR)
    return raw((ether / Dot1Q(vlan=7) if tag else ether) / l3 / l4 / rng.randbytes(size))


def spoilt(frame, at):
    return frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1:]


pairs = [(l3, l4) for l3 in (v4, v6)
         for l4 in (TCP(sport=80, dport=4000), UDP(sport=80, dport=4000))]
for tag in False, True:
    good = [whole(*pair, tag) for pair in pairs]
    verified(f'right sums, vlan {tag}: the device', good, len(good))
    verified(f'wrong sums, vlan {tag}: the interface', [spoilt(f, -1) for f in good], 0)
verified('a long frame: the device', [whole(*pairs[0], size=1400)], 1)
verified('a wrong sum of the IP header: the interface', [spoilt(whole(*pairs[0]), 24)], 0)
verified('a datagram without a sum: the interface',
         [whole(v4, UDP(sport=80, dport=4000, chksum=0))], 0)
verified('a fragment: the interface',
         [whole(IP(src='10.0.0.1', dst='10.0.0.2', flags='MF'), pairs[1][1])], 0)
verified('no IP: the interface', [raw(Ether(dst=MAC2, src=FAR, type=0x88b5)) + 60 * b'x'], 0)

# So it does for the frames of another pool.
data = rng.randbytes(1000)
for l3, l4 in pairs:
    head, at, off = headers(MAC2, l3, l4, len(data))
    verified(f'{l3.name} {l4.name} of another pool: the device',
             [struct.pack('<BBHHHH', NEEDS_CSUM, NONE, 0, 0, at, off) + head + data], 1,
             out.send)
ip('link del r7')
