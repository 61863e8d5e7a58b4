// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send queues that wait until the port may send again, because the operator
 * limits its rate. What they hold stays where it is. Queues that have too much
 * under way, see zerocopy.c, wait like them.
 */
#include "roce.h"

static void mfraw_stall_work(struct work_struct *work)
{
	struct mfraw_qp *qp = container_of(work, struct mfraw_qp, stall_work);

	if (qp->roce)
		mfraw_roce_kick(qp->roce);
	else
		mfraw_sq_run(qp);
}

void mfraw_stall_init(struct mfraw_qp *qp)
{
	INIT_LIST_HEAD(&qp->stall_entry);
	INIT_WORK(&qp->stall_work, mfraw_stall_work);
}

/**
 * mfraw_stall - a send queue waits
 * @qp: the port took less of it than it could have
 *
 * Context: atomic.
 * Return: false if it waited already.
 */
bool mfraw_stall(struct mfraw_qp *qp)
{
	struct mfraw_dev *dev = qp->dev;
	bool first;

	spin_lock(&dev->stall_lock);
	first = list_empty(&qp->stall_entry);
	if (first)
		list_add_tail(&qp->stall_entry, &dev->stalled);
	spin_unlock(&dev->stall_lock);
	if (first)
		mfraw_count(dev, MFRAW_STALLS, 1);

	return first;
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

/* Called by the port's owner, see struct mf_client_ops. */
void mfraw_resume(struct mf_client *client)
{
	struct mfraw_dev *dev = container_of(client, struct mfraw_dev, client);
	struct mfraw_qp *qp, *next;

	spin_lock_bh(&dev->stall_lock);
	list_for_each_entry_safe(qp, next, &dev->stalled, stall_entry) {
		list_del_init(&qp->stall_entry);
		/* The thread does not run responders. */
		if (qp->roce || !mfraw_engine_add(qp))
			queue_work(system_unbound_wq, &qp->stall_work);
	}
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
