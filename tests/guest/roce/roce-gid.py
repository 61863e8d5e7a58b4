# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import errno
import ipaddress
import json
import subprocess
import sys
from mfraw_test import enums as e
from pyverbs.addr import AH, AHAttr, GID, GlobalRoute
from pyverbs.mr import MR, MW
from pyverbs.srq import SRQ, SrqAttr, SrqInitAttr
from mfraw_test.raw import Port
from pyverbs.pyverbs_error import PyverbsRDMAError

port = Port(sys.argv[1])
V4, V6, VLAN = map(int, sys.argv[2:])


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def refused(text, want, make):
    try:
        made = make()
    except PyverbsRDMAError as err:
        case(f'{text}: {errno.errorcode[want]}', err.error_code, want)
    else:
        made.close()
        raise AssertionError(f'{text} is not refused')


def gid(address):
    a = ipaddress.ip_address(address)
    raw = bytes(10) + b'\xff\xff' + a.packed if a.version == 4 else a.packed
    return GID(raw.hex(':', 2))


def ah(dgid, index, pd=port.pd, sl=0, is_global=1, port_num=1, **route):
    gr = GlobalRoute(dgid=gid(dgid), sgid_index=index, **route)
    return AH(pd, attr=AHAttr(gr=gr, sl=sl, is_global=is_global,
                              port_num=port_num))


def srq(wr=16, sge=1, limit=0):
    return SRQ(port.pd, SrqInitAttr(SrqAttr(wr, sge, limit)))


dev = port.ctx.query_device()
for name, want in (('max_ah', 1 << 20), ('max_mw', 1 << 16),
                   ('max_srq', 16384), ('max_srq_wr', 16384),
                   ('max_srq_sge', 16), ('max_qp_rd_atom', 16),
                   ('max_qp_init_rd_atom', 16),
                   ('atomic_caps', e.IBV_ATOMIC_HCA)):
    case(name, getattr(dev, name), want)
case('the device has memory windows',
     dev.device_cap_flags & e.IBV_DEVICE_MEM_WINDOW_TYPE_2B != 0)
attr = port.ctx.query_port(1)
case('the longest message', attr.max_msg_sz, 1 << 31)
case('entries of the GID table', attr.gid_tbl_len, 256)
case('the default P_Key', port.ctx.query_pkey(1, 0), 0xffff)
case('all GIDs are of RoCEv2', {g.gid_type for g in port.ctx.query_gid_table(256)},
     {e.IBV_GID_TYPE_ROCE_V2})

good = [ah('10.1.1.2', V4), ah('2001:db8::2', V6), ah('10.1.5.2', VLAN, sl=3),
        ah('10.1.1.2', V4, hop_limit=1, flow_label=0xfffff,
           traffic_class=0xff),
        ah('::ffff:224.1.2.3', V4), ah('ff0e::1', V6)]
many = [ah('10.1.1.2', V4) for _ in range(500)]
print('ok - address handles are created')
refused('an IPv6 peer of an IPv4 GID', errno.EINVAL, lambda: ah('ff0e::1', V4))
refused('an IPv4 peer of an IPv6 GID', errno.EINVAL,
        lambda: ah('::ffff:224.1.2.3', V6))
refused('an empty entry of the GID table', errno.ENODATA,
        lambda: ah('10.1.1.2', 255))
refused('no GRH', errno.EINVAL, lambda: ah('10.1.1.2', V4, is_global=0))
refused('another port', errno.EINVAL, lambda: ah('10.1.1.2', V4, port_num=2))
for x in good + many:
    x.close()

x = srq(100, 3)
attr = x.query()
case('max_wr is rounded up', attr.max_wr, 128)
case('max_sge is as requested', attr.max_sge, 3)
case('a new SRQ has no limit', attr.srq_limit, 0)
shown, = json.loads(subprocess.run(
    ['rdma', '-j', '-dd', 'resource', 'show', 'srq', 'dev', sys.argv[1]],
    check=True, capture_output=True, text=True).stdout)
case('rdma resource show srq', (shown['type'], shown['drv_entries'],
                                shown['drv_prod'], shown['drv_cons']),
     ('BASIC', 128, 0, 0))
refused('a limit above the size', errno.EINVAL,
        lambda: x.modify(SrqAttr(0, 0, 129), e.IBV_SRQ_LIMIT))
refused('a resize', errno.EOPNOTSUPP,
        lambda: x.modify(SrqAttr(256, 1, 0), e.IBV_SRQ_MAX_WR))
x.modify(SrqAttr(0, 0, 1), e.IBV_SRQ_LIMIT)
event = port.ctx.get_async_event()
case('a limit above the number of receives raises an event', event.event_type,
     e.IBV_EVENT_SRQ_LIMIT_REACHED)
event.ack()
case('the event clears the limit', x.query().srq_limit, 0)
x.close()
for wr, sge in ((1, 0), (16384, 16), (1, 16)):
    x = srq(wr, sge)
    case(f'max_sge of an SRQ of {wr} entries of {sge}', x.query().max_sge, max(sge, 1))
    x.close()
refused('an SRQ without entries', errno.EINVAL, lambda: srq(0))
refused('an SRQ with too many entries', errno.EINVAL, lambda: srq(16385))
refused('an SRQ with a max_sge that is too large', errno.EINVAL, lambda: srq(16, 17))

REMOTE = (e.IBV_ACCESS_LOCAL_WRITE | e.IBV_ACCESS_REMOTE_READ |
          e.IBV_ACCESS_REMOTE_WRITE | e.IBV_ACCESS_REMOTE_ATOMIC |
          e.IBV_ACCESS_MW_BIND | e.IBV_ACCESS_RELAXED_ORDERING)
mr = MR(port.pd, 4096, REMOTE)
mr.close()
refused('remote write without local write', errno.EINVAL,
        lambda: MR(port.pd, 4096, e.IBV_ACCESS_REMOTE_WRITE))
refused('on demand', errno.EOPNOTSUPP,
        lambda: MR(port.pd, 4096, e.IBV_ACCESS_ON_DEMAND))
windows = [MW(port.pd, t) for t in (e.IBV_MW_TYPE_1, e.IBV_MW_TYPE_2) * 20]
case('each window has a key of its own', len({w.rkey >> 8 for w in windows}), 40)
case('the keys of windows are not those of regions', all(w.rkey >> 31 for w in windows))
for w in windows:
    w.close()
refused('a window of type 3', errno.EINVAL, lambda: MW(port.pd, 3))

# The end of a process destroys the objects that it has left.
lost = [ah('10.1.1.2', V4), srq(), MW(port.pd, e.IBV_MW_TYPE_2)]
sys.stdout.flush()
import os
os._exit(0)
