# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For guest tests that need RDMA devices: two subfunctions, and checks that a
# test leaves nothing behind. To be sourced.

NIC=${NIC:-mfnic/mfnic0}
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

# sf_up NUMBER MAC: provision and activate; the RDMA device's name on stdout.
sf_up() {
	local port sf _

	modprobe -q ib_uverbs
	port=$(devlink port add "$NIC" flavour pcisf pfnum 0 sfnum "$1" |
		grep -o "$NIC/[0-9]*" | head -1)
	[ -n "$port" ] || { echo "no port for subfunction $1" >&2; return 1; }
	devlink port function set "$port" hw_addr "$2" state active || return 1
	for _ in $(seq 100); do
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

# pair_up: two subfunctions; sets dev1 and dev2. Removed when the test ends.
pair_up() {
	dev1=$(sf_up 101 02:00:00:00:01:01) || fail "subfunction 101"
	dev2=$(sf_up 102 02:00:00:00:01:02) || fail "subfunction 102"
	trap pair_down EXIT
	log_before=$(dmesg | grep -cE "$LOG_LINES")
}

pair_down() {
	local port

	for port in $(devlink port show 2>/dev/null |
			awk '/sfnum 10[12]( |$)/ { sub(/:$/, "", $1); print $1 }'); do
		devlink port del "$port"
	done
}

# pair_check: no object is left on the devices, and no line in the kernel log.
pair_check() {
	local left log

	left=$(rdma resource show | grep -E "$dev1|$dev2" |
		grep -vE 'pd 0 cq 0 qp 0 cm_id 0 mr 0 ctx 0')
	[ -z "$left" ] || fail "objects are left: $left"
	log=$(dmesg | grep -E "$LOG_LINES" | tail -n "+$((log_before + 1))")
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
