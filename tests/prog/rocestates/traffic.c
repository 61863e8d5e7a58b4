// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Messages before and after each step of a QP.
 */
#include "states.h"

static bool empty(struct ibv_cq *cq)
{
	return !ibv_poll_cq(cq, 1, &(struct ibv_wc) {});
}

/* A message of the peer arrives. */
static void receives(struct pair *p, uint64_t id)
{
	struct end *e = &p->end[0];

	if (!can_receive(e) || e->type == RAW)
		return;
	post_recv(e, id);
	post_send(p, 1, id + 1, false);
	arrives(p, 1, id + 1, id);
}

/* In RTR, messages are received. */
static void in_rtr(struct pair *p)
{
	bring(p, 1, IBV_QPS_RTS);
	bring(p, 0, IBV_QPS_RTR);
	receives(p, 10);
	check(state_of(&p->end[0]) == IBV_QPS_RTR);
	check(!step(p, 0, IBV_QP_STATE |
		    required(p->end[0].type, IBV_QPS_RTR, IBV_QPS_RTS),
		    IBV_QPS_RTS));
	exchange(p);
}

/* Steps from RTS to RTS, without attributes and with all that are optional. */
static void in_place(struct pair *p)
{
	int opt = optional(p->end[0].type, IBV_QPS_RTS, IBV_QPS_RTS);

	connect_pair(p);
	exchange(p);
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_RTS));
	exchange(p);
	check(!step(p, 0, IBV_QP_STATE | (opt & ~IBV_QP_RATE_LIMIT),
		    IBV_QPS_RTS));
	exchange(p);
}

/* In SQD, posted requests wait, and messages are received. */
static void drained(struct pair *p)
{
	struct end *e = &p->end[0];
	int opt = optional(e->type, IBV_QPS_SQD, IBV_QPS_SQD);

	connect_pair(p);
	exchange(p);
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_SQD));
	receives(p, 20);
	if (can_send(e)) {
		post_recv(&p->end[1], 22);
		post_send(p, 0, 23, false);
	}
	check(!step(p, 0, IBV_QP_STATE | opt, IBV_QPS_SQD));
	check(empty(e->scq) && empty(p->end[1].rcq));
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_RTS));
	if (can_send(e))
		arrives(p, 0, 23, 22);
	exchange(p);
}

/* The send queue of an unreliable service fails alone, and can go on. */
static void send_queue_fails(struct pair *p)
{
	struct end *e = &p->end[0];
	int round, opt;

	connect_pair(p);
	for (round = 0; round < 2; round++) {
		exchange(p);
		post_send(p, 0, 30, true);
		expect_cq(e->scq, 30, IBV_WC_LOC_PROT_ERR);
		check(state_of(e) == IBV_QPS_SQE);
		post_inline(p, 0, 31);
		expect_cq(e->scq, 31, IBV_WC_WR_FLUSH_ERR);
		receives(p, 32);
		opt = round ? optional(e->type, IBV_QPS_SQE, IBV_QPS_RTS) : 0;
		check(!step(p, 0, IBV_QP_STATE | opt, IBV_QPS_RTS));
	}
	exchange(p);
}

/*
 * A send that fails ends a reliable connection, with some of its packets under
 * way. Only RESET leads back to RTS.
 */
static void queue_pair_fails(struct pair *p)
{
	struct end *e = &p->end[0];
	int bit;

	connect_pair(p);
	exchange(p);
	post_send(p, 0, 40, true);
	expect_cq(e->scq, 40, IBV_WC_LOC_PROT_ERR);
	check(state_of(e) == IBV_QPS_ERR);
	for (bit = 0; bit <= 20; bit++)
		check(step(p, 0, IBV_QP_STATE | 1 << bit, IBV_QPS_RTS));
	for (bit = 41; bit < 44; bit++) {
		post_inline(p, 0, bit);
		expect_cq(e->scq, bit, IBV_WC_WR_FLUSH_ERR);
	}
	check(state_of(e) == IBV_QPS_ERR && empty(e->scq));
	connect_pair(p);
	exchange(p);
}

/* In ERR, all requests are flushed, and the peer gets nothing. */
static void in_err(struct pair *p)
{
	struct end *e = &p->end[0];
	bool flushes = can_receive(e) && e->type != TGT;

	connect_pair(p);
	exchange(p);
	if (flushes) {
		post_recv(e, 50);
		post_recv(e, 51);
	}
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_ERR));
	if (flushes) {
		expect_cq(e->rcq, 50, IBV_WC_WR_FLUSH_ERR);
		expect_cq(e->rcq, 51, IBV_WC_WR_FLUSH_ERR);
		post_recv(e, 52);
		expect_cq(e->rcq, 52, IBV_WC_WR_FLUSH_ERR);
	}
	if (can_send(e)) {
		post_send(p, 0, 53, false);
		expect_cq(e->scq, 53, IBV_WC_WR_FLUSH_ERR);
	}
	if (e->type == RC || e->type == TGT) {
		post_send(p, 1, 54, false);
		expect_cq(p->end[1].scq, 54, IBV_WC_RETRY_EXC_ERR);
	}
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_ERR));
	check(empty(e->scq) && empty(e->rcq));
	connect_pair(p);
	exchange(p);
}

/* RESET removes all posted requests, those that wait included. */
static void in_reset(struct pair *p)
{
	struct end *e = &p->end[0];

	connect_pair(p);
	exchange(p);
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_SQD));
	if (can_send(e))
		post_send(p, 0, 60, false);
	if (can_receive(e) && e->type != TGT)
		post_recv(e, 61);
	check(!step(p, 0, IBV_QP_STATE, IBV_QPS_RESET));
	check(empty(e->scq) && empty(e->rcq));
	connect_pair(p);
	exchange(p);
	check(empty(e->scq) && empty(e->rcq));
}

/* A refused step has no effect. */
static void refused(struct pair *p)
{
	enum type type = p->end[0].type;
	int to, bit;

	connect_pair(p);
	exchange(p);
	for (to = 0; to <= IBV_QPS_ERR; to++)
		for (bit = 0; bit <= 20; bit++) {
			int mask = IBV_QP_STATE | 1 << bit;

			if (!legal(type, IBV_QPS_RTS, to, mask))
				check(step(p, 0, mask, to));
		}
	check(state_of(&p->end[0]) == IBV_QPS_RTS);
	exchange(p);
}

void traffic(enum type type)
{
	struct pair p;

	pair_open(&p, type);
	in_rtr(&p);
	in_place(&p);
	drained(&p);
	if (has_sqe(type))
		send_queue_fails(&p);
	else if (can_send(&p.end[0]))
		queue_pair_fails(&p);
	in_err(&p);
	in_reset(&p);
	refused(&p);
	pair_close(&p);
}
