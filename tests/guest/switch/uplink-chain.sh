#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# The interface of a NIC is the uplink of another NIC, and so on. Four NICs in a row
# carry frames, ten drop them without harm, and a ring is refused.
set -u
. "$(dirname "$0")/../lib/sf.sh"

LOG_NOISE="$LOG_NOISE|link becomes ready|page_pool"
NICS=10

# nic_up N: make NIC N with a subfunction; a rule redirects its frames to the uplink
nic_up() {
	local nic=mfnic/mfnic$1 rep

	echo "$1" >/sys/bus/mfnic/new_device || fail "NIC $1"
	devlink port add "$nic" flavour pcisf pfnum 0 sfnum "$1" >/dev/null ||
		fail "a subfunction of NIC $1"
	devlink port function set "$nic/1" state active || fail "$nic/1"
	rep=$(rep_of "$nic/1")
	ip link set "$rep" addrgenmode none up || fail "$rep"
	ip link set "mfnic${1}p0" addrgenmode none up || fail "mfnic${1}p0"
	tc qdisc add dev "$rep" clsact || fail "clsact"
	tc filter add dev "$rep" ingress matchall skip_sw \
		action mirred egress redirect dev "mfnic${1}p0" ||
		fail "a rule of NIC $1"
}

LOG_NOISE="$LOG_NOISE|bond-test"
pair_up
modprobe -a act_mirred cls_matchall
for n in $(seq $NICS); do
	nic_up "$n"
	eth[n]=$(netdev_of_sf "$n")
	ip link set "${eth[n]}" addrgenmode none up || fail "${eth[n]}"
done
ip link add wire0 type veth peer name wire1
ip link set wire1 addrgenmode none up
ip link set wire0 master mfnic${NICS}p0 || fail "the wire"
for n in $(seq $((NICS - 1))); do
	ip link set "${eth[n + 1]}" master "mfnic${n}p0" || fail "uplink $n"
done

cat >/tmp/chain.py <<'PY'
import sys
from mfraw_test.raw import Netdev, frame

far, near = Netdev('wire1'), Netdev(sys.argv[1])
sent = frame('02:00:00:00:77:01', data=bytes(100))
near.send(sent)
got = far.received()
assert got == ([sent] if sys.argv[2] == 'yes' else []), got
PY
python3 /tmp/chain.py "${eth[NICS - 3]}" yes || fail "four NICs in a row"
echo "ok - four NICs in a row"
python3 /tmp/chain.py "${eth[1]}" no || fail "$NICS NICs in a row"
shows "TX.* 1 " awk '/TX:/ { getline; print "TX " $0 }' \
	<(ip -s link show mfnic5p0)
echo "ok - frames through $NICS NICs are dropped"

# A device that leads back to the uplink is refused, by a way of any length.
ip link set wire0 nomaster
refuses "leads to this uplink" ip link set "${eth[1]}" master mfnic${NICS}p0
refuses "leads to this uplink" ip link set "$(rep_of mfnic/mfnic1/1)" \
	master mfnic${NICS}p0
refuses "leads to this uplink" ip link set "${eth[NICS]}" nomaster \
	master mfnic${NICS}p0
ok ip link set "${eth[NICS]}" nomaster
# So is a device that has such a device below it, or that would get one later.
ok ip link add link "${eth[NICS]}" name tagged type vlan id 5
refuses "leads to this uplink" ip link set tagged master mfnic${NICS}p0
ok ip link del tagged
ok ip link set "${eth[1]}" master mfnic${NICS}p0
ok ip link set "${eth[2]}" nomaster
ok ip link add bond-test type bond mode active-backup fail_over_mac active
ok ip link set bond-test master mfnic1p0
ok ip link set "${eth[NICS]}" down
refuses "leads to the uplink" ip link set "${eth[NICS]}" master bond-test
ok ip link set "${eth[1]}" nomaster
ok ip link set "${eth[NICS]}" master bond-test
ok ip link del bond-test
for n in $(seq $NICS); do
	echo "$n" >/sys/bus/mfnic/del_device || fail "NIC $n can't be deleted"
done
pair_check
