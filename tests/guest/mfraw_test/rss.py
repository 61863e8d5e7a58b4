# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""WQs, indirection tables and RSS QPs with pyverbs, and a reference of the
hash."""
import ipaddress
import time

from mfraw_test import enums as e
from mfraw_test.raw import DEPTH, SLOT, RawQP
from pyverbs.cq import CQ
from pyverbs.flow import Flow, FlowAttr
from pyverbs.mr import MR
from pyverbs.qp import QP, QPCap, QPInitAttrEx
from pyverbs.wq import (WQ, RwqIndTable, RwqIndTableInitAttr, RxHashConf, WQAttr,
                        WQInitAttr)
from pyverbs.wr import SGE, RecvWR

RSS_MASK = (e.IBV_QP_INIT_ATTR_PD | e.IBV_QP_INIT_ATTR_RX_HASH |
            e.IBV_QP_INIT_ATTR_IND_TABLE)

# The key and the values that Microsoft publishes for authors of drivers
# ("Verifying the RSS Hash Calculation"): destination, source, hash of the
# addresses, hash of addresses and TCP ports.
MS_KEY = bytes.fromhex('6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b4'
                       '77cb2da38030f20c6a42b73bbeac01fa')
MS_VECTORS = [
    (('161.142.100.80', 1766), ('66.9.149.187', 2794), 0x323e8fc2, 0x51ccc178),
    (('65.69.140.83', 4739), ('199.92.111.2', 14230), 0xd718262a, 0xc626b0ea),
    (('12.22.207.184', 38024), ('24.19.198.95', 12898), 0xd2d0a5de, 0x5c2b394a),
    (('209.142.163.6', 2217), ('38.27.205.30', 48228), 0x82989176, 0xafc7327f),
    (('202.188.127.2', 1303), ('153.39.163.191', 44251), 0x5d1809c5, 0x10e828a2),
    (('3ffe:2501:200:3::1', 1766), ('3ffe:2501:200:1fff::7', 2794),
     0x2cc18cd5, 0x40207d3d),
    (('ff02::1', 4739), ('3ffe:501:8::260:97ff:fe40:efab', 14230),
     0x0f0c461c, 0xdde51bbf),
    (('fe80::200:f8ff:fe21:67cf', 38024), ('3ffe:1900:4545:3:200:f8ff:fe21:67cf', 44251),
     0x4b61e985, 0x02d1feef),
]


def toeplitz(key, data):
    """Return the hash. Each bit of the data that is set contributes the 32
    bits of the key that begin at its place. The hash is the XOR of them."""
    bits = int.from_bytes(key, 'big')
    width = len(key) * 8
    result = 0
    for i in range(len(data) * 8):
        if data[i // 8] & (0x80 >> i % 8):
            result ^= bits >> (width - 32 - i) & 0xffffffff
    return result


def packed(addr):
    return ipaddress.ip_address(addr).packed


class Sender(RawQP):
    """A QP that never fills, since it waits for the completion of each send."""
    def send(self, data):
        super().send(data)
        assert self.cq.poll(DEPTH)[0] == 1

    def send_burst(self, frames):
        super().send_burst(frames)
        assert self.cq.poll(DEPTH)[0] == len(frames)


class Wqs:
    """WQs in RDY with a CQ, and receives posted to each."""
    def __init__(self, port, count, depth=4, ready=True, **attr):
        self.port, self.depth = port, depth
        self.cq = CQ(port.ctx, count * depth, None, None, 0)
        self.mr = MR(port.pd, SLOT * count * depth, e.IBV_ACCESS_LOCAL_WRITE)
        self.wqs = []
        for _ in range(count):
            self.wqs.append(self.create(**attr))
        self.index = {wq.wqn: i for i, wq in enumerate(self.wqs)}
        assert len(self.index) == count, 'two WQs have the same number'
        if ready:
            for i in range(count):
                self.ready(i)

    def create(self, **attr):
        attr = {'wq_pd': self.port.pd, 'wq_cq': self.cq, 'max_wr': self.depth,
                'max_sge': 1, **attr}
        if 'create_flags' in attr:
            attr.setdefault('comp_mask', e.IBV_WQ_INIT_ATTR_FLAGS)
        return WQ(self.port.ctx, WQInitAttr(**attr))

    def state(self, i, state, **more):
        mask = e.IBV_WQ_ATTR_STATE | more.pop('mask', 0)
        self.wqs[i].modify(WQAttr(attr_mask=mask, wq_state=state, **more))

    def ready(self, i):
        self.state(i, e.IBV_WQS_RDY)
        for slot in range(self.depth):
            self.post(i, slot)

    def request(self, i, slot, length=SLOT):
        slot += i * self.depth
        sge = SGE(self.mr.buf + slot * SLOT, length, self.mr.lkey)
        return RecvWR(slot, 1, [sge])

    def post(self, i, slot, length=SLOT):
        self.wqs[i].post_recv(self.request(i, slot, length))

    def poll(self, count=0):
        """Return all completions. Wait up to 10 s for at least @count."""
        wcs, idle = [], 0
        while idle < 2 or (len(wcs) < count and idle < 5000):
            _, some = self.cq.poll(64)
            idle = 0 if some else idle + 1
            wcs += some
            if not some:
                time.sleep(0.002)
        return wcs

    def received(self):
        """Return (WQ, frame) of each frame that arrived since the last call,
        in order."""
        out = []
        for wc in self.poll():
            assert wc.status == e.IBV_WC_SUCCESS, wc
            assert wc.opcode == e.IBV_WC_RECV, wc
            i = self.index[wc.qp_num]
            assert wc.wr_id // self.depth == i, (wc, i)
            out.append((i, self.mr.read(wc.byte_len, wc.wr_id * SLOT)))
            self.post(i, wc.wr_id % self.depth)
        return out

    def table(self, entries):
        wqs = [self.wqs[i] for i in entries]
        log = (len(entries) - 1).bit_length()
        return RwqIndTable(self.port.ctx, RwqIndTableInitAttr(log, wqs))

    def close(self):
        for wq in self.wqs:
            wq.close()
        self.mr.close()
        self.cq.close()


def hash_conf(fields, key=MS_KEY, function=e.IBV_RX_HASH_FUNC_TOEPLITZ):
    return RxHashConf(function, len(key), list(key), fields)


class RssQP:
    """A QP over a table, with flows."""
    def __init__(self, port, table, fields, key=MS_KEY, **more):
        attr = {'qp_type': e.IBV_QPT_RAW_PACKET, 'pd': port.pd, 'comp_mask': RSS_MASK,
                'hash_conf': hash_conf(fields, key), 'ind_table': table,
                'cap': QPCap(0, 0, 0, 0), **more}
        self.qp = QP(port.ctx, QPInitAttrEx(**attr))
        self.flows = []

    def flow(self, kind=e.IBV_FLOW_ATTR_NORMAL, specs=(), priority=0):
        attr = FlowAttr(num_of_specs=len(specs), port=1, flow_type=kind,
                        priority=priority)
        for spec in specs:
            attr.specs.append(spec)
        self.flows.append(Flow(self.qp, attr))

    def close(self):
        for flow in self.flows:
            flow.close()
        self.qp.close()
