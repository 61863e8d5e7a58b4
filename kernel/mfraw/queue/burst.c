// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The memory of a round of a send queue, copies of dma-buf memory, and the
 * completions of a round.
 */
#include <linux/highmem.h>
#include <linux/slab.h>

#include "queue/burst.h"
#include "queue/rxq.h"
#include "verbs/cq.h"

/**
 * mfraw_burst_alloc - allocate the round of a new queue pair that sends
 * @qp: the queue pair, with its steering handle
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_burst_alloc(struct mfraw_qp *qp)
{
	struct mfraw_burst *b = kvzalloc_obj(*b, GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!b)
		return -ENOMEM;
	for (i = 0; i < MFRAW_BURST; i++) {
		b->frames[i].hdr = b->hdrs[i];
		b->frames[i].src = &qp->rxq->rxq;
		b->frames[i].fcs = &b->fcs[i];
		b->fcs[i].any = &b->fcs_any;
	}
	qp->burst = b;

	return 0;
}

/**
 * mfraw_burst_free - free the round of a queue pair
 * @qp: the queue pair, which may have none
 *
 * Context: sleeps.
 */
void mfraw_burst_free(struct mfraw_qp *qp)
{
	struct mfraw_burst *b = qp->burst;
	unsigned int i;

	if (!b)
		return;
	for (i = 0; i < MFRAW_BOUNCE_PAGES && b->bounce[i]; i++)
		__free_page(b->bounce[i]);
	kvfree(b);
	qp->burst = NULL;
}

/**
 * mfraw_bounce - add a copy of data to a round
 * @b: the round
 * @data: the data
 * @len: length in bytes
 *
 * Context: atomic, sq.lock.
 * Return: false if the data does not fit, or without memory.
 */
bool mfraw_bounce(struct mfraw_burst *b, const void *data, u32 len)
{
	while (len) {
		u32 off = offset_in_page(b->bounced);
		u32 n = min_t(u32, len, PAGE_SIZE - off);
		u32 i = b->bounced >> PAGE_SHIFT;

		if (i == MFRAW_BOUNCE_PAGES ||
		    b->nr_frags == MFRAW_BURST_FRAGS)
			return false;
		if (!b->bounce[i])
			b->bounce[i] = alloc_page(GFP_ATOMIC | __GFP_ACCOUNT |
						  __GFP_NOWARN);
		if (!b->bounce[i])
			return false;
		memcpy_to_page(b->bounce[i], off, data, n);
		bvec_set_page(&b->frags[b->nr_frags++], b->bounce[i], n, off);
		b->bounced += n;
		data += n;
		len -= n;
	}

	return true;
}

/**
 * mfraw_sq_complete - write the completions of a round
 * @qp: the queue pair
 * @sent: the round
 *
 * Context: atomic, rounds in order.
 * Return: false if the CQ overflowed.
 */
bool mfraw_sq_complete(struct mfraw_qp *qp, const struct mfraw_sent *sent)
{
	u32 signaled = sent->signaled;
	struct mfraw_cq *cq = qp->sq.cq;
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(qp->ibqp.qp_num),
		.opcode = MFRAW_CQE_SEND,
	};
	bool ok = true;

	if (!signaled && !sent->bad)
		return true;

	spin_lock(&cq->lock);
	while (signaled) {
		unsigned int i = __ffs(signaled);

		cqe.wqe_idx = cpu_to_le32(sent->idx + i);
		cqe.opcode = sent->tso & BIT(i) ? MFRAW_CQE_TSO :
						  MFRAW_CQE_SEND;
		ok &= mfraw_cq_push(cq, &cqe);
		signaled &= signaled - 1;
	}
	if (sent->bad) {
		cqe.wqe_idx = cpu_to_le32(sent->idx + sent->n);
		cqe.status = sent->status;
		ok &= mfraw_cq_push(cq, &cqe);
	}
	mfraw_cq_publish(cq, sent->bad);
	spin_unlock(&cq->lock);

	return ok;
}
