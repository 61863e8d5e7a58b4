// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of receive requests.
 */
#include <errno.h>

#include "ring.h"

static inline void mfraw_build_recv(struct mfraw_sge *seg, uint32_t max_sge,
				    const struct ibv_recv_wr *wr)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		/* A piece without bytes would end the list. */
		if (unlikely(!wr->sg_list[i].length))
			continue;
		seg[n].addr = htole64(wr->sg_list[i].addr);
		seg[n].length = htole32(wr->sg_list[i].length);
		seg[n].lkey = htole32(wr->sg_list[i].lkey);
		n++;
	}
	if (n < max_sge)
		seg[n].length = 0;
}

static inline int mfraw_post_rq(struct mfraw_qp *qp, struct ibv_recv_wr *wr,
				struct ibv_recv_wr **bad_wr)
{
	struct ibv_recv_wr *first = wr;
	struct mfraw_wq *rq = &qp->rq;
	bool wakeup = false;
	uint32_t head, end;
	int ret = 0;

	mfraw_lock(&rq->lock);
	head = rq->head;
	end = mfraw_wq_end(rq);
	for (; wr; wr = wr->next) {
		if (unlikely(head == end)) {
			ret = qp->vqp.qp.srq ? EINVAL : ENOMEM;
			break;
		}
		if (unlikely((uint32_t)wr->num_sge > rq->max_sge)) {
			ret = EINVAL;
			break;
		}
		mfraw_build_recv(mfraw_wq_entry(rq, head), rq->max_sge, wr);
		rq->wrid[head++ & rq->mask] = wr->wr_id;
	}
	if (likely(head != rq->head))
		wakeup = mfraw_wq_publish(rq, head, &qp->db->rq_prod,
					  &qp->db->rq_wakeup);
	mfraw_unlock(&rq->lock);

	if (unlikely(ret))
		*bad_wr = wr;
	/*
	 * So it is while the queue is in error, to have these flushed, or a WQ
	 * holds frames that wait for them.
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
	return mfraw_post_rq(&to_mrwq(ibwq)->qp, wr, bad_wr);
}

/* The kernel looks when a message arrives, so there is nobody to wake up. */
int mfraw_post_srq_recv(struct ibv_srq *ibsrq, struct ibv_recv_wr *wr,
			struct ibv_recv_wr **bad_wr)
{
	struct mfraw_srq *srq = to_msrq(ibsrq);
	struct mfraw_srq_wqe *wqe;
	uint32_t head, slot;
	int ret = 0;

	mfraw_lock(&srq->lock);
	for (head = srq->head; wr; wr = wr->next) {
		if (unlikely((uint32_t)wr->num_sge > srq->max_sge)) {
			ret = EINVAL;
			break;
		}
		slot = mfraw_srq_get(srq);
		if (unlikely(slot == MFRAW_SRQ_NO_SLOT)) {
			ret = ENOMEM;
			break;
		}
		srq->wrid[slot] = wr->wr_id;
		wqe = mfraw_srq_entry(srq, head++);
		*wqe = (struct mfraw_srq_wqe){ .slot = htole32(slot) };
		mfraw_build_recv((struct mfraw_sge *)(wqe + 1), srq->max_sge,
				 wr);
	}
	if (likely(head != srq->head))
		mfraw_srq_publish(srq, head);
	mfraw_unlock(&srq->lock);

	if (unlikely(ret))
		*bad_wr = wr;
	return ret;
}
