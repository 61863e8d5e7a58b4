// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Life of a send or receive queue.
 */
#include <errno.h>
#include <stdlib.h>

#include <ccan/minmax.h>

#include "queue.h"

/*
 * Set up @q, which is zero, for a ring in the mapping at @map. @locked is false
 * if only one thread posts. Returns 0 or an error number.
 */
int mfraw_queue_init(struct mfraw_queue *q, void *map,
		     const struct mfraw_queue_layout *layout, bool locked)
{
	int ret;

	if (layout->entries) {
		q->wrid = calloc(layout->entries, sizeof(*q->wrid));
		if (!q->wrid)
			return ENOMEM;
	}
	ret = mfraw_lock_init(&q->lock, locked);
	if (ret) {
		free(q->wrid);
		return ret;
	}
	q->ring = map + layout->off;
	q->mask = layout->entries - 1;
	q->size = min_t(uint32_t, layout->entries, layout->max_wr);
	q->shift = layout->shift;
	q->max_sge = layout->max_sge;
	return 0;
}

void mfraw_queue_free(struct mfraw_queue *q)
{
	mfraw_lock_destroy(&q->lock);
	free(q->wrid);
}
