// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Access to memory regions that have no array of pages: regions of dma-bufs and
 * of kernel users.
 */
#include <linux/mm.h>

#include "verbs/mr.h"

/* An entry of fast.pages is the address of the page plus log2 of its size. */
#define MFRAW_KMR_SHIFT_MASK	GENMASK(5, 0)

/**
 * mfraw_kmr_covers - check that there is memory behind a range of a region
 * @mr: region without @mr->pages
 * @addr: first address, in the range of @mr
 * @length: bytes, not 0, in the range of @mr
 *
 * noinline: keeps mfraw_mr_holds() small enough to be inlined.
 *
 * Context: any.
 * Return: false if @mr is all of memory, and no memory is at the addresses.
 */
noinline bool mfraw_kmr_covers(const struct mfraw_mr *mr, u64 addr, u64 length)
{
	if (mr->fast.pages || mr->vaddr)
		return true;

	return virt_addr_valid(ib_virt_dma_to_ptr(addr)) &&
	       virt_addr_valid(ib_virt_dma_to_ptr(addr + length - 1));
}

/* Return the entry of the page that an address is on. */
static unsigned long mfraw_kmr_page(const struct mfraw_mr *mr, u64 addr)
{
	u8 shift = READ_ONCE(mr->fast.shift);
	u64 i = (addr >> shift) - (READ_ONCE(mr->iova) >> shift);

	if (unlikely(i >= READ_ONCE(mr->fast.nr)))
		i = 0;

	return READ_ONCE(mr->fast.pages[i]);
}

/**
 * mfraw_kmr_piece - mfraw_mr_map() for a region without @mr->pages
 * @mr: the region
 * @addr: checked address
 * @len: bytes to access; shrinks to the bytes that are contiguous
 *
 * A dma-buf is accessed by its exporter's CPU mapping only, since other
 * mappings of its pages may have other attributes. In other regions, a
 * contiguous piece ends with its page.
 *
 * Context: reader of the device.
 * Return: the kernel address.
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
 * mfraw_kmr_map - map one byte of a region without @mr->pages
 * @mr: the region
 * @addr: checked address
 *
 * Context: reader of the device.
 * Return: the kernel address; the caller ends the mapping with kunmap_local().
 */
void *mfraw_kmr_map(const struct mfraw_mr *mr, u64 addr)
{
	u32 len = 1;

	return mfraw_kmr_piece(mr, addr, &len);
}

/**
 * mfraw_kmr_read - mfraw_mr_read() for a region without @mr->pages
 * @to: destination
 * @mr: the region
 * @addr: checked address
 * @len: bytes, checked; any number of pieces
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
