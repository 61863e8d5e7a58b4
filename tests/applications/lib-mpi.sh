# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=bash
#
# For tests of MPI libraries, which all use UCX here: two ranks have a device each, and
# no shared memory. To be sourced after lib-app.sh.

# mpi_up COMPILER: make the devices, the program mpi.c, and the script that starts a
# rank of it
mpi_up() {
	pair_up
	# Both ranks are in one namespace, where their launcher reaches them.
	net_up "$dev1" 192.0.2.1/24 || fail "$dev1"
	net_up "$dev2" 192.0.2.2/24 || fail "$dev2"
	runs 300 /tmp/cc "$1" -O1 -Wall -o /tmp/mpi "$here/mpi.c"
	# GID 0 is the link-local one of IPv6, which contains the MAC of the device.
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

# mpi_run TRANSPORTS COMMAND...: COMMAND starts the two ranks, which may only use these
# transports of UCX
mpi_run() {
	local transports=$1

	shift
	traffic_before
	runs 300 /tmp/out env "UCX_TLS=$transports,self" "$@" /tmp/rank
	grep '^ok' /tmp/out
	has /tmp/out '^ok - memory of the other rank'
	# A rank receives more than 8 MiB of payload.
	traffic_since $((8 << 20))
}
