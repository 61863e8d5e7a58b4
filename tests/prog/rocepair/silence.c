// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A peer that doesn't answer, or has nothing to receive to.
 */
#include <unistd.h>

#include "pair.h"

#define SENDS	5

static void post_sends(struct side *s, uint32_t length)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)s->buf,
		.length = length,
		.lkey = s->mr->lkey,
	};
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	}, *bad;

	for (wr.wr_id = 0; wr.wr_id < SENDS; wr.wr_id++)
		check(!ibv_post_send(s->qp, &wr, &bad));
}

static void post_recvs(struct side *s)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)s->buf,
		.length = 8192,
		.lkey = s->mr->lkey,
	};
	struct ibv_recv_wr wr = { .sg_list = &sge, .num_sge = 1 }, *bad;

	for (wr.wr_id = 0; wr.wr_id < SENDS; wr.wr_id++)
		check(!ibv_post_recv(s->qp, &wr, &bad));
}

/* The first one fails, and the queue pair is in the error state. */
static void fails(struct side *s, enum ibv_wc_status status)
{
	int i;

	expect_cq(s->scq, 0, status);
	for (i = 1; i < SENDS; i++)
		expect_cq(s->scq, i, IBV_WC_WR_FLUSH_ERR);
	check(pair_state(s) == IBV_QPS_ERR);
}

/* Nothing arrives: the wire is cut. */
void silence(const struct config *cfg)
{
	struct side *a, *b;
	uint64_t before;
	struct pair p;

	pair_open(&p, cfg, 65536);
	a = &p.side[0];
	b = &p.side[1];
	post_recvs(b);
	before = pair_counter(a, "local_ack_timeout_err");
	post_sends(a, 5000);
	fails(a, IBV_WC_RETRY_EXC_ERR);
	check(pair_counter(a, "local_ack_timeout_err") - before ==
	      cfg->retry_cnt + 1U);
	check(pair_state(b) == IBV_QPS_RTS);
	pair_close(&p);
}

/* It says that it is not ready, as often as it is asked. */
void rnr(const struct config *cfg)
{
	uint64_t before, naks, retries;
	struct config c = *cfg;
	struct side *a, *b;
	struct pair p;
	int i;

	for (c.rnr_retry = 0; c.rnr_retry < 7; c.rnr_retry += 3) {
		pair_open(&p, &c, 65536);
		a = &p.side[0];
		b = &p.side[1];
		before = pair_counter(b, "rx_rnr");
		retries = pair_counter(a, "packet_seq_err") +
			  pair_counter(a, "local_ack_timeout_err");
		post_sends(a, 5000);
		fails(a, IBV_WC_RNR_RETRY_EXC_ERR);
		naks = pair_counter(b, "rx_rnr") - before;
		printf("# rnr_retry %u: %u times not ready\n", c.rnr_retry,
		       (unsigned int)naks);
		check(naks == c.rnr_retry + 1U);
		/* What follows the packet that was refused is no gap. */
		check(pair_counter(a, "packet_seq_err") +
		      pair_counter(a, "local_ack_timeout_err") == retries);
		check(pair_state(b) == IBV_QPS_RTS);
		pair_close(&p);
	}

	c.rnr_retry = 7;
	pair_open(&p, &c, 65536);
	a = &p.side[0];
	b = &p.side[1];
	before = pair_counter(b, "rx_rnr");
	post_sends(a, 5000);
	while (pair_counter(b, "rx_rnr") - before < 20)
		usleep(10000);
	check(!ibv_poll_cq(a->scq, 1, &(struct ibv_wc){}));
	post_recvs(b);
	for (i = 0; i < SENDS; i++)
		expect_cq(a->scq, i, IBV_WC_SUCCESS);
	for (i = 0; i < SENDS; i++)
		expect_cq(b->rcq, i, IBV_WC_SUCCESS);
	pair_close(&p);
}
