// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Queue pair operations of raw packet queue pairs. Their data path is in send.c
 * and recv.c.
 */
#include "queue/burst.h"
#include "queue/send.h"
#include "queue/stall.h"
#include "queue/zerocopy.h"
#include "verbs/qp_ops.h"

static int mfraw_raw_create(struct mfraw_qp *qp,
			    const struct ib_qp_init_attr *init)
{
	int err;

	if (!qp->sq.entries)
		return 0;

	err = mfraw_burst_alloc(qp);
	if (err)
		return err;
	err = mfraw_zc_init(qp);
	if (err)
		mfraw_burst_free(qp);

	return err;
}

static void mfraw_raw_free(struct mfraw_qp *qp)
{
	mfraw_zc_fini(qp);
	mfraw_burst_free(qp);
}

static void mfraw_raw_reset(struct mfraw_qp *qp)
{
	qp->tso_done = 0;
}

static void mfraw_raw_stop(struct mfraw_qp *qp, bool last)
{
	/* Sends that are still under way do not complete. */
	if (last)
		mfraw_zc_detach(qp);
	else
		mfraw_zc_discard(qp);
	mfraw_stall_del(qp);
	mfraw_engine_del(qp);
}

static bool mfraw_raw_pending(const struct mfraw_qp *qp)
{
	return le32_to_cpu(READ_ONCE(*qp->sq.shared_prod)) !=
	       READ_ONCE(qp->sq.cons);
}

static void mfraw_raw_resume(struct mfraw_qp *qp)
{
	if (!mfraw_engine_add(qp))
		queue_work(qp->dev->wq, &qp->stall_work);
}

static void mfraw_raw_flush_rq(struct mfraw_qp *qp)
{
	mfraw_rq_flush(&qp->rq);
}

const struct mfraw_qp_ops mfraw_raw_qp_ops = {
	.create = mfraw_raw_create,
	.free = mfraw_raw_free,
	.reset = mfraw_raw_reset,
	.stop = mfraw_raw_stop,
	.xmit = mfraw_stall_xmit,
	.burst = mfraw_raw_burst,
	.more = mfraw_raw_pending,
	.pending = mfraw_raw_pending,
	.resume = mfraw_raw_resume,
	.work = mfraw_sq_work,
	.flush_sq = mfraw_raw_flush_sq,
	.flush_rq = mfraw_raw_flush_rq,
};
