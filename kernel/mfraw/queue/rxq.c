// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Deliver, hold or drop the frames that steering chose for a queue pair or a
 * WQ, and manage the handles by which steering names queue pairs.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "queue/delay_drop.h"
#include "queue/rxq.h"
#include "verbs/mr.h"
#include "verbs/qp.h"

/* Receive frames. The queue's lock held. Inline, as most calls have one frame. */
static __always_inline void mfraw_rx_frames(struct mfraw_rq *rq,
					    const struct mf_frame *frames,
					    unsigned int n, u32 tag)
{
	struct mfraw_mr *last = NULL;
	unsigned int done;

	lockdep_assert_held(&rq->q.lock);
	/* Held frames go first. */
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
 * mfraw_rq_rx - deliver frames to a receive queue
 * @rq: the queue
 * @frames: the frames
 * @n: number of frames
 * @tag: flow tag for the completions
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

/*
 * Deliver frames, without looped multicast if the queue pair blocks it. Reader
 * of the device.
 */
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
 * mfraw_rxq_rx - deliver frames to the queue pair that steering chose
 * @to: handle of the queue pair, which may be gone
 * @frames: the frames
 * @n: number of frames
 * @tag: flow tag for the completions
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

/*
 * The handle of a RoCEv2 queue pair is in no rule. It only identifies the
 * sender.
 */
static void mfraw_rx_never(struct mf_rxq *rxq, const struct mf_frame *frames,
			   unsigned int n)
{
	WARN_ON_ONCE(1);
}

static const struct mf_rxq_ops mfraw_src_ops = {
	.rx = mfraw_rx_never,
};

/**
 * mfraw_rxq_alloc - allocate the steering handle of a queue pair
 * @qp: the queue pair, with its device and type set
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
 * mfraw_rxq_hide - keep frames away from a queue pair that is destroyed
 * @qp: the queue pair, which no rule names any more
 *
 * The caller calls mfraw_wait_readers() before it frees what frames use.
 *
 * Context: any.
 */
void mfraw_rxq_hide(struct mfraw_qp *qp)
{
	RCU_INIT_POINTER(qp->rxq->qp, NULL);
}

/**
 * mfraw_rxq_free - free the steering handle of a queue pair
 * @qp: a queue pair that was hidden, or that no rule has named
 *
 * Context: any.
 */
void mfraw_rxq_free(struct mfraw_qp *qp)
{
	kfree_rcu(qp->rxq, rcu);
	qp->rxq = NULL;
}
