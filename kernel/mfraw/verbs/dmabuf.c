// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory regions of a dma-buf. The driver copies with the CPU, so it does not
 * attach a device. It uses the addresses at which the exporter maps the buffer
 * into the kernel, and never the pages behind them. The mapping pins the
 * memory.
 *
 * The data path cannot sleep and may access the region at any time. So CPU
 * access begins and ends with the region.
 */
#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>

#include "refuse.h"
#include "verbs/dmabuf.h"
#include "verbs/mr.h"

MODULE_IMPORT_NS("DMA_BUF");

/**
 * mfraw_dmabuf_writable - check that a dma-buf may be written to
 * @dmabuf: the dma-buf
 *
 * Return: true if its file is open for writing.
 */
bool mfraw_dmabuf_writable(const struct dma_buf *dmabuf)
{
	return dmabuf->file->f_mode & FMODE_WRITE;
}

/**
 * mfraw_dmabuf_get - map a dma-buf as the memory of a region
 * @mr: region without memory
 * @fd: file descriptor of the dma-buf in the calling process
 * @offset: offset of the region in the dma-buf
 * @length: bytes of the region
 * @virt_addr: first address, as work requests name it
 * @access: IB_ACCESS_*
 *
 * Context: sleeps.
 * Return: 0 or an errno; -EOPNOTSUPP if the CPU cannot access the memory.
 */
int mfraw_dmabuf_get(struct mfraw_mr *mr, int fd, u64 offset, u64 length,
		     u64 virt_addr, int access)
{
	struct dma_buf *dmabuf;
	u64 end;
	int err;

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	err = -EINVAL;
	/* Page boundaries must agree in both kinds of addresses. */
	if (!length || check_add_overflow(offset, length, &end) ||
	    end > dmabuf->size ||
	    offset_in_page(offset) != offset_in_page(virt_addr))
		goto err_put;
	err = -EACCES;
	if (ib_access_writable(access) && !mfraw_dmabuf_writable(dmabuf))
		goto err_put;
	err = -EOPNOTSUPP;
	/* A dynamic exporter may move its memory in spite of the mapping. */
	if (!dmabuf->ops->vmap || dma_buf_is_dynamic(dmabuf))
		goto err_put;

	err = dma_buf_begin_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
	if (err)
		goto err_put;
	err = dma_buf_vmap_unlocked(dmabuf, &mr->map);
	if (err)
		goto err_access;

	err = -EOPNOTSUPP;
	if (mr->map.is_iomem || !mf_dma_buf_vmap_ok(dmabuf, &mr->map))
		goto err_vmap;

	mr->vaddr = mr->map.vaddr + offset;
	mr->dmabuf = dmabuf;

	return 0;

err_vmap:
	dma_buf_vunmap_unlocked(dmabuf, &mr->map);
err_access:
	dma_buf_end_cpu_access(dmabuf, DMA_BIDIRECTIONAL);
err_put:
	mfraw_refuse(mr->ibmr.device, err,
		     "MR: bytes %llu at %llu, access %#x, of a dma-buf of %zu bytes of %s: %d",
		     length, offset, access, dmabuf->size, dmabuf->exp_name, err);
	dma_buf_put(dmabuf);
	return err;
}

/**
 * mfraw_dmabuf_put - unmap and release the dma-buf of a region
 * @mr: region of mfraw_dmabuf_get()
 *
 * Context: sleeps.
 */
void mfraw_dmabuf_put(struct mfraw_mr *mr)
{
	dma_buf_vunmap_unlocked(mr->dmabuf, &mr->map);
	dma_buf_end_cpu_access(mr->dmabuf, DMA_BIDIRECTIONAL);
	dma_buf_put(mr->dmabuf);
}
