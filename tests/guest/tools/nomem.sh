#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Fault injection makes each allocation of the kernel for a command fail in turn. The
# command fails, or does without the memory. It leaves nothing behind, and it is
# possible afterwards. Copies from and to user space fail likewise.
#
# RUNS=N tries N allocations of each command, evenly spread (default 1). RUNS=0 tries
# all of them, which takes hours. SEED=N chooses the first one.
set -u
. "$(dirname "$0")/../lib/sf.sh"
. "$(dirname "$0")/../lib/roce.sh"

debug=/sys/kernel/debug
if [ ! -e /proc/self/fail-nth ] || [ ! -d $debug/failslab ]; then
	echo "nomem.sh: the kernel has no fault injection; --kernel check has"
	exit 4
fi
runs=${RUNS:-1}
seed=${SEED:-$RANDOM}
echo "nomem.sh: SEED=$seed"
inject=$(dirname "$(type -P nomem)")/inject.so
out=$(mktemp) || exit

# Allocations that may sleep fail, too, and pages as well as objects. The kernel must
# not report each failure, since the report counts as a complaint.
setting() { # FILE VALUE
	settings+=("$1" "$(cat "$1")")
	echo "$2" >"$1"
}
settings=()
setting $debug/failslab/ignore-gfp-wait N
setting $debug/failslab/verbose 0
setting $debug/fail_page_alloc/ignore-gfp-wait N
setting $debug/fail_page_alloc/min-order 0
setting $debug/fail_page_alloc/verbose 0
[ ! -d $debug/fail_usercopy ] || setting $debug/fail_usercopy/verbose 0

finish() {
	local i

	for ((i = 0; i < ${#settings[@]}; i += 2)); do
		echo "${settings[i + 1]}" >"${settings[i]}"
	done
	rm -f "$out" "$out.text"
	pair_down
}
trap finish EXIT

# failing N COMMAND...: run the command, with allocation N failing
failing() {
	local n=$1

	shift
	: >"$out"
	timeout 60 env LD_PRELOAD="$inject" NOMEM_NTH="$n" NOMEM_OUT="$out" \
		"$@" >"$out.text" 2>&1
}

# each TEXT BEFORE AFTER STATE COMMAND...: run the command with each of its
# allocations failing in turn. The others are functions: BEFORE prepares for the
# command, AFTER removes the preparation and the result of the command, if it has
# one, and STATE prints the objects that exist. @PORT in the command stands for the
# port of subfunction 7.
each() {
	local text=$1 before=$2 after=$3 state=$4 n step total rc was now count=0

	shift 4
	$before || fail "$text: preparation"
	failing 1000000 "${@//@PORT/$port}" ||
		fail "$text: without failure: $(<"$out.text")"
	total=$(sed -n 's/^used //p' "$out")
	[ "${total:-0}" -gt 0 ] || fail "$text: no allocation was counted"
	$after || fail "$text: can't be undone"
	was=$($state)
	step=$((runs ? (total - 1) / runs + 1 : 1))
	for ((n = 1 + seed % step; ; n += step)); do
		$before || fail "$text: preparation after allocation $n failed"
		failing $n "${@//@PORT/$port}"
		rc=$?
		# The command must not die or hang; 255 is a failure of bridge.
		[ $rc -lt 124 ] || [ $rc -eq 255 ] || fail "$text: status $rc as allocation $n failed"
		# The number of allocations varies, so this run may have had fewer than n.
		if ! grep -q '^failed' "$out"; then
			[ $rc -eq 0 ] || fail "$text: status $rc without failure"
			$after || fail "$text: can't be undone"
			break
		fi
		count=$((count + 1))
		$after || fail "$text: can't be undone after allocation $n ($(<"$out"))"
		now=$($state)
		[ "$now" = "$was" ] || within 10 same "$state" "$was" ||
			fail "$text: allocation $n ($(<"$out")) left: $(diff <(echo "$was") <($state))"
	done
	$before && "${@//@PORT/$port}" >/dev/null 2>&1 && $after ||
		fail "$text: the command is not possible any more"
	echo "ok - $text: $count of $total allocations failed ($SECONDS s)"
}
port=
same() { [ "$($1)" = "$2" ]; }
nothing() { :; }

pair_up
net=$(net_of "$dev1") || fail "no network device"
net_up "$dev1" 192.0.2.1/24 || fail "$net"
gid=$(gid_of "$dev1" 192.0.2.1) || fail "no GID"
rep1=$(rep_of_sf 101) rep2=$(rep_of_sf 102)

# Verbs make objects of the device.
verbs_state() { rdma resource show | grep -F "$dev1:"; }
each "verbs of raw packets" nothing nothing verbs_state nomem "$dev1" "$gid" raw
each "verbs of RoCE" nothing nothing verbs_state nomem "$dev1" "$gid" roce

# Ports come and go, with devices if they are active.
port_state() {
	devlink port show | sed 's/ netdev .*//'
	ls /sys/class/infiniband /sys/class/net /sys/bus/auxiliary/devices
}
port_of() { port=$(port_of_sf 7); }
port_add() {
	ok_quiet devlink port add "$NIC" flavour pcisf pfnum 0 sfnum 7 && port_of
}
port_on() {
	port_add &&
		ok_quiet devlink port function set "$port" hw_addr 02:00:00:00:00:07 state active
}
port_del() {
	port_of
	[ -z "$port" ] || devlink port del "$port"
}
ok_quiet() { "$@" >/dev/null; }
each "a port" nothing port_del port_state \
	devlink port add "$NIC" flavour pcisf pfnum 0 sfnum 7
each "a port's address" port_add port_del port_state \
	devlink port function set @PORT hw_addr 02:00:00:00:00:07
each "an active port" port_add port_del port_state \
	devlink port function set @PORT hw_addr 02:00:00:00:00:07 state active
each "an inactive port" port_on port_del port_state \
	devlink port function set @PORT state inactive
each "deletion of a port" port_on port_del port_state devlink port del @PORT
each "a rate" port_add port_del port_state \
	devlink port function rate set @PORT tx_max 1mbit

# tc makes rules, with each action that the switch has.
tc_state() { tc filter show dev "$rep1" ingress | sed 's/ installed .*//'; }
tc_flush() { tc filter del dev "$rep1" ingress; }
rule() { # ACTION...
	each "tc: $*" nothing tc_flush tc_state \
		tc filter add dev "$rep1" ingress prio 1 protocol ip flower skip_sw \
		dst_ip 10.0.0.1 "$@"
}
ok tc qdisc add dev "$rep1" clsact
rule action drop
rule action mirred egress redirect dev "$rep2"
rule action mirred egress mirror dev "$rep2" action drop
rule action vlan push id 5 action mirred egress redirect dev "$rep2"
rule action pedit ex munge eth dst set 02:00:00:00:00:09 pipe \
	action mirred egress redirect dev "$rep2"
rule action police rate 1mbit burst 10k conform-exceed drop/pipe \
	action mirred egress redirect dev "$rep2"
rule action goto chain 1
ok tc qdisc del dev "$rep1" clsact

# A bridge has entries, vlans and ports.
bridge_state() { bridge fdb show; bridge vlan show; }
fdb_del() { bridge fdb del 02:00:00:00:00:08 dev "$rep1" master 2>/dev/null; :; }
each "fdb" nothing fdb_del bridge_state \
	bridge fdb add 02:00:00:00:00:08 dev "$rep1" master static
vlan_del() { bridge vlan del vid 5 dev "$rep1" 2>/dev/null; :; }
each "vlan" nothing vlan_del bridge_state bridge vlan add vid 5 dev "$rep1"
master() {
	ip link set "$rep2" master br-test && forwards_soon "$rep2"
}
forwards_soon() { within 60 forwards "$1"; }
unmaster() { ip link set "$rep2" nomaster; }
ok unmaster
each "a bridge port" nothing unmaster bridge_state \
	ip link set "$rep2" master br-test
ok master

# A network interface changes its state, MTU and rings.
link_state() { ip -br link show "$net"; cat "/sys/class/net/$net/mtu"; }
down() { ip link set "$net" down; }
up() { ip link set "$net" up; }
mtu_back() { ip link set "$net" mtu 1500; }
rings_back() { ethtool -G "$net" rx 256 2>/dev/null; :; }
rings_state() { ethtool -g "$net"; }
ok down
each "an interface up" nothing down link_state ip link set "$net" up
ok up
each "an interface down" up down link_state ip link set "$net" down
ok up
each "an MTU" nothing mtu_back link_state ip link set "$net" mtu 1400
each "rings" nothing rings_back rings_state ethtool -G "$net" rx 512

# The core may log failures. scripts/judge.sh looks for complaints in the log.
within 30 no_objects_left || fail "objects are left: $(objects_left)"
