// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What steering chose for a queue pair or a WQ: frames are delivered now, or held
 * for later where the queue does that, or dropped. And the handle by which
 * steering names a queue pair.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "queue/delay_drop.h"
#include "queue/rxq.h"
#include "verbs/mr.h"
#include "verbs/qp.h"

/* The queue's lock held. */
static void mfraw_rx_frames(struct mfraw_rq *rq, const struct mf_frame *frames,
			    unsigned int n, u32 tag)
{
	struct mfraw_mr *last = NULL;
	unsigned int done;

	lockdep_assert_held(&rq->q.lock);
	/* What came before goes first. */
	if (unlikely(rq->delay_drop) &&
	    mfraw_delay_drop_holds(rq->delay_drop)) {
		mfraw_delay_drop_hold(rq, frames, n, tag);
		return;
	}

	while (n) {
		if (unlikely(READ_ONCE(rq->state) != IB_WQS_RDY)) {
			mfraw_drop(rq->dev, rq->num, MFRAW_RX_QP_STATE, n);
			break;
		}
		done = mfraw_rx_batch(rq, frames, n, tag, 0, &last);
		if (!done && rq->delay_drop) {
			mfraw_delay_drop_hold(rq, frames, n, tag);
			break;
		}
		if (!done) {
			mfraw_drop(rq->dev, rq->num, MFRAW_RX_NO_BUFFER, n);
			break;
		}
		frames += done;
		n -= done;
	}
}

/**
 * mfraw_rq_rx - frames arrive at a receive queue
 * @rq: the queue
 * @frames: the frames
 * @n: how many
 * @tag: flow tag of their completions
 *
 * Context: atomic, reader of the device.
 */
void mfraw_rq_rx(struct mfraw_rq *rq, const struct mf_frame *frames,
		 unsigned int n, u32 tag)
{
	spin_lock(&rq->q.lock);
	mfraw_rx_frames(rq, frames, n, tag);
	spin_unlock(&rq->q.lock);
}

/* Reader of the device. */
static void mfraw_rx_tagged(struct mfraw_qp *qp, const struct mf_frame *frames,
			    unsigned int n, u32 tag)
{
	unsigned int i;

	spin_lock(&qp->rq.q.lock);
	if (likely(!test_bit(MFRAW_QP_BLOCK_LOOPBACK, &qp->flags)))
		mfraw_rx_frames(&qp->rq, frames, n, tag);
	else
		for (i = 0; i < n; i++)
			if (frames[i].src != &qp->rxq->rxq ||
			    !is_multicast_ether_addr(frames[i].hdr))
				mfraw_rx_frames(&qp->rq, &frames[i], 1, tag);
	spin_unlock(&qp->rq.q.lock);
}

/**
 * mfraw_rxq_rx - take frames that steering chose for a queue pair
 * @to: the queue pair, which may be gone
 * @frames: the frames
 * @n: how many
 * @tag: flow tag of their completions
 *
 * Context: as &mf_rxq_ops.rx.
 */
void mfraw_rxq_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag)
{
	struct mfraw_dev *dev = to->dev;
	struct mfraw_qp *qp;
	int idx;

	idx = srcu_read_lock(&dev->readers);
	qp = srcu_dereference(to->qp, &dev->readers);
	if (likely(qp))
		mfraw_rx_tagged(qp, frames, n, tag);
	srcu_read_unlock(&dev->readers, idx);
}

/* Called by steering, see struct mf_rxq_ops. */
static void mfraw_rx(struct mf_rxq *rxq, const struct mf_frame *frames,
		     unsigned int n)
{
	mfraw_rxq_rx(container_of(rxq, struct mfraw_rxq, rxq), frames, n, 0);
}

static const struct mf_rxq_ops mfraw_rxq_ops = {
	.rx = mfraw_rx,
};

/* That of a queue pair of RoCE is in no rule, and names it as a sender only. */
static void mfraw_rx_never(struct mf_rxq *rxq, const struct mf_frame *frames,
			   unsigned int n)
{
	WARN_ON_ONCE(1);
}

static const struct mf_rxq_ops mfraw_src_ops = {
	.rx = mfraw_rx_never,
};

/**
 * mfraw_rxq_alloc - give a queue pair its handle
 * @qp: of a device, with a type
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_rxq_alloc(struct mfraw_qp *qp)
{
	struct mfraw_rxq *rxq = kzalloc_obj(*rxq, GFP_KERNEL_ACCOUNT);

	if (!rxq)
		return -ENOMEM;
	rxq->rxq.ops = qp->ibqp.qp_type == IB_QPT_RAW_PACKET ? &mfraw_rxq_ops :
							       &mfraw_src_ops;
	rxq->dev = qp->dev;
	RCU_INIT_POINTER(rxq->qp, qp);
	qp->rxq = rxq;

	return 0;
}

/**
 * mfraw_rxq_free - nobody finds a queue pair by its handle any more
 * @qp: no rule names it; on return steering does not call it either
 *
 * Context: sleeps.
 */
void mfraw_rxq_free(struct mfraw_qp *qp)
{
	RCU_INIT_POINTER(qp->rxq->qp, NULL);
	if (test_bit(MFRAW_QP_RULES, &qp->flags))
		mfraw_wait_readers(qp->dev);
	kfree_rcu(qp->rxq, rcu);
	qp->rxq = NULL;
}
