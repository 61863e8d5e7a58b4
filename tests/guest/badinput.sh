#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Bad input gets a clear error and harms nobody, with and without a thread that
# polls the queues; nothing is left behind, and the kernel log stays quiet.
set -u
. "$(dirname "$0")/lib-sf.sh"

# What uverbs itself says of flows whose length is wrong is no complaint of ours.
warnings() {
	dmesg --level emerg,alert,crit,err,warn | grep -v 'create flow failed'
}

modprobe -q udmabuf
pair_up
warned=$(warnings | wc -l)
badinput "$dev1" "$dev2" "$@" || fail "badinput"
pair_check
echo "# with a thread that polls: what comes to the queues"
engine 500
mapfile -t cases < <(badinput -l | grep -Ev '^gen-|wq-' &&
	badinput -l | grep -E '^gen-(.*entries|doorbells|post)')
badinput "$dev1" "$dev2" "${@:-${cases[@]}}" || fail "badinput, polled"
engine 0
pair_check

# The devices and the driver go, and complain of nothing that they still have.
pair_down
ok modprobe -r mfraw
log=$(warnings | tail -n "+$((warned + 1))")
[ -z "$log" ] || fail "the kernel warns: $(head -20 <<<"$log")"
