# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import ctypes
import os
import socket
import subprocess
import sys

from mfraw_test import enums as e
from mfraw_test import xdp
from mfraw_test.packets import IP, TCP, UDP, Ether, IPv6, raw
from mfraw_test.raw import Port, RawQP
from pyverbs.spec import EthSpec, TcpUdpSpec

MAC2 = '02:00:00:00:01:02'
UDP_SEGMENT = 103
devs, eths = sys.argv[1:3], sys.argv[3:5]
libc = ctypes.CDLL(None, use_errno=True)
home = os.open('/proc/self/ns/net', os.O_RDONLY)


class InNs:
    """In network namespace @n."""
    def __init__(self, n):
        self.name = f'/run/netns/ns{n + 1}'

    def __enter__(self):
        fd = os.open(self.name, os.O_RDONLY)
        assert libc.setns(fd, 0x40000000) == 0
        os.close(fd)

    def __exit__(self, *_):
        assert libc.setns(home, 0x40000000) == 0


def case(text, got, want):
    assert got == want, f'{text}: got {got!r:.400}, want {want!r:.400}'
    print('ok -', text)


NAMES = ('packets', 'bytes')


def stats():
    """Return what the sender, its port, the receiver's port and the receiver count."""
    found = []
    for n, prefix in ((0, 'tx_'), (0, 'port_tx_'), (1, 'port_rx_'), (1, 'rx_')):
        with InNs(n):
            out = subprocess.check_output(['ethtool', '-S', eths[n]], text=True)
        lines = dict(line.split(':') for line in out.split('\n')[1:] if line)
        lines = {name.strip(): int(value) for name, value in lines.items()}
        names = NAMES if not prefix.startswith('port') else ('frames', 'bytes')
        found.append([lines[prefix + name] for name in names])
    return found


def change(before):
    return [[a - b for a, b in zip(x, y)] for x, y in zip(stats(), before)]


def payload(data):
    """Check lengths and sums of a frame; return the payload."""
    p, again = Ether(data), Ether(data)
    for packet in (p, again):
        assert IP in packet or IPv6 in packet
    l4 = TCP if TCP in p else UDP
    load = bytes(p[l4].payload)
    if IP in p:
        assert p[IP].len == len(data) - 14
        del again[IP].chksum
        del again[IP].len
    else:
        assert p[IPv6].plen == len(data) - 54
        del again[IPv6].plen
    del again[l4].chksum
    if l4 == UDP:
        del again[UDP].len
    assert raw(again) == data, p.show(dump=True)
    return load


ports = [Port(name) for name in devs]
load = bytes((i * 7 + i // 256) & 0xff for i in range(20000))


def udp_pair(family):
    with InNs(1):
        server = socket.socket(family, socket.SOCK_DGRAM)
        server.bind(('::' if family == socket.AF_INET6 else '0.0.0.0', 4000))
        server.settimeout(60)
    with InNs(0):
        client = socket.socket(family, socket.SOCK_DGRAM)
        client.connect(('fd00::2' if family == socket.AF_INET6 else '192.0.2.2', 4000))
    return client, server


def send_udp(client, size):
    client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
    client.send(load)
    return [load[i:i + size] for i in range(0, len(load), size)]


def got_udp(server, n):
    return [server.recv(2000) for _ in range(n)]


for family, l3 in ((socket.AF_INET, 20), (socket.AF_INET6, 40)):
    v = 'IPv6' if l3 == 40 else 'IPv4'
    client, server = udp_pair(family)
    for size in (1000, 1452, 999):
        before = stats()
        want = send_udp(client, size)
        case(f'{v}: datagrams of {size} bytes arrive', got_udp(server, len(want)), want)
        n = [len(want), len(load) + len(want) * (14 + l3 + 8)]
        case('all count frames and bytes of a wire', change(before), 4 * [n])

    # Sniffers on both ports see wire frames, while the receiver gets whole ones.
    sniffers = [RawQP(port) for port in ports]
    for qp in sniffers:
        qp.flow(e.IBV_FLOW_ATTR_SNIFFER)
    want = send_udp(client, 1000)
    case(f'{v}: datagrams arrive beside sniffers', got_udp(server, len(want)), want)
    for qp in sniffers:
        case('a sniffer sees frames of a wire', [payload(f) for f in qp.received()], want)

    # Small buffers, without segments.
    client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
    for n in (0, 1, 17, 18, 85, 86, 87, 100, 1452):
        client.send(load[:n])
        assert server.recv(2000) == load[:n], n
        for qp in sniffers:
            assert [payload(f)[:n] for f in qp.received()] == [load[:n]], n
    print('ok - a sniffer sees frames with correct checksums')

    # So do TCP segments.
    with InNs(1):
        listener = socket.create_server(('', 4001), family=family)
    with InNs(0):
        stream = socket.create_connection(('fd00::2' if l3 == 40 else '192.0.2.2', 4001))
    accepted, _ = listener.accept()
    accepted.settimeout(60)
    for qp in sniffers:
        qp.received()
    stream.sendall(load)
    data = b''
    while len(data) < len(load):
        data += accepted.recv(len(load))
    case(f'{v}: a stream arrives', data, load)
    for qp in sniffers:
        frames = [f for f in qp.received() if Ether(f)[TCP].dport == 4001]
        assert max(map(len, frames)) <= 1514, [len(f) for f in frames]
        case('a sniffer sees its segments',
             b''.join(payload(f) for f in frames if Ether(f)[TCP].payload)[:len(load)], load)
    for sock in (stream, accepted, listener):
        sock.close()
    for qp in sniffers:
        qp.close()

    # A flow takes them; nothing is left for the interface.
    qp = RawQP(ports[1])
    qp.flow(specs=[EthSpec(dst_mac=MAC2), TcpUdpSpec(e.IBV_FLOW_SPEC_UDP, dst_port=4000)])
    before = stats()
    want = send_udp(client, 1000)
    case(f'{v}: a queue pair receives frames of a wire',
         [payload(f) for f in qp.received()], want)
    n = [len(want), len(load) + len(want) * (14 + l3 + 8)]
    case('the port counts them, the interface does not', change(before), 3 * [n] + [[0, 0]])
    qp.close()

    # An XDP program, and a receiver that verifies checksums itself.
    with InNs(1):
        program = xdp.Program(eths[1], xdp.verdict(xdp.PASS))
    want = send_udp(client, 1000)
    case(f'{v}: datagrams pass an XDP program', got_udp(server, len(want)), want)
    program.close()
    for rx in ('off', 'on'):
        with InNs(1):
            subprocess.run(['ethtool', '-K', eths[1], 'rx', rx], check=True)
        want = send_udp(client, 1000)
        case(f'{v}: datagrams arrive, rx {rx}', got_udp(server, len(want)), want)
    client.close()
    server.close()
