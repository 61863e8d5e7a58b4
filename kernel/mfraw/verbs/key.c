// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What a key names: regions and windows, as the data path finds and checks them.
 * mr.c, kern/kmr.c and mw.c make them.
 */
#include "verbs/key.h"
#include "verbs/mr.h"
#include "verbs/mw.h"

/**
 * mfraw_kmr_covers - is there memory behind the addresses of a region?
 * @mr: of a kernel's user, with @addr and @length in its range
 * @addr: first byte
 * @length: bytes, not 0
 *
 * noinline: mfraw_mr_holds() stays small enough to be inlined itself.
 *
 * Context: any.
 */
noinline bool mfraw_kmr_covers(const struct mfraw_mr *mr, u64 addr, u64 length)
{
	if (mr->fast.pages || mr->vaddr)
		return true;

	return virt_addr_valid(ib_virt_dma_to_ptr(addr)) &&
	       virt_addr_valid(ib_virt_dma_to_ptr(addr + length - 1));
}

/**
 * mfraw_mr_holds - are all of these bytes in the region?
 * @mr: the region
 * @addr: of the first
 * @length: how many
 */
bool mfraw_mr_holds(const struct mfraw_mr *mr, u64 addr, u64 length)
{
	return addr >= mr->iova && length <= mr->length &&
	       addr - mr->iova <= mr->length - length &&
	       (likely(mr->pages) || mfraw_kmr_covers(mr, addr, length));
}

/**
 * mfraw_mr_find - the region that may have a key
 * @dev: the device
 * @key: lkey or rkey, from user space or the peer; the caller compares all of
 *	it with the one it means
 *
 * Context: reader of the device, as long as the region is used.
 * Return: the region, or NULL.
 */
struct mfraw_mr *mfraw_mr_find(struct mfraw_dev *dev, u32 key)
{
	return xa_load(&dev->mrs, key >> MFRAW_KEY_SHIFT);
}

/**
 * mfraw_mw_get - mfraw_rkey_get_pd() for windows
 * @view: its address is that in the region
 * @qp: whose peer asks
 * @pd: of the window
 * @rkey: has MFRAW_RKEY_MW
 * @addr: as the peer names it
 * @length: bytes, not 0
 * @access: IB_ACCESS_REMOTE_*
 *
 * Context: reader of the device.
 * Return: whether the window is good for that.
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
 * mfraw_rkey_get_pd - check what the peer wants to access
 * @view: where that is
 * @qp: whose peer it is
 * @pd: of the memory that it may access
 * @rkey: of a region or a bound window
 * @addr: as the peer names it
 * @length: bytes; if 0, the key doesn't matter, and there is no region
 * @access: IB_ACCESS_REMOTE_*
 *
 * Context: reader of the device, as long as @view is used.
 * Return: whether key, PD or queue pair, range and access are good.
 */
bool mfraw_rkey_get_pd(struct mfraw_sge_view *view, const struct mfraw_qp *qp,
		       const struct ib_pd *pd, u32 rkey, u64 addr, u32 length,
		       int access)
{
	struct mfraw_mr *mr;

	view->mr = NULL;
	view->addr = addr;
	view->length = length;
	if (!length)
		return true;
	/* XRC: the queue is gone. A region has none yet while it is made. */
	if (unlikely(!pd))
		return false;
	if (rkey & MFRAW_RKEY_MW)
		return mfraw_mw_get(view, qp, pd, rkey, addr, length, access);

	mr = mfraw_mr_find(qp->dev, rkey);
	if (!mr || READ_ONCE(mr->key) != rkey)
		return false;

	view->mr = mr;
	return mr->ibmr.pd == pd &&
	       (mr->access & access) == access &&
	       mfraw_mr_holds(mr, addr, length);
}
