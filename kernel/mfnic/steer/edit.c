// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Changes of the header of a frame on its way through the switch. The frame
 * belongs to its sender, so a copy of the header is changed.
 */
#include "steer/edit.h"

/**
 * mfnic_edit_start - copy a frame's header
 * @edit: result
 * @frame: the sender's frame, with a header of at most MF_FRAME_HDR_SEND bytes;
 *	its payload must outlive @edit
 *
 * Context: any.
 */
void mfnic_edit_start(struct mfnic_edit *edit, const struct mf_frame *frame)
{
	edit->off = MF_FRAME_HDR_MAX - MF_FRAME_HDR_SEND;
	memcpy(mfnic_edit_hdr(edit), frame->hdr, frame->hdr_len);
	edit->frame = *frame;
	edit->frame.hdr = mfnic_edit_hdr(edit);
	edit->frame.cut = NULL;
	edit->frame.fcs = NULL;
}

static void mfnic_edit_move(struct mfnic_edit *edit, int by)
{
	u8 *hdr = mfnic_edit_hdr(edit);

	memmove(hdr + by, hdr, 2 * ETH_ALEN);
	edit->off += by;
	edit->frame.hdr = mfnic_edit_hdr(edit);
	edit->frame.hdr_len -= by;
	edit->frame.len -= by;
}

/**
 * mfnic_edit_vlan_push - add a vlan tag in front of the others
 * @edit: the frame
 * @tpid: TPID of the tag, ETH_P_8021Q or ETH_P_8021AD in network byte order
 * @tci: priority and vlan id
 *
 * Context: any.
 * Return: false if there is no room for another tag.
 */
bool mfnic_edit_vlan_push(struct mfnic_edit *edit, __be16 tpid, u16 tci)
{
	struct vlan_ethhdr *eth;

	if (edit->off < VLAN_HLEN)
		return false;
	mfnic_edit_move(edit, -VLAN_HLEN);
	eth = (struct vlan_ethhdr *)mfnic_edit_hdr(edit);
	eth->h_vlan_proto = tpid;
	eth->h_vlan_TCI = htons(tci);

	return true;
}

/**
 * mfnic_edit_vlan_pop - remove the outermost vlan tag
 * @edit: the frame
 *
 * Context: any.
 * Return: false if the header has no complete tag.
 */
bool mfnic_edit_vlan_pop(struct mfnic_edit *edit)
{
	const struct vlan_ethhdr *eth =
		(const struct vlan_ethhdr *)mfnic_edit_hdr(edit);

	if (edit->frame.hdr_len < VLAN_ETH_HLEN ||
	    !eth_type_vlan(eth->h_vlan_proto))
		return false;
	mfnic_edit_move(edit, VLAN_HLEN);

	return true;
}
