// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the send queue: entries of the ring become frames and completions,
 * or an error of their process.
 */
#include "kunit.h"

#include "queue/burst.c"
#include "queue/send.c"

static struct mfraw_send_wqe *send_wqe(struct mfraw_world *w, u32 i)
{
	return (void *)(w->sq_ring + ((i % WORLD_ENTRIES) << WORLD_SHIFT));
}

/* Post a request of @n consecutive memory pieces of @len bytes each. */
static struct mfraw_send_wqe *send_post(struct mfraw_world *w, u64 addr,
					u32 len, unsigned int n)
{
	u32 prod = le32_to_cpu(w->db.sq_prod);
	struct mfraw_send_wqe *wqe = send_wqe(w, prod);
	struct mfraw_sge *sge = (struct mfraw_sge *)(wqe + 1);
	unsigned int i;

	memset(wqe, 0, sizeof(*wqe));
	wqe->opcode = MFRAW_OP_SEND;
	wqe->flags = MFRAW_SEND_SIGNALED;
	wqe->num_sge = cpu_to_le16(n);
	for (i = 0; i < n; i++)
		mfraw_world_sge(&sge[i], addr + i * len, len, WORLD_LKEY);
	w->db.sq_prod = cpu_to_le32(prod + 1);

	return wqe;
}

static unsigned int send_burst(struct mfraw_world *w)
{
	unsigned int n;

	spin_lock_bh(&w->qp.sq.lock);
	n = mfraw_raw_burst(&w->qp);
	spin_unlock_bh(&w->qp.sq.lock);

	return n;
}

static bool send_was(struct mfraw_world *w, unsigned int i, u64 addr, u32 len)
{
	u32 k;

	if (i >= w->port.nr_sent || w->port.sent_len[i] != len)
		return false;
	for (k = 0; k < len; k++)
		if (w->port.sent[i][k] != *mfraw_world_at(w, addr + k))
			return false;

	return true;
}

static void send_completes(struct kunit *test, struct mfraw_world *w, u32 idx,
			   u8 status)
{
	struct mfraw_cqe cqe;

	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.wqe_idx), idx);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.qpn), WORLD_QPN);
	KUNIT_EXPECT_EQ(test, cqe.status, status);
}

/* A frame has all pieces in order, for any number and length of pieces. */
static void send_gather(struct kunit *test)
{
	static const u32 len[] = { 14, 15, 60, 100, 127, 128, 129, 500, 1514,
				   2250 };
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i, n, sent = 0;

	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 1);
	for (i = 0; i < ARRAY_SIZE(len); i++) {
		for (n = 1; n <= 4; n++) {
			u32 idx = le32_to_cpu(w->db.sq_prod);
			u64 addr = WORLD_IOVA + 37 * sent;

			send_post(w, addr, len[i], n);
			KUNIT_ASSERT_EQ(test, send_burst(w), 1);
			KUNIT_EXPECT_TRUE(test, send_was(w, sent++, addr,
							 n * len[i]));
			send_completes(test, w, idx, MFRAW_CQE_SUCCESS);
		}
	}
}

/* The part that steering reads is copied, the rest is not. */
static void send_header(struct kunit *test)
{
	static const u32 len[] = { 14, 127, 128, 129, 4000, 9000 };
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_burst *b = w->qp.burst;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		const struct mf_frame *frame = &b->frames[0];
		u32 sum = 0;

		send_post(w, WORLD_IOVA, len[i], 1);
		KUNIT_ASSERT_EQ(test, send_burst(w), 1);
		KUNIT_EXPECT_EQ(test, frame->len, len[i]);
		KUNIT_EXPECT_EQ(test, frame->hdr_len,
				min(len[i], MF_FRAME_HDR));
		KUNIT_EXPECT_PTR_EQ(test, frame->src, &w->qp.rxq->rxq);
		for (k = 0; k < frame->nr_frags; k++) {
			const struct bio_vec *bv = &frame->frags[k];

			KUNIT_EXPECT_LE(test, bv->bv_offset + bv->bv_len,
					PAGE_SIZE);
			sum += bv->bv_len;
		}
		KUNIT_EXPECT_EQ(test, frame->hdr_len + sum, len[i]);
	}
}

/* A frame has at least an Ethernet header, and at most the port's limit. */
static void send_length(struct kunit *test)
{
	static const struct {
		u32 len;
		u8 status;
	} cases[] = {
		{ 0, MFRAW_CQE_LOC_LEN_ERR },
		{ 13, MFRAW_CQE_LOC_LEN_ERR },
		{ 14, MFRAW_CQE_SUCCESS },
		{ WORLD_FRAME, MFRAW_CQE_SUCCESS },
		{ WORLD_FRAME + 1, MFRAW_CQE_LOC_LEN_ERR },
		{ 20000, MFRAW_CQE_LOC_LEN_ERR },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_world *w = mfraw_world(test);

		send_post(w, WORLD_IOVA, cases[i].len, 1);
		send_burst(w);
		send_completes(test, w, 0, cases[i].status);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, !cases[i].status);
		KUNIT_EXPECT_EQ(test, w->qp.state == IB_QPS_ERR,
				!!cases[i].status);
	}
}

static void send_inline(struct kunit *test)
{
	static const struct {
		u32 len;
		u8 num_sge, status;
	} cases[] = {
		{ 13, 0, MFRAW_CQE_LOC_LEN_ERR },
		{ 14, 0, MFRAW_CQE_SUCCESS },
		{ WORLD_INLINE, 0, MFRAW_CQE_SUCCESS },
		{ WORLD_INLINE + 1, 0, MFRAW_CQE_LOC_QP_OP_ERR },
		{ U32_MAX, 0, MFRAW_CQE_LOC_QP_OP_ERR },
		{ 100, 1, MFRAW_CQE_LOC_QP_OP_ERR },
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_send_wqe *wqe = send_post(w, 0, 0, 0);
		u8 *data = (u8 *)(wqe + 1);

		wqe->flags |= MFRAW_SEND_INLINE;
		wqe->inline_len = cpu_to_le32(cases[i].len);
		wqe->num_sge = cpu_to_le16(cases[i].num_sge);
		for (k = 0; k < WORLD_INLINE; k++)
			data[k] = k;
		send_burst(w);
		send_completes(test, w, 0, cases[i].status);
		if (cases[i].status)
			continue;
		KUNIT_ASSERT_EQ(test, w->port.nr_sent, 1);
		KUNIT_EXPECT_EQ(test, w->port.sent_len[0], cases[i].len);
		KUNIT_EXPECT_MEMEQ(test, w->port.sent[0], data, cases[i].len);
	}
}

/* Invalid members of a request. Each fails the queue. */
static void send_malformed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_send_wqe *wqe;
		u8 status = MFRAW_CQE_LOC_QP_OP_ERR;

		send_post(w, WORLD_IOVA, 100, 1);
		wqe = send_post(w, WORLD_IOVA, 100, 1);
		send_post(w, WORLD_IOVA, 100, 1);
		switch (i) {
		case 0:
			wqe->opcode = 0;
			break;
		case 1:
			wqe->opcode = MFRAW_OP_RDMA_WRITE;
			break;
		case 2:
			wqe->flags |= MFRAW_SEND_FENCE;
			break;
		case 3:
			wqe->reserved = cpu_to_le64(BIT_ULL(63));
			break;
		case 4:
			wqe->num_sge = cpu_to_le16(5);
			break;
		case 5:
			wqe->inline_len = cpu_to_le32(1);
			break;
		case 6:
			((struct mfraw_sge *)(wqe + 1))->lkey = 0;
			status = MFRAW_CQE_LOC_PROT_ERR;
			break;
		default:
			((struct mfraw_sge *)(wqe + 1))->addr = 0;
			status = MFRAW_CQE_LOC_PROT_ERR;
			break;
		}
		KUNIT_EXPECT_EQ(test, send_burst(w), 2);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 1);
		send_completes(test, w, 0, MFRAW_CQE_SUCCESS);
		send_completes(test, w, 1, status);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
		/* The rest is flushed. */
		send_burst(w);
		send_completes(test, w, 2, MFRAW_CQE_WR_FLUSH_ERR);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 1);
	}
}

/* Only signaled requests and errors complete. */
static void send_unsignaled(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	unsigned int i;

	for (i = 0; i < 6; i++)
		if (i != 3)
			send_post(w, WORLD_IOVA, 100, 1)->flags = 0;
		else
			send_post(w, WORLD_IOVA, 100, 1);
	KUNIT_EXPECT_EQ(test, send_burst(w), 6);
	send_completes(test, w, 3, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	send_post(w, WORLD_IOVA, 5, 1)->flags = 0;
	send_burst(w);
	send_completes(test, w, 6, MFRAW_CQE_LOC_LEN_ERR);
}

/* The index wraps at 2^32, the ring at its size. */
static void send_wrap(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u32 start = -20, i, k;

	w->qp.sq.cons = start;
	w->db.sq_prod = cpu_to_le32(start);
	for (i = 0; i < 5; i++) {
		for (k = 0; k < WORLD_ENTRIES; k++)
			send_post(w, WORLD_IOVA + k, 60 + k, 1);
		KUNIT_EXPECT_EQ(test, send_burst(w), WORLD_ENTRIES);
		for (k = 0; k < WORLD_ENTRIES; k++)
			send_completes(test, w, start++, MFRAW_CQE_SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, send_burst(w), 0);
	KUNIT_EXPECT_EQ(test, w->qp.sq.cons, start);
}

/* An index beyond the ring fails the queue with an event. */
static void send_hostile(struct kunit *test)
{
	static const u32 ahead[] = { WORLD_ENTRIES + 1, 0x7fffffff, -1 };
	struct mfraw_cqe cqe;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ahead); i++) {
		struct mfraw_world *w = mfraw_world(test);

		w->qp.sq.cons = 1000;
		w->db.sq_prod = cpu_to_le32(1000 + ahead[i]);
		KUNIT_EXPECT_EQ(test, send_burst(w), 0);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
		KUNIT_EXPECT_EQ(test, w->events, 1);
		KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_QP_FATAL);
		KUNIT_EXPECT_EQ(test, send_burst(w), 0);
		KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
	}
}

/* Frames that the port does not take stay in order, and complete when sent. */
static void send_partly(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	unsigned int i;

	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 5);
	for (i = 0; i < 10; i++)
		send_post(w, WORLD_IOVA + i, 200 + i, 1);
	w->port.takes = 3;
	KUNIT_EXPECT_EQ(test, send_burst(w), 3);
	KUNIT_EXPECT_EQ(test, w->stalls, 0);
	KUNIT_EXPECT_EQ(test, w->qp.sq.cons, 3);
	for (i = 0; i < 3; i++)
		send_completes(test, w, i, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, send_burst(w), 0);
	KUNIT_EXPECT_EQ(test, w->stalls, 1);
	w->port.takes = 100;
	KUNIT_EXPECT_EQ(test, send_burst(w), 7);
	for (; i < 10; i++)
		send_completes(test, w, i, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 10);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_TRUE(test, send_was(w, i, WORLD_IOVA + i,
						 200 + i));
}

/* An error after frames that the port did not take is reported later. */
static void send_partly_bad(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;

	send_post(w, WORLD_IOVA, 100, 1);
	send_post(w, WORLD_IOVA, 100, 1);
	send_post(w, WORLD_IOVA, 100, 1)->opcode = 0;
	w->port.takes = 1;
	send_burst(w);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_RTS);
	send_completes(test, w, 0, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	w->port.takes = 100;
	send_burst(w);
	send_completes(test, w, 1, MFRAW_CQE_SUCCESS);
	send_completes(test, w, 2, MFRAW_CQE_LOC_QP_OP_ERR);
}

/* Only the state RTS sends (IBTA 10.3.1). */
static void send_states(struct kunit *test)
{
	static const enum ib_qp_state states[] = {
		IB_QPS_RESET, IB_QPS_INIT, IB_QPS_RTR, IB_QPS_SQD,
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	unsigned int i;

	send_post(w, WORLD_IOVA, 100, 1);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		w->qp.state = states[i];
		KUNIT_EXPECT_EQ(test, send_burst(w), 0);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
		KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	}
	w->qp.state = IB_QPS_RTS;
	KUNIT_EXPECT_EQ(test, send_burst(w), 1);
}

/* A frame that does not fit in a round leaves no pages in it. */
static void send_full(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_burst *b = w->qp.burst;
	struct mfraw_mr *last = NULL;
	struct mf_frame frame = {};
	u8 status;

	send_post(w, WORLD_IOVA, 9000, 1);
	b->nr_frags = MFRAW_BURST_FRAGS - 2;
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, MFRAW_BUILD_FULL,
			mfraw_build_gather(&w->qp, send_wqe(w, 0), &frame,
					   b->hdrs[0], &last, &status));
	KUNIT_EXPECT_EQ(test, b->nr_frags, MFRAW_BURST_FRAGS - 2);
	b->nr_frags = MFRAW_BURST_FRAGS - 4;
	KUNIT_EXPECT_EQ(test, MFRAW_BUILD_OK,
			mfraw_build_gather(&w->qp, send_wqe(w, 0), &frame,
					   b->hdrs[0], &last, &status));
	rcu_read_unlock();
	KUNIT_EXPECT_LE(test, b->nr_frags, MFRAW_BURST_FRAGS);
}

/* The longest frame in the most pieces fits in an empty round. */
static void send_longest(struct kunit *test)
{
	u32 most = MFRAW_MAX_SGE + DIV_ROUND_UP(MF_FRAME_HDR_MAX + 9000 +
						VLAN_ETH_HLEN, PAGE_SIZE);

	KUNIT_EXPECT_GE(test, MFRAW_BURST_FRAGS, most);
}

/* A request counts as sent when its last frame is sent. */
static void send_taken(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_burst *b = w->qp.burst;
	unsigned int i;

	b->ends = U32_MAX;
	for (i = 0; i <= MFRAW_BURST; i++)
		KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, i), i);
	/*
	 * Frames 2 to 4 belong to one request, 30 and 31 to the start of
	 * another.
	 */
	b->ends = ~(u32)(BIT(2) | BIT(3) | BIT(30) | BIT(31));
	b->tso_off[2] = 100;
	b->tso_off[3] = 200;
	b->tso_off[30] = 300;
	b->tso_off[31] = 400;
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 2), 2);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 0);
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 3), 2);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 100);
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 4), 2);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 200);
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 5), 3);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 0);
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 31), 28);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 300);
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 32), 28);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 400);
	/* If the port takes nothing, earlier progress stays. */
	KUNIT_EXPECT_EQ(test, mfraw_sq_taken(&w->qp, 0), 0);
	KUNIT_EXPECT_EQ(test, w->qp.tso_done, 400);
}

/* Fill in an entry: mostly a short frame, sometimes something else or wrong. */
static void send_random(struct mfraw_send_wqe *wqe, struct rnd_state *rnd)
{
	static const u32 lens[] = { 13, 14, 15, 16, 31, 32, 60, 63, 64, 65, 127,
				    128, 129, 300 };
	struct mfraw_sge *sge = (struct mfraw_sge *)(wqe + 1);
	u32 len = lens[mf_test_below(rnd, ARRAY_SIZE(lens))];
	u64 addr = WORLD_IOVA + mf_test_below(rnd, WORLD_LEN - 400);
	u32 odd = mf_test_below(rnd, 100);
	u32 lkey = WORLD_LKEY;

	memset(wqe, 0, BIT(WORLD_SHIFT));
	wqe->opcode = MFRAW_OP_SEND;
	wqe->flags = mf_test_below(rnd, 3) ? MFRAW_SEND_SIGNALED : 0;
	wqe->flags |= mf_test_below(rnd, 4) ? 0 : MFRAW_SEND_IP_CSUM;
	wqe->num_sge = cpu_to_le16(1);
	/* Some end at a page, or behind it, or behind the region. */
	if (odd < 20)
		addr = ((addr | ~PAGE_MASK) + 1) - mf_test_below(rnd, 2 * len);
	else if (odd < 22)
		addr = WORLD_IOVA + WORLD_LEN - mf_test_below(rnd, 2 * len);
	else if (odd == 22)
		addr = WORLD_IOVA - 1;
	else if (odd == 23)
		lkey = mf_test_below(rnd, 2) ? WORLD_LKEY + 1 : 0;
	else if (odd == 24)
		wqe->reserved = cpu_to_le64(BIT_ULL(mf_test_below(rnd, 64)));
	else if (odd == 25)
		wqe->inline_len = cpu_to_le32(BIT(mf_test_below(rnd, 32)));
	else if (odd == 26)
		wqe->flags ^= BIT(mf_test_below(rnd, 8));
	else if (odd == 27)
		wqe->opcode ^= BIT(mf_test_below(rnd, 8));
	else if (odd == 28)
		wqe->num_sge ^= cpu_to_le16(BIT(mf_test_below(rnd, 16)));
	mfraw_world_sge(&sge[0], addr, len, lkey);
	mfraw_world_sge(&sge[1], WORLD_IOVA + len, len, lkey);
}

/* Wait for nothing: make the QP ready again after an error. */
static void send_ready(struct mfraw_world *w)
{
	struct mfraw_cqe cqe;

	while (mfraw_world_poll(w, &cqe))
		;
	mf_test_forget(&w->port);
	w->qp.state = IB_QPS_RTS;
	w->qp.sq.cons = le32_to_cpu(w->db.sq_prod);
}

/*
 * Requests of one round have the effect that they have one by one, without
 * knowledge of the region that was used last.
 */
static void send_alike(struct kunit *test)
{
	struct mfraw_world *one = mfraw_world(test), *all = mfraw_world(test);
	unsigned int round, i, n, bad = 0, good = 0;
	struct rnd_state rnd;

	mf_test_seed(&rnd);
	mfraw_world_fill(one, WORLD_IOVA, WORLD_LEN, 5);
	mfraw_world_fill(all, WORLD_IOVA, WORLD_LEN, 5);
	for (round = 0; round < 2000; round++) {
		u32 prod = le32_to_cpu(one->db.sq_prod);
		struct mfraw_cqe a, b;

		send_ready(one);
		send_ready(all);
		n = 1 + mf_test_below(&rnd, WORLD_ENTRIES);
		for (i = 0; i < n; i++) {
			struct mfraw_send_wqe *wqe = send_wqe(one, prod + i);

			send_random(wqe, &rnd);
			memcpy(send_wqe(all, prod + i), wqe, BIT(WORLD_SHIFT));
		}
		for (i = 0; i < n; i++) {
			one->db.sq_prod = cpu_to_le32(prod + i + 1);
			one->qp.burst->window.length = 0;
			send_burst(one);
			send_burst(one);
		}
		all->db.sq_prod = cpu_to_le32(prod + n);
		send_burst(all);
		send_burst(all);

		KUNIT_ASSERT_EQ(test, one->qp.state, all->qp.state);
		KUNIT_ASSERT_EQ(test, one->port.nr_sent, all->port.nr_sent);
		for (i = 0; i < one->port.nr_sent; i++) {
			KUNIT_ASSERT_EQ(test, one->port.sent_len[i],
					all->port.sent_len[i]);
			KUNIT_ASSERT_MEMEQ(test, one->port.sent[i],
					   all->port.sent[i],
					   one->port.sent_len[i]);
		}
		good += one->port.nr_sent;
		bad += one->qp.state == IB_QPS_ERR;
		while (mfraw_world_poll(one, &a)) {
			KUNIT_ASSERT_TRUE(test, mfraw_world_poll(all, &b));
			KUNIT_ASSERT_MEMEQ(test, &a, &b, sizeof(a));
		}
		KUNIT_ASSERT_FALSE(test, mfraw_world_poll(all, &b));
	}
	KUNIT_EXPECT_GT(test, good, 1000);
	KUNIT_EXPECT_GT(test, bad, 100);
}

static struct kunit_case send_cases[] = {
	KUNIT_CASE(send_gather),
	KUNIT_CASE(send_header),
	KUNIT_CASE(send_length),
	KUNIT_CASE(send_inline),
	KUNIT_CASE(send_malformed),
	KUNIT_CASE(send_unsignaled),
	KUNIT_CASE(send_wrap),
	KUNIT_CASE(send_hostile),
	KUNIT_CASE(send_partly),
	KUNIT_CASE(send_partly_bad),
	KUNIT_CASE(send_states),
	KUNIT_CASE(send_full),
	KUNIT_CASE(send_longest),
	KUNIT_CASE(send_taken),
	KUNIT_CASE(send_alike),
	{}
};

struct kunit_suite mfraw_send_suite = {
	.name = "mfraw_send",
	.test_cases = send_cases,
};
