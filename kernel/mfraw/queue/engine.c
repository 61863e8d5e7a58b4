// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The polling engine: a thread per device that runs send queues, so that
 * posting needs no system call while traffic flows. It is off unless the
 * operator sets engine/poll_usecs of the auxiliary device, since it only pays
 * off with spare cores.
 *
 * The thread polls active queues only. A kick makes a queue active. A queue
 * without work for poll_usecs needs a kick again. See struct mfraw_qp_db for
 * the handshake with the process.
 */
#include <linux/device.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "health.h"
#include "queue/engine.h"
#include "queue/stall.h"
#include "verbs/qp_ops.h"

#define MFRAW_POLL_USECS_MAX	USEC_PER_SEC

static unsigned int mfraw_engine_burst(struct mfraw_qp *qp)
{
	unsigned int n;
	int idx;

	idx = srcu_read_lock(&qp->dev->readers);
	spin_lock_bh(&qp->sq.lock);
	n = qp->ops->burst(qp);
	spin_unlock_bh(&qp->sq.lock);
	srcu_read_unlock(&qp->dev->readers, idx);

	return n;
}

/* Make kicked queues active. */
static void mfraw_engine_take(struct mfraw_engine *engine)
{
	struct llist_node *kicked = llist_del_all(&engine->incoming);
	struct mfraw_qp *qp, *next;

	lockdep_assert_held(&engine->lock);
	llist_for_each_entry_safe(qp, next, kicked, engine_node) {
		WRITE_ONCE(qp->db->sq_wakeup, 0);
		qp->engine_last = ktime_get_ns();
		list_add_tail(&qp->engine_entry, &engine->active);
		WRITE_ONCE(engine->nr_active, engine->nr_active + 1);
	}
}

/* Make a queue inactive, so that it needs a kick. */
static void mfraw_engine_release(struct mfraw_qp *qp)
{
	struct mfraw_engine *engine = &qp->dev->engine;

	lockdep_assert_held(&engine->lock);
	list_del_init(&qp->engine_entry);
	WRITE_ONCE(engine->nr_active, engine->nr_active - 1);
	clear_bit(MFRAW_QP_POLLED, &qp->flags);
	WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
	/* Write the flag before reading the index, see struct mfraw_qp_db. */
	smp_mb();
}

/* Poll one of the active queues. */
static void mfraw_engine_poll(struct mfraw_engine *engine, struct mfraw_qp *qp,
			      u64 now)
{
	lockdep_assert_held(&engine->lock);
	if (mfraw_engine_burst(qp)) {
		qp->engine_last = now;
		return;
	}
	/* A queue that waits for the port is resumed later. */
	if (!mfraw_stalled(qp) &&
	    now - qp->engine_last < (u64)engine->poll_usecs * NSEC_PER_USEC)
		return;

	mfraw_engine_release(qp);
	/* Flush work requests that were posted while the flag was clear. */
	if (mfraw_sq_dead(READ_ONCE(qp->state))) {
		mfraw_engine_burst(qp);
		return;
	}
	/* A process that posted before it could see the flag did not kick. */
	if (qp->ops->pending(qp) && !mfraw_pace_waits(qp) &&
	    !mfraw_stalled(qp) && READ_ONCE(qp->state) == IB_QPS_RTS &&
	    !test_and_set_bit(MFRAW_QP_POLLED, &qp->flags))
		llist_add(&qp->engine_node, &engine->incoming);
}

/*
 * Poll all active queues once. Release CPU and lock after each queue: there may
 * be thousands, and the destruction of one must not wait for all. Destroyed
 * queues remove themselves from any list.
 */
static void mfraw_engine_round(struct mfraw_engine *engine)
{
	u64 now = ktime_get_ns();
	struct mfraw_qp *qp;
	LIST_HEAD(todo);

	mutex_lock(&engine->lock);
	mfraw_engine_take(engine);
	list_splice_init(&engine->active, &todo);
	while (!kthread_should_stop()) {
		qp = list_first_entry_or_null(&todo, struct mfraw_qp,
					      engine_entry);
		if (!qp)
			break;
		WRITE_ONCE(engine->looks, engine->looks + 1);
		list_move_tail(&qp->engine_entry, &engine->active);
		mfraw_engine_poll(engine, qp, now);
		mutex_unlock(&engine->lock);
		cond_resched();
		mutex_lock(&engine->lock);
	}
	list_splice(&todo, &engine->active);
	mutex_unlock(&engine->lock);
	WRITE_ONCE(engine->rounds, engine->rounds + 1);
}

static int mfraw_engine_thread(void *arg)
{
	struct mfraw_engine *engine = arg;

	while (!kthread_should_stop()) {
		mfraw_engine_round(engine);
		if (READ_ONCE(engine->nr_active)) {
			cond_resched();
			continue;
		}

		set_current_state(TASK_INTERRUPTIBLE);
		if (llist_empty(&engine->incoming) && !kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}

	return 0;
}

/**
 * mfraw_engine_add - hand a kicked queue to the thread
 * @qp: a queue pair whose process has posted sends
 *
 * Context: process context.
 * Return: false if there is no thread or the queue pair is not in RTS; the
 * caller then runs the queue.
 */
bool mfraw_engine_add(struct mfraw_qp *qp)
{
	struct mfraw_engine *engine = &qp->dev->engine;
	bool polled = false;

	if (likely(!READ_ONCE(engine->poll_usecs)))
		return false;

	rcu_read_lock();
	/* Pairs with the release in mfraw_engine_start(). */
	if (smp_load_acquire(&engine->poll_usecs) &&
	    READ_ONCE(qp->state) == IB_QPS_RTS) {
		polled = true;
		/* A queue that waits for the port needs no kick. */
		if (!mfraw_stalled(qp) &&
		    !test_and_set_bit(MFRAW_QP_POLLED, &qp->flags)) {
			llist_add(&qp->engine_node, &engine->incoming);
			mfraw_count(qp->dev, MFRAW_ENGINE_WAKEUPS, 1);
			wake_up_process(engine->task);
		}
	}
	rcu_read_unlock();

	return polled;
}

/**
 * mfraw_engine_del - remove a queue from the thread
 * @qp: a queue pair in a state that has no work, so that no kick brings it back
 *
 * Context: sleeps.
 */
void mfraw_engine_del(struct mfraw_qp *qp)
{
	struct mfraw_engine *engine = &qp->dev->engine;

	/*
	 * Even without MFRAW_QP_POLLED: the thread may be about to add the
	 * queue.
	 */
	mutex_lock(&engine->lock);
	mfraw_engine_take(engine);
	if (!list_empty(&qp->engine_entry))
		mfraw_engine_release(qp);
	mutex_unlock(&engine->lock);
}

static int mfraw_engine_start(struct mfraw_dev *dev, unsigned int usecs)
{
	struct mfraw_engine *engine = &dev->engine;
	struct task_struct *task;

	if (!engine->task) {
		task = kthread_run(mfraw_engine_thread, engine, "%s/poll",
				   dev_name(&dev->ibdev.dev));
		if (IS_ERR(task))
			return PTR_ERR(task);
		engine->task = task;
		mfraw_health_start(engine);
	}
	/* Write the task before the number that announces it. */
	smp_store_release(&engine->poll_usecs, usecs);

	return 0;
}

static void mfraw_engine_halt(struct mfraw_engine *engine)
{
	struct mfraw_qp *qp, *next;
	LIST_HEAD(left);

	if (!engine->task)
		return;

	mfraw_health_stop(engine);
	WRITE_ONCE(engine->poll_usecs, 0);
	/* Wait for kicks that saw the old value to queue their queue pairs. */
	synchronize_rcu();
	/*
	 * A starved thread must get the CPU to exit, after one queue at most.
	 */
	sched_set_fifo(engine->task);
	kthread_stop(engine->task);
	engine->task = NULL;

	mutex_lock(&engine->lock);
	mfraw_engine_take(engine);
	list_for_each_entry_safe(qp, next, &engine->active, engine_entry) {
		mfraw_engine_release(qp);
		/*
		 * Run work requests that were posted without a kick while the
		 * flag was clear. RESET takes the lock before it cancels the
		 * work.
		 */
		spin_lock_bh(&qp->sq.lock);
		if (qp->state != IB_QPS_RESET)
			queue_work(qp->dev->wq, &qp->stall_work);
		spin_unlock_bh(&qp->sq.lock);
	}
	mutex_unlock(&engine->lock);
}

void mfraw_engine_init(struct mfraw_engine *engine)
{
	mutex_init(&engine->lock);
	mutex_init(&engine->config_lock);
	init_llist_head(&engine->incoming);
	INIT_LIST_HEAD(&engine->active);
	mfraw_health_init(engine);
}

/**
 * mfraw_engine_stop - end the thread for good
 * @dev: a device without queue pairs
 *
 * Context: sleeps.
 */
void mfraw_engine_stop(struct mfraw_dev *dev)
{
	mutex_lock(&dev->engine.config_lock);
	mfraw_engine_halt(&dev->engine);
	mutex_unlock(&dev->engine.config_lock);
}

/**
 * mfraw_engine_restart - replace the thread, if there is one
 * @dev: the device
 *
 * Queues of the old thread are run once, and then wait for a kick.
 *
 * Context: sleeps.
 * Return: 0 or an errno, in which case there is no thread.
 */
int mfraw_engine_restart(struct mfraw_dev *dev)
{
	struct mfraw_engine *engine = &dev->engine;
	unsigned int usecs;
	int err = 0;

	mutex_lock(&engine->config_lock);
	usecs = engine->poll_usecs;
	if (usecs) {
		mfraw_engine_halt(engine);
		err = mfraw_engine_start(dev, usecs);
	}
	mutex_unlock(&engine->config_lock);

	return err;
}

static ssize_t poll_usecs_show(struct device *device,
			       struct device_attribute *attr, char *buf)
{
	struct mfraw_dev *dev = dev_get_drvdata(device);

	return sysfs_emit(buf, "%u\n", READ_ONCE(dev->engine.poll_usecs));
}

static ssize_t poll_usecs_store(struct device *device,
				struct device_attribute *attr,
				const char *buf, size_t count)
{
	struct mfraw_dev *dev = dev_get_drvdata(device);
	unsigned int usecs;
	int err;

	err = kstrtouint(buf, 0, &usecs);
	if (err)
		return err;
	if (usecs > MFRAW_POLL_USECS_MAX)
		return -ERANGE;

	mutex_lock(&dev->engine.config_lock);
	if (usecs)
		err = mfraw_engine_start(dev, usecs);
	else
		mfraw_engine_halt(&dev->engine);
	mutex_unlock(&dev->engine.config_lock);

	return err ?: count;
}
static DEVICE_ATTR_RW(poll_usecs);

static struct attribute *mfraw_engine_attrs[] = {
	&dev_attr_poll_usecs.attr,
	NULL
};

const struct attribute_group mfraw_engine_group = {
	.name = "engine",
	.attrs = mfraw_engine_attrs,
};
