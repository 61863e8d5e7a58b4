/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Setup of the parser, see flow_key.c, and shortcuts that leave out parsing. */
#ifndef MFSTEER_FLOW_KEY_H
#define MFSTEER_FLOW_KEY_H

#include <linux/bpf-netns.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mf_steer.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <net/net_namespace.h>

void mf_key_init(void);
enum mf_key_depth mf_key_depth(const struct mf_flow_key *mask);

/* Compare 2, 4 or 8 bytes at an offset; 0 means equal. */
static inline u16 mf_differ2(const u8 *a, const u8 *b, u32 off)
{
	return get_unaligned((const u16 *)(a + off)) ^
	       get_unaligned((const u16 *)(b + off));
}

static inline u32 mf_differ4(const u8 *a, const u8 *b, u32 off)
{
	return get_unaligned((const u32 *)(a + off)) ^
	       get_unaligned((const u32 *)(b + off));
}

static inline u64 mf_differ8(const u8 *a, const u8 *b, u32 off)
{
	return get_unaligned((const u64 *)(a + off)) ^
	       get_unaligned((const u64 *)(b + off));
}

/*
 * Return true if a BPF program dissects flows, which may read any byte of a
 * frame. RCU read section.
 */
static inline bool mf_key_bpf(void)
{
	return rcu_access_pointer(init_net.bpf.run_array[NETNS_BPF_FLOW_DISSECTOR]);
}

/**
 * mf_same_flow - test whether two frames have equal keys without parsing
 * @depth: depth to which rules read one of them
 * @one: a frame of at least MF_FRAME_MIN bytes
 * @other: another frame
 *
 * The frames of a TCP or UDP flow differ only in a few fields of their headers
 * that no rule reads. To compare the other fields costs far less than the
 * dissector.
 *
 * Context: RCU read section.
 * Return: true if the keys of both are equal. False means that they may be:
 *	only MF_KEY_L4 of frames without options and with one tag at most is
 *	compared, and nothing while a BPF program dissects flows, since that may
 *	read any byte.
 */
static inline bool mf_same_flow(int depth, const struct mf_frame *one,
				const struct mf_frame *other)
{
	u32 len = min(one->hdr_len, other->hdr_len), off = ETH_HLEN, l4;
	const u8 *a = one->hdr, *b = other->hdr;
	__be16 type = ((const struct ethhdr *)a)->h_proto;
	u64 differ;
	u8 proto;

	if (depth != MF_KEY_L4 || !mf_same_macs(a, b) ||
	    ((const struct ethhdr *)b)->h_proto != type)
		return false;
	if (unlikely(eth_type_vlan(type))) {
		off += VLAN_HLEN;
		if (len < off || mf_differ4(a, b, ETH_HLEN))
			return false;
		type = ((const struct vlan_ethhdr *)a)->h_vlan_encapsulated_proto;
	}
	a += off;
	b += off;
	len -= off;

	if (likely(type == htons(ETH_P_IP))) {
		l4 = sizeof(struct iphdr);
		if (len < l4 + sizeof(struct udphdr) || a[0] != 0x45)
			return false;
		proto = ((const struct iphdr *)a)->protocol;
		/* Not the length, the identification and the checksum. */
		differ = mf_differ2(a, b, 0) |
			 mf_differ4(a, b, offsetof(struct iphdr, frag_off)) |
			 mf_differ8(a, b, offsetof(struct iphdr, saddr));
	} else if (type == htons(ETH_P_IPV6)) {
		l4 = sizeof(struct ipv6hdr);
		if (len < l4 + sizeof(struct udphdr))
			return false;
		proto = ((const struct ipv6hdr *)a)->nexthdr;
		/* Not the length. */
		differ = mf_differ4(a, b, 0) |
			 mf_differ2(a, b, offsetof(struct ipv6hdr, nexthdr)) |
			 mf_differ8(a, b, 8) | mf_differ8(a, b, 16) |
			 mf_differ8(a, b, 24) | mf_differ8(a, b, 32);
	} else {
		return false;
	}

	differ |= mf_differ4(a, b, l4);	/* ports */
	if (proto == IPPROTO_TCP) {
		if (len < l4 + sizeof(struct tcphdr))
			return false;
		/* The length of the header, and the flags. */
		differ |= mf_differ2(a, b, l4 + 12);
	} else if (proto != IPPROTO_UDP) {
		return false;
	}

	return !differ && !mf_key_bpf();
}

/**
 * mf_parse_same - test whether rules treat two frames alike
 * @parse: a frame that is not parsed yet
 * @other: a frame that was looked up
 *
 * Context: any.
 * Return: true if all fields that rules read of @other are equal; false also if
 *	no rule read @other.
 */
static inline bool mf_parse_same(struct mf_parse *parse,
				 const struct mf_parse *other)
{
	const struct mf_flow_key *a = &parse->key, *b = &other->key;

	if (other->depth < 0)
		return false;
	mf_parse_to(parse, other->depth);
	if (!mf_same_macs(a, b))
		return false;
	if (other->depth == MF_KEY_MACS)
		return true;
	if (a->ethertype != b->ethertype || a->vlan_tpid != b->vlan_tpid ||
	    a->vlan_tci != b->vlan_tci || a->vlan_tags != b->vlan_tags)
		return false;

	return other->depth == MF_KEY_L2 || !memcmp(a, b, sizeof(*a));
}

#endif /* MFSTEER_FLOW_KEY_H */
