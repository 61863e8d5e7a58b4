// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What all queues have in common, of queue pairs and of others: their size, the
 * flush, and the numbers by which completions name them.
 */
#include <linux/log2.h>
#include <linux/random.h>

#include "mfraw.h"
#include "queue/queue.h"
#include "refuse.h"
#include "verbs/cq.h"

/**
 * mfraw_queue_init - the size of a queue
 * @q: zeroed
 * @wr: entries that the user wants, 0: none
 * @sge: pieces of memory that an entry has room for
 * @shift: log2 of an entry's size
 */
void mfraw_queue_init(struct mfraw_queue *q, u32 wr, u32 sge, u8 shift)
{
	if (!wr)
		return;
	q->entries = roundup_pow_of_two(wr);
	q->max_sge = sge;
	q->shift = shift;
}

/**
 * mfraw_queue_flush - complete all that is posted with an error
 * @q: of a queue pair or WQ in the error state
 * @num: its number
 * @opcode: says which queue it is
 *
 * Context: atomic, @q's lock held.
 */
void mfraw_queue_flush(struct mfraw_queue *q, u32 num,
		       enum mfraw_cqe_opcode opcode)
{
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(num),
		.status = MFRAW_CQE_WR_FLUSH_ERR,
		.opcode = opcode,
	};
	struct mfraw_cq *cq = q->cq;
	u32 todo;

	lockdep_assert_held(&q->lock);
	if (!q->entries)
		return;

	/* Pairs with the release of the index in the provider. */
	todo = le32_to_cpu(smp_load_acquire(q->shared_prod)) - q->cons;
	if (!todo || todo > q->entries)
		return;

	spin_lock(&cq->lock);
	for (; todo; todo--) {
		cqe.wqe_idx = cpu_to_le32(q->cons++);
		mfraw_cq_push(cq, &cqe);
	}
	mfraw_cq_publish(cq, true);
	spin_unlock(&cq->lock);
	q->prod = q->cons;
}

/**
 * mfraw_qpn_init - choose the numbers of a new device's queue pairs
 * @dev: the device
 *
 * A stranger that sends packets in the name of a peer has to guess them.
 */
void mfraw_qpn_init(struct mfraw_dev *dev)
{
	ida_init(&dev->qpns);
	dev->qpn_first = MFRAW_FIRST_QPN +
			 get_random_u32_below(MFRAW_LAST_QPN - MFRAW_MAX_QP -
					      MFRAW_FIRST_QPN + 1);
	dev->qpn_next = dev->qpn_first;
}

/**
 * mfraw_qpn_alloc - a number for a queue pair, or what completions name likewise
 * @dev: the device
 *
 * One after the other, so that a number comes again as late as can be.
 *
 * Context: sleeps.
 * Return: the number, or a negative errno.
 */
int mfraw_qpn_alloc(struct mfraw_dev *dev)
{
	u32 last = dev->qpn_first + MFRAW_MAX_QP - 1;
	int qpn;

	qpn = ida_alloc_range(&dev->qpns, READ_ONCE(dev->qpn_next), last,
			      GFP_KERNEL);
	if (qpn == -ENOSPC)
		qpn = ida_alloc_range(&dev->qpns, dev->qpn_first, last,
				      GFP_KERNEL);
	if (qpn == -ENOSPC)
		return mfraw_refuse(&dev->ibdev, -ENOMEM,
				    "QP: there are %u, with WQs and SRQs of XRC",
				    MFRAW_MAX_QP);
	if (qpn < 0)
		return qpn;
	/* It is a hint only: who is overtaken begins at another place. */
	WRITE_ONCE(dev->qpn_next, qpn < last ? qpn + 1 : dev->qpn_first);

	return qpn;
}
