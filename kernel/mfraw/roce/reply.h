/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Packets that the responder sends, see reply.c.
 */
#ifndef MFRAW_REPLY_H
#define MFRAW_REPLY_H

#include <linux/types.h>

struct mfraw_roce;

void mfraw_reply_ack(struct mfraw_roce *roce, u8 syndrome, u32 psn);
unsigned int mfraw_reply_burst(struct mfraw_roce *roce);
bool mfraw_reply_due(const struct mfraw_roce *roce);

#endif /* MFRAW_REPLY_H */
