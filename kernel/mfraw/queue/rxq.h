/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Steering handles of queue pairs, and delivery of frames, see rxq.c.
 */
#ifndef MFRAW_RXQ_H
#define MFRAW_RXQ_H

#include <linux/mf_qblock.h>

struct mfraw_dev;
struct mfraw_qp;
struct mfraw_rq;

/**
 * struct mfraw_rxq - handle of a queue pair for steering
 * @rxq: the handle in rules and in &mf_frame.src
 * @dev: the device of the queue pair
 * @qp: the queue pair, NULL once it is destroyed; read under @dev.readers
 * @rcu: delays freeing, since steering may still use the handle
 */
struct mfraw_rxq {
	struct mf_rxq		rxq;
	struct mfraw_dev	*dev;
	struct mfraw_qp __rcu	*qp;
	struct rcu_head		rcu;
};

int mfraw_rxq_alloc(struct mfraw_qp *qp);
void mfraw_rxq_hide(struct mfraw_qp *qp);
void mfraw_rxq_free(struct mfraw_qp *qp);
void mfraw_rxq_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag);
void mfraw_rq_rx(struct mfraw_rq *rq, const struct mf_frame *frames,
		 unsigned int n, u32 tag);

#endif /* MFRAW_RXQ_H */
