#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What a process makes the kernel do: it does so in its own time, no longer than
# the process and the device live, and not too much at once.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
bounded paid "$dev1" || fail "paid"
bounded killed "$dev1" || fail "killed"
bounded fan "$dev1" "$dev2" || fail "fan"
engine 1000000
bounded polled "$dev1" || fail "polled"
bounded fan "$dev1" "$dev2" || fail "fan, polled"
engine 0
# The operator limits the port: what is left of a call waits for that, and no more.
port=$(port_of_sf 101)
ok devlink port function rate set "$port" tx_max 8mbit
bounded fan "$dev1" "$dev2" || fail "fan, limited"
ok devlink port function rate set "$port" tx_max 0
pair_check

# What runs for others is the device's own, and no more than there are processors.
for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
	queue=/sys/devices/virtual/workqueue/mfraw-${sf##*/}
	[ "$(cat "$queue/max_active")" = "$(nproc --all)" ] || fail "$queue"
done

# A port goes while a call is sending: it does not wait until all is sent.
bounded forever "$dev1" >/tmp/forever &
pid=$!
for _ in $(seq 600); do grep -q ready /tmp/forever && break; sleep 0.1; done
before=$(counter "$dev1" tx_frames)
sends() { [ "$(counter "$dev1" tx_frames)" -gt "$before" ]; }
within 60 sends || fail "nothing is sent"
ok timeout 60 devlink port del "$port"
wait $pid || { cat /tmp/forever; fail "forever"; }
tail -1 /tmp/forever
pair_down
