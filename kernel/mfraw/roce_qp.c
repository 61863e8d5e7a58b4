// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * RC, UC, UD and XRC queue pairs: what they have more than raw packet ones,
 * their attributes, and the task that sends what became due.
 *
 * What arrives is handled inside the sender's call, which holds the lock of his
 * send queue. So nothing is sent from there: the task does it, in a softirq as
 * soon as that call is over, on the same CPU.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "roce.h"

/* Rounds of one run of the task, so that others get their turn. */
#define MFRAW_TASK_ROUNDS	8

#define MFRAW_ROCE_ATTRS	(IB_QP_ATTR_STANDARD_BITS & \
				 ~(IB_QP_ALT_PATH | IB_QP_CAP))

/**
 * mfraw_roce_kick - let the task run soon
 * @roce: whose
 *
 * Context: any; not after mfraw_roce_destroy() began to wait.
 */
void mfraw_roce_kick(struct mfraw_roce *roce)
{
	queue_work(system_bh_wq, &roce->task);
}

static void mfraw_roce_task(struct work_struct *work)
{
	struct mfraw_roce *roce = container_of(work, struct mfraw_roce, task);
	unsigned int rounds = MFRAW_TASK_ROUNDS, n;
	struct mfraw_qp *qp = roce->qp;

	do {
		spin_lock_bh(&qp->sq.lock);
		n = mfraw_resp_burst(roce);
		n += mfraw_req_burst(qp);
		spin_unlock_bh(&qp->sq.lock);
	} while (n && --rounds);
	if (n)
		mfraw_roce_kick(roce);
}

/**
 * mfraw_roce_answer - send what is due to the peer before the queue pair goes
 * @roce: still connected
 *
 * Its owner may have seen a message, and be done, before the task could say
 * that it arrived. A peer that still reads is out of luck.
 *
 * Context: process context.
 */
void mfraw_roce_answer(struct mfraw_roce *roce)
{
	unsigned int rounds = MFRAW_TASK_ROUNDS, n;

	do {
		spin_lock_bh(&roce->qp->sq.lock);
		n = mfraw_resp_burst(roce);
		spin_unlock_bh(&roce->qp->sq.lock);
	} while (n && --rounds);
}

/**
 * mfraw_roce_event - tell the owner of a queue pair
 * @roce: the queue pair
 * @type: what
 *
 * Context: atomic.
 */
void mfraw_roce_event(struct mfraw_roce *roce, enum ib_event_type type)
{
	struct ib_qp *ibqp = &roce->qp->ibqp;
	struct ib_event event = {
		.device = ibqp->device,
		.element.qp = ibqp,
		.event = type,
	};

	if (ibqp->event_handler)
		ibqp->event_handler(&event, ibqp->qp_context);
}

/**
 * mfraw_roce_drained - nothing is under way any more, in SQD
 * @roce: the queue pair
 *
 * Raises IB_EVENT_SQ_DRAINED once, if that was asked for (IBTA 10.3.1.5).
 *
 * Context: atomic, completer's lock.
 */
void mfraw_roce_drained(struct mfraw_roce *roce)
{
	if (!roce->attr.en_sqd_async_notify)
		return;
	roce->attr.en_sqd_async_notify = 0;
	mfraw_roce_event(roce, IB_EVENT_SQ_DRAINED);
}

/* The largest payload that the port can carry in a datagram. */
static u32 mfraw_roce_max_mtu(const struct mfraw_dev *dev)
{
	enum ib_mtu mtu = ib_mtu_int_to_enum(dev->attr.mtu - MFRAW_ROCE_OVERHEAD);

	return ib_mtu_enum_to_int(mtu);
}

static int mfraw_roce_alloc(struct mfraw_roce *roce)
{
	struct mfraw_qp *qp = roce->qp;

	roce->tails = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!roce->tails)
		return -ENOMEM;
	qp->burst = mfraw_burst_alloc();
	if (!qp->burst)
		goto err_tails;

	if (!qp->sq.entries)
		return 0;
	roce->swqe_size = ALIGN(offsetof(struct mfraw_swqe, sge) +
				max_t(size_t, qp->max_inline,
				      qp->sq.max_sge *
				      sizeof(struct mfraw_sge)), 8);
	roce->swqes = kvcalloc(qp->sq.entries, roce->swqe_size,
			       GFP_KERNEL_ACCOUNT);
	if (!roce->swqes)
		goto err_burst;

	return 0;

err_burst:
	kvfree(qp->burst);
	qp->burst = NULL;
err_tails:
	__free_page(roce->tails);
	return -ENOMEM;
}

static void mfraw_roce_set_type(struct mfraw_roce *roce, enum ib_qp_type type)
{
	switch (type) {
	case IB_QPT_UC:
		roce->transport = IB_OPCODE_UC;
		break;
	case IB_QPT_UD:
	case IB_QPT_GSI:
		type = IB_QPT_UD;
		roce->transport = IB_OPCODE_UD;
		break;
	case IB_QPT_XRC_INI:
	case IB_QPT_XRC_TGT:
		roce->transport = MFRAW_OPCODE_XRC;
		roce->reliable = true;
		break;
	default:
		roce->transport = IB_OPCODE_RC;
		roce->reliable = true;
		break;
	}
	roce->type = type;
}

/**
 * mfraw_roce_create - make a queue pair one of these types
 * @qp: its queues have their sizes, but no memory
 * @init: what it was created with
 *
 * Nothing arrives before mfraw_roce_add().
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_roce_create(struct mfraw_qp *qp, const struct ib_qp_init_attr *init)
{
	struct mfraw_roce *roce;
	int err;

	roce = kvzalloc(sizeof(*roce), GFP_KERNEL_ACCOUNT);
	if (!roce)
		return -ENOMEM;

	roce->qp = qp;
	mfraw_roce_set_type(roce, init->qp_type);
	if (init->srq)
		roce->srq = to_mfraw_srq(init->srq);
	roce->mtu = mfraw_roce_max_mtu(qp->dev);
	INIT_WORK(&roce->task, mfraw_roce_task);
	timer_setup(&roce->timer, mfraw_comp_timer, 0);
	timer_setup(&roce->rnr_timer, mfraw_comp_rnr_timer, 0);

	err = mfraw_roce_alloc(roce);
	if (err) {
		kvfree(roce);
		return err;
	}
	qp->roce = roce;

	return 0;
}

/**
 * mfraw_roce_add - let packets arrive
 * @qp: complete, with its number
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_roce_add(struct mfraw_qp *qp)
{
	return xa_err(xa_store(&qp->dev->qps, qp->ibqp.qp_num, qp->roce,
			       GFP_KERNEL));
}

/**
 * mfraw_roce_del - nothing arrives any more
 * @qp: in RESET
 *
 * Context: sleeps.
 */
void mfraw_roce_del(struct mfraw_qp *qp)
{
	struct mfraw_roce *roce = qp->roce;

	xa_erase(&qp->dev->qps, qp->ibqp.qp_num);
	synchronize_rcu_expedited();
	timer_shutdown_sync(&roce->timer);
	timer_shutdown_sync(&roce->rnr_timer);
	cancel_work_sync(&roce->task);
}

/**
 * mfraw_roce_free - the end of mfraw_roce_create()
 * @qp: nothing of it runs
 *
 * Context: sleeps.
 */
void mfraw_roce_free(struct mfraw_qp *qp)
{
	struct mfraw_roce *roce = qp->roce;

	kvfree(roce->swqes);
	__free_page(roce->tails);
	kvfree(roce);
	qp->roce = NULL;
}

/**
 * mfraw_roce_reset - as if new
 * @roce: whose queue pair is in RESET
 *
 * Context: all locks of the queue pair.
 */
void mfraw_roce_reset(struct mfraw_roce *roce)
{
	memset(&roce->req, 0, sizeof(roce->req));
	memset(&roce->comp, 0, sizeof(roce->comp));
	memset(&roce->resp, 0, sizeof(roce->resp));
	memset(&roce->attr, 0, sizeof(roce->attr));
	roce->access = 0;
	roce->comm_est = false;
	roce->last_wqe = false;
}

/**
 * mfraw_roce_stop - what was under way ends
 * @roce: whose queue pair is in RESET
 *
 * Context: sleeps.
 */
void mfraw_roce_stop(struct mfraw_roce *roce)
{
	timer_delete_sync(&roce->timer);
	timer_delete_sync(&roce->rnr_timer);
	cancel_work_sync(&roce->task);
}

/**
 * mfraw_roce_check_attr - can these attributes be set?
 * @qp: the queue pair
 * @attr: new values
 * @mask: which, legal for the step
 *
 * Return: 0 or an errno.
 */
int mfraw_roce_check_attr(struct mfraw_qp *qp, const struct ib_qp_attr *attr,
			  int mask)
{
	if (mask & ~MFRAW_ROCE_ATTRS)
		return -EOPNOTSUPP;
	if ((mask & IB_QP_PKEY_INDEX && attr->pkey_index) ||
	    (mask & IB_QP_ACCESS_FLAGS &&
	     attr->qp_access_flags & ~IB_ACCESS_SUPPORTED) ||
	    (mask & IB_QP_PATH_MTU &&
	     (attr->path_mtu < IB_MTU_256 || attr->path_mtu > IB_MTU_4096 ||
	      ib_mtu_enum_to_int(attr->path_mtu) >
	      mfraw_roce_max_mtu(qp->dev))) ||
	    (mask & IB_QP_TIMEOUT && attr->timeout > 31) ||
	    (mask & IB_QP_RETRY_CNT && attr->retry_cnt > 7) ||
	    (mask & IB_QP_RNR_RETRY && attr->rnr_retry > 7) ||
	    (mask & IB_QP_MIN_RNR_TIMER && attr->min_rnr_timer > 31) ||
	    (mask & IB_QP_MAX_QP_RD_ATOMIC &&
	     attr->max_rd_atomic > MFRAW_MAX_RD_ATOMIC) ||
	    (mask & IB_QP_MAX_DEST_RD_ATOMIC &&
	     attr->max_dest_rd_atomic > MFRAW_MAX_RD_ATOMIC) ||
	    (mask & IB_QP_DEST_QPN &&
	     attr->dest_qp_num > MFRAW_PSN_MASK) ||
	    (mask & IB_QP_PATH_MIG_STATE &&
	     attr->path_mig_state != IB_MIG_MIGRATED))
		return -EINVAL;

	return 0;
}

static int mfraw_roce_set_path(struct mfraw_roce *roce,
			       const struct ib_qp_attr *attr)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(&attr->ah_attr);
	struct mfraw_qp *qp = roce->qp;
	u16 sport;
	int err;

	sport = rdma_get_udp_sport(grh->flow_label, qp->ibqp.qp_num,
				   roce->dqpn);
	err = mfraw_path_init(qp->dev, &roce->path, &attr->ah_attr, sport);
	if (err)
		return err;

	roce->attr.ah_attr = attr->ah_attr;
	/* It is the core's, which holds it for us. */
	roce->attr.ah_attr.grh.sgid_attr = NULL;

	return 0;
}

/**
 * mfraw_roce_set_attr - set attributes
 * @qp: the queue pair
 * @attr: checked
 * @mask: which
 *
 * Context: modify_lock.
 * Return: 0 or an errno.
 */
int mfraw_roce_set_attr(struct mfraw_qp *qp, const struct ib_qp_attr *attr,
			int mask)
{
	struct mfraw_roce *roce = qp->roce;
	struct ib_qp_attr *to = &roce->attr;
	int err = 0;

	mfraw_qp_lock(qp);
	if (mask & IB_QP_DEST_QPN)
		roce->dqpn = attr->dest_qp_num;
	if (mask & IB_QP_AV)
		err = mfraw_roce_set_path(roce, attr);
	if (err)
		goto out;
	if (mask & IB_QP_PATH_MTU) {
		to->path_mtu = attr->path_mtu;
		roce->mtu = ib_mtu_enum_to_int(attr->path_mtu);
	}
	if (mask & IB_QP_QKEY)
		roce->qkey = attr->qkey;
	if (mask & IB_QP_ACCESS_FLAGS) {
		to->qp_access_flags = attr->qp_access_flags;
		roce->access = attr->qp_access_flags;
	}
	if (mask & IB_QP_RQ_PSN) {
		to->rq_psn = attr->rq_psn & MFRAW_PSN_MASK;
		roce->resp.psn = to->rq_psn;
	}
	if (mask & IB_QP_SQ_PSN) {
		to->sq_psn = attr->sq_psn & MFRAW_PSN_MASK;
		roce->req.psn = to->sq_psn;
		roce->req.next_psn = to->sq_psn;
		roce->comp.psn = to->sq_psn;
		roce->comp.end_psn = to->sq_psn;
	}
	if (mask & IB_QP_TIMEOUT)
		to->timeout = attr->timeout;
	if (mask & IB_QP_RETRY_CNT) {
		to->retry_cnt = attr->retry_cnt;
		roce->comp.retry_left = attr->retry_cnt;
	}
	if (mask & IB_QP_RNR_RETRY) {
		to->rnr_retry = attr->rnr_retry;
		roce->comp.rnr_left = attr->rnr_retry;
	}
	if (mask & IB_QP_MIN_RNR_TIMER)
		to->min_rnr_timer = attr->min_rnr_timer;
	if (mask & IB_QP_MAX_QP_RD_ATOMIC)
		to->max_rd_atomic = attr->max_rd_atomic;
	if (mask & IB_QP_MAX_DEST_RD_ATOMIC)
		to->max_dest_rd_atomic = attr->max_dest_rd_atomic;
	if (mask & IB_QP_EN_SQD_ASYNC_NOTIFY)
		to->en_sqd_async_notify = attr->en_sqd_async_notify;
out:
	mfraw_qp_unlock(qp);

	return err;
}

/**
 * mfraw_roce_query - what was set
 * @qp: the queue pair
 * @attr: filled, but for what all queue pairs have
 * @init: likewise
 *
 * Context: any.
 */
void mfraw_roce_query(struct mfraw_qp *qp, struct ib_qp_attr *attr,
		      struct ib_qp_init_attr *init)
{
	struct mfraw_roce *roce = qp->roce;
	enum ib_qp_state state;

	mfraw_qp_lock(qp);
	state = qp->state;
	*attr = roce->attr;
	attr->qkey = roce->qkey;
	attr->dest_qp_num = roce->dqpn;
	attr->path_mig_state = IB_MIG_MIGRATED;
	attr->rq_psn = roce->resp.psn;
	attr->sq_psn = roce->req.psn;
	attr->sq_draining = state == IB_QPS_SQD &&
			    qp->sq.cons != roce->comp.end_idx;
	mfraw_qp_unlock(qp);

	init->srq = qp->ibqp.srq;
}
