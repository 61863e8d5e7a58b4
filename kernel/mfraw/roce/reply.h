/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Packets that the responder sends, see reply.c.
 */
#ifndef MFRAW_REPLY_H
#define MFRAW_REPLY_H

#include <linux/types.h>

struct mfraw_roce;

/**
 * struct mfraw_answer - responses to the requests of a round, see
 *	mfraw_reply_soon()
 * @from: the queue pair that responds, or NULL
 * @idx: @from: read section of its device
 */
struct mfraw_answer {
	struct mfraw_roce	*from;
	int			idx;
};

void mfraw_reply_ack(struct mfraw_roce *roce, u8 syndrome, u32 psn);
unsigned int mfraw_reply_burst(struct mfraw_roce *roce);
bool mfraw_reply_due(const struct mfraw_roce *roce);
void mfraw_reply_soon(struct mfraw_roce *roce, struct mfraw_roce *sender);
void mfraw_reply_run(struct mfraw_answer *answer);

#endif /* MFRAW_REPLY_H */
