#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Life of a subfunction: add, configure, activate, reload, delete.
. "$(dirname "$0")/mfnic_lib.sh"
setup

ok devlink port add $nic flavour pcisf pfnum 0 sfnum 771
refused devlink port add $nic flavour pcisf pfnum 0 sfnum 771
one=$(port 771)
refused devlink port function set "$one" hw_addr 01:00:00:77:00:01
ok devlink port function set "$one" hw_addr 02:00:00:77:00:01

# No device exists before the activation.
refused grep -qsx 771 /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum
ok devlink port function set "$one" state active
within interface 771
ok grep -qx 02:00:00:77:00:01 "$(device 771)/net/$(interface 771)/address"
refused devlink port function set "$one" hw_addr 02:00:00:77:00:03

if modprobe -q mfraw; then
	within ls "$(device 771)/infiniband"
fi

# The parameters of the subfunction choose its devices.
name=auxiliary/$(basename "$(device 771)")
ok devlink dev param set "$name" name enable_eth value false cmode driverinit
ok devlink dev reload "$name"
refused interface 771
ok devlink dev param set "$name" name enable_eth value true cmode driverinit
ok devlink dev reload "$name"
within interface 771

# A subfunction goes while it is in use.
ok ip link set "$(interface 771)" up
ok devlink port del "$one"
refused grep -qsx 771 /sys/bus/auxiliary/devices/mfnic.sf.*/sfnum

# The mode of the eswitch decides whether there are subfunctions.
subfunction 772
ok devlink dev eswitch set $nic mode legacy
[ -z "$(port 772)" ] || fail "a subfunction in mode legacy"
ok devlink dev eswitch set $nic mode switchdev
