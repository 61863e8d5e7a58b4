/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Access to the queues that are shared with the kernel. All memory ordering
 * of the provider is in this file.
 *
 * Send and receive queue, each:
 *
 *	provider			kernel
 *
 *	write entries			LOAD.acq prod		(B)
 *	STORE.rel prod		(A)	read entries, execute them
 *	full barrier		(C)	nothing left:
 *	LOAD wakeup			STORE wakeup = 1
 *	if set, kick			full barrier		(D)
 *					LOAD prod
 *					if unchanged, sleep
 *
 * (A) pairs with (B): a kernel that reads the new index reads the entries
 * before it, too.
 *
 * (C) pairs with (D): each side stores, then loads what the other side stores.
 * With both barriers at least one of the two loads returns the other side's
 * store: either the provider reads the flag and kicks, or the kernel reads the
 * index and goes on. Without them both could miss, and the entries would stay
 * there until the next post. In a receive queue with delayed drop the flag is
 * set as long as the kernel holds frames for the queue.
 *
 * Completion queue:
 *
 *	kernel				provider
 *
 *	LOAD.acq cons		(F)	LOAD.acq owner		(H)
 *	write entry			read entry
 *	STORE.rel owner		(G)	STORE.rel cons		(E)
 *
 * (G) pairs with (H): a provider that reads the new owner bit reads the rest of
 * the entry, and the received frame, which was written before. (E) pairs with
 * (F): the kernel overwrites an entry only after the provider has read it. (H)
 * also orders the reuse of an entry of a send or receive queue: the thread that
 * writes it next has read the completion, or is ordered behind the thread that
 * read it by (I) and (J):
 *
 *	polls, holds the CQ's lock	posts, holds the queue's lock
 *
 *	read wrid[cons]			LOAD.acq cons		(J)
 *	STORE.rel cons		(I)	write wrid[], entry
 *
 * Slots of a shared receive queue come back in any order and through any CQ. A
 * thread that polls pushes them to a list; a thread that posts takes the whole
 * list at once. Nobody pops a single slot, so there is no ABA problem.
 *
 *	polls, holds the CQ's lock	posts, holds the SRQ's lock
 *
 *	read wrid[slot]			XCHG.acq freed, none	(M)
 *	next[slot] = freed		read next[]
 *	CMPXCHG.rel freed, slot	(L)	write wrid[], entry
 *
 * Arming:
 *
 *	provider			kernel
 *
 *	STORE arm			STORE.rel owner
 *	full barrier		(K)	full barrier
 *	LOAD owner (next poll)		LOAD arm
 *
 * (K) works as (C): if the next poll misses a completion, the kernel reads the
 * arm flag and raises the event.
 */
#ifndef __MFRAW_RING_H__
#define __MFRAW_RING_H__

#include <endian.h>
#include <stdatomic.h>

#include <util/util.h>

#include "cq.h"
#include "mfraw-abi.h"
#include "qp.h"
#include "queue.h"
#include "srq.h"

static inline uint32_t mfraw_load_relaxed(const __le32 *p)
{
	return le32toh((__force __le32)atomic_load_explicit(
		(const _Atomic(uint32_t) *)p, memory_order_relaxed));
}

static inline void mfraw_store_relaxed(__le32 *p, uint32_t val)
{
	atomic_store_explicit((_Atomic(uint32_t) *)p,
			      (__force uint32_t)htole32(val),
			      memory_order_relaxed);
}

static inline void mfraw_store_release(__le32 *p, uint32_t val)
{
	atomic_store_explicit((_Atomic(uint32_t) *)p,
			      (__force uint32_t)htole32(val),
			      memory_order_release);
}

/* Write an SGE. Two stores, since the kernel reads two words. */
static inline void mfraw_copy_sge(struct mfraw_sge *seg,
				  const struct ibv_sge *sge)
{
	__le64 *word = (__le64 *)seg;

	word[0] = htole64(sge->addr);
	word[1] = htole64(sge->length | (uint64_t)sge->lkey << 32);
}

/* Returns the index at which the queue is full. The queue is locked. */
static inline uint32_t mfraw_queue_end(struct mfraw_queue *q)
{
	/* (J) */
	return atomic_load_explicit(&q->cons, memory_order_acquire) +
	       q->size;
}

/*
 * Hand the entries before the index @prod to the kernel; the lock of the queue
 * is held. Returns true if the kernel sleeps and needs a kick.
 */
static inline bool mfraw_queue_publish(struct mfraw_queue *q, uint32_t prod,
				       __le32 *db_prod, const __le32 *wakeup)
{
	q->prod = prod;
	mfraw_store_release(db_prod, prod);		/* (A) */
	atomic_thread_fence(memory_order_seq_cst);	/* (C) */
	return mfraw_load_relaxed(wakeup);
}

/*
 * The same for an SRQ, whose entries the kernel reads when a message arrives.
 */
static inline void mfraw_srq_publish(struct mfraw_srq *srq, uint32_t prod)
{
	srq->q.prod = prod;
	mfraw_store_release(&srq->db->rq_prod, prod);	/* (A) */
}

/*
 * The entry with the index @idx and all before it have completed: give them
 * back to the threads that post, and return the wr_id of this one. The CQ is
 * locked. A stray write of the application may have changed the index in the
 * ring, so it is limited to the ring.
 */
static inline uint64_t mfraw_queue_complete(struct mfraw_queue *q,
					    uint32_t idx)
{
	uint64_t wr_id;

	if (unlikely(!q->size))
		return 0;
	wr_id = q->wrid[idx & q->mask];
	/* (I) */
	atomic_store_explicit(&q->cons, idx + 1, memory_order_release);
	return wr_id;
}

/*
 * Take a slot that no posted entry has. Returns MFRAW_SRQ_NO_SLOT if there is
 * none. The SRQ is locked.
 */
static inline uint32_t mfraw_srq_get(struct mfraw_srq *srq)
{
	uint32_t slot = srq->avail;

	if (slot == MFRAW_SRQ_NO_SLOT) {
		/* (M) */
		slot = atomic_exchange_explicit(&srq->freed, MFRAW_SRQ_NO_SLOT,
						memory_order_acquire);
		if (unlikely(slot == MFRAW_SRQ_NO_SLOT))
			return slot;
	}
	srq->avail = srq->next[slot];
	return slot;
}

/*
 * The entry with the slot @slot has completed: give the slot back and return
 * its wr_id. The CQ is locked. The slot comes from the ring, and may be any
 * number.
 */
static inline uint64_t mfraw_srq_complete(struct mfraw_srq *srq, uint32_t slot)
{
	uint32_t first;
	uint64_t wr_id;

	if (unlikely(slot >= srq->q.size))
		return 0;
	wr_id = srq->q.wrid[slot];
	first = atomic_load_explicit(&srq->freed, memory_order_relaxed);
	do {
		srq->next[slot] = first;
		/* (L) */
	} while (!atomic_compare_exchange_weak_explicit(&srq->freed, &first,
							slot,
							memory_order_release,
							memory_order_relaxed));
	return wr_id;
}

/*
 * A receive entry of @qp has completed: give it back and return its wr_id. @idx
 * is the wqe_idx of the completion: an index into the QP's receive queue, or a
 * slot of its SRQ. A QP with an SRQ has no receive queue.
 */
static inline uint64_t mfraw_recv_complete(struct mfraw_qp *qp, uint32_t idx)
{
	if (qp->rq.size || !qp->vqp.qp.srq)
		return mfraw_queue_complete(&qp->rq, idx);
	return mfraw_srq_complete(to_msrq(qp->vqp.qp.srq), idx);
}

static inline struct mfraw_cqe *mfraw_cq_entry(struct mfraw_cq *cq,
					       uint32_t idx)
{
	return &cq->ring[idx & (cq->num_cqe - 1)];
}

/* Returns the completion with the index @idx, or NULL if there is none yet. */
static inline struct mfraw_cqe *mfraw_cq_peek(struct mfraw_cq *cq,
					      uint32_t idx)
{
	struct mfraw_cqe *cqe = mfraw_cq_entry(cq, idx);
	uint32_t num_cqe = cq->num_cqe;
	uint8_t flags;

	/* (H) */
	flags = atomic_load_explicit((_Atomic(uint8_t) *)&cqe->flags,
				     memory_order_acquire);
	/* Even passes over the ring set the bit, odd ones clear it. */
	return !(flags & MFRAW_CQE_OWNER) == !!(idx & num_cqe) ? cqe :
								  NULL;
}

/* Hand the entries before @cons back to the kernel. */
static inline void mfraw_cq_release(struct mfraw_cq *cq, uint32_t cons)
{
	cq->cons = cons;
	mfraw_store_release(&cq->db->cons, cons);	/* (E) */
}

/*
 * Ask the kernel for an event. A request for solicited completions does not
 * replace an earlier one for any completion.
 */
static inline void mfraw_cq_arm(struct mfraw_cq *cq, bool solicited_only)
{
	uint32_t none = (__force uint32_t)htole32(MFRAW_CQ_ARM_NONE);

	if (solicited_only)
		atomic_compare_exchange_strong_explicit(
			(_Atomic(uint32_t) *)&cq->db->arm, &none,
			(__force uint32_t)htole32(MFRAW_CQ_ARM_SOLICITED),
			memory_order_relaxed, memory_order_relaxed);
	else
		mfraw_store_relaxed(&cq->db->arm, MFRAW_CQ_ARM);
	atomic_thread_fence(memory_order_seq_cst);	/* (K) */
}

#endif /* __MFRAW_RING_H__ */
