#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A process that drops its privileges after it opened the device goes on
# sending and receiving.
set -u
. "$(dirname "$0")/lib-sf.sh"

pair_up
python3 - "$dev1" <<'EOF' || fail "credentials"
import os, sys, time
import pyverbs.enums as e
from pyverbs.addr import AHAttr
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.flow import Flow, FlowAttr
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.spec import EthSpec
from pyverbs.wr import SGE, RecvWR, SendWR

ctx = Context(name=sys.argv[1])
pd = PD(ctx)
cq = CQ(ctx, 16, None, None, 0)
qp = QP(pd, QPInitAttr(qp_type=e.IBV_QPT_RAW_PACKET, scq=cq, rcq=cq,
                       cap=QPCap(8, 8, 1, 1)), QPAttr(port_num=1))
mr = MR(pd, 4096, e.IBV_ACCESS_LOCAL_WRITE)
spec = EthSpec(ether_type=0x88b5, dst_mac='02:00:00:00:01:01')
attr = FlowAttr(num_of_specs=1, port=1)
attr.specs.append(spec)
flow = Flow(qp, attr)

os.setgid(65534)
os.setuid(65534)

frame = bytes.fromhex('020000000101 020000000102 88b5') + b'still here'
mr.write(frame, len(frame))
qp.post_recv(RecvWR(1, 1, [SGE(mr.buf + 2048, 1024, mr.lkey)]))
qp.post_send(SendWR(wr_id=2, num_sge=1, sg=[SGE(mr.buf, len(frame), mr.lkey)],
                    send_flags=e.IBV_SEND_SIGNALED))
seen = {}
for _ in range(1000):
    n, wcs = cq.poll(2)
    for wc in wcs:
        seen[wc.wr_id] = wc.status
    if len(seen) == 2:
        break
    time.sleep(0.01)
assert seen == {1: e.IBV_WC_SUCCESS, 2: e.IBV_WC_SUCCESS}, seen
assert mr.read(len(frame), 2048) == frame
print('ok - sent and received as uid', os.getuid())
flow.close(); qp.close(); cq.close(); mr.close(); pd.close(); ctx.close()
EOF
pair_check
