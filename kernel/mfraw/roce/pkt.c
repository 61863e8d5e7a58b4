// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Parse and check received RoCEv2 packets, and compute the ICRC. IBTA volume 1,
 * chapters 9.2 (base transport header), 9.3 (extended transport headers) and
 * annex A17.3 (IP and UDP), A17.3.3 (ICRC).
 */
#include <crypto/hash.h>
#include <linux/highmem.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mf_frame.h>
#include <linux/mm.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/ip.h>

#include "roce/path.h"
#include "roce/pkt.h"
#include "roce/train.h"
#include "verbs/mr.h"

#define MFRAW_PKT_UD_OPS	(MFRAW_PKT_SEND | MFRAW_PKT_ONLY | \
				 MFRAW_PKT_IMM | MFRAW_PKT_PAYLOAD)

/* Indexed by the low five bits of the opcode; 0 is an undefined opcode. */
const u16 mfraw_roce_ops[32] = {
#define PKT_SEND	(MFRAW_PKT_SEND | MFRAW_PKT_PAYLOAD)
#define PKT_WRITE	(MFRAW_PKT_WRITE | MFRAW_PKT_PAYLOAD)
#define PKT_RESP	(MFRAW_PKT_RESP | MFRAW_PKT_PAYLOAD)
	[IB_OPCODE_SEND_FIRST] = PKT_SEND | MFRAW_PKT_FIRST,
	[IB_OPCODE_SEND_MIDDLE] = PKT_SEND,
	[IB_OPCODE_SEND_LAST] = PKT_SEND | MFRAW_PKT_LAST,
	[IB_OPCODE_SEND_LAST_WITH_IMMEDIATE] =
		PKT_SEND | MFRAW_PKT_LAST | MFRAW_PKT_IMM,
	[IB_OPCODE_SEND_ONLY] = PKT_SEND | MFRAW_PKT_ONLY,
	[IB_OPCODE_SEND_ONLY_WITH_IMMEDIATE] =
		PKT_SEND | MFRAW_PKT_ONLY | MFRAW_PKT_IMM,
	[IB_OPCODE_RDMA_WRITE_FIRST] =
		PKT_WRITE | MFRAW_PKT_FIRST | MFRAW_PKT_RETH,
	[IB_OPCODE_RDMA_WRITE_MIDDLE] = PKT_WRITE,
	[IB_OPCODE_RDMA_WRITE_LAST] = PKT_WRITE | MFRAW_PKT_LAST,
	[IB_OPCODE_RDMA_WRITE_LAST_WITH_IMMEDIATE] =
		PKT_WRITE | MFRAW_PKT_LAST | MFRAW_PKT_IMM,
	[IB_OPCODE_RDMA_WRITE_ONLY] = PKT_WRITE | MFRAW_PKT_ONLY | MFRAW_PKT_RETH,
	[IB_OPCODE_RDMA_WRITE_ONLY_WITH_IMMEDIATE] =
		PKT_WRITE | MFRAW_PKT_ONLY | MFRAW_PKT_RETH | MFRAW_PKT_IMM,
	[IB_OPCODE_RDMA_READ_REQUEST] =
		MFRAW_PKT_READ | MFRAW_PKT_ONLY | MFRAW_PKT_RETH,
	[IB_OPCODE_RDMA_READ_RESPONSE_FIRST] =
		PKT_RESP | MFRAW_PKT_FIRST | MFRAW_PKT_AETH,
	[IB_OPCODE_RDMA_READ_RESPONSE_MIDDLE] = PKT_RESP,
	[IB_OPCODE_RDMA_READ_RESPONSE_LAST] =
		PKT_RESP | MFRAW_PKT_LAST | MFRAW_PKT_AETH,
	[IB_OPCODE_RDMA_READ_RESPONSE_ONLY] =
		PKT_RESP | MFRAW_PKT_ONLY | MFRAW_PKT_AETH,
	[IB_OPCODE_ACKNOWLEDGE] =
		MFRAW_PKT_RESP | MFRAW_PKT_ONLY | MFRAW_PKT_AETH,
	[IB_OPCODE_ATOMIC_ACKNOWLEDGE] = MFRAW_PKT_RESP | MFRAW_PKT_ONLY |
		MFRAW_PKT_AETH | MFRAW_PKT_ATOMIC_ACK,
	[IB_OPCODE_COMPARE_SWAP] = MFRAW_PKT_ATOMIC | MFRAW_PKT_ONLY,
	[IB_OPCODE_FETCH_ADD] = MFRAW_PKT_ATOMIC | MFRAW_PKT_ONLY,
	[IB_OPCODE_SEND_LAST_WITH_INVALIDATE] =
		PKT_SEND | MFRAW_PKT_LAST | MFRAW_PKT_INV,
	[IB_OPCODE_SEND_ONLY_WITH_INVALIDATE] =
		PKT_SEND | MFRAW_PKT_ONLY | MFRAW_PKT_INV,
#undef PKT_SEND
#undef PKT_WRITE
#undef PKT_RESP
};

static struct crypto_shash *mfraw_crc;

/**
 * mfraw_pkt_init - allocate the CRC-32 transform for ICRCs
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_pkt_init(void)
{
	__le32 seed = cpu_to_le32(~0);
	int err;

	mfraw_crc = crypto_alloc_shash("crc32", 0, 0);
	if (IS_ERR(mfraw_crc))
		return PTR_ERR(mfraw_crc);

	err = crypto_shash_setkey(mfraw_crc, (u8 *)&seed, sizeof(seed));
	if (err)
		crypto_free_shash(mfraw_crc);

	return err;
}

void mfraw_pkt_exit(void)
{
	crypto_free_shash(mfraw_crc);
}

/*
 * Compute the invariant CRC of the packet whose IP header is at @l3, over @len
 * bytes from there. Fields that routers change count as ones, and so do the
 * eight bytes of a local route header before the packet.
 */
static __le32 mfraw_icrc(const struct mf_frame *frame, u32 l3, bool v6, u32 len)
{
	struct {
		u8			lrh[8];
		union {
			struct iphdr	v4;
			struct ipv6hdr	v6;
			u8		l3[sizeof(struct ipv6hdr) +
					   sizeof(struct udphdr) +
					   sizeof(struct mfraw_bth)];
		};
	} head;
	u32 hlen = v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	SHASH_DESC_ON_STACK(desc, mfraw_crc);
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(frame);
	struct mf_frame_piece piece;
	struct mfraw_bth *bth;
	struct udphdr *udp;
	__le32 crc;

	memset(head.lrh, 0xff, sizeof(head.lrh));
	udp = (struct udphdr *)(head.l3 + hlen);
	bth = (struct mfraw_bth *)(udp + 1);
	memcpy(head.l3, frame->hdr + l3,
	       hlen + sizeof(*udp) + sizeof(*bth));
	if (v6) {
		memset(head.l3, 0xff, 4);
		head.v6.version = 6;
		head.v6.hop_limit = 0xff;
	} else {
		head.v4.tos = 0xff;
		head.v4.ttl = 0xff;
		head.v4.check = (__force __sum16)0xffff;
	}
	udp->check = (__force __sum16)0xffff;
	bth->qpn |= cpu_to_be32(~MFRAW_PSN_MASK);

	hlen += sizeof(*udp) + sizeof(*bth);
	desc->tfm = mfraw_crc;
	crypto_shash_init(desc);
	crypto_shash_update(desc, head.lrh, sizeof(head.lrh) + hlen);
	len -= hlen;
	mf_frame_seek(&it, l3 + hlen);
	while (len && mf_frame_peek(&it, len, &piece)) {
		crypto_shash_update(desc, piece.data, piece.len);
		mf_frame_advance(&it, &piece, piece.len);
		len -= piece.len;
	}
	crypto_shash_final(desc, (u8 *)&crc);

	return ~crc;
}

/* Find the IP header. Returns false if the frame is neither IPv4 nor IPv6. */
static bool mfraw_find_l3(const struct mf_frame *frame, u32 *l3, bool *v6)
{
	__be16 type;
	u16 off;

	if (!mf_frame_l3(frame->hdr, frame->hdr_len, UINT_MAX, &off, &type))
		return false;
	*l3 = off;
	*v6 = type == htons(ETH_P_IPV6);

	return *v6 || type == htons(ETH_P_IP);
}

/**
 * mfraw_icrc_fill - write the ICRC
 * @frame: the packet, see mf_frame.fill_trailer
 * @copy: linear copy of the frame, or NULL, see mf_frame.fill_trailer
 *
 * Parses the frame again, since the switch may have added or removed VLAN tags.
 *
 * Context: as mf_frame.fill_trailer.
 */
void mfraw_icrc_fill(const struct mf_frame *frame, u8 *copy)
{
	struct mf_frame linear = { .hdr = copy, .hdr_len = frame->len };
	__le32 icrc;
	bool v6;
	u32 l3;

	if (!mfraw_find_l3(frame, &l3, &v6))
		return;

	icrc = mfraw_icrc(copy ? &linear : frame, l3, v6,
			  frame->len - l3 - sizeof(icrc));
	if (copy) {
		memcpy(copy + frame->len - sizeof(icrc), &icrc, sizeof(icrc));
	} else if (frame->nr_frags) {
		const struct bio_vec *bv = &frame->frags[frame->nr_frags - 1];

		memcpy_to_page(bv->bv_page,
			       bv->bv_offset + bv->bv_len - sizeof(icrc),
			       (char *)&icrc, sizeof(icrc));
	} else {
		memcpy((u8 *)frame->hdr + frame->hdr_len - sizeof(icrc), &icrc,
		       sizeof(icrc));
	}
}

static_assert(sizeof(__le32) == MF_FRAME_TRAILER);

/**
 * mfraw_icrc_ok - check the ICRC of a packet
 * @pkt: the packet
 *
 * Context: atomic.
 * Return: true if the packet was not damaged on its way.
 */
bool mfraw_icrc_ok(const struct mfraw_pkt *pkt)
{
	u32 end = pkt->off + pkt->len + MFRAW_BTH_PAD(pkt->flags);
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(pkt->frame);
	__le32 icrc;

	mf_frame_seek(&it, end);
	mf_frame_read(&it, (u8 *)&icrc, sizeof(icrc));

	return icrc == mfraw_icrc(pkt->frame, pkt->l3, pkt->v6, end - pkt->l3);
}

/* Properties of opcodes that have extended headers. */
#define MFRAW_PKT_EXT	(MFRAW_PKT_RETH | MFRAW_PKT_ATOMIC | MFRAW_PKT_AETH | \
			 MFRAW_PKT_ATOMIC_ACK | MFRAW_PKT_IMM | \
			 MFRAW_PKT_INV | MFRAW_PKT_CNP)

/* Length of the extended headers after the BTH, without the XRCETH. */
static u32 mfraw_ext_len(u16 info, bool ud)
{
	u32 len = ud ? sizeof(struct mfraw_deth) : 0;

	if (likely(!(info & MFRAW_PKT_EXT)))
		return len;
	if (info & MFRAW_PKT_RETH)
		len += sizeof(struct mfraw_reth);
	if (info & MFRAW_PKT_ATOMIC)
		len += sizeof(struct mfraw_atomic_eth);
	if (info & MFRAW_PKT_AETH)
		len += MFRAW_AETH_LEN;
	if (info & MFRAW_PKT_ATOMIC_ACK)
		len += sizeof(__be64);
	if (info & (MFRAW_PKT_IMM | MFRAW_PKT_INV))
		len += sizeof(__be32);
	if (info & MFRAW_PKT_CNP)
		len += MFRAW_CNP_LEN;

	return len;
}

/*
 * Check the headers up to UDP, and set @off and @len to the UDP payload's
 * offset and length.
 */
static bool mfraw_parse_udp(const struct mf_frame *frame, u32 *l3, bool *v6,
			    u32 *off, u32 *len)
{
	const struct udphdr *udp;
	u32 l4, end;

	if (!mfraw_find_l3(frame, l3, v6))
		return false;

	if (*v6) {
		const struct ipv6hdr *ip6 = (const void *)(frame->hdr + *l3);

		l4 = *l3 + sizeof(*ip6);
		if (frame->hdr_len < l4 + sizeof(*udp) ||
		    ip6->version != 6 || ip6->nexthdr != IPPROTO_UDP)
			return false;
		end = l4 + ntohs(ip6->payload_len);
	} else {
		const struct iphdr *ip = (const void *)(frame->hdr + *l3);

		l4 = *l3 + sizeof(*ip);
		if (frame->hdr_len < l4 + sizeof(*udp) ||
		    ip->version != 4 || ip->ihl != 5 ||
		    ip->protocol != IPPROTO_UDP ||
		    ip->frag_off & htons(IP_MF | IP_OFFSET) ||
		    ip_fast_csum(ip, 5))
			return false;
		end = *l3 + ntohs(ip->tot_len);
	}

	udp = (const void *)(frame->hdr + l4);
	*off = l4 + sizeof(*udp);
	if (end > frame->len || end < *off || ntohs(udp->len) != end - l4 ||
	    udp->dest != htons(ROCE_V2_UDP_DPORT))
		return false;
	*len = end - *off;

	return true;
}

/* Get the VLAN of a frame whose IP header is at @l3. */
static u16 mfraw_frame_vlan(const struct mf_frame *frame, u32 l3)
{
	const struct vlan_ethhdr *eth = (const void *)frame->hdr;

	if (likely(l3 == ETH_HLEN))
		return 0;
	if (l3 != VLAN_ETH_HLEN || eth->h_vlan_proto != htons(ETH_P_8021Q))
		return MFRAW_VLAN_OTHER;

	return be16_to_cpu(eth->h_vlan_TCI) & VLAN_VID_MASK;
}

/* Get the properties of an opcode, or 0 for an undefined one. */
static u16 mfraw_pkt_info(u8 opcode)
{
	u16 info = mfraw_roce_ops[opcode & 0x1f];

	switch (opcode & ~0x1f) {
	case IB_OPCODE_RC:
	case MFRAW_OPCODE_XRC:
		return info;
	case IB_OPCODE_UC:
		return (opcode & 0x1f) < IB_OPCODE_RDMA_READ_REQUEST ? info : 0;
	case IB_OPCODE_UD:
		return !(info & ~MFRAW_PKT_UD_OPS) &&
		       (info & MFRAW_PKT_ONLY) == MFRAW_PKT_ONLY ? info : 0;
	default:
		return opcode == MFRAW_OPCODE_CNP ? MFRAW_PKT_CNP : 0;
	}
}

/**
 * mfraw_pkt_parse - read the headers of a packet
 * @pkt: filled
 * @frame: the frame of the packet
 *
 * Context: atomic.
 * Return: false if the frame is no valid RoCEv2 packet, or has less than its
 * opcode requires.
 */
bool mfraw_pkt_parse(struct mfraw_pkt *pkt, const struct mf_frame *frame)
{
	u32 l3, off, len, ext, need, psn, xrceth = 0;
	const struct mfraw_bth *bth;
	u8 opcode, flags, transport;
	u16 info;
	bool v6;

	if (!mfraw_parse_udp(frame, &l3, &v6, &off, &len) ||
	    frame->hdr_len < off + sizeof(*bth))
		return false;

	/* Each word is read once, before @pkt is written. */
	bth = (const void *)(frame->hdr + off);
	opcode = bth->opcode;
	flags = bth->flags;
	info = mfraw_pkt_info(opcode);
	if (!info || flags & MFRAW_BTH_TVER ||
	    (bth->pkey & htons(0x7fff)) != htons(0x7fff))
		return false;

	transport = opcode & ~0x1f;
	if (unlikely(transport == MFRAW_OPCODE_XRC) && !(info & MFRAW_PKT_RESP))
		xrceth = MFRAW_XRCETH_LEN;
	ext = xrceth + mfraw_ext_len(info, transport == IB_OPCODE_UD);
	need = sizeof(*bth) + ext + MFRAW_BTH_PAD(flags) + IB_ICRC_BYTES;
	off += sizeof(*bth) + ext;
	if (frame->hdr_len < off || len < need)
		return false;

	len -= need;
	/*
	 * Padding completes the last word, and only some opcodes have a
	 * payload.
	 */
	if ((len + MFRAW_BTH_PAD(flags)) & 3 ||
	    (!(info & MFRAW_PKT_PAYLOAD) && len))
		return false;

	psn = be32_to_cpu(bth->psn);
	pkt->qpn = be32_to_cpu(bth->qpn) & MFRAW_PSN_MASK;
	pkt->psn = psn & MFRAW_PSN_MASK;
	pkt->ack_req = psn & MFRAW_BTH_ACK_REQ;
	pkt->frame = frame;
	pkt->opcode = opcode;
	pkt->flags = flags;
	pkt->info = info;
	pkt->l3 = l3;
	pkt->v6 = v6;
	pkt->vlan = mfraw_frame_vlan(frame, l3);
	pkt->off = off;
	pkt->len = len;
	pkt->n = mfraw_frame_packets(frame);
	pkt->ext = (const u8 *)(bth + 1) + xrceth;
	pkt->srqn = 0;
	if (unlikely(xrceth))
		pkt->srqn = get_unaligned_be32(bth + 1) & MFRAW_PSN_MASK;

	return true;
}

static void mfraw_bytes_to_mr(const u8 *from, struct mfraw_mr *mr, u64 addr,
			      u32 len)
{
	while (len) {
		u32 n = len;
		u8 *to = mfraw_mr_map(mr, addr, &n);

		memcpy(to, from, n);
		kunmap_local(to);
		addr += n;
		from += n;
		len -= n;
	}
}

/**
 * mfraw_pkt_to_mr - copy payload to a region
 * @pkt: the packet
 * @off: offset of the first byte in the payload
 * @mr: the region
 * @addr: destination address, already checked
 * @len: bytes to copy; both the payload and the region have them
 *
 * Context: reader of the device.
 */
void mfraw_pkt_to_mr(const struct mfraw_pkt *pkt, u32 off, struct mfraw_mr *mr,
		     u64 addr, u32 len)
{
	struct mf_frame_iter it = MF_FRAME_ITER_INIT(pkt->frame);

	off += pkt->off;
	if (off + len <= pkt->frame->hdr_len) {
		mfraw_bytes_to_mr(pkt->frame->hdr + off, mr, addr, len);
		return;
	}

	mf_frame_seek(&it, off);
	while (len) {
		u32 n = len;
		u8 *to = mfraw_mr_map(mr, addr, &n);

		mf_frame_read(&it, to, n);
		kunmap_local(to);
		addr += n;
		len -= n;
	}
}

/**
 * mfraw_pkt_scatter - write payload or a buffer to a list of memory pieces
 * @pkt: packet to copy the payload from, or NULL
 * @data: the buffer to copy if @pkt is NULL
 * @len: bytes to copy
 * @sge: the memory pieces, in a copy that user space can't change
 * @num_sge: number of memory pieces
 * @skip: bytes of the memory pieces to skip first
 * @pd: protection domain of the queue pair
 * @last: cache of the region found last, see mfraw_sge_get()
 *
 * Context: reader of the device.
 * Return: enum mfraw_cqe_status.
 */
u8 mfraw_pkt_scatter(const struct mfraw_pkt *pkt, const u8 *data, u32 len,
		     const struct mfraw_sge *sge, u32 num_sge, u64 skip,
		     struct ib_pd *pd, struct mfraw_mr **last)
{
	struct mfraw_sge_view view __uninitialized;
	u32 off = 0;

	for (; len; sge++, num_sge--) {
		if (!num_sge)
			return MFRAW_CQE_LOC_LEN_ERR;
		if (skip >= le32_to_cpu(sge->length)) {
			skip -= le32_to_cpu(sge->length);
			continue;
		}
		if (!mfraw_sge_get(&view, sge, skip, len, pd,
				   IB_ACCESS_LOCAL_WRITE, last))
			return MFRAW_CQE_LOC_PROT_ERR;

		if (pkt)
			mfraw_pkt_to_mr(pkt, off, view.mr, view.addr,
					view.length);
		else
			mfraw_bytes_to_mr(data + off, view.mr, view.addr,
					  view.length);
		off += view.length;
		len -= view.length;
		skip = 0;
	}

	return MFRAW_CQE_SUCCESS;
}
