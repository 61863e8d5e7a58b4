#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Two ranks of Open MPI use messages, collectives and one-sided access, by UCX.
set -u
. "$(dirname "$0")/lib-app.sh"
. "$here/lib-mpi.sh"
needs mpirun.openmpi mpicc.openmpi

mpi_up mpicc.openmpi
for transports in rc ud; do
	mpi_run $transports mpirun.openmpi --allow-run-as-root --oversubscribe \
		-n 2 --mca pml ucx --mca osc ucx
	has /tmp/out '^ok - Open MPI'
done
pair_check
