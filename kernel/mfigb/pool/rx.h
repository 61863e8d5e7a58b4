/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The receive ring of a pool.
 */
#ifndef MFIGB_RX_H
#define MFIGB_RX_H

#include <linux/mf_frame.h>

#include "mfigb.h"

struct mfigb_pool;
struct page_pool;

/*
 * Senders in other pools are not slowed down when this ring is full: the device
 * drops their frames. So the ring holds several bursts.
 */
#define MFIGB_RX_ENTRIES	1024

/* Size of a buffer. A longer frame has several. */
#define MFIGB_RX_BUF		4096
#define MFIGB_RX_BUFS		DIV_ROUND_UP(MFIGB_MTU_MAX + 18, MFIGB_RX_BUF)

/* Maximum number of frames that steering gets at once. */
#define MFIGB_RX_BATCH		16

/**
 * struct mfigb_rx - the receive ring of a pool
 * @desc: descriptors, which the device reads and writes
 * @dma: DMA address of @desc
 * @pages: pool that maps the pages for the device
 * @page: page of each entry. A page stays in the ring, since receivers copy
 * @next: index of the oldest descriptor that is not given back to the device
 * @n: number of @frames
 * @bufs: number of descriptors of each frame
 * @frames: frames that steering gets at once
 * @frags: their fragments
 *
 * NAPI owns the ring while the pool runs.
 */
struct mfigb_rx {
	struct mfigb_desc	*desc;
	dma_addr_t		dma;
	struct page_pool	*pages;
	struct page		**page;
	u32			next;
	unsigned int		n;
	u8			bufs[MFIGB_RX_BATCH];
	struct mf_frame		frames[MFIGB_RX_BATCH];
	struct bio_vec		frags[MFIGB_RX_BATCH][MFIGB_RX_BUFS];
};

int mfigb_rx_alloc(struct mfigb_pool *pool);
void mfigb_rx_free(struct mfigb_pool *pool);
void mfigb_rx_start(struct mfigb_pool *pool);
void mfigb_rx_stop(struct mfigb_pool *pool);
int mfigb_rx_poll(struct mfigb_pool *pool, int budget);

#endif /* MFIGB_RX_H */
