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

/**
 * struct mfraw_sge_view - a checked copy of a struct mfraw_sge, or the like
 * @mr: valid in the RCU read section of the lookup
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
 * @view: the checked copy
 * @sge: in memory that user space can change at any time, read once
 * @pd: of the queue pair
 * @access: IB_ACCESS_LOCAL_WRITE for what will be written to, else 0
 * @last: the region found last in this RCU read section, or NULL at its start
 *
 * A piece of length 0 is good whatever its key and address are.
 *
 * Context: RCU read section, in which @view stays valid.
 * Return: whether lkey, PD, range and access are good.
 */
static __always_inline bool mfraw_sge_get(struct mfraw_sge_view *view,
					  const struct mfraw_sge *sge,
					  struct ib_pd *pd, int access,
					  struct mfraw_mr **last)
{
	u32 lkey = le32_to_cpu(READ_ONCE(sge->lkey));
	struct mfraw_mr *mr = *last;

	view->addr = le64_to_cpu(READ_ONCE(sge->addr));
	view->length = le32_to_cpu(READ_ONCE(sge->length));
	view->mr = NULL;
	if (!view->length)
		return true;

	if (unlikely(!mr || READ_ONCE(mr->key) != lkey)) {
		mr = mfraw_mr_find(to_mfraw_dev(pd->device), lkey);
		if (!mr || READ_ONCE(mr->key) != lkey)
			return false;
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

/* The page that has the checked address. */
static inline struct page *mfraw_mr_page(const struct mfraw_mr *mr, u64 addr)
{
	if (unlikely(!mr->pages))
		return mfraw_kmr_page(mr, addr);

	return mr->pages[(addr >> PAGE_SHIFT) - (mr->iova >> PAGE_SHIFT)];
}

/* How many of @len bytes at @addr are on its page. */
static inline u32 mfraw_on_page(u64 addr, u32 len)
{
	return min_t(u32, len, PAGE_SIZE - offset_in_page(addr));
}

/* Copy a header, on two pages at most; address and length are checked. */
static inline void mfraw_mr_read(u8 *to, const struct mfraw_mr *mr, u64 addr,
				 u32 len)
{
	u32 n = mfraw_on_page(addr, len);

	if (!len)
		return;
	memcpy_from_page(to, mfraw_mr_page(mr, addr), offset_in_page(addr), n);
	if (unlikely(n < len))
		memcpy_from_page(to + n, mfraw_mr_page(mr, addr + n), 0,
				 len - n);
}

#endif /* MFRAW_MR_H */
