# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What a process may do by its privileges. Arguments: the device, and whether the
process is privileged ("yes" or "no")."""
import errno
import os
import resource
import sys

from mfraw_test import enums as e
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.pyverbs_error import PyverbsRDMAError
from pyverbs.qp import QP, QPCap, QPInitAttr

name, privileged = sys.argv[1], sys.argv[2] == 'yes'
ctx = Context(name=name)
pd = PD(ctx)
cq = CQ(ctx, 16)


def qp(kind):
    return QP(pd, QPInitAttr(qp_type=kind, scq=cq, rcq=cq,
                             cap=QPCap(max_send_wr=8, max_recv_wr=8, max_send_sge=1,
                                       max_recv_sge=1)))


def check(text, allowed, make, code=errno.EPERM):
    got, made = 0, None
    try:
        made = make()
    except PyverbsRDMAError as ex:
        got = ex.error_code
    except OSError as ex:
        got = ex.errno
    if hasattr(made, 'close'):
        made.close()
    want = 0 if allowed else code
    assert got == want, f'{text}: error {got}, want {want}'
    print('ok -', text + ':', 'allowed' if allowed else errno.errorcode[code])


check('a raw packet QP', privileged, lambda: qp(e.IBV_QPT_RAW_PACKET))
for text, kind in (('RC', e.IBV_QPT_RC), ('UC', e.IBV_QPT_UC), ('UD', e.IBV_QPT_UD)):
    check(f'a QP of type {text}', True, lambda kind=kind: qp(kind))
check('memory for receiving', True, lambda: MR(pd, 4096, e.IBV_ACCESS_LOCAL_WRITE))

# The operator's files.
sf = os.path.realpath(f'/sys/class/infiniband/{name}/device')


def write(path):
    with open(path, encoding='ascii') as file:
        value = file.read()
    with open(path, 'w', encoding='ascii') as file:
        file.write(value)


rdma = sf.replace('mfnic.sf.', 'mfnic.rdma.')
for file in ('engine/poll_usecs', 'offload/rx_csum'):
    for parent in (sf, rdma):
        if os.path.exists(f'{parent}/{file}'):
            # Root of a namespace does not own the file.
            check(f'a change of {file}', privileged,
                  lambda path=f'{parent}/{file}': write(path), errno.EACCES)

# Queues and regions count against RLIMIT_MEMLOCK, but for the privileged.
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
check('a region within the limit', True, lambda: MR(pd, 4096, e.IBV_ACCESS_LOCAL_WRITE))
check('a region beyond the limit', privileged,
      lambda: MR(pd, 1 << 20, e.IBV_ACCESS_LOCAL_WRITE), errno.ENOMEM)
check('a CQ beyond the limit', privileged, lambda: CQ(ctx, 65535), errno.ENOMEM)
