/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Operations in which the kinds of QPs differ. The kind is chosen when a QP is
 * created; qp.c, the queues and the engine use a kind only by its operations.
 */
#ifndef MFRAW_QP_OPS_H
#define MFRAW_QP_OPS_H

#include <rdma/ib_verbs.h>

struct mf_frame;
struct mfraw_qp;

/**
 * struct mfraw_qp_ops - operations of one kind of QP
 * @seg_size: bytes of a send WQE between its header and its SGEs
 * @create: allocate the objects of this kind besides the rings. The sizes of
 *	the queues are set. No frame arrives before @add. Sleeps.
 * @add: make the complete QP visible to frames and packets that arrive.
 *	Optional. Sleeps.
 * @free: undo @create. Nothing uses the QP any more. Sleeps.
 * @destroy: destroy a QP without queues. Its flow rules are gone, but steering
 *	may still deliver frames. NULL for a kind with queues. Sleeps.
 * @check_attr: check that the attributes of @mask can be set. Optional. Sleeps.
 * @set_attr: set the attributes of @mask. Optional. Sleeps, modify_lock.
 * @query: fill the attributes of this kind. The caller fills the common
 *	attributes afterwards. Optional. Sleeps.
 * @enter_sqd: handle a state that may have become SQD. Optional. All locks of
 *	the QP.
 * @finish: send the responses that are due to the peer before the QP goes to
 *	RESET. Optional. Sleeps.
 * @reset: make the QP as new. All locks of the QP.
 * @stop: stop all work of the QP, and the runs of its send queue, see
 *	mfraw_stall_del(). The state is RESET. The QP is never used again if
 *	@last. Sleeps.
 * @clean: forget what the owner has posted and not polled. The QP is idle in
 *	RESET. Optional. Sleeps.
 * @xmit: hand frames to the port in order, unless other QPs wait for the port.
 *	Returns the number of frames that the port took. If it is 0, the caller
 *	calls mfraw_stall(). Atomic, sq.lock.
 * @burst: do one round of the send queue. Returns a measure of the work done:
 *	frames sent, work requests failed, and one more if another round can
 *	follow at once; 0 if no work can be done now. Atomic, sq.lock, reader of
 *	the device.
 * @more: tell whether a round may find work after a round that did some.
 *	Optional, NULL: it may. Atomic, sq.lock.
 * @pending: tell whether a round could begin a work request. Any context.
 * @resume: let the send queue run soon, since the port can send again. Atomic.
 * @work: run the send queue, in stall_work. Sleeps.
 * @flush_sq: flush all posted sends. Atomic, sq.lock.
 * @flush_rq: flush all posted receives if the receive queue is in the error
 *	state. Sleeps.
 *
 * An RSS QP has no queues. Only @destroy and @check_attr are called for it.
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
	void (*clean)(struct mfraw_qp *qp);

	unsigned int (*xmit)(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n);
	unsigned int (*burst)(struct mfraw_qp *qp);
	bool (*more)(const struct mfraw_qp *qp);
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
