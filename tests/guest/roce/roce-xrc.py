# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-xrc.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3

XRC on the wire. The program uses device 3 to act as the peer of both others.
It checks and answers the packets of a sender, and sends packets, some of them
wrong, to a receiver. Both take 192.0.2.3 for its address."""
import os
import struct
import sys
import tempfile
import time

from mfraw_test import enums as e
from mfraw_test.packets import IP, UDP, Ether, Raw, raw
from mfraw_test.raw import Port, RawQP
from mfraw_test.roce import sane
from pyverbs.addr import GID, AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.mr import MR
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr, QPInitAttrEx
from pyverbs.spec import EthSpec
from pyverbs.srq import SRQ, SrqInitAttrEx
from pyverbs.wr import SGE, RecvWR, SendWR
from pyverbs.xrcd import XRCD, XRCDInitAttr
from scapy.contrib.roce import BTH

MACS = [None, '02:00:00:00:01:01', '02:00:00:00:01:02', '02:00:00:00:01:03']
IPS = [None, '192.0.2.1', '192.0.2.2', '192.0.2.3']
MTU, PSN, SIZE, PEER_QPN, SRQN = 1024, 0xfffff0, 16384, 0x123456, 0xabcdef
ACCESS = e.IBV_ACCESS_LOCAL_WRITE | e.IBV_ACCESS_REMOTE_WRITE | \
    e.IBV_ACCESS_REMOTE_READ | e.IBV_ACCESS_REMOTE_ATOMIC
ACK = 0xb1
ADDR, RKEY, IMM = 0x1122334455667788, 0x99aabbcc, 0x12345678


class Side:
    def __init__(self, number, gid_index):
        self.number, self.name = number, sys.argv[2 * number - 1]
        self.gid_index = int(gid_index)
        self.port = Port(self.name)
        self.cq = CQ(self.port.ctx, 64, None, None, 0)
        self.mr = MR(self.port.pd, SIZE, ACCESS)

    def attr(self):
        attr = QPAttr(port_num=1)
        route = GlobalRoute(dgid=GID('0000:0000:0000:0000:0000:ffff:c000:0203'), sgid_index=self.gid_index,
                            hop_limit=4)
        attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
        attr.dest_qp_num, attr.path_mtu = PEER_QPN, e.IBV_MTU_1024
        attr.rq_psn = attr.sq_psn = PSN
        attr.max_rd_atomic = attr.max_dest_rd_atomic = 4
        attr.min_rnr_timer, attr.timeout = 1, 20
        attr.retry_cnt = attr.rnr_retry = 7
        return attr

    def counter(self, name):
        with open(f'/sys/class/infiniband/{self.name}/ports/1/hw_counters/{name}') as f:
            return int(f.read())

    def packet(self, op, ext=b'', payload=b'', psn=PSN, qpn=None, ip=(), **bth):
        """Return a packet of device 3 to this side."""
        pad = -len(payload) & 3
        fields = dict(opcode=op, dqpn=self.qp.qp_num if qpn is None else qpn,
                      psn=psn & 0xffffff, pkey=0xffff, padcount=pad)
        fields.update(bth)
        l3 = dict(src=IPS[3], dst=IPS[self.number], flags='DF', ttl=64)
        l3.update(ip)
        return raw(Ether(src=MACS[3], dst=MACS[self.number]) / IP(**l3) /
                   UDP(sport=0xc123, dport=4791, chksum=0) / BTH(**fields) /
                   Raw(ext + payload + pad * b'\0'))

    def wait(self, status=e.IBV_WC_SUCCESS):
        for _ in range(500):
            n, wcs = self.cq.poll(1)
            if n:
                assert wcs[0].status == status, wcs[0]
                return wcs[0]
            time.sleep(0.01)
        raise AssertionError('there is no completion')


class Sender(Side):
    def __init__(self, *args):
        super().__init__(*args)
        init = QPInitAttrEx(qp_type=e.IBV_QPT_XRC_SEND, comp_mask=e.IBV_QP_INIT_ATTR_PD,
                            pd=self.port.pd, scq=self.cq, cap=QPCap(8, 0, 1, 0))
        attr = QPAttr(port_num=1)
        attr.qp_access_flags = 0
        self.qp = QP(self.port.ctx, init, attr)
        self.qp.to_rts(self.attr())
        self.psn = PSN

    def request(self, opcode, length, write=False, atomic=()):
        sge = SGE(self.mr.buf, length, self.mr.lkey)
        wr = SendWR(opcode=opcode, num_sge=1, sg=[sge], imm_data=IMM,
                    send_flags=e.IBV_SEND_SIGNALED)
        wr.set_qp_type_xrc(SRQN)
        if write:
            wr.set_wr_rdma(RKEY, ADDR)
        if atomic:
            wr.set_wr_atomic(RKEY, ADDR, *atomic)
        self.qp.post_send(wr)


class Receiver(Side):
    """Two shared receive queues of one domain, and one of another domain."""
    def __init__(self, *args):
        super().__init__(*args)
        self.mr.write(bytes(i * 7 & 0xff for i in range(SIZE)), SIZE)
        self.file = tempfile.NamedTemporaryFile()
        self.domains = [self.domain(self.file.fileno()), self.domain(-1)]
        self.srqs = [self.srq(self.domains[0]) for _ in range(2)]
        self.foreign = self.srq(self.domains[1])
        init = QPInitAttrEx(qp_type=e.IBV_QPT_XRC_RECV, xrcd=self.domains[0],
                            comp_mask=e.IBV_QP_INIT_ATTR_XRCD)
        attr = QPAttr(port_num=1)
        attr.qp_access_flags = ACCESS
        self.qp = QP(self.port.ctx, init, attr)
        self.qp.to_rts(self.attr())

    def domain(self, fd):
        mask = e.IBV_XRCD_INIT_ATTR_FD | e.IBV_XRCD_INIT_ATTR_OFLAGS
        return XRCD(self.port.ctx, XRCDInitAttr(mask, os.O_CREAT, fd))

    def srq(self, domain):
        init = SrqInitAttrEx(max_wr=4)
        init.srq_type, init.pd, init.xrcd, init.cq = \
            e.IBV_SRQT_XRC, self.port.pd, domain, self.cq
        init.comp_mask = e.IBV_SRQ_INIT_ATTR_TYPE | e.IBV_SRQ_INIT_ATTR_PD | \
            e.IBV_SRQ_INIT_ATTR_CQ | e.IBV_SRQ_INIT_ATTR_XRCD
        srq = SRQ(self.port.ctx, init)
        for n in range(2):
            srq.post_recv(RecvWR(n, 1, [SGE(self.mr.buf, 4096, self.mr.lkey)]))
        return srq

    def close(self):
        self.qp.close()
        for srq in *self.srqs, self.foreign:
            srq.close()
        for domain in self.domains:
            domain.close()


third = RawQP(Port(sys.argv[5]))
third.flow(specs=[EthSpec(dst_mac=MACS[3])])


def xrceth(srqn):
    return struct.pack('!I', srqn)


def heard():
    """Return the RoCE packets that arrived: (opcode, PSN, acknowledge request,
    rest)."""
    packets = []
    for frame in third.received():
        packet = Ether(frame)
        if UDP not in packet or packet[UDP].dport != 4791:
            continue
        sane(frame, MTU)
        bth = packet[BTH]
        assert bth.dqpn == PEER_QPN
        at = frame.index(raw(packet[BTH])[:12]) + 12
        end = 14 + packet[IP].len - 4 - bth.padcount
        packets.append((bth.opcode, bth.psn, bth.ackreq, frame[at:end]))
    return packets


def sends(text, call, want, answer):
    """Check the packets of a sender, which have consecutive PSNs: opcodes and
    the bytes behind each BTH. Then send the response."""
    call()
    got = heard()
    assert [p[0] for p in got] == [op for op, _ in want], (text, got)
    for n, (packet, (_, body)) in enumerate(zip(got, want)):
        assert packet[1] == (ini.psn + n) & 0xffffff, (text, packet)
        assert packet[3] == body, (text, packet[3][:64].hex(), body[:64].hex())
    last = ini.psn + len(want) - 1
    ini.psn = last + 1
    for op, body in answer:
        third.send(ini.packet(op, body, psn=last))
    ini.wait()
    print('ok - the packets of', text)


AETH = b'\x1f\0\0\1'
ini = Sender(1, sys.argv[2])
data = bytes(i * 5 & 0xff for i in range(SIZE))
ini.mr.write(data, SIZE)
X, RETH, IMMDT = xrceth(SRQN), struct.pack('!QI', ADDR, RKEY), struct.pack('!I', IMM)
SENDS, WRITES = (e.IBV_WR_SEND, e.IBV_WR_SEND_WITH_IMM), \
    (e.IBV_WR_RDMA_WRITE, e.IBV_WR_RDMA_WRITE_WITH_IMM)
parts = data[:1024], data[1024:2048], data[2048:2501]
acked = [(ACK, AETH)]
# The library has this value in host byte order.
imm = struct.pack('=I', IMM)
sends('a SEND', lambda: ini.request(SENDS[0], 33), [(0xa4, X + data[:33])], acked)
sends('a SEND with immediate',
      lambda: ini.request(SENDS[1], 32), [(0xa5, X + imm + data[:32])],
      acked)
sends('a SEND of three packets', lambda: ini.request(SENDS[0], 2501),
      [(0xa0, X + parts[0]), (0xa1, X + parts[1]), (0xa2, X + parts[2])], acked)
sends('a SEND of three packets with immediate', lambda: ini.request(SENDS[1], 2501),
      [(0xa0, X + parts[0]), (0xa1, X + parts[1]), (0xa3, X + imm + parts[2])], acked)
length = struct.pack('!I', 32)
sends('a WRITE', lambda: ini.request(WRITES[0], 32, write=True),
      [(0xaa, X + RETH + length + data[:32])], acked)
sends('a WRITE with immediate', lambda: ini.request(WRITES[1], 32, write=True),
      [(0xab, X + RETH + length + imm + data[:32])], acked)
length = struct.pack('!I', 2501)
sends('a WRITE of three packets', lambda: ini.request(WRITES[0], 2501, write=True),
      [(0xa6, X + RETH + length + parts[0]), (0xa7, X + parts[1]), (0xa8, X + parts[2])],
      acked)
sends('a WRITE of three packets with immediate',
      lambda: ini.request(WRITES[1], 2501, write=True),
      [(0xa6, X + RETH + length + parts[0]), (0xa7, X + parts[1]),
       (0xa9, X + imm + parts[2])], acked)
length = struct.pack('!I', 64)
sends('a READ', lambda: ini.request(e.IBV_WR_RDMA_READ, 64, write=True),
      [(0xac, X + RETH + length)], [(0xb0, AETH + 64 * b'r')])
assert ini.mr.read(64, 0) == 64 * b'r'
value = struct.pack('!Q', 77)
sends('a compare and swap',
      lambda: ini.request(e.IBV_WR_ATOMIC_CMP_AND_SWP, 8, atomic=(3, 4)),
      [(0xb3, X + RETH + struct.pack('!QQ', 4, 3))], [(0xb2, AETH + value)])
sends('a fetch and add',
      lambda: ini.request(e.IBV_WR_ATOMIC_FETCH_AND_ADD, 8, atomic=(3, 0)),
      [(0xb4, X + RETH + struct.pack('!QQ', 3, 0))], [(0xb2, AETH + value)])
assert struct.unpack('=Q', ini.mr.read(8, 0)) == (77,)

COUNTERS = ('rx_malformed', 'rx_icrc_encapsulated', 'rx_no_qp', 'rx_opcode', 'rx_peer',
            'rx_rnr', 'rx_invalid_request', 'resp_remote_access_errors',
            'out_of_sequence', 'duplicate_request', 'rx_stale_response', 'rx_error',
            'rx_qp_state')


def counts(side, text, want, *frames):
    """Each frame is counted as given, and has no other effect."""
    time.sleep(0.02)
    before = {name: side.counter(name) for name in COUNTERS}
    for frame in frames:
        third.send(frame)
    assert not heard(), text
    time.sleep(0.02)
    grown = {name: side.counter(name) - before[name] for name in COUNTERS
             if side.counter(name) != before[name]}
    assert grown == {want: len(frames)}, f'{text}: {grown}, want {want}'
    assert not side.cq.poll(1)[0], text
    print('ok -', text, '-', want)


counts(ini, 'requests to a send queue pair', 'rx_opcode',
       ini.packet(0xa4, X, 16 * b'x'), ini.packet(0xaa, X + RETH + length, 64 * b'x'),
       ini.packet(0xac, X + RETH + length))
counts(ini, 'RC packets to a queue pair of XRC', 'rx_opcode',
       ini.packet(0x11, AETH), ini.packet(0x04))

tgt = Receiver(2, sys.argv[4])
one, two = (xrceth(srq.get_srq_num()) for srq in tgt.srqs)
memory = struct.pack('!QI', tgt.mr.buf, tgt.mr.rkey)
rc = QP(tgt.port.pd, QPInitAttr(qp_type=e.IBV_QPT_RC, scq=tgt.cq, rcq=tgt.cq,
                                cap=QPCap(1, 1, 1, 1)))
counts(tgt, 'a missing XRCETH', 'rx_malformed', tgt.packet(0xa4), tgt.packet(0xa1),
       tgt.packet(0xa4, padcount=2, payload=b''))
counts(tgt, 'missing headers behind the XRCETH', 'rx_malformed',
       tgt.packet(0xa5, one), tgt.packet(0xaa, one + memory), tgt.packet(0xac, memory + length),
       tgt.packet(0xab, one + memory + length), tgt.packet(0xb3, one + memory + bytes(12)),
       tgt.packet(0xb7, one))
counts(tgt, 'unknown opcodes', 'rx_malformed', tgt.packet(0xb5, one),
       *(tgt.packet(op, one) for op in range(0xb8, 0xc0)))
counts(tgt, 'requests that may have no payload', 'rx_malformed',
       tgt.packet(0xac, one + memory + length, b'xxxx'),
       tgt.packet(0xb4, one + memory + bytes(16), b'xxxx'))
counts(tgt, 'responses to a receive queue pair', 'rx_opcode', tgt.packet(ACK, AETH),
       tgt.packet(0xb0, AETH, 64 * b'x'), tgt.packet(0xb2, AETH + value))
counts(tgt, 'packets of other transports', 'rx_opcode', tgt.packet(0x04, payload=b'xxxx'),
       tgt.packet(0x24, payload=b'xxxx'), tgt.packet(0x64, bytes(8), b'xxxx'))
counts(tgt, 'XRC packets to a queue pair of RC', 'rx_opcode',
       tgt.packet(0xa4, one, b'xxxx', qpn=rc.qp_num))
counts(tgt, 'the number of a shared receive queue', 'rx_no_qp',
       tgt.packet(0xa4, one, b'xxxx', qpn=tgt.srqs[0].get_srq_num()))
counts(tgt, 'packets of another sender', 'rx_peer',
       tgt.packet(0xa4, one, b'xxxx', ip={'src': IPS[1]}))


def answered(text, *want):
    got = [(op, psn, body) for op, psn, _, body in heard()]
    assert got == [(op, psn & 0xffffff, body) for op, psn, body in want], (text, got, want)
    print('ok - the response to', text)


def aeth(syndrome, msn):
    return struct.pack('!I', syndrome << 24 | msn)


# The received data is that of the sender. Reserved bits have no effect.
third.send(tgt.packet(0xa4, b'\xff' + one[1:], b'hello', ackreq=1))
answered('a SEND', (ACK, PSN, aeth(31, 1)))
wc = tgt.wait()
assert wc.byte_len == 5 and wc.wr_id == 0 and wc.qp_num == tgt.qp.qp_num, wc
assert tgt.mr.read(5, 0) == b'hello'
for n, (op, body) in enumerate(((0xa0, 1024 * b'1'), (0xa1, 1024 * b'2'), (0xa3, b'33'))):
    third.send(tgt.packet(op, two + (imm if op == 0xa3 else b''), body, psn=PSN + 1 + n,
                          ackreq=op == 0xa3))
answered('a SEND of three packets', (ACK, PSN + 3, aeth(31, 2)))
wc = tgt.wait()
assert wc.byte_len == 2050 and wc.wr_id == 0 and wc.imm_data == IMM, wc
assert tgt.mr.read(2050, 0) == 1024 * b'1' + 1024 * b'2' + b'33'
stored = tgt.mr.read(2500, 0)
request = tgt.packet(0xac, one + memory + struct.pack('!I', 2500), psn=PSN + 4)
response = ((0xad, PSN + 4, aeth(31, 3) + stored[:1024]), (0xae, PSN + 5, stored[1024:2048]),
            (0xaf, PSN + 6, aeth(31, 3) + stored[2048:]))
third.send(request)
answered('a READ', *response)
third.send(request)
answered('the repeated READ', *response)
# A queue of another domain, or of none, has no memory that could be read
# again.
for name in xrceth(tgt.foreign.get_srq_num()), xrceth(0xffffff):
    third.send(tgt.packet(0xac, name + memory + struct.pack('!I', 2500), psn=PSN + 4))
    answered('the repeated READ with a foreign SRQ')
third.send(tgt.packet(0xb4, two + memory + struct.pack('!QQ', 1, 0), psn=PSN + 7))
answered('a fetch and add', (0xb2, PSN + 7, aeth(31, 4) +
                           struct.pack('!Q', struct.unpack('=Q', stored[:8])[0])))
third.send(tgt.packet(0xa4, two, b'future', psn=PSN + 10))
answered('a PSN ahead of the expected one', (ACK, PSN + 8, aeth(0x60, 4)))


def ends(text, syndrome, counter, event, *packets, failed=None):
    """The last of the packets ends the connection."""
    global tgt
    tgt.close()
    tgt = Receiver(2, sys.argv[4])
    time.sleep(0.02)
    before = tgt.counter(counter)
    first, *others = (xrceth(srq.get_srq_num()) for srq in (*tgt.srqs, tgt.foreign))
    for n, (op, which, ext, payload) in enumerate(packets):
        name = (first, *others, xrceth(0xfffffe))[which]
        third.send(tgt.packet(op, name + ext, payload, psn=PSN + n))
    answered(text, (ACK, PSN + len(packets) - 1, aeth(syndrome, 0)))
    time.sleep(0.02)
    assert tgt.counter(counter) == before + 1, text
    assert tgt.qp.query(e.IBV_QP_STATE)[0].qp_state == e.IBV_QPS_ERR, text
    if failed is not None:
        tgt.wait(failed)
    assert not tgt.cq.poll(1)[0], text
    if event is not None:
        got = tgt.port.ctx.get_async_event()
        assert got.event_type == event, (text, got)
        got.ack()


NAK_INVALID, NAK_ACCESS = 0x61, 0x62
DENIED = NAK_ACCESS, 'resp_remote_access_errors', e.IBV_EVENT_QP_ACCESS_ERR
WRONG = NAK_INVALID, 'rx_invalid_request', e.IBV_EVENT_QP_REQ_ERR
full = 1024 * b'x'
ends('a SEND to an unknown SRQ', *DENIED, (0xa4, 3, b'', b'xxxx'))
ends('a SEND to an SRQ of another domain', *DENIED, (0xa4, 2, b'', b'xxxx'))
ends('a WRITE with an unknown SRQ', *DENIED, (0xaa, 3, memory + length, 64 * b'x'))
ends('an atomic with an SRQ of another domain', *DENIED, (0xb4, 2, memory + bytes(16), b''))
ends('a SEND that invalidates an unknown key', *DENIED[:2], None,
     (0xb7, 0, struct.pack('!I', RKEY), b'xxxx'), failed=e.IBV_WC_LOC_ACCESS_ERR)
ends('a message that goes on with another SRQ', *DENIED[:2], None, (0xa0, 0, b'', full),
     (0xa1, 1, b'', full), failed=e.IBV_WC_LOC_ACCESS_ERR)
ends('a message that goes on in another domain',
     *DENIED[:2], None, (0xa0, 0, b'', full), (0xa2, 2, b'', b'x'),
     failed=e.IBV_WC_LOC_ACCESS_ERR)
ends('a message inside a message',
     *WRONG[:2], None, (0xa0, 0, b'', full), (0xa4, 1, b'', b'x'),
     failed=e.IBV_WC_LOC_QP_OP_ERR)
ends('a middle packet without a first one', *WRONG, (0xa1, 0, b'', full))
tgt.close()
