// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Life of a shared receive queue.
 */
#include <errno.h>
#include <stdlib.h>

#include "context.h"
#include "pd.h"
#include "qp.h"
#include "srq.h"

/* Make the list of free slots, one for each entry that may be posted. */
static int mfraw_srq_init_slots(struct mfraw_srq *srq)
{
	uint32_t i;

	if (!srq->q.size)
		return EINVAL;
	srq->next = calloc(srq->q.size, sizeof(*srq->next));
	if (!srq->next)
		return ENOMEM;

	for (i = 0; i < srq->q.size - 1; i++)
		srq->next[i] = i + 1;
	srq->next[i] = MFRAW_SRQ_NO_SLOT;
	srq->avail = 0;
	atomic_init(&srq->freed, MFRAW_SRQ_NO_SLOT);
	return 0;
}

/* Set up the queue that the kernel has created. */
static int mfraw_srq_init_rings(struct mfraw_srq *srq,
				const struct ibv_srq_init_attr_ex *attr,
				const struct mfraw_create_srq_resp *resp)
{
	const struct mfraw_queue_layout layout = {
		.off = resp->rq_off,
		.entries = resp->rq_entries,
		.max_wr = attr->attr.max_wr,
		.max_sge = attr->attr.max_sge,
		.shift = resp->rq_shift,
	};
	int ret;

	ret = mfraw_qmem_map(&srq->mem, srq->vsrq.srq.context->cmd_fd,
			     resp->mmap_key, resp->mmap_size);
	if (ret)
		return ret;
	srq->db = srq->mem.addr + resp->db_off;

	ret = mfraw_queue_init(&srq->q, srq->mem.addr, &layout,
			       !to_mpd(attr->pd)->td);
	if (ret)
		goto err_unmap;
	ret = mfraw_srq_init_slots(srq);
	if (ret)
		goto err_queue;
	return 0;

err_queue:
	mfraw_queue_free(&srq->q);
err_unmap:
	mfraw_qmem_unmap(&srq->mem);
	return ret;
}

/*
 * Create the SRQ that @attr describes. @srq is zero. Returns 0 or an error
 * number.
 */
int mfraw_srq_init(struct mfraw_srq *srq, struct ibv_context *ibctx,
		   struct ibv_srq_init_attr_ex *attr)
{
	struct mfraw_create_srq_cmd_resp resp = {};
	struct mfraw_create_srq_cmd cmd = {};
	int ret;

	ret = ibv_cmd_create_srq_ex(ibctx, &srq->vsrq, attr, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp));
	if (ret)
		return ret;
	srq->vsrq.srq.pd = attr->pd;
	srq->vsrq.srq.srq_context = attr->srq_context;
	srq->srqn = resp.srqn;

	ret = mfraw_srq_init_rings(srq, attr, &resp.drv_payload);
	if (ret) {
		ibv_cmd_destroy_srq(&srq->vsrq.srq);
		return ret;
	}
	mfraw_pd_get(to_mpd(attr->pd));
	return 0;
}

/* Undo mfraw_srq_init() once the kernel has destroyed the SRQ. */
void mfraw_srq_free(struct mfraw_srq *srq)
{
	mfraw_pd_put(to_mpd(srq->vsrq.srq.pd));
	free(srq->next);
	mfraw_queue_free(&srq->q);
	mfraw_qmem_unmap(&srq->mem);
}

struct ibv_srq *mfraw_create_srq(struct ibv_pd *ibpd,
				 struct ibv_srq_init_attr *attr)
{
	struct ibv_srq_init_attr_ex attr_ex = {
		.srq_context = attr->srq_context,
		.attr = attr->attr,
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD,
		.srq_type = IBV_SRQT_BASIC,
		.pd = ibpd,
	};
	struct mfraw_srq *srq;
	int ret;

	srq = calloc(1, sizeof(*srq));
	if (!srq)
		return NULL;

	ret = mfraw_srq_init(srq, ibpd->context, &attr_ex);
	if (ret) {
		free(srq);
		errno = ret;
		return NULL;
	}
	attr->attr = attr_ex.attr;
	return &srq->vsrq.srq;
}

int mfraw_modify_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr,
		     int attr_mask)
{
	struct ibv_modify_srq cmd;

	return ibv_cmd_modify_srq(ibsrq, attr, attr_mask, &cmd, sizeof(cmd));
}

int mfraw_query_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr)
{
	struct ibv_query_srq cmd;

	return ibv_cmd_query_srq(ibsrq, attr, &cmd, sizeof(cmd));
}

int mfraw_get_srq_num(struct ibv_srq *ibsrq, uint32_t *srq_num)
{
	*srq_num = to_msrq(ibsrq)->srqn;
	return 0;
}

/*
 * The kernel refuses as long as QPs use the SRQ, so completions that name a
 * slot of it are gone. Completions of an XRC SRQ name the SRQ itself, and may
 * still be in its CQ.
 */
int mfraw_destroy_srq(struct ibv_srq *ibsrq)
{
	struct mfraw_srq *srq = to_msrq(ibsrq);
	int ret;

	ret = ibv_cmd_destroy_srq(ibsrq);
	if (ret)
		return ret;

	if (srq->qp)
		mfraw_qp_table_del(&to_mctx(ibsrq->context)->qp_table, srq->qp);
	free(srq->qp);
	mfraw_srq_free(srq);
	free(srq);
	return 0;
}
