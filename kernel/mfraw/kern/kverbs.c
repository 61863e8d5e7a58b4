// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Kernel verbs: posting work requests and polling CQs. They use the same rings
 * as the provider in user space.
 *
 * Kernel users call from any context, under locks of their own and from
 * completion handlers, which run with the CQ's lock held. So this file takes no
 * lock of the data path, and posting only queues the work item that executes
 * the requests. Its own locks are innermost: the lock of a ring, or
 * cq.poll.lock and inside it the lock of a kernel SRQ.
 */
#include <linux/if_vlan.h>
#include <linux/slab.h>

#include "kern/ksrq.h"
#include "kern/kverbs.h"
#include "refuse.h"
#include "roce/roce.h"
#include "verbs/ah.h"
#include "verbs/cq.h"

/* Translate an opcode; return 0 if the type of QP does not support it. */
static u8 mfraw_kopcode(const struct mfraw_qp *qp, enum ib_wr_opcode opcode)
{
	enum ib_qp_type type = qp->ibqp.qp_type;
	bool rc = type == IB_QPT_RC;
	bool connected = rc || type == IB_QPT_UC;

	switch (opcode) {
	case IB_WR_SEND:
		return MFRAW_OP_SEND;
	case IB_WR_SEND_WITH_IMM:
		return MFRAW_OP_SEND_WITH_IMM;
	case IB_WR_SEND_WITH_INV:
		return rc ? MFRAW_OP_SEND_WITH_INV : 0;
	case IB_WR_RDMA_WRITE:
		return connected ? MFRAW_OP_RDMA_WRITE : 0;
	case IB_WR_RDMA_WRITE_WITH_IMM:
		return connected ? MFRAW_OP_RDMA_WRITE_WITH_IMM : 0;
	case IB_WR_RDMA_READ:
		return rc ? MFRAW_OP_RDMA_READ : 0;
	case IB_WR_ATOMIC_CMP_AND_SWP:
		return rc ? MFRAW_OP_ATOMIC_CMP_SWP : 0;
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		return rc ? MFRAW_OP_ATOMIC_FETCH_ADD : 0;
	case IB_WR_LOCAL_INV:
		return connected ? MFRAW_OP_LOCAL_INV : 0;
	case IB_WR_REG_MR:
		return connected ? MFRAW_OP_REG_MR : 0;
	default:
		return 0;
	}
}

static int mfraw_kseg_write(const struct mfraw_qp *qp,
			    const struct ib_send_wr *wr,
			    struct mfraw_send_wqe *wqe,
			    struct mfraw_roce_seg *seg)
{
	switch (wqe->opcode) {
	case MFRAW_OP_SEND_WITH_IMM:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
		wqe->roce.imm = wr->ex.imm_data;
		break;
	case MFRAW_OP_SEND_WITH_INV:
	case MFRAW_OP_LOCAL_INV:
		wqe->roce.inv_rkey = cpu_to_le32(wr->ex.invalidate_rkey);
		break;
	}

	switch (wqe->opcode) {
	case MFRAW_OP_RDMA_WRITE:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
	case MFRAW_OP_RDMA_READ:
		seg->rdma.addr = cpu_to_le64(rdma_wr(wr)->remote_addr);
		seg->rdma.rkey = cpu_to_le32(rdma_wr(wr)->rkey);
		break;
	case MFRAW_OP_ATOMIC_CMP_SWP:
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		seg->atomic.addr = cpu_to_le64(atomic_wr(wr)->remote_addr);
		seg->atomic.rkey = cpu_to_le32(atomic_wr(wr)->rkey);
		seg->atomic.compare_add =
			cpu_to_le64(atomic_wr(wr)->compare_add);
		if (wqe->opcode == MFRAW_OP_ATOMIC_CMP_SWP)
			seg->atomic.swap = cpu_to_le64(atomic_wr(wr)->swap);
		break;
	case MFRAW_OP_REG_MR:
		if ((reg_wr(wr)->key ^ reg_wr(wr)->mr->lkey) >> MFRAW_KEY_SHIFT)
			return -EINVAL;
		seg->bind.new_rkey = cpu_to_le32(reg_wr(wr)->key);
		seg->bind.access = cpu_to_le32(reg_wr(wr)->access);
		break;
	default:
		if (qp->ibqp.qp_type == IB_QPT_RC ||
		    qp->ibqp.qp_type == IB_QPT_UC)
			break;
		if (!ud_wr(wr)->ah)
			return -EINVAL;
		seg->ud.ahn = cpu_to_le32(to_mfraw_ah(ud_wr(wr)->ah)->ahn);
		seg->ud.qpn = cpu_to_le32(ud_wr(wr)->remote_qpn);
		seg->ud.qkey = cpu_to_le32(ud_wr(wr)->remote_qkey);
		break;
	}

	return 0;
}

static int mfraw_kinline_write(const struct mfraw_qp *qp,
			       const struct ib_send_wr *wr,
			       struct mfraw_send_wqe *wqe, u8 *to)
{
	u64 len = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++)
		len += wr->sg_list[i].length;
	if (len > qp->max_inline)
		return -EINVAL;

	for (i = 0; i < wr->num_sge; i++) {
		memcpy(to, ib_virt_dma_to_ptr(wr->sg_list[i].addr),
		       wr->sg_list[i].length);
		to += wr->sg_list[i].length;
	}
	wqe->inline_len = cpu_to_le32(len);
	wqe->flags |= MFRAW_SEND_INLINE;

	return 0;
}

static int mfraw_ksend_write(const struct mfraw_qp *qp,
			     const struct ib_send_wr *wr,
			     struct mfraw_send_wqe *wqe)
{
	struct mfraw_roce_seg *seg = (struct mfraw_roce_seg *)(wqe + 1);
	u8 opcode = mfraw_kopcode(qp, wr->opcode);
	int err;

	if (!opcode || wr->num_sge < 0 || wr->num_sge > qp->sq.max_sge)
		return -EINVAL;

	memset(wqe, 0, sizeof(*wqe) + sizeof(*seg));
	wqe->opcode = opcode;
	if (qp->sig_all || wr->send_flags & IB_SEND_SIGNALED)
		wqe->flags |= MFRAW_SEND_SIGNALED;
	if (wr->send_flags & IB_SEND_FENCE)
		wqe->flags |= MFRAW_SEND_FENCE;
	if (wr->send_flags & IB_SEND_SOLICITED)
		wqe->flags |= MFRAW_SEND_SOLICITED;

	err = mfraw_kseg_write(qp, wr, wqe, seg);
	if (err || mfraw_op_is_local(opcode))
		return err;

	if (wr->send_flags & IB_SEND_INLINE)
		return mfraw_kinline_write(qp, wr, wqe, (u8 *)(seg + 1));

	wqe->num_sge = cpu_to_le16(wr->num_sge);
	mfraw_ksge_write((struct mfraw_sge *)(seg + 1), wr->sg_list,
			 wr->num_sge);

	return 0;
}

/*
 * Flush the posted requests if the QP is in an error state. The index is stored
 * before the state is loaded; pairs with mfraw_qp_enter_err().
 */
static void mfraw_kpost_flush(struct mfraw_qp *qp)
{
	smp_mb();	/* see above */
	if (unlikely(mfraw_sq_dead(READ_ONCE(qp->state))))
		queue_work(qp->dev->wq, &qp->err_work);
}

/* Return the next entry to write, NULL if the ring is full. Ring lock held. */
static void *mfraw_kring_next(const struct mfraw_kring *ring,
			      const struct mfraw_queue *q)
{
	lockdep_assert_held(&ring->lock);
	/* Pairs with the release in mfraw_kring_done(). */
	if (ring->prod - smp_load_acquire(&ring->tail) >= q->entries)
		return NULL;

	return q->ring + ((size_t)(ring->prod & (q->entries - 1)) << q->shift);
}

/* Add the entry of mfraw_kring_next() to the ring. Ring lock held. */
static void mfraw_kring_add(struct mfraw_kring *ring,
			    const struct mfraw_queue *q, u64 wr_id)
{
	lockdep_assert_held(&ring->lock);
	ring->wr_id[ring->prod++ & (q->entries - 1)] = wr_id;
}

/* Free entry @idx and all entries before it, and return the wr_id of @idx. */
static u64 mfraw_kring_done(struct mfraw_kring *ring,
			    const struct mfraw_queue *q, u32 idx)
{
	u64 wr_id = ring->wr_id[idx & (q->entries - 1)];

	/* Pairs with the acquire in mfraw_kring_next(). */
	smp_store_release(&ring->tail, idx + 1);

	return wr_id;
}

static int mfraw_post_send(struct ib_qp *ibqp, const struct ib_send_wr *wr,
			   const struct ib_send_wr **bad_wr)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct mfraw_kring *ring = &qp->kqp->sq;
	struct mfraw_queue *sq = &qp->sq;
	unsigned long flags;
	int err = 0;

	if (READ_ONCE(qp->state) < IB_QPS_RTS) {
		*bad_wr = wr;
		return mfraw_refuse(ibqp->device, -EINVAL,
				    "QP %u: send in state %d", ibqp->qp_num,
				    READ_ONCE(qp->state));
	}

	spin_lock_irqsave(&ring->lock, flags);
	for (; wr; wr = wr->next) {
		struct mfraw_send_wqe *wqe = mfraw_kring_next(ring, sq);

		err = wqe ? mfraw_ksend_write(qp, wr, wqe) : -ENOMEM;
		if (err)
			break;
		mfraw_kring_add(ring, sq, wr->wr_id);
	}
	/* Store the entries before the index. */
	smp_store_release(sq->shared_prod, cpu_to_le32(ring->prod));
	spin_unlock_irqrestore(&ring->lock, flags);

	mfraw_roce_kick(qp->roce);
	mfraw_kpost_flush(qp);
	if (likely(!err))
		return 0;

	*bad_wr = wr;
	return mfraw_refuse(ibqp->device, err,
			    "QP %u: send %d of %d SGEs, %u at most in each of %u",
			    ibqp->qp_num, wr->opcode, wr->num_sge, sq->max_sge,
			    sq->entries);
}

static int mfraw_post_recv(struct ib_qp *ibqp, const struct ib_recv_wr *wr,
			   const struct ib_recv_wr **bad_wr)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct mfraw_kring *ring = &qp->kqp->rq;
	struct mfraw_queue *q = &qp->rq.q;
	unsigned long flags;
	int err = 0;

	if (ibqp->srq || READ_ONCE(qp->state) == IB_QPS_RESET) {
		*bad_wr = wr;
		return mfraw_refuse(ibqp->device, -EINVAL,
				    "QP %u: receive in state %d, or it has an SRQ",
				    ibqp->qp_num, READ_ONCE(qp->state));
	}

	spin_lock_irqsave(&ring->lock, flags);
	for (; wr; wr = wr->next) {
		struct mfraw_sge *sge = mfraw_kring_next(ring, q);

		err = sge ? mfraw_krecv_write(q, wr, sge) : -ENOMEM;
		if (err)
			break;
		mfraw_kring_add(ring, q, wr->wr_id);
	}
	/* Store the entries before the index. */
	smp_store_release(q->shared_prod, cpu_to_le32(ring->prod));
	spin_unlock_irqrestore(&ring->lock, flags);

	mfraw_kpost_flush(qp);
	if (likely(!err))
		return 0;

	*bad_wr = wr;
	return mfraw_refuse(ibqp->device, err,
			    "QP %u: receive of %d SGEs, %u at most in each of %u",
			    ibqp->qp_num, wr->num_sge, q->max_sge, q->entries);
}

static const enum ib_wc_status mfraw_wc_status[] = {
	[MFRAW_CQE_SUCCESS] = IB_WC_SUCCESS,
	[MFRAW_CQE_LOC_LEN_ERR] = IB_WC_LOC_LEN_ERR,
	[MFRAW_CQE_LOC_QP_OP_ERR] = IB_WC_LOC_QP_OP_ERR,
	[MFRAW_CQE_LOC_PROT_ERR] = IB_WC_LOC_PROT_ERR,
	[MFRAW_CQE_WR_FLUSH_ERR] = IB_WC_WR_FLUSH_ERR,
	[MFRAW_CQE_MW_BIND_ERR] = IB_WC_MW_BIND_ERR,
	[MFRAW_CQE_BAD_RESP_ERR] = IB_WC_BAD_RESP_ERR,
	[MFRAW_CQE_LOC_ACCESS_ERR] = IB_WC_LOC_ACCESS_ERR,
	[MFRAW_CQE_REM_INV_REQ_ERR] = IB_WC_REM_INV_REQ_ERR,
	[MFRAW_CQE_REM_ACCESS_ERR] = IB_WC_REM_ACCESS_ERR,
	[MFRAW_CQE_REM_OP_ERR] = IB_WC_REM_OP_ERR,
	[MFRAW_CQE_RETRY_EXC_ERR] = IB_WC_RETRY_EXC_ERR,
	[MFRAW_CQE_RNR_RETRY_EXC_ERR] = IB_WC_RNR_RETRY_EXC_ERR,
};

static const enum ib_wc_opcode mfraw_wc_opcode[] = {
	[MFRAW_CQE_SEND] = IB_WC_SEND,
	[MFRAW_CQE_RECV] = IB_WC_RECV,
	[MFRAW_CQE_RDMA_WRITE] = IB_WC_RDMA_WRITE,
	[MFRAW_CQE_RDMA_READ] = IB_WC_RDMA_READ,
	[MFRAW_CQE_COMP_SWAP] = IB_WC_COMP_SWAP,
	[MFRAW_CQE_FETCH_ADD] = IB_WC_FETCH_ADD,
	[MFRAW_CQE_LOCAL_INV] = IB_WC_LOCAL_INV,
	[MFRAW_CQE_RECV_RDMA_WITH_IMM] = IB_WC_RECV_RDMA_WITH_IMM,
	[MFRAW_CQE_REG_MR] = IB_WC_REG_MR,
};

static bool mfraw_cqe_is_recv(const struct mfraw_cqe *cqe)
{
	return cqe->opcode == MFRAW_CQE_RECV ||
	       cqe->opcode == MFRAW_CQE_RECV_RDMA_WITH_IMM;
}

/* Free the entry of a completion, and return its wr_id. */
static u64 mfraw_cqe_done(struct mfraw_qp *qp, const struct mfraw_cqe *cqe)
{
	u32 idx = le32_to_cpu(cqe->wqe_idx);

	if (!mfraw_cqe_is_recv(cqe))
		return mfraw_kring_done(&qp->kqp->sq, &qp->sq, idx);
	if (qp->ibqp.srq)
		return mfraw_ksrq_done(to_mfraw_srq(qp->ibqp.srq), idx);

	return mfraw_kring_done(&qp->kqp->rq, &qp->rq.q, idx);
}

static void mfraw_wc_fill(struct ib_wc *wc, struct mfraw_qp *qp,
			  const struct mfraw_cqe *cqe)
{
	memset(wc, 0, sizeof(*wc));
	wc->wr_id = mfraw_cqe_done(qp, cqe);
	wc->status = mfraw_wc_status[cqe->status];
	wc->opcode = mfraw_wc_opcode[cqe->opcode];
	wc->vendor_err = cqe->status;
	wc->byte_len = le32_to_cpu(cqe->byte_len);
	wc->qp = &qp->ibqp;
	wc->port_num = 1;

	if (cqe->info & MFRAW_CQE_WITH_IMM) {
		wc->wc_flags |= IB_WC_WITH_IMM;
		wc->ex.imm_data = cqe->imm;
	} else if (cqe->info & MFRAW_CQE_WITH_INV) {
		wc->wc_flags |= IB_WC_WITH_INVALIDATE;
		wc->ex.invalidate_rkey = le32_to_cpu(cqe->inv_rkey);
	}
	if (cqe->info & MFRAW_CQE_GRH) {
		wc->wc_flags |= IB_WC_GRH;
		wc->src_qp = le32_to_cpu(cqe->src_qp);
	}
	if (cqe->info & MFRAW_CQE_CVLAN) {
		u32 tci = le32_to_cpu(cqe->flow_tag);

		wc->wc_flags |= IB_WC_WITH_VLAN;
		wc->vlan_id = tci & VLAN_VID_MASK;
		wc->sl = tci >> VLAN_PRIO_SHIFT;
	}
}

/*
 * Return the completion at @cons, or NULL if it is not written yet. verbs/cq.c
 * explains the barriers (A), (B) and (C).
 */
static struct mfraw_cqe *mfraw_kcq_peek(struct mfraw_cq *cq, u32 cons)
{
	struct mfraw_cqe *cqe = &cq->ring[cons & cq->mask];
	bool owner = !(cons & (cq->mask + 1));

	/* (B) */
	return !!(smp_load_acquire(&cqe->flags) & MFRAW_CQE_OWNER) == owner ?
	       cqe : NULL;
}

static int mfraw_poll_cq(struct ib_cq *ibcq, int num, struct ib_wc *wc)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibcq->device);
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);
	struct mfraw_qp *qp = NULL;
	const struct mfraw_cqe *cqe;
	unsigned long flags;
	u32 cons, first;
	int n = 0;

	spin_lock_irqsave(&cq->poll.lock, flags);
	first = cq->poll.cons;
	cons = first;
	while (n < num && (cqe = mfraw_kcq_peek(cq, cons))) {
		u32 qpn = le32_to_cpu(cqe->qpn);

		cons++;
		if (!qpn)	/* see mfraw_kcq_clean() */
			continue;
		if (!qp || qp->ibqp.qp_num != qpn)
			qp = xa_load(&dev->rdev.kqps, qpn);
		mfraw_wc_fill(&wc[n++], qp, cqe);
	}
	if (cons != first) {
		WRITE_ONCE(cq->poll.cons, cons);
		smp_store_release(&cq->db->cons, cpu_to_le32(cons)); /* (A) */
	}
	spin_unlock_irqrestore(&cq->poll.lock, flags);

	return n;
}

static int mfraw_req_notify_cq(struct ib_cq *ibcq,
			       enum ib_cq_notify_flags flags)
{
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);

	if ((flags & IB_CQ_SOLICITED_MASK) != IB_CQ_SOLICITED)
		WRITE_ONCE(cq->db->arm, cpu_to_le32(MFRAW_CQ_ARM));
	else if (READ_ONCE(cq->db->arm) == cpu_to_le32(MFRAW_CQ_ARM_NONE))
		WRITE_ONCE(cq->db->arm, cpu_to_le32(MFRAW_CQ_ARM_SOLICITED));
	smp_mb();	/* (C) */

	return flags & IB_CQ_REPORT_MISSED_EVENTS &&
	       mfraw_kcq_peek(cq, READ_ONCE(cq->poll.cons));
}

/*
 * Free all entries of a QP that has stopped, and mark its completions in the
 * CQ, so that polling skips them.
 */
static void mfraw_kcq_clean(struct mfraw_cq *cq, struct mfraw_qp *qp)
{
	struct mfraw_cqe *cqe;
	unsigned long flags;
	u32 cons, i;

	spin_lock_irqsave(&cq->poll.lock, flags);
	cons = cq->poll.cons;
	for (i = 0; i <= cq->mask; i++) {
		cqe = mfraw_kcq_peek(cq, cons + i);
		if (!cqe)
			break;
		if (le32_to_cpu(cqe->qpn) != qp->ibqp.qp_num)
			continue;
		mfraw_cqe_done(qp, cqe);
		cqe->qpn = 0;
	}
	spin_unlock_irqrestore(&cq->poll.lock, flags);
}

static int mfraw_kring_init(struct mfraw_kring *ring, u32 entries)
{
	spin_lock_init(&ring->lock);
	if (!entries)
		return 0;
	ring->wr_id = kvcalloc(entries, sizeof(*ring->wr_id), GFP_KERNEL);

	return ring->wr_id ? 0 : -ENOMEM;
}

static void mfraw_kqp_free(struct mfraw_kqp *kqp)
{
	kvfree(kqp->sq.wr_id);
	kvfree(kqp->rq.wr_id);
	kfree(kqp);
}

/**
 * mfraw_kqp_init - add the state of a kernel user's QP
 * @qp: QP with its queues
 * @qpn: number of the QP
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfraw_kqp_init(struct mfraw_qp *qp, u32 qpn)
{
	struct mfraw_kqp *kqp;
	int err;

	kqp = kzalloc_obj(*kqp);
	if (!kqp)
		return -ENOMEM;

	err = mfraw_kring_init(&kqp->sq, qp->sq.entries);
	if (!err)
		err = mfraw_kring_init(&kqp->rq, qp->rq.q.entries);
	if (!err)
		err = xa_err(xa_store(&qp->dev->rdev.kqps, qpn, qp,
				      GFP_KERNEL));
	if (err) {
		mfraw_kqp_free(kqp);
		return err;
	}
	qp->kqp = kqp;

	return 0;
}

/**
 * mfraw_kqp_reset - reset the state of a kernel user's QP
 * @qp: QP in RESET, with no request in progress; may be a process's QP
 *
 * Context: sleeps.
 */
void mfraw_kqp_reset(struct mfraw_qp *qp)
{
	struct mfraw_kqp *kqp = qp->kqp;

	if (!kqp)
		return;

	mfraw_kcq_clean(qp->sq.cq, qp);
	if (qp->rq.q.cq != qp->sq.cq)
		mfraw_kcq_clean(qp->rq.q.cq, qp);
	kqp->sq.prod = 0;
	kqp->sq.tail = 0;
	kqp->rq.prod = 0;
	kqp->rq.tail = 0;
}

/**
 * mfraw_kqp_fini - free the state of a kernel user's QP
 * @qp: QP in RESET, with no request in progress; may be a process's QP
 *
 * Context: sleeps.
 */
void mfraw_kqp_fini(struct mfraw_qp *qp)
{
	if (!qp->kqp)
		return;

	mfraw_kqp_reset(qp);
	xa_erase(&qp->dev->rdev.kqps, qp->ibqp.qp_num);
	mfraw_kqp_free(qp->kqp);
	qp->kqp = NULL;
}

const struct ib_device_ops mfraw_kverbs_ops = {
	.poll_cq = mfraw_poll_cq,
	.post_recv = mfraw_post_recv,
	.post_send = mfraw_post_send,
	.post_srq_recv = mfraw_post_srq_recv,
	.req_notify_cq = mfraw_req_notify_cq,
};
