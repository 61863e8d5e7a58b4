# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""A model of two RC queue pairs: the completions that the specification demands.

Sections are those of the InfiniBand Architecture Specification, volume 1. The model
has no packets: a reliable connection hides from its users whatever a wire does (9.7.1),
as long as the wire lets a packet through before the retries end (9.7.5.1.2).
"""
import random

SLOTS, SLOT = 12, 1280
# The memory of a side: sources of its requests, receives, targets of requests of
# the peer, and where the results of reads and atomics go.
SRC, RECV, TARGET, LAND = (area * SLOTS * SLOT for area in range(4))
SIZE = 4 * SLOTS * SLOT
TARGETS = 3

SEND, SEND_IMM, WRITE, WRITE_IMM, READ, ADD, SWAP = range(7)
NEED_RECV = SEND, SEND_IMM, WRITE_IMM
HAVE_IMM = SEND_IMM, WRITE_IMM
ATOMIC = ADD, SWAP
READS = READ, ADD, SWAP

# How the last request of a trace fails, and the completions of both sides: the
# request's, and that of the receive that it uses. If the responder finds the error,
# its queue pair goes to the error state, too (9.9.3.1); 9.9.2.1 has the requester's.
FAULTS = {
    'lkey': ('LOC_PROT_ERR', None),
    'rkey': ('REM_ACCESS_ERR', None),
    'range': ('REM_ACCESS_ERR', None),
    'long': ('REM_INV_REQ_ERR', 'LOC_LEN_ERR'),
    'recvkey': ('REM_OP_ERR', 'LOC_PROT_ERR'),
    'norecv': ('RNR_RETRY_EXC_ERR', None),
    'cut': ('RETRY_EXC_ERR', None),
}
RESPONDER_FAILS = 'rkey', 'range', 'long', 'recvkey'


class Op:
    """A send work request of side @side, the @index-th of it."""
    def __init__(self, rnd, side, index, fault):
        self.side, self.index, self.fault = side, index, fault
        kinds = {'rkey': (WRITE, READ), 'range': (WRITE, READ), 'long': (SEND, SEND_IMM),
                 'recvkey': (SEND, SEND_IMM), 'norecv': NEED_RECV,
                 'lkey': (SEND, WRITE)}.get(fault, range(7))
        self.kind = rnd.choice(kinds)
        self.length = 8 if self.kind in ATOMIC else \
            rnd.choice((0, 1, 3, 255, 256, 257, 512, rnd.randrange(SLOT)))
        if fault in ('lkey', 'rkey', 'range', 'recvkey') or fault == 'long':
            self.length = max(self.length, 9)
        self.target = rnd.randrange(TARGETS)
        self.imm = rnd.getrandbits(32)
        self.add, self.swap = rnd.getrandbits(64), rnd.getrandbits(64)
        self.signaled = rnd.random() < 0.8
        self.fence = rnd.random() < 0.2


class Trace:
    """A random program for two queue pairs, and what a wire does to it."""
    def __init__(self, seed):
        rnd = self.rnd = random.Random(seed)
        self.fault = rnd.choice((None, None, None, *FAULTS))
        self.psn = [rnd.choice((0, 0xfffffc, rnd.getrandbits(24))) for _ in 'ab']
        self.loss, self.copies, self.delays = (
            # A queue pair has few retries on a wire that is cut in the end.
            rnd.choice((0, 0, 0.1, 0.3)) * (self.fault != 'cut') for _ in 'abc')
        self.memory = [rnd.randbytes(SIZE) for _ in 'ab']
        self.ops = [], []
        for side in (0,) if self.fault else (0, 1):
            for index in range(rnd.randint(1, 8)):
                self.ops[side].append(Op(rnd, side, index, None))
        if self.fault:
            index = rnd.randrange(len(self.ops[0]))
            self.ops[0][index] = Op(rnd, 0, index, self.fault)
            # Its completion tells that all before it are done.
            self.ops[0][index - 1].signaled = True
        for ops in self.ops:
            self.fence(ops)
            for op in ops[-1:]:
                op.signaled = True
        # The receives that requests of the peer use, and some more.
        self.recvs = [sum(op.kind in NEED_RECV for op in self.ops[not side])
                      + rnd.randrange(3) for side in (0, 1)]
        if self.fault == 'norecv':
            self.recvs[1] = sum(op.kind in NEED_RECV
                                for op in self.ops[0][:index])
        # Only so many are posted before the first request, the rest later.
        self.early = [rnd.randint(0, n) if not self.fault else n for n in self.recvs]

    @staticmethod
    def fence(ops):
        """A read that is repeated may return what a later request wrote, if that
        has no fence (9.5, 10.8.3.3)."""
        read = set()
        for op in ops:
            if op.kind in (WRITE, WRITE_IMM, *ATOMIC) and op.target in read:
                op.fence = True
            if op.fence:
                read.clear()
            if op.kind == READ:
                read.add(op.target)


class Model:
    """Runs a trace. @sent and @received are the completions of each side, in order
    (10.8.5.1), @state their states, and @memory what their memory has. Nobody knows
    the bytes of @unknown."""
    def __init__(self, trace):
        self.trace = trace
        self.memory = [bytearray(memory) for memory in trace.memory]
        self.sent, self.received = ([], []), ([], [])
        self.state, self.unknown = ['RTS', 'RTS'], []
        self.used = [0, 0]
        for side in (0, 1):
            for op in trace.ops[side]:
                self.request(op)
        for side in (0, 1):
            self.flush_receives(side)

    def request(self, op):
        side = op.side
        if self.state[side] == 'ERR':
            # Each request that is posted in the error state is flushed (10.3.1.7).
            self.sent[side].append((op.index, 'WR_FLUSH_ERR'))
        elif op.fault:
            self.fail(op)
        else:
            self.execute(op, not side)
            if op.signaled:
                self.sent[side].append((op.index, 'SUCCESS'))

    def fail(self, op):
        """9.9.2.3: the request completes in error, then its queue pair fails."""
        status, receive = FAULTS[op.fault]
        self.sent[op.side].append((op.index, status))
        self.state[op.side] = 'ERR'
        if op.fault in RESPONDER_FAILS:
            self.state[not op.side] = 'ERR'
        if op.fault == 'norecv' and op.kind == WRITE_IMM:
            # Only the last packet needs a receive (9.7.5.2.8).
            self.unknown.append((not op.side, TARGET + op.target * SLOT, op.length))
        if receive:
            index = self.take(not op.side)
            self.received[not op.side].append((index, receive))
            self.unknown.append((not op.side, RECV + index * SLOT, SLOT))

    def take(self, side):
        """Messages use receives in the order in which they were posted (10.8.3.1)."""
        self.used[side] += 1
        return self.used[side] - 1

    def execute(self, op, peer):
        mine, theirs = self.memory[op.side], self.memory[peer]
        source, land = SRC + op.index * SLOT, LAND + op.index * SLOT
        target = TARGET + op.target * SLOT
        data = mine[source:source + op.length]
        if op.kind in (WRITE, WRITE_IMM):
            theirs[target:target + op.length] = data
        elif op.kind in READS:
            mine[land:land + op.length] = theirs[target:target + op.length]
        if op.kind in ATOMIC:
            # Executed once, also if the request is repeated (9.7.4.4.2).
            was = int.from_bytes(theirs[target:target + 8], 'little')
            now = (was + op.add) % 2**64 if op.kind == ADD else \
                op.swap if was == op.add else was
            theirs[target:target + 8] = now.to_bytes(8, 'little')
        if op.kind in NEED_RECV:
            index = self.take(peer)
            if op.kind in (SEND, SEND_IMM):
                at = RECV + index * SLOT
                theirs[at:at + op.length] = data
            self.received[peer].append(
                (index, 'SUCCESS', op.length, op.kind == WRITE_IMM,
                 op.imm if op.kind in HAVE_IMM else None))

    def flush_receives(self, side):
        if self.state[side] == 'ERR':
            for index in range(self.used[side], self.trace.recvs[side]):
                self.received[side].append((index, 'WR_FLUSH_ERR'))
