// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Life of a receive work queue and of an indirection table.
 */
#include <errno.h>
#include <stdlib.h>

#include "pd.h"
#include "qp_rings.h"
#include "recv.h"
#include "wq.h"

/* Set up the queue that the kernel has created. */
static int mfraw_init_wq_rings(struct mfraw_qp *qp,
			       const struct ibv_wq_init_attr *attr,
			       const struct mfraw_create_wq_resp *resp)
{
	const struct mfraw_qp_layout layout = {
		.mmap_key = resp->mmap_key,
		.mmap_size = resp->mmap_size,
		.db_off = resp->db_off,
		.rq = {
			.off = resp->rq_off,
			.entries = resp->rq_entries,
			.max_wr = attr->max_wr,
			.max_sge = attr->max_sge,
			.shift = resp->rq_shift,
		},
	};

	return mfraw_qp_rings_init(qp, &layout, !to_mpd(attr->pd)->td);
}

struct ibv_wq *mfraw_create_wq(struct ibv_context *ibctx,
			       struct ibv_wq_init_attr *attr)
{
	struct mfraw_create_wq_cmd_resp resp = {};
	struct mfraw_create_wq_cmd cmd = {};
	struct mfraw_wq *wq;
	struct mfraw_qp *qp;
	int ret;

	if (!attr->pd || !attr->cq || attr->wq_type != IBV_WQT_RQ) {
		errno = EINVAL;
		return NULL;
	}

	wq = calloc(1, sizeof(*wq));
	if (!wq)
		return NULL;
	qp = &wq->qp;

	ret = ibv_cmd_create_wq(ibctx, attr, &wq->ibv_wq, &cmd.ibv_cmd,
				sizeof(cmd), &resp.ibv_resp, sizeof(resp));
	if (ret)
		goto err_free;

	qp->vqp.qp.context = ibctx;
	qp->vqp.qp.qp_num = wq->ibv_wq.wq_num;
	qp->vqp.qp.send_cq = attr->cq;
	qp->vqp.qp.recv_cq = attr->cq;

	ret = mfraw_init_wq_rings(qp, attr, &resp.drv_payload);
	if (ret)
		goto err_destroy;

	mfraw_pd_get(to_mpd(attr->pd));
	wq->ibv_wq.post_recv = mfraw_post_wq_recv;
	return &wq->ibv_wq;

err_destroy:
	/* ibv_cmd_destroy_wq() waits until events are acknowledged. */
	pthread_mutex_init(&wq->ibv_wq.mutex, NULL);
	pthread_cond_init(&wq->ibv_wq.cond, NULL);
	ibv_cmd_destroy_wq(&wq->ibv_wq);
err_free:
	free(wq);
	errno = ret;
	return NULL;
}

int mfraw_modify_wq(struct ibv_wq *ibwq, struct ibv_wq_attr *attr)
{
	struct ibv_modify_wq cmd;
	int ret;

	/*
	 * Linux 6.12 refuses states that do not exist, but does not unlock the
	 * WQ then.
	 */
	if (((attr->attr_mask & IBV_WQ_ATTR_STATE) &&
	     attr->wq_state > IBV_WQS_ERR) ||
	    ((attr->attr_mask & IBV_WQ_ATTR_CURR_STATE) &&
	     attr->curr_wq_state > IBV_WQS_ERR))
		return EINVAL;

	ret = ibv_cmd_modify_wq(ibwq, attr, &cmd, sizeof(cmd));
	if (ret)
		return ret;

	if ((attr->attr_mask & IBV_WQ_ATTR_STATE) &&
	    attr->wq_state == IBV_WQS_RESET)
		mfraw_qp_rings_reset(&to_mwq(ibwq)->qp);
	return 0;
}

int mfraw_destroy_wq(struct ibv_wq *ibwq)
{
	struct mfraw_pd *pd = to_mpd(ibwq->pd);
	struct mfraw_wq *wq = to_mwq(ibwq);
	int ret;

	ret = ibv_cmd_destroy_wq(ibwq);
	if (ret)
		return ret;

	mfraw_qp_rings_free(&wq->qp);
	mfraw_pd_put(pd);
	free(wq);
	return 0;
}

struct ibv_rwq_ind_table *
mfraw_create_rwq_ind_table(struct ibv_context *ibctx,
			   struct ibv_rwq_ind_table_init_attr *attr)
{
	struct ib_uverbs_ex_create_rwq_ind_table_resp resp;
	struct ibv_rwq_ind_table *tbl;
	int ret;

	/* ibv_cmd_create_rwq_ind_table() builds the request on the stack. */
	if (attr->log_ind_tbl_size > IB_USER_VERBS_MAX_LOG_IND_TBL_SIZE) {
		errno = EINVAL;
		return NULL;
	}

	tbl = calloc(1, sizeof(*tbl));
	if (!tbl)
		return NULL;

	ret = ibv_cmd_create_rwq_ind_table(ibctx, attr, tbl, &resp,
					   sizeof(resp));
	if (ret) {
		free(tbl);
		errno = ret;
		return NULL;
	}
	return tbl;
}

int mfraw_destroy_rwq_ind_table(struct ibv_rwq_ind_table *tbl)
{
	int ret;

	ret = ibv_cmd_destroy_rwq_ind_table(tbl);
	if (ret)
		return ret;
	free(tbl);
	return 0;
}
