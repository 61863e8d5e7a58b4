# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
import subprocess
import sys
from mfraw_test import enums as e
from mfraw_test.raw import Netdev, Port, RawQP, frame

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
one, two = RawQP(Port(sys.argv[1])), RawQP(Port(sys.argv[2]))
one.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
two.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
rep1, rep2 = Netdev(sys.argv[3]), Netdev(sys.argv[4])
everybody = [one, two, rep1, rep2]


def case(text, want):
    got = {place: frames for place in everybody if (frames := place.received())}
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def stat(name):
    out = subprocess.check_output(['ethtool', '-S', sys.argv[3]], text=True)
    return int(out.split(name + ': ')[1].split()[0])


miss = frame(MAC2)
one.send(miss)
case('a frame that no rule takes arrives at the representor', {rep1: [miss]})
for sent in (frame(MAC1, src=MAC2), frame('33:33:00:00:00:01', src=MAC2),
             frame(MAC2, src=MAC2, data=1400 * b'y'),
             frame(MAC1, src=MAC2, tag=0x2007)):
    rep1.send(sent)
    case(f'a frame of the representor arrives: {len(sent)} bytes', {one: [sent]})
long = frame(MAC2, data=bytes(range(250)) * 6)
for sent in (long, frame(MAC2, tag=0x2007)):
    one.send(sent)
    case(f'the slow path does not change a frame: {len(sent)} bytes', {rep1: [sent]})

before = stat('tx_spoofed')
one.send(frame(MAC2, src=MAC2))
one.send(frame(MAC2, src='02:00:00:00:77:77'))
case('frames with a foreign source address are dropped', {})
assert stat('tx_spoofed') == before + 2
group = frame('01:00:5e:00:00:07')
one.send(group)
case('multicast arrives at the own queue and the representor',
     {one: [group], rep1: [group]})
own = frame(MAC1)
one.send(own)
case('a frame to the own address does not leave the port', {one: [own]})
assert stat('tx_slow') >= 4

# The statistics of the representor have all frames of the port, and those of the slow
# path on their own.
link = subprocess.check_output(['ip', '-s', '-j', 'link', 'show', sys.argv[3]],
                               text=True)
assert stat('tx_frames') == 7 and '"rx":{"bytes":1878,"packets":7,' in \
    link.replace(' ', ''), link
cpu = subprocess.check_output(['ip', 'stats', 'show', 'dev', sys.argv[3], 'group',
                               'offload', 'subgroup', 'cpu_hit'], text=True)
assert str(stat('tx_slow')) in cpu.split(), cpu
print('ok - counters')

# Frames of a port don't wait in the backlog that all devices share, and keep their
# order.
backlog = '/proc/sys/net/core/netdev_max_backlog'
with open(backlog) as f:
    usual = f.read()
with open(backlog, 'w') as f:
    f.write('4')
burst = [frame(MAC2, data=bytes([i]) * 60) for i in range(32)]
one.send_burst(burst)
got = rep1.received()
with open(backlog, 'w') as f:
    f.write(usual)
assert got == burst, f'{len(got)} of {len(burst)} frames, or out of order'
print('ok - a burst in the slow path')
