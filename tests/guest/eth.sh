#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The network interface of a subfunction: what it is called, what can be set,
# which frames it listens to, what becomes of large buffers and checksums.
set -u
. "$(dirname "$0")/lib-sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready|page_pool|netpoll|netconsole"

# stat INTERFACE NAME
stat() { ethtool -S "$1" | awk -v n="$2:" '$1 == n { print $2 }'; }

carrier() { cat "/sys/class/net/$1/carrier"; }

echo "9 9000" >/sys/bus/mfnic/new_device || fail "a NIC with an MTU of 9000"
# Several queues, however few processors there are.
SF_ATTRS='max_io_eqs 4' pair_up
eth1=$(netdev_of_sf 101)
eth2=$(netdev_of_sf 102)
rep1=$(rep_of_sf 101)
rep2=$(rep_of_sf 102)

# What it is.
shows "^mfeth[0-9]+$" echo "$eth1"
shows "driver: mfeth" ethtool -i "$eth1"
shows "bus-info: mfnic.sf" ethtool -i "$eth1"
shows "02:00:00:00:01:01" ip link show "$eth1"
shows "state DOWN.* qlen 1000" ip link show "$eth1"
[ "$(readlink -f "/sys/class/net/$eth1/device")" = \
	"$(readlink -f "/sys/class/infiniband/$dev1/device")" ] ||
	fail "$eth1 and $dev1 are not of one device"
for feature in tx-checksum-ip-generic scatter-gather tx-tcp-segmentation \
		tx-tcp6-segmentation tx-udp-segmentation rx-checksumming \
		tx-vlan-offload rx-vlan-filter receive-hashing; do
	shows "$feature: on" ethtool -k "$eth1"
	ok ethtool -K "$eth1" "$feature" off
	ok ethtool -K "$eth1" "$feature" on
done

# The address is the operator's to give.
refuses "not supported" ip link set "$eth1" address 02:00:00:00:01:77

# The MTU is up to the NIC's.
refuses "mtu greater than" ip link set "$eth1" mtu 1501
refuses "mtu less than" ip link set "$eth1" mtu 67
ok ip link set "$eth1" mtu 1400
ok devlink port add mfnic/mfnic9 flavour pcisf pfnum 0 sfnum 9
ok devlink port function set mfnic/mfnic9/1 hw_addr 02:00:00:00:01:09 \
	max_io_eqs 4 state active
eth9=$(netdev_of_sf 9)
shows "mtu 1500 " ip link show "$eth9"
ok ip link set "$eth9" mtu 9000
refuses "mtu greater than" ip link set "$eth9" mtu 9001

# Rings and channels, up and down. Without RPS, of kernels for one processor,
# receive queues have no directory.
rx=rx
[ -d "/sys/class/net/$eth9/queues/rx-0" ] || rx=
for state in down up; do
	ok ip link set "$eth9" "$state"
	refuses "power of two" ethtool -G "$eth9" rx 300
	refuses "power of two" ethtool -G "$eth9" rx 64
	refuses "nvalid" ethtool -G "$eth9" rx 8192
	ok ethtool -G "$eth9" rx 512
	shows "RX:.*512" ethtool -g "$eth9"
	ok ethtool -G "$eth9" rx 128
	refuses "nvalid" ethtool -L "$eth9" combined 5
	for n in 4 1 3; do
		ok ethtool -L "$eth9" combined $n
		for queue in tx $rx; do
			[ "$(ls -d "/sys/class/net/$eth9/queues/$queue-"* | wc -l)" = $n ] ||
				fail "not $n queues $queue"
		done
		shows "rx$((n - 1))_packets" ethtool -S "$eth9"
	done
	ok ip link set "$eth9" mtu 1500
	ok ip link set "$eth9" mtu 9000
done
shows "Combined:.*4" ethtool -l "$eth9"

# The link is the port's.
[ "$(carrier "$eth9")" = 0 ] || fail "carrier without representor"
ok ip link set mfnic9sf9 up
shows "Link detected: yes" ethtool "$eth9"
ok ip link set mfnic9sf9 down
[ "$(carrier "$eth9")" = 0 ] || fail "carrier with its representor down"
ok ip link set mfnic9sf9 up
[ "$(carrier "$eth9")" = 1 ] || fail "no carrier"
ok devlink port del mfnic/mfnic9/1
[ ! -e "/sys/class/net/$eth9" ] || fail "$eth9 outlives its port"

# What is off makes no interface, and nothing of it is left.
sf=$(basename "$(readlink -f "/sys/class/net/$eth2/device")")
ok devlink dev param set "auxiliary/$sf" name enable_eth value false \
	cmode driverinit
ok devlink dev reload "auxiliary/$sf"
[ -z "$(netdev_of_sf 102 2>/dev/null)" ] || fail "an interface without enable_eth"
ok devlink dev param set "auxiliary/$sf" name enable_eth value true \
	cmode driverinit
ok devlink dev reload "auxiliary/$sf"
eth2=$(netdev_of_sf 102)
shows "^mfeth" echo "$eth2"

# Nobody sends with interrupts off.
modprobe netconsole "netconsole=6665@192.0.2.1/$eth1,6666@192.0.2.2/02:00:00:00:01:02"
dmesg | grep -q "$eth1 doesn't support polling" || fail "netconsole"
modprobe -q -r netconsole

# A closed one takes nothing.
sysctl -q -w "net.ipv6.conf.$eth2.disable_ipv6=1"
ip link set "$eth1" mtu 1500 addrgenmode none up
ip link set "$eth2" addrgenmode none
ip link set "$rep1" nomaster
ip link set "$rep2" nomaster
cat >/tmp/eth.py <<'PY'
import logging
import socket
import struct
import subprocess
import sys
import time

logging.getLogger('scapy').setLevel(logging.ERROR)
from lib_raw import Netdev, frame
from scapy.all import IP, UDP, Dot1Q, Ether, IPv6, raw

eth1, eth2, rep1, rep2 = sys.argv[1:]
MAC2, FAR = '02:00:00:00:01:02', '02:00:00:00:77:01'
GROUP, OTHER, ALL = '01:00:5e:00:00:07', '33:33:00:00:00:09', 'ff:ff:ff:ff:ff:ff'


def sh(text):
    subprocess.run(text.split(), check=True)


def stat(dev, name):
    for line in subprocess.check_output(['ethtool', '-S', dev], text=True).split('\n'):
        if line.split(':')[0].strip() == name:
            return int(line.split(':')[1])
    raise KeyError(name)


def case(text, got, want):
    assert got == want, f'{text}: got {got!r:.300}, want {want!r:.300}'
    print('ok -', text)


out = Netdev(rep2)
before = stat(eth2, 'port_rx_no_rule')
out.send(frame(MAC2, FAR))
case('closed: no rule takes it', stat(eth2, 'port_rx_no_rule') - before, 1)
sh(f'ip link set {eth2} up')
time.sleep(0.2)
port = Netdev(eth2)


def heard(*frames):
    """Which of the frames that arrive at the port the interface listens to."""
    port.received(0.05)
    got = []
    for i in range(0, len(frames), 20):
        for data in frames[i:i + 20]:
            out.send(data)
        got += port.received()
    return [data for data in got if data in frames]


def groups(what):
    for i in range(40):
        sh(f'ip maddr {what} 33:33:ff:00:01:{i:02x} dev {eth2}')


def listens(text, want, *frames):
    before = stat(eth2, 'rx_filtered'), stat(eth2, 'port_rx_no_rule')
    got = heard(*frames)
    case(text, got, list(want))
    case(text + ', the others are counted', (stat(eth2, 'rx_filtered') - before[0],
         stat(eth2, 'port_rx_no_rule') - before[1]), (len(frames) - len(got), 0))


mine, far = frame(MAC2, FAR), frame(FAR, MAC2)
group, other, everybody = (frame(m, FAR) for m in (GROUP, OTHER, ALL))
plain = (mine, far, group, other, everybody)
listens('its own address and broadcast', (mine, everybody), *plain)
SOL_PACKET, ADD, DROP, MULTICAST, UNICAST = 263, 1, 2, 0, 3
index = socket.if_nametoindex(eth2)


def mreq(kind, mac):
    return struct.pack('iHH8s', index, kind, 6, bytes.fromhex(mac.replace(':', '')))


port.sock.setsockopt(SOL_PACKET, ADD, mreq(MULTICAST, GROUP))
listens('a group', (mine, group, everybody), *plain)
port.sock.setsockopt(SOL_PACKET, DROP, mreq(MULTICAST, GROUP))
port.sock.setsockopt(SOL_PACKET, ADD, mreq(UNICAST, FAR))
listens('a second address', (mine, far, everybody), *plain)
port.sock.setsockopt(SOL_PACKET, DROP, mreq(UNICAST, FAR))
groups('add')
many = [frame(f'33:33:ff:00:01:{i:02x}', FAR) for i in range(40)]
case('40 groups', heard(*many), many)
listens('and not others', (mine, everybody), *plain)
groups('del')
sh(f'ip link set {eth2} allmulticast on')
listens('all groups', (mine, group, other, everybody), *plain)
sh(f'ip link set {eth2} allmulticast off')
sh(f'ip link set {eth2} promisc on')
listens('everything', plain, *plain)
sh(f'ip link set {eth2} promisc off')
listens('and no more', (mine, everybody), *plain)

tags = [frame(MAC2, FAR, tag=vid) for vid in (5, 6, 0x6000)]
listens('no vlan but priority tags', tags[2:], *tags)
sh(f'ip link add link {eth2} name v5 type vlan id 5')
listens('a vlan', (tags[0], tags[2]), *tags)
sh('ip link del v5')
listens('and not any more', tags[2:], *tags)
sh(f'ethtool -K {eth2} rx-vlan-filter off')
listens('no filter', tags, *tags)
sh(f'ethtool -K {eth2} rx-vlan-filter on')

# Lengths: up to the MTU and a tag.
sh(f'ip link set {eth2} mtu 1000')
fits, over = frame(MAC2, FAR, data=1004 * b'y'), frame(MAC2, FAR, data=1005 * b'y')
before = stat(eth2, 'rx_too_long')
case('the longest frame', heard(fits, over), [fits])
case('one byte more is counted', stat(eth2, 'rx_too_long') - before, 1)
sh(f'ip link set {eth2} mtu 1500')
for n in (46, 47, 114, 115, 200, 243, 999, 1500):
    data = frame(MAC2, FAR, data=bytes(i & 0xff for i in range(n)))
    assert heard(data) == [data], n
print('ok - frames of all lengths arrive as they were sent')

# Many flows spread over the queues.
sh(f'ethtool -L {eth2} combined 2')
queues = [stat(eth2, f'rx{i}_packets') for i in range(2)]
flows = [raw(Ether(dst=MAC2, src=FAR) / IP(src='192.0.2.2', dst='192.0.2.9') /
         UDP(sport=1000 + i, dport=9) / b'flow') for i in range(64)]
case('64 flows', sorted(heard(*flows)), sorted(flows))
queues = [stat(eth2, f'rx{i}_packets') - queues[i] for i in range(2)]
assert sum(queues) == 64 and min(queues) >= 16, queues
heard(*flows[:1] * 10)
print('ok - flows are spread over the queues:', queues)

# Received checksums: the wrong one is seen, with the sum of the interface and
# without.
sh(f'ip addr add 192.0.2.1/24 dev {eth2}')
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(('192.0.2.1', 7777))
sock.settimeout(60)


def bad_sums():
    text = subprocess.check_output(['nstat', '-asz', 'UdpInCsumErrors'], text=True)
    return int(text.split('UdpInCsumErrors')[1].split()[0])


def udp(n, **more):
    return raw(Ether(dst=MAC2, src=FAR) / IP(src='192.0.2.2', dst='192.0.2.1') /
               UDP(sport=9, dport=7777, **more) / bytes(i & 0xff for i in range(n)))


for rx in ('on', 'off', 'on'):
    sh(f'ethtool -K {eth2} rx {rx}')
    before = bad_sums()
    sums = stat(eth2, 'rx_csum')
    good = 0
    for n in (1, 10, 85, 86, 87, 300, 301, 1400, 1401):
        out.send(udp(n))
        assert len(sock.recv(2000)) == n
        out.send(udp(n, chksum=0x1234))
    out.send(udp(10))
    assert len(sock.recv(2000)) == 10
    case(f'rx {rx}: wrong sums are found', bad_sums() - before, 9)
    if rx == 'off':
        case('and none is made', stat(eth2, 'rx_csum') - sums, 0)
    else:
        assert stat(eth2, 'rx_csum') - sums >= 19
sock.close()


# What is sent, as the representor sees it: single frames and large buffers.
def check(data, want_len, want_tag, v6):
    """One UDP frame by the witness: lengths and sums; returns its payload."""
    p = Ether(data)
    assert (p[Dot1Q].vlan if Dot1Q in p else None) == want_tag, p
    ip = p[IPv6] if v6 else p[IP]
    load = bytes(ip[UDP].payload)
    assert len(load) == want_len and ip[UDP].len == want_len + 8, p
    again = Ether(data)
    ip2 = again[IPv6] if v6 else again[IP]
    sent = (ip[UDP].chksum, None if v6 else ip.chksum)
    del ip2[UDP].chksum
    if not v6:
        del ip2.chksum
    built = Ether(raw(again))
    ip2 = built[IPv6] if v6 else built[IP]
    assert sent == (ip2[UDP].chksum, None if v6 else ip2.chksum), p.show(dump=True)
    return load, (None if v6 else ip.id)


seen = Netdev(rep1)
sh(f'ip link add link {eth1} name t7 type vlan id 7')
for dev, tag, net in ((eth1, None, 1), ('t7', 7, 2)):
    sh(f'ip link set {dev} up')
    sh(f'ip addr add 198.51.{net}.1/24 dev {dev}')
    sh(f'sysctl -q -w net.ipv6.conf.{dev}.disable_ipv6=0')
    sh(f'ip addr add fd00:{net}::1/64 dev {dev} nodad')
    for peer in (f'198.51.{net}.2', f'fd00:{net}::2'):
        sh(f'ip neigh replace {peer} lladdr {MAC2} dev {dev} nud permanent')
time.sleep(0.2)
# With the work done by the interface, then by the kernel before it.
for offload in ('on', 'off'):
    for feature in ('tx-udp-segmentation', 'tx-checksum-ip-generic',
                    'tx-vlan-offload', 'scatter-gather'):
        sh(f'ethtool -K {eth1} {feature} {offload}')
    for tag, net in ((None, 1), (7, 2)):
        for v6 in (False, True):
            peer = f'fd00:{net}::2' if v6 else f'198.51.{net}.2'
            sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET,
                                 socket.SOCK_DGRAM)
            for total, size in ((1, 0), (33, 0), (1000, 0), (1452, 0), (64, 8),
                                (5000, 1000), (5001, 1000), (60000, 1300),
                                (3000, 99), (49152, 999)):
                sock.setsockopt(socket.IPPROTO_UDP, 103, size)
                seen.received(0.01)
                gso = stat(eth1, 'tx_gso')
                load = bytes((i * 7 + i // 256) & 0xff for i in range(total))
                sock.sendto(load, (peer, 4000))
                frames = [f for f in seen.received(0.3)
                          if UDP in Ether(f) and Ether(f)[UDP].dport == 4000]
                sizes = [size or total] * (total // (size or total))
                if total > sum(sizes):
                    sizes.append(total - sum(sizes))
                assert len(frames) == len(sizes), (total, size, len(frames))
                parts = [check(f, n, tag, v6) for f, n in zip(frames, sizes)]
                assert b''.join(p[0] for p in parts) == load, (total, size)
                # Datagrams of one flow, in order.
                if size and not v6:
                    ids = {(p[1] - i) & 0xffff for i, p in enumerate(parts)}
                    assert len(ids) == 1, [p[1] for p in parts]
                gso = stat(eth1, 'tx_gso') - gso
                assert gso == (offload == 'on' and len(sizes) > 1), (total, size, gso)
            sock.close()
    print(f'ok - segments and sums, offload {offload}')
case('nothing was dropped', stat(eth1, 'tx_drop'), 0)
PY
PYTHONPATH=$(dirname "$0") python3 /tmp/eth.py "$eth1" "$eth2" "$rep1" "$rep2" ||
	fail "eth"

# The limit of the port stops the queues, and nothing is lost.
ip link del t7
ok ethtool -K "$eth1" tx on sg on tx-udp-segmentation on
# A queueing discipline that does not drop what waits for long.
ok tc qdisc replace dev "$eth1" root pfifo limit 100
ok devlink port function rate set "$(port_of_sf 101)" tx_max 4mbit
before=$(stat "$eth1" tx_packets)
python3 - <<'PY' || fail "send under a limit"
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(8):
    sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
    sock.sendto(50000 * b'x', ('198.51.1.2', 4000))
PY
for _ in $(seq 600); do
	[ $(($(stat "$eth1" tx_packets) - before)) -lt 400 ] || break
	sleep 0.1
done
[ $(($(stat "$eth1" tx_packets) - before)) = 400 ] || fail "frames are lost"
[ "$(stat "$eth1" tx_stop)" -gt 0 ] || fail "the queue never stopped"
# Closed while it is stopped.
python3 - <<'PY' || fail "send under a limit"
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(8):
    sock.setsockopt(socket.IPPROTO_UDP, 103, 1000)
    sock.sendto(50000 * b'x', ('198.51.1.2', 4000))
PY
ok ip link set "$eth1" down
ok devlink port function rate set "$(port_of_sf 101)" tx_max 0
ok ip link set "$eth1" up

pair_check
