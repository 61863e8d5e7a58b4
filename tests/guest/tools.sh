#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What the usual tools show of an mfraw device.
set -u
. "$(dirname "$0")/lib-sf.sh"

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

# A queue pair at work is seen, with its process.
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

# Renaming, and a device that follows the subfunction.
ok rdma dev set "$dev2" name mfraw_renamed
shows "mfraw_renamed" ibv_devices
ok rdma dev set mfraw_renamed name "$dev2"
port=$(devlink port show | awk '/sfnum 101( |$)/ { sub(/:$/, "", $1); print $1 }')
ok devlink port function set "$port" state inactive
ibv_devices | grep -q "$dev1 " && fail "$dev1 outlives its subfunction"
ok devlink port function set "$port" state active
shows "000000fffe000101" ibv_devices

pair_check
