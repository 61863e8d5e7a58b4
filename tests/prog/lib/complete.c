// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "complete.h"

#define WAIT_USECS	200
#define WAIT_MOST	(60 * 1000000 / WAIT_USECS)

struct ibv_wc wait_cq(struct ibv_cq *cq)
{
	unsigned int i;
	struct ibv_wc wc;
	int n;

	/* What is not written is not right by accident. */
	memset(&wc, 0xee, sizeof(wc));
	for (i = 0; i < WAIT_MOST; i++) {
		n = ibv_poll_cq(cq, 1, &wc);
		check(n >= 0);
		if (n)
			return wc;
		usleep(WAIT_USECS);
	}
	printf("FAIL: no completion\n");
	exit(1);
}

void expect_cq(struct ibv_cq *cq, uint64_t wr_id, enum ibv_wc_status status)
{
	struct ibv_wc wc = wait_cq(cq);

	if (wc.wr_id == wr_id && wc.status == status)
		return;
	printf("FAIL: request %llu: %s, want %llu: %s\n",
	       (unsigned long long)wc.wr_id, ibv_wc_status_str(wc.status),
	       (unsigned long long)wr_id, ibv_wc_status_str(status));
	exit(1);
}
