// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Conversion between frames and buffers. The switch carries frames as they are
 * on a wire. A buffer of a network device may hold several merged frames, lack
 * a checksum, have the vlan tag in its metadata, or consist of fragments.
 */
#include <linux/highmem.h>
#include <linux/if_vlan.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <net/gso.h>

#include "netdev/skb.h"
#include "port/port.h"

/* Maximum fragments of a frame; a buffer with more is linearized. */
#define MFNIC_SKB_FRAGS	24

/* The longest linear frame fits at any offset in its pages. */
static_assert((MFNIC_SKB_FRAGS - 1) * PAGE_SIZE > 3 * 9000);

struct mfnic_skb_frame {
	struct mf_frame		frame;
	struct mf_frame_cut	cut;
	struct bio_vec		frags[MFNIC_SKB_FRAGS];
};

/*
 * Add @len bytes at @off of the page as fragments of one page each. Return
 * false if there is no room.
 */
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
		.cut = &sf->cut,
	};
	sf->cut = (struct mf_frame_cut) {
		.skb = skb,
		.n = 1,
		.size = skb->len - hdr_len,
		.hdr_len = hdr_len,
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

/* Pass on a buffer that is one frame. */
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
 * mfnic_skb_to_frames - pass the frames of a buffer to a function
 * @skb: buffer with its data at the destination MAC; consumed
 * @port: argument of @fn
 * @fn: called for each frame; frame, header and pages are valid during the call
 *
 * Frames for which there is no memory are dropped.
 *
 * Context: atomic, RCU read section.
 */
void mfnic_skb_to_frames(struct sk_buff *skb, struct mfnic_port *port,
			 mfnic_frames_fn *fn)
{
	struct sk_buff *segs, *next;

	skb_reset_mac_header(skb);

	/* The checksum is not valid once a tag is pushed. */
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
 * Minimum payload to send without a copy. The frame's owner must have a way to
 * learn that the buffer is freed.
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
 * mfnic_skb_from_frame - create a buffer with a frame
 * @frame: the frame
 * @dev: device of the buffer
 * @zerocopy: the buffer lives for a short time, so it may use the sender's
 *	pages
 *
 * Context: atomic, during the call that carries @frame.
 * Return: a buffer with its data at the destination MAC, or NULL.
 */
struct sk_buff *mfnic_skb_from_frame(const struct mf_frame *frame,
				     struct net_device *dev, bool zerocopy)
{
	struct sk_buff *skb;

	if (frame->cut) {
		skb = skb_clone(frame->cut->skb, GFP_ATOMIC);
		if (!skb)
			return NULL;
		skb_orphan(skb);
		skb_scrub_packet(skb, true);
		/*
		 * Priorities and queues of the sender have no meaning for the
		 * host. veth resets them, too.
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
	/*
	 * The sender limits its frames under way by @ubuf, even if the buffer
	 * has none of its pages.
	 */
	if (zerocopy && frame->fill_trailer && frame->ubuf)
		skb_zcopy_set(skb, frame->ubuf, NULL);
	skb_reset_mac_header(skb);

	return skb;
}
