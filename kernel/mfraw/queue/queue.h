/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The common part of send and receive queues, see queue.c.
 */
#ifndef MFRAW_QUEUE_H
#define MFRAW_QUEUE_H

#include <linux/spinlock.h>
#include <rdma/mfraw-abi.h>

struct mfraw_cq;
struct mfraw_dev;

/**
 * struct mfraw_queue - the common part of a send or receive queue
 * @lock: held while the queue is processed, bottom halves disabled
 * @cons: next entry to process; user space can't change it
 * @prod: last read producer index (receive queue only)
 * @entries: number of entries, a power of two, or 0
 * @shift: log2 of an entry's size
 * @max_sge: memory pieces per entry
 * @ring: the entries, shared with user space
 * @shared_prod: producer index that user space writes, not trusted
 * @cq: CQ for the completions of the queue
 *
 * Each queue has its own cache line, since sending and receiving CPUs differ.
 */
struct mfraw_queue {
	/* protects @cons, @prod and processing */
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
