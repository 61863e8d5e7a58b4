// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * WQs, and the indirection tables that name them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "ring.h"

struct ibv_wq *mfraw_create_wq(struct ibv_context *ibctx,
			       struct ibv_wq_init_attr *attr)
{
	struct mfraw_create_wq_cmd_resp resp = {};
	struct mfraw_create_wq_cmd cmd = {};
	struct mfraw_rwq *rwq;
	struct mfraw_pd *pd;
	struct mfraw_qp *qp;
	int ret;

	if (!attr->pd || !attr->cq || attr->wq_type != IBV_WQT_RQ) {
		errno = EINVAL;
		return NULL;
	}

	rwq = calloc(1, sizeof(*rwq));
	if (!rwq)
		return NULL;
	qp = &rwq->qp;
	pd = to_mpd(attr->pd);

	ret = ibv_cmd_create_wq(ibctx, attr, &rwq->wq, &cmd.ibv_cmd,
				sizeof(cmd), &resp.ibv_resp, sizeof(resp));
	if (ret)
		goto err_free;

	qp->vqp.qp.context = ibctx;
	qp->vqp.qp.qp_num = rwq->wq.wq_num;
	qp->vqp.qp.send_cq = attr->cq;
	qp->vqp.qp.recv_cq = attr->cq;

	qp->map_size = resp.mmap_size;
	qp->map = mmap(NULL, qp->map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       ibctx->cmd_fd, resp.mmap_key);
	if (qp->map == MAP_FAILED) {
		ret = errno;
		goto err_destroy;
	}
	qp->db = qp->map + resp.db_off;

	ret = mfraw_init_queue(&qp->rq, qp->map + resp.rq_off, resp.rq_entries,
			       resp.rq_shift, attr->max_wr, attr->max_sge,
			       !pd->td);
	if (ret)
		goto err_unmap;
	ret = mfraw_lock_init(&qp->sq.lock, false);
	if (ret)
		goto err_queue;
	mfraw_init_kick(qp, UVERBS_OBJECT_WQ, MFRAW_METHOD_WQ_KICK,
			MFRAW_ATTR_WQ_KICK_HANDLE, rwq->wq.handle);

	ret = mfraw_store_qp(to_mctx(ibctx), qp);
	if (ret)
		goto err_lock;

	if (pd->parent)
		atomic_fetch_add(&pd->refcount, 1);
	rwq->wq.post_recv = mfraw_post_wq_recv;
	return &rwq->wq;

err_lock:
	mfraw_lock_destroy(&qp->sq.lock);
err_queue:
	mfraw_free_queue(&qp->rq);
err_unmap:
	munmap(qp->map, qp->map_size);
err_destroy:
	/* Waits for events to be acknowledged. */
	pthread_mutex_init(&rwq->wq.mutex, NULL);
	pthread_cond_init(&rwq->wq.cond, NULL);
	ibv_cmd_destroy_wq(&rwq->wq);
err_free:
	free(rwq);
	errno = ret;
	return NULL;
}

int mfraw_modify_wq(struct ibv_wq *ibwq, struct ibv_wq_attr *attr)
{
	struct ibv_modify_wq cmd;
	int ret;

	/* Kernels up to 6.12 at least refuse these, and keep the WQ locked. */
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
		mfraw_reset_qp(&to_mrwq(ibwq)->qp);
	return 0;
}

int mfraw_destroy_wq(struct ibv_wq *ibwq)
{
	struct mfraw_pd *pd = to_mpd(ibwq->pd);
	struct mfraw_rwq *rwq = to_mrwq(ibwq);
	struct mfraw_qp *qp = &rwq->qp;
	int ret;

	ret = ibv_cmd_destroy_wq(ibwq);
	if (ret)
		return ret;

	mfraw_clear_qp(to_mctx(ibwq->context), qp);
	if (pd->parent)
		atomic_fetch_sub(&pd->refcount, 1);
	mfraw_lock_destroy(&qp->sq.lock);
	mfraw_free_queue(&qp->rq);
	munmap(qp->map, qp->map_size);
	free(rwq);
	return 0;
}

struct ibv_rwq_ind_table *
mfraw_create_rwq_ind_table(struct ibv_context *ibctx,
			   struct ibv_rwq_ind_table_init_attr *attr)
{
	struct ib_uverbs_ex_create_rwq_ind_table_resp resp;
	struct ibv_rwq_ind_table *tbl;
	int ret;

	/* The request is built on the stack; its size must be sane for that. */
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
