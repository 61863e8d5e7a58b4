#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# devlink rate: a subfunction sends no faster than its limit, and loses no frame. In a
# group it gets its share.
set -u
. "$(dirname "$0")/../lib/sf.sh"

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

python3 "${0%.sh}.py" "$dev1" "$dev2" "$port1" || fail "rates"
[ "$(counter "$dev1" stalls)" -gt 0 ] || fail "no queue was stalled"

# The engine leaves a stalled queue alone until the port can send again. It does a few
# rounds for each stall, even if it may poll for a second.
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
# The stalls are read before the rounds here and after them below, so the stalls of
# all counted rounds are counted.
stalls=$(counter "$dev1" stalls)
before=$(rounds)
enough() { [ "$(counter "$dev1" stalls)" -gt $((stalls + 15)) ]; }
within 120 enough || fail "the engine's queue is hardly ever stalled"
polled=$(($(rounds) - before))
stalls=$(($(counter "$dev1" stalls) - stalls))
kill -KILL $!
wait $! 2>/dev/null
engine 0
[ "$polled" -lt $((4 * stalls + 20)) ] ||
	fail "$polled rounds of the engine for $stalls stalls"
echo "ok - $polled rounds of the engine for $stalls stalls"

# A stalled queue can go with its process or its port.
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
