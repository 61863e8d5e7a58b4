/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Writing completions. Inline, since it is a call per frame; the barriers are
 * explained in cq.c.
 */
#ifndef MFRAW_CQ_H
#define MFRAW_CQ_H

#include <linux/timekeeping.h>

#include "mfraw.h"

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
