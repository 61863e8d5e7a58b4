# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import subprocess
import sys
import threading
import time
from mfraw_test import enums as e
from mfraw_test.raw import DEPTH, SLOT, Port, RawQP, frame
from pyverbs.spec import EthSpec
from pyverbs.wr import SGE, SendWR

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
LEN, BURST = 1414, 60000


class Sender(RawQP):
    def __init__(self, port, src, dst):
        super().__init__(port)
        self.mr.write(frame(dst, src=src, data=bytes(1400)), LEN, DEPTH * SLOT)
        self.sent = 0
        self.window = DEPTH

    def run(self, enough):
        """Keep the queue full until enough(); every request completes."""
        posted = 0
        while not enough() or posted > self.sent:
            while posted < self.sent + self.window and not enough():
                sge = SGE(self.mr.buf + DEPTH * SLOT, LEN, self.mr.lkey)
                self.qp.post_send(SendWR(wr_id=DEPTH, num_sge=1, sg=[sge],
                                         send_flags=e.IBV_SEND_SIGNALED))
                posted += 1
            _, wcs = self.cq.poll(DEPTH)
            assert all(wc.status == e.IBV_WC_SUCCESS for wc in wcs)
            self.sent += len(wcs)
            if not wcs:
                time.sleep(0.001)


class Sink(RawQP):
    def take(self):
        _, wcs = self.cq.poll(DEPTH)
        for wc in wcs:
            self.post(wc.wr_id)
        return len(wcs)


one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx, rx = Sender(one, MAC1, MAC2), Sink(two)
rx.flow(specs=[EthSpec(dst_mac=MAC2)])
# Frames that are on their way between two looks at the sink find room there.
tx.window = DEPTH // 2
got = 0
start = time.monotonic()


def enough():
    global got
    got += rx.take()
    return tx.sent >= 250


tx.run(enough)
spent = time.monotonic() - start
time.sleep(0.1)
got += rx.take()
least = (tx.sent * LEN - BURST) / (2e6 / 8)
assert got == tx.sent, f'{tx.sent} sent, {got} received'
assert spent > least, f'{spent} s for what takes {least} s'
print(f'ok - {tx.sent} frames took {spent / least:.2f} of the time at 2 Mbit/s')

# Both ports are in one group. The port with a share gets its share.
subprocess.check_call(['devlink', 'port', 'function', 'rate', 'set', sys.argv[3],
                       'tx_max', '0', 'parent', 'group'])
other = Sender(two, MAC2, MAC1)
end = time.monotonic() + 3
threads = [threading.Thread(target=q.run, args=(lambda: time.monotonic() > end,))
           for q in (tx, other)]
tx.sent, tx.window = 0, DEPTH
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
total = (tx.sent + other.sent) * LEN * 8
spent = time.monotonic() - end + 3
assert total < 4e6 * spent + 16 * BURST, f'{total} bits in {spent} s'
assert other.sent > 1.5 * tx.sent, f'{other.sent} with a share, {tx.sent} without'
print(f'ok - {other.sent} frames with a share of 3 of 4, {tx.sent} without')
