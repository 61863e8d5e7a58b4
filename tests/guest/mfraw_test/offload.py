# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Extended QPs and CQs with pyverbs, and the kernel's segmentation as witness.
"""
import errno
import fcntl
import os
import select
import socket
import struct
import time

from mfraw_test import raw
from mfraw_test import enums as e
from mfraw_test.raw import MR, SGE
from pyverbs.pyverbs_error import PyverbsRDMAError
from pyverbs.cq import CQEX, CqInitAttrEx
from pyverbs.qp import QPAttr, QPCap, QPEx, QPInitAttrEx

# One large request makes that many frames.
raw.DEPTH = 256
MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
HEADROOM = 256


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text, flush=True)


def refused(text, want, call, *args, **kwargs):
    """Check that the call fails with that errno."""
    try:
        call(*args, **kwargs)
    except PyverbsRDMAError as ex:
        case(text, errno.errorcode[ex.error_code], errno.errorcode[want])
        return
    raise AssertionError(f'{text}: not refused')


def cq_ex(port, wc_flags=0, cqe=1024, flags=None, **more):
    mask = more.pop('comp_mask', 0)
    if flags is not None:
        mask |= e.IBV_CQ_INIT_ATTR_MASK_FLAGS
    return CQEX(port.ctx, CqInitAttrEx(cqe=cqe, wc_flags=wc_flags,
                                       comp_mask=mask, flags=flags or 0,
                                       **more))


class TxQP:
    """A QP that sends by ibv_qp_ex, and a buffer."""
    def __init__(self, port, cq, size=1 << 18, max_tso=128, depth=8, sge=4,
                 inline=200, ops=e.IBV_QP_EX_WITH_SEND | e.IBV_QP_EX_WITH_TSO):
        self.cq = cq
        self.mr = MR(port.pd, size + HEADROOM, e.IBV_ACCESS_LOCAL_WRITE)
        self.addr = self.mr.buf + HEADROOM
        mask = e.IBV_QP_INIT_ATTR_PD | e.IBV_QP_INIT_ATTR_SEND_OPS_FLAGS
        if max_tso:
            mask |= e.IBV_QP_INIT_ATTR_MAX_TSO_HEADER
        init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=cq, rcq=cq,
                            pd=port.pd, cap=QPCap(depth, 1, sge, 1, inline),
                            comp_mask=mask, send_ops_flags=ops,
                            max_tso_header=max_tso)
        self.qp = QPEx(port.ctx, init, QPAttr(port_num=1))

    def sge(self, off, length, lkey=None):
        return SGE(self.addr + off, length, self.mr.lkey if lkey is None else lkey)

    def start(self, wr_id=0, flags=e.IBV_SEND_SIGNALED):
        self.qp.wr_start()
        self.qp.wr_id = wr_id
        self.qp.wr_flags = flags

    def send(self, data, flags=0, pieces=1):
        """Send one frame in that many pieces of memory."""
        self.mr.write(data, len(data), HEADROOM)
        cuts = [len(data) * i // pieces for i in range(pieces + 1)]
        self.start(flags=flags | e.IBV_SEND_SIGNALED)
        self.qp.wr_send()
        self.qp.wr_set_sge_list(pieces, [self.sge(a, b - a)
                                         for a, b in zip(cuts, cuts[1:])])
        self.qp.wr_complete()

    def tso(self, header, payload, mss, cuts=(), wr_id=0):
        """Post one request whose payload is cut into pieces of memory at
        @cuts."""
        self.mr.write(header, len(header), 0)
        self.mr.write(payload, len(payload), HEADROOM)
        cuts = [0, *cuts, len(payload)]
        self.start(wr_id)
        self.qp.wr_send_tso(self.mr.buf, len(header), mss)
        self.qp.wr_set_sge_list(len(cuts) - 1, [self.sge(a, b - a)
                                                for a, b in zip(cuts, cuts[1:])])
        self.qp.wr_complete()

    def close(self):
        self.qp.close()
        self.mr.close()


def poll(cq, n=1, read=None, tries=6000):
    """Return n completions, each as @read returns it."""
    got = []
    while len(got) < n:
        if cq.start_poll(None):
            tries -= 1
            assert tries, f'only {len(got)} of {n} completions'
            time.sleep(0.01)
            continue
        while True:
            got.append(read(cq) if read else (cq.wr_id, cq.status))
            if len(got) == n or cq.poll_next():
                break
        cq.end_poll()
    return got


class Gso:
    """The segmentation of the kernel: a large packet enters a tap device
    without offloads."""
    TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 0x0002, 0x1000
    SOL_PACKET, PACKET_VNET_HDR = 263, 15
    NEEDS_CSUM, TCPV4, TCPV6, ECN = 1, 1, 4, 0x80

    def __init__(self, name='gso0', mtu=9000):
        self.tap = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.tap, self.TUNSETIFF,
                    struct.pack('16sH22x', name.encode(),
                                self.IFF_TAP | self.IFF_NO_PI))
        os.system(f'ip link set {name} mtu {mtu} addrgenmode none up')
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(self.SOL_PACKET, self.PACKET_VNET_HDR, 1)
        self.sock.bind((name, 0))

    def segments(self, header, payload, mss, l4, v6, cwr):
        """Return the segments of the request. @l4 is the offset of the TCP
        header, whose checksum is the sum of the pseudo header."""
        kind = self.TCPV6 if v6 else self.TCPV4
        if cwr:
            kind |= self.ECN
        vnet = struct.pack('<BBHHHH', self.NEEDS_CSUM, kind, len(header), mss,
                           l4, 16)
        self.sock.send(vnet + header + payload)
        frames = []
        while len(frames) * mss < len(payload) and \
                select.select([self.tap], [], [], 10)[0]:
            frames.append(os.read(self.tap, 65536))
        return frames

    def close(self):
        self.sock.close()
        os.close(self.tap)


def ones_sum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


