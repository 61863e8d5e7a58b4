#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# What root, an ordinary user and root of a user namespace may do; and limits of cgroups,
# which leave processes of other groups working.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"

pair_up
rep1=$(rep_of_sf 101)
program=("$here/privileges.py" "$dev1")
user=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)

python3 "${program[@]}" yes || fail "root"
echo "# an ordinary user"
"${user[@]}" python3 "${program[@]}" no || fail "an ordinary user"
echo "# root of a user namespace"
"${user[@]}" unshare --user --map-root-user --net python3 "${program[@]}" no ||
	fail "root of a user namespace"

# Without CAP_NET_ADMIN, nothing of the switch can change; much can be read.
port=$(port_of_sf 101)
for words in "devlink port add $NIC flavour pcisf pfnum 0 sfnum 9" \
	"devlink port function set $port state inactive" "devlink port del $port" \
	"devlink port function rate set $port tx_max 8mbit" \
	"devlink dev eswitch set $NIC mode legacy" "devlink dev reload $NIC" \
	"tc qdisc add dev $rep1 clsact" "ip link set $rep1 down" \
	"bridge fdb add 02:00:00:00:09:09 dev $rep1 master static" \
	"rdma dev set $dev1 name other" "rdma system set netns exclusive" \
	"ethtool -s $rep1 speed 1000"; do
	# shellcheck disable=SC2086 # words
	refuses "" "${user[@]}" $words
done
ok "${user[@]}" devlink port show
ok "${user[@]}" ibv_devinfo -d "$dev1"
[ "$(devlink port show | grep -c pcisf)" = 2 ] || fail "a port is missing"

# The cgroup of a process limits its RDMA objects, and pays for its queues. Others go on.
cgroup=/sys/fs/cgroup
[ -e $cgroup/cgroup.controllers ] || mount -t cgroup2 none $cgroup || fail "no cgroup2"
grouped() { sh -c "echo \$\$ >$cgroup/limited/cgroup.procs; exec \"\$@\"" sh "$@"; }
echo +rdma >$cgroup/cgroup.subtree_control || fail "no rdma controller"
echo +memory >$cgroup/cgroup.subtree_control 2>/dev/null
mkdir $cgroup/limited || fail "a cgroup"
echo "$dev1 hca_handle=1 hca_object=8" >$cgroup/limited/rdma.max || fail "rdma.max"
grouped python3 - "$dev1" <<'PY' || fail "the limit of RDMA objects"
import sys
from pyverbs.device import Context
from pyverbs.pd import PD
from pyverbs.pyverbs_error import PyverbsError
ctx = Context(name=sys.argv[1])
pds = []
try:
    while len(pds) < 100:
        pds.append(PD(ctx))
except PyverbsError:
    pass
assert len(pds) == 8, len(pds)
try:
    Context(name=sys.argv[1])
    raise SystemExit('a second context')
except PyverbsError:
    print('ok - 8 objects and one context')
PY
frames --count 500 "$dev1" "$dev2" >/dev/null || fail "a process of another group"
if [ -e $cgroup/limited/memory.max ]; then
	echo "$dev1 hca_handle=max hca_object=max" >$cgroup/limited/rdma.max
	before=$(cat $cgroup/limited/memory.current)
	grouped python3 - "$dev1" "$before" <<'PY' || fail "the memory of queues"
import sys
from pyverbs.cq import CQ
from pyverbs.device import Context


def charged():
    with open('/sys/fs/cgroup/limited/memory.current', encoding='ascii') as file:
        return int(file.read())


ctx = Context(name=sys.argv[1])
before = charged()
cqs = [CQ(ctx, 65535) for _ in range(8)]
grown = charged() - before
# Each has 65,536 entries of 32 bytes.
assert 16 << 20 <= grown < 20 << 20, grown
print('ok - 8 completion queues of 2 MiB are charged to the process')
PY
	less() { [ "$(cat $cgroup/limited/memory.current)" -lt $((before + (4 << 20))) ]; }
	within 30 less || fail "the memory of a process that ended is charged"
fi
gone() { rmdir $cgroup/limited; }
within 30 gone || fail "the cgroup stays"
pair_check
