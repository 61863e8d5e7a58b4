/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_FLOW_KEY_H
#define MFNIC_FLOW_KEY_H

#include <linux/mf_qblock.h>

#define MFNIC_KEY_WORDS	(sizeof(struct mf_flow_key) / sizeof(u64))

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

enum mfnic_key_depth mfnic_key_depth(const struct mf_flow_key *mask);
void mfnic_key_parse(struct mf_flow_key *key, enum mfnic_key_depth depth,
		     const struct mf_frame *frame);
void mfnic_key_init(void);

#endif /* MFNIC_FLOW_KEY_H */
