/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Pairs of QPs, looped back on one device. The first QP of a pair posts all
 * requests but receives.
 */
#ifndef ROCE_H
#define ROCE_H

#include <stdbool.h>

#include <infiniband/verbs.h>

#include "check.h"
#include "complete.h"
#include "post.h"

#define SIZE		65536
#define PEER		(SIZE / 2)	/* memory of the second QP */
#define QKEY		0x1234
#define GRH		40
#define INLINE		64
#define DEPTH		8
#define MAX_SGE		3
#define SECONDS		20
#define ACCESS								\
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |		\
	 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC |		\
	 IBV_ACCESS_MW_BIND)

extern struct ibv_context *ctx;
extern struct ibv_pd *pd;
extern struct ibv_mr *mr;
extern struct ibv_ah *ah;
extern uint8_t *buf;

/* Two connected QPs; @ex is the first one's, for the functions of ibv_qp_ex. */
struct pair {
	struct ibv_cq	*cq[2];
	struct ibv_qp	*qp[2];
	struct ibv_qp_ex *ex;
};

void to_init(struct ibv_qp *qp);
void to_rts(struct ibv_qp *qp, uint32_t dest);
void pair_open(struct pair *p, enum ibv_qp_type type, struct ibv_srq *srq);
void pair_close(struct pair *p);

struct ibv_sge piece(uint32_t off, uint32_t len);
void fill(void);
void recv_at(struct ibv_qp *qp, uint64_t wr_id, uint32_t off, uint32_t len);
/* Post @wr by ibv_post_send(), or by the functions of struct ibv_qp_ex. */
void post(struct pair *p, struct ibv_send_wr *wr, bool by_ex);
/* Write from the first QP to the memory of the second. */
enum ibv_wc_status write_by(struct pair *p, uint32_t rkey, uint32_t off);

struct ibv_wc sent(struct pair *p, enum ibv_wc_opcode opcode, uint64_t wr_id);
struct ibv_wc received(struct pair *p, enum ibv_wc_opcode opcode,
		       uint64_t wr_id, uint32_t len, int flags);

/* Tests of unusual situations; the last entry has no name. */
struct edge_test {
	const char	*name;
	void		(*run)(void);
};

extern const struct edge_test edge_tests[];

#endif /* ROCE_H */
