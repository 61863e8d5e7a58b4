#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-vm: --nic igb
# mfraw-needs: nics
#
# The 82576 makes the checksums and segments of sockets: between pools, and for the
# wire. It verifies the checksums of received frames. TCP streams pass in both directions.
set -u
here=$(dirname "$0")
PARENT=mfigb
. "$here/../lib/igb.sh"
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

pair_up
modprobe tun
wire=$(nic virtio_net)
# Frames are shown as they arrive.
ok ethtool -K "$wire" gro off
ip link set "$wire" addrgenmode none promisc on up
python3 "${0%.sh}.py" "$dev2" "$(net_of "$dev1")" "$(net_of "$dev2")" "$wire" "$NIC" || fail "offloads"

# TCP, whose receiver checks the sums: between pools, and with the kernel at the wire.
listens() { [ -n "$(in_ns 2 ss -Hltn sport = :5201)" ]; }
stream() { # ADDRESS [OPTION...]
	local bytes

	in_ns 2 iperf3 -s -1 >/dev/null &
	within 60 listens || fail "no server"
	bytes=$(timeout 200 iperf3 -c "$1" -J -n 8M "${@:2}" |
		python3 -c 'import json, sys
print(json.load(sys.stdin)["end"]["sum_received"]["bytes"])') ||
		fail "no stream to $*"
	[ "$bytes" -ge 8000000 ] || fail "$* received $bytes bytes"
	wait $!
}
roce_up
ip addr add 192.0.2.3/24 dev "$wire"
stream 192.0.2.2
stream 192.0.2.2 -R
in_ns 2 iperf3 -s -1 >/dev/null &
within 60 listens || fail "no server"
ok in_ns 1 timeout 200 iperf3 -c 2001:db8::2 -n 8M
wait
ip addr del 192.0.2.3/24 dev "$wire"
roce_down

pair_down
modprobe -r virtio_net mfigb || fail "drivers of NICs can't be unloaded"
