/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The frame that queue blocks exchange, see mf_qblock.h, and the functions that
 * read its bytes, find its headers and parse them.
 */
#ifndef _LINUX_MF_FRAME_H
#define _LINUX_MF_FRAME_H

#include <linux/bvec.h>
#include <linux/crc32.h>
#include <linux/highmem.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/types.h>
#include <net/checksum.h>
#include <net/flow_dissector.h>
#include <net/net_namespace.h>

struct mf_cut_room;
struct mf_frame;
struct mf_rxq;

/* See @mf_frame_cut.finish. */
typedef void mf_finish_fn(const struct mf_frame *whole, u32 index,
			  const struct mf_frame *frame, u8 *hdr);

/* Frame lengths are in bytes, from destination MAC to payload, without FCS. */
#define MF_FRAME_MIN	ETH_HLEN

/*
 * Minimum bytes of @mf_frame.hdr, unless the frame is shorter. Steering does
 * not read beyond these bytes, so it never reads payload.
 */
#define MF_FRAME_HDR	128

/* Maximum bytes of @mf_frame.hdr from a sender. */
#define MF_FRAME_HDR_SEND	256

/* Maximum number of vlan tags that a parent adds to a frame. */
#define MF_FRAME_TAGS		8

/* Maximum bytes of @mf_frame.hdr to a parent's port or a receiver. */
#define MF_FRAME_HDR_MAX	(MF_FRAME_HDR_SEND + MF_FRAME_TAGS * VLAN_HLEN)

/**
 * struct mf_frame_fcs - frame check sequence that a receiver has computed
 * @value: the sequence in wire byte order
 * @known: @value is valid
 * @any: flag of the sender: @value of some frame of the call is valid
 */
struct mf_frame_fcs {
	__le32	value;
	bool	known;
	bool	*any;
};

/**
 * struct mf_frame_cut - the buffer of a frame, and how the frame becomes frames
 *	of a wire
 * @skb: NULL if the frame is in no buffer. Otherwise the buffer that holds
 *	exactly this frame, with its data at the destination MAC. A receiver
 *	that needs a buffer may clone it, or take a reference to it. The sender
 *	puts its own reference after the call and does not touch the buffer any
 *	more, so a receiver with the only reference owns the buffer. It then
 *	scrubs the buffer, since the sender may belong to another network
 *	namespace. The buffer of a whole frame may have its outermost vlan tag
 *	in the metadata, lack its checksum (CHECKSUM_PARTIAL) and be larger
 *	than a wire carries (GSO)
 * @n: number of frames on the wire, at least 1
 * @size: payload of each of them in bytes; only the last one may have less, at
 *	least 1 byte if @n is more than 1
 * @hdr_len: length of the header that each of them has, in bytes: that of the
 *	whole frame up to the payload, at most @mf_frame.hdr_len and
 *	MF_FRAME_HDR_SEND
 * @tail: length of the trailer that each of them has and the whole frame lacks,
 *	in bytes. @mf_frame.fill_trailer of the whole frame writes it
 * @tails: with @tail, the sender's page with room for the trailers of frames that
 *	are made at once
 * @tails_off: offset of this room in @tails
 * @finish: NULL if the frame is as on a wire. Otherwise it is a whole frame,
 *	and this completes frame @index of the wire, counted from 0: lengths,
 *	sequence numbers and checksums. At the call, @frame is complete but for
 *	these, and @hdr, its writable header, is a copy of that of @whole.
 *	Atomic, during the call that carries @whole. The function also names
 *	the kind of the whole frame, see @mf_rxq.whole
 * @room: with @finish, the sender's memory for the frames of the wire, see
 *	mf_cut_next(). Only one user at a time needs it, as all are inside the
 *	sender's call
 * @pause: with @finish, set to true by a receiver that has little room left. The
 *	sender then stops for a short time, and goes on without being told. The
 *	receiver sets it only while it is making room, so a receiver that does
 *	not run can't slow a sender down for long
 *
 * The structure belongs to the sender and is valid during the call.
 */
struct mf_frame_cut {
	struct sk_buff		*skb;
	u32			n;
	u32			size;
	u16			hdr_len;
	u16			tail;
	struct page		*tails;
	u32			tails_off;
	mf_finish_fn		*finish;
	struct mf_cut_room	*room;
	bool			*pause;
};

/**
 * struct mf_frame - a frame during the call that carries it
 * @hdr: the first @hdr_len bytes, in kernel memory that no process can change,
 *	so receivers get the same header that steering has read
 * @len: length of the frame in bytes
 * @hdr_len: bytes of @hdr: at least min(@len, MF_FRAME_HDR), at most
 *	MF_FRAME_HDR_SEND from a sender and MF_FRAME_HDR_MAX to a receiver. If a
 *	rule of the switch removes tags, @hdr_len may be smaller
 * @nr_frags: number of entries in @frags
 * @csum_ok: the device that has received the frame has found the checksums of
 *	its IPv4 header, and of TCP or UDP, and both are correct. False for all
 *	frames that a sender makes
 * @frags: the @len - @hdr_len bytes behind the header, in order; no entry
 *	crosses a page boundary. Pages may be user memory, whose contents may
 *	change at any time
 * @src: receive queue that belongs to the sending queue, or NULL. The switch
 *	does not change it, so a receiver can recognize its own frames
 * @cut: NULL, or the buffer of the frame and how frames of a wire are made of
 *	it. With @mf_frame_cut.finish, this is a whole frame: it may be longer
 *	than a wire carries, and lack checksums. All frames of a call are whole,
 *	or none is. Only queues with the same @mf_rxq.whole get whole frames
 * @ubuf: counts references to the sender's pages, or NULL. With @fill_trailer,
 *	no receiver keeps pages. Instead, a receiver that sends a copy of the
 *	frame by a device outside the NIC holds a reference until the copy is
 *	freed, which limits the sender's frames under way. If the device drops
 *	the copy at once, the receiver takes a reference and calls @ubuf's
 *	complete without a buffer and without success, which puts the reference
 * @fill_trailer: NULL, or a function that writes the last MF_FRAME_TRAILER
 *	bytes of the frame. They depend on all other bytes and must be correct
 *	on a wire. With a linear copy of the frame, the function reads and
 *	writes the copy, so later changes of the sender's pages have no effect.
 *	Without a copy, it reads the frame's pages and writes the last bytes of
 *	the sender's memory. A receiver calls mf_frame_copy() or
 *	mf_frame_fill_trailer() if the frame leaves the queue blocks or is shown
 *	to a reader that expects a frame of a wire. A frame with this function
 *	comes from a driver and not from a wire, so it is not damaged. Atomic
 * @fcs: NULL, or the place where a receiver that computes the frame check
 *	sequence stores it for the next receiver. A function that changes a copy
 *	of the frame sets @fcs to NULL in the copy
 *
 * Frame, header and pages belong to the caller and are valid during the call
 * that carries them. With @ubuf, a receiver may keep pages of @frags: it takes
 * a reference to each page and one to @ubuf, and puts them when it has read the
 * pages. The sender then knows that its memory is free. A receiver does not
 * write to a frame.
 */
struct mf_frame {
	const u8		*hdr;
	u32			len;
	u16			hdr_len;
	u8			nr_frags;
	bool			csum_ok;
	const struct bio_vec	*frags;
	const struct mf_rxq	*src;
	const struct mf_frame_cut *cut;
	struct ubuf_info	*ubuf;
	void			(*fill_trailer)(const struct mf_frame *frame,
						u8 *copy);
	struct mf_frame_fcs	*fcs;
};

/**
 * mf_frame_is_whole - find out whether a frame has to be cut for a wire
 * @frame: the frame
 *
 * Context: any, during the call that carries @frame.
 * Return: true for a whole frame, see @mf_frame.cut.
 */
static __always_inline bool mf_frame_is_whole(const struct mf_frame *frame)
{
	return unlikely(frame->cut) && frame->cut->finish;
}

/**
 * mf_frame_must_cut - find out whether a frame has to be cut for a device
 * @frame: the frame
 *
 * Context: any, during the call that carries @frame.
 * Return: true for a whole frame without a buffer. A device can send other
 * whole frames as they are.
 */
static inline bool mf_frame_must_cut(const struct mf_frame *frame)
{
	return mf_frame_is_whole(frame) && !frame->cut->skb;
}

/**
 * mf_frame_fits - compare the length of a frame on the wire with a limit
 * @frame: the frame
 * @max: maximum length in bytes
 *
 * Context: any, during the call that carries @frame.
 * Return: true if no frame that @frame becomes on a wire is longer.
 */
static inline bool mf_frame_fits(const struct mf_frame *frame, u32 max)
{
	const struct mf_frame_cut *cut;

	if (likely(frame->len <= max))
		return true;
	cut = frame->cut;

	return cut && cut->hdr_len + cut->size + cut->tail <= max;
}

/**
 * mf_frame_wire_frames - count the frames that frames become on a wire
 * @frames: the frames, at least one
 * @n: number of @frames
 *
 * Context: any, during the call that carries @frames.
 * Return: the number.
 */
static inline u32 mf_frame_wire_frames(const struct mf_frame *frames,
				       unsigned int n)
{
	u32 sum = 0;

	if (likely(!frames->cut))
		return n;
	while (n--)
		sum += frames[n].cut->n;

	return sum;
}

/**
 * mf_frame_wire_len - count the bytes that a frame has on a wire
 * @frame: the frame
 *
 * Context: any, during the call that carries @frame.
 * Return: the bytes, with a header and a trailer for each frame of the wire.
 */
static inline u32 mf_frame_wire_len(const struct mf_frame *frame)
{
	const struct mf_frame_cut *cut = frame->cut;

	if (likely(!cut))
		return frame->len;

	return frame->len + (cut->n - 1) * cut->hdr_len + cut->n * cut->tail;
}

/**
 * mf_frame_wire_bytes - count the bytes that frames have on a wire
 * @frames: the frames
 * @n: number of @frames
 *
 * Context: any, during the call that carries @frames.
 * Return: the sum of mf_frame_wire_len().
 */
static inline u64 mf_frame_wire_bytes(const struct mf_frame *frames,
				      unsigned int n)
{
	u64 bytes = 0;

	while (n--)
		bytes += mf_frame_wire_len(&frames[n]);

	return bytes;
}

/* Number of bytes that @mf_frame.fill_trailer writes. */
#define MF_FRAME_TRAILER	4

/**
 * mf_frame_fill_trailer - make the last bytes of a frame correct for a wire
 * @frame: the frame
 * @copy: linear copy of @frame whose last bytes are written, or NULL to write
 *	those of @frame. The result is correct for the contents of the pages at
 *	the time of reading; the sender may change the pages later
 *
 * Context: atomic, during the call that carries @frame.
 */
static inline void mf_frame_fill_trailer(const struct mf_frame *frame, u8 *copy)
{
	if (unlikely(frame->fill_trailer))
		frame->fill_trailer(frame, copy);
}

/**
 * mf_frame_copy - copy a whole frame, as a wire would carry it
 * @to: destination with room for @frame->len bytes
 * @frame: the frame
 *
 * The sender may change the frame's pages at any time, so the caller uses only
 * the copy from here on.
 *
 * Context: atomic, during the call that carries @frame.
 */
static inline void mf_frame_copy(u8 *to, const struct mf_frame *frame)
{
	u8 *copy = to;
	unsigned int i;

	memcpy(to, frame->hdr, frame->hdr_len);
	to += frame->hdr_len;
	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];

		memcpy_from_page(to, bv->bv_page, bv->bv_offset, bv->bv_len);
		to += bv->bv_len;
	}
	mf_frame_fill_trailer(frame, copy);
}

/**
 * mf_frame_copy_sum - copy a whole frame and compute a checksum of the copy
 * @to: destination with room for @frame->len bytes
 * @frame: the frame
 * @skip: number of bytes at the start of the frame that the checksum leaves
 *	out; even, and at most @frame->hdr_len
 *
 * Copies like mf_frame_copy(). The checksum includes the trailer, and is
 * computed in the pass that copies.
 *
 * Context: atomic, during the call that carries @frame.
 * Return: the sum of the bytes behind @skip, not folded and not complemented.
 */
static inline __wsum mf_frame_copy_sum(u8 *to, const struct mf_frame *frame,
				       u32 skip)
{
	u32 off = frame->hdr_len - skip;
	unsigned int i;
	__wsum sum;

	memcpy(to, frame->hdr, skip);
	to += skip;
	sum = csum_partial_copy_nocheck(frame->hdr + skip, to, off);
	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];
		const u8 *from = kmap_local_page(bv->bv_page) + bv->bv_offset;
		__wsum part;

		part = csum_partial_copy_nocheck(from, to + off, bv->bv_len);
		kunmap_local(from);
		sum = csum_block_add(sum, part, off);
		off += bv->bv_len;
	}
	if (unlikely(frame->fill_trailer)) {
		__wsum part;

		off -= MF_FRAME_TRAILER;
		part = csum_partial(to + off, MF_FRAME_TRAILER, 0);
		sum = csum_block_sub(sum, part, off);
		mf_frame_fill_trailer(frame, to - skip);
		part = csum_partial(to + off, MF_FRAME_TRAILER, 0);
		sum = csum_block_add(sum, part, off);
	}

	return sum;
}

/**
 * mf_frame_sum - compute a checksum of a part of a frame
 * @frame: the frame
 * @off: offset of the part in bytes; in the header
 * @len: length of the part in bytes; the frame has them
 *
 * Context: any, during the call that carries @frame.
 * Return: the sum, not folded and not complemented.
 */
static inline __wsum mf_frame_sum(const struct mf_frame *frame, u32 off,
				  u32 len)
{
	u32 n = min(len, frame->hdr_len - off), done = n;
	const struct bio_vec *bv = frame->frags;
	__wsum sum = csum_partial(frame->hdr + off, n, 0);

	for (; done < len; bv++) {
		const u8 *from = kmap_local_page(bv->bv_page) + bv->bv_offset;

		n = min(len - done, bv->bv_len);
		sum = csum_block_add(sum, csum_partial(from, n, 0), done);
		kunmap_local(from);
		done += n;
	}

	return sum;
}

/**
 * mf_frame_crc - compute the CRC-32 of a whole frame
 * @frame: the frame
 *
 * Context: any, during the call that carries @frame.
 * Return: the CRC of Ethernet; in little endian order, it is the frame check
 * sequence on a wire.
 */
static inline u32 mf_frame_crc(const struct mf_frame *frame)
{
	u32 crc = crc32_le(~0, frame->hdr, frame->hdr_len);
	unsigned int i;

	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];
		const u8 *from = kmap_local_page(bv->bv_page) + bv->bv_offset;

		crc = crc32_le(crc, from, bv->bv_len);
		kunmap_local(from);
	}

	return ~crc;
}

/**
 * mf_frame_frags_len - add up the fragments of a frame
 * @frame: the frame
 *
 * Context: any.
 * Return: number of bytes behind the header.
 */
static inline u32 mf_frame_frags_len(const struct mf_frame *frame)
{
	unsigned int i;
	u32 len = 0;

	for (i = 0; i < frame->nr_frags; i++)
		len += frame->frags[i].bv_len;

	return len;
}

/**
 * mf_frame_split - split memory into fragments
 * @frags: fragments to write: one for each page that the memory is in
 * @data: memory of the kernel's linear mapping
 * @len: length of the memory in bytes
 *
 * Context: any.
 * Return: number of fragments.
 */
static inline unsigned int mf_frame_split(struct bio_vec *frags,
					  const void *data, u32 len)
{
	unsigned int n = 0;

	while (len) {
		u32 part = min_t(u32, len, PAGE_SIZE - offset_in_page(data));

		bvec_set_page(&frags[n++], virt_to_page(data), part,
			      offset_in_page(data));
		data += part;
		len -= part;
	}

	return n;
}

/**
 * struct mf_frame_iter - a position in a frame
 * @frame: the frame
 * @frag: index of the fragment with the position, or -1 for the header
 * @off: offset of the position from the start of the fragment or header, in
 *	bytes
 *
 * A reader begins with MF_FRAME_ITER_INIT() and takes the frame piece by piece.
 * mf_frame_peek() maps the memory at the position, and mf_frame_advance() goes
 * on.
 */
struct mf_frame_iter {
	const struct mf_frame	*frame;
	int			frag;
	u32			off;
};

/**
 * struct mf_frame_piece - mapped memory at a position in a frame
 * @data: the memory
 * @len: bytes that the reader may read; 0 if the fragment has no bytes
 * @rest: bytes to the end of the fragment or header, at least @len
 */
struct mf_frame_piece {
	const u8	*data;
	u32		len;
	u32		rest;
};

/* Initializer of a position: the first byte of the frame. */
#define MF_FRAME_ITER_INIT(first)	{ .frame = (first), .frag = -1 }

/**
 * mf_frame_seek - go to a byte of a frame
 * @it: the position, at the first byte of the frame
 * @off: offset of the byte in the frame, at most the frame's length
 *
 * Context: any.
 */
static inline void mf_frame_seek(struct mf_frame_iter *it, u32 off)
{
	const struct mf_frame *frame = it->frame;

	if (off >= frame->hdr_len) {
		off -= frame->hdr_len;
		for (it->frag = 0; it->frag < frame->nr_frags; it->frag++) {
			if (off < frame->frags[it->frag].bv_len)
				break;
			off -= frame->frags[it->frag].bv_len;
		}
	}
	it->off = off;
}

/**
 * mf_frame_peek_frag - map the next piece of a frame behind the header
 * @it: the position, behind the header
 * @max: maximum length of the piece in bytes, at least 1
 * @piece: set to the piece, which is mapped until mf_frame_advance(). Mappings
 *	are undone in reverse order, see kmap_local_page()
 *
 * Context: any, during the call that carries the frame.
 * Return: false at the end of the frame.
 */
static __always_inline bool mf_frame_peek_frag(struct mf_frame_iter *it,
					       u32 max,
					       struct mf_frame_piece *piece)
{
	const struct mf_frame *frame = it->frame;
	const struct bio_vec *bv;

	if (it->frag >= frame->nr_frags)
		return false;
	bv = &frame->frags[it->frag];
	piece->data = kmap_local_page(bv->bv_page) + bv->bv_offset + it->off;
	piece->rest = bv->bv_len - it->off;
	piece->len = min(max, piece->rest);

	return true;
}

/**
 * mf_frame_peek - map the next piece of a frame
 * @it: the position
 * @max: maximum length of the piece in bytes, at least 1
 * @piece: set to the piece, as by mf_frame_peek_frag()
 *
 * Context: any, during the call that carries the frame.
 * Return: false at the end of the frame.
 */
static __always_inline bool mf_frame_peek(struct mf_frame_iter *it, u32 max,
					  struct mf_frame_piece *piece)
{
	if (it->frag >= 0)
		return mf_frame_peek_frag(it, max, piece);

	piece->data = it->frame->hdr + it->off;
	piece->rest = it->frame->hdr_len - it->off;
	piece->len = min(max, piece->rest);

	return true;
}

/**
 * mf_frame_advance - unmap a piece and go on
 * @it: the position of the piece
 * @piece: the piece
 * @n: number of bytes to go on, at most @piece->len, and 0 only if that is 0
 *
 * Context: as mf_frame_peek().
 */
static __always_inline void mf_frame_advance(struct mf_frame_iter *it,
					     const struct mf_frame_piece *piece,
					     u32 n)
{
	if (it->frag >= 0)
		kunmap_local(piece->data);
	if (n == piece->rest) {
		it->frag++;
		it->off = 0;
	} else {
		it->off += n;
	}
}

/**
 * mf_frame_read_hdr - copy the next bytes of the header
 * @it: the position, in the header. It moves to the first fragment if there are
 *	fewer than @len bytes
 * @to: destination
 * @len: maximum number of bytes
 *
 * Context: any.
 * Return: number of bytes copied.
 */
static __always_inline u32 mf_frame_read_hdr(struct mf_frame_iter *it, u8 *to,
					     u32 len)
{
	u32 n = min(len, it->frame->hdr_len - it->off);

	memcpy(to, it->frame->hdr + it->off, n);
	it->off += n;
	if (n < len) {
		it->frag = 0;
		it->off = 0;
	}

	return n;
}

/**
 * mf_frame_read - copy the next bytes of a frame
 * @it: the position; it moves behind the bytes
 * @to: destination
 * @len: number of bytes; bytes that the frame does not have are not written
 *
 * Context: any, during the call that carries the frame.
 */
static inline void mf_frame_read(struct mf_frame_iter *it, u8 *to, u32 len)
{
	struct mf_frame_piece piece;

	while (len && mf_frame_peek(it, len, &piece)) {
		memcpy(to, piece.data, piece.len);
		mf_frame_advance(it, &piece, piece.len);
		to += piece.len;
		len -= piece.len;
	}
}

/**
 * mf_frame_tag - find the vlan tag at an offset
 * @hdr: the header of a frame
 * @len: length of @hdr in bytes
 * @off: offset of the tag in bytes: ETH_HLEN or the end of the tag before
 * @type: Ethertype in front of @off, in wire byte order
 *
 * Context: any.
 * Return: the tag; NULL if @type is not that of a tag, or if the tag is
 * incomplete.
 */
static __always_inline const struct vlan_hdr *
mf_frame_tag(const u8 *hdr, u32 len, u32 off, __be16 type)
{
	if (likely(!eth_type_vlan(type)) || off + VLAN_HLEN > len)
		return NULL;

	return (const struct vlan_hdr *)(hdr + off);
}

/**
 * mf_frame_l3 - find the layer 3 header
 * @hdr: the header of a frame
 * @len: length of @hdr in bytes, at least MF_FRAME_MIN
 * @max_tags: maximum number of vlan tags. @len is a bound in any case
 * @off: set to the offset of the layer 3 header in bytes, at most @len
 * @type: set to the Ethertype of the layer 3 header, in wire byte order
 *
 * Context: any.
 * Return: false if a tag is incomplete, or if there are more than @max_tags.
 */
static __always_inline bool mf_frame_l3(const u8 *hdr, u32 len,
					unsigned int max_tags, u16 *off,
					__be16 *type)
{
	const struct vlan_hdr *tag;

	*off = ETH_HLEN;
	*type = ((const struct ethhdr *)hdr)->h_proto;
	while (unlikely(eth_type_vlan(*type))) {
		tag = mf_frame_tag(hdr, len, *off, *type);
		if (!tag || !max_tags--)
			return false;
		*type = tag->h_vlan_encapsulated_proto;
		*off += VLAN_HLEN;
	}

	return true;
}

/**
 * mf_frame_dissect - parse the headers of a frame from some layer on
 * @frame: the frame
 * @dissector: selects the fields, see skb_flow_dissector_init()
 * @fields: zeroed structure of @dissector, to which fields are written. If a
 *	header is invalid or incomplete, it has the fields before that header
 * @type: type of the first header, in wire byte order
 * @off: offset of the first header in bytes
 *
 * The flags are those of tc flower, so that a field means the same here and
 * there.
 *
 * Context: atomic, RCU read section.
 */
static inline void mf_frame_dissect(const struct mf_frame *frame,
				    struct flow_dissector *dissector,
				    void *fields, __be16 type, u32 off)
{
	__skb_flow_dissect(&init_net, NULL, dissector, fields, frame->hdr, type,
			   off, frame->hdr_len,
			   FLOW_DISSECTOR_F_STOP_BEFORE_ENCAP);
}

#endif /* _LINUX_MF_FRAME_H */
