/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A send queue, or a receive queue of a QP, WQ or SRQ.
 */
#ifndef __MFRAW_QUEUE_H__
#define __MFRAW_QUEUE_H__

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lock.h"

/*
 * Threads that poll the CQ write @cons. Threads that post write everything else
 * and hold @lock meanwhile.
 *
 * @lock: protects all members but @cons
 * @ring: the entries, in memory that is shared with the kernel
 * @wrid: the wr_id of each entry of the ring; of an SRQ, the wr_id of each slot
 * @prod: number of entries posted since RESET, modulo 2^32
 * @size: number of entries that may be posted and not completed
 * @mask: number of entries of the ring minus one; the number is a power of two
 * @max_sge: maximum number of SGEs in an entry
 * @shift: log2 of the size of an entry of the ring in bytes
 * @cons: number of entries completed since RESET, modulo 2^32; not used by an
 *	SRQ
 */
struct mfraw_queue {
	struct mfraw_lock	lock;
	void			*ring;
	uint64_t		*wrid;
	uint32_t		prod;
	uint32_t		size;
	uint32_t		mask;
	uint32_t		max_sge;
	uint8_t			shift;
	_Atomic(uint32_t)	cons;
};

/*
 * The attributes of a new queue.
 *
 * @off: offset of the ring in the mapping in bytes
 * @entries: number of entries of the ring, a power of two; or 0: no queue
 * @max_wr: number of entries that the application may have posted
 * @max_sge: maximum number of SGEs in an entry
 * @shift: log2 of the size of an entry in bytes
 */
struct mfraw_queue_layout {
	uint32_t		off;
	uint32_t		entries;
	uint32_t		max_wr;
	uint32_t		max_sge;
	uint8_t			shift;
};

int mfraw_queue_init(struct mfraw_queue *q, void *map,
		     const struct mfraw_queue_layout *layout, bool locked);
void mfraw_queue_free(struct mfraw_queue *q);

static inline void *mfraw_queue_entry(struct mfraw_queue *q, uint32_t idx)
{
	return q->ring + ((size_t)(idx & q->mask) << q->shift);
}

#endif /* __MFRAW_QUEUE_H__ */
