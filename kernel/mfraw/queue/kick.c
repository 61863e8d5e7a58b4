// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The kick, by which a process tells that it has posted to a queue pair or a
 * WQ. It is a call on a file of its own, since uverbs takes longer to find the
 * method and the object than a queue takes to send a frame.
 *
 * Queues are found by number in a table of the device, under SRCU.
 */
#include "queue/delay_drop.h"
#include "queue/kick.h"
#include "queue/kick_file.h"
#include "queue/send.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"
#include "verbs/ucontext.h"
#include "verbs/wq.h"

#define UVERBS_MODULE_NAME mfraw
#include <rdma/uverbs_named_ioctl.h>

/*
 * The state of a kick between rounds: MFRAW_KICK_MORE, and the index of the
 * send queue at which the kick ends.
 */
#define MFRAW_KICK_MORE		BIT_ULL(32)

/* One round of a QP's send queue; in the error state, flush the QP. */
static s64 mfraw_kick_qp(struct mfraw_qp *qp, s64 state)
{
	u32 end = state;
	bool more;

	if (likely(!state)) {
		mfraw_count(qp->dev, MFRAW_KICKS, 1);
		if (unlikely(READ_ONCE(qp->state) == IB_QPS_ERR))
			qp->ops->flush_rq(qp);
		if (!qp->sq.entries || mfraw_engine_add(qp))
			return 0;
		end = mfraw_sq_end(qp);
	}

	spin_lock_bh(&qp->sq.lock);
	more = mfraw_sq_round(qp, end);
	spin_unlock_bh(&qp->sq.lock);

	return more ? MFRAW_KICK_MORE | end : 0;
}

/* Deliver some of the frames that a WQ holds; in the error state, flush it. */
static s64 mfraw_kick_wq(struct mfraw_wq *wq, s64 state)
{
	if (!state) {
		mfraw_count(wq->rq.dev, MFRAW_KICKS, 1);
		mfraw_rq_flush(&wq->rq);
	}

	return wq->rq.delay_drop && mfraw_delay_drop_run(&wq->rq) ?
	       MFRAW_KICK_MORE : 0;
}

/* struct mfraw_kicker.kick. */
static s64 mfraw_kick(struct mfraw_kicker *kicker, u64 ctx, u32 num, s64 state)
{
	struct mfraw_dev *dev = container_of(kicker, struct mfraw_dev, kicker);
	struct mfraw_kicked *kicked;

	if (unlikely(READ_ONCE(dev->going)))
		return -EIO;
	kicked = mfraw_table_find(&dev->kicked, num - dev->qpn_first);
	/* Numbers are those of all processes. */
	if (unlikely(!kicked || kicked->ctx != ctx))
		return -ENOENT;

	return kicked->wq ?
	       mfraw_kick_wq(container_of(kicked, struct mfraw_wq, kicked),
			     state) :
	       mfraw_kick_qp(container_of(kicked, struct mfraw_qp, kicked),
			     state);
}

/**
 * mfraw_kick_init - prepare a new device for kicks
 * @dev: the device
 */
void mfraw_kick_init(struct mfraw_dev *dev)
{
	dev->kicker.readers = &dev->readers;
	dev->kicker.kick = mfraw_kick;
}

/**
 * mfraw_kick_add - let a process kick a queue
 * @dev: the device
 * @kicked: the queue, complete, with @kicked->wq set
 * @ibuctx: the context that the queue belongs to
 * @num: number of the queue
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfraw_kick_add(struct mfraw_dev *dev, struct mfraw_kicked *kicked,
		   struct ib_ucontext *ibuctx, u32 num)
{
	int err;

	kicked->ctx = to_mfraw_ucontext(ibuctx)->num;
	err = mfraw_table_set(&dev->kicked, num - dev->qpn_first, kicked);
	if (err)
		kicked->ctx = 0;

	return err;
}

/**
 * mfraw_kick_del - end kicks of a queue
 * @dev: the device
 * @kicked: the queue, which need not be in the table
 * @num: number of the queue
 *
 * The caller then lets the queue run out of work, and calls
 * mfraw_wait_readers() before it frees what a kick uses.
 *
 * Context: sleeps.
 */
void mfraw_kick_del(struct mfraw_dev *dev, struct mfraw_kicked *kicked,
		    u32 num)
{
	if (kicked->ctx)
		mfraw_table_clear(&dev->kicked, num - dev->qpn_first);
}

/**
 * mfraw_kick_exit - end the kicks of a device that is no longer registered
 * @dev: the device, which no kick file names any more, and which has no queues
 *
 * Context: sleeps.
 */
void mfraw_kick_exit(struct mfraw_dev *dev)
{
	/* A kick enters the read section of the device before it leaves RCU. */
	synchronize_rcu();
	mfraw_wait_readers(dev);
	mfraw_table_free(&dev->kicked);
}

/* See MFRAW_METHOD_KICK_FILE_ALLOC. */
static int
UVERBS_HANDLER(MFRAW_METHOD_KICK_FILE_ALLOC)(struct uverbs_attr_bundle *attrs)
{
	struct ib_uobject *uobj =
		uverbs_attr_get_uobject(attrs, MFRAW_ATTR_KICK_FILE_ALLOC_FD);
	struct mfraw_kick_file *file = container_of(uobj, struct mfraw_kick_file,
						    uobj);
	struct mfraw_ucontext *ctx = to_mfraw_ucontext(attrs->context);
	struct mfraw_dev *dev = to_mfraw_dev(ctx->ibuctx.device);

	/* As for a kick: the core may not have begun to remove the device. */
	if (unlikely(READ_ONCE(dev->going)))
		return -EIO;

	file->ctx = ctx->num;
	rcu_assign_pointer(file->kicker, &dev->kicker);

	return 0;
}

/*
 * The context is closed, the device goes, or nobody has the file any more. Kicks
 * that run now end before their queue and their device do.
 */
static void mfraw_kick_file_destroy(struct ib_uobject *uobj,
				    enum rdma_remove_reason why)
{
	struct mfraw_kick_file *file = container_of(uobj, struct mfraw_kick_file,
						    uobj);

	RCU_INIT_POINTER(file->kicker, NULL);
}

DECLARE_UVERBS_NAMED_METHOD(MFRAW_METHOD_KICK_FILE_ALLOC,
			    UVERBS_ATTR_FD(MFRAW_ATTR_KICK_FILE_ALLOC_FD,
					   MFRAW_OBJECT_KICK_FILE,
					   UVERBS_ACCESS_NEW,
					   UA_MANDATORY));

DECLARE_UVERBS_NAMED_OBJECT(MFRAW_OBJECT_KICK_FILE,
			    UVERBS_TYPE_ALLOC_FD(sizeof(struct mfraw_kick_file),
						 mfraw_kick_file_destroy,
						 &mfraw_kick_fops,
						 "[mfraw_kick]", O_RDONLY),
			    &UVERBS_METHOD(MFRAW_METHOD_KICK_FILE_ALLOC));

const struct uapi_definition mfraw_uapi_defs[] = {
	UAPI_DEF_CHAIN_OBJ_TREE_NAMED(MFRAW_OBJECT_KICK_FILE),
	{}
};
