/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queue pairs that spread received frames over WQs, see rss.c.
 */
#ifndef MFRAW_RSS_H
#define MFRAW_RSS_H

#include <rdma/ib_verbs.h>

struct mf_frame;
struct mfraw_qp;
struct mfraw_rxq;

/* The core keeps the WQs of the table. */
struct mfraw_ind_tbl {
	struct ib_rwq_ind_table	ib_rwq_ind_tbl;
};

extern const struct ib_device_ops mfraw_rss_ops;
int mfraw_rss_create(struct mfraw_qp *qp, const struct ib_qp_init_attr *init,
		     struct ib_udata *udata);
void mfraw_rss_rx(struct mfraw_rxq *to, const struct mf_frame *frames,
		  unsigned int n, u32 tag);

#endif /* MFRAW_RSS_H */
