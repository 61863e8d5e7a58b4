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

#include "mfraw.h"

/*
 * An lkey is the slot in the table and a byte that changes each time, so that
 * a stale one is not taken for its successor. Slot 0 stays empty: a zeroed
 * work request must not match.
 */
#define MFRAW_LKEY_SHIFT	8

/* Huge pages are taken where there are, asked for or not. */
#define MFRAW_MR_ACCESS		(IB_ACCESS_LOCAL_WRITE | IB_ACCESS_HUGETLB | \
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

static int mfraw_mr_check_access(int access)
{
	/* No remote operation exists on a raw packet queue. */
	return access & ~(MFRAW_MR_ACCESS | IB_ACCESS_REMOTE_READ |
			  IB_ACCESS_REMOTE_WRITE | IB_ACCESS_REMOTE_ATOMIC) ?
	       -EOPNOTSUPP : 0;
}

/* The region has its pages; from the end of this on the data path finds it. */
static int mfraw_mr_add(struct mfraw_mr *mr, struct ib_pd *ibpd, u64 length,
			u64 virt_addr, int access)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibpd->device);
	static atomic_t key = ATOMIC_INIT(0);
	u64 last;
	u32 slot;
	int err;

	/* The core does not look: addresses in a region never wrap. */
	if (!length || check_add_overflow(virt_addr, length - 1, &last))
		return -EINVAL;

	mr->iova = virt_addr;
	mr->length = length;
	mr->access = access;
	mr->ibmr.iova = virt_addr;
	mr->ibmr.length = length;
	/* The data path compares it as soon as the region is in the table. */
	mr->ibmr.pd = ibpd;

	err = xa_alloc_cyclic(&dev->mrs, &slot, NULL,
			      XA_LIMIT(1, MFRAW_MAX_MR), &dev->mr_next,
			      GFP_KERNEL);
	if (err < 0)
		return err;

	mr->ibmr.lkey = slot << MFRAW_LKEY_SHIFT | (u8)atomic_inc_return(&key);
	mr->ibmr.rkey = mr->ibmr.lkey;
	/* The slot is reserved, so this needs no memory. */
	xa_store(&dev->mrs, slot, mr, GFP_KERNEL);

	return 0;
}

static void mfraw_mr_free(struct mfraw_mr *mr)
{
	kvfree(mr->pages);
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
	err = mfraw_mr_check_access(access);
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
	err = mfraw_mr_check_access(access);
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
 * the old one. What changes the rights only, changes the region.
 */
static struct ib_mr *mfraw_rereg_user_mr(struct ib_mr *ibmr, int flags,
					 u64 start, u64 length, u64 virt_addr,
					 int access, struct ib_pd *ibpd,
					 struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmr->device);
	u32 slot = ibmr->lkey >> MFRAW_LKEY_SHIFT;
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);
	int err;

	if (udata->inlen && !ib_is_udata_cleared(udata, 0, udata->inlen))
		return ERR_PTR(-EOPNOTSUPP);
	if (!(flags & IB_MR_REREG_ACCESS))
		access = mr->access;
	err = mfraw_mr_check_access(access);
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

static int mfraw_dereg_mr(struct ib_mr *ibmr, struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmr->device);
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);

	xa_erase(&dev->mrs, ibmr->lkey >> MFRAW_LKEY_SHIFT);
	/*
	 * When ibv_dereg_mr() returns nothing may touch the memory any more,
	 * and programs deregister in loops: wait, but not long.
	 */
	synchronize_rcu_expedited();
	mfraw_mr_free(mr);

	return 0;
}

/**
 * mfraw_mr_find - the region that an lkey names
 * @pd: of a queue pair
 * @lkey: which may be stale or made up
 *
 * Context: RCU read section, in which the region stays.
 * Return: NULL if there is none.
 */
struct mfraw_mr *mfraw_mr_find(struct ib_pd *pd, u32 lkey)
{
	struct mfraw_mr *mr;

	mr = xa_load(&to_mfraw_dev(pd->device)->mrs, lkey >> MFRAW_LKEY_SHIFT);

	return mr && mr->ibmr.lkey == lkey ? mr : NULL;
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
