/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Parsing of received RoCEv2 packets, and the ICRC.
 */
#ifndef MFRAW_PKT_H
#define MFRAW_PKT_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mf_frame.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <rdma/ib_verbs.h>
#include <rdma/mfraw-abi.h>

#include "roce/wire.h"
#include "verbs/mr_window.h"
#include "verbs/srq.h"

struct mfraw_mr;

/**
 * struct mfraw_pkt - a received packet
 * @frame: the frame of the packet; its linear part has all of the packet's
 *	headers
 * @opcode: opcode from the BTH
 * @info: properties of the opcode, &enum mfraw_op_info
 * @flags: flags from the BTH
 * @l3: offset of the IP header
 * @off: offset of the payload in the frame
 * @len: bytes of payload without padding
 * @n: number of packets of the frame, more than 1 for a train. The other members
 *	are those of the first one, see mfraw_train_rx()
 * @vlan: VLAN of the frame: 0 if untagged or priority-tagged, MFRAW_VLAN_OTHER
 *	with a stack of tags or a tag of another type
 * @v6: the packet is IPv6
 * @ack_req: the BTH asks for an acknowledge
 * @qpn: destination queue pair number
 * @psn: packet sequence number
 * @srqn: SRQ number from the XRCETH, or 0
 * @ext: the extended headers after the BTH and the XRCETH
 *
 * Variables on the stack are __uninitialized, since initialization would cost
 * time for each packet: mfraw_pkt_parse() writes all members.
 */
struct mfraw_pkt {
	const struct mf_frame	*frame;
	u8			opcode;
	u8			flags;
	u16			info;
	u16			l3;
	u16			off;
	u32			len;
	u32			n;
	u16			vlan;
	bool			v6;
	bool			ack_req;
	u32			qpn;
	u32			psn;
	u32			srqn;
	const u8		*ext;
};

/* Did a router or switch mark the packet (congestion experienced)? */
static inline bool mfraw_pkt_is_ce(const struct mfraw_pkt *pkt)
{
	const u8 *l3 = pkt->frame->hdr + pkt->l3;

	if (pkt->v6)
		return INET_ECN_is_ce(ipv6_get_dsfield((const void *)l3));

	return INET_ECN_is_ce(((const struct iphdr *)l3)->tos);
}

/*
 * Map the first @len bytes of a receive entry, if its only piece is in the region
 * that the queue used last, and a page has all of them. Returns NULL if it is not
 * that simple. Reader of the device. The caller ends the mapping with
 * kunmap_local().
 */
static __always_inline u8 *mfraw_recv_short(const struct mfraw_mr_window *window,
					    const struct mfraw_rwqe *rwqe,
					    u32 len)
{
	const struct mfraw_sge *sge = rwqe->sge;

	if (unlikely(rwqe->num_sge != 1 || len > rwqe->length))
		return NULL;

	return mfraw_mr_window_map(window, le32_to_cpu(sge->lkey),
				   le64_to_cpu(sge->addr), len);
}

/* Is the payload short and a part of the header, see mfraw_copy_short()? */
static __always_inline bool mfraw_pkt_is_short(const struct mfraw_pkt *pkt)
{
	return pkt->len >= MFRAW_SHORT_MIN && pkt->len <= MFRAW_SHORT_MAX &&
	       pkt->off + pkt->len <= pkt->frame->hdr_len;
}

int mfraw_pkt_init(void);
void mfraw_pkt_exit(void);
bool mfraw_pkt_parse(struct mfraw_pkt *pkt, const struct mf_frame *frame);
bool mfraw_icrc_ok(const struct mfraw_pkt *pkt);
void mfraw_icrc_fill(const struct mf_frame *frame, u8 *copy);
void mfraw_pkt_to_mr(const struct mfraw_pkt *pkt, u32 off, struct mfraw_mr *mr,
		     u64 addr, u32 len);
u8 mfraw_pkt_scatter(const struct mfraw_pkt *pkt, const u8 *data, u32 len,
		     const struct mfraw_sge *sge, u32 num_sge, u64 skip,
		     struct ib_pd *pd, struct mfraw_mr **last);

#endif /* MFRAW_PKT_H */
