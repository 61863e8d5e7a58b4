# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import errno
import sys
from mfraw_test import enums as e
from mfraw_test.raw import CQ, QP, Flow, FlowAttr, Port, QPAttr, QPCap, RawQP, frame
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError
from pyverbs.qp import QPInitAttr
from pyverbs.spec import Ipv4ExtSpec, Ipv6Spec, TcpUdpSpec

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
GROUP = '01:00:5e:00:00:01'
one, two = Port(sys.argv[1]), Port(sys.argv[2])


def case(text, got, want):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def eth(dst, **more):
    return EthSpec(dst_mac=dst, **more)


tx = RawQP(one)
a, b = RawQP(two), RawQP(two)
data = frame(MAC2)

tx.send(data)
case('without a rule, no frame arrives', (a.received(), b.received()), ([], []))

low = a.flow(specs=[eth(MAC2)], priority=5)
tx.send(data)
case('a rule delivers the frame', (a.received(), b.received()), ([data], []))
high = b.flow(specs=[eth(MAC2)], priority=1)
tx.send(data)
case('the lower priority number comes first', (a.received(), b.received()), ([], [data]))
same = a.flow(specs=[eth(MAC2)], priority=1)
tx.send(data)
case('equal rules replicate the frame', (a.received(), b.received()), ([data], [data]))
twice = a.flow(specs=[eth(MAC2)], priority=1)
tx.send(data)
case('a queue gets one copy', (a.received(), b.received()), ([data], [data]))
for flow in (low, high, same, twice):
    flow.close()
a.flows, b.flows = [], []
tx.send(data)
case('after the last rule, no frame arrives', (a.received(), b.received()), ([], []))

a.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
b.flow(e.IBV_FLOW_ATTR_MC_DEFAULT)
group = frame(GROUP)
broadcast = frame('ff:ff:ff:ff:ff:ff')
for f in (data, group, broadcast):
    tx.send(f)
case('ALL_DEFAULT gets unicast, MC_DEFAULT multicast',
     (a.received(), b.received()), ([data], [group, broadcast]))
b.flow(specs=[eth(MAC2)])
tx.send(data)
case('a rule comes before the defaults', (a.received(), b.received()), ([], [data]))
a.close()
b.close()

a, b = RawQP(two), RawQP(two)
a.flow(specs=[eth(MAC2, vlan_tag=5, vlan_tag_mask=0xfff)])
b.flow(specs=[eth(MAC2, ether_type=0x88b6)], priority=1)
tagged = frame(MAC2, tag=0x6005)
typed = frame(MAC2, ethertype=0x88b6)
for f in (tagged, typed, data, frame(MAC2, tag=6)):
    tx.send(f)
case('rules match vlan and EtherType', (a.received(), b.received()), ([tagged], [typed]))
a.close()
b.close()

a = RawQP(two)
udp = bytes.fromhex('4500002000000000401100000a0000010a000002'
                    '03e807d0000c0000') + b'mfra'
a.flow(specs=[eth(MAC2), Ipv4ExtSpec(dst_ip='10.0.0.2'),
              TcpUdpSpec(e.IBV_FLOW_SPEC_UDP, dst_port=2000)])
hit = frame(MAC2, ethertype=0x800, data=udp)
tx.send(hit)
tx.send(frame(MAC2, ethertype=0x800, data=udp.replace(b'\x07\xd0', b'\x07\xd1')))
case('a rule matches the UDP port', a.received(), [hit])
a.close()

a = RawQP(two)


def ipv6(value):
    return (bytes.fromhex('6%07x000c1140' % value) + 16 * b'\x01' +
            16 * b'\x02' + bytes.fromhex('03e807d0000c0000') + b'mfra')


def label(value, mask=0xfffff):
    return Ipv6Spec(src_ip=':'.join(8 * ['101']), dst_ip=':'.join(8 * ['202']),
                    flow_label=value, flow_label_mask=mask)


a.flow(specs=[eth(MAC2), label(0xabcde)])
hit = frame(MAC2, ethertype=0x86dd, data=ipv6(0xabcde))
tx.send(hit)
for other in (0, 0xabcdf, 0x0bcde):
    tx.send(frame(MAC2, ethertype=0x86dd, data=ipv6(other)))
tx.send(frame(MAC2, ethertype=0x800, data=udp))
case('a rule matches the IPv6 flow label', a.received(), [hit])
a.close()

# Multicast is looped back to rules of the sender's own port and of the sender
# itself.
own, blocked = RawQP(one), RawQP(one, e.IBV_QP_CREATE_BLOCK_SELF_MCAST_LB)
own.flow(specs=[eth(GROUP)])
blocked.flow(specs=[eth(GROUP)])
own.send(group)
case('multicast is looped back', (own.received(), blocked.received()), ([group], [group]))
blocked.send(group)
case('BLOCK_SELF_MCAST_LB blocks only the own copy',
     (own.received(), blocked.received()), ([group], []))
own.close()
blocked.close()

# A sniffer sees both directions, and no other queue notices it.
a, sniffer, far = RawQP(two), RawQP(two), RawQP(one)
a.flow(specs=[eth(MAC2)])
far.flow(specs=[eth(MAC1)])
sniffer.flow(e.IBV_FLOW_ATTR_SNIFFER)
back = frame(MAC1, src=MAC2)
unknown = frame('02:00:00:00:77:77', src=MAC2)
tx.send(data)
a.send(back)
a.send(unknown)
case('sniffed frames arrive', (a.received(), far.received()), ([data], [back]))
case('a sniffer sees all frames', sniffer.received(), [data, back, unknown])
for qp in (a, sniffer, far):
    qp.close()


def refused(text, code, *args, **kwargs):
    qp = RawQP(two)
    try:
        qp.flow(*args, **kwargs)
    except PyverbsRDMAError as ex:
        case(text, ex.error_code, code)
    else:
        raise AssertionError(text + ': not refused')
    qp.close()


refused('default with a spec', errno.EINVAL, e.IBV_FLOW_ATTR_ALL_DEFAULT, [eth(MAC2)])
refused('sniffer with a spec', errno.EINVAL, e.IBV_FLOW_ATTR_SNIFFER, [eth(MAC2)])
refused('IPv4 in IPv6', errno.EINVAL,
        specs=[eth(MAC2, ether_type=0x86dd), Ipv4ExtSpec(dst_ip='10.0.0.2')])
refused('layers in the wrong order', errno.EINVAL,
        specs=[Ipv4ExtSpec(dst_ip='10.0.0.2'), eth(MAC2)])
refused('two specs of a layer', errno.EINVAL, specs=[eth(MAC2), eth(MAC2)])
refused('a label of 21 bits', errno.EINVAL,
        specs=[eth(MAC2), label(1 << 20, 1 << 20)])
refused('inner headers', errno.EOPNOTSUPP,
        specs=[EthSpec(dst_mac=MAC2, is_inner=1)])

# Rules with too many receivers of a frame are refused.
def many(text, least, limit, add):
    made = 0
    try:
        while made <= limit:
            add(made)
            made += 1
    except PyverbsRDMAError as ex:
        case(text, ex.error_code, errno.ENOSPC)
    assert least <= made <= limit, f'{made} rules'


a = RawQP(two)
many('too many priorities are refused', 100, 128,
     lambda i: a.flow(specs=[eth(GROUP)], priority=i))
a.close()
crowd = []


def sniff(_):
    init = QPInitAttr(e.IBV_QPT_RAW_PACKET, scq=crowd_cq, rcq=crowd_cq,
                      cap=QPCap(0, 1, 0, 1))
    crowd.append(QP(two.pd, init, QPAttr(port_num=1)))
    attr = FlowAttr(num_of_specs=0, port=1, flow_type=e.IBV_FLOW_ATTR_SNIFFER)
    crowd.append(Flow(crowd[-1], attr))


crowd_cq = CQ(two.ctx, 8, None, None, 0)
# The operator may allow more than 30.
many('too many sniffers are refused', 30, 64, sniff)
for flow in crowd[::-1]:
    flow.close()
crowd_cq.close()


def refused_for_datagrams():
    """Queue pairs of RoCE get packets of their transport only."""
    cq = CQ(two.ctx, 4, None, None, 0)
    qp = QP(two.pd, QPInitAttr(qp_type=e.IBV_QPT_UD, scq=cq, rcq=cq,
                               cap=QPCap(1, 1, 1, 1)))
    for kind in (e.IBV_FLOW_ATTR_NORMAL, e.IBV_FLOW_ATTR_ALL_DEFAULT,
                 e.IBV_FLOW_ATTR_MC_DEFAULT, e.IBV_FLOW_ATTR_SNIFFER):
        try:
            Flow(qp, FlowAttr(num_of_specs=0, port=1, flow_type=kind))
            raise AssertionError(f'a flow of type {kind} to a UD queue pair')
        except PyverbsRDMAError as ex:
            case(f'no flow of type {kind} to a UD queue pair', ex.error_code,
                 errno.EOPNOTSUPP)
    qp.close()
    cq.close()


# A driver without RoCE has no address handles.
if two.ctx.query_device().max_ah:
    refused_for_datagrams()

# Resizing keeps the completions in the CQ, in order, before later ones.
a = RawQP(two)
a.flow(specs=[eth(MAC2)])
sent = [frame(MAC2, data=bytes([i]) * 20) for i in range(8)]
for f in sent[:3]:
    tx.send(f)
a.cq.resize(1000)
for f in sent[3:6]:
    tx.send(f)
try:
    a.cq.resize(1)
    raise AssertionError('a CQ shrank below its completions')
except PyverbsRDMAError as ex:
    case('a CQ does not shrink below its completions', ex.error_code, errno.EINVAL)
a.cq.resize(8)
for f in sent[6:]:
    tx.send(f)
case('a resized CQ keeps its completions', a.received(), sent)
a.close()
tx.close()
for port in (one, two):
    port.pd.close()
    port.ctx.close()
