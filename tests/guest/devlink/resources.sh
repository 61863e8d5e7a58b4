#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# "rdma resource" shows objects with the driver's details, and each drop cause has a
# counter. A device can be renamed.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "resources"
pair_check

# Objects may be destroyed while rdma shows them.
for _ in 1 2 3 4 5 6; do
	frames --count 50 "$dev1" "$dev2" >/dev/null || fail "frames"
done &
frames_pid=$!
while kill -0 $frames_pid 2>/dev/null; do
	for kind in qp cq mr; do
		rdma -dd resource show $kind >/dev/null
	done
done
wait $frames_pid || fail "frames while rdma shows the objects"
echo "ok - rdma shows objects that come and go"

# Every cause of a drop has a counter with a name.
for name in rx_no_rule rx_too_long rx_link_down rx_no_buffer rx_qp_state \
		rx_error rx_flow_drop rx_delay_timeout tx_invalid tx_link_down tx_spoofed \
		tx_rule_drop tx_no_dest tx_error cq_overrun; do
	shows "$name [0-9]" rdma statistic show link "$dev1/1"
done

# An operator renames the device, and it works under both names.
ok rdma dev set "$dev1" name foo
shows 'foo' rdma dev show foo
frames --count 200 foo "$dev2" || fail "frames on a renamed device"
refuses 'File exists' rdma dev set foo name "$dev2"
ok rdma dev set foo name "$dev1"
# Systems with persistent names have this program of udev, which renames devices.
rename=/usr/lib/udev/rdma_rename
if [ -x "$rename" ]; then
	new=$("$rename" "$dev1" NAME_FALLBACK 2>&1)
	echo "# rdma_rename says: ${new:-nothing}"
	for dev in /sys/class/infiniband/*; do
		[ "${dev##*/}" = "$dev2" ] || dev1=${dev##*/}
	done
fi
frames --count 200 "$dev1" "$dev2" || fail "frames after renaming"
pair_check
