/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * For test programs that wait for a completion. None for a minute, or another
 * one than is expected, is the end of the program, as with check().
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include <infiniband/verbs.h>

struct ibv_wc wait_cq(struct ibv_cq *cq);
void expect_cq(struct ibv_cq *cq, uint64_t wr_id, enum ibv_wc_status status);

#endif /* COMPLETE_H */
