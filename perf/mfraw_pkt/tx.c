// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send as fast as the queue takes frames.
 */
#include "port.h"

void mode_tx(struct port *p, const struct options *opt)
{
	uint32_t next = 0, room = DEPTH, i, n;
	struct frame frames[MAX_BATCH];
	struct ibv_wc wc[MAX_BATCH];
	uint64_t done = 0;

	while (go_on(opt, done, done * opt->size)) {
		n = opt->batch;
		if (opt->count && opt->count - done - (DEPTH - room) < n)
			n = opt->count - done - (DEPTH - room);
		if (n <= room) {
			for (i = 0; i < n; i++)
				frames[i] = port_frame(p, next++ % DEPTH, opt);
			port_send(p, frames, n);
			room -= n;
		}
		n = port_poll(p->send_cq, wc, MAX_BATCH);
		for (i = 0; i < n; i++) {
			room += wc[i].wr_id;
			done += wc[i].wr_id;
		}
	}
}
