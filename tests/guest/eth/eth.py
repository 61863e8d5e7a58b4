# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import socket
import struct
import subprocess
import sys
import time

from mfraw_test.packets import IP, UDP, Dot1Q, Ether, IPv6, raw
from mfraw_test.raw import Netdev, frame

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
case('the interface is down: no rule takes a frame',
     stat(eth2, 'port_rx_no_rule') - before, 1)
sh(f'ip link set {eth2} up')
time.sleep(0.2)
port = Netdev(eth2)


def heard(*frames):
    """Send the frames to the port, and return those that the interface receives."""
    port.received(0.05)
    got = []
    for i in range(0, len(frames), 20):
        for data in frames[i:i + 20]:
            out.send(data)
        got += port.received()
    return [data for data in got if data in frames]


def groups(command):
    for i in range(40):
        sh(f'ip maddr {command} 33:33:ff:00:01:{i:02x} dev {eth2}')


def listens(text, want, *frames):
    before = stat(eth2, 'rx_filtered'), stat(eth2, 'port_rx_no_rule')
    got = heard(*frames)
    case(text, got, list(want))
    case(text + '; other frames are counted', (stat(eth2, 'rx_filtered') - before[0],
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
listens('no group besides these', (mine, everybody), *plain)
groups('del')
sh(f'ip link set {eth2} allmulticast on')
listens('all groups', (mine, group, other, everybody), *plain)
sh(f'ip link set {eth2} allmulticast off')
sh(f'ip link set {eth2} promisc on')
listens('promiscuous', plain, *plain)
sh(f'ip link set {eth2} promisc off')
listens('promiscuous no more', (mine, everybody), *plain)

tags = [frame(MAC2, FAR, tag=vid) for vid in (5, 6, 0x6000)]
listens('no vlan but priority tags', tags[2:], *tags)
sh(f'ip link add link {eth2} name v5 type vlan id 5')
listens('a vlan', (tags[0], tags[2]), *tags)
sh('ip link del v5')
listens('the vlan no more', tags[2:], *tags)
sh(f'ethtool -K {eth2} rx-vlan-filter off')
listens('no vlan filter', tags, *tags)
sh(f'ethtool -K {eth2} rx-vlan-filter on')

# A frame may be as long as the MTU and a tag.
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

# Flows are spread over the queues.
sh(f'ethtool -L {eth2} combined 2')
queues = [stat(eth2, f'rx{i}_packets') for i in range(2)]
flows = [raw(Ether(dst=MAC2, src=FAR) / IP(src='192.0.2.2', dst='192.0.2.9') /
         UDP(sport=1000 + i, dport=9) / b'flow') for i in range(64)]
case('64 flows', sorted(heard(*flows)), sorted(flows))
queues = [stat(eth2, f'rx{i}_packets') - queues[i] for i in range(2)]
assert sum(queues) == 64 and min(queues) >= 16, queues
heard(*flows[:1] * 10)
print('ok - flows are spread over the queues:', queues)

# The kernel finds wrong checksums, with the sum of the interface and without it.
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
        case('rx off: the interface sums nothing', stat(eth2, 'rx_csum') - sums, 0)
    else:
        assert stat(eth2, 'rx_csum') - sums >= 19
sock.close()


# Single frames and large buffers are sent. scapy checks the frames that arrive at the
# representor.
def check(data, want_len, want_tag, v6):
    """Check tag, lengths and sums of a UDP frame. Return its payload and IP ID."""
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
# First the interface segments and sums, then the kernel does so in its place.
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
                # The IP IDs of the segments count up.
                if size and not v6:
                    ids = {(p[1] - i) & 0xffff for i, p in enumerate(parts)}
                    assert len(ids) == 1, [p[1] for p in parts]
                gso = stat(eth1, 'tx_gso') - gso
                assert gso == (offload == 'on' and len(sizes) > 1), (total, size, gso)
            sock.close()
    print(f'ok - segments and sums, offload {offload}')
case('nothing was dropped', stat(eth1, 'tx_drop'), 0)
