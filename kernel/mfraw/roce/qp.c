// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Queue pair operations of RC, UC, UD and XRC: creation, attributes, and the
 * task that sends due packets.
 *
 * Received packets are handled in the sender's call, which holds the sender's
 * sq.lock. Sending from there would nest such locks. So mfraw_reply_run() sends
 * at the end of the sender's round if it can, and otherwise the task, in a softirq
 * on the same CPU as soon as that call is over.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "kern/kverbs.h"
#include "queue/burst.h"
#include "queue/stall.h"
#include "refuse.h"
#include "roce/reply.h"
#include "roce/roce.h"
#include "roce/train.h"
#include "roce/uplink.h"
#include "verbs/ah.h"
#include "verbs/mw.h"
#include "verbs/qp_ops.h"
#include "verbs/qp_state.h"

/* Rounds per run of the task, so that other softirq work gets its turn. */
#define MFRAW_TASK_ROUNDS	8

#define MFRAW_ROCE_ATTRS	(IB_QP_ATTR_STANDARD_BITS & \
				 ~(IB_QP_ALT_PATH | IB_QP_CAP))

static void mfraw_roce_task(struct work_struct *work)
{
	struct mfraw_roce *roce = container_of(work, struct mfraw_roce, task);
	unsigned int rounds = MFRAW_TASK_ROUNDS, n;
	struct mfraw_qp *qp = roce->qp;
	int idx;

	do {
		idx = srcu_read_lock(&qp->dev->readers);
		spin_lock_bh(&qp->sq.lock);
		n = 0;
		if (unlikely(READ_ONCE(roce->cc.cnp_due) ||
			     READ_ONCE(roce->cc.cnp_received)))
			n = mfraw_cc_run(roce);
		/* Most rounds send one acknowledge, and nothing is left. */
		if (mfraw_reply_burst(roce) && mfraw_reply_due(roce))
			n++;
		if (mfraw_req_burst(qp) && mfraw_req_more(qp))
			n++;
		spin_unlock_bh(&qp->sq.lock);
		srcu_read_unlock(&qp->dev->readers, idx);
	} while (n && --rounds);
	if (n)
		mfraw_roce_kick(roce);
}

/*
 * Send due acknowledges before a reset: the owner may have received a message
 * and be done before the task has run. The rounds are limited, so a long read
 * of the peer is cut off.
 */
static void mfraw_roce_finish(struct mfraw_qp *qp)
{
	unsigned int rounds = MFRAW_TASK_ROUNDS, n;
	int idx;

	do {
		idx = srcu_read_lock(&qp->dev->readers);
		spin_lock_bh(&qp->sq.lock);
		n = mfraw_reply_burst(qp->roce);
		spin_unlock_bh(&qp->sq.lock);
		srcu_read_unlock(&qp->dev->readers, idx);
	} while (n && --rounds);
}

static void mfraw_roce_enter_sqd(struct mfraw_qp *qp)
{
	if (qp->sq.cons == qp->roce->comp.end_idx)
		mfraw_roce_drained(qp->roce);
}

/* Get the largest path MTU whose packets fit the port's MTU. */
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
	if (mfraw_burst_alloc(qp))
		goto err_tails;
	if (mfraw_trains_alloc(roce))
		goto err_burst;

	if (!qp->sq.entries)
		return 0;
	roce->swqe_size = ALIGN(offsetof(struct mfraw_swqe, sge) +
				max_t(size_t, qp->max_inline,
				      qp->sq.max_sge *
				      sizeof(struct mfraw_sge)), 8);
	roce->swqes = kvcalloc(qp->sq.entries, roce->swqe_size,
			       GFP_KERNEL_ACCOUNT);
	if (!roce->swqes)
		goto err_trains;

	return 0;

err_trains:
	mfraw_trains_free(roce);
err_burst:
	mfraw_burst_free(qp);
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

static int mfraw_roce_create(struct mfraw_qp *qp,
			     const struct ib_qp_init_attr *init)
{
	struct mfraw_roce *roce;
	int err;

	roce = kvzalloc_obj(*roce, GFP_KERNEL_ACCOUNT);
	if (!roce)
		return -ENOMEM;

	roce->qp = qp;
	mfraw_roce_set_type(roce, init->qp_type);
	if (init->srq)
		roce->srq = to_mfraw_srq(init->srq);
	roce->mtu = mfraw_roce_max_mtu(qp->dev);
	mfraw_uplink_reset(roce);
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

/* Make the queue pair known to received packets, and to its kernel user. */
static int mfraw_roce_add(struct mfraw_qp *qp)
{
	struct mfraw_roce_dev *rd = &qp->dev->rdev;
	int err = 0;

	/* The core creates the XRC_TGT QPs of processes, too. */
	if (rdma_is_kernel_res(&qp->ibqp.res) &&
	    qp->ibqp.qp_type != IB_QPT_XRC_TGT)
		err = mfraw_kqp_init(qp, qp->ibqp.qp_num);
	if (err)
		return err;

	if (qp->ibqp.qp_type == IB_QPT_GSI) {
		/* The queue pair is complete before it is found. */
		smp_store_release(&rd->gsi, qp->roce);
		return 0;
	}

	return mfraw_table_set(&rd->qps, qp->ibqp.qp_num - qp->dev->qpn_first,
			       qp->roce);
}

static void mfraw_roce_free(struct mfraw_qp *qp)
{
	struct mfraw_roce *roce = qp->roce;

	mfraw_kqp_fini(qp);
	mfraw_burst_free(qp);
	mfraw_trains_free(roce);
	kvfree(roce->swqes);
	__free_page(roce->tails);
	kvfree(roce);
	qp->roce = NULL;
}

static void mfraw_roce_reset(struct mfraw_qp *qp)
{
	struct mfraw_roce *roce = qp->roce;

	mfraw_resp_put_back(roce);
	memset(&roce->req, 0, sizeof(roce->req));
	memset(&roce->comp, 0, sizeof(roce->comp));
	memset(&roce->resp, 0, sizeof(roce->resp));
	memset(&roce->cc, 0, sizeof(roce->cc));
	memset(&roce->attr, 0, sizeof(roce->attr));
	roce->access = 0;
	mfraw_uplink_reset(roce);
	roce->comm_est = false;
	roce->last_wqe = false;
}

/*
 * Hide the queue pair from received packets, and wait for those being handled.
 */
static void mfraw_roce_del(struct mfraw_qp *qp)
{
	struct mfraw_roce_dev *rd = &qp->dev->rdev;
	struct mfraw_roce *roce = qp->roce;

	if (qp->ibqp.qp_type == IB_QPT_GSI)
		WRITE_ONCE(rd->gsi, NULL);
	else
		mfraw_table_clear(&rd->qps,
				  qp->ibqp.qp_num - qp->dev->qpn_first);
	mfraw_wait_readers(qp->dev);
	timer_shutdown_sync(&roce->timer);
	timer_shutdown_sync(&roce->rnr_timer);
}

static void mfraw_roce_stop(struct mfraw_qp *qp, bool last)
{
	struct mfraw_roce *roce = qp->roce;

	/* All of these may kick the task, so they end first. */
	mfraw_stall_del(qp);
	mfraw_engine_del(qp);
	if (last) {
		mfraw_roce_del(qp);
	} else {
		timer_delete_sync(&roce->timer);
		timer_delete_sync(&roce->rnr_timer);
	}
	cancel_work_sync(&roce->task);
	mfraw_mw_leave_qp(qp);
}

static int mfraw_roce_check_attr(struct mfraw_qp *qp,
				 const struct ib_qp_attr *attr, int mask)
{
	struct ib_device *ibdev = qp->ibqp.device;
	const struct {
		int bit;
		struct mfraw_limit limit;
	} limits[] = {
		{ IB_QP_PKEY_INDEX, { "P_Key index", attr->pkey_index, 0 } },
		{ IB_QP_TIMEOUT, { "timeout", attr->timeout, 31 } },
		{ IB_QP_RETRY_CNT, { "retries", attr->retry_cnt, 7 } },
		{ IB_QP_RNR_RETRY, { "RNR retries", attr->rnr_retry, 7 } },
		{ IB_QP_MIN_RNR_TIMER, { "RNR timer", attr->min_rnr_timer, 31 } },
		{ IB_QP_MAX_QP_RD_ATOMIC, { "reads", attr->max_rd_atomic,
					    MFRAW_MAX_RD_ATOMIC } },
		{ IB_QP_MAX_DEST_RD_ATOMIC, { "reads of the peer",
					      attr->max_dest_rd_atomic,
					      MFRAW_MAX_RD_ATOMIC } },
		{ IB_QP_DEST_QPN, { "peer's QP", attr->dest_qp_num,
				    MFRAW_PSN_MASK } },
	};
	unsigned int i;
	int err;

	err = mfraw_check_flags(ibdev, "QP", "attributes", mask,
				MFRAW_ROCE_ATTRS);
	for (i = 0; !err && i < ARRAY_SIZE(limits); i++)
		if (mask & limits[i].bit)
			err = mfraw_check_limits(ibdev, "QP", &limits[i].limit,
						 1);
	if (err)
		return err;
	if (mask & IB_QP_ACCESS_FLAGS &&
	    attr->qp_access_flags & ~IB_ACCESS_SUPPORTED)
		return mfraw_refuse(ibdev, -EINVAL, "QP %u: access %#x",
				    qp->ibqp.qp_num, attr->qp_access_flags);
	if (mask & IB_QP_PATH_MTU &&
	    (attr->path_mtu < IB_MTU_256 || attr->path_mtu > IB_MTU_4096 ||
	     ib_mtu_enum_to_int(attr->path_mtu) > mfraw_roce_max_mtu(qp->dev)))
		return mfraw_refuse(ibdev, -EINVAL,
				    "QP %u: path MTU %d, up to %u bytes",
				    qp->ibqp.qp_num, attr->path_mtu,
				    mfraw_roce_max_mtu(qp->dev));
	if (mask & IB_QP_PATH_MIG_STATE &&
	    attr->path_mig_state != IB_MIG_MIGRATED)
		return mfraw_refuse(ibdev, -EINVAL,
				    "QP %u: path migration state %d, only %d",
				    qp->ibqp.qp_num, attr->path_mig_state,
				    IB_MIG_MIGRATED);

	return 0;
}

static int mfraw_roce_set_path(struct mfraw_roce *roce,
			       const struct rdma_ah_attr *attr)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	struct mfraw_qp *qp = roce->qp;
	u16 sport;
	int err;

	sport = rdma_get_udp_sport(grh->flow_label, qp->ibqp.qp_num,
				   roce->dqpn);
	err = mfraw_path_init(qp->dev, &roce->path, attr, sport);
	if (err)
		return err;

	mfraw_path_ect(&roce->path);
	roce->attr.ah_attr = *attr;
	/* The core holds the reference of the GID attribute. */
	roce->attr.ah_attr.grh.sgid_attr = NULL;

	return 0;
}

static int mfraw_roce_set_attr(struct mfraw_qp *qp,
			       const struct ib_qp_attr *attr, int mask)
{
	struct mfraw_roce *roce = qp->roce;
	struct ib_qp_attr *to = &roce->attr;
	struct rdma_ah_attr ah_attr;
	int err = 0;

	if (mask & IB_QP_AV) {
		ah_attr = attr->ah_attr;
		err = mfraw_ah_resolve(&ah_attr);
		if (err)
			return err;
	}

	mfraw_qp_lock(qp);
	if (mask & IB_QP_DEST_QPN)
		roce->dqpn = attr->dest_qp_num;
	if (mask & IB_QP_AV)
		err = mfraw_roce_set_path(roce, &ah_attr);
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
		roce->comp.window = MFRAW_WINDOW;
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

static void mfraw_roce_query(struct mfraw_qp *qp, struct ib_qp_attr *attr,
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

static void mfraw_roce_resume(struct mfraw_qp *qp)
{
	/* The polling thread runs no responders, so the task goes on. */
	mfraw_roce_kick(qp->roce);
}

static void mfraw_roce_flush_sq(struct mfraw_qp *qp)
{
	mfraw_comp_flush(qp->roce);
}

/* The entry of an unfinished message is older than those in the ring. */
static void mfraw_roce_flush_rq(struct mfraw_qp *qp)
{
	mfraw_resp_flush(qp->roce);
	mfraw_rq_flush(&qp->rq);
}

/* Each send queue entry lies within one page, see mfraw_inline_frag(). */
static_assert(sizeof(struct mfraw_send_wqe) + sizeof(struct mfraw_roce_seg) +
	      MFRAW_MAX_INLINE <= PAGE_SIZE);

const struct mfraw_qp_ops mfraw_roce_qp_ops = {
	.seg_size = sizeof(struct mfraw_roce_seg),
	.create = mfraw_roce_create,
	.add = mfraw_roce_add,
	.free = mfraw_roce_free,
	.check_attr = mfraw_roce_check_attr,
	.set_attr = mfraw_roce_set_attr,
	.query = mfraw_roce_query,
	.enter_sqd = mfraw_roce_enter_sqd,
	.finish = mfraw_roce_finish,
	.reset = mfraw_roce_reset,
	.stop = mfraw_roce_stop,
	.clean = mfraw_kqp_reset,
	.xmit = mfraw_roce_xmit,
	.burst = mfraw_req_burst,
	.more = mfraw_req_more,
	.pending = mfraw_req_pending,
	.resume = mfraw_roce_resume,
	.work = mfraw_roce_resume,
	.flush_sq = mfraw_roce_flush_sq,
	.flush_rq = mfraw_roce_flush_rq,
};
