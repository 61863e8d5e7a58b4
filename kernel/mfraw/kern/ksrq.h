/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Shared receive queues of kernel users.
 */
#ifndef MFRAW_KSRQ_H
#define MFRAW_KSRQ_H

#include <rdma/ib_verbs.h>

struct mfraw_srq;

int mfraw_ksrq_init(struct mfraw_srq *srq);
void mfraw_ksrq_fini(struct mfraw_srq *srq);
u64 mfraw_ksrq_done(struct mfraw_srq *srq, u32 slot);
int mfraw_post_srq_recv(struct ib_srq *ibsrq, const struct ib_recv_wr *wr,
			const struct ib_recv_wr **bad_wr);

#endif /* MFRAW_KSRQ_H */
