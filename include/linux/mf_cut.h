/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Whole frames, see @mf_frame.cut: a driver hands on a frame that is longer
 * than a wire carries, or lacks a checksum, and whoever needs frames of a wire
 * cuts it. This header has the function that cuts, for any protocol, and one
 * that completes TCP and UDP frames.
 */
#ifndef _LINUX_MF_CUT_H
#define _LINUX_MF_CUT_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mf_frame.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>

/*
 * Maximum frames that are made at once, and room for their fragments: more than
 * one whole frame has.
 */
#define MF_CUT_FRAMES	16
#define MF_CUT_FRAGS	128

/**
 * struct mf_cut_room - memory for frames of a wire that are made at once
 * @frames: the frames
 * @frags: their fragments, in the pages of the whole frames
 * @hdrs: their headers
 */
struct mf_cut_room {
	struct mf_frame	frames[MF_CUT_FRAMES];
	struct bio_vec	frags[MF_CUT_FRAGS];
	u8		hdrs[MF_CUT_FRAMES][MF_FRAME_HDR_SEND] __aligned(8);
};

/**
 * struct mf_cut - progress in cutting whole frames
 * @whole: the frame that is being cut
 * @end: end of the frames to cut
 * @index: number of frames of the wire that @whole has become so far
 * @it: the first byte of @whole's payload that is in none of them
 */
struct mf_cut {
	const struct mf_frame	*whole;
	const struct mf_frame	*end;
	u32			index;
	struct mf_frame_iter	it;
};

/**
 * mf_cut_start - begin to cut whole frames
 * @cut: result
 * @frames: the frames, which are whole
 * @n: number of @frames, at least 1
 *
 * Context: atomic, during the call that carries @frames.
 */
static inline void mf_cut_start(struct mf_cut *cut,
				const struct mf_frame *frames, unsigned int n)
{
	*cut = (struct mf_cut) {
		.whole = frames,
		.end = frames + n,
		.it = MF_FRAME_ITER_INIT(frames),
	};
	mf_frame_seek(&cut->it, frames->cut->hdr_len);
}

/*
 * Add the next @size bytes of payload to a frame: to its header up to the
 * length that steering reads, and as long as they are in the header of the
 * whole frame, then as fragments. Return the number of fragments, or -1 without
 * room.
 */
static inline int mf_cut_payload(struct mf_cut *cut, struct mf_frame *frame,
				 u8 *hdr, u32 size, struct bio_vec *frags,
				 unsigned int room)
{
	struct mf_frame_iter *it = &cut->it;
	struct mf_frame_piece piece;
	unsigned int n = 0;

	while (size) {
		const struct bio_vec *bv;
		u32 max = size;

		if (it->frag < 0 || frame->hdr_len < MF_FRAME_HDR) {
			if (it->frag >= 0)
				max = min_t(u32, max,
					    MF_FRAME_HDR - frame->hdr_len);
			if (!mf_frame_peek(it, max, &piece))
				break;
			memcpy(hdr + frame->hdr_len, piece.data, piece.len);
			frame->hdr_len += piece.len;
			size -= piece.len;
			mf_frame_advance(it, &piece, piece.len);
			continue;
		}
		if (n == room)
			return -1;
		bv = &cut->whole->frags[it->frag];
		max = min(max, bv->bv_len - it->off);
		bvec_set_page(&frags[n++], bv->bv_page, max,
			      bv->bv_offset + it->off);
		size -= max;
		it->off += max;
		if (it->off == bv->bv_len) {
			it->frag++;
			it->off = 0;
		}
	}

	return n;
}

/**
 * mf_cut_next - make the next frames of a wire
 * @cut: progress, see mf_cut_start()
 * @frames: set to the frames, which are valid until the next call
 *
 * The frames share the pages of the whole frame. They are in
 * @mf_frame_cut.room, so nobody else may use that room before the last call,
 * which returns 0.
 *
 * Context: atomic, during the call that carries the whole frames.
 * Return: the number of frames, at most MF_CUT_FRAMES; 0 if there are no more.
 */
static inline unsigned int mf_cut_next(struct mf_cut *cut,
				       const struct mf_frame **frames)
{
	unsigned int n = 0, n_frags = 0;
	struct mf_cut_room *room;

	if (cut->whole == cut->end)
		return 0;
	room = cut->whole->cut->room;
	*frames = room->frames;
	while (cut->whole < cut->end && n < MF_CUT_FRAMES) {
		const struct mf_frame *whole = cut->whole;
		const struct mf_frame_cut *how = whole->cut;
		u32 size = whole->len - how->hdr_len - cut->index * how->size;
		struct mf_frame *frame = &room->frames[n];
		struct mf_frame_iter it = cut->it;
		unsigned int left = MF_CUT_FRAGS - n_frags;
		u8 *hdr = room->hdrs[n];
		int count;

		if (left <= !!how->tail)
			break;
		size = min(size, how->size);
		*frame = (struct mf_frame) {
			.hdr = hdr,
			.len = how->hdr_len + size,
			.hdr_len = how->hdr_len,
			.frags = &room->frags[n_frags],
			.src = whole->src,
			.ubuf = whole->ubuf,
			.fill_trailer = whole->fill_trailer,
		};
		memcpy(hdr, whole->hdr, how->hdr_len);
		count = mf_cut_payload(cut, frame, hdr, size,
				       &room->frags[n_frags],
				       left - !!how->tail);
		if (count < 0) {
			/* The first frame has enough room. */
			cut->it = it;
			break;
		}
		if (how->tail) {
			bvec_set_page(&room->frags[n_frags + count++],
				      how->tails, how->tail,
				      how->tails_off + n * how->tail);
			frame->len += how->tail;
		}
		frame->nr_frags = count;
		how->finish(whole, cut->index, frame, hdr);
		n_frags += count;
		n++;
		if (++cut->index == how->n) {
			cut->index = 0;
			if (++cut->whole < cut->end) {
				cut->it = (struct mf_frame_iter)
					MF_FRAME_ITER_INIT(cut->whole);
				mf_frame_seek(&cut->it,
					      cut->whole->cut->hdr_len);
			}
		}
	}

	return n;
}

/*
 * Complete the header of a segment, as the kernel's own segmentation does. The
 * checksum field has the sum of the pseudo header of the whole buffer; make it
 * that of the segment.
 */
static inline void mf_cut_skb_segment(const struct sk_buff *skb, u32 index,
				      const struct mf_frame *frame, u8 *hdr,
				      u32 l3, u32 l4)
{
	u32 old_len = skb->len - skb_transport_offset(skb), len;
	__sum16 *check = (__sum16 *)(hdr + l4 + skb->csum_offset);
	__wsum delta;

	len = frame->len - l4;
	if (hdr[l3] >> 4 == 6) {
		struct ipv6hdr *ip6 = (struct ipv6hdr *)(hdr + l3);

		ip6->payload_len = htons(frame->len - l3 - sizeof(*ip6));
	} else {
		struct iphdr *ip = (struct iphdr *)(hdr + l3);

		ip->id = htons(ntohs(ip->id) + index);
		ip->tot_len = htons(frame->len - l3);
		ip_send_check(ip);
	}
	if (skb_is_gso_tcp(skb)) {
		struct tcphdr *th = (struct tcphdr *)(hdr + l4);

		th->seq = htonl(ntohl(th->seq) +
				index * skb_shinfo(skb)->gso_size);
		if (index)
			th->cwr = 0;
	} else {
		((struct udphdr *)(hdr + l4))->len = htons(len);
	}
	delta = (__force __wsum)htonl(~old_len + len);
	*check = ~csum_fold(csum_add(csum_unfold(*check), delta));
}

/**
 * mf_cut_skb_finish - complete a frame of a buffer, see @mf_frame_cut.finish
 * @whole: whole frame of a buffer that is one frame or has segments of TCP or
 *	UDP; the checksum field is in its header
 * @index: index of @frame
 * @frame: the frame
 * @hdr: its header
 *
 * Context: atomic, during the call that carries @whole.
 */
static inline void mf_cut_skb_finish(const struct mf_frame *whole, u32 index,
				     const struct mf_frame *frame, u8 *hdr)
{
	const struct sk_buff *skb = whole->cut->skb;
	u32 tag = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0, start;
	__wsum sum;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return;
	start = skb_checksum_start_offset(skb) + tag;
	if (skb_is_gso(skb)) {
		mf_cut_skb_segment(skb, index, frame, hdr,
				   skb_network_offset(skb) + tag, start);
		if (index < whole->cut->n - 1 && skb_is_gso_tcp(skb)) {
			struct tcphdr *th = (struct tcphdr *)(hdr + start);

			th->fin = 0;
			th->psh = 0;
		}
	}
	sum = mf_frame_sum(frame, start, frame->len - start);
	*(__sum16 *)(hdr + start + skb->csum_offset) =
		csum_fold(sum) ?: CSUM_MANGLED_0;
}

/**
 * mf_cut_skb_hdr_len - find the length of the header that segments share
 * @skb: buffer with segments of TCP or UDP, with its data at the destination
 *	MAC
 *
 * Context: any.
 * Return: the length in bytes, without a vlan tag in the metadata.
 */
static inline u32 mf_cut_skb_hdr_len(const struct sk_buff *skb)
{
	return skb_transport_offset(skb) +
	       (skb_is_gso_tcp(skb) ? tcp_hdrlen(skb) : sizeof(struct udphdr));
}

#endif /* _LINUX_MF_CUT_H */
