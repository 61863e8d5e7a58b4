#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-vm: --nic igb
# mfraw-needs: nics
#
# Queue blocks on the pools of an Intel 82576: the driver is bound by hand, and its
# subfunctions exchange raw frames, RoCEv2 and IP with each other and with the wire.
set -u
here=$(dirname "$0")
. "$here/../lib/igb.sh"

# Without driver_override, the driver takes no device.
modprobe mfigb || exit
[ -z "$(igb_driver "$(igb_addr)")" ] || { echo "FAIL: mfigb has the device"; exit 1; }

PARENT=mfigb
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

shows 'driver mfigb' devlink dev info "$NIC"
shows '82576' devlink dev info "$NIC"
shows 'flavour physical' devlink port show "$NIC/0"
shows 'PORT_ACTIVE' ibv_devinfo -d "$(ls "/sys/bus/pci/devices/$IGB/infiniband")"

pair_up
shows 'PORT_ACTIVE' ibv_devinfo -d "$dev1"
shows "^02:00:00:00:01:01$" cat "/sys/class/net/$(net_of "$dev1")/address"
shows "type eth netdev $(net_of "$dev1") flavour pcisf" devlink port show "$NIC/1"

# The operator has 7 subfunctions, with numbers and addresses that differ.
refuses "sfnum exists" devlink port add "$NIC" flavour pcisf pfnum 0 sfnum 102
refuses "index exists" devlink port add "$NIC/2" flavour pcisf pfnum 0 sfnum 103
refuses "only pfnum 0" devlink port add "$NIC" flavour pcisf pfnum 1 sfnum 103
refuses "inactive" devlink port function set "$NIC/1" hw_addr 02:00:00:00:01:03
for n in 3 4 5 6 7; do
	ok devlink port add "$NIC" flavour pcisf pfnum 0 sfnum "10$n"
done
refuses "all of its 7" devlink port add "$NIC" flavour pcisf pfnum 0 sfnum 108
refuses "has this address" devlink port function set "$NIC/3" hw_addr 02:00:00:00:01:02
for n in 3 4 5 6 7; do
	ok devlink port function set "$NIC/$n" state active
	ok devlink port del "$NIC/$n"
done

# The pools have no rates.
refuses "supported" devlink port function rate add "$NIC/group"

# The same modules serve subfunctions of both parents at once.
ok devlink port add mfnic/mfnic0 flavour pcisf pfnum 0 sfnum 1
ok devlink port function set mfnic/mfnic0/1 state active
for client in rdma eth; do
	modules=$(for file in /sys/bus/auxiliary/devices/mf{nic,igb}."$client".*; do
		readlink -f "$file/driver/module"
	done | sort -u | wc -l)
	[ "$modules" = 1 ] || fail "$modules modules serve the $client devices"
done
ok devlink port del mfnic/mfnic0/1

# The operator limits the receivers of a frame.
sf=auxiliary/$(basename "$(readlink -f "/sys/class/infiniband/$dev1/device")")
refuses "1 to 256" devlink dev param set "$sf" name max_rx_fanout value 257 cmode runtime
ok devlink dev param set "$sf" name max_rx_fanout value 1 cmode runtime
python3 - "$dev1" <<'PY' || fail "fanout"
import errno
import sys
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP
from pyverbs.pyverbs_error import PyverbsRDMAError
port = Port(sys.argv[1])
qps = [RawQP(port), RawQP(port)]
qps[0].flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
try:
    qps[1].flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
    sys.exit('two queue pairs get a frame')
except PyverbsRDMAError as ex:
    assert ex.error_code == errno.ENOSPC, ex
PY
ok devlink dev param set "$sf" name max_rx_fanout value 32 cmode runtime

# Raw frames.
wire=$(nic virtio_net)
ip link set "$wire" addrgenmode none promisc on up
python3 "${0%.sh}.py" "$dev1" "$dev2" "$wire" || fail "frames"

# IP and RoCEv2, between two namespaces and with the wire.
roce_up
ok in_ns 1 ping -q -c 20 -i 0.01 -s 1400 192.0.2.2
ip addr add 192.0.2.3/24 dev "$wire"
ok ping -q -c 3 192.0.2.1
# perftest's programs and those of rdma-core connect by TCP first.
pingpong() { # OPTION...
	in_ns 1 timeout 100 "$@" -d "$dev1" -g "$(gid_of "$dev1" 192.0.2.1)" >/tmp/server &
	within 60 in_ns 1 sh -c 'ss -Hltn sport = 18515 | grep -q .' || fail "no server"
	shows 'bytes in' in_ns 2 timeout 100 "$@" -d "$dev2" \
		-g "$(gid_of "$dev2" 192.0.2.2)" 192.0.2.1
	wait $! || { cat /tmp/server; fail "the server of $*"; }
}
pingpong ibv_rc_pingpong -c -n 50
pingpong ibv_rc_pingpong -c -n 10 -s 65536
pingpong ibv_ud_pingpong -c -n 50 -s 1024
roce_down

# An inactive subfunction is gone, and comes back.
ok devlink port function set "$NIC/2" state inactive
[ ! -e "/sys/class/infiniband/$dev2" ] || fail "$dev2 is still there"
# Without an interface, devlink would warn of a port without a type.
shows 'type ib flavour pcisf' devlink port show "$NIC/2"
ok devlink port function set "$NIC/2" state active
dev2=$(rdma_of_sf 102) || fail "subfunction 102 does not come back"

# A reload takes the subfunctions, and long frames need it.
ok devlink dev param set "$NIC" name mtu value 9000 cmode driverinit
refuses "1500 to 9000" devlink dev param set "$NIC" name mtu value 9001 cmode driverinit
ok devlink dev reload "$NIC"
[ -z "$(port_of_sf 101)" ] || fail "subfunction 101 is still there"
ok within 60 igb_active "$IGB"
dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
python3 "${0%.sh}.py" "$dev1" "$dev2" "$wire" 9000 || fail "long frames"

log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"

# Leave the guest as it was: NICs have drivers only while a test uses them.
pair_down
modprobe -r virtio_net mfigb || fail "drivers of NICs can't be unloaded"
