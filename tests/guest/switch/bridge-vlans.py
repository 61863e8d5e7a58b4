# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
from bridge import (A, B, C, MACS, REPS, TAKEN, case, entries, frame, heard,
                    send, sh)

sh('ip link add br0 type bridge mcast_snooping 0 vlan_filtering 1 vlan_default_pvid 0',
   'ip link set br0 addrgenmode none up')
for rep in REPS[:3]:
    sh(f'ip link set {rep} master br0')
sh(f'bridge vlan add vid 10 dev {REPS[A]} pvid untagged',
   f'bridge vlan add vid 20 dev {REPS[A]}',
   f'bridge vlan add vid 10 dev {REPS[B]}',
   f'bridge vlan add vid 20 dev {REPS[B]} pvid untagged',
   f'bridge vlan add vid 10 dev {REPS[C]} pvid untagged')
plain = {'data': 46 * b'z'}
for i, tags in ((A, (None, 20)), (B, (None, 10)), (C, (None,))):
    for tag in tags:
        send(i, 'ff:ff:ff:ff:ff:ff', tag=tag)
entries('learned in each vlan', {f'{REPS[A]}/10': TAKEN, f'{REPS[A]}/20': TAKEN}, MACS[A])


def becomes(text, port, dst, to, tag, out, way='fast'):
    got = send(port, dst, tag=tag, **plain)
    want = {to: [frame(dst, src=MACS[port], tag=out, **plain)]} if to is not None else {}
    case(text, got[:2], (way, want))


becomes('untagged in, tagged out', A, MACS[B], B, None, 10)
becomes('tagged in, untagged out', B, MACS[A], A, 10, None)
becomes('the priority is removed with the tag', B, MACS[A], A, 0x6000 | 10, None)
becomes('untagged in and out', A, MACS[C], C, None, None)
becomes('vlan 20: tagged in, untagged out', A, MACS[B], B, 20, None)
becomes('vlan 20: untagged in, tagged out', B, MACS[A], A, None, 20)
becomes('priority tag: the software decides', A, MACS[C], C, 0x6000, None, 'slow')
becomes('the port is no member of the vlan', C, MACS[A], None, 20, None, 'slow')
becomes('no such vlan', A, MACS[B], None, 30, None, 'slow')
sh(f'bridge vlan add vid 20 dev {REPS[C]}',
   f'bridge fdb add {MACS[C]} dev {REPS[C]} master static vlan 20')
becomes('a static entry of a vlan', A, MACS[C], C, 20, 20)
sh(f'bridge vlan del vid 20 dev {REPS[C]}')
becomes('the port is no member of the vlan any more', A, MACS[C], None, 20, None, 'slow')
sh(f'bridge vlan add vid 10 dev {REPS[B]} untagged')
becomes('the vlan leaves untagged now', A, MACS[B], B, None, None)
sh(f'bridge vlan add vid 10 dev {REPS[B]}')
becomes('the vlan leaves tagged again', A, MACS[B], B, None, 10)
longest = send(A, MACS[B], data=1500 * b'l')
case('the longest frame gets a tag', longest[:2],
     ('fast', {B: [frame(MACS[B], src=MACS[A], tag=10, data=1500 * b'l')]}))
sh(f'bridge vlan del vid 10 dev {REPS[A]}')
entries('the entries of a vlan go with it', {f'{REPS[A]}/20': TAKEN}, MACS[A])
becomes('no PVID', A, MACS[C], None, None, None, 'slow')
sh(f'bridge vlan add vid 10 dev {REPS[A]} pvid untagged')
send(A, 'ff:ff:ff:ff:ff:ff')
becomes('the port is in the vlan again', A, MACS[C], C, None, None)

sh('ip link set br0 type bridge vlan_protocol 802.1ad')
becomes('802.1ad: an 802.1Q tag is payload', C, MACS[A], A, 20, 20)
got = send(A, MACS[B], **plain)
case('802.1ad: such a tag is pushed', got[:2],
     ('fast', {B: [frame(MACS[B], src=MACS[A], **plain)[:12] +
                   bytes.fromhex('88a8000a') + frame(MACS[B], src=MACS[A], **plain)[12:]]}))
sh('ip link set br0 type bridge vlan_protocol 802.1Q')

sh('ip link set br0 type bridge vlan_filtering 0')
heard(A, B, C)
for tag in (None, 10, 0x6000, 30):
    becomes(f'not filtering: tag {tag}', A, MACS[B], B, tag, tag)
sh('ip link set br0 type bridge vlan_filtering 1')
becomes('filtering again', A, MACS[B], None, 30, None, 'slow')
becomes('tagging again', A, MACS[B], B, None, 10)

# The software alone knows spanning trees per vlan.
sh('ip link set br0 down', 'ip link del br0',
   'ip link add br0 type bridge mcast_snooping 0 vlan_filtering 1 mst_enabled 1',
   'ip link set br0 addrgenmode none up')
for rep in REPS[:2]:
    sh(f'ip link set {rep} master br0')
heard(A, B)
becomes('a spanning tree per vlan: slow', A, MACS[B], B, None, None, 'slow')
sh('ip link del br0')
