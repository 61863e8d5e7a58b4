# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import ctypes
import os
import subprocess
import sys

from mfraw_test import enums as e
from mfraw_test.packets import IP, UDP, Ether, raw
from mfraw_test.raw import Netdev, Port, RawQP, frame
from pyverbs.spec import EthSpec
from pyverbs.spec import TcpUdpSpec

MACS = ['02:00:00:00:01:01', '02:00:00:00:01:02']
GROUP, ALL = '01:00:5e:00:00:07', 'ff:ff:ff:ff:ff:ff'
devs, eths = sys.argv[1:3], sys.argv[3:5]
libc = ctypes.CDLL(None, use_errno=True)


def in_ns(n):
    fd = os.open(f'/run/netns/ns{n + 1}', os.O_RDONLY)
    assert libc.setns(fd, 0x40000000) == 0
    os.close(fd)


def case(text, got, want):
    assert got == want, f'{text}: got {got!r:.400}, want {want!r:.400}'
    print('ok -', text)


def ping():
    return subprocess.run('ip netns exec ns1 ping -q -c 2 -i 0.2 -W 2 192.0.2.2'.split(),
                          stdout=subprocess.DEVNULL).returncode == 0


# A packet socket stays in the namespace in which it was created.
ports = [Port(name) for name in devs]
nets = []
home = os.open('/proc/self/ns/net', os.O_RDONLY)
for n in range(2):
    in_ns(n)
    nets.append(Netdev(eths[n]))
    subprocess.run(['ip', 'maddr', 'add', GROUP, 'dev', eths[n]], check=True)
assert libc.setns(home, 0x40000000) == 0
assert ping()
print('ok - ping without queue pairs')


def hears(*senders_and_data):
    """Send each frame. Return the frames of the interface and of each queue pair."""
    for net in nets:
        net.received(0.02)
    for qp in qps:
        qp.received()
    for sender, data in senders_and_data:
        sender.send(data)
    all_data = [data for _, data in senders_and_data]
    return ([f for f in nets[1].received(0.2) if f in all_data],
            [[f for f in qp.received() if f in all_data] for qp in qps])


def udp(dport, dst=MACS[1], src=MACS[0]):
    return raw(Ether(dst=dst, src=src) / IP(src='192.0.2.1', dst='192.0.2.2') /
               UDP(sport=9, dport=dport) / bytes(20))


tx, qps = RawQP(ports[0]), [RawQP(ports[1])]
qp = qps[0]
taken, rest = udp(4789), udp(4792)
for sender, name in ((tx, 'a queue pair'), (nets[0], 'an interface')):
    case(f'from {name}: the interface receives all frames',
         hears((sender, taken), (sender, rest)), ([taken, rest], [[]]))
    qp.flow(specs=[EthSpec(dst_mac=MACS[1]),
                   TcpUdpSpec(e.IBV_FLOW_SPEC_UDP, dst_port=4789)])
    case('a flow takes a port of UDP', hears((sender, taken), (sender, rest)),
         ([rest], [[taken]]))
    assert ping()
    print('ok - ping beside a flow')
    sniffer = RawQP(ports[1])
    sniffer.flow(e.IBV_FLOW_ATTR_SNIFFER)
    qps.append(sniffer)
    case('a sniffer sees both, and takes nothing',
         hears((sender, taken), (sender, rest)), ([rest], [[taken], [taken, rest]]))
    qps.pop().close()
    qp.flows.pop().close()
    case('without the flow, the interface receives the port again',
         hears((sender, taken), (sender, rest)), ([taken, rest], [[]]))

group, everybody = (frame(m, MACS[0]) for m in (GROUP, ALL))
for sender, name in ((tx, 'a queue pair'), (nets[0], 'an interface')):
    case(f'from {name}: the interface receives groups',
         hears((sender, group), (sender, everybody)), ([group, everybody], [[]]))
    flow = qp.flow(specs=[EthSpec(dst_mac=GROUP)])
    case('a flow takes a group', hears((sender, group), (sender, everybody)),
         ([everybody], [[group]]))
    flow.close()
    flow = qp.flow(e.IBV_FLOW_ATTR_MC_DEFAULT)
    case('a flow takes all groups', hears((sender, group), (sender, rest)),
         ([rest], [[group]]))
    flow.close()
    flow = qp.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
    case('a flow takes everything', hears((sender, group), (sender, rest)),
         ([], [[group, rest]]))
    flow.close()
    qp.flows.clear()

# Within the sending port, the queue pair receives group frames of the interface, and
# the interface those of the queue pair. The interface never receives its own.
own = RawQP(ports[1])
mine = [frame(m, MACS[1]) for m in (GROUP, ALL)]
case('the interface receives group frames of its port\'s queue pair',
     hears(*((own, data) for data in mine)), (mine, [[]]))
case('but none of its own', hears(*((nets[1], data) for data in mine)), ([], [[]]))
flow = qp.flow(e.IBV_FLOW_ATTR_MC_DEFAULT)
case('the queue pair receives group frames of the interface',
     hears(*((nets[1], data) for data in mine)), ([], [mine]))
flow.close()
loop = frame(MACS[1], MACS[1])
case('the interface receives a frame that a queue pair sends to its own port',
     hears((own, loop)), ([loop], [[]]))

# A process may die with its flows.
pid = os.fork()
if not pid:
    child = RawQP(Port(devs[1]))
    child.flow(specs=[EthSpec(dst_mac=MACS[1])])
    os._exit(0)
os.waitpid(pid, 0)
qps.clear()
case('a dead process takes nothing', hears((tx, taken)), ([taken], []))
assert ping()
