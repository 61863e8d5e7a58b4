// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Build RoCEv2 packets. The ICRC completes a packet later, see pkt.c.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mm.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <rdma/ib_mad.h>

#include "queue/burst.h"
#include "roce/pack.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "roce/train.h"
#include "roce/uplink.h"

/*
 * Copy the headers of a path in whole words, so that no call of memcpy() is
 * needed. The bytes behind them are written later.
 */
static void mfraw_pack_path(u8 *hdr, const struct mfraw_path *path)
{
	const u32 most_v4 = ALIGN(VLAN_ETH_HLEN + sizeof(struct iphdr) +
				  sizeof(struct udphdr), sizeof(u64));

	memcpy(hdr, path->hdr, most_v4);
	if (unlikely(path->v6))
		memcpy(hdr + most_v4, path->hdr + most_v4,
		       sizeof(path->hdr) - most_v4);
}

/**
 * mfraw_pack_begin - start a packet
 * @p: the packet, initialized here
 * @b: a round with room for one more frame
 * @path: the way to the peer
 * @opcode: opcode for the BTH
 * @qpn: destination queue pair number
 * @psn: packet sequence number
 *
 * Context: sq.lock.
 */
void mfraw_pack_begin(struct mfraw_packer *p, struct mfraw_burst *b,
		      const struct mfraw_path *path, u8 opcode, u32 qpn,
		      u32 psn)
{
	p->b = b;
	p->path = path;
	p->frame = &b->frames[b->nr_frames];
	p->hdr = b->hdrs[b->nr_frames];
	p->first_frag = b->nr_frags;
	p->bounced = b->bounced;
	p->payload = 0;

	mfraw_pack_path(p->hdr, path);
	p->bth = (struct mfraw_bth *)(p->hdr + path->len);
	p->bth->opcode = opcode;
	p->bth->flags = 0;
	p->bth->pkey = cpu_to_be16(IB_DEFAULT_PKEY_FULL);
	p->bth->qpn = cpu_to_be32(qpn);
	p->bth->psn = cpu_to_be32(psn);
	p->pos = path->len + sizeof(*p->bth);
}

/**
 * mfraw_pack_ext - reserve room for the next extended header
 * @p: the packet
 * @len: length of the header in bytes
 *
 * Return: the address to write the header to.
 */
void *mfraw_pack_ext(struct mfraw_packer *p, u32 len)
{
	void *ext = p->hdr + p->pos;

	p->pos += len;

	return ext;
}

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
 * mfraw_pack_payload - add a part of a message to a packet
 * @p: the packet
 * @wqe: work request of the message
 * @off: offset of the part in the message
 * @len: length of the part
 * @pd: protection domain of the queue pair
 * @last: cache of the region found last, see mfraw_sge_get()
 * @full: set if the part does not fit in this round
 *
 * Checks once more that the part lies in the message: a wrong offset would send
 * kernel memory to the peer.
 *
 * Context: sq.lock, reader of the device until the round is sent.
 * Return: enum mfraw_cqe_status.
 */
u8 mfraw_pack_payload(struct mfraw_packer *p, const struct mfraw_swqe *wqe,
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

/*
 * Describe the frame, and return its length. Inlined, as the next function, for
 * the sake of short messages.
 */
static __always_inline u32 mfraw_pack_frame(const struct mfraw_packer *p,
					    struct mfraw_roce *roce)
{
	struct mf_frame *frame = p->frame;
	struct mfraw_burst *b = p->b;

	frame->hdr_len = p->pos;
	frame->nr_frags = b->nr_frags - p->first_frag;
	frame->frags = &b->frags[p->first_frag];
	frame->len = p->pos + mf_frame_frags_len(frame);
	frame->ubuf = mfraw_uplink_ubuf(roce->qp->dev);
	frame->fill_trailer = mfraw_icrc_fill;

	return frame->len;
}

/* Write the lengths of a packet that has @len bytes on a wire. */
static __always_inline void mfraw_pack_lengths(const struct mfraw_packer *p,
					       u32 len)
{
	u8 *l3 = p->hdr + p->path->l3;
	struct udphdr *udp;

	len -= p->path->l3;
	if (p->path->v6) {
		len -= sizeof(struct ipv6hdr);
		((struct ipv6hdr *)l3)->payload_len = htons(len);
		udp = (struct udphdr *)(l3 + sizeof(struct ipv6hdr));
	} else {
		struct iphdr *ip = (struct iphdr *)l3;

		ip->tot_len = htons(len);
		ip->check = ip_fast_csum(ip, 5);
		len -= sizeof(*ip);
		udp = (struct udphdr *)(ip + 1);
	}
	udp->len = htons(len);
}

/**
 * mfraw_pack_end - complete a packet as a frame of the round
 * @p: the packet
 * @roce: the sending queue pair
 */
void mfraw_pack_end(struct mfraw_packer *p, struct mfraw_roce *roce)
{
	u32 pad = -p->payload & 3, tail = pad + IB_ICRC_BYTES;
	struct mfraw_burst *b = p->b;

	p->bth->flags |= pad << 4;

	if (b->nr_frags == p->first_frag &&
	    p->pos + sizeof(u64) <= MFRAW_HDR_BUF) {
		/* A whole word needs no call of memset(). */
		put_unaligned(0ULL, (u64 *)(p->hdr + p->pos));
		p->pos += tail;
	} else {
		/* Zeroes for padding, and room for mfraw_icrc_fill(). */
		bvec_set_page(&b->frags[b->nr_frags++], roce->tails, tail,
			      b->nr_frames * 8 + 4 - pad);
	}

	p->frame->cut = NULL;
	mfraw_pack_lengths(p, mfraw_pack_frame(p, roce));
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
	u32 hdr_len = mfraw_pack_frame(p, roce) - p->payload;

	mfraw_train_add(roce, p->frame, hdr_len, n);
	mfraw_pack_lengths(p, hdr_len + roce->mtu + IB_ICRC_BYTES);
	p->b->nr_frames++;
}
