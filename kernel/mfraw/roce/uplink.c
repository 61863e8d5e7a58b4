// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * How much RoCEv2 a port may have under way in the network device behind the
 * uplink. What exceeds the device's rate waits in the senders' queues, where
 * nothing is lost, and not in the device's queue, where a queueing discipline
 * drops it.
 *
 * All frames of the port name one struct ubuf_info, which whoever keeps a copy of a
 * frame holds until the device has sent it. So its count is how many frames are
 * under way. Nobody holds it for frames between queue blocks, which are delivered
 * at once. It outlives the device if frames are still under way then.
 */
#include <linux/module.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "queue/stall.h"
#include "roce/roce.h"
#include "roce/uplink.h"

/* Frames under way at most, and at which those that wait go on. */
#define MFRAW_UPLINK_MOST	64
#define MFRAW_UPLINK_LOW	32

/* Who is kept from sending has more than that under way, and will be called. */
static_assert(MFRAW_UPLINK_LOW + MFRAW_BURST <= MFRAW_UPLINK_MOST);

/* Rounds without a frame to the uplink after which a queue is taken for local. */
#define MFRAW_UPLINK_LOCAL	4

/**
 * struct mfraw_uplink - frames of a port that are under way
 * @ubuf: its count is one more than these
 * @dev: the port's device, NULL once that goes
 * @wanted: somebody waits
 * @held: the module is held, since frames are under way
 * @drops: frames that the device dropped at once
 * @work: lets them go on
 * @rcu: to free it
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
 * The module must not go before them. As long as frames are under way it is held,
 * so that unloading it is refused, rather than that it waits for a network device
 * to send. What a device sends while it goes is not counted, so all that is ever
 * waited for is what was sent between the begin of unloading and that.
 */
static atomic_t mfraw_uplinks = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(mfraw_uplink_wait);

static unsigned int mfraw_uplink_under_way(const struct mfraw_uplink *up)
{
	return refcount_read(&up->ubuf.refcnt) - 1;
}

/* Frames are under way. */
static void mfraw_uplink_hold(struct mfraw_uplink *up)
{
	if (READ_ONCE(up->held) || xchg(&up->held, true))
		return;
	__module_get(THIS_MODULE);
}

/* None seem to be, see mfraw_uplink_under_way(). */
static void mfraw_uplink_release(struct mfraw_uplink *up)
{
	if (!xchg(&up->held, false))
		return;
	/* Who sent one since may have found it held: then it stays so. */
	if (mfraw_uplink_under_way(up) && !xchg(&up->held, true))
		return;
	module_put(THIS_MODULE);
}

/* A copy of a frame is gone. */
static void mfraw_uplink_complete(struct sk_buff *skb, struct ubuf_info *ubuf,
				  bool zerocopy)
{
	struct mfraw_uplink *up = container_of(ubuf, struct mfraw_uplink, ubuf);
	unsigned int under_way;

	/* Others may put the last reference as soon as this one is put. */
	rcu_read_lock();
	/* See mf_frame.ubuf. */
	if (unlikely(!skb && !zerocopy))
		atomic_inc(&up->drops);
	if (refcount_dec_and_test(&ubuf->refcnt)) {
		if (up->held)
			module_put(THIS_MODULE);
		kfree_rcu(up, rcu);
		if (atomic_dec_and_test(&mfraw_uplinks))
			wake_up_all(&mfraw_uplink_wait);
	} else {
		/* The count before the flag; see mfraw_uplink_room(). */
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

	/* The first one that waits from now on sets it again. */
	WRITE_ONCE(up->wanted, false);
	/* The flag before the lists. */
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
 * mfraw_uplink_ubuf - whom to tell that a frame has left
 * @dev: its sender's
 *
 * Return: for mf_frame.ubuf; NULL if nobody wants to know.
 */
struct ubuf_info *mfraw_uplink_ubuf(const struct mfraw_dev *dev)
{
	return likely(!READ_ONCE(dev->going)) ? &dev->uplink->ubuf : NULL;
}

/*
 * How many of @n frames a queue pair may send now. Where they go is not known
 * before. Those that go elsewhere need no room, so a queue pair that has sent
 * nothing to the uplink lately is not held back. When it is, mfraw_resume() is
 * called as soon as there is room.
 */
static unsigned int mfraw_uplink_room(const struct mfraw_roce *roce,
				      unsigned int n)
{
	struct mfraw_uplink *up = roce->qp->dev->uplink;
	unsigned int under_way = mfraw_uplink_under_way(up);

	if (likely(under_way + n <= MFRAW_UPLINK_MOST))
		return n;
	if (!roce->not_local)
		return n;
	WRITE_ONCE(up->wanted, true);
	/* The flag before the count. */
	smp_mb();
	under_way = mfraw_uplink_under_way(up);

	return under_way < MFRAW_UPLINK_MOST ?
	       min(n, MFRAW_UPLINK_MOST - under_way) : 0;
}

/* Hand frames to the port, and see whether they leave by the uplink. */
static unsigned int mfraw_uplink_xmit(struct mfraw_roce *roce,
				      const struct mf_frame *frames,
				      unsigned int n)
{
	struct mfraw_dev *dev = roce->qp->dev;
	unsigned int before = mfraw_uplink_under_way(dev->uplink);
	unsigned int under_way, taken;
	int drops = atomic_read(&dev->uplink->drops);

	taken = dev->qb->ops->xmit(dev->qb, frames, n);
	under_way = mfraw_uplink_under_way(dev->uplink);
	if (unlikely(under_way)) {
		mfraw_uplink_hold(dev->uplink);
		/* Held, then the count. They may be gone by now. */
		smp_mb();
		if (!mfraw_uplink_under_way(dev->uplink))
			mfraw_uplink_release(dev->uplink);
	}
	/* One of another queue pair that sends meanwhile is as good a reason. */
	if (unlikely(atomic_read(&dev->uplink->drops) != drops))
		mfraw_comp_dropped(roce);
	if (unlikely(under_way > before))
		roce->not_local = MFRAW_UPLINK_LOCAL;
	else if (unlikely(roce->not_local))
		roce->not_local--;

	return taken;
}

/**
 * mfraw_roce_xmit - hand packets to the port, unless others wait for it
 * @qp: the sender
 * @frames: in order
 * @n: how many, at most MFRAW_BURST, not 0
 *
 * Context: atomic, sq.lock.
 * Return: how many the port took. If these are none, the caller calls
 * mfraw_stall(); if they are less than @n, it comes again.
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
 * mfraw_uplink_reset - a queue pair that begins anew may be one of the uplink
 * @roce: the queue pair
 */
void mfraw_uplink_reset(struct mfraw_roce *roce)
{
	roce->not_local = MFRAW_UPLINK_LOCAL;
}

/**
 * mfraw_uplink_init - nothing is under way
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
	/* It is a copy: whoever looks at it needs no copy of its own. */
	up->ubuf.flags = SKBFL_ZEROCOPY_FRAG | SKBFL_DONT_ORPHAN;
	RCU_INIT_POINTER(up->dev, dev);
	INIT_WORK(&up->work, mfraw_uplink_work);
	atomic_inc(&mfraw_uplinks);
	dev->uplink = up;

	return 0;
}

/**
 * mfraw_uplink_fini - a device goes, with frames under way or not
 * @dev: without queue pairs
 *
 * Context: sleeps.
 */
void mfraw_uplink_fini(struct mfraw_dev *dev)
{
	struct mfraw_uplink *up = dev->uplink;

	RCU_INIT_POINTER(up->dev, NULL);
	synchronize_rcu_expedited();
	cancel_work_sync(&up->work);
	dev->uplink = NULL;
	mfraw_uplink_complete(NULL, &up->ubuf, true);
}

/**
 * mfraw_uplink_exit - wait until no network device has frames of ours
 *
 * Context: sleeps; there are no devices any more.
 */
void mfraw_uplink_exit(void)
{
	wait_event(mfraw_uplink_wait, !atomic_read(&mfraw_uplinks));
	synchronize_rcu();
}
