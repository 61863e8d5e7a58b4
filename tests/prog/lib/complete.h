/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Waiting for completions. wait_cq() and expect_cq() end the program if there
 * is no completion within a minute.
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include <infiniband/verbs.h>

/* Wait for the next completion of any request, with any status. */
struct ibv_wc wait_cq(struct ibv_cq *cq);

/*
 * Wait for the completion of @wr_id with @status; any other ends the program.
 */
struct ibv_wc expect_cq(struct ibv_cq *cq, uint64_t wr_id,
			enum ibv_wc_status status);

/*
 * Wait for one completion, no longer than @timeout_ms. Returns 1, or 0 if none
 * came in time.
 */
int poll_cq_for(struct ibv_cq *cq, struct ibv_wc *wc, int timeout_ms);

/* CLOCK_MONOTONIC in microseconds. */
uint64_t now_us(void);

#endif /* COMPLETE_H */
