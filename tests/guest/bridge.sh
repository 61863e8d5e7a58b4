#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Representors as ports of bridges, as an operator has them: learning, what the
# switch takes over and for how long, static entries, vlans, several bridges
# and NICs, and ports and bridges that go while frames move.
set -u
. "$(dirname "$0")/lib-sf.sh"

pair_up
dev3=$(sf_up 103 02:00:00:00:01:03) || fail "subfunction 103"
ip link set br-test down
ip link del br-test
echo 1 >/sys/bus/mfnic/new_device || fail "second NIC"
dev4=$(NIC=mfnic/mfnic1 sf_up 104 02:00:00:00:01:04) || fail "subfunction 104"
ip link set br-test down
ip link del br-test
ip link add far type veth peer name far-peer
ip link set far addrgenmode none up
ip link set far-peer addrgenmode none up

cat >/tmp/bridge.py <<'PY'
import json
import subprocess
import sys
import time
import lib_enums as e
from lib_raw import Netdev, Port, RawQP, bridges_told, frame

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
    """The kernel notices a carrier in its own time, and so do bridges."""
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
    """What it says, which becomes that if one waits."""
    deadline = time.monotonic() + 60
    while (got := func(*args)) != want and time.monotonic() < deadline:
        time.sleep(0.05)
    return got


def stat(port, name='tx_slow'):
    out = subprocess.check_output(['ethtool', '-S', REPS[port]], text=True)
    return int(out.split(name + ': ')[1].split()[0])


def fdb(mac, bridge='br0'):
    """'port' or 'port/vlan', and what else is said of the entry."""
    out = subprocess.check_output(['bridge', '-j', 'fdb', 'show', 'br', bridge],
                                  text=True)
    return {e['ifname'] + (f'/{e["vlan"]}' if 'vlan' in e else ''):
            sorted(e['flags']) + ([e['state']] if e['state'] else [])
            for e in json.loads(out) if e['mac'] == mac and 'master' in e}


def told():
    """What the bridges learned at our ports is the switch's."""
    out = subprocess.check_output(['bridge', '-j', 'fdb', 'show'], text=True)
    return all('offload' in e['flags'] for e in json.loads(out)
               if e['ifname'] in REPS and 'master' in e and not e['state'])


def case(text, got, want):
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text, flush=True)


def entries(text, want, *args):
    """The bridge is told in its own time of what the switch has."""
    case(text, soon(fdb, want, *args), want)


def send(port, dst, **more):
    """Whom one frame reached, as the queues saw it, and by which way."""
    sent = frame(dst, src=MACS[port], **more)
    before = stat(port)
    queues[port].send(sent)
    got = {i: q.received() for i, q in enumerate(queues)}
    got[F] = far.received(0.05)
    way = 'slow' if stat(port) > before else 'fast'
    if sent[0] & 1:
        got[port] = []          # looped back, by no bridge
    return way, {i: frames for i, frames in got.items() if frames}, sent


def reaches(text, port, dst, way, *ports, **more):
    got = send(port, dst, **more)
    case(text, got[:2], (way, {i: [got[2]] for i in ports}))


def heard(*ports):
    """All of them know each other, in both directions."""
    for i in ports:
        send(i, 'ff:ff:ff:ff:ff:ff')
    soon(told, True)


TAKEN = ['extern_learn', 'offload']
PY

cat >/tmp/basic.py <<'PY'
from bridge import *

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
PY

cat >/tmp/vlans.py <<'PY'
from bridge import *

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
entries('learned by vlan', {f'{REPS[A]}/10': TAKEN, f'{REPS[A]}/20': TAKEN}, MACS[A])


def becomes(text, port, dst, to, tag, out, way='fast'):
    got = send(port, dst, tag=tag, **plain)
    want = {to: [frame(dst, src=MACS[port], tag=out, **plain)]} if to is not None else {}
    case(text, got[:2], (way, want))


becomes('untagged in, tagged out', A, MACS[B], B, None, 10)
becomes('tagged in, untagged out', B, MACS[A], A, 10, None)
becomes('priority goes with the tag', B, MACS[A], A, 0x6000 | 10, None)
becomes('untagged in and out', A, MACS[C], C, None, None)
becomes('tagged in, the other way', A, MACS[B], B, 20, None)
becomes('untagged in, the other way', B, MACS[A], A, None, 20)
becomes('priority tag: the software', A, MACS[C], C, 0x6000, None, 'slow')
becomes('no member of the vlan', C, MACS[A], None, 20, None, 'slow')
becomes('no such vlan', A, MACS[B], None, 30, None, 'slow')
sh(f'bridge vlan add vid 20 dev {REPS[C]}',
   f'bridge fdb add {MACS[C]} dev {REPS[C]} master static vlan 20')
becomes('a static entry of a vlan', A, MACS[C], C, 20, 20)
sh(f'bridge vlan del vid 20 dev {REPS[C]}')
becomes('whose port is no member any more', A, MACS[C], None, 20, None, 'slow')
sh(f'bridge vlan add vid 10 dev {REPS[B]} untagged')
becomes('changed to untagged', A, MACS[B], B, None, None)
sh(f'bridge vlan add vid 10 dev {REPS[B]}')
becomes('and back', A, MACS[B], B, None, 10)
longest = send(A, MACS[B], data=1500 * b'l')
case('the longest with its tag', longest[:2],
     ('fast', {B: [frame(MACS[B], src=MACS[A], tag=10, data=1500 * b'l')]}))
sh(f'bridge vlan del vid 10 dev {REPS[A]}')
entries('its entries go with a vlan', {f'{REPS[A]}/20': TAKEN}, MACS[A])
becomes('no PVID', A, MACS[C], None, None, None, 'slow')
sh(f'bridge vlan add vid 10 dev {REPS[A]} pvid untagged')
send(A, 'ff:ff:ff:ff:ff:ff')
becomes('in the vlan again', A, MACS[C], C, None, None)

sh('ip link set br0 type bridge vlan_protocol 802.1ad')
becomes('another kind of tag stays inside', C, MACS[A], A, 20, 20)
got = send(A, MACS[B], **plain)
case('the bridge\'s kind is pushed', got[:2],
     ('fast', {B: [frame(MACS[B], src=MACS[A], **plain)[:12] +
                   bytes.fromhex('88a8000a') + frame(MACS[B], src=MACS[A], **plain)[12:]]}))
sh('ip link set br0 type bridge vlan_protocol 802.1Q')

sh('ip link set br0 type bridge vlan_filtering 0')
heard(A, B, C)
for tag in (None, 10, 0x6000, 30):
    becomes(f'not filtering: tag {tag}', A, MACS[B], B, tag, tag)
sh('ip link set br0 type bridge vlan_filtering 1')
becomes('filtering again', A, MACS[B], None, 30, None, 'slow')
becomes('and tagging', A, MACS[B], B, None, 10)

# Spanning trees per vlan are the software's.
sh('ip link set br0 down', 'ip link del br0',
   'ip link add br0 type bridge mcast_snooping 0 vlan_filtering 1 mst_enabled 1',
   'ip link set br0 addrgenmode none up')
for rep in REPS[:2]:
    sh(f'ip link set {rep} master br0')
heard(A, B)
becomes('with them, no frame is ours', A, MACS[B], B, None, None, 'slow')
sh('ip link del br0')
PY

here=$(dirname "$0")
export PYTHONPATH=/tmp:$here
# Its arguments are those of the module that the others import.
for part in basic vlans; do
	python3 "/tmp/$part.py" "$dev1" "$dev2" "$dev3" "$dev4" || fail "$part"
done

# Spanning tree: ports listen and learn before they forward.
ok ip link add br0 type bridge stp_state 1 mcast_snooping 1
ok ip link set br0 type bridge forward_delay 200
ok ip link set br0 addrgenmode none up
for rep in mfnic0sf101 mfnic0sf102; do
	ok ip link set "$rep" master br0
done
shows "state (listening|learning)" bridge link show dev mfnic0sf101
for _ in $(seq 600); do
	bridge link show dev mfnic0sf102 | grep -q forwarding && break
	sleep 0.1
done
shows "state forwarding" bridge link show dev mfnic0sf101
ok bridge mdb add dev br0 port mfnic0sf101 grp 239.1.1.1 permanent
ok bridge mdb del dev br0 port mfnic0sf101 grp 239.1.1.1 permanent
ok ip link set br0 type bridge mcast_snooping 0

# All of it goes while frames move.
cat >/tmp/traffic.py <<'PY'
import sys
import time
from lib_raw import Port, PyverbsRDMAError, RawQP, frame

qp = RawQP(Port(sys.argv[1]))
frames = [frame(dst, src=sys.argv[2]) for dst in sys.argv[3:]]
end = time.monotonic() + 1200
try:
    while time.monotonic() < end:
        for data in frames:
            qp.send(data)
            qp.cq.poll(32)
except PyverbsRDMAError:
    pass
PY

pids=()
for i in 1 2 3; do
	dev=dev$i
	nice -n 19 python3 /tmp/traffic.py "${!dev}" "02:00:00:00:01:0$i" \
		02:00:00:00:01:01 02:00:00:00:01:02 02:00:00:00:01:03 \
		ff:ff:ff:ff:ff:ff &
	pids+=($!)
done
ip link set mfnic0sf103 master br0
all_send() { [ "$(rdma resource show qp | grep -c 'RAW_PACKET state RTS')" = 3 ]; }
within 120 all_send || fail "no traffic"
for round in $(seq 8); do
	ip link set br0 type bridge vlan_filtering $((round & 1))
	ip link set br0 type bridge fdb_flush
	ip link set mfnic0sf102 nomaster
	ip link set mfnic0sf102 master br0
	ip link del br0
	ip link add br0 type bridge ageing_time 10 mcast_snooping 0
	ip link set br0 addrgenmode none up
	for i in 1 2 3; do
		ip link set "mfnic0sf10$i" master br0
	done
	sleep 0.3
done
ip link set br0 type bridge ageing_time 2000
taken() { [ "$(bridge fdb show br br0 | grep -c 'extern_learn offload')" -ge 2 ]; }
within 60 taken || fail "no entries under traffic"
ok devlink port del "$(port_of_sf 103)"
bridge fdb show br br0 | grep -v permanent | grep 02:00:00:00:01:03 &&
	fail "an entry of a port that is gone"
ok ip link set mfnic0sf102 netns 1
ok rmmod mfraw
kill "${pids[@]}" 2>/dev/null
wait
ok rmmod mfnic
[ ! -e /sys/class/net/mfnic0p0 ] || fail "mfnic0p0 is left"
ok modprobe mfnic
ok modprobe mfraw
pair_up
pair_check
