#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Representors: what they show, which way frames go through them, and that a
# subfunction sends with its own address only.
set -u
. "$(dirname "$0")/lib-sf.sh"

pair_up
rep1=$(rep_of_sf 101)
rep2=$(rep_of_sf 102)
uplink=$(rep_of "$NIC/0")
ip link set br-test down
ip link del br-test

# What they are.
[ "$rep1" = mfnic0sf101 ] || fail "the name is $rep1"
[ "$uplink" = mfnic0p0 ] || fail "the name is $uplink"
shows "^pf0sf101$" cat "/sys/class/net/$rep1/phys_port_name"
shows "^p0$" cat "/sys/class/net/$uplink/phys_port_name"
id=$(cat "/sys/class/net/$uplink/phys_switch_id")
[ -n "$id" ] || fail "no switch id"
shows "^$id$" cat "/sys/class/net/$rep1/phys_switch_id"
shows "type eth netdev $rep1 flavour pcisf" devlink port show "$NIC/1"
shows "type eth netdev $uplink flavour physical" devlink port show "$NIC/0"
shows "portname pf0sf101 .*switchid $id" ip -d link show "$rep1"
shows "driver: mfnic" ethtool -i "$rep1"

# The link has two ends.
shows "PORT_ACTIVE" ibv_devinfo -d "$dev1"
ok ip link set "$rep1" down
shows "PORT_DOWN" ibv_devinfo -d "$dev1"
ok ip link set "$rep1" up
shows "PORT_ACTIVE" ibv_devinfo -d "$dev1"
shows "Link detected: yes" ethtool "$rep1"
port=$(port_of_sf 102)
ok devlink port function set "$port" state inactive
shows "NO-CARRIER" ip link show "$rep2"
ok devlink port function set "$port" state active
shows "LOWER_UP" ip link show "$rep2"
ok ip link set "$uplink" up
shows "NO-CARRIER" ip link show "$uplink"
within 60 rdma_of_sf 102 || fail "no RDMA device"
dev2=$(rdma_of_sf 102)

PYTHONPATH=$(dirname "$0") python3 - "$dev1" "$dev2" "$rep1" "$rep2" <<'PY' || fail "frames"
import subprocess
import sys
import lib_enums as e
from lib_raw import Netdev, Port, RawQP, frame

MAC1, MAC2 = '02:00:00:00:01:01', '02:00:00:00:01:02'
one, two = RawQP(Port(sys.argv[1])), RawQP(Port(sys.argv[2]))
one.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
two.flow(e.IBV_FLOW_ATTR_ALL_DEFAULT)
rep1, rep2 = Netdev(sys.argv[3]), Netdev(sys.argv[4])
everybody = [one, two, rep1, rep2]


def case(text, want):
    got = {who: frames for who in everybody if (frames := who.received())}
    assert got == want, f'{text}: got {got}, want {want}'
    print('ok -', text)


def stat(name):
    out = subprocess.check_output(['ethtool', '-S', sys.argv[3]], text=True)
    return int(out.split(name + ': ')[1].split()[0])


miss = frame(MAC2)
one.send(miss)
case('what nobody takes arrives at the representor', {rep1: [miss]})
for sent in (frame(MAC1, src=MAC2), frame('33:33:00:00:00:01', src=MAC2),
             frame(MAC2, src=MAC2, data=1400 * b'y'),
             frame(MAC1, src=MAC2, tag=0x2007)):
    rep1.send(sent)
    case(f'what the representor sends arrives: {len(sent)} bytes', {one: [sent]})
long = frame(MAC2, data=bytes(range(250)) * 6)
for sent in (long, frame(MAC2, tag=0x2007)):
    one.send(sent)
    case(f'the slow path keeps the frame: {len(sent)} bytes', {rep1: [sent]})

before = stat('tx_spoofed')
one.send(frame(MAC2, src=MAC2))
one.send(frame(MAC2, src='02:00:00:00:77:77'))
case('a foreign source address goes nowhere', {})
assert stat('tx_spoofed') == before + 2
group = frame('01:00:5e:00:00:07')
one.send(group)
case('multicast: the own queue and the representor', {one: [group], rep1: [group]})
own = frame(MAC1)
one.send(own)
case('to the own address: does not leave', {one: [own]})
assert stat('tx_slow') >= 4

# All that the port moved, and what took the slow path of it.
link = subprocess.check_output(['ip', '-s', '-j', 'link', 'show', sys.argv[3]],
                               text=True)
assert stat('tx_frames') == 7 and '"rx":{"bytes":1878,"packets":7,' in \
    link.replace(' ', ''), link
cpu = subprocess.check_output(['ip', 'stats', 'show', 'dev', sys.argv[3], 'group',
                               'offload', 'subgroup', 'cpu_hit'], text=True)
assert str(stat('tx_slow')) in cpu.split(), cpu
print('ok - counters')

# A port's frames wait in no queue that all devices share, and keep their order.
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
PY

# What the host got, and why.
shows "slow_path type control generic false action trap .*local_delivery" devlink trap show "$NIC"
shows "packets [1-9]" devlink -s trap show "$NIC" trap slow_path
shows "dropped 2" devlink -s trap show "$NIC" trap spoofed_smac
ok devlink trap set "$NIC" trap spoofed_smac action trap
shows "action trap" devlink trap show "$NIC" trap spoofed_smac

# Completion vectors are a property of the function.
port=$(port_of_sf 102)
refuses "while the port is inactive" devlink port function set "$port" max_io_eqs 3
ok devlink port function set "$port" state inactive
refuses "max_io_eqs must be" devlink port function set "$port" max_io_eqs 0
ok devlink port function set "$port" max_io_eqs 3 state active
shows "max_io_eqs 3" devlink port show "$port"
shows "num_comp_vectors:\s*3" ibv_devinfo -v -d "$(rdma_of_sf 102)"

# Legacy mode has neither subfunctions nor representors, and says so.
shows "subfunction ports were deleted" devlink dev eswitch set "$NIC" mode legacy
[ ! -e "/sys/class/net/$rep1" ] || fail "$rep1 is left"
[ ! -e "/sys/class/net/$uplink" ] || fail "$uplink is left"
ok devlink dev eswitch set "$NIC" mode switchdev
[ -e "/sys/class/net/$uplink" ] || fail "no $uplink"
pair_check
