# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
from bridge import (A, B, C, D, F, FAR, MACS, REPS, TAKEN, case, entries, far,
                    fdb, frame, heard, queues, reaches, sh, time)

everybody = 'ff:ff:ff:ff:ff:ff'
sh('ip link add br0 type bridge mcast_snooping 0 vlan_default_pvid 0',
   'ip link set br0 addrgenmode none up')
for rep in REPS[:3] + ['far']:
    sh(f'ip link set {rep} master br0')

# The switch takes over the addresses that the bridge learns.
reaches('the software forwards the first frame', A, MACS[B], 'slow', B, C, F)
reaches('the bridge does not flood the answer', B, MACS[A], 'slow', A)
entries('the address is learned and taken over', {REPS[A]: TAKEN}, MACS[A])
for _ in range(3):
    reaches('both addresses are known: fast', A, MACS[B], 'fast', B)
    reaches('the other direction: fast', B, MACS[A], 'fast', A)
reaches('unknown source: slow', C, MACS[A], 'slow', A)
reaches('unknown destination: slow', A, FAR, 'slow', B, C, F)
reaches('broadcast, once to each port', A, everybody, 'slow', B, C, F)
reaches('multicast, once to each port', A, '01:00:5e:00:00:07', 'slow', B, C, F)
reaches('a tag passes', A, MACS[B], 'fast', B, tag=0x6007)
reaches('the longest frame', A, MACS[B], 'fast', B, data=1500 * b'y')
far.send(frame(MACS[A], src=FAR))
case('from a port outside the NIC', [q.received() for q in queues],
     [[frame(MACS[A], src=FAR)], [], [], []])
case('the bridge learns there, too', fdb(FAR), {'far': []})
reaches('to a port outside the NIC: slow', A, FAR, 'slow', F)

# The bridge drops a frame that is longer than the representor's MTU.
sh(f'ip link set {REPS[B]} mtu 1000')
reaches('longer than the MTU of the representor', A, MACS[B], 'slow', data=1300 * b'y')
reaches('as long as that MTU', A, MACS[B], 'fast', B, data=1000 * b'y')
sh(f'ip link set {REPS[B]} mtu 1500')

# The operator changes entries.
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')
case('an entry is deleted', fdb(MACS[A]), {})
reaches('a deleted source is learned again', A, MACS[B], 'slow', B)
entries('it is taken over again', {REPS[A]: TAKEN}, MACS[A])
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')
reaches('a deleted destination is flooded', B, MACS[A], 'slow', A, C, F)
sh(f'bridge fdb add {MACS[A]} dev {REPS[A]} master static')
entries('a static entry is offloaded', {REPS[A]: ['offload', 'static']}, MACS[A])
reaches('static entry: fast', A, MACS[B], 'fast', B)
sh('ip link set br0 type bridge fdb_flush')
for i, left in (A, {REPS[A]: ['offload', 'static']}), (B, {}), (C, {}):
    entries('a flush leaves static entries only', left, MACS[i])
reaches('a flushed destination is flooded', A, MACS[B], 'slow', B, C, F)
sh(f'bridge fdb replace {MACS[A]} dev far master static')
reaches('an entry moved to a port outside the NIC', B, MACS[A], 'slow', F)
sh(f'bridge fdb replace {MACS[A]} dev {REPS[C]} master static')
heard(B)
reaches('an entry moved to another port', B, MACS[A], 'fast', C)
sh(f'bridge fdb replace {MACS[A]} dev br0 self local')
reaches('an entry made an address of the host', B, MACS[A], 'slow')
sh(f'bridge fdb del {MACS[A]} dev br0 self')
heard(A, B, C)
sh(f'bridge fdb replace {MACS[A]} dev {REPS[A]} master local')
reaches('a learned entry made local', B, MACS[A], 'slow')
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')

# The switch respects flags and states of ports.
heard(A, B, C)
reaches('before the flags: fast', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[A]} isolated on')
reaches('one port isolated', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[B]} isolated on')
reaches('both ports isolated', A, MACS[B], 'slow')
sh(f'bridge link set dev {REPS[A]} isolated off',
   f'bridge link set dev {REPS[B]} isolated off')
sh(f'bridge link set dev {REPS[A]} locked on learning off')
reaches('locked, source known', A, MACS[B], 'fast', B)
sh(f'bridge fdb del {MACS[A]} dev {REPS[A]} master')
reaches('locked, source unknown', A, MACS[B], 'slow')
sh(f'bridge link set dev {REPS[A]} locked off')
reaches('without learning, an unknown source is fast', A, MACS[B], 'fast', B)
case('without learning, the source is not learned', fdb(MACS[A]), {})
sh(f'bridge link set dev {REPS[A]} learning on')
heard(A)
for state in (1, 2, 0):
    sh(f'bridge link set dev {REPS[B]} state {state}')
    reaches(f'to a port in state {state}', A, MACS[B], 'slow')
    reaches(f'from a port in state {state}', B, MACS[A], 'slow')
sh(f'bridge link set dev {REPS[B]} state 3')
heard(A, B)
sh(f'bridge link set dev {REPS[A]} hairpin on')
reaches('hairpin', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[A]} hairpin off')
# A bridge that answers for stations has to see the requests to them.
for port, flag in ((B, 'neigh_suppress'), (B, 'neigh_vlan_suppress'),
                   (B, 'proxy_arp_wifi'), (A, 'proxy_arp')):
    sh(f'ip link set {REPS[port]} type bridge_slave {flag} on')
    reaches(f'{flag}: slow', A, MACS[B], 'slow', B)
    sh(f'ip link set {REPS[port]} type bridge_slave {flag} off')
    reaches(f'no {flag}: fast again', A, MACS[B], 'fast', B)
sh(f'bridge link set dev {REPS[B]} neigh_suppress on')
reaches('neigh_suppress, by the bridge tool', A, MACS[B], 'slow', B)
sh(f'bridge link set dev {REPS[B]} neigh_suppress off')
reaches('no neigh_suppress, by the bridge tool', A, MACS[B], 'fast', B)
sh(f'ip link set {REPS[B]} down')
case('a port down has no entries', fdb(MACS[B]), {})
reaches('no frame reaches a port down', A, MACS[B], 'slow', C, F)
sh(f'ip link set {REPS[B]} up')
heard(A, B)
reaches('the port is up again', A, MACS[B], 'fast', B)
sh('ip link set br0 down')
reaches('a bridge that is down', A, MACS[B], 'slow')
sh('ip link set br0 up')
heard(A, B, C)
reaches('the bridge is up again', A, MACS[B], 'fast', B)

# A port without entries leaves. The last frame before went the fast way.
sh(f'bridge link set dev {REPS[C]} learning off',
   f'bridge fdb del {MACS[C]} dev {REPS[C]} master')
reaches('from a port that does not learn', C, MACS[B], 'fast', B)
sh(f'ip link set {REPS[C]} nomaster')
reaches('from a port that left', C, MACS[B], 'slow')
sh(f'ip link set {REPS[C]} master br0')
heard(A, B, C)

# Only the entry of a silent station ages. Frames of a station refresh its entry on the
# fast way as on the slow path.
sh('ip link set br0 type bridge ageing_time 600')
deadline = time.monotonic() + 120
while fdb(MACS[B]) and time.monotonic() < deadline:
    queues[A].send(frame(MACS[B], src=MACS[A]))
    queues[C].send(frame(everybody, src=MACS[C]))
    for q in queues:
        q.received()
far.received()
case('the entry of a silent station expires', fdb(MACS[B]), {})
case('the entries of sending stations, fast and slow, stay',
     [fdb(MACS[A]), fdb(MACS[C])], [{REPS[A]: TAKEN}, {REPS[C]: TAKEN}])
for i in A, B, C:
    entries('all stations are silent: all entries expire', {}, MACS[i])
reaches('flooded again', A, MACS[B], 'slow', B, C, F)
sh('ip link set br0 type bridge ageing_time 30000')

# Several bridges and NICs are apart.
heard(A, B, C)
sh('ip link add br1 type bridge mcast_snooping 0 vlan_default_pvid 0',
   'ip link set br1 addrgenmode none up')
sh(f'ip link set {REPS[B]} nomaster', f'ip link set {REPS[B]} master br1')
case('a port that left has no entries', [fdb(MACS[B]), fdb(MACS[B], 'br1')], [{}, {}])
heard(A, B, C)
reaches('no frame enters the other bridge', A, MACS[B], 'slow', C, F)
reaches('no frame leaves it', B, MACS[A], 'slow')
reaches('within the first bridge', A, MACS[C], 'fast', C)
sh(f'ip link set {REPS[C]} nomaster', f'ip link set {REPS[C]} master br1')
heard(B, C)
reaches('within the second bridge', B, MACS[C], 'fast', C)
sh(f'ip link set {REPS[D]} master br1')
heard(B, C, D)
reaches('to another NIC in the bridge: slow', B, MACS[D], 'slow', D)
reaches('from another NIC in the bridge: slow', D, MACS[B], 'slow', B)
entries('one NIC takes its entry over', {REPS[B]: TAKEN}, MACS[B], 'br1')
entries('the other NIC does so, too', {REPS[D]: TAKEN}, MACS[D], 'br1')
sh('ip link del br1')
reaches('without a bridge', B, MACS[C], 'slow')
sh('ip link del br0')
