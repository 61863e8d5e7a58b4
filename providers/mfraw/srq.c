// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Shared receive queues.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <ccan/minmax.h>

#include "ring.h"

/* All slots are free, in order. */
static int mfraw_init_slots(struct mfraw_srq *srq, uint32_t size)
{
	uint32_t i;

	if (!size)
		return EINVAL;
	srq->wrid = calloc(size, sizeof(*srq->wrid));
	srq->next = calloc(size, sizeof(*srq->next));
	if (!srq->wrid || !srq->next)
		return ENOMEM;

	for (i = 0; i < size - 1; i++)
		srq->next[i] = i + 1;
	srq->next[i] = MFRAW_SRQ_NO_SLOT;
	srq->avail = 0;
	srq->size = size;
	atomic_init(&srq->freed, MFRAW_SRQ_NO_SLOT);
	return 0;
}

/* Create what @srq, zeroed, is to be. */
int mfraw_init_srq(struct mfraw_srq *srq, struct ibv_context *ibctx,
		   struct ibv_srq_init_attr_ex *attr)
{
	struct mfraw_create_srq_cmd_resp resp = {};
	struct mfraw_create_srq_cmd cmd = {};
	struct mfraw_pd *pd = to_mpd(attr->pd);
	int ret;

	ret = mfraw_lock_init(&srq->lock, !pd->td);
	if (ret)
		return ret;

	ret = ibv_cmd_create_srq_ex(ibctx, &srq->vsrq, attr, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp));
	if (ret)
		goto err_lock;
	srq->vsrq.srq.pd = attr->pd;
	srq->vsrq.srq.srq_context = attr->srq_context;

	srq->map_size = resp.mmap_size;
	srq->map = mmap(NULL, srq->map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			ibctx->cmd_fd, resp.mmap_key);
	if (srq->map == MAP_FAILED) {
		ret = errno;
		goto err_destroy;
	}
	srq->db = srq->map + resp.db_off;
	srq->ring = srq->map + resp.rq_off;
	srq->mask = resp.rq_entries - 1;
	srq->shift = resp.rq_shift;
	srq->srqn = resp.srqn;
	srq->max_sge = attr->attr.max_sge;
	ret = mfraw_init_slots(srq, min_t(uint32_t, resp.rq_entries,
					  attr->attr.max_wr));
	if (ret)
		goto err_slots;

	if (pd->parent)
		atomic_fetch_add(&pd->refcount, 1);
	return 0;

err_slots:
	free(srq->next);
	free(srq->wrid);
	munmap(srq->map, srq->map_size);
err_destroy:
	ibv_cmd_destroy_srq(&srq->vsrq.srq);
err_lock:
	mfraw_lock_destroy(&srq->lock);
	return ret;
}

/* The kernel has let go of it. */
void mfraw_fini_srq(struct mfraw_srq *srq)
{
	struct mfraw_pd *pd = to_mpd(srq->vsrq.srq.pd);

	if (pd->parent)
		atomic_fetch_sub(&pd->refcount, 1);
	munmap(srq->map, srq->map_size);
	mfraw_lock_destroy(&srq->lock);
	free(srq->next);
	free(srq->wrid);
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

	ret = mfraw_init_srq(srq, ibpd->context, &attr_ex);
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
 * The kernel refuses while it has QPs, so no completion names it any more. That
 * of XRC has none, but completions of its own.
 */
int mfraw_destroy_srq(struct ibv_srq *ibsrq)
{
	struct mfraw_srq *srq = to_msrq(ibsrq);
	int ret;

	ret = ibv_cmd_destroy_srq(ibsrq);
	if (ret)
		return ret;

	if (srq->qp)
		mfraw_clear_qp(to_mctx(ibsrq->context), srq->qp);
	free(srq->qp);
	mfraw_fini_srq(srq);
	free(srq);
	return 0;
}
