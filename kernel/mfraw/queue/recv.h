/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Receive queues, see recv.c.
 */
#ifndef MFRAW_RECV_H
#define MFRAW_RECV_H

#include <rdma/ib_verbs.h>

#include "queue/queue.h"
#include "verbs/mr_window.h"

struct mf_frame;
struct mfraw_cq;
struct mfraw_delay_drop;
struct mfraw_dev;
struct mfraw_mr;

/**
 * enum mfraw_rq_features - changes that a receive queue makes to frames
 * @MFRAW_RQ_STRIP_CVLAN: remove the outermost 802.1Q tag
 * @MFRAW_RQ_SCATTER_FCS: append the frame check sequence
 */
enum mfraw_rq_features {
	MFRAW_RQ_STRIP_CVLAN = BIT(0),
	MFRAW_RQ_SCATTER_FCS = BIT(1),
};

/**
 * struct mfraw_rq - a receive queue of a queue pair or a WQ
 * @q: ring, indices, lock and CQ
 * @dev: the device of the queue
 * @pd: protection domain of the entries' memory, and of the peer's requests
 * @num: number of the queue pair or WQ in completions
 * @window: the region that was used last, protected by the queue's lock
 * @features: &enum mfraw_rq_features; written under the queue's lock
 * @state: READY takes frames. Written under the queue's lock, except when a
 *	queue pair goes to ERR, see struct mfraw_qp
 * @fail: go to the error state, under the queue's lock; with @fatal, raise an
 *	event, since no completion can report the reason
 * @delay_drop: backlog for frames that find no entry; NULL for most queues
 */
struct mfraw_rq {
	struct mfraw_queue	q;
	struct mfraw_dev	*dev;
	struct ib_pd		*pd;
	u32			num;
	struct mfraw_mr_window	window;
	u8			features;
	enum ib_wq_state	state;
	void			(*fail)(struct mfraw_rq *rq, bool fatal);
	struct mfraw_delay_drop	*delay_drop;
};

void mfraw_rq_init(struct mfraw_rq *rq, struct mfraw_cq *cq, u32 max_wr,
		   u32 max_sge);
u32 mfraw_rq_avail(struct mfraw_rq *rq);
unsigned int mfraw_rx_batch(struct mfraw_rq *rq, const struct mf_frame *frames,
			    unsigned int n, u32 tag, u64 time,
			    struct mfraw_mr **last);
void mfraw_rq_flush(struct mfraw_rq *rq);

#endif /* MFRAW_RECV_H */
