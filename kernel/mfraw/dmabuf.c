// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory regions of a dma-buf. The engine copies with the CPU, so it takes what
 * the exporter maps into the kernel, and no device has to be attached. The
 * mapping keeps the pages where they are.
 */
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "mfraw.h"

MODULE_IMPORT_NS(DMA_BUF);

/**
 * mfraw_dmabuf_writable - may the region be written to
 * @dmabuf: of the region
 *
 * Return: whether who opened it may.
 */
bool mfraw_dmabuf_writable(const struct dma_buf *dmabuf)
{
	return dmabuf->file->f_mode & FMODE_WRITE;
}

static struct page *mfraw_kernel_page(const void *addr)
{
	if (is_vmalloc_addr(addr))
		return vmalloc_to_page(addr);
	return virt_addr_valid(addr) ? virt_to_page(addr) : NULL;
}

static int mfraw_dmabuf_pages(struct mfraw_mr *mr, u64 offset, u64 length)
{
	u64 first = offset >> PAGE_SHIFT;
	u64 n = ((offset + length - 1) >> PAGE_SHIFT) - first + 1;
	u64 i;

	mr->pages = kvmalloc_array(n, sizeof(*mr->pages), GFP_KERNEL_ACCOUNT);
	if (!mr->pages)
		return -ENOMEM;

	for (i = 0; i < n; i++) {
		struct page *page;

		page = mfraw_kernel_page(mr->map.vaddr +
					 ((first + i) << PAGE_SHIFT));
		/*
		 * There are exporters of huge pages that map the first page of
		 * one over and over (udmabuf of 6.12).
		 */
		if (!page || (i && page == mr->pages[i - 1])) {
			kvfree(mr->pages);
			return -EOPNOTSUPP;
		}
		mr->pages[i] = page;
	}

	return 0;
}

/**
 * mfraw_dmabuf_get - the pages of a dma-buf become those of a region
 * @mr: without pages
 * @fd: of the dma-buf, in the calling process
 * @offset: where the region begins in it
 * @length: of the region
 * @access: IB_ACCESS_*
 *
 * Context: sleeps.
 * Return: 0 or an errno; -EOPNOTSUPP if the CPU can't get at the memory.
 */
int mfraw_dmabuf_get(struct mfraw_mr *mr, int fd, u64 offset, u64 length,
		     int access)
{
	struct dma_buf *dmabuf;
	u64 end;
	int err;

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	err = -EINVAL;
	if (!length || check_add_overflow(offset, length, &end) ||
	    end > dmabuf->size)
		goto err_put;
	err = -EACCES;
	if (ib_access_writable(access) && !mfraw_dmabuf_writable(dmabuf))
		goto err_put;
	err = -EOPNOTSUPP;
	/* One that moves its memory does so under a mapping for the CPU, too. */
	if (!dmabuf->ops->vmap || dma_buf_is_dynamic(dmabuf))
		goto err_put;

	err = dma_buf_begin_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
	if (err)
		goto err_put;
	err = dma_buf_vmap_unlocked(dmabuf, &mr->map);
	if (err)
		goto err_access;

	err = mr->map.is_iomem ? -EOPNOTSUPP :
				 mfraw_dmabuf_pages(mr, offset, length);
	if (err)
		goto err_vmap;

	mr->dmabuf = dmabuf;

	return 0;

err_vmap:
	dma_buf_vunmap_unlocked(dmabuf, &mr->map);
err_access:
	dma_buf_end_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
err_put:
	dma_buf_put(dmabuf);
	return err;
}

/**
 * mfraw_dmabuf_put - a region no longer uses its dma-buf
 * @mr: of mfraw_dmabuf_get()
 *
 * Context: sleeps.
 */
void mfraw_dmabuf_put(struct mfraw_mr *mr)
{
	dma_buf_vunmap_unlocked(mr->dmabuf, &mr->map);
	dma_buf_end_cpu_access(mr->dmabuf, DMA_BIDIRECTIONAL);
	dma_buf_put(mr->dmabuf);
}
