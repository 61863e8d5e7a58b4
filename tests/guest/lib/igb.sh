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

# igb_bind ADDRESS: give the device to mfigb, and wait until its link is up. igb has a
# device that was found while that driver was loaded.
igb_bind() {
	modprobe -a mfigb mfraw mfeth ib_uverbs &&
		echo mfigb >"/sys/bus/pci/devices/$1/driver_override" || return
	[ "$(igb_driver "$1")" != igb ] ||
		echo "$1" >/sys/bus/pci/drivers/igb/unbind || return
	echo "$1" >/sys/bus/pci/drivers_probe &&
		[ "$(igb_driver "$1")" = mfigb ] &&
		within 60 igb_active "$1"
}

# igb_unbind ADDRESS: undo igb_bind.
igb_unbind() {
	[ "$(igb_driver "$1")" != mfigb ] || echo "$1" >/sys/bus/pci/drivers/mfigb/unbind
	echo >"/sys/bus/pci/devices/$1/driver_override"
}

# igb_clear BITS: clear bits of the command register: 2 lets the device have registers, 4
# lets it access memory.
igb_clear() {
	python3 - "/sys/bus/pci/devices/$IGB/config" "$1" <<'PY'
import sys
with open(sys.argv[1], 'r+b', buffering=0) as f:
    f.seek(4)
    value = int.from_bytes(f.read(2), 'little')
    f.seek(4)
    f.write((value & ~int(sys.argv[2])).to_bytes(2, 'little'))
PY
}
