// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of send requests to raw packet QPs.
 */
#include "roce.h"
#include "send.h"

/* Build the entry of a TSO request. */
static int mfraw_build_tso(struct mfraw_qp *qp, struct mfraw_send_wqe *wqe,
			   const struct ibv_send_wr *wr)
{
	uint32_t room = align(wr->tso.hdr_sz, MFRAW_TSO_HDR_ALIGN);

	if ((wr->send_flags & ~MFRAW_RAW_SEND_FLAGS) ||
	    (uint32_t)wr->num_sge > qp->sq.max_sge ||
	    wr->tso.mss < MFRAW_TSO_MIN_MSS || !wr->tso.hdr_sz ||
	    wr->tso.hdr_sz > qp->max_tso_hdr)
		return EINVAL;
	/* The frames share the payload, so it must be in memory regions. */
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

/*
 * Build the entry of @wr. The ring was zero at first, and no entry writes the
 * members that stay zero.
 */
static inline int mfraw_build_send(struct mfraw_qp *qp,
				   struct mfraw_send_wqe *wqe,
				   const struct ibv_send_wr *wr)
{
	if (unlikely(wr->opcode == IBV_WR_TSO))
		return mfraw_build_tso(qp, wqe, wr);
	if (unlikely(wr->opcode != IBV_WR_SEND ||
		     (wr->send_flags & ~MFRAW_RAW_SEND_FLAGS) ||
		     (uint32_t)wr->num_sge > qp->sq.max_sge))
		return EINVAL;

	mfraw_wqe_head(wqe, MFRAW_OP_SEND, mfraw_wqe_flags(qp, wr->send_flags),
		       wr->num_sge);
	if (wr->send_flags & IBV_SEND_INLINE)
		return mfraw_copy_inline(qp, wqe, wqe + 1, wr);

	if (likely(wr->num_sge == 1))
		mfraw_copy_sge((struct mfraw_sge *)(wqe + 1), wr->sg_list);
	else
		mfraw_copy_sges(wqe, wqe + 1, wr->sg_list, wr->num_sge);
	return 0;
}

int mfraw_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *wr,
		    struct ibv_send_wr **bad_wr)
{
	struct mfraw_qp *qp = to_mqp(ibqp);

	if (qp->roce_send_ops)
		return mfraw_roce_post_send(qp, wr, bad_wr);
	return mfraw_post_sq(qp, wr, bad_wr, mfraw_build_send);
}
