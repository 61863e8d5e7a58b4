// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Queue pairs: life cycle and state machine, common to all kinds of QPs.
 * qp_ops.h lists the differences between the kinds; queue/send.c and
 * queue/recv.c execute work requests.
 *
 * Lock order: sq.lock, the lock of queue/zerocopy.c, rq.q.lock of a QP or WQ,
 * comp_lock or the lock of an SRQ, the lock of a CQ. Delivering a frame to
 * another QP, or to the sender itself, takes the receiver's rq.q.lock inside
 * the sender's sq.lock. No sq.lock is taken inside an rq.q.lock. Two sq.locks,
 * or two rq.q.locks, are never held together.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "queue/rss.h"
#include "queue/rxq.h"
#include "queue/send.h"
#include "queue/stall.h"
#include "refuse.h"
#include "trace.h"
#include "verbs/cq.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"
#include "verbs/qp_state.h"
#include "verbs/restrack.h"
#include "verbs/ucontext.h"

#define MFRAW_MIN_SEND_SHIFT	5	/* header and one SGE */

#define MFRAW_MODIFY_QP_MASK	(IB_QP_ATTR_STANDARD_BITS | IB_QP_RATE_LIMIT)

/* struct mfraw_rq.fail of a QP's receive queue. */
static void mfraw_qp_rq_fail(struct mfraw_rq *rq, bool fatal)
{
	struct mfraw_qp *qp = container_of(rq, struct mfraw_qp, rq);

	if (fatal)
		mfraw_qp_fatal(qp);
	else
		mfraw_qp_fail(qp);
}

static void mfraw_qp_flush(struct mfraw_qp *qp)
{
	spin_lock_bh(&qp->sq.lock);
	if (mfraw_sq_dead(READ_ONCE(qp->state)))
		qp->ops->flush_sq(qp);
	spin_unlock_bh(&qp->sq.lock);

	qp->ops->flush_rq(qp);
}

static void mfraw_qp_err_work(struct work_struct *work)
{
	mfraw_qp_flush(container_of(work, struct mfraw_qp, err_work));
}

/* Compute the queue sizes, and return the actual capabilities in @cap. */
static void mfraw_qp_size(struct mfraw_qp *qp, struct ib_qp_cap *cap)
{
	/* The TSO header is between the WQE's header and its SGEs. */
	u32 tso_hdr = ALIGN(qp->max_tso_hdr, MFRAW_TSO_HDR_ALIGN);
	u32 seg = qp->ops->seg_size;
	u32 send_sge = max(cap->max_send_sge, 1U);
	u32 body = max_t(u32, tso_hdr + send_sge * sizeof(struct mfraw_sge),
			 cap->max_inline_data);
	u8 send_shift = max(MFRAW_MIN_SEND_SHIFT,
			    order_base_2(sizeof(struct mfraw_send_wqe) + seg +
					 body));

	/* Offer the space that rounding up the WQE size has added. */
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

	qp->mem = mfraw_qmem_alloc(ibuctx, size);
	if (IS_ERR(qp->mem))
		return PTR_ERR(qp->mem);

	qp->db = qp->mem->addr;
	qp->sq.ring = qp->mem->addr + sq_off;
	qp->rq.q.ring = qp->mem->addr + rq_off;
	/* The engine does not poll yet: ask for kicks. */
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
}

static void mfraw_qp_free_queues(struct mfraw_qp *qp)
{
	mfraw_queue_hide(&qp->sq);
	mfraw_queue_hide(&qp->rq.q);
	mfraw_qmem_free(qp->mem);
}

/* The GSI QP has the same number on every device. */
static int mfraw_gsi_alloc(struct mfraw_dev *dev)
{
	int qpn = ida_alloc_range(&dev->qpns, MFRAW_GSI_QPN, MFRAW_GSI_QPN,
				  GFP_KERNEL);

	return qpn == -ENOSPC ? -ENOMEM : qpn;
}

/* XRC QPs lack one queue or both: ignore the sizes that the caller gave. */
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
	err = mfraw_qp_check_init(ibqp->device, init, !udata);
	if (err)
		return err;

	if (init->rwq_ind_tbl)
		return mfraw_rss_create(qp, init, udata);

	err = mfraw_qp_create_req(ibqp->device, udata, &req);
	if (err)
		return err;

	qpn = init->qp_type == IB_QPT_GSI ? mfraw_gsi_alloc(dev) :
					    mfraw_qpn_alloc(dev);
	if (qpn < 0)
		return qpn;

	qp->dev = dev;
	qp->ops = init->qp_type == IB_QPT_RAW_PACKET ? &mfraw_raw_qp_ops :
						       dev->roce;
	err = mfraw_rxq_alloc(qp);
	if (err)
		goto err_qpn;
	qp->state = IB_QPS_RESET;
	if (init->create_flags & IB_QP_CREATE_BLOCK_MULTICAST_LOOPBACK)
		__set_bit(MFRAW_QP_BLOCK_LOOPBACK, &qp->flags);
	qp->sig_all = init->sq_sig_type == IB_SIGNAL_ALL_WR;
	/* Not in a helper: each lock needs a lockdep class of its own. */
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
	mfraw_qp_size(qp, &init->cap);
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
	err = qp->ops->create(qp, init);
	if (err)
		goto err_rxq;

	err = mfraw_qp_alloc_queues(qp, ibuctx, &resp);
	if (err)
		goto err_free;

	if (udata)
		err = mfraw_kick_add(dev, &qp->kicked, ibuctx, qpn) ?:
		      ib_respond_udata(udata, resp);
	if (!err && qp->ops->add)
		err = qp->ops->add(qp);
	if (err)
		goto err_queues;

	return 0;

err_queues:
	mfraw_kick_del(dev, &qp->kicked, qpn);
	mfraw_wait_readers(dev);
	mfraw_qp_free_queues(qp);
err_free:
	qp->ops->free(qp);
err_rxq:
	mfraw_rxq_free(qp);
err_qpn:
	ida_free(&dev->qpns, qpn);
	return err;
}

/* Set a state other than ERR, with all locks of the QP. */
static void mfraw_qp_set_state(struct mfraw_qp *qp, enum ib_qp_state state)
{
	mfraw_qp_lock(qp);
	if (state == IB_QPS_RESET)
		qp->ops->reset(qp);
	trace_mfraw_qp_state(&qp->ibqp, qp->state, state);
	WRITE_ONCE(qp->state, state);
	if (state == IB_QPS_RESET) {
		WRITE_ONCE(qp->rq.state, IB_WQS_RESET);
		qp->sq.cons = 0;
		qp->pace.rate = 0;
		qp->rq.q.cons = 0;
		qp->rq.q.prod = 0;
		qp->db->sq_prod = 0;
		qp->db->rq_prod = 0;
		WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
		WRITE_ONCE(qp->db->rq_wakeup, 0);
		clear_bit(MFRAW_QP_FATAL, &qp->flags);
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
 * Take the legal step from @cur to @next; modify_lock held. The data path may
 * have left @cur for an error state meanwhile. Steps to RESET and ERR ignore
 * that, all others fail.
 */
static int mfraw_qp_step(struct mfraw_qp *qp, enum ib_qp_state cur,
			 enum ib_qp_state next)
{
	lockdep_assert_held(&qp->modify_lock);
	if (next == IB_QPS_ERR) {
		mfraw_qp_to_err(qp);
		return 0;
	}

	if (next == IB_QPS_RESET) {
		if (qp->ops->finish)
			qp->ops->finish(qp);
		/*
		 * Set RESET, then stop the work items: a late flush must not
		 * reach requests that are posted after the reset.
		 */
		mfraw_qp_set_state(qp, next);
		qp->ops->stop(qp, false);
		cancel_work_sync(&qp->err_work);
		if (qp->ops->clean)
			qp->ops->clean(qp);
		return 0;
	}

	/* Requests posted in SQE must not be executed in the next state. */
	if (cur == IB_QPS_SQE)
		mfraw_qp_flush(qp);

	mfraw_qp_lock(qp);
	if (qp->state == cur) {
		trace_mfraw_qp_state(&qp->ibqp, cur, next);
		WRITE_ONCE(qp->state, next);
		WRITE_ONCE(qp->rq.state, next == IB_QPS_INIT ? IB_WQS_RESET :
							       IB_WQS_RDY);
	}
	cur = qp->state;
	if (cur == IB_QPS_SQD && qp->ops->enter_sqd)
		qp->ops->enter_sqd(qp);
	mfraw_qp_unlock(qp);
	if (cur != next)
		return mfraw_refuse(qp->ibqp.device, -EINVAL,
				    "QP %u: state %d, an error came first",
				    qp->ibqp.qp_num, cur);

	return 0;
}

/*
 * Whether the specification's table has the step. Since Linux 7.2, the core takes
 * a rate limit in each step of each type; only raw packets that are sent have one.
 */
static bool mfraw_qp_step_ok(const struct ib_qp *ibqp, enum ib_qp_state cur,
			     enum ib_qp_state next, int mask)
{
	if (!ib_modify_qp_is_ok(cur, next, ibqp->qp_type, mask))
		return false;

	return !(mask & IB_QP_RATE_LIMIT) ||
	       (ibqp->qp_type == IB_QPT_RAW_PACKET && next == IB_QPS_RTS &&
		(cur == IB_QPS_RTR || cur == IB_QPS_RTS));
}

static int mfraw_modify_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr,
			   int mask, struct ib_udata *udata)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	struct mfraw_modify_qp_req req;
	enum ib_qp_state cur, next;
	int err;

	if (qp->ops->check_attr) {
		err = qp->ops->check_attr(qp, attr, mask);
		if (err)
			return err;
	}
	err = mfraw_check_flags(ibqp->device, "QP", "attributes", mask,
				MFRAW_MODIFY_QP_MASK);
	if (err)
		return err;
	err = mfraw_qp_modify_req(ibqp, udata, attr, mask, &req);
	if (err)
		return err;

	mutex_lock(&qp->modify_lock);
	cur = READ_ONCE(qp->state);
	if ((mask & IB_QP_CUR_STATE) && attr->cur_qp_state != cur)
		err = mfraw_refuse(ibqp->device, -EINVAL,
				   "QP %u: current state %d, it is %d",
				   ibqp->qp_num, attr->cur_qp_state, cur);
	next = mask & IB_QP_STATE ? attr->qp_state : cur;

	if (!err && !mfraw_qp_step_ok(ibqp, cur, next, mask))
		err = mfraw_refuse(ibqp->device, -EINVAL,
				   "QP %u: no step from state %d to %d with attributes %#x",
				   ibqp->qp_num, cur, next, mask);
	if (!err && (mask & IB_QP_RATE_LIMIT))
		mfraw_pace_set(qp, attr->rate_limit, req.max_burst_sz);
	if (!err && qp->ops->set_attr)
		err = qp->ops->set_attr(qp, attr, mask);
	if (!err && (mask & IB_QP_STATE) && (next != cur || next == IB_QPS_ERR))
		err = mfraw_qp_step(qp, cur, next);
	mutex_unlock(&qp->modify_lock);

	/* Execute requests that were posted while the send queue was held. */
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

	if (qp->ops->query)
		qp->ops->query(qp, attr, init);
	attr->qp_state = READ_ONCE(qp->state);
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

	if (qp->ops->destroy) {
		qp->ops->destroy(qp);
		return 0;
	}

	if (qp->ops->finish)
		qp->ops->finish(qp);
	mfraw_kick_del(qp->dev, &qp->kicked, ibqp->qp_num);
	/* The flow rules are gone, but steering may still deliver frames. */
	mfraw_rxq_hide(qp);
	mfraw_qp_set_state(qp, IB_QPS_RESET);
	/* A process that still posts receives must kick, and sees an error. */
	WRITE_ONCE(qp->db->rq_wakeup, cpu_to_le32(1));
	/* Kicks and frames that are on their way find no work, and leave. */
	mfraw_wait_readers(qp->dev);
	qp->ops->stop(qp, true);
	mfraw_rxq_free(qp);
	cancel_work_sync(&qp->err_work);

	mfraw_qp_free_queues(qp);
	qp->ops->free(qp);
	ida_free(&qp->dev->qpns, ibqp->qp_num);

	return 0;
}

const struct ib_device_ops mfraw_qp_dev_ops = {
	.create_qp = mfraw_create_qp,
	.destroy_qp = mfraw_destroy_qp,
	.modify_qp = mfraw_modify_qp,
	.query_qp = mfraw_query_qp,

	INIT_RDMA_OBJ_SIZE(ib_qp, mfraw_qp, ibqp),
};
