# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-trains.py DEVICE1 GID4 GID6 DEVICE2 GID4 GID6 REP1 REP2 PORT1 PORT2

Messages of which a frame inside the NIC has several packets, beside the same messages
with a frame for each packet. A port that has a rate limit sends these."""
import sys
import time

from mfraw_test import enums as e
from mfraw_test import inject
from mfraw_test import raw as raw_qp
from mfraw_test.inject import MACS
from mfraw_test.packets import UDP, Ether, IPv6
from mfraw_test.raw import Netdev, RawQP
from mfraw_test.roce import sane
from mfraw_test.tc import Rules, run
from pyverbs.spec import EthSpec, TcpUdpSpec
from pyverbs.wr import SGE, RecvWR, SendWR
from scapy.contrib.roce import BTH

MTU, SIZE = 1024, 65536
raw_qp.DEPTH = 256
inject.SIZE = SIZE
devs, gids = sys.argv[1:5:3], (sys.argv[2:6:3], sys.argv[3:7:3])
reps, ports = sys.argv[7:9], sys.argv[9:11]
# Counters of side 1 and side 2.
COUNTERS = 'tx_frames', 'tx_bytes', 'rx_frames', 'rx_bytes'
RC, UC = e.IBV_QPT_RC, e.IBV_QPT_UC
SEND, WRITE, WRITE_IMM, READ = (e.IBV_WR_SEND, e.IBV_WR_RDMA_WRITE,
                                e.IBV_WR_RDMA_WRITE_WITH_IMM, e.IBV_WR_RDMA_READ)
NAMES = {SEND: 'send', WRITE: 'write', WRITE_IMM: 'write with immediate', READ: 'read'}


class Side(inject.Side):
    """Its receives have room for the longest message."""
    def post_recv(self, kind):
        if self.qps[kind].qp_state == e.IBV_QPS_RESET:
            self.qps[kind].to_init(self.attr(kind))
        sge = SGE(self.mr.buf, SIZE, self.mr.lkey)
        self.qps[kind].post_recv(RecvWR(kind, 1, [sge]))


def completed(side, wr_id):
    """Wait for a completion."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for wc in side.cq.poll(1)[1]:
            assert wc.status == e.IBV_WC_SUCCESS, wc
            assert wc.wr_id == wr_id, wc
            return
    raise AssertionError('no completion')


def message(one, two, kind, opcode, length, arrives=True):
    """Side 1 executes a request."""
    data = bytes((i * 7 + i // 256 + length) & 0xff for i in range(length))
    source, to = (two, one) if opcode == READ else (one, two)
    source.mr.write(data, length)
    to.mr.write(bytes(length), length)
    sge = SGE(one.mr.buf, length, one.mr.lkey)
    wr = SendWR(wr_id=1, num_sge=1, sg=[sge], opcode=opcode, imm_data=5,
                send_flags=e.IBV_SEND_SIGNALED)
    if opcode != SEND:
        wr.set_wr_rdma(two.mr.rkey, two.mr.buf)
    one.qps[kind].post_send(wr)
    completed(one, 1)
    if not arrives:
        return
    if opcode in (SEND, WRITE_IMM):
        completed(two, kind)
        two.post_recv(kind)
    end = time.monotonic() + 60
    while to.mr.read(length, 0) != data:
        assert time.monotonic() < end, 'the data is another one'


def is_roce(frame):
    packet = Ether(frame)

    return UDP in packet and packet[UDP].dport == 4791


def bth_of(frame):
    return 14 + (40 if IPv6 in Ether(frame) else 20) + 8


def plain(frames):
    """Check packets, and return them with the numbers of a new connection. ICRCs,
    which are correct, and message numbers are left out."""
    packets, first = [], None
    for frame in filter(is_roce, frames):
        sane(frame, MTU)
        bth = Ether(frame)[BTH]
        first = bth.psn if first is None else first
        at = bth_of(frame)
        head = frame[:at + 9] + ((bth.psn - first) & 0xffffff).to_bytes(3, 'big')
        data = frame[at + 12:-4]
        if bth.opcode & 0x1f in (13, 15, 16, 17):
            data = data[:1] + data[4:]
        packets.append(head + data)
    return packets


def limit(rate):
    for port in ports:
        run(f'devlink port function rate set {port} tx_max {rate}')


def counters():
    # The core reads the values again after 10 ms.
    time.sleep(0.05)
    return [[side.counter(name) for name in COUNTERS] for side in sides]


def seen(kind, opcode, length):
    """Execute a request, and return the packets that sniffers on both ports see. The
    ports count all frames that the sniffers see."""
    for spy in spies:
        spy.received()
    before = counters()
    message(*sides, kind, opcode, length)
    frames = [spy.received() for spy in spies]
    for n, (new, old) in enumerate(zip(counters(), before)):
        mine = [f for f in frames[n] if Ether(f).src == MACS[n + 1]]
        others = [f for f in frames[n] if Ether(f).src != MACS[n + 1]]
        want = [len(mine), sum(map(len, mine)), len(others), sum(map(len, others))]
        got = [a - b for a, b in zip(new, old)]
        assert got == want, f'port {n + 1} counts {got}, and its sniffer sees {want}'
    return [plain(f) for f in frames]


def case(text, got, want):
    for n, (a, b) in enumerate(zip(got, want)):
        assert a == b, f'{text}: packet {n}: {a.hex()}\nnot {b.hex()}'
    assert len(got) == len(want), f'{text}: {len(got)} packets, not {len(want)}'
    print(f'ok - {text}: {len(got)} packets')


def connected(gids):
    pair = Side(devs[0], gids[0]), Side(devs[1], gids[1])
    pair[0].connect(pair[1])
    pair[1].connect(pair[0])
    # The first rounds of a queue pair have a frame for each packet.
    for _ in range(6):
        for kind in RC, UC:
            message(*pair, kind, SEND, 100)
        message(*pair, RC, READ, 100)
    return pair


alone = None
for version, which in (('IPv6', gids[1]), ('IPv4', gids[0])):
    sides = connected(which)
    spies = [RawQP(side.port) for side in sides]
    for spy in spies:
        spy.flow(e.IBV_FLOW_ATTR_SNIFFER)
    for kind, opcode, length in ((RC, SEND, 40 * MTU), (RC, READ, 40 * MTU + 1),
                                 (RC, WRITE, SIZE), (RC, WRITE_IMM, 20 * MTU - 3),
                                 (UC, SEND, 30 * MTU), (UC, WRITE, 30 * MTU)):
        limit('100gbit')
        want = seen(kind, opcode, length)
        limit('0')
        got = seen(kind, opcode, length)
        name = f'{version}, {"RC" if kind == RC else "UC"} {NAMES[opcode]}'
        case(f'{name}, at side 1', got[0], want[0])
        case(f'{name}, at side 2', got[1], want[1])
        assert len(got[0]) >= -(-length // MTU)
    for spy in spies:
        spy.close()
    # The last pair of sides is used below, for which these packets of a write by UC are.
    alone = want[0]


def wire_frames(dev):
    """A packet socket that sees what a device sends and receives."""
    sock = Netdev(dev)
    sock.ignored = ()
    return sock


# Software on the egress of a representor.
run(f'tc qdisc add dev {reps[1]} clsact')
run(f'tc filter add dev {reps[1]} egress protocol ip flower ip_proto icmp action drop')
tap = wire_frames(reps[1])
message(*sides, UC, WRITE, 30 * MTU)
case('the representor shows them', plain(tap.received()), alone)
tap.close()
run(f'tc qdisc del dev {reps[1]} clsact')

# A raw queue pair takes them before RoCEv2 does.
other = RawQP(sides[1].port)
other.flow(specs=[EthSpec(dst_mac=MACS[2]), TcpUdpSpec(e.IBV_FLOW_SPEC_UDP, dst_port=4791)])
message(*sides, UC, WRITE, 30 * MTU, False)
case('a raw queue pair takes them', plain(other.received()), alone)
other.close()

# Rules that forward, that police, that mirror, and that drop.
run(f'tc qdisc add dev {reps[0]} clsact')
MATCH = f'protocol ip flower skip_sw dst_mac {MACS[2]} action'
TO = f'mirred egress redirect dev {reps[1]}'
lengths = sum(map(len, alone)) + 4 * len(alone)
tap = wire_frames('wire1')
for name, actions, passed in (
        ('a rule forwards', TO, True),
        ('a rule polices', f'police rate 8gbit burst 1m conform-exceed drop/pipe action {TO}',
         True),
        ('a rule mirrors', f'mirred egress mirror dev mfnic0p0 action {TO}', True),
        ('a rule drops', 'drop', False)):
    with Rules(reps[0], f'{MATCH} {actions}') as rules:
        message(*sides, UC, WRITE, 30 * MTU, passed)
        stats = rules.show()[0]['options']['actions'][0]['stats']
        got = stats['hw_packets'], stats['hw_bytes']
        assert got == (len(alone), lengths), (name, got, len(alone), lengths)
        print(f'ok - {name}, and counts {got[0]} packets')
case('a rule has sent copies by the uplink', plain(tap.received()), alone)
tap.close()
run(f'tc qdisc del dev {reps[0]} clsact')

# The switch learns that the peer is behind the uplink.
for _ in range(6):
    message(*sides, UC, SEND, 100)
run(f'bridge fdb replace {MACS[2]} dev mfnic0p0 master static')
tap = wire_frames('wire1')
message(*sides, UC, WRITE, 30 * MTU, False)
case('they leave by the uplink', plain(tap.received()), alone)
tap.close()
run(f'bridge fdb replace {MACS[2]} dev {reps[1]} master static')
