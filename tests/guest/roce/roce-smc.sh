#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# mfraw-needs: processors
#
# SMC-R: sockets of AF_SMC, for which the kernel uses the RDMA devices of both sides.
# On one processor a server's first message comes before the kernel of the client,
# which is the same, expects it.
set -u
here=$(dirname "$0")
. "$here/../lib/sf.sh"
. "$here/../lib/roce.sh"
LOG_NOISE="$LOG_NOISE|smc: "

modprobe smc || fail "no smc"

smc_down() {
	pair_down
	# It keeps what it had for connections a while, unless the devices go.
	within 60 modprobe -r smc
}
trap smc_down EXIT

pair_up
roce_up
timeout 100 python3 "${0%.sh}.py" || fail "no SMC-R"
# What both sides keep for later connections is in use, and goes with the port.
ok devlink port function set "$(port_of_sf 101)" state inactive
roce_down
ok devlink port function set "$(port_of_sf 102)" state inactive
log=$(log_lines | tail -n "+$((log_before + 1))")
[ -z "$log" ] || fail "the kernel log has: $log"
