/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * QPs of kernel users, and functions that write receive entries.
 */
#ifndef MFRAW_KVERBS_H
#define MFRAW_KVERBS_H

#include <linux/spinlock.h>
#include <rdma/ib_verbs.h>
#include <rdma/mfraw-abi.h>

#include "queue/queue.h"

struct mfraw_qp;

/**
 * struct mfraw_kring - posting state of a kernel user's queue
 * @lock: serialises posting; interrupts disabled
 * @prod: index of the next entry to write
 * @tail: index after the last entry that was polled; written under cq.poll.lock
 * @wr_id: wr_id of each entry
 */
struct mfraw_kring {
	spinlock_t	lock;		/* @prod and the entries */
	u32		prod;
	u32		tail;
	u64		*wr_id;
};

/**
 * struct mfraw_kqp - state of a kernel user's QP
 * @sq: send queue
 * @rq: receive queue
 */
struct mfraw_kqp {
	struct mfraw_kring	sq;
	struct mfraw_kring	rq;
};

static inline void mfraw_ksge_write(struct mfraw_sge *to,
				    const struct ib_sge *sge, int n)
{
	for (; n; n--, to++, sge++) {
		to->addr = cpu_to_le64(sge->addr);
		to->length = cpu_to_le32(sge->length);
		to->lkey = cpu_to_le32(sge->lkey);
	}
}

/**
 * mfraw_krecv_write - write a receive entry
 * @q: receive queue or SRQ
 * @wr: work request
 * @sge: the entry's SGEs, @q->max_sge of them
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
static inline int mfraw_krecv_write(const struct mfraw_queue *q,
				    const struct ib_recv_wr *wr,
				    struct mfraw_sge *sge)
{
	if (wr->num_sge < 0 || wr->num_sge > q->max_sge)
		return -EINVAL;

	mfraw_ksge_write(sge, wr->sg_list, wr->num_sge);
	if (wr->num_sge < q->max_sge)
		memset(&sge[wr->num_sge], 0, sizeof(*sge));

	return 0;
}

extern const struct ib_device_ops mfraw_kverbs_ops;
int mfraw_kqp_init(struct mfraw_qp *qp, u32 qpn);
void mfraw_kqp_reset(struct mfraw_qp *qp);
void mfraw_kqp_fini(struct mfraw_qp *qp);

#endif /* MFRAW_KVERBS_H */
