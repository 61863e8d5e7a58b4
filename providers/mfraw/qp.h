/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queue pairs.
 */
#ifndef __MFRAW_QP_H__
#define __MFRAW_QP_H__

#include <stdint.h>

#include <infiniband/driver.h>

#include "mfraw-abi.h"
#include "qmem.h"
#include "queue.h"

/*
 * A QP, the receive queue of a WQ, or the completions of an XRC SRQ. The kernel
 * knows the last two by numbers that no QP has. They are QPs for the provider
 * only, so the code that finds, polls and cleans QPs serves all three, and the
 * data path does not tell them apart.
 *
 * RSS QPs and XRC receive QPs have no queues; their @mem.addr is NULL.
 *
 * @vqp: what libibverbs knows
 * @db: the doorbell page
 * @roce_send_ops: the operations of an RC, UC, UD or XRC send QP, a mask of
 *	enum ibv_qp_create_send_ops_flags; 0 for a raw packet QP
 * @sq_flags: enum mfraw_send_flags that each send request gets
 * @max_inline: maximum bytes of inline data in a send request
 * @max_tso_hdr: maximum bytes of header in a TSO request
 * @wr: state between ibv_wr_start() and ibv_wr_complete(), under the lock of
 *	@sq
 * @wr.prod: index behind the entries written so far
 * @wr.end: index at which the queue is full
 * @wr.wqe: entry that still takes data or an address, or NULL
 * @wr.err: first error of a request since ibv_wr_start(), or 0
 * @sq: send queue
 * @rq: receive queue
 * @mem: mapping of the doorbell page and both rings
 */
struct mfraw_qp {
	struct verbs_qp		vqp;
	struct mfraw_qp_db	*db;
	uint32_t		roce_send_ops;
	uint8_t			sq_flags;
	uint32_t		max_inline;
	uint32_t		max_tso_hdr;
	struct {
		uint32_t		prod;
		uint32_t		end;
		struct mfraw_send_wqe	*wqe;
		int			err;
	} wr;
	struct mfraw_queue	sq;
	struct mfraw_queue	rq;
	struct mfraw_qmem	mem;
};

static inline struct mfraw_qp *to_mqp(struct ibv_qp *ibqp)
{
	return container_of(ibqp, struct mfraw_qp, vqp.qp);
}

static inline struct mfraw_qp *to_mqp_ex(struct ibv_qp_ex *ibqp)
{
	return to_mqp(&ibqp->qp_base);
}

struct ibv_qp *mfraw_create_qp(struct ibv_pd *ibpd,
			       struct ibv_qp_init_attr *attr);
struct ibv_qp *mfraw_create_qp_ex(struct ibv_context *ibctx,
				  struct ibv_qp_init_attr_ex *attr);
int mfraw_modify_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		    int attr_mask);
int mfraw_modify_qp_rate_limit(struct ibv_qp *ibqp,
			       struct ibv_qp_rate_limit_attr *attr);
int mfraw_query_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		   int attr_mask, struct ibv_qp_init_attr *init_attr);
int mfraw_destroy_qp(struct ibv_qp *ibqp);

#endif /* __MFRAW_QP_H__ */
