// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of trains at their receiver. A train has the effect of its packets: each
 * case has two queue pairs, of which one gets a train, and the other one packet
 * after the other. Memory, state, answers, completions and counters are the same
 * then.
 */
#include "kunit.h"

#include "roce/train_rx.c"

#define TRAIN_N		6
#define TRAIN_AT	(WORLD_IOVA + 100)
#define TRAIN_LEN	((TRAIN_N + 2) * WORLD_MTU)	/* of a message */

/**
 * struct train_rx - a queue pair that receives
 * @w: its world
 * @roce: its RoCEv2 part
 * @frame: frame of a received packet or train
 * @data: extended headers, and payload at WORLD_HDR
 */
struct train_rx {
	struct mfraw_world	*w;
	struct mfraw_roce	*roce;
	struct mf_frame		frame;
	u8			data[WORLD_HDR + TRAIN_LEN];
};

/**
 * struct train_misfit - a reason not to execute a train at once
 * @name: the reason
 * @spoil: makes it true, once the first packet was received
 */
struct train_misfit {
	const char	*name;
	void		(*spoil)(struct train_rx *r);
};

static void train_fits(struct train_rx *r)
{
}

static void train_gap(struct train_rx *r)
{
	r->roce->resp.psn--;
}

static void train_again(struct train_rx *r)
{
	r->roce->resp.psn += TRAIN_N;
}

static void train_partly_again(struct train_rx *r)
{
	r->roce->resp.psn += 2;
}

static void train_no_message(struct train_rx *r)
{
	r->roce->resp.in_msg = 0;
}

static void train_other_message(struct train_rx *r)
{
	r->roce->resp.in_msg ^= MFRAW_PKT_SEND | MFRAW_PKT_WRITE;
}

static void train_other_mtu(struct train_rx *r)
{
	r->roce->mtu *= 2;
}

static void train_not_ready(struct train_rx *r)
{
	r->w->qp.rq.state = IB_WQS_ERR;
}

static void train_new(struct train_rx *r)
{
	r->roce->comm_est = false;
}

/* A receive waits, but a packet in the middle names no key. */
static void train_parked(struct train_rx *r)
{
	r->roce->resp.park_head = 1;
	r->roce->resp.parked[0].waits = true;
	r->roce->resp.parked[0].until = 0x800000;
}

static void train_short_entry(struct train_rx *r)
{
	r->roce->resp.rwqe.length = 4 * WORLD_MTU + 7;
}

static void train_short_list(struct train_rx *r)
{
	r->roce->resp.rwqe.num_sge = 1;
}

static void train_bad_piece(struct train_rx *r)
{
	r->roce->resp.rwqe.sge[1].lkey = cpu_to_le32(WORLD_LKEY + 1);
}

static void train_no_entry(struct train_rx *r)
{
	r->roce->resp.have_rwqe = false;
}

static void train_short_write(struct train_rx *r)
{
	r->roce->resp.left = 3 * WORLD_MTU + 1;
}

static void train_past_region(struct train_rx *r)
{
	r->w->mr.length = 100 + 4 * WORLD_MTU + 9;
}

static void train_bad_key(struct train_rx *r)
{
	r->w->mr.key = 0;
}

static void train_no_right(struct train_rx *r)
{
	r->w->mr.access &= ~IB_ACCESS_REMOTE_WRITE;
}

static const struct train_misfit train_misfits[] = {
	{ "fits", train_fits },
	{ "a packet is missing", train_gap },
	{ "all executed", train_again },
	{ "some executed", train_partly_again },
	{ "no message", train_no_message },
	{ "another message", train_other_message },
	{ "another MTU", train_other_mtu },
	{ "not ready", train_not_ready },
	{ "no packet before", train_new },
	{ "parked", train_parked },
}, train_send_misfits[] = {
	{ "short entry", train_short_entry },
	{ "short list", train_short_list },
	{ "bad piece", train_bad_piece },
	{ "no entry", train_no_entry },
}, train_write_misfits[] = {
	{ "short write", train_short_write },
	{ "past the region", train_past_region },
	{ "bad key", train_bad_key },
	{ "no right", train_no_right },
};

/* Describe a packet or train of @n packets that begins @skip packets on. */
static void train_pkt(struct train_rx *r, struct mfraw_pkt *pkt, u8 op, u32 n,
		      u32 skip)
{
	*pkt = (struct mfraw_pkt) {
		.frame = &r->frame,
		.opcode = op,
		.info = mfraw_roce_ops[op],
		.off = WORLD_HDR + skip * WORLD_MTU,
		.len = WORLD_MTU,
		.n = n,
		.psn = mfraw_psn_add(0xffffff, skip),
		.ext = r->data,
	};
	r->frame = (struct mf_frame) {
		.hdr = r->data,
		.hdr_len = sizeof(r->data),
		.len = sizeof(r->data),
	};
}

static void train_request(struct train_rx *r, const struct mfraw_pkt *pkt)
{
	local_bh_disable();
	rcu_read_lock();
	mfraw_resp_begin(r->roce);
	if (pkt->n > 1)
		mfraw_train_rx(r->roce, pkt);
	else
		mfraw_resp_rx(r->roce, pkt);
	mfraw_resp_end(r->roce, NULL);
	rcu_read_unlock();
	local_bh_enable();
}

/* Receive a message whose packets in the middle are a train, or not. */
static struct train_rx *train_message(struct kunit *test,
				      enum ib_qp_type type, bool write,
				      const struct train_misfit *misfit,
				      bool train)
{
	struct train_rx *r = mf_test_alloc(test, sizeof(*r));
	u8 first = write ? IB_OPCODE_RDMA_WRITE_FIRST : IB_OPCODE_SEND_FIRST;
	struct mfraw_reth *reth = (struct mfraw_reth *)r->data;
	struct mfraw_sge *sge;
	struct mfraw_pkt pkt;
	u32 i;

	r->w = mfraw_world(test);
	r->roce = mfraw_world_roce(test, r->w, type);
	r->roce->resp.psn = 0xffffff;
	for (i = WORLD_HDR; i < sizeof(r->data); i++)
		r->data[i] = i * 7 + i / 256;
	reth->addr = cpu_to_be64(TRAIN_AT);
	reth->rkey = cpu_to_be32(WORLD_LKEY);
	reth->length = cpu_to_be32(TRAIN_LEN);
	mfraw_world_recv(r->w, TRAIN_AT, 3 * WORLD_MTU + 5);
	sge = r->w->rq_ring[0];
	mfraw_world_sge(&sge[1], TRAIN_AT + 3 * WORLD_MTU + 5, TRAIN_LEN,
			WORLD_LKEY);

	train_pkt(r, &pkt, first, 1, 0);
	train_request(r, &pkt);
	misfit->spoil(r);
	if (train) {
		train_pkt(r, &pkt, first + 1, TRAIN_N, 1);
		pkt.ack_req = type == IB_QPT_RC;
		train_request(r, &pkt);
	} else {
		for (i = 1; i <= TRAIN_N; i++) {
			train_pkt(r, &pkt, first + 1, 1, i);
			pkt.ack_req = type == IB_QPT_RC && i == TRAIN_N;
			train_request(r, &pkt);
		}
	}

	return r;
}

/* Compare what two worlds have in common. */
static void train_same_world(struct kunit *test, struct mfraw_world *a,
			     struct mfraw_world *b, const char *name)
{
	struct mfraw_cqe x, y;
	enum mfraw_stat stat;
	bool more;

	KUNIT_EXPECT_EQ_MSG(test, a->qp.state, b->qp.state, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->events, b->events, "%s", name);
	/* To schedule the task again has no effect. */
	KUNIT_EXPECT_EQ_MSG(test, !a->kicks, !b->kicks, "%s", name);
	KUNIT_EXPECT_FALSE_MSG(test, memcmp(a->mem, b->mem,
					    WORLD_PAGES * PAGE_SIZE),
			       "%s", name);
	for (stat = 0; stat < MFRAW_NUM_STATS; stat++)
		KUNIT_EXPECT_EQ_MSG(test, mfraw_world_count(a, stat),
				    mfraw_world_count(b, stat),
				    "%s: counter %d", name, stat);
	do {
		more = mfraw_world_poll(a, &x);
		KUNIT_ASSERT_EQ_MSG(test, more, mfraw_world_poll(b, &y), "%s",
				    name);
		if (more)
			KUNIT_EXPECT_MEMEQ_MSG(test, &x, &y, sizeof(x), "%s",
					       name);
	} while (more);
}

static void train_same_resp(struct kunit *test, struct train_rx *r,
			    struct train_rx *s, const char *name)
{
	struct mfraw_responder *a = &r->roce->resp, *b = &s->roce->resp;

	KUNIT_EXPECT_EQ_MSG(test, a->psn, b->psn, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->msn, b->msn, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->in_msg, b->in_msg, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->nak_sent, b->nak_sent, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->have_rwqe, b->have_rwqe, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->addr, b->addr, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->left, b->left, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->off, b->off, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->ack, b->ack, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->ack_syndrome, b->ack_syndrome, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->ack_psn, b->ack_psn, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, a->ack_msn, b->ack_msn, "%s", name);
	KUNIT_EXPECT_EQ_MSG(test, r->roce->comm_est, s->roce->comm_est, "%s",
			    name);
	train_same_world(test, r->w, s->w, name);
}

static void train_compare(struct kunit *test, enum ib_qp_type type, bool write,
			  const struct train_misfit *misfits, unsigned int n)
{
	for (; n; n--, misfits++) {
		struct train_rx *one = train_message(test, type, write, misfits,
						     false);
		struct train_rx *r = train_message(test, type, write, misfits,
						   true);

		train_same_resp(test, r, one, misfits->name);
	}
}

static void train_misfit_requests(struct kunit *test)
{
	static const enum ib_qp_type types[] = { IB_QPT_RC, IB_QPT_UC };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		train_compare(test, types[i], false, train_misfits,
			      ARRAY_SIZE(train_misfits));
		train_compare(test, types[i], true, train_misfits,
			      ARRAY_SIZE(train_misfits));
		train_compare(test, types[i], false, train_send_misfits,
			      ARRAY_SIZE(train_send_misfits));
		train_compare(test, types[i], true, train_write_misfits,
			      ARRAY_SIZE(train_write_misfits));
	}
}

/* Without a misfit, a train is executed at once, and is answered by one ack. */
static void train_at_once(struct kunit *test)
{
	static const struct train_misfit fits = { "fits", train_fits };
	struct mfraw_pkt pkt;
	struct train_rx *r;
	unsigned int i;
	u32 b;

	for (i = 0; i < 2; i++) {
		u8 op = i ? IB_OPCODE_RDMA_WRITE_MIDDLE : IB_OPCODE_SEND_MIDDLE;

		r = train_message(test, IB_QPT_RC, i, &fits, true);
		KUNIT_EXPECT_EQ(test, r->roce->resp.psn, TRAIN_N);
		KUNIT_EXPECT_TRUE(test, r->roce->resp.ack);
		KUNIT_EXPECT_EQ(test, r->roce->resp.ack_psn, TRAIN_N - 1);
		for (b = 0; b < (TRAIN_N + 1) * WORLD_MTU; b++)
			KUNIT_ASSERT_EQ(test, *mfraw_world_at(r->w, TRAIN_AT + b),
					r->data[WORLD_HDR + b]);
		KUNIT_EXPECT_EQ(test, *mfraw_world_at(r->w, TRAIN_AT + b), 0);
		/* Another one is too long for the message, by less than a packet. */
		r->roce->resp.rwqe.length = TRAIN_LEN - 1;
		r->roce->resp.left = TRAIN_LEN - (TRAIN_N + 1) * WORLD_MTU - 1;
		train_pkt(r, &pkt, op, 1, 1);
		pkt.psn = TRAIN_N;
		KUNIT_EXPECT_FALSE(test, mfraw_train_request(r->roce, &pkt));
		r->roce->resp.rwqe.length++;
		r->roce->resp.left++;
		KUNIT_EXPECT_TRUE(test, mfraw_train_request(r->roce, &pkt));
	}
}

/* A read whose response comes, and the reasons for that it does not fit. */
static void train_read_gap(struct train_rx *r)
{
	r->roce->comp.psn--;
}

static void train_read_again(struct train_rx *r)
{
	r->roce->comp.psn += 2;
}

static void train_read_short(struct train_rx *r)
{
	struct mfraw_swqe *wqe = mfraw_swqe(r->roce, 0);

	wqe->last_psn = 3;
	wqe->length = 4 * WORLD_MTU;
}

static void train_read_last(struct train_rx *r)
{
	mfraw_swqe(r->roce, 0)->last_psn = TRAIN_N - 1;
}

static void train_read_unsent(struct train_rx *r)
{
	r->roce->comp.end_psn = 3;
}

static void train_read_atomic(struct train_rx *r)
{
	mfraw_swqe(r->roce, 0)->opcode = MFRAW_OP_ATOMIC_FETCH_ADD;
}

static void train_read_none(struct train_rx *r)
{
	mfraw_swqe(r->roce, 0)->opcode = MFRAW_OP_SEND;
}

static void train_read_done(struct train_rx *r)
{
	mfraw_swqe(r->roce, 0)->done = true;
}

static void train_read_window(struct train_rx *r)
{
	r->roce->comp.window = 8;
	r->roce->comp.window_acked = 5;
}

static void train_read_bad_piece(struct train_rx *r)
{
	mfraw_swqe(r->roce, 0)->sge[1].lkey = cpu_to_le32(WORLD_LKEY + 1);
}

static void train_read_dead(struct train_rx *r)
{
	r->w->qp.state = IB_QPS_ERR;
}

static void train_read_drains(struct train_rx *r)
{
	r->w->qp.state = IB_QPS_SQD;
}

static void train_read_recovers(struct train_rx *r)
{
	r->roce->comp.recovering = true;
	r->roce->comp.retry_left = 1;
	r->roce->comp.blocked = true;
}

static const struct train_misfit train_read_misfits[] = {
	{ "fits", train_fits },
	{ "recovers", train_read_recovers },
	{ "a packet is missing", train_read_gap },
	{ "some arrived", train_read_again },
	{ "short read", train_read_short },
	{ "ends the read", train_read_last },
	{ "partly not sent", train_read_unsent },
	{ "an atomic", train_read_atomic },
	{ "no read", train_read_none },
	{ "read is done", train_read_done },
	{ "small window", train_read_window },
	{ "another MTU", train_other_mtu },
	{ "bad piece", train_read_bad_piece },
	{ "dead", train_read_dead },
	{ "drains", train_read_drains },
};

static struct train_rx *train_reader(struct kunit *test,
				     const struct train_misfit *misfit)
{
	struct train_rx *r = mf_test_alloc(test, sizeof(*r));
	struct mfraw_swqe *wqe;
	u32 i;

	r->w = mfraw_world(test);
	r->roce = mfraw_world_roce(test, r->w, IB_QPT_RC);
	for (i = WORLD_HDR; i < sizeof(r->data); i++)
		r->data[i] = i * 5 + i / 256;
	wqe = mfraw_swqe(r->roce, 0);
	wqe->opcode = MFRAW_OP_RDMA_READ;
	wqe->flags = MFRAW_SEND_SIGNALED;
	wqe->length = TRAIN_LEN;
	wqe->num_sge = 2;
	mfraw_world_sge(&wqe->sge[0], TRAIN_AT, 3 * WORLD_MTU + 5, WORLD_LKEY);
	mfraw_world_sge(&wqe->sge[1], TRAIN_AT + 3 * WORLD_MTU + 5,
			TRAIN_LEN - 3 * WORLD_MTU - 5, WORLD_LKEY);
	wqe->first_psn = 0xffffff;
	wqe->last_psn = TRAIN_N;
	r->roce->comp.psn = 0;	/* the first packet is there */
	r->roce->comp.end_psn = TRAIN_N + 1;
	r->roce->comp.end_idx = 1;
	r->roce->req.fetch = 1;
	r->roce->req.idx = 1;
	r->roce->req.psn = TRAIN_N + 1;
	misfit->spoil(r);

	return r;
}

static void train_response(struct train_rx *r, u32 n, u32 skip)
{
	struct mfraw_pkt pkt;

	train_pkt(r, &pkt, IB_OPCODE_RDMA_READ_RESPONSE_MIDDLE, n, skip);
	local_bh_disable();
	rcu_read_lock();
	mfraw_comp_begin(r->roce);
	if (n > 1)
		mfraw_train_rx(r->roce, &pkt);
	else
		mfraw_comp_rx(r->roce, &pkt);
	mfraw_comp_end(r->roce);
	rcu_read_unlock();
	local_bh_enable();
}

static void train_misfit_responses(struct kunit *test)
{
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(train_read_misfits); i++) {
		const struct train_misfit *misfit = &train_read_misfits[i];
		struct train_rx *one = train_reader(test, misfit);
		struct train_rx *r = train_reader(test, misfit);
		struct mfraw_completer *a, *b;

		train_response(r, TRAIN_N, 1);
		for (k = 1; k <= TRAIN_N; k++)
			train_response(one, 1, k);
		a = &r->roce->comp;
		b = &one->roce->comp;
		KUNIT_EXPECT_EQ_MSG(test, a->psn, b->psn, "%s", misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->rd_done, b->rd_done, "%s",
				    misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->window, b->window, "%s",
				    misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->window_acked, b->window_acked,
				    "%s", misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->retry_left, b->retry_left, "%s",
				    misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->retry, b->retry, "%s",
				    misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->recovering, b->recovering, "%s",
				    misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, a->blocked, b->blocked, "%s",
				    misfit->name);
		KUNIT_EXPECT_EQ_MSG(test, r->w->qp.sq.cons, one->w->qp.sq.cons,
				    "%s", misfit->name);
		train_same_world(test, r->w, one->w, misfit->name);
		if (!i)
			KUNIT_EXPECT_EQ(test, a->psn, TRAIN_N);
	}
}

static struct kunit_case train_rx_cases[] = {
	KUNIT_CASE(train_at_once),
	KUNIT_CASE(train_misfit_requests),
	KUNIT_CASE(train_misfit_responses),
	{}
};

struct kunit_suite mfraw_train_rx_suite = {
	.name = "mfraw_train_rx",
	.test_cases = train_rx_cases,
};
