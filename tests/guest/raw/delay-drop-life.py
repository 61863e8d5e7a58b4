# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Held frames are dropped and counted when their queue ends or fails."""
import signal
import subprocess
import sys
import time

from mfraw_test import enums as e
from mfraw_test.delay import DELAY, LONG, MAC2, Counted, Queue, case, timeout
from mfraw_test.raw import Port, frame
from mfraw_test.rss import MS_KEY, Sender, packed, toeplitz
from pyverbs.cq import CQ

two = Port(sys.argv[2])
if sys.argv[3:]:
    q = Queue(two, depth=4)
    print('ready', flush=True)
    time.sleep(1000)
one = Port(sys.argv[1])
timeout(LONG)
tx = Sender(one)
frames = [frame(MAC2, data=bytes([i]) * 1400) for i in range(30)]
FULL = 5        # More bursts than the backlog has room for.


def fill(bursts=FULL):
    """Fill the backlog; return how many frames it holds."""
    was = Counted()
    for _ in range(bursts):
        tx.send_burst(frames)
    assert was('rx_delayed') + was('rx_no_buffer') == bursts * len(frames)
    return was('rx_delayed')


q = Queue(two)
for text, state in (('RESET', e.IBV_WQS_RESET), ('ERR', e.IBV_WQS_ERR)):
    held = fill()
    was = Counted()
    q.state(0, state)
    case(f'{text} drops {held} held frames', was.drops(), {'rx_qp_state': held})
    tx.send(frames[0])
    case(f'no frame is held in {text}', was.drops(), {'rx_qp_state': held + 1})
    if state == e.IBV_WQS_ERR:
        q.give(3)
        case('receives posted in ERR are flushed', [wc.status for wc in q.poll(3)],
             3 * [e.IBV_WC_WR_FLUSH_ERR])
    q.again()
    q.give(2)
    case('after RESET, the queue holds no frame', q.take(), [])
    tx.send_burst(frames[:4])
    q.give(2)
    case('the queue works again', q.take(), frames[:4])

# A receive that is too small for a held frame fails, as it does for a frame
# that has just arrived.
tx.send_burst(frames[:5])
was = Counted()
q.give(1)
q.post(0, 1, length=20)
case('a receive is too small', [wc.status for wc in q.poll(2)],
     [e.IBV_WC_SUCCESS, e.IBV_WC_LOC_LEN_ERR])
case('the other held frames are dropped', was.drops(), {'rx_error': 1, 'rx_qp_state': 3})
q.give(1)
case('later receives are flushed', [wc.status for wc in q.poll(1)], [e.IBV_WC_WR_FLUSH_ERR])
q.again()
tx.send(frames[0])
q.give(1)
case('after RESET, the queue works', q.take(), [frames[0]])
q.close()

# Held frames make a CQ overrun.
cq = CQ(two.ctx, 4, None, None, 0)
q = Queue(two, wq_cq=cq, depth=16)
tx.send_burst(frames[:16])
was = Counted()
q.give(10)
case('the CQ overruns once', was('cq_overrun'), 1)
case('the frames that are left are dropped', was('rx_qp_state') > 0)
case('the CQ has the completions before', [wc.status for wc in cq.poll(16)[1]][:4], 4 * [0])
q.close()
cq.close()

# Two WQs are in one table. The one without receives does not disturb the other.
q = Queue(two, count=2, depth=32)
other = {toeplitz(MS_KEY, packed(f'10.0.0.{i}')) % 2: f'10.0.0.{i}' for i in range(1, 50)}
mixed = []
for i in range(16):
    src, head = other[i % 2], bytes.fromhex('4500002e000000004011') + bytes(2)
    mixed.append(frame(MAC2, ethertype=0x800, data=head + packed(src) +
                       packed('10.0.0.99') + bytes([i]) * 26))
for slot in range(8):
    q.post(1, slot)
tx.send_burst(mixed)
case('the WQ with receives gets its frames',
     [q.mr.read(wc.byte_len, wc.wr_id * 2048) for wc in q.poll()],
     mixed[1::2])
for slot in range(8):
    q.post(0, slot)
case('the other WQ has held its frames',
     [q.mr.read(wc.byte_len, wc.wr_id * 2048) for wc in q.poll()],
     mixed[::2])
q.close()

# Queues and a process end while frames are held.
for i in range(5):
    q = Queue(two, DELAY, depth=4)
    fill(FULL if i % 2 else 1)
    if i % 2:
        q.give(i)
    q.close()
case('queues are destroyed while they hold frames', True)


def child():
    proc = subprocess.Popen([sys.executable, __file__, *sys.argv[1:3], 'child'],
                            stdout=subprocess.PIPE)
    assert proc.stdout.readline() == b'ready\n'
    return proc


proc = child()
held = fill()
was = Counted()
proc.send_signal(signal.SIGKILL)
case('the process is killed', proc.wait(), -signal.SIGKILL)
case('rx_qp_state counts the held frames', was('rx_qp_state'), held)
timeout(500)
tx.close()
