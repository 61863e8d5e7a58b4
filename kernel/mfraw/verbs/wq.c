// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * WQs: receive queues that are not part of a QP. RSS QPs spread frames over
 * WQs, see queue/rss.c.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "mfraw.h"
#include "queue/delay_drop.h"
#include "refuse.h"
#include "verbs/cq.h"
#include "verbs/ucontext.h"
#include "verbs/wq.h"

#define MFRAW_WQ_FLAGS	(IB_WQ_FLAGS_CVLAN_STRIPPING | \
			 IB_WQ_FLAGS_SCATTER_FCS | IB_WQ_FLAGS_DELAY_DROP)

/*
 * Enter the error state, with the queue's lock held. Set the wakeup flag, so
 * that a process that posts kicks the kernel, which then flushes; see struct
 * mfraw_qp_db.
 */
static void mfraw_wq_enter_err(struct mfraw_wq *wq)
{
	lockdep_assert_held(&wq->rq.q.lock);

	WRITE_ONCE(wq->rq.state, IB_WQS_ERR);
	WRITE_ONCE(wq->ibwq.state, IB_WQS_ERR);
	mfraw_delay_drop_purge(&wq->rq);
	WRITE_ONCE(wq->db->rq_wakeup, cpu_to_le32(1));
	/* Store the flag before the flush loads the index. */
	smp_mb();
}

/*
 * struct mfraw_rq.fail of a WQ. A work item flushes the WQ, since this context
 * holds the queue's lock.
 */
static void mfraw_wq_fail(struct mfraw_rq *rq, bool fatal)
{
	struct mfraw_wq *wq = container_of(rq, struct mfraw_wq, rq);
	struct ib_event event = {
		.device = wq->ibwq.device,
		.element.wq = &wq->ibwq,
		.event = IB_EVENT_WQ_FATAL,
	};

	mfraw_wq_enter_err(wq);
	queue_work(wq->rq.dev->wq, &wq->err_work);
	if (!fatal || wq->fatal)
		return;
	wq->fatal = true;
	if (wq->ibwq.event_handler)
		wq->ibwq.event_handler(&event, wq->ibwq.wq_context);
}

static void mfraw_wq_err_work(struct work_struct *work)
{
	struct mfraw_wq *wq = container_of(work, struct mfraw_wq, err_work);

	mfraw_rq_flush(&wq->rq);
}

static int mfraw_wq_alloc_queue(struct mfraw_wq *wq, struct ib_ucontext *ibuctx,
				struct mfraw_create_wq_resp *resp)
{
	struct mfraw_queue *q = &wq->rq.q;

	wq->mem = mfraw_qmem_alloc(ibuctx, PAGE_SIZE +
				   ((size_t)q->entries << q->shift));
	if (IS_ERR(wq->mem))
		return PTR_ERR(wq->mem);

	wq->db = wq->mem->addr;
	q->ring = wq->mem->addr + PAGE_SIZE;
	q->shared_prod = &wq->db->rq_prod;

	resp->mmap_key = rdma_user_mmap_get_offset(&wq->mem->entry);
	resp->mmap_size = wq->mem->size;
	resp->rq_off = PAGE_SIZE;
	resp->rq_entries = q->entries;
	resp->rq_shift = q->shift;

	return 0;
}

static int mfraw_wq_check_init(struct ib_device *ibdev,
			       const struct ib_wq_init_attr *init)
{
	const struct mfraw_limit limits[] = {
		{ "receives", init->max_wr, MFRAW_MAX_WR },
		{ "pieces of a receive", init->max_sge, MFRAW_MAX_SGE },
		{ "type", init->wq_type, IB_WQT_RQ },
	};

	if (!init->max_wr)
		return mfraw_refuse(ibdev, -EINVAL, "WQ: receives 0, 1 to %u",
				    MFRAW_MAX_WR);

	return mfraw_check_limits(ibdev, "WQ", limits, ARRAY_SIZE(limits)) ?:
	       mfraw_check_flags(ibdev, "WQ", "flags", init->create_flags,
				 MFRAW_WQ_FLAGS);
}

static struct ib_wq *mfraw_create_wq(struct ib_pd *ibpd,
				     struct ib_wq_init_attr *init,
				     struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibpd->device);
	struct mfraw_create_wq_resp resp = {};
	struct mfraw_create_wq_req req;
	struct ib_ucontext *ibuctx;
	struct mfraw_wq *wq;
	int num;
	int err;

	ibuctx = &rdma_udata_to_drv_context(udata, struct mfraw_ucontext,
					    ibuctx)->ibuctx;

	err = mfraw_wq_check_init(ibpd->device, init);
	if (!err) {
		err = ib_copy_validate_udata_in_cm(udata, req, comp_mask, 0);
		err = mfraw_check_req(ibpd->device, "WQ", udata, err);
	}
	if (err)
		return ERR_PTR(err);

	wq = kzalloc_obj(*wq, GFP_KERNEL_ACCOUNT);
	if (!wq)
		return ERR_PTR(-ENOMEM);

	num = mfraw_qpn_alloc(dev);
	if (num < 0) {
		err = num;
		goto err_free;
	}

	mutex_init(&wq->modify_lock);
	INIT_WORK(&wq->err_work, mfraw_wq_err_work);
	mfraw_rq_init(&wq->rq, to_mfraw_cq(init->cq), init->max_wr,
		      init->max_sge);
	wq->rq.dev = dev;
	wq->rq.pd = ibpd;
	wq->rq.num = num;
	wq->rq.fail = mfraw_wq_fail;
	if (init->create_flags & IB_WQ_FLAGS_CVLAN_STRIPPING)
		wq->rq.features |= MFRAW_RQ_STRIP_CVLAN;
	if (init->create_flags & IB_WQ_FLAGS_SCATTER_FCS)
		wq->rq.features |= MFRAW_RQ_SCATTER_FCS;

	err = mfraw_wq_alloc_queue(wq, ibuctx, &resp);
	if (err)
		goto err_num;

	if (init->create_flags & IB_WQ_FLAGS_DELAY_DROP) {
		err = mfraw_delay_drop_init(&wq->rq, &wq->db->rq_wakeup);
		if (err)
			goto err_mem;
	}

	wq->kicked.wq = true;
	err = mfraw_kick_add(dev, &wq->kicked, ibuctx, num);
	if (err)
		goto err_delay_drop;

	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_kick;

	/* The core leaves these members to the driver. */
	wq->ibwq.wq_num = num;
	wq->ibwq.state = IB_WQS_RESET;
	wq->ibwq.event_handler = init->event_handler;
	wq->ibwq.device = ibpd->device;
	init->max_wr = wq->rq.q.entries;
	init->max_sge = wq->rq.q.max_sge;

	return &wq->ibwq;

err_kick:
	mfraw_kick_del(dev, &wq->kicked, num);
	mfraw_wait_readers(dev);
err_delay_drop:
	mfraw_delay_drop_fini(&wq->rq);
err_mem:
	mfraw_qmem_free(wq->mem);
err_num:
	ida_free(&dev->qpns, num);
err_free:
	kfree(wq);
	return ERR_PTR(err);
}

/* Set a state other than ERR. */
static void mfraw_wq_set_state(struct mfraw_wq *wq, enum ib_wq_state state)
{
	struct mfraw_rq *rq = &wq->rq;

	spin_lock_bh(&rq->q.lock);
	WRITE_ONCE(rq->state, state);
	WRITE_ONCE(wq->ibwq.state, state);
	if (state == IB_WQS_RESET) {
		mfraw_delay_drop_purge(rq);
		rq->q.cons = 0;
		rq->q.prod = 0;
		wq->db->rq_prod = 0;
		WRITE_ONCE(wq->db->rq_wakeup, 0);
		wq->fatal = false;
	}
	spin_unlock_bh(&rq->q.lock);
}

/*
 * Legal steps are: any state to RESET or ERR, RESET to RDY, RDY to RDY. In
 * RESET no frame is received, so no error can interfere with the step to RDY.
 * modify_lock held.
 */
static int mfraw_wq_step(struct mfraw_wq *wq, enum ib_wq_state next)
{
	enum ib_wq_state cur = READ_ONCE(wq->rq.state);

	lockdep_assert_held(&wq->modify_lock);
	switch (next) {
	case IB_WQS_RESET:
		mfraw_wq_set_state(wq, next);
		/* A late flush must not reach receives posted after this. */
		cancel_work_sync(&wq->err_work);
		return 0;
	case IB_WQS_RDY:
		if (cur == IB_WQS_ERR)
			return -EINVAL;
		if (cur == IB_WQS_RESET)
			mfraw_wq_set_state(wq, next);
		return 0;
	case IB_WQS_ERR:
		spin_lock_bh(&wq->rq.q.lock);
		mfraw_wq_enter_err(wq);
		spin_unlock_bh(&wq->rq.q.lock);
		mfraw_rq_flush(&wq->rq);
		return 0;
	default:
		return -EINVAL;
	}
}

static int mfraw_modify_wq(struct ib_wq *ibwq, struct ib_wq_attr *attr,
			   u32 mask, struct ib_udata *udata)
{
	struct mfraw_wq *wq = to_mfraw_wq(ibwq);
	int err;

	err = mfraw_check_empty(ibwq->device, "WQ", udata);
	if (err)
		return err;
	if (mask & IB_WQ_FLAGS)
		err = mfraw_check_flags(ibwq->device, "WQ", "changed flags",
					attr->flags_mask,
					IB_WQ_FLAGS_CVLAN_STRIPPING);
	if (err)
		return err;

	mutex_lock(&wq->modify_lock);
	if (mask & IB_WQ_CUR_STATE &&
	    attr->curr_wq_state != READ_ONCE(wq->rq.state))
		err = -EINVAL;
	if (!err && mask & IB_WQ_STATE)
		err = mfraw_wq_step(wq, attr->wq_state);
	if (err)
		mfraw_refuse(ibwq->device, err,
			     "WQ %u: no step from state %d to %d with attributes %#x",
			     ibwq->wq_num, wq->rq.state, attr->wq_state, mask);

	if (!err && mask & IB_WQ_FLAGS && attr->flags_mask) {
		spin_lock_bh(&wq->rq.q.lock);
		if (attr->flags & IB_WQ_FLAGS_CVLAN_STRIPPING)
			wq->rq.features |= MFRAW_RQ_STRIP_CVLAN;
		else
			wq->rq.features &= ~MFRAW_RQ_STRIP_CVLAN;
		spin_unlock_bh(&wq->rq.q.lock);
	}
	mutex_unlock(&wq->modify_lock);

	return err;
}

static int mfraw_destroy_wq(struct ib_wq *ibwq, struct ib_udata *udata)
{
	struct mfraw_wq *wq = to_mfraw_wq(ibwq);

	mfraw_kick_del(wq->rq.dev, &wq->kicked, wq->rq.num);
	/* No indirection table has the WQ, so no more frames arrive. */
	mfraw_wq_set_state(wq, IB_WQS_RESET);
	/* A process that still posts receives must kick, and sees an error. */
	WRITE_ONCE(wq->db->rq_wakeup, cpu_to_le32(1));
	mfraw_wait_readers(wq->rq.dev);
	cancel_work_sync(&wq->err_work);
	mfraw_delay_drop_fini(&wq->rq);

	mfraw_qmem_free(wq->mem);
	ida_free(&wq->rq.dev->qpns, wq->rq.num);
	kfree(wq);

	return 0;
}

const struct ib_device_ops mfraw_wq_ops = {
	.create_wq = mfraw_create_wq,
	.destroy_wq = mfraw_destroy_wq,
	.modify_wq = mfraw_modify_wq,
};
