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
 *	STORE.rel prod		(A)	read entries, work
 *	full barrier		(C)	nothing left:
 *	LOAD wakeup			STORE wakeup = 1
 *	if set, kick			full barrier		(D)
 *					LOAD prod
 *					if unchanged, sleep
 *
 * (A) pairs with (B): who sees the index sees the entries before it.
 *
 * (C) pairs with (D): each side stores, then looks at what the other one
 * stores. With both barriers at least one of the two loads returns the other
 * side's store: either the provider sees the flag and kicks, or the kernel
 * sees the index and goes on. Without them both could miss, and the entries
 * would lie there until the next post. A receive queue with delayed drop has
 * the flag up as long as the kernel holds frames for it.
 *
 * Completion queue:
 *
 *	kernel				provider
 *
 *	LOAD.acq cons		(F)	LOAD.acq owner		(H)
 *	write entry			read entry
 *	STORE.rel owner		(G)	STORE.rel cons		(E)
 *
 * (G) pairs with (H): who sees the owner bit turn sees the rest of the entry,
 * and the received frame, which was written before it. (E) pairs with (F): the
 * kernel overwrites an entry only after it was read. The provider also hands a
 * work queue entry back by way of (H): its next writer has seen the completion,
 * if another thread polled it then by (I) and (J).
 *
 *	who polls, CQ locked		who posts, queue locked
 *
 *	read wrid[tail]			LOAD.acq tail		(J)
 *	STORE.rel tail		(I)	write wrid[], entry
 *
 * Slots of a shared receive queue come back in any order, by way of any CQ. Who
 * polls pushes them on a list, who posts takes the whole list at once: without
 * a pop there is no ABA.
 *
 *	who polls, CQ locked		who posts, SRQ locked
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
 * (K) is (C) once more: a completion that the next poll misses sees the arm
 * flag and raises the event.
 */
#ifndef __MFRAW_RING_H__
#define __MFRAW_RING_H__

#include <endian.h>
#include <stdatomic.h>

#include <util/util.h>

#include "mfraw.h"

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

/* The index at which the queue is full. */
static inline uint32_t mfraw_wq_end(struct mfraw_wq *wq)
{
	/* (J) */
	return atomic_load_explicit(&wq->tail, memory_order_acquire) +
	       wq->size;
}

static inline void *mfraw_wq_entry(struct mfraw_wq *wq, uint32_t idx)
{
	return wq->ring + ((size_t)(idx & wq->mask) << wq->shift);
}

/*
 * Publish the entries before @head. Returns true if the kernel sleeps and has
 * to be kicked.
 */
static inline bool mfraw_wq_publish(struct mfraw_wq *wq, uint32_t head,
				    __le32 *prod, const __le32 *wakeup)
{
	wq->head = head;
	mfraw_store_release(prod, head);		/* (A) */
	atomic_thread_fence(memory_order_seq_cst);	/* (C) */
	return mfraw_load_relaxed(wakeup);
}

static inline struct mfraw_srq_wqe *mfraw_srq_entry(struct mfraw_srq *srq,
						    uint32_t idx)
{
	return srq->ring + ((size_t)(idx & srq->mask) << srq->shift);
}

static inline void mfraw_srq_publish(struct mfraw_srq *srq, uint32_t head)
{
	srq->head = head;
	mfraw_store_release(&srq->db->rq_prod, head);	/* (A) */
}

/*
 * The entry at @idx and all before it have completed: give them back to who
 * posts, and return the wr_id of this one. The index comes from memory that
 * a stray write of the application may have reached, so it is no more than
 * what the ring can hold.
 */
static inline uint64_t mfraw_wq_complete(struct mfraw_wq *wq, uint32_t idx)
{
	uint64_t wr_id;

	if (unlikely(!wq->size))
		return 0;
	wr_id = wq->wrid[idx & wq->mask];
	/* (I) */
	atomic_store_explicit(&wq->tail, idx + 1, memory_order_release);
	return wr_id;
}

/* A slot that no posted entry has, or MFRAW_SRQ_NO_SLOT; the SRQ is locked. */
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
 * The entry with @slot has completed: give the slot back and return its wr_id.
 * As above, the number may be anything.
 */
static inline uint64_t mfraw_srq_complete(struct mfraw_srq *srq, uint32_t slot)
{
	uint32_t head;
	uint64_t wr_id;

	if (unlikely(slot >= srq->size))
		return 0;
	wr_id = srq->wrid[slot];
	head = atomic_load_explicit(&srq->freed, memory_order_relaxed);
	do {
		srq->next[slot] = head;
		/* (L) */
	} while (!atomic_compare_exchange_weak_explicit(&srq->freed, &head,
							slot,
							memory_order_release,
							memory_order_relaxed));
	return wr_id;
}

/*
 * The same for a receive entry of a QP, whoever's it was. A QP with an SRQ has
 * no queue of its own.
 */
static inline uint64_t mfraw_recv_complete(struct mfraw_qp *qp, uint32_t idx)
{
	if (qp->rq.size || !qp->vqp.qp.srq)
		return mfraw_wq_complete(&qp->rq, idx);
	return mfraw_srq_complete(to_msrq(qp->vqp.qp.srq), idx);
}

static inline struct mfraw_cqe *mfraw_cq_entry(struct mfraw_cq *cq,
					       uint32_t idx)
{
	return &cq->ring[idx & (cq->num_cqe - 1)];
}

/* The completion at @idx, or NULL if there is none yet. */
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
 * Ask for an event. One for any completion is not taken back by one for
 * solicited completions.
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
