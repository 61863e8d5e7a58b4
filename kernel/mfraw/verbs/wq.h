/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * WQs: receive queues that are not part of a QP.
 */
#ifndef MFRAW_WQ_H
#define MFRAW_WQ_H

#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "queue/kick.h"
#include "queue/recv.h"

struct mfraw_qmem;

/**
 * struct mfraw_wq - receive queue over which RSS QPs spread frames
 * @ibwq: the core's WQ
 * @rq: receive queue
 * @kicked: how a process names the queue in a kick
 * @db: doorbell page, shared with user space
 * @fatal: IB_EVENT_WQ_FATAL was raised
 * @modify_lock: serialises ibv_modify_wq()
 * @err_work: flushes the queue after an error on the data path
 * @mem: memory of the ring and @db
 */
struct mfraw_wq {
	struct ib_wq		ibwq;
	struct mfraw_rq		rq;
	struct mfraw_kicked	kicked;
	struct mfraw_qp_db	*db;
	bool			fatal;
	struct mutex		modify_lock;	/* steps of @rq.state */
	struct work_struct	err_work;
	struct mfraw_qmem	*mem;
};

static inline struct mfraw_wq *to_mfraw_wq(struct ib_wq *ibwq)
{
	return container_of(ibwq, struct mfraw_wq, ibwq);
}

extern const struct ib_device_ops mfraw_wq_ops;

#endif /* MFRAW_WQ_H */
