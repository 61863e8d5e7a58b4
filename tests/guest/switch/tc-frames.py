# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Send frames that hit tc rules, and check where they arrive; for tc.sh.

Arguments: three RDMA devices, and --NAME for each test to run.
"""
import os
import shlex
import subprocess
import sys
import time

from mfraw_test import enums as e
from mfraw_test.packets import (ARP, GRE, ICMP, IP, SCTP, TCP, UDP, Dot1AD,
                                Dot1Q, Ether, ICMPv6EchoRequest, IPv6,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, Raw)
from mfraw_test.raw import Netdev, Port, RawQP
from mfraw_test.tc import Rules, counters, run

A, B, C = 'mfnic0sf101', 'mfnic0sf102', 'mfnic0sf103'
MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
MAC3, ELSE = '02:00:00:00:01:03', '02:00:00:00:77:77'
TO_B = f'action mirred egress redirect dev {B}'
TO_C = f'action mirred egress redirect dev {C}'
MIRROR_B = f'action mirred egress mirror dev {B}'

flags = [a for a in sys.argv[1:] if a.startswith('--')]
one, two, three = (Port(a) for a in sys.argv[1:] if not a.startswith('--'))
tx, at_b, at_c = RawQP(one), RawQP(two), RawQP(three)
at_b.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
at_c.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
at_a = Netdev(A)


def case(text, got, want):
    def show(value):
        if isinstance(value, bytes):
            return value.hex()
        if isinstance(value, (list, tuple)):
            return [show(v) for v in value]
        return value

    assert got == want, f'{text}: got {show(got)}, want {show(want)}'
    print('ok -', text, flush=True)


def eth(*layers, src=MAC1, dst=ELSE, **kwargs):
    packet = Ether(src=src, dst=dst, **kwargs)
    for layer in layers:
        packet /= layer
    return bytes(packet / Raw(b'mfraw' * 8))


def post(frame):
    tx.send(frame)
    tx.cq.poll(4)


def send(*frames):
    """Send frames. Return those that arrive at port B, at port C and at A's
    representor."""
    for f in frames:
        post(f)
    time.sleep(0.002)
    return at_b.received(), at_c.received(), at_a.received(0.02)


ip = IP(src='10.0.0.1', dst='10.0.0.2')
ip6 = IPv6(src='2001:db8::1', dst='2001:db8::2')
udp = UDP(sport=1000, dport=53)
tagged = eth(Dot1Q(vlan=5), ip, udp)
plain = eth(ip, udp)
first = IP(src='10.0.0.1', dst='10.0.0.2', flags='MF')
later = IP(src='10.0.0.1', dst='10.0.0.2', frag=4)
arp = eth(ARP(psrc='10.0.0.1', pdst='10.0.0.2'))
qinq = eth(Dot1AD(vlan=5), Dot1Q(vlan=6), ip, udp)
double = eth(Dot1Q(vlan=5), Dot1Q(vlan=6), ip, udp)
syn, synack = TCP(sport=1000, dport=80, flags='S'), TCP(dport=80, flags='SA')
every = [plain, tagged, arp, qinq, double, eth(ip6, udp), eth(ip, syn),
         eth(first, udp), eth(later, udp), eth(type=0x88b5)]

# protocol, match, frames that match, frames that do not
MATCHES = [
    ('all', '', every, []),
    ('all', f'dst_mac {MAC2}', [eth(ip, udp, dst=MAC2),
                                eth(Dot1Q(vlan=1), ip, dst=MAC2)], [plain, arp]),
    ('all', 'dst_mac 01:00:00:00:00:00/01:00:00:00:00:00',
     [eth(ip, dst='ff:ff:ff:ff:ff:ff'), eth(ip, dst='33:33:00:00:00:01')],
     [plain]),
    ('all', f'src_mac {MAC1} dst_mac {MAC3}', [eth(ip, dst=MAC3)], [plain]),
    ('all', f'indev {A}', every, []),
    ('ip', '', [plain, eth(first, udp), eth(ip, syn)],
     [arp, eth(ip6, udp), tagged, qinq, eth(type=0x88b5)]),
    ('arp', '', [arp], [plain, tagged, eth(Dot1Q(vlan=5), ARP())]),
    ('0x88b5', '', [eth(type=0x88b5)], [plain, eth(Dot1Q(type=0x88b5))]),
    ('802.1q', '', [tagged, double, eth(Dot1Q(vlan=0), ip)], [plain, qinq]),
    ('802.1q', 'vlan_id 5', [tagged, double, eth(Dot1Q(vlan=5, prio=3), ip)],
     [plain, qinq, eth(Dot1Q(vlan=6), ip)]),
    ('802.1q', 'vlan_prio 3', [eth(Dot1Q(vlan=7, prio=3), ARP())],
     [tagged, plain]),
    ('802.1q', 'vlan_prio 0 vlan_id 5', [tagged],
     [eth(Dot1Q(vlan=5, prio=1), ip), plain]),
    ('802.1q', 'vlan_id 5 vlan_ethtype ip', [tagged],
     [double, plain, eth(Dot1Q(vlan=5), ARP())]),
    ('802.1ad', 'vlan_id 5', [qinq, eth(Dot1AD(vlan=5), ip)], [tagged, double]),
    ('802.1ad', 'vlan_id 5 vlan_ethtype ip', [eth(Dot1AD(vlan=5), ip)], [qinq]),
    ('802.1ad', 'vlan_ethtype 802.1q', [qinq], [double, eth(Dot1AD(vlan=5), ip)]),
    ('802.1ad', 'vlan_id 5 vlan_ethtype 802.1q cvlan_id 6', [qinq],
     [double, tagged, eth(Dot1AD(vlan=5), Dot1Q(vlan=5), ip, udp),
      eth(Dot1AD(vlan=5), Dot1AD(vlan=6), ip, udp),
      eth(Dot1Q(vlan=6), Dot1Q(vlan=5), ip, udp)]),
    ('802.1q', 'vlan_ethtype 802.1q cvlan_id 6 cvlan_prio 3 cvlan_ethtype ip',
     [eth(Dot1Q(vlan=5), Dot1Q(vlan=6, prio=3), ip, udp)],
     [double, eth(Dot1Q(vlan=5), Dot1Q(vlan=6, prio=3), ARP()),
      eth(Dot1Q(vlan=5), Dot1Q(vlan=6, prio=3), Dot1Q(vlan=7), ip, udp)]),
    ('802.1q', 'vlan_ethtype ip dst_ip 10.0.0.2 ip_proto udp dst_port 53',
     [tagged], [plain, double, eth(Dot1Q(vlan=5), ip, UDP(dport=54))]),
    ('ip', 'src_ip 10.0.0.1', [plain], [eth(IP(src='10.0.0.3'), udp)]),
    ('ip', 'dst_ip 10.0.0.0/24', [plain], [eth(IP(dst='10.0.1.2'), udp)]),
    ('ip', 'dst_ip 0.0.0.0/0 src_ip 10.0.0.1', [plain], [tagged]),
    ('ipv6', 'src_ip 2001:db8::/64', [eth(ip6, udp)],
     [plain, eth(IPv6(src='2001:db9::1'), udp)]),
    ('ipv6', 'dst_ip 2001:db8::2', [eth(ip6, syn)],
     [eth(IPv6(src='2001:db8::2', dst='2001:db8::1'), udp)]),
    ('ip', 'ip_proto udp', [plain, eth(first, udp), eth(later, udp)],
     [eth(ip, syn), eth(ip, ICMP())]),
    ('ip', 'ip_proto icmp', [eth(ip, ICMP())], [plain]),
    ('ip', 'ip_proto icmp type 8', [eth(ip, ICMP()), eth(ip, ICMP(code=3))],
     [plain, eth(ip, ICMP(type=0)), eth(ip6, ICMPv6EchoRequest())]),
    ('ip', 'ip_proto icmp type 3 code 4', [eth(ip, ICMP(type=3, code=4))],
     [eth(ip, ICMP(type=3, code=3)), eth(ip, ICMP(type=4, code=4))]),
    ('ipv6', 'ip_proto icmpv6 type 128', [eth(ip6, ICMPv6EchoRequest())],
     [eth(ip6, udp), eth(ip, ICMP())]),
    ('arp', 'arp_op request', [arp], [eth(ARP(op=2)), plain]),
    ('arp', 'arp_sip 10.0.0.0/24 arp_tip 10.0.0.2', [arp],
     [eth(ARP(psrc='10.0.1.1', pdst='10.0.0.2')), eth(ARP(psrc='10.0.0.1'))]),
    ('arp', f'arp_sha {MAC1}', [eth(ARP(hwsrc=MAC1))], [eth(ARP(hwsrc=MAC2))]),
    ('802.1q', 'vlan_ethtype arp arp_op reply', [eth(Dot1Q(vlan=5), ARP(op=2))],
     [eth(Dot1Q(vlan=5), ARP(op=1)), eth(ARP(op=2))]),
    # Fragments have no ports.
    ('ip', 'ip_proto udp dst_port 53', [plain],
     [eth(first, udp), eth(later, udp), eth(ip, UDP(dport=54)),
      eth(ip, TCP(dport=53))]),
    ('ip', 'ip_proto udp src_port 1000', [plain], [eth(ip, UDP(sport=9))]),
    ('ip', 'ip_proto udp dst_port 48/0xfff0', [plain],
     [eth(ip, UDP(dport=64))]),
    ('ip', 'ip_proto tcp dst_port 80', [eth(ip, syn)], [plain]),
    ('ip', 'ip_proto sctp dst_port 80', [eth(ip, SCTP(dport=80))],
     [eth(ip, syn), plain]),
    ('ipv6', 'ip_proto udp dst_port 53',
     [eth(ip6, udp), eth(ip6, IPv6ExtHdrHopByHop(), udp)],
     [eth(ip6, syn), eth(ip6, IPv6ExtHdrFragment(m=1), udp)]),
    ('ip', 'ip_proto tcp tcp_flags 0x2/0x12', [eth(ip, syn)],
     [eth(ip, synack), eth(first, syn)]),
    ('ip', 'ip_flags frag', [eth(first, udp), eth(later, udp)], [plain]),
    ('ip', 'ip_flags nofrag', [plain], [eth(first, udp), eth(later, udp)]),
    ('ip', 'ip_flags firstfrag', [eth(first, udp)], [eth(later, udp), plain]),
    ('ip', 'ip_flags frag/nofirstfrag', [eth(later, udp)],
     [eth(first, udp), plain]),
    ('ipv6', 'ip_flags frag', [eth(ip6, IPv6ExtHdrFragment(m=1), udp)],
     [eth(ip6, udp)]),
    ('ip', 'ip_tos 0x20/0xfc', [eth(IP(tos=0x21), udp)], [plain]),
    ('ipv6', 'ip_tos 0x20', [eth(IPv6(tc=0x20), udp)], [eth(ip6, udp)]),
    ('ip', 'ip_ttl 7', [eth(IP(ttl=7), udp)], [plain]),
    ('ipv6', 'ip_ttl 7', [eth(IPv6(hlim=7), udp)], [eth(ip6, udp)]),
    # A rule sees the outer header of a tunnel. tc reads these numbers as hexadecimal.
    ('ip', 'ip_proto 2f dst_ip 10.9.9.9',
     [eth(IP(dst='10.9.9.9'), GRE(), ip, udp)], [eth(ip, GRE(), IP(dst='10.9.9.9'))]),
    ('ip', 'ip_proto 4', [eth(IP(dst='10.9.9.9'), ip, udp)], [plain]),
    ('ip', 'ip_proto udp dst_port 53', [plain], [eth(IP(), ip, udp)]),
]


def test_matches(mode):
    for proto, match, hits, misses in MATCHES:
        rule = f'protocol {proto} flower {mode} {match} {TO_B}'
        with Rules(A, rule):
            got = send(*hits)
            want = (hits, [], hits if mode == 'skip_hw' else [])
            case(f'{mode} {proto} {match}: hits', got, want)
            case(f'{mode} {proto} {match}: misses', send(*misses),
                 ([], [], misses))
    for proto, hits in (('all', every), ('ip', [plain, eth(first, udp)]),
                        ('802.1q', [tagged, double])):
        with Rules(A, f'protocol {proto} matchall {mode} {TO_B}'):
            got = send(*every)[0]
            want = [f for f in every if f in hits or
                    proto == 'ip' and f[12:14] == b'\x08\x00']
            case(f'{mode} {proto} matchall', got, want)


retag = eth(Dot1Q(vlan=9, prio=0), ip, udp)
prio3 = eth(Dot1Q(vlan=5, prio=3, id=1), ip, udp)
new_macs = eth(ip, udp, src=MAC3, dst=MAC2)
at_mtu = plain + bytes(600 - len(plain))
PEDIT = f'action pedit ex munge eth src set {MAC3} munge eth dst set {MAC2} pipe'

# actions, frame, frames that B gets, frames that C gets
ACTIONS = [
    ('action drop', plain, [], []),
    (TO_C, plain, [], [plain]),
    (f'action mirred egress redirect dev {A}', plain, [], []),
    (f'{MIRROR_B} {TO_C}', plain, [plain], [plain]),
    (f'{MIRROR_B} {MIRROR_B} action drop', plain, [plain, plain], []),
    (f'action vlan push id 5 {TO_B}', plain, [tagged], []),
    (f'action vlan push id 9 priority 6 protocol 802.1ad {TO_B}', tagged,
     [eth(Dot1AD(vlan=9, prio=6), Dot1Q(vlan=5), ip, udp)], []),
    (f'action vlan push id 6 action vlan push id 5 protocol 802.1ad {TO_B}',
     plain, [qinq], []),
    (f'action vlan pop {TO_B}', tagged, [plain], []),
    (f'action vlan pop {TO_B}', plain, [plain], []),
    (f'action vlan pop {TO_B}', double, [eth(Dot1Q(vlan=6), ip, udp)], []),
    (f'action vlan pop action vlan pop {TO_B}', qinq, [plain], []),
    (f'action vlan pop action vlan push id 5 {TO_B}', qinq,
     [double], []),
    (f'action vlan modify id 9 {TO_B}', tagged, [retag], []),
    (f'action vlan modify id 9 {TO_B}', prio3,
     [eth(Dot1Q(vlan=9, prio=3, id=1), ip, udp)], []),
    (f'action vlan modify id 9 priority 5 {TO_B}', prio3,
     [eth(Dot1Q(vlan=9, prio=5, id=1), ip, udp)], []),
    (f'action vlan modify id 9 protocol 802.1ad {TO_B}', tagged,
     [eth(Dot1AD(vlan=9), ip, udp)], []),
    (f'action vlan modify id 9 {TO_B}', plain, [plain], []),
    (f'{PEDIT} {TO_B}', plain, [new_macs], []),
    (f'action pedit ex munge eth dst set {MAC2} pipe {TO_B}', tagged,
     [eth(Dot1Q(vlan=5), ip, udp, dst=MAC2)], []),
    # A mirror sees the frame with the changes of the actions before.
    (f'{MIRROR_B} {PEDIT} {MIRROR_B} action vlan push id 5 {TO_C}', plain,
     [plain, new_macs], [eth(Dot1Q(vlan=5), ip, udp, src=MAC3, dst=MAC2)]),
    (f'action police rate 1gbit burst 100k conform-exceed drop/pipe {TO_B}',
     plain, [plain], []),
    (f'action police rate 1gbit burst 100k mtu 600 conform-exceed drop/pipe '
     f'{TO_B}', at_mtu, [at_mtu], []),
    (f'action police rate 1gbit burst 100k mtu 600 conform-exceed drop/pipe '
     f'{TO_B}', at_mtu + b'x', [], []),
    (f'action police mtu 1000 conform-exceed drop/pipe {TO_B}', plain, [plain],
     []),
]


def test_actions(mode):
    for actions, frame, b, c in ACTIONS:
        with Rules(A, f'protocol all matchall {mode} {actions}'):
            got = send(frame)[:2]
            case(f'{mode} {actions}', got, (b, c))


def test_order(mode):
    """Lower priorities come first. Rules can go to a chain, pass or continue."""
    flower = f'protocol all flower {mode}'
    with Rules(A, f'prio 3 protocol ip flower {mode} {TO_C}',
               f'prio 2 protocol ip flower {mode} ip_proto udp {TO_B}',
               f'prio 4 {flower} action drop'):
        case(f'{mode} priorities', send(plain, eth(ip, syn), arp)[:2],
             ([plain], [eth(ip, syn)]))
    # Within a priority, the rule whose mask was added first comes first.
    with Rules(A, f'prio 1 protocol ip flower {mode} ip_proto udp {TO_B}',
               f'prio 1 protocol ip flower {mode} dst_ip 10.0.0.2 {TO_C}'):
        case(f'{mode} masks', send(plain, eth(ip, syn))[:2],
             ([plain], [eth(ip, syn)]))
    with Rules(A, f'prio 1 protocol ip flower {mode} ip_proto udp action pass',
               f'prio 2 protocol all matchall {mode} {TO_B}'):
        case(f'{mode} pass', send(plain, arp)[0], [arp])
    with Rules(A, f'prio 1 chain 7 protocol ip flower {mode} ip_proto udp {TO_B}',
               f'prio 1 chain 0 protocol 802.1q flower {mode} vlan_id 5 '
               'action vlan pop action goto chain 7',
               f'prio 2 chain 7 protocol all matchall {mode} {TO_C}'):
        synq = eth(Dot1Q(vlan=5), ip, syn)
        case(f'{mode} goto after a change of the frame',
             send(tagged, synq, plain)[:2], ([plain], [eth(ip, syn)]))
    with Rules(A, f'prio 1 protocol all matchall {mode} action goto chain 9',
               f'prio 1 chain 9 protocol ip flower {mode} action goto chain 10',
               f'prio 1 chain 10 protocol ip flower {mode} ip_proto udp {TO_B}',
               f'prio 2 protocol all matchall {mode} {TO_C}'):
        # A miss in a chain ends the lookup.
        case(f'{mode} goto twice', send(plain, arp, eth(ip, syn))[:2],
             ([plain], []))
    police = 'action police rate 1gbit burst 100k conform-exceed drop'
    with Rules(A, f'prio 1 protocol all matchall {mode} {police}/continue',
               f'prio 2 protocol ip flower {mode} ip_proto udp {TO_B}',
               f'prio 3 protocol all matchall {mode} {TO_C}'):
        case(f'{mode} police, then other rules', send(plain, arp)[:2],
             ([plain], [arp]))
    with Rules(A, f'prio 1 protocol all matchall {mode} {police}/ok {TO_B}',
               f'prio 2 protocol all matchall {mode} {TO_C}'):
        case(f'{mode} police, then no other rule', send(plain, arp)[:2], ([], []))


def hw_stats(rule):
    return [(a['stats'].get('hw_packets', 0), a['stats'].get('hw_bytes', 0),
             a['stats']['drops']) for a in rule['options']['actions']]


def test_stats():
    with Rules(A, f'protocol ip flower skip_sw {TO_B}',
               f'protocol arp flower skip_sw {MIRROR_B} action drop') as rules:
        show = rules.show()
        case('in_hw', [(r['options']['in_hw'], r['options']['in_hw_count'])
                       for r in show], [(True, 1)] * 2)
        case('no frames', [hw_stats(r) for r in show],
             [[(0, 0, 0)], [(0, 0, 0)] * 2])
        time.sleep(5.1)
        before = rules.show()[0]['options']['actions'][0]['last_used']
        send(*[plain] * 5, arp)
        show = rules.show()
        case('frames, bytes and drops are counted', [hw_stats(r) for r in show],
             [[(5, 5 * len(plain), 0)],
              [(1, len(arp), 0), (1, len(arp), 1)]])
        case('the kind of counter',
             show[0]['options']['actions'][0]['used_hw_stats'], ['immediate'])
        after = show[0]['options']['actions'][0]['last_used']
        assert before >= 5 and after < before, (before, after)
        print('ok - last used', before, 'and', after)
        send(plain)
        case('the count goes on', hw_stats(rules.show()[0]), [(6, 6 * len(plain), 0)])
    for kind, want in (('delayed', 1), ('immediate', 1), ('disabled', 0)):
        with Rules(A, 'protocol ip flower skip_sw '
                   f'{TO_B} hw_stats {kind}') as rules:
            send(plain)
            show = rules.show()[0]
            case(f'hw_stats {kind}', hw_stats(show)[0][0], want)


RATE, BURST = 100, 20


def policed(text, rule):
    """Send 1000 frames in 2 s or more. The rule passes as many as a bucket of that
    rate and burst does that gets the frames at the times at which they are sent."""
    with Rules(A, rule) as rules:
        n, passed, bucket = 0, 0, BURST
        start = last = time.monotonic()
        for i in range(1000):
            while (now := time.monotonic()) < start + i / 500:
                pass
            bucket = min(BURST, bucket + (now - last) * RATE)
            last = now
            if bucket >= 1:
                bucket -= 1
                passed += 1
            post(plain)
            if i % 16 == 15:
                n += len(at_b.received())
        n += len(at_b.received())
        stats = hw_stats(rules.show()[0])
    assert passed * 0.9 - 2 <= n <= passed * 1.1 + 2, (n, passed)
    case(text, (stats[0][0], stats[0][2]), (1000, 1000 - n))


def test_police():
    policed('policed by packets', 'protocol ip matchall skip_sw action police '
            f'pkts_rate {RATE} pkts_burst {BURST} conform-exceed drop/pipe {TO_B}')
    policed('policed by bytes', 'protocol ip matchall skip_sw action police '
            f'rate {RATE * 8 * len(plain)}bit burst {BURST * len(plain)} '
            f'conform-exceed drop/pipe {TO_B}')
    # Rules that refer to one police action share its bucket.
    run('tc actions add action police index 5 pkts_rate 1 pkts_burst 10 '
        'conform-exceed drop/pipe')
    shared = f'action police index 5 {TO_B}'
    with Rules(A, f'protocol ip flower ip_proto udp {shared}',
               f'protocol ip flower ip_proto tcp {shared}') as rules:
        case('both rules are offloaded', [r['options']['in_hw'] for r in rules.show()],
             [True, True])
        n = len(send(*[plain] * 8, *[eth(ip, syn)] * 8)[0])
        # Two buckets would pass all frames.
        assert 10 <= n < 16, n
        print('ok - a shared bucket passes', n)
    # The kernel frees the filters, which hold the action, some time later.
    for _ in range(100):
        if not subprocess.run(shlex.split('tc actions del action police index 5'),
                              capture_output=True).returncode:
            return
        time.sleep(0.1)
    raise AssertionError('the police action can not be deleted')


def test_sources():
    """A frame with a foreign source address needs a rule that decides about it."""
    foreign = eth(ip, udp, src=MAC3)
    before = counters(A)
    case('a spoofed frame is dropped', send(foreign), ([], [], []))
    case('tx_spoofed counts it', counters(A)['tx_spoofed'] - before['tx_spoofed'], 1)
    with Rules(A, f'protocol ip flower skip_sw {TO_B}'):
        case('a rule redirects a spoofed frame', send(foreign), ([foreign], [], []))
    with Rules(A, f'protocol ip flower skip_sw {MIRROR_B}'):
        case('a mirror does not permit the frame', send(foreign), ([foreign], [], []))
        case('tx_spoofed counts again', counters(A)['tx_spoofed'] - before['tx_spoofed'],
             2)
    with Rules(A, 'protocol ip flower action pass'):
        case('a rule passes a spoofed frame', send(foreign), ([], [], [foreign]))
    with Rules(A, 'protocol ip flower skip_sw action trap'):
        case('a rule traps a spoofed frame', send(foreign), ([], [], [foreign]))
    with Rules(A, 'protocol ip flower skip_sw action drop'):
        before = counters(A)
        case('a rule drops a spoofed frame', send(plain, foreign, arp), ([], [], [arp]))
        case('tx_rule_drop counts both frames',
             counters(A)['tx_rule_drop'] - before['tx_rule_drop'], 2)


def test_software():
    """A rule that switch and software both have runs once for a frame."""
    with Rules(A, f'protocol ip flower {MIRROR_B}',
               f'protocol arp flower {TO_C}'):
        before = counters(A)
        case('a mirrored frame goes on', send(plain)[:2], ([plain], []))
        case('it takes the slow path', counters(A)['tx_slow'] - before['tx_slow'], 1)
        case('a frame is redirected once', send(arp), ([], [arp], []))
    # The switch can't do the second rule, so the software does both.
    with Rules(A, 'prio 1 protocol ip flower action goto chain 4',
               f'prio 1 chain 4 protocol ip flower ip_proto udp dst_port 50-60 {TO_B}'):
        case('the software runs both rules', send(plain), ([plain], [], [plain]))
    with Rules(A, 'protocol all matchall skip_sw action police rate 1gbit '
               'burst 100k conform-exceed drop/continue',
               f'protocol arp flower skip_hw {TO_C}'):
        before = counters(A)
        case('the software has no rule for policed frames', send(plain, arp)[:2],
             ([], []))
        case('they take the slow path', counters(A)['tx_slow'] - before['tx_slow'], 2)


def test_lengths():
    """An edited frame may be too long for a port, and a frame too short to edit."""
    room = 1500 + 14 + 4
    longest = eth(ip, udp)
    longest += bytes(room - len(longest))
    with Rules(A, f'protocol ip flower skip_sw {MIRROR_B} '
               f'action vlan push id 5 {MIRROR_B} {TO_C}'):
        b, c = counters(B), counters(C)
        case('a frame that is too long is dropped', send(longest), ([longest], [], []))
        case('rx_too_long of B', counters(B)['rx_too_long'] - b['rx_too_long'], 1)
        case('rx_too_long of C', counters(C)['rx_too_long'] - c['rx_too_long'], 1)
    short = bytes.fromhex((ELSE + MAC1).replace(':', '')) + b'\x81\x00\x00'
    with Rules(A, f'protocol all matchall skip_sw action vlan pop {TO_B}',
               ) as rules:
        case('a frame with half a tag is dropped', send(short), ([], [], []))
        case('the rule counts the drop', hw_stats(rules.show()[0])[0][2], 1)
    # There is room for 8 tags, and a ninth one drops the frame.
    seven = ''.join(f'action vlan push id {i} ' for i in range(1, 8))
    for ids, arrives in (((8,), True), ((8, 9), False)):
        pushes = ''.join(f'action vlan push id {i} ' for i in ids)
        tagged_8 = plain
        for i in range(1, 9):
            tagged_8 = tagged_8[:12] + b'\x81\x00\x00' + bytes([i]) + tagged_8[12:]
        with Rules(A, f'protocol all matchall skip_sw {seven} action goto chain 1',
                   f'chain 1 protocol all matchall skip_sw {pushes} {TO_B}'):
            case(f'{7 + len(ids)} tags', send(plain),
                 ([tagged_8] if arrives else [], [], []))


def test_replace():
    """A rule can be replaced, and stays if the new one is refused."""
    rule = f'dev {A} ingress prio 1 protocol ip handle 1 flower skip_sw'
    with Rules(A, f'prio 1 protocol ip handle 1 flower skip_sw dst_ip 10.0.0.2 '
               f'{TO_B}') as rules:
        case('before the change', send(plain)[:2], ([plain], []))
        run(f'tc filter replace {rule} dst_ip 10.0.0.2 {TO_C}')
        case('another action', send(plain)[:2], ([], [plain]))
        run(f'tc filter replace {rule} dst_ip 10.0.0.3 {TO_C}')
        case('another key', send(plain)[:2], ([], []))
        run(f'tc filter change {rule} dst_ip 10.0.0.2 {MIRROR_B} {TO_C}')
        case('more actions', send(plain)[:2], ([plain], [plain]))
        refused = f'tc filter change {rule} dst_ip 10.0.0.3 {TO_C} action drop'
        assert subprocess.run(shlex.split(refused), check=False,
                              capture_output=True).returncode
        case('a refused change has no effect', send(plain)[:2], ([plain], [plain]))
        case('there is one rule', len(rules.show()), 1)
        case('it is in_hw', rules.show()[0]['options']['in_hw'], True)


def test_shared():
    """Ports B and C share a block with a rule that redirects to A."""
    flow = RawQP(one)
    flow.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
    from_b = eth(IP(dst='10.0.0.9'), udp, src=MAC2)
    from_c = eth(IP(dst='10.0.0.9'), udp, src=MAC3)
    at_b.send(from_b)
    at_c.send(from_c)
    case('the rule of the block applies to both ports', flow.received(), [from_b, from_c])
    out = run('tc -s filter show block 7')
    assert f'Sent hardware {2 * len(from_b)} bytes 2 pkt' in out, out
    print('ok - the rule counts the frames of both ports')
    flow.close()


def port_of(dev):
    for line in run('devlink port show').splitlines():
        if f'netdev {dev} ' in line:
            return line.split(': ')[0]
    return None


def test_gone():
    """Port C goes while rules point to it, and a new port with its name comes."""
    at_one = RawQP(one)
    at_one.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
    frame, other = eth(ip, udp, src=MAC2), eth(ARP(), src=MAC2)
    run(f'tc filter add dev {C} ingress protocol all matchall skip_sw {TO_B}')
    with Rules(B, 'protocol ip flower skip_sw '
               f'action mirred egress mirror dev {C} '
               f'action mirred egress redirect dev {A}',
               f'protocol arp flower skip_sw {TO_C}') as rules:
        at_b.send(frame)
        at_b.send(other)
        case('while the port is there', (at_one.received(), at_c.received()),
             ([frame], [frame, other]))
        before = counters(B)['tx_no_dest']
        at_c.close()
        three.pd.close()
        three.ctx.close()
        run(f'devlink port del {port_of(C)}')
        at_b.send(frame)
        at_b.send(other)
        case('the actions behind a lost mirror go on', at_one.received(), [frame])
        case('tx_no_dest counts the redirect', counters(B)['tx_no_dest'] - before, 1)
        run('devlink port add mfnic/mfnic0 flavour pcisf pfnum 0 sfnum 103')
        run(f'ip link set {C} up')
        at_b.send(other)
        case('the rules do not point to the new port',
             counters(B)['tx_no_dest'] - before, 2)
        case('the rules are still in_hw', [r['options']['in_hw']
                                           for r in rules.show()], [True, True])
        case('the rules still count', hw_stats(rules.show()[1]),
             [(3, 3 * len(other), 0)])
    at_one.close()


for name in flags:
    print('#', name[2:], flush=True)
    for how in ('skip_sw', 'skip_hw'):
        if name in ('--matches', '--actions', '--order'):
            globals()['test_' + name[2:]](how)
    if name not in ('--matches', '--actions', '--order'):
        globals()['test_' + name[2:]]()
sys.stdout.flush()
# The test is not about the order in which the objects are closed.
os._exit(0)
