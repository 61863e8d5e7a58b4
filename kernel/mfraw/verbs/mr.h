/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory regions. The functions of the data path are inline, since they are
 * called several times per frame.
 */
#ifndef MFRAW_MR_H
#define MFRAW_MR_H

#include <linux/highmem.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>

#include "mfraw.h"
#include "verbs/mr_window.h"

struct dma_buf;
struct ib_umem;

/**
 * struct mfraw_mr - memory region
 * @ibmr: the core's MR, with lkey and PD
 * @key: key by which the data path finds the region, 0 while the region is not
 *	valid. The keys of @ibmr differ if a kernel user has chosen new ones for
 *	the next registration
 * @umem: pinned pages of a process, else NULL
 * @dmabuf: dma-buf of the region, else NULL
 * @map: mapping of @dmabuf for the CPU
 * @vaddr: address of @iova in @map; NULL without @dmabuf
 * @iova: first address, as work requests name it
 * @length: bytes of the region
 * @access: IB_ACCESS_*
 * @windows: number of windows bound to the region; negative if none may be
 *	bound
 * @pages: pages of @umem, indexed by (address >> PAGE_SHIFT) - (@iova >>
 *	PAGE_SHIFT), see mfraw_mr_page(); NULL for a region of a kernel user or
 *	of a dma-buf
 * @fast: pages that a kernel user registers by work requests
 * @fast.pages: page addresses, each with log2 of the page size in its low bits
 * @fast.shift: log2 of the page size
 * @fast.nr: number of pages in @fast.pages
 * @fast.max: capacity of @fast.pages
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
void *mfraw_kmr_piece(const struct mfraw_mr *mr, u64 addr, u32 *len);
void *mfraw_kmr_map(const struct mfraw_mr *mr, u64 addr);
void mfraw_kmr_read(u8 *to, const struct mfraw_mr *mr, u64 addr, u32 len);

/**
 * mfraw_mr_find - find a region by the slot of a key
 * @dev: the device
 * @key: lkey or rkey, from user space or the peer; the caller compares it with
 *	the key of the region
 *
 * Context: reader of the device, as long as the region is used.
 * Return: the region, or NULL.
 */
static inline struct mfraw_mr *mfraw_mr_find(struct mfraw_dev *dev, u32 key)
{
	return xa_load(&dev->mrs, key >> MFRAW_KEY_SHIFT);
}

/**
 * mfraw_mr_holds - check that a range is in a region
 * @mr: the region
 * @addr: first address
 * @length: bytes, not 0
 *
 * Return: true if all bytes are in the region.
 */
static inline bool mfraw_mr_holds(const struct mfraw_mr *mr, u64 addr,
				  u64 length)
{
	return addr >= mr->iova && length <= mr->length &&
	       addr - mr->iova <= mr->length - length &&
	       (likely(mr->pages) || mfraw_kmr_covers(mr, addr, length));
}

/**
 * struct mfraw_sge_view - a checked piece of memory of an SGE or of the peer
 * @mr: region, valid as long as the caller is a reader of the device; NULL if
 *	@length is 0
 * @addr: first address in @mr
 * @length: bytes, all of them in @mr
 */
struct mfraw_sge_view {
	struct mfraw_mr		*mr;
	u64			addr;
	u32			length;
};

/**
 * mfraw_sge_get - read an SGE of a work request and check it
 * @view: result, limited to the bytes that will be accessed
 * @sge: the SGE; user space can change it at any time, so it is read once
 * @skip: bytes to leave out at the start; 0, or less than the SGE's length
 * @most: maximum of bytes that will be accessed
 * @pd: PD of the queue pair
 * @access: IB_ACCESS_LOCAL_WRITE for memory that will be written, else 0
 * @last: cache of the region found last in this read section, NULL at its start
 *
 * Only bytes that will be accessed must be in the region: an SGE of a receive
 * may be longer than its region as long as the received bytes fit. An SGE of
 * length 0 is valid with any key and address.
 *
 * Context: reader of the device, as long as @view is used.
 * Return: true if lkey, PD, range and access are valid.
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
		/*
		 * Never cache a fast-registered region: its key can become 0,
		 * and a bad lkey of 0 would match.
		 */
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

/* Forget the region of a window unless all regions are as they were. */
static inline void mfraw_mr_window_check(struct mfraw_mr_window *window,
					 struct mfraw_dev *dev)
{
	/*
	 * Pairs with mfraw_mr_changed(): a reader of the new number does not
	 * find the region, and the region's owner waits for other readers.
	 */
	s64 gen = atomic64_read_acquire(&dev->mr_gen);

	if (likely(window->gen == gen))
		return;
	window->gen = gen;
	window->length = 0;
}

/*
 * Remember the region @mr, which was found after mfraw_mr_window_check(), for
 * accesses with @pd and @access.
 */
static inline void mfraw_mr_window_set(struct mfraw_mr_window *window,
				       const struct mfraw_mr *mr,
				       const struct ib_pd *pd, int access)
{
	window->length = 0;
	if (unlikely(!mr->pages || mr->ibmr.pd != pd ||
		     (mr->access & access) != access))
		return;
	window->lkey = READ_ONCE(mr->key);
	window->iova = mr->iova;
	window->length = mr->length;
	window->pages = mr->pages;
}

/*
 * Return the page of a checked address. Only for regions with @pages: the pages
 * of fast-registered regions may have another size.
 */
static inline struct page *mfraw_mr_page(const struct mfraw_mr *mr, u64 addr)
{
	return mr->pages[(addr >> PAGE_SHIFT) - (mr->iova >> PAGE_SHIFT)];
}

/* Return how many of @len bytes at @addr are on the page of @addr. */
static inline u32 mfraw_on_page(u64 addr, u32 len)
{
	return min_t(u32, len, PAGE_SIZE - offset_in_page(addr));
}

/* Map a checked address; the mapping reaches to the end of the page. */
static inline void *mfraw_page_map(const struct mfraw_mr *mr, u64 addr)
{
	return kmap_local_page(mfraw_mr_page(mr, addr)) + offset_in_page(addr);
}

/*
 * Map @len bytes at a checked address. @len shrinks to the bytes that are
 * contiguous. The caller ends the mapping with kunmap_local().
 */
static inline void *mfraw_mr_map(const struct mfraw_mr *mr, u64 addr, u32 *len)
{
	if (unlikely(!mr->pages))
		return mfraw_kmr_piece(mr, addr, len);

	*len = mfraw_on_page(addr, *len);

	return mfraw_page_map(mr, addr);
}

/*
 * Copy a header from a checked range. A header spans two pages of PAGE_SIZE at
 * most.
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
