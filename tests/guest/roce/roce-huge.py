# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""usage: roce-huge.py DEVICE1 GID_INDEX1 DEVICE2 GID_INDEX2 DEVICE3 PORT2

Very long messages, from memory that maps the same pages again and again: a
read that is repeated in its middle, and a send without an end. Device 3 sends
in the name of a peer. PORT2 is the devlink port of device 2."""
import ctypes
import os
import sys
import time

from mfraw_test import raw
from mfraw_test import enums as e
from mfraw_test.inject import ACCESS, PSN, Side, packet
from mfraw_test.rate import limit
from pyverbs.mr import MR
from pyverbs.wr import SGE, RecvWR

CHUNK = 1 << 20
PROT_READ_WRITE, MAP_SHARED, MAP_PRIVATE_ANONYMOUS, MAP_FIXED = 3, 1, 0x22, 0x10
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                      ctypes.c_int, ctypes.c_long]


def alias(size, data):
    """Map the same chunk again and again, up to that length; return the
    address."""
    fd = os.memfd_create('long')
    os.write(fd, data)
    base = libc.mmap(None, size + CHUNK, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
    for off in range(0, size, CHUNK):
        assert libc.mmap(base + off, CHUNK, PROT_READ_WRITE, MAP_SHARED | MAP_FIXED, fd,
                         0) == base + off
    os.close(fd)
    return base


class Long(Side):
    """A side with a long region."""
    def __init__(self, name, gid_index, mtu, size, data):
        self.ready = False
        super().__init__(name, gid_index, mtu)
        self.ready = True
        self.at = alias(size, data)
        self.long_mr = MR(self.port.pd, size, ACCESS, address=self.at)

    def post_recv(self, kind):
        """Post receives, except while the side is made."""
        if self.ready:
            super().post_recv(kind)
        elif self.qps[kind].qp_state == e.IBV_QPS_RESET:
            self.qps[kind].to_init(self.attr(kind))


def connect(mtu, size):
    data = os.urandom(CHUNK)
    one = Long(*sys.argv[1:3], mtu, size, bytes(CHUNK))
    two = Long(*sys.argv[3:5], mtu, size, data)
    one.connect(two)
    two.connect(one)
    return one, two, data


raw.SLOT = 8192
third = raw.RawQP(raw.Port(sys.argv[5]))

# The read has more packets than one request may ask for, so it is split. Device
# 3 acknowledges packets that the peer has not answered yet: at its rate, that takes
# seconds. This gap makes the requester repeat the read.
SPLIT = 1 << 16
one, two, data = connect(e.IBV_MTU_256, (SPLIT * 256 // CHUNK + 1) * CHUNK)
length = SPLIT * 256 + 5000
before = [one.counter('implied_nak_seq_err'), two.counter('duplicate_request')]
limit(sys.argv[6], '80mbit')
one.send(e.IBV_WR_RDMA_READ, [SGE(one.at, length, one.long_mr.lkey)],
         (two.long_mr.rkey, two.at))
ack = packet(one.rc.qp_num, PSN + SPLIT - 1, 17, b'\x1f\0\0\0', src=2, dst=1)
for wait in range(1200):
    n, wcs = one.cq.poll(1)
    if n:
        break
    if wait < 3:
        third.send(ack)
        third.received()
    elif wait == 3:
        limit(sys.argv[6], '0')
    time.sleep(0.1)
assert n == 1 and wcs[0].status == e.IBV_WC_SUCCESS, (n, n and wcs[0].status)
time.sleep(0.02)
after = [one.counter('implied_nak_seq_err'), two.counter('duplicate_request')]
assert after[0] > before[0] and after[1] > before[1], (before, after)
assert ctypes.string_at(one.at, CHUNK) == data
assert ctypes.string_at(one.at + length - 5000, 5000) == data[:5000]
assert one.state() == two.state() == e.IBV_QPS_RTS
print(f'ok - a read of {length // 256} packets is repeated from its middle')

# The send never ends. The receive has room for more than the longest message.
MOST = 1 << 31
LEFT = 1 << 16
MTU = 4096
one, two, data = connect(e.IBV_MTU_4096, MOST)
room = SGE(two.at, MOST, two.long_mr.lkey)
two.rc.post_recv(RecvWR(9, 2, [room, SGE(two.at, MOST - 1, two.long_mr.lkey)]))
one.send(e.IBV_WR_SEND, [SGE(one.at, MOST - LEFT, one.long_mr.lkey),
                         SGE(one.at, LEFT, one.long_mr.lkey ^ 0xff00)])
for _ in range(1200):
    n, wcs = one.cq.poll(1)
    if n:
        break
    time.sleep(0.1)
assert n == 1 and wcs[0].status == e.IBV_WC_LOC_PROT_ERR, (n, wcs)
psn = PSN + (MOST - LEFT) // MTU
for i in range(LEFT // MTU + 1):
    assert two.cq.poll(1)[0] == 0 and two.state() == e.IBV_QPS_RTS, i
    third.send(packet(two.rc.qp_num, psn + i, 1, MTU * b'y'))
    third.received()
n, wcs = two.cq.poll(1)
assert n == 1 and wcs[0].wr_id == 9 and wcs[0].status == e.IBV_WC_LOC_LEN_ERR, (n, wcs)
assert two.state() == e.IBV_QPS_ERR
print('ok - a send without an end fails')
