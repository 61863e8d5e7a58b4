#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Packet applications rely on more than the manuals of verbs promise: the way to find
# a device, its capabilities, and the sizes and the end of their queues. Each check
# comes from the source of an application that is in use. Other tests have more of
# them: two RSS queue pairs on one table (rss.sh), extended CQs of one thread and
# times of day (cq-ex.sh), fork() (memory.sh).
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

pair_up

# An application finds a device by sysfs: the class devices of a subfunction have one
# parent.
parent=$(readlink -f "/sys/class/infiniband/$dev1/device")
[ "$(cat "$parent/sfnum")" = 101 ] || fail "the parent of $dev1 is $parent"
[ "$(ls "$parent/infiniband")" = "$dev1" ] || fail "$parent knows no $dev1"
verbs=$(ls "$parent/infiniband_verbs")
[ "$(cat "/sys/class/infiniband_verbs/$verbs/ibdev")" = "$dev1" ] ||
	fail "$verbs does not belong to $dev1"
shows '^[0-9]+:[0-9]+$' cat "/sys/class/infiniband_verbs/$verbs/dev"
shows "Ethernet" cat "/sys/class/infiniband/$dev1/ports/1/link_layer"
shows "ACTIVE" cat "/sys/class/infiniband/$dev1/ports/1/state"
net=$(net_of "$dev1") || fail "$dev1/device/net is empty"
[ "$(cat "/sys/class/net/$net/address")" = 02:00:00:00:01:01 ] ||
	fail "$net has another address"

# An application finds a device by an IP address, with rdma_bind_addr() and in the GID
# table. GID 0 has the MAC in its interface identifier.
net_up "$dev1" 10.9.0.1/24 || fail "$net"
shows 'fe80:0000:0000:0000:0000:00ff:fe00:0101' \
	cat "/sys/class/infiniband/$dev1/ports/1/gids/0"
gid_of "$dev1" 10.9.0.1 >/dev/null || fail "$dev1 has no GID of 10.9.0.1"
python3 - "$dev1" <<'PY' || fail "rdma_bind_addr"
import json
import subprocess
import sys
from pyverbs.cmid import AddrInfo, CMEventChannel, CMID
from mfraw_test import enums as ce

cmid = CMID(creator=CMEventChannel(), port_space=ce.RDMA_PS_UDP)
cmid.bind_addr(AddrInfo(src='10.9.0.1', src_service='7471', port_space=ce.RDMA_PS_UDP,
                        flags=ce.RAI_PASSIVE))
ids = json.loads(subprocess.run(['rdma', '-j', 'resource', 'show', 'cm_id'],
                                stdout=subprocess.PIPE, check=True).stdout)
mine = [i for i in ids if i.get('src-addr', '').startswith('10.9.0.1')]
assert [i['ifname'] for i in mine] == sys.argv[1:], ids
print('ok - rdma_bind_addr finds', sys.argv[1])
PY

python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "applications"
pair_check
