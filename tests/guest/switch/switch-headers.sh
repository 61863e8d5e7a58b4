#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# A network interface sends its longest headers, and the switch adds as many tags as
# it can. The frames arrive whole, and also if the receiver strips a tag.
set -u
. "$(dirname "$0")/../lib/sf.sh"

A=mfnic0sf101
B=mfnic0sf102

pair_up
modprobe -a 8021q act_vlan act_mirred cls_matchall
eth1=$(netdev_of_sf 101)

# Rules push tags, and the bridge pushes one in front of them.
tc qdisc add dev $A clsact
# shellcheck disable=SC2046 # words
ok tc filter add dev $A ingress matchall skip_sw \
	$(printf 'action vlan push protocol 802.1ad id %d ' {1..7})
ok ip link set br-test type bridge vlan_filtering 1
for rep in $A $B; do
	ok bridge vlan add vid 10 dev $rep
done
ok bridge vlan add vid 10 pvid dev $A
ok bridge fdb add 02:00:00:00:01:02 dev $B master static vlan 10
python3 - "$dev1" "$dev2" <<'PY' || fail "tags of rules and of the bridge"
import sys
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP, frame

tx, rx = (RawQP(Port(name)) for name in sys.argv[1:])
rx.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
data = frame('02:00:00:00:01:02')
tags = b'\x81\x00\x00\x0a' + b''.join(b'\x88\xa8\x00' + bytes([i]) for i in range(7, 0, -1))
tx.send(data)
got = rx.received()
assert got == [data[:12] + tags + data[12:]], [f.hex() for f in got]
print('ok - eight more tags')
PY
ok tc filter del dev $A ingress
ok ip link set br-test type bridge vlan_filtering 0

# TCP over IPv6 with options, in a vlan, makes segments with a header of 254 bytes.
# shellcheck disable=SC2046 # words
ok tc filter add dev $A ingress matchall skip_sw \
	$(printf 'action vlan push id %d ' {1..7}) \
	action mirred egress redirect dev $B
ip netns add headers
ip link set "$eth1" netns headers
n() { ip netns exec headers "$@"; }
n sysctl -q -w net.ipv4.tcp_timestamps=0 net.ipv6.conf.all.disable_ipv6=0 \
	net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0
n ip link set lo up
n ip link set "$eth1" up
n ip link add link "$eth1" name tagged type vlan id 9
n ip link set tagged mtu 1400 up
n ip addr add fd00::1/64 dev tagged nodad
n ip neigh add fd00::2 lladdr 02:00:00:00:01:02 dev tagged
n ethtool -K "$eth1" tso on

cat >/tmp/headers-tx.py <<'PY'
import socket
import struct
import sys

REPAIR, REPAIR_WINDOW, DSTOPTS, OPTIONS = 19, 29, 59, 176

# There is no peer, so repair mode makes the connection.
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
s.setsockopt(socket.IPPROTO_IPV6, DSTOPTS,
             bytes([0, OPTIONS // 8 - 1, 1, OPTIONS - 4]) + bytes(OPTIONS - 4))
s.setsockopt(socket.IPPROTO_TCP, REPAIR, 1)
s.bind(('fd00::1', int(sys.argv[1])))
s.connect(('fd00::2', 2000))
s.setsockopt(socket.IPPROTO_TCP, REPAIR_WINDOW, struct.pack('=5I', 0, 65535, 65535, 65535, 0))
s.setsockopt(socket.IPPROTO_TCP, REPAIR, -1)
assert s.send(bytes(i % 251 for i in range(4000))) == 4000
sys.stdin.read()
PY
cat >/tmp/headers-rx.py <<'PY'
import subprocess
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Port, RawQP

dev, port, strip = sys.argv[1], sys.argv[2], int(sys.argv[3])
rx = RawQP(Port(dev), e.IBV_QP_CREATE_CVLAN_STRIPPING if strip else 0)
rx.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
tags = b''.join(b'\x81\x00\x00' + bytes([i]) for i in (7, 6, 5, 4, 3, 2, 1, 9))
if strip:
    tags = tags[4:]
l3 = 12 + len(tags) + 2
data = l3 + 40 + 176 + 20
want = bytes(i % 251 for i in range(4000))
got = {}
tx = subprocess.Popen(['ip', 'netns', 'exec', 'headers', 'python3',
                       '/tmp/headers-tx.py', port], stdin=subprocess.PIPE)
deadline = time.monotonic() + 60
while sum(map(len, got.values())) < len(want):
    assert time.monotonic() < deadline, got.keys()
    for f in rx.received():
        if f[l3 + 6] != 60 or f[l3 + 40] != 6:
            continue
        assert f[12:l3] == tags + b'\x86\xdd', f.hex()
        seq = int.from_bytes(f[data - 16:data - 12], 'big')
        got[seq] = f[data:]
tx.communicate()
assert b''.join(got[seq] for seq in sorted(got)) == want, got
print(f'ok - 4000 bytes behind headers of {data} bytes, in {len(got)} frames')
PY
for strip in 0 1; do
	python3 /tmp/headers-rx.py "$dev2" $((1000 + strip)) $strip ||
		fail "long headers, strip $strip"
done
[ "$(n ethtool -S "$eth1" | awk '/tx_gso/ { n += $2 } END { print n + 0 }')" -ge 2 ] ||
	fail "the interface segmented nothing"

ip netns del headers
ok ip link set br-test down
pair_check
