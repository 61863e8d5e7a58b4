// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Queue pairs: the life cycle and the state machine. What the queues do stands
 * in send.c and recv.c.
 *
 * Lock order: sq.lock, then that of zerocopy.c, then rq.q.lock of a queue pair
 * or WQ, then the completer's (roce.h) or that of an SRQ, then that of a CQ. A
 * frame to another queue pair, or to the sender
 * itself, takes the receiver's rq.q.lock inside the sender's sq.lock; nothing
 * takes an sq.lock inside an rq.q.lock, nor one of these inside another.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "cq.h"
#include "roce.h"

#define MFRAW_QP_CREATE_FLAGS	(IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK | \
				 IB_QP_CREATE_CVLAN_STRIPPING | \
				 IB_QP_CREATE_SCATTER_FCS)

#define MFRAW_MIN_SEND_SHIFT	5	/* header and one piece of memory */

/* A request without what came after the first version. */
#define MFRAW_CREATE_QP_REQ_V1	offsetof(struct mfraw_create_qp_req, max_tso_hdr)

#define MFRAW_MODIFY_QP_MASK	(IB_QP_ATTR_STANDARD_BITS | IB_QP_RATE_LIMIT)

static void mfraw_qp_event(struct mfraw_qp *qp, enum ib_event_type type)
{
	struct ib_event event = {
		.device = qp->ibqp.device,
		.element.qp = &qp->ibqp,
		.event = type,
	};

	if (qp->ibqp.event_handler)
		qp->ibqp.event_handler(&event, qp->ibqp.qp_context);
}

/**
 * mfraw_qp_lock - take all locks of a queue pair
 * @qp: the queue pair
 */
void mfraw_qp_lock(struct mfraw_qp *qp)
	__acquires(&qp->sq.lock) __acquires(&qp->rq.q.lock)
	__acquires(&qp->comp_lock)
{
	spin_lock_bh(&qp->sq.lock);
	spin_lock(&qp->rq.q.lock);
	spin_lock(&qp->comp_lock);
}

/**
 * mfraw_qp_unlock - the end of mfraw_qp_lock()
 * @qp: the queue pair
 */
void mfraw_qp_unlock(struct mfraw_qp *qp)
	__releases(&qp->comp_lock) __releases(&qp->rq.q.lock)
	__releases(&qp->sq.lock)
{
	spin_unlock(&qp->comp_lock);
	spin_unlock(&qp->rq.q.lock);
	spin_unlock_bh(&qp->sq.lock);
}

/*
 * From now on, posting must tell the kernel, which flushes. The flags are set
 * before the indices are read for the flush; see struct mfraw_qp_db.
 */
static void mfraw_qp_enter_err(struct mfraw_qp *qp)
{
	WRITE_ONCE(qp->state, IB_QPS_ERR);
	WRITE_ONCE(qp->rq.state, IB_WQS_ERR);
	WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
	WRITE_ONCE(qp->db->rq_wakeup, cpu_to_le32(1));
	/* The flags before the indices. */
	smp_mb();
}

/**
 * mfraw_qp_fail - go to the error state after a completion in error
 * @qp: the queue pair
 *
 * The flush of both queues follows from a work item, since it takes locks that
 * this context can't.
 *
 * Context: atomic, with one of the queue pair's locks held.
 */
void mfraw_qp_fail(struct mfraw_qp *qp)
{
	mfraw_qp_enter_err(qp);
	queue_work(system_unbound_wq, &qp->err_work);
}

/**
 * mfraw_qp_fatal - go to the error state where no completion can tell why
 * @qp: the queue pair
 *
 * Raises IB_EVENT_QP_FATAL (IBTA 11.6.3.2, local work queue catastrophic
 * error) once.
 *
 * Context: atomic, with one of the queue pair's locks held.
 */
void mfraw_qp_fatal(struct mfraw_qp *qp)
{
	mfraw_qp_fail(qp);
	if (!test_and_set_bit(MFRAW_QP_FATAL, &qp->flags))
		mfraw_qp_event(qp, IB_EVENT_QP_FATAL);
}

/**
 * mfraw_qp_sq_fail - the send queue goes to its error state, the rest goes on
 * @qp: UC or UD
 *
 * What else is posted there is flushed, until the owner sets RTS once more
 * (IBTA 10.3.1.6, SQE).
 *
 * Context: atomic, sq.lock.
 */
void mfraw_qp_sq_fail(struct mfraw_qp *qp)
{
	/* An error of all of it may have come first, or come now. */
	if (cmpxchg(&qp->state, IB_QPS_RTS, IB_QPS_SQE) != IB_QPS_RTS &&
	    cmpxchg(&qp->state, IB_QPS_SQD, IB_QPS_SQE) != IB_QPS_SQD)
		return;
	WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
	/* The flag before the index. */
	smp_mb();
	queue_work(system_unbound_wq, &qp->err_work);
}

/* The receive queue met an error, see struct mfraw_rq. */
static void mfraw_qp_rq_fail(struct mfraw_rq *rq, bool fatal)
{
	struct mfraw_qp *qp = container_of(rq, struct mfraw_qp, rq);

	if (fatal)
		mfraw_qp_fatal(qp);
	else
		mfraw_qp_fail(qp);
}

/**
 * mfraw_queue_flush - complete all that is posted with an error
 * @q: of a queue pair or WQ in the error state
 * @num: its number
 * @opcode: says which queue it is
 *
 * Context: atomic, @q's lock held.
 */
void mfraw_queue_flush(struct mfraw_queue *q, u32 num,
		       enum mfraw_cqe_opcode opcode)
{
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(num),
		.status = MFRAW_CQE_WR_FLUSH_ERR,
		.opcode = opcode,
	};
	struct mfraw_cq *cq = q->cq;
	u32 todo;

	if (!q->entries)
		return;

	/* Pairs with the release of the index in the provider. */
	todo = le32_to_cpu(smp_load_acquire(q->shared_prod)) - q->cons;
	if (!todo || todo > q->entries)
		return;

	spin_lock(&cq->lock);
	for (; todo; todo--) {
		cqe.wqe_idx = cpu_to_le32(q->cons++);
		mfraw_cq_push(cq, &cqe);
	}
	mfraw_cq_publish(cq, true);
	spin_unlock(&cq->lock);
	q->prod = q->cons;
}

/**
 * mfraw_sq_flush - complete all sends that are posted with an error
 * @qp: in the error state
 *
 * Context: atomic, send queue's lock.
 */
void mfraw_sq_flush(struct mfraw_qp *qp)
{
	if (qp->roce) {
		mfraw_comp_flush(qp->roce);
		return;
	}
	/* What was sent before completes first, and brings the flush back. */
	if (!qp->sq.entries || mfraw_zc_busy(qp))
		return;
	qp->tso_done = 0;
	mfraw_queue_flush(&qp->sq, qp->ibqp.qp_num, MFRAW_CQE_SEND);
}

/**
 * mfraw_qp_flush_rq - complete all receives that were posted with an error
 * @qp: if it is not in the error state, nothing happens
 *
 * In order: the one that a message has is older than those in the ring.
 *
 * Context: process context.
 */
void mfraw_qp_flush_rq(struct mfraw_qp *qp)
{
	if (qp->roce)
		mfraw_resp_flush(qp->roce);
	mfraw_rq_flush(&qp->rq);
}

static void mfraw_qp_flush(struct mfraw_qp *qp)
{
	spin_lock_bh(&qp->sq.lock);
	if (mfraw_sq_dead(READ_ONCE(qp->state)))
		mfraw_sq_flush(qp);
	spin_unlock_bh(&qp->sq.lock);

	mfraw_qp_flush_rq(qp);
}

static void mfraw_qp_err_work(struct work_struct *work)
{
	mfraw_qp_flush(container_of(work, struct mfraw_qp, err_work));
}

/*
 * What the user asks for, against what ibv_query_device() said. Numbers first:
 * they are wrong for every type.
 */
static int mfraw_qp_check_init(const struct ib_qp_init_attr *init, bool kernel)
{
	const struct ib_qp_cap *cap = &init->cap;

	if (cap->max_send_wr > MFRAW_MAX_WR ||
	    cap->max_recv_wr > MFRAW_MAX_WR ||
	    cap->max_send_sge > MFRAW_MAX_SGE ||
	    cap->max_recv_sge > MFRAW_MAX_SGE ||
	    cap->max_inline_data > MFRAW_MAX_INLINE)
		return -EINVAL;

	/* Raw packets are user space's, and the GSI is the kernel's. */
	if (kernel ? init->qp_type == IB_QPT_RAW_PACKET || init->rwq_ind_tbl :
		     init->qp_type == IB_QPT_GSI)
		return -EOPNOTSUPP;

	switch (init->qp_type) {
	case IB_QPT_RAW_PACKET:
		return init->srq || init->create_flags & ~MFRAW_QP_CREATE_FLAGS ?
		       -EOPNOTSUPP : 0;
	case IB_QPT_UD:
	case IB_QPT_GSI:
		return init->create_flags &
		       ~IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK ? -EOPNOTSUPP : 0;
	case IB_QPT_RC:
	case IB_QPT_UC:
		return init->create_flags ? -EOPNOTSUPP : 0;
	case IB_QPT_XRC_INI:
		return kernel || init->create_flags ? -EOPNOTSUPP : 0;
	case IB_QPT_XRC_TGT:
		return !init->xrcd || init->srq || init->create_flags ?
		       -EOPNOTSUPP : 0;
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * mfraw_queue_init - the size of a queue
 * @q: zeroed
 * @wr: entries that the user wants, 0: none
 * @sge: pieces of memory that an entry has room for
 * @shift: log2 of an entry's size
 */
void mfraw_queue_init(struct mfraw_queue *q, u32 wr, u32 sge, u8 shift)
{
	if (!wr)
		return;
	q->entries = roundup_pow_of_two(wr);
	q->max_sge = sge;
	q->shift = shift;
}

/* Sizes of the queues, and what they really offer, back into @cap. */
static void mfraw_qp_size(struct mfraw_qp *qp, struct ib_qp_cap *cap, bool roce)
{
	/* Stands between the header of an entry and pieces of memory. */
	u32 tso_hdr = ALIGN(qp->max_tso_hdr, MFRAW_TSO_HDR_ALIGN);
	u32 seg = roce ? sizeof(struct mfraw_roce_seg) : 0;
	u32 send_sge = max(cap->max_send_sge, 1U);
	u32 body = max_t(u32, tso_hdr + send_sge * sizeof(struct mfraw_sge),
			 cap->max_inline_data);
	u8 send_shift = max(MFRAW_MIN_SEND_SHIFT,
			    order_base_2(sizeof(struct mfraw_send_wqe) + seg +
					 body));

	/* What is left of an entry is the user's. */
	body = BIT(send_shift) - sizeof(struct mfraw_send_wqe) - seg;
	send_sge = min_t(u32, (body - tso_hdr) / sizeof(struct mfraw_sge),
			 MFRAW_MAX_SGE);

	mfraw_queue_init(&qp->sq, cap->max_send_wr, send_sge, send_shift);
	qp->max_inline = qp->sq.entries ? min(body, MFRAW_MAX_INLINE) : 0;

	cap->max_send_wr = qp->sq.entries;
	cap->max_recv_wr = qp->rq.q.entries;
	cap->max_send_sge = qp->sq.max_sge;
	cap->max_recv_sge = qp->rq.q.max_sge;
	cap->max_inline_data = qp->max_inline;
}

static int mfraw_qp_alloc_queues(struct mfraw_qp *qp,
				 struct ib_ucontext *ibuctx,
				 struct mfraw_create_qp_resp *resp)
{
	size_t sq_off = PAGE_SIZE;
	size_t rq_off = sq_off + ((size_t)qp->sq.entries << qp->sq.shift);
	size_t size = rq_off + ((size_t)qp->rq.q.entries << qp->rq.q.shift);

	int err;

	if (qp->sq.entries && !qp->roce) {
		qp->burst = mfraw_burst_alloc();
		if (!qp->burst)
			return -ENOMEM;
		err = mfraw_zc_init(qp);
		if (err)
			goto err_burst;
	}

	qp->mem = mfraw_qmem_alloc(ibuctx, size);
	if (IS_ERR(qp->mem)) {
		err = PTR_ERR(qp->mem);
		goto err_zc;
	}

	qp->db = qp->mem->addr;
	qp->sq.ring = qp->mem->addr + sq_off;
	qp->rq.q.ring = qp->mem->addr + rq_off;
	/* Nobody polls yet. */
	qp->db->sq_wakeup = cpu_to_le32(1);
	qp->sq.shared_prod = &qp->db->sq_prod;
	qp->rq.q.shared_prod = &qp->db->rq_prod;

	if (ibuctx)
		resp->mmap_key = rdma_user_mmap_get_offset(&qp->mem->entry);
	resp->mmap_size = qp->mem->size;
	resp->sq_off = sq_off;
	resp->sq_entries = qp->sq.entries;
	resp->sq_shift = qp->sq.shift;
	resp->rq_off = rq_off;
	resp->rq_entries = qp->rq.q.entries;
	resp->rq_shift = qp->rq.q.shift;

	return 0;

err_zc:
	mfraw_zc_fini(qp);
err_burst:
	kvfree(qp->burst);
	qp->burst = NULL;
	return err;
}

static void mfraw_qp_free_queues(struct mfraw_qp *qp)
{
	mfraw_queue_hide(&qp->sq);
	mfraw_queue_hide(&qp->rq.q);
	mfraw_qmem_free(qp->mem);
	mfraw_zc_fini(qp);
	kvfree(qp->burst);
}

/* What user space asks for. */
static int mfraw_qp_create_req(struct ib_udata *udata,
			       struct mfraw_create_qp_req *req)
{
	int err;

	memset(req, 0, sizeof(*req));
	if (!udata)
		return 0;

	err = mfraw_check_udata_mask(udata, MFRAW_CREATE_QP_REQ_V1,
				     sizeof(*req), req,
				     MFRAW_CREATE_QP_MAX_TSO_HDR);
	if (err)
		return err;
	if (!(req->comp_mask & MFRAW_CREATE_QP_MAX_TSO_HDR))
		req->max_tso_hdr = 0;
	else if (udata->inlen < offsetofend(typeof(*req), max_tso_hdr))
		return -EINVAL;
	if (req->max_tso_hdr > MFRAW_MAX_TSO_HDR || req->reserved)
		return -EINVAL;

	return 0;
}

/* 0 and 1 are the special queue pairs of an InfiniBand port. */
static int mfraw_qpn_alloc(struct mfraw_dev *dev, enum ib_qp_type type)
{
	bool gsi = type == IB_QPT_GSI;
	int qpn;

	qpn = ida_alloc_range(&dev->qpns, gsi ? 1 : 2,
			      gsi ? 1 : MFRAW_MAX_QP + 1, GFP_KERNEL);

	return qpn == -ENOSPC ? -ENOMEM : qpn;
}

/* Without a queue, its size doesn't matter. */
static void mfraw_qp_trim(struct ib_qp_init_attr *init)
{
	if (init->qp_type == IB_QPT_XRC_TGT)
		init->cap = (struct ib_qp_cap){};
	if (init->qp_type == IB_QPT_XRC_INI) {
		init->cap.max_recv_wr = 0;
		init->cap.max_recv_sge = 0;
	}
}

static int mfraw_create_qp(struct ib_qp *ibqp, struct ib_qp_init_attr *init,
			   struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibqp->device);
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct mfraw_create_qp_resp resp = {};
	struct mfraw_create_qp_req req;
	struct ib_ucontext *ibuctx = NULL;
	int qpn;
	int err;

	if (udata)
		ibuctx = &rdma_udata_to_drv_context(udata,
						    struct mfraw_ucontext,
						    ibuctx)->ibuctx;

	mfraw_qp_trim(init);
	err = mfraw_qp_check_init(init, !udata);
	if (err)
		return err;
	if (init->qp_type != IB_QPT_RAW_PACKET && !dev->roce)
		return -EOPNOTSUPP;

	if (init->rwq_ind_tbl)
		return mfraw_rss_create(qp, init, udata);

	err = mfraw_qp_create_req(udata, &req);
	if (err)
		return err;

	qpn = mfraw_qpn_alloc(dev, init->qp_type);
	if (qpn < 0)
		return qpn;

	qp->dev = dev;
	qp->rxq.ops = &mfraw_rxq_ops;
	qp->state = IB_QPS_RESET;
	if (init->create_flags & IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK)
		__set_bit(MFRAW_QP_BLOCK_LOOPBACK, &qp->flags);
	qp->sig_all = init->sq_sig_type == IB_SIGNAL_ALL_WR;
	/* One by one: for lockdep they are of different classes. */
	spin_lock_init(&qp->sq.lock);
	spin_lock_init(&qp->comp_lock);
	mfraw_rq_init(&qp->rq, to_mfraw_cq(init->recv_cq),
		      init->cap.max_recv_wr, init->cap.max_recv_sge);
	mutex_init(&qp->modify_lock);
	INIT_WORK(&qp->err_work, mfraw_qp_err_work);
	mfraw_stall_init(qp);
	mfraw_pace_init(qp);
	INIT_LIST_HEAD(&qp->engine_entry);
	qp->max_tso_hdr = req.max_tso_hdr;
	mfraw_qp_size(qp, &init->cap, init->qp_type != IB_QPT_RAW_PACKET);
	qp->sq.cq = to_mfraw_cq(init->send_cq);
	qp->rq.dev = dev;
	qp->rq.pd = ibqp->pd;
	qp->rq.num = qpn;
	qp->rq.fail = mfraw_qp_rq_fail;
	if (init->create_flags & IB_QP_CREATE_CVLAN_STRIPPING)
		qp->rq.features |= MFRAW_RQ_STRIP_CVLAN;
	if (init->create_flags & IB_QP_CREATE_SCATTER_FCS)
		qp->rq.features |= MFRAW_RQ_SCATTER_FCS;

	ibqp->qp_num = qpn;
	if (init->qp_type != IB_QPT_RAW_PACKET) {
		err = mfraw_roce_create(qp, init);
		if (err)
			goto err_qpn;
	}

	err = mfraw_qp_alloc_queues(qp, ibuctx, &resp);
	if (err)
		goto err_roce;

	if (udata)
		err = mfraw_resp_udata(udata, &resp, sizeof(resp));
	else if (init->qp_type != IB_QPT_XRC_TGT)
		err = mfraw_kqp_init(qp, qpn);
	if (!err && qp->roce)
		err = mfraw_roce_add(qp);
	if (err)
		goto err_queues;

	return 0;

err_queues:
	mfraw_kqp_fini(qp);
	mfraw_qp_free_queues(qp);
err_roce:
	if (qp->roce)
		mfraw_roce_free(qp);
err_qpn:
	ida_free(&dev->qpns, qpn);
	return err;
}

/* Set a state that is not ERR, under all locks. */
static void mfraw_qp_set_state(struct mfraw_qp *qp, enum ib_qp_state state)
{
	mfraw_qp_lock(qp);
	if (state == IB_QPS_RESET && qp->roce)
		mfraw_resp_put_back(qp->roce);
	WRITE_ONCE(qp->state, state);
	if (state == IB_QPS_RESET) {
		WRITE_ONCE(qp->rq.state, IB_WQS_RESET);
		qp->sq.cons = 0;
		qp->tso_done = 0;
		qp->pace.rate = 0;
		qp->rq.q.cons = 0;
		qp->rq.q.prod = 0;
		qp->db->sq_prod = 0;
		qp->db->rq_prod = 0;
		WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
		WRITE_ONCE(qp->db->rq_wakeup, 0);
		clear_bit(MFRAW_QP_FATAL, &qp->flags);
		if (qp->roce)
			mfraw_roce_reset(qp->roce);
	}
	mfraw_qp_unlock(qp);
}

static void mfraw_qp_to_err(struct mfraw_qp *qp)
{
	spin_lock_bh(&qp->sq.lock);
	mfraw_qp_enter_err(qp);
	spin_unlock_bh(&qp->sq.lock);
	mfraw_qp_flush(qp);
}

/*
 * The step from @cur to @next is legal. It may have been overtaken by an error
 * on the data path, which a step to RESET or ERR may ignore and others not.
 */
static int mfraw_qp_step(struct mfraw_qp *qp, enum ib_qp_state cur,
			 enum ib_qp_state next)
{
	if (next == IB_QPS_ERR) {
		mfraw_qp_to_err(qp);
		return 0;
	}

	if (next == IB_QPS_RESET) {
		if (qp->roce)
			mfraw_roce_answer(qp->roce);
		/* No flush may run into the new life. */
		mfraw_qp_set_state(qp, next);
		mfraw_zc_mute(qp);
		mfraw_stall_del(qp);
		mfraw_engine_del(qp);
		if (qp->roce) {
			mfraw_roce_stop(qp->roce);
			mfraw_mw_leave_qp(qp);
		}
		cancel_work_sync(&qp->err_work);
		mfraw_kqp_reset(qp);
		return 0;
	}

	/* What was posted before now is none of what follows. */
	if (cur == IB_QPS_SQE)
		mfraw_qp_flush(qp);

	mfraw_qp_lock(qp);
	if (qp->state == cur) {
		WRITE_ONCE(qp->state, next);
		WRITE_ONCE(qp->rq.state, next == IB_QPS_INIT ? IB_WQS_RESET :
							       IB_WQS_RDY);
	}
	cur = qp->state;
	if (cur == IB_QPS_SQD && qp->roce &&
	    qp->sq.cons == qp->roce->comp.end_idx)
		mfraw_roce_drained(qp->roce);
	mfraw_qp_unlock(qp);
	if (cur != next)
		return -EINVAL;

	return 0;
}

/* What comes with a step; it may be nothing. */
static int mfraw_qp_modify_req(struct ib_udata *udata,
			       const struct ib_qp_attr *attr, int mask,
			       struct mfraw_modify_qp_req *req)
{
	int err;

	memset(req, 0, sizeof(*req));
	if (!udata || !udata->inlen)
		return 0;

	err = mfraw_check_udata_mask(udata, sizeof(*req), sizeof(*req), req,
				     MFRAW_MODIFY_QP_BURST);
	if (err)
		return err;
	if (req->reserved)
		return -EINVAL;
	if (!(req->comp_mask & MFRAW_MODIFY_QP_BURST)) {
		req->max_burst_sz = 0;
		return 0;
	}
	/* A burst of what? */
	if (!(mask & IB_QP_RATE_LIMIT) ||
	    (!attr->rate_limit && (req->max_burst_sz || req->typical_pkt_sz)))
		return -EINVAL;

	return 0;
}

static int mfraw_modify_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr,
			   int mask, struct ib_udata *udata)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct mfraw_modify_qp_req req;
	enum ib_qp_state cur, next;
	int err;

	/* One that spreads frames has no states; its WQs do. */
	if (qp->rss || mask & ~MFRAW_MODIFY_QP_MASK)
		return -EOPNOTSUPP;
	if (qp->roce) {
		err = mfraw_roce_check_attr(qp, attr, mask);
		if (err)
			return err;
	}
	err = mfraw_qp_modify_req(udata, attr, mask, &req);
	if (err)
		return err;

	mutex_lock(&qp->modify_lock);
	cur = READ_ONCE(qp->state);
	if ((mask & IB_QP_CUR_STATE) && attr->cur_qp_state != cur)
		err = -EINVAL;
	next = mask & IB_QP_STATE ? attr->qp_state : cur;

	if (!err && !ib_modify_qp_is_ok(cur, next, ibqp->qp_type, mask)) {
		ibdev_dbg(ibqp->device, "QP %u: no step from state %d to %d with attributes %#x\n",
			  ibqp->qp_num, cur, next, mask);
		err = -EINVAL;
	}
	if (!err && (mask & IB_QP_RATE_LIMIT))
		mfraw_pace_set(qp, attr->rate_limit, req.max_burst_sz);
	if (!err && qp->roce)
		err = mfraw_roce_set_attr(qp, attr, mask);
	if (!err && (mask & IB_QP_STATE) && (next != cur || next == IB_QPS_ERR))
		err = mfraw_qp_step(qp, cur, next);
	mutex_unlock(&qp->modify_lock);

	/* Work that was posted while the queue was held back. */
	if (!err && next == IB_QPS_RTS &&
	    (cur == IB_QPS_SQD || cur == IB_QPS_SQE ||
	     mask & IB_QP_RATE_LIMIT))
		mfraw_sq_run(qp);

	return err;
}

static int mfraw_query_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr,
			  int mask, struct ib_qp_init_attr *init)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct ib_qp_cap cap = {
		.max_send_wr = qp->sq.entries,
		.max_recv_wr = qp->rq.q.entries,
		.max_send_sge = qp->sq.max_sge,
		.max_recv_sge = qp->rq.q.max_sge,
		.max_inline_data = qp->max_inline,
	};

	if (qp->roce)
		mfraw_roce_query(qp, attr, init);
	attr->qp_state = qp->rss ? IB_QPS_RTR : READ_ONCE(qp->state);
	attr->cur_qp_state = attr->qp_state;
	attr->port_num = 1;
	attr->cap = cap;

	init->qp_type = ibqp->qp_type;
	init->send_cq = ibqp->send_cq;
	init->recv_cq = ibqp->recv_cq;
	init->sq_sig_type = qp->sig_all ? IB_SIGNAL_ALL_WR : IB_SIGNAL_REQ_WR;
	init->cap = cap;

	return 0;
}

static int mfraw_destroy_qp(struct ib_qp *ibqp, struct ib_udata *udata)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);

	if (qp->rss) {
		mfraw_rss_destroy(qp);
		return 0;
	}

	if (qp->roce)
		mfraw_roce_answer(qp->roce);
	/* Its flows are gone, but steering may still be calling. */
	mfraw_qp_set_state(qp, IB_QPS_RESET);
	/* Who still posts into the ring learns from the kick that it is dead. */
	WRITE_ONCE(qp->db->rq_wakeup, cpu_to_le32(1));
	mfraw_zc_leave(qp);
	mfraw_stall_del(qp);
	mfraw_engine_del(qp);
	/* The above may still have kicked its task. */
	if (qp->roce) {
		mfraw_roce_del(qp);
		mfraw_mw_leave_qp(qp);
	}
	if (test_bit(MFRAW_QP_RULES, &qp->flags))
		synchronize_rcu_expedited();
	cancel_work_sync(&qp->err_work);

	mfraw_kqp_fini(qp);
	mfraw_qp_free_queues(qp);
	if (qp->roce)
		mfraw_roce_free(qp);
	ida_free(&qp->dev->qpns, ibqp->qp_num);

	return 0;
}

const struct ib_device_ops mfraw_qp_ops = {
	.create_qp = mfraw_create_qp,
	.destroy_qp = mfraw_destroy_qp,
	.modify_qp = mfraw_modify_qp,
	.query_qp = mfraw_query_qp,

	INIT_RDMA_OBJ_SIZE(ib_qp, mfraw_qp, ibqp),
};
