// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of send requests by the functions of struct ibv_qp_ex.
 *
 * The send queue is locked from ibv_wr_start() to ibv_wr_complete() or
 * ibv_wr_abort(). After the first error no more entries are written, and
 * ibv_wr_complete() returns it.
 */
#include "roce.h"
#include "send.h"

static void mfraw_wr_start(struct ibv_qp_ex *ibqp)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);

	mfraw_lock(&qp->sq.lock);
	qp->wr.prod = qp->sq.prod;
	qp->wr.end = mfraw_queue_end(&qp->sq);
	qp->wr.wqe = NULL;
	qp->wr.err = unlikely(ibqp->qp_base.state < IBV_QPS_RTS) ? EINVAL : 0;
}

/* Begin an entry without data. Returns NULL after an error. */
static struct mfraw_send_wqe *mfraw_raw_entry(struct mfraw_qp *qp)
{
	struct mfraw_send_wqe *wqe = mfraw_wr_entry(qp, MFRAW_RAW_SEND_FLAGS);

	if (unlikely(!wqe))
		return NULL;
	wqe->flags = mfraw_wqe_flags(qp, qp->vqp.qp_ex.wr_flags);
	wqe->num_sge = 0;
	wqe->inline_len = 0;
	return wqe;
}

static void mfraw_wr_send(struct ibv_qp_ex *ibqp)
{
	struct mfraw_send_wqe *wqe = mfraw_raw_entry(to_mqp_ex(ibqp));

	if (unlikely(!wqe))
		return;
	wqe->opcode = MFRAW_OP_SEND;
	wqe->reserved = 0;
}

static void mfraw_wr_send_tso(struct ibv_qp_ex *ibqp, void *hdr,
			      uint16_t hdr_sz, uint16_t mss)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	struct mfraw_send_wqe *wqe;

	if (unlikely(mss < MFRAW_TSO_MIN_MSS || !hdr_sz ||
		     hdr_sz > qp->max_tso_hdr)) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	wqe = mfraw_raw_entry(qp);
	if (unlikely(!wqe))
		return;
	wqe->opcode = MFRAW_OP_TSO;
	wqe->tso.mss = htole16(mss);
	wqe->tso.hdr_len = htole16(hdr_sz);
	wqe->tso.reserved = 0;
	memcpy(wqe + 1, hdr, hdr_sz);
}

static void mfraw_wr_set_sge_list(struct ibv_qp_ex *ibqp, size_t num_sge,
				  const struct ibv_sge *sg_list)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	struct mfraw_send_wqe *wqe = qp->wr.wqe;
	uint32_t off = sizeof(*wqe);

	if (unlikely(!wqe || num_sge > qp->sq.max_sge)) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	if (wqe->opcode == MFRAW_OP_TSO)
		off += align(le16toh(wqe->tso.hdr_len), MFRAW_TSO_HDR_ALIGN);
	wqe->flags &= ~MFRAW_SEND_INLINE;
	wqe->inline_len = 0;
	mfraw_copy_sges(wqe, (void *)wqe + off, sg_list, num_sge);
}

static void mfraw_wr_set_sge(struct ibv_qp_ex *ibqp, uint32_t lkey,
			     uint64_t addr, uint32_t length)
{
	mfraw_wr_one_sge(ibqp, lkey, addr, length, mfraw_wr_set_sge_list);
}

static void mfraw_wr_set_inline_data_list(struct ibv_qp_ex *ibqp,
					  size_t num_buf,
					  const struct ibv_data_buf *buf_list)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	struct mfraw_send_wqe *wqe = qp->wr.wqe;

	if (unlikely(!wqe)) {
		mfraw_wr_fail(qp, EINVAL);
		return;
	}
	/* The frames share the payload, so it must be in memory regions. */
	if (unlikely(wqe->opcode == MFRAW_OP_TSO)) {
		mfraw_wr_fail(qp, EOPNOTSUPP);
		return;
	}
	mfraw_wr_copy_inline(qp, wqe + 1, num_buf, buf_list);
}

static void mfraw_wr_set_inline_data(struct ibv_qp_ex *ibqp, void *addr,
				     size_t length)
{
	mfraw_wr_one_buf(ibqp, addr, length, mfraw_wr_set_inline_data_list);
}

static int mfraw_wr_complete(struct ibv_qp_ex *ibqp)
{
	struct mfraw_qp *qp = to_mqp_ex(ibqp);
	bool wakeup = false;
	int err = qp->wr.err;

	if (likely(!err && qp->wr.prod != qp->sq.prod))
		wakeup = mfraw_queue_publish(&qp->sq, qp->wr.prod,
					  &qp->db->sq_prod, &qp->db->sq_wakeup);
	mfraw_unlock(&qp->sq.lock);

	return wakeup ? mfraw_kick(qp) : err;
}

static void mfraw_wr_abort(struct ibv_qp_ex *ibqp)
{
	mfraw_unlock(&to_mqp_ex(ibqp)->sq.lock);
}

static int mfraw_raw_init_ex(struct mfraw_qp *qp, uint64_t ops)
{
	struct ibv_qp_ex *ex = &qp->vqp.qp_ex;

	if (ops & ~(uint64_t)(IBV_QP_EX_WITH_SEND | IBV_QP_EX_WITH_TSO))
		return EOPNOTSUPP;

	ex->wr_set_sge = mfraw_wr_set_sge;
	ex->wr_set_sge_list = mfraw_wr_set_sge_list;
	ex->wr_set_inline_data = mfraw_wr_set_inline_data;
	ex->wr_set_inline_data_list = mfraw_wr_set_inline_data_list;
	if (ops & IBV_QP_EX_WITH_SEND)
		ex->wr_send = mfraw_wr_send;
	if (ops & IBV_QP_EX_WITH_TSO)
		ex->wr_send_tso = mfraw_wr_send_tso;
	return 0;
}

/*
 * Set the functions of a QP of @type that offer @ops, a mask of enum
 * ibv_qp_create_send_ops_flags. Returns 0, or EOPNOTSUPP if QPs of the type
 * have no such operation.
 */
int mfraw_qp_init_ex(struct mfraw_qp *qp, enum ibv_qp_type type, uint64_t ops)
{
	struct ibv_qp_ex *ex = &qp->vqp.qp_ex;

	ex->wr_start = mfraw_wr_start;
	ex->wr_complete = mfraw_wr_complete;
	ex->wr_abort = mfraw_wr_abort;
	return type == IBV_QPT_RAW_PACKET ? mfraw_raw_init_ex(qp, ops) :
					    mfraw_roce_init_ex(qp, type, ops);
}
