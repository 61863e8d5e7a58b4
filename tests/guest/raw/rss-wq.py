# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""The life of WQs: states and errors. A WQ does not disturb another one."""
import errno
import subprocess
import sys
import time

from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP, frame
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError
from mfraw_test.rss import RssQP, Sender, Wqs, packed, toeplitz, MS_KEY
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QPAttr
from pyverbs.wr import SGE, RecvWR

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx = Sender(one)


def case(text, got, want):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def error(func, *args, **kwargs):
    try:
        func(*args, **kwargs)
    except PyverbsRDMAError as ex:
        return ex.error_code
    return 0


def counter(name):
    # The core reads the values again after 10 ms.
    time.sleep(0.05)
    path = f'/sys/class/infiniband/{sys.argv[2]}/ports/1/hw_counters/{name}'
    return int(open(path).read())


def to(wq):
    """Return a frame whose hash selects this one of two WQs."""
    for last in range(1, 255):
        head = bytes.fromhex('4500002e00000000401100000a000001') + bytes([10, 0, 0, last])
        if toeplitz(MS_KEY, packed('10.0.0.1') + packed(f'10.0.0.{last}')) % 2 == wq:
            return frame(MAC2, ethertype=0x800, data=head + 26 * b'u')
    raise AssertionError('no address has that hash')


frames = [to(0), to(1)]
wqs = Wqs(two, 2, ready=False)
table = wqs.table([0, 1])
qp = RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4 | e.IBV_RX_HASH_DST_IPV4)
qp.flow(specs=[EthSpec(dst_mac=MAC2)])

case('a post in RESET is refused', error(wqs.post, 0, 0), errno.EINVAL)
before = counter('rx_qp_state')
tx.send(frames[0])
case('no frame arrives in RESET', wqs.poll(), [])
case('rx_qp_state counts the frame', counter('rx_qp_state') - before, 1)

wqs.ready(0)
for f in frames:
    tx.send(f)
case('only the ready WQ gets its frame', wqs.received(), [(0, frames[0])])
wqs.ready(1)
for f in frames:
    tx.send(f)
case('both WQs get their frames', wqs.received(), [(0, frames[0]), (1, frames[1])])

# Post more receives than the WQ holds, and send more frames than receives.
case('a post to a full WQ is refused', error(wqs.post, 0, 0), errno.ENOMEM)
before = counter('rx_no_buffer')
for _ in range(wqs.depth + 2):
    tx.send(frames[0])
tx.send(frames[1])
got = wqs.received()
case('an empty WQ misses frames, the other one does not',
     sorted(got), sorted(wqs.depth * [(0, frames[0])] + [(1, frames[1])]))
case('rx_no_buffer counts the missed frames', counter('rx_no_buffer') - before, 2)


def flushed(count):
    wcs = wqs.poll(count)
    return [(wc.qp_num, wc.status) for wc in wcs] == \
        count * [(wqs.wqs[0].wqn, e.IBV_WC_WR_FLUSH_ERR)]


wqs.state(0, e.IBV_WQS_ERR)
case('ERR flushes the posted receives', flushed(wqs.depth), True)
wqs.post(0, 0)
case('a receive posted in ERR is flushed', flushed(1), True)
before = counter('rx_qp_state')
for f in frames:
    tx.send(f)
case('no frame arrives in ERR', wqs.received(), [(1, frames[1])])
case('rx_qp_state counts the frame', counter('rx_qp_state') - before, 1)
case('ERR to RDY is refused', error(wqs.state, 0, e.IBV_WQS_RDY), errno.EINVAL)
wqs.state(0, e.IBV_WQS_RESET)
wqs.ready(0)
for f in frames:
    tx.send(f)
case('after RESET, the WQ works', wqs.received(), [(0, frames[0]), (1, frames[1])])

# RESET discards posted requests and completions.
tx.send(frames[0])
tx.send(frames[1])
wqs.state(0, e.IBV_WQS_RESET)
case('RESET removes the completions of the WQ', wqs.received(), [(1, frames[1])])
for _ in range(3):
    wqs.ready(0)
    tx.send(frames[0])
    case('the WQ works again', wqs.received(), [(0, frames[0])])
    wqs.state(0, e.IBV_WQS_RESET)

# A frame is longer than the receive.
wqs.state(0, e.IBV_WQS_RDY)
wqs.post(0, 0, length=20)
wqs.post(0, 1)
tx.send(frames[0])
wcs = wqs.poll(2)
case('a receive is too small', [(wc.wr_id, wc.status) for wc in wcs],
     [(0, e.IBV_WC_LOC_LEN_ERR), (1, e.IBV_WC_WR_FLUSH_ERR)])
case('the WQ is in ERR', error(wqs.state, 0, e.IBV_WQS_RDY), errno.EINVAL)
tx.send(frames[1])
case('the other WQ still works', wqs.received(), [(1, frames[1])])
wqs.state(0, e.IBV_WQS_RESET)

# The key belongs to another PD, or is unknown.
other = PD(two.ctx)
theirs = MR(other, 2048, e.IBV_ACCESS_LOCAL_WRITE)
for key in (theirs.lkey, wqs.mr.lkey + 4096):
    wqs.state(0, e.IBV_WQS_RDY)
    wqs.wqs[0].post_recv(RecvWR(2, 1, [SGE(theirs.buf, 2048, key)]))
    tx.send(frames[0])
    case('a wrong key fails the receive', [(wc.wr_id, wc.status) for wc in wqs.poll()],
         [(2, e.IBV_WC_LOC_PROT_ERR)])
    wqs.state(0, e.IBV_WQS_RESET)
theirs.close()
other.close()
wqs.ready(0)

# The caller names the current state.
CUR = e.IBV_WQ_ATTR_CURR_STATE
case('a wrong current state is refused',
     error(wqs.state, 0, e.IBV_WQS_ERR, mask=CUR, curr_wq_state=e.IBV_WQS_RESET),
     errno.EINVAL)
case('the right current state is accepted',
     error(wqs.state, 0, e.IBV_WQS_RDY, mask=CUR, curr_wq_state=e.IBV_WQS_RDY), 0)
for f in frames:
    tx.send(f)
case('the WQ still works', wqs.received(), [(0, frames[0]), (1, frames[1])])

out = subprocess.run(['rdma', 'resource', 'show', 'qp'], capture_output=True, text=True,
                     check=True).stdout
case('rdma resource lists the QP',
     f'lqpn {qp.qp.qp_num} type RAW_PACKET state RTR' in out, True)
case('modifying an RSS QP is refused', error(qp.qp.to_init, QPAttr(port_num=1)),
     errno.EOPNOTSUPP)
case('a post to an RSS QP is refused',
     error(qp.qp.post_recv, RecvWR(0, 1, [SGE(wqs.mr.buf, 64, wqs.mr.lkey)])) != 0,
     True)

# Flows of an RSS QP work as those of any QP.
qp.close()
plain = RawQP(two)
qps = [RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4) for _ in range(2)]
plain.flow(specs=[EthSpec(dst_mac=MAC2)], priority=1)
qps[0].flow(specs=[EthSpec(dst_mac=MAC2)])
qps[1].flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
qps[1].flow(e.IBV_FLOW_ATTR_SNIFFER)
tx.send(frames[0])
got = wqs.received()
case('a flow and a sniffer share a table',
     ([f for _, f in got], plain.received()), (2 * [frames[0]], []))
qps[0].close()
tx.send(frames[0])
got = wqs.received()
case('the plain QP and a sniffer get the frame', ([f for _, f in got], plain.received()),
     ([frames[0]], [frames[0]]))
for obj in (qps[1], plain, table, wqs, tx):
    obj.close()
