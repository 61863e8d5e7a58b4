#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Bad input gets a clear error and harms nobody, with and without a thread that
# polls the queues; nothing is left behind, and the kernel log stays quiet. The
# devices are for raw packets only, so that all else must be refused; what there
# is with RoCE has its bad input in roce.sh, roce-gid.sh and roce-errors.sh.
set -u
. "$(dirname "$0")/../lib/sf.sh"

# Not ours: what uverbs says of flows whose length is wrong, and the clocks of a
# guest that gets no CPU.
warnings() {
	dmesg --level emerg,alert,crit,err,warn |
		grep -vE 'create flow failed|hrtimer: interrupt|clocksource'
}

modprobe -q udmabuf
SF_ATTRS="roce disable" pair_up
warned=$(warnings | wc -l)
badinput "$dev1" "$dev2" "$@" || fail "badinput"
pair_check
echo "# with a thread that polls: what comes to the queues"
engine 500
if [ $# = 0 ]; then
	mapfile -t cases < <(badinput -l |
		grep -P '^(?!gen-)|^gen-(.*entries|doorbells|kicks|post)')
	set -- "${cases[@]}"
fi
badinput "$dev1" "$dev2" "$@" || fail "badinput, polled"
engine 0
pair_check

# Whoever asks for it is told why.
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

# The devices and the driver go, and complain of nothing that they still have.
pair_down
unload mfraw
log=$(warnings | tail -n "+$((warned + 1))")
[ -z "$log" ] || fail "the kernel warns: $(head -20 <<<"$log")"
