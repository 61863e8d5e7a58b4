# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Random tc rules, and frames that many of them match; for equal.sh."""
import ipaddress
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

from mfraw_test import raw as raw_qp
from mfraw_test import enums as e
from mfraw_test.packets import (ARP, GRE, ICMP, IP, SCTP, TCP, UDP,
                                ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting, raw)
from mfraw_test.raw import MR, SGE, SLOT, Netdev, Port, RawQP, SendWR

# The receive queues have room for all copies of all frames of a pair.
raw_qp.DEPTH = 256

CTAG, STAG = 0x8100, 0x88a8
IPV4, IPV6, ARP_TYPE, PPPOE = 0x0800, 0x86dd, 0x0806, 0x8864
# Software may drop shorter frames when they are tagged.
MIN, MAX = 60, 1400
NAMES = {IPV4: 'ip', IPV6: 'ipv6', ARP_TYPE: 'arp', CTAG: '802.1q',
         STAG: '802.1ad'}
PROTOS = {'tcp': 6, 'udp': 17, 'icmp': 1, 'icmpv6': 58, 'sctp': 132}

FAR = '02:00:00:00:77:01'
GROUPS = ['01:00:5e:00:00:07', '33:33:00:00:00:07', 'ff:ff:ff:ff:ff:ff']
OTHERS = [FAR, '02:00:00:00:77:02', '06:11:22:33:44:55'] + GROUPS
MAC_MASKS = ['ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:00:00', '01:00:00:00:00:00',
             '00:00:00:00:00:ff', 'ff:ff:ff:ff:ff:fe', '03:00:00:ff:00:0f']
ADDRS4 = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '10.9.0.1', '192.168.1.9',
          '224.0.0.7']
ADDRS6 = ['fd00::1', 'fd00::2', 'fd00:0:0:1::1', '2001:db8::9', 'ff02::7']
PORTS = [53, 80, 81, 443, 1000, 1007, 4791, 40000]
VIDS = [1, 2, 3, 100, 4094]
FLAGS = [0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x1c2]


def proto_name(ethertype):
    return NAMES.get(ethertype, f'{ethertype:#06x}')


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(':', ''))


class Frame:
    """A frame: its bytes, and its fields that rules can match."""
    def __init__(self, rng, macs, own):
        """macs: the ports' addresses; own: the sender's, None for the wire"""
        self.rng = rng
        self.dst = rng.choice([m for m in macs if m != own] + OTHERS[:3] + GROUPS[:2])
        if rng.random() < 0.05:
            self.dst = rng.choice(macs + OTHERS)
        # Without a rule in hardware a subfunction sends with its own address
        # only, and a rule there would keep the frame from the kernel's rules.
        self.src = own or rng.choice(macs + OTHERS[:3])
        self.tags = []
        for _ in range(rng.choices((0, 1, 2, 3), (50, 30, 17, 3))[0]):
            self.tags.append((rng.choice((CTAG, CTAG, STAG)), rng.choice((0, 0, 3, 7)),
                              rng.random() < 0.1, rng.choice(VIDS + [0])))
        self.type = rng.choices((IPV4, IPV6, ARP_TYPE, 0x88b5), (55, 28, 7, 10))[0]
        self.proto = self.sport = self.dport = self.flags = None
        self.frag = None
        if self.type == IPV4:
            load = self._ipv4()
        elif self.type == IPV6:
            load = self._ipv6()
        elif self.type == ARP_TYPE:
            self.op, self.sha = rng.choice((1, 2)), rng.choice(macs)
            self.saddr, self.daddr = rng.choice(ADDRS4), rng.choice(ADDRS4)
            load = raw(ARP(op=self.op, hwsrc=self.sha, psrc=self.saddr, pdst=self.daddr))
        else:
            # Some types are known to the kernel's dissector, and not to tc rules.
            # Some are a length in the place of a type.
            self.type = rng.choice((0x88b5, 0x88b5, 0x1234, 0x8847, PPPOE,
                                    0x22f0, 0x0026, 0x05dc, 0x88cc, 0x6558))
            load = rng.randbytes(46)
        self._finish(load)

    def _finish(self, load):
        rng = self.rng
        head = mac_bytes(self.dst) + mac_bytes(self.src)
        for tpid, prio, dei, vid in self.tags:
            head += struct.pack('!HH', tpid, prio << 13 | dei << 12 | vid)
        head += struct.pack('!H', self.type)
        if rng.random() < 0.08:
            # Some bytes of the headers are wrong.
            load = bytearray(load)
            for _ in range(rng.randint(1, 3)):
                load[rng.randrange(min(len(load), 48))] = rng.choice((
                    0, 1, 0x0f, 0x40, 0x44, 0x4f, 0x60, 0xff, rng.randrange(256)))
        data = head + bytes(load)
        # The frame ends within its headers, or has some payload.
        if rng.random() < 0.15:
            data = data[:rng.randint(MIN, max(MIN, len(data)))]
        elif rng.random() < 0.5:
            data += rng.randbytes(rng.randrange(64))
        else:
            data += rng.randbytes(rng.randrange(1200))
        self.data = data[:MAX].ljust(MIN, b'\0')

    def _l4(self, kinds):
        rng = self.rng
        kind = rng.choice(kinds)
        self.proto = kind
        if kind in ('tcp', 'udp', 'sctp'):
            self.sport, self.dport = rng.choice(PORTS), rng.choice(PORTS)
        if kind == 'tcp':
            self.flags = rng.choice(FLAGS)
            options = [('MSS', 1460)] if rng.random() < 0.2 else []
            return TCP(sport=self.sport, dport=self.dport, flags=self.flags,
                       options=options)
        if kind == 'udp':
            return UDP(sport=self.sport, dport=self.dport)
        if kind == 'sctp':
            return SCTP(sport=self.sport, dport=self.dport, chksum=1)
        if kind == 'icmp':
            self.icmp = rng.choice((0, 3, 8)), rng.choice((0, 4))
            return ICMP(type=self.icmp[0], code=self.icmp[1])
        if kind == 'icmpv6':
            self.icmp = rng.choice((128, 129)), rng.choice((0, 4))
            return ICMPv6EchoRequest(type=self.icmp[0], code=self.icmp[1])
        # A rule sees the outer header of a tunnel.
        self.proto = None
        inner = UDP(sport=rng.choice(PORTS), dport=rng.choice(PORTS))
        return {'gre': GRE() / IP(src='10.0.0.1', dst='10.0.0.2') / inner,
                'ipip': IP(src='10.0.0.1', dst='10.0.0.2') / inner,
                'ip6': IPv6(src='fd00::1', dst='fd00::2') / inner}[kind]

    def _addrs(self, pool):
        rng = self.rng
        self.saddr, self.daddr = rng.choice(pool), rng.choice(pool)
        self.tos = rng.choice((0, 0, 0x10, 0x28, 0xb8, 0x03))
        self.ttl = rng.choice((1, 64, 64, 63, 255))

    def _ipv4(self):
        rng = self.rng
        self._addrs(ADDRS4)
        l4 = self._l4(('tcp', 'tcp', 'udp', 'udp', 'icmp', 'sctp', 'gre', 'ipip',
                       'ip6') if rng.random() < 0.3 else ('tcp', 'udp', 'icmp'))
        ip = IP(src=self.saddr, dst=self.daddr, tos=self.tos, ttl=self.ttl,
                id=rng.randrange(65536))
        if rng.random() < 0.15:
            # The options are a router alert, and padding to some length.
            ip.options = [b'\x94\x04\0\0' + rng.choice((0, 4, 8, 36)) * b'\x01']
        if rng.random() < 0.3:
            self.frag = rng.choice(('first', 'mid', 'last'))
            ip.flags = 0 if self.frag == 'last' else 'MF'
            ip.frag = 0 if self.frag == 'first' else rng.choice((1, 100))
        elif rng.random() < 0.3:
            ip.flags = 'DF'
        if rng.random() < 0.03:
            ip.ihl = rng.choice((0, 4, 6, 15))
        return raw(ip / l4)

    def _ipv6(self):
        rng = self.rng
        self._addrs(ADDRS6)
        l4 = self._l4(('tcp', 'tcp', 'udp', 'udp', 'icmpv6', 'sctp', 'ip6', 'ipip')
                      if rng.random() < 0.3 else ('tcp', 'udp', 'icmpv6'))
        packet = IPv6(src=self.saddr, dst=self.daddr, tc=self.tos, hlim=self.ttl,
                      fl=rng.choice((0, 0, 77)))
        # With one extension header, the transport header is within the bytes that
        # hardware reads.
        if rng.random() < 0.15:
            packet /= rng.choice((IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt,
                                  IPv6ExtHdrRouting))()
        if rng.random() < 0.3:
            self.frag = rng.choice(('first', 'mid', 'last'))
            packet /= IPv6ExtHdrFragment(
                m=self.frag != 'last', id=7,
                offset=0 if self.frag == 'first' else rng.choice((1, 100)))
        return raw(packet / l4)


def near(rng, value, pool, p=0.12):
    """The value, or sometimes another one of the pool."""
    return rng.choice(pool) if rng.random() < p else value


def masked_number(rng, value, bits):
    """A number for tc: without a mask, or with a mask and no bit outside of it."""
    if rng.random() < 0.6:
        return str(value)
    ones = (1 << bits) - 1
    mask = rng.choice((1, ones << 1 & ones, ones << 3 & ones,
                       ones << bits // 2 & ones))
    return f'{value & mask:#x}/{mask:#x}'


def match_mac(rng, mac):
    mask = rng.choice(MAC_MASKS) if rng.random() < 0.5 else MAC_MASKS[0]
    masked = bytes(a & b for a, b in zip(mac_bytes(mac), mac_bytes(mask)))
    return f'{masked.hex(":")}/{mask}'


def match_addr(rng, addr):
    addr = ipaddress.ip_address(addr)
    plen = rng.choice((addr.max_prefixlen, addr.max_prefixlen, 24, 16, 8))
    net = ipaddress.ip_network((addr, plen), strict=False)
    return f'{net.network_address}/{plen}'


def match_l3(rng, f):
    """Matches on layers 3 and 4, in the order in which tc reads them."""
    v4 = f.type == IPV4
    pool = ADDRS4 if v4 else ADDRS6
    out = []
    if f.proto in ('tcp', 'udp', 'sctp', 'icmp', 'icmpv6') and rng.random() < 0.6:
        proto = near(rng, f.proto, ['tcp', 'udp', 'icmp' if v4 else 'icmpv6', 'sctp'])
        out.append(f'ip_proto {proto}')
        if proto in ('tcp', 'udp', 'sctp') and f.sport is not None:
            # A fragment has no ports: the switch must miss it as software does.
            for what, port in (('src_port', f.sport), ('dst_port', f.dport)):
                if rng.random() < 0.3:
                    port = near(rng, port, PORTS + [0])
                    out.append(f'{what} {masked_number(rng, port, 16)}')
        if proto == f.proto and proto in ('icmp', 'icmpv6'):
            for what, value, others in (('type', f.icmp[0], (0, 3, 8, 128, 129)),
                                        ('code', f.icmp[1], (0, 4))):
                if rng.random() < 0.4:
                    out.append(f'{what} {near(rng, value, others)}')
        if proto == 'tcp' and f.flags is not None and rng.random() < 0.35:
            flags = near(rng, f.flags, FLAGS)
            mask = rng.choice((0xfff, 0x12, 0x02, 0x17))
            out.append(f'tcp_flags {flags & mask:#x}/{mask:#x}')
    for what, addr in (('src_ip', f.saddr), ('dst_ip', f.daddr)):
        if rng.random() < 0.3:
            out.append(f'{what} {match_addr(rng, near(rng, addr, pool))}')
    if rng.random() < 0.25:
        fits = {None: ['nofrag', 'nofirstfrag', 'nofrag/nofirstfrag'],
                'first': ['frag', 'firstfrag', 'frag/firstfrag'],
                'mid': ['frag', 'nofirstfrag', 'frag/nofirstfrag'],
                'last': ['frag', 'nofirstfrag', 'frag/nofirstfrag']}
        out.append('ip_flags ' + rng.choice(fits[near(rng, f.frag, list(fits))]))
    if rng.random() < 0.12:
        out.append(f'ip_tos {masked_number(rng, f.tos, 8)}')
    if rng.random() < 0.12:
        out.append(f'ip_ttl {masked_number(rng, near(rng, f.ttl, [1, 64]), 8)}')
    return out


def match_arp(rng, f):
    """Matches on ARP."""
    out = []
    for what, addr in (('arp_tip', f.daddr), ('arp_sip', f.saddr)):
        if rng.random() < 0.4:
            out.append(f'{what} {match_addr(rng, near(rng, addr, ADDRS4))}')
    if rng.random() < 0.4:
        out.append(f'arp_op {near(rng, f.op, [1, 2])}')
    if rng.random() < 0.3:
        out.append('arp_sha ' + match_mac(rng, near(rng, f.sha, OTHERS)))
    return out


def match(rng, f, protocol):
    """Matches of a flower rule of this protocol that the frame may hit."""
    out = []
    inner = f.type
    if rng.random() < 0.3:
        out.append('dst_mac ' + match_mac(rng, near(rng, f.dst, OTHERS)))
    if rng.random() < 0.2:
        out.append('src_mac ' + match_mac(rng, near(rng, f.src, OTHERS)))
    if protocol in ('802.1q', '802.1ad'):
        inner = None
        _, prio, _, vid = f.tags[0]
        if rng.random() < 0.5:
            out.append(f'vlan_id {near(rng, vid, VIDS)}')
        if rng.random() < 0.25:
            out.append(f'vlan_prio {near(rng, prio, range(8))}')
        deeper = f.type >= 0x600 and f.type != PPPOE
        if len(f.tags) == 1 and deeper and rng.random() < 0.6:
            out.append(f'vlan_ethtype {proto_name(f.type)}')
            inner = f.type
        elif len(f.tags) > 1 and rng.random() < 0.6:
            tpid, prio, _, vid = f.tags[1]
            out.append(f'vlan_ethtype {proto_name(tpid)}')
            if rng.random() < 0.6:
                out.append(f'cvlan_id {near(rng, vid, VIDS)}')
            if rng.random() < 0.25:
                out.append(f'cvlan_prio {near(rng, prio, range(8))}')
            # tc refuses a match on a third tag, also as the type in the second one.
            if len(f.tags) == 2 and deeper and rng.random() < 0.6:
                out.append(f'cvlan_ethtype {proto_name(f.type)}')
                inner = f.type
    elif protocol == 'all':
        inner = None
    if inner in (IPV4, IPV6):
        out += match_l3(rng, f)
    elif inner == ARP_TYPE:
        out += match_arp(rng, f)
    return out


class RuleSet:
    """1 to 8 filters of a representor, made for some of the frames."""
    def __init__(self, rng, frames, macs, reps):
        self.rng, self.macs, self.reps = rng, macs, reps
        self.groups = {}	# (chain, prio): (kind, protocol)
        self.filters = []	# (chain, prio, protocol, kind, matches, actions)
        # Hardware limits the tags that the rules of one path push, so a frame gets
        # two tags at most.
        self.pushes = [0, 0, 0]
        for _ in range(2):
            self.pushes[rng.randrange(3)] += 1
        self.gotos = set()
        for _ in range(rng.randint(1, 8)):
            self._add(rng.choice(frames))

    def _add(self, f):
        rng = self.rng
        chain = 0
        if self.gotos and rng.random() < 0.6:
            chain = rng.choice(sorted(self.gotos))
        outer = f.tags[0][0] if f.tags else f.type
        if chain and rng.random() < 0.2:
            outer = rng.choice((CTAG, STAG, f.type))
        protocol = proto_name(outer)
        # Hardware can't match PPPoE sessions, and no rule can match a length.
        if rng.random() < 0.25 or outer < 0x600 or outer == PPPOE:
            protocol = 'all'
        if protocol in ('802.1q', '802.1ad') and not f.tags:
            matches = []
        else:
            matches = match(rng, f, protocol)
        kind = 'flower'
        if not matches and rng.random() < 0.7:
            kind = 'matchall'
        prio = rng.randint(1, 6)
        have = self.groups.get((chain, prio))
        # A priority has one kind and one protocol, and one filter if it is matchall.
        if have and (have != (kind, protocol) or kind == 'matchall'):
            free = [p for p in range(1, 12) if (chain, p) not in self.groups]
            prio = rng.choice(free)
        new = (chain, prio, protocol, kind, ' '.join(matches))
        if any(old[:5] == new for old in self.filters):
            return
        self.groups[chain, prio] = (kind, protocol)
        self.filters.append(new + (self._actions(chain, f),))

    def _mac(self):
        return self.rng.choice(self.macs + OTHERS)

    def _push(self):
        rng = self.rng
        out = f'vlan push id {rng.choice(VIDS)}'
        if rng.random() < 0.4:
            out += ' protocol ' + rng.choice(('802.1q', '802.1ad', '802.1ad'))
        if rng.random() < 0.4:
            out += f' priority {rng.randint(1, 7)}'
        return out + ' pipe'

    def _modify(self):
        # A driver can't tell a priority of 0 from none.
        rng = self.rng
        out = f'vlan modify id {rng.choice(VIDS)}'
        if rng.random() < 0.4:
            out += ' protocol ' + rng.choice(('802.1q', '802.1ad'))
        if rng.random() < 0.4:
            out += f' priority {rng.randint(1, 7)}'
        return out + ' pipe'

    def _pedit(self):
        rng = self.rng
        what = rng.choice((('dst',), ('src',), ('dst', 'src')))
        return 'pedit ex ' + ' '.join(f'munge eth {w} set {self._mac()}'
                                      for w in what) + ' pipe'

    def _actions(self, chain, f):
        rng = self.rng
        out = []
        pushes = self.pushes[chain]
        for _ in range(rng.choices((0, 1, 2, 3, 4), (35, 30, 20, 10, 5))[0]):
            what = rng.choices(('mirror', 'push', 'pop', 'modify', 'pedit'),
                               (30, 20, 20 if f.tags else 4,
                                15 if f.tags else 4, 20))[0]
            if what == 'push':
                if not pushes:
                    continue
                pushes -= 1
                out.append(self._push())
            elif what == 'pop':
                out.append('vlan pop pipe')
            elif what == 'modify':
                out.append(self._modify())
            elif what == 'pedit':
                out.append(self._pedit())
            else:
                out.append(f'mirred egress mirror dev {rng.choice(self.reps)} pipe')
        last = rng.choices(('redirect', 'drop', 'pass', 'goto', ''),
                           (40, 8, 12, 45 if chain < 2 else 0, 15 if out else 0))[0]
        if last == 'redirect':
            out.append(f'mirred egress redirect dev {rng.choice(self.reps)}')
        elif last == 'goto':
            to = rng.randint(chain + 1, 2)
            self.gotos.add(to)
            out.append(f'goto chain {to}')
        elif last:
            out.append(last)
        return ''.join(f' action {a}' for a in out)

    def commands(self, dev, skip):
        """skip: skip_hw, skip_sw, or mixed: a choice for each priority"""
        return [f'filter add dev {dev} ingress chain {chain} prio {prio} '
                f'protocol {protocol} {kind} '
                f'{self.where[chain, prio] if skip == "mixed" else skip} {matches}{actions}'
                for chain, prio, protocol, kind, matches, actions in self.filters]

    def mix(self, rng, frames):
        """Keep some rules from the switch, and add rules that it can't have."""
        self.where = {key: rng.choice(('', '', '', 'skip_hw')) for key in self.groups}
        self.others = []
        self.reps_out = rng.sample(self.reps, rng.choice((0, 0, 1, 2)))
        for _ in range(rng.choice((0, 1, 1, 2))):
            self._other(rng, rng.choice(frames), '@ ingress', 3)
        for rep in self.reps_out:
            self._other(rng, rng.choice(frames), f'{rep} egress', 1)

    def _other(self, rng, f, where, chains):
        """Add a rule of a classifier or with a match that the switch does not know."""
        chain = rng.choice([0] * 3 + list(self.gotos)) if chains > 1 else 0
        prio = rng.choice([p for p in range(1, 16) if (chain, p) not in self.groups])
        self.groups[chain, prio] = self.where[chain, prio] = ''
        kinds = [(proto_name(f.tags[0][0] if f.tags else f.type)
                  if f.tags or f.type >= 0x600 else 'all', 'basic'),
                 ('all', 'matchall skip_hw'),
                 ('all', f'flower dst_mac {match_mac(rng, f.dst)} skip_hw')]
        if f.type in (IPV4, IPV6) and not f.tags:
            name = proto_name(f.type)
            if f.proto in ('tcp', 'udp', 'sctp'):
                kinds += 3 * [(name, f'flower ip_proto {f.proto} dst_port '
                               f'{max(f.dport - rng.randrange(50), 1)}-{f.dport + 5}')]
            if f.type == IPV4:
                kinds += 2 * [(name, f'u32 match ip dst {f.daddr}/24'),
                              (name, 'u32 match ip protocol 17 0xff')]
            kinds.append((name, 'flower ct_state -trk'))
        elif f.tags:
            kinds.append((proto_name(f.tags[0][0]), f'flower num_of_vlans {len(f.tags)}'))
        protocol, match_it = rng.choice(kinds)
        acts = ['drop', 'drop', 'pass', 'continue',
                f'mirred egress mirror dev {rng.choice(self.reps)}',
                'skbedit priority 3', f'pedit ex munge eth dst set {self._mac()} pipe']
        if chains > 1:
            acts.append(f'mirred egress redirect dev {rng.choice(self.reps)}')
        kind, _, rest = match_it.partition(' ')
        self.others.append(f'filter add dev {where} chain {chain} prio {prio} '
                           f'protocol {protocol} {kind} {rest} action {rng.choice(acts)}')


class Pair:
    """A rule set and frames, the same for the same seed and number."""
    def __init__(self, seed, number, macs, reps):
        """macs: of the subfunctions; reps: of the subfunctions and of the uplink"""
        rng = random.Random(f'{seed}/{number}')
        self.number = number
        self.sender = rng.randrange(len(reps)) if rng.random() < 0.5 else 0
        own = macs[self.sender] if self.sender < len(macs) else None
        self.frames = [Frame(rng, macs, own) for _ in range(rng.randint(4, 10))]
        self.rules = RuleSet(rng, self.frames, macs, reps)
        # Send the frames one by one, or all at once.
        self.burst = rng.random() < 0.5
        # About half of the rule sets are wholly in the switch.
        self.mixed = rng.random() < 0.5
        if self.mixed:
            self.rules.mix(rng, self.frames)


    def commands(self, dev, skip):
        out = self.rules.commands(dev, skip)
        if self.mixed:
            # An operator may add rules in any order.
            out += [c.replace('@', dev) for c in self.rules.others]
            random.Random(self.number).shuffle(out)
        return out


class Place(Netdev):
    """A packet socket that is read without waiting."""
    def __init__(self, name):
        super().__init__(name)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.setblocking(False)

    def drain(self):
        frames = []
        while True:
            try:
                data, ancillary, _, addr = self.sock.recvmsg(65536, 64)
            except BlockingIOError:
                return frames
            if addr[2] != self.PACKET_OUTGOING:
                frames.append(self._frame(data, ancillary))


class Queue(RawQP):
    """A raw packet QP that sends several frames at once."""
    BURST = 16

    def __init__(self, port):
        super().__init__(port)
        self.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
        self.out = MR(port.pd, SLOT * self.BURST, e.IBV_ACCESS_LOCAL_WRITE)

    def send_all(self, frames):
        wr, keep = None, []
        for i, data in reversed(list(enumerate(frames))):
            self.out.write(data, len(data), i * SLOT)
            sge = SGE(self.out.buf + i * SLOT, len(data), self.out.lkey)
            wr = SendWR(wr_id=raw_qp.DEPTH, num_sge=1, sg=[sge], next_wr=wr,
                        send_flags=e.IBV_SEND_SIGNALED)
            keep.append(wr)
        self.qp.post_send(wr)

    def drain(self):
        frames = []
        while True:
            _, wcs = self.cq.poll(raw_qp.DEPTH)
            if not wcs:
                return frames
            for wc in wcs:
                assert wc.status == e.IBV_WC_SUCCESS, wc
                if wc.wr_id != raw_qp.DEPTH:
                    frames.append(self.mr.read(wc.byte_len, wc.wr_id * SLOT))
                    self.post(wc.wr_id)


class Lab:
    """All places that a frame can be sent from or arrive at."""
    def __init__(self, devs, reps):
        # On one CPU, the backlog keeps the order of frames.
        os.sched_setaffinity(0, {0})
        self.reps = reps
        self.senders = [Queue(Port(dev)) for dev in devs]
        self.wire = Place('wire1')
        self.places = {f'queue of {r}': q for r, q in zip(reps, self.senders)}
        self.places['wire'] = self.wire
        for i, rep in enumerate(reps):
            self.places[f'passed by {rep}'] = Place(f'seen{i + 1}')
        self.mark = Netdev('mark0'), Netdev('mark1')
        self.dev = reps[0]
        self.hooked = {self.dev}
        tc([f'qdisc add dev {self.dev} clsact'])

    def settle(self):
        """Wait until frames of the backlog, and those made of them, have arrived."""
        mark = bytes.fromhex('020000000001020000000002') + b'\x88\xb5' + bytes(46)
        # A frame from the wire is in a backlog up to three times: of the wire, the
        # representor and the bridge.
        for _ in range(4):
            self.mark[0].send(mark)
            assert self.mark[1].sock.recv(2048) == mark

    def collect(self):
        self.settle()
        return {name: frames for name, place in self.places.items()
                if (frames := place.drain())}

    def send(self, sender, frames):
        if sender < len(self.senders):
            self.senders[sender].send_all(frames)
        else:
            for data in frames:
                self.wire.send(data)

    def run(self, pair, skip):
        """Return the frames that arrive for each burst, and the hits of the run
        before."""
        commands = [f'filter show dev {self.dev} ingress']
        commands += [f'qdisc del dev {dev} clsact' for dev in self.hooked]
        self.dev = self.reps[pair.sender]
        self.hooked = {self.dev}
        if pair.mixed:
            self.hooked |= set(pair.rules.reps_out)
        commands += [f'qdisc add dev {dev} clsact' for dev in sorted(self.hooked)]
        commands += pair.commands(self.dev, skip)
        shown = tc(commands)
        data = [f.data for f in pair.frames]
        bursts = [data] if pair.burst else [[d] for d in data]
        out = []
        for burst in bursts:
            self.send(pair.sender, burst)
            out.append((burst, self.collect()))
        return out, shown


def tc(commands):
    """Run a batch; all must be accepted. Return the filters it showed."""
    text = '\n'.join(commands) + '\n'
    done = subprocess.run(['tc', '-s', '-j', '-batch', '-'], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f'tc refused one of:\n{text}it says:\n{done.stdout}')
    shown, decoder, rest = [], json.JSONDecoder(), done.stdout.strip()
    while rest:
        value, end = decoder.raw_decode(rest)
        shown += value
        rest = rest[end:].strip()
    return hits(shown)


def hits(shown):
    """The number of frames that hit each filter."""
    out = {}
    for f in shown:
        options = f.get('options') or {}
        if options.get('actions'):
            key = (f['chain'], f['pref'], f['kind'], options.get('handle'))
            out[key] = options['actions'][0]['stats']['packets']
    return out


def hexed(result):
    return ''.join(f'    {place}:\n' + ''.join(f'      {f.hex()}\n' for f in frames)
                   for place, frames in result.items()) or '    nowhere\n'


def compare(seed, lab, pair, soft, hard):
    """Print the differences. Return whether there are none."""
    text = []
    # In a burst, frames that come back to the sender through the kernel's software
    # arrive after those that never leave the port. With mixed rules, frames on the
    # slow path arrive later than others everywhere.
    loose = lab.places if pair.mixed else [f'queue of {lab.reps[pair.sender]}']
    if not pair.burst:
        loose = []
    for (burst, a), (_, b) in zip(soft[0], hard[0]):
        if all(a.get(p) == b.get(p) or
               p in loose and sorted(a.get(p, [])) == sorted(b.get(p, []))
               for p in lab.places):
            continue
        text.append(''.join(f'  sent {f.hex()}\n' for f in burst) +
                    f'  in software:\n{hexed(a)}  offloaded:\n{hexed(b)}')
        if all(sorted(a.get(p, [])) == sorted(b.get(p, [])) for p in lab.places):
            text[-1] += '  (only the order differs)\n'
    for key in sorted(soft[1] | hard[1]):
        # A rule in switch and software counts a frame twice that goes on to the
        # slow path.
        if pair.mixed and hard[1].get(key, 0) >= soft[1].get(key, 0):
            continue
        if soft[1].get(key) != hard[1].get(key):
            text.append(f'  filter {key}: {soft[1].get(key)} frames in software, '
                        f'{hard[1].get(key)} offloaded\n')
    if not text:
        return True
    dev = lab.reps[pair.sender]
    print(f'DIFFERENT: SEED={seed} ONLY={pair.number}: from the '
          f'{"wire" if pair.sender == len(lab.senders) else "subfunction"} of {dev}, '
          f'{"at once" if pair.burst else "one by one"}, rules')
    print(''.join(f'  tc {c}\n' for c in pair.commands(
        dev, 'mixed' if pair.mixed else 'skip_sw')) +
          ''.join(text), flush=True)
    return False


def main(devs, reps):
    seed, only = os.environ.get('SEED') or '1', os.environ.get('ONLY')
    n = int(os.environ.get('PAIRS') or 220)
    macs = [f'02:00:00:00:01:0{i + 1}' for i in range(len(devs))]
    print(f'seed {seed}, {n} pairs', flush=True)
    start = time.monotonic()
    lab = Lab(devs, reps)
    lab.collect()
    total = dict.fromkeys(('sent', 'delivered', 'dropped', 'modified', 'copies',
                           'passed'), 0)
    differ, hit, filters = [], 0, 0
    for number in [int(only)] if only else range(n):
        pair = Pair(seed, number, macs, reps)
        # With one order of the runs, state that a run leaves behind would stay
        # hidden.
        order = ['skip_hw', 'mixed' if pair.mixed else 'skip_sw']
        if number % 2:
            order.reverse()
        first, _ = lab.run(pair, order[0])
        second, first_hits = lab.run(pair, order[1])
        second_hits = tc([f'filter show dev {lab.dev} ingress'])
        runs = dict(zip(order, ((first, first_hits), (second, second_hits))))
        soft = runs.pop('skip_hw')
        [hard] = runs.values()
        if not compare(seed, lab, pair, soft, hard):
            differ.append(number)
        hit += any(soft[1].values())
        filters += len(pair.rules.filters)
        for burst, result in soft[0]:
            got = [f for frames in result.values() for f in frames]
            total['sent'] += len(burst)
            total['copies'] += len(got)
            total['modified'] += len(set(got) - set(burst))
            total['passed'] += sum(len(frames) for place, frames in result.items()
                                   if place.startswith('passed'))
            if not pair.burst:
                total['delivered' if got else 'dropped'] += 1
    print(f'{n} pairs, {filters} filters, {hit} rule sets hit; of frames: ' +
          ', '.join(f'{v} {k}' for k, v in total.items()) +
          f'; {time.monotonic() - start:.0f} s')
    if differ:
        sys.exit(f'{len(differ)} pairs differ: {differ}')
    if 2 * hit < n and not only:
        sys.exit('frames hit too few of the rule sets')
    print('ok - equal in software and offloaded')


if __name__ == '__main__':
    main(sys.argv[1].split(), sys.argv[2].split())
