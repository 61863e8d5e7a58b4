/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Send queues that wait for the port, see stall.c.
 */
#ifndef MFRAW_STALL_H
#define MFRAW_STALL_H

#include "verbs/qp.h"

void mfraw_stall_init(struct mfraw_qp *qp);
void mfraw_stall_leave(struct mfraw_qp *qp);
bool mfraw_stall(struct mfraw_qp *qp);
bool mfraw_stalled(struct mfraw_qp *qp);
void mfraw_stall_del(struct mfraw_qp *qp);
void mfraw_resume(struct mf_client *client);

/* Does any send queue of the device wait? */
static inline bool mfraw_stall_any(const struct mfraw_dev *dev)
{
	return !list_empty(&dev->stalled) || !list_empty(&dev->served);
}

/**
 * mfraw_stall_turn - may a send queue hand frames to the port now?
 * @qp: the sending queue pair
 * @uplink: the queue pair may send to the uplink
 *
 * Queues that wait go first. If they all wait for the uplink, a queue that
 * sends only to other ports passes them.
 *
 * This costs a look at two lists per round. They only change while a port is at
 * its limit.
 *
 * Context: atomic, sq.lock.
 * Return: true if the queue may send now.
 */
static inline bool mfraw_stall_turn(struct mfraw_qp *qp, bool uplink)
{
	struct mfraw_dev *dev = qp->dev;

	lockdep_assert_held(&qp->sq.lock);
	if (unlikely(READ_ONCE(qp->stall_turn))) {
		WRITE_ONCE(qp->stall_turn, false);
		return true;
	}

	return likely(!mfraw_stall_any(dev)) ||
	       (!READ_ONCE(dev->stall_all) && !uplink);
}

/**
 * mfraw_stall_took - update the waiting state after a call of the port
 * @qp: the sending queue pair
 * @taken: number of frames that the port took
 * @tried: the port was offered frames
 *
 * Context: atomic, sq.lock.
 */
static inline void mfraw_stall_took(struct mfraw_qp *qp, unsigned int taken,
				    bool tried)
{
	struct mfraw_dev *dev = qp->dev;

	lockdep_assert_held(&qp->sq.lock);
	if (unlikely(!taken && tried))
		WRITE_ONCE(dev->stall_all, true);
	if (taken && !qp->stall_served)
		qp->stall_served = true;
	if (unlikely(!list_empty_careful(&qp->stall_entry)) && taken)
		mfraw_stall_leave(qp);
}

/**
 * mfraw_stall_xmit - hand raw frames to the port unless others wait for it
 * @qp: the sending queue pair
 * @frames: the frames in order
 * @n: number of frames, not 0
 *
 * Context: atomic, sq.lock.
 * Return: number of frames that the port took. If 0, the caller calls
 * mfraw_stall(); if less than @n, the caller tries again.
 */
static inline unsigned int mfraw_stall_xmit(struct mfraw_qp *qp,
					    const struct mf_frame *frames,
					    unsigned int n)
{
	struct mf_qblock *qb = qp->dev->qb;
	unsigned int taken;

	if (!mfraw_stall_turn(qp, false))
		return 0;
	taken = qb->ops->xmit(qb, frames, n);
	mfraw_stall_took(qp, taken, true);

	return taken;
}

#endif /* MFRAW_STALL_H */
