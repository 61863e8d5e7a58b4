/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The completer, see comp.c.
 */
#ifndef MFRAW_COMP_H
#define MFRAW_COMP_H

#include <linux/timer.h>
#include <linux/types.h>

struct mfraw_mr;
struct mfraw_pkt;
struct mfraw_roce;

/*
 * Largest and smallest window: packets under way without an acknowledge.
 * Responses to reads are not part of it.
 */
#define MFRAW_WINDOW		256
#define MFRAW_WINDOW_MIN	8

/*
 * Largest shift of the ACK timeout. From the second one in a row on, each
 * timeout doubles the next one, up to the four times that IBTA 9.7.6.1.3
 * allows.
 */
#define MFRAW_BACKOFF		2

/**
 * struct mfraw_completer - state of the completer, under qp.comp_lock
 * @psn: sequence number of the oldest unacknowledged packet
 * @end_psn: one past the last packet ever sent
 * @end_idx: one past the last entry that the requester copied
 * @rd_done: number of reads and atomics completed
 * @window: limit of packets under way
 * @window_acked: packets acknowledged since @window changed
 * @deadline: time of the ACK timeout, in jiffies
 * @retry_left: retries left after timeouts and NAKs
 * @timeouts: number of timeouts since the peer progressed
 * @rnr_left: retries left after RNR NAKs
 * @retry: the requester must start over at @psn
 * @recovering: a retry is under way, and the peer has not progressed yet
 * @dropped: @window was halved for a local drop that the peer has not reported
 *	yet
 * @rnr_wait: an RNR NAK delays the requester; the timer runs
 * @blocked: the requester waits for a response
 * @held: the port did not take the requester's last packets
 * @pushed: completions were written, but mfraw_cq_publish() was not called yet
 * @last: cache of the region found last, see mfraw_sge_get(); valid between
 *	mfraw_comp_begin() and mfraw_comp_end()
 *
 * sq.cons, the oldest entry that is not completed, is under the same lock.
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
	u8			timeouts;
	u8			rnr_left;
	bool			retry;
	bool			recovering;
	bool			dropped;
	bool			rnr_wait;
	bool			blocked;
	bool			held;
	bool			pushed;
	struct mfraw_mr		*last;
};

void mfraw_comp_begin(struct mfraw_roce *roce);
void mfraw_comp_end(struct mfraw_roce *roce);
void mfraw_comp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt);
unsigned long mfraw_comp_timeout(const struct mfraw_roce *roce);
void mfraw_comp_progress(struct mfraw_roce *roce, u32 was);
void mfraw_comp_sent(struct mfraw_roce *roce, u32 idx);
void mfraw_comp_dropped(struct mfraw_roce *roce);
void mfraw_comp_timer(struct timer_list *timer);
void mfraw_comp_rnr_timer(struct timer_list *timer);
void mfraw_comp_flush(struct mfraw_roce *roce);

#endif /* MFRAW_COMP_H */
