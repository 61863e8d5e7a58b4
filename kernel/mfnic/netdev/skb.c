// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The edge between the switch, which carries frames as they are on a wire, and
 * network devices, whose buffers may hold several merged into one, without
 * their checksum, with their tag beside them, or in pieces.
 */
#include <linux/highmem.h>
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <net/gso.h>

#include "netdev/skb.h"
#include "port/port.h"

/* Pieces of a frame's payload; a buffer with more is made one piece. */
#define MFNIC_SKB_FRAGS	24

/* The longest frame in one piece, at the worst place in its pages. */
static_assert((MFNIC_SKB_FRAGS - 1) * PAGE_SIZE > 3 * 9000);

struct mfnic_skb_frame {
	struct mf_frame	frame;
	struct bio_vec	frags[MFNIC_SKB_FRAGS];
};

/* Add @len bytes at @off of the page, page by page; false: they don't fit. */
static bool mfnic_skb_add(struct mfnic_skb_frame *sf, struct page *page,
			  unsigned int off, unsigned int len)
{
	page += off >> PAGE_SHIFT;
	off = offset_in_page(off);

	while (len) {
		unsigned int n = min_t(unsigned int, len, PAGE_SIZE - off);

		if (sf->frame.nr_frags == MFNIC_SKB_FRAGS)
			return false;
		bvec_set_page(&sf->frags[sf->frame.nr_frags++], page, n, off);
		len -= n;
		off = 0;
		page++;
	}

	return true;
}

static bool mfnic_skb_map(struct mfnic_skb_frame *sf, struct sk_buff *skb)
{
	unsigned int hdr_len = min_t(unsigned int, skb->len, MF_FRAME_HDR);
	const u8 *rest = skb->data + hdr_len;
	int i;

	sf->frame = (struct mf_frame) {
		.hdr = skb->data,
		.len = skb->len,
		.hdr_len = hdr_len,
		.frags = sf->frags,
		.skb = skb,
	};

	if (!mfnic_skb_add(sf, virt_to_page(rest), offset_in_page(rest),
			   skb_headlen(skb) - hdr_len))
		return false;
	for (i = 0; i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		if (!mfnic_skb_add(sf, skb_frag_page(frag), skb_frag_off(frag),
				   skb_frag_size(frag)))
			return false;
	}

	return true;
}

/* One frame, as on the wire. */
static void mfnic_skb_one(struct sk_buff *skb, struct mfnic_port *port,
			  mfnic_frames_fn *fn)
{
	struct mfnic_skb_frame sf;

	if (skb->len < MF_FRAME_MIN ||
	    !pskb_may_pull(skb, min_t(unsigned int, skb->len, MF_FRAME_HDR)))
		goto drop;
	if (skb_has_frag_list(skb) || !mfnic_skb_map(&sf, skb)) {
		if (skb_linearize(skb) || !mfnic_skb_map(&sf, skb))
			goto drop;
	}

	fn(port, &sf.frame, 1);
	consume_skb(skb);
	return;

drop:
	kfree_skb(skb);
}

/**
 * mfnic_skb_to_frames - hand over the frames that a buffer holds
 * @skb: its data at the destination MAC; is consumed
 * @port: for @fn
 * @fn: gets each frame; frame, header and pages are valid during the call
 *
 * What can't be made into frames for want of memory is dropped.
 *
 * Context: atomic, RCU read section.
 */
void mfnic_skb_to_frames(struct sk_buff *skb, struct mfnic_port *port,
			 mfnic_frames_fn *fn)
{
	struct sk_buff *segs, *next;

	skb_reset_mac_header(skb);

	/* What is hashed here does not hold once the header is longer. */
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	if (skb_vlan_tag_present(skb)) {
		skb = __vlan_hwaccel_push_inside(skb);
		if (!skb)
			return;
		skb_reset_mac_header(skb);
	}

	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, NETIF_F_SG);
		if (IS_ERR(segs)) {
			kfree_skb(skb);
			return;
		}
		if (segs) {
			consume_skb(skb);
			skb_list_walk_safe(segs, skb, next) {
				skb_mark_not_on_list(skb);
				mfnic_skb_one(skb, port, fn);
			}
			return;
		}
	}

	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_csum_hwoffload_help(skb, 0)) {
		kfree_skb(skb);
		return;
	}
	mfnic_skb_one(skb, port, fn);
}

/*
 * Payload that is worth it stays where it is, if its owner can be told when
 * the buffer is gone.
 */
#define MFNIC_ZEROCOPY_MIN	256

static struct sk_buff *mfnic_skb_zerocopy(const struct mf_frame *frame,
					  struct net_device *dev)
{
	struct sk_buff *skb;
	unsigned int i;

	skb = netdev_alloc_skb_ip_align(dev, frame->hdr_len);
	if (!skb)
		return NULL;
	skb_put_data(skb, frame->hdr, frame->hdr_len);
	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];

		get_page(bv->bv_page);
		skb_add_rx_frag(skb, i, bv->bv_page, bv->bv_offset, bv->bv_len,
				bv->bv_len);
	}
	skb_zcopy_set(skb, frame->ubuf, NULL);

	return skb;
}

static bool mfnic_zerocopy_ok(const struct mf_frame *frame,
			      const struct net_device *dev)
{
	return frame->ubuf && !frame->fill_trailer &&
	       dev->features & NETIF_F_SG &&
	       frame->nr_frags <= MAX_SKB_FRAGS &&
	       frame->len - frame->hdr_len >= MFNIC_ZEROCOPY_MIN;
}

/**
 * mfnic_skb_from_frame - a buffer with a frame
 * @frame: the frame
 * @dev: whom the buffer is for
 * @zerocopy: it will be gone soon, so it may have the sender's own pages
 *
 * Return: a buffer with its data at the destination MAC, or NULL.
 */
struct sk_buff *mfnic_skb_from_frame(const struct mf_frame *frame,
				     struct net_device *dev, bool zerocopy)
{
	struct sk_buff *skb;

	if (frame->skb) {
		skb = skb_clone(frame->skb, GFP_ATOMIC);
		if (!skb)
			return NULL;
		skb_orphan(skb);
		skb_scrub_packet(skb, true);
		/*
		 * The sender's classes and queues are not those of the host. A
		 * pair of veths resets the same.
		 */
		skb->priority = 0;
		skb_set_queue_mapping(skb, 0);
		skb->dev = dev;
		return skb;
	}

	if (zerocopy && mfnic_zerocopy_ok(frame, dev))
		return mfnic_skb_zerocopy(frame, dev);

	skb = netdev_alloc_skb_ip_align(dev, frame->len);
	if (!skb)
		return NULL;
	mf_frame_copy(skb_put(skb, frame->len), frame);
	/* Its sender counts what is under way, even if that has no page of it. */
	if (zerocopy && frame->fill_trailer && frame->ubuf)
		skb_zcopy_set(skb, frame->ubuf, NULL);
	skb_reset_mac_header(skb);

	return skb;
}
