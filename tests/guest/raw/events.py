# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import errno
import os
import select
import subprocess
import sys
from mfraw_test import enums as e
from mfraw_test.raw import (CQ, QP, Flow, FlowAttr, MR, Port, QPAttr, QPCap,
                            QPInitAttrEx, RawQP, RecvWR, SGE, frame)
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError
from pyverbs.cq import CompChannel

MAC2 = '02:00:00:00:01:02'
REP, PORT, NETDEV = sys.argv[3:6]


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def event_fds():
    """Return the event files of this process, of contexts and of channels."""
    fds = set()
    for fd in os.listdir('/proc/self/fd'):
        try:
            if 'infinibandevent' in os.readlink('/proc/self/fd/' + fd):
                fds.add(int(fd))
        except FileNotFoundError:
            pass
    return fds


def new_fd(make):
    """Return the result of make(), and the event file that it opened."""
    before = event_fds()
    obj = make()
    fd, = event_fds() - before
    return obj, fd


def ready(fd, seconds=60):
    """Return whether an event arrives in time. The kernel raises events at
    once, so 50 ms show that there is none."""
    return bool(select.select([fd], [], [], seconds)[0])


one = Port(sys.argv[1])
two, async_fd = new_fd(lambda: Port(sys.argv[2]))


def async_event():
    assert ready(async_fd), 'no event'
    event = two.ctx.get_async_event()
    event.ack()
    return event.event_type


# Each queue pair has a channel and a vector. Types distinguish the frames.
case('the device has four vectors', two.ctx.num_comp_vectors, 4)
try:
    CQ(two.ctx, 4, None, None, 4)
    raise AssertionError('a fifth vector is not refused')
except PyverbsRDMAError as ex:
    case('a fifth vector is refused', ex.error_code, errno.EINVAL)


class Listener:
    def __init__(self, vector):
        self.channel, self.fd = new_fd(lambda: CompChannel(two.ctx))
        self.cq = CQ(two.ctx, 16, None, self.channel, vector)
        init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=self.cq,
                            rcq=self.cq, pd=two.pd, cap=QPCap(4, 16, 1, 1),
                            comp_mask=e.IBV_QP_INIT_ATTR_PD)
        self.qp = QP(two.ctx, init, QPAttr(port_num=1))
        self.mr = MR(two.pd, 4096, e.IBV_ACCESS_LOCAL_WRITE)
        for i in range(16):
            self.qp.post_recv(RecvWR(i, 1, [SGE(self.mr.buf, 2048,
                                                self.mr.lkey)]))
        self.type = 0xb810 + vector
        attr = FlowAttr(num_of_specs=1, port=1)
        attr.specs.append(EthSpec(dst_mac=MAC2, ether_type=self.type))
        self.flow = Flow(self.qp, attr)

    def event(self):
        assert ready(self.fd), 'no event'
        self.channel.get_cq_event(self.cq)
        self.cq.ack_events(1)

    def close(self):
        self.flow.close()
        self.qp.close()
        self.cq.close()
        self.mr.close()
        self.channel.close()


tx = RawQP(one)
listeners = [Listener(vector) for vector in range(4)]
for l in listeners:
    l.cq.req_notify()
case('no event before a completion', [ready(l.fd, 0.05) for l in listeners], 4 * [False])
for l in reversed(listeners):
    tx.send(frame(MAC2, ethertype=l.type))
    l.event()
    case(f'vector {l.type - 0xb810} raises one event', ready(l.fd, 0.05), False)
for l in listeners:
    tx.send(frame(MAC2, ethertype=l.type))
case('no event without req_notify', [ready(l.fd, 0.05) for l in listeners], 4 * [False])
for l in listeners:
    n, wcs = l.cq.poll(16)
    case('the CQ has both completions', (n, {w.status for w in wcs}),
         (2, {e.IBV_WC_SUCCESS}))

# Only solicited and failed completions raise an event: a plain frame does not,
# a flush does.
l = listeners[0]
l.cq.req_notify(solicited_only=True)
tx.send(frame(MAC2, ethertype=l.type))
case('a frame is not solicited', ready(l.fd, 0.05), False)
l.qp.modify(QPAttr(qp_state=e.IBV_QPS_ERR), e.IBV_QP_STATE)
l.event()
print('ok - a failed completion counts as solicited')

# A CQ that overruns fails, and its QP fails with it.
cq = CQ(two.ctx, 2, None, None, 1)
init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=cq, rcq=cq, pd=two.pd,
                    cap=QPCap(1, 16, 1, 1), comp_mask=e.IBV_QP_INIT_ATTR_PD)
qp = QP(two.ctx, init, QPAttr(port_num=1))
mr = MR(two.pd, 4096, e.IBV_ACCESS_LOCAL_WRITE)
for i in range(16):
    qp.post_recv(RecvWR(i, 1, [SGE(mr.buf, 2048, mr.lkey)]))
attr = FlowAttr(num_of_specs=1, port=1)
attr.specs.append(EthSpec(dst_mac=MAC2))
flow = Flow(qp, attr)
for i in range(cq.cqe + 1):
    tx.send(frame(MAC2))
case('an overrun raises events of CQ and QP', {async_event(), async_event()},
     {e.IBV_EVENT_CQ_ERR, e.IBV_EVENT_QP_FATAL})
case('an overrun raises no other event', ready(async_fd, 0.05), False)
flow.close()
qp.close()
cq.close()
mr.close()


# The port.
def ip_link(*args, dev=REP):
    subprocess.run(['ip', 'link', 'set', dev, *args], check=True)


def state():
    return two.ctx.query_port(1).state


case('the port is active', state(), e.IBV_PORT_ACTIVE)
for _ in range(2):
    ip_link('down')
    case('link down raises an event', async_event(), e.IBV_EVENT_PORT_ERR)
    case('the port is down', state(), e.IBV_PORT_DOWN)
    ip_link('up')
    case('link up raises an event', async_event(), e.IBV_EVENT_PORT_ACTIVE)
    case('the port is active again', state(), e.IBV_PORT_ACTIVE)
case('the link raises no other event', ready(async_fd, 0.05), False)

# The network interface of the port comes and goes, and loses its carrier. The
# port has events of its own only.
ip_link('up', dev=NETDEV)
ip_link('down', dev=NETDEV)
ip_link('up', dev=NETDEV)
ip_link('down')
ip_link('up')
seen = []
while not {e.IBV_EVENT_PORT_ERR, e.IBV_EVENT_PORT_ACTIVE} <= set(seen):
    event = async_event()
    if event != e.IBV_EVENT_GID_CHANGE:
        seen.append(event)
case('the port raises one event of each kind', seen,
     [e.IBV_EVENT_PORT_ERR, e.IBV_EVENT_PORT_ACTIVE])
while ready(async_fd, 0.05):
    case('the interface raises GID changes only', async_event(), e.IBV_EVENT_GID_CHANGE)
ip_link('down', dev=NETDEV)
while ready(async_fd, 0.05):
    case('an interface that goes down raises GID changes only', async_event(),
         e.IBV_EVENT_GID_CHANGE)
# The bridge notices the carrier some time later.
while 'forwarding' not in subprocess.check_output(
        ['bridge', 'link', 'show', 'dev', REP], text=True):
    pass
tx.received()
l = listeners[3]
tx.send(frame(MAC2, ethertype=l.type))
case('frames arrive again', l.cq.poll(16)[0], 1)

# The device.
subprocess.run(['devlink', 'port', 'del', PORT], check=True)
# The network interface may go first, with its GIDs.
ends = set()
while not {e.IBV_EVENT_PORT_ERR, e.IBV_EVENT_DEVICE_FATAL} <= ends:
    ends.add(async_event())
case('a deleted port raises its last events', ends - {e.IBV_EVENT_GID_CHANGE},
     {e.IBV_EVENT_PORT_ERR, e.IBV_EVENT_DEVICE_FATAL})
for l in listeners:
    l.close()
tx.close()
one.pd.close()
one.ctx.close()
