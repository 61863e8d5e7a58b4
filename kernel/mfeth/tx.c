// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Transmission. Each transmit queue has a burst, in which buffers become whole
 * frames. The burst is free again when the port's xmit returns. If the port
 * takes only a part of the burst, the rest stays and the queue stops until the
 * port resumes. If a receiver has little room left, the queue pauses.
 */
#include <linux/highmem.h>
#include <linux/slab.h>
#include <net/checksum.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "mfeth.h"

static void mfeth_burst_add(struct mfeth_burst *b, const void *data, u32 len)
{
	b->n_frags += mf_frame_split(&b->frags[b->n_frags], data, len);
}

static bool mfeth_burst_full(const struct mfeth_burst *b)
{
	return b->n_frames == MFETH_TX_BURST ||
	       b->n_frags > MFETH_TX_FRAGS - MFETH_FRAME_FRAGS;
}

static void mfeth_burst_reset(struct mfeth_burst *b)
{
	unsigned int i;

	/* A receiver may have taken references to the buffers. */
	for (i = 0; i < b->n_frames; i++)
		consume_skb(b->cuts[i].skb);
	b->n_frames = 0;
	b->n_frags = 0;
	b->taken = 0;
	b->stalled = false;
}

/**
 * mfeth_burst_free - free a burst and its buffers
 * @b: a burst without users, or NULL
 *
 * Context: any.
 */
void mfeth_burst_free(struct mfeth_burst *b)
{
	if (!b)
		return;
	mfeth_burst_reset(b);
	kvfree(b);
}

/* Add the buffer's data behind @off to the fragments of the burst. */
static void mfeth_skb_frags(struct mfeth_burst *b, const struct sk_buff *skb,
			    u32 off)
{
	u32 head = skb_headlen(skb);
	int i;

	if (off < head) {
		mfeth_burst_add(b, skb->data + off, head - off);
		off = head;
	}
	off -= head;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];
		u32 len = skb_frag_size(frag);

		if (off >= len) {
			off -= len;
			continue;
		}
		mfeth_burst_add(b, skb_frag_address(frag) + off, len - off);
		off = 0;
	}
}

/* Insert the vlan tag that the buffer has in its metadata. */
static void mfeth_tag_insert(const struct sk_buff *skb, u8 *hdr, u32 rest)
{
	struct vlan_ethhdr *veth = (struct vlan_ethhdr *)hdr;

	memmove(hdr + 2 * ETH_ALEN + VLAN_HLEN, hdr + 2 * ETH_ALEN, rest);
	veth->h_vlan_proto = skb->vlan_proto;
	veth->h_vlan_TCI = htons(skb_vlan_tag_get(skb));
}

/*
 * The port drops a longer frame, and the burst has no room for its fragments.
 */
static bool mfeth_len_ok(const struct mfeth_txq *q, u32 len)
{
	return len >= MF_FRAME_MIN &&
	       len <= READ_ONCE(q->eth->attr.max_frame);
}

/*
 * Prepare a buffer whose first @hdr_len bytes are read by steering. Its headers
 * must be in the linear part, as pages may be those of a process. The headers
 * of a buffer without its checksum are there, as the place of the checksum is.
 */
static bool mfeth_skb_prepare(struct mfeth_txq *q, struct sk_buff *skb,
			      u32 hdr_len)
{
	u32 end;

	switch (skb->ip_summed) {
	case CHECKSUM_PARTIAL:
		end = skb_checksum_start_offset(skb) + skb->csum_offset +
		      sizeof(__sum16);
		if (likely(end <= min(hdr_len, skb_headlen(skb)) &&
			   skb_checksum_start_offset(skb) >= ETH_HLEN)) {
			if (!skb_is_gso(skb))
				u64_stats_inc(&q->stats.csum);
			return true;
		}
		if (skb_is_gso(skb) || skb_checksum_help(skb))
			return false;
		break;
	case CHECKSUM_COMPLETE:
		/*
		 * The checksum that this host computed on receipt is not valid
		 * for the next receiver.
		 */
		skb->ip_summed = CHECKSUM_NONE;
		break;
	}

	return pskb_may_pull(skb, hdr_len);
}

/**
 * mfeth_finish - complete a frame of a buffer, see @mf_frame_cut.finish
 * @whole: frame of a buffer
 * @index: index of @frame
 * @frame: the frame
 * @hdr: its header
 *
 * Context: atomic, during the call that carries @whole.
 */
void mfeth_finish(const struct mf_frame *whole, u32 index,
		  const struct mf_frame *frame, u8 *hdr)
{
	mf_cut_skb_finish(whole, index, frame, hdr);
}

/*
 * Describe how a buffer is cut. The header of its frame has @tag bytes more.
 */
static bool mfeth_skb_cut(struct mfeth_txq *q, struct sk_buff *skb,
			  struct mf_frame_cut *cut, u32 hdr_len, u32 tag)
{
	*cut = (struct mf_frame_cut) {
		.skb = skb,
		.n = 1,
		.size = skb->len - hdr_len,
		.hdr_len = hdr_len + tag,
		.finish = mfeth_finish,
		.room = &q->burst->room,
		.pause = &q->burst->pause,
	};
	if (!skb_is_gso(skb))
		return mfeth_len_ok(q, skb->len);

	cut->size = skb_shinfo(skb)->gso_size;
	cut->n = DIV_ROUND_UP(skb->len - hdr_len, cut->size);
	u64_stats_inc(&q->stats.gso);

	return mfeth_len_ok(q, hdr_len + cut->size);
}

/*
 * Build the frame of a buffer. It refers to the buffer itself as far as
 * possible.
 */
static bool mfeth_build(struct mfeth_txq *q, struct sk_buff *skb)
{
	u32 hdr_len = min_t(u32, skb->len, MF_FRAME_HDR), cut_len = hdr_len;
	u32 tag = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	struct mfeth_burst *b = q->burst;
	struct mf_frame_cut *cut = &b->cuts[b->n_frames];
	struct mf_frame *frame = &b->frames[b->n_frames];
	unsigned int first = b->n_frags;
	u8 *hdr = b->hdrs[b->n_frames];

	if (skb_is_gso(skb)) {
		cut_len = mf_cut_skb_hdr_len(skb);
		/* mfeth_features_check() keeps such buffers away. */
		if (unlikely(cut_len + VLAN_HLEN > MF_FRAME_HDR_SEND ||
			     cut_len >= skb->len ||
			     !pskb_may_pull(skb, cut_len)))
			return false;
		hdr_len = max(hdr_len, cut_len);
	}
	if (unlikely(!mfeth_skb_prepare(q, skb, hdr_len) ||
		     !mfeth_skb_cut(q, skb, cut, cut_len, tag)))
		return false;

	*frame = (struct mf_frame) {
		.hdr = skb->data,
		.len = skb->len + tag,
		.hdr_len = hdr_len + tag,
		.frags = &b->frags[first],
		.src = &q->eth->rxq,
		.cut = cut,
	};
	if (tag || skb_headlen(skb) < hdr_len) {
		frame->hdr = hdr;
		if (skb_copy_bits(skb, 0, hdr, hdr_len))
			return false;
		if (tag)
			mfeth_tag_insert(skb, hdr, hdr_len - 2 * ETH_ALEN);
	}
	mfeth_skb_frags(b, skb, hdr_len);
	frame->nr_frags = b->n_frags - first;
	b->n_frames++;

	return true;
}

/*
 * Send the burst unless the stack has more for it. Called with the queue's lock
 * held. Returns false if the port takes no more frames for now; the rest stays
 * in the burst.
 */
static bool mfeth_tx_run(struct mfeth *eth, struct mfeth_txq *q, bool more)
{
	struct mfeth_burst *b = q->burst;
	unsigned int taken;

	if (more && !mfeth_burst_full(b))
		return true;
	while (b->taken < b->n_frames) {
		const struct mf_frame *frames = &b->frames[b->taken];

		taken = eth->qb->ops->xmit(eth->qb, frames,
					   b->n_frames - b->taken);
		if (unlikely(!taken)) {
			u64_stats_inc(&q->stats.stop);
			b->stalled = true;
			return false;
		}
		u64_stats_add(&q->stats.packets,
			      mf_frame_wire_frames(frames, taken));
		u64_stats_add(&q->stats.bytes,
			      mf_frame_wire_bytes(frames, taken));
		b->taken += taken;
	}
	if (b->n_frames)
		mfeth_burst_reset(b);

	return true;
}

/* Let a receiver make room. Called with the queue's lock held. */
static void mfeth_pause(struct mfeth_txq *q, struct netdev_queue *txq)
{
	q->burst->pause = false;
	u64_stats_inc(&q->stats.pause);
	netif_tx_stop_queue(txq);
	hrtimer_start(&q->timer, ns_to_ktime(MFETH_PAUSE_NS),
		      HRTIMER_MODE_REL_SOFT);
}

/**
 * mfeth_pause_end - end the pause of a transmit queue
 * @timer: timer of the queue
 *
 * Context: softirq.
 * Return: HRTIMER_NORESTART.
 */
enum hrtimer_restart mfeth_pause_end(struct hrtimer *timer)
{
	struct mfeth_txq *q = container_of(timer, struct mfeth_txq, timer);
	struct mfeth *eth = q->eth;
	struct netdev_queue *txq = netdev_get_tx_queue(eth->dev, q - eth->txqs);

	__netif_tx_lock(txq, smp_processor_id());
	/* mfeth_resume() or mfeth_tx_wake() will wake the queue otherwise. */
	if (q->burst && !q->burst->stalled && READ_ONCE(eth->live))
		netif_tx_wake_queue(txq);
	__netif_tx_unlock(txq);

	return HRTIMER_NORESTART;
}

/* See ndo_start_xmit. */
netdev_tx_t mfeth_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int index = skb_get_queue_mapping(skb);
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_txq *q = &eth->txqs[index];

	/* Other code, as mfeth_tx_wake(), can wake a stalled queue. */
	if (unlikely(q->burst->stalled)) {
		netif_stop_subqueue(dev, index);
		return NETDEV_TX_BUSY;
	}

	u64_stats_update_begin(&q->stats.syncp);
	skb_tx_timestamp(skb);
	if (unlikely(!mfeth_build(q, skb))) {
		u64_stats_inc(&q->stats.drop);
		dev_kfree_skb_any(skb);
	}
	if (!mfeth_tx_run(eth, q, netdev_xmit_more()))
		netif_stop_subqueue(dev, index);
	else if (unlikely(q->burst->pause))
		mfeth_pause(q, netdev_get_tx_queue(dev, index));
	u64_stats_update_end(&q->stats.syncp);

	return NETDEV_TX_OK;
}

/**
 * mfeth_resume - see &mf_client_ops.resume
 * @client: the client of the interface
 */
void mfeth_resume(struct mf_client *client)
{
	struct mfeth *eth = container_of(client, struct mfeth, client);
	struct net_device *dev = READ_ONCE(eth->dev);
	unsigned int i;

	for (i = 0; dev && i < eth->max_queues; i++) {
		struct netdev_queue *txq = netdev_get_tx_queue(dev, i);
		struct mfeth_txq *q = &eth->txqs[i];

		__netif_tx_lock_bh(txq);
		u64_stats_update_begin(&q->stats.syncp);
		/*
		 * A queue that mfeth_stop() is stopping stays stopped; its
		 * burst is freed.
		 */
		if (q->burst && q->burst->stalled &&
		    mfeth_tx_run(eth, q, false) && READ_ONCE(eth->live))
			netif_tx_wake_queue(txq);
		u64_stats_update_end(&q->stats.syncp);
		__netif_tx_unlock_bh(txq);
	}
}

/*
 * See ndo_features_check. The stack segments buffers whose segments' headers do
 * not fit into the header of a frame.
 */
netdev_features_t mfeth_features_check(struct sk_buff *skb,
				       struct net_device *dev,
				       netdev_features_t features)
{
	u32 hdr_len;

	features = vlan_features_check(skb, features);
	if (!skb_is_gso(skb))
		return features;

	hdr_len = mf_cut_skb_hdr_len(skb) + VLAN_HLEN;
	if (hdr_len > MF_FRAME_HDR_SEND || skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb->encapsulation)
		features &= ~NETIF_F_GSO_MASK;

	return features;
}
