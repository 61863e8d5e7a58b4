/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_EDIT_H
#define MFNIC_EDIT_H

#include <linux/if_vlan.h>
#include <linux/mf_qblock.h>

/**
 * struct mfnic_edit - a copy of a frame with a writable header
 * @frame: the copy, which shares the payload with the original
 * @off: offset of the header in @room
 * @room: buffer of the header, with space for more tags in front
 */
struct mfnic_edit {
	struct mf_frame	frame;
	u16		off;
	u8		room[MF_FRAME_HDR_MAX];
};

/**
 * enum mfnic_vlan_op - change of the vlan tags
 * @MFNIC_VLAN_KEEP: change nothing
 * @MFNIC_VLAN_PUSH: add a tag in front of the others
 * @MFNIC_VLAN_POP: remove the outermost tag
 */
enum mfnic_vlan_op {
	MFNIC_VLAN_KEEP,
	MFNIC_VLAN_PUSH,
	MFNIC_VLAN_POP,
};

/**
 * struct mfnic_vlan_edit - a change of a frame's vlan tags
 * @op: kind of change
 * @tpid: TPID of the tag to push
 * @tci: TCI of the tag to push
 */
struct mfnic_vlan_edit {
	enum mfnic_vlan_op	op;
	__be16			tpid;
	u16			tci;
};

void mfnic_edit_start(struct mfnic_edit *edit, const struct mf_frame *frame);
bool mfnic_edit_vlan_push(struct mfnic_edit *edit, __be16 tpid, u16 tci);
bool mfnic_edit_vlan_pop(struct mfnic_edit *edit);

/* Return the header, which may be changed in place. */
static inline u8 *mfnic_edit_hdr(struct mfnic_edit *edit)
{
	return edit->room + edit->off;
}

#endif /* MFNIC_EDIT_H */
