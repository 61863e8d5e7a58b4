// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory regions of the kernel's users: all of memory, by its virtual addresses
 * (see ib_uses_virt_dma()), and regions that work requests register.
 *
 * The pages of the latter are written by ib_map_mr_sg() while the region is not
 * valid. Whoever found it before it was invalidated may still be at work with
 * its old range, so an index is looked at once more where it is used.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "mfraw.h"

#define MFRAW_KMR_ACCESS	(IB_ACCESS_LOCAL_WRITE | \
				 IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC | \
				 IB_ACCESS_OPTIONAL)
#define MFRAW_KMR_REMOTE	(IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC)

/**
 * mfraw_kmr_covers - is there memory behind the addresses of a region?
 * @mr: of a kernel's user, with @addr and @length in its range
 * @addr: first byte
 * @length: bytes, not 0
 *
 * Context: any.
 */
bool mfraw_kmr_covers(const struct mfraw_mr *mr, u64 addr, u64 length)
{
	if (mr->fast.pages)
		return true;

	return virt_addr_valid(ib_virt_dma_to_ptr(addr)) &&
	       virt_addr_valid(ib_virt_dma_to_ptr(addr + length - 1));
}

/**
 * mfraw_kmr_page - see mfraw_mr_page()
 * @mr: of a kernel's user
 * @addr: address
 *
 * Context: RCU read section in which @mr was found.
 */
struct page *mfraw_kmr_page(const struct mfraw_mr *mr, u64 addr)
{
	u64 i;

	if (!mr->fast.pages)
		return ib_virt_dma_to_page(addr);

	i = (addr >> PAGE_SHIFT) - (READ_ONCE(mr->iova) >> PAGE_SHIFT);
	if (unlikely(i >= READ_ONCE(mr->fast.nr)))
		i = 0;

	return READ_ONCE(mr->fast.pages[i]);
}

static struct mfraw_mr *mfraw_kmr_alloc(enum ib_mr_type type)
{
	struct mfraw_mr *mr = kzalloc(sizeof(*mr), GFP_KERNEL);

	if (mr)
		mr->ibmr.type = type;

	return mr;
}

static struct ib_mr *mfraw_get_dma_mr(struct ib_pd *ibpd, int access)
{
	struct mfraw_mr *mr;
	int err;

	/* Elsewhere an address is a device's, and says nothing to a CPU. */
	if (!ib_uses_virt_dma(ibpd->device) || access & ~MFRAW_KMR_ACCESS)
		return ERR_PTR(-EOPNOTSUPP);

	mr = mfraw_kmr_alloc(IB_MR_TYPE_DMA);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->length = U64_MAX;
	mr->access = access;
	err = mfraw_mr_insert(mr, ibpd, true);
	if (err) {
		kfree(mr);
		return ERR_PTR(err);
	}

	return &mr->ibmr;
}

static struct ib_mr *mfraw_alloc_mr(struct ib_pd *ibpd, enum ib_mr_type type,
				    u32 max_num_sg)
{
	struct mfraw_mr *mr;
	int err = -ENOMEM;

	if (type != IB_MR_TYPE_MEM_REG)
		return ERR_PTR(-EOPNOTSUPP);
	if (!max_num_sg || max_num_sg > MFRAW_MAX_FAST_REG)
		return ERR_PTR(-EINVAL);

	mr = mfraw_kmr_alloc(type);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->fast.max = max_num_sg;
	mr->fast.pages = kvcalloc(max_num_sg, sizeof(*mr->fast.pages),
				  GFP_KERNEL);
	if (mr->fast.pages)
		err = mfraw_mr_insert(mr, ibpd, false);
	if (err) {
		kvfree(mr->fast.pages);
		kfree(mr);
		return ERR_PTR(err);
	}

	return &mr->ibmr;
}

static int mfraw_kmr_set_page(struct ib_mr *ibmr, u64 addr)
{
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);

	if (mr->fast.nr == mr->fast.max)
		return -ENOMEM;
	WRITE_ONCE(mr->fast.pages[mr->fast.nr], ib_virt_dma_to_page(addr));
	WRITE_ONCE(mr->fast.nr, mr->fast.nr + 1);

	return 0;
}

static int mfraw_map_mr_sg(struct ib_mr *ibmr, struct scatterlist *sg,
			   int sg_nents, unsigned int *sg_offset)
{
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);

	if (ibmr->page_size != PAGE_SIZE)
		return -EINVAL;

	WRITE_ONCE(mr->fast.nr, 0);

	return ib_sg_to_pages(ibmr, sg, sg_nents, sg_offset,
			      mfraw_kmr_set_page);
}

/* A region that work requests may change; the low byte of @key is free. */
static struct mfraw_mr *mfraw_kmr_find(struct ib_pd *pd, u32 key)
{
	struct mfraw_mr *mr;

	mr = mfraw_mr_find(to_mfraw_dev(pd->device), key);

	return mr && mr->fast.pages && mr->ibmr.pd == pd ? mr : NULL;
}

/**
 * mfraw_kmr_reg - do a MFRAW_OP_REG_MR
 * @pd: of the queue pair
 * @seg: of the work request
 *
 * Context: RCU read section.
 * Return: &enum mfraw_cqe_status.
 */
u8 mfraw_kmr_reg(struct ib_pd *pd, const struct mfraw_roce_seg *seg)
{
	int access = le32_to_cpu(seg->bind.access);
	u32 key = le32_to_cpu(seg->bind.new_rkey);
	struct mfraw_mr *mr = mfraw_kmr_find(pd, key);
	u64 last;

	if (!mr || mr->key || !mr->ibmr.length ||
	    access & ~MFRAW_KMR_ACCESS ||
	    mr->ibmr.length > (u64)mr->fast.nr << PAGE_SHIFT ||
	    check_add_overflow(mr->ibmr.iova, mr->ibmr.length - 1, &last))
		return MFRAW_CQE_MW_BIND_ERR;

	WRITE_ONCE(mr->iova, mr->ibmr.iova);
	mr->length = mr->ibmr.length;
	mr->access = access;
	/* Who finds it by its key finds all of it. */
	smp_store_release(&mr->key, key);

	return MFRAW_CQE_SUCCESS;
}

/**
 * mfraw_kmr_invalidate - nobody finds a region any more
 * @pd: of the queue pair
 * @key: of the region
 * @remote: the peer asks for it
 *
 * Context: RCU read section.
 * Return: whether somebody could.
 */
bool mfraw_kmr_invalidate(struct ib_pd *pd, u32 key, bool remote)
{
	struct mfraw_mr *mr = mfraw_kmr_find(pd, key);

	/* What the peer has no right to, it can't take either. */
	return mr && !(remote && !(mr->access & MFRAW_KMR_REMOTE)) &&
	       cmpxchg(&mr->key, key, 0) == key;
}

const struct ib_device_ops mfraw_kmr_ops = {
	.alloc_mr = mfraw_alloc_mr,
	.get_dma_mr = mfraw_get_dma_mr,
	.map_mr_sg = mfraw_map_mr_sg,
};
