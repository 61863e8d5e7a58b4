/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Processing of send queues, see send.c.
 */
#ifndef MFRAW_SEND_H
#define MFRAW_SEND_H

#include <linux/types.h>

#include "verbs/qp.h"
#include "verbs/qp_ops.h"

unsigned int mfraw_raw_burst(struct mfraw_qp *qp);
void mfraw_raw_flush_sq(struct mfraw_qp *qp);
void mfraw_sq_run(struct mfraw_qp *qp);
void mfraw_sq_work(struct mfraw_qp *qp);

/**
 * mfraw_sq_end - where a run of the send queue ends
 * @qp: the queue pair
 *
 * A run processes at most a ring's worth: processes that post meanwhile kick on
 * their own, so the caller does not work for them.
 *
 * Return: value of @end for mfraw_sq_round().
 */
static inline u32 mfraw_sq_end(const struct mfraw_qp *qp)
{
	return READ_ONCE(qp->sq.cons) + qp->sq.entries;
}

/**
 * mfraw_sq_round - do a round of a run
 * @qp: the queue pair
 * @end: result of mfraw_sq_end() at the beginning of the run
 *
 * Context: atomic, sq.lock, reader of the device.
 * Return: true if another round has to follow.
 */
static inline bool mfraw_sq_round(struct mfraw_qp *qp, u32 end)
{
	return qp->ops->burst(qp) && (!qp->ops->more || qp->ops->more(qp)) &&
	       (s32)(end - qp->sq.cons) > 0;
}

#endif /* MFRAW_SEND_H */
