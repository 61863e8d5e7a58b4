#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Mistakes of an operator, and changes under traffic: rules between two NICs, loops,
# and ports and devices that go while rules point to them. Two subfunctions that are
# not involved lose no frame.
set -u
. "$(dirname "$0")/../lib/sf.sh"

A=mfnic0sf103
B=mfnic0sf104
OTHER=mfnic1sf201

# flood DEVICE: start a sender that sends on DEVICE without end
flood() {
	python3 - "$1" <<'PY' &
import socket
import sys

sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind((sys.argv[1], 0))
frame = bytes.fromhex('02000000010402000000010388b5') + bytes(1000)
while True:
    try:
        sock.send(frame)
    except OSError:
        pass
PY
	flooders+=($!)
}

flooders=()
pair_up
# The two subfunctions exchange frames until the end.
while [ ! -e /tmp/enough ]; do
	frames --count 5000 "$dev1" "$dev2" || exit 1
done >/tmp/frames.log 2>&1 &
traffic=$!

sf_up 103 02:00:00:00:01:03 >/dev/null || fail "subfunction 103"
sf_up 104 02:00:00:00:01:04 >/dev/null || fail "subfunction 104"
ok ip link set "$A" nomaster
ok ip link set "$B" nomaster
echo 1 >/sys/bus/mfnic/new_device
NIC=mfnic/mfnic1 sf_up 201 02:00:00:00:02:01 >/dev/null || fail "another NIC"
ok ip link set "$OTHER" nomaster
ok tc qdisc add dev "$A" clsact

# A rule can redirect to a port of another NIC in software only.
add() { tc filter add dev "$A" ingress "$@"; }
to() { echo "action mirred egress $1 dev $2"; }
# shellcheck disable=SC2046 # words
{
refuses "$OTHER is not a port of this switch" \
	add protocol ip flower skip_sw $(to redirect $OTHER)
refuses "$OTHER is not a port of this switch" \
	add protocol ip flower skip_sw $(to mirror $OTHER) $(to redirect $B)
ok add prio 1 protocol ip flower $(to redirect $OTHER)
shows not_in_hw tc filter show dev $A ingress
refuses "Only the uplink's representor" ip link set "$OTHER" master "$A"
[ "$(ip -j -d link show "$A" | jq -r .[].phys_switch_id)" != \
	"$(ip -j -d link show "$OTHER" | jq -r .[].phys_switch_id)" ] ||
	fail "two NICs are one switch"

# A port of another NIC can be the uplink, as a wire between two switches. A circle of
# uplinks is refused.
ok ip link set "$OTHER" master mfnic0p0
ok ip link set mfnic0p0 up
ok ip link set "$OTHER" nomaster
ok ip link set mfnic1p0 master mfnic0p0
refuses "." ip link set mfnic0p0 master mfnic1p0
ok ip link set mfnic1p0 nomaster

# A rule can't go back to a chain, and a frame that is redirected runs no more rules.
refuses "higher number" add chain 1 protocol ip flower skip_sw action goto chain 1
refuses "higher number" add chain 2 protocol ip flower skip_sw action goto chain 1
tc qdisc add dev "$B" clsact
ok add prio 2 protocol all flower skip_sw $(to redirect "$B")
ok tc filter add dev "$B" ingress prio 2 protocol all flower skip_sw \
	$(to redirect "$A")
ok add prio 3 protocol all flower skip_sw $(to redirect "$A")
}
# A frame of A arrives at the port of B, and one of B at the port of A.
python3 - "$A" "$B" <<'PY' || fail "rules that redirect to each other"
import os
import sys
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP, frame


def device(rep):
    number = rep[len('mfnic0sf'):]
    base = '/sys/bus/auxiliary/devices'
    for name in os.listdir(base):
        path = f'{base}/{name}/sfnum'
        if name.startswith('mfnic.sf.') and open(path).read().strip() == number:
            return os.listdir(f'{base}/{name}/infiniband')[0]


ends = [RawQP(Port(device(rep))) for rep in sys.argv[1:]]
for end in ends:
    end.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
data = frame('02:00:00:00:77:01', src='02:00:00:00:01:03')
ends[0].send(data)
assert (ends[0].received(), ends[1].received()) == ([], [data])
data = frame('02:00:00:00:77:01', src='02:00:00:00:01:04')
ends[1].send(data)
assert (ends[0].received(), ends[1].received()) == ([data], [])
print('ok - rules that redirect to each other make no loop')
PY

# Netlink takes any mask, also those that tools do not send. tc refuses most itself.
refuses "." add protocol ip flower skip_sw dst_ip 10.0.0.1/33 action drop
refuses "." add protocol ip flower skip_sw ip_proto tcp tcp_flags 0x12/0x1ffff action drop
ok add prio 9 protocol all flower skip_sw \
	dst_mac 02:00:00:00:00:01/ff:00:ff:00:0f:a5 action drop
ok add prio 10 protocol all flower skip_sw \
	dst_mac 02:00:00:00:00:01/00:00:00:00:00:00 action drop
ok tc filter del dev "$A" ingress

# The wire goes while frames are on it, and while the uplink still has frames.
for round in 1 2 3; do
	ip link add wire0 type veth peer name wire1
	ip link set wire1 up
	ok ip link set wire0 master mfnic0p0
	flood mfnic0p0
	flood wire1
	sleep 0.5
	case $round in
	1) ok ip link del wire0 ;;
	2) ok ip link set wire0 nomaster ;;
	3) ip netns add gone
	   ok ip link set wire0 netns gone
	   ok ip netns del gone ;;
	esac
	ip link del wire1 2>/dev/null
	shows "mfnic0p0" ip link show mfnic0p0
done

# A port goes while rules point to it, and a new one comes in its place. The rules
# stay, and do not point to the new port.
flood "$B"
flood "$A"
# shellcheck disable=SC2046 # words
for _ in 1 2 3; do
	ok tc filter add dev "$A" ingress prio 1 protocol all flower skip_sw \
		$(to mirror "$B") $(to redirect "$B")
	ok devlink port del "$(port_of_sf 104)"
	shows "in_hw" tc filter show dev "$A" ingress
	sf_up 104 02:00:00:00:01:04 >/dev/null || fail "subfunction 104"
	ok tc filter del dev "$A" ingress
done

# Another NIC changes its mode under traffic, and then goes with all its ports.
flood "$OTHER"
ok ip link set "$OTHER" master br-test
ok devlink dev eswitch set mfnic/mfnic1 mode legacy
ok devlink dev eswitch set mfnic/mfnic1 mode switchdev
NIC=mfnic/mfnic1 sf_up 201 02:00:00:00:02:01 >/dev/null || fail "subfunction 201"
flood "$OTHER"
echo 1 >/sys/bus/mfnic/del_device || fail "NIC 1 can't be deleted"

touch /tmp/enough
wait $traffic || { tail -5 /tmp/frames.log; fail "frames of the other subfunctions"; }
echo "# $(grep -c unaccounted /tmp/frames.log) times 5000 frames of the other subfunctions"

# A mode change under traffic ends the traffic, with an error for the sender.
(while frames --count 5000 "$dev1" "$dev2"; do :; done) >/dev/null 2>&1 &
traffic=$!
flood mfnic0sf101
sleep 1
shows "subfunction ports were deleted" devlink dev eswitch set "$NIC" mode legacy
wait $traffic
[ "$(devlink port show | grep -c pcisf)" = 0 ] || fail "ports are left"
ok devlink dev eswitch set "$NIC" mode switchdev
kill "${flooders[@]}" 2>/dev/null
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
# The module complains of leaked objects when it is unloaded.
unload mfraw mfnic
