#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# devlink rate: a subfunction sends no faster than it may, loses nothing by it,
# and has its share of what it shares.
set -u
. "$(dirname "$0")/lib-sf.sh"

rate() { devlink port function rate "$@"; }

pair_up
port1=$(port_of_sf 101)
port2=$(port_of_sf 102)

shows "$port1: type leaf" rate show
ok rate set "$port1" tx_max 2mbit
shows "tx_max 2Mbit" rate show "$port1"
ok rate add "$NIC/group"
ok rate set "$NIC/group" tx_max 4mbit
shows "type node tx_max 4Mbit" rate show "$NIC/group"
ok rate set "$port2" parent group tx_share 3mbit
shows "tx_share 3Mbit parent group" rate show "$port2"
refuses "." rate del "$NIC/group"
refuses "isn't supported" rate set "$port1" tx_weight 3

PYTHONPATH=$(dirname "$0") python3 - "$dev1" "$dev2" "$port1" <<'PY' || fail "rates"
import subprocess
import sys
import threading
import time
import lib_enums as e
from lib_raw import DEPTH, SLOT, EthSpec, Port, RawQP, frame
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
# Whatever is on its way when the sink is asked finds room there.
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

# Both in one group: what has a share gets it.
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
PY
[ "$(counter "$dev1" stalls)" -gt 0 ] || fail "nothing had to wait"

# The polling thread leaves a queue that waits alone until the port can send
# again: it does a few rounds each time, however long it would poll for.
ok rate set "$port1" tx_max 100kbit noparent
stalls=$(counter "$dev1" stalls)
engine 1000000
raw_ethernet_bw --client -d "$dev1" -B 02:00:00:00:01:01 \
	-E 02:00:00:00:01:02 -s 1400 -D 300 >/dev/null 2>&1 &
dir=$(grep -lx 101 /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum)
reporter="auxiliary/$(basename "${dir%/sfnum}")"
rounds() {
	devlink -j health diagnose "$reporter" reporter engine |
		grep -o '"rounds":[0-9]*' | cut -d: -f2
}
for _ in $(seq 600); do
	[ "$(counter "$dev1" stalls)" -gt "$stalls" ] && break
	sleep 0.1
done
# In this order: there are more stalls than were counted.
stalls=$(counter "$dev1" stalls)
before=$(rounds)
enough() { [ "$(counter "$dev1" stalls)" -gt $((stalls + 15)) ]; }
within 120 enough || fail "the thread's queue hardly waits"
polled=$(($(rounds) - before))
stalls=$(($(counter "$dev1" stalls) - stalls))
kill -KILL $!
wait $! 2>/dev/null
engine 0
[ "$polled" -lt $((4 * stalls + 20)) ] ||
	fail "$polled rounds of the thread for $stalls waits"
echo "ok - $polled rounds of the polling thread for $stalls waits"

# A queue that waits can go, with its process or its port.
ok rate set "$port1" tx_max 8kbit
raw_ethernet_bw --client -d "$dev1" -B 02:00:00:00:01:01 \
	-E 02:00:00:00:01:02 -s 1400 -D 300 >/dev/null 2>&1 &
sleep 3
kill -KILL $!
wait $! 2>/dev/null
raw_ethernet_bw --client -d "$dev1" -B 02:00:00:00:01:01 \
	-E 02:00:00:00:01:02 -s 1400 -D 300 >/dev/null 2>&1 &
sleep 3
ok devlink port del "$port1"
wait $! 2>/dev/null
ok rate set "$port2" noparent
ok rate del "$NIC/group"
dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
pair_check
