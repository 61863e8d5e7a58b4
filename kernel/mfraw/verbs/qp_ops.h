/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What kinds of queue pairs do differently. The kind is chosen when a queue pair is
 * created; qp.c, the queues and the engine know no more of it than this table.
 */
#ifndef MFRAW_QP_OPS_H
#define MFRAW_QP_OPS_H

#include <rdma/ib_verbs.h>

struct mf_frame;
struct mfraw_qp;

/**
 * struct mfraw_qp_ops - one kind of queue pair
 * @seg_size: bytes of a send entry between its header and its pieces of memory
 * @create: allocate what this kind needs besides the rings. The sizes of the queues
 *	are known. Nothing arrives before @add. Sleeps.
 * @add: the queue pair is complete, and may be found by what arrives. Optional.
 *	Sleeps.
 * @free: the end of @create. Nothing of the queue pair runs. Sleeps.
 * @destroy: the end of a queue pair that has no queues. Its rules are gone, but
 *	steering may still be calling. NULL for all others. Sleeps.
 * @check_attr: can these attributes of @mask be set? Optional. Sleeps.
 * @set_attr: set them. Optional. Sleeps, modify_lock.
 * @query: fill what this kind knows of a query. What all kinds have is filled
 *	afterwards. Optional. Sleeps.
 * @enter_sqd: the state may have become SQD. Optional. All locks of the queue pair.
 * @finish: send what is due to the peer before the queue pair goes to RESET.
 *	Optional. Sleeps.
 * @reset: the queue pair becomes as if new. All locks of the queue pair.
 * @stop: the state is RESET. What was under way ends, and the send queue is not run
 *	any more, see mfraw_stall_del(); forever if @last. Sleeps.
 * @xmit: hand frames to the port, in order, unless others wait for it. Returns how
 *	many it took; if none, the caller calls mfraw_stall(). Atomic, sq.lock.
 * @burst: do one round of the send queue. Returns how many frames were sent and
 *	work requests failed, 0 when there is nothing to do now. Atomic, sq.lock.
 * @pending: are there work requests that a round could begin? Any context.
 * @resume: the port can send again: let the send queue go on soon. Atomic.
 * @work: the same, in the work item of the queue pair. Sleeps.
 * @flush_sq: complete all sends that are posted with an error. Atomic, sq.lock.
 * @flush_rq: complete all receives that are posted with an error, if the receive
 *	queue is in the error state. Sleeps.
 *
 * A kind without queues, which is RSS, has @destroy and @check_attr, since nothing
 * else is called for it.
 */
struct mfraw_qp_ops {
	u32 seg_size;

	int (*create)(struct mfraw_qp *qp, const struct ib_qp_init_attr *init);
	int (*add)(struct mfraw_qp *qp);
	void (*free)(struct mfraw_qp *qp);
	void (*destroy)(struct mfraw_qp *qp);

	int (*check_attr)(struct mfraw_qp *qp, const struct ib_qp_attr *attr,
			  int mask);
	int (*set_attr)(struct mfraw_qp *qp, const struct ib_qp_attr *attr,
			int mask);
	void (*query)(struct mfraw_qp *qp, struct ib_qp_attr *attr,
		      struct ib_qp_init_attr *init);

	void (*enter_sqd)(struct mfraw_qp *qp);
	void (*finish)(struct mfraw_qp *qp);
	void (*reset)(struct mfraw_qp *qp);
	void (*stop)(struct mfraw_qp *qp, bool last);

	unsigned int (*xmit)(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n);
	unsigned int (*burst)(struct mfraw_qp *qp);
	bool (*pending)(const struct mfraw_qp *qp);
	void (*resume)(struct mfraw_qp *qp);
	void (*work)(struct mfraw_qp *qp);
	void (*flush_sq)(struct mfraw_qp *qp);
	void (*flush_rq)(struct mfraw_qp *qp);
};

extern const struct mfraw_qp_ops mfraw_raw_qp_ops;
extern const struct mfraw_qp_ops mfraw_rss_qp_ops;
extern const struct mfraw_qp_ops mfraw_roce_qp_ops;

#endif /* MFRAW_QP_OPS_H */
