#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Bad input gets a clear error and harms no other process, with and without a
# thread that polls the queues. It leaves nothing behind, and the kernel log
# stays quiet. The devices are for raw packets only and refuse everything else.
# Bad input of RoCE is in roce.sh, roce-gid.sh and roce-errors.sh.
set -u
. "$(dirname "$0")/../lib/sf.sh"

# These lines have other causes: uverbs complains of flows with a wrong length,
# and clocks complain in a guest that gets no CPU.
warnings() {
	dmesg --level emerg,alert,crit,err,warn |
		grep -vE 'create flow failed|hrtimer: interrupt|clocksource'
}

modprobe -q udmabuf
SF_ATTRS="roce disable" pair_up
warned=$(warnings | wc -l)
badinput "$dev1" "$dev2" "$@" || fail "badinput"
pair_check
echo "# with a thread that polls: cases about queues"
engine 500
if [ $# = 0 ]; then
	mapfile -t cases < <(badinput -l |
		grep -P '^(?!gen-)|^gen-(.*entries|doorbells|kicks|post)')
	set -- "${cases[@]}"
fi
badinput "$dev1" "$dev2" "$@" || fail "badinput, polled"
engine 0
pair_check

# The log explains a refusal to a user who has switched on debug messages.
explains() { # CASE OBJECT
	badinput "$dev1" "$dev2" "$1" >/dev/null || fail "badinput $1"
	dmesg | grep -q ": $2: [0-9]* bytes of driver data" ||
		fail "$1: the log does not say what is wrong with $2"
	echo "ok - $2: the log tells why"
}
echo "module mfraw +p" >/proc/dynamic_debug/control
explains gen-contexts context
explains gen-create-cq CQ
explains gen-create-wq WQ
explains gen-create-qp QP
echo "module mfraw -p" >/proc/dynamic_debug/control

# Devices and driver go away without a complaint about objects that are left.
pair_down
unload mfraw
log=$(warnings | tail -n "+$((warned + 1))")
[ -z "$log" ] || fail "the kernel warns: $(head -20 <<<"$log")"
