#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""raw_pair.py SENDER SOURCE RECEIVER DESTINATION - raw frames with pyverbs

Sends a frame from MAC address SOURCE of the device SENDER to MAC address DESTINATION
of the device RECEIVER, and compares the frame that arrives.
"""
import sys

from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.flow import Flow, FlowAttr
from pyverbs.libibverbs_enums import (
    ibv_access_flags, ibv_flow_attr_type, ibv_qp_type, ibv_send_flags,
    ibv_wc_status)
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.spec import EthSpec
from pyverbs.wr import SGE, RecvWR, SendWR

FRAME_LEN = 64
ETHERTYPE = 0x88b5      # IEEE: for local experiments
SLOT = 2048


class Port:
    """A raw packet queue pair in state RTS, and a buffer for one frame."""

    def __init__(self, device):
        self.context = Context(name=device)
        self.pd = PD(self.context)
        self.mr = MR(self.pd, SLOT, ibv_access_flags.IBV_ACCESS_LOCAL_WRITE)
        self.cq = CQ(self.context, 1)
        init = QPInitAttr(qp_type=ibv_qp_type.IBV_QPT_RAW_PACKET, scq=self.cq,
                          rcq=self.cq, cap=QPCap(1, 1, 1, 1))
        # With QPAttr, pyverbs also brings the queue pair to RTS.
        self.qp = QP(self.pd, init, QPAttr(port_num=1))

    def receive_from(self, address):
        """Post the buffer, and have the frames to a MAC address received."""
        self.qp.post_recv(RecvWR(0, 1, [SGE(self.mr.buf, SLOT, self.mr.lkey)]))
        attr = FlowAttr(port=1, num_of_specs=1,
                        flow_type=ibv_flow_attr_type.IBV_FLOW_ATTR_NORMAL)
        attr.specs.append(EthSpec(dst_mac=address))
        return Flow(self.qp, attr)

    def send(self, frame):
        self.mr.write(frame, len(frame))
        self.qp.post_send(SendWR(
            num_sge=1, sg=[SGE(self.mr.buf, len(frame), self.mr.lkey)],
            send_flags=ibv_send_flags.IBV_SEND_SIGNALED))

    def completion(self):
        """Wait for a completion."""
        count = 0
        while not count:
            count, completions = self.cq.poll()
        if completions[0].status != ibv_wc_status.IBV_WC_SUCCESS:
            sys.exit(f'raw_pair.py: completion status {completions[0].status}')
        return completions[0]


def main():
    if len(sys.argv) != 5:
        print('usage: raw_pair.py SENDER SOURCE RECEIVER DESTINATION', file=sys.stderr)
        sys.exit(2)
    source, destination = sys.argv[2], sys.argv[4]
    sender, receiver = Port(sys.argv[1]), Port(sys.argv[3])
    flow = receiver.receive_from(destination)

    frame = bytes.fromhex((destination + source).replace(':', ''))
    frame += ETHERTYPE.to_bytes(2, 'big')
    frame = frame.ljust(FRAME_LEN, b'.')
    sender.send(frame)
    sender.completion()
    length = receiver.completion().byte_len
    if receiver.mr.read(length, 0) != frame:
        sys.exit('raw_pair.py: another frame has arrived')
    print(f'a frame of {length} bytes has arrived')
    # An object can be destroyed once no other object uses it.
    flow.close()


if __name__ == '__main__':
    main()
