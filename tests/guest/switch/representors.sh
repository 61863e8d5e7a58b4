#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Representors: their names and attributes, links, the slow path through them, traps,
# and the end of them in legacy mode. A subfunction sends with its own address only.
set -u
. "$(dirname "$0")/../lib/sf.sh"

pair_up
rep1=$(rep_of_sf 101)
rep2=$(rep_of_sf 102)
uplink=$(rep_of "$NIC/0")
ip link set br-test down
ip link del br-test

# A representor has the expected name and attributes.
[ "$rep1" = mfnic0sf101 ] || fail "the name is $rep1"
[ "$uplink" = mfnic0p0 ] || fail "the name is $uplink"
shows "^pf0sf101$" cat "/sys/class/net/$rep1/phys_port_name"
shows "^p0$" cat "/sys/class/net/$uplink/phys_port_name"
id=$(cat "/sys/class/net/$uplink/phys_switch_id")
[ -n "$id" ] || fail "no switch id"
shows "^$id$" cat "/sys/class/net/$rep1/phys_switch_id"
shows "type eth netdev $rep1 flavour pcisf" devlink port show "$NIC/1"
shows "type eth netdev $uplink flavour physical" devlink port show "$NIC/0"
shows "portname pf0sf101 .*switchid $id" ip -d link show "$rep1"
shows "driver: mfnic" ethtool -i "$rep1"

# Representor and port are the two ends of a link.
shows "PORT_ACTIVE" ibv_devinfo -d "$dev1"
ok ip link set "$rep1" down
shows "PORT_DOWN" ibv_devinfo -d "$dev1"
ok ip link set "$rep1" up
shows "PORT_ACTIVE" ibv_devinfo -d "$dev1"
shows "Link detected: yes" ethtool "$rep1"
port=$(port_of_sf 102)
ok devlink port function set "$port" state inactive
shows "NO-CARRIER" ip link show "$rep2"
ok devlink port function set "$port" state active
shows "LOWER_UP" ip link show "$rep2"
ok ip link set "$uplink" up
shows "NO-CARRIER" ip link show "$uplink"
within 60 rdma_of_sf 102 || fail "no RDMA device"
dev2=$(rdma_of_sf 102)

python3 "${0%.sh}.py" "$dev1" "$dev2" "$rep1" "$rep2" || fail "frames"

# Traps count the frames that the host got, by their reason.
shows "slow_path type control generic false action trap .*local_delivery" devlink trap show "$NIC"
shows "packets [1-9]" devlink -s trap show "$NIC" trap slow_path
shows "dropped 2" devlink -s trap show "$NIC" trap spoofed_smac
ok devlink trap set "$NIC" trap spoofed_smac action trap
shows "action trap" devlink trap show "$NIC" trap spoofed_smac

# The number of completion vectors is an attribute of the function.
port=$(port_of_sf 102)
refuses "while the port is inactive" devlink port function set "$port" max_io_eqs 3
ok devlink port function set "$port" state inactive
refuses "max_io_eqs must be" devlink port function set "$port" max_io_eqs 0
ok devlink port function set "$port" max_io_eqs 3 state active
shows "max_io_eqs 3" devlink port show "$port"
shows "num_comp_vectors:\s*3" ibv_devinfo -v -d "$(rdma_of_sf 102)"

# Legacy mode deletes subfunctions and representors, and says so.
shows "subfunction ports were deleted" devlink dev eswitch set "$NIC" mode legacy
[ ! -e "/sys/class/net/$rep1" ] || fail "$rep1 is left"
[ ! -e "/sys/class/net/$uplink" ] || fail "$uplink is left"
ok devlink dev eswitch set "$NIC" mode switchdev
[ -e "/sys/class/net/$uplink" ] || fail "no $uplink"
pair_check
