#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# qperf measures reliable connections that the connection manager makes. Its other
# transports address by LID. RoCE has no LIDs, and qperf refuses these transports.
set -u
. "$(dirname "$0")/lib-app.sh"
needs qperf

pair_up
roce_up
# The server of qperf 0.4.11 names its port before it listens there, and the client may be
# faster. Here it listens as soon as it has the port, as later versions do.
cat >/tmp/listen.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <rdma/rdma_cma.h>

int rdma_bind_addr(struct rdma_cm_id *id, struct sockaddr *addr)
{
	int (*bind)(struct rdma_cm_id *, struct sockaddr *) =
		dlsym(RTLD_NEXT, "rdma_bind_addr");
	int (*listen)(struct rdma_cm_id *, int) = dlsym(RTLD_NEXT, "rdma_listen");

	return bind(id, addr) ?: listen(id, 0);
}

int rdma_listen(struct rdma_cm_id *id, int backlog)
{
	return 0;
}
END
ok gcc -shared -fPIC -o /tmp/listen.so /tmp/listen.c
behind ip netns exec ns2 env LD_PRELOAD=/tmp/listen.so qperf
within 300 listens ns2 19765 || fail "qperf does not listen"

# A peer that has posted no receive yet answers with an RNR NAK, and a connection of
# the manager then waits 0.66 s. So a measurement of one second would be too short.

# measures TEST UNIT LEAST [OPTION...]: qperf has a result, and the device has received
# LEAST bytes
measures() {
	local test=$1 unit=$2 least=$3

	shift 3
	traffic_before
	runs 300 /tmp/out ip netns exec ns1 qperf -cm 1 -t 4 "$@" 192.0.2.2 "$test"
	has /tmp/out "^ +$unit += +[0-9.]*[1-9]"
	traffic_since "$least"
}

measures rc_bw bw 100000 -m 64K
measures rc_bi_bw bw 100000 -m 64K
measures rc_lat latency 1000 -m 64
measures rc_rdma_write_bw bw 100000 -m 64K
measures rc_rdma_write_lat latency 1000 -m 64
measures rc_rdma_write_poll_lat latency 1000 -m 64
measures rc_rdma_read_bw bw 1000 -m 64K
measures rc_rdma_read_lat latency 1000 -m 64
measures rc_fetch_add_mr msg_rate 1000
measures rc_compare_swap_mr msg_rate 1000
measures ver_rc_fetch_add msg_rate 1000
measures ver_rc_compare_swap msg_rate 1000
# The network interface of the port works, too.
traffic_before
runs 300 /tmp/out ip netns exec ns1 qperf -t 1 192.0.2.2 tcp_bw udp_lat
has /tmp/out '^ +bw += +[0-9.]*[1-9]'

kill "$behind_pid"
wait
roce_down
pair_check
