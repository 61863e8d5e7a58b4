// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Packet pacing: a queue pair sends no faster than ibv_modify_qp_rate_limit()
 * says. What may not go yet stays in the send queue, in order, and a timer has
 * it run again; the kernel's index has not moved, so nothing is to be undone
 * when the queue pair goes another way meanwhile.
 *
 * The bucket is counted in millionths of a bit, of which a rate in kbps is so
 * many in a nanosecond: nothing is lost by rounding. All of it is under
 * sq.lock, but for the timer itself.
 */
#include <linux/math64.h>

#include "queue/pace.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"

#define MFRAW_PACE_BYTE		(8 * 1000000LL)

/* A bucket holds what its rate fills in this time, unless the user says. */
#define MFRAW_PACE_BURST_NS	(2 * NSEC_PER_MSEC)
/* Waiting this long for more than a frame saves wakeups, if there is room. */
#define MFRAW_PACE_BATCH_NS	NSEC_PER_MSEC
/* No rate and no burst may have the kernel run timers only. */
#define MFRAW_PACE_MIN_NS	(10 * NSEC_PER_USEC)

static enum hrtimer_restart mfraw_pace_timer(struct hrtimer *timer)
{
	struct mfraw_qp *qp = container_of(timer, struct mfraw_qp, pace.timer);

	/* No longer queued, then the look at the index: as in engine.c. */
	smp_mb();
	queue_work(qp->dev->wq, &qp->stall_work);

	return HRTIMER_NORESTART;
}

/**
 * mfraw_pace_init - for a new queue pair, which has no limit
 * @qp: the queue pair
 */
void mfraw_pace_init(struct mfraw_qp *qp)
{
	hrtimer_setup(&qp->pace.timer, mfraw_pace_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
}

static void mfraw_pace_fill(struct mfraw_pace *pace, u64 now)
{
	u64 room = pace->depth - pace->tokens;

	/* No overflow: it is less than there is room for. */
	if (now - pace->last >= div_u64(room, pace->rate) + 1)
		pace->tokens = pace->depth;
	else
		pace->tokens += (now - pace->last) * pace->rate;
	pace->last = now;
}

/**
 * mfraw_pace_apply - a new limit, or none
 * @qp: the queue pair
 * @rate: kbps; 0: none
 * @burst: bytes that may go at once; 0: as the rate suggests
 *
 * The caller runs the queue then: what waits, waits by the old limit.
 *
 * Context: atomic, sq.lock.
 */
void mfraw_pace_apply(struct mfraw_qp *qp, u32 rate, u32 burst)
{
	struct mfraw_pace *pace = &qp->pace;
	bool was_limited;
	s64 depth;
	u64 now;

	if (burst)
		depth = burst * MFRAW_PACE_BYTE;
	else
		depth = max_t(s64, (u64)rate * MFRAW_PACE_BURST_NS,
			      READ_ONCE(qp->dev->max_frame) * MFRAW_PACE_BYTE);

	now = ktime_get_ns();
	was_limited = pace->rate;
	/* To set a limit again and again does not fill the bucket. */
	if (was_limited)
		mfraw_pace_fill(pace, now);
	if (!was_limited || pace->tokens > depth)
		pace->tokens = depth;
	pace->rate = rate;
	pace->depth = depth;
	pace->last = now;
	pace->next = now;
}

/* The same, in process context. */
void mfraw_pace_set(struct mfraw_qp *qp, u32 rate, u32 burst)
{
	spin_lock_bh(&qp->sq.lock);
	mfraw_pace_apply(qp, rate, burst);
	spin_unlock_bh(&qp->sq.lock);
}

/**
 * mfraw_pace_closed - may nothing go for now?
 * @qp: has a limit
 *
 * Context: atomic, sq.lock.
 * Return: true when the timer will have the queue run.
 */
bool mfraw_pace_closed(const struct mfraw_qp *qp)
{
	lockdep_assert_held(&qp->sq.lock);

	return ktime_get_ns() < qp->pace.next;
}

/* When the bucket holds @cost, and perhaps some more, look again. */
static void mfraw_pace_wait(struct mfraw_qp *qp, s64 cost)
{
	struct mfraw_pace *pace = &qp->pace;
	s64 batch = min_t(s64, pace->depth / 2,
			  (u64)pace->rate * MFRAW_PACE_BATCH_NS);
	u64 need = max(cost, batch) - pace->tokens;

	need = div_u64(need + pace->rate - 1, pace->rate);
	pace->next = pace->last + max_t(u64, need, MFRAW_PACE_MIN_NS);
	mfraw_count(qp->dev, MFRAW_PACE_WAITS, 1);
	hrtimer_start(&pace->timer, ns_to_ktime(pace->next),
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * mfraw_pace_xmit - hand to the port what the limit allows
 * @qp: has a limit
 * @frames: of a round
 * @n: how many
 * @taken: set to how many the port took
 *
 * A frame that is longer than the bucket is deep goes when that is full, and
 * overdraws it.
 *
 * Context: atomic, sq.lock.
 * Return: how many the port was given. For the others the timer runs.
 */
unsigned int mfraw_pace_xmit(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n, unsigned int *taken)
{
	struct mfraw_pace *pace = &qp->pace;
	unsigned int i, k = 0;
	s64 cost = 0, left;

	lockdep_assert_held(&qp->sq.lock);
	mfraw_pace_fill(pace, ktime_get_ns());
	left = pace->tokens;
	for (i = 0; i < n; i++) {
		cost = frames[i].len * MFRAW_PACE_BYTE;
		if (left < min(cost, pace->depth))
			break;
		left -= cost;
	}

	if (i)
		k = qp->ops->xmit(qp, frames, i);
	*taken = k;

	/* If the port took less, the caller comes again, or waits for it. */
	if (i < n && k == i) {
		pace->tokens = left;
		mfraw_pace_wait(qp, min(cost, pace->depth));
		return i;
	}
	while (k)
		pace->tokens -= frames[--k].len * MFRAW_PACE_BYTE;

	return i;
}

/**
 * mfraw_pace_waits - will the timer have the queue run?
 * @qp: the queue pair
 *
 * Context: any. What was posted before the call is seen by that run, if there
 * is a full barrier between.
 */
bool mfraw_pace_waits(struct mfraw_qp *qp)
{
	return hrtimer_is_queued(&qp->pace.timer);
}

/**
 * mfraw_pace_stop - the timer runs no more
 * @qp: in a state in which it has no work
 *
 * Context: sleeps.
 */
void mfraw_pace_stop(struct mfraw_qp *qp)
{
	hrtimer_cancel(&qp->pace.timer);
}
