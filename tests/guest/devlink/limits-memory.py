# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Processes in a cgroup take all the memory that its memory.max allows, by objects of one
kind each. Arguments: a device, and two devices for a bystander. With two arguments, the
program is such a process, and the second one is the kind."""
import signal
import sys
import time

from mfraw_test import enums as e
from mfraw_test.group import GROUP, Bystander, inside, read, write
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.pd import PD
from pyverbs.pyverbs_error import PyverbsError
from pyverbs.qp import QP, QPCap, QPInitAttr
from pyverbs.srq import SRQ, SrqAttr, SrqInitAttr

LIMIT, ROOM, MOST = 96 << 20, 8 << 20, 4096


def take(kind):
    """Make objects until there is no memory for one more."""
    ctx = Context(name=sys.argv[1])
    pd = PD(ctx)
    cq = CQ(ctx, 16)

    def qp(qp_type):
        cap = QPCap(max_send_wr=8192, max_recv_wr=8192, max_send_sge=2, max_recv_sge=2)
        return QP(pd, QPInitAttr(qp_type=qp_type, scq=cq, rcq=cq, cap=cap))

    make = {
        'CQ': lambda: CQ(ctx, 65535),
        'SRQ': lambda: SRQ(pd, SrqInitAttr(SrqAttr(max_wr=16000, max_sge=4))),
        'RC QP': lambda: qp(e.IBV_QPT_RC),
        'raw packet QP': lambda: qp(e.IBV_QPT_RAW_PACKET),
    }[kind]
    made = []
    try:
        while len(made) < MOST:
            made.append(make())
    except PyverbsError as ex:
        assert 'Errno: 12' in str(ex), ex
        return 0
    print(f'{MOST} objects of {kind}: no limit')
    return 1


def charged():
    return int(read(GROUP + 'memory.current'))


def main():
    bystander, refused = Bystander(*sys.argv[2:4]), 0
    write('memory.max', LIMIT)
    for kind in 'CQ', 'SRQ', 'RC QP', 'raw packet QP':
        with inside([sys.executable, __file__, sys.argv[1], kind]) as process:
            most = 0
            while process.poll() is None:
                most = max(most, charged())
                bystander.check()
        # The next object is refused. If the process needs a page for itself at that
        # moment, the kernel ends it.
        assert process.returncode in (0, -signal.SIGKILL), (kind, process.returncode)
        refused += not process.returncode
        assert LIMIT // 2 < most <= LIMIT + ROOM, (kind, most)
        for _ in range(300):
            if charged() < LIMIT // 2:
                break
            time.sleep(0.1)
        assert charged() < LIMIT // 2, f'{kind}: {charged()} bytes are charged to no process'
        bystander.check()
        print(f'ok - {kind}: no more than {most >> 20} of {LIMIT >> 20} MiB', flush=True)
    assert refused, 'the kernel ended each process'
    write('memory.max', 'max')
    bystander.stop()


sys.exit(take(sys.argv[2]) if len(sys.argv) == 3 else main())
