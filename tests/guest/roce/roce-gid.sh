#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# mfraw-test: quick
#
# Objects of RoCEv2 beside queue pairs: the GIDs that a port has from its
# network interface, the operator's switch for RoCE, address handles, shared
# receive queues and memory windows.
set -u
. "$(dirname "$0")/../lib/sf.sh"

port=/sys/class/infiniband

# gid_of ADDRESS: print the GID as sysfs shows it. The caller writes an IPv6
# address in full.
gid_of() {
	local a b c d

	case $1 in
	*.*) IFS=. read -r a b c d <<<"$1"
		printf '0000:0000:0000:0000:0000:ffff:%02x%02x:%02x%02x' \
			"$a" "$b" "$c" "$d" ;;
	*) echo "$1" ;;
	esac
}

# index_of DEVICE GID: print the index in the table
index_of() { (cd "$port/$1/ports/1/gids" && grep -lx "$2" -- * 2>/dev/null); }

# gid_index DEVICE ADDRESS: print the index of the address
gid_index() { index_of "$1" "$(gid_of "$2")"; }

# gid_appears DEVICE ADDRESS [INTERFACE]: wait until the core has added the GID.
gid_appears() {
	local attrs=$port/$1/ports/1/gid_attrs gid index _

	gid=$(gid_of "$2")
	for _ in $(seq 600); do
		index=$(index_of "$1" "$gid")
		[ -n "$index" ] && break
		sleep 0.1
	done
	[ -n "$index" ] ||
		fail "$1 has no GID of $2: $(gid_list "$1")"
	shows "^RoCE v2$" cat "$attrs/types/$index"
	[ -z "${3-}" ] || shows "^$3$" cat "$attrs/ndevs/$index"
	echo "ok - $1 has the GID of $2"
}

# gid_goes DEVICE ADDRESS: wait until the core has removed the GID.
gid_goes() {
	local gid _

	gid=$(gid_of "$2")
	for _ in $(seq 600); do
		[ -n "$(index_of "$1" "$gid")" ] || break
		sleep 0.1
	done
	[ -z "$(index_of "$1" "$gid")" ] || fail "$1 still has the GID of $2"
	echo "ok - $1 has no GID of $2"
}

# gid_list DEVICE: print all GIDs
gid_list() { cat "$port/$1"/ports/1/gids/* | grep -v '^[0:]*$'; }

# other_than DEVICE: print the other device
other_than() {
	local dev

	for dev in "$port"/*; do
		[ "${dev##*/}" = "$1" ] || echo "${dev##*/}"
	done
}

netdev_of() { ls "$port/$1/device/net"; }

# netdev_back DEVICE: wait for its network interface, and print the name.
netdev_back() {
	local _

	for _ in $(seq 600); do
		netdev_of "$1" 2>/dev/null | grep . && return
		sleep 0.1
	done
	return 1
}

pair_up
eui1=fe80:0000:0000:0000:0000:00ff:fe00:0101
ip1=2001:0db8:0000:0000:0000:0000:0000:0001
port1=$(port_of_sf 101)
if1=$(netdev_of "$dev1") || fail "no network interface beside $dev1"

# The attributes and the default GID of a new device.
shows "$dev1/1 .*netdev $if1" rdma link show "$dev1/1"
shows "link_layer:\s*Ethernet" ibv_devinfo -d "$dev1"
shows "active_mtu:\s*1024" ibv_devinfo -d "$dev1"
shows "^256$" cat <(ls "$port/$dev1/ports/1/gids" | wc -l)
gid_appears "$dev1" "$eui1" "$if1"
[ "$(gid_index "$dev1" "$eui1")" = 0 ] || fail "the default GID is not the first"

# Addresses come and go.
ok sysctl -q "net.ipv6.conf.$if1.disable_ipv6=0"
ok ip link set "$if1" up
ok ip addr add 10.1.1.1/24 dev "$if1"
gid_appears "$dev1" 10.1.1.1 "$if1"
ok ip addr add 2001:db8::1/64 dev "$if1" nodad
gid_appears "$dev1" "$ip1" "$if1"
ok ip addr del 10.1.1.1/24 dev "$if1"
gid_goes "$dev1" 10.1.1.1
ok ip addr add 10.1.1.1/24 dev "$if1"
gid_appears "$dev1" 10.1.1.1 "$if1"
[ -z "$(gid_index "$dev2" 10.1.1.1)" ] || fail "$dev2 has the GID, too"

# A vlan interface has addresses of its own.
ok ip link add link "$if1" name v5 type vlan id 5
ok ip addr add 10.1.5.1/24 dev v5
ok ip link set v5 up
gid_appears "$dev1" 10.1.5.1 v5
ok ip link del v5
gid_goes "$dev1" 10.1.5.1

# In another namespace, the addresses of that namespace count, until the
# interface leaves it.
ip netns add blue
ok ip link set "$if1" netns blue
gid_goes "$dev1" 10.1.1.1
gid_goes "$dev1" "$ip1"
gid_appears "$dev1" "$eui1"
ok ip netns exec blue ip link set "$if1" up
ok ip netns exec blue ip addr add 10.1.2.1/24 dev "$if1"
gid_appears "$dev1" 10.1.2.1
ok ip netns exec blue ip link set "$if1" netns 1
gid_goes "$dev1" 10.1.2.1
ip netns del blue
ok ip link set "$if1" up
ok ip addr add 10.1.1.1/24 dev "$if1"
gid_appears "$dev1" 10.1.1.1 "$if1"

# One of the two drivers is unloaded and loaded again. The other one goes on.
frames --count 200 "$dev1" "$dev2" || fail "raw frames beside RoCE"
unload mfraw
ok modprobe mfraw
for _ in $(seq 600); do
	[ -e "/sys/class/net/$if1/device/infiniband_verbs" ] && break
	sleep 0.1
done
dev1=$(ls "/sys/class/net/$if1/device/infiniband")
dev2=$(other_than "$dev1")
gid_appears "$dev1" 10.1.1.1 "$if1"
unload mfeth
gid_goes "$dev1" "$eui1"
no_gids() { [ -z "$(gid_list "$dev1")" ]; }
within 60 no_gids || fail "GIDs are left: $(gid_list "$dev1")"
rdma link show "$dev1/1" | grep -q netdev && fail "the netdev is gone, but shown"
shows "state ACTIVE" rdma link show "$dev1/1"
frames --count 200 "$dev1" "$dev2" || fail "raw frames without mfeth"
ok modprobe mfeth
if1=$(netdev_back "$dev1") || fail "the network interface does not come back"
gid_appears "$dev1" "$eui1" "$if1"

# A reload of the subfunction removes an address with its interface.
ok ip link set "$if1" up
ok ip addr add 10.1.1.1/24 dev "$if1"
gid_appears "$dev1" 10.1.1.1
sf=$(basename "$(readlink -f "$port/$dev1/device")")
ok devlink dev reload "auxiliary/$sf"
dev1=$(ls "/sys/bus/auxiliary/devices/$sf/infiniband")
if1=$(netdev_back "$dev1") || fail "no network interface after the reload"
gid_appears "$dev1" "$eui1" "$if1"
[ -z "$(gid_index "$dev1" 10.1.1.1)" ] || fail "a GID outlives its interface"

# Objects beside queue pairs. The neighbours are static, since no station
# answers.
ok sysctl -q "net.ipv6.conf.$if1.disable_ipv6=0"
ok ip link set "$if1" up
ok ip addr add 10.1.1.1/24 dev "$if1"
ok ip addr add 2001:db8::1/64 dev "$if1" nodad
ok ip link add link "$if1" name v5 type vlan id 5
ok ip addr add 10.1.5.1/24 dev v5
ok ip link set v5 up
ok ip neigh add 10.1.1.2 lladdr 02:00:00:00:01:02 dev "$if1"
ok ip neigh add 2001:db8::2 lladdr 02:00:00:00:01:02 dev "$if1"
ok ip neigh add 10.1.5.2 lladdr 02:00:00:00:01:02 dev v5
gid_appears "$dev1" 10.1.1.1
gid_appears "$dev1" "$ip1"
gid_appears "$dev1" 10.1.5.1
python3 "${0%.sh}.py" "$dev1" \
	"$(gid_index "$dev1" 10.1.1.1)" "$(gid_index "$dev1" "$ip1")" \
	"$(gid_index "$dev1" 10.1.5.1)" || fail "objects"
ok ip link del v5
pair_check

# The operator disables RoCE.
ok devlink port function set "$port1" state inactive
ok devlink port function set "$port1" roce disable
ok devlink port function set "$port1" state active
for _ in $(seq 600); do
	dev1=$(other_than "$dev2")
	[ -e "$port/$dev1/device/infiniband_verbs" ] && break
	sleep 0.1
done
if1=$(netdev_back "$dev1") || fail "no network interface without RoCE"
shows "$dev1/1 .*netdev $if1" rdma link show "$dev1/1"
ok ip link set "$if1" up
ok ip addr add 10.1.1.1/24 dev "$if1"
shows "^1$" cat <(ls "$port/$dev1/ports/1/gids" | wc -l)
shows "^$(gid_of "$eui1")$" cat "$port/$dev1/ports/1/gids/0"
shows "RoCE v1" cat "$port/$dev1/ports/1/gid_attrs/types/0"
python3 - "$dev1" <<'EOF' || fail "RoCE is not disabled"
import errno
import sys
from mfraw_test import enums as e
from pyverbs.addr import AH, AHAttr, GID, GlobalRoute
from pyverbs.mr import MW
from pyverbs.srq import SRQ, SrqAttr, SrqInitAttr
from mfraw_test.raw import Port
from pyverbs.pyverbs_error import PyverbsRDMAError

port = Port(sys.argv[1])
dev = port.ctx.query_device()
for name in ('max_ah', 'max_mw', 'max_srq', 'max_qp_rd_atom'):
    assert getattr(dev, name) == 0, name
assert dev.atomic_caps == e.IBV_ATOMIC_NONE
gr = GlobalRoute(dgid=GID('fe80' + 7 * ':0001'), sgid_index=0)
for name, make in (
        ('AH', lambda: AH(port.pd, attr=AHAttr(gr=gr, is_global=1))),
        ('SRQ', lambda: SRQ(port.pd, SrqInitAttr(SrqAttr(16, 1)))),
        ('MW', lambda: MW(port.pd, e.IBV_MW_TYPE_2))):
    try:
        make()
    except PyverbsRDMAError as err:
        assert err.error_code in (errno.EOPNOTSUPP, errno.ENOSYS), (name, err)
        print('ok - refused:', name)
    else:
        raise AssertionError(name)
EOF
frames --count 200 "$dev1" "$dev2" || fail "raw frames without RoCE"
ok devlink port function set "$port1" state inactive
ok devlink port function set "$port1" roce enable
ok devlink port function set "$port1" state active
pair_check
