// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The steps of a queue pair's state that the data path takes: into the error
 * states, with the event that tells the owner. And the locks that all other steps
 * need, for which see qp.c.
 */
#include "trace.h"
#include "verbs/qp.h"
#include "verbs/qp_state.h"

static void mfraw_qp_event(struct mfraw_qp *qp, enum ib_event_type type)
{
	struct ib_event event = {
		.device = qp->ibqp.device,
		.element.qp = &qp->ibqp,
		.event = type,
	};

	if (qp->ibqp.event_handler)
		qp->ibqp.event_handler(&event, qp->ibqp.qp_context);
}

/**
 * mfraw_qp_lock - take all locks of a queue pair
 * @qp: the queue pair
 */
void mfraw_qp_lock(struct mfraw_qp *qp)
	__acquires(&qp->sq.lock) __acquires(&qp->rq.q.lock)
	__acquires(&qp->comp_lock)
{
	spin_lock_bh(&qp->sq.lock);
	spin_lock(&qp->rq.q.lock);
	spin_lock(&qp->comp_lock);
}

/**
 * mfraw_qp_unlock - the end of mfraw_qp_lock()
 * @qp: the queue pair
 */
void mfraw_qp_unlock(struct mfraw_qp *qp)
	__releases(&qp->comp_lock) __releases(&qp->rq.q.lock)
	__releases(&qp->sq.lock)
{
	spin_unlock(&qp->comp_lock);
	spin_unlock(&qp->rq.q.lock);
	spin_unlock_bh(&qp->sq.lock);
}

/**
 * mfraw_qp_enter_err - set the error state
 * @qp: the queue pair
 *
 * From now on, posting must tell the kernel, which flushes. The flags are set
 * before the indices are read for the flush; see struct mfraw_qp_db.
 *
 * Context: atomic, with one of the queue pair's locks held.
 */
void mfraw_qp_enter_err(struct mfraw_qp *qp)
{
	trace_mfraw_qp_state(&qp->ibqp, READ_ONCE(qp->state), IB_QPS_ERR);
	WRITE_ONCE(qp->state, IB_QPS_ERR);
	WRITE_ONCE(qp->rq.state, IB_WQS_ERR);
	WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
	WRITE_ONCE(qp->db->rq_wakeup, cpu_to_le32(1));
	/* The flags before the indices. */
	smp_mb();
}

/**
 * mfraw_qp_fail - go to the error state after a completion in error
 * @qp: the queue pair
 *
 * The flush of both queues follows from a work item, since it takes locks that
 * this context can't.
 *
 * Context: atomic, with one of the queue pair's locks held.
 */
void mfraw_qp_fail(struct mfraw_qp *qp)
{
	mfraw_qp_enter_err(qp);
	queue_work(qp->dev->wq, &qp->err_work);
}

/**
 * mfraw_qp_fatal - go to the error state where no completion can tell why
 * @qp: the queue pair
 *
 * Raises IB_EVENT_QP_FATAL (IBTA 11.6.3.2, local work queue catastrophic
 * error) once.
 *
 * Context: atomic, with one of the queue pair's locks held.
 */
void mfraw_qp_fatal(struct mfraw_qp *qp)
{
	mfraw_qp_fail(qp);
	if (!test_and_set_bit(MFRAW_QP_FATAL, &qp->flags))
		mfraw_qp_event(qp, IB_EVENT_QP_FATAL);
}

/**
 * mfraw_qp_sq_fail - the send queue goes to its error state, the rest goes on
 * @qp: UC or UD
 *
 * What else is posted there is flushed, until the owner sets RTS once more
 * (IBTA 10.3.1.6, SQE).
 *
 * Context: atomic, sq.lock.
 */
void mfraw_qp_sq_fail(struct mfraw_qp *qp)
{
	enum ib_qp_state from = IB_QPS_RTS;

	/* An error of all of it may have come first, or come now. */
	if (cmpxchg(&qp->state, from, IB_QPS_SQE) != from) {
		from = IB_QPS_SQD;
		if (cmpxchg(&qp->state, from, IB_QPS_SQE) != from)
			return;
	}
	trace_mfraw_qp_state(&qp->ibqp, from, IB_QPS_SQE);
	WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
	/* The flag before the index. */
	smp_mb();
	queue_work(qp->dev->wq, &qp->err_work);
}
