// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory windows: parts of memory regions with rkeys of their own, bound and
 * invalidated by work requests (IBTA 10.6.7). A window of type 1 is valid for
 * all QPs of its PD. A window of type 2 is of type 2B: valid for the QP that
 * bound it, and can be invalidated.
 *
 * A region cannot be deregistered while a window is bound to it.
 */
#include <linux/random.h>
#include <linux/slab.h>

#include "kern/kmr.h"
#include "refuse.h"
#include "roce/req.h"
#include "verbs/mr.h"
#include "verbs/mw.h"

/* IB_ACCESS_LOCAL_WRITE has no effect on a window, but applications set it. */
#define MFRAW_MW_ACCESS		(IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_ATOMIC | \
				 IB_ACCESS_LOCAL_WRITE | IB_ZERO_BASED)

/* Bits of an rkey that a work request chooses. */
#define MFRAW_KEY_MASK	GENMASK(MFRAW_KEY_SHIFT - 1, 0)

static void mfraw_mw_put_mr(struct mfraw_mr *mr)
{
	if (mr)
		atomic_dec(&mr->windows);
}

/* The window's lock held. */
static void mfraw_mw_unbind(struct mfraw_mw *mw)
{
	lockdep_assert_held(&mw->lock.lock);

	mfraw_mw_put_mr(mw->mr);
	mw->mr = NULL;
	mw->qp = NULL;
}

static int mfraw_alloc_mw(struct ib_mw *ibmw, struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmw->device);
	struct mfraw_mw *mw = to_mfraw_mw(ibmw);
	u32 slot;
	int err;

	err = mfraw_check_empty(ibmw->device, "MW", udata);
	if (err)
		return err;

	seqlock_init(&mw->lock);
	err = xa_alloc_cyclic(&dev->rdev.mws, &slot, NULL,
			      XA_LIMIT(1, MFRAW_MAX_MW), &dev->rdev.mw_next,
			      GFP_KERNEL_ACCOUNT);
	if (err == -EBUSY)
		return mfraw_refuse(ibmw->device, -ENOMEM, "MW: there are %lu",
				    MFRAW_MAX_MW);
	if (err < 0)
		return err;

	mw->rkey = MFRAW_RKEY_MW | slot << MFRAW_KEY_SHIFT | get_random_u8();
	ibmw->rkey = mw->rkey;
	/* The slot is reserved, so this store cannot fail. */
	xa_store(&dev->rdev.mws, slot, mw, GFP_KERNEL);

	return 0;
}

static int mfraw_dealloc_mw(struct ib_mw *ibmw)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmw->device);
	struct mfraw_mw *mw = to_mfraw_mw(ibmw);

	xa_erase(&dev->rdev.mws,
		 (ibmw->rkey ^ MFRAW_RKEY_MW) >> MFRAW_KEY_SHIFT);
	/* A reader may bind the window until the wait ends. */
	mfraw_wait_readers(dev);
	mfraw_mw_put_mr(mw->mr);

	return 0;
}

/* Check that a region allows to bind a window. The region is held. */
static bool mfraw_mw_mr_ok(const struct mfraw_mr *mr, const struct ib_pd *pd,
			   u64 addr, u64 length, int access)
{
	int need = IB_ACCESS_MW_BIND;

	if (access & (IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_ATOMIC))
		need |= IB_ACCESS_LOCAL_WRITE;

	return mr->ibmr.pd == pd && (mr->access & need) == need &&
	       mfraw_mr_holds(mr, addr, length);
}

/* Find the region of a bind request, and hold it by its count of windows. */
static struct mfraw_mr *mfraw_mw_get_mr(struct mfraw_qp *qp, u32 lkey, u64 addr,
					u64 length, int access)
{
	struct mfraw_mr *mr = mfraw_mr_find(qp->dev, lkey);

	if (!mr || READ_ONCE(mr->key) != lkey ||
	    !atomic_inc_unless_negative(&mr->windows))
		return NULL;
	/* The count keeps rights, PD and memory of the region unchanged. */
	if (mfraw_mw_mr_ok(mr, qp->ibqp.pd, addr, length, access))
		return mr;
	mfraw_mw_put_mr(mr);

	return NULL;
}

static bool mfraw_mw_try_bind(struct mfraw_qp *qp,
			      const struct mfraw_roce_seg *seg)
{
	u32 new_rkey = le32_to_cpu(seg->bind.new_rkey);
	int access = le32_to_cpu(seg->bind.access);
	u64 length = le64_to_cpu(seg->bind.length);
	u32 rkey = le32_to_cpu(seg->bind.rkey);
	u64 addr = le64_to_cpu(seg->bind.addr);
	struct mfraw_mw *mw = mfraw_mw_find(qp, qp->ibqp.pd, rkey);
	struct mfraw_mr *mr = NULL;
	bool type2, ok;

	if (!mw || (rkey ^ new_rkey) & ~MFRAW_KEY_MASK ||
	    access & ~MFRAW_MW_ACCESS)
		return false;

	/* Only type 2 is zero based, only type 1 is unbound by length 0. */
	type2 = mw->ibmw.type == IB_MW_TYPE_2;
	if (type2 ? !length : access & IB_ZERO_BASED)
		return false;

	if (length) {
		mr = mfraw_mw_get_mr(qp, le32_to_cpu(seg->bind.lkey), addr,
				     length, access);
		if (!mr)
			return false;
	}

	/*
	 * Do not compare the window's current rkey. User space names a window
	 * of type 2 by its first rkey, since it cannot know which bind requests
	 * succeed.
	 */
	write_seqlock(&mw->lock);
	ok = !(type2 && mw->mr);
	if (ok) {
		mfraw_mw_unbind(mw);
		mw->rkey = new_rkey;
		mw->mr = mr;
		mw->addr = addr;
		mw->base = access & IB_ZERO_BASED ? 0 : addr;
		mw->length = length;
		mw->access = access;
		if (type2) {
			mw->qp = qp;
			set_bit(MFRAW_QP_WINDOWS, &qp->flags);
		}
	}
	write_sequnlock(&mw->lock);
	if (!ok)
		mfraw_mw_put_mr(mr);

	return ok;
}

/**
 * mfraw_mw_bind - bind a window, or unbind one of type 1
 * @qp: the queue pair
 * @wqe: the work request, copied
 *
 * Context: atomic, sq.lock, reader of the device.
 * Return: &enum mfraw_cqe_status.
 */
u8 mfraw_mw_bind(struct mfraw_qp *qp, const struct mfraw_swqe *wqe)
{
	return mfraw_mw_try_bind(qp, &wqe->seg) ? MFRAW_CQE_SUCCESS :
						  MFRAW_CQE_MW_BIND_ERR;
}

/* Return true for a window of type 2 that @qp bound, under its current rkey. */
static bool mfraw_mw_is_bound(const struct mfraw_mw *mw,
			      const struct mfraw_qp *qp, u32 rkey)
{
	return mw->rkey == rkey && mw->qp == qp;
}

static bool mfraw_mw_invalidate(struct mfraw_qp *qp, const struct ib_pd *pd,
				u32 rkey)
{
	struct mfraw_mw *mw = mfraw_mw_find(qp, pd, rkey);
	bool ok;

	if (!mw)
		return false;

	write_seqlock(&mw->lock);
	ok = mfraw_mw_is_bound(mw, qp, rkey);
	if (ok)
		mfraw_mw_unbind(mw);
	write_sequnlock(&mw->lock);

	return ok;
}

static bool mfraw_key_invalidate(struct mfraw_qp *qp, struct ib_pd *pd,
				 u32 rkey, bool remote)
{
	if (rkey & MFRAW_RKEY_MW)
		return mfraw_mw_invalidate(qp, pd, rkey);

	return mfraw_kmr_invalidate(pd, rkey, remote);
}

/**
 * mfraw_invalidate - invalidate an rkey
 * @qp: the queue pair
 * @rkey: key of a window of type 2 that @qp bound, or of a region that a kernel
 *	user registered by a work request
 * @remote: the peer requests it, not a local work request
 *
 * No request of the peer of @qp uses the rkey after this function returns.
 *
 * Context: atomic, reader of the device; rq.q.lock if @remote, else sq.lock.
 * Return: &enum mfraw_cqe_status of the local completion.
 */
u8 mfraw_invalidate(struct mfraw_qp *qp, u32 rkey, bool remote)
{
	bool ok;

	if (remote) {
		/* The PD of an XRC_TGT QP is that of the request's SRQ. */
		ok = mfraw_key_invalidate(qp, qp->rq.pd, rkey, remote);
	} else {
		/* The responder looks up and uses rkeys under rq.q.lock. */
		spin_lock(&qp->rq.q.lock);
		ok = mfraw_key_invalidate(qp, qp->ibqp.pd, rkey, remote);
		spin_unlock(&qp->rq.q.lock);
	}
	if (ok)
		return MFRAW_CQE_SUCCESS;

	/* IBTA calls both a memory management operation error. */
	return remote ? MFRAW_CQE_REM_INV_REQ_ERR : MFRAW_CQE_MW_BIND_ERR;
}

/**
 * mfraw_may_invalidate - check that the peer may invalidate an rkey
 * @qp: the queue pair
 * @rkey: the key
 *
 * Context: rq.q.lock, reader of the device.
 * Return: true if mfraw_invalidate() would succeed.
 */
bool mfraw_may_invalidate(struct mfraw_qp *qp, u32 rkey)
{
	struct mfraw_mw *mw;
	unsigned int seq;
	bool ok;

	if (!(rkey & MFRAW_RKEY_MW))
		return mfraw_kmr_is_valid(qp->rq.pd, rkey, true);

	mw = mfraw_mw_find(qp, qp->rq.pd, rkey);
	if (!mw)
		return false;
	do {
		seq = read_seqbegin(&mw->lock);
		ok = mfraw_mw_is_bound(mw, qp, rkey);
	} while (read_seqretry(&mw->lock, seq));

	return ok;
}

/**
 * mfraw_mw_leave_qp - unbind the windows of type 2 that a QP bound
 * @qp: QP in RESET, about to be used again or destroyed
 *
 * Context: process context.
 */
void mfraw_mw_leave_qp(struct mfraw_qp *qp)
{
	struct mfraw_mw *mw;
	unsigned long slot;
	int idx;

	if (!test_and_clear_bit(MFRAW_QP_WINDOWS, &qp->flags))
		return;

	idx = srcu_read_lock(&qp->dev->readers);
	xa_for_each(&qp->dev->rdev.mws, slot, mw) {
		if (READ_ONCE(mw->qp) != qp)
			continue;
		write_seqlock_bh(&mw->lock);
		if (mw->qp == qp)
			mfraw_mw_unbind(mw);
		write_sequnlock_bh(&mw->lock);
	}
	srcu_read_unlock(&qp->dev->readers, idx);
}

const struct ib_device_ops mfraw_mw_ops = {
	.alloc_mw = mfraw_alloc_mw,
	.dealloc_mw = mfraw_dealloc_mw,

	INIT_RDMA_OBJ_SIZE(ib_mw, mfraw_mw, ibmw),
};
