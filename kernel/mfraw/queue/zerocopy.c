// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Rounds whose payload receivers keep. A network device may send a frame from
 * the process's pages, and release them after it has sent them. Until then the
 * work request is not complete.
 *
 * Each round of a send queue has a struct ubuf_info, by which network devices
 * report that they are done. If nobody kept a page, as between queue blocks,
 * the round completes at once, at the cost of one store and one comparison.
 * Rounds complete in order.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "health.h"
#include "queue/zerocopy.h"

/*
 * Number of rounds under way of all queues. Each holds the module, so that
 * unloading is refused and does not wait for a network device. mfraw_zc_exit()
 * waits for rounds that start during the unloading.
 */
static atomic_t mfraw_zc_rounds = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(mfraw_zc_wait);

static void mfraw_zc_pool_free(struct kref *ref)
{
	kvfree(container_of(ref, struct mfraw_zc_pool, ref));
}

/*
 * Complete the rounds that are done, oldest first. Returns their number. Pool
 * lock held.
 */
static unsigned int mfraw_zc_advance(struct mfraw_zc_pool *pool)
{
	struct mfraw_qp *qp = pool->qp;
	unsigned int n = 0;

	lockdep_assert_held(&pool->lock);
	while (pool->head != pool->tail) {
		struct mfraw_zc *zc = &pool->rounds[pool->head % MFRAW_ZC_ROUNDS];

		if (!zc->done)
			break;
		if (qp && !zc->discard && !mfraw_sq_complete(qp, &zc->sent)) {
			spin_lock(&qp->rq.q.lock);
			/* The change to RESET holds this lock. */
			if (qp->state != IB_QPS_RESET)
				mfraw_qp_fatal(qp);
			spin_unlock(&qp->rq.q.lock);
		}
		/* Pairs with the acquire in mfraw_zc_get(). */
		smp_store_release(&pool->head, pool->head + 1);
		n++;
	}

	if (!qp || !n)
		return n;
	if (unlikely(pool->late)) {
		pool->late = false;
		mfraw_health_solved(qp->dev);
	}
	if (pool->wanted) {
		WRITE_ONCE(pool->wanted, false);
		queue_work(qp->dev->wq, &qp->stall_work);
	}
	/*
	 * Write the index before reading the state; pairs with
	 * mfraw_qp_enter_err().
	 */
	smp_mb();
	/* The flush waited for these work requests. */
	if (pool->head == pool->tail && READ_ONCE(qp->state) == IB_QPS_ERR)
		queue_work(qp->dev->wq, &qp->err_work);

	return n;
}

static void mfraw_zc_finish(struct mfraw_zc *zc)
{
	struct mfraw_zc_pool *pool = zc->pool;
	unsigned int n;

	/* mfraw_zc_exit() waits for this RCU section, too. */
	rcu_read_lock();
	spin_lock_bh(&pool->lock);
	zc->done = true;
	n = mfraw_zc_advance(pool);
	spin_unlock_bh(&pool->lock);
	if (n && atomic_sub_and_test(n, &mfraw_zc_rounds))
		wake_up_all(&mfraw_zc_wait);
	while (n--) {
		kref_put(&pool->ref, mfraw_zc_pool_free);
		module_put(THIS_MODULE);
	}
	rcu_read_unlock();
}

/* Put a reference of a round when a user of its pages is done. */
static void mfraw_zc_complete(struct sk_buff *skb, struct ubuf_info *ubuf,
			      bool zerocopy)
{
	if (refcount_dec_and_test(&ubuf->refcnt))
		mfraw_zc_finish(container_of(ubuf, struct mfraw_zc, ubuf));
}

/* Start the timer while a round is under way. Pool lock held. */
static void mfraw_zc_watch_on(struct mfraw_zc_pool *pool)
{
	lockdep_assert_held(&pool->lock);

	pool->watched = pool->head;
	mod_timer(&pool->watch, jiffies + MFRAW_HEALTH_PERIOD);
}

static void mfraw_zc_watch(struct timer_list *timer)
{
	struct mfraw_zc_pool *pool = timer_container_of(pool, timer, watch);

	spin_lock(&pool->lock);
	if (pool->qp && pool->head != pool->tail) {
		if (pool->head == pool->watched && !pool->late) {
			pool->late = true;
			mfraw_health_problem(pool->qp->dev,
					     "A network device keeps pages that it was asked to send");
		}
		mfraw_zc_watch_on(pool);
	}
	spin_unlock(&pool->lock);
}

static const struct ubuf_info_ops mfraw_zc_ops = {
	.complete = mfraw_zc_complete,
};

/**
 * mfraw_zc_init - allocate the rounds of a new send queue
 * @qp: the queue pair
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_zc_init(struct mfraw_qp *qp)
{
	struct mfraw_zc_pool *pool;
	unsigned int i;

	pool = kvzalloc_obj(*pool, GFP_KERNEL_ACCOUNT);
	if (!pool)
		return -ENOMEM;
	spin_lock_init(&pool->lock);
	kref_init(&pool->ref);
	pool->qp = qp;
	timer_setup(&pool->watch, mfraw_zc_watch, 0);
	for (i = 0; i < MFRAW_ZC_ROUNDS; i++) {
		pool->rounds[i].pool = pool;
		pool->rounds[i].ubuf.ops = &mfraw_zc_ops;
		pool->rounds[i].ubuf.flags = SKBFL_ZEROCOPY_FRAG;
	}
	qp->zc = pool;

	return 0;
}

/**
 * mfraw_zc_discard - discard the completions of rounds under way
 * @qp: a queue pair that goes to RESET
 *
 * Context: sleeps.
 */
void mfraw_zc_discard(struct mfraw_qp *qp)
{
	struct mfraw_zc_pool *pool = qp->zc;
	u32 i;

	if (!pool)
		return;
	spin_lock_bh(&pool->lock);
	for (i = pool->head; i != pool->tail; i++)
		pool->rounds[i % MFRAW_ZC_ROUNDS].discard = true;
	spin_unlock_bh(&pool->lock);
}

/**
 * mfraw_zc_detach - detach a queue pair from its rounds under way
 * @qp: the queue pair; on return its rounds no longer start its work items
 *
 * Context: sleeps.
 */
void mfraw_zc_detach(struct mfraw_qp *qp)
{
	struct mfraw_zc_pool *pool = qp->zc;

	if (!pool)
		return;
	spin_lock_bh(&pool->lock);
	pool->qp = NULL;
	if (pool->late)
		mfraw_health_solved(qp->dev);
	pool->late = false;
	spin_unlock_bh(&pool->lock);
	timer_shutdown_sync(&pool->watch);
}

/**
 * mfraw_zc_fini - free the rounds of a send queue
 * @qp: a queue pair that nobody runs any more
 *
 * Context: sleeps.
 */
void mfraw_zc_fini(struct mfraw_qp *qp)
{
	struct mfraw_zc_pool *pool = qp->zc;

	if (!pool)
		return;
	mfraw_zc_detach(qp);
	kref_put(&pool->ref, mfraw_zc_pool_free);
	qp->zc = NULL;
}

/**
 * mfraw_zc_waits - does a send queue wait for a round to complete?
 * @qp: the queue pair
 *
 * Context: atomic.
 * Return: true if so. The run at the end of the wait then sees work requests
 * posted before this call.
 */
bool mfraw_zc_waits(struct mfraw_qp *qp)
{
	struct mfraw_zc_pool *pool = qp->zc;
	bool waits;

	if (likely(!pool || !READ_ONCE(pool->wanted)))
		return false;
	spin_lock_bh(&pool->lock);
	waits = pool->wanted;
	spin_unlock_bh(&pool->lock);

	return waits;
}

/**
 * mfraw_zc_full - find out whether too many rounds are under way
 * @pool: the pool of a send queue, which seems to have no free round
 *
 * Context: atomic, sq.lock.
 * Return: true if so. The queue is run again when a round ends.
 */
bool mfraw_zc_full(struct mfraw_zc_pool *pool)
{
	bool full;

	spin_lock(&pool->lock);
	full = pool->tail - pool->head == MFRAW_ZC_ROUNDS;
	WRITE_ONCE(pool->wanted, full);
	spin_unlock(&pool->lock);

	return full;
}

/**
 * mfraw_zc_keep - keep a round until nobody uses its pages, see mfraw_zc_put()
 * @qp: the queue pair
 * @zc: the round
 * @sent: the round's work requests
 *
 * Context: atomic, sq.lock.
 */
void mfraw_zc_keep(struct mfraw_qp *qp, struct mfraw_zc *zc,
		   const struct mfraw_sent *sent)
{
	struct mfraw_zc_pool *pool = qp->zc;

	lockdep_assert_held(&qp->sq.lock);
	zc->sent = *sent;
	zc->done = false;
	zc->discard = false;
	kref_get(&pool->ref);
	__module_get(THIS_MODULE);
	atomic_inc(&mfraw_zc_rounds);
	spin_lock(&pool->lock);
	pool->tail++;
	if (!timer_pending(&pool->watch))
		mfraw_zc_watch_on(pool);
	spin_unlock(&pool->lock);
	mfraw_zc_complete(NULL, &zc->ubuf, true);
}

/**
 * mfraw_zc_exit - wait until no network device uses pages of this module
 *
 * Context: sleeps; all queues are gone.
 */
void mfraw_zc_exit(void)
{
	wait_event(mfraw_zc_wait, !atomic_read(&mfraw_zc_rounds));
	synchronize_rcu();
}
