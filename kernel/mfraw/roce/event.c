// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Notifications of the RoCEv2 code: run the task, and raise events of a queue
 * pair.
 */
#include "roce/roce.h"

/**
 * mfraw_roce_kick - schedule the task of a queue pair
 * @roce: the queue pair
 *
 * Context: any, until the last mfraw_roce_stop() waits for the task.
 */
void mfraw_roce_kick(struct mfraw_roce *roce)
{
	queue_work(system_bh_wq, &roce->task);
}

/**
 * mfraw_roce_event - report an event to the owner of a queue pair
 * @roce: the queue pair
 * @type: the event
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
 * mfraw_roce_drained - report that a queue pair in SQD has nothing under way
 * @roce: the queue pair
 *
 * Raises IB_EVENT_SQ_DRAINED once if the owner asked for it (IBTA 10.3.1.5).
 *
 * Context: atomic, qp.comp_lock.
 */
void mfraw_roce_drained(struct mfraw_roce *roce)
{
	if (!roce->attr.en_sqd_async_notify)
		return;
	roce->attr.en_sqd_async_notify = 0;
	mfraw_roce_event(roce, IB_EVENT_SQ_DRAINED);
}
