#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Memory regions: memory that can be registered, the uses that a region
# permits, and changes of regions; dma-bufs, huge pages, read-only memory,
# fork.
set -u
. "$(dirname "$0")/../lib/sf.sh"

modprobe -q udmabuf
[ ! -e /proc/sys/vm/nr_hugepages ] || echo 8 >/proc/sys/vm/nr_hugepages
pair_up
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "memory"
pair_check

# A forked child writes to its memory, and the region of the parent does not
# change.
python3 - "$dev1" "$dev2" <<'EOS' || fail "fork"
import os
import sys
from pyverbs.fork import fork_init, is_fork_initialized
from mfraw_test import enums as e
fork_init()
from mfraw_test.raw import Port, RawQP, frame
from pyverbs.spec import EthSpec

assert is_fork_initialized() in (e.IBV_FORK_ENABLED, e.IBV_FORK_UNNEEDED)
MAC2 = '02:00:00:00:01:02'
one, two = Port(sys.argv[1]), Port(sys.argv[2])
tx, rx = RawQP(one), RawQP(two)
rx.flow(specs=[EthSpec(dst_mac=MAC2)])
for i in range(20):
    pid = os.fork()
    if not pid:
        scratch = bytearray(1 << 20)
        os._exit(0)
    data = frame(MAC2, data=bytes([i]) * 100)
    tx.send(data)
    assert rx.received() == [data]
    assert os.waitpid(pid, 0)[1] == 0
    tx.received()
print('ok - a process with registered memory forks')
tx.close()
rx.close()
EOS
pair_check

# Calls that a process repeats interrupt no other processor, since no grace
# period is expedited. A kernel with kprobes lets the test see that.
cat >/tmp/loops.py <<'EOS'
import sys
from mfraw_test import enums as e
from mfraw_test.raw import MR, Port, RawQP
from pyverbs.spec import EthSpec

one = Port(sys.argv[1])
for _ in range(20):
    MR(one.pd, 4096, e.IBV_ACCESS_LOCAL_WRITE).close()
    qp = RawQP(one)
    qp.flow(specs=[EthSpec(dst_mac='02:00:00:00:01:01')])
    qp.close()
EOS
mkdir -p /tmp/tracing
mount -t tracefs tracefs /tmp/tracing
if [ -e /tmp/tracing/kprobe_events ]; then
	echo 'p:expedited synchronize_rcu_expedited' >/tmp/tracing/kprobe_events
	echo 'comm == "python3"' >/tmp/tracing/events/kprobes/expedited/filter
	echo 1 >/tmp/tracing/events/kprobes/expedited/enable
	python3 /tmp/loops.py "$dev1" || fail "loops"
	expedited=$(grep -c 'expedited:' /tmp/tracing/trace)
	echo 0 >/tmp/tracing/events/kprobes/expedited/enable
	echo >/tmp/tracing/kprobe_events
	echo >/tmp/tracing/trace
	[ "$expedited" = 0 ] || fail "$expedited grace periods were expedited"
	echo "ok - no grace period is expedited"
else
	echo "# skipped: this kernel has no kprobes"
fi
umount /tmp/tracing
pair_check
