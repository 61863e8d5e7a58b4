# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Each field is wrong once: invalid values give EINVAL, unsupported ones
EOPNOTSUPP."""
import errno
import sys

from mfraw_test import enums as e
from mfraw_test.raw import Port
from pyverbs.pyverbs_error import PyverbsRDMAError
from mfraw_test.rss import RSS_MASK, RssQP, Wqs, hash_conf
from pyverbs.cq import CQ
from pyverbs.qp import QP, QPCap, QPInitAttrEx
from pyverbs.wq import RwqIndTable, RwqIndTableInitAttr, WQAttr

two = Port(sys.argv[2])
wqs = Wqs(two, 2)
table = wqs.table([0, 1])
IPV4 = e.IBV_RX_HASH_SRC_IPV4
INVAL, NOTSUPP = errno.EINVAL, errno.EOPNOTSUPP


def check(text, code, func, *args, **kwargs):
    """Check that the call fails with this code, or succeeds if the code is 0.
    """
    got, made = 0, None
    try:
        made = func(*args, **kwargs)
    except PyverbsRDMAError as ex:
        got = ex.error_code
    if hasattr(made, 'close'):
        made.close()
    assert got == code, f'{text}: error {got}, want {code}'
    print('ok -', text + ':', errno.errorcode.get(code, 'accepted'))


def rss(**attr):
    return RssQP(two, attr.pop('table', table), attr.pop('fields', IPV4), **attr)


check('an RSS QP', 0, rss)
cq = CQ(two.ctx, 8, None, None, 0)
check('max_recv_wr', INVAL, rss, cap=QPCap(0, 1, 0, 0))
check('max_recv_sge', INVAL, rss, cap=QPCap(0, 0, 0, 1))
check('recv_cq', INVAL, rss, rcq=cq)
check('a send queue', INVAL, rss, cap=QPCap(1, 0, 1, 0), scq=cq)
check('a send queue without CQ', INVAL, rss, cap=QPCap(1, 0, 1, 0))
check('max_inline_data', INVAL, rss, cap=QPCap(0, 0, 0, 0, 10000))
FLAGS = RSS_MASK | e.IBV_QP_INIT_ATTR_CREATE_FLAGS
check('create_flags of zero', 0, rss, comp_mask=FLAGS, create_flags=0)
for flag in ('CVLAN_STRIPPING', 'SCATTER_FCS', 'BLOCK_SELF_MCAST_LB'):
    check(flag, INVAL, rss, comp_mask=FLAGS,
          create_flags=getattr(e, 'IBV_QP_CREATE_' + flag))
check('hash without table', INVAL, rss,
      comp_mask=e.IBV_QP_INIT_ATTR_PD | e.IBV_QP_INIT_ATTR_RX_HASH)
check('table without hash', INVAL, rss,
      comp_mask=e.IBV_QP_INIT_ATTR_PD | e.IBV_QP_INIT_ATTR_IND_TABLE)
check('no PD', INVAL, rss, comp_mask=RSS_MASK & ~e.IBV_QP_INIT_ATTR_PD)
check('an XRC domain', NOTSUPP, rss, comp_mask=RSS_MASK | e.IBV_QP_INIT_ATTR_XRCD)
check('an RSS QP of type UD', NOTSUPP, rss, qp_type=e.IBV_QPT_UD)
for function in (0, 2, 3, 255):
    check(f'hash function {function}', NOTSUPP, rss,
          hash_conf=hash_conf(IPV4, function=function))
for length in (1, 39, 41, 128):
    check(f'a key of {length} bytes', INVAL, rss, key=bytes(length))
for fields in range(256):
    l3 = bool(fields & 3) + bool(fields & 0xc)
    l4 = bool(fields & 0x30) + bool(fields & 0xc0)
    check(f'fields {fields:#x}', 0 if fields and l3 < 2 and l4 < 2 else INVAL,
          rss, fields=fields)
for bit in range(8, 32):
    check(f'fields {1 << bit:#x}', NOTSUPP, rss, fields=1 << bit | IPV4)

# QPs without RSS
plain = {'qp_type': e.IBV_QPT_RAW_PACKET, 'scq': cq, 'rcq': cq, 'pd': two.pd,
         'cap': QPCap(1, 1, 1, 1),
         'comp_mask': e.IBV_QP_INIT_ATTR_PD | e.IBV_QP_INIT_ATTR_CREATE_FLAGS}
for flag, code in (('PCI_WRITE_END_PADDING', NOTSUPP), ('SOURCE_QPN', NOTSUPP),
                   ('CVLAN_STRIPPING', 0), ('SCATTER_FCS', 0)):
    init = QPInitAttrEx(create_flags=getattr(e, 'IBV_QP_CREATE_' + flag), **plain)
    check('a plain QP with ' + flag, code, lambda init=init: QP(two.ctx, init))

# WQs
check('a WQ', 0, wqs.create)
for name, value in (('max_wr', 0), ('max_wr', 16385), ('max_wr', 1 << 31), ('max_sge', 17),
                    ('max_sge', 1 << 31), ('wq_type', 1), ('wq_type', 77),
                    ('comp_mask', 2), ('wq_pd', None), ('wq_cq', None)):
    check(f'{name} {value}', INVAL, wqs.create, **{name: value})
for name, value in (('max_wr', 1), ('max_wr', 16384), ('max_sge', 0), ('max_sge', 16)):
    check(f'{name} {value}', 0, wqs.create, **{name: value})
for flag in range(3, 32):
    check(f'create flag {1 << flag:#x}', NOTSUPP, wqs.create, create_flags=1 << flag)
check('create flags without their mask', 0, wqs.create, comp_mask=0, create_flags=0xff)

STATE, CUR, BITS = e.IBV_WQ_ATTR_STATE, e.IBV_WQ_ATTR_CURR_STATE, e.IBV_WQ_ATTR_FLAGS
wq = wqs.wqs[0]
for text, code, attr in (
        ('an empty mask', INVAL, {}),
        ('an unknown attribute', INVAL, {'attr_mask': 8}),
        ('state 3', INVAL, {'attr_mask': STATE, 'wq_state': 3}),
        ('state 2^32 - 1', INVAL, {'attr_mask': STATE, 'wq_state': 0xffffffff}),
        ('current state 3', INVAL, {'attr_mask': STATE | CUR, 'wq_state': 1,
                                    'curr_wq_state': 3}),
        ('another current state', INVAL, {'attr_mask': STATE | CUR, 'wq_state': 1,
                                          'curr_wq_state': 0}),
        ('scatter FCS', NOTSUPP, {'attr_mask': BITS, 'flags_mask': 2}),
        ('delay drop', NOTSUPP, {'attr_mask': BITS, 'flags_mask': 4}),
        ('padding', NOTSUPP, {'attr_mask': BITS, 'flags_mask': 8}),
        ('unknown flag', NOTSUPP, {'attr_mask': BITS, 'flags_mask': 16}),
        ('from RDY to RDY', 0, {'attr_mask': STATE | CUR, 'wq_state': 1, 'curr_wq_state': 1})):
    check('modify: ' + text, code, lambda attr=attr: wq.modify(WQAttr(**attr)))


def tab(entries=(0, 1), **attr):
    return RwqIndTable(two.ctx, RwqIndTableInitAttr(
        attr.pop('log', 1), [wqs.wqs[i] for i in entries], **attr))


check('a table', 0, tab)
check('a table with one WQ twice', 0, tab, (1, 1))
check('a table of 8192 entries', 0, tab, 8192 * [0], log=13)
check('a table of 16384 entries', INVAL, tab, log=14)
check('a table of 2^32 entries', INVAL, tab, log=32)
check('a table of 2^2147483648 entries', INVAL, tab, log=1 << 31)
check('a table with a comp_mask', INVAL, tab, comp_mask=1)

# The numbers of destroyed tables and WQs are used again.
for _ in range(3):
    many = [tab() for _ in range(100)] + [wqs.create() for _ in range(100)]
    for obj in many:
        obj.close()
for obj in (table, wqs, cq):
    obj.close()
