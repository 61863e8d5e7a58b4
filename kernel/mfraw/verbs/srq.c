// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Shared receive queues. QPs take entries in order, one for each message.
 * Entries complete in any order; the slot in a completion tells user space
 * which entry completed.
 */
#include <linux/log2.h>
#include <linux/slab.h>

#include "kern/ksrq.h"
#include "refuse.h"
#include "verbs/restrack.h"
#include "verbs/srq.h"
#include "verbs/ucontext.h"
#include "verbs/xrc.h"

static void mfraw_srq_event(struct mfraw_srq *srq, enum ib_event_type type)
{
	struct ib_event event = {
		.device = srq->ibsrq.device,
		.element.srq = &srq->ibsrq,
		.event = type,
	};

	if (srq->ibsrq.event_handler)
		srq->ibsrq.event_handler(&event, srq->ibsrq.srq_context);
}

/* Read the shared index. Return false if it is invalid. SRQ lock held. */
static bool mfraw_srq_look(struct mfraw_srq *srq)
{
	struct mfraw_queue *q = &srq->q;
	u32 prod;

	lockdep_assert_held(&srq->q.lock);
	/* Pairs with the release of the index after the entries are written. */
	prod = le32_to_cpu(smp_load_acquire(q->shared_prod));
	if (unlikely(prod - q->cons > q->entries))
		return false;
	q->prod = prod;

	return true;
}

/*
 * Return true if fewer entries than the limit are left, and disarm the limit
 * until it is set again. SRQ lock held.
 */
static bool mfraw_srq_is_low(struct mfraw_srq *srq)
{
	struct mfraw_queue *q = &srq->q;

	lockdep_assert_held(&srq->q.lock);
	if (likely(q->prod - q->cons >= srq->limit))
		return false;
	/* mfraw_srq_take() reports an invalid index. */
	if (!mfraw_srq_look(srq) || q->prod - q->cons >= srq->limit)
		return false;
	srq->limit = 0;

	return true;
}

/*
 * Copy the oldest entry, since user space can change it at any time. SRQ lock
 * held.
 */
static void mfraw_srq_copy(const struct mfraw_srq *srq,
			   struct mfraw_rwqe *rwqe)
{
	const struct mfraw_queue *q = &srq->q;
	const struct mfraw_srq_wqe *wqe;
	const struct mfraw_sge *sge;
	unsigned int i;

	lockdep_assert_held(&srq->q.lock);
	wqe = q->ring + ((size_t)(q->cons & (q->entries - 1)) << q->shift);
	sge = (const void *)(wqe + 1);
	rwqe->idx = le32_to_cpu(READ_ONCE(wqe->slot));
	rwqe->length = 0;
	for (i = 0; i < q->max_sge; i++) {
		__le32 length = READ_ONCE(sge[i].length);

		if (!length)
			break;
		rwqe->sge[i].addr = READ_ONCE(sge[i].addr);
		rwqe->sge[i].length = length;
		rwqe->sge[i].lkey = READ_ONCE(sge[i].lkey);
		rwqe->length += le32_to_cpu(length);
	}
	rwqe->num_sge = i;
}

/**
 * mfraw_srq_take - take the oldest entry
 * @srq: the SRQ
 * @rwqe: copy of the entry; its lkeys are not checked
 *
 * Raises IB_EVENT_SRQ_LIMIT_REACHED if fewer entries than the limit are left.
 * Raises IB_EVENT_SRQ_ERR if user space wrote an invalid index, after which the
 * SRQ never has entries again.
 *
 * Context: atomic, rq.q.lock of a queue pair.
 * Return: true if there was an entry.
 */
bool mfraw_srq_take(struct mfraw_srq *srq, struct mfraw_rwqe *rwqe)
{
	struct mfraw_queue *q = &srq->q;
	bool taken = false;
	bool low = false;
	bool bad = false;

	spin_lock(&q->lock);
	if (unlikely(srq->failed))
		goto unlock;
	if (q->prod == q->cons && unlikely(!mfraw_srq_look(srq))) {
		srq->failed = true;
		bad = true;
		goto unlock;
	}
	if (q->prod == q->cons)
		goto unlock;
	mfraw_srq_copy(srq, rwqe);
	q->cons++;
	taken = true;
	low = mfraw_srq_is_low(srq);
unlock:
	spin_unlock(&q->lock);

	if (unlikely(low))
		mfraw_srq_event(srq, IB_EVENT_SRQ_LIMIT_REACHED);
	if (unlikely(bad))
		mfraw_srq_event(srq, IB_EVENT_SRQ_ERR);

	return taken;
}

static int mfraw_srq_check_init(struct ib_device *ibdev,
				const struct ib_srq_init_attr *init,
				bool kernel)
{
	const struct mfraw_limit limits[] = {
		{ "receives", init->attr.max_wr, MFRAW_MAX_WR },
		{ "pieces of a receive", init->attr.max_sge, MFRAW_MAX_SGE },
	};

	if (!init->attr.max_wr)
		return mfraw_refuse(ibdev, -EINVAL, "SRQ: receives 0, 1 to %u",
				    MFRAW_MAX_WR);
	if (init->srq_type != IB_SRQT_BASIC &&
	    (init->srq_type != IB_SRQT_XRC || kernel))
		return mfraw_refuse(ibdev, -EOPNOTSUPP,
				    "SRQ: type %d, not on this device",
				    init->srq_type);

	return mfraw_check_limits(ibdev, "SRQ", limits, ARRAY_SIZE(limits));
}

/* XRC SRQs share the numbers of QPs, since completions name either. */
static int mfraw_srqn_alloc(struct mfraw_dev *dev, bool xrc)
{
	int srqn;

	if (xrc)
		return mfraw_qpn_alloc(dev);
	srqn = ida_alloc_range(&dev->rdev.srqns, 1, MFRAW_MAX_SRQ, GFP_KERNEL);

	return srqn == -ENOSPC ? -ENOMEM : srqn;
}

static void mfraw_srqn_free(struct mfraw_dev *dev, bool xrc, u32 srqn)
{
	ida_free(xrc ? &dev->qpns : &dev->rdev.srqns, srqn);
}

/* Compute the size of the queue, and return the actual values in @attr. */
static void mfraw_srq_size(struct mfraw_srq *srq, struct ib_srq_attr *attr)
{
	u32 sge = max(attr->max_sge, 1U);
	u8 shift = order_base_2(sizeof(struct mfraw_srq_wqe) +
				sge * sizeof(struct mfraw_sge));

	sge = (BIT(shift) - sizeof(struct mfraw_srq_wqe)) /
	      sizeof(struct mfraw_sge);
	mfraw_queue_init(&srq->q, attr->max_wr, min_t(u32, sge, MFRAW_MAX_SGE),
			 shift);
	attr->max_wr = srq->q.entries;
	attr->max_sge = srq->q.max_sge;
}

static int mfraw_srq_alloc_queue(struct mfraw_srq *srq,
				 struct ib_ucontext *ibuctx,
				 struct mfraw_create_srq_resp *resp)
{
	struct mfraw_queue *q = &srq->q;

	srq->mem = mfraw_qmem_alloc(ibuctx, PAGE_SIZE +
				    ((size_t)q->entries << q->shift));
	if (IS_ERR(srq->mem))
		return PTR_ERR(srq->mem);

	srq->db = srq->mem->addr;
	q->ring = srq->mem->addr + PAGE_SIZE;
	q->shared_prod = &srq->db->rq_prod;

	if (ibuctx)
		resp->mmap_key = rdma_user_mmap_get_offset(&srq->mem->entry);
	resp->mmap_size = srq->mem->size;
	resp->rq_off = PAGE_SIZE;
	resp->rq_entries = q->entries;
	resp->srqn = srq->srqn;
	resp->rq_shift = q->shift;

	return 0;
}

static int mfraw_create_srq(struct ib_srq *ibsrq, struct ib_srq_init_attr *init,
			    struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibsrq->device);
	struct mfraw_srq *srq = to_mfraw_srq(ibsrq);
	bool xrc = ibsrq->srq_type == IB_SRQT_XRC;
	struct mfraw_create_srq_resp resp = {};
	struct mfraw_create_srq_req req;
	struct ib_ucontext *ibuctx = NULL;
	int srqn;
	int err;

	if (udata)
		ibuctx = &rdma_udata_to_drv_context(udata,
						    struct mfraw_ucontext,
						    ibuctx)->ibuctx;

	err = mfraw_srq_check_init(ibsrq->device, init, !udata);
	if (!err && udata) {
		err = ib_copy_validate_udata_in_cm(udata, req, comp_mask, 0);
		err = mfraw_check_req(ibsrq->device, "SRQ", udata, err);
	}
	if (err)
		return err;

	srqn = mfraw_srqn_alloc(dev, xrc);
	if (srqn < 0)
		return srqn;
	srq->srqn = srqn;

	spin_lock_init(&srq->q.lock);
	mfraw_srq_size(srq, &init->attr);
	err = mfraw_srq_alloc_queue(srq, ibuctx, &resp);
	if (err)
		goto err_number;

	if (udata)
		err = ib_respond_udata(udata, resp);
	else
		err = mfraw_ksrq_init(srq);
	if (!err && xrc)
		err = mfraw_xrc_srq_add(srq);
	if (err)
		goto err_mem;

	return 0;

err_mem:
	mfraw_qmem_free(srq->mem);
err_number:
	mfraw_srqn_free(dev, xrc, srqn);
	return err;
}

/* Only the limit can change: a resized queue would need a new mapping. */
static int mfraw_modify_srq(struct ib_srq *ibsrq, struct ib_srq_attr *attr,
			    enum ib_srq_attr_mask mask, struct ib_udata *udata)
{
	struct mfraw_srq *srq = to_mfraw_srq(ibsrq);
	bool low;
	int err;

	err = mfraw_check_empty(ibsrq->device, "SRQ", udata);
	if (err)
		return err;
	err = mfraw_check_flags(ibsrq->device, "SRQ", "attributes", mask,
				IB_SRQ_LIMIT);
	if (err)
		return err;
	if (!(mask & IB_SRQ_LIMIT))
		return 0;
	if (attr->srq_limit > srq->q.entries)
		return mfraw_refuse(ibsrq->device, -EINVAL,
				    "SRQ: limit %u, %u at most",
				    attr->srq_limit, srq->q.entries);

	spin_lock_bh(&srq->q.lock);
	srq->limit = attr->srq_limit;
	low = mfraw_srq_is_low(srq);
	spin_unlock_bh(&srq->q.lock);
	if (low)
		mfraw_srq_event(srq, IB_EVENT_SRQ_LIMIT_REACHED);

	return 0;
}

static int mfraw_query_srq(struct ib_srq *ibsrq, struct ib_srq_attr *attr)
{
	struct mfraw_srq *srq = to_mfraw_srq(ibsrq);

	attr->max_wr = srq->q.entries;
	attr->max_sge = srq->q.max_sge;
	attr->srq_limit = READ_ONCE(srq->limit);

	return 0;
}

static int mfraw_destroy_srq(struct ib_srq *ibsrq, struct ib_udata *udata)
{
	struct mfraw_srq *srq = to_mfraw_srq(ibsrq);
	bool xrc = ibsrq->srq_type == IB_SRQT_XRC;

	if (xrc)
		mfraw_xrc_srq_del(srq);
	/* No QP uses the SRQ any more. */
	mfraw_queue_hide(&srq->q);
	mfraw_ksrq_fini(srq);
	mfraw_qmem_free(srq->mem);
	mfraw_srqn_free(to_mfraw_dev(ibsrq->device), xrc, srq->srqn);

	return 0;
}

static int mfraw_fill_res_srq_entry(struct sk_buff *msg, struct ib_srq *ibsrq)
{
	struct mfraw_srq *srq = to_mfraw_srq(ibsrq);
	const struct mfraw_detail details[] = {
		{ "entries", srq->q.entries },
		{ "max_sge", srq->q.max_sge },
		{ "prod", mfraw_queue_prod(&srq->q) },
		{ "cons", READ_ONCE(srq->q.cons) },
		{ "limit", READ_ONCE(srq->limit) },
		{ "failed", READ_ONCE(srq->failed) },
	};

	return mfraw_fill(msg, details, ARRAY_SIZE(details));
}

const struct ib_device_ops mfraw_srq_ops = {
	.create_srq = mfraw_create_srq,
	.destroy_srq = mfraw_destroy_srq,
	.fill_res_srq_entry = mfraw_fill_res_srq_entry,
	.modify_srq = mfraw_modify_srq,
	.query_srq = mfraw_query_srq,

	INIT_RDMA_OBJ_SIZE(ib_srq, mfraw_srq, ibsrq),
};
