# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests with a library of MPI, all of which reach devices by UCX here: two
# ranks, each with a device of its own and none of the memory that both could
# share. To be sourced after lib-app.sh.

# mpi_up COMPILER: devices, the program and what starts a rank of it
mpi_up() {
	pair_up
	# Both in one namespace: what starts them wants to reach them.
	net_up "$dev1" 192.0.2.1/24 || fail "$dev1"
	net_up "$dev2" 192.0.2.2/24 || fail "$dev2"
	runs 300 /tmp/cc "$1" -O1 -Wall -o /tmp/mpi "$here/mpi.c"
	# GID 0 is that of IPv6 which the address of the device is a part of.
	cat >/tmp/rank <<-END
		#!/bin/sh
		rank=\${OMPI_COMM_WORLD_RANK:-\$PMI_RANK}
		dev=$dev1
		[ "\$rank" = 0 ] || dev=$dev2
		export UCX_NET_DEVICES=\$dev:1 UCX_IB_GID_INDEX=0 UCX_WARN_UNUSED_ENV_VARS=n
		exec /tmp/mpi
	END
	chmod +x /tmp/rank
}

# mpi_run TRANSPORTS COMMAND...: COMMAND starts the two ranks, which have no other
# transports of UCX.
mpi_run() {
	local transports=$1

	shift
	traffic_before
	runs 300 /tmp/out env "UCX_TLS=$transports,self" "$@" /tmp/rank
	grep '^ok' /tmp/out
	has /tmp/out '^ok - memory of the other rank'
	# Each rank gets more than what is sent once.
	traffic_since $((8 << 20))
}
