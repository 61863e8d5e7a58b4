# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For guest tests that need RDMA devices: two subfunctions, and checks that a
# test leaves nothing behind. To be sourced.

NIC=${NIC:-mfnic/mfnic0}
# What the bridge says of its ports is no complaint.
LOG_NOISE='br-[a-z0-9]+: port|(entered|left) (promiscuous|allmulticast) mode|8021q: adding VLAN 0'
LOG_LINES='mf(raw|nic|eth)|uverbs|infiniband|ib_core|BUG|WARNING|INFO: '

fail() { echo "FAIL: $*"; exit 1; }

# ok COMMAND...: it succeeds.
ok() {
	local out

	out=$("$@" 2>&1) || { echo "$out"; fail "$*"; }
	echo "ok - $*"
}

# shows PATTERN COMMAND...: it succeeds and prints the pattern.
shows() {
	local pattern=$1 out

	shift
	out=$("$@" 2>&1) || { echo "$out"; fail "$*"; }
	grep -Eq -- "$pattern" <<<"$out" ||
		{ echo "$out"; fail "$* shows no '$pattern'"; }
	echo "ok - $* shows '$pattern'"
}

# refuses REASON COMMAND...: it fails, and says the reason.
refuses() {
	local reason=$1 out

	shift
	out=$("$@" 2>&1) && fail "$* should have been refused"
	grep -q -- "$reason" <<<"$out" ||
		{ echo "$out"; fail "$* says no '$reason'"; }
	echo "ok - $* is refused: $reason"
}

# rep_of PORT: the representor of a devlink port
rep_of() { devlink -j port show "$1" | jq -r '.port[].netdev'; }

# port_of_sf NUMBER: the devlink port of a subfunction
port_of_sf() {
	devlink -j port show |
		jq -r --argjson n "$1" '.port | to_entries[] | select(.value.sfnum == $n).key'
}

# rep_of_sf NUMBER
rep_of_sf() { rep_of "$(port_of_sf "$1")"; }

# bridge_up: the bridge that connects the subfunctions of a test
bridge_up() {
	[ -e /sys/class/net/br-test ] && return
	# Nobody but the test sends anything.
	sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
	ip link add br-test type bridge mcast_snooping 0 &&
		ip link set br-test addrgenmode none up
}

# within SECONDS COMMAND...: it succeeds by then, tried again and again
within() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# forwards REP: a bridge forwards there. It notices a carrier in its own time.
forwards() { bridge link show dev "$1" | grep -q 'state forwarding'; }

# sf_up NUMBER MAC: provision, activate and connect to the bridge; the RDMA
# device's name on stdout. $SF_ATTRS: more attributes of the port function.
sf_up() {
	local port rep sf _

	modprobe -q ib_uverbs
	bridge_up || return 1
	port=$(devlink port add "$NIC" flavour pcisf pfnum 0 sfnum "$1" |
		grep -o "$NIC/[0-9]*" | head -1)
	[ -n "$port" ] || { echo "no port for subfunction $1" >&2; return 1; }
	# shellcheck disable=SC2086 # words
	devlink port function set "$port" hw_addr "$2" ${SF_ATTRS-} state active ||
		return 1
	rep=$(rep_of "$port")
	ip link set "$rep" addrgenmode none master br-test up || return 1
	bridge fdb add "$2" dev "$rep" master static || return 1
	within 60 forwards "$rep" || { echo "$rep does not forward" >&2; return 1; }
	for _ in $(seq 600); do
		for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
			[ "$(cat "$sf/sfnum" 2>/dev/null)" = "$1" ] || continue
			# User space finds it when it has its verbs device.
			[ -e "$sf/infiniband_verbs" ] &&
				ls "$sf/infiniband" 2>/dev/null && return
		done
		sleep 0.1
	done
	echo "subfunction $1 has no RDMA device" >&2
	return 1
}

# unload MODULE...: none of them is in use, nor about to be loaded: udev still
# has events of devices that are gone, and loads what they needed.
unload() {
	udevadm settle
	ok modprobe -r "$@"
}

# netdev_of_sf NUMBER: the network interface of an active subfunction
netdev_of_sf() {
	local sf

	for sf in /sys/bus/auxiliary/devices/mfnic.sf.*; do
		[ "$(cat "$sf/sfnum")" != "$1" ] || ls "$sf/net"
	done
}

# log_lines: what the kernel log has about the drivers, or complains of
log_lines() { dmesg | grep -E "$LOG_LINES" | grep -vE "$LOG_NOISE"; }

# objects: how many of each kind the devices have; the kernel has some, too
objects() { rdma resource show | grep -E "$dev1|$dev2" | sed 's/^[0-9]*: [^:]*: //'; }

# pair_up: two subfunctions; sets dev1 and dev2. Removed when the test ends.
pair_up() {
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
	dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
	trap pair_down EXIT
	log_before=$(log_lines | wc -l)
	objects_before=$(objects)
}

pair_down() {
	local port

	for port in $(devlink port show 2>/dev/null |
			awk '/sfnum 10[12]( |$)/ { sub(/:$/, "", $1); print $1 }'); do
		devlink port del "$port"
	done
}

# objects_left: what a device that is there has, and the devices had not at first
objects_left() { objects | grep -vxFf <(echo "$objects_before"); }
no_objects_left() { [ -z "$(objects_left)" ]; }

# pair_check: no object is left on the devices, and no line in the kernel log.
pair_check() {
	local log

	# Some go with work that the core put off.
	within 30 no_objects_left ||
		fail "objects are left: $(objects_left); before: $objects_before"
	log=$(log_lines | tail -n "+$((log_before + 1))")
	[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
}

# counter DEVICE NAME
counter() { cat "/sys/class/infiniband/$1/ports/1/hw_counters/$2"; }

# engine USECS: how long the polling threads of all devices stay awake; 0: none
engine() {
	local f

	for f in /sys/bus/auxiliary/devices/*/engine/poll_usecs; do
		echo "$1" >"$f" || fail "$f"
	done
}
