// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The driver's own uverbs methods: the kick, by which a process tells that it
 * has posted to a queue pair or a WQ.
 */
#include "queue/delay_drop.h"
#include "queue/kick.h"
#include "queue/send.h"
#include "verbs/qp.h"
#include "verbs/qp_ops.h"
#include "verbs/wq.h"

#define UVERBS_MODULE_NAME mfraw
#include <rdma/uverbs_named_ioctl.h>

/*
 * See MFRAW_METHOD_QP_KICK. The core locks the handle, so the QP can't be
 * destroyed meanwhile.
 */
static int UVERBS_HANDLER(MFRAW_METHOD_QP_KICK)(struct uverbs_attr_bundle *attrs)
{
	struct ib_qp *ibqp = uverbs_attr_get_obj(attrs, MFRAW_ATTR_QP_KICK_HANDLE);
	/*
	 * Several handles can share one XRC_TGT queue pair, which is real_qp.
	 */
	struct mfraw_qp *qp = to_mfraw_qp(ibqp->real_qp);

	mfraw_count(qp->dev, MFRAW_KICKS, 1);

	if (unlikely(READ_ONCE(qp->state) == IB_QPS_ERR))
		qp->ops->flush_rq(qp);

	if (qp->sq.entries && !mfraw_engine_add(qp))
		mfraw_sq_run(qp);

	return 0;
}

DECLARE_UVERBS_NAMED_METHOD(MFRAW_METHOD_QP_KICK,
			    UVERBS_ATTR_IDR(MFRAW_ATTR_QP_KICK_HANDLE,
					    UVERBS_OBJECT_QP,
					    UVERBS_ACCESS_READ,
					    UA_MANDATORY));

ADD_UVERBS_METHODS(mfraw_qp_kick, UVERBS_OBJECT_QP,
		   &UVERBS_METHOD(MFRAW_METHOD_QP_KICK));

/* See MFRAW_METHOD_WQ_KICK. */
static int UVERBS_HANDLER(MFRAW_METHOD_WQ_KICK)(struct uverbs_attr_bundle *attrs)
{
	struct ib_wq *ibwq = uverbs_attr_get_obj(attrs, MFRAW_ATTR_WQ_KICK_HANDLE);
	struct mfraw_wq *wq = to_mfraw_wq(ibwq);

	mfraw_count(wq->rq.dev, MFRAW_KICKS, 1);
	mfraw_rq_flush(&wq->rq);
	if (wq->rq.delay_drop)
		mfraw_delay_drop_run(&wq->rq);

	return 0;
}

DECLARE_UVERBS_NAMED_METHOD(MFRAW_METHOD_WQ_KICK,
			    UVERBS_ATTR_IDR(MFRAW_ATTR_WQ_KICK_HANDLE,
					    UVERBS_OBJECT_WQ,
					    UVERBS_ACCESS_READ,
					    UA_MANDATORY));

ADD_UVERBS_METHODS(mfraw_wq_kick, UVERBS_OBJECT_WQ,
		   &UVERBS_METHOD(MFRAW_METHOD_WQ_KICK));

const struct uapi_definition mfraw_uapi_defs[] = {
	UAPI_DEF_CHAIN_OBJ_TREE(UVERBS_OBJECT_QP, &mfraw_qp_kick),
	UAPI_DEF_CHAIN_OBJ_TREE(UVERBS_OBJECT_WQ, &mfraw_wq_kick),
	{}
};
