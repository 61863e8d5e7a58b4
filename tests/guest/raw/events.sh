#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Completion events with several channels and vectors, and asynchronous events
# of the port, of a queue pair, of a completion queue, and of a device that
# goes away.
set -u
. "$(dirname "$0")/../lib/sf.sh"
LOG_NOISE="$LOG_NOISE|link becomes ready"

pair_up
port=$(port_of_sf 102)
rep=$(rep_of "$port")
ok devlink port function set "$port" state inactive
ok devlink port function set "$port" max_io_eqs 4 state active
for _ in $(seq 600); do
	for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
		[ "$(cat "$sf/sfnum")" = 102 ] && [ -e "$sf/infiniband_verbs" ] &&
			dev2=$(ls "$sf/infiniband") && break 2
	done
	sleep 0.1
done

python3 "${0%.sh}.py" "$dev1" "$dev2" "$rep" "$port" \
	"$(netdev_of_sf 102)" || fail "events"
left=$(rdma resource show | grep "$dev1" |
	grep -vE 'pd ([01]) cq \1 qp \1 cm_id 0 mr 0 ctx 0')
[ -z "$left" ] || fail "objects are left: $left"
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
