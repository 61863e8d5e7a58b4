#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# devlink health: the reporter "engine" describes the work of the engine, reports an
# error when something stops that work, and a healthy state when it goes on.
set -u
. "$(dirname "$0")/../lib/sf.sh"

UPLINK=mfnic0p0

# health FILTER: print a value of the reporter, chosen by a filter of jq
health() {
	devlink -j health show "$sf" reporter engine | jq -r ".health[][] | $1"
}

# becomes STATE: the reporter shows STATE within a minute
becomes() {
	local _

	for _ in $(seq 120); do
		if [ "$(health .state)" = "$1" ]; then
			echo "ok - the engine becomes: $1"
			return
		fi
		sleep 0.5
	done
	devlink health show "$sf"
	fail "the engine does not become $1"
}

pair_up
# The devlink instance of subfunction 101 has the name of its auxiliary device.
dir=$(grep -lx 101 /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum)
sf=auxiliary/$(basename "${dir%/sfnum}")
poll=$(echo "${dir%/sfnum}"/mfnic.rdma.*/engine/poll_usecs)

shows "state healthy error 0 recover 0" devlink health show "$sf" reporter engine
shows "rdma device: $dev1" devlink health diagnose "$sf" reporter engine
shows "poll usecs: 0" devlink health diagnose "$sf" reporter engine
ok devlink health recover "$sf" reporter engine

# The reporter's self-test looks like an error, and devlink recovers from it.
devlink monitor health >/tmp/monitor 2>&1 &
monitor=$!
# The monitor has a netlink socket of the generic family (16) that is in a group.
listens() {
	awk -v pid=$monitor '$2 == 16 && $3 == pid && $4 !~ /^0+$/ { found = 1 }
		END { exit !found }' /proc/net/netlink
}
ok within 60 listens
ok devlink health test "$sf" reporter engine
for _ in $(seq 600); do
	[ "$(health .recover)" = 1 ] && break
	sleep 0.1
done
shows "state healthy error 1 recover 1" devlink health show "$sf" reporter engine
within 60 grep -q "state error error 1" /tmp/monitor ||
	fail "the monitor shows: $(cat /tmp/monitor)"
kill $monitor

# A network device that keeps the pages of a frame is an error, until the frame is
# gone.
ip link add wire0 type veth peer name wire1
ip link set wire0 up
ip link set wire1 up
ok ip link set wire0 master "$UPLINK"
ok ip link set "$UPLINK" master br-test up
ok within 60 forwards "$UPLINK"
ok bridge fdb add 02:00:00:00:77:01 dev "$UPLINK" master static
modprobe sch_netem
ok tc qdisc add dev wire0 root netem delay 1000s
python3 - "$dev1" <<'PY' &
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP, frame

qp = RawQP(Port(sys.argv[1]))
qp.send(frame('02:00:00:00:77:01', data=1000 * b'a'))
print('# sent', flush=True)
wcs = []
while not wcs:
    _, wcs = qp.cq.poll(1)
    time.sleep(0.1)
assert wcs[0].status == e.IBV_WC_SUCCESS
PY
sender=$!
becomes error
shows "queues that wait for a network device: 1" \
	devlink health diagnose "$sf" reporter engine
refuses "keeps pages" devlink health recover "$sf" reporter engine
ok tc qdisc del dev wire0 root
wait $sender || fail "the sender"
becomes healthy
shows "queues that wait for a network device: 0" \
	devlink health diagnose "$sf" reporter engine

# A hog takes the CPU of the polling thread, so posted requests wait until a thread
# on another CPU replaces it. With one processor, no program could notice.
if [ "$(nproc)" -gt 1 ]; then
echo 1000000 >"$poll"
thread=$(devlink -j health diagnose "$sf" reporter engine | jq -r '.. | .thread? // empty')
ok taskset -pc 1 "$thread"
taskset -pc 0 $$ >/dev/null
echo -1 >/proc/sys/kernel/sched_rt_runtime_us
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
echo 0 >/sys/kernel/debug/sched/fair_server/cpu1/runtime || fail "fair server"
python3 - "$dev1" <<'PY' &
import os
import sys
import time
from mfraw_test.raw import Port, RawQP, frame

qp = RawQP(Port(sys.argv[1]))
open('/tmp/ready', 'w').close()
while not os.path.exists('/tmp/go'):
    time.sleep(0.1)
qp.send(frame('02:00:00:00:01:02'))
while not qp.cq.poll(1)[1]:
    time.sleep(0.1)
PY
sender=$!
while [ ! -e /tmp/ready ] && kill -0 $sender; do sleep 0.1; done
# Timers must go on, so ksoftirqd has a higher priority than the hog.
chrt -f -p 60 "$(pgrep -x ksoftirqd/1)" || fail "ksoftirqd"
# shellcheck disable=SC2016 # another shell's
timeout 300 taskset -c 1 chrt -f 10 bash -c ': >/tmp/go; while :; do :; done' &
hog=$!
# devlink recovers at once: it starts a new thread on a CPU that is free.
recovered=$(health .recover)
for _ in $(seq 600); do
	[ "$(health .recover)" -gt "$recovered" ] && break
	sleep 0.2
done
shows "recover $((recovered + 1)) " devlink health show "$sf" reporter engine
wait $sender || fail "the sender"
kill $hog || fail "the hog has ended too early"
becomes healthy
new=$(devlink -j health diagnose "$sf" reporter engine | jq -r '.. | .thread? // empty')
[ "$new" != "$thread" ] || fail "the thread is the old one"
shows "poll usecs: 1000000" devlink health diagnose "$sf" reporter engine
frames --count 2000 "$dev1" "$dev2" || fail "frames"
echo 0 >"$poll"
else
	echo "# skipped: a polling thread without a processor; this guest has only one"
fi

# The reporter goes and comes with the device that it describes.
ok devlink dev reload "$sf"
for _ in $(seq 600); do
	[ -e "${dir%/sfnum}/infiniband_verbs" ] && break
	sleep 0.1
done
shows "poll usecs: 0" devlink health diagnose "$sf" reporter engine
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
pair_down
unload mfraw mfnic
