# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""vlan stripping and FCS, on WQs and on QPs."""
import struct
import sys
import zlib

from mfraw_test import enums as e
from mfraw_test.raw import DEPTH, Port, RawQP, frame
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError
from mfraw_test.rss import RssQP, Sender, Wqs
from pyverbs.cq import CqInitAttrEx, CQEX, PollCqAttr
from pyverbs.pyverbs_error import PyverbsError
from pyverbs.wq import WQAttr
from pyverbs.wr import SGE, RecvWR

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
STRIP, FCS = e.IBV_WQ_FLAGS_CVLAN_STRIPPING, e.IBV_WQ_FLAGS_SCATTER_FCS
one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx = Sender(one)

attr = two.ctx.query_device_ex()
assert attr.raw_packet_caps & 3 == e.IBV_RAW_PACKET_CAP_CVLAN_STRIPPING | \
    e.IBV_RAW_PACKET_CAP_SCATTER_FCS, attr.raw_packet_caps
rss = attr.rss_caps
assert rss.rx_hash_function == e.IBV_RX_HASH_FUNC_TOEPLITZ, rss.rx_hash_function
assert rss.rx_hash_fields_mask == 0xff, rss.rx_hash_fields_mask
assert rss.supported_qpts == 1 << e.IBV_QPT_RAW_PACKET, rss.supported_qpts
assert rss.max_rwq_indirection_tables > 0 and attr.max_wq_type_rq > 0
print('ok - the device reports the features')


def case(text, got, want):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def fcs(data):
    return struct.pack('<I', zlib.crc32(data))


def bare(data):
    return data[:12] + data[16:] if data[12:14] == b'\x81\x00' else data


inner = b'\x81\x00\x00\x07' + b'\x08\x06' + bytes(range(50))
FRAMES = [
    frame(MAC2), frame(MAC2, tag=0x6005), frame(MAC2, tag=0),
    # Two tags; a tag of a provider bridge; a tag that is cut short.
    frame(MAC2, tag=5)[:16] + inner, frame(MAC2, ethertype=0x88a8, data=inner[2:]),
    frame(MAC2, ethertype=0x8100, data=b'\0'), frame(MAC2, data=b''),
    frame(MAC2, tag=0xffff, data=b''), frame(MAC2, ethertype=0x8100, data=b'\0\5'),
]
for size in (100, 110, 114, 124, 125, 128, 129, 240, 1000, 1460):
    data = bytes(i * 7 & 0xff for i in range(size))
    FRAMES += [frame(MAC2, data=data), frame(MAC2, tag=size, data=data)]
# Each frame has at least an Ethernet header.
FRAMES = [f for f in FRAMES if len(f) >= 14]


def want(data, flags):
    whole = data
    # Only a complete tag is stripped.
    if flags & STRIP and len(data) >= 18:
        data = bare(data)
    if flags & FCS:
        data += fcs(whole)
    return data


def check(text, received, flags):
    for data in FRAMES:
        tx.send(data)
        case(f'{text} {len(data)} bytes {data[12:18].hex()}', received(), [want(data, flags)])


for flags in (0, STRIP, FCS, STRIP | FCS):
    wqs = Wqs(two, 2, create_flags=flags)
    table = wqs.table([0, 1])
    qp = RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4)
    qp.flow(specs=[EthSpec(dst_mac=MAC2)])
    check(f'WQ flags {flags}:', lambda: [data for _, data in wqs.received()], flags)

    # Stripping is switched on and off. The FCS remains as requested at
    # creation.
    for value in (STRIP, 0, STRIP):
        wqs.wqs[0].modify(WQAttr(attr_mask=e.IBV_WQ_ATTR_FLAGS, flags=value,
                                 flags_mask=STRIP))
        tx.send(FRAMES[1])
        case(f'flags {flags}, then {value}', wqs.received(),
             [(0, want(FRAMES[1], flags & FCS | value))])
    # Attributes without their bit in the mask do not change.
    wqs.wqs[0].modify(WQAttr(attr_mask=e.IBV_WQ_ATTR_FLAGS, flags=0, flags_mask=0))
    tx.send(FRAMES[1])
    case('an empty mask changes no flag',
         wqs.received(), [(0, want(FRAMES[1], flags & FCS | STRIP))])
    for obj in (qp, table, wqs):
        obj.close()

    create = (e.IBV_QP_CREATE_CVLAN_STRIPPING if flags & STRIP else 0) | \
        (e.IBV_QP_CREATE_SCATTER_FCS if flags & FCS else 0)
    rx = RawQP(two, create)
    rx.flow(specs=[EthSpec(dst_mac=MAC2)])
    check(f'QP flags {create:#x}:', rx.received, flags)
    # Many frames at once.
    tx.send_burst(FRAMES[:24])
    case('a burst arrives', rx.received(), [want(data, flags) for data in FRAMES[:24]])
    rx.close()

# The entry must have room for the FCS as well.
wqs = Wqs(two, 2, create_flags=FCS)
table = wqs.table([0, 1])
qp = RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4)
qp.flow(specs=[EthSpec(dst_mac=MAC2)])
data = frame(MAC2)
for room, status in ((len(data) + 4, e.IBV_WC_SUCCESS), (len(data) + 3, e.IBV_WC_LOC_LEN_ERR)):
    wqs.state(0, e.IBV_WQS_RESET)
    wqs.state(0, e.IBV_WQS_RDY)
    wqs.post(0, 0, length=room)
    tx.send(data)
    case(f'room for {room} bytes', [wc.status for wc in wqs.poll()], [status])
for obj in (qp, table, wqs):
    obj.close()

# The FCS may lie in several pieces of memory, as the frame may.
wqs = Wqs(two, 2, create_flags=FCS | STRIP, max_sge=8, ready=False)
table = wqs.table([0, 1])
qp = RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4)
qp.flow(specs=[EthSpec(dst_mac=MAC2)])
wqs.state(0, e.IBV_WQS_RDY)
for data in FRAMES[0], FRAMES[1], FRAMES[-1]:
    whole = want(data, FCS | STRIP)
    for cuts in ((5, 12, 13, 14), (len(whole) - 4,), (len(whole) - 3, len(whole) - 1),
                 (1, len(whole) - 5, len(whole) - 2)):
        edges = (0, *cuts, len(whole))
        lens = [b - a for a, b in zip(edges, edges[1:])]
        places = [sum(lens[:i]) + 16 * i for i in range(len(lens))]
        sges = [SGE(wqs.mr.buf + at, n, wqs.mr.lkey) for at, n in zip(places, lens)]
        wqs.wqs[0].post_recv(RecvWR(1, len(sges), sges))
        tx.send(data)
        wcs = wqs.poll()
        case(f'{len(data)} bytes in {lens}',
             ([(wc.status, wc.byte_len) for wc in wcs],
              b''.join(wqs.mr.read(n, at) for at, n in zip(places, lens))),
             ([(e.IBV_WC_SUCCESS, len(whole))], whole))
for obj in (qp, table, wqs):
    obj.close()

# An extended CQ returns the tag that was stripped.
try:
    cq = CQEX(two.ctx, CqInitAttrEx(cqe=DEPTH, wc_flags=e.IBV_WC_EX_WITH_CVLAN |
                                    e.IBV_WC_EX_WITH_BYTE_LEN))
except (PyverbsError, PyverbsRDMAError) as ex:
    print('# skipped: there is no extended CQ:', ex)
    cq = None
if cq:
    wqs = Wqs(two, 2, create_flags=STRIP, wq_cq=cq)
    table = wqs.table([0, 1])
    qp = RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4)
    qp.flow(specs=[EthSpec(dst_mac=MAC2)])
    for tag in (0x6005, 0xffff, 1):
        tx.send(frame(MAC2, tag=tag))
        assert cq.start_poll(PollCqAttr()) == 0, 'no completion'
        case('the completion has the stripped tag',
             (cq.status, cq.read_cvlan()), (e.IBV_WC_SUCCESS, tag))
        cq.end_poll()
    for obj in (qp, table, wqs, cq):
        obj.close()
tx.close()
