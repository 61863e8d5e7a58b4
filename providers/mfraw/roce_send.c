// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of send requests to RC, UC, UD and XRC QPs.
 */
#include <assert.h>
#include <errno.h>

#include <ccan/array_size.h>

#include "roce.h"

/*
 * The flag of an operation is 1 << its opcode, as far as libibverbs has both.
 */
#define MFRAW_ASSERT_OP(op, flag)                                              \
	static_assert(1U << IBV_WR_##op == IBV_QP_EX_WITH_##flag, #op)
MFRAW_ASSERT_OP(RDMA_WRITE, RDMA_WRITE);
MFRAW_ASSERT_OP(RDMA_WRITE_WITH_IMM, RDMA_WRITE_WITH_IMM);
MFRAW_ASSERT_OP(SEND, SEND);
MFRAW_ASSERT_OP(SEND_WITH_IMM, SEND_WITH_IMM);
MFRAW_ASSERT_OP(RDMA_READ, RDMA_READ);
MFRAW_ASSERT_OP(ATOMIC_CMP_AND_SWP, ATOMIC_CMP_AND_SWP);
MFRAW_ASSERT_OP(ATOMIC_FETCH_AND_ADD, ATOMIC_FETCH_AND_ADD);
MFRAW_ASSERT_OP(LOCAL_INV, LOCAL_INV);
MFRAW_ASSERT_OP(BIND_MW, BIND_MW);
MFRAW_ASSERT_OP(SEND_WITH_INV, SEND_WITH_INV);

#define MFRAW_UD_OPS	(IBV_QP_EX_WITH_SEND | IBV_QP_EX_WITH_SEND_WITH_IMM)
#define MFRAW_UC_OPS                                                           \
	(MFRAW_UD_OPS | IBV_QP_EX_WITH_RDMA_WRITE |                            \
	 IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM | IBV_QP_EX_WITH_LOCAL_INV |       \
	 IBV_QP_EX_WITH_BIND_MW)
#define MFRAW_RC_OPS                                                           \
	(MFRAW_UC_OPS | IBV_QP_EX_WITH_SEND_WITH_INV |                         \
	 IBV_QP_EX_WITH_RDMA_READ | IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP |        \
	 IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD)

/*
 * Operations that may have inline data, since their data goes to the peer, and
 * operations that have no data.
 */
#define MFRAW_INLINE_OPS                                                       \
	(MFRAW_UD_OPS | IBV_QP_EX_WITH_SEND_WITH_INV |                         \
	 IBV_QP_EX_WITH_RDMA_WRITE | IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM)
#define MFRAW_NO_DATA_OPS                                                      \
	(IBV_QP_EX_WITH_LOCAL_INV | IBV_QP_EX_WITH_BIND_MW)

static const uint8_t mfraw_opcodes[] = {
	[IBV_WR_RDMA_WRITE] = MFRAW_OP_RDMA_WRITE,
	[IBV_WR_RDMA_WRITE_WITH_IMM] = MFRAW_OP_RDMA_WRITE_WITH_IMM,
	[IBV_WR_SEND] = MFRAW_OP_SEND,
	[IBV_WR_SEND_WITH_IMM] = MFRAW_OP_SEND_WITH_IMM,
	[IBV_WR_RDMA_READ] = MFRAW_OP_RDMA_READ,
	[IBV_WR_ATOMIC_CMP_AND_SWP] = MFRAW_OP_ATOMIC_CMP_SWP,
	[IBV_WR_ATOMIC_FETCH_AND_ADD] = MFRAW_OP_ATOMIC_FETCH_ADD,
	[IBV_WR_LOCAL_INV] = MFRAW_OP_LOCAL_INV,
	[IBV_WR_BIND_MW] = MFRAW_OP_BIND_MW,
	[IBV_WR_SEND_WITH_INV] = MFRAW_OP_SEND_WITH_INV,
};

/*
 * Returns the operations that QPs of @type have, a mask of enum
 * ibv_qp_create_send_ops_flags; 0 if the type does not exist, or is not RoCE.
 */
uint32_t mfraw_roce_send_ops(enum ibv_qp_type type)
{
	switch (type) {
	case IBV_QPT_RC:
	case IBV_QPT_XRC_SEND:
		return MFRAW_RC_OPS;
	case IBV_QPT_UC:
		return MFRAW_UC_OPS;
	case IBV_QPT_UD:
		return MFRAW_UD_OPS;
	default:
		return 0;
	}
}

static int mfraw_build_roce_send(struct mfraw_qp *qp,
				 struct mfraw_send_wqe *wqe,
				 const struct ibv_send_wr *wr)
{
	struct mfraw_roce_seg *seg;
	uint32_t op;

	if (unlikely((uint32_t)wr->opcode >= ARRAY_SIZE(mfraw_opcodes)))
		return EINVAL;
	op = 1U << wr->opcode;
	if (unlikely(!(qp->roce_send_ops & op) ||
		     (wr->send_flags & ~MFRAW_ROCE_SEND_FLAGS) ||
		     (uint32_t)wr->num_sge > qp->sq.max_sge))
		return EINVAL;
	if (unlikely((wr->send_flags & IBV_SEND_INLINE) &&
		     !(op & MFRAW_INLINE_OPS)))
		return EINVAL;

	seg = mfraw_init_roce_wqe(wqe, mfraw_opcodes[wr->opcode],
				  mfraw_roce_flags(qp, wr->send_flags));
	switch (wr->opcode) {
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		wqe->roce.imm = wr->imm_data;
		SWITCH_FALLTHROUGH;
	case IBV_WR_RDMA_WRITE:
	case IBV_WR_RDMA_READ:
		mfraw_set_rdma(seg, wr->wr.rdma.remote_addr, wr->wr.rdma.rkey);
		break;
	case IBV_WR_SEND_WITH_IMM:
		wqe->roce.imm = wr->imm_data;
		SWITCH_FALLTHROUGH;
	case IBV_WR_SEND:
		if (qp->vqp.qp.qp_type != IBV_QPT_UD)
			break;
		if (unlikely(!wr->wr.ud.ah))
			return EINVAL;
		mfraw_set_ud(seg, wr->wr.ud.ah, wr->wr.ud.remote_qpn,
			     wr->wr.ud.remote_qkey);
		break;
	case IBV_WR_ATOMIC_CMP_AND_SWP:
		mfraw_set_atomic(seg, wr->wr.atomic.remote_addr,
				 wr->wr.atomic.rkey, wr->wr.atomic.compare_add,
				 wr->wr.atomic.swap);
		break;
	case IBV_WR_ATOMIC_FETCH_AND_ADD:
		mfraw_set_atomic(seg, wr->wr.atomic.remote_addr,
				 wr->wr.atomic.rkey, wr->wr.atomic.compare_add,
				 0);
		break;
	case IBV_WR_BIND_MW:
		mfraw_set_bind(seg, wr->bind_mw.mw, wr->bind_mw.rkey,
			       &wr->bind_mw.bind_info);
		break;
	default: /* IBV_WR_LOCAL_INV, IBV_WR_SEND_WITH_INV */
		wqe->roce.inv_rkey = htole32(wr->invalidate_rkey);
		break;
	}

	if (unlikely(qp->vqp.qp.qp_type == IBV_QPT_XRC_SEND))
		wqe->roce.srqn = htole32(wr->qp_type.xrc.remote_srqn);

	if (unlikely(op & MFRAW_NO_DATA_OPS))
		return wr->num_sge ? EINVAL : 0;
	if (wr->send_flags & IBV_SEND_INLINE)
		return mfraw_copy_inline(qp, wqe, seg + 1, wr);
	mfraw_copy_sges(wqe, seg + 1, wr->sg_list, wr->num_sge);
	return 0;
}

int mfraw_roce_post_send(struct mfraw_qp *qp, struct ibv_send_wr *wr,
			 struct ibv_send_wr **bad_wr)
{
	return mfraw_post_sq(qp, wr, bad_wr, mfraw_build_roce_send);
}
