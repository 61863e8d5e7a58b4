# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""The device goes away while WQs, tables and QPs are in use."""
import errno
import subprocess
import sys

from mfraw_test import enums as e
from mfraw_test.raw import Port, frame
from pyverbs.spec import EthSpec
from pyverbs.pyverbs_error import PyverbsRDMAError
from mfraw_test.rss import RssQP, Sender, Wqs

MAC2 = '02:00:00:00:01:02'
one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx = Sender(one)
wqs = Wqs(two, 8)
table = wqs.table(range(8))
qp = RssQP(two, table, e.IBV_RX_HASH_SRC_IPV4)
qp.flow(specs=[EthSpec(dst_mac=MAC2)])
tx.send(frame(MAC2))
assert len(wqs.poll()) == 1
subprocess.run(['devlink', 'port', 'del', sys.argv[3]], check=True)
tx.send(frame(MAC2))
assert wqs.poll() == []
try:
    # The slot of the request is free again, so the ring takes the request.
    wqs.post(0, 0)
except PyverbsRDMAError as ex:
    assert ex.error_code == errno.EIO, ex
else:
    raise AssertionError('a post to a removed device succeeds')
print('ok - a post to a removed device fails')
for obj in (qp, table, wqs, tx):
    obj.close()
