// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receive and count frames.
 */
#include "port.h"

void mode_rx(struct port *p, const struct options *opt)
{
	struct frame frames[MAX_BATCH];
	struct ibv_wc wc[MAX_BATCH];
	uint64_t done = 0, bytes = 0;
	uint32_t i, n;

	for (i = 0; i < DEPTH; i++)
		port_recv(p, &(struct frame){ .slot = i }, 1);
	while (go_on(opt, done, bytes)) {
		n = port_poll(p->recv_cq, wc, opt->batch);
		for (i = 0; i < n; i++) {
			/* A program would look at port_slot(p, wr_id) here. */
			frames[i].slot = wc[i].wr_id;
			bytes += wc[i].byte_len;
		}
		port_recv(p, frames, n);
		done += n;
	}
}
