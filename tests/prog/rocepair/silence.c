// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A peer that does not answer, or has no receives posted.
 */
#include <unistd.h>

#include "pair.h"

#define SENDS	5

static void post_sends(struct side *s, uint32_t length)
{
	int i;

	for (i = 0; i < SENDS; i++)
		post_send_at(s->qp, i, s->mr, 0, length);
}

static void post_recvs(struct side *s)
{
	int i;

	for (i = 0; i < SENDS; i++)
		post_recv_at(s->qp, i, s->mr, 0, 8192);
}

/* The first request fails with @status, and the QP is in the error state. */
static void fails(struct side *s, enum ibv_wc_status status)
{
	int i;

	expect_cq(s->scq, 0, status);
	for (i = 1; i < SENDS; i++)
		expect_cq(s->scq, i, IBV_WC_WR_FLUSH_ERR);
	check(qp_state(s->qp) == IBV_QPS_ERR);
}

/* The wire is cut, so no packet arrives. */
void silence(const struct config *cfg)
{
	struct side *a, *b;
	uint64_t before;
	struct pair p;

	pair_open(&p, cfg, 65536);
	a = &p.side[0];
	b = &p.side[1];
	post_recvs(b);
	before = device_counter(a->name, "local_ack_timeout_err");
	post_sends(a, 5000);
	fails(a, IBV_WC_RETRY_EXC_ERR);
	check(device_counter(a->name, "local_ack_timeout_err") - before ==
	      cfg->retry_cnt + 1U);
	check(qp_state(b->qp) == IBV_QPS_RTS);
	pair_close(&p);
}

/* The peer answers that it is not ready, each time. */
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
		before = device_counter(b->name, "rx_rnr");
		retries = device_counter(a->name, "packet_seq_err") +
			  device_counter(a->name, "local_ack_timeout_err");
		post_sends(a, 5000);
		fails(a, IBV_WC_RNR_RETRY_EXC_ERR);
		naks = device_counter(b->name, "rx_rnr") - before;
		printf("# rnr_retry %u: %u times not ready\n", c.rnr_retry,
		       (unsigned int)naks);
		check(naks == c.rnr_retry + 1U);
		/* Packets behind the refused one do not count as a gap. */
		check(device_counter(a->name, "packet_seq_err") +
		      device_counter(a->name, "local_ack_timeout_err") == retries);
		check(qp_state(b->qp) == IBV_QPS_RTS);
		pair_close(&p);
	}

	c.rnr_retry = 7;
	pair_open(&p, &c, 65536);
	a = &p.side[0];
	b = &p.side[1];
	before = device_counter(b->name, "rx_rnr");
	post_sends(a, 5000);
	while (device_counter(b->name, "rx_rnr") - before < 20)
		usleep(10000);
	check(!ibv_poll_cq(a->scq, 1, &(struct ibv_wc){}));
	post_recvs(b);
	for (i = 0; i < SENDS; i++)
		expect_cq(a->scq, i, IBV_WC_SUCCESS);
	for (i = 0; i < SENDS; i++)
		expect_cq(b->rcq, i, IBV_WC_SUCCESS);
	pair_close(&p);
}
