/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory windows, and invalidation of rkeys.
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
 * @ibmw: the core's MW; its rkey is the first one, not the current one
 * @lock: protects all members below; innermost lock, bottom halves disabled
 * @rkey: current key
 * @mr: region that the window is bound to and holds; NULL if unbound
 * @qp: QP that bound the window; NULL for type 1 or if unbound
 * @addr: first address in @mr
 * @base: address by which the peer names @addr
 * @length: bytes of the window
 * @access: IB_ACCESS_REMOTE_*
 */
struct mfraw_mw {
	struct ib_mw		ibmw;
	seqlock_t		lock;		/* all members below */
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

/*
 * Find a window of a PD by the slot of an rkey. The caller compares the rkey.
 * Reader of the device.
 */
static inline struct mfraw_mw *mfraw_mw_find(const struct mfraw_qp *qp,
					     const struct ib_pd *pd, u32 rkey)
{
	struct mfraw_mw *mw;

	if (!(rkey & MFRAW_RKEY_MW))
		return NULL;
	mw = xa_load(&qp->dev->rdev.mws,
		     (rkey ^ MFRAW_RKEY_MW) >> MFRAW_KEY_SHIFT);

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
