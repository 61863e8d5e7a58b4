# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests whose parent is mfigb, on the Intel 82576 of the guest (--nic igb of
# ./mfraw vm). lib/sf.sh sources it if PARENT is mfigb.

# igb_addr: print the PCI address of the 82576.
igb_addr() {
	local file

	file=$(grep -lx 0x10c9 /sys/bus/pci/devices/*/device | head -n 1) || return
	file=${file%/device}
	echo "${file##*/}"
}

# igb_driver ADDRESS: print the driver of the PCI device, if it has one.
igb_driver() {
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] ||
		basename "$(readlink -f "/sys/bus/pci/devices/$1/driver")"
}

# igb_active ADDRESS: the physical port has a link, and an RDMA device.
igb_active() { grep -q ACTIVE "/sys/bus/pci/devices/$1"/infiniband/*/ports/1/state; }

# igb_bind ADDRESS: give the device to mfigb, and wait until its link is up.
igb_bind() {
	modprobe -a mfigb mfraw mfeth ib_uverbs &&
		echo mfigb >"/sys/bus/pci/devices/$1/driver_override" &&
		echo "$1" >/sys/bus/pci/drivers_probe &&
		[ "$(igb_driver "$1")" = mfigb ] &&
		within 60 igb_active "$1"
}

# igb_unbind ADDRESS: undo igb_bind.
igb_unbind() {
	[ "$(igb_driver "$1")" != mfigb ] || echo "$1" >/sys/bus/pci/drivers/mfigb/unbind
	echo >"/sys/bus/pci/devices/$1/driver_override"
}
