/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Congestion control of connected queue pairs, see cc.c.
 */
#ifndef MFRAW_CC_H
#define MFRAW_CC_H

#include <linux/types.h>

struct mf_frame;
struct mfraw_roce;

/**
 * struct mfraw_cc - state of congestion control
 * @cnp_due: a CNP must be sent: the peer's packets met congestion
 * @cnp_received: the peer sent a CNP, and the rate is not cut yet
 * @cnp_sent: time of the last sent CNP, in ns
 * @rate: rate limit in kbps; 0: no limit, and the members below are not used
 * @goal: rate in kbps that @rate grows back to
 * @alpha: congestion estimate, in units of 1 / MFRAW_CC_ALPHA_ONE
 * @cut_at: time of the last cut of @rate, in ns
 * @step_at: time of the last growth step by time, in ns
 * @bytes: bytes sent since the last growth step by bytes
 * @time_steps: growth steps by time since the last cut
 * @byte_steps: growth steps by bytes since the last cut
 *
 * All but the first three members are under sq.lock.
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
void mfraw_cc_rx_marked(struct mfraw_roce *roce, u32 n);
bool mfraw_cc_closed(struct mfraw_roce *roce);
unsigned int mfraw_cc_xmit(struct mfraw_roce *roce,
			   const struct mf_frame *frames, unsigned int n,
			   bool *stall);
unsigned int mfraw_cc_run(struct mfraw_roce *roce);

#endif /* MFRAW_CC_H */
