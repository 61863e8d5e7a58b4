# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For guest tests that need RDMA devices: two subfunctions, and checks that a
# test leaves nothing behind. Tests source it.

# The driver whose subfunctions a test has, and its NIC: mfnic, or mfigb, see igb.sh.
PARENT=${PARENT:-mfnic}
NIC=${NIC:-mfnic/mfnic0}
# These lines of the log are no complaints: the bridge reports its ports, and
# the core reports links. The core also reports a frame for a device without
# queues, which it drops. This happens if a packet socket has checked the flags
# of a device just before the device goes away.
LOG_NOISE='br-[a-z0-9]+: port|(entered|left) (promiscuous|allmulticast) mode|8021q: adding VLAN 0|Port: 1 Link [A-Z]+$|selects TX queue 0, but real number of TX queues is 0$|mfigb .*: link is (up|down)$'
LOG_LINES='mf(raw|nic|igb|steer|port|eth)|uverbs|infiniband|ib_core|BUG|WARNING|INFO: '

# shellcheck source=../../../scripts/judge.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../../scripts/judge.sh"
# Python finds the package mfraw_test there.
PYTHONPATH=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
export PYTHONPATH

# pause SECONDS: wait without a program, since programs start slowly in a guest. The
# pipe never has data.
exec {never}<> <(:)
pause() { read -rt "$1" -u "$never" || :; }

# A test reports by these functions.
net_before=$(cd /sys/class/net && echo *)

fail() { echo "FAIL: $*"; exit 1; }

# ok COMMAND...: the command succeeds.
ok() {
	local out

	out=$("$@" 2>&1) || { echo "$out"; fail "$*"; }
	echo "ok - $*"
}

# shows PATTERN COMMAND...: the command succeeds, and its output matches.
shows() {
	local pattern=$1 out

	shift
	out=$("$@" 2>&1) || { echo "$out"; fail "$*"; }
	[[ $out == *"$pattern"* ]] || grep -Eq -- "$pattern" <<<"$out" ||
		{ echo "$out"; fail "$* shows no '$pattern'"; }
	echo "ok - $* shows '$pattern'"
}

# refuses REASON COMMAND...: the command fails, and its output has the reason.
refuses() {
	local reason=$1 out

	shift
	out=$("$@" 2>&1) && fail "$* should have been refused"
	[[ $out == *"$reason"* ]] || grep -q -- "$reason" <<<"$out" ||
		{ echo "$out"; fail "$* says no '$reason'"; }
	echo "ok - $* is refused: $reason"
}

# Programs start slowly in an emulated guest, so these functions use the shell
# alone where they can.

# rep_of PORT: print the representor of a devlink port.
rep_of() { [[ $(devlink port show "$1") =~ netdev\ ([^\ ]+) ]] && echo "${BASH_REMATCH[1]}"; }

# port_of_sf NUMBER: print the devlink port of a subfunction.
port_of_sf() {
	local port rest

	while read -r port rest; do
		[[ "$rest " != *" sfnum $1 "* ]] || echo "${port%:}"
	done < <(devlink port show)
}

# rep_of_sf NUMBER: print the representor of a subfunction.
rep_of_sf() { rep_of "$(port_of_sf "$1")"; }

# rdma_of_sf NUMBER: print its RDMA device. The auxiliary device may have a new
# number, if the old one still exists when the new one is made.
rdma_of_sf() {
	local dir

	dir=$(grep -lx "$1" /sys/bus/auxiliary/devices/"$PARENT".sf.*/sfnum) &&
		ls "${dir%/sfnum}/infiniband"
}

# bridge_up: make the bridge that connects the subfunctions of a test.
bridge_up() {
	[ -e /sys/class/net/br-test ] && return
	# Only the test sends frames.
	sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
	ip link add br-test type bridge mcast_snooping 0 &&
		ip link set br-test addrgenmode none up
}

# within SECONDS COMMAND...: repeat the command until it succeeds, for at most
# that time.
within() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		pause 0.1
	done
}

# forwards REP: the bridge port forwards. A bridge notices a carrier some time
# later.
forwards() { [[ $(bridge link show dev "$1") == *'state forwarding'* ]]; }

# sf_connect PORT MAC: connect the representor of a subfunction to the bridge. The
# pools of an 82576 have no representors: the device connects them.
sf_connect() {
	local rep

	[ "$PARENT" = mfnic ] || return 0
	rep=$(rep_of "$1")
	ip link set "$rep" addrgenmode none master br-test up || return 1
	bridge fdb add "$2" dev "$rep" master static || return 1
	within 60 forwards "$rep" || { echo "$rep does not forward" >&2; return 1; }
}

# sf_up NUMBER MAC: create a subfunction, activate it and connect it to the
# bridge; print the name of its RDMA device. $SF_ATTRS has more attributes of
# the port function.
sf_up() {
	local port sf dev number _

	[ -e /sys/module/ib_uverbs ] || modprobe -q ib_uverbs
	bridge_up || return 1
	[[ $(devlink port add "$NIC" flavour pcisf pfnum 0 sfnum "$1") =~ ($NIC/[0-9]+): ]] ||
		{ echo "no port for subfunction $1" >&2; return 1; }
	port=${BASH_REMATCH[1]}
	# shellcheck disable=SC2086 # words
	devlink port function set "$port" hw_addr "$2" ${SF_ATTRS-} state active ||
		return 1
	sf_connect "$port" "$2" || return 1
	for _ in {1..600}; do
		for sf in /sys/bus/auxiliary/devices/"$PARENT".sf.*; do
			read -r number 2>/dev/null <"$sf/sfnum" && [ "$number" = "$1" ] ||
				continue
			# User space finds the device once its verbs device exists.
			[ -e "$sf/infiniband_verbs" ] || continue
			for dev in "$sf"/infiniband/*; do
				[ ! -e "$dev" ] || { echo "${dev##*/}"; return; }
			done
		done
		pause 0.1
	done
	echo "subfunction $1 has no RDMA device" >&2
	return 1
}

# unload MODULE...: unload modules that are not in use. udev may still have
# events of old devices, for which it would load the modules again, so wait
# until it has none.
unload() {
	udevadm settle
	ok modprobe -r "$@"
}

# netdev_of_sf NUMBER: print the network interface of an active subfunction.
netdev_of_sf() {
	local sf

	for sf in /sys/bus/auxiliary/devices/"$PARENT".sf.*; do
		[ "$(cat "$sf/sfnum")" != "$1" ] || ls "$sf/net"
	done
}

# nic MODULE: print the network device of that driver.
nic() {
	local dev driver

	modprobe "$1" || fail "$1"
	udevadm settle
	for dev in /sys/class/net/*; do
		driver=$(basename "$(readlink -f "$dev/device/driver")")
		[ "$driver" != "$1" ] || basename "$dev"
	done
}

# log_lines: print lines of the kernel log about the drivers, and complaints.
log_lines() {
	dmesg | judge_skip | grep -E "$LOG_LINES" | grep -vE "$LOG_NOISE"
}

# objects: print how many objects of each kind the devices have, including the
# kernel's.
objects() { rdma resource show | grep -E "$dev1|$dev2" | sed 's/^[0-9]*: [^:]*: //'; }

# pair_up: make two subfunctions; set dev1 and dev2. All of it is removed when
# the test ends.
pair_up() {
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
	dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
	log_before=$(log_lines | wc -l)
	objects_before=$(objects)
}

# pair_down: delete all ports, and the namespaces, NICs and software devices
# that the test has added, since other tests run in the same guest.
pair_down() {
	local name

	for name in $(ip netns list | sed 's/ .*//'); do ip netns del "$name"; done
	for name in $(devlink port show 2>/dev/null |
			sed -n 's/^\([^ ]*\): .* flavour pcisf .*/\1/p'); do
		devlink port del "$name"
	done
	for name in /sys/bus/mfnic/devices/mfnic*; do
		name=${name##*/mfnic}
		[ ! -e "/sys/bus/mfnic/devices/mfnic$name" ] || [ "$name" = 0 ] ||
			echo "$name" >/sys/bus/mfnic/del_device
	done 2>/dev/null
	for name in /sys/class/net/*; do
		name=${name##*/}
		[[ " $net_before " == *" $name "* ]] ||
			[ -e "/sys/class/net/$name/device" ] ||
			ip link del "$name"
	done 2>/dev/null
	tc qdisc del dev mfnic0p0 clsact 2>/dev/null
	[ "$PARENT" != mfigb ] || igb_unbind "$IGB"
	return 0
}

# objects_left: print objects of the devices that did not exist at first.
objects_left() { objects | grep -vxFf <(echo "$objects_before"); }
no_objects_left() { [ -z "$(objects_left)" ]; }

# pair_check: no object is left on the devices, and no line in the kernel log.
pair_check() {
	local log

	# The core frees some objects later.
	within 30 no_objects_left ||
		fail "objects are left: $(objects_left); before: $objects_before"
	log=$(log_lines | tail -n "+$((log_before + 1))")
	[ -z "$log" ] || fail "the kernel log has: $(head -20 <<<"$log")"
}

# counter DEVICE NAME: print a counter of the device's port.
counter() { cat "/sys/class/infiniband/$1/ports/1/hw_counters/$2"; }

# engine USECS: set poll_usecs of all devices. With 0, no thread polls.
engine() {
	local f

	for f in /sys/bus/auxiliary/devices/*/engine/poll_usecs; do
		echo "$1" >"$f" || fail "$f"
	done
}

# This runs however the test ends.
trap pair_down EXIT

if [ "$PARENT" = mfigb ]; then
	# shellcheck source=igb.sh
	. "$(dirname "${BASH_SOURCE[0]}")/igb.sh"
	IGB=$(igb_addr) || fail "the guest has no 82576: --nic igb"
	[ "$(igb_driver "$IGB")" = mfigb ] || igb_bind "$IGB" || fail "mfigb does not start"
	NIC=pci/$IGB
fi
