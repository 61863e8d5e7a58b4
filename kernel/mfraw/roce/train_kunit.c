// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of trains at their sender: the packets that are cut from a train are those
 * that leave without trains, byte for byte.
 */
#include "kunit.h"

#include "roce/train.c"

#define TRAIN_MTU	256
#define TRAIN_MOST	(WORLD_LEN / TRAIN_MTU)	/* packets of a message */
#define TRAIN_ROUNDS	300			/* more than any case needs */

/**
 * struct train_case - a message to send
 * @type: type of the queue pair
 * @opcode: opcode of the work request
 * @len: length in bytes
 * @skip: bytes before the message in the region
 * @psn: number of the first packet
 * @window: window, 0 for the default
 * @since_ack: packets sent since the last that asked for an acknowledge
 * @bad: offset in the message where memory begins that is in no region, or 0
 * @frames: frames that leave with trains, or 0 for any number
 */
struct train_case {
	enum ib_qp_type	type;
	u8		opcode;
	u32		len;
	u32		skip;
	u32		psn;
	u32		window;
	u32		since_ack;
	u32		bad;
	unsigned int	frames;
};

static void train_free(void *roce)
{
	mfraw_trains_free(roce);
}

static struct mfraw_world *train_world(struct kunit *test,
				       const struct train_case *c, bool trains)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, c->type);

	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 1);
	roce->mtu = TRAIN_MTU;
	roce->req.psn = c->psn;
	roce->req.next_psn = c->psn;
	roce->req.since_ack = c->since_ack;
	roce->comp.psn = c->psn;
	roce->comp.end_psn = c->psn;
	if (c->window)
		roce->comp.window = c->window;
	if (trains) {
		KUNIT_ASSERT_EQ(test, 0, mfraw_trains_alloc(roce));
		KUNIT_ASSERT_EQ(test, 0,
				kunit_add_action_or_reset(test, train_free,
							  roce));
	}

	return w;
}

static void train_post(struct mfraw_world *w, const struct train_case *c)
{
	struct mfraw_send_wqe *wqe = (struct mfraw_send_wqe *)w->sq_ring;
	struct mfraw_roce_seg *seg = (struct mfraw_roce_seg *)(wqe + 1);
	struct mfraw_sge *sge = (struct mfraw_sge *)(seg + 1);

	wqe->opcode = c->opcode;
	wqe->flags = MFRAW_SEND_SIGNALED | MFRAW_SEND_SOLICITED;
	wqe->num_sge = cpu_to_le16(1);
	mfraw_world_sge(&sge[0], WORLD_IOVA + c->skip, c->len, WORLD_LKEY);
	if (c->bad) {
		wqe->num_sge = cpu_to_le16(2);
		sge[0].length = cpu_to_le32(c->bad);
		mfraw_world_sge(&sge[1], WORLD_IOVA, c->len - c->bad,
				WORLD_LKEY + 1);
	}
	if (c->opcode == MFRAW_OP_RDMA_WRITE ||
	    c->opcode == MFRAW_OP_RDMA_WRITE_WITH_IMM) {
		seg->rdma.addr = cpu_to_le64(0x123456789abc);
		seg->rdma.rkey = cpu_to_le32(0x87654321);
	}
	w->db.sq_prod = cpu_to_le32(1);
}

/* Do a round. The peer acknowledges all that was sent. */
static void train_round(struct mfraw_world *w)
{
	struct mfraw_roce *roce = w->qp.roce;

	spin_lock_bh(&w->qp.sq.lock);
	mfraw_req_burst(&w->qp);
	spin_unlock_bh(&w->qp.sq.lock);
	spin_lock_bh(&w->qp.comp_lock);
	roce->comp.psn = roce->comp.end_psn;
	roce->comp.blocked = false;
	spin_unlock_bh(&w->qp.comp_lock);
}

/* Do rounds until the message is sent, or until it failed. */
static void train_rounds(struct mfraw_world *w)
{
	unsigned int i;

	for (i = 0; i < TRAIN_ROUNDS && w->qp.roce->req.idx != 1; i++)
		train_round(w);
}

/* Count the frames that the port took. */
static unsigned int train_frames(const struct mfraw_world *w)
{
	return UINT_MAX - w->port.takes;
}

static void train_same(struct kunit *test, const struct mfraw_world *a,
		       const struct mfraw_world *b)
{
	unsigned int i;

	KUNIT_ASSERT_EQ(test, a->port.nr_sent, b->port.nr_sent);
	for (i = 0; i < a->port.nr_sent; i++) {
		KUNIT_ASSERT_EQ(test, a->port.sent_len[i],
				b->port.sent_len[i]);
		KUNIT_ASSERT_MEMEQ(test, a->port.sent[i], b->port.sent[i],
				   a->port.sent_len[i]);
	}
}

static const struct train_case train_cases[] = {
	{ IB_QPT_RC, MFRAW_OP_SEND, 60 * TRAIN_MTU, .frames = 3 },
	{ IB_QPT_RC, MFRAW_OP_SEND, TRAIN_MOST * TRAIN_MTU },
	{ IB_QPT_RC, MFRAW_OP_SEND, 3 * TRAIN_MTU, .frames = 3 },
	{ IB_QPT_RC, MFRAW_OP_SEND, 4 * TRAIN_MTU, .frames = 3 },
	{ IB_QPT_RC, MFRAW_OP_SEND, 40 * TRAIN_MTU + 1, 77, .frames = 3 },
	{ IB_QPT_RC, MFRAW_OP_RDMA_WRITE, 64 * TRAIN_MTU, .frames = 3 },
	{ IB_QPT_RC, MFRAW_OP_RDMA_WRITE, 100 * TRAIN_MTU, 1, 0xfffff0 },
	{ IB_QPT_RC, MFRAW_OP_RDMA_WRITE_WITH_IMM, 50 * TRAIN_MTU - 3, 4095 },
	{ IB_QPT_RC, MFRAW_OP_SEND_WITH_IMM, 50 * TRAIN_MTU },
	{ IB_QPT_RC, MFRAW_OP_SEND_WITH_INV, 50 * TRAIN_MTU },
	{ IB_QPT_RC, MFRAW_OP_SEND, 90 * TRAIN_MTU, .since_ack = 40 },
	{ IB_QPT_RC, MFRAW_OP_SEND, 90 * TRAIN_MTU, .since_ack = 62 },
	{ IB_QPT_RC, MFRAW_OP_SEND, 90 * TRAIN_MTU, .since_ack = 64 },
	{ IB_QPT_RC, MFRAW_OP_SEND, 90 * TRAIN_MTU, .window = 8 },
	{ IB_QPT_RC, MFRAW_OP_SEND, 90 * TRAIN_MTU, .window = 23 },
	{ IB_QPT_UC, MFRAW_OP_SEND, 100 * TRAIN_MTU, .psn = 0xffffe0 },
	{ IB_QPT_UC, MFRAW_OP_RDMA_WRITE, 60 * TRAIN_MTU + 5, .frames = 3 },
};

static void train_requests(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(train_cases); i++) {
		const struct train_case *c = &train_cases[i];
		struct mfraw_world *one = train_world(test, c, false);
		struct mfraw_world *w = train_world(test, c, true);

		train_post(one, c);
		train_rounds(one);
		train_post(w, c);
		train_rounds(w);
		KUNIT_EXPECT_EQ(test, one->port.nr_sent,
				DIV_ROUND_UP(c->len, TRAIN_MTU));
		train_same(test, one, w);
		KUNIT_EXPECT_EQ(test, train_frames(one), one->port.nr_sent);
		if (c->frames)
			KUNIT_EXPECT_EQ(test, train_frames(w), c->frames);
		else
			KUNIT_EXPECT_LT(test, train_frames(w),
					one->port.nr_sent / 2);
	}
}

/* The port may take any number of frames, and the others are sent later. */
static void train_port(struct kunit *test)
{
	static const struct train_case c = {
		IB_QPT_RC, MFRAW_OP_SEND, TRAIN_MOST * TRAIN_MTU,
	};
	struct mfraw_world *one = train_world(test, &c, false);
	unsigned int first;

	train_post(one, &c);
	train_rounds(one);
	for (first = 0; first < 5; first++) {
		struct mfraw_world *w = train_world(test, &c, true);

		train_post(w, &c);
		w->port.takes = first;
		train_round(w);
		w->port.takes = UINT_MAX;
		train_rounds(w);
		train_same(test, one, w);
	}
}

/*
 * If a part of the memory can't be read, the packets before it are sent, and the
 * work request fails.
 */
static void train_bad_memory(struct kunit *test)
{
	struct train_case c = {
		IB_QPT_RC, MFRAW_OP_SEND, 40 * TRAIN_MTU,
	};
	struct mfraw_cqe a, b;

	for (c.bad = 1; c.bad < c.len; c.bad += 5 * TRAIN_MTU / 2) {
		struct mfraw_world *one = train_world(test, &c, false);
		struct mfraw_world *w = train_world(test, &c, true);

		train_post(one, &c);
		train_rounds(one);
		train_post(w, &c);
		train_rounds(w);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, c.bad / TRAIN_MTU);
		train_same(test, one, w);
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(one, &a));
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &b));
		KUNIT_EXPECT_EQ(test, a.status, MFRAW_CQE_LOC_PROT_ERR);
		KUNIT_EXPECT_EQ(test, b.status, a.status);
		KUNIT_EXPECT_EQ(test, w->qp.state, one->qp.state);
	}
}

/* Send a message, of which no packet is acknowledged. */
static void train_send_all(struct kunit *test, struct mfraw_world *w)
{
	unsigned int i;

	spin_lock_bh(&w->qp.sq.lock);
	for (i = 0; i < TRAIN_ROUNDS && w->qp.roce->req.idx != 1; i++)
		mfraw_req_burst(&w->qp);
	spin_unlock_bh(&w->qp.sq.lock);
	KUNIT_EXPECT_EQ(test, w->qp.roce->req.idx, 1);
}

/* A retry begins at any packet of a message, and not only where a train began. */
static void train_retry(struct kunit *test)
{
	static const struct train_case c = {
		IB_QPT_RC, MFRAW_OP_RDMA_WRITE, 60 * TRAIN_MTU, .psn = 0xffffe0,
	};
	static const u32 acked[] = { 0, 1, 2, 31, 32, 33, 57, 58, 59 };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(acked); i++) {
		struct mfraw_world *w[2];

		for (k = 0; k < 2; k++) {
			w[k] = train_world(test, &c, k);
			train_post(w[k], &c);
			train_send_all(test, w[k]);
			spin_lock_bh(&w[k]->qp.comp_lock);
			w[k]->qp.roce->comp.psn = mfraw_psn_add(c.psn, acked[i]);
			w[k]->qp.roce->comp.retry = true;
			w[k]->qp.roce->req.idx = 0;
			spin_unlock_bh(&w[k]->qp.comp_lock);
			train_send_all(test, w[k]);
			KUNIT_EXPECT_EQ(test, w[k]->port.nr_sent,
					60 + 60 - acked[i]);
		}
		train_same(test, w[0], w[1]);
		KUNIT_EXPECT_LE(test, train_frames(w[1]), 3 + 3);
	}
}

/* All counters and limits get the frames and bytes of a wire. */
static void train_counts(struct kunit *test)
{
	static const struct train_case c = {
		IB_QPT_RC, MFRAW_OP_RDMA_WRITE, 50 * TRAIN_MTU + 3,
	};
	struct mfraw_world *w = train_world(test, &c, true);
	const struct mf_frame *frames = w->qp.burst->frames;
	u32 bytes = 0, sent = 0, most;
	unsigned int i;

	train_post(w, &c);
	train_round(w);
	KUNIT_ASSERT_EQ(test, w->qp.burst->nr_frames, 3);
	KUNIT_EXPECT_EQ(test, mf_frame_wire_frames(frames, 3), 51);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 51);
	for (i = 0; i < 3; i++)
		bytes += mf_frame_wire_len(&frames[i]);
	for (i = 0; i < w->port.nr_sent; i++)
		sent += w->port.sent_len[i];
	KUNIT_EXPECT_EQ(test, bytes, sent);
	most = w->port.sent_len[1];
	KUNIT_EXPECT_TRUE(test, mf_frame_fits(&frames[1], most));
	KUNIT_EXPECT_FALSE(test, mf_frame_fits(&frames[1], most - 1));
	KUNIT_EXPECT_TRUE(test, mf_frame_must_cut(&frames[0]));
}

/* While packets are limited, each is a frame. */
static void train_limits(struct kunit *test)
{
	static const struct train_case c = {
		IB_QPT_RC, MFRAW_OP_SEND, 20 * TRAIN_MTU,
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct mfraw_world *w = train_world(test, &c, true);

		w->qp.roce->cc.rate = i == 1 ? 1000 : 0;
		w->qp.roce->not_local = i == 2;
		w->port.qb.limited = i == 3;
		train_post(w, &c);
		/* The first round tells that no frame goes to the uplink. */
		train_round(w);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 20);
		KUNIT_EXPECT_EQ(test, train_frames(w), i ? 20 : 3);
	}
}

/* Queue the response to a read of @len bytes. */
static void train_read(struct mfraw_roce *roce, u32 psn, u64 addr, u32 len)
{
	struct mfraw_responder *resp = &roce->resp;

	*mfraw_resp_rd(resp, resp->rd_head++) = (struct mfraw_rd_atomic) {
		.first = true,
		.psn = psn,
		.last_psn = mfraw_psn_add(psn, DIV_ROUND_UP(len, TRAIN_MTU) - 1),
		.addr = addr,
		.left = len,
		.rkey = WORLD_LKEY,
	};
}

static void train_reply(struct mfraw_world *w)
{
	spin_lock_bh(&w->qp.sq.lock);
	mfraw_reply_burst(w->qp.roce);
	spin_unlock_bh(&w->qp.sq.lock);
}

/* Responses to reads, of which the port may take any number of frames. */
static void train_responses(struct kunit *test)
{
	static const struct train_case c = { IB_QPT_RC };
	struct mfraw_world *one = NULL;
	unsigned int first, i;

	for (first = 0; first < 7; first++) {
		/* The first world has no trains. */
		struct mfraw_world *w = train_world(test, &c, one);
		struct mfraw_responder *resp = &w->qp.roce->resp;

		train_read(w->qp.roce, 0xffffe0, WORLD_IOVA, 60 * TRAIN_MTU + 1);
		train_read(w->qp.roce, 0x1d, WORLD_IOVA + 5, TRAIN_MTU);
		train_read(w->qp.roce, 0x1e, WORLD_IOVA + 9, 44 * TRAIN_MTU);
		if (one) {
			w->port.takes = first;
			train_reply(w);
			w->port.takes = UINT_MAX;
		}
		for (i = 0; i < TRAIN_ROUNDS && resp->rd_tail != 3; i++)
			train_reply(w);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 61 + 1 + 44);
		if (!one)
			one = w;
		else if (first == 6)
			KUNIT_EXPECT_LT(test, train_frames(w), 12);
		train_same(test, one, w);
	}
}

/* Memory that is gone ends a response after the packets that have theirs. */
static void train_response_gone(struct kunit *test)
{
	static const struct train_case c = { IB_QPT_RC };
	struct mfraw_world *w[2];
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		w[i] = train_world(test, &c, i);
		train_read(w[i]->qp.roce, 7, WORLD_IOVA, 50 * TRAIN_MTU);
		/* The region ends in a packet in the middle. */
		w[i]->mr.length = 20 * TRAIN_MTU + 9;
		for (k = 0; k < 3; k++)
			train_reply(w[i]);
		KUNIT_EXPECT_EQ(test, w[i]->port.nr_sent, 20 + 1);
		KUNIT_EXPECT_EQ(test, w[i]->qp.state, IB_QPS_ERR);
		KUNIT_EXPECT_EQ(test, mfraw_world_count(w[i], MFRAW_RX_ACCESS),
				1);
	}
	train_same(test, w[0], w[1]);
}

static struct kunit_case train_kunit_cases[] = {
	KUNIT_CASE(train_requests),
	KUNIT_CASE(train_port),
	KUNIT_CASE(train_bad_memory),
	KUNIT_CASE(train_retry),
	KUNIT_CASE(train_counts),
	KUNIT_CASE(train_limits),
	KUNIT_CASE(train_responses),
	KUNIT_CASE(train_response_gone),
	{}
};

struct kunit_suite mfraw_train_suite = {
	.name = "mfraw_train",
	.test_cases = train_kunit_cases,
};
