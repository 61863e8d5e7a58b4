/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory windows, and keys that work requests give and take.
 */
#ifndef MFRAW_MW_H
#define MFRAW_MW_H

#include <linux/seqlock.h>

#include "verbs/qp.h"

struct mfraw_mr;
struct mfraw_sge_view;
struct mfraw_swqe;

/**
 * struct mfraw_mw - memory window
 * @ibmw: of the core; not its rkey, which is that of the beginning
 * @lock: protects all below, innermost; bottom halves disabled
 * @rkey: as it is now
 * @mr: that it is bound to, which stays as long; NULL: to none
 * @qp: that bound a window of type 2, else NULL
 * @addr: in @mr
 * @base: by which the peer names @addr
 * @length: bytes
 * @access: IB_ACCESS_REMOTE_*
 */
struct mfraw_mw {
	struct ib_mw		ibmw;
	seqlock_t		lock;		/* all below */
	u32			rkey;
	struct mfraw_mr		*mr;
	struct mfraw_qp		*qp;
	u64			addr;
	u64			base;
	u64			length;
	int			access;
};

static inline struct mfraw_mw *to_mfraw_mw(struct ib_mw *ibmw)
{
	return container_of(ibmw, struct mfraw_mw, ibmw);
}

/* The window that may have an rkey; NULL: there is none, or it is another PD's. */
static inline struct mfraw_mw *mfraw_mw_find(const struct mfraw_qp *qp,
					     const struct ib_pd *pd, u32 rkey)
{
	struct mfraw_mw *mw;

	if (!(rkey & MFRAW_RKEY_MW))
		return NULL;
	mw = xa_load(&qp->dev->mws, (rkey ^ MFRAW_RKEY_MW) >> MFRAW_KEY_SHIFT);

	return mw && mw->ibmw.pd == pd ? mw : NULL;
}

bool mfraw_mw_get(struct mfraw_sge_view *view, const struct mfraw_qp *qp,
		  const struct ib_pd *pd, u32 rkey, u64 addr, u32 length,
		  int access);
extern const struct ib_device_ops mfraw_mw_ops;
u8 mfraw_mw_bind(struct mfraw_qp *qp, const struct mfraw_swqe *wqe);
u8 mfraw_invalidate(struct mfraw_qp *qp, u32 rkey, bool remote);
bool mfraw_may_invalidate(struct mfraw_qp *qp, u32 rkey);
void mfraw_mw_leave_qp(struct mfraw_qp *qp);

#endif /* MFRAW_MW_H */
