// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Protection: protection domains, and memory regions in them.
 *
 * A region's pages are pinned and kept as an array, so an address is found in
 * constant time. The data path looks regions up by lkey under RCU; who
 * deregisters one waits for a grace period before the pages go.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <rdma/ib_umem.h>

#include "roce.h"

/* Huge pages are taken where there are, asked for or not. */
#define MFRAW_MR_ACCESS		(IB_ACCESS_LOCAL_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_ATOMIC | \
				 IB_ACCESS_MW_BIND | IB_ACCESS_HUGETLB | \
				 IB_ACCESS_OPTIONAL)

static int mfraw_alloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	if (udata && udata->inlen &&
	    !ib_is_udata_cleared(udata, 0, udata->inlen))
		return -EOPNOTSUPP;

	return 0;
}

static int mfraw_dealloc_pd(struct ib_pd *ibpd, struct ib_udata *udata)
{
	return 0;
}

static int mfraw_mr_pages(struct mfraw_mr *mr)
{
	struct sg_page_iter iter;
	size_t i = 0;

	mr->pages = kvmalloc_array(ib_umem_num_pages(mr->umem),
				   sizeof(*mr->pages), GFP_KERNEL_ACCOUNT);
	if (!mr->pages)
		return -ENOMEM;

	for_each_sgtable_page(&mr->umem->sgt_append.sgt, &iter, 0)
		mr->pages[i++] = sg_page_iter_page(&iter);

	return 0;
}

static int mfraw_mr_check_access(struct ib_device *ibdev, int access)
{
	if (access & ~MFRAW_MR_ACCESS)
		return -EOPNOTSUPP;
	/* No windows, no right to bind them. */
	if (access & IB_ACCESS_MW_BIND && !to_mfraw_dev(ibdev)->roce)
		return -EOPNOTSUPP;

	return 0;
}

/**
 * mfraw_mr_insert - give a region its keys
 * @mr: otherwise complete
 * @ibpd: whose it is
 * @valid: from the end of this on the data path finds it
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfraw_mr_insert(struct mfraw_mr *mr, struct ib_pd *ibpd, bool valid)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibpd->device);
	static atomic_t key = ATOMIC_INIT(0);
	u32 slot;
	int err;

	/* The data path compares it as soon as the region is in the table. */
	mr->ibmr.pd = ibpd;

	err = xa_alloc_cyclic(&dev->mrs, &slot, NULL,
			      XA_LIMIT(1, MFRAW_MAX_MR), &dev->mr_next,
			      GFP_KERNEL);
	if (err < 0)
		return err;

	mr->ibmr.lkey = slot << MFRAW_KEY_SHIFT | (u8)atomic_inc_return(&key);
	mr->ibmr.rkey = mr->ibmr.lkey;
	mr->key = valid ? mr->ibmr.lkey : 0;
	/* The slot is reserved, so this needs no memory. */
	xa_store(&dev->mrs, slot, mr, GFP_KERNEL);

	return 0;
}

/* The region has its pages. */
static int mfraw_mr_add(struct mfraw_mr *mr, struct ib_pd *ibpd, u64 length,
			u64 virt_addr, int access)
{
	u64 last;

	/* The core does not look: addresses in a region never wrap. */
	if (!length || check_add_overflow(virt_addr, length - 1, &last))
		return -EINVAL;

	mr->iova = virt_addr;
	mr->length = length;
	mr->access = access;
	mr->ibmr.iova = virt_addr;
	mr->ibmr.length = length;

	return mfraw_mr_insert(mr, ibpd, true);
}

static void mfraw_mr_free(struct mfraw_mr *mr)
{
	kvfree(mr->pages);
	kvfree(mr->fast.pages);
	if (mr->dmabuf)
		mfraw_dmabuf_put(mr);
	else
		ib_umem_release(mr->umem);
	kfree(mr);
}

static struct ib_mr *mfraw_reg_user_mr(struct ib_pd *ibpd, u64 start,
				       u64 length, u64 virt_addr, int access,
				       struct ib_udata *udata)
{
	struct mfraw_mr *mr;
	int err;

	if (udata->inlen && !ib_is_udata_cleared(udata, 0, udata->inlen))
		return ERR_PTR(-EOPNOTSUPP);
	err = mfraw_mr_check_access(ibpd->device, access);
	if (err)
		return ERR_PTR(err);

	mr = kzalloc(sizeof(*mr), GFP_KERNEL_ACCOUNT);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->umem = ib_umem_get(ibpd->device, start, length, access);
	if (IS_ERR(mr->umem)) {
		err = PTR_ERR(mr->umem);
		kfree(mr);
		return ERR_PTR(err);
	}

	err = mfraw_mr_pages(mr);
	if (!err)
		err = mfraw_mr_add(mr, ibpd, length, virt_addr, access);
	if (err) {
		mfraw_mr_free(mr);
		return ERR_PTR(err);
	}

	return &mr->ibmr;
}

static struct ib_mr *mfraw_reg_user_mr_dmabuf(struct ib_pd *ibpd, u64 offset,
					      u64 length, u64 virt_addr, int fd,
					      int access,
					      struct uverbs_attr_bundle *attrs)
{
	struct ib_udata *udata = &attrs->driver_udata;
	struct mfraw_mr *mr;
	int err;

	if (udata->inlen && !ib_is_udata_cleared(udata, 0, udata->inlen))
		return ERR_PTR(-EOPNOTSUPP);
	err = mfraw_mr_check_access(ibpd->device, access);
	if (err)
		return ERR_PTR(err);

	mr = kzalloc(sizeof(*mr), GFP_KERNEL_ACCOUNT);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	err = mfraw_dmabuf_get(mr, fd, offset, length, access);
	if (err) {
		kfree(mr);
		return ERR_PTR(err);
	}

	err = mfraw_mr_add(mr, ibpd, length, virt_addr, access);
	if (err) {
		mfraw_mr_free(mr);
		return ERR_PTR(err);
	}

	return &mr->ibmr;
}

/*
 * From now on no window can be bound to it; fails if one is. Closing what is
 * closed is fine.
 */
static bool mfraw_mr_close(struct mfraw_mr *mr)
{
	return atomic_cmpxchg(&mr->windows, 0, -1) <= 0;
}

/* Are the pages good for @access? */
static bool mfraw_mr_pinned_for(const struct mfraw_mr *mr, int access)
{
	if (!ib_access_writable(access))
		return true;

	return mr->dmabuf ? mfraw_dmabuf_writable(mr->dmabuf) :
			    mr->umem->writable;
}

/*
 * Other memory is another region, with a key of its own; the core then removes
 * the old one. What changes the rights only, changes the region. No window is
 * bound to it meanwhile.
 */
static struct ib_mr *mfraw_mr_rereg(struct ib_mr *ibmr, int flags, u64 start,
				    u64 length, u64 virt_addr, int access,
				    struct ib_pd *ibpd, struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmr->device);
	u32 slot = ibmr->lkey >> MFRAW_KEY_SHIFT;
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);
	int err;

	if (!(flags & IB_MR_REREG_ACCESS))
		access = mr->access;
	err = mfraw_mr_check_access(ibmr->device, access);
	if (err)
		return ERR_PTR(err);

	if (flags & IB_MR_REREG_TRANS)
		return mfraw_reg_user_mr(ibpd, start, length, virt_addr, access,
					 udata);

	if (!mfraw_mr_pinned_for(mr, access)) {
		if (mr->dmabuf)
			return ERR_PTR(-EACCES);
		/* Its addresses mean nothing in another process. */
		if (mr->umem->owning_mm != current->mm)
			return ERR_PTR(-EPERM);
		return mfraw_reg_user_mr(ibpd, mr->umem->address,
					 mr->umem->length, mr->iova, access,
					 udata);
	}

	/* Out of sight, so that nobody sees one of the two changes only. */
	xa_store(&dev->mrs, slot, NULL, GFP_KERNEL);
	synchronize_rcu_expedited();
	WRITE_ONCE(mr->access, access);
	mr->ibmr.pd = ibpd;
	xa_store(&dev->mrs, slot, mr, GFP_KERNEL);

	return NULL;
}

static struct ib_mr *mfraw_rereg_user_mr(struct ib_mr *ibmr, int flags,
					 u64 start, u64 length, u64 virt_addr,
					 int access, struct ib_pd *ibpd,
					 struct ib_udata *udata)
{
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);
	struct ib_mr *new;

	if (udata->inlen && !ib_is_udata_cleared(udata, 0, udata->inlen))
		return ERR_PTR(-EOPNOTSUPP);
	if (!mfraw_mr_close(mr))
		return ERR_PTR(-EBUSY);

	new = mfraw_mr_rereg(ibmr, flags, start, length, virt_addr, access,
			     ibpd, udata);
	/* Else it stays closed, since the core will deregister it. */
	if (IS_ERR_OR_NULL(new))
		atomic_set_release(&mr->windows, 0);

	return new;
}

static int mfraw_dereg_mr(struct ib_mr *ibmr, struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmr->device);
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);

	if (!mfraw_mr_close(mr))
		return -EBUSY;

	xa_erase(&dev->mrs, ibmr->lkey >> MFRAW_KEY_SHIFT);
	/*
	 * When ibv_dereg_mr() returns nothing may touch the memory any more,
	 * and programs deregister in loops: wait, but not long.
	 */
	synchronize_rcu_expedited();
	mfraw_mr_free(mr);

	return 0;
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
 * Context: RCU read section, in which the region is valid.
 * Return: the region, or NULL.
 */
struct mfraw_mr *mfraw_mr_find(struct mfraw_dev *dev, u32 key)
{
	return xa_load(&dev->mrs, key >> MFRAW_KEY_SHIFT);
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
 * Context: RCU read section, in which @view stays valid.
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

const struct ib_device_ops mfraw_mr_ops = {
	.alloc_pd = mfraw_alloc_pd,
	.dealloc_pd = mfraw_dealloc_pd,
	.dereg_mr = mfraw_dereg_mr,
	.reg_user_mr = mfraw_reg_user_mr,
	.reg_user_mr_dmabuf = mfraw_reg_user_mr_dmabuf,
	.rereg_user_mr = mfraw_rereg_user_mr,

	INIT_RDMA_OBJ_SIZE(ib_pd, mfraw_pd, ibpd),
};
