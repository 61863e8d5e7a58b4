/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The checksum of a received frame, verified by the pass that copies it. A
 * second pass over the sender's pages would cost more, and might see other
 * bytes than were delivered.
 */
#ifndef MFRAW_CSUM_H
#define MFRAW_CSUM_H

#include <linux/mf_qblock.h>
#include <net/checksum.h>

/**
 * struct mfraw_sum - how far it is
 * @sum: pseudo header and what is done; 0 for a frame with nothing to hold
 * @done: bytes from the TCP or UDP header on, of which the header of the frame
 *	comes first
 * @left: bytes behind them, which are in the frame's pages
 */
struct mfraw_sum {
	__wsum	sum;
	u32	done;
	u32	left;
};

void mfraw_sum_start(struct mfraw_sum *s, const struct mf_frame *frame);

/* Copy up to @len bytes and sum what is to be summed; returns how many. */
static inline u32 mfraw_sum_copy(struct mfraw_sum *s, void *to,
				 const void *from, u32 len)
{
	__wsum sum;

	if (!s->left) {
		memcpy(to, from, len);
		return len;
	}

	len = min(len, s->left);
	sum = csum_partial_copy_nocheck(from, to, len);
	s->sum = csum_block_add(s->sum, sum, s->done);
	s->done += len;
	s->left -= len;

	return len;
}

/* The frame was copied: is there a checksum, and does it hold? */
static inline bool mfraw_sum_ok(const struct mfraw_sum *s)
{
	return !s->left && !csum_fold(s->sum);
}

#endif /* MFRAW_CSUM_H */
