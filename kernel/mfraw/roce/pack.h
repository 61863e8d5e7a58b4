/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Building of RoCEv2 packets, see pack.c. What all short packets need is inline.
 */
#ifndef MFRAW_PACK_H
#define MFRAW_PACK_H

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <rdma/ib_mad.h>
#include <rdma/ib_verbs.h>

#include "queue/burst.h"
#include "roce/pkt.h"
#include "roce/roce.h"

/**
 * struct mfraw_packer - a packet under construction
 * @b: the round that the packet becomes part of
 * @frame: the next free frame of @b
 * @hdr: buffer for the packet's header
 * @pos: bytes written to @hdr
 * @first_frag: index of the packet's first entry in b.frags
 * @bounced: bytes of b.bounce in use before the packet
 * @payload: bytes of payload added
 * @bth: the BTH in @hdr
 * @path: the way to the peer
 *
 * Variables on the stack are __uninitialized, since initialization would cost
 * time for each packet: mfraw_pack_begin() writes all members.
 */
struct mfraw_packer {
	struct mfraw_burst	*b;
	struct mf_frame		*frame;
	u8			*hdr;
	u32			pos;
	unsigned int		first_frag;
	u32			bounced;
	u32			payload;
	struct mfraw_bth	*bth;
	const struct mfraw_path	*path;
};

bool mfraw_pack_data(struct mfraw_packer *p, const u8 *data, u32 len);
bool mfraw_pack_mr(struct mfraw_packer *p, struct mfraw_mr *mr, u64 addr,
		   u32 len);
u8 mfraw_pack_pieces(struct mfraw_packer *p, const struct mfraw_swqe *wqe,
		     u32 off, u32 len, struct ib_pd *pd,
		     struct mfraw_mr **last, bool *full);
void mfraw_pack_undo(struct mfraw_packer *p);
void mfraw_pack_finish(struct mfraw_packer *p, struct mfraw_roce *roce);
void mfraw_pack_train(struct mfraw_packer *p, struct mfraw_roce *roce, u32 n);

/*
 * Copy the headers of a path in whole words, so that no call of memcpy() is
 * needed. The bytes behind them are written later.
 */
static __always_inline void mfraw_pack_path(u8 *hdr,
					    const struct mfraw_path *path)
{
	const u32 most_v4 = ALIGN(VLAN_ETH_HLEN + sizeof(struct iphdr) +
				  sizeof(struct udphdr), sizeof(u64));

	/* All headers are in a buffer of MFRAW_HDR_BUF, so check no bounds. */
	OPTIMIZER_HIDE_VAR(hdr);
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
static __always_inline void mfraw_pack_begin(struct mfraw_packer *p,
					     struct mfraw_burst *b,
					     const struct mfraw_path *path,
					     u8 opcode, u32 qpn, u32 psn)
{
	u8 *hdr = b->hdrs[b->nr_frames];
	struct mfraw_bth *bth = (struct mfraw_bth *)(hdr + path->len);

	mfraw_pack_path(hdr, path);
	bth->opcode = opcode;
	bth->flags = 0;
	bth->pkey = cpu_to_be16(IB_DEFAULT_PKEY_FULL);
	bth->qpn = cpu_to_be32(qpn);
	bth->psn = cpu_to_be32(psn);

	p->b = b;
	p->path = path;
	p->frame = &b->frames[b->nr_frames];
	p->hdr = hdr;
	p->first_frag = b->nr_frags;
	p->bounced = b->bounced;
	p->payload = 0;
	p->bth = bth;
	p->pos = path->len + sizeof(*bth);
}

/**
 * mfraw_pack_ext - reserve room for the next extended header
 * @p: the packet
 * @len: length of the header in bytes
 *
 * Return: the address to write the header to.
 */
static __always_inline void *mfraw_pack_ext(struct mfraw_packer *p, u32 len)
{
	void *ext = p->hdr + p->pos;

	p->pos += len;

	return ext;
}

/*
 * Add a short message as a whole, from a single piece of the region that was used
 * last, or from the work request. Returns false unless it is that simple.
 */
static __always_inline bool mfraw_pack_short(struct mfraw_packer *p,
					     const struct mfraw_swqe *wqe,
					     u32 len)
{
	const u8 *from = (const u8 *)wqe->sge;

	if (len != wqe->length || len < MFRAW_SHORT_MIN ||
	    len > MFRAW_SHORT_MAX ||
	    p->pos + len + sizeof(u64) > MFRAW_HDR_BUF)
		return false;
	if (wqe->flags & MFRAW_SEND_INLINE) {
		mfraw_copy_short(p->hdr + p->pos, from, len);
	} else {
		if (wqe->num_sge != 1)
			return false;
		from = mfraw_mr_window_map(&p->b->window,
					   le32_to_cpu(wqe->sge[0].lkey),
					   le64_to_cpu(wqe->sge[0].addr), len);
		if (unlikely(!from))
			return false;
		mfraw_copy_short(p->hdr + p->pos, from, len);
		kunmap_local(from);
	}
	p->pos += len;
	p->payload = len;

	return true;
}

/**
 * mfraw_pack_payload - add a part of a message to a packet without payload
 * @p: the packet
 * @wqe: work request of the message
 * @off: offset of the part in the message
 * @len: length of the part
 * @pd: protection domain of the queue pair
 * @last: cache of the region found last, see mfraw_sge_get()
 * @full: set if the part does not fit in this round
 *
 * Context: sq.lock, reader of the device until the round is sent.
 * Return: enum mfraw_cqe_status.
 */
static __always_inline u8 mfraw_pack_payload(struct mfraw_packer *p,
					     const struct mfraw_swqe *wqe,
					     u32 off, u32 len, struct ib_pd *pd,
					     struct mfraw_mr **last, bool *full)
{
	if (likely(mfraw_pack_short(p, wqe, len)))
		return MFRAW_CQE_SUCCESS;

	return mfraw_pack_pieces(p, wqe, off, len, pd, last, full);
}

/* Write the lengths of a packet that has @len bytes on a wire. */
static __always_inline void mfraw_pack_lengths(const struct mfraw_packer *p,
					       u32 len)
{
	u8 *l3 = p->hdr + p->path->l3;
	struct udphdr *udp;

	len -= p->path->l3;
	if (unlikely(p->path->v6)) {
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
static __always_inline void mfraw_pack_end(struct mfraw_packer *p,
					   struct mfraw_roce *roce)
{
	u32 pad = -p->payload & 3;
	struct mf_frame *frame = p->frame;
	struct mfraw_burst *b = p->b;
	u32 len;

	p->bth->flags |= pad << 4;
	if (unlikely(b->nr_frags != p->first_frag ||
		     p->pos + sizeof(u64) > MFRAW_HDR_BUF)) {
		mfraw_pack_finish(p, roce);
		return;
	}

	/* Padding and ICRC. A whole word needs no call of memset(). */
	put_unaligned(0ULL, (u64 *)(p->hdr + p->pos));
	len = p->pos + pad + IB_ICRC_BYTES;
	frame->len = len;
	frame->hdr_len = len;
	frame->nr_frags = 0;
	frame->cut = NULL;
	frame->ubuf = b->ubuf;
	frame->fill_trailer = mfraw_icrc_fill;
	mfraw_pack_lengths(p, len);
	b->nr_frames++;
}

#endif /* MFRAW_PACK_H */
