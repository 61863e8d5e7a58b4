// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Limit the RoCEv2 frames that a port has under way in the network device
 * behind the uplink. Frames above the device's rate wait in the send queues,
 * where nothing is lost, and not in the device's queue, where a queueing
 * discipline would drop them.
 *
 * All frames of the port have one struct ubuf_info. A copy of a frame holds a
 * reference until the device has sent it, so the count is the number of frames
 * under way. Frames between queue blocks are delivered at once and hold none.
 * The ubuf_info outlives the RDMA device if frames are still under way then.
 */
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "queue/stall.h"
#include "roce/roce.h"
#include "roce/uplink.h"

/*
 * Largest number of frames under way, and the number at which waiting queue
 * pairs resume.
 */
#define MFRAW_UPLINK_MOST	64
#define MFRAW_UPLINK_LOW	32

/*
 * A queue pair only waits while more than MFRAW_UPLINK_LOW frames are under
 * way, so a completion will resume it.
 */
static_assert(MFRAW_UPLINK_LOW + MFRAW_BURST <= MFRAW_UPLINK_MOST);

/* Rounds without a frame to the uplink until a queue pair counts as local. */
#define MFRAW_UPLINK_LOCAL	4

/**
 * struct mfraw_uplink - frames of a port that are under way
 * @ubuf: its reference count is one more than the frames under way
 * @dev: the port's device, NULL once the device is removed
 * @wanted: a queue pair waits for room
 * @held: a module reference is held, since frames are under way
 * @drops: number of frames that the network device dropped at once
 * @work: resumes waiting queue pairs
 * @rcu: delays freeing
 */
struct mfraw_uplink {
	struct ubuf_info	ubuf;
	struct mfraw_dev __rcu	*dev;
	bool			wanted;
	bool			held;
	atomic_t		drops;
	struct work_struct	work;
	struct rcu_head		rcu;
};

/*
 * The number of struct mfraw_uplink. Frames under way hold the module, so that
 * unloading is refused and does not wait for a network device. A device that is
 * being removed does not count its frames, so mfraw_uplink_exit() waits at most
 * for frames sent between the start of unloading and the removal of the device.
 */
static atomic_t mfraw_uplinks = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(mfraw_uplink_wait);

static unsigned int mfraw_uplink_under_way(const struct mfraw_uplink *up)
{
	return refcount_read(&up->ubuf.refcnt) - 1;
}

/* Take the module reference for frames under way. */
static void mfraw_uplink_hold(struct mfraw_uplink *up)
{
	if (READ_ONCE(up->held) || xchg(&up->held, true))
		return;
	__module_get(THIS_MODULE);
}

/* Put the module reference when no frames seem to be under way. */
static void mfraw_uplink_release(struct mfraw_uplink *up)
{
	if (!xchg(&up->held, false))
		return;
	/*
	 * A sender may have found the reference held in the meantime: keep it
	 * then.
	 */
	if (mfraw_uplink_under_way(up) && !xchg(&up->held, true))
		return;
	module_put(THIS_MODULE);
}

/* Put the reference of a copy that was sent or dropped. */
static void mfraw_uplink_complete(struct sk_buff *skb, struct ubuf_info *ubuf,
				  bool zerocopy)
{
	struct mfraw_uplink *up = container_of(ubuf, struct mfraw_uplink, ubuf);
	unsigned int under_way;

	/* After this reference is put, others may put the last one. */
	rcu_read_lock();
	/* The device dropped the frame at once, see mf_frame.ubuf. */
	if (unlikely(!skb && !zerocopy))
		atomic_inc(&up->drops);
	if (refcount_dec_and_test(&ubuf->refcnt)) {
		if (up->held)
			module_put(THIS_MODULE);
		kfree_rcu(up, rcu);
		if (atomic_dec_and_test(&mfraw_uplinks))
			wake_up_all(&mfraw_uplink_wait);
	} else {
		/*
		 * Write the count before reading @wanted; pairs with
		 * mfraw_uplink_room().
		 */
		smp_mb__after_atomic();
		if (rcu_access_pointer(up->dev)) {
			under_way = mfraw_uplink_under_way(up);
			if (READ_ONCE(up->wanted) &&
			    under_way <= MFRAW_UPLINK_LOW)
				queue_work(system_bh_wq, &up->work);
			if (!under_way)
				mfraw_uplink_release(up);
		}
	}
	rcu_read_unlock();
}

static void mfraw_uplink_work(struct work_struct *work)
{
	struct mfraw_uplink *up = container_of(work, struct mfraw_uplink, work);
	struct mfraw_dev *dev;

	/* The next queue pair that waits sets it again. */
	WRITE_ONCE(up->wanted, false);
	/* Write @wanted before reading the lists of waiting queue pairs. */
	smp_mb();
	rcu_read_lock();
	dev = rcu_dereference(up->dev);
	if (dev)
		mfraw_resume(&dev->client);
	rcu_read_unlock();
}

static const struct ubuf_info_ops mfraw_uplink_ops = {
	.complete = mfraw_uplink_complete,
};

/**
 * mfraw_uplink_ubuf - get the ubuf_info for a frame
 * @dev: the sender's device
 *
 * Return: the value of mf_frame.ubuf; NULL while the device is being removed.
 */
struct ubuf_info *mfraw_uplink_ubuf(const struct mfraw_dev *dev)
{
	return likely(!READ_ONCE(dev->going)) ? &dev->rdev.uplink->ubuf : NULL;
}

/*
 * Get how many of @n frames a queue pair may send now. Their destination is not
 * known yet, and only the uplink needs room. So a queue pair without recent
 * frames to the uplink has no limit. Otherwise, if the result is too low,
 * mfraw_resume() is called as soon as there is room.
 */
static unsigned int mfraw_uplink_room(const struct mfraw_roce *roce,
				      unsigned int n)
{
	struct mfraw_uplink *up = roce->qp->dev->rdev.uplink;
	unsigned int under_way = mfraw_uplink_under_way(up);

	if (likely(under_way + n <= MFRAW_UPLINK_MOST))
		return n;
	if (!roce->not_local)
		return n;
	WRITE_ONCE(up->wanted, true);
	/*
	 * Write @wanted before reading the count; pairs with
	 * mfraw_uplink_complete().
	 */
	smp_mb();
	under_way = mfraw_uplink_under_way(up);

	return under_way < MFRAW_UPLINK_MOST ?
	       min(n, MFRAW_UPLINK_MOST - under_way) : 0;
}

/* Hand frames to the port, and check whether some leave by the uplink. */
static unsigned int mfraw_uplink_xmit(struct mfraw_roce *roce,
				      const struct mf_frame *frames,
				      unsigned int n)
{
	struct mfraw_dev *dev = roce->qp->dev;
	unsigned int before = mfraw_uplink_under_way(dev->rdev.uplink);
	unsigned int under_way, taken;
	int drops = atomic_read(&dev->rdev.uplink->drops);

	taken = dev->qb->ops->xmit(dev->qb, frames, n);
	under_way = mfraw_uplink_under_way(dev->rdev.uplink);
	if (unlikely(under_way)) {
		mfraw_uplink_hold(dev->rdev.uplink);
		/*
		 * Write @held before reading the count: the frames may have
		 * completed before the reference was taken.
		 */
		smp_mb();
		if (!mfraw_uplink_under_way(dev->rdev.uplink))
			mfraw_uplink_release(dev->rdev.uplink);
	}
	/*
	 * A drop of another queue pair's frame counts, too: it is a sign of the
	 * same congestion.
	 */
	if (unlikely(atomic_read(&dev->rdev.uplink->drops) != drops))
		mfraw_comp_dropped(roce);
	if (unlikely(under_way > before))
		roce->not_local = MFRAW_UPLINK_LOCAL;
	else if (unlikely(roce->not_local))
		roce->not_local--;

	return taken;
}

/**
 * mfraw_roce_xmit - hand packets to the port unless others wait for it
 * @qp: the sending queue pair
 * @frames: the packets in order
 * @n: number of packets, from 1 to MFRAW_BURST
 *
 * Context: atomic, sq.lock.
 * Return: number of packets that the port took. If 0, the caller calls
 * mfraw_stall(); if less than @n, the caller tries again.
 */
unsigned int mfraw_roce_xmit(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n)
{
	struct mfraw_roce *roce = qp->roce;
	unsigned int room, taken;

	if (!mfraw_stall_turn(qp, roce->not_local))
		return 0;
	room = mfraw_uplink_room(roce, n);
	taken = room ? mfraw_uplink_xmit(roce, frames, room) : 0;
	mfraw_stall_took(qp, taken, room);

	return taken;
}

/**
 * mfraw_uplink_reset - let a new or reset queue pair count as a sender to the
 * uplink
 * @roce: the queue pair
 */
void mfraw_uplink_reset(struct mfraw_roce *roce)
{
	roce->not_local = MFRAW_UPLINK_LOCAL;
}

/**
 * mfraw_uplink_init - prepare to count frames under way
 * @dev: the device
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_uplink_init(struct mfraw_dev *dev)
{
	struct mfraw_uplink *up = kzalloc(sizeof(*up), GFP_KERNEL);

	if (!up)
		return -ENOMEM;
	refcount_set(&up->ubuf.refcnt, 1);
	up->ubuf.ops = &mfraw_uplink_ops;
	/*
	 * Taps need no copy of their own, since the buffer holds a copy
	 * already.
	 */
	up->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	RCU_INIT_POINTER(up->dev, dev);
	INIT_WORK(&up->work, mfraw_uplink_work);
	atomic_inc(&mfraw_uplinks);
	dev->rdev.uplink = up;

	return 0;
}

/**
 * mfraw_uplink_fini - detach a removed device from its frames under way
 * @dev: the device, without queue pairs
 *
 * Context: sleeps.
 */
void mfraw_uplink_fini(struct mfraw_dev *dev)
{
	struct mfraw_uplink *up = dev->rdev.uplink;

	RCU_INIT_POINTER(up->dev, NULL);
	synchronize_rcu_expedited();
	cancel_work_sync(&up->work);
	dev->rdev.uplink = NULL;
	mfraw_uplink_complete(NULL, &up->ubuf, true);
}

/**
 * mfraw_uplink_exit - wait until no network device has frames of this module
 *
 * Context: sleeps; all devices are gone.
 */
void mfraw_uplink_exit(void)
{
	wait_event(mfraw_uplink_wait, !atomic_read(&mfraw_uplinks));
	synchronize_rcu();
}
