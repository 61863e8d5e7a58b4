#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: reliability
#
# The work and the memory that a process causes cost its own cgroup. With cpu.max, a
# process that sends as hard as it can gets its share and no more, its throughput falls
# with the share, and no thread of the kernel works for it beside. With memory.max, a
# process that takes all it can gets no more than that. A process outside goes on.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"

cgroup=/sys/fs/cgroup
[ -e $cgroup/cgroup.controllers ] || mount -t cgroup2 none $cgroup || fail "no cgroup2"
echo +cpu >$cgroup/cgroup.subtree_control || fail "no cpu controller"
echo +memory >$cgroup/cgroup.subtree_control || fail "no memory controller"
mkdir $cgroup/share || fail "a cgroup"
if [ ! -e $cgroup/share/cpu.max ]; then
	rmdir $cgroup/share
	echo "skipped: this kernel has no cpu.max"
	exit 4
fi

pair_up
roce_up
gid1=$(gid_of "$dev1" 192.0.2.1) gid2=$(gid_of "$dev2" 192.0.2.2)
# The bystander's devices.
dev3=$(sf_up 103 02:00:00:00:01:03) && dev4=$(sf_up 104 02:00:00:00:01:04) ||
	fail "subfunctions 103 and 104"
python3 "$here/limits-memory.py" "$dev1" "$dev3" "$dev4" || fail "limits of memory"
python3 "$here/limits-cpu.py" "$dev1" "$gid1" "$dev2" "$gid2" "$dev3" "$dev4" ||
	fail "limits of time"
ok frames --count 500 "$dev1" "$dev2"

gone() { rmdir $cgroup/share; }
within 30 gone || fail "the cgroup stays"
echo "-cpu -memory" >$cgroup/cgroup.subtree_control || fail "controllers stay"
roce_down
pair_check
