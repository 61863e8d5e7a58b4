// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of send requests.
 */
#include <errno.h>
#include <string.h>

#include "send.h"

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

/* The header of a request that is to be segmented. */
static int mfraw_build_tso(struct mfraw_qp *qp, struct mfraw_send_wqe *wqe,
			   const struct ibv_send_wr *wr)
{
	uint32_t room = align(wr->tso.hdr_sz, MFRAW_TSO_HDR_ALIGN);

	if ((wr->send_flags & ~MFRAW_KNOWN_SEND_FLAGS) ||
	    (uint32_t)wr->num_sge > qp->sq.max_sge || !wr->tso.mss ||
	    !wr->tso.hdr_sz || wr->tso.hdr_sz > qp->max_tso_hdr)
		return EINVAL;
	/* The payload is shared by the frames, so it can't be in the ring. */
	if (wr->send_flags & IBV_SEND_INLINE)
		return EOPNOTSUPP;

	wqe->opcode = MFRAW_OP_TSO;
	wqe->flags = mfraw_wqe_flags(qp, wr->send_flags);
	wqe->inline_len = 0;
	wqe->tso.mss = htole16(wr->tso.mss);
	wqe->tso.hdr_len = htole16(wr->tso.hdr_sz);
	memcpy(wqe + 1, wr->tso.hdr, wr->tso.hdr_sz);
	mfraw_copy_sges(wqe, (void *)(wqe + 1) + room, wr->sg_list,
			wr->num_sge);
	return 0;
}

/* Build the entry for @wr. Members that nobody writes keep their zeroes. */
static inline int mfraw_build_send(struct mfraw_qp *qp,
				   struct mfraw_send_wqe *wqe,
				   const struct ibv_send_wr *wr)
{
	if (unlikely(wr->opcode == IBV_WR_TSO))
		return mfraw_build_tso(qp, wqe, wr);
	if (unlikely(wr->opcode != IBV_WR_SEND ||
		     (wr->send_flags & ~MFRAW_KNOWN_SEND_FLAGS) ||
		     (uint32_t)wr->num_sge > qp->sq.max_sge))
		return EINVAL;

	wqe->opcode = MFRAW_OP_SEND;
	wqe->flags = mfraw_wqe_flags(qp, wr->send_flags);
	wqe->reserved = 0;
	if (wr->send_flags & IBV_SEND_INLINE) {
		wqe->flags |= MFRAW_SEND_INLINE;
		return mfraw_copy_inline(qp, wqe, wr);
	}

	wqe->inline_len = 0;
	mfraw_copy_sges(wqe, wqe + 1, wr->sg_list, wr->num_sge);
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
