/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Rounds of a send queue whose pages receivers keep, see zerocopy.c.
 */
#ifndef MFRAW_ZEROCOPY_H
#define MFRAW_ZEROCOPY_H

#include <linux/kref.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>

#include "queue/burst.h"
#include "verbs/qp_state.h"

/* Largest number of rounds under way per queue. */
#define MFRAW_ZC_ROUNDS		64

/**
 * struct mfraw_zc - a round under way
 * @ubuf: reference count of the pages' users, and of the running round itself
 * @pool: the pool of the round
 * @sent: the work requests to complete
 * @done: nobody uses pages of the round any more
 * @discard: the completions are not wanted any more
 */
struct mfraw_zc {
	struct ubuf_info	ubuf;
	struct mfraw_zc_pool	*pool;
	struct mfraw_sent	sent;
	bool			done;
	bool			discard;
};

/**
 * struct mfraw_zc_pool - rounds of a send queue; may outlive the queue
 * @lock: protects all members below; inside sq.lock, outside the locks of RQ
 *	and CQ; bottom halves disabled
 * @ref: references of the queue and of each round under way
 * @qp: the queue pair, NULL once it is destroyed
 * @head: the oldest round under way
 * @tail: the next round to start; written under sq.lock, too
 * @wanted: the queue waits for a round to end
 * @watch: timer that checks the progress of rounds under way
 * @watched: value of @head at the last check
 * @late: @head did not move between two checks
 * @rounds: the rounds, a ring
 */
struct mfraw_zc_pool {
	spinlock_t		lock;	/* see above */
	struct kref		ref;
	struct mfraw_qp		*qp;
	u32			head;
	u32			tail;
	bool			wanted;
	struct timer_list	watch;
	u32			watched;
	bool			late;
	struct mfraw_zc		rounds[MFRAW_ZC_ROUNDS];
};

int mfraw_zc_init(struct mfraw_qp *qp);
void mfraw_zc_discard(struct mfraw_qp *qp);
void mfraw_zc_detach(struct mfraw_qp *qp);
void mfraw_zc_fini(struct mfraw_qp *qp);
bool mfraw_zc_waits(struct mfraw_qp *qp);
bool mfraw_zc_full(struct mfraw_zc_pool *pool);
void mfraw_zc_keep(struct mfraw_qp *qp, struct mfraw_zc *zc,
		   const struct mfraw_sent *sent);
void mfraw_zc_exit(void);

/**
 * mfraw_zc_busy - are sent work requests still incomplete?
 * @qp: a queue pair with a send queue
 *
 * Context: atomic, sq.lock.
 * Return: true if so.
 */
static inline bool mfraw_zc_busy(const struct mfraw_qp *qp)
{
	/* Pairs with the release in mfraw_zc_advance(). */
	return smp_load_acquire(&qp->zc->head) != qp->zc->tail;
}

/**
 * mfraw_zc_get - start a round
 * @qp: a queue pair whose send queue is about to run
 *
 * Context: atomic, sq.lock.
 * Return: the ubuf_info for the frames of the round, and for mfraw_zc_put();
 * NULL if too many rounds are under way. The queue is run again when one ends.
 */
static inline struct ubuf_info *mfraw_zc_get(struct mfraw_qp *qp)
{
	struct mfraw_zc_pool *pool = qp->zc;
	struct mfraw_zc *zc;

	lockdep_assert_held(&qp->sq.lock);
	/*
	 * Pairs with the release in mfraw_zc_advance(), after which an ended
	 * round is no longer used there.
	 */
	if (unlikely(pool->tail - smp_load_acquire(&pool->head) ==
		     MFRAW_ZC_ROUNDS) && mfraw_zc_full(pool))
		return NULL;
	zc = &pool->rounds[pool->tail % MFRAW_ZC_ROUNDS];
	refcount_set(&zc->ubuf.refcnt, 1);

	return &zc->ubuf;
}

/**
 * mfraw_zc_put - end a round after the port has its frames
 * @qp: the queue pair
 * @ubuf: the return value of mfraw_zc_get()
 * @sent: the round's work requests, which complete now, or when all pages are
 *	released
 *
 * Context: atomic, sq.lock.
 */
static inline void mfraw_zc_put(struct mfraw_qp *qp, struct ubuf_info *ubuf,
				const struct mfraw_sent *sent)
{
	struct mfraw_zc *zc = container_of(ubuf, struct mfraw_zc, ubuf);

	lockdep_assert_held(&qp->sq.lock);
	/* Without another reference, nobody can take one later. */
	if (unlikely(refcount_read(&ubuf->refcnt) != 1 || mfraw_zc_busy(qp)))
		mfraw_zc_keep(qp, zc, sent);
	else if (unlikely(!mfraw_sq_complete(qp, sent)))
		mfraw_qp_fatal(qp);
}

#endif /* MFRAW_ZEROCOPY_H */
