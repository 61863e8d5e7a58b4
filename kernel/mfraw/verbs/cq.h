/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Completion queues. The functions that write a completion are inline, since
 * they are called once per frame; cq.c explains the barriers.
 */
#ifndef MFRAW_CQ_H
#define MFRAW_CQ_H

#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <rdma/ib_verbs.h>
#include <rdma/mfraw-abi.h>

struct mfraw_qmem;

/**
 * struct mfraw_cq - completion queue
 * @ibcq: the core's CQ
 * @lock: protects all members below except @poll; innermost lock, bottom halves
 *	disabled
 * @ring: @mask + 1 entries, shared with user space
 * @db: consumer index and arm word, shared with user space
 * @mask: number of entries - 1
 * @prod: index of the next entry to write; user space cannot change it
 * @cons: consumer index as last read from @db; after an overrun, an index that
 *	leaves no room
 * @overrun: a completion was lost, no more completions are written
 * @ignore_overrun: new completions overwrite those that were not polled
 * @timestamps: completions carry a timestamp
 * @moder: moderation of completion events; off while @moder.count is 0
 * @moder.count: number of completions that raise an event at once
 * @moder.period: time in ns after which fewer completions raise an event
 * @moder.prod: @prod before the completions that wait for an event
 * @moder.pending: @moder.timer will raise an event
 * @moder.timer: runs for @moder.period
 * @poll: polling state of a kernel user
 * @poll.lock: serialises polling, interrupts disabled; a completion handler
 *	takes it inside @lock
 * @poll.cons: index of the next entry to read
 * @mem: memory of @ring and @db
 *
 * The members that writing a completion needs are in one cache line.
 */
struct mfraw_cq {
	struct ib_cq		ibcq;
	/* all members below, except @poll */
	spinlock_t		lock ____cacheline_aligned_in_smp;
	struct mfraw_cqe	*ring;
	struct mfraw_cq_db	*db;
	u32			mask;
	u32			prod;
	u32			cons;
	bool			overrun;
	bool			ignore_overrun;
	bool			timestamps;
	struct {
		u32		count;
		u32		period;
		u32		prod;
		bool		pending;
		struct hrtimer	timer;
	} moder;
	struct {
		spinlock_t	lock;	/* @cons */
		u32		cons;
	} poll;
	struct mfraw_qmem	*mem;
};

static inline struct mfraw_cq *to_mfraw_cq(struct ib_cq *ibcq)
{
	return container_of(ibcq, struct mfraw_cq, ibcq);
}

extern const struct ib_device_ops mfraw_cq_ops;
bool mfraw_cq_full(struct mfraw_cq *cq);
void mfraw_cq_publish(struct mfraw_cq *cq, bool solicited);

static_assert(sizeof(struct mfraw_cqe) == 4 * sizeof(__le64));
static_assert(offsetof(struct mfraw_cqe, byte_len) == 8);
static_assert(offsetof(struct mfraw_cqe, status) == 12);
static_assert(offsetof(struct mfraw_cqe, flags) == 15);
static_assert(offsetof(struct mfraw_cqe, timestamp) == 16);
static_assert(offsetof(struct mfraw_cqe, src_qp) == 28);

/* Join two members of a completion, in registers. */
static inline __le64 mfraw_cqe_word(__le32 low, __le32 high)
{
	return cpu_to_le64(le32_to_cpu(low) | (u64)le32_to_cpu(high) << 32);
}

/* Write four words; the second one has the owner bit. */
static __always_inline void mfraw_cqe_write(struct mfraw_cqe *to,
					    const struct mfraw_cqe *cqe,
					    __le64 timestamp, bool owner)
{
	__le64 *word = (__le64 *)to;
	u32 state = cqe->status | cqe->opcode << 8 | cqe->info << 16;

	if (owner)
		state |= (u32)MFRAW_CQE_OWNER << 24;
	word[0] = mfraw_cqe_word(cqe->qpn, cqe->wqe_idx);
	word[2] = timestamp;
	/* These are the longest members of their unions. */
	word[3] = mfraw_cqe_word(cqe->flow_tag, cqe->src_qp);
	/* (B) */
	smp_store_release(&word[1], mfraw_cqe_word(cqe->byte_len,
						   cpu_to_le32(state)));
}

/* Is there room for another completion? CQ lock held. */
static __always_inline bool mfraw_cq_has_room(struct mfraw_cq *cq)
{
	u32 cons;

	if (likely(cq->prod - cq->cons <= cq->mask))
		return true;
	/* After an overrun, @cons leaves no room and is not read anew. */
	if (likely(!cq->overrun)) {
		cons = le32_to_cpu(smp_load_acquire(&cq->db->cons)); /* (A) */
		/* An invalid index means no room: it harms only its process. */
		if (likely(cq->prod - cons <= cq->mask)) {
			cq->cons = cons;
			return true;
		}
	}

	return mfraw_cq_full(cq);
}

/**
 * mfraw_cq_push - write a completion
 * @cq: the CQ
 * @cqe: completion without @flags; a @timestamp of 0 stands for the current
 *	time
 *
 * The first completion that finds no room moves the CQ to the error state,
 * raises an event (IBTA 11.6.3.3, CQ error), and is the last one. A CQ that
 * ignores overruns always has room.
 *
 * Context: atomic, CQ lock.
 * Return: false if the completion is lost.
 */
static __always_inline bool mfraw_cq_push(struct mfraw_cq *cq,
					  const struct mfraw_cqe *cqe)
{
	__le64 time = 0;

	if (unlikely(!mfraw_cq_has_room(cq)))
		return false;

	if (unlikely(cq->timestamps))
		time = cqe->timestamp ?: cpu_to_le64(ktime_get_raw_ns());
	mfraw_cqe_write(&cq->ring[cq->prod & cq->mask], cqe, time,
			!(cq->prod & (cq->mask + 1)));
	cq->prod++;

	return true;
}

#endif /* MFRAW_CQ_H */
