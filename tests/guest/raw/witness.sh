#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# An operator runs tcpdump. A representor shows the frames that the kernel
# decides about, the wire shows those that leave, and neither shows others.
set -u
. "$(dirname "$0")/../lib/sf.sh"

UPLINK=mfnic0p0

pair_up
ip link add wire0 type veth peer name wire1
ip link set wire1 addrgenmode none up
ip link set wire0 addrgenmode none
ok ip link set wire0 master "$UPLINK"
ok ip link set "$UPLINK" addrgenmode none master br-test up
ip link set br-test up
ok within 60 forwards "$UPLINK"
modprobe -a cls_flower act_mirred act_vlan act_gact sch_ingress
for rep in mfnic0sf101 mfnic0sf102; do
	ok tc qdisc add dev $rep clsact
done

python3 "${0%.sh}.py" "$dev1" "$dev2" || fail "witness"
pair_check
