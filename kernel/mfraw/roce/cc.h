/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Congestion control of connections, see cc.c.
 */
#ifndef MFRAW_CC_H
#define MFRAW_CC_H

#include <linux/types.h>

struct mf_frame;
struct mfraw_pkt;
struct mfraw_roce;

/**
 * struct mfraw_cc - congestion control, see cc.c; under sq.lock, but for the
 * first three
 * @cnp_due: a CNP is to be sent, since the peer's packets meet congestion
 * @cnp_received: the peer has sent one, and the rate is not cut yet
 * @cnp_sent: when the last one was sent, in ns
 * @rate: in kbps; 0: there is no limit, and what follows does not matter
 * @goal: that it goes back to
 * @alpha: estimate of the congestion
 * @cut_at: when it was cut
 * @step_at: when it last grew by time
 * @bytes: sent since it last grew by bytes
 * @time_steps: that it has grown since it was cut
 * @byte_steps: likewise
 */
struct mfraw_cc {
	bool	cnp_due;
	bool	cnp_received;
	u64	cnp_sent;
	u32	rate;
	u32	goal;
	u32	alpha;
	u64	cut_at;
	u64	step_at;
	u64	bytes;
	u32	time_steps;
	u32	byte_steps;
};

void mfraw_cc_rx_cnp(struct mfraw_roce *roce);
void mfraw_cc_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
bool mfraw_cc_closed(struct mfraw_roce *roce);
unsigned int mfraw_cc_xmit(struct mfraw_roce *roce,
			   const struct mf_frame *frames, unsigned int n,
			   bool *stall);
unsigned int mfraw_cc_run(struct mfraw_roce *roce);

#endif /* MFRAW_CC_H */
