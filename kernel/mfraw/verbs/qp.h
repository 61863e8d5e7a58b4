/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queue pairs.
 */
#ifndef MFRAW_QP_H
#define MFRAW_QP_H

#include "mfraw.h"
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
 * @MFRAW_QP_RULES: a rule named the QP once, so that readers are waited for
 *	before it is freed
 * @MFRAW_QP_FATAL: IB_EVENT_QP_FATAL was raised
 * @MFRAW_QP_BLOCK_LOOPBACK: do not receive multicast that the QP itself sent
 * @MFRAW_QP_POLLED: the engine has it, on one of its two lists
 * @MFRAW_QP_WINDOWS: it bound a memory window of type 2 once
 */
enum mfraw_qp_flags {
	MFRAW_QP_RULES,
	MFRAW_QP_FATAL,
	MFRAW_QP_BLOCK_LOOPBACK,
	MFRAW_QP_POLLED,
	MFRAW_QP_WINDOWS,
};

/**
 * struct mfraw_qp - queue pair
 * @ibqp: of the core
 * @dev: its device
 * @ops: of its kind
 * @rxq: steering's handle
 * @state: written with all its locks held, but for the step to ERR, for which
 *	one is enough, and that to SQE, for which sq.lock is; so who holds one
 *	sees a state that can only become one of these meanwhile
 * @db: doorbell page, shared
 * @sq: send queue; its lock comes before any @rq lock
 * @rq: receive queue
 * @rss: spreads frames over WQs, in place of both queues; NULL in most
 * @roce: what RC, UC and UD have more; NULL for raw packets
 * @comp_lock: the completer's of @roce; behind both queues' locks, before that
 *	of a CQ
 * @burst: scratch of the send queue, under its lock
 * @zc: rounds of the send queue, NULL without one
 * @max_inline: bytes
 * @max_tso_hdr: bytes
 * @tso_done: payload bytes that were sent of the TSO request at @sq.cons
 * @sig_all: every send completes
 * @flags: see &enum mfraw_qp_flags
 * @modify_lock: serialises ibv_modify_qp()
 * @err_work: flushes both queues after an error on the data path
 * @engine_node: in engine.incoming
 * @engine_entry: in engine.active
 * @engine_last: when it last had work, in ns
 * @stall_entry: in dev.stalled or dev.served
 * @stall_turn: it may send though others wait, since it has waited; sq.lock, or
 *	dev.stall_lock to set it
 * @stall_served: the port took something since it last waited; sq.lock
 * @stall_work: runs the send queue when it can send again
 * @pace: limits the send queue
 * @mem: of the rings and @db
 * @kqp: of the kernel's users, else NULL
 */
struct mfraw_qp {
	struct ib_qp		ibqp;
	struct mfraw_dev	*dev;
	const struct mfraw_qp_ops *ops;
	struct mfraw_rxq	*rxq;
	enum ib_qp_state	state;
	struct mfraw_qp_db	*db;
	struct mfraw_queue	sq;
	struct mfraw_rq		rq;
	struct mfraw_rss	*rss;
	struct mfraw_roce	*roce;
	spinlock_t		comp_lock;	/* @roce: what is under way */
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

/* Is all that is posted to the send queue flushed? */
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
