/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Completion queues. Writing completions is inline, since it is a call per frame;
 * the barriers are explained in cq.c.
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
 * @ibcq: of the core
 * @lock: protects all below; innermost lock, bottom halves disabled
 * @ring: @mask + 1 entries, shared
 * @db: consumer index and arm word, shared
 * @mask: entries - 1
 * @prod: next entry to write; the only truth
 * @cons: consumer index when last looked at; with @overrun, one without room
 * @overrun: a completion was lost, no more will come
 * @ignore_overrun: completions overwrite those that were not polled
 * @timestamps: completions carry the time
 * @moder: of events; not when @moder.count is 0
 * @moder.count: completions that make an event
 * @moder.period: in ns, after which fewer of them do
 * @moder.prod: @prod before the completions that wait for an event
 * @moder.pending: @moder.timer is to raise one
 * @moder.timer: runs for @moder.period
 * @poll: where the kernel's user is; inside or outside of @lock
 * @poll.lock: who polls; interrupts disabled
 * @poll.cons: next entry to read
 * @mem: of @ring and @db
 *
 * What a completion needs is in one cache line.
 */
struct mfraw_cq {
	struct ib_cq		ibcq;
	/* all below */
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
bool mfraw_cq_has_room(struct mfraw_cq *cq);
void mfraw_cq_publish(struct mfraw_cq *cq, bool solicited);

static inline void mfraw_cqe_write(struct mfraw_cqe *to,
				   const struct mfraw_cqe *cqe,
				   __le64 timestamp, bool owner)
{
	to->qpn = cqe->qpn;
	to->wqe_idx = cqe->wqe_idx;
	to->byte_len = cqe->byte_len;
	to->status = cqe->status;
	to->opcode = cqe->opcode;
	to->info = cqe->info;
	to->timestamp = timestamp;
	to->flow_tag = cqe->flow_tag;
	/* And vlan_tci, which it shares its place with. */
	to->src_qp = cqe->src_qp;
	/* (B) */
	smp_store_release(&to->flags, owner ? MFRAW_CQE_OWNER : 0);
}

/**
 * mfraw_cq_push - write a completion
 * @cq: with its lock held
 * @cqe: all members but @flags; @timestamp is 0 for what happens now
 *
 * The first completion that finds no room puts the CQ into the error state
 * (IBTA 11.6.3.3, CQ error), with an event; no more completions arrive then.
 * A CQ that ignores overruns always has room.
 *
 * Context: atomic, CQ lock.
 * Return: false when the completion is lost.
 */
static inline bool mfraw_cq_push(struct mfraw_cq *cq,
				 const struct mfraw_cqe *cqe)
{
	__le64 time = 0;

	/* Always so after an overrun. */
	if (unlikely(cq->prod - cq->cons > cq->mask) && !mfraw_cq_has_room(cq))
		return false;

	if (unlikely(cq->timestamps))
		time = cqe->timestamp ?: cpu_to_le64(ktime_get_raw_ns());
	mfraw_cqe_write(&cq->ring[cq->prod & cq->mask], cqe, time,
			!(cq->prod & (cq->mask + 1)));
	cq->prod++;

	return true;
}

#endif /* MFRAW_CQ_H */
