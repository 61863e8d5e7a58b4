# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""If nothing is posted in time, a queue drops its frames and holds no more."""
import errno
import glob
import sys
import time

from mfraw_test.delay import KNOBS, LONG, MAC2, Counted, Queue, case, timeout
from mfraw_test.raw import Port, frame
from mfraw_test.rss import Sender

one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx = Sender(one)
frames = [frame(MAC2, data=bytes([i]) * 100) for i in range(32)]


def wait(func, want):
    """Wait until func() returns @want. Return True, or the last value."""
    for _ in range(600):
        if func() == want:
            return True
    return func()


knobs = glob.glob(KNOBS)
case('each device has timeout_msecs', len(knobs), 2)
for value, code in (('0', errno.ERANGE), ('60001', errno.ERANGE), ('-1', errno.ERANGE),
                    ('x', errno.EINVAL), ('4294967296', errno.ERANGE), ('1', 0),
                    ('60000', 0)):
    got = 0
    try:
        timeout(value)
    except OSError as ex:
        got = ex.errno
    case(f'timeout_msecs {value} is {"refused" if code else "accepted"}',
         got in (code, code and errno.EINVAL))
    if not code:
        case('the value is read back', {open(k).read().strip() for k in knobs}, {value})

q = Queue(two)
timeout(500)
was = Counted()
tx.send_burst(frames)
case('frames are held', was('rx_delayed'), 32)
case('they are dropped after the time', wait(lambda: was('rx_delay_timeout'), 32))
case('no other counter grows', was.drops(),
     {'rx_delayed': 32, 'rx_delay_timeout': 32})
timeout(LONG)
tx.send_burst(frames[:5])
case('from then on the queue drops frames', was('rx_no_buffer'), 5)
q.give(1)
case('a post finds no frame and needs no kick', (q.take(), was('kicks')), ([], 0))
tx.send(frames[6])
case('the next frame arrives', q.take(), [frames[6]])
tx.send_burst(frames[:5])
case('after a post, the queue holds frames again', was('rx_delayed'), 37)
q.give(5)
case('the held frames arrive', q.take(), frames[:5])

# The time ends, and receives are posted before the next frame arrives.
timeout(500)
tx.send_burst(frames[:3])
case('the time ends again', wait(lambda: was('rx_delay_timeout'), 35))
timeout(LONG)
q.give(2)
tx.send_burst(frames[:4])
q.give(2)
case('a queue with receives holds frames again', q.take(), frames[:4])
q.close()

# After RESET, a queue whose time has ended holds frames again.
timeout(500)
q = Queue(two)
was = Counted()
tx.send(frames[0])
case('the time of a held frame ends', wait(lambda: was('rx_delay_timeout'), 1))
timeout(LONG)
q.again()
tx.send(frames[1])
q.give(1)
case('after RESET, the queue holds frames', q.take(), [frames[1]])
q.close()

# The time may end while queues are created and destroyed.
timeout(1)
for i in range(40):
    q = Queue(two, depth=4)
    tx.send_burst(frames[:3])
    time.sleep(i % 8 / 2000)
    if i % 3:
        q.state(0, i % 3 - 1 and 2)
    q.close()
case('the time ends while queues are created and destroyed', True)

# A process posts all the time, and the time ends again and again.
q = Queue(two)
got = 0
was = Counted()
for i in range(100):
    tx.send_burst(frames)
    q.give(20)
    got += len(q.poll())
got += len(q.take())
case('each frame arrives, or a counter has it', wait(
    lambda: got + was('rx_delay_timeout') + was('rx_no_buffer'), 3200))
timeout(500)
q.close()
tx.close()
