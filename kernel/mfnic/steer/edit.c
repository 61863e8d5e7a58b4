// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Changing the header of a frame on its way through the switch. The frame
 * itself belongs to its sender, so it is a copy that changes.
 */
#include "steer/edit.h"

/**
 * mfnic_edit_start - copy a frame's header
 * @edit: the copy
 * @frame: the original as it was sent, with a header of MF_FRAME_HDR_SEND bytes
 *	at most; its payload must outlive @edit
 *
 * Context: any.
 */
void mfnic_edit_start(struct mfnic_edit *edit, const struct mf_frame *frame)
{
	edit->off = MF_FRAME_HDR_MAX - MF_FRAME_HDR_SEND;
	memcpy(mfnic_edit_hdr(edit), frame->hdr, frame->hdr_len);
	edit->frame = *frame;
	edit->frame.hdr = mfnic_edit_hdr(edit);
	edit->frame.skb = NULL;
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
 * mfnic_edit_vlan_push - add a vlan tag in front
 * @edit: the frame
 * @tpid: ETH_P_8021Q or ETH_P_8021AD
 * @tci: priority and vlan id
 *
 * Return: false when there is no room for another.
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
 * mfnic_edit_vlan_pop - take the outermost vlan tag off
 * @edit: the frame
 *
 * Return: false when it has no whole tag.
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
