# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import json
import subprocess
import sys
from mfraw_test import enums as e
from mfraw_test import nft
from mfraw_test import xdp
from mfraw_test.raw import Port, RawQP, frame
from mfraw_test.tc import counters, run

A, B = 'mfnic0sf101', 'mfnic0sf102'
MAC2 = '02:00:00:00:01:02'
tx, rx = (RawQP(Port(name)) for name in sys.argv[1:])
rx.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
icmp = frame(MAC2, ethertype=0x800, data=bytes.fromhex(
    '4500002e00000000400126cd0a0000010a0000020800f7ff00000000') + bytes(18))
other = frame(MAC2)


def case(text, got, slow):
    """Send both frames. GOT arrive, and SLOW of the two take the slow path."""
    before = counters(A)['tx_slow']
    for data in (icmp, other):
        tx.send(data)
    tx.cq.poll(8)
    arrived = rx.received()
    went = counters(A)['tx_slow'] - before
    names = {icmp: 'icmp', other: 'other'}
    assert (arrived, went) == (got, slow), (text, [names.get(f) for f in arrived], went)
    print('ok -', text, flush=True)


class Tc:
    """The effect of tc commands for the time of a context."""
    def __init__(self, *commands, undo=(f'qdisc del dev {A} clsact',)):
        self.commands, self.undo = commands, undo

    def __enter__(self):
        for command in self.commands:
            run(f'tc {command}')

    def __exit__(self, *_):
        for command in self.undo:
            run(f'tc {command}')


def ingress(*filters):
    return Tc(f'qdisc add dev {A} clsact',
              *(f'filter add dev {A} ingress {f}' for f in filters))


def egress(*filters):
    return Tc(f'qdisc add dev {B} clsact',
              *(f'filter add dev {B} egress {f}' for f in filters),
              undo=(f'qdisc del dev {B} clsact',))


REDIRECT = f'action mirred egress redirect dev {B}'
both = [icmp, other]
case('the bridge alone', both, 0)
with ingress(f'prio 5 protocol all matchall {REDIRECT}'):
    case('an offloaded rule', both, 0)
with ingress('prio 1 protocol ip flower ip_proto icmp type 8 action drop'):
    case('an offloaded drop', [other], 0)
# A rule comes when the switch remembers where the frames go, and counts each of them.
with ingress('prio 1 protocol all matchall action ok'):
    case('a rule that passes', both, 0)
    shown = json.loads(run(f'tc -s -j filter show dev {A} ingress'))
    counts = [action['stats']['packets'] for rule in shown if 'options' in rule
              for action in rule['options'].get('actions', [])]
    assert counts == [2], shown
with ingress(f'prio 1 protocol all matchall action mirred egress mirror dev {B}'):
    case('a mirror', [icmp, icmp, other, other], 0)
case('the bridge alone again', both, 0)
# Some rules the switch refuses, of others tc does not tell the switch.
SIMPLE = 'action simple sdata x'
for name, rule in (
        ('refused', 'flower ct_state -trk ip_proto icmp action drop'),
        ('skip_hw', 'flower ip_proto icmp skip_hw action drop'),
        ('an action without offload', f'flower ip_proto icmp {SIMPLE} action drop'),
        ('u32', 'u32 match ip protocol 1 0xff action drop'),
        ('basic', 'basic action drop')):
    if SIMPLE in rule and subprocess.run(f'tc actions add {SIMPLE} index 9'.split(),
                                         capture_output=True).returncode:
        print('# this kernel has no act_simple')
        continue
    with ingress(f'prio 3 protocol ip {rule}'):
        case(f'{name}: the only rule', [other], 2)
    with ingress(f'prio 3 protocol ip {rule}', f'prio 5 protocol all matchall {REDIRECT}'):
        case(f'{name}: before an offloaded rule', [other], 2)
    with ingress(f'prio 5 protocol ip {rule}', f'prio 3 protocol all matchall {REDIRECT}'):
        case(f'{name}: behind an offloaded rule', both, 0)
    with ingress(f'prio 5 protocol ip chain 7 {rule}',
                 'prio 3 protocol all matchall action goto chain 7'):
        case(f'{name}: in another chain', [other], 2)
    with ingress(f'prio 3 protocol ip {rule}', f'prio 5 protocol all matchall {REDIRECT}'):
        run(f'tc filter del dev {A} ingress prio 3')
        case(f'{name}: deleted', both, 0)
    if 'flower' in rule:
        # An offloaded rule has the same priority.
        with ingress(f'prio 3 protocol ip flower ip_proto udp {REDIRECT}',
                     f'prio 3 protocol ip handle 7 {rule}'):
            case(f'{name}: in the same priority', [other], 2)
            run(f'tc filter del dev {A} ingress prio 3 handle 7 flower')
            case(f'{name}: deleted in the same priority', both, 0)
with ingress('prio 1 protocol ip flower ip_proto icmp skip_hw action drop',
             f'prio 2 protocol all matchall skip_sw {REDIRECT}'):
    case('a rule of the switch alone comes first', both, 0)
with Tc(f'qdisc add dev {A} ingress_block 9 clsact',
        'filter add block 9 prio 3 protocol ip flower ip_proto icmp skip_hw action drop',
        f'filter add block 9 prio 3 protocol ip flower ip_proto udp {REDIRECT}'):
    case('in a block', [other], 2)

# Rules and queueing disciplines on egress count, too.
with egress('prio 1 protocol ip flower ip_proto icmp action drop'):
    case('egress, forwarded by the bridge', [other], 2)
    with ingress(f'prio 1 protocol all matchall {REDIRECT}'):
        case('egress, redirected by a rule', [other], 2)
    with ingress(f'prio 1 protocol all matchall action mirred egress mirror dev {B} '
                 'action drop'):
        case('egress, mirrored by a rule', [other], 2)
with Tc(f'qdisc add dev {B} root tbf rate 1gbit burst 100k latency 1s',
        undo=(f'qdisc del dev {B} root',)):
    case('a queueing discipline', both, 2)

# Hooks of netfilter and XDP see the frames.
for name, chain in (
        ('netdev ingress', (nft.NETDEV, nft.INGRESS, A)),
        ('netdev egress', (nft.NETDEV, nft.EGRESS, B)),
        ('bridge forward', (nft.BRIDGE, nft.FORWARD))):
    with nft.Chain(*chain):
        case(f'nft {name} drops', [], 2)
    with nft.Chain(*chain, policy=nft.ACCEPT):
        case(f'nft {name} accepts', both, 2)
prog = xdp.Program(A, xdp.verdict(xdp.DROP), xdp.SKB_MODE)
case('XDP drops', [], 2)
prog.close()
prog = xdp.Program(A, xdp.verdict(xdp.PASS), xdp.SKB_MODE)
with ingress(f'prio 1 protocol all matchall {REDIRECT}'):
    case('XDP passes', both, 2)
prog.close()

# A vlan device takes its frames before the bridge does.
run(f'ip link add link {A} name onA type vlan id 5')
run('ip link set onA up')
case('frames beside a vlan device', both, 2)
tx.send(frame(MAC2, tag=5))
assert rx.received() == []
run('ip link del onA')
tx.send(frame(MAC2, tag=5))
assert len(rx.received()) == 1
print('ok - a vlan device takes its frames')
case('the bridge alone, again', both, 0)

# A port has a state in each vlan.
run('ip link set br-test type bridge vlan_filtering 1')
case('a bridge with vlans', both, 0)
for dev in A, B:
    run(f'bridge vlan set dev {dev} vid 1 state blocking')
    case(f'{dev} is blocked in the vlan', [], 2)
    run(f'bridge vlan set dev {dev} vid 1 state forwarding')
    case(f'{dev} is not blocked any more', both, 0)
run('ip link set br-test type bridge vlan_filtering 0')
