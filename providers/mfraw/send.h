/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What both ways of posting a send request share.
 */
#ifndef __MFRAW_SEND_H__
#define __MFRAW_SEND_H__

#include <errno.h>
#include <string.h>

#include "ring.h"

/* A fence and a solicited event mean nothing on a wire without either. */
#define MFRAW_KNOWN_SEND_FLAGS                                                 \
	(IBV_SEND_FENCE | IBV_SEND_SIGNALED | IBV_SEND_SOLICITED |             \
	 IBV_SEND_INLINE | IBV_SEND_IP_CSUM)

/* But for MFRAW_SEND_INLINE. */
static inline uint8_t mfraw_wqe_flags(const struct mfraw_qp *qp,
				      unsigned int send_flags)
{
	uint8_t flags = qp->sq_flags;

	if (send_flags & IBV_SEND_SIGNALED)
		flags |= MFRAW_SEND_SIGNALED;
	if (send_flags & IBV_SEND_IP_CSUM)
		flags |= MFRAW_SEND_IP_CSUM;
	return flags;
}

static inline void mfraw_copy_sges(struct mfraw_send_wqe *wqe, void *to,
				   const struct ibv_sge *sge, uint32_t num_sge)
{
	struct mfraw_sge *seg = to;
	uint32_t i;

	wqe->num_sge = htole16(num_sge);
	for (i = 0; i < num_sge; i++) {
		seg[i].addr = htole64(sge[i].addr);
		seg[i].length = htole32(sge[i].length);
		seg[i].lkey = htole32(sge[i].lkey);
	}
}

static inline int mfraw_copy_inline(struct mfraw_qp *qp,
				    struct mfraw_send_wqe *wqe, void *to,
				    const struct ibv_send_wr *wr)
{
	uint32_t len = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *sge = &wr->sg_list[i];

		if (unlikely(sge->length > qp->max_inline - len))
			return EINVAL;
		memcpy(to + len, (void *)(uintptr_t)sge->addr, sge->length);
		len += sge->length;
	}
	wqe->flags |= MFRAW_SEND_INLINE;
	wqe->num_sge = 0;
	wqe->inline_len = htole32(len);
	return 0;
}

/* Post a list of requests. @build fills in one entry or says what is wrong. */
static inline __attribute__((always_inline)) int
mfraw_post_sq(struct mfraw_qp *qp, struct ibv_send_wr *wr,
	      struct ibv_send_wr **bad_wr,
	      int (*build)(struct mfraw_qp *qp, struct mfraw_send_wqe *wqe,
			   const struct ibv_send_wr *wr))
{
	struct ibv_send_wr *first = wr;
	struct mfraw_wq *sq = &qp->sq;
	bool wakeup = false;
	uint32_t head, end;
	int ret = 0;

	if (unlikely(qp->vqp.qp.state < IBV_QPS_RTS)) {
		*bad_wr = wr;
		return EINVAL;
	}

	mfraw_lock(&sq->lock);
	head = sq->head;
	end = mfraw_wq_end(sq);
	for (; wr; wr = wr->next) {
		if (unlikely(head == end)) {
			ret = ENOMEM;
			break;
		}
		ret = build(qp, mfraw_wq_entry(sq, head), wr);
		if (unlikely(ret))
			break;
		sq->wrid[head++ & sq->mask] = wr->wr_id;
	}
	if (likely(head != sq->head))
		wakeup = mfraw_wq_publish(sq, head, &qp->db->sq_prod,
					  &qp->db->sq_wakeup);
	mfraw_unlock(&sq->lock);

	if (unlikely(ret))
		*bad_wr = wr;
	if (wakeup) {
		int err = mfraw_kick(qp);

		/* Nobody reads this queue any more. */
		if (unlikely(err)) {
			*bad_wr = first;
			ret = err;
		}
	}
	return ret;
}

/*
 * Of the functions of struct ibv_qp_ex: remember the first error; the lock of
 * the send queue is held.
 */
static inline void mfraw_wr_fail(struct mfraw_qp *qp, int err)
{
	if (!qp->wr.err)
		qp->wr.err = err;
	qp->wr.wqe = NULL;
}

/* A new entry, for the caller to fill in; NULL after an error. */
static inline struct mfraw_send_wqe *mfraw_wr_entry(struct mfraw_qp *qp,
						    unsigned int known_flags)
{
	struct ibv_qp_ex *ibqp = &qp->vqp.qp_ex;
	struct mfraw_wq *sq = &qp->sq;
	struct mfraw_send_wqe *wqe;

	if (unlikely(qp->wr.err))
		return NULL;
	if (unlikely(ibqp->wr_flags & ~known_flags)) {
		mfraw_wr_fail(qp, EINVAL);
		return NULL;
	}
	if (unlikely(qp->wr.head == qp->wr.end)) {
		mfraw_wr_fail(qp, ENOMEM);
		return NULL;
	}

	wqe = mfraw_wq_entry(sq, qp->wr.head);
	sq->wrid[qp->wr.head++ & sq->mask] = ibqp->wr_id;
	qp->wr.wqe = wqe;
	return wqe;
}

/* The data of the current entry, to be written to @to in it. */
static inline void mfraw_wr_copy_inline(struct mfraw_qp *qp, void *to,
					size_t num_buf,
					const struct ibv_data_buf *buf_list)
{
	struct mfraw_send_wqe *wqe = qp->wr.wqe;
	uint32_t len = 0;
	size_t i;

	for (i = 0; i < num_buf; i++) {
		if (unlikely(buf_list[i].length > qp->max_inline - len)) {
			mfraw_wr_fail(qp, EINVAL);
			return;
		}
		memcpy(to + len, buf_list[i].addr, buf_list[i].length);
		len += buf_list[i].length;
	}
	wqe->flags |= MFRAW_SEND_INLINE;
	wqe->num_sge = 0;
	wqe->inline_len = htole32(len);
}

#endif /* __MFRAW_SEND_H__ */
