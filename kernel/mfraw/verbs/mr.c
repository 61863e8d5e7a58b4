// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory regions.
 *
 * The pages of a region are pinned and kept in an array, so the data path finds
 * an address in constant time. The data path looks regions up by key;
 * deregistration waits for the readers of the device before it frees the pages.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <rdma/ib_umem.h>

#include "refuse.h"
#include "verbs/dmabuf.h"
#include "verbs/mr.h"

/* Huge pages need no special care, so IB_ACCESS_HUGETLB is ignored. */
#define MFRAW_MR_ACCESS		(IB_ACCESS_LOCAL_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_ATOMIC | \
				 IB_ACCESS_MW_BIND | IB_ACCESS_HUGETLB | \
				 IB_ACCESS_OPTIONAL)

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
	int known = MFRAW_MR_ACCESS;

	/* Memory windows exist with RoCE only. */
	if (!to_mfraw_dev(ibdev)->roce)
		known &= ~IB_ACCESS_MW_BIND;

	return mfraw_check_flags(ibdev, "MR", "access", access, known);
}

/**
 * mfraw_mr_insert - assign a region's keys and insert it into the table
 * @mr: the region, otherwise complete
 * @ibpd: PD of the region
 * @valid: the data path may use the region when the function returns
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfraw_mr_insert(struct mfraw_mr *mr, struct ib_pd *ibpd, bool valid)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibpd->device);
	u32 slot;
	int err;

	/* The data path reads the PD as soon as the region is in the table. */
	mr->ibmr.pd = ibpd;

	err = xa_alloc_cyclic(&dev->mrs, &slot, NULL,
			      XA_LIMIT(1, MFRAW_MAX_MR), &dev->mr_next,
			      GFP_KERNEL);
	if (err == -EBUSY)
		return mfraw_refuse(ibpd->device, -ENOMEM,
				    "MR: there are %lu", MFRAW_MAX_MR);
	if (err < 0)
		return err;

	mr->ibmr.lkey = slot << MFRAW_KEY_SHIFT | get_random_u8();
	mr->ibmr.rkey = mr->ibmr.lkey;
	mr->key = valid ? mr->ibmr.lkey : 0;
	/* The slot is reserved, so this store cannot fail. */
	xa_store(&dev->mrs, slot, mr, GFP_KERNEL);

	return 0;
}

static_assert((MFRAW_MAX_MR_SIZE / PAGE_SIZE + 1) * sizeof(struct page *) <=
	      INT_MAX);

/* The core does not check the range. Check it before pages are pinned. */
static int mfraw_mr_check_range(struct ib_device *ibdev, u64 length,
				u64 virt_addr)
{
	u64 last;

	if (length > MFRAW_MAX_MR_SIZE)
		return mfraw_refuse(ibdev, -EINVAL,
				    "MR: bytes %llu, %llu at most", length,
				    MFRAW_MAX_MR_SIZE);
	/* The data path relies on ranges that do not wrap. */
	if (!length || check_add_overflow(virt_addr, length - 1, &last))
		return mfraw_refuse(ibdev, -EINVAL,
				    "MR: bytes %llu from %#llx on, no range",
				    length, virt_addr);

	return 0;
}

/* Complete a region that has its memory. */
static int mfraw_mr_add(struct mfraw_mr *mr, struct ib_pd *ibpd, u64 length,
			u64 virt_addr, int access)
{
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
				       struct ib_dmah *dmah,
				       struct ib_udata *udata)
{
	struct mfraw_mr *mr;
	int err;

	if (dmah)
		return ERR_PTR(mfraw_refuse(ibpd->device, -EOPNOTSUPP,
					    "MR: a DMA handle, there are none"));
	err = mfraw_check_empty(ibpd->device, "MR", udata) ?:
	      mfraw_mr_check_access(ibpd->device, access) ?:
	      mfraw_mr_check_range(ibpd->device, length, virt_addr);
	if (err)
		return ERR_PTR(err);

	mr = kzalloc_obj(*mr, GFP_KERNEL_ACCOUNT);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->umem = ib_umem_get_va(ibpd->device, start, length, access);
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

MF_DEFINE_REG_USER_MR(mfraw_reg_user_mr)

static struct ib_mr *mfraw_reg_user_mr_dmabuf(struct ib_pd *ibpd, u64 offset,
					      u64 length, u64 virt_addr, int fd,
					      int access, struct ib_dmah *dmah,
					      struct uverbs_attr_bundle *attrs)
{
	struct ib_udata *udata = &attrs->driver_udata;
	struct mfraw_mr *mr;
	int err;

	if (dmah)
		return ERR_PTR(mfraw_refuse(ibpd->device, -EOPNOTSUPP,
					    "MR: a DMA handle, there are none"));
	err = mfraw_check_empty(ibpd->device, "MR", udata) ?:
	      mfraw_mr_check_access(ibpd->device, access) ?:
	      mfraw_mr_check_range(ibpd->device, length, virt_addr);
	if (err)
		return ERR_PTR(err);

	mr = kzalloc_obj(*mr, GFP_KERNEL_ACCOUNT);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->ibmr.device = ibpd->device;
	err = mfraw_dmabuf_get(mr, fd, offset, length, virt_addr, access);
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

MF_DEFINE_REG_USER_MR_DMABUF(mfraw_reg_user_mr_dmabuf)

/*
 * Forbid binding windows to a region. Return false if a window is bound to it.
 * A region may be closed again.
 */
static bool mfraw_mr_close(struct mfraw_mr *mr)
{
	return atomic_cmpxchg(&mr->windows, 0, -1) <= 0;
}

/*
 * A region has left the table: wait until no reader uses it. Copies of it that
 * queues keep are no longer used either.
 */
static void mfraw_mr_changed(struct mfraw_dev *dev)
{
	/* Ordered behind the table, see mfraw_mr_window_check(). */
	atomic64_inc_return(&dev->mr_gen);
	mfraw_wait_readers(dev);
}

/* Return true if the memory was pinned with all rights that @access needs. */
static bool mfraw_mr_pinned_for(const struct mfraw_mr *mr, int access)
{
	if (!ib_access_writable(access))
		return true;

	return mr->dmabuf ? mfraw_dmabuf_writable(mr->dmabuf) :
			    mr->umem->writable;
}

/*
 * Change a closed region. A change of the memory returns a new region with a
 * new key, and the core deregisters the old one. A change of rights or PD only
 * is done in place and returns NULL, unless the pages must be pinned anew.
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
					 NULL, udata);

	if (!mfraw_mr_pinned_for(mr, access)) {
		if (mr->dmabuf)
			return ERR_PTR(mfraw_refuse(ibmr->device, -EACCES,
						    "MR %#x: access %#x, not of this dma-buf",
						    ibmr->lkey, access));
		/* The addresses are valid in the owner's mm only. */
		if (mr->umem->owning_mm != current->mm)
			return ERR_PTR(mfraw_refuse(ibmr->device, -EPERM,
						    "MR %#x: memory of another process",
						    ibmr->lkey));
		return mfraw_reg_user_mr(ibpd, mr->umem->address,
					 mr->umem->length, mr->iova, access,
					 NULL, udata);
	}

	/* Hide the region, so that no reader sees only one of the changes. */
	xa_store(&dev->mrs, slot, NULL, GFP_KERNEL);
	mfraw_mr_changed(dev);
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
	int err;

	err = mfraw_check_empty(ibmr->device, "MR", udata);
	if (err)
		return ERR_PTR(err);
	if (!mfraw_mr_close(mr))
		return ERR_PTR(mfraw_refuse(ibmr->device, -EBUSY,
					    "MR %#x: windows are bound to it",
					    ibmr->lkey));

	new = mfraw_mr_rereg(ibmr, flags, start, length, virt_addr, access,
			     ibpd, udata);
	/* A replaced region stays closed until the core deregisters it. */
	if (IS_ERR_OR_NULL(new))
		atomic_set_release(&mr->windows, 0);

	return new;
}

static int mfraw_dereg_mr(struct ib_mr *ibmr, struct ib_udata *udata)
{
	struct mfraw_dev *dev = to_mfraw_dev(ibmr->device);
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);

	if (!mfraw_mr_close(mr))
		return mfraw_refuse(ibmr->device, -EBUSY,
				    "MR %#x: windows are bound to it",
				    ibmr->lkey);

	xa_erase(&dev->mrs, ibmr->lkey >> MFRAW_KEY_SHIFT);
	/*
	 * No reader may access the memory when ibv_dereg_mr() returns. The
	 * expedited wait is short, since programs deregister in loops.
	 */
	mfraw_mr_changed(dev);
	mfraw_mr_free(mr);

	return 0;
}

const struct ib_device_ops mfraw_mr_ops = {
	.dereg_mr = mfraw_dereg_mr,
	.reg_user_mr = MF_REG_USER_MR(mfraw_reg_user_mr),
	.reg_user_mr_dmabuf = MF_REG_USER_MR_DMABUF(mfraw_reg_user_mr_dmabuf),
	.rereg_user_mr = mfraw_rereg_user_mr,
};
