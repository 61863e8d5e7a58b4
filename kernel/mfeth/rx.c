// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Reception. The sender puts a frame into a ring, on its CPU. Of a whole frame,
 * the ring gets the buffer, and NAPI passes it to the stack. Frames of a wire
 * are copied; for large frames this is the only copy. NAPI makes an skb of the
 * entry's buffer and puts a new buffer in its place. So each entry always has a
 * buffer, and the sender never allocates memory.
 */
#include <linux/etherdevice.h>
#include <linux/mf_frame.h>
#include <linux/slab.h>
#include <net/busy_poll.h>
#include <net/page_pool/helpers.h>

#include "mfeth.h"

#define MFETH_RX_HEADROOM	(XDP_PACKET_HEADROOM + NET_IP_ALIGN)

/*
 * Frames shorter than this part of a buffer are copied into an skb: a whole
 * buffer would be charged to the socket that holds the frame.
 */
#define MFETH_COPYBREAK_SHIFT		2
#define MFETH_COPYBREAK_PAGE_SHIFT	3

/* Maximum number of frames that one call puts into a queue at once. */
#define MFETH_RX_RUN	16

struct mfeth_run {
	struct mfeth_rxq	*q;
	bool			sum;
	unsigned int		n;
	struct {
		const struct mf_frame	*frame;
		u32			hash;
		u8			hash_type;
	} frames[MFETH_RX_RUN];
};

static void mfeth_rx_copy(struct mfeth_slot *slot, const struct mf_frame *frame,
			  bool sum)
{
	u8 *to = slot->buf + MFETH_RX_HEADROOM;

	slot->verified = sum && frame->csum_ok;
	slot->summed = sum && !frame->csum_ok;
	if (slot->summed)
		slot->csum = mf_frame_copy_sum(to, frame, ETH_HLEN);
	else
		mf_frame_copy(to, frame);
	slot->len = frame->len;
	slot->frames = 1;
}

/*
 * Put a frame into the next entry, which is free. Called with the queue's lock
 * held.
 */
static void mfeth_rx_put(struct mfeth_rxq *q, const struct mf_frame *frame,
			 bool sum, u32 hash, u8 hash_type)
{
	struct mfeth_ring *ring = q->ring;
	struct mfeth_slot *slot = &ring->slots[q->prod & (ring->entries - 1)];

	lockdep_assert_held(&q->lock);
	if (mf_frame_is_whole(frame)) {
		slot->skb = skb_get(frame->cut->skb);
		slot->len = mf_frame_wire_len(frame);
		slot->frames = mf_frame_wire_frames(frame, 1);
	} else {
		mfeth_rx_copy(slot, frame, sum);
	}
	slot->hash = hash;
	slot->hash_type = hash_type;
	/* Pairs with the acquire in mfeth_poll(), which reads the entry. */
	smp_store_release(&q->prod, q->prod + 1);
}

/*
 * A ring that is filling up asks the sender to pause, as long as NAPI runs.
 * Called with the queue's lock held.
 */
static bool mfeth_rx_short_of_room(const struct mfeth_rxq *q, u32 room)
{
	unsigned long end = READ_ONCE(q->polled) +
			    msecs_to_jiffies(MFETH_PAUSE_MAX_MS);

	lockdep_assert_held(&q->lock);
	return room < q->ring->entries >> MFETH_PAUSE_SHIFT &&
	       time_before(jiffies, end);
}

static void mfeth_rx_run(struct mfeth_run *run)
{
	const struct mf_frame *first = run->frames[0].frame;
	struct mfeth_rxq *q = run->q;
	unsigned int room, i, n;

	spin_lock(&q->lock);
	/*
	 * Pairs with the release in mfeth_poll(): free entries have new
	 * buffers.
	 */
	room = q->ring->entries - (q->prod - smp_load_acquire(&q->cons));
	n = min(room, run->n);
	if (room == q->ring->entries)
		WRITE_ONCE(q->polled, jiffies);
	for (i = 0; i < n; i++)
		mfeth_rx_put(q, run->frames[i].frame, run->sum,
			     run->frames[i].hash, run->frames[i].hash_type);
	if (mf_frame_is_whole(first) && mfeth_rx_short_of_room(q, room - n))
		*first->cut->pause = true;
	if (unlikely(n < run->n)) {
		u64_stats_update_begin(&q->drops.syncp);
		for (; i < run->n; i++)
			u64_stats_add(&q->drops.no_buffer,
				      mf_frame_wire_frames(run->frames[i].frame,
							   1));
		u64_stats_update_end(&q->drops.syncp);
	}
	spin_unlock(&q->lock);
	run->n = 0;

	napi_schedule(&q->napi);
}

static bool mfeth_rx_wants(struct mfeth *eth, const struct mf_frame *frame,
			   u32 max_len)
{
	/* The port loops multicast back for its other clients. */
	if (frame->src == &eth->rxq && is_multicast_ether_addr(frame->hdr))
		return false;
	if (!mfeth_filter_pass(eth, frame)) {
		this_cpu_add(eth->pcpu->rx_filtered,
			     mf_frame_wire_frames(frame, 1));
		return false;
	}
	if (unlikely(!mf_frame_fits(frame, max_len))) {
		this_cpu_add(eth->pcpu->rx_too_long,
			     mf_frame_wire_frames(frame, 1));
		return false;
	}

	return true;
}

/* See &mf_rxq_ops.rx. */
static void mfeth_rx(struct mf_rxq *rxq, const struct mf_frame *frames,
		     unsigned int n)
{
	struct mfeth *eth = container_of(rxq, struct mfeth, rxq);
	const struct net_device *dev = eth->dev;
	u8 hash_type = PKT_HASH_TYPE_NONE;
	const struct mfeth_rss *rss;
	struct mfeth_run run;
	unsigned int live, i;
	u32 hash = 0, max_len;
	bool hashed;

	/* Pairs with the release in mfeth_start(). */
	live = smp_load_acquire(&eth->live);
	/* The queues are stopped, or their rings are being replaced. */
	if (unlikely(!live))
		return;

	rss = rcu_dereference(eth->rss);
	run.n = 0;
	run.q = eth->rxqs;
	/* A program may change bytes that the checksum covers. */
	run.sum = dev->features & NETIF_F_RXCSUM &&
		  !rcu_access_pointer(eth->prog);
	/* A single queue keeps the hash of a whole frame's buffer. */
	hashed = live > 1 || (dev->features & NETIF_F_RXHASH &&
			      !mf_frame_is_whole(frames));
	max_len = eth->rxqs[0].ring->max_len;

	for (i = 0; i < n; i++) {
		struct mfeth_rxq *q = eth->rxqs;

		if (!mfeth_rx_wants(eth, &frames[i], max_len))
			continue;
		if (hashed)
			hash = mfeth_rss_hash(rss, &frames[i], &hash_type);
		if (live > 1)
			q += rss->indir[hash % MFETH_RSS_INDIR];
		if (run.n && (q != run.q || run.n == MFETH_RX_RUN))
			mfeth_rx_run(&run);
		run.q = q;
		run.frames[run.n].frame = &frames[i];
		run.frames[run.n].hash = hash;
		run.frames[run.n].hash_type = hash_type;
		run.n++;
	}
	if (run.n)
		mfeth_rx_run(&run);
}

const struct mf_rxq_ops mfeth_rxq_ops = {
	.rx = mfeth_rx,
};

static struct sk_buff *mfeth_rx_short(struct mfeth_rxq *q,
				      const struct xdp_buff *xdp)
{
	struct sk_buff *skb;
	u32 meta, len;

	meta = xdp->data_meta > xdp->data ? 0 : xdp->data - xdp->data_meta;
	len = xdp->data_end - xdp->data;
	skb = napi_alloc_skb(&q->napi, meta + len);
	if (!skb)
		return NULL;
	memcpy(__skb_put(skb, meta + len), xdp->data - meta, meta + len);
	__skb_pull(skb, meta);
	if (meta)
		skb_metadata_set(skb, meta);

	return skb;
}

static struct sk_buff *mfeth_rx_build(struct mfeth_rxq *q,
				      const struct xdp_buff *xdp,
				      struct mfeth_slot *slot)
{
	struct mfeth_ring *ring = q->ring;
	struct sk_buff *skb;
	struct page *page;

	page = page_pool_dev_alloc_pages(ring->pool);
	if (unlikely(!page))
		return NULL;
	skb = napi_build_skb(slot->buf, ring->buf_size);
	if (unlikely(!skb)) {
		page_pool_recycle_direct(ring->pool, page);
		return NULL;
	}
	slot->buf = page_address(page);
	skb_mark_for_recycle(skb);
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	__skb_put(skb, xdp->data_end - xdp->data);
	if (xdp->data_meta < xdp->data)
		skb_metadata_set(skb, xdp->data - xdp->data_meta);

	return skb;
}

static void mfeth_rx_type(struct mfeth_rxq *q, struct sk_buff *skb, u32 frames)
{
	skb_record_rx_queue(skb, q - q->eth->rxqs);
	skb->protocol = eth_type_trans(skb, q->eth->dev);
	if (skb->pkt_type == PACKET_MULTICAST)
		u64_stats_add(&q->stats.multicast, frames);
}

/*
 * Pass the buffer of a sender to the stack, as veth does. GRO has nothing to
 * merge, since the sender hands on whole frames.
 */
static void mfeth_rx_taken(struct mfeth_rxq *q, struct mfeth_slot *slot)
{
	/* The sender, or another receiver, may still have a reference. */
	struct sk_buff *skb = skb_share_check(slot->skb, GFP_ATOMIC);

	slot->skb = NULL;
	if (unlikely(!skb))
		goto failed;
	/* Pages that a process may change or wait for stay with the sender. */
	if (unlikely(skb_orphan_frags(skb, GFP_ATOMIC)))
		goto free;
	skb_scrub_packet(skb, true);
	skb->priority = 0;
	if (slot->hash_type != PKT_HASH_TYPE_NONE &&
	    q->eth->dev->features & NETIF_F_RXHASH)
		skb_set_hash(skb, slot->hash, slot->hash_type);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		u64_stats_add(&q->stats.csum, slot->frames);
	mfeth_rx_type(q, skb, slot->frames);
	skb_mark_napi_id(skb, &q->napi);
	netif_receive_skb(skb);
	return;

free:
	kfree_skb(skb);
failed:
	u64_stats_add(&q->stats.alloc_fail, slot->frames);
}

static void mfeth_rx_skb(struct mfeth_rxq *q, const struct xdp_buff *xdp,
			 struct mfeth_slot *slot)
{
	struct net_device *dev = q->eth->dev;
	struct sk_buff *skb;

	if (xdp->data_end - xdp->data <= q->ring->copybreak)
		skb = mfeth_rx_short(q, xdp);
	else
		skb = mfeth_rx_build(q, xdp, slot);
	if (unlikely(!skb)) {
		u64_stats_inc(&q->stats.alloc_fail);
		return;
	}

	if (slot->summed) {
		skb->ip_summed = CHECKSUM_COMPLETE;
		skb->csum = slot->csum;
		u64_stats_inc(&q->stats.csum);
	} else if (slot->verified) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		u64_stats_inc(&q->stats.csum);
		u64_stats_inc(&q->stats.csum_device);
	}
	if (dev->features & NETIF_F_RXHASH)
		skb_set_hash(skb, slot->hash, slot->hash_type);
	mfeth_rx_type(q, skb, 1);
	napi_gro_receive(&q->napi, skb);
}

/**
 * mfeth_poll - NAPI poll function of a receive queue
 * @napi: NAPI of the queue
 * @budget: maximum number of frames
 *
 * Context: NAPI.
 * Return: the number of frames.
 */
int mfeth_poll(struct napi_struct *napi, int budget)
{
	struct mfeth_rxq *q = container_of(napi, struct mfeth_rxq, napi);
	struct mfeth_ring *ring = q->ring;
	u64 packets = 0, bytes = 0;
	u32 cons = q->cons, n, i;
	struct bpf_prog *prog;
	u32 verdicts = 0;

	/* Pairs with the release in mfeth_rx_put(). */
	n = min_t(u32, smp_load_acquire(&q->prod) - cons, budget);
	WRITE_ONCE(q->polled, jiffies);

	rcu_read_lock();
	prog = rcu_dereference(q->eth->prog);
	u64_stats_update_begin(&q->stats.syncp);
	for (i = 0; i < n; i++) {
		struct mfeth_slot *slot;
		struct xdp_buff xdp;
		u32 verdict;

		slot = &ring->slots[(cons + i) & (ring->entries - 1)];
		bytes += slot->len;
		packets += slot->frames;
		/* It came before a program, see mfeth_set_whole(). */
		if (slot->skb) {
			mfeth_rx_taken(q, slot);
			continue;
		}
		xdp_init_buff(&xdp, ring->buf_size, &ring->xdp_rxq);
		xdp_prepare_buff(&xdp, slot->buf, MFETH_RX_HEADROOM, slot->len,
				 true);
		if (unlikely(prog)) {
			verdict = mfeth_xdp_run(q, prog, &xdp, slot);
			verdicts |= BIT(verdict);
			if (verdict != XDP_PASS)
				continue;
			slot->summed = false;
		}
		mfeth_rx_skb(q, &xdp, slot);
	}
	if (ring->xdp_tx.n)
		mfeth_xdp_flush(q);
	u64_stats_add(&q->stats.packets, packets);
	u64_stats_add(&q->stats.bytes, bytes);
	u64_stats_update_end(&q->stats.syncp);
	if (verdicts & BIT(XDP_REDIRECT))
		xdp_do_flush();
	rcu_read_unlock();

	/* Pairs with the acquire in mfeth_rx_run(). */
	smp_store_release(&q->cons, cons + n);
	if (n < budget)
		napi_complete_done(napi, n);

	return n;
}

/**
 * mfeth_ring_free - free a ring with its buffers
 * @ring: unused ring, or NULL
 *
 * Context: sleeps.
 */
void mfeth_ring_free(struct mfeth_ring *ring)
{
	u32 i;

	if (!ring)
		return;
	for (i = 0; i < ring->entries; i++) {
		void *buf = ring->slots[i].buf;

		kfree_skb(ring->slots[i].skb);
		if (buf)
			page_pool_put_full_page(ring->pool, virt_to_page(buf),
						false);
	}
	if (xdp_rxq_info_is_reg(&ring->xdp_rxq))
		xdp_rxq_info_unreg(&ring->xdp_rxq);
	if (ring->pool)
		page_pool_destroy(ring->pool);
	kvfree(ring);
}

static int mfeth_ring_init(struct mfeth_ring *ring, struct mfeth_rxq *q,
			   u32 mtu)
{
	struct page_pool_params params = {
		.pool_size = ring->entries,
		.nid = NUMA_NO_NODE,
		.dev = q->eth->qb->dev,
		.netdev = q->eth->dev,
		.queue_idx = q - q->eth->rxqs,
	};
	struct page *page;
	u32 size, i;
	int err;

	ring->max_len = mtu + VLAN_ETH_HLEN;
	size = SKB_DATA_ALIGN(MFETH_RX_HEADROOM + ring->max_len) +
	       SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	params.order = get_order(size);
	ring->buf_size = PAGE_SIZE << params.order;
	ring->copybreak = ring->buf_size >> (params.order ?
					     MFETH_COPYBREAK_SHIFT :
					     MFETH_COPYBREAK_PAGE_SHIFT);
	ring->pool = page_pool_create(&params);
	if (IS_ERR(ring->pool)) {
		err = PTR_ERR(ring->pool);
		ring->pool = NULL;
		return err;
	}
	err = xdp_rxq_info_reg(&ring->xdp_rxq, q->eth->dev, params.queue_idx,
			       q->napi.napi_id);
	if (err)
		return err;
	err = xdp_rxq_info_reg_mem_model(&ring->xdp_rxq, MEM_TYPE_PAGE_POOL,
					 ring->pool);
	if (err)
		return err;

	/*
	 * Charge the buffers to the process that configures the interface,
	 * maybe in a container, and fail rather than invoke the OOM killer.
	 * Buffers that replace them later are not charged, but their number is
	 * at most that of the entries.
	 */
	for (i = 0; i < ring->entries; i++) {
		page = page_pool_alloc_pages(ring->pool,
					     GFP_KERNEL_ACCOUNT | __GFP_NOWARN |
					     __GFP_RETRY_MAYFAIL);
		if (!page)
			return -ENOMEM;
		ring->slots[i].buf = page_address(page);
	}

	return 0;
}

/**
 * mfeth_ring_alloc - allocate a ring full of buffers
 * @q: queue for the ring; its present ring is not touched
 * @config: number of entries and length of frames
 *
 * Context: sleeps.
 * Return: the ring, or an ERR_PTR.
 */
struct mfeth_ring *mfeth_ring_alloc(struct mfeth_rxq *q,
				    const struct mfeth_config *config)
{
	struct mfeth_ring *ring;
	int err;

	ring = kvzalloc(struct_size(ring, slots, config->entries),
			GFP_KERNEL_ACCOUNT);
	if (!ring)
		return ERR_PTR(-ENOMEM);
	ring->entries = config->entries;
	err = mfeth_ring_init(ring, q, config->mtu);
	if (err) {
		mfeth_ring_free(ring);
		return ERR_PTR(err);
	}

	return ring;
}

/**
 * mfeth_pcpu_read - sum up per-CPU counters
 * @eth: the interface
 * @sum: result
 *
 * Context: any.
 */
void mfeth_pcpu_read(const struct mfeth *eth, struct mfeth_pcpu *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct mfeth_pcpu *pcpu = per_cpu_ptr(eth->pcpu, cpu);

		sum->rx_filtered += READ_ONCE(pcpu->rx_filtered);
		sum->rx_too_long += READ_ONCE(pcpu->rx_too_long);
	}
}
