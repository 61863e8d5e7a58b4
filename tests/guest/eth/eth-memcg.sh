#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The memory of an interface's rings is charged to the process that asks for it. A
# request beyond the limit of its memory cgroup fails, and no process is killed.
set -u
. "$(dirname "$0")/../lib/sf.sh"

cgroup=/sys/fs/cgroup
[ -e $cgroup/cgroup.controllers ] || mount -t cgroup2 none $cgroup ||
	fail "no cgroup2"
group=$cgroup/rings
echo "9 9000" >/sys/bus/mfnic/new_device || fail "a NIC"
SF_ATTRS='max_io_eqs 4' NIC=mfnic/mfnic9 sf_up 9 02:00:00:00:02:09 >/dev/null ||
	fail "subfunction 9"
eth=$(netdev_of_sf 9)
ok ip link set "$eth" mtu 9000
echo +memory >$cgroup/cgroup.subtree_control || fail "no memory controller"
mkdir $group && echo 64M >$group/memory.max || fail "a cgroup"

# grouped COMMAND...: run COMMAND in the cgroup
grouped() { sh -c "echo \$\$ >$group/cgroup.procs; exec \"\$@\"" sh "$@"; }
charged() { echo $(($(cat $group/memory.current) >> 20)); }

ok grouped ip link set "$eth" up
ok grouped ethtool -L "$eth" combined 1
ok grouped ethtool -G "$eth" rx 1024
[ "$(charged)" -ge 8 ] || fail "only $(charged) MiB are charged"
# 4 queues of 4096 buffers of 16 KiB are beyond the limit.
refuses "." grouped sh -c "ethtool -L $eth combined 4 && ethtool -G $eth rx 4096"
shows "RX:.*1024" ethtool -g "$eth"
shows "oom_kill 0" cat $group/memory.events
shows "state UP" ip link show "$eth"
ok ip link set "$eth" down
gone() { [ "$(charged)" -le 4 ]; }
within 30 gone || fail "$(charged) MiB are still charged"
rmdir $group
echo 9 >/sys/bus/mfnic/del_device || fail "the NIC"
