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
 * @ibsrq: the core's SRQ
 * @q: ring and indices; q.lock is taken inside any rq.q.lock
 * @db: doorbell page, shared with user space
 * @limit: number of entries below which one event is raised; 0: no event
 * @srqn: number of the SRQ
 * @mem: memory of the ring and @db
 * @failed: the process wrote an invalid index
 * @ksrq: state of a kernel user's SRQ, NULL for a process
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
 * struct mfraw_rwqe - copy of a receive entry that was taken
 * @idx: index or slot for the completion
 * @num_sge: number of SGEs
 * @length: bytes of all SGEs
 * @sge: the SGEs
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
