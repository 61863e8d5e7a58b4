/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Checksums and segments that the device makes.
 */
#ifndef MFIGB_OFFLOAD_H
#define MFIGB_OFFLOAD_H

#include <linux/mf_frame.h>
#include <linux/types.h>

/**
 * enum mfigb_way - how a frame goes to the device
 * @MFIGB_PLAIN: the frame is as on a wire
 * @MFIGB_OFFLOAD: the device completes the frame
 * @MFIGB_CUT: the driver cuts the frame
 */
enum mfigb_way {
	MFIGB_PLAIN,
	MFIGB_OFFLOAD,
	MFIGB_CUT,
};

/**
 * struct mfigb_offload - what the device does for a frame
 * @lens: @mfigb_desc.addr of the context descriptor
 * @types: @mfigb_desc.lo of the context descriptor
 * @sizes: @mfigb_desc.hi of the context descriptor
 * @command: bits of @mfigb_desc.lo of all other descriptors
 * @status: @mfigb_desc.hi of all other descriptors
 * @l3: offset of the IP header in bytes
 * @l4: offset of the TCP or UDP header in bytes
 */
struct mfigb_offload {
	u32	lens;
	u32	types;
	u32	sizes;
	u32	command;
	u32	status;
	u16	l3;
	u16	l4;
};

enum mfigb_way mfigb_offload_way(const struct mf_frame *frame,
				 struct mfigb_offload *how);
void mfigb_offload_prepare(const struct mf_frame *frame,
			   const struct mfigb_offload *how, u8 *hdr);

#endif /* MFIGB_OFFLOAD_H */
