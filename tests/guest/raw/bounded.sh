#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The kernel does the work of a process in that process's own time, ends it
# with the process and the device, and limits how much it does at once.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
bounded paid "$dev1" || fail "paid"
bounded killed "$dev1" || fail "killed"
bounded lent "$dev1" || fail "lent"
bounded fan "$dev1" "$dev2" || fail "fan"
engine 1000000
bounded polled "$dev1" || fail "polled"
bounded fan "$dev1" "$dev2" || fail "fan, polled"
engine 0
# The operator limits the port. The rest of a call waits for the limit, and for
# nothing else.
port=$(port_of_sf 101)
ok devlink port function rate set "$port" tx_max 8mbit
bounded fan "$dev1" "$dev2" || fail "fan, limited"
ok devlink port function rate set "$port" tx_max 0
pair_check

# Work that is done in other threads uses the device's own workqueue, with at
# most one worker for each processor.
for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
	queue=/sys/devices/virtual/workqueue/mfraw-${sf##*/}
	[ "$(cat "$queue/max_active")" = "$(nproc --all)" ] || fail "$queue"
done

# A port goes away while a call is sending. The port does not wait until all
# frames are sent.
bounded forever "$dev1" >/tmp/forever &
pid=$!
for _ in $(seq 600); do grep -q ready /tmp/forever && break; sleep 0.1; done
before=$(counter "$dev1" tx_frames)
sends() { [ "$(counter "$dev1" tx_frames)" -gt "$before" ]; }
within 60 sends || fail "no frame is sent"
ok timeout 60 devlink port del "$port"
wait $pid || { cat /tmp/forever; fail "forever"; }
tail -1 /tmp/forever
pair_down
