#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# mfraw-needs: processors
#
# SMC-R: the kernel uses the RDMA devices of both sides for sockets of AF_SMC.
# With one processor, the first message of the server arrives before the
# client's part of the kernel expects it.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
LOG_NOISE="$LOG_NOISE|smc: "

# Debian's kernel of Linux 7.2 has no SMC.
modinfo -n smc >/dev/null 2>&1 || { echo "skipped: this kernel has no SMC"; exit 4; }
modprobe smc || fail "no smc"

smc_down() {
	pair_down
	# SMC keeps its objects for later connections, unless the devices go
	# away.
	within 60 modprobe -r smc
}
trap smc_down EXIT

pair_up
roce_up
timeout 100 python3 "${0%.sh}.py" || fail "sockets of SMC"
# The objects that both sides keep for later connections are in use, and go
# away with the port.
ok devlink port function set "$(port_of_sf 101)" state inactive
roce_down
ok devlink port function set "$(port_of_sf 102)" state inactive
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $log"
