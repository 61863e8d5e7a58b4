// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send queues that wait until the port may send again. A port waits for the
 * rate limit of the operator, or because it has enough frames under way in the
 * uplink's device. Waiting work requests stay in their queues. Queues that have
 * too many frames under way themselves, see zerocopy.c, wait in the same way.
 *
 * There are two lists of waiting queues. A queue that sent something since it
 * last waited joins the second list, and has its turn after the first one, so
 * that all make progress. A queue that comes later waits until the waiting
 * queues had their turn. As long as a list is not empty, mfraw_resume() will be
 * called.
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

/* Resume all waiting queues in order. stall_lock held. */
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
 * mfraw_stall_leave - end the wait of a queue whose frames the port took
 * @qp: the queue pair
 *
 * Resumes other queues that wait, too.
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
 * mfraw_stall - let a send queue wait for the port
 * @qp: the queue pair, of which the port took no frame
 *
 * The port may have called mfraw_resume() before the queue was in a list, so
 * the first queue that waits tries once more.
 *
 * Context: atomic, sq.lock.
 * Return: true if the caller must offer its frames once more.
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
 * mfraw_stalled - does a send queue wait for the port or for its pages?
 * @qp: the queue pair
 *
 * Context: atomic.
 * Return: true if so. The run at the end of the wait then sees work requests
 * posted before this call.
 */
bool mfraw_stalled(struct mfraw_qp *qp)
{
	struct mfraw_dev *dev = qp->dev;
	bool stalled;

	/*
	 * The polling thread calls this in each idle round, so avoid shared
	 * writes.
	 */
	if (likely(list_empty_careful(&qp->stall_entry)))
		return mfraw_zc_waits(qp);
	spin_lock_bh(&dev->stall_lock);
	stalled = !list_empty(&qp->stall_entry);
	spin_unlock_bh(&dev->stall_lock);

	return stalled;
}

/*
 * The owner of the port calls this, see struct mf_client_ops, and so does
 * roce/uplink.c.
 */
void mfraw_resume(struct mf_client *client)
{
	struct mfraw_dev *dev = container_of(client, struct mfraw_dev, client);

	spin_lock_bh(&dev->stall_lock);
	mfraw_stall_run_all(dev);
	spin_unlock_bh(&dev->stall_lock);
}

/**
 * mfraw_stall_del - remove a queue from the waiting queues
 * @qp: a queue pair in a state that has no work
 *
 * Call this before mfraw_engine_del(), since a resumed queue goes to the
 * thread.
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
