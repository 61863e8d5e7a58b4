// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Checksums and segments that the device makes: those of TCP and UDP directly
 * behind an IP header, and segments of TCP. All else is done in software, see
 * mf_cut.h: segments of UDP, tunnels, options of IPv6, ECN, trains of RoCEv2.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "hw/regs.h"
#include "pool/offload.h"

/* Find the protocol behind the IP header, 0 if the device does not know it. */
static u8 mfigb_l4_proto(const u8 *hdr, u32 l3, u32 l4, bool *ip4)
{
	__be16 type = *(const __be16 *)(hdr + l3 - sizeof(type));
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)(hdr + l3);
	const struct iphdr *ip = (const struct iphdr *)(hdr + l3);

	*ip4 = type == htons(ETH_P_IP);
	if (*ip4)
		return ip->version == 4 && ip->ihl * 4 == l4 - l3 &&
		       !ip_is_fragment(ip) ? ip->protocol : 0;
	if (type == htons(ETH_P_IPV6) && ip6->version == 6 &&
	    l4 - l3 == sizeof(*ip6))
		return ip6->nexthdr;

	return 0;
}

/* Describe the checksum of TCP or UDP, if the device can make it. */
static bool mfigb_offload_csum(const struct mf_frame *frame,
			       struct mfigb_offload *how, bool *ip4)
{
	const struct sk_buff *skb = frame->cut->skb;
	u32 tag = skb_vlan_tag_present(skb) ? VLAN_HLEN : 0;
	u32 l3 = skb_network_offset(skb) + tag;
	u32 l4 = skb_checksum_start_offset(skb) + tag;
	u8 proto;

	if (skb->encapsulation ||
	    (l3 != ETH_HLEN && l3 != ETH_HLEN + VLAN_HLEN) ||
	    l4 < l3 + sizeof(struct iphdr) ||
	    l4 + skb->csum_offset + sizeof(__sum16) > frame->hdr_len)
		return false;
	proto = mfigb_l4_proto(frame->hdr, l3, l4, ip4);
	if (!(proto == IPPROTO_TCP &&
	      skb->csum_offset == offsetof(struct tcphdr, check)) &&
	    !(proto == IPPROTO_UDP &&
	      skb->csum_offset == offsetof(struct udphdr, check)))
		return false;

	*how = (struct mfigb_offload) {
		.lens = (l4 - l3) | l3 << MFIGB_CTX_MACLEN,
		.types = proto == IPPROTO_TCP ? MFIGB_CTX_TCP : 0,
		.status = frame->len << MFIGB_TXD_PAYLEN | MFIGB_TXD_TXSM,
		.l3 = l3,
		.l4 = l4,
	};

	return true;
}

/**
 * mfigb_offload_way - find out how a frame goes to the device
 * @frame: a frame
 * @how: set for MFIGB_OFFLOAD
 *
 * Context: any, during the call that carries @frame.
 * Return: the way.
 */
enum mfigb_way mfigb_offload_way(const struct mf_frame *frame,
				 struct mfigb_offload *how)
{
	const struct mf_frame_cut *cut = frame->cut;
	const struct tcphdr *th;
	const struct sk_buff *skb;
	u32 type;
	bool ip4;

	if (!mf_frame_is_whole(frame))
		return MFIGB_PLAIN;
	skb = cut->skb;
	if (!skb)
		return MFIGB_CUT;
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return skb_is_gso(skb) ? MFIGB_CUT : MFIGB_PLAIN;
	if (!mfigb_offload_csum(frame, how, &ip4))
		return MFIGB_CUT;
	if (!skb_is_gso(skb))
		return MFIGB_OFFLOAD;

	/* Other types have something that the device does not know, as ECN. */
	type = skb_shinfo(skb)->gso_type & ~SKB_GSO_DODGY;
	if (type != (ip4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6))
		return MFIGB_CUT;
	/* QEMU's 82576 loses FIN, which would delay the end of connections. */
	th = (const struct tcphdr *)(frame->hdr + how->l4);
	if (th->fin)
		return MFIGB_CUT;
	if (ip4) {
		how->types |= MFIGB_CTX_IPV4;
		how->status = MFIGB_TXD_IXSM;
	} else {
		how->status = 0;
	}
	how->sizes = (cut->hdr_len - how->l4) << MFIGB_CTX_L4LEN |
		     cut->size << MFIGB_CTX_MSS;
	how->command = MFIGB_TXD_TSE;
	how->status |= (frame->len - cut->hdr_len) << MFIGB_TXD_PAYLEN |
		       MFIGB_TXD_TXSM;

	return MFIGB_OFFLOAD;
}

/**
 * mfigb_offload_prepare - change a header into what the device expects
 * @frame: a frame that the device completes
 * @how: result of mfigb_offload_way()
 * @hdr: copy of the header, up to the end of the TCP header
 *
 * For segments, the length of the IP header is zero, and the checksum of TCP
 * leaves out the length. The device adds both.
 *
 * Context: any, during the call that carries @frame.
 */
void mfigb_offload_prepare(const struct mf_frame *frame,
			   const struct mfigb_offload *how, u8 *hdr)
{
	struct ipv6hdr *ip6 = (struct ipv6hdr *)(hdr + how->l3);
	struct iphdr *ip = (struct iphdr *)(hdr + how->l3);
	struct tcphdr *th = (struct tcphdr *)(hdr + how->l4);

	if (!(how->command & MFIGB_TXD_TSE))
		return;
	if (how->types & MFIGB_CTX_IPV4) {
		ip->tot_len = 0;
		ip->check = 0;
	} else {
		ip6->payload_len = 0;
	}
	csum_replace_by_diff(&th->check,
			     (__force __wsum)htonl(frame->len - how->l4));
}
