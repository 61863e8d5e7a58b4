/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Registered memory, as the data path uses it. Inline, since there are several
 * calls per frame.
 */
#ifndef MFRAW_MR_H
#define MFRAW_MR_H

#include <linux/highmem.h>
#include <linux/mm.h>

#include "mfraw.h"

/* kmr.c */
void *mfraw_kmr_piece(const struct mfraw_mr *mr, u64 addr, u32 *len);
void *mfraw_kmr_map(const struct mfraw_mr *mr, u64 addr);
void mfraw_kmr_read(u8 *to, const struct mfraw_mr *mr, u64 addr, u32 len);
u8 mfraw_kmr_reg(struct ib_pd *pd, const struct mfraw_roce_seg *seg);
bool mfraw_kmr_is_valid(struct ib_pd *pd, u32 key, bool remote);
bool mfraw_kmr_invalidate(struct ib_pd *pd, u32 key, bool remote);

struct mfraw_sge_view;

/* key.c */
bool mfraw_kmr_covers(const struct mfraw_mr *mr, u64 addr, u64 length);
struct mfraw_mr *mfraw_mr_find(struct mfraw_dev *dev, u32 key);
bool mfraw_mr_holds(const struct mfraw_mr *mr, u64 addr, u64 length);
bool mfraw_rkey_get_pd(struct mfraw_sge_view *view, const struct mfraw_qp *qp,
		       const struct ib_pd *pd, u32 rkey, u64 addr, u32 length,
		       int access);

/* For a request that is being executed; under rq.q.lock. */
static inline bool mfraw_rkey_get(struct mfraw_sge_view *view,
				  const struct mfraw_qp *qp, u32 rkey,
				  u64 addr, u32 length, int access)
{
	return mfraw_rkey_get_pd(view, qp, qp->rq.pd, rkey, addr, length,
				 access);
}

/**
 * struct mfraw_sge_view - a checked copy of a struct mfraw_sge, or the like
 * @mr: valid as long as who looked it up is a reader of the device
 * @addr: inside @mr, with all of @length
 * @length: bytes
 */
struct mfraw_sge_view {
	struct mfraw_mr		*mr;
	u64			addr;
	u32			length;
};

/**
 * mfraw_sge_get - read a piece of memory from a work request and check it
 * @view: the checked copy: of the bytes that will be accessed
 * @sge: in memory that user space can change at any time, read once
 * @skip: bytes of the piece that come before those; less than it has, or 0
 * @most: no more bytes than these will be accessed
 * @pd: of the queue pair
 * @access: IB_ACCESS_LOCAL_WRITE for what will be written to, else 0
 * @last: the region found last in this section, or NULL at its start
 *
 * Only bytes that will be accessed must be in the region: a receive entry may
 * name more than there is, as long as what arrives fits. A piece of length 0 is
 * good whatever its key and address are.
 *
 * Context: reader of the device, as long as @view is used.
 * Return: whether lkey, PD, range and access are good.
 */
static __always_inline bool mfraw_sge_get(struct mfraw_sge_view *view,
					  const struct mfraw_sge *sge,
					  u32 skip, u32 most,
					  struct ib_pd *pd, int access,
					  struct mfraw_mr **last)
{
	u32 lkey = le32_to_cpu(READ_ONCE(sge->lkey));
	struct mfraw_mr *mr = *last;

	view->addr = le64_to_cpu(READ_ONCE(sge->addr)) + skip;
	view->length = min(le32_to_cpu(READ_ONCE(sge->length)) - skip, most);
	view->mr = NULL;
	if (!view->length)
		return true;

	if (unlikely(!mr || READ_ONCE(mr->key) != lkey)) {
		mr = mfraw_mr_find(to_mfraw_dev(pd->device), lkey);
		if (!mr || READ_ONCE(mr->key) != lkey)
			return false;
		/* Its key can become 0, which an lkey could be, too. */
		if (likely(!mr->fast.pages))
			*last = mr;
	}

	view->mr = mr;
	return mr->ibmr.pd == pd &&
	       (mr->access & access) == access &&
	       view->addr >= mr->iova &&
	       view->length <= mr->length &&
	       view->addr - mr->iova <= mr->length - view->length &&
	       (likely(mr->pages) ||
		mfraw_kmr_covers(mr, view->addr, view->length));
}

/*
 * The page that has the checked address; not in memory of a dma-buf, nor in what
 * work requests register, whose pages may be of another size.
 */
static inline struct page *mfraw_mr_page(const struct mfraw_mr *mr, u64 addr)
{
	return mr->pages[(addr >> PAGE_SHIFT) - (mr->iova >> PAGE_SHIFT)];
}

/* How many of @len bytes at @addr are on its page. */
static inline u32 mfraw_on_page(u64 addr, u32 len)
{
	return min_t(u32, len, PAGE_SIZE - offset_in_page(addr));
}

/* Where the byte at the checked address is, and all up to the end of its page. */
static inline void *mfraw_page_map(const struct mfraw_mr *mr, u64 addr)
{
	return kmap_local_page(mfraw_mr_page(mr, addr)) + offset_in_page(addr);
}

/*
 * Where the byte at the checked address is, and those behind it: @len becomes how
 * many of them are in one piece. To be given back by kunmap_local().
 */
static inline void *mfraw_mr_map(const struct mfraw_mr *mr, u64 addr, u32 *len)
{
	if (unlikely(!mr->pages))
		return mfraw_kmr_piece(mr, addr, len);

	*len = mfraw_on_page(addr, *len);

	return mfraw_page_map(mr, addr);
}

/*
 * Copy a header, which is on two pages at most where these have PAGE_SIZE; address
 * and length are checked.
 */
static inline void mfraw_mr_read(u8 *to, const struct mfraw_mr *mr, u64 addr,
				 u32 len)
{
	u32 n = mfraw_on_page(addr, len);
	const u8 *from;

	if (!len)
		return;
	if (unlikely(!mr->pages)) {
		mfraw_kmr_read(to, mr, addr, len);
		return;
	}
	from = mfraw_page_map(mr, addr);
	memcpy(to, from, n);
	kunmap_local(from);
	if (likely(n == len))
		return;
	from = mfraw_page_map(mr, addr + n);
	memcpy(to + n, from, len - n);
	kunmap_local(from);
}

#endif /* MFRAW_MR_H */
