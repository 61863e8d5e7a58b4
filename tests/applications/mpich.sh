#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# Two ranks of MPICH use messages, collectives and one-sided access, by UCX.
set -u
. "$(dirname "$0")/lib-app.sh"
. "$here/lib-mpi.sh"
needs mpiexec.mpich mpicc.mpich

mpi_up mpicc.mpich
for transports in rc ud; do
	mpi_run $transports env MPIR_CVAR_NOLOCAL=1 mpiexec.mpich \
		-launcher fork -n 2
	has /tmp/out '^ok - MPICH'
done
pair_check
