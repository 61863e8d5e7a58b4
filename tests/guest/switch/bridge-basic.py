# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
from bridge import (A, B, C, D, F, FAR, MACS, REPS, TAKEN, case, entries, far,
                    fdb, frame, heard, queues, reaches, sh, time)

everybody = 'ff:ff:ff:ff:ff:ff'
sh('ip link add br0 type bridge mcast_snooping 0 vlan_default_pvid 0',
   'ip link set br0 addrgenmode none up')
for rep in REPS[:3] + ['far']:
    sh(f'ip link set {rep} master br0')

# Learning.
reaches('the software forwards at once', A, MACS[B], 'slow', B, C, F)
reaches('an answer is not flooded', B, MACS[A], 'slow', A)
entries('learned and taken over', {REPS[A]: TAKEN}, MACS[A])
for _ in range(3):
    reaches('known both: fast', A, MACS[B], 'fast', B)
    reaches('and back', B, MACS[A], 'fast', A)
reaches('unknown source: slow', C, MACS[A], 'slow', A)
reaches('unknown destination: slow', A, FAR, 'slow', B, C, F)
reaches('broadcast once to each', A, everybody, 'slow', B, C, F)
reaches('multicast once to each', A, '01:00:5e:00:00:07', 'slow', B, C, F)
reaches('tags pass', A, MACS[B], 'fast', B, tag=0x6007)
reaches('a whole frame', A, MACS[B], 'fast', B, data=1500 * b'y')
far.send(frame(MACS[A], src=FAR))
case('from a port of no NIC', [q.received() for q in queues],
     [[frame(MACS[A], src=FAR)], [], [], []])
case('which learns, too', fdb(FAR), {'far': []})
reaches('to a port of no NIC: slow', A, FAR, 'slow', F)

# A representor's own MTU is what the bridge would look at.
sh(f'ip link set {REPS[B]} mtu 1000')
reaches('too long for the port', A, MACS[B], 'slow', data=1300 * b'y')
reaches('not too long', A, MACS[B], 'fast', B, data=1000 * b'y')
sh(f'ip link set {REPS[B]} mtu 1500')

# The operator's entries.
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')
case('deleted', fdb(MACS[A]), {})
reaches('a deleted source is learned anew', A, MACS[B], 'slow', B)
entries('and taken over', {REPS[A]: TAKEN}, MACS[A])
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')
reaches('a deleted destination is flooded', B, MACS[A], 'slow', A, C, F)
sh(f'bridge fdb add {MACS[A]} dev {REPS[A]} master static')
entries('static, offloaded', {REPS[A]: ['offload', 'static']}, MACS[A])
reaches('static: fast', A, MACS[B], 'fast', B)
sh('ip link set br0 type bridge fdb_flush')
for i, left in (A, {REPS[A]: ['offload', 'static']}), (B, {}), (C, {}):
    entries('flush leaves what is static', left, MACS[i])
reaches('and nothing else', A, MACS[B], 'slow', B, C, F)
sh(f'bridge fdb replace {MACS[A]} dev far master static')
reaches('moved by hand to no NIC', B, MACS[A], 'slow', F)
sh(f'bridge fdb replace {MACS[A]} dev {REPS[C]} master static')
heard(B)
reaches('moved by hand to another port', B, MACS[A], 'fast', C)
sh(f'bridge fdb replace {MACS[A]} dev br0 self local')
reaches('made an address of the host', B, MACS[A], 'slow')
sh(f'bridge fdb del {MACS[A]} dev br0 self')
heard(A, B, C)
sh(f'bridge fdb replace {MACS[A]} dev {REPS[A]} master local')
reaches('a learned one made local', B, MACS[A], 'slow')
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')

# Ports: flags and states.
heard(A, B, C)
reaches('fast again', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[A]} isolated on')
reaches('one isolated', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[B]} isolated on')
reaches('both isolated', A, MACS[B], 'slow')
sh(f'bridge link set dev {REPS[A]} isolated off',
   f'bridge link set dev {REPS[B]} isolated off')
sh(f'bridge link set dev {REPS[A]} locked on learning off')
reaches('locked, but known', A, MACS[B], 'fast', B)
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')
reaches('locked and unknown', A, MACS[B], 'slow')
sh(f'bridge link set dev {REPS[A]} locked off')
reaches('no learning: not missed', A, MACS[B], 'fast', B)
case('nor learned', fdb(MACS[A]), {})
sh(f'bridge link set dev {REPS[A]} learning on')
heard(A)
for state in (1, 2, 0):
    sh(f'bridge link set dev {REPS[B]} state {state}')
    reaches(f'to a port in state {state}', A, MACS[B], 'slow')
    reaches(f'from a port in state {state}', B, MACS[A], 'slow')
sh(f'bridge link set dev {REPS[B]} state 3')
heard(A, B)
sh(f'bridge link set dev {REPS[A]} hairpin on')
reaches('fast again', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[A]} hairpin off')
# Where the bridge answers for stations, it has to see what they are asked.
for port, flag in ((B, 'neigh_suppress'), (B, 'neigh_vlan_suppress'),
                   (B, 'proxy_arp_wifi'), (A, 'proxy_arp')):
    sh(f'ip link set {REPS[port]} type bridge_slave {flag} on')
    reaches(f'{flag}: slow', A, MACS[B], 'slow', B)
    sh(f'ip link set {REPS[port]} type bridge_slave {flag} off')
    reaches(f'no {flag}: fast again', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[B]} neigh_suppress on')
reaches('neigh_suppress, by the bridge tool', A, MACS[B], 'slow', B)
sh(f'bridge link set dev {REPS[B]} neigh_suppress off')
reaches('and off', A, MACS[B], 'fast', B)
sh(f'ip link set {REPS[B]} down')
case('a port down has no entries', fdb(MACS[B]), {})
reaches('nor is it reached', A, MACS[B], 'slow', C, F)
sh(f'ip link set {REPS[B]} up')
heard(A, B)
reaches('up again', A, MACS[B], 'fast', B)
sh('ip link set br0 down')
reaches('a bridge that is down', A, MACS[B], 'slow')
sh('ip link set br0 up')
heard(A, B, C)
reaches('up again', A, MACS[B], 'fast', B)

# Only a silent station ages, whichever way its frames go.
sh('ip link set br0 type bridge ageing_time 600')
deadline = time.monotonic() + 120
while fdb(MACS[B]) and time.monotonic() < deadline:
    queues[A].send(frame(MACS[B], src=MACS[A]))
    queues[C].send(frame(everybody, src=MACS[C]))
    for q in queues:
        q.received()
far.received()
case('who is silent is forgotten', fdb(MACS[B]), {})
case('who sends on the fast or slow way is not',
     [fdb(MACS[A]), fdb(MACS[C])], [{REPS[A]: TAKEN}, {REPS[C]: TAKEN}])
for i in A, B, C:
    entries('then all are', {}, MACS[i])
reaches('flooded again', A, MACS[B], 'slow', B, C, F)
sh('ip link set br0 type bridge ageing_time 30000')

# Several bridges, several NICs.
heard(A, B, C)
sh('ip link add br1 type bridge mcast_snooping 0 vlan_default_pvid 0',
   'ip link set br1 addrgenmode none up')
sh(f'ip link set {REPS[B]} nomaster', f'ip link set {REPS[B]} master br1')
case('a port that left has no entries', [fdb(MACS[B]), fdb(MACS[B], 'br1')], [{}, {}])
heard(A, B, C)
reaches('not into the other bridge', A, MACS[B], 'slow', C, F)
reaches('nor from it', B, MACS[A], 'slow')
reaches('within the first', A, MACS[C], 'fast', C)
sh(f'ip link set {REPS[C]} nomaster', f'ip link set {REPS[C]} master br1')
heard(B, C)
reaches('within the second', B, MACS[C], 'fast', C)
sh(f'ip link set {REPS[D]} master br1')
heard(B, C, D)
reaches('to another NIC in the bridge: slow', B, MACS[D], 'slow', D)
reaches('from it', D, MACS[B], 'slow', B)
entries('one offloads', {REPS[B]: TAKEN}, MACS[B], 'br1')
entries('and so does the other', {REPS[D]: TAKEN}, MACS[D], 'br1')
sh('ip link del br1')
reaches('without bridge', B, MACS[C], 'slow')
sh('ip link del br0')
