# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""scapy with the layers that the tests use.

scapy.all loads all layers, which takes half of the time that a program needs to
start.
"""
import logging
import sys
import types

# scapy warns of addresses to which it knows no route.
logging.getLogger('scapy').setLevel(logging.ERROR)

# The names of the vendors of MAC addresses take a sixth of the time of the start.
sys.modules['scapy.libs.manuf'] = types.ModuleType('scapy.libs.manuf')
sys.modules['scapy.libs.manuf'].DATA = ''

from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, IPOption, TCP, UDP, fragment
from scapy.layers.inet6 import (ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting)
from scapy.layers.l2 import ARP, GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP
from scapy.packet import Raw
from scapy.utils import RawPcapReader, rdpcap

__all__ = [
    'ARP', 'Dot1AD', 'Dot1Q', 'Ether', 'GRE', 'ICMP', 'ICMPv6EchoRequest', 'IP',
    'IPOption', 'IPv6', 'IPv6ExtHdrDestOpt', 'IPv6ExtHdrFragment',
    'IPv6ExtHdrHopByHop', 'IPv6ExtHdrRouting', 'Raw', 'RawPcapReader', 'SCTP',
    'TCP', 'UDP', 'fragment', 'raw', 'rdpcap',
]
