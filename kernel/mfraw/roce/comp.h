/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The completer, see comp.c.
 */
#ifndef MFRAW_COMP_H
#define MFRAW_COMP_H

#include <linux/timer.h>
#include <linux/types.h>

struct mfraw_pkt;
struct mfraw_roce;

/*
 * Packets on the way that were not acknowledged, but for responses to reads: at
 * most, and what is left of it where packets are lost all the time.
 */
#define MFRAW_WINDOW		256
#define MFRAW_WINDOW_MIN	8

/*
 * IBTA 9.7.6.1.3: the peer may be silent for the timeout, or up to four times as
 * long. The longer one is for those that were silent before.
 */
#define MFRAW_BACKOFF		2

/**
 * struct mfraw_completer - what was sent and what of it the peer has, under
 * qp.comp_lock, as is sq.cons: the oldest entry that is not completed
 * @psn: the oldest packet that is not acknowledged
 * @end_psn: behind the last packet ever sent
 * @end_idx: behind the last entry that the requester copied
 * @rd_done: reads and atomics that were completed
 * @window: packets that may be under way
 * @window_acked: packets acknowledged since it was changed
 * @deadline: when the peer is to have answered, in jiffies
 * @retry_left: tries
 * @rnr_left: tries
 * @retry: the requester is to start over at @psn
 * @recovering: what is missing was asked for once more
 * @dropped: @window is smaller since something was lost that the peer did not tell
 *	of yet
 * @rnr_wait: the peer is not ready; a timer runs
 * @blocked: the requester waits for an acknowledge
 * @held: the requester's packets wait for the port
 */
struct mfraw_completer {
	u32			psn;
	u32			end_psn;
	u32			end_idx;
	u32			rd_done;
	u32			window;
	u32			window_acked;
	unsigned long		deadline;
	u8			retry_left;
	u8			rnr_left;
	bool			retry;
	bool			recovering;
	bool			dropped;
	bool			rnr_wait;
	bool			blocked;
	bool			held;
};

void mfraw_comp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
unsigned long mfraw_comp_timeout(const struct mfraw_roce *roce);
void mfraw_comp_sent(struct mfraw_roce *roce, u32 idx);
void mfraw_comp_dropped(struct mfraw_roce *roce);
void mfraw_comp_timer(struct timer_list *timer);
void mfraw_comp_rnr_timer(struct timer_list *timer);
void mfraw_comp_flush(struct mfraw_roce *roce);

#endif /* MFRAW_COMP_H */
