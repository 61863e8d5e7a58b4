/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Completion queues.
 */
#ifndef __MFRAW_CQ_H__
#define __MFRAW_CQ_H__

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <infiniband/driver.h>

#include "lock.h"
#include "mfraw-abi.h"
#include "qmem.h"

struct mfraw_pd;
struct mfraw_qp;

/*
 * @vcq: what libibverbs knows
 * @pd: parent domain that the CQ was created on, or NULL
 * @poller: thread between ibv_start_poll() and ibv_end_poll(), which holds
 *	@lock; else 0
 * @lock: protects all members below
 * @cur: completion that ibv_start_poll() or ibv_next_poll() found
 * @cur_qp: QP of @cur, or NULL
 * @wallclock: wall clock times of completions may be read; constant
 * @clock_offset: CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW in nanoseconds, read
 *	by ibv_start_poll() if @wallclock
 * @ring: the completions, in @mem
 * @num_cqe: number of entries of @ring, a power of two
 * @cons: number of completions taken, modulo 2^32; a poll writes it to @db at
 *	its end
 * @db: the doorbell, in @mem
 * @mem: mapping of the doorbell and the ring
 */
struct mfraw_cq {
	struct verbs_cq		vcq;
	struct mfraw_pd		*pd;
	_Atomic(pthread_t)	poller;
	struct mfraw_lock	lock;
	struct mfraw_cqe	*cur;
	struct mfraw_qp		*cur_qp;
	bool			wallclock;
	uint64_t		clock_offset;
	struct mfraw_cqe	*ring;
	uint32_t		num_cqe;
	uint32_t		cons;
	struct mfraw_cq_db	*db;
	struct mfraw_qmem	mem;
};

static inline struct mfraw_cq *to_mcq(struct ibv_cq *ibcq)
{
	return container_of(ibcq, struct mfraw_cq, vcq.cq);
}

struct ibv_cq *mfraw_create_cq(struct ibv_context *ibctx, int cqe,
			       struct ibv_comp_channel *channel,
			       int comp_vector);
struct ibv_cq_ex *mfraw_create_cq_ex(struct ibv_context *ibctx,
				     struct ibv_cq_init_attr_ex *attr);
int mfraw_modify_cq(struct ibv_cq *ibcq, struct ibv_modify_cq_attr *attr);
int mfraw_resize_cq(struct ibv_cq *ibcq, int cqe);
int mfraw_destroy_cq(struct ibv_cq *ibcq);
int mfraw_poll_cq(struct ibv_cq *ibcq, int num_entries, struct ibv_wc *wc);
int mfraw_req_notify_cq(struct ibv_cq *ibcq, int solicited_only);
int mfraw_query_rt_values(struct ibv_context *ibctx,
			  struct ibv_values_ex *values);
void mfraw_cq_init_ex(struct mfraw_cq *cq, uint64_t wc_flags);

/* Both CQs of a QP. */
void mfraw_cqs_lock(struct mfraw_qp *qp);
void mfraw_cqs_unlock(struct mfraw_qp *qp);
void mfraw_cqs_clean(struct mfraw_qp *qp);

#endif /* __MFRAW_CQ_H__ */
