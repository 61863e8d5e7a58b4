/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The transmit ring of a pool.
 */
#ifndef MFIGB_TX_H
#define MFIGB_TX_H

#include <linux/mf_frame.h>
#include <linux/spinlock.h>

#include "mfigb.h"

struct mfigb_pool;

#define MFIGB_TX_ENTRIES	512

/**
 * struct mfigb_tx_buf - the buffer of a transmit descriptor
 * @data: memory of the frame
 * @dma: DMA address of @data
 * @descs: number of descriptors of the frame whose first one this is. The
 *	device reports the last one
 */
struct mfigb_tx_buf {
	void		*data;
	dma_addr_t	dma;
	u32		descs;
};

/**
 * struct mfigb_tx - the transmit ring of a pool
 * @lock: serialises senders and the poll function; bottom halves disabled
 * @desc: descriptors, which the device reads and writes
 * @dma: DMA address of @desc
 * @buf: buffer of each descriptor; a frame is copied into them
 * @order: order of the pages of the buffers
 * @buf_size: size of a buffer in bytes
 * @used: number of descriptors given to the device since the pool runs
 * @clean: number of descriptors that the device has handled since the pool runs
 * @watched_clean: @clean at the last call of mfigb_tx_hung()
 * @watched: the device had frames to send at that call
 * @on: the device takes frames
 * @stalled: a sender waits for room
 *
 * @lock protects all that changes while the pool runs.
 */
struct mfigb_tx {
	spinlock_t		lock;	/* see above */
	struct mfigb_desc	*desc;
	dma_addr_t		dma;
	struct mfigb_tx_buf	*buf;
	unsigned int		order;
	u32			buf_size;
	u32			used;
	u32			clean;
	u32			watched_clean;
	bool			watched;
	bool			on;
	bool			stalled;
};

int mfigb_tx_alloc(struct mfigb_pool *pool);
void mfigb_tx_free(struct mfigb_pool *pool);
void mfigb_tx_start(struct mfigb_pool *pool);
void mfigb_tx_stop(struct mfigb_pool *pool);
unsigned int mfigb_tx_send(struct mfigb_pool *pool,
			   const struct mf_frame *frames, unsigned int n);
bool mfigb_tx_poll(struct mfigb_pool *pool);
bool mfigb_tx_hung(struct mfigb_pool *pool);

#endif /* MFIGB_TX_H */
