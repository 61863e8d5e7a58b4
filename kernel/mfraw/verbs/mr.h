/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Registered memory. What the data path calls is inline, since there are several
 * calls per frame.
 */
#ifndef MFRAW_MR_H
#define MFRAW_MR_H

#include <linux/highmem.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>

#include "kern/kmr.h"
#include "mfraw.h"

struct dma_buf;
struct ib_umem;

/**
 * struct mfraw_mr - registered memory
 * @ibmr: lkey and PD
 * @key: by which the data path finds it; 0: it does not. That of @ibmr is what
 *	the kernel's users will register it with next
 * @umem: the pinned pages, or NULL
 * @dmabuf: whose memory it is, else NULL
 * @map: of @dmabuf, by which its memory is read and written
 * @vaddr: where @iova is in @map; NULL for all others
 * @iova: first address, as user space names it
 * @length: in bytes
 * @access: IB_ACCESS_*
 * @windows: that are bound to it; less than 0: none can be
 * @pages: by (address >> PAGE_SHIFT) - (@iova >> PAGE_SHIFT), see
 *	mfraw_mr_page(); NULL for what the kernel's users registered, and for a
 *	dma-buf
 * @fast: what they register by work requests
 * @fast.pages: addresses of pages, each with log2 of its size in the low bits
 * @fast.shift: log2 of their size
 * @fast.nr: how many are in it
 * @fast.max: for how many there is room
 */
struct mfraw_mr {
	struct ib_mr		ibmr;
	u32			key;
	struct ib_umem		*umem;
	struct dma_buf		*dmabuf;
	struct iosys_map	map;
	void			*vaddr;
	u64			iova;
	u64			length;
	int			access;
	atomic_t		windows;
	struct page		**pages;
	struct {
		unsigned long	*pages;
		u8		shift;
		u32		nr;
		u32		max;
	} fast;
};

static inline struct mfraw_mr *to_mfraw_mr(struct ib_mr *ibmr)
{
	return container_of(ibmr, struct mfraw_mr, ibmr);
}

extern const struct ib_device_ops mfraw_mr_ops;
int mfraw_mr_insert(struct mfraw_mr *mr, struct ib_pd *ibpd, bool valid);

bool mfraw_kmr_covers(const struct mfraw_mr *mr, u64 addr, u64 length);
struct mfraw_mr *mfraw_mr_find(struct mfraw_dev *dev, u32 key);
bool mfraw_mr_holds(const struct mfraw_mr *mr, u64 addr, u64 length);

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
