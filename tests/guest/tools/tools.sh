#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The usual tools show an mfraw device and its objects.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
sf=$(readlink -f "/sys/class/infiniband/$dev1/device")

shows "$dev1\s+000000fffe000101" ibv_devices
shows "node_guid:\s*0000:00ff:fe00:0101" ibv_devinfo -d "$dev1"
shows "MANAGED_FLOW_STEERING" ibv_devinfo -v -d "$dev1"
shows "max_raw_ethy_qp:\s*[1-9]" ibv_devinfo -v -d "$dev1"
shows "state:\s*PORT_ACTIVE" ibv_devinfo -d "$dev1"
shows "link_layer:\s*Ethernet" ibv_devinfo -d "$dev1"
shows "GID\[ *0\]:\s*fe80::ff:fe00:101, RoCE v2" ibv_devinfo -v -d "$dev1"
shows "$dev1/1 state ACTIVE physical_state LINK_UP" rdma link show "$dev1/1"
shows "$dev1: node_type ca .*sys_image_guid 0000:00ff:fe00:0101" rdma dev show "$dev1"
shows "rx_no_buffer" rdma statistic show link "$dev1/1"
shows "^101$" cat "$sf/sfnum"
[[ $sf == */mfnic.sf.* ]] || fail "the device's parent is $sf"

# rdma shows a queue pair at work, with its process.
raw_ethernet_bw --server -d "$dev1" -B 02:00:00:00:01:01 \
	-E 02:00:00:00:01:02 -s 64 -D 60 >/dev/null 2>&1 &
server=$!
works() {
	rdma resource show qp link "$dev1/1" | grep -qE 'RAW_PACKET .*state (RTR|RTS)'
}
within 60 works
shows "link $dev1/1 lqpn [0-9]+ .*type RAW_PACKET .*state (RTR|RTS) .*comm raw_ethernet_bw" \
	rdma resource show qp link "$dev1/1"
shows "$dev1: pd 2 cq [23] qp 2 .*mr 1" rdma resource show
kill -KILL $server
wait $server 2>/dev/null

# A device can be renamed, and goes and comes with its subfunction.
ok rdma dev set "$dev2" name mfraw_renamed
shows "mfraw_renamed" ibv_devices
ok rdma dev set mfraw_renamed name "$dev2"
port=$(devlink port show | awk '/sfnum 101( |$)/ { sub(/:$/, "", $1); print $1 }')
ok devlink port function set "$port" state inactive
ibv_devices | grep -q "$dev1 " && fail "$dev1 outlives its subfunction"
ok devlink port function set "$port" state active
shows "000000fffe000101" ibv_devices

# sysfs has the counters of performance management (PMA), with data in words of 4
# bytes. They agree with the counters of the port.
pma() { cat "/sys/class/infiniband/$dev1/ports/1/counters/$1"; }
pma_is_true() {
	[ "$(pma port_xmit_packets)" = "$(counter "$dev1" tx_frames)" ] &&
		[ "$(pma port_rcv_packets)" = "$(counter "$dev1" rx_frames)" ] &&
		[ "$(pma port_xmit_data)" = $(($(counter "$dev1" tx_bytes) / 4)) ] &&
		[ "$(pma port_rcv_data)" = $(($(counter "$dev1" rx_bytes) / 4)) ] &&
		[ "$(pma port_xmit_constraint_errors)" = \
			"$(counter "$dev1" tx_spoofed)" ]
}
dev1=$(ls "$sf/infiniband") || fail "no device of subfunction 101"
python3 - "$dev1" "$dev2" <<'END' || fail "traffic"
import sys
from mfraw_test.raw import Port, RawQP, frame
for name, dst, src in (sys.argv[1], 2, 1), (sys.argv[2], 1, 2), (sys.argv[1], 2, 9):
    qp = RawQP(Port(name))
    for _ in range(25):
        qp.send(frame(f'02:00:00:00:01:0{dst}', f'02:00:00:00:01:0{src}'))
        qp.received()
END
within 10 pma_is_true || fail "counters: $(grep . "/sys/class/infiniband/$dev1/ports/1/counters/"*)"
[ "$(pma port_xmit_packets)" -ge 50 ] && [ "$(pma port_rcv_packets)" = 25 ] &&
	[ "$(pma port_xmit_constraint_errors)" = 25 ] ||
	fail "counters of the traffic"
echo "ok - counters of performance management"
version=$(bash /src/mfraw --version | sed -n 's/^mfraw version \([0-9.]*\) .*/\1/p')
shows "^[0-9]+\.[0-9]+\.[0-9]+$" cat "/sys/class/infiniband/$dev1/fw_ver"
shows "^$version$" cat "/sys/class/infiniband/$dev1/fw_ver"
for module in mfsteer mfport mfnic mfraw mfraw_kick mfeth; do
	shows "^$version$" modinfo -F version $module
	shows "^$version$" cat /sys/module/$module/version
done
shows "fw_ver:\s*$(cat "/sys/class/infiniband/$dev1/fw_ver")$" \
	ibv_devinfo -d "$dev1"
down=$(pma link_downed)
rep=$(rep_of_sf 101)
ok ip link set "$rep" down
[ "$(pma link_downed)" = $((down + 1)) ] || fail "link_downed"
ok ip link set "$rep" up

pair_check
