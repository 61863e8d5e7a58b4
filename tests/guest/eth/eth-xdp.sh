#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# XDP programs in the driver of a subfunction's network interface.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready"

echo "9 9000" >/sys/bus/mfnic/new_device || fail "a NIC"
NIC=mfnic/mfnic9
# Have several queues, even with one processor.
SF_ATTRS='max_io_eqs 4' pair_up
for n in 1 2; do
	eth=$(netdev_of_sf 10$n)
	rep=$(rep_of_sf 10$n)
	sysctl -q -w "net.ipv6.conf.$eth.disable_ipv6=1"
	ip link set "$eth" mtu 9000 up || fail "$eth"
	ip link set "$rep" nomaster || fail "$rep"
	declare "eth$n=$eth" "rep$n=$rep"
done
ip link add veth0 mtu 3000 type veth peer name veth1 mtu 3000
ip link set veth0 addrgenmode none up
ip link set veth1 addrgenmode none up

port_of_sf 102 >/tmp/port
python3 "${0%.sh}.py" "$eth1" "$eth2" "$rep1" "$rep2" \
	</tmp/port || fail "eth-xdp"

# Programs are attached and detached under traffic, and the port is deleted with one
# attached.
ip link set "$rep1" master br-test
ip link set "$rep2" master br-test
python3 - "$eth2" "$rep2" <<'PY' &
import sys
from mfraw_test import xdp as xdp
from mfraw_test.raw import Netdev, frame
wire = Netdev(sys.argv[2])
data = frame('02:00:00:00:01:02', '02:00:00:00:01:01', data=800 * b'x')
open('/tmp/moving', 'w').close()
try:
    while True:
        for program in (xdp.verdict(xdp.PASS), xdp.swap_and_send(), xdp.redirect(sys.argv[1])):
            prog = xdp.Program(sys.argv[1], program)
            for _ in range(50):
                wire.send(data)
            prog.close()
except OSError:
    pass
PY
for _ in $(seq 600); do
	[ -e /tmp/moving ] && break
	sleep 0.1
done
[ -e /tmp/moving ] || fail "the sender does not start"
sleep 2
ok devlink port del "$(port_of_sf 102)"
wait
ok devlink port del "$(port_of_sf 101)"
ip link del veth0
NIC=mfnic/mfnic0
pair_up
pair_check
