#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A thousand subfunctions come and go, some of them active, some in the bridge,
# while two others exchange frames and lose none.
set -u
. "$(dirname "$0")/../lib/sf.sh"

PORTS=1000
BATCH=50

pair_up
# udev would start programs for each device that comes or goes. The test is not
# about them.
udevadm control --exit
frames --count 5000 "$dev1" "$dev2" || fail "frames before"
# The senders poll. If there is only one processor, the ports must get it first.
while [ ! -e /tmp/enough ]; do
	nice -n 19 frames --count 5000 "$dev1" "$dev2" || exit 1
done >/tmp/frames.log 2>&1 &
traffic=$!

for first in $(seq 1000 $BATCH $((1000 + PORTS - 1))); do
	for ((n = first; n < first + BATCH; n++)); do
		echo "port add $NIC/$n flavour pcisf pfnum 0 sfnum $n"
		((n % 10)) || echo "port function set $NIC/$n state active"
	done >/tmp/add
	devlink -b /tmp/add >/dev/null || fail "ports from $first on"
	for ((n = first; n < first + BATCH; n += 10)); do
		ip link set "mfnic0sf$n" master br-test up || fail "mfnic0sf$n"
	done
	for ((n = first; n < first + BATCH; n++)); do
		echo "port del $NIC/$n"
	done >/tmp/del
	devlink -b /tmp/del || fail "removal of ports from $first on"
done
touch /tmp/enough
wait $traffic || { cat /tmp/frames.log; fail "frames while ports come and go"; }
/lib/systemd/systemd-udevd --daemon
echo "# $PORTS ports, $(grep -c unaccounted /tmp/frames.log) times 5000 frames"
[ "$(devlink port show | grep -c pcisf)" = 2 ] || fail "ports are left"
pair_check
pair_down
# The module complains of leaked objects when it is unloaded.
unload mfraw mfnic
