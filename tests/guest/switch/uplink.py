# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import socket
import struct
import sys
from mfraw_test import enums as e
from mfraw_test.packets import IP, TCP, UDP, Dot1Q, Ether, raw
from mfraw_test.raw import Netdev, Port, RawQP, frame

MAC1, FAR = '02:00:00:00:01:01', '02:00:00:00:77:01'
qp = RawQP(Port(sys.argv[1]))
qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
far = Netdev('wire1')
# The bridge learns the port of the far end.
far.send(frame(MAC1, src=FAR))
qp.received()


def case(text, got, want):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


for size in (1, 46, 114, 115, 500, 1500):
    sent = frame(MAC1, src=FAR, data=bytes(i & 255 for i in range(size)))
    far.send(sent)
    case(f'{len(sent)} bytes from the wire', qp.received(), [sent])
    sent = frame(FAR, data=bytes(i & 255 for i in range(size)))
    qp.send(sent)
    case(f'{len(sent)} bytes to the wire', far.received(), [sent])
sent = frame(MAC1, src=FAR, tag=0x600a)
far.send(sent)
case('a tag from the wire', qp.received(), [sent])
sent = frame(FAR, tag=0x600a)
qp.send(sent)
case('a tag to the wire', far.received(), [sent])
far.send(frame(MAC1, src=FAR, data=bytes(1520)))
case('a frame that is too long for the NIC is dropped', qp.received(), [])

# A virtual device may deliver merged buffers, and buffers without a checksum.
vnet = Netdev('wire1')
vnet.sock.setsockopt(vnet.SOL_PACKET, 15, 1)	# PACKET_VNET_HDR
NEEDS_CSUM, TCPV4, UDP_L4 = 1, 1, 5


def merged(gso, size, hdr_len, csum_start, csum_offset, data):
    vnet.send(struct.pack('<BBHHHH', NEEDS_CSUM, gso, hdr_len, size, csum_start,
                          csum_offset) + data)


def pseudo(packet):
    """The packet with the checksum of the pseudo header only, as TSO requires."""
    l4 = packet[TCP] if TCP in packet else packet[UDP]
    proto = 6 if TCP in packet else 17
    length = len(raw(l4))
    words = socket.inet_aton(packet[IP].src) + socket.inet_aton(packet[IP].dst) + \
        struct.pack('!HH', proto, length)
    total = sum(struct.unpack('!6H', words))
    total = (total & 0xffff) + (total >> 16)
    l4.chksum = (total & 0xffff) + (total >> 16)
    return raw(packet)


def checked(data):
    """Check lengths and checksums with scapy. Return the payload."""
    packet = Ether(data)
    l4 = TCP if TCP in packet else UDP
    again = Ether(data)
    del again[IP].chksum
    del again[IP].len
    del again[l4].chksum
    assert raw(again)[:len(data)] == data, (packet.show2(dump=True), again.show2(dump=True))
    return bytes(packet[l4].payload)


head = Ether(dst=MAC1, src=FAR) / IP(src='10.0.0.1', dst='10.0.0.2', id=7)
load = bytes(range(256)) * 24
packet = head / TCP(sport=1000, dport=2000, seq=99, flags='PA') / load
merged(TCPV4, 1000, 54, 34, 16, pseudo(packet))
got = qp.received()
case('merged TCP arrives as segments', [len(f) for f in got], 6 * [1054] + [198])
assert b''.join(checked(f) for f in got) == load
assert [Ether(f)[TCP].seq for f in got] == [99 + 1000 * i for i in range(7)]
packet = head / UDP(sport=1000, dport=2000) / load[:2500]
merged(UDP_L4, 1000, 42, 34, 6, pseudo(packet))
got = qp.received()
case('merged UDP arrives as datagrams', [len(f) for f in got], [1042, 1042, 542])
assert b''.join(checked(f) for f in got) == load[:2500]
packet = head / UDP(sport=1000, dport=2000) / load[:700]
merged(0, 0, 0, 34, 6, pseudo(packet))
got = qp.received()
case('a missing checksum is computed', [checked(f) for f in got], [load[:700]])
packet = Ether(dst=MAC1, src=FAR) / Dot1Q(vlan=5) / head[IP] / \
    TCP(sport=1000, dport=2000) / load[:2000]
merged(TCPV4, 1000, 58, 38, 16, pseudo(packet))
got = qp.received()
case('merged TCP in a vlan arrives as segments', [(len(f), f[12:16]) for f in got],
     2 * [(1058, b'\x81\x00\x00\x05')])
