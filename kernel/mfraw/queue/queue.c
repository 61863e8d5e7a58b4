// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The common part of the queues of queue pairs and WQs: size, flush, and the
 * numbers in completions.
 */
#include <linux/log2.h>
#include <linux/random.h>

#include "mfraw.h"
#include "queue/queue.h"
#include "refuse.h"
#include "verbs/cq.h"

/**
 * mfraw_queue_init - set the size of a queue
 * @q: zeroed queue
 * @wr: requested number of entries, 0: none
 * @sge: memory pieces per entry
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
 * mfraw_queue_flush - complete all posted entries with a flush error
 * @q: queue of a queue pair or WQ in the error state
 * @num: number of the queue pair or WQ
 * @opcode: opcode of the completions, which tells send from receive
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
 * mfraw_qpn_init - choose the range of QP numbers of a new device
 * @dev: the device
 *
 * The range is random, so that an attacker that spoofs a peer must guess the
 * numbers.
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
 * mfraw_qpn_alloc - allocate a number for a queue pair, WQ or XRC SRQ
 * @dev: the device
 *
 * Allocates in sequence, which delays the reuse of a number.
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
	/* This is only a hint: a concurrent call may overwrite it. */
	WRITE_ONCE(dev->qpn_next, qpn < last ? qpn + 1 : dev->qpn_first);

	return qpn;
}
