/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Posting of send requests by ibv_post_send() and by the functions of struct
 * ibv_qp_ex: what both use for all QP types.
 */
#ifndef __MFRAW_SEND_H__
#define __MFRAW_SEND_H__

#include <errno.h>
#include <string.h>

#include "kick.h"
#include "mfraw-abi.h"
#include "qp.h"
#include "ring.h"

int mfraw_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *wr,
		    struct ibv_send_wr **bad_wr);
int mfraw_qp_init_ex(struct mfraw_qp *qp, enum ibv_qp_type type, uint64_t ops);

/*
 * Flags of a send request to a raw packet QP. Ethernet has neither fences nor
 * solicited events, so these two flags have no effect.
 */
#define MFRAW_RAW_SEND_FLAGS                                                   \
	(IBV_SEND_FENCE | IBV_SEND_SIGNALED | IBV_SEND_SOLICITED |             \
	 IBV_SEND_INLINE | IBV_SEND_IP_CSUM)

/* Returns the flags of an entry; mfraw_copy_inline() adds MFRAW_SEND_INLINE. */
static inline uint8_t mfraw_wqe_flags(const struct mfraw_qp *qp,
				      unsigned int send_flags)
{
	uint8_t flags = qp->sq_flags;

	if (send_flags & IBV_SEND_SIGNALED)
		flags |= MFRAW_SEND_SIGNALED;
	if (send_flags & IBV_SEND_IP_CSUM)
		flags |= MFRAW_SEND_IP_CSUM;
	return flags;
}

/* Write the SGEs of an entry to @to in it. */
static inline void mfraw_copy_sges(struct mfraw_send_wqe *wqe, void *to,
				   const struct ibv_sge *sge, uint32_t num_sge)
{
	struct mfraw_sge *seg = to;
	uint32_t i;

	wqe->num_sge = htole16(num_sge);
	for (i = 0; i < num_sge; i++)
		mfraw_copy_sge(&seg[i], &sge[i]);
}

/*
 * Write the head of an entry that has SGEs and nothing else: struct
 * mfraw_send_wqe in two stores.
 */
static inline void mfraw_wqe_head(struct mfraw_send_wqe *wqe, uint8_t opcode,
				  uint8_t flags, uint16_t num_sge)
{
	__le64 *word = (__le64 *)wqe;

	word[0] = htole64(opcode | (uint32_t)flags << 8 |
			  (uint64_t)num_sge << 16);
	word[1] = 0;
}

/*
 * Copy the data of a request to @to in its entry. Returns 0, or EINVAL if the
 * QP was not created for that many bytes.
 */
static inline int mfraw_copy_inline(struct mfraw_qp *qp,
				    struct mfraw_send_wqe *wqe, void *to,
				    const struct ibv_send_wr *wr)
{
	uint32_t len = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *sge = &wr->sg_list[i];

		if (unlikely(sge->length > qp->max_inline - len))
			return EINVAL;
		memcpy(to + len, (void *)(uintptr_t)sge->addr, sge->length);
		len += sge->length;
	}
	wqe->flags |= MFRAW_SEND_INLINE;
	wqe->num_sge = 0;
	wqe->inline_len = htole32(len);
	return 0;
}

/*
 * Post a list of requests. @build fills in one entry and returns 0 or an error
 * number. The compiler makes a copy of this function for each @build.
 */
static inline __attribute__((always_inline)) int
mfraw_post_sq(struct mfraw_qp *qp, struct ibv_send_wr *wr,
	      struct ibv_send_wr **bad_wr,
	      int (*build)(struct mfraw_qp *qp, struct mfraw_send_wqe *wqe,
			   const struct ibv_send_wr *wr))
{
	struct ibv_send_wr *first = wr;
	struct mfraw_queue *sq = &qp->sq;
	bool wakeup = false;
	uint32_t prod, end;
	int ret = 0;

	if (unlikely(qp->vqp.qp.state < IBV_QPS_RTS)) {
		*bad_wr = wr;
		return EINVAL;
	}

	mfraw_lock(&sq->lock);
	prod = sq->prod;
	end = mfraw_queue_end(sq);
	for (; wr; wr = wr->next) {
		if (unlikely(prod == end)) {
			ret = ENOMEM;
			break;
		}
		ret = build(qp, mfraw_queue_entry(sq, prod), wr);
		if (unlikely(ret))
			break;
		sq->wrid[prod++ & sq->mask] = wr->wr_id;
	}
	if (likely(prod != sq->prod))
		wakeup = mfraw_queue_publish(sq, prod, &qp->db->sq_prod,
					  &qp->db->sq_wakeup);
	mfraw_unlock(&sq->lock);

	if (unlikely(ret))
		*bad_wr = wr;
	if (wakeup) {
		int err = mfraw_kick(qp);

		/* The device is gone, so no request will complete. */
		if (unlikely(err)) {
			*bad_wr = first;
			ret = err;
		}
	}
	return ret;
}

/*
 * Between ibv_wr_start() and ibv_wr_complete(), with the send queue locked:
 * keep the first error for ibv_wr_complete().
 */
static inline void mfraw_wr_fail(struct mfraw_qp *qp, int err)
{
	if (!qp->wr.err)
		qp->wr.err = err;
	qp->wr.wqe = NULL;
}

/* Begin an entry, which the caller fills in. Returns NULL after an error. */
static inline struct mfraw_send_wqe *mfraw_wr_entry(struct mfraw_qp *qp,
						    unsigned int known_flags)
{
	struct ibv_qp_ex *ibqp = &qp->vqp.qp_ex;
	struct mfraw_queue *sq = &qp->sq;
	struct mfraw_send_wqe *wqe;

	if (unlikely(qp->wr.err))
		return NULL;
	if (unlikely(ibqp->wr_flags & ~known_flags)) {
		mfraw_wr_fail(qp, EINVAL);
		return NULL;
	}
	if (unlikely(qp->wr.prod == qp->wr.end)) {
		mfraw_wr_fail(qp, ENOMEM);
		return NULL;
	}

	wqe = mfraw_queue_entry(sq, qp->wr.prod);
	sq->wrid[qp->wr.prod++ & sq->mask] = ibqp->wr_id;
	qp->wr.wqe = wqe;
	return wqe;
}

/* Copy the data of the current entry to @to in it. */
static inline void mfraw_wr_copy_inline(struct mfraw_qp *qp, void *to,
					size_t num_buf,
					const struct ibv_data_buf *buf_list)
{
	struct mfraw_send_wqe *wqe = qp->wr.wqe;
	uint32_t len = 0;
	size_t i;

	for (i = 0; i < num_buf; i++) {
		if (unlikely(buf_list[i].length > qp->max_inline - len)) {
			mfraw_wr_fail(qp, EINVAL);
			return;
		}
		memcpy(to + len, buf_list[i].addr, buf_list[i].length);
		len += buf_list[i].length;
	}
	wqe->flags |= MFRAW_SEND_INLINE;
	wqe->num_sge = 0;
	wqe->inline_len = htole32(len);
}

/* wr_set_sge by a wr_set_sge_list, which the compiler inlines. */
static inline __attribute__((always_inline)) void
mfraw_wr_one_sge(struct ibv_qp_ex *ibqp, uint32_t lkey, uint64_t addr,
		 uint32_t length,
		 void (*set_list)(struct ibv_qp_ex *ibqp, size_t num_sge,
				  const struct ibv_sge *sg_list))
{
	const struct ibv_sge sge = {
		.addr = addr,
		.length = length,
		.lkey = lkey,
	};

	set_list(ibqp, 1, &sge);
}

/* wr_set_inline_data by a wr_set_inline_data_list, likewise. */
static inline __attribute__((always_inline)) void
mfraw_wr_one_buf(struct ibv_qp_ex *ibqp, void *addr, size_t length,
		 void (*set_list)(struct ibv_qp_ex *ibqp, size_t num_buf,
				  const struct ibv_data_buf *buf_list))
{
	const struct ibv_data_buf buf = { .addr = addr, .length = length };

	set_list(ibqp, 1, &buf);
}

#endif /* __MFRAW_SEND_H__ */
