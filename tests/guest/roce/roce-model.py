# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-model.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3 TRACES [FIRST]

Random programs for two RC queue pairs, with the numbers from FIRST on: their completions,
states and memory are those of the model. Device 3 is the wire between the two: it loses,
repeats and delays packets.
"""
import collections
import itertools
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from mfraw_test import enums as e
from mfraw_test import rcmodel as m
from mfraw_test.inject import ACCESS, MACS
from mfraw_test.raw import Port
from pyverbs.addr import AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.flow import Flow, FlowAttr
from pyverbs.mr import MR
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr, QPInitAttrEx
from pyverbs.spec import EthSpec
from pyverbs.wr import SGE, RecvWR, SendWR

BTH = 14 + 20 + 8
PIECE = 1000		# programs of a process
OPCODES = {m.SEND: e.IBV_WR_SEND, m.SEND_IMM: e.IBV_WR_SEND_WITH_IMM,
           m.WRITE: e.IBV_WR_RDMA_WRITE, m.WRITE_IMM: e.IBV_WR_RDMA_WRITE_WITH_IMM,
           m.READ: e.IBV_WR_RDMA_READ, m.ADD: e.IBV_WR_ATOMIC_FETCH_AND_ADD,
           m.SWAP: e.IBV_WR_ATOMIC_CMP_AND_SWP}
STATUS = {getattr(e, 'IBV_WC_' + name): name for name in (
    'SUCCESS', 'LOC_LEN_ERR', 'LOC_QP_OP_ERR', 'LOC_PROT_ERR', 'WR_FLUSH_ERR',
    'REM_INV_REQ_ERR', 'REM_ACCESS_ERR', 'REM_OP_ERR', 'RETRY_EXC_ERR',
    'RNR_RETRY_EXC_ERR')}


class Wire:
    """A raw packet queue pair to which both sides send, and which passes packets on. What
    a wire does to the n-th packet depends on the trace only. It loses fewer packets than
    a queue pair has retries, and no NAK that ends the connection."""
    DEPTH, SLOT = 512, 512

    def __init__(self, name):
        port = Port(name)
        self.cq = CQ(port.ctx, 2 * self.DEPTH, None, None, 0)
        self.mr = MR(port.pd, self.DEPTH * self.SLOT, e.IBV_ACCESS_LOCAL_WRITE)
        init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=self.cq, rcq=self.cq,
                            pd=port.pd, cap=QPCap(self.DEPTH, self.DEPTH, 1, 1),
                            comp_mask=e.IBV_QP_INIT_ATTR_PD)
        self.port, self.qp = port, QP(port.ctx, init, QPAttr(port_num=1))
        attr = FlowAttr(num_of_specs=1, port=1)
        attr.specs.append(EthSpec(dst_mac=MACS[3], dst_mac_mask='ff:ff:ff:ff:ff:ff'))
        self.flow = Flow(self.qp, attr)
        for slot in range(self.DEPTH):
            self.receive(slot)
        self.start(m.Trace(0))
        self.total = self.lost = 0

    def start(self, trace):
        self.trace, self.left, self.held = trace, 5, []
        self.cut = self.not_ready = False

    def receive(self, slot):
        sge = SGE(self.mr.buf + slot * self.SLOT, self.SLOT, self.mr.lkey)
        self.qp.post_recv(RecvWR(slot, 1, [sge]))

    def forward(self, slot, length, last=True):
        """The receive is posted again when the last copy is sent."""
        sge = SGE(self.mr.buf + slot * self.SLOT, length, self.mr.lkey)
        self.qp.post_send(SendWR(wr_id=self.DEPTH + slot if last else 2 * self.DEPTH,
                                 num_sge=1, sg=[sge],
                                 send_flags=e.IBV_SEND_SIGNALED))

    def packet(self, slot, length):
        frame = self.mr.read(length, slot * self.SLOT)
        if frame[36:38] != b'\x12\xb7':		# UDP port 4791
            self.receive(slot)
            return
        self.total += 1
        to = 3 - frame[29]
        head = bytes.fromhex((MACS[to] + MACS[3]).replace(':', ''))
        self.mr.write(head, len(head), slot * self.SLOT)
        # Acknowledges and answers to atomics have an AETH behind the BTH.
        nak = frame[BTH + 12] & 0x60 if frame[BTH] in (17, 18) else 0
        self.not_ready |= nak == 0x20
        rnd, trace = self.trace.rnd, self.trace
        lose, copy, delay = (rnd.random() < p for p in
                             (trace.loss, trace.copies, trace.delays))
        fatal = nak == 0x60 and frame[BTH + 12] & 0x1f
        if self.cut or (lose and self.left and not fatal):
            self.left -= 1
            self.lost += 1
            self.receive(slot)
        elif delay:
            self.held.append((slot, length))
        else:
            if copy:
                self.forward(slot, length, False)
            self.forward(slot, length)

    def run(self):
        """Pass on what has arrived; return False if nothing has."""
        _, wcs = self.cq.poll(64)
        held, self.held = (self.held, []) if not wcs or len(self.held) > 2 else \
            ([], self.held)
        for wc in wcs:
            assert wc.status == e.IBV_WC_SUCCESS, f'wire: {wc}'
            if wc.wr_id < self.DEPTH:
                self.packet(wc.wr_id, wc.byte_len)
            elif wc.wr_id < 2 * self.DEPTH:
                self.receive(wc.wr_id - self.DEPTH)
        for packet in held:
            self.forward(*packet)
        return bool(wcs or held)


class Side:
    """A queue pair whose requests and receives a trace describes."""
    def __init__(self, number, name, gid_index):
        self.number, self.gid_index = number, int(gid_index)
        self.port = Port(name)
        self.gid = self.port.ctx.query_gid(1, self.gid_index)
        self.scq, self.rcq = (CQ(self.port.ctx, 64, None, None, 0) for _ in 'ab')
        self.mr = MR(self.port.pd, m.SIZE, ACCESS)
        self.qp = QP(self.port.pd, QPInitAttr(
            qp_type=e.IBV_QPT_RC, scq=self.scq, rcq=self.rcq, sq_sig_all=0,
            cap=QPCap(16, 16, 1, 1)))

    def start(self, trace, peer):
        self.peer, self.trace = peer, trace
        self.sent, self.received, self.posted = [], [], 0
        self.qp.modify(QPAttr(qp_state=e.IBV_QPS_RESET), e.IBV_QP_STATE)
        self.mr.write(trace.memory[self.number], m.SIZE)
        attr = QPAttr(port_num=1)
        attr.qp_access_flags = ACCESS
        route = GlobalRoute(dgid=peer.gid, sgid_index=self.gid_index, hop_limit=4)
        attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
        attr.dest_qp_num, attr.path_mtu = peer.qp.qp_num, e.IBV_MTU_256
        attr.sq_psn, attr.rq_psn = trace.psn[self.number], trace.psn[1 - self.number]
        attr.max_rd_atomic = attr.max_dest_rd_atomic = 4
        # 67 ms. Waiting for it is most of the time of a trace that loses a packet.
        attr.min_rnr_timer, attr.timeout = 1, 14
        attr.retry_cnt = 1 if trace.fault == 'cut' else 7
        attr.rnr_retry = 2 if trace.fault == 'norecv' else 7
        self.qp.to_init(attr)
        self.post_receives(trace.early[self.number])
        self.attr = attr

    def post_receives(self, until):
        for index in range(self.posted, until):
            bad, length = 0, m.SLOT
            if self.number and self.trace.fault in ('recvkey', 'long'):
                used = sum(op.kind in m.NEED_RECV for op in self.before_fault())
                if index == used:
                    bad = self.trace.fault == 'recvkey'
                    length = 8 if self.trace.fault == 'long' else length
            sge = SGE(self.mr.buf + m.RECV + index * m.SLOT, length,
                      self.mr.lkey ^ (0x5500 if bad else 0))
            self.qp.post_recv(RecvWR(index, 1, [sge]))
        self.posted = max(self.posted, until)

    def before_fault(self):
        ops = self.trace.ops[0]
        return ops[:[bool(op.fault) for op in ops].index(True)]

    def post(self, op):
        place = m.LAND if op.kind in m.READS else m.SRC
        lkey = self.mr.lkey ^ (0x5500 if op.fault == 'lkey' else 0)
        sge = SGE(self.mr.buf + place + op.index * m.SLOT, op.length, lkey)
        flags = (e.IBV_SEND_SIGNALED if op.signaled else 0) | \
            (e.IBV_SEND_FENCE if op.fence else 0)
        wr = SendWR(wr_id=op.index, num_sge=1, sg=[sge], opcode=OPCODES[op.kind],
                    send_flags=flags, imm_data=op.imm if op.kind in m.HAVE_IMM else 0)
        rkey = self.peer.mr.rkey ^ (0x5500 if op.fault == 'rkey' else 0)
        addr = self.peer.mr.buf + m.TARGET + op.target * m.SLOT
        if op.fault == 'range':
            addr = self.peer.mr.buf + m.SIZE - 8
        if op.kind in m.ATOMIC:
            wr.set_wr_atomic(rkey, addr, op.add, op.swap)
        elif op.kind in (m.WRITE, m.WRITE_IMM, m.READ):
            wr.set_wr_rdma(rkey, addr)
        self.qp.post_send(wr)

    def poll(self):
        for wc in self.scq.poll(16)[1]:
            self.sent.append((wc.wr_id, STATUS[wc.status]))
        for wc in self.rcq.poll(16)[1]:
            done = wc.wr_id, STATUS[wc.status]
            if wc.status == e.IBV_WC_SUCCESS:
                imm = wc.imm_data if wc.wc_flags & e.IBV_WC_WITH_IMM else None
                done += (wc.byte_len, wc.opcode == e.IBV_WC_RECV_RDMA_WITH_IMM, imm)
            self.received.append(done)

    def state(self):
        return {e.IBV_QPS_RTS: 'RTS', e.IBV_QPS_ERR: 'ERR'}[
            self.qp.query(e.IBV_QP_STATE)[0].qp_state]


def settle(sides, wire, done):
    """Let packets pass until @done, or until nothing has happened for long."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        moved = wire.run()
        for side in sides:
            side.poll()
            if wire.not_ready or not moved:
                side.post_receives(side.trace.recvs[side.number])
        if not moved and done():
            return
        if not moved:
            time.sleep(0.002)


def run(seed, sides, wire):
    trace = m.Trace(seed)
    model = m.Model(trace)
    wire.start(trace)
    for side in sides:
        side.start(trace, sides[1 - side.number])
    for side in sides:
        side.qp.to_rtr(side.attr)
    for side in sides:
        side.qp.to_rts(side.attr)

    def complete():
        return all(len(side.sent) >= len(model.sent[side.number]) and
                   len(side.received) >= len(model.received[side.number])
                   for side in sides)

    for index in range(8):
        for side in sides:
            for op in trace.ops[side.number][index:index + 1]:
                if op.fault:
                    # What went before is done, so that one thing fails.
                    before = side.before_fault()
                    wanted = sum(o.signaled for o in before)
                    settle(sides, wire, lambda: len(side.sent) >= wanted)
                    quiet(sides, wire)
                    wire.cut = op.fault == 'cut'
                side.post(op)
        if trace.rnd.random() < 0.3:
            wire.run()
    settle(sides, wire, complete)
    quiet(sides, wire)
    for side in sides:
        n = side.number
        memory = bytearray(side.mr.read(m.SIZE, 0))
        for who, at, length in model.unknown:
            if who == n:
                memory[at:at + length] = model.memory[n][at:at + length]
        for what, real, wanted in (
                ('sends', side.sent, model.sent[n]),
                ('receives', side.received, model.received[n]),
                ('state', side.state(), model.state[n]),
                ('memory', bytes(memory), bytes(model.memory[n]))):
            if real == wanted:
                continue
            if what == 'memory':
                at = next(i for i in range(m.SIZE) if real[i] != wanted[i])
                real, wanted = f'{real[at:at + 8].hex()} at {at}', wanted[at:at + 8].hex()
            sys.exit(f'trace {seed} ({trace.fault}), side {n}: {what} {real}, '
                     f'the model has {wanted}: '
                     f'{[vars(op) for op in trace.ops[0]]}, {[vars(op) for op in trace.ops[1]]}')


def quiet(sides, wire):
    """Let late packets arrive, such as repeated ones."""
    idle = 0
    while idle < 3:
        idle = 0 if wire.run() else idle + 1
        for side in sides:
            side.poll()


def piece(seeds):
    """Run some programs. Return what the wire did, and how often each fault was."""
    sides = [Side(n, *sys.argv[1 + 2 * n:3 + 2 * n]) for n in (0, 1)]
    wire = Wire(sys.argv[5])
    faults = collections.Counter()
    for seed in seeds:
        run(seed, sides, wire)
        faults[wire.trace.fault or 'none'] += 1
    return wire.total, wire.lost, faults


def main():
    traces, first = int(sys.argv[6]), int(sys.argv[7]) if len(sys.argv) > 7 else 1
    total, lost, faults = 0, 0, collections.Counter()
    # pyverbs 56 never frees the memory of a work request. The end of a process does.
    for seeds in itertools.batched(range(first, first + traces), PIECE):
        with ProcessPoolExecutor(1, multiprocessing.get_context('fork')) as pool:
            packets, missing, kinds = pool.submit(piece, seeds).result()
        total += packets
        lost += missing
        faults += kinds
    print(f'ok - {traces} traces from {first} on agree with the model: {total} packets, '
          f'{lost} of them lost; faults: {dict(faults)}')


if __name__ == '__main__':
    main()
