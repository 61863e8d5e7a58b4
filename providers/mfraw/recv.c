// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of receive requests.
 */
#include <errno.h>

#include "kick.h"
#include "recv.h"
#include "ring.h"
#include "wq.h"

/* Write the SGEs of a receive request behind each other at @seg. */
static inline void mfraw_build_recv(struct mfraw_sge *seg, uint32_t max_sge,
				    const struct ibv_recv_wr *wr)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		/* An SGE of length 0 would end the list. */
		if (unlikely(!wr->sg_list[i].length))
			continue;
		mfraw_copy_sge(&seg[n++], &wr->sg_list[i]);
	}
	if (n < max_sge)
		seg[n].length = 0;
}

static inline int mfraw_post_rq(struct mfraw_qp *qp, struct ibv_recv_wr *wr,
				struct ibv_recv_wr **bad_wr)
{
	struct ibv_recv_wr *first = wr;
	struct mfraw_queue *rq = &qp->rq;
	bool wakeup = false;
	uint32_t prod, end;
	int ret = 0;

	mfraw_lock(&rq->lock);
	prod = rq->prod;
	end = mfraw_queue_end(rq);
	for (; wr; wr = wr->next) {
		if (unlikely(prod == end)) {
			ret = qp->vqp.qp.srq ? EINVAL : ENOMEM;
			break;
		}
		if (unlikely((uint32_t)wr->num_sge > rq->max_sge)) {
			ret = EINVAL;
			break;
		}
		mfraw_build_recv(mfraw_queue_entry(rq, prod), rq->max_sge, wr);
		rq->wrid[prod++ & rq->mask] = wr->wr_id;
	}
	if (likely(prod != rq->prod))
		wakeup = mfraw_queue_publish(rq, prod, &qp->db->rq_prod,
					  &qp->db->rq_wakeup);
	mfraw_unlock(&rq->lock);

	if (unlikely(ret))
		*bad_wr = wr;
	/*
	 * In the error state the kick flushes the new entries. In a WQ with
	 * delayed drop it delivers frames that the kernel holds.
	 */
	if (unlikely(wakeup)) {
		int err = mfraw_kick(qp);

		if (unlikely(err)) {
			*bad_wr = first;
			ret = err;
		}
	}
	return ret;
}

int mfraw_post_recv(struct ibv_qp *ibqp, struct ibv_recv_wr *wr,
		    struct ibv_recv_wr **bad_wr)
{
	if (unlikely(ibqp->state == IBV_QPS_RESET)) {
		*bad_wr = wr;
		return EINVAL;
	}
	return mfraw_post_rq(to_mqp(ibqp), wr, bad_wr);
}

int mfraw_post_wq_recv(struct ibv_wq *ibwq, struct ibv_recv_wr *wr,
		       struct ibv_recv_wr **bad_wr)
{
	if (unlikely(ibwq->state == IBV_WQS_RESET)) {
		*bad_wr = wr;
		return EINVAL;
	}
	return mfraw_post_rq(&to_mwq(ibwq)->qp, wr, bad_wr);
}

/* The kernel reads the index when a message arrives, so it needs no kick. */
int mfraw_post_srq_recv(struct ibv_srq *ibsrq, struct ibv_recv_wr *wr,
			struct ibv_recv_wr **bad_wr)
{
	struct mfraw_srq *srq = to_msrq(ibsrq);
	struct mfraw_srq_wqe *wqe;
	uint32_t prod, slot;
	int ret = 0;

	mfraw_lock(&srq->q.lock);
	for (prod = srq->q.prod; wr; wr = wr->next) {
		if (unlikely((uint32_t)wr->num_sge > srq->q.max_sge)) {
			ret = EINVAL;
			break;
		}
		slot = mfraw_srq_get(srq);
		if (unlikely(slot == MFRAW_SRQ_NO_SLOT)) {
			ret = ENOMEM;
			break;
		}
		srq->q.wrid[slot] = wr->wr_id;
		wqe = mfraw_queue_entry(&srq->q, prod++);
		*wqe = (struct mfraw_srq_wqe){ .slot = htole32(slot) };
		mfraw_build_recv((struct mfraw_sge *)(wqe + 1), srq->q.max_sge,
				 wr);
	}
	if (likely(prod != srq->q.prod))
		mfraw_srq_publish(srq, prod);
	mfraw_unlock(&srq->q.lock);

	if (unlikely(ret))
		*bad_wr = wr;
	return ret;
}
