// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send each frame back to its sender, from the memory that received it.
 */
#include <string.h>

#include "port.h"

void mode_reflect(struct port *p, const struct options *opt)
{
	struct frame frames[MAX_BATCH], sending[DEPTH];
	uint32_t head = 0, tail = 0, i, n;
	uint64_t done = 0, bytes = 0;
	struct ibv_wc wc[MAX_BATCH];
	uint8_t *data;

	for (i = 0; i < DEPTH; i++)
		port_recv(p, &(struct frame){ .slot = i }, 1);
	while (go_on(opt, done, bytes)) {
		n = port_poll(p->recv_cq, wc, opt->batch);
		for (i = 0; i < n; i++) {
			frames[i].slot = wc[i].wr_id;
			frames[i].len = wc[i].byte_len;
			data = port_slot(p, frames[i].slot);
			memcpy(data, data + 6, 6);
			memcpy(data + 6, p->mac, 6);
			sending[head++ % DEPTH] = frames[i];
		}
		port_send(p, frames, n);

		/* Requests complete in order. */
		if (!port_poll(p->send_cq, wc, 1))
			continue;
		n = wc[0].wr_id;
		for (i = 0; i < n; i++) {
			frames[i] = sending[tail++ % DEPTH];
			bytes += frames[i].len;
		}
		port_recv(p, frames, n);
		done += n;
	}
}
