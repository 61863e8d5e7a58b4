# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""A raw packet QP with pyverbs, for tests that send a few frames."""
import atexit
import functools
import socket
import struct
import subprocess
import time

from mfraw_test import enums as e
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.flow import Flow, FlowAttr
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttrEx
from pyverbs.wr import SGE, RecvWR, SendWR

SLOT = 2048
DEPTH = 32


def frame(dst, src='02:00:00:00:01:01', ethertype=0x88b5, tag=None, data=46 * b'x'):
    head = bytes.fromhex((dst + src).replace(':', ''))
    if tag is not None:
        head += b'\x81\x00' + tag.to_bytes(2, 'big')
    return head + ethertype.to_bytes(2, 'big') + data


@functools.cache
def ksoftirqd():
    """Return the stat file of each thread to which softirqs are left."""
    out = subprocess.run(['pgrep', '^ksoftirqd/'], check=True, text=True,
                         capture_output=True).stdout
    return [f'/proc/{pid}/stat' for pid in out.split()]


def ip(*commands):
    subprocess.run(['ip', '-batch', '-'], input='\n'.join(commands), text=True,
                   check=True, capture_output=True)


@functools.cache
def spare_bridge():
    ip('link add br-spare type bridge', 'link add spare type dummy')
    atexit.register(ip, 'link del spare', 'link del br-spare')


def bridges_told():
    """Wait until drivers know the states and flags of bridge ports. A work
    item of the kernel reports them. A port that leaves any bridge makes the
    kernel report at once."""
    spare_bridge()
    ip('link set spare master br-spare', 'link set spare nomaster')


def alone():
    """Return whether no other program needs a processor. Then all work for
    frames is done, except for work that waits for a timer or for another
    machine."""
    with open('/proc/loadavg') as f:
        return f.read().split()[3].startswith('1/')


class Quiet:
    """True when no frame is under way, or after 5 s. On a busy machine, the
    kernel leaves some frames to threads, which get a CPU later. The limit
    ends the wait of a receiver to which frames come all the time."""
    def __init__(self):
        self.deadline = time.monotonic() + 5

    def __bool__(self):
        return time.monotonic() > self.deadline or not self._pending()

    @staticmethod
    def _pending():
        with open('/proc/net/softnet_stat') as f:
            # The twelfth value is the length of a CPU's backlog.
            if any(int(line.split()[11], 16) for line in f):
                return True
        for path in ksoftirqd():
            with open(path) as f:
                if f.read().rpartition(')')[2].split()[0] == 'R':
                    return True
        return False


class Port:
    """An open device with a PD."""
    def __init__(self, name):
        self.ctx = Context(name=name)
        self.pd = PD(self.ctx)


class RawQP:
    """A QP in RTS with all its receives posted."""
    def __init__(self, port, create_flags=0):
        self.cq = CQ(port.ctx, 4 * DEPTH, None, None, 0)
        self.mr = MR(port.pd, SLOT * (DEPTH + 1), e.IBV_ACCESS_LOCAL_WRITE)
        mask = e.IBV_QP_INIT_ATTR_PD
        if create_flags:
            mask |= e.IBV_QP_INIT_ATTR_CREATE_FLAGS
        init = QPInitAttrEx(qp_type=e.IBV_QPT_RAW_PACKET, scq=self.cq,
                            rcq=self.cq, pd=port.pd,
                            cap=QPCap(DEPTH, DEPTH, 1, 1), comp_mask=mask,
                            create_flags=create_flags)
        self.qp = QP(port.ctx, init, QPAttr(port_num=1))
        self.flows = []
        for slot in range(DEPTH):
            self.post(slot)

    def post(self, slot):
        sge = SGE(self.mr.buf + slot * SLOT, SLOT, self.mr.lkey)
        self.qp.post_recv(RecvWR(slot, 1, [sge]))

    def flow(self, kind=e.IBV_FLOW_ATTR_NORMAL, specs=(), priority=0):
        attr = FlowAttr(num_of_specs=len(specs), port=1, flow_type=kind,
                        priority=priority)
        for spec in specs:
            attr.specs.append(spec)
        self.flows.append(Flow(self.qp, attr))
        return self.flows[-1]

    def send(self, data):
        """Send one frame. On return, it has arrived or is in the slow path."""
        self.mr.write(data, len(data), DEPTH * SLOT)
        sge = SGE(self.mr.buf + DEPTH * SLOT, len(data), self.mr.lkey)
        self.qp.post_send(SendWR(wr_id=DEPTH, num_sge=1, sg=[sge],
                                 send_flags=e.IBV_SEND_SIGNALED))

    def send_burst(self, frames):
        """Post up to DEPTH frames at once, in the slots of the receives."""
        wrs = []
        for slot, data in enumerate(frames):
            self.mr.write(data, len(data), slot * SLOT)
            sge = SGE(self.mr.buf + slot * SLOT, len(data), self.mr.lkey)
            wr = SendWR(wr_id=DEPTH, num_sge=1, sg=[sge],
                        send_flags=e.IBV_SEND_SIGNALED)
            if wrs:
                wrs[-1].next_wr = wr
            wrs.append(wr)
        self.qp.post_send(wrs[0])

    def received(self):
        """Return the frames that arrived since the last call; fail on a bad
        completion."""
        frames = []
        idle, quiet = 0, Quiet()
        while idle < 3:
            only = alone()
            _, wcs = self.cq.poll(DEPTH)
            idle = idle + 1 if not wcs and quiet else 0
            for wc in wcs:
                assert wc.status == e.IBV_WC_SUCCESS, wc
                if wc.wr_id == DEPTH:
                    continue
                frames.append(self.mr.read(wc.byte_len, wc.wr_id * SLOT))
                self.post(wc.wr_id)
            time.sleep(0.001 if only else 0.01)
        return frames

    def close(self):
        for flow in self.flows:
            flow.close()
        self.qp.close()
        self.mr.close()
        self.cq.close()


class Netdev:
    """A packet socket on a net_device, which sends and receives frames."""
    ETH_P_ALL, SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 3, 263, 8, 4
    TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 0x10, 0x40
    ignored = (PACKET_OUTGOING,)

    def __init__(self, name):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(self.ETH_P_ALL))
        self.sock.setsockopt(self.SOL_PACKET, self.PACKET_AUXDATA, 1)
        self.sock.bind((name, self.ETH_P_ALL))

    def send(self, data):
        self.sock.send(data)

    def _frame(self, data, ancillary):
        """Return the frame with its vlan tag, which the kernel keeps beside
        the data."""
        for level, kind, value in ancillary:
            if (level, kind) != (self.SOL_PACKET, self.PACKET_AUXDATA):
                continue
            status, _, _, _, _, tci, tpid = struct.unpack('IIIHHHH', value[:20])
            if status & self.TP_STATUS_VLAN_VALID:
                if not status & self.TP_STATUS_VLAN_TPID_VALID:
                    tpid = 0x8100
                data = data[:12] + struct.pack('!HH', tpid, tci) + data[12:]
        return data

    def received(self, wait=0.1):
        """Return the received frames since the last call, without those sent.
        The call waits for @wait seconds of silence, or less if no other
        program runs."""
        frames = []
        idle, quiet = 0, Quiet()
        end = time.monotonic() + wait
        self.sock.settimeout(min(wait, 0.001))
        while True:
            was_quiet, only = bool(quiet), alone()
            try:
                data, ancillary, _, addr = self.sock.recvmsg(65536, 64)
            except TimeoutError:
                idle = idle + 1 if was_quiet and only else 0
                if idle == 3 or (was_quiet and time.monotonic() > end):
                    return frames
                continue
            idle, end = 0, time.monotonic() + wait
            if addr[2] not in self.ignored:
                frames.append(self._frame(data, ancillary))

    def close(self):
        self.sock.close()
