#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# libpcap captures from RDMA devices. tcpdump lists the devices and shows the
# frames that their ports send and receive. Users of the ports do not notice
# the capture.
set -u
. "$(dirname "$0")/../lib/sf.sh"

# The distribution builds libpcap without support for RDMA.
pcap=(env LD_LIBRARY_PATH=/opt/mfraw/libpcap/lib tcpdump)

# Some mirrors have no source of libpcap.
missing=/opt/mfraw/missing/libpcap
if [ -e $missing ]; then
	echo "skipped: the root has no libpcap with RDMA ($(cat $missing))"
	exit 4
fi

pair_up
shows "\.$dev1.*RDMA sniffer" "${pcap[@]}" -D
shows "\.$dev2.*RDMA sniffer" "${pcap[@]}" -D

# capture DEVICE: write to a file of that name until tcpdump is killed
capture() {
	"${pcap[@]}" -Z root -i "$1" -U -w "/tmp/$1.pcap" 2>"/tmp/$1.log" &
	pids+=($!)
	for _ in $(seq 600); do
		grep -q "listening on" "/tmp/$1.log" && return
		sleep 0.1
	done
	cat "/tmp/$1.log"
	fail "tcpdump on $1"
}

pids=()
capture "$dev1"
capture "$dev2"
python3 - "$dev1" "$dev2" <<'PY' || fail "capture"
import sys
import time

from mfraw_test import enums as e
from mfraw_test.packets import rdpcap
from mfraw_test.raw import Netdev, Port, RawQP, frame

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
one, two = (RawQP(Port(d)) for d in sys.argv[1:])
for qp in one, two:
    qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
rep = Netdev('mfnic0sf101')
both, slow, host = [], [], []
got = [], []
for i in range(20):
    data = frame(MAC2, src=MAC1, data=bytes([i]) * (46 + 60 * i))
    one.send(data)
    both.append(data)
    data = frame(MAC1, src=MAC2, tag=i or None, data=bytes([i]) * 64)
    two.send(data)
    both.append(data)
    # The capture has frames that no queue takes, and frames of the host.
    data = frame('02:00:00:00:77:01', src=MAC1, data=bytes([i]) * 50)
    one.send(data)
    slow.append(data)
    data = frame(MAC1, src='02:00:00:00:77:01', data=bytes([i]) * 51)
    rep.send(data)
    host.append(data)
    for frames, qp in zip(got, (one, two)):
        frames += qp.received()
assert sorted(got[0]) == sorted(both[1::2] + host), 'device 1 was disturbed'
# The bridge floods frames with an unknown destination.
assert [f for f in got[1] if f not in slow] == both[0::2], 'device 2 was disturbed'
want = [sorted(both + slow + host), sorted(both + [f for f in got[1] if f in slow])]


def seen(dev, count):
    """Return the frames that tcpdump has written. Wait for @count of them, up
    to a minute."""
    for _ in range(120):
        frames = [bytes(p) for p in rdpcap(f'/tmp/{dev}.pcap')]
        if len(frames) >= count:
            break
        time.sleep(0.5)
    return frames


for d, w in zip(sys.argv[1:], want):
    s = seen(d, len(w))
    assert sorted(s) == w, f'{d}: {len(s)} frames, not {len(w)}'
    print(f'ok - tcpdump -i {d} shows {len(s)} frames, each once and unchanged')
PY
# Only the capture loses frames if it is too slow.
frames --count 5000 "$dev1" "$dev2" >/tmp/frames.log
grep "5000 sent, 5000 delivered" /tmp/frames.log ||
	{ cat /tmp/frames.log; fail "frames while captured"; }
kill "${pids[@]}"
wait
# A capture with a filter ends after three frames.
"${pcap[@]}" -i "$dev2" -c 3 -nn ether dst 02:00:00:00:01:02 >/tmp/out 2>/tmp/err &
pid=$!
for _ in $(seq 600); do
	grep -q "listening on" /tmp/err && break
	sleep 0.1
done
# The port counts the frames that tcpdump misses after that. They make frames
# fail, so only its count of deliveries is checked.
frames --count 10 "$dev1" "$dev2" | grep -q "10 sent, 10 delivered" ||
	fail "frames"
wait $pid || { cat /tmp/err; fail "tcpdump"; }
[ "$(grep -c '02:00:00:00:01:01 >\|^..:..:' /tmp/out)" -ge 3 ] ||
	{ cat /tmp/out; fail "tcpdump shows less than three frames"; }
echo "ok - tcpdump applies its filter"
pair_check
