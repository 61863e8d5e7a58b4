# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""A WQ with delayed drop behind an RSS QP, and its counters."""
import ctypes
import glob
import struct
import sys
import time

from mfraw_test import enums as e
from pyverbs.spec import EthSpec
from mfraw_test.rss import RssQP, Wqs

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
DELAY = e.IBV_WQ_FLAGS_DELAY_DROP
STRIP, FCS = e.IBV_WQ_FLAGS_CVLAN_STRIPPING, e.IBV_WQ_FLAGS_SCATTER_FCS
LONG = 60000    # ms: no test takes as long
KNOBS = '/sys/bus/auxiliary/devices/*/delay_drop/timeout_msecs'


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text, flush=True)


def timeout(msecs):
    for knob in glob.glob(KNOBS):
        with open(knob, 'w') as f:
            f.write(str(msecs))


def counter(name):
    # The core reads the values again after 10 ms.
    time.sleep(0.05)
    path = f'/sys/class/infiniband/{sys.argv[2]}/ports/1/hw_counters/{name}'
    return int(open(path).read())


class Counted:
    """The growth of counters since this object was made."""
    NAMES = ('rx_no_buffer', 'rx_qp_state', 'rx_error', 'rx_delayed',
             'rx_delay_timeout', 'cq_overrun', 'kicks')

    def __init__(self):
        self.before = {name: counter(name) for name in self.NAMES}

    def __call__(self, name):
        return counter(name) - self.before[name]

    def drops(self):
        """Return the growth of each counter that has grown, except for kicks.
        """
        got = {name: self(name) for name in self.NAMES}
        return {name: n for name, n in got.items() if n and name != 'kicks'}


class TagSpec:
    """struct ibv_flow_spec_action_tag, which pyverbs does not have."""
    size = 12

    def __init__(self, tag):
        self.tag = tag

    def _copy_data(self, ptr):
        ctypes.memmove(ptr, struct.pack('<IHxxI', 0x1000, self.size, self.tag),
                       self.size)


class Queue(Wqs):
    """One WQ or two in RDY, with nothing posted, and a QP in front of them."""
    def __init__(self, port, flags=DELAY, depth=128, flow=True, count=1, **attr):
        super().__init__(port, count, depth, ready=False, create_flags=flags, **attr)
        for i in range(count):
            self.state(i, e.IBV_WQS_RDY)
        # pyverbs makes no table of a single entry.
        self.tbl = self.table([0, count - 1])
        self.qp = RssQP(port, self.tbl, e.IBV_RX_HASH_SRC_IPV4)
        if flow:
            self.qp.flow(specs=[EthSpec(dst_mac=MAC2)])
        self.posted = 0

    def give(self, count=1):
        """Post that many receives to the first WQ."""
        for _ in range(count):
            self.post(0, self.posted % self.depth)
            self.posted += 1

    def take(self):
        """Return the frames that have arrived, in order."""
        out = []
        for wc in self.poll():
            assert wc.status == e.IBV_WC_SUCCESS, wc
            out.append(self.mr.read(wc.byte_len, wc.wr_id * 2048))
        return out

    def again(self, i=0):
        """Go from any state to RDY, with nothing posted."""
        self.state(i, e.IBV_WQS_RESET)
        self.state(i, e.IBV_WQS_RDY)
        self.posted = 0

    def close(self):
        self.qp.close()
        self.tbl.close()
        super().close()
