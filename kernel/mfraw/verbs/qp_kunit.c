// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the sizes, indices and flush of work queues, and of the states of
 * QPs.
 */
#include "kunit.h"

#include "verbs/qp.c"
#include "verbs/qp_check.c"
#include "verbs/qp_state.c"
#include "queue/queue.c"
#include "queue/raw_qp.c"

static void qp_queue_size(struct kunit *test)
{
	static const u32 want[][2] = {
		{ 1, 1 }, { 2, 2 }, { 3, 4 }, { 4, 4 }, { 5, 8 },
		{ 1000, 1024 }, { MFRAW_MAX_WR - 1, MFRAW_MAX_WR },
		{ MFRAW_MAX_WR, MFRAW_MAX_WR },
	};
	struct mfraw_queue q;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		memset(&q, 0, sizeof(q));
		mfraw_queue_init(&q, want[i][0], 3, 7);
		KUNIT_EXPECT_EQ(test, q.entries, want[i][1]);
		KUNIT_EXPECT_EQ(test, q.max_sge, 3);
		KUNIT_EXPECT_EQ(test, q.shift, 7);
	}
	/* A queue of 0 entries has no SGEs. */
	memset(&q, 0, sizeof(q));
	mfraw_queue_init(&q, 0, 3, 7);
	KUNIT_EXPECT_EQ(test, q.entries, 0);
	KUNIT_EXPECT_EQ(test, q.max_sge, 0);
}

/*
 * A send entry has room for the actual capabilities of the QP. These are not
 * less than requested (IBTA 11.2.4.1), and not more than the device's maximum.
 */
static void qp_entry(struct kunit *test, struct mfraw_qp *qp, u32 sge,
		     u32 inline_data, u32 tso_hdr, bool roce)
{
	u32 head = sizeof(struct mfraw_send_wqe) +
		   roce * sizeof(struct mfraw_roce_seg);
	struct ib_qp_cap cap = {
		.max_send_wr = 10,
		.max_send_sge = sge,
		.max_inline_data = inline_data,
	};

	memset(&qp->sq, 0, sizeof(qp->sq));
	qp->max_tso_hdr = tso_hdr;
	qp->ops = roce ? &mfraw_roce_qp_ops : &mfraw_raw_qp_ops;
	mfraw_qp_size(qp, &cap);
	KUNIT_ASSERT_GE(test, cap.max_send_wr, 10);
	KUNIT_ASSERT_GE(test, cap.max_send_sge, sge);
	KUNIT_ASSERT_LE(test, cap.max_send_sge, MFRAW_MAX_SGE);
	KUNIT_ASSERT_GE(test, cap.max_inline_data, inline_data);
	KUNIT_ASSERT_LE(test, cap.max_inline_data, MFRAW_MAX_INLINE);
	KUNIT_ASSERT_GE(test, BIT(qp->sq.shift), head + cap.max_inline_data);
	KUNIT_ASSERT_GE(test, BIT(qp->sq.shift),
			head + ALIGN(tso_hdr, MFRAW_TSO_HDR_ALIGN) +
			cap.max_send_sge * sizeof(struct mfraw_sge));
}

static void qp_entry_size(struct kunit *test)
{
	static const u32 inlines[] = { 0, 1, 16, 63, 100, 220, 240 };
	static const u32 tsos[] = { 0, 54, 66, 192 };
	struct mfraw_qp *qp = mf_test_alloc(test, sizeof(*qp));
	unsigned int sge, i, j;

	for (sge = 1; sge <= MFRAW_MAX_SGE; sge++) {
		for (i = 0; i < ARRAY_SIZE(inlines); i++) {
			qp_entry(test, qp, sge, inlines[i], 0, true);
			for (j = 0; j < ARRAY_SIZE(tsos); j++)
				qp_entry(test, qp, sge, inlines[i], tsos[j],
					 false);
		}
	}
}

/* Without a send queue, all its capabilities are 0. */
static void qp_no_send_queue(struct kunit *test)
{
	struct mfraw_qp *qp = mf_test_alloc(test, sizeof(*qp));
	struct ib_qp_cap cap = { .max_send_sge = 4, .max_inline_data = 100 };

	qp->ops = &mfraw_raw_qp_ops;
	mfraw_qp_size(qp, &cap);
	KUNIT_EXPECT_EQ(test, cap.max_send_wr, 0);
	KUNIT_EXPECT_EQ(test, cap.max_send_sge, 0);
	KUNIT_EXPECT_EQ(test, cap.max_inline_data, 0);
}

static void qp_flush_queue(struct mfraw_queue *q)
{
	spin_lock_bh(&q->lock);
	mfraw_queue_flush(q, WORLD_QPN, MFRAW_CQE_SEND);
	spin_unlock_bh(&q->lock);
}

static void qp_flush_one(struct kunit *test, u32 cons, u32 posted)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_queue *q = &w->qp.sq;
	struct mfraw_cqe cqe;
	u32 i;

	q->cons = cons;
	w->db.sq_prod = cpu_to_le32(cons + posted);
	qp_flush_queue(q);
	if (posted > WORLD_ENTRIES)
		posted = 0;
	for (i = 0; i < posted; i++) {
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.wqe_idx), cons + i);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.qpn), WORLD_QPN);
		KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_WR_FLUSH_ERR);
		KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_SEND);
	}
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, q->cons, cons + posted);
	/* A second flush adds no completions. */
	if (posted)
		qp_flush_queue(q);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
}

/* Each posted request is flushed once, in order (IBTA 10.3.1.7). */
static void qp_flush(struct kunit *test)
{
	qp_flush_one(test, 0, 0);
	qp_flush_one(test, 3, 1);
	qp_flush_one(test, 0xfffffffe, 5);
	qp_flush_one(test, 0xfffffff0, WORLD_ENTRIES);
}

/* A flush with an invalid producer index completes no request. */
static void qp_flush_hostile(struct kunit *test)
{
	qp_flush_one(test, 0, WORLD_ENTRIES + 1);
	qp_flush_one(test, 100, -1);
	qp_flush_one(test, 0xffffffff, 0x80000000);
}

/*
 * QP numbers come from a range and are reused as late as possible. Allocation
 * fails when all are used.
 */
static void qp_numbers(struct kunit *test)
{
	struct mfraw_dev *dev = mf_test_alloc(test, sizeof(*dev));
	int first, qpn, last = 0;
	unsigned int i;

	mfraw_qpn_init(dev);
	KUNIT_EXPECT_GE(test, dev->qpn_first, MFRAW_FIRST_QPN);
	KUNIT_EXPECT_LE(test, dev->qpn_first + MFRAW_MAX_QP - 1,
			MFRAW_LAST_QPN);
	first = mfraw_qpn_alloc(dev);
	KUNIT_ASSERT_EQ(test, first, dev->qpn_first);
	ida_free(&dev->qpns, first);
	/* The first number is free, but all others come before it. */
	for (i = 1; i < MFRAW_MAX_QP; i++) {
		qpn = mfraw_qpn_alloc(dev);
		if (qpn != first + i)
			break;
		last = qpn;
	}
	KUNIT_EXPECT_EQ(test, last, first + MFRAW_MAX_QP - 1);
	KUNIT_EXPECT_EQ(test, mfraw_qpn_alloc(dev), first);
	KUNIT_EXPECT_EQ(test, mfraw_qpn_alloc(dev), -ENOMEM);
	ida_free(&dev->qpns, first + 7);
	KUNIT_EXPECT_EQ(test, mfraw_qpn_alloc(dev), first + 7);
	ida_destroy(&dev->qpns);
}

static int qp_check(const struct ib_qp_init_attr *init, bool kernel)
{
	static struct mfraw_dev dev = { .roce = &mfraw_roce_qp_ops };

	return mfraw_qp_check_init(&dev.ibdev, init, kernel);
}

/* The limits of ibv_query_device() are accepted, and one more is refused. */
static void qp_limits(struct kunit *test)
{
	struct ib_qp_init_attr init = {
		.qp_type = IB_QPT_RC,
		.cap = {
			.max_send_wr = MFRAW_MAX_WR,
			.max_recv_wr = MFRAW_MAX_WR,
			.max_send_sge = MFRAW_MAX_SGE,
			.max_recv_sge = MFRAW_MAX_SGE,
			.max_inline_data = MFRAW_MAX_INLINE,
		},
	};
	u32 *caps[] = { &init.cap.max_send_wr, &init.cap.max_recv_wr,
			&init.cap.max_send_sge, &init.cap.max_recv_sge,
			&init.cap.max_inline_data };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, qp_check(&init, false), 0);
	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		++*caps[i];
		KUNIT_EXPECT_EQ(test, qp_check(&init, false), -EINVAL);
		--*caps[i];
	}
}

/* An unsupported type fails with EOPNOTSUPP, by which test suites skip. */
static void qp_types(struct kunit *test)
{
	static const struct {
		enum ib_qp_type type;
		int user, kernel;
	} types[] = {
		{ IB_QPT_RAW_PACKET, 0, -EOPNOTSUPP },
		{ IB_QPT_RC, 0, 0 },
		{ IB_QPT_UC, 0, 0 },
		{ IB_QPT_UD, 0, 0 },
		{ IB_QPT_GSI, -EOPNOTSUPP, 0 },
		{ IB_QPT_SMI, -EOPNOTSUPP, -EOPNOTSUPP },
		{ IB_QPT_XRC_INI, 0, -EOPNOTSUPP },
		{ IB_QPT_XRC_TGT, -EOPNOTSUPP, -EOPNOTSUPP },	/* no domain */
		{ IB_QPT_DRIVER, -EOPNOTSUPP, -EOPNOTSUPP },
	};
	struct ib_qp_init_attr init = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		init.qp_type = types[i].type;
		KUNIT_EXPECT_EQ_MSG(test, qp_check(&init, false),
				    types[i].user, "type %d", types[i].type);
		KUNIT_EXPECT_EQ_MSG(test, qp_check(&init, true),
				    types[i].kernel, "type %d", types[i].type);
	}
}

/* A fatal error raises one event, an error with a completion raises none. */
static void qp_fatal_once(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_qp_fail(&w->qp);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, w->qp.rq.state, IB_WQS_ERR);
	/* A process that posts must kick, for the flush. */
	KUNIT_EXPECT_NE(test, le32_to_cpu(w->db.sq_wakeup), 0);
	KUNIT_EXPECT_NE(test, le32_to_cpu(w->db.rq_wakeup), 0);
	KUNIT_EXPECT_EQ(test, w->events, 0);
	mfraw_qp_fatal(&w->qp);
	mfraw_qp_fatal(&w->qp);
	KUNIT_EXPECT_EQ(test, w->events, 1);
	KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_QP_FATAL);
}

/* SQE follows RTS and SQD only; the receive queue goes on (IBTA 10.3.1.6). */
static void qp_sqe(struct kunit *test)
{
	static const enum ib_qp_state from[] = {
		IB_QPS_RESET, IB_QPS_INIT, IB_QPS_RTR, IB_QPS_RTS, IB_QPS_SQD,
		IB_QPS_SQE, IB_QPS_ERR,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		struct mfraw_world *w = mfraw_world(test);
		bool can = from[i] == IB_QPS_RTS || from[i] == IB_QPS_SQD;

		w->qp.state = from[i];
		mfraw_qp_sq_fail(&w->qp);
		KUNIT_EXPECT_EQ(test, w->qp.state, can ? IB_QPS_SQE : from[i]);
		KUNIT_EXPECT_EQ(test, w->qp.rq.state, IB_WQS_RDY);
	}
}

/* RESET discards all posted requests (IBTA 10.3.1.1). */
static void qp_reset(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_qp *qp = &w->qp;

	qp->sq.cons = 5;
	qp->rq.q.cons = 6;
	qp->rq.q.prod = 7;
	qp->tso_done = 8;
	qp->pace.rate = 9;
	w->db.sq_prod = cpu_to_le32(10);
	w->db.rq_prod = cpu_to_le32(11);
	mfraw_qp_fatal(qp);
	mfraw_qp_set_state(qp, IB_QPS_RESET);
	KUNIT_EXPECT_EQ(test, qp->state, IB_QPS_RESET);
	KUNIT_EXPECT_EQ(test, qp->rq.state, IB_WQS_RESET);
	KUNIT_EXPECT_EQ(test, qp->sq.cons, 0);
	KUNIT_EXPECT_EQ(test, qp->rq.q.cons, 0);
	KUNIT_EXPECT_EQ(test, qp->rq.q.prod, 0);
	KUNIT_EXPECT_EQ(test, qp->tso_done, 0);
	KUNIT_EXPECT_EQ(test, qp->pace.rate, 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.sq_prod), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.rq_prod), 0);
	/* After RESET, the next fatal error raises an event again. */
	mfraw_qp_fatal(qp);
	KUNIT_EXPECT_EQ(test, w->events, 2);
}

/* A step fails if an error came first, and the QP stays in ERR. */
static void qp_overtaken(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	w->qp.state = IB_QPS_RTR;
	mfraw_qp_fail(&w->qp);
	KUNIT_EXPECT_EQ(test, mfraw_qp_step(&w->qp, IB_QPS_RTR, IB_QPS_RTS),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, w->qp.rq.state, IB_WQS_ERR);
}

/* A QP receives in RTR, RTS and SQD; in INIT, receives can only be posted. */
static void qp_receives(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_qp *qp = &w->qp;

	mfraw_qp_set_state(qp, IB_QPS_RESET);
	KUNIT_EXPECT_EQ(test, mfraw_qp_step(qp, IB_QPS_RESET, IB_QPS_INIT), 0);
	KUNIT_EXPECT_EQ(test, qp->rq.state, IB_WQS_RESET);
	KUNIT_EXPECT_EQ(test, mfraw_qp_step(qp, IB_QPS_INIT, IB_QPS_RTR), 0);
	KUNIT_EXPECT_EQ(test, qp->rq.state, IB_WQS_RDY);
	KUNIT_EXPECT_EQ(test, mfraw_qp_step(qp, IB_QPS_RTR, IB_QPS_RTS), 0);
	KUNIT_EXPECT_EQ(test, qp->rq.state, IB_WQS_RDY);
	KUNIT_EXPECT_EQ(test, mfraw_qp_step(qp, IB_QPS_RTS, IB_QPS_SQD), 0);
	KUNIT_EXPECT_EQ(test, qp->rq.state, IB_WQS_RDY);
}

static struct kunit_case qp_cases[] = {
	KUNIT_CASE(qp_queue_size),
	KUNIT_CASE(qp_entry_size),
	KUNIT_CASE(qp_no_send_queue),
	KUNIT_CASE(qp_flush),
	KUNIT_CASE(qp_flush_hostile),
	KUNIT_CASE(qp_numbers),
	KUNIT_CASE(qp_limits),
	KUNIT_CASE(qp_types),
	KUNIT_CASE(qp_fatal_once),
	KUNIT_CASE(qp_sqe),
	KUNIT_CASE(qp_reset),
	KUNIT_CASE(qp_overtaken),
	KUNIT_CASE(qp_receives),
	{}
};

struct kunit_suite mfraw_qp_suite = {
	.name = "mfraw_qp",
	.test_cases = qp_cases,
};
