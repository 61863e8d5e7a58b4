/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Posting of requests with one SGE. The posting functions end the program if
 * they fail.
 */
#ifndef POST_H
#define POST_H

#include <stddef.h>

#include <infiniband/verbs.h>

/* @len bytes at the offset @off of a region. */
struct ibv_sge sge_at(const struct ibv_mr *mr, size_t off, uint32_t len);

/* Post a receive request. */
void post_recv_at(struct ibv_qp *qp, uint64_t wr_id, const struct ibv_mr *mr,
		  size_t off, uint32_t len);

/* Post a signalled IBV_WR_SEND, to a QP that needs no address. */
void post_send_at(struct ibv_qp *qp, uint64_t wr_id, const struct ibv_mr *mr,
		  size_t off, uint32_t len);

#endif /* POST_H */
