// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the completer: the effect of responses and timeouts on requests
 * (IBTA volume 1, 9.7.5, 9.7.6, 9.9.2), and the window.
 */
#include "kunit.h"

#include "roce/comp.c"

/*
 * Make @n sent requests of @packets each, from number @psn on. Timers do not
 * run in these tests.
 */
static struct mfraw_roce *comp_sent(struct kunit *test, struct mfraw_world *w,
				    u32 psn, u8 opcode, unsigned int n,
				    u32 packets)
{
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	unsigned int i;

	roce->comp.psn = psn;
	for (i = 0; i < n; i++) {
		struct mfraw_swqe *wqe = mfraw_swqe(roce, i);

		memset(wqe, 0, sizeof(*wqe));
		wqe->opcode = opcode;
		wqe->flags = MFRAW_SEND_SIGNALED;
		wqe->length = mfraw_op_is_atomic(opcode) ? 8 :
			      packets * WORLD_MTU;
		wqe->num_sge = 1;
		mfraw_world_sge(&wqe->sge[0], WORLD_IOVA, wqe->length,
				WORLD_LKEY);
		wqe->first_psn = psn;
		wqe->last_psn = mfraw_psn_add(psn, packets - 1);
		wqe->rd_seq = mfraw_op_is_read(opcode) ? i : 0;
		psn = mfraw_psn_add(psn, packets);
	}
	roce->comp.end_psn = psn;
	roce->comp.end_idx = n;
	roce->req.fetch = n;
	roce->req.idx = n;
	roce->req.psn = psn;

	return roce;
}

static void comp_rx(struct mfraw_roce *roce, struct mfraw_pkt *pkt)
{
	local_bh_disable();
	rcu_read_lock();
	mfraw_comp_begin(roce);
	mfraw_comp_rx(roce, pkt);
	mfraw_comp_end(roce);
	rcu_read_unlock();
	local_bh_enable();
}

static void comp_ack(struct mfraw_roce *roce, u8 syndrome, u32 psn)
{
	u8 aeth[4] = { syndrome };
	struct mfraw_pkt pkt = {
		.info = MFRAW_PKT_RESP | MFRAW_PKT_ONLY | MFRAW_PKT_AETH,
		.psn = psn,
		.ext = aeth,
	};

	comp_rx(roce, &pkt);
}

/* Receive a packet of a read response, with @len bytes of @value. */
static void comp_data(struct mfraw_roce *roce, u32 psn, u32 len, u8 value)
{
	u8 *hdr = kmalloc(WORLD_MTU, GFP_KERNEL);
	struct mf_frame frame = {
		.hdr = hdr,
		.hdr_len = len,
		.len = len,
	};
	struct mfraw_pkt pkt = {
		.frame = &frame,
		.info = MFRAW_PKT_RESP | MFRAW_PKT_PAYLOAD,
		.psn = psn,
		.len = len,
	};

	if (!hdr)
		return;
	memset(hdr, value, WORLD_MTU);
	comp_rx(roce, &pkt);
	kfree(hdr);
}

/* Expect that @n requests complete, from @idx on. */
static void comp_completes(struct kunit *test, struct mfraw_world *w, u32 idx,
			   unsigned int n, u8 status)
{
	struct mfraw_cqe cqe;

	for (; n; n--) {
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.wqe_idx), idx++);
		KUNIT_EXPECT_EQ(test, cqe.status, status);
	}
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
}

/* 9.7.6.1.3: 4.096 us * 2^timeout, never shortened by the length of a jiffy. */
static void comp_timeout(struct kunit *test)
{
	struct mfraw_roce *roce = mf_test_alloc(test, sizeof(*roce));
	unsigned int t;

	for (t = 1; t < 32; t++) {
		u64 ns = 4096ULL << t;

		roce->attr.timeout = t;
		KUNIT_EXPECT_GE(test, mfraw_comp_timeout(roce) *
				(u64)(NSEC_PER_SEC / HZ), ns);
		KUNIT_EXPECT_LE(test, mfraw_comp_timeout(roce) *
				(u64)(NSEC_PER_SEC / HZ),
				ns + 2 * (NSEC_PER_SEC / HZ));
	}
}

/* 9.7.5.2.8, table 45: the timer values of RNR NAKs. */
static void comp_rnr_table(struct kunit *test)
{
	static const u32 usecs[32] = {
		655360, 10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480, 640,
		960, 1280, 1920, 2560, 3840, 5120, 7680, 10240, 15360, 20480,
		30720, 40960, 61440, 81920, 122880, 163840, 245760, 327680,
		491520,
	};
	unsigned int i;

	for (i = 0; i < 32; i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND,
						    1, 1);
		unsigned long now = jiffies;

		comp_ack(roce, MFRAW_SYN_RNR | i, 0);
		KUNIT_EXPECT_TRUE(test, roce->comp.rnr_wait);
		/*
		 * At least that long, and no more than rounding to jiffies
		 * adds.
		 */
		KUNIT_EXPECT_GE(test, roce->rnr_timer.expires - now + 1,
				usecs_to_jiffies(usecs[i]));
		KUNIT_EXPECT_LE(test, roce->rnr_timer.expires - now,
				usecs_to_jiffies(usecs[i]) + 2 + HZ / 2);
	}
}

/* 9.7.5.1.2: an acknowledge covers all earlier packets, too. */
static void comp_coalesced(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0xfffffa, MFRAW_OP_SEND, 5,
					    3);

	comp_ack(roce, MFRAW_SYN_ACK, 0xfffffb);
	comp_completes(test, w, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, roce->comp.psn, 0xfffffc);
	/* Sequence numbers wrap within the third request. */
	comp_ack(roce, MFRAW_SYN_ACK, 0x000001);
	comp_completes(test, w, 0, 2, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, roce->comp.psn, 2);
	comp_ack(roce, MFRAW_SYN_ACK, 0x000008);
	comp_completes(test, w, 2, 3, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, roce->comp.psn, roce->comp.end_psn);
	KUNIT_EXPECT_EQ(test, w->qp.sq.cons, 5);
}

/* The credits of an acknowledge, and bit 7 of its syndrome, are ignored. */
static void comp_credits(struct kunit *test)
{
	unsigned int syndrome;

	for (syndrome = 0; syndrome < 0x20; syndrome++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND,
						    1, 1);

		comp_ack(roce, syndrome | (syndrome & 1) << 7, 0);
		comp_completes(test, w, 0, 1, MFRAW_CQE_SUCCESS);
	}
}

/* Responses to acknowledged or never sent packets have no effect. */
static void comp_stale(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 100, MFRAW_OP_SEND, 3, 1);

	comp_ack(roce, MFRAW_SYN_ACK, 103);
	comp_ack(roce, MFRAW_SYN_ACK, 200);
	comp_ack(roce, MFRAW_SYN_ACK, 99);
	comp_ack(roce, MFRAW_SYN_NAK_ACCESS, 103);
	comp_ack(roce, MFRAW_SYN_NAK_ACCESS, 99);
	comp_completes(test, w, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RESP_STALE), 5);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_RTS);
	comp_ack(roce, MFRAW_SYN_ACK, 100);
	comp_ack(roce, MFRAW_SYN_ACK, 100);
	comp_completes(test, w, 0, 1, MFRAW_CQE_SUCCESS);
}

/* 9.7.5.1.3: a NAK acknowledges packets before it, and starts a retry. */
static void comp_nak_sequence(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 10, MFRAW_OP_SEND, 4, 1);

	comp_ack(roce, MFRAW_SYN_NAK_SEQ, 12);
	comp_completes(test, w, 0, 2, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_TRUE(test, roce->comp.retry);
	KUNIT_EXPECT_EQ(test, roce->comp.psn, 12);
	KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 6);
	KUNIT_EXPECT_GT(test, w->kicks, 0);
	/* Another NAK for the same gap starts no second retry. */
	comp_ack(roce, MFRAW_SYN_NAK_SEQ, 12);
	KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 6);
	/* Progress restores the number of retries. */
	comp_ack(roce, MFRAW_SYN_ACK, 12);
	KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 7);
}

/* 9.9.2.4.2: each NAK completes the right request with the right status. */
static void comp_nak_fatal(struct kunit *test)
{
	static const struct {
		u8 syndrome, status;
	} cases[] = {
		{ 0x61, MFRAW_CQE_REM_INV_REQ_ERR },
		{ 0x62, MFRAW_CQE_REM_ACCESS_ERR },
		{ 0x63, MFRAW_CQE_REM_OP_ERR },
		{ 0x64, MFRAW_CQE_BAD_RESP_ERR },	/* RD only */
		{ 0x7f, MFRAW_CQE_BAD_RESP_ERR },	/* reserved */
		{ 0x40, MFRAW_CQE_BAD_RESP_ERR },	/* reserved */
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND,
						    3, 2);
		struct mfraw_cqe cqe;

		comp_ack(roce, cases[i].syndrome, 2);
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_SUCCESS);
		comp_completes(test, w, 1, 1, cases[i].status);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
		/* The other requests are flushed. */
		spin_lock_bh(&w->qp.sq.lock);
		w->db.sq_prod = cpu_to_le32(3);
		mfraw_comp_flush(roce);
		spin_unlock_bh(&w->qp.sq.lock);
		comp_completes(test, w, 2, 1, MFRAW_CQE_WR_FLUSH_ERR);
	}
}

/* Run the ACK timer in the context of a softirq. */
static void comp_time_is_up(struct mfraw_roce *roce)
{
	local_bh_disable();
	mfraw_comp_timer(&roce->timer);
	local_bh_enable();
}

static void comp_rnr_time_is_up(struct mfraw_roce *roce)
{
	local_bh_disable();
	mfraw_comp_rnr_timer(&roce->rnr_timer);
	local_bh_enable();
}

/* 9.9.2.4.1: the queue pair fails after the retry_cnt of ibv_modify_qp(). */
static void comp_retries(struct kunit *test)
{
	unsigned int cnt, i;

	for (cnt = 0; cnt <= 7; cnt++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND,
						    2, 1);

		roce->attr.retry_cnt = cnt;
		roce->comp.retry_left = cnt;
		for (i = 0; i < cnt; i++) {
			roce->comp.retry = false;
			roce->comp.deadline = jiffies;
			comp_time_is_up(roce);
			comp_completes(test, w, 0, 0, 0);
			KUNIT_EXPECT_TRUE(test, roce->comp.retry);
		}
		roce->comp.deadline = jiffies;
		comp_time_is_up(roce);
		comp_completes(test, w, 0, 1, MFRAW_CQE_RETRY_EXC_ERR);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	}
}

/* 9.7.6.1.3: silence makes the timeout grow, up to four times. */
static void comp_backoff(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 1, 1);
	unsigned long wait = mfraw_comp_timeout(roce), before, want;
	unsigned int i;

	for (i = 0; i < 7; i++) {
		want = wait << min(i, 2U);
		before = jiffies;
		roce->comp.deadline = before;
		comp_time_is_up(roce);
		KUNIT_EXPECT_TRUE(test, time_after_eq(roce->comp.deadline,
						      before + want));
		KUNIT_EXPECT_TRUE(test, time_before_eq(roce->comp.deadline,
						       jiffies + want));
		/* An answer may bring the deadline forward. */
		KUNIT_EXPECT_TRUE(test, time_before_eq(roce->timer.expires,
						       jiffies + wait));
	}
}

/* A NAK does not lengthen the timeout, and progress ends the back-off. */
static void comp_no_backoff(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 4, 1);
	unsigned long wait = mfraw_comp_timeout(roce);
	unsigned int i;

	comp_ack(roce, MFRAW_SYN_NAK_SEQ, 0);
	KUNIT_EXPECT_TRUE(test, roce->comp.retry);
	KUNIT_EXPECT_TRUE(test, time_before_eq(roce->comp.deadline,
					       jiffies + wait));
	for (i = 0; i < 3; i++) {
		roce->comp.deadline = jiffies;
		comp_time_is_up(roce);
	}
	KUNIT_EXPECT_TRUE(test, time_after(roce->comp.deadline,
					   jiffies + wait));
	comp_ack(roce, MFRAW_SYN_NAK_SEQ, 1);
	comp_completes(test, w, 0, 1, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 6);
	KUNIT_EXPECT_TRUE(test, time_before_eq(roce->comp.deadline,
					       jiffies + wait));
}

/*
 * An early timer, or one of a queue pair that waits for its own port, is no
 * timeout.
 */
static void comp_no_timeout(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 1, 1);

	roce->comp.deadline = jiffies + 1000 * HZ;
	comp_time_is_up(roce);
	roce->comp.deadline = jiffies;
	roce->comp.held = true;
	comp_time_is_up(roce);
	roce->comp.held = false;
	roce->comp.rnr_wait = true;
	roce->comp.deadline = jiffies;
	comp_time_is_up(roce);
	/* A timeout of 0 is infinite (11.2.5.2). */
	roce->comp.rnr_wait = false;
	roce->attr.timeout = 0;
	roce->comp.deadline = jiffies;
	comp_time_is_up(roce);
	KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 7);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_ACK_TIMEOUT), 0);
}

/* 9.7.5.2.8: RNR NAKs have their own retry count, and 7 is infinite. */
static void comp_rnr_retries(struct kunit *test)
{
	unsigned int cnt, i;

	for (cnt = 0; cnt <= 7; cnt++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND,
						    1, 1);
		unsigned int tries = cnt == 7 ? 50 : cnt;

		roce->attr.rnr_retry = cnt;
		roce->comp.rnr_left = cnt;
		for (i = 0; i < tries; i++) {
			comp_ack(roce, MFRAW_SYN_RNR, 0);
			comp_completes(test, w, 0, 0, 0);
			KUNIT_ASSERT_TRUE(test, roce->comp.rnr_wait);
			/* Another RNR NAK during the wait does not count. */
			comp_ack(roce, MFRAW_SYN_RNR, 0);
			roce->comp.retry = false;
			comp_rnr_time_is_up(roce);
			KUNIT_ASSERT_FALSE(test, roce->comp.rnr_wait);
			KUNIT_ASSERT_TRUE(test, roce->comp.retry);
		}
		KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 7);
		comp_ack(roce, MFRAW_SYN_RNR, 0);
		comp_completes(test, w, 0, cnt < 7,
			       MFRAW_CQE_RNR_RETRY_EXC_ERR);
	}
}

/* Each loss halves the window, down to its minimum. */
static void comp_window_less(struct kunit *test)
{
	struct mfraw_completer comp = { .window = MFRAW_WINDOW };
	u32 was;

	do {
		was = comp.window;
		comp.window_acked = 5;
		mfraw_comp_congested(&comp);
		KUNIT_EXPECT_EQ(test, comp.window,
				max(was / 2, MFRAW_WINDOW_MIN));
		KUNIT_EXPECT_EQ(test, comp.window_acked, 0);
	} while (comp.window != was);
	KUNIT_EXPECT_EQ(test, comp.window, MFRAW_WINDOW_MIN);
}

static void comp_dropped(struct mfraw_roce *roce)
{
	local_bh_disable();
	mfraw_comp_dropped(roce);
	local_bh_enable();
}

/*
 * A drop in the own device halves the window once, before the peer reports it.
 */
static void comp_window_dropped(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_completer *comp = &roce->comp;
	unsigned int i;

	comp->end_psn = 100;
	for (i = 0; i < 3; i++) {
		comp_dropped(roce);
		KUNIT_EXPECT_EQ(test, comp->window, MFRAW_WINDOW / 2);
	}
	comp->deadline = jiffies;
	comp_time_is_up(roce);
	KUNIT_EXPECT_TRUE(test, comp->retry);
	KUNIT_EXPECT_EQ(test, comp->window, MFRAW_WINDOW / 2);
	comp->deadline = jiffies;
	comp_time_is_up(roce);
	KUNIT_EXPECT_EQ(test, comp->window, MFRAW_WINDOW / 4);
	/* Unreliable queue pairs have no window. */
	roce->reliable = false;
	comp_dropped(roce);
	KUNIT_EXPECT_EQ(test, comp->window, MFRAW_WINDOW / 4);
}

/* Each arrived window adds one packet, up to the first size. */
static void comp_window_more(struct kunit *test)
{
	struct mfraw_completer comp = { .window = MFRAW_WINDOW_MIN };
	u32 want, i;

	for (want = MFRAW_WINDOW_MIN; want < MFRAW_WINDOW; want++) {
		KUNIT_ASSERT_EQ(test, comp.window, want);
		for (i = 0; i < want; i++) {
			KUNIT_ASSERT_EQ(test, comp.window, want);
			mfraw_comp_arrived(&comp, 1);
		}
	}
	mfraw_comp_arrived(&comp, 100000);
	KUNIT_EXPECT_EQ(test, comp.window, MFRAW_WINDOW);
	/* One acknowledge of very many packets is one step. */
	comp.window = MFRAW_WINDOW_MIN;
	comp.window_acked = 0;
	mfraw_comp_arrived(&comp, MFRAW_READ_PACKETS);
	KUNIT_EXPECT_EQ(test, comp.window, MFRAW_WINDOW_MIN + 1);
}

/* Read data goes to the memory of the request, and completes it. */
static void comp_read(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0xffffff,
					    MFRAW_OP_RDMA_READ, 1, 3);
	struct mfraw_cqe cqe;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
		comp_data(roce, mfraw_psn_add(0xffffff, i), WORLD_MTU, 10 + i);
	}
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_RDMA_READ);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), 3 * WORLD_MTU);
	KUNIT_EXPECT_EQ(test, roce->comp.rd_done, 1);
	for (i = 0; i < 3 * WORLD_MTU; i++)
		KUNIT_ASSERT_EQ(test, *mfraw_world_at(w, WORLD_IOVA + i),
				10 + i / WORLD_MTU);
}

/* 9.7.5.2.4: an acknowledge past a read implies that its response is lost. */
static void comp_implied_nak(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_RDMA_READ, 3,
					    2);

	comp_ack(roce, MFRAW_SYN_ACK, 4);
	comp_completes(test, w, 0, 0, 0);
	KUNIT_EXPECT_TRUE(test, roce->comp.retry);
	KUNIT_EXPECT_EQ(test, roce->comp.psn, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_IMPLIED_NAK), 1);
	/* Further acknowledges belong to the same loss. */
	comp_data(roce, 4, WORLD_MTU, 1);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_IMPLIED_NAK), 1);
	KUNIT_EXPECT_EQ(test, roce->comp.retry_left, 6);
}

/* A response that does not fit the request (9.9.2.2). */
static void comp_bad_response(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 1, 1);

	comp_data(roce, 0, WORLD_MTU, 1);
	comp_completes(test, w, 0, 1, MFRAW_CQE_BAD_RESP_ERR);

	w = mfraw_world(test);
	roce = comp_sent(test, w, 0, MFRAW_OP_RDMA_READ, 1, 2);
	comp_data(roce, 0, WORLD_MTU - 4, 1);
	comp_completes(test, w, 0, 1, MFRAW_CQE_BAD_RESP_ERR);

	w = mfraw_world(test);
	roce = comp_sent(test, w, 0, MFRAW_OP_ATOMIC_FETCH_ADD, 1, 1);
	comp_data(roce, 0, 8, 1);
	comp_completes(test, w, 0, 1, MFRAW_CQE_BAD_RESP_ERR);
}

/* 9.4.5: the original value, in the byte order of this machine. */
static void comp_atomic(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 7, MFRAW_OP_ATOMIC_CMP_SWP,
					    1, 1);
	u8 ext[12] = { 0x1f, 0, 0, 1, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		       0x88 };
	struct mfraw_pkt pkt = {
		.info = MFRAW_PKT_RESP | MFRAW_PKT_ONLY | MFRAW_PKT_AETH |
			MFRAW_PKT_ATOMIC_ACK,
		.psn = 7,
		.ext = ext,
	};
	struct mfraw_cqe cqe;
	u64 value;

	comp_rx(roce, &pkt);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_COMP_SWAP);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), 8);
	memcpy(&value, mfraw_world_at(w, WORLD_IOVA), sizeof(value));
	KUNIT_EXPECT_EQ(test, value, 0x1122334455667788);
}

/* Local requests complete in order, not before. */
static void comp_local(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 3, 1);
	struct mfraw_swqe *wqe = mfraw_swqe(roce, 1);

	wqe->opcode = MFRAW_OP_LOCAL_INV;
	wqe->done = true;
	wqe->last_psn = 0;
	mfraw_swqe(roce, 2)->first_psn = 1;
	mfraw_swqe(roce, 2)->last_psn = 1;
	roce->comp.end_psn = 2;
	spin_lock_bh(&w->qp.sq.lock);
	mfraw_comp_sent(roce, 3);
	spin_unlock_bh(&w->qp.sq.lock);
	comp_completes(test, w, 0, 0, 0);
	comp_ack(roce, MFRAW_SYN_ACK, 0);
	comp_completes(test, w, 0, 2, MFRAW_CQE_SUCCESS);
}

/* An unsignaled success makes no completion, but frees its entry. */
static void comp_unsignaled(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 4, 1);

	mfraw_swqe(roce, 0)->flags = 0;
	mfraw_swqe(roce, 1)->flags = 0;
	mfraw_swqe(roce, 3)->flags = 0;
	comp_ack(roce, MFRAW_SYN_ACK, 3);
	comp_completes(test, w, 2, 1, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, w->qp.sq.cons, 4);
}

/* Responses have no effect in states that do not send. */
static void comp_dead(struct kunit *test)
{
	static const enum ib_qp_state states[] = {
		IB_QPS_RESET, IB_QPS_INIT, IB_QPS_RTR, IB_QPS_ERR,
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 1, 1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		w->qp.state = states[i];
		comp_ack(roce, MFRAW_SYN_ACK, 0);
		comp_completes(test, w, 0, 0, 0);
	}
	/*
	 * 10.3.1.5: SQD completes sends under way, and reports that it has
	 * drained.
	 */
	w->qp.state = IB_QPS_SQD;
	comp_ack(roce, MFRAW_SYN_ACK, 0);
	comp_completes(test, w, 0, 1, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_SQ_DRAINED);
}

/* Requests that an acknowledge completes raise an event, and only once. */
static void comp_event(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = comp_sent(test, w, 0, MFRAW_OP_SEND, 4, 1);

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	comp_ack(roce, MFRAW_SYN_ACK, 2);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	comp_completes(test, w, 0, 3, MFRAW_CQE_SUCCESS);

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM_SOLICITED);
	comp_ack(roce, MFRAW_SYN_NAK_ACCESS, 3);
	KUNIT_EXPECT_EQ(test, w->cq_events, 2);
	comp_completes(test, w, 3, 1, MFRAW_CQE_REM_ACCESS_ERR);
}

static struct kunit_case comp_cases[] = {
	KUNIT_CASE(comp_timeout),
	KUNIT_CASE(comp_rnr_table),
	KUNIT_CASE(comp_coalesced),
	KUNIT_CASE(comp_credits),
	KUNIT_CASE(comp_stale),
	KUNIT_CASE(comp_nak_sequence),
	KUNIT_CASE(comp_nak_fatal),
	KUNIT_CASE(comp_retries),
	KUNIT_CASE(comp_backoff),
	KUNIT_CASE(comp_no_backoff),
	KUNIT_CASE(comp_no_timeout),
	KUNIT_CASE(comp_rnr_retries),
	KUNIT_CASE(comp_window_less),
	KUNIT_CASE(comp_window_dropped),
	KUNIT_CASE(comp_window_more),
	KUNIT_CASE(comp_read),
	KUNIT_CASE(comp_implied_nak),
	KUNIT_CASE(comp_bad_response),
	KUNIT_CASE(comp_atomic),
	KUNIT_CASE(comp_local),
	KUNIT_CASE(comp_unsignaled),
	KUNIT_CASE(comp_dead),
	KUNIT_CASE(comp_event),
	{}
};

struct kunit_suite mfraw_comp_suite = {
	.name = "mfraw_comp",
	.test_cases = comp_cases,
};
