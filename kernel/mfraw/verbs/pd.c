// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Protection domains. Only the identity of a PD matters: other objects compare
 * the pointer.
 */
#include "refuse.h"
#include "verbs/pd.h"

static int mfraw_alloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	return mfraw_check_empty(ibpd->device, "PD", udata);
}

static int mfraw_dealloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	return 0;
}

const struct ib_device_ops mfraw_pd_ops = {
	.alloc_pd = mfraw_alloc_pd,
	.dealloc_pd = mfraw_dealloc_pd,

	INIT_RDMA_OBJ_SIZE(ib_pd, mfraw_pd, ibpd),
};
