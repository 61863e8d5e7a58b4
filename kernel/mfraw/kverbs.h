/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queue pairs and shared receive queues of the kernel's users.
 */
#ifndef MFRAW_KVERBS_H
#define MFRAW_KVERBS_H

#include "roce.h"

/**
 * struct mfraw_kring - posting to a queue of the kernel
 * @lock: who posts; interrupts disabled
 * @prod: next entry to write
 * @tail: behind the last entry that was polled; written by who polls
 * @wr_id: by entry
 */
struct mfraw_kring {
	spinlock_t	lock;		/* @prod, posting */
	u32		prod;
	u32		tail;
	u64		*wr_id;
};

/**
 * struct mfraw_kqp - what a queue pair of the kernel has more
 * @sq: send queue
 * @rq: receive queue
 */
struct mfraw_kqp {
	struct mfraw_kring	sq;
	struct mfraw_kring	rq;
};

/* kverbs.c */
int mfraw_krecv_write(const struct mfraw_queue *q, const struct ib_recv_wr *wr,
		      struct mfraw_sge *sge);

/* ksrq.c */
int mfraw_ksrq_init(struct mfraw_srq *srq);
void mfraw_ksrq_fini(struct mfraw_srq *srq);
u64 mfraw_ksrq_done(struct mfraw_srq *srq, u32 slot);
int mfraw_post_srq_recv(struct ib_srq *ibsrq, const struct ib_recv_wr *wr,
			const struct ib_recv_wr **bad_wr);

#endif /* MFRAW_KVERBS_H */
