/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Building of RoCEv2 packets, see pack.c.
 */
#ifndef MFRAW_PACK_H
#define MFRAW_PACK_H

#include <rdma/ib_verbs.h>

struct mf_frame;
struct mfraw_bth;
struct mfraw_burst;
struct mfraw_mr;
struct mfraw_path;
struct mfraw_roce;
struct mfraw_swqe;

/**
 * struct mfraw_packer - a packet under construction
 * @b: the round that the packet becomes part of
 * @frame: the next free frame of @b
 * @hdr: buffer for the packet's header
 * @pos: bytes written to @hdr
 * @first_frag: index of the packet's first entry in b.frags
 * @bounced: bytes of b.bounce in use before the packet
 * @payload: bytes of payload added
 * @bth: the BTH in @hdr
 * @path: the way to the peer
 *
 * Variables on the stack are __uninitialized, since initialization would cost
 * time for each packet: mfraw_pack_begin() writes all members.
 */
struct mfraw_packer {
	struct mfraw_burst	*b;
	struct mf_frame		*frame;
	u8			*hdr;
	u32			pos;
	unsigned int		first_frag;
	u32			bounced;
	u32			payload;
	struct mfraw_bth	*bth;
	const struct mfraw_path	*path;
};

void mfraw_pack_begin(struct mfraw_packer *p, struct mfraw_burst *b,
		      const struct mfraw_path *path, u8 opcode, u32 qpn,
		      u32 psn);
void *mfraw_pack_ext(struct mfraw_packer *p, u32 len);
bool mfraw_pack_data(struct mfraw_packer *p, const u8 *data, u32 len);
bool mfraw_pack_mr(struct mfraw_packer *p, struct mfraw_mr *mr, u64 addr,
		   u32 len);
u8 mfraw_pack_payload(struct mfraw_packer *p, const struct mfraw_swqe *wqe,
		      u32 off, u32 len, struct ib_pd *pd,
		      struct mfraw_mr **last, bool *full);
void mfraw_pack_undo(struct mfraw_packer *p);
void mfraw_pack_end(struct mfraw_packer *p, struct mfraw_roce *roce);
void mfraw_pack_train(struct mfraw_packer *p, struct mfraw_roce *roce, u32 n);

#endif /* MFRAW_PACK_H */
