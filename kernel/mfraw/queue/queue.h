/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What all queues have in common.
 */
#ifndef MFRAW_QUEUE_H
#define MFRAW_QUEUE_H

#include <linux/spinlock.h>
#include <rdma/mfraw-abi.h>

struct mfraw_cq;
struct mfraw_dev;

/**
 * struct mfraw_queue - what send and receive queue have in common
 * @lock: whoever works on the queue, bottom halves disabled
 * @cons: next entry to work on; the only truth
 * @prod: producer index when last looked at (receive queue only)
 * @entries: a power of two, or 0
 * @shift: log2 of an entry's size
 * @max_sge: pieces of memory per entry
 * @ring: shared
 * @shared_prod: the producer index as user space wrote it, a hint
 * @cq: where its completions go
 *
 * A cache line each: who sends and who receives are different CPUs.
 */
struct mfraw_queue {
	/* @cons, @prod, the work */
	spinlock_t		lock ____cacheline_aligned_in_smp;
	u32			cons;
	u32			prod;
	u32			entries;
	u8			shift;
	u8			max_sge;
	void			*ring;
	__le32			*shared_prod;
	struct mfraw_cq		*cq;
};

void mfraw_qpn_init(struct mfraw_dev *dev);
int mfraw_qpn_alloc(struct mfraw_dev *dev);
void mfraw_queue_init(struct mfraw_queue *q, u32 wr, u32 sge, u8 shift);
void mfraw_queue_flush(struct mfraw_queue *q, u32 num,
		       enum mfraw_cqe_opcode opcode);

#endif /* MFRAW_QUEUE_H */
