/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queue pairs.
 */
#ifndef MFRAW_QP_H
#define MFRAW_QP_H

#include "mfraw.h"
#include "queue/kick.h"
#include "queue/pace.h"
#include "queue/queue.h"
#include "queue/recv.h"

struct mfraw_burst;
struct mfraw_kqp;
struct mfraw_qmem;
struct mfraw_qp_ops;
struct mfraw_roce;
struct mfraw_rss;
struct mfraw_rxq;
struct mfraw_zc_pool;

/**
 * enum mfraw_qp_flags - bits of struct mfraw_qp.flags
 * @MFRAW_QP_FATAL: IB_EVENT_QP_FATAL was raised
 * @MFRAW_QP_BLOCK_LOOPBACK: do not receive multicast that the QP itself sent
 * @MFRAW_QP_POLLED: the QP is on one of the engine's two lists
 * @MFRAW_QP_WINDOWS: the QP has bound a memory window of type 2
 */
enum mfraw_qp_flags {
	MFRAW_QP_FATAL,
	MFRAW_QP_BLOCK_LOOPBACK,
	MFRAW_QP_POLLED,
	MFRAW_QP_WINDOWS,
};

/**
 * struct mfraw_qp - queue pair
 * @ibqp: the core's QP
 * @dev: the QP's device
 * @ops: operations of the QP's kind
 * @rxq: handle by which steering names the QP
 * @kicked: how a process names the QP in a kick
 * @state: written with all locks of the QP held, with two exceptions: the step
 *	to ERR needs any one of the locks, the step to SQE needs sq.lock. The
 *	holder of one lock can thus only see @state change to ERR or SQE
 * @db: doorbell page, shared with user space
 * @sq: send queue; its lock comes before any @rq lock
 * @rq: receive queue
 * @rss: spreads frames over WQs and replaces both queues; NULL for other QPs
 * @roce: RoCE state; NULL for a raw packet QP
 * @comp_lock: lock of the completer of @roce; taken inside the locks of both
 *	queues, and outside the lock of a CQ
 * @burst: scratch memory of the send queue, protected by sq.lock
 * @zc: zero-copy rounds of the send queue; NULL without zero copy
 * @max_inline: maximum of inline bytes per send
 * @max_tso_hdr: maximum of TSO header bytes per send
 * @tso_done: payload bytes sent so far of the TSO request at @sq.cons
 * @sig_all: every send generates a completion
 * @flags: see &enum mfraw_qp_flags
 * @modify_lock: serialises ibv_modify_qp()
 * @err_work: flushes both queues after an error on the data path
 * @engine_node: entry in engine.incoming
 * @engine_entry: entry in engine.active
 * @engine_last: time at which the engine last found work, in ns
 * @stall_entry: entry in dev.stalled or dev.served
 * @stall_turn: the send queue has waited, and may send before the QPs that wait
 *	now; protected by sq.lock, set also under dev.stall_lock
 * @stall_served: the port has taken frames since the send queue last waited;
 *	protected by sq.lock
 * @stall_work: runs the send queue when the port can send again
 * @pace: rate limit of the send queue
 * @mem: memory of both rings and @db
 * @kqp: state of a kernel user's QP; NULL for a process's QP
 */
struct mfraw_qp {
	struct ib_qp		ibqp;
	struct mfraw_dev	*dev;
	const struct mfraw_qp_ops *ops;
	struct mfraw_rxq	*rxq;
	struct mfraw_kicked	kicked;
	enum ib_qp_state	state;
	struct mfraw_qp_db	*db;
	struct mfraw_queue	sq;
	struct mfraw_rq		rq;
	struct mfraw_rss	*rss;
	struct mfraw_roce	*roce;
	spinlock_t		comp_lock;	/* requests of @roce */
	struct mfraw_burst	*burst;
	struct mfraw_zc_pool	*zc;
	u32			max_inline;
	u32			max_tso_hdr;
	u32			tso_done;
	bool			sig_all;
	unsigned long		flags;
	struct mutex		modify_lock;	/* steps of @state */
	struct work_struct	err_work;
	struct llist_node	engine_node;
	struct list_head	engine_entry;
	u64			engine_last;
	struct list_head	stall_entry;
	bool			stall_turn;
	bool			stall_served;
	struct work_struct	stall_work;
	struct mfraw_pace	pace;
	struct mfraw_qmem	*mem;
	struct mfraw_kqp	*kqp;
};

static inline struct mfraw_qp *to_mfraw_qp(struct ib_qp *ibqp)
{
	return container_of(ibqp, struct mfraw_qp, ibqp);
}

/* In these states, every posted send is flushed. */
static inline bool mfraw_sq_dead(enum ib_qp_state state)
{
	return state == IB_QPS_ERR || state == IB_QPS_SQE;
}

extern const struct ib_device_ops mfraw_qp_dev_ops;
int mfraw_qp_check_init(struct ib_device *ibdev,
			const struct ib_qp_init_attr *init, bool kernel);
int mfraw_qp_create_req(struct ib_device *ibdev, struct ib_udata *udata,
			struct mfraw_create_qp_req *req);
int mfraw_qp_modify_req(struct ib_qp *ibqp, struct ib_udata *udata,
			const struct ib_qp_attr *attr, int mask,
			struct mfraw_modify_qp_req *req);

#endif /* MFRAW_QP_H */
