// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Errors, and what each side reports of them (IBTA volume 1, 9.9 and 10.10).
 */
#include <poll.h>
#include <string.h>

#include "pair.h"

#define SIZE	65536
#define NONE	-1	/* no receive completion, or no event */

/* A request of side 0 that fails, and what both sides report. */
struct fault {
	const char		*name;
	enum ibv_wr_opcode	opcode;
	uint32_t		length;
	enum { GOOD, BAD_KEY, OTHER_PD, NO_ACCESS, GONE } rkey, lkey;
	int64_t			offset;		/* of the remote address */
	uint32_t		recv_length;	/* 0: no receive is posted */
	bool			recv_bad;	/* its memory is invalid */
	enum ibv_wc_status	status;
	int			recv_status;
	int			event;
	bool			alive;		/* the peer stays in RTS */
	bool			cut_off;	/* the peer allows nothing */
};

#define ACCESS_FAULT							\
	.status = IBV_WC_REM_ACCESS_ERR, .recv_status = NONE,		\
	.event = IBV_EVENT_QP_ACCESS_ERR
#define LOCAL_FAULT(s)							\
	.status = IBV_WC_##s, .recv_status = NONE, .event = NONE, .alive = true
#define WRITE	IBV_WR_RDMA_WRITE
#define READ	IBV_WR_RDMA_READ
#define ADD	IBV_WR_ATOMIC_FETCH_AND_ADD
#define SWAP	IBV_WR_ATOMIC_CMP_AND_SWP

static const struct fault all_faults[] = {
	{ "write, bad rkey", WRITE, 5000, .rkey = BAD_KEY, ACCESS_FAULT },
	{ "read, bad rkey", READ, 5000, .rkey = BAD_KEY, ACCESS_FAULT },
	{ "add, bad rkey", ADD, 8, .rkey = BAD_KEY, ACCESS_FAULT },
	{ "swap, bad rkey", SWAP, 8, .rkey = BAD_KEY, ACCESS_FAULT },
	{ "write, rkey of another PD", WRITE, 100, .rkey = OTHER_PD,
	  ACCESS_FAULT },
	{ "read, rkey of another PD", READ, 100, .rkey = OTHER_PD,
	  ACCESS_FAULT },
	{ "add, rkey of another PD", ADD, 8, .rkey = OTHER_PD, ACCESS_FAULT },
	{ "write, region without access", WRITE, 100, .rkey = NO_ACCESS,
	  ACCESS_FAULT },
	{ "read, region without access", READ, 100, .rkey = NO_ACCESS,
	  ACCESS_FAULT },
	{ "swap, region without access", SWAP, 8, .rkey = NO_ACCESS,
	  ACCESS_FAULT },
	{ "write, region gone", WRITE, 100, .rkey = GONE, ACCESS_FAULT },
	{ "write, queue pair without access", WRITE, 100, .cut_off = true,
	  ACCESS_FAULT },
	{ "read, queue pair without access", READ, 100, .cut_off = true,
	  ACCESS_FAULT },
	{ "add, queue pair without access", ADD, 8, .cut_off = true,
	  ACCESS_FAULT },
	{ "write, behind the end", WRITE, 2000, .offset = SIZE - 1999,
	  ACCESS_FAULT },
	{ "read, behind the end", READ, 2000, .offset = SIZE - 1999,
	  ACCESS_FAULT },
	{ "add, behind the end", ADD, 8, .offset = SIZE, ACCESS_FAULT },
	{ "write, before the beginning", WRITE, 100, .offset = -1,
	  ACCESS_FAULT },
	{ "read, before the beginning", READ, 100, .offset = -4096,
	  ACCESS_FAULT },
	{ "write, far away", WRITE, 100, .offset = INT64_MIN, ACCESS_FAULT },
	{ "write with immediate, bad rkey", IBV_WR_RDMA_WRITE_WITH_IMM, 100,
	  .rkey = BAD_KEY, .recv_length = 100,
	  .status = IBV_WC_REM_ACCESS_ERR, .recv_status = IBV_WC_WR_FLUSH_ERR,
	  .event = IBV_EVENT_QP_ACCESS_ERR },
	{ "add, not aligned", ADD, 8, .offset = 4,
	  .status = IBV_WC_REM_INV_REQ_ERR, .recv_status = NONE,
	  .event = IBV_EVENT_QP_REQ_ERR },
	{ "swap, not aligned", SWAP, 8, .offset = 1,
	  .status = IBV_WC_REM_INV_REQ_ERR, .recv_status = NONE,
	  .event = IBV_EVENT_QP_REQ_ERR },
	{ "send, too long", IBV_WR_SEND, 101, .recv_length = 100,
	  .status = IBV_WC_REM_INV_REQ_ERR,
	  .recv_status = IBV_WC_LOC_LEN_ERR, .event = NONE },
	{ "send, too long in the third packet", IBV_WR_SEND, 3000,
	  .recv_length = 2500, .status = IBV_WC_REM_INV_REQ_ERR,
	  .recv_status = IBV_WC_LOC_LEN_ERR, .event = NONE },
	{ "send, bad receive", IBV_WR_SEND, 100, .recv_length = 100,
	  .recv_bad = true, .status = IBV_WC_REM_OP_ERR,
	  .recv_status = IBV_WC_LOC_PROT_ERR, .event = NONE },
	{ "send, bad lkey", IBV_WR_SEND, 3000, .lkey = BAD_KEY,
	  LOCAL_FAULT(LOC_PROT_ERR) },
	{ "send, lkey of another PD", IBV_WR_SEND, 3000, .lkey = OTHER_PD,
	  LOCAL_FAULT(LOC_PROT_ERR) },
	{ "write, lkey of a region gone", WRITE, 3000, .lkey = GONE,
	  LOCAL_FAULT(LOC_PROT_ERR) },
	{ "read, bad lkey", READ, 3000, .lkey = BAD_KEY,
	  LOCAL_FAULT(LOC_PROT_ERR) },
	{ "read to memory that is not to be written", READ, 3000,
	  .lkey = NO_ACCESS, LOCAL_FAULT(LOC_PROT_ERR) },
	{ "add, bad lkey", ADD, 8, .lkey = BAD_KEY, LOCAL_FAULT(LOC_PROT_ERR) },
	{ "atomic of four bytes", ADD, 4, LOCAL_FAULT(LOC_LEN_ERR) },
};

static struct ibv_pd *other_pd[2];
static struct ibv_mr *other_mr[2], *no_access[2], *stays[2];
static uint32_t gone[2];

static void keys_open(struct pair *p)
{
	struct ibv_mr *mr;
	int i;

	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		other_pd[i] = ibv_alloc_pd(s->ctx);
		check(other_pd[i]);
		other_mr[i] = ibv_reg_mr(other_pd[i], s->buf, s->size,
					 PAIR_ACCESS);
		no_access[i] = ibv_reg_mr(s->pd, s->buf, s->size, 0);
		mr = ibv_reg_mr(s->pd, s->buf, s->size, PAIR_ACCESS);
		stays[i] = ibv_reg_mr(s->pd, s->buf, s->size, PAIR_ACCESS);
		check(other_mr[i] && no_access[i] && mr && stays[i]);
		gone[i] = mr->rkey;
		check(!ibv_dereg_mr(mr));
	}
}

static void keys_close(void)
{
	int i;

	for (i = 0; i < 2; i++)
		check(!ibv_dereg_mr(other_mr[i]) &&
		      !ibv_dereg_mr(no_access[i]) && !ibv_dereg_mr(stays[i]) &&
		      !ibv_dealloc_pd(other_pd[i]));
}

static uint32_t key(const struct pair *p, int i, int kind)
{
	switch (kind) {
	case BAD_KEY:
		return p->side[i].mr->rkey ^ 0x00ff00ff;
	case OTHER_PD:
		return other_mr[i]->rkey;
	case NO_ACCESS:
		return no_access[i]->rkey;
	case GONE:
		return gone[i];
	default:
		return p->side[i].mr->rkey;
	}
}

/* Returns the next event, or NONE. All causes of events are over by then. */
static int next_event(const struct side *s, bool wait)
{
	struct pollfd fd = { .fd = s->ctx->async_fd, .events = POLLIN };
	struct ibv_async_event event;

	if (poll(&fd, 1, wait ? 10000 : 100) <= 0)
		return NONE;
	check(!ibv_get_async_event(s->ctx, &event));
	ibv_ack_async_event(&event);

	return event.event_type;
}

static void post_recv(struct pair *p, uint32_t length, bool bad_key)
{
	struct side *b = &p->side[1];
	struct ibv_sge sge = {
		.addr = (uintptr_t)b->buf + SIZE / 2,
		.length = length,
		.lkey = key(p, 1, bad_key ? BAD_KEY : GOOD),
	};
	struct ibv_recv_wr wr = { .wr_id = 7, .sg_list = &sge, .num_sge = 1 };
	struct ibv_recv_wr *bad;

	check(!ibv_post_recv(b->qp, &wr, &bad));
}

static void post(struct pair *p, const struct fault *f, uint64_t id)
{
	struct side *a = &p->side[0], *b = &p->side[1];
	struct ibv_sge sge = {
		.addr = (uintptr_t)a->buf,
		.length = f->length,
		.lkey = key(p, 0, f->lkey),
	};
	struct ibv_send_wr wr = {
		.wr_id = id,
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = f->opcode,
		.send_flags = IBV_SEND_SIGNALED,
	}, *bad;

	if (f->opcode == ADD || f->opcode == SWAP) {
		wr.wr.atomic.remote_addr = (uintptr_t)b->buf + f->offset;
		wr.wr.atomic.rkey = key(p, 1, f->rkey);
		wr.wr.atomic.compare_add = 1;
	} else {
		wr.wr.rdma.remote_addr = (uintptr_t)b->buf + f->offset;
		wr.wr.rdma.rkey = key(p, 1, f->rkey);
	}
	check(!ibv_post_send(a->qp, &wr, &bad));
}

static void fault(struct pair *p, const struct fault *f)
{
	static const struct fault good = { .opcode = WRITE, .length = 1 };
	struct side *a = &p->side[0], *b = &p->side[1];
	uint8_t before[SIZE];
	int event;

	p->cfg.access = f->cut_off ? 0 :
			PAIR_ACCESS & ~IBV_ACCESS_LOCAL_WRITE;
	pair_connect(p);
	memset(a->buf, 0xaa, SIZE);
	memset(b->buf, 0xbb, SIZE);
	memcpy(before, b->buf, SIZE);
	if (f->recv_length)
		post_recv(p, f->recv_length, f->recv_bad);
	if (!f->cut_off)
		post(p, &good, 1);
	post(p, f, 2);
	post(p, &good, 3);
	if (!f->cut_off)
		expect_cq(a->scq, 1, IBV_WC_SUCCESS);
	expect_cq(a->scq, 2, f->status);
	expect_cq(a->scq, 3, IBV_WC_WR_FLUSH_ERR);
	check(qp_state(a->qp) == IBV_QPS_ERR);
	check(qp_state(b->qp) == (f->alive ? IBV_QPS_RTS : IBV_QPS_ERR));
	if (f->recv_status != NONE)
		expect_cq(b->rcq, 7, f->recv_status);
	check(!ibv_poll_cq(b->rcq, 1, &(struct ibv_wc){}));
	event = next_event(b, f->event != NONE);
	if (event != f->event) {
		printf("FAIL: %s: event %d, want %d\n", f->name, event,
		       f->event);
		exit(1);
	}
	check(next_event(a, false) == NONE);
	/*
	 * Memory did not change, but for the word of the valid request, an
	 * atomic whose result could not be stored, and the bytes of a send that
	 * fitted.
	 */
	if (!f->cut_off)
		before[0] = 0xaa;
	if (f->opcode == ADD && f->status == IBV_WC_LOC_PROT_ERR)
		before[0] = b->buf[0];
	check(!memcmp(before, b->buf, f->recv_length ? SIZE / 2 : SIZE));
	memset(before, 0xaa, SIZE);
	check(!memcmp(before, a->buf, SIZE));
	pair_disconnect(p);
	printf("ok - %s: %s\n", f->name, ibv_wc_status_str(f->status));
}

/* Requests without data do not check keys. */
static void nothing(struct pair *p)
{
	static const enum ibv_wr_opcode ops[] = {
		IBV_WR_SEND, WRITE, READ, IBV_WR_RDMA_WRITE_WITH_IMM,
	};
	struct side *a = &p->side[0], *b = &p->side[1];
	struct ibv_send_wr wr = { .send_flags = IBV_SEND_SIGNALED }, *bad;
	struct ibv_wc wc;
	unsigned int i;

	p->cfg.access = PAIR_ACCESS & ~IBV_ACCESS_LOCAL_WRITE;
	pair_connect(p);
	post_recv(p, 1, false);
	post_recv(p, 1, false);
	for (i = 0; i < 4; i++) {
		wr.opcode = ops[i];
		wr.wr_id = i;
		check(!ibv_post_send(a->qp, &wr, &bad));
		expect_cq(a->scq, i, IBV_WC_SUCCESS);
	}
	wc = wait_cq(b->rcq);
	check(!wc.status && !wc.byte_len && wc.opcode == IBV_WC_RECV);
	wc = wait_cq(b->rcq);
	check(!wc.status && !wc.byte_len &&
	      wc.opcode == IBV_WC_RECV_RDMA_WITH_IMM);
	pair_disconnect(p);
	done("messages without bytes arrive");
}

/* Messages that are too long, and reads where they are not allowed. */
static void limits(struct pair *p)
{
	struct side *a = &p->side[0];
	struct ibv_sge sge[2] = {
		{ (uintptr_t)a->buf, 0x7fffffff, a->mr->lkey },
		{ (uintptr_t)a->buf, 2, a->mr->lkey },
	};
	struct ibv_send_wr wr = {
		.sg_list = sge,
		.num_sge = 2,
		.opcode = WRITE,
		.send_flags = IBV_SEND_SIGNALED,
	}, *bad;
	struct fault f = {
		.opcode = READ,
		.length = 8,
	};
	uint8_t rd_atomic = p->cfg.rd_atomic;
	struct ibv_port_attr port;
	unsigned int i;

	pair_connect(p);
	check(!ibv_query_port(a->ctx, 1, &port) &&
	      port.max_msg_sz == 1U << 31);
	for (i = 0; i < 6; i++) {
		static const enum ibv_wr_opcode ops[] = {
			WRITE, READ, IBV_WR_SEND,
		};

		/* With two SGEs, and with one. */
		sge[0].length = i < 3 ? 0x7fffffff : 0x80000001;
		wr.num_sge = i < 3 ? 2 : 1;
		wr.opcode = ops[i % 3];
		check(!ibv_post_send(a->qp, &wr, &bad));
		expect_cq(a->scq, 0, IBV_WC_LOC_LEN_ERR);
		pair_disconnect(p);
		pair_connect(p);
	}
	pair_disconnect(p);
	done("messages that are too long fail");

	p->cfg.rd_atomic = 0;
	pair_connect(p);
	post(p, &f, 1);
	expect_cq(a->scq, 1, IBV_WC_LOC_QP_OP_ERR);
	pair_disconnect(p);
	p->cfg.rd_atomic = rd_atomic;
	done("a read without resources for reads fails");
}

/* The peer goes away in the middle of a message. */
static void mid_stream(struct pair *p)
{
	static const struct fault good = { .opcode = WRITE, .length = 30000 };
	struct side *a = &p->side[0], *b = &p->side[1];
	unsigned int i, failed = 0;
	struct ibv_wc wc;

	pair_connect(p);
	for (i = 0; i < 20; i++)
		post(p, &good, i);
	check(!ibv_destroy_qp(b->qp));
	b->qp = NULL;
	for (; i < 30; i++)
		post(p, &good, i);
	for (i = 0; i < 30; i++) {
		wc = wait_cq(a->scq);
		check(wc.wr_id == i);
		if (wc.status == IBV_WC_SUCCESS)
			check(!failed);
		else
			check(wc.status == (failed++ ? IBV_WC_WR_FLUSH_ERR :
					    IBV_WC_RETRY_EXC_ERR));
	}
	check(failed >= 10);
	check(qp_state(a->qp) == IBV_QPS_ERR);
	pair_disconnect(p);
	done("the peer is destroyed in the middle of a message");

	/* The peer's memory region goes away. */
	p->cfg.access = PAIR_ACCESS & ~IBV_ACCESS_LOCAL_WRITE;
	pair_connect(p);
	for (i = 0; i < 20; i++)
		post(p, &good, i);
	check(!ibv_dereg_mr(b->mr));
	for (; i < 30; i++)
		post(p, &good, i);
	for (i = 0, failed = 0; i < 30; i++) {
		wc = wait_cq(a->scq);
		check(wc.wr_id == i);
		if (wc.status == IBV_WC_SUCCESS)
			check(!failed);
		else
			check(wc.status == (failed++ ? IBV_WC_WR_FLUSH_ERR :
					    IBV_WC_REM_ACCESS_ERR));
	}
	check(failed >= 10);
	check(next_event(b, true) == IBV_EVENT_QP_ACCESS_ERR);
	pair_disconnect(p);
	b->mr = ibv_reg_mr(b->pd, b->buf, b->size, PAIR_ACCESS);
	check(b->mr);
	done("the peer's memory goes in the middle of a message");
}

/* A sender without acknowledges gets no errors of the peer. */
static void unreliable(struct pair *p)
{
	struct fault f = {
		.opcode = WRITE, .length = 3000, .rkey = BAD_KEY,
	};
	struct side *a = &p->side[0], *b = &p->side[1];
	uint64_t before = device_counter(b->name, "resp_remote_access_errors");
	struct ibv_wc wc;
	unsigned int i;

	p->cfg.type = IBV_QPT_UC;
	pair_connect(p);
	post(p, &f, 1);
	expect_cq(a->scq, 1, IBV_WC_SUCCESS);
	f.rkey = GOOD;
	f.opcode = IBV_WR_SEND;
	post(p, &f, 2);		/* no receive is posted */
	expect_cq(a->scq, 2, IBV_WC_SUCCESS);
	check(device_counter(b->name, "resp_remote_access_errors") - before == 1);
	check(qp_state(b->qp) == IBV_QPS_RTS);
	post_recv(p, 3000, false);
	post(p, &f, 3);
	expect_cq(a->scq, 3, IBV_WC_SUCCESS);
	expect_cq(b->rcq, 7, IBV_WC_SUCCESS);

	/*
	 * A message that is too long is dropped, and the next one gets its
	 * receive.
	 */
	before = device_counter(b->name, "rx_error");
	post_recv(p, 2999, false);
	for (i = 4; i < 6; i++) {
		post(p, &f, i);
		expect_cq(a->scq, i, IBV_WC_SUCCESS);
	}
	check(device_counter(b->name, "rx_error") - before == 2);
	check(!ibv_poll_cq(b->rcq, 1, &wc));
	f.length = 2999;
	post(p, &f, 6);
	expect_cq(a->scq, 6, IBV_WC_SUCCESS);
	wc = wait_cq(b->rcq);
	check(wc.status == IBV_WC_SUCCESS && wc.byte_len == 2999);
	check(qp_state(b->qp) == IBV_QPS_RTS && qp_state(a->qp) == IBV_QPS_RTS);

	/* Invalid memory of a receive is an error of the receiver. */
	post_recv(p, 3000, true);
	post(p, &f, 7);
	expect_cq(a->scq, 7, IBV_WC_SUCCESS);
	expect_cq(b->rcq, 7, IBV_WC_LOC_PROT_ERR);
	check(qp_state(b->qp) == IBV_QPS_ERR && qp_state(a->qp) == IBV_QPS_RTS);
	pair_disconnect(p);
	p->cfg.type = IBV_QPT_RC;
	done("UC queue pairs report no errors of the peer");
}

void faults(const struct config *cfg)
{
	const struct fault *f;
	struct pair p;

	pair_open(&p, cfg, SIZE);
	/* QP numbers of the two devices do not follow from each other. */
	check(p.side[0].qp->qp_num != p.side[1].qp->qp_num);
	pair_disconnect(&p);
	keys_open(&p);
	for (f = all_faults; f < all_faults +
	     sizeof(all_faults) / sizeof(all_faults[0]); f++)
		fault(&p, f);
	p.cfg.access = PAIR_ACCESS & ~IBV_ACCESS_LOCAL_WRITE;
	nothing(&p);
	limits(&p);
	mid_stream(&p);
	unreliable(&p);
	keys_close();
	pair_close(&p);
}
