// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory regions of the kernel's users: all of memory, by its virtual addresses
 * (see ib_uses_virt_dma()), and regions that work requests register.
 *
 * The pages of the latter are written by ib_map_mr_sg() while the region is not
 * valid. Whoever found it before it was invalidated may still be at work with
 * its old range, so an index is looked at once more where it is used.
 *
 * Pages of a region have the size that its user chose. That may be more than
 * PAGE_SIZE, or less: users that know pages of 4 KiB only have them everywhere.
 * As each entry has its size with it, nobody leaves a page of the new registration
 * by a size of the old one.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "kern/kmr.h"
#include "refuse.h"
#include "verbs/mr.h"

/* Of a page. */
#define MFRAW_KMR_MIN_SIZE	SZ_4K
#define MFRAW_KMR_SHIFT_MASK	GENMASK(5, 0)

#define MFRAW_KMR_ACCESS	(IB_ACCESS_LOCAL_WRITE | \
				 IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC | \
				 IB_ACCESS_OPTIONAL)
#define MFRAW_KMR_REMOTE	(IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC)

/* The page that an address is on, with its size. */
static unsigned long mfraw_kmr_page(const struct mfraw_mr *mr, u64 addr)
{
	u8 shift = READ_ONCE(mr->fast.shift);
	u64 i = (addr >> shift) - (READ_ONCE(mr->iova) >> shift);

	if (unlikely(i >= READ_ONCE(mr->fast.nr)))
		i = 0;

	return READ_ONCE(mr->fast.pages[i]);
}

/**
 * mfraw_kmr_piece - see mfraw_mr_map()
 * @mr: without pages of its own
 * @addr: address
 * @len: bytes from there on, of which one piece has as many as are left here
 *
 * A dma-buf is accessed by the addresses at which its exporter maps it for the
 * CPU: other addresses of its pages may have other attributes. All other pieces
 * are on one page each.
 *
 * Context: reader of the device.
 * Return: the kernel's address.
 */
void *mfraw_kmr_piece(const struct mfraw_mr *mr, u64 addr, u32 *len)
{
	unsigned long page, size, off;
	void *at;

	if (mr->vaddr)
		return mr->vaddr + (addr - mr->iova);

	if (mr->fast.pages) {
		page = mfraw_kmr_page(mr, addr);
		size = BIT(page & MFRAW_KMR_SHIFT_MASK);
		off = addr & (size - 1);
		at = (void *)(page & ~MFRAW_KMR_SHIFT_MASK) + off;
		*len = min_t(u64, *len, size - off);
	} else {
		at = ib_virt_dma_to_ptr(addr);
	}
	*len = mfraw_on_page((uintptr_t)at, *len);

	return at;
}

/**
 * mfraw_kmr_map - where the byte at an address is
 * @mr: without pages of its own
 * @addr: checked
 *
 * Context: reader of the device.
 * Return: the kernel's address, to be given back by kunmap_local().
 */
void *mfraw_kmr_map(const struct mfraw_mr *mr, u64 addr)
{
	u32 len = 1;

	return mfraw_kmr_piece(mr, addr, &len);
}

/**
 * mfraw_kmr_read - mfraw_mr_read() from any number of pieces
 * @to: where to
 * @mr: without pages of its own
 * @addr: checked
 * @len: checked
 *
 * Context: reader of the device.
 */
void mfraw_kmr_read(u8 *to, const struct mfraw_mr *mr, u64 addr, u32 len)
{
	while (len) {
		u32 n = len;
		const u8 *from = mfraw_kmr_piece(mr, addr, &n);

		memcpy(to, from, n);
		kunmap_local(from);
		to += n;
		addr += n;
		len -= n;
	}
}

static struct mfraw_mr *mfraw_kmr_alloc(enum ib_mr_type type)
{
	struct mfraw_mr *mr = kzalloc_obj(*mr);

	if (mr)
		mr->ibmr.type = type;

	return mr;
}

static struct ib_mr *mfraw_get_dma_mr(struct ib_pd *ibpd, int access)
{
	struct mfraw_mr *mr;
	int err;

	/* Elsewhere an address is a device's, and says nothing to a CPU. */
	if (!ib_uses_virt_dma(ibpd->device))
		return ERR_PTR(mfraw_refuse(ibpd->device, -EOPNOTSUPP,
					    "MR: a device does the DMA"));
	err = mfraw_check_flags(ibpd->device, "MR", "access", access,
				MFRAW_KMR_ACCESS);
	if (err)
		return ERR_PTR(err);

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
		return ERR_PTR(mfraw_refuse(ibpd->device, -EOPNOTSUPP,
					    "MR: type %d, only %d", type,
					    IB_MR_TYPE_MEM_REG));
	if (!max_num_sg || max_num_sg > MFRAW_MAX_FAST_REG)
		return ERR_PTR(mfraw_refuse(ibpd->device, -EINVAL,
					    "MR: %u pages, 1 to %u",
					    max_num_sg, MFRAW_MAX_FAST_REG));

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
	WRITE_ONCE(mr->fast.pages[mr->fast.nr],
		   (uintptr_t)ib_virt_dma_to_ptr(addr) | mr->fast.shift);
	WRITE_ONCE(mr->fast.nr, mr->fast.nr + 1);

	return 0;
}

/* Pages of the size in @ibmr, which is a power of 2. */
static int mfraw_kmr_map_sg(struct ib_mr *ibmr, struct scatterlist *sg,
			    int sg_nents, unsigned int *sg_offset)
{
	struct mfraw_mr *mr = to_mfraw_mr(ibmr);

	WRITE_ONCE(mr->fast.nr, 0);
	WRITE_ONCE(mr->fast.shift, ilog2(ibmr->page_size));

	return ib_sg_to_pages(ibmr, sg, sg_nents, sg_offset,
			      mfraw_kmr_set_page);
}

static int mfraw_map_mr_sg(struct ib_mr *ibmr, struct scatterlist *sg,
			   int sg_nents, unsigned int *sg_offset)
{
	if (ibmr->page_size < MFRAW_KMR_MIN_SIZE ||
	    !is_power_of_2(ibmr->page_size))
		return mfraw_refuse(ibmr->device, -EINVAL,
				    "MR: pages of %u bytes, a power of 2 from %u on",
				    ibmr->page_size, MFRAW_KMR_MIN_SIZE);

	return mfraw_kmr_map_sg(ibmr, sg, sg_nents, sg_offset);
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
 * Context: reader of the device.
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
	    mr->ibmr.length > (u64)mr->fast.nr << mr->fast.shift ||
	    check_add_overflow(mr->ibmr.iova, mr->ibmr.length - 1, &last))
		return MFRAW_CQE_MW_BIND_ERR;

	WRITE_ONCE(mr->iova, mr->ibmr.iova);
	mr->length = mr->ibmr.length;
	mr->access = access;
	/* Who finds it by its key finds all of it. */
	smp_store_release(&mr->key, key);

	return MFRAW_CQE_SUCCESS;
}

/* What the peer has no right to, it can't take either. */
static bool mfraw_kmr_may_take(const struct mfraw_mr *mr, bool remote)
{
	return mr && !(remote && !(mr->access & MFRAW_KMR_REMOTE));
}

/**
 * mfraw_kmr_is_valid - could mfraw_kmr_invalidate() invalidate a region?
 * @pd: of the queue pair
 * @key: of the region
 * @remote: the peer asks for it
 *
 * Context: reader of the device.
 */
bool mfraw_kmr_is_valid(struct ib_pd *pd, u32 key, bool remote)
{
	const struct mfraw_mr *mr = mfraw_kmr_find(pd, key);

	return mfraw_kmr_may_take(mr, remote) && READ_ONCE(mr->key) == key;
}

/**
 * mfraw_kmr_invalidate - nobody finds a region any more
 * @pd: of the queue pair
 * @key: of the region
 * @remote: the peer asks for it
 *
 * Context: reader of the device.
 * Return: whether somebody could.
 */
bool mfraw_kmr_invalidate(struct ib_pd *pd, u32 key, bool remote)
{
	struct mfraw_mr *mr = mfraw_kmr_find(pd, key);

	return mfraw_kmr_may_take(mr, remote) &&
	       cmpxchg(&mr->key, key, 0) == key;
}

const struct ib_device_ops mfraw_kmr_ops = {
	.alloc_mr = mfraw_alloc_mr,
	.get_dma_mr = mfraw_get_dma_mr,
	.map_mr_sg = mfraw_map_mr_sg,
};
