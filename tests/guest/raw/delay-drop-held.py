# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Held frames arrive in order and whole. A post needs a kick only for them."""
import random
import sys

from mfraw_test import enums as e
from mfraw_test.delay import LONG, MAC2, Counted, Queue, case, timeout
from mfraw_test.raw import Port, RawQP, frame
from pyverbs.spec import EthSpec
from mfraw_test.rss import Sender

one, two = Port(sys.argv[1]), Port(sys.argv[2])
timeout(LONG)
tx = Sender(one)
rng = random.Random(5)


def numbered(i, length):
    return frame(MAC2, data=i.to_bytes(4, 'big') + rng.randbytes(length - 18))


case('the device reports delayed drop',
     bool(two.ctx.query_device_ex().raw_packet_caps & e.IBV_RAW_PACKET_CAP_DELAY_DROP))

burst = [numbered(i, rng.randint(18, 1518)) for i in range(30)]

# A queue without the flag drops frames for which nothing is posted.
q = Queue(two, flags=0)
was = Counted()
tx.send_burst(burst)
q.give(30)
case('without the flag, the frames are lost', q.take(), [])
case('rx_no_buffer counts them', was.drops(), {'rx_no_buffer': 30})
case('a post needs no kick', was('kicks'), 0)
q.close()

q = Queue(two)
was = Counted()
q.give(4)
tx.send_burst(burst[:4])
case('with the flag, frames with a receive arrive', q.take(), burst[:4])
case('no frame is held', was.drops(), {})
case('a post without held frames needs no kick', was('kicks'), 0)

# One call brings more frames than there are receives, and more frames follow.
q.give(5)
tx.send_burst(burst[:20])
tx.send(burst[20])
case('the frames with a receive arrive', q.take(), burst[:5])
case('the other frames are held', was.drops(), {'rx_delayed': 16})
q.give(3)
case('new receives take held frames', q.take(), burst[5:8])
case('each post needs a kick', was('kicks'), 3)
# Newer frames may not overtake held ones.
tx.send_burst(burst[21:25])
case('newer frames wait behind held ones', q.take(), [])
q.give(10)
case('the frames arrive in order', q.take(), burst[8:18])
q.give(7)
case('the rest arrives', q.take(), burst[18:25])
kicks = was('kicks')
q.give(5)
tx.send_burst(burst[25:])
case('later frames find their receives', q.take(), burst[25:])
case('they need no kicks', was('kicks'), kicks)
case('no frame is lost', was.drops(), {'rx_delayed': 20})

# Posting a list of receives takes one kick.
tx.send_burst(burst)
wrs = [q.request(0, (q.posted + i) % q.depth) for i in range(30)]
for a, b in zip(wrs, wrs[1:]):
    a.next_wr = b
kicks = was('kicks')
q.wqs[0].post_recv(wrs[0])
q.posted += 30
case('a list of receives takes all held frames', q.take(), burst)
case('the list needs one kick', was('kicks') - kicks, 1)

# Use any lengths and any order of sending and posting, several times round the
# ring.
sent, got, size = [], [], 0
for i in range(900):
    held = len(sent) - len(got)
    if held < 60 and rng.random() < (0.8 if i // 60 % 2 else 0.4):
        sent.append(numbered(i, rng.choice((18, 60, 61, 200, 1000, 1517, 1518))))
        size += len(sent[-1])
        tx.send(sent[-1])
    elif held:
        n = rng.randint(1, min(held, 8))
        q.give(n)
        got += q.take()
        assert got == sent[:len(got)] and len(got) == len(sent) - held + n, i
q.give(len(sent) - len(got))
got += q.take()
case(f'{len(sent)} random frames arrive, {size} bytes', got == sent)
case('none of them is lost', list(was.drops()), ['rx_delayed'])
q.close()

# Send more frames than there is room for.
q = Queue(two, depth=512)
for text, length, count, least in (('long', 1518, 150, 64), ('short', 60, 400, 400)):
    frames = [numbered(i, length) for i in range(count)]
    was = Counted()
    for data in frames:
        tx.send(data)
    lost, kept = was('rx_no_buffer'), was('rx_delayed')
    case(f'{text} frames: {kept} held, {lost} lost', kept + lost, count)
    case('the queue holds enough of them', kept >= least)
    q.give(kept)
    case('the first frames arrive', q.take(), frames[:kept])
    # The backlog has room again.
    tx.send_burst(frames[:30])
    q.give(30)
    case('later frames are held again', q.take(), frames[:30])
q.close()

# A QP with the same flow loses no frame while the WQ holds frames, or drops
# those for which there is no room.
by = RawQP(two)
by.flow(specs=[EthSpec(dst_mac=MAC2)])
q = Queue(two)
frames = [numbered(i, 1518) for i in range(120)]
for n in range(0, 120, 20):
    tx.send_burst(frames[n:n + 20])
    assert by.received() == frames[n:n + 20], n
case('another QP gets all frames', True)
q.close()
by.close()
tx.close()
