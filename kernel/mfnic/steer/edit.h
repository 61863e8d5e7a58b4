/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_EDIT_H
#define MFNIC_EDIT_H

#include <linux/if_vlan.h>
#include <linux/mf_qblock.h>

/**
 * struct mfnic_edit - a copy of a frame whose header can be changed
 * @frame: the copy; payload is that of the original
 * @off: of the header in @room
 * @room: for the header, with space for tags in front
 */
struct mfnic_edit {
	struct mf_frame	frame;
	u16		off;
	u8		room[MF_FRAME_HDR_MAX];
};

/**
 * enum mfnic_vlan_op - what to do with a vlan tag
 * @MFNIC_VLAN_KEEP: nothing
 * @MFNIC_VLAN_PUSH: add one in front of the others
 * @MFNIC_VLAN_POP: take the outermost off
 */
enum mfnic_vlan_op {
	MFNIC_VLAN_KEEP,
	MFNIC_VLAN_PUSH,
	MFNIC_VLAN_POP,
};

/**
 * struct mfnic_vlan_edit - a change of a frame's tags
 * @op: see there
 * @tpid: of the tag to push
 * @tci: likewise
 */
struct mfnic_vlan_edit {
	enum mfnic_vlan_op	op;
	__be16			tpid;
	u16			tci;
};

void mfnic_edit_start(struct mfnic_edit *edit, const struct mf_frame *frame);
bool mfnic_edit_vlan_push(struct mfnic_edit *edit, __be16 tpid, u16 tci);
bool mfnic_edit_vlan_pop(struct mfnic_edit *edit);

/* The header, to be changed in place. */
static inline u8 *mfnic_edit_hdr(struct mfnic_edit *edit)
{
	return edit->room + edit->off;
}

#endif /* MFNIC_EDIT_H */
