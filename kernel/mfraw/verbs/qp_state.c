// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Steps of the data path into a QP's error states, with the event for the owner
 * of the QP, and the function that takes all locks of a QP for the steps in
 * qp.c.
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
 * mfraw_qp_unlock - release the locks of mfraw_qp_lock()
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
 * Set the wakeup flags, so that a process that posts kicks the kernel, which
 * then flushes. The flags are set before the flush reads the indices; see
 * struct mfraw_qp_db.
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
	/* Store the flags before the flush loads the indices. */
	smp_mb();
}

/**
 * mfraw_qp_fail - go to the error state after a completion in error
 * @qp: the queue pair
 *
 * A work item flushes both queues, since this context cannot take all locks.
 *
 * Context: atomic, with one of the queue pair's locks held.
 */
void mfraw_qp_fail(struct mfraw_qp *qp)
{
	mfraw_qp_enter_err(qp);
	queue_work(qp->dev->wq, &qp->err_work);
}

/**
 * mfraw_qp_fatal - go to the error state after an error without a completion
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
 * mfraw_qp_sq_fail - go to SQE: the send queue stops, the receive queue goes on
 * @qp: queue pair of type UC or UD
 *
 * All sends are flushed until the owner of the QP sets RTS again (IBTA
 * 10.3.1.6, SQE).
 *
 * Context: atomic, sq.lock.
 */
void mfraw_qp_sq_fail(struct mfraw_qp *qp)
{
	enum ib_qp_state from = IB_QPS_RTS;

	/* The step to ERR needs any one lock only, so it may happen now. */
	if (cmpxchg(&qp->state, from, IB_QPS_SQE) != from) {
		from = IB_QPS_SQD;
		if (cmpxchg(&qp->state, from, IB_QPS_SQE) != from)
			return;
	}
	trace_mfraw_qp_state(&qp->ibqp, from, IB_QPS_SQE);
	WRITE_ONCE(qp->db->sq_wakeup, cpu_to_le32(1));
	/* Store the flag before the flush loads the index. */
	smp_mb();
	queue_work(qp->dev->wq, &qp->err_work);
}
