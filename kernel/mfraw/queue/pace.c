// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Packet pacing limits a queue pair to the rate of ibv_modify_qp_rate_limit().
 * Frames above the limit stay in the send queue, in order, until a timer runs
 * the queue again. The consumer index has not moved for them, so nothing must
 * be undone if the queue pair changes its state meanwhile.
 *
 * The bucket counts in millionths of a bit: a rate in kbps is that many per
 * nanosecond, so nothing is rounded. All of it is under sq.lock, except the
 * timer itself.
 */
#include <linux/math64.h>

#include "queue/pace.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"

#define MFRAW_PACE_BYTE		(8 * 1000000LL)

/* Default size of a bucket: the amount that its rate fills in this time. */
#define MFRAW_PACE_BURST_NS	(2 * NSEC_PER_MSEC)
/*
 * Waiting this long for more than one frame saves wakeups. Half a bucket is the
 * limit.
 */
#define MFRAW_PACE_BATCH_NS	NSEC_PER_MSEC
/* Shortest wait, so that no rate and burst make timers dominate the CPU. */
#define MFRAW_PACE_MIN_NS	(10 * NSEC_PER_USEC)

static enum hrtimer_restart mfraw_pace_timer(struct hrtimer *timer)
{
	struct mfraw_qp *qp = container_of(timer, struct mfraw_qp, pace.timer);

	/*
	 * Dequeue the timer before reading the producer index, see
	 * mfraw_pace_waits().
	 */
	smp_mb();
	queue_work(qp->dev->wq, &qp->stall_work);

	return HRTIMER_NORESTART;
}

/**
 * mfraw_pace_init - set up a new queue pair without a limit
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

	/* No overflow: the bucket has room for more than this. */
	if (now - pace->last >= div_u64(room, pace->rate) + 1)
		pace->tokens = pace->depth;
	else
		pace->tokens += (now - pace->last) * pace->rate;
	pace->last = now;
}

/**
 * mfraw_pace_apply - set or clear the rate limit
 * @qp: the queue pair
 * @rate: rate in kbps; 0: no limit
 * @burst: bytes that may be sent at once; 0: default for the rate
 *
 * The caller runs the queue afterwards, since it may still wait for the old
 * limit.
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
	/* Setting a limit again must not fill the bucket. */
	if (was_limited)
		mfraw_pace_fill(pace, now);
	if (!was_limited || pace->tokens > depth)
		pace->tokens = depth;
	pace->rate = rate;
	pace->depth = depth;
	pace->last = now;
	pace->next = now;
}

/* Set or clear the rate limit in process context. */
void mfraw_pace_set(struct mfraw_qp *qp, u32 rate, u32 burst)
{
	spin_lock_bh(&qp->sq.lock);
	mfraw_pace_apply(qp, rate, burst);
	spin_unlock_bh(&qp->sq.lock);
}

/**
 * mfraw_pace_closed - does the limit forbid sending now?
 * @qp: a queue pair with a limit
 *
 * Context: atomic, sq.lock.
 * Return: true if so; the timer then runs the queue.
 */
bool mfraw_pace_closed(const struct mfraw_qp *qp)
{
	lockdep_assert_held(&qp->sq.lock);

	return ktime_get_ns() < qp->pace.next;
}

/*
 * Start the timer for the time when the bucket holds @cost, or a batch of
 * frames if that is more.
 */
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
 * mfraw_pace_xmit - hand frames to the port within the limit
 * @qp: a queue pair with a limit
 * @frames: frames of a round
 * @n: number of frames
 * @taken: set to the number of frames that the port took
 *
 * A frame that is longer than the bucket is sent when the bucket is full, and
 * overdraws it.
 *
 * Context: atomic, sq.lock.
 * Return: number of frames that were offered to the port. The timer runs the
 * queue for the others.
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

	/*
	 * If the port took fewer frames, the caller tries again or waits for
	 * it.
	 */
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
 * mfraw_pace_waits - will the timer run the queue?
 * @qp: the queue pair
 *
 * Context: any.
 * Return: true if so. That run sees work requests posted before this call if
 * there is a full barrier between.
 */
bool mfraw_pace_waits(struct mfraw_qp *qp)
{
	return hrtimer_is_queued(&qp->pace.timer);
}

/**
 * mfraw_pace_stop - stop the timer
 * @qp: a queue pair in a state that has no work
 *
 * Context: sleeps.
 */
void mfraw_pace_stop(struct mfraw_qp *qp)
{
	hrtimer_cancel(&qp->pace.timer);
}
