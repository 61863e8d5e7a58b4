// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of send requests.
 */
#include <errno.h>
#include <string.h>

#include "ring.h"

/* A fence and a solicited event mean nothing on a wire without either. */
#define MFRAW_KNOWN_SEND_FLAGS                                                 \
	(IBV_SEND_FENCE | IBV_SEND_SIGNALED | IBV_SEND_SOLICITED |             \
	 IBV_SEND_INLINE)

/* Why a request is refused: things that this device lacks, or nonsense. */
static int mfraw_send_wr_error(const struct ibv_send_wr *wr)
{
	if (wr->opcode == IBV_WR_TSO || (wr->send_flags & IBV_SEND_IP_CSUM))
		return EOPNOTSUPP;
	return EINVAL;
}

static int mfraw_copy_inline(struct mfraw_qp *qp, struct mfraw_send_wqe *wqe,
			     const struct ibv_send_wr *wr)
{
	void *data = wqe + 1;
	uint32_t len = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *sge = &wr->sg_list[i];

		if (unlikely(sge->length > qp->max_inline - len))
			return EINVAL;
		memcpy(data + len, (void *)(uintptr_t)sge->addr, sge->length);
		len += sge->length;
	}
	wqe->num_sge = 0;
	wqe->inline_len = htole32(len);
	return 0;
}

/* Build the entry for @wr. Members that nobody writes keep their zeroes. */
static inline int mfraw_build_send(struct mfraw_qp *qp,
				   struct mfraw_send_wqe *wqe,
				   const struct ibv_send_wr *wr)
{
	struct mfraw_sge *seg = (struct mfraw_sge *)(wqe + 1);
	uint8_t flags = qp->sq_flags;
	int i;

	if (unlikely(wr->opcode != IBV_WR_SEND ||
		     (wr->send_flags & ~MFRAW_KNOWN_SEND_FLAGS) ||
		     (uint32_t)wr->num_sge > qp->sq.max_sge))
		return mfraw_send_wr_error(wr);

	if (wr->send_flags & IBV_SEND_SIGNALED)
		flags |= MFRAW_SEND_SIGNALED;
	wqe->opcode = MFRAW_OP_SEND;
	if (wr->send_flags & IBV_SEND_INLINE) {
		wqe->flags = flags | MFRAW_SEND_INLINE;
		return mfraw_copy_inline(qp, wqe, wr);
	}

	wqe->flags = flags;
	wqe->num_sge = htole16(wr->num_sge);
	wqe->inline_len = 0;
	for (i = 0; i < wr->num_sge; i++) {
		seg[i].addr = htole64(wr->sg_list[i].addr);
		seg[i].length = htole32(wr->sg_list[i].length);
		seg[i].lkey = htole32(wr->sg_list[i].lkey);
	}
	return 0;
}

int mfraw_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *wr,
		    struct ibv_send_wr **bad_wr)
{
	struct mfraw_qp *qp = to_mqp(ibqp);
	struct ibv_send_wr *first = wr;
	struct mfraw_wq *sq = &qp->sq;
	bool wakeup = false;
	uint32_t head, end;
	int ret = 0;

	if (unlikely(ibqp->state < IBV_QPS_RTS)) {
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
		ret = mfraw_build_send(qp, mfraw_wq_entry(sq, head), wr);
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
