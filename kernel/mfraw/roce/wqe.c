// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Copy and check work requests of RC, UC, UD and XRC_INI queue pairs. IBTA volume
 * 1, 10.8.3 (posting), 11.4.1 (work requests).
 */
#include "roce/req.h"
#include "roce/roce.h"

static bool mfraw_op_ok(const struct mfraw_roce *roce, u8 opcode)
{
	switch (opcode) {
	case MFRAW_OP_SEND:
	case MFRAW_OP_SEND_WITH_IMM:
		return true;
	case MFRAW_OP_RDMA_WRITE:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
	case MFRAW_OP_LOCAL_INV:
	case MFRAW_OP_BIND_MW:
		return roce->type != IB_QPT_UD;
	case MFRAW_OP_REG_MR:
		return roce->type != IB_QPT_UD && roce->qp->kqp;
	case MFRAW_OP_SEND_WITH_INV:
	case MFRAW_OP_RDMA_READ:
	case MFRAW_OP_ATOMIC_CMP_SWP:
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		return roce->reliable;
	default:
		return false;
	}
}

/* Are all members of the segment zero that the opcode does not use? */
static bool mfraw_seg_ok(const struct mfraw_roce *roce, u8 opcode,
			 const struct mfraw_roce_seg *seg)
{
	bool rest = seg->atomic.compare_add || seg->atomic.swap;

	switch (opcode) {
	case MFRAW_OP_RDMA_WRITE:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
	case MFRAW_OP_RDMA_READ:
		return !seg->rdma.reserved && !rest;
	case MFRAW_OP_ATOMIC_CMP_SWP:
		return !seg->atomic.reserved;
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		return !seg->atomic.reserved && !seg->atomic.swap;
	case MFRAW_OP_BIND_MW:
	case MFRAW_OP_REG_MR:
		return true;
	default:
		if (roce->type == IB_QPT_UD)
			return !seg->ud.reserved && !rest;
		return !seg->rdma.addr && !seg->rdma.rkey &&
		       !seg->rdma.reserved && !rest;
	}
}

/* Copy the memory pieces or the inline data that follow the segment. */
static u8 mfraw_wqe_body(struct mfraw_roce *roce, struct mfraw_swqe *wqe,
			 const struct mfraw_roce_seg *body, u32 num_sge,
			 u32 inline_len)
{
	const struct mfraw_sge *sge = (const void *)(body + 1);
	const struct mfraw_queue *sq = &roce->qp->sq;
	u64 length = 0;
	u32 i;

	if (wqe->flags & MFRAW_SEND_INLINE) {
		if (num_sge || inline_len > roce->qp->max_inline ||
		    mfraw_op_is_read(wqe->opcode) ||
		    mfraw_op_is_local(wqe->opcode))
			return MFRAW_CQE_LOC_QP_OP_ERR;
		memcpy(wqe->sge, sge, inline_len);
		wqe->num_sge = 0;
		wqe->length = inline_len;
		return MFRAW_CQE_SUCCESS;
	}

	if (inline_len || num_sge > sq->max_sge ||
	    (num_sge && mfraw_op_is_local(wqe->opcode)))
		return MFRAW_CQE_LOC_QP_OP_ERR;

	/* Read each word once: user space can change it at any time. */
	for (i = 0; i < num_sge; i++) {
		__le32 part = READ_ONCE(sge[i].length);

		wqe->sge[i].addr = READ_ONCE(sge[i].addr);
		wqe->sge[i].length = part;
		wqe->sge[i].lkey = READ_ONCE(sge[i].lkey);
		length += le32_to_cpu(part);
	}
	if (length > MFRAW_MAX_MSG)
		return MFRAW_CQE_LOC_LEN_ERR;
	wqe->num_sge = num_sge;
	wqe->length = length;

	return MFRAW_CQE_SUCCESS;
}

/**
 * mfraw_wqe_copy - copy a send work request, and check it
 * @roce: the queue pair
 * @wqe: the copy, filled in
 * @from: the entry of the ring
 *
 * Context: sq.lock.
 * Return: enum mfraw_cqe_status. On an error, the work request completes with it.
 */
u8 mfraw_wqe_copy(struct mfraw_roce *roce, struct mfraw_swqe *wqe,
		  const struct mfraw_send_wqe *from)
{
	struct mfraw_send_wqe head __uninitialized;
	u8 status;

	memcpy(&head, from, sizeof(head));
	memcpy(&wqe->seg, from + 1, sizeof(wqe->seg));
	barrier();	/* check and use only the copies */

	wqe->opcode = head.opcode;
	wqe->flags = head.flags;
	wqe->imm = head.roce.imm;
	wqe->srqn = le32_to_cpu(head.roce.srqn);
	wqe->inv_rkey = le32_to_cpu(head.roce.inv_rkey);
	wqe->length = 0;
	wqe->num_sge = 0;
	if (!mfraw_op_ok(roce, head.opcode) ||
	    head.flags & ~(MFRAW_SEND_SIGNALED | MFRAW_SEND_INLINE |
			   MFRAW_SEND_FENCE | MFRAW_SEND_SOLICITED) ||
	    wqe->srqn > (roce->type == IB_QPT_XRC_INI ? MFRAW_PSN_MASK : 0) ||
	    !mfraw_seg_ok(roce, head.opcode, &wqe->seg))
		return MFRAW_CQE_LOC_QP_OP_ERR;

	status = mfraw_wqe_body(roce, wqe, (const void *)(from + 1),
				le16_to_cpu(head.num_sge),
				le32_to_cpu(head.inline_len));
	if (status != MFRAW_CQE_SUCCESS)
		return status;

	if (mfraw_op_is_atomic(head.opcode) && wqe->length != sizeof(u64))
		return MFRAW_CQE_LOC_LEN_ERR;
	if (roce->type == IB_QPT_UD && wqe->length > roce->mtu)
		return MFRAW_CQE_LOC_LEN_ERR;

	return MFRAW_CQE_SUCCESS;
}
