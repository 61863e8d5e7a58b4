// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Waiting for completions.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "complete.h"
#include "die.h"

#define WAIT_USECS	200
#define MAX_WAITS	(60 * 1000000 / WAIT_USECS)

uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

struct ibv_wc wait_cq(struct ibv_cq *cq)
{
	unsigned int i;
	struct ibv_wc wc;
	int n;

	/* A member that ibv_poll_cq() does not write is not right by chance. */
	memset(&wc, 0xee, sizeof(wc));
	for (i = 0; i < MAX_WAITS; i++) {
		n = ibv_poll_cq(cq, 1, &wc);
		check(n >= 0);
		if (n)
			return wc;
		usleep(WAIT_USECS);
	}
	printf("FAIL: no completion\n");
	exit(1);
}

struct ibv_wc expect_cq(struct ibv_cq *cq, uint64_t wr_id,
			enum ibv_wc_status status)
{
	struct ibv_wc wc = wait_cq(cq);

	if (wc.wr_id == wr_id && wc.status == status)
		return wc;
	printf("FAIL: request %llu: %s, want %llu: %s\n",
	       (unsigned long long)wc.wr_id, ibv_wc_status_str(wc.status),
	       (unsigned long long)wr_id, ibv_wc_status_str(status));
	exit(1);
}

int poll_cq_for(struct ibv_cq *cq, struct ibv_wc *wc, int timeout_ms)
{
	uint64_t end = now_us() + timeout_ms * 1000ULL;
	int n;

	do {
		n = ibv_poll_cq(cq, 1, wc);
		if (n < 0)
			die("ibv_poll_cq: %d", n);
		if (n)
			return n;
		usleep(100);
	} while (now_us() < end);
	return 0;
}
