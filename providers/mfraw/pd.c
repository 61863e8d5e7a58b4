// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Protection domains, thread domains, and parent domains, each of which joins a
 * protection domain and a thread domain.
 */
#include <errno.h>
#include <stdlib.h>

#include "pd.h"

struct ibv_pd *mfraw_alloc_pd(struct ibv_context *ibctx)
{
	struct ib_uverbs_alloc_pd_resp resp;
	struct ibv_alloc_pd cmd;
	struct mfraw_pd *pd;

	pd = calloc(1, sizeof(*pd));
	if (!pd)
		return NULL;

	if (ibv_cmd_alloc_pd(ibctx, &pd->ibv_pd, &cmd, sizeof(cmd), &resp,
			     sizeof(resp))) {
		free(pd);
		return NULL;
	}
	atomic_init(&pd->refcount, 1);
	return &pd->ibv_pd;
}

int mfraw_dealloc_pd(struct ibv_pd *ibpd)
{
	struct mfraw_pd *pd = to_mpd(ibpd);
	int ret;

	if (atomic_load(&pd->refcount) > 1)
		return EBUSY;

	if (pd->parent) {
		if (pd->td)
			atomic_fetch_sub(&pd->td->refcount, 1);
		atomic_fetch_sub(&pd->parent->refcount, 1);
	} else {
		ret = ibv_cmd_dealloc_pd(ibpd);
		if (ret)
			return ret;
	}
	free(pd);
	return 0;
}

struct ibv_td *mfraw_alloc_td(struct ibv_context *ibctx,
			      struct ibv_td_init_attr *attr)
{
	struct mfraw_td *td;

	if (attr->comp_mask) {
		errno = EOPNOTSUPP;
		return NULL;
	}

	td = calloc(1, sizeof(*td));
	if (!td)
		return NULL;
	td->ibv_td.context = ibctx;
	atomic_init(&td->refcount, 1);
	return &td->ibv_td;
}

int mfraw_dealloc_td(struct ibv_td *ibtd)
{
	struct mfraw_td *td = to_mtd(ibtd);

	if (atomic_load(&td->refcount) > 1)
		return EBUSY;
	free(td);
	return 0;
}

struct ibv_pd *
mfraw_alloc_parent_domain(struct ibv_context *ibctx,
			  struct ibv_parent_domain_init_attr *attr)
{
	struct mfraw_pd *pd, *parent;

	if (ibv_check_alloc_parent_domain(attr))
		return NULL;

	/* Allocators are of no use: the kernel allocates the queues. */
	if (attr->comp_mask) {
		errno = EOPNOTSUPP;
		return NULL;
	}

	pd = calloc(1, sizeof(*pd));
	if (!pd)
		return NULL;

	parent = to_mpd(attr->pd);
	ibv_initialize_parent_domain(&pd->ibv_pd, &parent->ibv_pd);
	atomic_init(&pd->refcount, 1);
	atomic_fetch_add(&parent->refcount, 1);
	pd->parent = parent;
	if (attr->td) {
		pd->td = to_mtd(attr->td);
		atomic_fetch_add(&pd->td->refcount, 1);
	}
	return &pd->ibv_pd;
}
