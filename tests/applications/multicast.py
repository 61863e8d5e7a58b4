# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""
Captures two multicast streams with a raw packet QP for each, until the second stream
has a line "end". The arguments are the device and the IP address of its interface.
"""
import socket
import struct
import sys
import time

from mfraw_test import enums as e
from mfraw_test import raw
from mfraw_test.raw import Port, RawQP
from pyverbs.spec import EthSpec, Ipv4ExtSpec, TcpUdpSpec

PORT = 5001
GROUPS = '239.1.2.3', '239.1.2.4'
HEADERS = 14 + 20 + 8
# The queues have room for frames that come while this program has no CPU.
raw.DEPTH = 1024


def group_mac(group):
    octets = [int(o) for o in group.split('.')]
    return '01:00:5e:' + ':'.join(f'{o:02x}' for o in (octets[1] & 0x7f, *octets[2:]))


def specs(group):
    return (EthSpec(dst_mac=group_mac(group), ether_type=0x0800),
            Ipv4ExtSpec(dst_ip=group),
            TcpUdpSpec(e.IBV_FLOW_SPEC_UDP, dst_port=PORT))


port = Port(sys.argv[1])
queues = {}
for name in GROUPS:
    queues[name] = RawQP(port)
    queues[name].flow(specs=specs(name))

# Sockets still receive datagrams to other ports than those of the flows.
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('', 5002))
stolen = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
stolen.bind(('', PORT))
for one in sock, stolen:
    one.setblocking(False)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
    for name in GROUPS:
        one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                       socket.inet_aton(name) + socket.inet_aton(sys.argv[2]))
print('ready', flush=True)


def poll(queue):
    n, wcs = queue.cq.poll(32)
    frames = []
    for wc in wcs[:n]:
        assert wc.status == e.IBV_WC_SUCCESS, wc
        frames.append(queue.mr.read(wc.byte_len, wc.wr_id * 2048))
        queue.post(wc.wr_id)
    return frames


def drain(one):
    got = []
    while True:
        try:
            got.append(one.recv(2048))
        except BlockingIOError:
            return got


stream, lines, by_socket = [], [], []
deadline = time.monotonic() + 600
while not lines or lines[-1] != b'end\n':
    assert time.monotonic() < deadline, (len(stream), lines)
    stream += poll(queues[GROUPS[0]])
    lines += [f[HEADERS:] for f in poll(queues[GROUPS[1]])]
    by_socket += drain(sock)

# Addresses and ports are those of a datagram to that group.
for f in stream:
    assert f[:6] == bytes.fromhex(group_mac(GROUPS[0]).replace(':', '')), f[:6]
    assert socket.inet_ntoa(f[30:34]) == GROUPS[0], f[30:34]
    assert struct.unpack('>H', f[36:38])[0] == PORT, f[36:38]
# iperf counts its datagrams, and marks the last ones by negative numbers.
numbers = [struct.unpack('>i', f[HEADERS:HEADERS + 4])[0] for f in stream]
data = [n for n in numbers if n >= 0]
assert data == list(range(data[0], data[0] + len(data))), data
assert len(data) >= 990, len(data)
print('ok -', len(data), 'datagrams of iperf, in order, none lost')
assert len(by_socket) >= 90, len(by_socket)
print('ok - a socket received the', len(by_socket), 'datagrams to another port')
assert not drain(stolen), 'a socket received datagrams that the flows take'
print('ok - no socket received datagrams that the flows take')
want = [f'datagram {n}\n'.encode() for n in range(1, 21)] + [b'end\n']
assert lines == want, lines
print('ok - 20 lines of socat')
