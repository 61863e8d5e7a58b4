/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Shared receive queues.
 */
#ifndef MFRAW_SRQ_H
#define MFRAW_SRQ_H

#include <rdma/ib_verbs.h>

#include "mfraw.h"
#include "queue/queue.h"

struct mfraw_qmem;

/**
 * struct mfraw_srq - shared receive queue
 * @ibsrq: of the core
 * @q: ring and indices; its lock is behind any rq.q.lock
 * @db: doorbell page, shared
 * @limit: entries below which an event is raised, once
 * @srqn: number
 * @mem: of the ring and @db
 * @failed: its process wrote an index that can't be
 * @ksrq: of the kernel's users, else NULL
 */
struct mfraw_srq {
	struct ib_srq		ibsrq;
	struct mfraw_queue	q;
	struct mfraw_qp_db	*db;
	u32			limit;
	u32			srqn;
	struct mfraw_qmem	*mem;
	bool			failed;
	struct mfraw_ksrq	*ksrq;
};

static inline struct mfraw_srq *to_mfraw_srq(struct ib_srq *ibsrq)
{
	return container_of(ibsrq, struct mfraw_srq, ibsrq);
}

/**
 * struct mfraw_rwqe - a receive entry that was taken, copied
 * @idx: for its completion
 * @num_sge: pieces of memory
 * @length: of them together
 * @sge: pieces of memory
 */
struct mfraw_rwqe {
	u32			idx;
	u32			num_sge;
	u64			length;
	struct mfraw_sge	sge[MFRAW_MAX_SGE];
};

extern const struct ib_device_ops mfraw_srq_ops;
bool mfraw_srq_take(struct mfraw_srq *srq, struct mfraw_rwqe *rwqe);

#endif /* MFRAW_SRQ_H */
