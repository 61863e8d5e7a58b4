// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Transmission. A frame is copied into the buffers of descriptors, since the
 * sender may change its memory at any time. A sender that finds the ring full
 * waits until the poll function has seen enough room.
 */
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/log2.h>
#include <linux/mf_cut.h>

#include "pool/offload.h"
#include "pool/pool.h"

static struct device *mfigb_tx_dev(const struct mfigb_pool *pool)
{
	return &pool->nic->pdev->dev;
}

/* Number of buffers in the pages that are allocated and mapped at once. */
static u32 mfigb_tx_per_chunk(const struct mfigb_tx *tx)
{
	return (PAGE_SIZE << tx->order) / tx->buf_size;
}

/* Allocate and map pages for the buffers from @i on. */
static int mfigb_tx_chunk(struct mfigb_pool *pool, u32 i)
{
	struct mfigb_tx *tx = &pool->tx;
	struct page *page;
	dma_addr_t dma;
	u32 n;

	page = alloc_pages_node(dev_to_node(mfigb_tx_dev(pool)),
				GFP_KERNEL | __GFP_NOWARN, tx->order);
	if (!page)
		return -ENOMEM;
	dma = dma_map_page(mfigb_tx_dev(pool), page, 0, PAGE_SIZE << tx->order,
			   DMA_TO_DEVICE);
	if (dma_mapping_error(mfigb_tx_dev(pool), dma)) {
		__free_pages(page, tx->order);
		return -ENOMEM;
	}
	for (n = 0; n < mfigb_tx_per_chunk(tx); n++)
		tx->buf[i + n] = (struct mfigb_tx_buf) {
			.data = page_address(page) + n * tx->buf_size,
			.dma = dma + n * tx->buf_size,
		};

	return 0;
}

/**
 * mfigb_tx_alloc - allocate the transmit ring of a pool
 * @pool: the pool
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfigb_tx_alloc(struct mfigb_pool *pool)
{
	struct mfigb_tx *tx = &pool->tx;
	u32 i;

	memset(tx, 0, sizeof(*tx));
	spin_lock_init(&tx->lock);
	tx->buf_size = roundup_pow_of_two(mfigb_max_frame(pool->nic));
	tx->order = get_order(tx->buf_size);
	tx->buf = kvcalloc(MFIGB_TX_ENTRIES, sizeof(*tx->buf), GFP_KERNEL);
	tx->desc = dma_alloc_coherent(mfigb_tx_dev(pool),
				      MFIGB_TX_ENTRIES * sizeof(*tx->desc),
				      &tx->dma, GFP_KERNEL);
	if (!tx->buf || !tx->desc)
		goto err_free;
	for (i = 0; i < MFIGB_TX_ENTRIES; i += mfigb_tx_per_chunk(tx))
		if (mfigb_tx_chunk(pool, i))
			goto err_free;

	return 0;

err_free:
	mfigb_tx_free(pool);
	return -ENOMEM;
}

/**
 * mfigb_tx_free - free the transmit ring of a pool
 * @pool: the pool, whose device does not access the ring
 *
 * Context: sleeps.
 */
void mfigb_tx_free(struct mfigb_pool *pool)
{
	struct mfigb_tx *tx = &pool->tx;
	u32 i;

	for (i = 0; tx->buf && i < MFIGB_TX_ENTRIES && tx->buf[i].data;
	     i += mfigb_tx_per_chunk(tx)) {
		dma_unmap_page(mfigb_tx_dev(pool), tx->buf[i].dma,
			       PAGE_SIZE << tx->order, DMA_TO_DEVICE);
		free_pages((unsigned long)tx->buf[i].data, tx->order);
	}
	kvfree(tx->buf);
	if (tx->desc)
		dma_free_coherent(mfigb_tx_dev(pool),
				  MFIGB_TX_ENTRIES * sizeof(*tx->desc),
				  tx->desc, tx->dma);
	tx->buf = NULL;
	tx->desc = NULL;
}

/**
 * mfigb_tx_start - let the device use the transmit ring
 * @pool: the pool, whose ring is empty
 *
 * Context: sleeps, hw_lock of the NIC.
 */
void mfigb_tx_start(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	struct mfigb_tx *tx = &pool->tx;
	u32 q = pool->index;

	mfigb_write(nic, MFIGB_TDBAL(q), lower_32_bits(tx->dma));
	mfigb_write(nic, MFIGB_TDBAH(q), upper_32_bits(tx->dma));
	mfigb_write(nic, MFIGB_TDLEN(q),
		    MFIGB_TX_ENTRIES * sizeof(struct mfigb_desc));
	mfigb_write(nic, MFIGB_TDH(q), 0);
	mfigb_write(nic, MFIGB_TDT(q), 0);
	mfigb_write(nic, MFIGB_TXDCTL(q),
		    MFIGB_DCTL_PTHRESH | MFIGB_DCTL_HTHRESH |
		    MFIGB_DCTL_WTHRESH | MFIGB_DCTL_ENABLE);
	mfigb_flush(nic);

	spin_lock_bh(&tx->lock);
	tx->used = 0;
	tx->clean = 0;
	tx->watched = false;
	tx->on = true;
	spin_unlock_bh(&tx->lock);
}

static u32 mfigb_tx_room(const struct mfigb_tx *tx)
{
	/* One entry stays free, as head and tail tell empty from full. */
	return MFIGB_TX_ENTRIES - 1 - (tx->used - tx->clean);
}

/* Find descriptors that the device has handled. Called with the lock held. */
static void mfigb_tx_reclaim(struct mfigb_tx *tx)
{
	lockdep_assert_held(&tx->lock);
	while (tx->clean != tx->used) {
		u32 n = tx->buf[tx->clean % MFIGB_TX_ENTRIES].descs;
		u32 last = (tx->clean + n - 1) % MFIGB_TX_ENTRIES;

		if (!(le32_to_cpu(READ_ONCE(tx->desc[last].hi)) &
		      MFIGB_DESC_DD))
			break;
		tx->clean += n;
	}
}

/**
 * mfigb_tx_stop - end accesses of the device to the transmit ring
 * @pool: the pool
 *
 * Frames that the device has not sent after a short time are lost, and counted
 * as such.
 *
 * Context: sleeps, hw_lock of the NIC.
 */
void mfigb_tx_stop(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	struct mfigb_tx *tx = &pool->tx;
	u32 q = pool->index, value;

	spin_lock_bh(&tx->lock);
	tx->on = false;
	spin_unlock_bh(&tx->lock);

	readl_poll_timeout(nic->regs + MFIGB_TDH(q), value,
			   value == mfigb_read(nic, MFIGB_TDT(q)), 100, 20000);
	mfigb_write(nic, MFIGB_TXDCTL(q), 0);
	mfigb_flush(nic);
	/* The device may still read a frame. */
	usleep_range(1000, 2000);

	spin_lock_bh(&tx->lock);
	mfigb_tx_reclaim(tx);
	while (tx->clean != tx->used) {
		tx->clean += tx->buf[tx->clean % MFIGB_TX_ENTRIES].descs;
		this_cpu_inc(pool->stats->tx_no_dest);
	}
	spin_unlock_bh(&tx->lock);
}

/* Write the next descriptor, which is free, for the first bytes of its buffer. */
static void mfigb_tx_desc(struct mfigb_pool *pool, u32 len, u32 lo, u32 hi)
{
	struct mfigb_tx *tx = &pool->tx;
	u32 i = tx->used++ % MFIGB_TX_ENTRIES;

	dma_sync_single_for_device(mfigb_tx_dev(pool), tx->buf[i].dma, len,
				   DMA_TO_DEVICE);
	tx->desc[i] = (struct mfigb_desc) {
		.addr = cpu_to_le64(tx->buf[i].dma),
		.lo = cpu_to_le32(len | lo | MFIGB_TXD_DATA | MFIGB_TXD_IFCS |
				  MFIGB_TXD_DEXT),
		.hi = cpu_to_le32(hi),
	};
}

/*
 * Copy a frame of a wire to the next buffer. Short frames are padded, as the
 * device takes none of less than 17 bytes.
 */
static void mfigb_tx_put(struct mfigb_pool *pool, const struct mf_frame *frame)
{
	struct mfigb_tx *tx = &pool->tx;
	struct mfigb_tx_buf *buf = &tx->buf[tx->used % MFIGB_TX_ENTRIES];
	u32 len = frame->len;

	/* Senders keep to the limit, and mf_frame_copy() has none. */
	if (WARN_ON_ONCE(len > tx->buf_size)) {
		this_cpu_inc(pool->stats->tx_invalid);
		return;
	}
	mf_frame_copy(buf->data, frame);
	if (unlikely(len < ETH_ZLEN)) {
		memset(buf->data + len, 0, ETH_ZLEN - len);
		len = ETH_ZLEN;
	}
	buf->descs = 1;
	mfigb_tx_desc(pool, len, MFIGB_TXD_EOP | MFIGB_TXD_RS,
		      len << MFIGB_TXD_PAYLEN);
}

/*
 * Copy a frame that the device completes to the next buffers, behind a context
 * descriptor, which has no buffer.
 */
static void mfigb_tx_put_offload(struct mfigb_pool *pool,
				 const struct mf_frame *frame,
				 const struct mfigb_offload *how)
{
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(frame);
	struct mfigb_tx *tx = &pool->tx;
	u32 start = tx->used, left, n;
	u32 i = start % MFIGB_TX_ENTRIES;

	tx->desc[i] = (struct mfigb_desc) {
		.addr = cpu_to_le64(how->lens),
		.lo = cpu_to_le32(how->types | MFIGB_TXD_CONTEXT |
				  MFIGB_TXD_DEXT),
		.hi = cpu_to_le32(how->sizes),
	};
	tx->used++;
	for (left = frame->len; left; left -= n) {
		void *data = tx->buf[tx->used % MFIGB_TX_ENTRIES].data;
		u32 end = 0;

		n = min(left, tx->buf_size);
		mf_frame_read(&it, data, n);
		if (left == frame->len)
			mfigb_offload_prepare(frame, how, data);
		if (n == left)
			end = MFIGB_TXD_EOP | MFIGB_TXD_RS;
		mfigb_tx_desc(pool, n, how->command | end, how->status);
	}
	tx->buf[i].descs = tx->used - start;
}

/*
 * Cut a whole frame. If it becomes more frames than the ring has entries, the
 * last ones are lost.
 */
static void mfigb_tx_cut(struct mfigb_pool *pool, const struct mf_frame *whole)
{
	const struct mf_frame *made;
	unsigned int n, i;
	struct mf_cut cut;

	mf_cut_start(&cut, whole, 1);
	while ((n = mf_cut_next(&cut, &made)))
		for (i = 0; i < n; i++) {
			if (mfigb_tx_room(&pool->tx))
				mfigb_tx_put(pool, &made[i]);
			else
				this_cpu_inc(pool->stats->tx_no_dest);
		}
}

/* Give a frame to the device. Return false without room. */
static bool mfigb_tx_one(struct mfigb_pool *pool, const struct mf_frame *frame)
{
	struct mfigb_tx *tx = &pool->tx;
	struct mfigb_offload how;
	enum mfigb_way way;
	u32 need = 1;

	way = mfigb_offload_way(frame, &how);
	if (way == MFIGB_OFFLOAD)
		need = DIV_ROUND_UP(frame->len, tx->buf_size) + 1;
	else if (way == MFIGB_CUT)
		need = min_t(u32, frame->cut->n, MFIGB_TX_ENTRIES - 1);
	if (mfigb_tx_room(tx) < need) {
		mfigb_tx_reclaim(tx);
		if (mfigb_tx_room(tx) < need)
			return false;
	}
	switch (way) {
	case MFIGB_PLAIN:
		mfigb_tx_put(pool, frame);
		break;
	case MFIGB_OFFLOAD:
		mfigb_tx_put_offload(pool, frame, &how);
		break;
	case MFIGB_CUT:
		mfigb_tx_cut(pool, frame);
		break;
	}

	return true;
}

/**
 * mfigb_tx_send - give frames to the device
 * @pool: the pool
 * @frames: frames in order, of valid lengths
 * @n: number of @frames, at least 1
 *
 * Context: atomic.
 * Return: number of frames that the device takes. If it is less than @n,
 *	mfigb_tx_poll() will tell when there is room, or when the pool runs
 *	again.
 */
unsigned int mfigb_tx_send(struct mfigb_pool *pool,
			   const struct mf_frame *frames, unsigned int n)
{
	struct mfigb_tx *tx = &pool->tx;
	unsigned int i = 0;
	u32 start;

	spin_lock(&tx->lock);
	start = tx->used;
	while (i < n && likely(tx->on) && mfigb_tx_one(pool, &frames[i]))
		i++;
	if (i < n)
		tx->stalled = true;
	if (likely(tx->used != start))
		mfigb_write(pool->nic, MFIGB_TDT(pool->index),
			    tx->used % MFIGB_TX_ENTRIES);
	spin_unlock(&tx->lock);

	return i;
}

/**
 * mfigb_tx_poll - look for descriptors that the device has handled
 * @pool: the pool
 *
 * Context: softirq.
 * Return: true if senders that wait for room may go on.
 */
bool mfigb_tx_poll(struct mfigb_pool *pool)
{
	struct mfigb_tx *tx = &pool->tx;
	bool resume = false;

	spin_lock(&tx->lock);
	mfigb_tx_reclaim(tx);
	if (unlikely(tx->stalled) && tx->on) {
		/* A whole frame may need half of the ring. */
		resume = mfigb_tx_room(tx) >= MFIGB_TX_ENTRIES / 2;
		if (resume)
			tx->stalled = false;
	}
	spin_unlock(&tx->lock);

	return resume;
}

/**
 * mfigb_tx_hung - find out whether the device has stopped sending
 * @pool: the pool
 *
 * The caller calls this again and again, with the same time in between.
 *
 * Context: sleeps.
 * Return: true if no frame was sent since the last call, though there are some.
 */
bool mfigb_tx_hung(struct mfigb_pool *pool)
{
	struct mfigb_tx *tx = &pool->tx;
	bool hung, waits;

	spin_lock_bh(&tx->lock);
	mfigb_tx_reclaim(tx);
	waits = tx->on && tx->clean != tx->used;
	hung = waits && tx->watched && tx->clean == tx->watched_clean;
	tx->watched = waits;
	tx->watched_clean = tx->clean;
	spin_unlock_bh(&tx->lock);

	return hung;
}
