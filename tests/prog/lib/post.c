// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting of requests with one SGE.
 */
#include "check.h"
#include "post.h"

struct ibv_sge sge_at(const struct ibv_mr *mr, size_t off, uint32_t len)
{
	return (struct ibv_sge) {
		.addr = (uintptr_t)mr->addr + off,
		.length = len,
		.lkey = mr->lkey,
	};
}

void post_recv_at(struct ibv_qp *qp, uint64_t wr_id, const struct ibv_mr *mr,
		  size_t off, uint32_t len)
{
	struct ibv_sge sge = sge_at(mr, off, len);
	struct ibv_recv_wr *bad, wr = {
		.wr_id = wr_id,
		.sg_list = &sge,
		.num_sge = 1,
	};

	check(!ibv_post_recv(qp, &wr, &bad));
}

void post_send_at(struct ibv_qp *qp, uint64_t wr_id, const struct ibv_mr *mr,
		  size_t off, uint32_t len)
{
	struct ibv_sge sge = sge_at(mr, off, len);
	struct ibv_send_wr *bad, wr = {
		.wr_id = wr_id,
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};

	check(!ibv_post_send(qp, &wr, &bad));
}
