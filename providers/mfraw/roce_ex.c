// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of send requests to RC, UC, UD and XRC QPs by the functions of struct
 * ibv_qp_ex. wr_start, wr_complete and wr_abort are in send_ex.c.
 */
#include <errno.h>

#include "roce.h"

/* Begin an entry without data. Returns NULL after an error. */
static struct mfraw_roce_seg *mfraw_roce_entry(struct ibv_qp_ex *ibqp,
					       uint8_t opcode)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	struct mfraw_send_wqe *wqe;

	wqe = mfraw_wr_entry(qp, MFRAW_ROCE_SEND_FLAGS);
	if (unlikely(!wqe))
		return NULL;
	return mfraw_init_roce_wqe(wqe, opcode,
				   mfraw_roce_flags(qp, ibqp->wr_flags));
}

static void mfraw_wr_send(struct ibv_qp_ex *ibqp)
{
	mfraw_roce_entry(ibqp, MFRAW_OP_SEND);
}

static void mfraw_wr_send_imm(struct ibv_qp_ex *ibqp, __be32 imm_data)
{
	if (likely(mfraw_roce_entry(ibqp, MFRAW_OP_SEND_WITH_IMM)))
		to_mqp_ex(ibqp)->wr.wqe->roce.imm = imm_data;
}

static void mfraw_wr_send_inv(struct ibv_qp_ex *ibqp, uint32_t rkey)
{
	if (likely(mfraw_roce_entry(ibqp, MFRAW_OP_SEND_WITH_INV)))
		to_mqp_ex(ibqp)->wr.wqe->roce.inv_rkey = htole32(rkey);
}

static void mfraw_wr_rdma(struct ibv_qp_ex *ibqp, uint8_t opcode,
			  uint32_t rkey, uint64_t addr)
{
	struct mfraw_roce_seg *seg = mfraw_roce_entry(ibqp, opcode);

	if (likely(seg))
		mfraw_set_rdma(seg, addr, rkey);
}

static void mfraw_wr_rdma_write(struct ibv_qp_ex *ibqp, uint32_t rkey,
				uint64_t addr)
{
	mfraw_wr_rdma(ibqp, MFRAW_OP_RDMA_WRITE, rkey, addr);
}

static void mfraw_wr_rdma_write_imm(struct ibv_qp_ex *ibqp, uint32_t rkey,
				    uint64_t addr, __be32 imm_data)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);

	mfraw_wr_rdma(ibqp, MFRAW_OP_RDMA_WRITE_WITH_IMM, rkey, addr);
	if (likely(qp->wr.wqe))
		qp->wr.wqe->roce.imm = imm_data;
}

static void mfraw_wr_rdma_read(struct ibv_qp_ex *ibqp, uint32_t rkey,
			       uint64_t addr)
{
	mfraw_wr_rdma(ibqp, MFRAW_OP_RDMA_READ, rkey, addr);
}

static void mfraw_wr_atomic_cmp_swp(struct ibv_qp_ex *ibqp, uint32_t rkey,
				    uint64_t addr, uint64_t compare,
				    uint64_t swap)
{
	struct mfraw_roce_seg *seg;

	seg = mfraw_roce_entry(ibqp, MFRAW_OP_ATOMIC_CMP_SWP);
	if (likely(seg))
		mfraw_set_atomic(seg, addr, rkey, compare, swap);
}

static void mfraw_wr_atomic_fetch_add(struct ibv_qp_ex *ibqp, uint32_t rkey,
				      uint64_t addr, uint64_t add)
{
	struct mfraw_roce_seg *seg;

	seg = mfraw_roce_entry(ibqp, MFRAW_OP_ATOMIC_FETCH_ADD);
	if (likely(seg))
		mfraw_set_atomic(seg, addr, rkey, add, 0);
}

static void mfraw_wr_local_inv(struct ibv_qp_ex *ibqp, uint32_t rkey)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);

	if (unlikely(!mfraw_roce_entry(ibqp, MFRAW_OP_LOCAL_INV)))
		return;
	qp->wr.wqe->roce.inv_rkey = htole32(rkey);
	/* The operation has no data. */
	qp->wr.wqe = NULL;
}

static void mfraw_wr_bind_mw(struct ibv_qp_ex *ibqp, struct ibv_mw *mw,
			     uint32_t rkey,
			     const struct ibv_mw_bind_info *info)
{
	struct mfraw_roce_seg *seg;

	seg = mfraw_roce_entry(ibqp, MFRAW_OP_BIND_MW);
	if (unlikely(!seg))
		return;
	mfraw_set_bind(seg, mw, rkey, info);
	to_mqp_ex(ibqp)->wr.wqe = NULL;
}

static void mfraw_wr_set_ud_addr(struct ibv_qp_ex *ibqp, struct ibv_ah *ah,
				 uint32_t qpn, uint32_t qkey)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);

	if (unlikely(!qp->wr.wqe || !ah)) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	mfraw_set_ud(mfraw_roce_seg(qp->wr.wqe), ah, qpn, qkey);
}

static void mfraw_wr_set_xrc_srqn(struct ibv_qp_ex *ibqp, uint32_t srqn)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);

	if (unlikely(!qp->wr.wqe)) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	qp->wr.wqe->roce.srqn = htole32(srqn);
}

static void mfraw_wr_set_sge_list(struct ibv_qp_ex *ibqp, size_t num_sge,
				  const struct ibv_sge *sg_list)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	struct mfraw_send_wqe *wqe = qp->wr.wqe;

	if (unlikely(!wqe || num_sge > qp->sq.max_sge)) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	wqe->flags &= ~MFRAW_SEND_INLINE;
	wqe->inline_len = 0;
	mfraw_copy_sges(wqe, mfraw_roce_seg(wqe) + 1, sg_list, num_sge);
}

static void mfraw_wr_set_sge(struct ibv_qp_ex *ibqp, uint32_t lkey,
			     uint64_t addr, uint32_t length)
{
	mfraw_wr_one_sge(ibqp, lkey, addr, length, mfraw_wr_set_sge_list);
}

/* Data that the peer returns needs a memory region. */
static bool mfraw_may_inline(const struct mfraw_send_wqe *wqe)
{
	return wqe->opcode != MFRAW_OP_RDMA_READ &&
	       wqe->opcode != MFRAW_OP_ATOMIC_CMP_SWP &&
	       wqe->opcode != MFRAW_OP_ATOMIC_FETCH_ADD;
}

static void mfraw_wr_set_inline_data_list(struct ibv_qp_ex *ibqp,
					  size_t num_buf,
					  const struct ibv_data_buf *buf_list)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	struct mfraw_send_wqe *wqe = qp->wr.wqe;

	if (unlikely(!wqe || !mfraw_may_inline(wqe))) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	mfraw_wr_copy_inline(qp, mfraw_roce_seg(wqe) + 1, num_buf, buf_list);
}

static void mfraw_wr_set_inline_data(struct ibv_qp_ex *ibqp, void *addr,
				     size_t length)
{
	mfraw_wr_one_buf(ibqp, addr, length, mfraw_wr_set_inline_data_list);
}

/*
 * Set the functions of a QP of @type that offer @ops, as mfraw_qp_init_ex().
 */
int mfraw_roce_init_ex(struct mfraw_qp *qp, enum ibv_qp_type type, uint64_t ops)
{
	struct ibv_qp_ex *ex = &qp->vqp.qp_ex;

	if (ops & ~(uint64_t)mfraw_roce_send_ops(type))
		return EOPNOTSUPP;

	ex->wr_set_sge = mfraw_wr_set_sge;
	ex->wr_set_sge_list = mfraw_wr_set_sge_list;
	ex->wr_set_inline_data = mfraw_wr_set_inline_data;
	ex->wr_set_inline_data_list = mfraw_wr_set_inline_data_list;
	if (type == IBV_QPT_UD)
		ex->wr_set_ud_addr = mfraw_wr_set_ud_addr;
	if (type == IBV_QPT_XRC_SEND)
		ex->wr_set_xrc_srqn = mfraw_wr_set_xrc_srqn;
	if (ops & IBV_QP_EX_WITH_SEND)
		ex->wr_send = mfraw_wr_send;
	if (ops & IBV_QP_EX_WITH_SEND_WITH_IMM)
		ex->wr_send_imm = mfraw_wr_send_imm;
	if (ops & IBV_QP_EX_WITH_SEND_WITH_INV)
		ex->wr_send_inv = mfraw_wr_send_inv;
	if (ops & IBV_QP_EX_WITH_RDMA_WRITE)
		ex->wr_rdma_write = mfraw_wr_rdma_write;
	if (ops & IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM)
		ex->wr_rdma_write_imm = mfraw_wr_rdma_write_imm;
	if (ops & IBV_QP_EX_WITH_RDMA_READ)
		ex->wr_rdma_read = mfraw_wr_rdma_read;
	if (ops & IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP)
		ex->wr_atomic_cmp_swp = mfraw_wr_atomic_cmp_swp;
	if (ops & IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD)
		ex->wr_atomic_fetch_add = mfraw_wr_atomic_fetch_add;
	if (ops & IBV_QP_EX_WITH_LOCAL_INV)
		ex->wr_local_inv = mfraw_wr_local_inv;
	if (ops & IBV_QP_EX_WITH_BIND_MW)
		ex->wr_bind_mw = mfraw_wr_bind_mw;
	return 0;
}
