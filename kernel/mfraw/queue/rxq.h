/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * By what steering names queue pairs, and where its frames arrive; see rxq.c.
 */
#ifndef MFRAW_RXQ_H
#define MFRAW_RXQ_H

#include <linux/mf_qblock.h>

struct mfraw_dev;
struct mfraw_qp;
struct mfraw_rq;

/**
 * struct mfraw_rxq - by which steering and frames name a queue pair
 * @rxq: what rules name, and &mf_frame.src
 * @dev: its device
 * @qp: the queue pair, NULL once it goes; read under @dev.readers
 * @rcu: steering may still know it when the queue pair is gone
 */
struct mfraw_rxq {
	struct mf_rxq		rxq;
	struct mfraw_dev	*dev;
	struct mfraw_qp __rcu	*qp;
	struct rcu_head		rcu;
};

int mfraw_rxq_alloc(struct mfraw_qp *qp);
void mfraw_rxq_free(struct mfraw_qp *qp);
void mfraw_rxq_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag);
void mfraw_rq_rx(struct mfraw_rq *rq, const struct mf_frame *frames,
		 unsigned int n, u32 tag);

#endif /* MFRAW_RXQ_H */
