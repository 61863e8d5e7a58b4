// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Parser of the header fields that steering matches. The code here reads layer
 * 2. The kernel's flow dissector reads layers 3 and 4, so a match means the
 * same as in tc flower. mf_steer.h documents the exported functions.
 */
#include <linux/export.h>
#include <linux/if_vlan.h>
#include <linux/mf_frame.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <net/flow_dissector.h>
#include <net/ip.h>

#include "flow_key.h"

/*
 * mf_key_parse() and mf_same_macs() rely on MACs without a gap, in the
 * order of a frame.
 */
static_assert(offsetof(struct mf_flow_key, smac) == ETH_ALEN);
static_assert(offsetof(struct mf_flow_key, ethertype) == 2 * ETH_ALEN);

/* Result of the flow dissector. */
struct mf_dissected {
	struct flow_dissector_key_control	control;
	struct flow_dissector_key_basic		basic;
	union {
		struct flow_dissector_key_ipv4_addrs	ipv4;
		struct flow_dissector_key_ipv6_addrs	ipv6;
	};
	struct flow_dissector_key_ports		ports;
	struct flow_dissector_key_ip		ip;
	struct flow_dissector_key_tcp		tcp;
	struct flow_dissector_key_tags		label;
	struct flow_dissector_key_icmp		icmp;
	struct flow_dissector_key_arp		arp;
};

#define MF_DISSECT(id, member) \
	{ .key_id = FLOW_DISSECTOR_KEY_##id, \
	  .offset = offsetof(struct mf_dissected, member) }

static const struct flow_dissector_key mf_dissector_keys[] = {
	MF_DISSECT(CONTROL, control),
	MF_DISSECT(BASIC, basic),
	MF_DISSECT(IPV4_ADDRS, ipv4),
	MF_DISSECT(IPV6_ADDRS, ipv6),
	MF_DISSECT(PORTS, ports),
	MF_DISSECT(IP, ip),
	MF_DISSECT(TCP, tcp),
	MF_DISSECT(FLOW_LABEL, label),
	MF_DISSECT(ICMP, icmp),
	MF_DISSECT(ARP, arp),
};

static struct flow_dissector mf_dissector __ro_after_init;

/**
 * mf_key_init - set up the flow dissector; precedes the first frame
 */
void __init mf_key_init(void)
{
	skb_flow_dissector_init(&mf_dissector, mf_dissector_keys,
				ARRAY_SIZE(mf_dissector_keys));
}

/**
 * mf_key_depth - find the depth to which frames must be parsed for a mask
 * @mask: mask of a rule
 *
 * Context: any.
 * Return: the depth.
 */
enum mf_key_depth mf_key_depth(const struct mf_flow_key *mask)
{
	const size_t l3 = offsetof(struct mf_flow_key, ip_proto);
	const size_t tags = offsetof(struct mf_flow_key, vlan_tags);
	const size_t addrs = offsetof(struct mf_flow_key, saddr);

	/*
	 * Few rules match a second tag, so it belongs to the deepest level and
	 * does not slow down layer 2.
	 */
	if (memchr_inv((const u8 *)mask + l3, 0, tags - l3) ||
	    memchr_inv(&mask->saddr, 0, sizeof(*mask) - addrs))
		return MF_KEY_L4;
	if (mask->ethertype || mask->vlan_tpid || mask->vlan_tci ||
	    mask->vlan_tags)
		return MF_KEY_L2;

	return MF_KEY_MACS;
}

void mf_key_arp(struct mf_flow_key *key,
		const struct flow_dissector_key_arp *arp)
{
	key->ip_proto = arp->op;
	key->saddr.s6_addr32[0] = (__force __be32)arp->sip;
	key->daddr.s6_addr32[0] = (__force __be32)arp->tip;
	memcpy(&key->saddr.s6_addr[4], arp->sha, ETH_ALEN);
	memcpy(&key->daddr.s6_addr[4], arp->tha, ETH_ALEN);
}
EXPORT_SYMBOL_NS_GPL(mf_key_arp, "MFSTEER");

/* noinline keeps the large stack frame out of shallower parsing. */
static noinline void mf_key_l4(struct mf_flow_key *key,
			       const struct mf_frame *frame, u32 nhoff)
{
	struct mf_dissected d = {};

	mf_frame_dissect(frame, &mf_dissector, &d, key->ethertype, nhoff);

	if (key->ethertype == htons(ETH_P_ARP) ||
	    key->ethertype == htons(ETH_P_RARP)) {
		mf_key_arp(key, &d.arp);
		return;
	}
	if (d.control.addr_type == FLOW_DISSECTOR_KEY_IPV4_ADDRS) {
		key->saddr.s6_addr32[0] = d.ipv4.src;
		key->daddr.s6_addr32[0] = d.ipv4.dst;
	} else if (d.control.addr_type == FLOW_DISSECTOR_KEY_IPV6_ADDRS) {
		key->saddr = d.ipv6.src;
		key->daddr = d.ipv6.dst;
	} else {
		return;
	}

	key->ip_proto = d.basic.ip_proto;
	key->ip_tos = d.ip.tos;
	key->ip_ttl = d.ip.ttl;
	if (d.control.flags & FLOW_DIS_IS_FRAGMENT)
		key->ip_frag |= MF_FLOW_FRAG;
	if (d.control.flags & FLOW_DIS_FIRST_FRAG)
		key->ip_frag |= MF_FLOW_FRAG_FIRST;
	key->sport = d.ports.src;
	if (key->ip_proto == IPPROTO_ICMP || key->ip_proto == IPPROTO_ICMPV6)
		key->sport = mf_key_icmp(&d.icmp);
	key->dport = d.ports.dst;
	key->tcp_flags = d.tcp.flags;
	put_unaligned_be24(d.label.flow_label, key->flow_label);
}

void mf_key_parse(struct mf_flow_key *key, enum mf_key_depth depth,
		  const struct mf_frame *frame)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;
	const struct vlan_hdr *tag;
	u32 nhoff = ETH_HLEN;

	memcpy(key, eth, 2 * ETH_ALEN);
	key->ethertype = eth->h_proto;
	key->vlan_tpid = 0;
	if (depth == MF_KEY_MACS)
		return;

	if (depth == MF_KEY_L4)
		memset_startat(key, 0, vlan_tci);
	key->vlan_tci = 0;
	key->vlan_tags = 0;
	while ((tag = mf_frame_tag(frame->hdr, frame->hdr_len, nhoff,
				   key->ethertype))) {
		if (!key->vlan_tags) {
			key->vlan_tpid = key->ethertype;
			key->vlan_tci = tag->h_vlan_TCI;
		} else if (key->vlan_tags == 1 && depth == MF_KEY_L4) {
			key->cvlan_tpid = key->ethertype;
			key->cvlan_tci = tag->h_vlan_TCI;
		}
		key->vlan_tags++;
		key->ethertype = tag->h_vlan_encapsulated_proto;
		nhoff += VLAN_HLEN;
	}

	/* The type of a tag is left if the tag is incomplete. */
	if (depth == MF_KEY_L4 && !eth_type_vlan(key->ethertype))
		mf_key_l4(key, frame, nhoff);
}
EXPORT_SYMBOL_NS_GPL(mf_key_parse, "MFSTEER");
