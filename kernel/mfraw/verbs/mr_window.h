/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The memory region that a queue used last, for short accesses. Most frames are
 * short, and in the region of the frame before.
 */
#ifndef MFRAW_MR_WINDOW_H
#define MFRAW_MR_WINDOW_H

#include <linux/highmem.h>
#include <linux/mm.h>

/**
 * struct mfraw_mr_window - a copy of what an access to a region checks
 * @lkey: key of the region
 * @iova: first address of the region
 * @length: bytes of the region; 0 if there is none
 * @pages: pages of the region
 * @gen: value of &mfraw_dev.mr_gen for which the copy is valid
 *
 * PD and access were checked. A queue keeps the copy when it leaves the read
 * section of the device; mfraw_mr_window_check() is for the next one.
 */
struct mfraw_mr_window {
	u32		lkey;
	u64		iova;
	u64		length;
	struct page	**pages;
	s64		gen;
};

/*
 * Map @len bytes, at least 1, that @lkey and @addr name. Returns NULL unless
 * they are in the window and on one page. The caller ends the mapping with
 * kunmap_local(). Reader of the device.
 */
static __always_inline void *
mfraw_mr_window_map(const struct mfraw_mr_window *window, u32 lkey, u64 addr,
		    u32 len)
{
	u64 off = addr - window->iova;

	if (unlikely(lkey != window->lkey || off >= window->length ||
		     len > window->length - off ||
		     len > PAGE_SIZE - offset_in_page(addr)))
		return NULL;

	return kmap_local_page(window->pages[(addr >> PAGE_SHIFT) -
					     (window->iova >> PAGE_SHIFT)]) +
	       offset_in_page(addr);
}

/* Shortest and longest copies of mfraw_copy_short(), in bytes. */
#define MFRAW_SHORT_MIN		8
#define MFRAW_SHORT_MAX		128

/*
 * Copy 8 to 128 bytes, without a call or a loop. The source may change
 * meanwhile, and some bytes are copied twice; the destination has one of the
 * values then.
 */
static __always_inline void mfraw_copy_short(u8 *to, const u8 *from, u32 len)
{
	if (len >= 64) {
		__builtin_memcpy(to, from, 64);
		if (len > 64)
			__builtin_memcpy(to + len - 64, from + len - 64, 64);
	} else if (len >= 32) {
		__builtin_memcpy(to, from, 32);
		__builtin_memcpy(to + len - 32, from + len - 32, 32);
	} else if (len >= 16) {
		__builtin_memcpy(to, from, 16);
		__builtin_memcpy(to + len - 16, from + len - 16, 16);
	} else {
		__builtin_memcpy(to, from, 8);
		__builtin_memcpy(to + len - 8, from + len - 8, 8);
	}
}

#endif /* MFRAW_MR_WINDOW_H */
