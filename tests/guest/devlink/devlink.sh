#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# An operator provisions ports and NICs with devlink: the commands that work, and
# those that are refused, with the reasons.
set -u
. "$(dirname "$0")/../lib/sf.sh"

add() { devlink port add "$NIC" flavour pcisf "$@"; }
set_fn() { devlink port function set "$@"; }

log_before=$(log_lines | wc -l)

# The NIC.
shows "^$NIC(: index [0-9]+)?$" devlink dev show
shows "driver mfnic" devlink dev info "$NIC"
shows "serial_number mfnic0" devlink dev info "$NIC"
shows "mode switchdev" devlink dev eswitch show "$NIC"
shows "flavour physical port 0" devlink port show "$NIC/0"

# The mode.
ok devlink dev eswitch set "$NIC" mode legacy
shows "mode legacy" devlink dev eswitch show "$NIC"
refuses "need eswitch mode switchdev" add pfnum 0 sfnum 1
ok devlink dev eswitch set "$NIC" mode switchdev

# Ports: create, configure, activate.
shows "$NIC/1: .*flavour pcisf controller 0 pfnum 0 sfnum 7 " add pfnum 0 sfnum 7
shows "state inactive opstate detached" devlink port show "$NIC/1"
shows "roce enable" devlink port show "$NIC/1"
[ -z "$(ls /sys/bus/auxiliary/devices)" ] || fail "a driver can bind before activation"
ok set_fn "$NIC/1" hw_addr 02:00:00:00:07:01
shows "hw_addr 02:00:00:00:07:01" devlink port show "$NIC/1"
ok set_fn "$NIC/1" state active
shows "state active opstate attached" devlink port show "$NIC/1"
shows "auxiliary/mfnic.sf" devlink port show "$NIC/1"
ok set_fn "$NIC/1" state active
shows "^7$" cat /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum
ok add pfnum 0
shows "sfnum" devlink port show "$NIC/2"
shows "$NIC/77: .*sfnum 77 " devlink port add "$NIC/77" flavour pcisf pfnum 0 sfnum 77

# Wrong ports and attributes are refused.
refuses "this sfnum exists" add pfnum 0 sfnum 7
refuses "this index exists" devlink port add "$NIC/77" flavour pcisf pfnum 0 sfnum 78
refuses "Port index must be" devlink port add "$NIC/70000" flavour pcisf pfnum 0 sfnum 78
refuses "only pfnum 0" add pfnum 1 sfnum 8
refuses "only controller 0" add pfnum 0 sfnum 8 controller 1
refuses "Only ports of flavour pcisf" devlink port add "$NIC" flavour pcipf pfnum 0
refuses "only change while the port is inactive" set_fn "$NIC/1" hw_addr 02:00:00:00:07:02
refuses "roce can only change while the port is inactive" set_fn "$NIC/1" roce disable
shows "roce enable" devlink port show "$NIC/1"
ok set_fn "$NIC/2" roce disable
shows "roce disable" devlink port show "$NIC/2"
refuses "Port 1 has this address" set_fn "$NIC/2" hw_addr 02:00:00:00:07:01
refuses "on-unicast" set_fn "$NIC/2" hw_addr 01:00:00:00:00:01
refuses "unicast\|address" set_fn "$NIC/2" hw_addr 00:00:00:00:00:00
refuses "." devlink port del "$NIC/0"
refuses "." devlink port del "$NIC/99"

# Parameters of the subfunction's own devlink instance enable its functions.
sf=$(basename /sys/bus/auxiliary/devices/mfnic.sf.*)
n=${sf##*.}
shows "driverinit value true" devlink dev param show "auxiliary/$sf" name enable_rdma
shows "driverinit value true" devlink dev param show "auxiliary/$sf" name enable_eth
[ -e "/sys/bus/auxiliary/devices/mfnic.rdma.$n" ] || fail "no RDMA function"
[ -e "/sys/bus/auxiliary/devices/mfnic.eth.$n" ] || fail "no network function"
ok devlink dev param set "auxiliary/$sf" name enable_rdma value false cmode driverinit
[ -e "/sys/bus/auxiliary/devices/mfnic.rdma.$n" ] || fail "the parameter applies before the reload"
ok devlink dev reload "auxiliary/$sf"
[ ! -e "/sys/bus/auxiliary/devices/mfnic.rdma.$n" ] || fail "still an RDMA function"
[ -e "/sys/bus/auxiliary/devices/mfnic.eth.$n" ] || fail "no network function"
[ -z "$(ls /sys/class/infiniband)" ] || fail "an RDMA device is left"
ok devlink dev param set "auxiliary/$sf" name enable_rdma value true cmode driverinit
ok devlink dev reload "auxiliary/$sf"
[ -e "/sys/bus/auxiliary/devices/mfnic.rdma.$n" ] || fail "no RDMA function"

# Resources show the limits and their occupancy.
shows "name subfunctions size 4096 occ 3" devlink resource show "$NIC"
shows "name rx_masks size 128 occ [0-9]" devlink resource show "auxiliary/$sf"

# A parameter limits the queues of the port that one frame may go to.
fanout() { devlink dev param "$1" "auxiliary/$sf" name max_rx_fanout "${@:2}"; }
shows "runtime value 32" fanout show
refuses "must be 1 to 256" fanout set value 257 cmode runtime
refuses "must be 1 to 256" fanout set value 0 cmode runtime
ok fanout set value 100 cmode runtime
shows "runtime value 100" fanout show

# Ports can be deleted in any state.
ok set_fn "$NIC/1" state inactive
[ -z "$(ls /sys/bus/auxiliary/devices)" ] || fail "devices are left"
ok set_fn "$NIC/1" hw_addr 02:00:00:00:07:03
ok set_fn "$NIC/1" state active
for port in 1 2 77; do
	ok devlink port del "$NIC/$port"
done
[ "$(devlink port show | grep -c pcisf)" = 0 ] || fail "ports are left"

# More NICs can be made, each with an MTU of its own.
bus=/sys/bus/mfnic
write() { echo "$1" >"$2"; }
ok write "5 9000" $bus/new_device
shows "^mfnic/mfnic5(: index [0-9]+)?$" devlink dev show
refuses "File exists" write 5 $bus/new_device
refuses "Invalid argument" write "6 67" $bus/new_device
refuses "Invalid argument" write "6 9001" $bus/new_device
refuses "Invalid argument" write "x" $bus/new_device
refuses "Invalid argument" write "100000" $bus/new_device
refuses "No such device" write 6 $bus/del_device
ok devlink port add mfnic/mfnic5 flavour pcisf pfnum 0 sfnum 7
ok set_fn mfnic/mfnic5/1 state active
shows "active_mtu:\s*4096" ibv_devinfo
shows "mtu 9000" ip link show mfnic5sf7
ok write 5 $bus/del_device
[ -z "$(ls /sys/class/infiniband)" ] || fail "a device outlives its NIC"

# Many ports go together with their NIC when the module is unloaded.
for i in $(seq 50); do
	devlink port add "$NIC" flavour pcisf pfnum 0 sfnum "$i" >/dev/null ||
		fail "port $i"
	devlink port function set "$NIC/$i" state active || fail "state $i"
done
[ "$(ls /sys/class/infiniband | wc -l)" = 50 ] || fail "not 50 devices"
unload mfraw mfnic
ok modprobe mfnic
ok modprobe mfraw
shows "^$NIC(: index [0-9]+)?$" devlink dev show

log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
