# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import os
import random
import subprocess
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Netdev, Port, Quiet, RawQP, alone, bridges_told, frame

# On one CPU, the software is done with a frame before the next one is sent.
os.sched_setaffinity(0, {0})

rnd = random.Random(int(sys.argv[1]))
batches = int(sys.argv[2])
NIC = ['mfnic0sf101', 'mfnic0sf102', 'mfnic0sf103', 'mfnic0p0', 'far']
REF = ['ref0', 'ref1', 'ref2', 'ref3', 'ref4']
# The carrier of the uplink is that of its wire.
LINKS = ['wire', 'wire-peer', 'far-peer', *NIC, *REF, *(f'{name}-peer' for name in REF)]
SF_MACS = [f'02:00:00:00:01:0{i}' for i in (1, 2, 3)]
# These stations are behind the wire and the port outside the NIC, and may move.
ROAMING = [f'02:00:00:00:77:0{i}' for i in (1, 2, 3)]
STATIONS = SF_MACS + ROAMING
OTHERS = ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:07', '02:00:00:00:99:99']
VIDS = [1, 10, 20, 30]


def sh(command):
    return subprocess.run(command.split(), capture_output=True, text=True)


def queue(name):
    qp = RawQP(Port(name))
    qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
    return qp


nic = [queue(name) for name in sys.argv[3:6]]
nic += [Netdev('wire-peer'), Netdev('far-peer')]
ref = [Netdev(f'{name}-peer') for name in REF]
history = []


def both(command):
    """Run a command for both bridges. It has '@N' for a port and '%' for the bridge."""
    results = []
    for bridge, ports in (('br-nic', NIC), ('br-ref', REF)):
        text = command.replace('%', bridge)
        for i, port in enumerate(ports):
            text = text.replace(f'@{i}', port)
        results.append(sh(text))
    history.append(f'{command} -> {results[1].returncode}')
    assert results[0].returncode == results[1].returncode, \
        (command, [r.stderr for r in results])


def settle():
    """Wait until a frame has arrived, and its consequences are done: for example, a
    work item reports a station to the bridge."""
    quiet, deadline = Quiet(), time.monotonic() + 5
    while True:
        time.sleep(0.001)
        if quiet and (alone() or time.monotonic() > deadline):
            return


def net(name, attribute):
    with open(f'/sys/class/net/{name}/{attribute}') as f:
        return f.read().strip()


def carriers_noticed():
    """Wait until the kernel has noticed all carriers. It does so within a second, and
    then enables a bridge port, even if the port was disabled by hand meanwhile. A
    read of the carrier makes the kernel notice at once."""
    deadline = time.monotonic() + 60
    while not all(net(name, 'carrier') == '1' and net(name, 'operstate') == 'up'
                  for name in LINKS):
        assert time.monotonic() < deadline, sh('ip link show').stdout
        time.sleep(0.01)


def slow():
    out = [subprocess.check_output(['ethtool', '-S', port], text=True)
           for port in NIC[:4]]
    return [sum(int(o.split(f'{name}: ')[1].split()[0]) for o in out)
            for name in ('tx_slow', 'tx_frames')]


def join(port):
    both(f'ip link set @{port} master %')
    if rnd.random() < 0.5:
        both(f'bridge vlan add vid {rnd.choice(VIDS)} dev @{port}')


def vlan(port):
    flags = rnd.choice(['', 'untagged', 'pvid untagged', 'pvid'])
    both(f'bridge vlan add vid {rnd.choice(VIDS)} dev @{port} {flags}')


def fdb(port):
    mac = rnd.choice(STATIONS)
    vid = rnd.choice(['', ' vlan %d' % rnd.choice(VIDS)])
    how = rnd.choice(['add', 'replace', 'replace', 'del'])
    kind = rnd.choice(['static', 'static', 'local', 'dynamic extern_learn'])
    if how == 'del':
        kind = ''
    both(f'bridge fdb {how} {mac} dev @{port} master {kind}{vid}')


def reset():
    """Leave and enter both bridges, so that all ports have their defaults."""
    for port in range(5):
        both(f'ip link set @{port} nomaster')
        both(f'ip link set @{port} master %')


OPS = [
    (8, lambda p: both(f'ip link set % type bridge vlan_filtering {rnd.choice((0, 1, 1))}')),
    (1, lambda p: both(f'ip link set % type bridge vlan_protocol {rnd.choice(("802.1Q", "802.1ad"))}')),
    (8, vlan),
    (4, lambda p: both(f'bridge vlan del vid {rnd.choice(VIDS)} dev @{p}')),
    (2, lambda p: both(f'bridge link set dev @{p} isolated {rnd.choice(("on", "off"))}')),
    (2, lambda p: both(f'bridge link set dev @{p} learning {rnd.choice(("on", "off"))}')),
    (1, lambda p: both(f'bridge link set dev @{p} locked {rnd.choice(("on", "off", "off"))}')),
    (1, lambda p: both(f'bridge link set dev @{p} flood {rnd.choice(("on", "off"))}')),
    (2, lambda p: both(f'bridge link set dev @{p} state {rnd.choice((0, 1, 2, 3, 3, 3, 3, 4))}')),
    (3, lambda p: both(f'bridge vlan set dev @{p} vid {rnd.choice(VIDS)} state {rnd.choice((1, 2, 3, 3, 3, 4))}')),
    (4, fdb),
    (1, lambda p: both('ip link set % type bridge fdb_flush')),
    (1, lambda p: both(f'bridge fdb flush dev @{p} master')),
    (1, lambda p: both(f'ip link set @{p} nomaster')),
    (3, join),
    (1, lambda p: (both(f'ip link set @{p} down'), both(f'ip link set @{p} up'))),
]


def tagged(data):
    """Add none, one or two tags."""
    for _ in range(rnd.choice((0, 0, 0, 1, 1, 2))):
        tpid = rnd.choice((0x8100, 0x8100, 0x88a8)).to_bytes(2, 'big')
        tci = rnd.choice((0, 0, 0x6000)) | rnd.choice([0] + 2 * VIDS)
        data = data[:12] + tpid + tci.to_bytes(2, 'big') + data[12:]
    return data


def chatter():
    """Random frames: pairs of a port and a frame that it sends."""
    frames = []
    home = {mac: rnd.choice((3, 4)) for mac in ROAMING}
    for _ in range(12):
        src = rnd.choice(STATIONS)
        port = SF_MACS.index(src) if src in SF_MACS else home[src]
        if rnd.random() < 0.1:
            port = rnd.choice((3, 4))
        dst = rnd.choice(4 * STATIONS + OTHERS)
        if dst != src:
            frames.append((port, tagged(frame(dst, src=src, data=b''))))
    return frames


def traffic(frames):
    """Send frames on both bridges. Each must reach the same ports on both."""
    sent = {}
    for i, (port, data) in enumerate(frames):
        ident = f'{i:02}'.encode()
        sent[ident] = port
        data += ident + 44 * b'.'
        history.append(f'{ident.decode()}: @{port} {data[:24].hex()}')
        nic[port].send(data)
        ref[port].send(data)
        settle()

    got = []
    for ports in (nic, ref):
        got.append({})
        for i, port in enumerate(ports):
            arrived = port.received(0.02) if isinstance(port, Netdev) else port.received()
            for data in arrived:
                ident = data.rstrip(b'.')[-2:]
                # The sender's port loops multicast back, no bridge does.
                if sent[ident] == i and data[0] & 1:
                    continue
                got[-1].setdefault(ident, []).append((i, data))
    if got[0] != got[1]:
        print('\n'.join(history[-300:]))
        for ident in sorted(sent):
            if got[0].get(ident) != got[1].get(ident):
                for name, g in zip(('NIC', 'reference'), got):
                    print(ident.decode(), name,
                          [(i, d.rstrip(b'.').hex()) for i, d in g.get(ident, [])])
        for bridge in ('br-nic', 'br-ref'):
            print(sh(f'bridge fdb show br {bridge}').stdout)
        print(sh('bridge -d link').stdout, sh('bridge vlan').stdout)
        sys.exit('the bridges differ')
    return sum(map(len, got[1].values()))


for i in range(5):
    both(f'ip link set @{i} master %')
carriers_noticed()

# No frame between known stations takes the slow path.
pairs = [(p, frame(d, src=SF_MACS[p], data=b''))
         for p in range(3) for d in SF_MACS if d != SF_MACS[p]]
traffic(pairs)
before = slow()
assert traffic(pairs) == 6
after = slow()
assert after[0] == before[0] and after[1] == before[1] + 6, (before, after)
print('ok - no frame between known stations takes the slow path')

ops = [op for weight, op in OPS for _ in range(weight)]
delivered = 0
before = slow()
for batch in range(batches):
    history.append(f'--- {batch}')
    if rnd.random() < 0.2:
        reset()
        carriers_noticed()
    for _ in range(rnd.choice((0, 1, 1, 2, 3))):
        rnd.choice(ops)(rnd.randrange(5))
        carriers_noticed()
    bridges_told()
    # The second time, frames to stations that were just learned take another way.
    frames = chatter()
    for _ in range(2):
        delivered += traffic(frames)
after = slow()
print(f'ok - {batches} random batches delivered the same {delivered} frames; '
      f'{after[0] - before[0]} of {after[1] - before[1]} took the slow path')
