/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Shared receive queues.
 */
#ifndef __MFRAW_SRQ_H__
#define __MFRAW_SRQ_H__

#include <stdatomic.h>
#include <stdint.h>

#include <infiniband/driver.h>

#include "mfraw-abi.h"
#include "qmem.h"
#include "queue.h"

struct mfraw_qp;

/* End of a list of slots. */
#define MFRAW_SRQ_NO_SLOT	UINT32_MAX

/*
 * Entries are posted in order and complete in any order. An entry has a slot
 * from post to completion; the slot names its wr_id in @q.wrid.
 *
 * Completions of XRC name the SRQ, and not the QP, which may belong to another
 * process. So an XRC SRQ has a QP of its number, which the kernel does not
 * know.
 *
 * @vsrq: what libibverbs knows
 * @qp: that QP of an XRC SRQ; else NULL
 * @srqn: number of the SRQ
 * @q: the queue; @q.lock protects @avail, too
 * @next: for each slot, the slot that follows it in its list
 * @avail: first slot of the list that posts take slots from
 * @freed: first slot of the list of slots whose entries have completed
 * @db: the doorbell page, in @mem
 * @mem: mapping of the doorbell page and the ring
 */
struct mfraw_srq {
	struct verbs_srq	vsrq;
	struct mfraw_qp		*qp;
	uint32_t		srqn;
	struct mfraw_queue	q;
	uint32_t		*next;
	uint32_t		avail;
	_Atomic(uint32_t)	freed;
	struct mfraw_qp_db	*db;
	struct mfraw_qmem	mem;
};

static inline struct mfraw_srq *to_msrq(struct ibv_srq *ibsrq)
{
	return container_of(ibsrq, struct mfraw_srq, vsrq.srq);
}

int mfraw_srq_init(struct mfraw_srq *srq, struct ibv_context *ibctx,
		   struct ibv_srq_init_attr_ex *attr);
void mfraw_srq_free(struct mfraw_srq *srq);

struct ibv_srq *mfraw_create_srq(struct ibv_pd *ibpd,
				 struct ibv_srq_init_attr *attr);
int mfraw_modify_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr,
		     int attr_mask);
int mfraw_query_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr);
int mfraw_get_srq_num(struct ibv_srq *ibsrq, uint32_t *srq_num);
int mfraw_destroy_srq(struct ibv_srq *ibsrq);

#endif /* __MFRAW_SRQ_H__ */
