// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What all parts of RoCE tell: the task, that something is due, and the owner of
 * a queue pair, that something happened to it.
 */
#include "roce/roce.h"

/**
 * mfraw_roce_kick - let the task run soon
 * @roce: whose
 *
 * Context: any; not after mfraw_roce_stop() began to wait for the last time.
 */
void mfraw_roce_kick(struct mfraw_roce *roce)
{
	queue_work(system_bh_wq, &roce->task);
}

/**
 * mfraw_roce_event - tell the owner of a queue pair
 * @roce: the queue pair
 * @type: what
 *
 * Context: atomic.
 */
void mfraw_roce_event(struct mfraw_roce *roce, enum ib_event_type type)
{
	struct ib_qp *ibqp = &roce->qp->ibqp;
	struct ib_event event = {
		.device = ibqp->device,
		.element.qp = ibqp,
		.event = type,
	};

	if (ibqp->event_handler)
		ibqp->event_handler(&event, ibqp->qp_context);
}

/**
 * mfraw_roce_drained - nothing is under way any more, in SQD
 * @roce: the queue pair
 *
 * Raises IB_EVENT_SQ_DRAINED once, if that was asked for (IBTA 10.3.1.5).
 *
 * Context: atomic, completer's lock.
 */
void mfraw_roce_drained(struct mfraw_roce *roce)
{
	if (!roce->attr.en_sqd_async_notify)
		return;
	roce->attr.en_sqd_async_notify = 0;
	mfraw_roce_event(roce, IB_EVENT_SQ_DRAINED);
}
