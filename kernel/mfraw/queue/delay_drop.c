// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Delayed drop: a WQ with IB_WQ_FLAGS_DELAY_DROP does not lose frames when no
 * receive is posted for a moment. A NIC keeps such frames in its pipeline,
 * which holds back the wire. Here a sender never waits for another process's
 * queue: frames are copied to a backlog of the WQ, which is allocated with the
 * WQ and charged to its creator. If the backlog is full, frames are dropped.
 *
 * Newer frames go behind those in the backlog, so the order is kept, and a
 * sender only pays for the copy of its own frames: the receiving process
 * empties the backlog when it kicks after a post. The handshake is that of
 * struct mfraw_qp_db, with "holds frames" in place of "sleeps":
 *
 *	receiver, rq.q.lock held		process
 *
 *	no entry: hold the frame
 *	STORE rq_wakeup = 1			write entries
 *	full barrier			(A)	STORE.rel rq_prod
 *	LOAD.acq rq_prod			full barrier		(A)
 *	if it moved, empty the backlog		LOAD rq_wakeup
 *						if set, kick
 *
 * At least one of the two loads after (A) sees the store of the other side, so
 * no frame is left waiting beside a posted entry. The flag stays set until the
 * backlog is empty, so each post until then kicks. It is cleared under the
 * lock, before another frame can be held.
 *
 * A timer runs while frames are held. If nothing was posted when it expires, it
 * drops them, and the queue then drops frames without an entry until the next
 * post. If a process posts and, against the rules, does not kick, the timer
 * delivers its frames.
 *
 * All of it is under the queue's lock, except the timer itself.
 */
#include <linux/bvec.h>
#include <linux/device.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "queue/delay_drop.h"
#include "queue/recv.h"
#include "verbs/cq.h"
#include "verbs/mr.h"
#include "verbs/ucontext.h"

/* Smallest number of frames of any length that can be held. */
#define MFRAW_DELAY_DROP_FRAMES		64
#define MFRAW_DELAY_DROP_MSECS		500
#define MFRAW_DELAY_DROP_MSECS_MAX	(60 * MSEC_PER_SEC)

/**
 * struct mfraw_held - a frame in the backlog
 * @time: arrival time, or 0 if completions have no timestamps
 * @len: length of @data in bytes
 * @tag: flow tag
 * @hdr_len: length of the header on arrival, which limits the parsing of
 *	headers
 * @data: the frame
 */
struct mfraw_held {
	u64	time;
	u32	len;
	u32	tag;
	u16	hdr_len;
	u8	data[];
};

/**
 * struct mfraw_delay_drop - the backlog of a receive queue
 * @rq: the queue
 * @wakeup: flag in the doorbell page: posting must kick
 * @user: user who is charged for @ring
 * @ring: entries of struct mfraw_held, which do not cross its end
 * @size: size of @ring in bytes, whole pages
 * @in: offset of the next frame to add
 * @out: offset of the oldest frame
 * @wrap: end of the last frame before the end of @ring
 * @held: number of frames in @ring
 * @gave_up: the time was over, so frames are dropped until the producer index
 *	differs from @gave_up_prod
 * @gave_up_prod: producer index when the time was over
 * @deadline: end of the time, in jiffies
 * @timer: runs at @deadline
 * @frags: scratch space for the pages of a frame
 */
struct mfraw_delay_drop {
	struct mfraw_rq		*rq;
	__le32			*wakeup;
	struct user_struct	*user;
	u8			*ring;
	u32			size;
	u32			in;
	u32			out;
	u32			wrap;
	u32			held;
	bool			gave_up;
	u32			gave_up_prod;
	unsigned long		deadline;
	struct timer_list	timer;
	struct bio_vec		frags[];
};

static u32 mfraw_held_size(u32 len)
{
	return ALIGN(struct_size_t(struct mfraw_held, data, len),
		     __alignof__(struct mfraw_held));
}

static void mfraw_delay_drop_reset(struct mfraw_delay_drop *dd)
{
	dd->held = 0;
	dd->in = 0;
	dd->out = 0;
	dd->wrap = dd->size;
}

/* Get room for a frame, or NULL. */
static struct mfraw_held *mfraw_delay_drop_room(struct mfraw_delay_drop *dd,
						u32 len)
{
	u32 need = mfraw_held_size(len);
	u32 at = dd->in;

	if (!dd->held || at > dd->out) {
		if (dd->size - at < need) {
			if (dd->out < need)
				return NULL;
			dd->wrap = at;
			at = 0;
		}
	} else if (dd->out - at < need) {
		return NULL;
	}
	dd->in = at + need;
	dd->held++;

	return (struct mfraw_held *)(dd->ring + at);
}

/*
 * Remove the oldest frame. Its memory stays valid until the lock is released.
 */
static struct mfraw_held *mfraw_delay_drop_pop(struct mfraw_delay_drop *dd)
{
	struct mfraw_held *held = (struct mfraw_held *)(dd->ring + dd->out);

	dd->out += mfraw_held_size(held->len);
	if (dd->out == dd->wrap) {
		dd->out = 0;
		dd->wrap = dd->size;
	}
	if (!--dd->held)
		mfraw_delay_drop_reset(dd);

	return held;
}

static void mfraw_delay_drop_start(struct mfraw_delay_drop *dd)
{
	unsigned int msecs = READ_ONCE(dd->rq->dev->delay_drop_msecs);

	dd->deadline = jiffies + msecs_to_jiffies(msecs);
	mod_timer(&dd->timer, dd->deadline);
}

/* Deliver the oldest frame, with its arrival time. */
static void mfraw_delay_drop_deliver(struct mfraw_delay_drop *dd,
				     struct mfraw_mr **last)
{
	struct mfraw_held *held = mfraw_delay_drop_pop(dd);
	struct mf_frame frame = {
		.hdr = held->data,
		.len = held->len,
		.hdr_len = held->hdr_len,
		.frags = dd->frags,
	};
	u32 off, n;

	for (off = held->hdr_len; off < held->len; off += n) {
		u8 *data = held->data + off;

		n = min_t(u32, held->len - off,
			  PAGE_SIZE - offset_in_page(data));
		bvec_set_page(&dd->frags[frame.nr_frags++],
			      vmalloc_to_page(data), n, offset_in_page(data));
	}

	mfraw_rx_batch(dd->rq, &frame, 1, held->tag, held->time, last);
}

/*
 * Deliver up to MFRAW_BURST frames, and update flag and timer. Returns their
 * number. If one fails, the queue goes to the error state and drops the rest.
 */
static unsigned int mfraw_delay_drop_drain(struct mfraw_delay_drop *dd)
{
	struct mfraw_rq *rq = dd->rq;
	struct mfraw_mr *last = NULL;
	unsigned int done = 0;

	lockdep_assert_held(&dd->rq->q.lock);
	while (done < MFRAW_BURST && dd->held && mfraw_rq_avail(rq)) {
		mfraw_delay_drop_deliver(dd, &last);
		done++;
	}
	if (!done || READ_ONCE(rq->state) != IB_WQS_RDY)
		return done;

	if (dd->held)
		mfraw_delay_drop_start(dd);
	else
		WRITE_ONCE(*dd->wakeup, 0);

	return done;
}

/* Drop all held frames. */
static void mfraw_delay_drop_discard(struct mfraw_delay_drop *dd,
				     enum mfraw_stat why)
{
	if (dd->held)
		mfraw_drop(dd->rq->dev, dd->rq->num, why, dd->held);
	mfraw_delay_drop_reset(dd);
}

static void mfraw_delay_drop_timer(struct timer_list *timer)
{
	struct mfraw_delay_drop *dd = timer_container_of(dd, timer, timer);
	struct mfraw_rq *rq = dd->rq;
	int idx;

	idx = srcu_read_lock(&rq->dev->readers);
	spin_lock(&rq->q.lock);
	/* The timer may have been restarted while this waited for the lock. */
	if (dd->held && time_after_eq(jiffies, dd->deadline) &&
	    !mfraw_delay_drop_drain(dd) && dd->held) {
		mfraw_delay_drop_discard(dd, MFRAW_RX_DELAY_TIMEOUT);
		dd->gave_up = true;
		dd->gave_up_prod = rq->q.prod;
		WRITE_ONCE(*dd->wakeup, 0);
	}
	spin_unlock(&rq->q.lock);
	srcu_read_unlock(&rq->dev->readers, idx);
}

/**
 * mfraw_delay_drop_holds - does the backlog hold frames?
 * @dd: the backlog
 *
 * Held frames go before newer ones.
 *
 * Context: atomic, the queue's lock held.
 * Return: true if so. The queue is in the ready state then, since the backlog
 * is empty in all others.
 */
bool mfraw_delay_drop_holds(const struct mfraw_delay_drop *dd)
{
	lockdep_assert_held(&dd->rq->q.lock);

	return dd->held;
}

/**
 * mfraw_delay_drop_hold - hold frames for which no entry is posted
 * @rq: a queue with a backlog, which may be empty
 * @frames: the frames
 * @n: number of frames
 * @tag: flow tag for the completions
 *
 * Context: atomic, reader of the device, the queue's lock held.
 */
void mfraw_delay_drop_hold(struct mfraw_rq *rq, const struct mf_frame *frames,
			   unsigned int n, u32 tag)
{
	struct mfraw_delay_drop *dd = rq->delay_drop;
	u32 before = dd->held;
	unsigned int i;
	u64 time = 0;
	u32 taken;

	lockdep_assert_held(&rq->q.lock);
	/* Reading the index may have failed the queue. */
	if (unlikely(READ_ONCE(rq->state) != IB_WQS_RDY)) {
		mfraw_drop(rq->dev, rq->num, MFRAW_RX_QP_STATE, n);
		return;
	}
	if (dd->gave_up && dd->gave_up_prod == rq->q.prod) {
		mfraw_drop(rq->dev, rq->num, MFRAW_RX_NO_BUFFER, n);
		return;
	}
	dd->gave_up = false;

	if (rq->q.cq->timestamps)
		time = ktime_get_raw_ns();
	for (i = 0; i < n; i++) {
		const struct mf_frame *frame = &frames[i];
		struct mfraw_held *held;

		held = mfraw_delay_drop_room(dd, frame->len);
		if (!held)
			continue;
		held->time = time;
		held->len = frame->len;
		held->tag = tag;
		held->hdr_len = frame->hdr_len;
		mf_frame_copy(held->data, frame);
	}
	taken = dd->held - before;
	mfraw_count(rq->dev, MFRAW_RX_DELAYED, taken);
	if (n > taken)
		mfraw_drop(rq->dev, rq->num, MFRAW_RX_NO_BUFFER, n - taken);
	if (before || !taken)
		return;

	mfraw_delay_drop_start(dd);
	WRITE_ONCE(*dd->wakeup, cpu_to_le32(1));
	smp_mb();	/* (A) */
	/* A process that posted before it could see the flag does not kick. */
	while (mfraw_delay_drop_drain(dd) == MFRAW_BURST)
		;
}

/**
 * mfraw_delay_drop_run - deliver up to MFRAW_BURST held frames after a post
 * @rq: a queue with a backlog, which may be empty
 *
 * Context: process context, reader of the device.
 * Return: true if the caller has to call again.
 */
bool mfraw_delay_drop_run(struct mfraw_rq *rq)
{
	unsigned int done;

	spin_lock_bh(&rq->q.lock);
	done = mfraw_delay_drop_drain(rq->delay_drop);
	spin_unlock_bh(&rq->q.lock);

	return done == MFRAW_BURST;
}

/**
 * mfraw_delay_drop_purge - drop all held frames
 * @rq: a queue that leaves the ready state; it may have no backlog
 *
 * Context: atomic, the queue's lock held.
 */
void mfraw_delay_drop_purge(struct mfraw_rq *rq)
{
	struct mfraw_delay_drop *dd = rq->delay_drop;

	lockdep_assert_held(&rq->q.lock);
	if (!dd)
		return;
	mfraw_delay_drop_discard(dd, MFRAW_RX_QP_STATE);
	dd->gave_up = false;
	/* A timer that runs now will find no frame. */
	timer_delete(&dd->timer);
}

/**
 * mfraw_delay_drop_init - give a receive queue a backlog
 * @rq: the queue, with its device set
 * @wakeup: flag in the queue's doorbell page
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_delay_drop_init(struct mfraw_rq *rq, __le32 *wakeup)
{
	u32 frame = mfraw_held_size(READ_ONCE(rq->dev->max_frame));
	u32 size = PAGE_ALIGN(MFRAW_DELAY_DROP_FRAMES * frame);
	struct mfraw_delay_drop *dd;
	int err;

	/* A frame has no more fragments than @ring has pages. */
	dd = kzalloc(struct_size(dd, frags, size >> PAGE_SHIFT),
		     GFP_KERNEL_ACCOUNT);
	if (!dd)
		return -ENOMEM;
	err = mfraw_charge(size, &dd->user);
	if (err)
		goto err_free;
	dd->ring = __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!dd->ring) {
		err = -ENOMEM;
		goto err_uncharge;
	}

	dd->rq = rq;
	dd->wakeup = wakeup;
	dd->size = size;
	mfraw_delay_drop_reset(dd);
	timer_setup(&dd->timer, mfraw_delay_drop_timer, 0);
	rq->delay_drop = dd;

	return 0;

err_uncharge:
	mfraw_uncharge(size, dd->user);
err_free:
	kfree(dd);
	return err;
}

/**
 * mfraw_delay_drop_fini - free the backlog
 * @rq: a queue that no longer receives; it may have no backlog
 *
 * Context: sleeps.
 */
void mfraw_delay_drop_fini(struct mfraw_rq *rq)
{
	struct mfraw_delay_drop *dd = rq->delay_drop;

	if (!dd)
		return;
	timer_shutdown_sync(&dd->timer);
	vfree(dd->ring);
	mfraw_uncharge(dd->size, dd->user);
	kfree(dd);
}

/**
 * mfraw_delay_drop_setup - set the default time of a new device
 * @dev: the device
 */
void mfraw_delay_drop_setup(struct mfraw_dev *dev)
{
	dev->delay_drop_msecs = MFRAW_DELAY_DROP_MSECS;
}

static ssize_t timeout_msecs_show(struct device *device,
				  struct device_attribute *attr, char *buf)
{
	struct mfraw_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->delay_drop_msecs));
}

static ssize_t timeout_msecs_store(struct device *device,
				   struct device_attribute *attr,
				   const char *buf, size_t count)
{
	struct mfraw_dev *dev = dev_get_drvdata(device);
	unsigned int msecs;
	int err;

	err = kstrtouint(buf, 0, &msecs);
	if (err)
		return err;
	if (!msecs || msecs > MFRAW_DELAY_DROP_MSECS_MAX)
		return -ERANGE;
	WRITE_ONCE(dev->delay_drop_msecs, msecs);

	return count;
}
static DEVICE_ATTR_RW(timeout_msecs);

static struct attribute *mfraw_delay_drop_attrs[] = {
	&dev_attr_timeout_msecs.attr,
	NULL
};

const struct attribute_group mfraw_delay_drop_group = {
	.name = "delay_drop",
	.attrs = mfraw_delay_drop_attrs,
};
