/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Lookup and checks of rkeys.
 */
#ifndef MFRAW_KEY_H
#define MFRAW_KEY_H

#include "verbs/qp.h"

struct mfraw_mr;
struct mfraw_sge_view;

bool mfraw_rkey_get_last(struct mfraw_sge_view *view, const struct mfraw_qp *qp,
			 const struct ib_pd *pd, u32 rkey, u64 addr, u32 length,
			 int access, struct mfraw_mr **last);

/* Check one access, without a cache. */
static inline bool mfraw_rkey_get_pd(struct mfraw_sge_view *view,
				     const struct mfraw_qp *qp,
				     const struct ib_pd *pd, u32 rkey,
				     u64 addr, u32 length, int access)
{
	struct mfraw_mr *last = NULL;

	return mfraw_rkey_get_last(view, qp, pd, rkey, addr, length, access,
				   &last);
}

/* Check an access with the PD of the current request. rq.q.lock held. */
static inline bool mfraw_rkey_get(struct mfraw_sge_view *view,
				  const struct mfraw_qp *qp, u32 rkey,
				  u64 addr, u32 length, int access)
{
	return mfraw_rkey_get_pd(view, qp, qp->rq.pd, rkey, addr, length,
				 access);
}

#endif /* MFRAW_KEY_H */
