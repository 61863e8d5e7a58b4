/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Memory regions of a dma-buf.
 */
#ifndef MFRAW_DMABUF_H
#define MFRAW_DMABUF_H

#include <linux/types.h>

struct dma_buf;
struct mfraw_mr;

bool mfraw_dmabuf_writable(const struct dma_buf *dmabuf);
int mfraw_dmabuf_get(struct mfraw_mr *mr, int fd, u64 offset, u64 length,
		     u64 virt_addr, int access);
void mfraw_dmabuf_put(struct mfraw_mr *mr);

#endif /* MFRAW_DMABUF_H */
