/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * UD datagrams, see ud.c.
 */
#ifndef MFRAW_UD_H
#define MFRAW_UD_H

#include <linux/types.h>

struct mfraw_pkt;
struct mfraw_roce;
struct mfraw_swqe;

u8 mfraw_ud_pack(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
		 bool *full);
void mfraw_ud_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);

#endif /* MFRAW_UD_H */
