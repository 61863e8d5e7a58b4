# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import errno
import sys
import time
from mfraw_test import enums as e
from mfraw_test.offload import MAC2, TxQP, case, cq_ex, poll, refused
from mfraw_test.raw import Flow, FlowAttr, Port, RawQP, RecvWR, frame
from pyverbs.pd import PD, ParentDomain, ParentDomainInitAttr

one, two = Port(sys.argv[1]), Port(sys.argv[2])
RAW, WALL = e.IBV_WC_EX_WITH_COMPLETION_TIMESTAMP, e.IBV_WC_EX_WITH_COMPLETION_TIMESTAMP_WALLCLOCK
ALL = (e.IBV_WC_STANDARD_FLAGS | RAW | WALL | e.IBV_WC_EX_WITH_CVLAN |
       e.IBV_WC_EX_WITH_FLOW_TAG)

attr = one.ctx.query_device_ex(None)
case('the clock counts ns', (attr.hca_core_clock, attr.completion_timestamp_mask),
     (1000000, 2**64 - 1))
before = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
sec, nsec = one.ctx.query_rt_values_ex()
after = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
case('query_rt_values_ex reads the clock', sec == 0 and before <= nsec <= after)
refused('unknown values', errno.EINVAL, one.ctx.query_rt_values_ex, 6)

rx = RawQP(two)
rx.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
cq = cq_ex(one, ALL)
tx = TxQP(one, cq)
data = frame(MAC2)


def everything(cq):
    return {name: getattr(cq, 'read_' + name)() for name in (
        'opcode', 'vendor_err', 'byte_len', 'imm_data', 'qp_num', 'src_qp',
        'wc_flags', 'slid', 'sl', 'dlid_path_bits', 'timestamp', 'cvlan',
        'flow_tag', 'completion_wallclock_ns')} | {
        'wr_id': cq.wr_id, 'status': cq.status}


raw0, wall0 = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW), time.time_ns()
tx.send(data)
raw1, wall1 = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW), time.time_ns()
wc = poll(cq, 1, everything)[0]
stamp, wall = wc.pop('timestamp'), wc.pop('completion_wallclock_ns')
case('a completion has the time', raw0 <= stamp <= raw1)
# The two clocks were read one after the other, and one of them is adjusted.
case('a completion has the time of day', wall0 - 10**10 <= wall <= wall1 + 10**10)
wc.pop('byte_len')
case('all values of a completion', wc, dict(
    opcode=e.IBV_WC_SEND, vendor_err=0, imm_data=0, qp_num=tx.qp.qp_num,
    src_qp=0, wc_flags=0, slid=0, sl=0, dlid_path_bits=0, cvlan=0, flow_tag=0,
    wr_id=0, status=e.IBV_WC_SUCCESS))
case('the frame arrives', rx.received(), [data])

tx.start(7)
for i in range(3):
    tx.qp.wr_id = 10 + i
    tx.qp.wr_send()
    tx.qp.wr_set_sge(tx.sge(0, 60))
tx.qp.wr_complete()
stamps = poll(cq, 3, lambda cq: (cq.wr_id, cq.read_timestamp()))
case('completions are in order', [s[0] for s in stamps], [10, 11, 12])
case('their times are in order', stamps, sorted(stamps, key=lambda s: s[1]))
case('start_poll of an empty CQ', cq.start_poll(None), errno.ENOENT)
tx.send(data)
assert cq.start_poll(None) == 0
case('poll_next after the last one', cq.poll_next(), errno.ENOENT)
cq.end_poll()

tx.start(99)
tx.qp.wr_send()
tx.qp.wr_set_sge(tx.sge(0, 60, lkey=0))
tx.qp.wr_complete()
case('a completion with an error',
     poll(cq, 1, lambda cq: (cq.wr_id, cq.status, cq.read_vendor_err() != 0)),
     [(99, e.IBV_WC_LOC_PROT_ERR, True)])
tx.close()
cq.close()

# Without the flag, a completion has no time.
cq = cq_ex(one, e.IBV_WC_EX_WITH_BYTE_LEN)
tx = TxQP(one, cq)
tx.send(data)
poll(cq, 1)
tx.close()
cq.close()

# Receives have a length and the number of their QP.
cq = cq_ex(two, e.IBV_WC_EX_WITH_BYTE_LEN | e.IBV_WC_EX_WITH_QP_NUM)
cq1 = cq_ex(one, flags=e.IBV_CREATE_CQ_ATTR_SINGLE_THREADED)
tx = TxQP(one, cq1)
twin = TxQP(two, cq)
for flow in rx.flows:
    flow.close()
rx.close()
flow = Flow(twin.qp, FlowAttr(num_of_specs=0, port=1, flow_type=e.IBV_FLOW_ATTR_ALL_DEFAULT))
twin.qp.post_recv(RecvWR(5, 1, [twin.sge(0, 2000)]))
tx.send(data)
case('a received frame', poll(cq, 1, lambda cq: (
    cq.wr_id, cq.read_opcode(), cq.read_byte_len(), cq.read_qp_num())),
    [(5, e.IBV_WC_RECV, len(data), twin.qp.qp_num)])
case('a single-threaded CQ', poll(cq1, 1), [(0, e.IBV_WC_SUCCESS)])
flow.close()
twin.close()
tx.close()
cq.close()
cq1.close()

# A CQ with this flag may overrun without an error.
cq = cq_ex(one, cqe=4, flags=e.IBV_CREATE_CQ_ATTR_IGNORE_OVERRUN)
size = 4
tx = TxQP(one, cq, depth=16)
for i in range(2 * size + 1):
    tx.send(data)
case('an overrun is ignored', tx.qp.query(e.IBV_QP_STATE)[0].qp_state, e.IBV_QPS_RTS)
tx.close()
cq.close()
overruns = int(open(f'/sys/class/infiniband/{sys.argv[1]}/ports/1/hw_counters/cq_overrun').read())
case('an ignored overrun is not counted', overruns, 0)

# Parent domains.
pd = PD(one.ctx)
parent = ParentDomain(one.ctx, ParentDomainInitAttr(pd=pd))
cq = cq_ex(one, comp_mask=e.IBV_CQ_INIT_ATTR_MASK_PD, parent_domain=parent)
tx = TxQP(one, cq)
tx.send(data)
case('a CQ with a parent domain', poll(cq, 1), [(0, e.IBV_WC_SUCCESS)])
tx.close()
cq.close()
parent.close()
refused('no parent domain', errno.EINVAL, cq_ex, one,
        comp_mask=e.IBV_CQ_INIT_ATTR_MASK_PD)
pd.close()

# Each attribute is wrong once.
refused('tag matching', errno.EOPNOTSUPP, cq_ex, one, e.IBV_WC_EX_WITH_TM_INFO)
refused('unknown wc_flags', errno.EOPNOTSUPP, cq_ex, one, 1 << 40)
refused('unknown flags', errno.EOPNOTSUPP, cq_ex, one, flags=1 << 5)
refused('unknown comp_mask', errno.EOPNOTSUPP, cq_ex, one, comp_mask=1 << 9)
refused('no entries', errno.EINVAL, cq_ex, one, cqe=0)
refused('too many entries', errno.EINVAL, cq_ex, one, cqe=attr.orig_attr.max_cqe + 1)
refused('an unknown vector', errno.EINVAL, cq_ex, one, comp_vector=1 << 20)
for bit in range(12):
    flag = 1 << bit
    if flag != e.IBV_WC_EX_WITH_TM_INFO:
        cq_ex(one, flag).close()
print('ok - a CQ with each flag alone')
