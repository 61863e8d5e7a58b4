/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Receive work queues, and the indirection tables of RSS that name them.
 */
#ifndef __MFRAW_WQ_H__
#define __MFRAW_WQ_H__

#include <infiniband/driver.h>

#include "qp.h"

/*
 * @ibv_wq: what libibverbs knows
 * @qp: its receive queue; the kernel does not know this QP, and it does not
 *	send
 */
struct mfraw_wq {
	struct ibv_wq		ibv_wq;
	struct mfraw_qp		qp;
};

static inline struct mfraw_wq *to_mwq(struct ibv_wq *ibwq)
{
	return container_of(ibwq, struct mfraw_wq, ibv_wq);
}

struct ibv_wq *mfraw_create_wq(struct ibv_context *ibctx,
			       struct ibv_wq_init_attr *attr);
int mfraw_modify_wq(struct ibv_wq *ibwq, struct ibv_wq_attr *attr);
int mfraw_destroy_wq(struct ibv_wq *ibwq);
struct ibv_rwq_ind_table *
mfraw_create_rwq_ind_table(struct ibv_context *ibctx,
			   struct ibv_rwq_ind_table_init_attr *attr);
int mfraw_destroy_rwq_ind_table(struct ibv_rwq_ind_table *tbl);

#endif /* __MFRAW_WQ_H__ */
