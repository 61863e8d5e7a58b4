# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""RoCEv2 packets in scapy."""
from mfraw_test.packets import IP, UDP, Ether, IPv6, raw
from scapy.contrib.roce import BTH

# Bytes of headers behind the BTH, by opcode of RC. UC has the same, UD has a
# DETH, and requests of XRC have an XRCETH.
EXT = {0: 0, 1: 0, 2: 0, 3: 4, 4: 0, 5: 4, 6: 16, 7: 0, 8: 0, 9: 4, 10: 16,
       11: 20, 12: 16, 13: 4, 14: 0, 15: 4, 16: 4, 17: 4, 18: 12, 19: 28,
       20: 28, 22: 4, 23: 4}
# The payload of these opcodes is a whole MTU.
FULL = (0, 1, 6, 7, 13, 14)
RESPONSES = range(13, 19)
XRCETH = 4


def ext_of(opcode):
    """Return the number of bytes of headers behind the BTH."""
    transport, op = opcode >> 5, opcode & 0x1f
    return EXT[op] + (8 if transport == 3 else
                      XRCETH if transport == 5 and op not in RESPONSES else 0)


def icrc(frame):
    """Return the correct ICRC of a packet, as scapy computes it."""
    packet = Ether(frame)
    l3 = packet[IP] if IP in packet else packet[IPv6]
    l3[BTH].icrc = None
    return raw(l3)[-4:]


def sane(frame, mtu):
    """Check that the headers agree with each other, and the ICRC with them."""
    packet = Ether(frame)
    v6 = IPv6 in packet
    l3 = packet[IPv6] if v6 else packet[IP]
    udp, bth = packet[UDP], packet[BTH]
    length = l3.plen + 40 if v6 else l3.len
    off = len(frame) - len(raw(packet.getlayer(type(l3))))
    data = frame[off:off + length]
    assert len(data) == length, 'IP length'
    assert udp.len == length - (40 if v6 else 20), 'UDP length'
    assert udp.sport >= 0xc000, 'UDP source port'
    if not v6:
        again = IP(data)
        del again.chksum
        assert raw(again)[10:12] == data[10:12], 'IP checksum'
        assert l3.flags == 'DF', 'the packet may be fragmented'
    assert bth.version == 0 and bth.pkey == 0xffff and bth.resv6 == 0 and bth.resv7 == 0
    payload = udp.len - 8 - 12 - ext_of(bth.opcode) - bth.padcount - 4
    assert payload + bth.padcount & 3 == 0, 'the length is no multiple of 4'
    assert 0 <= payload <= mtu, 'the payload is longer than the MTU'
    if bth.opcode & 0x1f in FULL:
        assert payload == mtu, 'the payload is shorter than the MTU'
    assert icrc(frame) == data[-4:], f'ICRC of {packet.summary()}'
