// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Transmission. Each transmit queue has a burst, in which buffers become frames
 * as on a wire. The burst is free again when the port's xmit returns. If the
 * port takes only a part of the burst, the rest stays and the queue stops until
 * the port resumes.
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

	for (i = 0; i < b->n_skbs; i++)
		consume_skb(b->skbs[i]);
	b->n_skbs = 0;
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
	kfree_skb(b->gso);
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

/* Write the buffer's checksum into the copy of the header. */
static bool mfeth_csum(struct mfeth_txq *q, struct sk_buff *skb, u8 *hdr,
		       u32 hdr_len)
{
	u32 start = skb_checksum_start_offset(skb);
	u32 at = start + skb->csum_offset;
	__wsum sum;

	if (unlikely(at + sizeof(__sum16) > hdr_len || start >= skb->len))
		return false;
	sum = skb_checksum(skb, start, skb->len - start, 0);
	*(__sum16 *)(hdr + at) = csum_fold(sum) ?: CSUM_MANGLED_0;
	u64_stats_inc(&q->stats.csum);

	return true;
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
 * Build one frame. The frame refers to the buffer itself if neither a checksum
 * nor a tag has to be filled in.
 */
static bool mfeth_build_one(struct mfeth_txq *q, struct sk_buff *skb)
{
	u32 hdr_len = min_t(u32, skb->len, MF_FRAME_HDR);
	struct mfeth_burst *b = q->burst;
	struct mf_frame *frame = &b->frames[b->n_frames];
	bool partial = skb->ip_summed == CHECKSUM_PARTIAL;
	bool tagged = skb_vlan_tag_present(skb);
	unsigned int first = b->n_frags;
	u8 *hdr = b->hdrs[b->n_frames];

	if (unlikely(!mfeth_len_ok(q, skb->len)))
		return false;

	*frame = (struct mf_frame) {
		.len = skb->len,
		.hdr_len = hdr_len,
		.frags = &b->frags[first],
		.src = &q->eth->rxq,
	};

	if (!partial && !tagged) {
		frame->skb = skb;
		/*
		 * The checksum that this host computed on receipt is not valid
		 * for the next receiver.
		 */
		if (skb->ip_summed == CHECKSUM_COMPLETE)
			skb->ip_summed = CHECKSUM_NONE;
	}
	if (frame->skb && skb_headlen(skb) >= hdr_len) {
		frame->hdr = skb->data;
	} else {
		frame->hdr = hdr;
		if (skb_copy_bits(skb, 0, hdr, hdr_len))
			return false;
		if (partial && !mfeth_csum(q, skb, hdr, hdr_len)) {
			if (skb_checksum_help(skb) ||
			    skb_copy_bits(skb, 0, hdr, hdr_len))
				return false;
		}
		if (tagged) {
			mfeth_tag_insert(skb, hdr, hdr_len - 2 * ETH_ALEN);
			frame->hdr_len += VLAN_HLEN;
			frame->len += VLAN_HLEN;
		}
	}
	mfeth_skb_frags(b, skb, hdr_len);
	frame->nr_frags = b->n_frags - first;
	b->skbs[b->n_skbs++] = skb;
	b->n_frames++;

	return true;
}

static bool mfeth_gso_start(struct mfeth_txq *q, struct sk_buff *skb)
{
	struct mfeth_burst *b = q->burst;
	u32 hdr_len = skb_tcp_all_headers(skb);

	if (!skb_is_gso_tcp(skb))
		hdr_len = skb_transport_offset(skb) + sizeof(struct udphdr);
	/* mfeth_features_check() makes the stack segment such buffers. */
	if (hdr_len + VLAN_HLEN > MF_FRAME_HDR_SEND ||
	    !pskb_may_pull(skb, hdr_len))
		return false;
	if (!mfeth_len_ok(q, hdr_len + skb_shinfo(skb)->gso_size))
		return false;
	b->gso_hdr = tso_start(skb, &b->tso);
	b->gso_left = skb->len - b->gso_hdr;
	b->gso = skb;
	u64_stats_inc(&q->stats.gso);

	return b->gso_left;
}

/*
 * Compute the checksum of a segment. Its field holds the pseudo header's
 * checksum for the whole buffer, as in net/ipv4/tcp_offload.c.
 */
static void mfeth_gso_csum(const struct sk_buff *skb, u8 *l4, u32 tlen,
			   u32 size, __wsum sum)
{
	__sum16 *check = (__sum16 *)(l4 + skb->csum_offset);
	u32 old_len = skb->len - skb_transport_offset(skb);
	__wsum delta = (__force __wsum)htonl(~old_len + tlen + size);

	*check = ~csum_fold(csum_add(csum_unfold(*check), delta));
	*check = csum_fold(csum_partial(l4, tlen, sum)) ?: CSUM_MANGLED_0;
}

/*
 * Add the next @size bytes of payload to the frame: first to the header, up to
 * the length that steering reads, then as fragments. Return their checksum.
 */
static __wsum mfeth_gso_payload(struct mfeth_burst *b, struct mf_frame *frame,
				u8 *hdr, u32 size)
{
	u32 off = 0;
	__wsum sum = 0;

	while (off < size) {
		u32 part = min_t(u32, size - off, b->tso.size);
		u32 copy = frame->hdr_len < MF_FRAME_HDR ?
			   min(part, MF_FRAME_HDR - frame->hdr_len) : 0;

		sum = csum_block_add(sum, csum_partial(b->tso.data, part, 0),
				     off);
		memcpy(hdr + frame->hdr_len, b->tso.data, copy);
		frame->hdr_len += copy;
		mfeth_burst_add(b, b->tso.data + copy, part - copy);
		tso_build_data(b->gso, &b->tso, part);
		off += part;
	}

	return sum;
}

static void mfeth_build_segment(struct mfeth_txq *q)
{
	struct mfeth_burst *b = q->burst;
	struct mf_frame *frame = &b->frames[b->n_frames];
	const struct sk_buff *skb = b->gso;
	u32 tag = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	u32 size = min_t(u32, skb_shinfo(skb)->gso_size, b->gso_left);
	unsigned int first = b->n_frags;
	u8 *hdr = b->hdrs[b->n_frames];
	bool begin = b->gso_left == skb->len - b->gso_hdr;
	u32 l3 = skb_network_offset(skb) + tag;
	u8 *l4 = hdr + skb_transport_offset(skb) + tag;
	__wsum sum;

	b->gso_left -= size;
	tso_build_hdr(skb, hdr, &b->tso, size, !b->gso_left);
	if (tag)
		mfeth_tag_insert(skb, hdr, b->gso_hdr - 2 * ETH_ALEN);

	*frame = (struct mf_frame) {
		.hdr = hdr,
		.len = b->gso_hdr + tag + size,
		.hdr_len = b->gso_hdr + tag,
		.frags = &b->frags[first],
		.src = &q->eth->rxq,
	};
	sum = mfeth_gso_payload(b, frame, hdr, size);
	frame->nr_frags = b->n_frags - first;

	if (!b->tso.ipv6)
		ip_send_check((struct iphdr *)(hdr + l3));
	if (skb_is_gso_tcp(skb) && !begin)
		((struct tcphdr *)l4)->cwr = 0;
	mfeth_gso_csum(skb, l4, b->tso.tlen, size, sum);
	b->n_frames++;

	if (!b->gso_left) {
		b->skbs[b->n_skbs++] = b->gso;
		b->gso = NULL;
	}
}

/*
 * Called with the queue's lock held. Returns false if the port takes no more
 * frames for now; the rest stays in the burst.
 */
static bool mfeth_tx_flush(struct mfeth *eth, struct mfeth_txq *q)
{
	struct mfeth_burst *b = q->burst;
	unsigned int taken, i;
	u64 bytes;

	while (b->taken < b->n_frames) {
		taken = eth->qb->ops->xmit(eth->qb, &b->frames[b->taken],
					   b->n_frames - b->taken);
		if (unlikely(!taken)) {
			u64_stats_inc(&q->stats.stop);
			b->stalled = true;
			return false;
		}
		for (i = 0, bytes = 0; i < taken; i++)
			bytes += b->frames[b->taken + i].len;
		u64_stats_add(&q->stats.packets, taken);
		u64_stats_add(&q->stats.bytes, bytes);
		b->taken += taken;
	}
	if (b->n_frames)
		mfeth_burst_reset(b);

	return true;
}

/*
 * Build segments, and send the burst unless the stack has more for it. Returns
 * false if the port takes no more frames for now.
 */
static bool mfeth_tx_run(struct mfeth *eth, struct mfeth_txq *q, bool more)
{
	struct mfeth_burst *b = q->burst;

	do {
		while (b->gso && !mfeth_burst_full(b))
			mfeth_build_segment(q);
		if (more && !mfeth_burst_full(b))
			return true;
		if (!mfeth_tx_flush(eth, q))
			return false;
	} while (b->gso);

	return true;
}

/* See ndo_start_xmit. */
netdev_tx_t mfeth_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int index = skb_get_queue_mapping(skb);
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_txq *q = &eth->txqs[index];
	bool ok;

	/* Other code, as mfeth_tx_wake(), can wake a stalled queue. */
	if (unlikely(q->burst->stalled)) {
		netif_stop_subqueue(dev, index);
		return NETDEV_TX_BUSY;
	}

	u64_stats_update_begin(&q->stats.syncp);
	skb_tx_timestamp(skb);
	if (skb_is_gso(skb))
		ok = mfeth_gso_start(q, skb);
	else
		ok = mfeth_build_one(q, skb);
	if (unlikely(!ok)) {
		q->burst->gso = NULL;
		u64_stats_inc(&q->stats.drop);
		dev_kfree_skb_any(skb);
	}
	if (!mfeth_tx_run(eth, q, netdev_xmit_more()))
		netif_stop_subqueue(dev, index);
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

	hdr_len = skb_transport_offset(skb) + VLAN_HLEN;
	hdr_len += skb_is_gso_tcp(skb) ? tcp_hdrlen(skb) :
					 sizeof(struct udphdr);
	if (hdr_len > MF_FRAME_HDR_SEND || skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb->encapsulation)
		features &= ~NETIF_F_GSO_MASK;

	return features;
}
