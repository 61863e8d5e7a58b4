// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Completion queues: life cycle, resize, moderation and completion events.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "mfraw.h"
#include "refuse.h"
#include "verbs/cq.h"
#include "verbs/restrack.h"
#include "verbs/ucontext.h"

#define MFRAW_CQ_RING_OFF	sizeof(struct mfraw_cq_db)

#define MFRAW_CQ_FLAGS	(IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION | \
			 IB_UVERBS_CQ_FLAGS_IGNORE_OVERRUN)

/*
 * The ring has one producer at a time, the holder of the CQ's lock, and one
 * consumer, the process. The barriers pair with those of the provider:
 *
 *  kernel				process
 *
 *  load db->cons (acquire) (A)		load cqe->flags (acquire) (B)
 *  write the CQE			if the CQE is new: read it
 *  store cqe->flags (release) (B)	store db->cons (release) (A)
 *  full barrier (C)			store db->arm
 *  load db->arm			full barrier (C)
 *  if armed: disarm, raise event	load cqe->flags, sleep if no new CQE
 *
 * (A) keeps the kernel from overwriting a CQE that is still being read. (B)
 * keeps the process from reading a CQE that is not written yet. At least one of
 * the two loads after (C) sees the other side's store, so no event is lost.
 */

static void mfraw_cq_event(struct mfraw_cq *cq, enum ib_event_type type)
{
	struct ib_event event = {
		.device = cq->ibcq.device,
		.element.cq = &cq->ibcq,
		.event = type,
	};

	if (cq->ibcq.event_handler)
		cq->ibcq.event_handler(&event, cq->ibcq.cq_context);
}

/**
 * mfraw_cq_full - handle a CQ without room for a completion
 * @cq: the CQ
 *
 * Moves the CQ to the error state unless it ignores overruns.
 *
 * Context: atomic, CQ lock.
 * Return: true if another completion can be written.
 */
bool mfraw_cq_full(struct mfraw_cq *cq)
{
	lockdep_assert_held(&cq->lock);
	if (cq->overrun)
		return false;
	if (cq->ignore_overrun)
		return true;

	cq->overrun = true;
	mfraw_count(to_mfraw_dev(cq->ibcq.device), MFRAW_CQ_OVERRUN, 1);
	mfraw_cq_event(cq, IB_EVENT_CQ_ERR);

	return false;
}

/* Disarm the CQ and raise the completion event. CQ lock held. */
static void mfraw_cq_raise(struct mfraw_cq *cq)
{
	lockdep_assert_held(&cq->lock);

	cq->moder.prod = cq->prod;
	cq->moder.pending = false;
	WRITE_ONCE(cq->db->arm, cpu_to_le32(MFRAW_CQ_ARM_NONE));
	if (cq->ibcq.comp_handler)
		cq->ibcq.comp_handler(&cq->ibcq, cq->ibcq.cq_context);
}

/* Return true if the event must wait for more completions. CQ lock held. */
static bool mfraw_cq_moderate(struct mfraw_cq *cq)
{
	lockdep_assert_held(&cq->lock);

	if (cq->prod - cq->moder.prod >= cq->moder.count)
		return false;

	if (!cq->moder.pending) {
		cq->moder.pending = true;
		hrtimer_start(&cq->moder.timer, ns_to_ktime(cq->moder.period),
			      HRTIMER_MODE_REL_SOFT);
	}
	return true;
}

static enum hrtimer_restart mfraw_cq_timer(struct hrtimer *timer)
{
	struct mfraw_cq *cq = container_of(timer, struct mfraw_cq, moder.timer);

	spin_lock(&cq->lock);
	if (cq->moder.pending)
		mfraw_cq_raise(cq);
	spin_unlock(&cq->lock);

	return HRTIMER_NORESTART;
}

/**
 * mfraw_cq_publish - raise a completion event if the CQ is armed
 * @cq: the CQ
 * @solicited: one of the completions since the last call was solicited, or
 *	an error
 *
 * Call it once after a batch of mfraw_cq_push(). Moderation delays the event
 * unless @solicited. The completion handler of a kernel user runs with the CQ
 * lock held. The handler may post, poll and arm, which do not take the CQ lock.
 *
 * Context: atomic, CQ lock.
 */
void mfraw_cq_publish(struct mfraw_cq *cq, bool solicited)
{
	u32 arm;

	lockdep_assert_held(&cq->lock);
	smp_mb();	/* (C) */
	arm = le32_to_cpu(READ_ONCE(cq->db->arm));
	if (likely(arm == MFRAW_CQ_ARM_NONE)) {
		cq->moder.prod = cq->prod;
		return;
	}
	if (arm == MFRAW_CQ_ARM_SOLICITED && !solicited)
		return;
	if (unlikely(cq->moder.count) && !solicited && mfraw_cq_moderate(cq))
		return;

	mfraw_cq_raise(cq);
}

static struct mfraw_qmem *mfraw_cq_mem_alloc(struct ib_ucontext *ibuctx,
					     u32 entries)
{
	return mfraw_qmem_alloc(ibuctx, MFRAW_CQ_RING_OFF +
				(size_t)entries * sizeof(struct mfraw_cqe));
}

static int mfraw_cq_check_size(struct ib_device *ibdev, unsigned int cqe)
{
	if (cqe >= 1 && cqe <= MFRAW_MAX_CQE)
		return 0;

	return mfraw_refuse(ibdev, -EINVAL, "CQ: entries %u, 1 to %u", cqe,
			    MFRAW_MAX_CQE);
}

static int mfraw_cq_check_init(struct ib_device *ibdev,
			       const struct ib_cq_init_attr *attr)
{
	int err;

	err = mfraw_check_flags(ibdev, "CQ", "flags", attr->flags,
				MFRAW_CQ_FLAGS);
	if (err)
		return err;
	if (attr->comp_vector >= ibdev->num_comp_vectors)
		return mfraw_refuse(ibdev, -EINVAL, "CQ: vector %u, %d at most",
				    attr->comp_vector,
				    ibdev->num_comp_vectors - 1);

	return mfraw_cq_check_size(ibdev, attr->cqe);
}

static int mfraw_create_cq(struct ib_cq *ibcq,
			   const struct ib_cq_init_attr *attr,
			   struct uverbs_attr_bundle *attrs)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibcq->device);
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);
	struct mfraw_create_cq_resp resp = {};
	struct mfraw_create_cq_req req;
	struct ib_ucontext *ibuctx = NULL;
	struct ib_udata *udata = NULL;
	u32 entries;
	int err;

	if (attrs) {
		udata = &attrs->driver_udata;
		ibuctx = &rdma_udata_to_drv_context(udata,
						    struct mfraw_ucontext,
						    ibuctx)->ibuctx;

		err = ib_copy_validate_udata_in_cm(udata, req, comp_mask, 0);
		err = mfraw_check_req(ibcq->device, "CQ", udata, err);
		if (err)
			return err;
	}

	err = mfraw_cq_check_init(ibcq->device, attr);
	if (err)
		return err;
	if (!atomic_add_unless(&dev->nr_cqs, 1, MFRAW_MAX_CQ))
		return mfraw_refuse(ibcq->device, -ENOMEM, "CQ: there are %u",
				    MFRAW_MAX_CQ);

	entries = roundup_pow_of_two(attr->cqe);
	cq->mem = mfraw_cq_mem_alloc(ibuctx, entries);
	if (IS_ERR(cq->mem)) {
		err = PTR_ERR(cq->mem);
		goto err_count;
	}

	spin_lock_init(&cq->lock);
	spin_lock_init(&cq->poll.lock);
	hrtimer_setup(&cq->moder.timer, mfraw_cq_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	cq->timestamps = attr->flags & IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION;
	cq->ignore_overrun = attr->flags & IB_UVERBS_CQ_FLAGS_IGNORE_OVERRUN;
	cq->db = cq->mem->addr;
	cq->ring = cq->mem->addr + MFRAW_CQ_RING_OFF;
	cq->mask = entries - 1;
	ibcq->cqe = entries;
	if (!udata)
		return 0;

	resp.mmap_key = rdma_user_mmap_get_offset(&cq->mem->entry);
	resp.mmap_size = cq->mem->size;
	resp.ring_off = MFRAW_CQ_RING_OFF;
	resp.num_cqe = entries;
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_mem;

	return 0;

err_mem:
	mfraw_qmem_free(cq->mem);
err_count:
	atomic_dec(&dev->nr_cqs);
	return err;
}

static int mfraw_destroy_cq(struct ib_cq *ibcq, struct ib_udata *udata)
{
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);

	/* No QP uses the CQ any more, so no completions are pushed. */
	hrtimer_cancel(&cq->moder.timer);
	mfraw_cq_hide(cq);
	mfraw_qmem_free(cq->mem);
	atomic_dec(&to_mfraw_dev(ibcq->device)->nr_cqs);

	return 0;
}

/*
 * Copy the CQEs that were not polled to the start of a new ring. CQ lock held.
 * The provider holds its lock of the CQ, so the consumer index does not change.
 * A process that polls nevertheless may miss CQEs or see them twice, but all
 * copied CQEs fit into the new ring.
 */
static int mfraw_cq_move(struct mfraw_cq *cq, struct mfraw_qmem *mem,
			 u32 entries)
{
	struct mfraw_cqe *ring = mem->addr + MFRAW_CQ_RING_OFF;
	struct mfraw_cq_db *db = mem->addr;
	u32 cons, unpolled, i;

	lockdep_assert_held(&cq->lock);
	cons = le32_to_cpu(smp_load_acquire(&cq->db->cons));	/* (A) */
	unpolled = cq->prod - cons;
	if (cq->ignore_overrun && unpolled > cq->mask + 1) {
		/* Older CQEs are overwritten already. */
		unpolled = cq->mask + 1;
		cons = cq->prod - unpolled;
	}
	if (unpolled > cq->mask + 1 || unpolled > entries)
		return mfraw_refuse(cq->ibcq.device, -EINVAL,
				    "CQ: entries %u, %u are not polled",
				    entries, unpolled);

	for (i = 0; i < unpolled; i++) {
		const struct mfraw_cqe *cqe = &cq->ring[(cons + i) & cq->mask];

		mfraw_cqe_write(&ring[i], cqe, cqe->timestamp, true);
	}
	db->arm = READ_ONCE(cq->db->arm);

	cq->ring = ring;
	cq->db = db;
	cq->mask = entries - 1;
	cq->moder.prod += unpolled - cq->prod;
	cq->prod = unpolled;
	/* After an overrun, the ring must look full forever. */
	cq->cons = cq->overrun ? unpolled - entries : 0;
	cq->ibcq.cqe = entries;

	return 0;
}

static int mfraw_resize_cq(struct ib_cq *ibcq, unsigned int cqe,
			   struct ib_udata *udata)
{
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);
	struct mfraw_resize_cq_resp resp = {};
	struct mfraw_resize_cq_req req;
	struct mfraw_qmem *mem, *old;
	struct ib_ucontext *ibuctx;
	u32 entries;
	int err;

	ibuctx = &rdma_udata_to_drv_context(udata, struct mfraw_ucontext,
					    ibuctx)->ibuctx;

	err = ib_copy_validate_udata_in_cm(udata, req, comp_mask, 0);
	err = mfraw_check_req(ibcq->device, "CQ", udata, err);
	if (err)
		return err;

	err = mfraw_cq_check_size(ibcq->device, cqe);
	if (err)
		return err;

	entries = roundup_pow_of_two(cqe);
	mem = mfraw_cq_mem_alloc(ibuctx, entries);
	if (IS_ERR(mem))
		return PTR_ERR(mem);

	resp.mmap_key = rdma_user_mmap_get_offset(&mem->entry);
	resp.mmap_size = mem->size;
	resp.ring_off = MFRAW_CQ_RING_OFF;
	resp.num_cqe = entries;
	/* Respond before the switch, which cannot be undone. */
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_mem;

	spin_lock_bh(&cq->lock);
	err = mfraw_cq_move(cq, mem, entries);
	old = cq->mem;
	if (!err)
		cq->mem = mem;
	spin_unlock_bh(&cq->lock);
	if (err)
		goto err_mem;

	mfraw_qmem_free(old);

	return 0;

err_mem:
	mfraw_qmem_free(mem);
	return err;
}

MF_DEFINE_RESIZE_USER_CQ(mfraw_resize_cq)

/* A count of 0 or 1, or a period of 0, turns moderation off. */
static int mfraw_modify_cq(struct ib_cq *ibcq, u16 count, u16 period)
{
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);

	/* A late event would call a handler that the core has stopped. */
	if (!ibcq->uobject)
		return mfraw_refuse(ibcq->device, -EOPNOTSUPP,
				    "CQ: no moderation for the kernel");

	spin_lock_bh(&cq->lock);
	cq->moder.count = count > 1 && period ? count : 0;
	cq->moder.period = period * NSEC_PER_USEC;
	/* Raise a pending event now; it was delayed under the old settings. */
	if (cq->moder.pending)
		mfraw_cq_raise(cq);
	spin_unlock_bh(&cq->lock);

	return 0;
}

const struct ib_device_ops mfraw_cq_ops = {
	.create_cq = mfraw_create_cq,
	.destroy_cq = mfraw_destroy_cq,
	.modify_cq = mfraw_modify_cq,
	.resize_user_cq = MF_RESIZE_USER_CQ(mfraw_resize_cq),

	INIT_RDMA_OBJ_SIZE(ib_cq, mfraw_cq, ibcq),
};
