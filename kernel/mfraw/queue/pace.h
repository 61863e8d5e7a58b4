/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Packet pacing of send queues, see pace.c.
 */
#ifndef MFRAW_PACE_H
#define MFRAW_PACE_H

#include <linux/hrtimer.h>

struct mf_frame;
struct mfraw_qp;

/**
 * struct mfraw_pace - rate limit of a send queue, under its lock
 * @rate: rate in kbps; 0: no limit, and the other members are not used
 * @depth: size of the bucket, in millionths of a bit
 * @tokens: fill level of the bucket; negative after a frame longer than @depth
 * @last: time of the value in @tokens, in ns of CLOCK_MONOTONIC
 * @next: no frame may be sent before this time
 * @timer: runs the queue at @next
 */
struct mfraw_pace {
	u32			rate;
	s64			depth;
	s64			tokens;
	u64			last;
	u64			next;
	struct hrtimer		timer;
};

void mfraw_pace_init(struct mfraw_qp *qp);
void mfraw_pace_apply(struct mfraw_qp *qp, u32 rate, u32 burst);
void mfraw_pace_set(struct mfraw_qp *qp, u32 rate, u32 burst);
bool mfraw_pace_closed(const struct mfraw_qp *qp);
unsigned int mfraw_pace_xmit(struct mfraw_qp *qp, const struct mf_frame *frames,
			     unsigned int n, unsigned int *taken);
bool mfraw_pace_waits(struct mfraw_qp *qp);
void mfraw_pace_stop(struct mfraw_qp *qp);

#endif /* MFRAW_PACE_H */
