# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import subprocess
import sys
import time

from mfraw_test import xdp as xdp
from mfraw_test.raw import Netdev, frame

eth1, eth2, rep1, rep2 = sys.argv[1:]
MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
wire1, wire2, port1, port2 = (Netdev(n) for n in (rep1, rep2, eth1, eth2))
veth = Netdev('veth0')
LENGTHS = (46, 114, 115, 242, 243, 244, 1000, 4095 - 128, 4096, 8192, 9000)


def sh(text):
    subprocess.run(text.split(), check=True)


def stats(dev):
    out = subprocess.check_output(['ethtool', '-S', dev], text=True)
    return {line.split(':')[0].strip(): int(line.split(':')[1])
            for line in out.split('\n')[1:] if line}


def frames(lengths=LENGTHS, **more):
    return [frame(MAC2, MAC1, data=n.to_bytes(2, 'big') + bytes(
        i * 3 & 0xff for i in range(n - 2)), **more) for n in lengths]


def swapped(data):
    return data[6:12] + data[:6] + data[12:]


def run(text, program, sent, where, want, counters=None, on=None, source=None):
    """Send frames to a port, and check where its program makes them arrive."""
    on = on or eth2
    prog = xdp.Program(on, program) if program else None
    time.sleep(0.05)
    everywhere = (port1, port2, wire1)
    for place in everywhere + (where,):
        place.received(0.02)
    before = stats(eth1), stats(eth2)
    for data in sent:
        (source or wire2).send(data)
    got = where.received(0.3)
    assert got == want, f'{text}: {[g.hex()[:40] for g in got]} {len(got)}, want {len(want)}'
    for place in everywhere:
        if place != where:
            assert not place.received(0.02), text
    for dev, old, new in zip((eth1, eth2), before, (stats(eth1), stats(eth2))):
        for name, n in (counters or {}).get(dev, {}).items():
            assert new[name] - old[name] == n, (text, dev, name, new[name] - old[name])
    if prog:
        prog.close()
    print('ok -', text)


def refused(errno, *args):
    try:
        xdp.Program(*args).close()
    except OSError as err:
        assert err.errno == errno, err
    else:
        raise AssertionError('attached')


data = frames()
n = len(data)
run('no program', None, data, port2, data,
    {eth2: {'rx_packets': n, 'rx_csum': n, 'rx_xdp_drop': 0}})
run('pass', xdp.verdict(xdp.PASS), data, port2, data,
    {eth2: {'rx_packets': n, 'rx_csum': 0}})
run('drop', xdp.verdict(xdp.DROP), data, port2, [], {eth2: {'rx_xdp_drop': n}})
run('abort', xdp.verdict(xdp.ABORTED), data, port2, [], {eth2: {'rx_xdp_aborted': n}})
run('send back', xdp.swap_and_send(), data, wire2, [swapped(d) for d in data],
    {eth2: {'rx_xdp_tx': n, 'rx_xdp_tx_fail': 0}})
run('redirect', xdp.redirect(eth1), data, wire1, data,
    {eth2: {'rx_xdp_redirect': n}, eth1: {'tx_xdp_xmit': n, 'tx_packets': n}})
run('redirect to nowhere', xdp.redirect_nowhere(), data, port2, [],
    {eth2: {'rx_xdp_redirect_fail': n}})
tagged = frames((100, 1000, 8000), tag=5)
run('strip a tag; the vlan is filtered', xdp.strip_tag(xdp.PASS), tagged, port2, [],
    {eth2: {'rx_filtered': 3}})
sh(f'ip link add link {eth2} name v5 type vlan id 5')
run('strip a tag of a vlan that passes', xdp.strip_tag(xdp.PASS), tagged, port2,
    frames((100, 1000, 8000)))
sh('ip link del v5')
run('grow at the end', xdp.grow(7, xdp.PASS), data[:7], port2,
    [d + bytes(7) for d in data[:7]])
short = frames((46, 100, 1000, 2000))
run('redirect from veth', xdp.redirect(eth1), short, wire1, short,
    {eth1: {'tx_xdp_xmit': 4}}, on='veth1', source=veth)
sh('ethtool -K veth0 gro on')
far = Netdev('veth0')
run('redirect to veth', xdp.redirect('veth1'), short, far, short,
    {eth2: {'rx_xdp_redirect': 4}})

# So many frames use each buffer several times.
many = frames((1000,)) * 200
for text, program, where, want in (
        ('drop', xdp.verdict(xdp.DROP), port2, []),
        ('send back', xdp.swap_and_send(), wire2, [swapped(many[0])]),
        ('redirect', xdp.redirect(eth1), wire1, many[:1])):
    for _ in range(3):
        prog = xdp.Program(eth2, program)
        got = 0
        for i in range(0, len(many), 20):
            for d in many[i:i + 20]:
                wire2.send(d)
            part = where.received(0.05)
            assert all([p] == want for p in part), text
            got += len(part)
        prog.close()
        assert got == len(many) * len(want), (text, got)
    print(f'ok - 600 frames: {text}')

# A program stays attached while queues, rings and MTU change. A second one is
# refused.
prog = xdp.Program(eth2, xdp.swap_and_send())
refused(16, eth2, xdp.verdict(xdp.PASS))
for command in (f'ethtool -L {eth2} combined 1', f'ethtool -G {eth2} rx 1024',
                f'ip link set {eth2} mtu 1500', f'ip link set {eth2} down up',
                f'ip link set {eth2} mtu 9000',
                f'ethtool -L {eth2} combined 2'):
    if command.endswith('down up'):
        sh(command[:-3])
        sh(command[:-7] + 'up')
    else:
        sh(command)
    time.sleep(0.1)
    wire2.received(0.02)
    wire2.send(data[0])
    assert wire2.received(0.2) == [swapped(data[0])], command
print('ok - a program stays')
# Frames beyond the port's rate limit are counted.
sh(f'devlink port function rate set {sys.stdin.read().strip()} tx_max 1mbit')
before = stats(eth2)
for _ in range(10):
    for d in many[:100]:
        wire2.send(d)
    time.sleep(0.05)
for _ in range(600):
    after = stats(eth2)
    sent, lost, full = (after[k] - before[k]
                        for k in ('rx_xdp_tx', 'rx_xdp_tx_fail', 'rx_no_buffer'))
    if sent + lost + full == 1000:
        break
    time.sleep(0.1)
assert sent + lost + full == 1000 and lost, (sent, lost, full)
prog.close()
