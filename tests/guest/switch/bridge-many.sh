#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# There are more stations than a batch, in which the switch reports addresses to the
# bridge or checks their age. All entries are taken over, and all of them age.
set -u
. "$(dirname "$0")/../lib/sf.sh"

N=2000
UPLINK=mfnic0p0

pair_up
ip link add wire0 type veth peer name wire1
ip link set wire1 addrgenmode none up
ok ip link set wire0 master "$UPLINK"
ok ip link set "$UPLINK" addrgenmode none master br-test up
within 60 forwards "$UPLINK" || fail "the uplink does not forward"
python3 - $N <<'PY' || fail "stations"
import socket
import sys

sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(('wire1', 0))
for i in range(int(sys.argv[1])):
    sock.send(bytes.fromhex('020000000101') + b'\6\0\0\0' + i.to_bytes(2, 'big') +
              b'\x88\xb5' + bytes(46))
PY
offloaded() { [ "$(bridge fdb show dev $UPLINK | grep -c offload)" = "$1" ]; }
within 60 offloaded $N || fail "$(bridge fdb show dev $UPLINK | grep -c offload) of $N"
echo "ok - the switch has $N stations"
ok ip link set br-test type bridge ageing_time 200
within 60 offloaded 0 || fail "$(bridge fdb show dev $UPLINK | grep -c offload) are left"
echo "ok - all entries have expired"
ok ip link set "$UPLINK" nomaster
ok ip link set wire0 nomaster
ip link del wire0
pair_check
