// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Shared receive queues of kernel users. Entries complete in any order, so each
 * posted entry has a slot in a table. There are as many slots as entries in the
 * ring, so a free slot means that the ring has room.
 */
#include <linux/slab.h>

#include "kern/ksrq.h"
#include "kern/kverbs.h"
#include "refuse.h"
#include "verbs/srq.h"

/**
 * struct mfraw_ksrq - state of a kernel user's SRQ
 * @lock: serialises posting, and protects all members below; interrupts
 *	disabled
 * @prod: index of the next entry to write
 * @nr_free: number of slots in @free
 * @free: stack of free slots
 * @wr_id: wr_id of each slot
 */
struct mfraw_ksrq {
	spinlock_t	lock;		/* all members below */
	u32		prod;
	u32		nr_free;
	u32		*free;
	u64		*wr_id;
};

/**
 * mfraw_ksrq_init - add the state of a kernel user's SRQ
 * @srq: SRQ with its queue
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_ksrq_init(struct mfraw_srq *srq)
{
	struct mfraw_ksrq *ksrq;
	u32 i;

	ksrq = kzalloc_obj(*ksrq);
	if (!ksrq)
		return -ENOMEM;

	spin_lock_init(&ksrq->lock);
	ksrq->free = kvcalloc(srq->q.entries, sizeof(*ksrq->free), GFP_KERNEL);
	ksrq->wr_id = kvcalloc(srq->q.entries, sizeof(*ksrq->wr_id),
			       GFP_KERNEL);
	srq->ksrq = ksrq;
	if (!ksrq->free || !ksrq->wr_id) {
		mfraw_ksrq_fini(srq);
		return -ENOMEM;
	}
	for (i = 0; i < srq->q.entries; i++)
		ksrq->free[ksrq->nr_free++] = i;

	return 0;
}

/**
 * mfraw_ksrq_fini - free the state of a kernel user's SRQ
 * @srq: SRQ that no QP uses; may be a process's SRQ
 *
 * Context: sleeps.
 */
void mfraw_ksrq_fini(struct mfraw_srq *srq)
{
	struct mfraw_ksrq *ksrq = srq->ksrq;

	if (!ksrq)
		return;
	kvfree(ksrq->free);
	kvfree(ksrq->wr_id);
	kfree(ksrq);
	srq->ksrq = NULL;
}

/**
 * mfraw_ksrq_done - free the slot of a completed entry
 * @srq: the SRQ
 * @slot: the slot
 *
 * Context: any.
 * Return: the wr_id of the entry.
 */
u64 mfraw_ksrq_done(struct mfraw_srq *srq, u32 slot)
{
	struct mfraw_ksrq *ksrq = srq->ksrq;
	unsigned long flags;
	u64 wr_id;

	spin_lock_irqsave(&ksrq->lock, flags);
	wr_id = ksrq->wr_id[slot];
	ksrq->free[ksrq->nr_free++] = slot;
	spin_unlock_irqrestore(&ksrq->lock, flags);

	return wr_id;
}

static int mfraw_ksrq_post(struct mfraw_srq *srq, const struct ib_recv_wr *wr)
{
	struct mfraw_ksrq *ksrq = srq->ksrq;
	struct mfraw_queue *q = &srq->q;
	struct mfraw_srq_wqe *wqe;
	u32 slot;
	int err;

	if (!ksrq->nr_free)
		return -ENOMEM;

	wqe = q->ring + ((size_t)(ksrq->prod & (q->entries - 1)) << q->shift);
	err = mfraw_krecv_write(q, wr, (struct mfraw_sge *)(wqe + 1));
	if (err)
		return err;

	slot = ksrq->free[--ksrq->nr_free];
	ksrq->wr_id[slot] = wr->wr_id;
	*wqe = (struct mfraw_srq_wqe){ .slot = cpu_to_le32(slot) };
	ksrq->prod++;

	return 0;
}

/* The post_srq_recv verb. */
int mfraw_post_srq_recv(struct ib_srq *ibsrq, const struct ib_recv_wr *wr,
			const struct ib_recv_wr **bad_wr)
{
	struct mfraw_srq *srq = to_mfraw_srq(ibsrq);
	struct mfraw_ksrq *ksrq = srq->ksrq;
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&ksrq->lock, flags);
	for (; wr; wr = wr->next) {
		err = mfraw_ksrq_post(srq, wr);
		if (err)
			break;
	}
	/* Store the entries before the index. */
	smp_store_release(srq->q.shared_prod, cpu_to_le32(ksrq->prod));
	spin_unlock_irqrestore(&ksrq->lock, flags);
	if (likely(!err))
		return 0;

	*bad_wr = wr;
	return mfraw_refuse(ibsrq->device, err,
			    "SRQ %u: receive of %d SGEs, %u at most in each of %u",
			    srq->srqn, wr->num_sge, srq->q.max_sge,
			    srq->q.entries);
}
