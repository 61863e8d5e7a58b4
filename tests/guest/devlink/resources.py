# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import json
import subprocess
import sys
from mfraw_test import enums as e
from mfraw_test.raw import DEPTH, MR, Port, RawQP, frame
from pyverbs.spec import EthSpec

one, two = Port(sys.argv[1]), Port(sys.argv[2])


def case(text, got, want=True):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def shown(kind, dev):
    out = subprocess.run(['rdma', '-j', '-dd', 'resource', 'show', kind, 'link'
                          if kind == 'qp' else 'dev', dev],
                         check=True, capture_output=True, text=True).stdout
    # Objects of the kernel have no process.
    return [entry for entry in json.loads(out) if 'pid' in entry]


def field(entry, name):
    """A detail of the driver; its name has a prefix."""
    assert 'drv_' + name in entry, (name, entry)
    return entry['drv_' + name]


tx, rx = RawQP(one), RawQP(two)
rx.flow(specs=[EthSpec(dst_mac='02:00:00:00:01:02')])
for _ in range(3):
    tx.send(frame('02:00:00:00:01:02'))
case('three frames', len(rx.received()), 3)

qp, = [q for q in shown('qp', sys.argv[1] + '/1') if q['lqpn'] == tx.qp.qp_num]
case('QP, core', (qp['type'], qp['state']), ('RAW_PACKET', 'RTS'))
for name, want in (('sq_entries', DEPTH), ('sq_prod', 3), ('sq_cons', 3),
                   ('rq_entries', DEPTH), ('rq_prod', DEPTH), ('rq_cons', 0),
                   ('rq_max_sge', 1), ('polled', 0)):
    case('QP, ' + name, field(qp, name), want)
for name in ('sq_max_sge', 'max_inline'):
    case('QP, ' + name, field(qp, name) > 0)
qp, = [q for q in shown('qp', sys.argv[2] + '/1') if q['lqpn'] == rx.qp.qp_num]
case('QP, receiver', (field(qp, 'rq_prod'), field(qp, 'rq_cons')),
     (DEPTH + 3, 3))

cq, = shown('cq', sys.argv[2])
case('CQ, core', cq['cqe'] >= 4 * DEPTH)
for name, want in (('entries', 4 * DEPTH), ('prod', 3), ('cons', 3),
                   ('armed', 0), ('overrun', 0)):
    case('CQ, ' + name, field(cq, name), want)

mr = MR(one.pd, 12345, 0)
sizes = {m['mrlen']: m for m in shown('mr', sys.argv[1])}
case('MR, core', 12345 in sizes)
case('MR, access', field(sizes[12345], 'access'), 0)
case('MR, no dma-buf', field(sizes[12345], 'dmabuf'), 0)
other = [m for length, m in sizes.items() if length != 12345]
case('MR, local write', field(other[0], 'access'), e.IBV_ACCESS_LOCAL_WRITE)
mr.close()
tx.close()
rx.close()
