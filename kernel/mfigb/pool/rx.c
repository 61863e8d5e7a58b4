// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Reception. The device writes frames to the pages of the ring. The poll
 * function passes them to the receive domain in batches. Receivers copy, so the
 * pages go back to the device at once.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/iopoll.h>
#include <linux/sizes.h>
#include <net/page_pool/helpers.h>

#include "pool/pool.h"

/*
 * Limit of one poll's work in bytes times receivers. With one receiver for each
 * frame, a poll stays below it.
 */
#define MFIGB_RX_BUDGET		SZ_1M

static struct device *mfigb_rx_dev(const struct mfigb_pool *pool)
{
	return &pool->nic->pdev->dev;
}

/* Prepare a descriptor with its page for the device. */
static void mfigb_rx_fill(struct mfigb_pool *pool, u32 i)
{
	dma_addr_t dma = page_pool_get_dma_addr(pool->rx.page[i]);

	dma_sync_single_range_for_device(mfigb_rx_dev(pool), dma, 0,
					 MFIGB_RX_BUF, DMA_FROM_DEVICE);
	pool->rx.desc[i] = (struct mfigb_desc) { .addr = cpu_to_le64(dma) };
}

/**
 * mfigb_rx_alloc - allocate the receive ring of a pool
 * @pool: the pool
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int mfigb_rx_alloc(struct mfigb_pool *pool)
{
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = MFIGB_RX_ENTRIES,
		.nid = dev_to_node(mfigb_rx_dev(pool)),
		.dev = mfigb_rx_dev(pool),
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = MFIGB_RX_BUF,
	};
	struct mfigb_rx *rx = &pool->rx;
	int err;
	u32 i;

	memset(rx, 0, sizeof(*rx));
	rx->pages = page_pool_create(&params);
	if (IS_ERR(rx->pages)) {
		err = PTR_ERR(rx->pages);
		rx->pages = NULL;
		return err;
	}
	rx->page = kvcalloc(MFIGB_RX_ENTRIES, sizeof(*rx->page), GFP_KERNEL);
	rx->desc = dma_alloc_coherent(mfigb_rx_dev(pool),
				      MFIGB_RX_ENTRIES * sizeof(*rx->desc),
				      &rx->dma, GFP_KERNEL);
	if (!rx->page || !rx->desc)
		goto err_free;
	for (i = 0; i < MFIGB_RX_ENTRIES; i++) {
		rx->page[i] = page_pool_alloc_pages(rx->pages, GFP_KERNEL);
		if (!rx->page[i])
			goto err_free;
	}

	return 0;

err_free:
	mfigb_rx_free(pool);
	return -ENOMEM;
}

/**
 * mfigb_rx_free - free the receive ring of a pool
 * @pool: the pool, whose device does not access the ring
 *
 * Context: sleeps.
 */
void mfigb_rx_free(struct mfigb_pool *pool)
{
	struct mfigb_rx *rx = &pool->rx;
	u32 i;

	for (i = 0; rx->page && i < MFIGB_RX_ENTRIES; i++)
		if (rx->page[i])
			page_pool_put_full_page(rx->pages, rx->page[i], false);
	kvfree(rx->page);
	if (rx->desc)
		dma_free_coherent(mfigb_rx_dev(pool),
				  MFIGB_RX_ENTRIES * sizeof(*rx->desc),
				  rx->desc, rx->dma);
	page_pool_destroy(rx->pages);
	memset(rx, 0, sizeof(*rx));
}

/**
 * mfigb_rx_start - let the device use the receive ring
 * @pool: the pool, whose NAPI does not run
 *
 * Context: hw_lock of the NIC.
 */
void mfigb_rx_start(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	u32 q = pool->index, i;

	pool->rx.next = 0;
	for (i = 0; i < MFIGB_RX_ENTRIES; i++)
		mfigb_rx_fill(pool, i);
	mfigb_write(nic, MFIGB_RDBAL(q), lower_32_bits(pool->rx.dma));
	mfigb_write(nic, MFIGB_RDBAH(q), upper_32_bits(pool->rx.dma));
	mfigb_write(nic, MFIGB_RDLEN(q),
		    MFIGB_RX_ENTRIES * sizeof(struct mfigb_desc));
	mfigb_write(nic, MFIGB_SRRCTL(q), MFIGB_RX_BUF / SZ_1K |
		    MFIGB_SRRCTL_ONE_BUFFER | MFIGB_SRRCTL_DROP);
	mfigb_write(nic, MFIGB_RDH(q), 0);
	mfigb_write(nic, MFIGB_RDT(q), 0);
	mfigb_write(nic, MFIGB_RXDCTL(q),
		    MFIGB_DCTL_PTHRESH | MFIGB_DCTL_HTHRESH |
		    MFIGB_DCTL_WTHRESH | MFIGB_DCTL_ENABLE);
	/* The tail only counts once the queue is enabled. */
	mfigb_flush(nic);
	mfigb_write(nic, MFIGB_RDT(q), MFIGB_RX_ENTRIES - 1);
}

/**
 * mfigb_rx_stop - end accesses of the device to the receive ring
 * @pool: the pool
 *
 * Context: sleeps, hw_lock of the NIC.
 */
void mfigb_rx_stop(struct mfigb_pool *pool)
{
	struct mfigb *nic = pool->nic;
	u32 value;

	mfigb_write(nic, MFIGB_RXDCTL(pool->index), 0);
	/* A device that is gone has all bits set. */
	if (readl_poll_timeout(nic->regs + MFIGB_RXDCTL(pool->index), value,
			       !(value & MFIGB_DCTL_ENABLE) || value == ~0U,
			       100, 20000))
		pci_err(nic->pdev, "receive queue %u does not stop\n",
			pool->index);
	/* A frame may be on its way to memory. */
	usleep_range(100, 200);
}

/*
 * Find the next frame, which begins at entry @i. Set @len to the length of its
 * last part. Return the number of descriptors, 0 if the frame is not complete.
 */
static unsigned int mfigb_rx_find(const struct mfigb_rx *rx, u32 i, u32 *len,
				  bool *good)
{
	unsigned int n;

	*good = true;
	for (n = 1; n < MFIGB_RX_ENTRIES; n++) {
		const struct mfigb_desc *desc = &rx->desc[i];
		u32 status = le32_to_cpu(READ_ONCE(desc->lo));

		if (!(status & MFIGB_DESC_DD))
			break;
		/* The status is written last. */
		dma_rmb();
		*len = le32_to_cpu(desc->hi) & 0xffff;
		if (status & MFIGB_RXD_ERRORS || *len > MFIGB_RX_BUF)
			*good = false;
		if (status & MFIGB_RXD_EOP)
			return n;
		i = (i + 1) % MFIGB_RX_ENTRIES;
	}

	return 0;
}

/*
 * Find out by the last descriptor of a frame whether the device has verified
 * checksums of TCP or UDP. It checks no fragments, and no datagram whose sender
 * has left out the sum. Clients check frames with errors themselves.
 */
static bool mfigb_rx_csum_ok(const struct mfigb_desc *desc)
{
	u64 type = le64_to_cpu(desc->addr);
	u32 status = le32_to_cpu(desc->lo);

	return type & (MFIGB_RXD_TCP | MFIGB_RXD_UDP) &&
	       (status & (MFIGB_RXD_L4CS | MFIGB_RXD_L4E | MFIGB_RXD_IPE)) ==
	       MFIGB_RXD_L4CS;
}

/* Make a frame of the batch from @bufs buffers, which begin at entry @i. */
static void mfigb_rx_build(struct mfigb_pool *pool, u32 i, unsigned int bufs,
			   u32 last_len)
{
	struct mfigb_rx *rx = &pool->rx;
	struct mf_frame *frame = &rx->frames[rx->n];
	struct bio_vec *frags = rx->frags[rx->n];
	u32 last = (i + bufs - 1) % MFIGB_RX_ENTRIES;
	unsigned int n;

	*frame = (struct mf_frame) {
		.hdr = page_address(rx->page[i]),
		.csum_ok = mfigb_rx_csum_ok(&rx->desc[last]),
		.frags = frags,
	};
	for (n = 1; n <= bufs; n++) {
		u32 len = n == bufs ? last_len : MFIGB_RX_BUF;
		struct page *page = rx->page[i];
		u32 off = 0;

		dma_sync_single_range_for_cpu(mfigb_rx_dev(pool),
					      page_pool_get_dma_addr(page), 0,
					      len, DMA_FROM_DEVICE);
		frame->len += len;
		if (n == 1) {
			off = min_t(u32, len, MF_FRAME_HDR);
			frame->hdr_len = off;
		}
		if (len > off)
			bvec_set_page(&frags[frame->nr_frags++], page,
				      len - off, off);
		i = (i + 1) % MFIGB_RX_ENTRIES;
	}
	rx->bufs[rx->n++] = bufs;
}

/* Give descriptors of handled frames back to the device. */
static void mfigb_rx_release(struct mfigb_pool *pool, unsigned int bufs)
{
	struct mfigb_rx *rx = &pool->rx;

	while (bufs--) {
		mfigb_rx_fill(pool, rx->next);
		rx->next = (rx->next + 1) % MFIGB_RX_ENTRIES;
	}
}

/*
 * A frame with the pool's own source address comes from the pool: a device that
 * loops multicast frames back to their sender.
 */
static bool mfigb_rx_reflected(const struct mfigb_pool *pool,
			       const struct mf_frame *frame)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;

	return ether_addr_equal(eth->h_source, pool->mac);
}

/*
 * Make a batch of at most @max frames. Leave out and release bad frames.
 * Return the number of frames left out.
 */
static unsigned int mfigb_rx_gather(struct mfigb_pool *pool, unsigned int max)
{
	struct mfigb_rx *rx = &pool->rx;
	unsigned int bad = 0, bufs;
	u32 i = rx->next, len;
	bool good;

	rx->n = 0;
	while (rx->n + bad < max && rx->n < MFIGB_RX_BATCH) {
		bufs = mfigb_rx_find(rx, i, &len, &good);
		if (!bufs)
			break;
		if (likely(good && bufs <= MFIGB_RX_BUFS)) {
			mfigb_rx_build(pool, i, bufs, len);
			i = (i + bufs) % MFIGB_RX_ENTRIES;
			if (likely(rx->frames[rx->n - 1].len >= MF_FRAME_MIN &&
				   !mfigb_rx_reflected(pool,
						       &rx->frames[rx->n - 1])))
				continue;
			rx->n--;
		}
		/* Descriptors are released in order. */
		if (rx->n)
			break;
		mfigb_rx_release(pool, bufs);
		i = rx->next;
		bad++;
	}

	return bad;
}

/**
 * mfigb_rx_poll - handle received frames
 * @pool: the pool
 * @budget: maximum number of frames
 *
 * Context: NAPI.
 * Return: number of frames, or @budget if there may be more.
 */
int mfigb_rx_poll(struct mfigb_pool *pool, int budget)
{
	struct mfigb_rx *rx = &pool->rx;
	u32 start = rx->next, bytes = MFIGB_RX_BUDGET;
	unsigned int n, i;
	int done = 0;

	rcu_read_lock();
	while (done < budget && bytes) {
		done += mfigb_rx_gather(pool, budget - done);
		if (!rx->n)
			break;
		n = mf_rx_domain_deliver(&pool->domain, rx->frames, rx->n,
					 &bytes);
		for (i = 0; i < n; i++)
			mfigb_rx_release(pool, rx->bufs[i]);
		done += n;
	}
	rcu_read_unlock();

	/* One entry stays free, so that head and tail tell full from empty. */
	if (rx->next != start)
		mfigb_write(pool->nic, MFIGB_RDT(pool->index),
			    (rx->next + MFIGB_RX_ENTRIES - 1) %
			    MFIGB_RX_ENTRIES);

	return bytes ? done : budget;
}
