/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_FLOW_KEY_H
#define MFNIC_FLOW_KEY_H

#include <linux/mf_qblock.h>

#define MFNIC_KEY_WORDS	(sizeof(struct mf_flow_key) / sizeof(u32))

/**
 * enum mfnic_key_depth - how far into a frame a match looks
 * @MFNIC_KEY_MACS: addresses
 * @MFNIC_KEY_L2: and types and vlan tag
 * @MFNIC_KEY_L4: everything
 *
 * Each costs more than the one before.
 */
enum mfnic_key_depth {
	MFNIC_KEY_MACS,
	MFNIC_KEY_L2,
	MFNIC_KEY_L4,
};

/**
 * struct mfnic_parse - what is known of a frame so far
 * @frame: of at least MF_FRAME_MIN bytes
 * @depth: how far @key is valid, -1: not at all
 * @key: the fields
 * @words: the same
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
void mfnic_key_init(void);

static inline void mfnic_parse_init(struct mfnic_parse *parse,
				    const struct mf_frame *frame)
{
	parse->frame = frame;
	parse->depth = -1;
}

/* Look at the frame as far as @depth, if nobody did yet. */
static inline void mfnic_parse_to(struct mfnic_parse *parse,
				  enum mfnic_key_depth depth)
{
	if (parse->depth >= (int)depth)
		return;
	parse->depth = depth;
	mfnic_key_parse(&parse->key, depth, parse->frame);
}

#endif /* MFNIC_FLOW_KEY_H */
