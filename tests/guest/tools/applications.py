# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import fcntl
import os
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import (CQ, MR, QP, Flow, FlowAttr, Port, QPAttr, QPCap,
                            QPInitAttrEx, RecvWR, SGE, SLOT, SendWR, frame)
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def event_fds():
    return {int(fd) for fd in os.listdir('/proc/self/fd')
            if os.path.islink(f'/proc/self/fd/{fd}') and
            'infinibandevent' in os.readlink(f'/proc/self/fd/{fd}')}


one = Port(sys.argv[1])
before = event_fds()
two = Port(sys.argv[2])
async_fd, = event_fds() - before

gid = two.ctx.query_gid(1, 0).gid.split(':')
case('the first GID is link-local, its interface id the MAC (EUI-64)',
     gid, ['fe80', '0000', '0000', '0000', '0000', '00ff', 'fe00', '0102'])

attr = two.ctx.query_device_ex()
bits = e.IBV_DEVICE_MANAGED_FLOW_STEERING | e.IBV_DEVICE_RAW_IP_CSUM
case('the device has steering and checksums', attr.orig_attr.device_cap_flags & bits, bits)
bits = e.IBV_RAW_PACKET_CAP_IP_CSUM | e.IBV_RAW_PACKET_CAP_CVLAN_STRIPPING | \
    e.IBV_RAW_PACKET_CAP_SCATTER_FCS
case('the device has the offloads of raw packets', attr.raw_packet_caps & bits, bits)

# A program that reads events in a loop of its own must not block.
fcntl.fcntl(async_fd, fcntl.F_SETFL, os.O_NONBLOCK)
try:
    two.ctx.get_async_event()
    raise AssertionError('an event')
except PyverbsRDMAError:
    print('ok - a read without an event does not block')


def queue_pair(port, send, recv, inline=0):
    cq = CQ(port.ctx, max(send, recv, 1), None, None, 0)
    cap = QPCap(send, recv, 1, 1, inline)
    init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=cq, rcq=cq, pd=port.pd,
                        cap=cap, comp_mask=e.IBV_QP_INIT_ATTR_PD)
    qp = QP(port.ctx, init)
    return cq, qp


def step(qp, *states):
    for state in states:
        mask = e.IBV_QP_STATE
        if state == e.IBV_QPS_INIT:
            mask |= e.IBV_QP_PORT
        qp.modify(QPAttr(qp_state=state, port_num=1), mask)


def flow(qp, ethertype):
    attr = FlowAttr(num_of_specs=1, port=1)
    attr.specs.append(EthSpec(dst_mac=MAC2, ether_type=ethertype))
    return Flow(qp, attr)


def wait(cq, n):
    wcs = []
    deadline = time.monotonic() + 60
    while len(wcs) < n and time.monotonic() < deadline:
        wcs += cq.poll(min(256, n - len(wcs)))[1]
    return wcs


# A receiver has no send queue and thousands of receives, and stays in RTR.
N = 8192
cq, qp = queue_pair(two, 0, N)
mr = MR(two.pd, 64 * N, e.IBV_ACCESS_LOCAL_WRITE)
step(qp, e.IBV_QPS_INIT)
for i in range(N):
    qp.post_recv(RecvWR(i, 1, [SGE(mr.buf + 64 * i, 64, mr.lkey)]))
step(qp, e.IBV_QPS_RTR)
rule = flow(qp, 0xb801)
# A sender has no receive queue.
scq, sender = queue_pair(one, 256, 0, inline=220)
step(sender, e.IBV_QPS_INIT, e.IBV_QPS_RTR, e.IBV_QPS_RTS)
case('220 bytes inline', sender.query(e.IBV_QP_CAP)[1].cap.max_inline_data >= 220)
smr = MR(one.pd, SLOT, e.IBV_ACCESS_LOCAL_WRITE)
data = frame(MAC2, src=MAC1, ethertype=0xb801)
smr.write(data, len(data))
sge = SGE(smr.buf, len(data), smr.lkey)
for first in range(0, N, 256):
    wr, keep = None, []
    for i in reversed(range(256)):
        wr = SendWR(wr_id=i, num_sge=1, sg=[sge], next_wr=wr,
                    send_flags=e.IBV_SEND_SIGNALED)
        keep.append(wr)
    sender.post_send(wr)
    assert len(wait(scq, 256)) == 256
wcs = wait(cq, N)
case(f'{N} receives of a queue pair that can only receive, in RTR',
     [(w.wr_id, w.status, w.byte_len) for w in wcs],
     [(i, e.IBV_WC_SUCCESS, len(data)) for i in range(N)])

# Samples of a vendor ask for 512 bytes inline; 1024 is the most there is. The ring
# holds the bytes behind the headers.
attr = one.ctx.query_device()
for size in (512, 1024):
    lcq, long_ = queue_pair(one, 8, 0, inline=size)
    step(long_, e.IBV_QPS_INIT, e.IBV_QPS_RTR, e.IBV_QPS_RTS)
    case(f'{size} bytes inline',
         long_.query(e.IBV_QP_CAP)[1].cap.max_inline_data >= size)
    for length in (240, 241, 242, size):
        qp.post_recv(RecvWR(0, 1, [SGE(mr.buf, 2048, mr.lkey)]))
        big = frame(MAC2, src=MAC1, ethertype=0xb801,
                    data=bytes(i * 7 % 256 for i in range(length - 14)))
        smr.write(big, len(big))
        long_.post_send(SendWR(wr_id=7, num_sge=1,
                               sg=[SGE(smr.buf, len(big), 0)],
                               send_flags=e.IBV_SEND_SIGNALED |
                               e.IBV_SEND_INLINE))
        smr.write(bytes(length), length)
        case(f'an inline frame of {length} bytes',
             (wait(lcq, 1)[0].status, wait(cq, 1)[0].byte_len,
              mr.read(length, 0)), (e.IBV_WC_SUCCESS, length, big))
    # The whole ring has inline frames under way.
    wr, keep = None, []
    for i in range(8):
        qp.post_recv(RecvWR(i, 1, [SGE(mr.buf + 2048 * i, 2048, mr.lkey)]))
        big = frame(MAC2, src=MAC1, ethertype=0xb801,
                    data=bytes([i]) * (size - 14))
        smr.write(big, size, 0)
        long_.post_send(SendWR(wr_id=i, num_sge=1, sg=[SGE(smr.buf, size, 0)],
                               send_flags=e.IBV_SEND_SIGNALED |
                               e.IBV_SEND_INLINE))
    case(f'8 inline frames of {size} bytes', [(w.status, w.byte_len) for w in wait(cq, 8)],
         8 * [(e.IBV_WC_SUCCESS, size)])
    case('they arrive in order', [mr.read(size, 2048 * i)[-1] for i in range(8)],
         list(range(8)))
    wait(lcq, 8)
    long_.close()
    lcq.close()

# Some libraries make one CQ for the completions of all peers.
case('4 Mi completions', attr.max_cqe, 1 << 22)

# A sender with 220 bytes inline sends them as they were when they were posted.
for i in range(4):
    qp.post_recv(RecvWR(i, 1, [SGE(mr.buf + 256 * i, 256, mr.lkey)]))
big = frame(MAC2, src=MAC1, ethertype=0xb801, data=206 * b'i')
smr.write(big, len(big))
sender.post_send(SendWR(wr_id=7, num_sge=1, sg=[SGE(smr.buf, len(big), 0)],
                        send_flags=e.IBV_SEND_SIGNALED | e.IBV_SEND_INLINE))
case('an inline frame of 220 bytes', (wait(scq, 1)[0].status, wait(cq, 1)[0].byte_len,
                                      mr.read(220, 0)), (e.IBV_WC_SUCCESS, 220, big))

# An MR goes while receives on it are posted: each completes once, with an error.
keep = flow(qp, 0xb802)
mr.close()
small = frame(MAC2, src=MAC1, ethertype=0xb802)
smr.write(small, len(small))
for _ in range(5):
    sender.post_send(SendWR(wr_id=8, num_sge=1, sg=[SGE(smr.buf, len(small), smr.lkey)],
                            send_flags=e.IBV_SEND_SIGNALED))
case('the sender does not notice', [w.status for w in wait(scq, 5)], 5 * [e.IBV_WC_SUCCESS])
case('receives without their MR: an error and flushes',
     [(w.wr_id, w.status) for w in wait(cq, 3)],
     [(1, e.IBV_WC_LOC_PROT_ERR), (2, e.IBV_WC_WR_FLUSH_ERR), (3, e.IBV_WC_WR_FLUSH_ERR)])
case('no further completion', cq.poll(1)[0], 0)
for obj in rule, keep, qp, cq, sender, scq, smr:
    obj.close()
