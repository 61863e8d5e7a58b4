// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Build RoCEv2 packets. The ICRC completes a packet later, see pkt.c.
 */
#include <linux/mm.h>

#include "roce/pack.h"
#include "roce/train.h"

/* Add a part of a page. Returns false if this round has no room for it. */
static bool mfraw_pack_page(struct mfraw_packer *p, struct page *page, u32 off,
			    u32 len)
{
	struct mfraw_burst *b = p->b;

	/* Keep one fragment for the end of the packet. */
	if (b->nr_frags >= MFRAW_BURST_FRAGS - 1)
		return false;
	bvec_set_page(&b->frags[b->nr_frags++], page, len, off);

	return true;
}

/*
 * Add the first contiguous piece of @len bytes at @addr, if possible without a
 * copy, and set @len to the length of the piece.
 */
static bool mfraw_pack_piece(struct mfraw_packer *p, const struct mfraw_mr *mr,
			     u64 addr, u32 *len)
{
	void *at;

	if (likely(mr->pages)) {
		*len = mfraw_on_page(addr, *len);
		return mfraw_pack_page(p, mfraw_mr_page(mr, addr),
				       offset_in_page(addr), *len);
	}

	at = mfraw_kmr_piece(mr, addr, len);
	if (likely(!mr->vaddr))
		return mfraw_pack_page(p, virt_to_page(at), offset_in_page(at),
				       *len);

	/* Keep one fragment for the end of the packet. */
	return mfraw_bounce(p->b, at, *len) &&
	       p->b->nr_frags < MFRAW_BURST_FRAGS;
}

/**
 * mfraw_pack_mr - add payload from a region
 * @p: the packet
 * @mr: the region
 * @addr: address of the first byte, already checked
 * @len: bytes to add, already checked
 *
 * Context: reader of the device, until the round is sent.
 * Return: false if the payload does not fit in this round.
 */
bool mfraw_pack_mr(struct mfraw_packer *p, struct mfraw_mr *mr, u64 addr,
		   u32 len)
{
	p->payload += len;
	while (len) {
		u32 n = len;

		if (p->pos < MF_FRAME_HDR) {
			n = min_t(u32, n, MF_FRAME_HDR - p->pos);
			mfraw_mr_read(p->hdr + p->pos, mr, addr, n);
			p->pos += n;
		} else if (!mfraw_pack_piece(p, mr, addr, &n)) {
			return false;
		}
		addr += n;
		len -= n;
	}

	return true;
}

/**
 * mfraw_pack_data - add payload from kernel memory
 * @p: the packet
 * @data: payload in pages that stay until the round is sent
 * @len: bytes to add
 *
 * Return: false if the payload does not fit in this round.
 */
bool mfraw_pack_data(struct mfraw_packer *p, const u8 *data, u32 len)
{
	p->payload += len;
	while (len) {
		u32 n = min_t(u32, len, PAGE_SIZE - offset_in_page(data));

		if (p->pos < MF_FRAME_HDR) {
			n = min_t(u32, n, MF_FRAME_HDR - p->pos);
			memcpy(p->hdr + p->pos, data, n);
			p->pos += n;
		} else if (!mfraw_pack_page(p, is_vmalloc_addr(data) ?
					       vmalloc_to_page(data) :
					       virt_to_page(data),
					    offset_in_page(data), n)) {
			return false;
		}
		data += n;
		len -= n;
	}

	return true;
}

/**
 * mfraw_pack_pieces - add any part of a message to a packet
 * @p: the packet
 * @wqe: work request of the message
 * @off: offset of the part in the message
 * @len: length of the part
 * @pd: protection domain of the queue pair
 * @last: cache of the region found last, see mfraw_sge_get()
 * @full: set if the part does not fit in this round
 *
 * Checks once more that the part lies in the message: a wrong offset would send
 * kernel memory to the peer. Short messages that follow find the region in the
 * window.
 *
 * Context: sq.lock, reader of the device until the round is sent.
 * Return: enum mfraw_cqe_status.
 */
u8 mfraw_pack_pieces(struct mfraw_packer *p, const struct mfraw_swqe *wqe,
		     u32 off, u32 len, struct ib_pd *pd,
		     struct mfraw_mr **last, bool *full)
{
	const struct mfraw_sge *sge = wqe->sge;
	const struct mfraw_sge *end = sge + wqe->num_sge;
	struct mfraw_sge_view view __uninitialized;
	u64 skip = off;

	if (WARN_ON_ONCE((u64)off + len > wqe->length))
		return MFRAW_CQE_LOC_QP_OP_ERR;

	if (wqe->flags & MFRAW_SEND_INLINE) {
		*full = !mfraw_pack_data(p, (const u8 *)wqe->sge + off, len);
		return MFRAW_CQE_SUCCESS;
	}

	for (; len; sge++) {
		u32 n;

		if (WARN_ON_ONCE(sge == end))
			return MFRAW_CQE_LOC_QP_OP_ERR;
		if (skip >= le32_to_cpu(sge->length)) {
			skip -= le32_to_cpu(sge->length);
			continue;
		}
		if (!mfraw_sge_get(&view, sge, 0, U32_MAX, pd, 0, last))
			return MFRAW_CQE_LOC_PROT_ERR;
		n = min_t(u64, len, view.length - skip);
		if (!mfraw_pack_mr(p, view.mr, view.addr + skip, n)) {
			*full = true;
			return MFRAW_CQE_SUCCESS;
		}
		len -= n;
		skip = 0;
	}
	if (*last && wqe->length <= MFRAW_SHORT_MAX)
		mfraw_mr_window_set(&p->b->window, *last, pd, 0);

	return MFRAW_CQE_SUCCESS;
}

/**
 * mfraw_pack_undo - forget a packet whose payload could not be added
 * @p: the packet
 */
void mfraw_pack_undo(struct mfraw_packer *p)
{
	p->b->nr_frags = p->first_frag;
	p->b->bounced = p->bounced;
}

/* Describe the frame, and return its length. */
static u32 mfraw_pack_frame(const struct mfraw_packer *p)
{
	struct mf_frame *frame = p->frame;
	struct mfraw_burst *b = p->b;

	frame->hdr_len = p->pos;
	frame->nr_frags = b->nr_frags - p->first_frag;
	frame->frags = &b->frags[p->first_frag];
	frame->len = p->pos + mf_frame_frags_len(frame);
	frame->ubuf = b->ubuf;
	frame->fill_trailer = mfraw_icrc_fill;

	return frame->len;
}

/**
 * mfraw_pack_finish - complete a packet that is not only a header
 * @p: the packet
 * @roce: the sending queue pair
 */
void mfraw_pack_finish(struct mfraw_packer *p, struct mfraw_roce *roce)
{
	u32 pad = -p->payload & 3;
	struct mfraw_burst *b = p->b;

	/* Zeroes for padding, and room for mfraw_icrc_fill(). */
	bvec_set_page(&b->frags[b->nr_frags++], roce->tails,
		      pad + IB_ICRC_BYTES, b->nr_frames * 8 + 4 - pad);
	p->frame->cut = NULL;
	mfraw_pack_lengths(p, mfraw_pack_frame(p));
	b->nr_frames++;
}

/**
 * mfraw_pack_train - complete a train as a frame of the round
 * @p: its first packet, with the payload of all
 * @roce: the sending queue pair
 * @n: number of packets, each with a payload of roce.mtu bytes
 */
void mfraw_pack_train(struct mfraw_packer *p, struct mfraw_roce *roce, u32 n)
{
	u32 hdr_len = mfraw_pack_frame(p) - p->payload;

	mfraw_train_add(roce, p->frame, hdr_len, n);
	mfraw_pack_lengths(p, hdr_len + roce->mtu + IB_ICRC_BYTES);
	p->b->nr_frames++;
}
