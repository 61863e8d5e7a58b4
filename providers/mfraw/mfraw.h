/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Objects of the mfraw provider and the verbs it implements.
 */
#ifndef __MFRAW_H__
#define __MFRAW_H__

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ccan/list.h>
#include <infiniband/driver.h>
#include <util/compiler.h>

#include "compat.h"
#include "mfraw-abi.h"

struct mfraw_qp;

/* A spinlock that an object used by one thread only does without. */
struct mfraw_lock {
	pthread_spinlock_t	spin;
	bool			needed;
};

static inline int mfraw_lock_init(struct mfraw_lock *lock, bool needed)
{
	lock->needed = needed;
	return pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
}

static inline void mfraw_lock_destroy(struct mfraw_lock *lock)
{
	pthread_spin_destroy(&lock->spin);
}

static inline void mfraw_lock(struct mfraw_lock *lock)
{
	if (lock->needed)
		pthread_spin_lock(&lock->spin);
}

static inline void mfraw_unlock(struct mfraw_lock *lock)
{
	if (lock->needed)
		pthread_spin_unlock(&lock->spin);
}

struct mfraw_device {
	struct verbs_device	vdev;
};

/* QP numbers have 24 bits; each half indexes one level of the QP table. */
#define MFRAW_QPN_BITS		24
#define MFRAW_QP_LEAF_BITS	12
#define MFRAW_QP_LEAF_SIZE	(1 << MFRAW_QP_LEAF_BITS)
#define MFRAW_QP_LEAF_MASK	(MFRAW_QP_LEAF_SIZE - 1)
#define MFRAW_QP_TOP_SIZE	(1 << (MFRAW_QPN_BITS - MFRAW_QP_LEAF_BITS))

/*
 * @qp_table finds the QP of a completion. An entry is written with @qp_mutex
 * held, and cleared with the locks of the QP's CQs held as well, so poll_cq,
 * which holds the lock of its CQ, reads it without @qp_mutex. Leaves are
 * allocated when needed and stay.
 *
 * @mcasts: groups that QPs are in, protected by @mcast_mutex
 */
struct mfraw_context {
	struct verbs_context	vctx;
	pthread_mutex_t		qp_mutex;
	pthread_cond_t		qp_gone;
	_Atomic(struct mfraw_qp **) qp_table[MFRAW_QP_TOP_SIZE];
	pthread_mutex_t		mcast_mutex;
	struct list_head	mcasts;
};

/* A counters object shows the count of @desc at @index. */
struct mfraw_counter_point {
	enum ibv_counter_description	desc;
	uint32_t			index;
};

/* @mutex protects all below it. */
struct mfraw_counters {
	struct verbs_counters		vcounters;
	pthread_mutex_t			mutex;
	struct mfraw_counter_point	*points;
	uint32_t			num_points;
	uint32_t			num_flows;
};

struct mfraw_flow {
	struct ibv_flow		ibv_flow;
	struct mfraw_counters	*counters;
};

/* @refcount: 1, plus the parent domains that were made with it */
struct mfraw_td {
	struct ibv_td		ibv_td;
	atomic_uint		refcount;
};

/*
 * A PD, or a parent domain: then @parent is the PD it was made from.
 *
 * @td: thread domain of a parent domain, or NULL
 * @refcount: 1, plus the parent domains of a PD, or the QPs of a parent domain
 */
struct mfraw_pd {
	struct ibv_pd		ibv_pd;
	struct mfraw_pd		*parent;
	struct mfraw_td		*td;
	atomic_uint		refcount;
};

/*
 * Two readings of clocks at one time, in ns: by @offset the time of a
 * completion becomes time of day.
 */
struct mfraw_clock {
	uint64_t		offset;
};

/*
 * @poller: the thread between ibv_start_poll() and ibv_end_poll(), which holds
 * @lock, or 0. @pd: the parent domain it was created with, or NULL.
 *
 * @lock protects all below it. @cons is published in @db at the end of each
 * poll that took completions. @cur is the completion that ibv_start_poll() or
 * ibv_next_poll() found, @cur_qp its QP; @clock is read when polling starts, if
 * @wallclock says that somebody may want it.
 */
struct mfraw_cq {
	struct verbs_cq		vcq;
	struct mfraw_pd		*pd;
	_Atomic(pthread_t)	poller;
	struct mfraw_lock	lock;
	struct mfraw_cqe	*cur;
	struct mfraw_qp		*cur_qp;
	bool			wallclock;
	struct mfraw_clock	clock;
	struct mfraw_cqe	*ring;
	uint32_t		num_cqe;
	uint32_t		cons;
	struct mfraw_cq_db	*db;
	void			*map;
	size_t			map_size;
};

/*
 * A send or receive queue. @tail belongs to those who poll the CQ, @head and
 * everything else to those who post and hold @lock.
 *
 * @head: entries posted since RESET
 * @size: entries that may be posted and not completed
 * @mask: entries of the ring and of @wrid, minus one
 * @shift: the size of an entry in the ring, as a power of two
 * @tail: entries completed since RESET
 */
struct mfraw_wq {
	struct mfraw_lock	lock;
	void			*ring;
	uint64_t		*wrid;
	uint32_t		head;
	uint32_t		size;
	uint32_t		mask;
	uint32_t		max_sge;
	uint8_t			shift;
	_Atomic(uint32_t)	tail;
};

/* Of a list of slots: nothing follows. */
#define MFRAW_SRQ_NO_SLOT	UINT32_MAX

/*
 * A shared receive queue. Entries are posted in order and complete in any. From
 * the one to the other each has a slot, where its wr_id is. @lock protects @head
 * and @avail.
 *
 * Completions of XRC name the queue and not a QP, which may be that of another
 * process. So, as a WQ has, it has a QP of its number that the kernel does not
 * know: what finds, polls and cleans QPs does so for it.
 *
 * @qp: that one, else NULL
 * @freed: the first slot of those that completed
 * @avail: the first slot of those that the next posts use
 * @next: the slot that follows a slot in either list
 * @size: number of slots
 * @head, @mask, @shift: as of struct mfraw_wq
 */
struct mfraw_srq {
	struct verbs_srq	vsrq;
	struct mfraw_qp		*qp;
	uint32_t		srqn;
	struct mfraw_lock	lock;
	void			*ring;
	uint64_t		*wrid;
	uint32_t		*next;
	uint32_t		avail;
	uint32_t		head;
	uint32_t		size;
	uint32_t		mask;
	uint32_t		max_sge;
	uint8_t			shift;
	_Atomic(uint32_t)	freed;
	struct mfraw_qp_db	*db;
	void			*map;
	size_t			map_size;
};

struct mfraw_ah {
	struct ibv_ah		ibv_ah;
	uint32_t		ahn;
};

/*
 * @roce_ops: mfraw_roce_ops() of the QP's type
 * @sq_flags: enum mfraw_send_flags that every send request gets
 * @max_tso_hdr: bytes of header that a request with segmentation may have
 * @wr: of the requests since ibv_wr_start(), under the lock of @sq
 * @wr.head: entries up to the current one
 * @wr.end: the index at which the queue is full
 * @wr.wqe: the entry to which data may be added, or NULL
 * @wr.err: what was wrong with one of them
 * @kick: the command that asks the kernel to look, constant
 */
struct mfraw_qp {
	struct verbs_qp		vqp;
	struct mfraw_qp_db	*db;
	uint32_t		roce_ops;
	uint8_t			sq_flags;
	uint32_t		max_inline;
	uint32_t		max_tso_hdr;
	struct {
		uint32_t		head;
		uint32_t		end;
		struct mfraw_send_wqe	*wqe;
		int			err;
	} wr;
	struct mfraw_wq		sq;
	struct mfraw_wq		rq;
	void			*map;
	size_t			map_size;
	struct {
		struct ib_uverbs_ioctl_hdr hdr;
		struct ib_uverbs_attr	handle;
	} kick;
};

/*
 * A WQ of the application. Its queue is that of a QP that the kernel does not
 * know and that has no other, so what finds, polls, cleans and posts to QPs does
 * so for WQs, and the data path of QPs costs nothing more for it.
 */
struct mfraw_rwq {
	struct ibv_wq		wq;
	struct mfraw_qp		qp;
};

static inline struct mfraw_device *to_mdev(struct ibv_device *ibdev)
{
	return container_of(ibdev, struct mfraw_device, vdev.device);
}

static inline struct mfraw_context *to_mctx(struct ibv_context *ibctx)
{
	return container_of(ibctx, struct mfraw_context, vctx.context);
}

static inline struct mfraw_td *to_mtd(struct ibv_td *ibtd)
{
	return container_of(ibtd, struct mfraw_td, ibv_td);
}

static inline struct mfraw_pd *to_mpd(struct ibv_pd *ibpd)
{
	return container_of(ibpd, struct mfraw_pd, ibv_pd);
}

static inline struct mfraw_cq *to_mcq(struct ibv_cq *ibcq)
{
	return container_of(ibcq, struct mfraw_cq, vcq.cq);
}

static inline struct mfraw_qp *to_mqp(struct ibv_qp *ibqp)
{
	return container_of(ibqp, struct mfraw_qp, vqp.qp);
}

static inline struct mfraw_srq *to_msrq(struct ibv_srq *ibsrq)
{
	return container_of(ibsrq, struct mfraw_srq, vsrq.srq);
}

static inline struct mfraw_ah *to_mah(struct ibv_ah *ibah)
{
	return container_of(ibah, struct mfraw_ah, ibv_ah);
}

static inline struct mfraw_counters *
to_mcounters(struct ibv_counters *ibcounters)
{
	return container_of(ibcounters, struct mfraw_counters,
			    vcounters.counters);
}

static inline struct mfraw_flow *to_mflow(struct ibv_flow *ibflow)
{
	return container_of(ibflow, struct mfraw_flow, ibv_flow);
}

static inline struct mfraw_rwq *to_mrwq(struct ibv_wq *ibwq)
{
	return container_of(ibwq, struct mfraw_rwq, wq);
}

/*
 * The QP with the number @qpn, or NULL. Under the lock of a CQ the result
 * stays valid for a QP that uses this CQ.
 */
static inline struct mfraw_qp *mfraw_find_qp(struct mfraw_context *ctx,
					     uint32_t qpn)
{
	struct mfraw_qp **leaf;

	if (unlikely(qpn >> MFRAW_QPN_BITS))
		return NULL;
	leaf = atomic_load_explicit(&ctx->qp_table[qpn >> MFRAW_QP_LEAF_BITS],
				    memory_order_acquire);
	return leaf ? leaf[qpn & MFRAW_QP_LEAF_MASK] : NULL;
}

struct ibv_pd *mfraw_alloc_pd(struct ibv_context *ibctx);
int mfraw_dealloc_pd(struct ibv_pd *ibpd);
struct ibv_td *mfraw_alloc_td(struct ibv_context *ibctx,
			      struct ibv_td_init_attr *attr);
int mfraw_dealloc_td(struct ibv_td *ibtd);
struct ibv_pd *
mfraw_alloc_parent_domain(struct ibv_context *ibctx,
			  struct ibv_parent_domain_init_attr *attr);

struct ibv_mr *mfraw_reg_mr(struct ibv_pd *ibpd, void *addr, size_t length,
			    uint64_t hca_va, int access);
struct ibv_mr *mfraw_reg_dmabuf_mr(struct ibv_pd *ibpd, uint64_t offset,
				   size_t length, uint64_t iova, int fd,
				   int access);
int mfraw_rereg_mr(struct verbs_mr *vmr, int flags, struct ibv_pd *ibpd,
		   void *addr, size_t length, int access);
int mfraw_dereg_mr(struct verbs_mr *vmr);

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
void mfraw_lock_cqs(struct mfraw_qp *qp);
void mfraw_unlock_cqs(struct mfraw_qp *qp);
void mfraw_clean_cqs(struct mfraw_qp *qp);

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
int mfraw_kick(struct mfraw_qp *qp);
int mfraw_store_qp(struct mfraw_context *ctx, struct mfraw_qp *qp);
void mfraw_clear_qp(struct mfraw_context *ctx, struct mfraw_qp *qp);
int mfraw_init_queue(struct mfraw_wq *wq, void *ring, uint32_t entries,
		     uint8_t shift, uint32_t max_wr, uint32_t max_sge,
		     bool locked);
void mfraw_free_queue(struct mfraw_wq *wq);
void mfraw_init_kick(struct mfraw_qp *qp, uint16_t object, uint16_t method,
		     uint16_t attr, uint32_t handle);
void mfraw_reset_qp(struct mfraw_qp *qp);

struct ibv_wq *mfraw_create_wq(struct ibv_context *ibctx,
			       struct ibv_wq_init_attr *attr);
int mfraw_modify_wq(struct ibv_wq *ibwq, struct ibv_wq_attr *attr);
int mfraw_destroy_wq(struct ibv_wq *ibwq);
struct ibv_rwq_ind_table *
mfraw_create_rwq_ind_table(struct ibv_context *ibctx,
			   struct ibv_rwq_ind_table_init_attr *attr);
int mfraw_destroy_rwq_ind_table(struct ibv_rwq_ind_table *tbl);

struct ibv_srq *mfraw_create_srq(struct ibv_pd *ibpd,
				 struct ibv_srq_init_attr *attr);
int mfraw_init_srq(struct mfraw_srq *srq, struct ibv_context *ibctx,
		   struct ibv_srq_init_attr_ex *attr);
void mfraw_fini_srq(struct mfraw_srq *srq);
int mfraw_modify_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr,
		     int attr_mask);
int mfraw_query_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr);
int mfraw_get_srq_num(struct ibv_srq *ibsrq, uint32_t *srq_num);
int mfraw_destroy_srq(struct ibv_srq *ibsrq);

struct ibv_xrcd *mfraw_open_xrcd(struct ibv_context *ibctx,
				 struct ibv_xrcd_init_attr *attr);
int mfraw_close_xrcd(struct ibv_xrcd *ibxrcd);
struct ibv_srq *mfraw_create_srq_ex(struct ibv_context *ibctx,
				    struct ibv_srq_init_attr_ex *attr);
struct ibv_qp *mfraw_create_xrc_recv(struct ibv_context *ibctx,
				     struct ibv_qp_init_attr_ex *attr);
struct ibv_qp *mfraw_open_qp(struct ibv_context *ibctx,
			     struct ibv_qp_open_attr *attr);

struct ibv_ah *mfraw_create_ah(struct ibv_pd *ibpd, struct ibv_ah_attr *attr);
int mfraw_destroy_ah(struct ibv_ah *ibah);

struct ibv_mw *mfraw_alloc_mw(struct ibv_pd *ibpd, enum ibv_mw_type type);
int mfraw_dealloc_mw(struct ibv_mw *mw);
int mfraw_bind_mw(struct ibv_qp *ibqp, struct ibv_mw *mw,
		  struct ibv_mw_bind *mw_bind);

uint32_t mfraw_roce_ops(enum ibv_qp_type type);
int mfraw_init_qp_ex(struct mfraw_qp *qp, enum ibv_qp_type type, uint64_t ops);
int mfraw_init_roce_ex(struct mfraw_qp *qp, enum ibv_qp_type type,
		       uint64_t ops);
int mfraw_post_roce_send(struct mfraw_qp *qp, struct ibv_send_wr *wr,
			 struct ibv_send_wr **bad_wr);
int mfraw_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *wr,
		    struct ibv_send_wr **bad_wr);
int mfraw_post_recv(struct ibv_qp *ibqp, struct ibv_recv_wr *wr,
		    struct ibv_recv_wr **bad_wr);
int mfraw_post_wq_recv(struct ibv_wq *ibwq, struct ibv_recv_wr *wr,
		       struct ibv_recv_wr **bad_wr);
int mfraw_post_srq_recv(struct ibv_srq *ibsrq, struct ibv_recv_wr *wr,
			struct ibv_recv_wr **bad_wr);

struct ibv_flow *mfraw_create_flow(struct ibv_qp *ibqp,
				   struct ibv_flow_attr *attr);
int mfraw_destroy_flow(struct ibv_flow *ibflow);

struct ibv_counters *
mfraw_create_counters(struct ibv_context *ibctx,
		      struct ibv_counters_init_attr *attr);
int mfraw_destroy_counters(struct ibv_counters *ibcounters);
int mfraw_attach_counters_point_flow(struct ibv_counters *ibcounters,
				     struct ibv_counter_attach_attr *attr,
				     struct ibv_flow *flow);
int mfraw_read_counters(struct ibv_counters *ibcounters, uint64_t *values,
			uint32_t num_values, uint32_t flags);
int mfraw_bind_counters(struct mfraw_counters *counters);
void mfraw_unbind_counters(struct mfraw_counters *counters);

void mfraw_init_mcast(struct mfraw_context *ctx);
void mfraw_free_mcast(struct mfraw_context *ctx);
int mfraw_attach_mcast(struct ibv_qp *ibqp, const union ibv_gid *gid,
		       uint16_t lid);
int mfraw_detach_mcast(struct ibv_qp *ibqp, const union ibv_gid *gid,
		       uint16_t lid);

#endif /* __MFRAW_H__ */
