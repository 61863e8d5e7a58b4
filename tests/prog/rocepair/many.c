// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Many connections over one link. All of them write, or read, as fast as they
 * can, until @n requests have completed. Jain's index says how fair that was: 1
 * if all connections have the same share, 1/n if one of n has all. The time is
 * printed for comparisons.
 */
#include <string.h>
#include <time.h>

#include "pair.h"

#define MOST	64

static struct pair pairs[MOST];
static unsigned int posted[MOST], completed[MOST];

static void post(struct pair *p, uint32_t size)
{
	struct side *a = &p->side[0], *b = &p->side[1];
	struct ibv_sge sge = { (uintptr_t)a->buf, size, a->mr->lkey };
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = p->cfg.read ? IBV_WR_RDMA_READ : IBV_WR_RDMA_WRITE,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.rdma = { (uintptr_t)b->buf, b->mr->rkey },
	}, *bad;

	check(!ibv_post_send(a->qp, &wr, &bad));
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);

	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Poll the completions of a connection. All must be successful. */
static unsigned int poll(unsigned int i)
{
	struct ibv_wc wc;
	unsigned int n;

	for (n = 0; ibv_poll_cq(pairs[i].side[0].scq, 1, &wc) == 1; n++) {
		if (wc.status == IBV_WC_SUCCESS)
			continue;
		printf("FAIL: connection %u, request %u: %s\n", i,
		       completed[i] + n, ibv_wc_status_str(wc.status));
		exit(1);
	}
	completed[i] += n;

	return n;
}

void many(const struct config *cfg, unsigned int qps, uint32_t size,
	  unsigned int n, unsigned int jain)
{
	double sum = 0, squares = 0, index, begin;
	unsigned int i, total = 0;

	check(qps && qps <= MOST);
	for (i = 0; i < qps; i++) {
		pair_open(&pairs[i], cfg, size);
		memset(pairs[i].side[cfg->read].buf, i + 1, size);
	}
	begin = now();
	while (total < n)
		for (i = 0; i < qps; i++) {
			total += poll(i);
			for (; posted[i] - completed[i] < cfg->depth;
			     posted[i]++)
				post(&pairs[i], size);
		}
	printf("took %.3f s\n", now() - begin);
	for (i = 0; i < qps; i++) {
		sum += completed[i];
		squares += (double)completed[i] * completed[i];
	}
	index = sum * sum / (qps * squares);
	printf("%u connections, %u requests: fairness %.3f\n", qps, total,
	       index);
	if (index * 100 < jain) {
		for (i = 0; i < qps; i++)
			printf(" %u", completed[i]);
		printf("\nFAIL: the connections are not treated fairly\n");
		exit(1);
	}
	for (i = 0; i < qps; i++) {
		while (completed[i] < posted[i])
			poll(i);
		check(!memcmp(pairs[i].side[0].buf, pairs[i].side[1].buf, size));
		pair_close(&pairs[i]);
	}
}

/*
 * Send datagrams as fast as possible, but no more at once than the peer has
 * receives: all must arrive.
 */
void flood(const struct config *cfg, unsigned int n)
{
	unsigned int sent = 0, finished = 0, received = 0, i;
	struct ibv_sge sge = { .length = 1024 }, rsge = { .length = 2048 };
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
		.wr.ud.remote_qkey = PAIR_QKEY,
	}, *bad;
	struct ibv_recv_wr recv = { .sg_list = &rsge, .num_sge = 1 }, *bad_recv;
	struct side *a, *b;
	struct ibv_wc wc;
	struct pair p;
	double begin;

	pair_open(&p, cfg, 4096);
	a = &p.side[0];
	b = &p.side[1];
	sge.addr = (uintptr_t)a->buf;
	sge.lkey = a->mr->lkey;
	rsge.addr = (uintptr_t)b->buf;
	rsge.lkey = b->mr->lkey;
	wr.wr.ud.ah = a->ah;
	wr.wr.ud.remote_qpn = b->qp->qp_num;
	for (i = 0; i < cfg->depth; i++)
		check(!ibv_post_recv(b->qp, &recv, &bad_recv));
	begin = now();
	while (received < n) {
		for (; sent < n && sent - finished < cfg->depth &&
		       sent - received < cfg->depth; sent++)
			check(!ibv_post_send(a->qp, &wr, &bad));
		for (; ibv_poll_cq(a->scq, 1, &wc) == 1; finished++)
			check(wc.status == IBV_WC_SUCCESS);
		for (; ibv_poll_cq(b->rcq, 1, &wc) == 1; received++) {
			check(wc.status == IBV_WC_SUCCESS);
			check(!ibv_post_recv(b->qp, &recv, &bad_recv));
		}
	}
	printf("took %.3f s\n", now() - begin);
	check(finished == n);
	pair_close(&p);
	printf("ok - %u datagrams arrived\n", n);
}
