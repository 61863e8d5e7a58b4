# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import json
import subprocess
import sys
import time
from mfraw_test import enums as e
from mfraw_test.raw import Netdev, Port, RawQP, bridges_told, frame

MACS = [f'02:00:00:00:01:0{i}' for i in (1, 2, 3, 4)]
FAR = '02:00:00:00:77:01'
REPS = ['mfnic0sf101', 'mfnic0sf102', 'mfnic0sf103', 'mfnic1sf104']
queues = []
for name in sys.argv[1:5]:
    queues.append(RawQP(Port(name)))
    queues[-1].flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
far = Netdev('far-peer')
A, B, C, D, F = range(5)


def noticed():
    """Have the kernel and bridges noticed all carriers? They do so some time later."""
    out = subprocess.check_output(['ip', '-j', 'link', 'show'], text=True)
    return all(link['operstate'] == 'UP' for link in json.loads(out)
               if link['ifname'] in REPS + ['far'] and
               {'UP', 'LOWER_UP'} <= set(link['flags']))


def sh(*commands):
    for command in commands:
        subprocess.run(command.split(), check=True)
    bridges_told()
    soon(noticed, True)


def soon(func, want, *args):
    """Wait until the function returns the wanted value, a minute at most. Return the
    last value."""
    deadline = time.monotonic() + 60
    while (got := func(*args)) != want and time.monotonic() < deadline:
        time.sleep(0.05)
    return got


def stat(port, name='tx_slow'):
    out = subprocess.check_output(['ethtool', '-S', REPS[port]], text=True)
    return int(out.split(name + ': ')[1].split()[0])


def fdb(mac, bridge='br0'):
    """The entries of an address: flags and state by 'port' or 'port/vlan'."""
    out = subprocess.check_output(['bridge', '-j', 'fdb', 'show', 'br', bridge],
                                  text=True)
    return {e['ifname'] + (f'/{e["vlan"]}' if 'vlan' in e else ''):
            sorted(e['flags']) + ([e['state']] if e['state'] else [])
            for e in json.loads(out) if e['mac'] == mac and 'master' in e}


def told():
    """Has the switch taken over all that bridges learned at ports of the NICs?"""
    out = subprocess.check_output(['bridge', '-j', 'fdb', 'show'], text=True)
    return all('offload' in e['flags'] for e in json.loads(out)
               if e['ifname'] in REPS and 'master' in e and not e['state'])


def case(text, got, want):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text, flush=True)


def entries(text, want, *args):
    """The entries of an address become these. The switch reports to the bridge some
    time later."""
    case(text, soon(fdb, want, *args), want)


def send(port, dst, **more):
    """Send a frame. Return its way, the receivers with their frames, and the frame."""
    sent = frame(dst, src=MACS[port], **more)
    before = stat(port)
    queues[port].send(sent)
    got = {i: q.received() for i, q in enumerate(queues)}
    got[F] = far.received(0.05)
    way = 'slow' if stat(port) > before else 'fast'
    if sent[0] & 1:
        got[port] = []          # the port loops it back, no bridge does
    return way, {i: frames for i, frames in got.items() if frames}, sent


def reaches(text, port, dst, way, *ports, **more):
    got = send(port, dst, **more)
    case(text, got[:2], (way, {i: [got[2]] for i in ports}))


def heard(*ports):
    """Have the bridge and the switch learn the addresses of all these ports."""
    for i in ports:
        send(i, 'ff:ff:ff:ff:ff:ff')
    soon(told, True)


TAKEN = ['extern_learn', 'offload']
