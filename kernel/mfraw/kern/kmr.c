// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory regions of kernel users: DMA regions, which cover all of memory by its
 * kernel addresses (see ib_uses_virt_dma()), and fast-registered regions, which
 * work requests register.
 *
 * ib_map_mr_sg() writes the pages of a fast-registered region while the region
 * is invalid. A reader that found the region before it was invalidated may
 * still use the old range, so mfraw_kmr_page() checks the index of each page.
 *
 * The kernel user chooses the page size of a region: more than PAGE_SIZE, or
 * less, since some users know pages of 4 KiB only. Each entry holds the size of
 * its page, so a reader with the old size does not leave a page of the new
 * registration.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "kern/kmr.h"
#include "refuse.h"
#include "verbs/mr.h"

#define MFRAW_KMR_MIN_SIZE	SZ_4K

#define MFRAW_KMR_ACCESS	(IB_ACCESS_LOCAL_WRITE | \
				 IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC | \
				 IB_ACCESS_OPTIONAL)
#define MFRAW_KMR_REMOTE	(IB_ACCESS_REMOTE_WRITE | \
				 IB_ACCESS_REMOTE_READ | \
				 IB_ACCESS_REMOTE_ATOMIC)

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

	/* Without virtual DMA, the addresses are DMA addresses of a device. */
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

/* Split @sg into pages of @ibmr->page_size, which is a power of 2. */
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

/* Find a fast-registered region by the slot of @key. */
static struct mfraw_mr *mfraw_kmr_find(struct ib_pd *pd, u32 key)
{
	struct mfraw_mr *mr;

	mr = mfraw_mr_find(to_mfraw_dev(pd->device), key);

	return mr && mr->fast.pages && mr->ibmr.pd == pd ? mr : NULL;
}

/**
 * mfraw_kmr_reg - execute MFRAW_OP_REG_MR
 * @pd: PD of the queue pair
 * @seg: segment of the work request
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
	/* A reader that sees the key sees the other members. */
	smp_store_release(&mr->key, key);

	return MFRAW_CQE_SUCCESS;
}

/* The peer may invalidate only a region with remote access. */
static bool mfraw_kmr_may_take(const struct mfraw_mr *mr, bool remote)
{
	return mr && !(remote && !(mr->access & MFRAW_KMR_REMOTE));
}

/**
 * mfraw_kmr_is_valid - check that a fast-registered region can be invalidated
 * @pd: PD of the queue pair
 * @key: key of the region
 * @remote: the peer requests it
 *
 * Context: reader of the device.
 * Return: true if mfraw_kmr_invalidate() would succeed.
 */
bool mfraw_kmr_is_valid(struct ib_pd *pd, u32 key, bool remote)
{
	const struct mfraw_mr *mr = mfraw_kmr_find(pd, key);

	return mfraw_kmr_may_take(mr, remote) && READ_ONCE(mr->key) == key;
}

/**
 * mfraw_kmr_invalidate - invalidate the key of a fast-registered region
 * @pd: PD of the queue pair
 * @key: key of the region
 * @remote: the peer requests it
 *
 * Context: reader of the device.
 * Return: true if the key was valid and may be invalidated.
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
