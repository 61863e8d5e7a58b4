# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-hostile.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3 PACKETS SEED

Device 3 sends random packets to the RC, UC and UD queue pairs of devices 1 and 2, each in
the name of the other one. The sides send requests meanwhile.
"""
import ctypes
import mmap
import random
import struct
import sys
import time
import zlib

from mfraw_test import enums as e
from mfraw_test.inject import ACCESS, IPS, MACS, QKEY, Side, packet
from mfraw_test.raw import DEPTH, Port, RawQP
from mfraw_test.roce import FULL, RESPONSES, ext_of, icrc
from pyverbs.mr import MR
from pyverbs.qp import QPAttr
from pyverbs.wr import SGE, RecvWR, SendWR

RC, UC, UD = e.IBV_QPT_RC, e.IBV_QPT_UC, e.IBV_QPT_UD
TRANSPORT = {RC: 0, UC: 1, UD: 3}
OPS = {RC: list(range(21)) + [22, 23], UC: list(range(12)), UD: [4, 5]}
PAGE, MTU, SLOT, RECVS = 4096, 1024, 1024 + 40, 4
# Areas of a mapping, in pages: a peer may write to the first one, and read both.
WRITABLE, READABLE, PAGES = range(1, 3), range(4, 5), 6
BYSTANDERS = [n for n in range(PAGES) if n not in WRITABLE]
SENDS = e.IBV_WR_SEND, e.IBV_WR_RDMA_WRITE, e.IBV_WR_RDMA_READ, \
    e.IBV_WR_ATOMIC_FETCH_AND_ADD
SEND_ID = 1 << 40


class Victim(Side):
    """Queue pairs whose completions are checked."""
    def __init__(self, number, name, gid_index):
        self.number = number
        self.next, self.due = {}, {}
        self.area = mmap.mmap(-1, PAGES * PAGE)
        self.area.write(PAGES * PAGE * b'\xaa')
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.area))
        self.ended = self.received = self.sent = 0
        self.landing = None
        super().__init__(name, gid_index)
        self.writable, self.readable = (
            MR(self.port.pd, len(pages) * PAGE, access, address=self.base + pages[0] * PAGE)
            for pages, access in ((WRITABLE, ACCESS), (READABLE, e.IBV_ACCESS_REMOTE_READ)))

    def place(self, kind, at):
        """Return the ID of the next request, and the slot of its data."""
        ident = self.next[kind, at] = self.next.get((kind, at), -1) + 1
        self.due.setdefault((kind, at), 0)
        if self.landing is None:
            self.landing = MR(self.port.pd, 64 * SLOT, e.IBV_ACCESS_LOCAL_WRITE)
        slot = list(TRANSPORT).index(kind) * 16 + at // SEND_ID * 8 + ident % 8
        return ident + at, self.landing.buf + slot * SLOT

    def post_recv(self, kind):
        if self.qps[kind].qp_state == e.IBV_QPS_RESET:
            self.qps[kind].to_init(self.attr(kind))
        ident, buf = self.place(kind, 0)
        self.qps[kind].post_recv(RecvWR(ident, 1, [SGE(buf, SLOT, self.landing.lkey)]))

    def request(self, rnd, kind, peer):
        key = kind, SEND_ID
        if self.next.get(key, -1) - self.due.get(key, 0) >= 6:
            return
        opcode = rnd.choice(SENDS) if kind == RC else e.IBV_WR_SEND
        length = 8 if opcode == SENDS[3] else rnd.choice((0, 7, 64, 1000))
        ident, buf = self.place(kind, SEND_ID)
        wr = SendWR(wr_id=ident, num_sge=1, sg=[SGE(buf, length, self.landing.lkey)],
                    opcode=opcode, send_flags=e.IBV_SEND_SIGNALED)
        to = peer.writable.rkey, peer.base + WRITABLE[0] * PAGE
        if opcode == SENDS[3]:
            wr.set_wr_atomic(*to, 1, 1)
        elif opcode in SENDS[1:]:
            wr.set_wr_rdma(*to)
        self.qps[kind].post_send(wr)

    def poll(self):
        """Each request and each receive completes once, in order."""
        numbers = {qp.qp_num: kind for kind, qp in self.qps.items()}
        _, wcs = self.cq.poll(64)
        for wc in wcs:
            at = wc.wr_id // SEND_ID * SEND_ID
            key = numbers[wc.qp_num], at
            assert wc.wr_id - at == self.due[key] <= self.next[key], (self.name, key, wc)
            self.due[key] += 1
            if wc.status == e.IBV_WC_SUCCESS and at:
                self.sent += 1
            elif wc.status == e.IBV_WC_SUCCESS:
                assert wc.byte_len <= SLOT, wc
                self.received += 1
        return len(wcs)

    def intact(self):
        for page in BYSTANDERS:
            assert self.area[page * PAGE:(page + 1) * PAGE] == PAGE * b'\xaa', \
                f'{self.name}: page {page} was written'

    def attr(self, kind, peer=None):
        attr = super().attr(kind, peer)
        attr.retry_cnt = attr.rnr_retry = 1
        return attr


def again(victims, kind):
    """Connect the queue pairs of a kind anew if one of them is in the error state."""
    states = [v.qps[kind].query(e.IBV_QP_STATE)[0].qp_state for v in victims]
    if all(state == e.IBV_QPS_RTS for state in states):
        return
    for victim in victims:
        # All that was posted is flushed first.
        victim.qps[kind].modify(QPAttr(qp_state=e.IBV_QPS_ERR), e.IBV_QP_STATE)
        deadline = time.monotonic() + 30
        while any(victim.due[k] <= n for k, n in victim.next.items() if k[0] == kind):
            assert victim.poll() or time.monotonic() < deadline, \
                f'{victim.name}: {victim.due} of {victim.next} were completed'
        victim.ended += 1
        victim.qps[kind].modify(QPAttr(qp_state=e.IBV_QPS_RESET), e.IBV_QP_STATE)
        for _ in range(RECVS):
            victim.post_recv(kind)
    for victim in victims:
        victim.qps[kind].to_rts(victim.attr(kind, victims[2 - victim.number]))


def checksum(head):
    total = sum(struct.unpack(f'!{len(head) // 2}H', head))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def sealed(ip, rest):
    """Return the ICRC of UDP header, BTH and payload behind an IP header."""
    masked = bytearray(8 * b'\xff' + ip + rest)
    for at in (9, 16, 18, 19, 34, 35, 40):		# class, hop limit, checksums, resv8a
        masked[at:at + 1] = b'\xff'[:len(masked) - at]
    return struct.pack('<I', zlib.crc32(masked))


def wrapped(bth, dst, seal=True, ttl=64):
    """Return a frame of device 3 in the name of the peer of side @dst."""
    udp = struct.pack('!HHHH', 0xc123, 4791, 8 + len(bth) + 4, 0)
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp) + len(bth) + 4, 1, 0x4000, ttl,
                     17, 0, *(bytes(map(int, IPS[n].split('.'))) for n in (3 - dst, dst)))
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    crc = sealed(ip, udp + bth) if seal else b'\1\2\3\4'
    return bytes.fromhex((MACS[dst] + MACS[3]).replace(':', '')) + b'\x08\0' + ip + udp + \
        bth + crc


def near(rnd, value, bits):
    """A number that is often the right one, or close to it."""
    return rnd.choices((value, value + rnd.randint(-3, 3), rnd.getrandbits(bits)),
                       (6, 2, 1))[0] & (1 << bits) - 1


def headers(rnd, op, victim, peer_qpn):
    """Return what is behind the BTH, before the payload, and the length of the payload."""
    region = rnd.choices((victim.writable, victim.readable, victim.landing), (8, 2, 1))[0]
    start = rnd.choice((WRITABLE, READABLE))[0] * PAGE if region is victim.landing else \
        region.buf - victim.base
    length = rnd.choice((0, 1, 4, 16, MTU - 4, MTU, rnd.randrange(MTU)))
    at = victim.base + start + rnd.choices(
        (8 * rnd.randrange(PAGE // 8), rnd.randint(-64, PAGE), 2 * PAGE - length), (6, 2, 1))[0]
    base, out = op & 0x1f, b''
    if base in FULL and rnd.random() < 0.9:
        length = MTU
    if op >> 5 == 3:
        out += struct.pack('!II', near(rnd, QKEY, 32), peer_qpn)
    if base in (6, 10, 11, 12):
        dma = length if base >= 10 else rnd.randint(MTU, 4 * MTU)
        out += struct.pack('!QII', at & (1 << 64) - 1, near(rnd, region.rkey, 32),
                           near(rnd, dma, 32))
    if base in (19, 20):
        out += struct.pack('!QIQQ', at & (1 << 64) - 1, near(rnd, region.rkey, 32),
                           rnd.getrandbits(64), rnd.getrandbits(64))
    if base in (13, 15, 16, 17, 18):
        syndrome = rnd.choice((0x1f, 0x1f, 0x21, 0x60, 0x61, 0x62, 0x63, rnd.getrandbits(8)))
        out += struct.pack('!I', syndrome << 24 | rnd.randrange(4))
    out += rnd.randbytes(max(ext_of(op) - len(out), 0)) if base < 24 and base != 21 else b''
    if base in (12, 17, 18, 19, 20) and rnd.random() < 0.9:
        length = 0
    return out, length


def hostile(rnd, victims, psns):
    """Return a random frame to one of the victims."""
    victim = rnd.choice(victims)
    peer = victims[2 - victim.number]
    kind = rnd.choices((RC, UC, UD), (4, 2, 1))[0]
    op = TRANSPORT[kind] << 5 | rnd.choice(OPS[kind])
    if rnd.random() < 0.05:
        op = rnd.getrandbits(8)
    behind, length = headers(rnd, op, victim, peer.qps[kind].qp_num) \
        if op & 0x1f < 24 and op & 0x1f != 21 else (b'', 16)
    psn = psns[victim.number, kind][op & 0x1f in RESPONSES]
    if op & 0x1f not in RESPONSES:
        # The next packet is to follow this one.
        psns[victim.number, kind][0] += 1
    qpn = near(rnd, victim.qps[kind].qp_num, 24) if rnd.random() < 0.05 else \
        victim.qps[kind].qp_num
    bth = bytearray(struct.pack('!BBHII', op, (-length & 3) << 4, 0xffff, qpn,
                                near(rnd, psn, 24) | rnd.getrandbits(1) << 31))
    bth += behind + rnd.randbytes(length + (-length & 3))
    if rnd.random() < 0.1:
        for _ in range(rnd.randint(1, 3)):
            bth[rnd.randrange(min(len(bth), 48))] ^= 1 << rnd.randrange(8)
    if rnd.random() < 0.05:
        del bth[rnd.randrange(len(bth)):]
    frame = wrapped(bytes(bth), victim.number, rnd.random() < 0.95)
    if rnd.random() < 0.03:
        frame = bytearray(frame)
        frame[rnd.randrange(14, min(len(frame), 54))] ^= 1 << rnd.randrange(8)
    return bytes(frame)


def main(devices, third, packets, seed):
    rnd = random.Random(seed)
    victims = [Victim(n + 1, *devices[2 * n:2 * n + 2]) for n in (0, 1)]
    for victim in victims:
        victim.connect(victims[2 - victim.number])
    good = packet(5, 7, 4, 16 * b'x')
    assert good[-4:] == icrc(good) == sealed(good[14:34], good[34:-4])
    third = RawQP(Port(third))
    written = 0
    for _ in range(0, packets, DEPTH):
        for kind in TRANSPORT:
            again(victims, kind)
        psns = {}
        for victim in victims:
            for kind in TRANSPORT:
                attr = victim.qps[kind].query(e.IBV_QP_RQ_PSN | e.IBV_QP_SQ_PSN)[0]
                psns[victim.number, kind] = [attr.rq_psn, attr.sq_psn - 1]
        for victim in victims:
            if rnd.random() < 0.3:
                victim.request(rnd, rnd.choice((RC, UC)), victims[2 - victim.number])
        third.send_burst([hostile(rnd, victims, psns) for _ in range(DEPTH)])
        sent = 0
        while sent < DEPTH:
            _, wcs = third.cq.poll(DEPTH)
            assert all(wc.status == e.IBV_WC_SUCCESS for wc in wcs), wcs
            sent += len(wcs)
        for victim in victims:
            while victim.poll():
                pass
            victim.intact()
            for kind in TRANSPORT:
                while victim.next[kind, 0] - victim.due[kind, 0] < RECVS - 1:
                    victim.post_recv(kind)
            page = victim.area[WRITABLE[0] * PAGE:(WRITABLE[-1] + 1) * PAGE]
            written += page != len(page) * b'\xaa'
            victim.area[WRITABLE[0] * PAGE:(WRITABLE[-1] + 1) * PAGE] = len(page) * b'\xaa'
    totals = [sum(getattr(v, name) for v in victims)
              for name in ('received', 'sent', 'ended')] + [written]
    assert all(totals), totals
    print('ok - {} hostile packets, seed {}: {} receives and {} requests were completed, '
          '{} queue pairs failed, memory was written {} times'.format(packets, seed, *totals))


if __name__ == '__main__':
    main(sys.argv[1:5], sys.argv[5], int(sys.argv[6]), int(sys.argv[7]))
