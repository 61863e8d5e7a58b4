// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Checks of rkeys on the data path. The keys belong to the regions of mr.c and
 * kern/kmr.c and to the windows of mw.c.
 */
#include "verbs/key.h"
#include "verbs/mr.h"
#include "verbs/mw.h"

/**
 * mfraw_mw_get - mfraw_rkey_get_pd() for windows
 * @view: result, with the address in the region
 * @qp: QP whose peer requests access
 * @pd: PD that the window must have
 * @rkey: key with MFRAW_RKEY_MW set
 * @addr: first address, as the peer names it
 * @length: bytes, not 0
 * @access: IB_ACCESS_REMOTE_*
 *
 * Context: reader of the device.
 * Return: true if the window allows the access.
 */
bool mfraw_mw_get(struct mfraw_sge_view *view, const struct mfraw_qp *qp,
		  const struct ib_pd *pd, u32 rkey, u64 addr, u32 length,
		  int access)
{
	struct mfraw_mw *mw = mfraw_mw_find(qp, pd, rkey);
	unsigned int seq;
	bool ok;

	if (!mw)
		return false;

	view->length = length;
	do {
		seq = read_seqbegin(&mw->lock);
		view->mr = mw->mr;
		view->addr = addr - mw->base + mw->addr;
		ok = mw->mr && mw->rkey == rkey &&
		     (mw->ibmw.type == IB_MW_TYPE_1 || mw->qp == qp) &&
		     (mw->access & access) == access &&
		     addr >= mw->base && length <= mw->length &&
		     addr - mw->base <= mw->length - length;
	} while (read_seqretry(&mw->lock, seq));

	return ok;
}

/**
 * mfraw_rkey_get_last - check an access of the peer to memory
 * @view: result
 * @qp: QP whose peer requests access
 * @pd: PD that the memory must have
 * @rkey: key of a region or of a bound window
 * @addr: first address, as the peer names it
 * @length: bytes; if 0, any key is valid, and @view has no region
 * @access: IB_ACCESS_REMOTE_*
 * @last: cache of the region found last in this read section, NULL at its start
 *
 * Context: reader of the device, as long as @view is used.
 * Return: true if key, PD or QP, range and access are valid.
 */
bool mfraw_rkey_get_last(struct mfraw_sge_view *view, const struct mfraw_qp *qp,
			 const struct ib_pd *pd, u32 rkey, u64 addr, u32 length,
			 int access, struct mfraw_mr **last)
{
	struct mfraw_mr *mr = *last;

	view->mr = NULL;
	view->addr = addr;
	view->length = length;
	if (!length)
		return true;
	/* The SRQ that an XRC request names is gone. */
	if (unlikely(!pd))
		return false;
	if (rkey & MFRAW_RKEY_MW)
		return mfraw_mw_get(view, qp, pd, rkey, addr, length, access);

	if (!mr || READ_ONCE(mr->key) != rkey) {
		mr = mfraw_mr_find(qp->dev, rkey);
		if (!mr || READ_ONCE(mr->key) != rkey)
			return false;
		/* See mfraw_sge_get(). */
		if (likely(!mr->fast.pages))
			*last = mr;
	}

	view->mr = mr;
	return mr->ibmr.pd == pd &&
	       (mr->access & access) == access &&
	       mfraw_mr_holds(mr, addr, length);
}
