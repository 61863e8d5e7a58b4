// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send queues that wait until the port may send again, because the operator limits
 * its rate, or because it has enough under way in the uplink's device. What they
 * hold stays where it is. Queues that have too much under way themselves, see
 * zerocopy.c, wait like them.
 *
 * They wait in two lists. A queue of which the port took something since it last
 * waited goes to the second, and has its turn after all of the first, so that each
 * gets on. A queue that comes while others wait is not sent before they had their
 * turn. A list that is not empty means that mfraw_resume() will be called.
 */
#include "queue/stall.h"
#include "queue/zerocopy.h"
#include "verbs/qp_ops.h"

static void mfraw_stall_work(struct work_struct *work)
{
	struct mfraw_qp *qp = container_of(work, struct mfraw_qp, stall_work);

	qp->ops->work(qp);
}

void mfraw_stall_init(struct mfraw_qp *qp)
{
	INIT_LIST_HEAD(&qp->stall_entry);
	INIT_WORK(&qp->stall_work, mfraw_stall_work);
}

/* Who waits, goes on, in turn. stall_lock held. */
static void mfraw_stall_run_all(struct mfraw_dev *dev)
{
	struct mfraw_qp *qp, *next;
	LIST_HEAD(all);

	lockdep_assert_held(&dev->stall_lock);
	WRITE_ONCE(dev->stall_all, false);
	list_splice_tail_init(&dev->stalled, &all);
	list_splice_tail_init(&dev->served, &all);
	list_for_each_entry_safe(qp, next, &all, stall_entry) {
		list_del_init(&qp->stall_entry);
		WRITE_ONCE(qp->stall_turn, true);
		qp->ops->resume(qp);
	}
}

/**
 * mfraw_stall_leave - a send queue waits no more, since the port took some
 * @qp: the queue pair
 *
 * Others may have joined it.
 *
 * Context: atomic, sq.lock.
 */
void mfraw_stall_leave(struct mfraw_qp *qp)
{
	struct mfraw_dev *dev = qp->dev;

	spin_lock(&dev->stall_lock);
	list_del_init(&qp->stall_entry);
	mfraw_stall_run_all(dev);
	spin_unlock(&dev->stall_lock);
}

/**
 * mfraw_stall_xmit - hand raw frames to the port, unless others wait for it
 * @qp: the sender
 * @frames: in order
 * @n: how many, not 0
 *
 * Context: atomic, sq.lock.
 * Return: how many the port took. If these are none, the caller calls
 * mfraw_stall(); if they are less than @n, it comes again.
 */
unsigned int mfraw_stall_xmit(struct mfraw_qp *qp,
			      const struct mf_frame *frames, unsigned int n)
{
	struct mf_qblock *qb = qp->dev->qb;
	unsigned int taken;

	if (!mfraw_stall_turn(qp, false))
		return 0;
	taken = qb->ops->xmit(qb, frames, n);
	mfraw_stall_took(qp, taken, true);

	return taken;
}

/**
 * mfraw_stall - a send queue waits
 * @qp: the port took nothing of it
 *
 * The port may have called mfraw_resume() before the queue was in a list. So the
 * first one that waits offers its frames once more.
 *
 * Context: atomic, sq.lock.
 * Return: true if the caller is to offer its frames once more.
 */
bool mfraw_stall(struct mfraw_qp *qp)
{
	struct mfraw_dev *dev = qp->dev;
	bool waits, turn = false;

	lockdep_assert_held(&qp->sq.lock);
	spin_lock(&dev->stall_lock);
	waits = !list_empty(&qp->stall_entry);
	if (!waits) {
		turn = !mfraw_stall_any(dev);
		WRITE_ONCE(qp->stall_turn, turn);
		list_add_tail(&qp->stall_entry, qp->stall_served ?
			      &dev->served : &dev->stalled);
		qp->stall_served = false;
	}
	spin_unlock(&dev->stall_lock);
	if (!waits)
		mfraw_count(dev, MFRAW_STALLS, 1);

	return turn;
}

/**
 * mfraw_stalled - does a send queue wait for the port, or for its pages?
 * @qp: the queue pair
 *
 * Context: atomic. If so, the run that comes when that is over sees what was
 * posted before the call.
 */
bool mfraw_stalled(struct mfraw_qp *qp)
{
	struct mfraw_dev *dev = qp->dev;
	bool stalled;

	/* Asked in each idle round of the thread: no shared write then. */
	if (likely(list_empty_careful(&qp->stall_entry)))
		return mfraw_zc_waits(qp);
	spin_lock_bh(&dev->stall_lock);
	stalled = !list_empty(&qp->stall_entry);
	spin_unlock_bh(&dev->stall_lock);

	return stalled;
}

/* The port's owner calls it, see struct mf_client_ops, and roce/uplink.c does. */
void mfraw_resume(struct mf_client *client)
{
	struct mfraw_dev *dev = container_of(client, struct mfraw_dev, client);

	spin_lock_bh(&dev->stall_lock);
	mfraw_stall_run_all(dev);
	spin_unlock_bh(&dev->stall_lock);
}

/**
 * mfraw_stall_del - a queue waits no more
 * @qp: in a state in which it has no work
 *
 * Before mfraw_engine_del(), since who resumes gives queues to the thread.
 *
 * Context: sleeps.
 */
void mfraw_stall_del(struct mfraw_qp *qp)
{
	struct mfraw_dev *dev = qp->dev;

	spin_lock_bh(&dev->stall_lock);
	list_del_init(&qp->stall_entry);
	spin_unlock_bh(&dev->stall_lock);
	mfraw_pace_stop(qp);
	cancel_work_sync(&qp->stall_work);
}
