/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Posting of send requests to RC, UC, UD and XRC QPs: what ibv_post_send() and
 * the functions of struct ibv_qp_ex both use.
 */
#ifndef __MFRAW_ROCE_H__
#define __MFRAW_ROCE_H__

#include <string.h>

#include "ah.h"
#include "mfraw-abi.h"
#include "send.h"

uint32_t mfraw_roce_send_ops(enum ibv_qp_type type);
int mfraw_roce_post_send(struct mfraw_qp *qp, struct ibv_send_wr *wr,
			 struct ibv_send_wr **bad_wr);
int mfraw_roce_init_ex(struct mfraw_qp *qp, enum ibv_qp_type type,
		       uint64_t ops);

/* Flags of a send request. */
#define MFRAW_ROCE_SEND_FLAGS                                                  \
	(IBV_SEND_FENCE | IBV_SEND_SIGNALED | IBV_SEND_SOLICITED |             \
	 IBV_SEND_INLINE)

/* Returns the flags of an entry; mfraw_copy_inline() adds MFRAW_SEND_INLINE. */
static inline uint8_t mfraw_roce_flags(const struct mfraw_qp *qp,
				       unsigned int send_flags)
{
	uint8_t flags = mfraw_wqe_flags(qp, send_flags);

	if (send_flags & IBV_SEND_FENCE)
		flags |= MFRAW_SEND_FENCE;
	if (send_flags & IBV_SEND_SOLICITED)
		flags |= MFRAW_SEND_SOLICITED;
	return flags;
}

static inline struct mfraw_roce_seg *
mfraw_roce_seg(struct mfraw_send_wqe *wqe)
{
	return (struct mfraw_roce_seg *)(wqe + 1);
}

/* Begin an entry without data. Returns its RoCE segment, which is zero. */
static inline struct mfraw_roce_seg *
mfraw_init_roce_wqe(struct mfraw_send_wqe *wqe, uint8_t opcode, uint8_t flags)
{
	struct mfraw_roce_seg *seg = mfraw_roce_seg(wqe);

	wqe->opcode = opcode;
	wqe->flags = flags;
	wqe->num_sge = 0;
	wqe->inline_len = 0;
	wqe->reserved = 0;
	memset(seg, 0, sizeof(*seg));
	return seg;
}

static inline void mfraw_set_rdma(struct mfraw_roce_seg *seg, uint64_t addr,
				  uint32_t rkey)
{
	seg->rdma.addr = htole64(addr);
	seg->rdma.rkey = htole32(rkey);
}

static inline void mfraw_set_atomic(struct mfraw_roce_seg *seg, uint64_t addr,
				    uint32_t rkey, uint64_t compare_add,
				    uint64_t swap)
{
	seg->atomic.addr = htole64(addr);
	seg->atomic.rkey = htole32(rkey);
	seg->atomic.compare_add = htole64(compare_add);
	seg->atomic.swap = htole64(swap);
}

static inline void mfraw_set_ud(struct mfraw_roce_seg *seg, struct ibv_ah *ibah,
				uint32_t qpn, uint32_t qkey)
{
	seg->ud.ahn = htole32(to_mah(ibah)->ahn);
	seg->ud.qpn = htole32(qpn);
	seg->ud.qkey = htole32(qkey);
}

static inline void mfraw_set_bind(struct mfraw_roce_seg *seg,
				  const struct ibv_mw *mw, uint32_t rkey,
				  const struct ibv_mw_bind_info *info)
{
	seg->bind.addr = htole64(info->addr);
	seg->bind.length = htole64(info->length);
	/* A request to unbind the window has no region. */
	seg->bind.lkey = htole32(info->mr ? info->mr->lkey : 0);
	seg->bind.rkey = htole32(mw->rkey);
	seg->bind.new_rkey = htole32(rkey);
	seg->bind.access = htole32(info->mw_access_flags);
}

#endif /* __MFRAW_ROCE_H__ */
