/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_FLOW_KEY_H
#define MFNIC_FLOW_KEY_H

#include <linux/if_vlan.h>
#include <linux/mf_qblock.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <net/flow_dissector.h>

#define MFNIC_KEY_WORDS	(sizeof(struct mf_flow_key) / sizeof(u32))

/**
 * enum mfnic_key_depth - how far into a frame a mask matches
 * @MFNIC_KEY_MACS: MAC addresses only
 * @MFNIC_KEY_L2: MAC addresses, Ethertype and vlan tags
 * @MFNIC_KEY_L4: all fields
 *
 * Parsing to each depth costs more than to the one before.
 */
enum mfnic_key_depth {
	MFNIC_KEY_MACS,
	MFNIC_KEY_L2,
	MFNIC_KEY_L4,
};

/**
 * struct mfnic_parse - a frame with the fields parsed so far
 * @frame: a frame of at least MF_FRAME_MIN bytes
 * @depth: depth to which @key is valid, or -1 before any parsing
 * @key: parsed fields
 * @words: @key as words
 *
 * Variables on the stack are __uninitialized: initialization would cost time
 * for each frame and lookup, and only parsed fields are read.
 */
struct mfnic_parse {
	const struct mf_frame *frame;
	int depth;
	union {
		struct mf_flow_key key;
		u32 words[MFNIC_KEY_WORDS];
	};
};

enum mfnic_key_depth mfnic_key_depth(const struct mf_flow_key *mask);
void mfnic_key_parse(struct mf_flow_key *key, enum mfnic_key_depth depth,
		     const struct mf_frame *frame);
void mfnic_key_arp(struct mf_flow_key *key,
		   const struct flow_dissector_key_arp *arp);
void mfnic_key_init(void);

/* Combine ICMP type and code in the place of a port. */
static inline __be16 mfnic_key_icmp(const struct flow_dissector_key_icmp *icmp)
{
	return htons(icmp->type << 8 | icmp->code);
}

static inline void mfnic_parse_init(struct mfnic_parse *parse,
				    const struct mf_frame *frame)
{
	parse->frame = frame;
	parse->depth = -1;
}

/* Parse the frame to @depth, unless that is done already. */
static inline void mfnic_parse_to(struct mfnic_parse *parse,
				  enum mfnic_key_depth depth)
{
	if (parse->depth >= (int)depth)
		return;
	parse->depth = depth;
	mfnic_key_parse(&parse->key, depth, parse->frame);
}

/* Compare both MAC addresses of two frames or keys. */
static inline bool mfnic_same_macs(const void *a, const void *b)
{
	return !((get_unaligned((const u64 *)a) ^
		  get_unaligned((const u64 *)b)) |
		 (get_unaligned((const u32 *)a + 2) ^
		  get_unaligned((const u32 *)b + 2)));
}

/*
 * Return true if rules that read no more than @depth of one frame treat another
 * one alike: both are untagged, and have the same 14 bytes.
 */
static inline bool mfnic_same_l2(int depth, const u8 *a, const u8 *b)
{
	return (depth == MFNIC_KEY_MACS || depth == MFNIC_KEY_L2) &&
	       !((get_unaligned((const u64 *)a) ^
		  get_unaligned((const u64 *)b)) |
		 (get_unaligned((const u64 *)(a + 6)) ^
		  get_unaligned((const u64 *)(b + 6)))) &&
	       !eth_type_vlan(((const struct ethhdr *)a)->h_proto);
}

/**
 * mfnic_parse_same - test whether rules treat two frames alike
 * @parse: a frame that is not parsed yet
 * @other: a frame that was looked up
 *
 * Context: any.
 * Return: true if all fields that rules read of @other are equal; false also if
 *	no rule read @other.
 */
static inline bool mfnic_parse_same(struct mfnic_parse *parse,
				    const struct mfnic_parse *other)
{
	const struct mf_flow_key *a = &parse->key, *b = &other->key;

	if (other->depth < 0)
		return false;
	mfnic_parse_to(parse, other->depth);
	if (!mfnic_same_macs(a, b))
		return false;
	if (other->depth == MFNIC_KEY_MACS)
		return true;
	if (a->ethertype != b->ethertype || a->vlan_tpid != b->vlan_tpid ||
	    a->vlan_tci != b->vlan_tci || a->vlan_tags != b->vlan_tags)
		return false;

	return other->depth == MFNIC_KEY_L2 || !memcmp(a, b, sizeof(*a));
}

#endif /* MFNIC_FLOW_KEY_H */
