# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Two sides of RoCEv2 connections, and packets in the name of one of them."""
from mfraw_test import enums as e
from mfraw_test.packets import IP, UDP, Ether, Raw, raw
from mfraw_test.raw import Port
from pyverbs.addr import AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.mr import MR
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.wr import SGE, RecvWR, SendWR
from scapy.contrib.roce import BTH

MACS = [None, '02:00:00:00:01:01', '02:00:00:00:01:02', '02:00:00:00:01:03']
IPS = [None, '192.0.2.1', '192.0.2.2', '192.0.2.3']
PSN, QKEY, SIZE, DEPTH = 0xfffff0, 0x1234, 8192, 16
ACCESS = e.IBV_ACCESS_LOCAL_WRITE | e.IBV_ACCESS_REMOTE_WRITE | \
    e.IBV_ACCESS_REMOTE_READ | e.IBV_ACCESS_REMOTE_ATOMIC


class Side:
    """A queue pair of each kind with four posted receives. The local ACK
    timeout is 4.096 us times 2 to the power of @timeout, by default 67 ms."""
    def __init__(self, name, gid_index, mtu=e.IBV_MTU_1024, timeout=14):
        self.name, self.gid_index, self.mtu = name, int(gid_index), mtu
        self.timeout = timeout
        self.port = Port(name)
        self.cq = CQ(self.port.ctx, 64, None, None, 0)
        self.mr = MR(self.port.pd, SIZE, ACCESS)
        self.mr.write(SIZE * b'\xbb', SIZE)
        self.qps = {}
        for kind in e.IBV_QPT_RC, e.IBV_QPT_UC, e.IBV_QPT_UD:
            init = QPInitAttr(qp_type=kind, scq=self.cq, rcq=self.cq,
                              cap=QPCap(DEPTH, DEPTH, 2, 2))
            self.qps[kind] = QP(self.port.pd, init)
        self.rc = self.qps[e.IBV_QPT_RC]
        for kind in self.qps:
            for _ in range(4):
                self.post_recv(kind)

    def post_recv(self, kind):
        if self.qps[kind].qp_state == e.IBV_QPS_RESET:
            self.qps[kind].to_init(self.attr(kind))
        self.qps[kind].post_recv(RecvWR(7, 1, [SGE(self.mr.buf, 100, self.mr.lkey)]))

    def attr(self, kind, peer=None):
        attr = QPAttr(port_num=1)
        attr.qp_access_flags = ACCESS
        if kind == e.IBV_QPT_UD:
            attr.qkey, attr.sq_psn = QKEY, PSN
        elif peer:
            route = GlobalRoute(dgid=peer.port.ctx.query_gid(1, peer.gid_index),
                                sgid_index=self.gid_index, hop_limit=4)
            attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
            attr.dest_qp_num = peer.qps[kind].qp_num
            attr.path_mtu = self.mtu
            attr.rq_psn = attr.sq_psn = PSN
            attr.max_rd_atomic = attr.max_dest_rd_atomic = 4
            attr.min_rnr_timer, attr.timeout = 1, self.timeout
            attr.retry_cnt = attr.rnr_retry = 7
        return attr

    def connect(self, peer):
        for kind, qp in self.qps.items():
            qp.to_rts(self.attr(kind, peer))

    def counter(self, name):
        with open(f'/sys/class/infiniband/{self.name}/ports/1/hw_counters/{name}') as f:
            return int(f.read())

    def state(self):
        return self.rc.query(e.IBV_QP_STATE)[0].qp_state

    def send(self, opcode, sges, remote=(0, 0)):
        """Post a request to the RC queue pair."""
        wr = SendWR(wr_id=1, num_sge=len(sges), sg=sges, opcode=opcode,
                    send_flags=e.IBV_SEND_SIGNALED)
        if opcode == e.IBV_WR_RDMA_READ:
            wr.set_wr_rdma(*remote)
        self.rc.post_send(wr)


def packet(qpn, psn, op, payload, src=1, dst=2, ip=(), udp=(), **bth):
    """Return a valid packet from side @src to side @dst. The third device
    sends it, from its own MAC address."""
    fields = dict(opcode=op, dqpn=qpn, psn=psn & 0xffffff, pkey=0xffff)
    fields.update(bth)
    l3 = dict(src=IPS[src], dst=IPS[dst], flags='DF', ttl=64)
    l3.update(ip)
    l4 = dict(sport=0xc123, dport=4791, chksum=0)
    l4.update(udp)
    return raw(Ether(src=MACS[3], dst=MACS[dst]) / IP(**l3) / UDP(**l4) /
               BTH(**fields) / Raw(payload))
