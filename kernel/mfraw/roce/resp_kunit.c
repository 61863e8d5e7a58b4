// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the responder: its verdict on a packet by sequence number, opcode
 * and place in the message (IBTA volume 1, 9.7.4, 9.7.5.1, 9.8.2.2, 9.9.3).
 */
#include <linux/unaligned.h>

#include "kunit.h"

#include "roce/resp.c"
#include "roce/resp_rd.c"

#define RESP_AT		(WORLD_IOVA + 8 - WORLD_IOVA % 8)

/* Low bits of opcodes, in the order of IBTA table 38. */
enum {
	OP_SEND_FIRST, OP_SEND_MIDDLE, OP_SEND_LAST, OP_SEND_LAST_IMM,
	OP_SEND_ONLY, OP_SEND_ONLY_IMM, OP_WRITE_FIRST, OP_WRITE_MIDDLE,
	OP_WRITE_LAST, OP_WRITE_LAST_IMM, OP_WRITE_ONLY, OP_WRITE_ONLY_IMM,
	OP_READ = 12, OP_CMP_SWP = 19, OP_FETCH_ADD = 20,
};

/**
 * struct resp - a receiving queue pair
 * @w: the world of the queue pair
 * @roce: the RoCEv2 part of the queue pair
 * @frame: frame of the received packet
 * @ext: extended headers and payload of the packet
 */
struct resp {
	struct mfraw_world	*w;
	struct mfraw_roce	*roce;
	struct mf_frame		frame;
	u8			ext[WORLD_HDR + WORLD_MTU];
};

static struct resp *resp_new(struct kunit *test, enum ib_qp_type type)
{
	struct resp *r = mf_test_alloc(test, sizeof(*r));

	r->w = mfraw_world(test);
	r->roce = mfraw_world_roce(test, r->w, type);

	return r;
}

static void resp_reth(struct resp *r, u64 addr, u32 len)
{
	struct mfraw_reth *reth = (struct mfraw_reth *)r->ext;

	reth->addr = cpu_to_be64(addr);
	reth->rkey = cpu_to_be32(WORLD_LKEY);
	reth->length = cpu_to_be32(len);
}

/* Receive a packet. Its payload is at the end of @ext. */
static void resp_rx(struct resp *r, u8 op, u32 psn, u32 len)
{
	mfraw_world_request(r->w, &r->frame, r->ext, op, psn, len);
}

/* Expect a due acknowledge of @psn with @syndrome. */
static void resp_answers(struct kunit *test, struct resp *r, u8 syndrome,
			 u32 psn)
{
	struct mfraw_responder *resp = &r->roce->resp;

	KUNIT_EXPECT_TRUE(test, resp->ack);
	KUNIT_EXPECT_EQ(test, resp->ack_syndrome, syndrome);
	KUNIT_EXPECT_EQ(test, resp->ack_psn, psn & MFRAW_PSN_MASK);
	resp->ack = false;
}

static void resp_completes(struct kunit *test, struct resp *r, u8 status,
			   u32 len)
{
	struct mfraw_cqe cqe;

	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(r->w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, status);
	if (!status)
		KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), len);
}

/* 9.7.4.1.2: the expected request is executed and acknowledged. */
static void resp_expected(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	unsigned int i;

	r->roce->resp.psn = 0xfffffe;
	for (i = 0; i < 4; i++) {
		mfraw_world_recv(r->w, RESP_AT, 100);
		resp_rx(r, OP_SEND_ONLY, 0xfffffe + i, 8);
		resp_answers(test, r, MFRAW_SYN_ACK, 0xfffffe + i);
		KUNIT_EXPECT_EQ(test, r->roce->resp.msn, i + 1);
		resp_completes(test, r, MFRAW_CQE_SUCCESS, 8);
	}
	KUNIT_EXPECT_EQ(test, r->roce->resp.psn, 2);
}

/* 9.7.5.1.3: one NAK reports a gap, with the missing number. */
static void resp_gap(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_cqe cqe;
	unsigned int i;

	mfraw_world_recv(r->w, RESP_AT, 100);
	resp_rx(r, OP_SEND_ONLY, 1, 8);
	resp_answers(test, r, MFRAW_SYN_NAK_SEQ, 0);
	for (i = 2; i < 5; i++)
		resp_rx(r, OP_SEND_ONLY, i, 8);
	/* Half of all numbers count as later. */
	resp_rx(r, OP_SEND_ONLY, BIT(23) - 1, 8);
	KUNIT_EXPECT_FALSE(test, r->roce->resp.ack);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(r->w, &cqe));
	KUNIT_EXPECT_EQ(test, r->roce->resp.psn, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(r->w, MFRAW_OUT_OF_SEQUENCE),
			5);
	/* After the retransmission, another gap causes another NAK. */
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	resp_answers(test, r, MFRAW_SYN_ACK, 0);
	resp_rx(r, OP_SEND_ONLY, 2, 8);
	resp_answers(test, r, MFRAW_SYN_NAK_SEQ, 1);
}

/* 9.7.4.4.1: a duplicate request is acknowledged, not executed. */
static void resp_duplicate(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_cqe cqe;

	mfraw_world_recv(r->w, RESP_AT, 100);
	mfraw_world_recv(r->w, RESP_AT, 100);
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	resp_rx(r, OP_SEND_ONLY, 1, 8);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, 8);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, 8);
	r->roce->resp.ack = false;
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	/* The acknowledge is of the latest request, not of the duplicate. */
	resp_answers(test, r, MFRAW_SYN_ACK, 1);
	resp_rx(r, OP_SEND_ONLY, 3 - (u32)BIT(23), 8);
	resp_answers(test, r, MFRAW_SYN_ACK, 1);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(r->w, &cqe));
	KUNIT_EXPECT_EQ(test, r->roce->resp.msn, 2);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(r->w, MFRAW_DUPLICATE), 2);
}

/* 9.7.5.2.8: without a posted receive, an RNR NAK tells the peer to wait. */
static void resp_not_ready(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);

	r->roce->attr.min_rnr_timer = 14;
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	resp_answers(test, r, MFRAW_SYN_RNR | 14, 0);
	/* Later packets are dropped without another NAK. */
	resp_rx(r, OP_SEND_ONLY, 1, 8);
	KUNIT_EXPECT_FALSE(test, r->roce->resp.ack);
	KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_RTS);
	mfraw_world_recv(r->w, RESP_AT, 100);
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	resp_answers(test, r, MFRAW_SYN_ACK, 0);
	/* A write needs no receive entry, but an immediate does. */
	resp_reth(r, RESP_AT, 8);
	resp_rx(r, OP_WRITE_ONLY, 1, 8);
	resp_answers(test, r, MFRAW_SYN_ACK, 1);
	resp_rx(r, OP_WRITE_ONLY_IMM, 2, 8);
	resp_answers(test, r, MFRAW_SYN_RNR | 14, 2);
}

/*
 * 9.7.4.1.1, table 43: allowed orders of packets. An invalid one fails the
 * queue pair, and a NAK tells the peer.
 */
static void resp_order(struct kunit *test)
{
	static const struct {
		u8 op;
		u32 len;
		bool idle, in_send, in_write;
	} cases[] = {
		{ OP_SEND_FIRST, WORLD_MTU, true },
		{ OP_SEND_MIDDLE, WORLD_MTU, false, true },
		{ OP_SEND_LAST, 1, false, true },
		{ OP_SEND_LAST_IMM, 1, false, true },
		{ OP_SEND_ONLY, 0, true },
		{ OP_SEND_ONLY, WORLD_MTU, true },
		{ OP_SEND_ONLY_IMM, 1, true },
		{ OP_WRITE_FIRST, WORLD_MTU, true },
		{ OP_WRITE_MIDDLE, WORLD_MTU, false, false, true },
		{ OP_WRITE_LAST, 1, false, false, true },
		{ OP_WRITE_LAST_IMM, 1, false, false, true },
		{ OP_WRITE_ONLY, 0, true },
		{ OP_READ, 0, true },
		{ OP_CMP_SWP, 0, true },
		{ OP_FETCH_ADD, 0, true },
		/* 9.7.4.1.6: lengths of first, middle, last and only. */
		{ OP_SEND_FIRST, WORLD_MTU - 1 },
		{ OP_SEND_FIRST, 0 },
		{ OP_SEND_MIDDLE, WORLD_MTU - 4 },
		{ OP_SEND_LAST, 0 },
		{ OP_SEND_LAST, WORLD_MTU, false, true },
		{ OP_SEND_LAST, WORLD_MTU + 1 },
		{ OP_SEND_ONLY, WORLD_MTU + 1 },
		{ OP_WRITE_FIRST, WORLD_MTU - 1 },
		{ OP_WRITE_LAST, 0 },
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_pkt pkt = {
			.info = mfraw_roce_ops[cases[i].op],
			.len = cases[i].len,
		};

		roce->resp.in_msg = 0;
		KUNIT_EXPECT_EQ_MSG(test, mfraw_resp_in_order(roce, &pkt),
				    cases[i].idle, "opcode %#x of %u bytes",
				    cases[i].op, cases[i].len);
		roce->resp.in_msg = MFRAW_PKT_SEND;
		KUNIT_EXPECT_EQ_MSG(test, mfraw_resp_in_order(roce, &pkt),
				    cases[i].in_send,
				    "in a send: opcode %#x of %u bytes",
				    cases[i].op, cases[i].len);
		roce->resp.in_msg = MFRAW_PKT_WRITE;
		KUNIT_EXPECT_EQ_MSG(test, mfraw_resp_in_order(roce, &pkt),
				    cases[i].in_write,
				    "in a write: opcode %#x of %u bytes",
				    cases[i].op, cases[i].len);
	}
}

static void resp_invalid(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);

	resp_rx(r, OP_SEND_MIDDLE, 0, WORLD_MTU);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 0);
	KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, r->w->last_event, IB_EVENT_QP_REQ_ERR);
	/* 9.9.3: with a receive entry, a completion replaces the event. */
	r = resp_new(test, IB_QPT_RC);
	mfraw_world_recv(r->w, RESP_AT, 4 * WORLD_MTU);
	resp_rx(r, OP_SEND_FIRST, 0, WORLD_MTU);
	resp_rx(r, OP_WRITE_MIDDLE, 1, WORLD_MTU);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 1);
	resp_completes(test, r, MFRAW_CQE_LOC_QP_OP_ERR, 0);
	KUNIT_EXPECT_NE(test, r->w->last_event, IB_EVENT_QP_REQ_ERR);
}

/* A message of several packets fills one receive entry. */
static void resp_send_long(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	u32 i;

	mfraw_world_recv(r->w, RESP_AT, 2 * WORLD_MTU + 5);
	memset(r->ext + WORLD_HDR, 1, WORLD_MTU);
	resp_rx(r, OP_SEND_FIRST, 0, WORLD_MTU);
	memset(r->ext + WORLD_HDR, 2, WORLD_MTU);
	resp_rx(r, OP_SEND_MIDDLE, 1, WORLD_MTU);
	memset(r->ext + WORLD_HDR, 3, WORLD_MTU);
	resp_rx(r, OP_SEND_LAST, 2, 5);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, 2 * WORLD_MTU + 5);
	KUNIT_EXPECT_EQ(test, r->roce->resp.msn, 1);
	for (i = 0; i < 2 * WORLD_MTU + 5; i++)
		KUNIT_ASSERT_EQ(test, *mfraw_world_at(r->w, RESP_AT + i),
				1 + i / WORLD_MTU);
	KUNIT_EXPECT_EQ(test, *mfraw_world_at(r->w, RESP_AT + i), 0);
}

/* 9.9.3.1.3: a message longer than the receive entry writes nothing past it. */
static void resp_too_long(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);

	mfraw_world_recv(r->w, RESP_AT, WORLD_MTU + 4);
	memset(r->ext + WORLD_HDR, 1, WORLD_MTU);
	resp_rx(r, OP_SEND_FIRST, 0, WORLD_MTU);
	resp_rx(r, OP_SEND_LAST, 1, 5);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 1);
	resp_completes(test, r, MFRAW_CQE_LOC_LEN_ERR, 0);
	KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, *mfraw_world_at(r->w, RESP_AT + WORLD_MTU), 0);
}

/* A write has exactly the length of its RETH. */
static void resp_write(struct kunit *test)
{
	static const struct {
		u32 said, last;
		bool ok;
	} cases[] = {
		{ 2 * WORLD_MTU + 5, 5, true },
		{ 2 * WORLD_MTU + 5, 4 },
		{ 2 * WORLD_MTU + 5, 6 },
		{ 2 * WORLD_MTU + 4, 5 },
		{ 3 * WORLD_MTU, WORLD_MTU, true },
		{ 2 * WORLD_MTU, 1 },
		{ WORLD_MTU, 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resp *r = resp_new(test, IB_QPT_RC);

		memset(r->ext + WORLD_HDR, 1, WORLD_MTU);
		resp_reth(r, RESP_AT, cases[i].said);
		resp_rx(r, OP_WRITE_FIRST, 0, WORLD_MTU);
		resp_rx(r, OP_WRITE_MIDDLE, 1, WORLD_MTU);
		resp_rx(r, OP_WRITE_LAST, 2, cases[i].last);
		if (cases[i].ok) {
			KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_RTS);
			resp_answers(test, r, MFRAW_SYN_ACK, 2);
		} else {
			KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_ERR);
			KUNIT_EXPECT_EQ(test, r->roce->resp.ack_syndrome,
					MFRAW_SYN_NAK_INV_REQ);
		}
		/* No byte past the announced range was written. */
		KUNIT_EXPECT_EQ(test, 0, *mfraw_world_at(r->w, RESP_AT +
							 cases[i].said));
	}
}

/* 9.7.4.1.5: key, range and rights, of the queue pair and of the region. */
static void resp_access(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		struct resp *r = resp_new(test, IB_QPT_RC);
		struct mfraw_reth *reth = (struct mfraw_reth *)r->ext;
		u8 op = i < 4 ? OP_WRITE_ONLY : OP_READ;

		resp_reth(r, RESP_AT, 8);
		switch (i % 4) {
		case 0:
			reth->rkey ^= cpu_to_be32(1);
			break;
		case 1:
			reth->addr = cpu_to_be64(WORLD_IOVA + WORLD_LEN - 7);
			break;
		case 2:
			r->roce->access = i < 4 ? IB_ACCESS_REMOTE_READ :
						  IB_ACCESS_REMOTE_WRITE;
			break;
		default:
			r->w->mr.access = i < 4 ? IB_ACCESS_REMOTE_READ :
						  IB_ACCESS_REMOTE_WRITE;
			break;
		}
		resp_rx(r, op, 0, i < 4 ? 8 : 0);
		resp_answers(test, r, MFRAW_SYN_NAK_ACCESS, 0);
		KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_ERR);
		KUNIT_EXPECT_EQ(test, r->w->last_event,
				IB_EVENT_QP_ACCESS_ERR);
	}
}

/* 9.3.3.3: no message is longer than 2^31 bytes, with any key. */
static void resp_longest(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);

	resp_reth(r, RESP_AT, BIT(31) + 1);
	resp_rx(r, OP_READ, 0, 0);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 0);
	r = resp_new(test, IB_QPT_RC);
	resp_reth(r, RESP_AT, U32_MAX);
	resp_rx(r, OP_WRITE_FIRST, 0, WORLD_MTU);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 0);
}

/* A read uses the sequence numbers of its response; the next read follows. */
static void resp_read(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_responder *resp = &r->roce->resp;
	const struct mfraw_rd_atomic *rd;

	resp->psn = 0xffffff;
	resp_reth(r, RESP_AT, 3 * WORLD_MTU + 1);
	resp_rx(r, OP_READ, 0xffffff, 0);
	KUNIT_EXPECT_EQ(test, resp->psn, 3);
	KUNIT_EXPECT_EQ(test, resp->msn, 1);
	KUNIT_ASSERT_EQ(test, resp->rd_head - resp->rd_tail, 1);
	rd = mfraw_resp_rd(resp, resp->rd_tail);
	KUNIT_EXPECT_EQ(test, rd->psn, 0xffffff);
	KUNIT_EXPECT_EQ(test, rd->last_psn, 2);
	KUNIT_EXPECT_EQ(test, rd->addr, RESP_AT);
	KUNIT_EXPECT_EQ(test, rd->left, 3 * WORLD_MTU + 1);
	/* A read of zero bytes is answered with any key (9.7.4.1.5). */
	resp_reth(r, 0, 0);
	((struct mfraw_reth *)r->ext)->rkey = 0;
	resp_rx(r, OP_READ, 3, 0);
	KUNIT_EXPECT_EQ(test, resp->psn, 4);
	KUNIT_EXPECT_EQ(test, resp->rd_head - resp->rd_tail, 2);
}

/* 9.7.4.4.2: a duplicate read may ask for all or a part, but not for more. */
static void resp_read_again(struct kunit *test)
{
	static const struct {
		u32 psn, off, len;
		bool answered;
	} cases[] = {
		{ 10, 0, 4 * WORLD_MTU, true },
		{ 12, 2 * WORLD_MTU, 2 * WORLD_MTU, true },
		{ 13, 3 * WORLD_MTU, WORLD_MTU, true },
		{ 12, 2 * WORLD_MTU, 2 * WORLD_MTU + 1, false },
		{ 10, 0, 4 * WORLD_MTU + 1, false },
		{ 13, 3 * WORLD_MTU, WORLD_MTU + 1, false },
		{ 10, -1, 4, false },
		{ 10, 4 * WORLD_MTU, 1, false },
		{ 9, 0, 4, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct resp *r = resp_new(test, IB_QPT_RC);
		struct mfraw_responder *resp = &r->roce->resp;

		resp->psn = 10;
		resp_reth(r, RESP_AT, 4 * WORLD_MTU);
		resp_rx(r, OP_READ, 10, 0);
		/* The first read was answered. */
		resp->rd_tail = resp->rd_head;
		resp_reth(r, RESP_AT + (s32)cases[i].off, cases[i].len);
		resp_rx(r, OP_READ, cases[i].psn, 0);
		KUNIT_EXPECT_EQ_MSG(test, resp->rd_head - resp->rd_tail,
				    cases[i].answered, "case %u", i);
		/* A duplicate does not change the expected number. */
		KUNIT_EXPECT_EQ(test, resp->psn, 14);
		KUNIT_EXPECT_EQ(test, resp->msn, 1);
		KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_RTS);
	}
}

static void resp_atomic_eth(struct resp *r, u64 addr, u64 swap_add, u64 cmp)
{
	struct mfraw_atomic_eth *eth = (struct mfraw_atomic_eth *)r->ext;

	eth->addr = cpu_to_be64(addr);
	eth->rkey = cpu_to_be32(WORLD_LKEY);
	eth->swap_add = cpu_to_be64(swap_add);
	eth->compare = cpu_to_be64(cmp);
}

static u64 *resp_word(struct resp *r)
{
	return (u64 *)mfraw_world_at(r->w, RESP_AT);
}

/*
 * 9.4.5: compare and swap, fetch and add modulo 2^64; both return the old
 * value.
 */
static void resp_atomics(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_responder *resp = &r->roce->resp;

	*resp_word(r) = 5;
	resp_atomic_eth(r, RESP_AT, 77, 4);
	resp_rx(r, OP_CMP_SWP, 0, 0);
	KUNIT_EXPECT_EQ(test, *resp_word(r), 5);
	KUNIT_EXPECT_EQ(test, mfraw_resp_rd(resp, 0)->value, 5);
	resp_atomic_eth(r, RESP_AT, U64_MAX, 5);
	resp_rx(r, OP_CMP_SWP, 1, 0);
	KUNIT_EXPECT_EQ(test, *resp_word(r), U64_MAX);
	KUNIT_EXPECT_EQ(test, mfraw_resp_rd(resp, 1)->value, 5);
	resp_atomic_eth(r, RESP_AT, 3, 0);
	resp_rx(r, OP_FETCH_ADD, 2, 0);
	KUNIT_EXPECT_EQ(test, *resp_word(r), 2);
	KUNIT_EXPECT_EQ(test, mfraw_resp_rd(resp, 2)->value, U64_MAX);
}

/* 9.7.4.4.3: a duplicate atomic is not executed, and has the same response. */
static void resp_atomic_again(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_responder *resp = &r->roce->resp;
	unsigned int i;

	for (i = 0; i < MFRAW_MAX_RD_ATOMIC; i++) {
		resp_atomic_eth(r, RESP_AT, 1, 0);
		resp_rx(r, OP_FETCH_ADD, i, 0);
	}
	resp->rd_tail = resp->rd_head;
	KUNIT_EXPECT_EQ(test, *resp_word(r), MFRAW_MAX_RD_ATOMIC);
	for (i = 0; i < MFRAW_MAX_RD_ATOMIC; i++) {
		const struct mfraw_rd_atomic *rd;

		resp_rx(r, OP_FETCH_ADD, i, 0);
		KUNIT_EXPECT_EQ(test, *resp_word(r), MFRAW_MAX_RD_ATOMIC);
		KUNIT_ASSERT_EQ(test, resp->rd_head - resp->rd_tail, 1);
		rd = mfraw_resp_rd(resp, resp->rd_tail++);
		KUNIT_EXPECT_EQ(test, rd->value, i);
		KUNIT_EXPECT_EQ(test, rd->psn, i);
		KUNIT_EXPECT_EQ(test, rd->msn, i + 1);
	}
	/* A duplicate that is too old to be remembered has no response. */
	resp_rx(r, OP_FETCH_ADD, -5, 0);
	KUNIT_EXPECT_EQ(test, resp->rd_head, resp->rd_tail);
	KUNIT_EXPECT_EQ(test, *resp_word(r), MFRAW_MAX_RD_ATOMIC);
}

/* 9.4.5: the address is aligned to 64 bits, and the peer needs the right. */
static void resp_atomic_bad(struct kunit *test)
{
	struct resp *r;
	unsigned int i;

	for (i = 1; i < 8; i++) {
		r = resp_new(test, IB_QPT_RC);
		resp_atomic_eth(r, RESP_AT + i, 1, 0);
		resp_rx(r, OP_FETCH_ADD, 0, 0);
		resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 0);
	}
	r = resp_new(test, IB_QPT_RC);
	r->roce->access &= ~IB_ACCESS_REMOTE_ATOMIC;
	resp_atomic_eth(r, RESP_AT, 1, 0);
	resp_rx(r, OP_FETCH_ADD, 0, 0);
	resp_answers(test, r, MFRAW_SYN_NAK_ACCESS, 0);
	KUNIT_EXPECT_EQ(test, *resp_word(r), 0);
}

/* 9.7.4.1.2: without resources for reads and atomics, all are refused. */
static void resp_no_reads(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);

	r->roce->attr.max_dest_rd_atomic = 0;
	resp_reth(r, RESP_AT, 8);
	resp_rx(r, OP_READ, 0, 0);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 0);
	r = resp_new(test, IB_QPT_RC);
	r->roce->attr.max_dest_rd_atomic = 0;
	resp_atomic_eth(r, RESP_AT, 1, 0);
	resp_rx(r, OP_FETCH_ADD, 0, 0);
	resp_answers(test, r, MFRAW_SYN_NAK_INV_REQ, 0);
}

/* Requests above the peer's limit are dropped, and harm nothing. */
static void resp_flood(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_responder *resp = &r->roce->resp;
	unsigned int i;

	resp_atomic_eth(r, RESP_AT, 1, 0);
	for (i = 0; i < 3 * MFRAW_RESP_RD; i++)
		resp_rx(r, OP_FETCH_ADD, resp->psn, 0);
	KUNIT_EXPECT_EQ(test, resp->rd_head - resp->rd_tail,
			MFRAW_RESP_RD);
	/* Requests without a response were not executed. */
	KUNIT_EXPECT_EQ(test, *resp_word(r), MFRAW_RESP_RD);
	KUNIT_EXPECT_EQ(test, resp->psn, MFRAW_RESP_RD);
}

/* 9.8.2.2: UC continues at the next message, without a response. */
static void resp_uc(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_UC);
	struct mfraw_cqe cqe;

	mfraw_world_recv(r->w, RESP_AT, 4 * WORLD_MTU);
	resp_rx(r, OP_SEND_FIRST, 0, WORLD_MTU);
	/* Without its middle packet, the message is lost. */
	resp_rx(r, OP_SEND_LAST, 2, 8);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(r->w, &cqe));
	/* The next message uses the receive entry. */
	resp_rx(r, OP_SEND_FIRST, 7, WORLD_MTU);
	resp_rx(r, OP_SEND_LAST, 8, 8);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, WORLD_MTU + 8);
	/* Without an entry, or out of order, a message is dropped. */
	resp_rx(r, OP_SEND_ONLY, 9, 8);
	resp_rx(r, OP_SEND_MIDDLE, 10, WORLD_MTU);
	resp_reth(r, 0, 8);
	resp_rx(r, OP_WRITE_ONLY, 11, 8);
	KUNIT_EXPECT_EQ(test, r->w->qp.state, IB_QPS_RTS);
	KUNIT_EXPECT_FALSE(test, r->roce->resp.ack);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(r->w, &cqe));
	mfraw_world_recv(r->w, RESP_AT, 100);
	resp_rx(r, OP_SEND_ONLY, 12, 8);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, 8);
}

/* 9.7.4.1: a queue pair receives only in some states. */
static void resp_states(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_cqe cqe;

	mfraw_world_recv(r->w, RESP_AT, 100);
	r->w->qp.rq.state = IB_WQS_RESET;
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	r->w->qp.rq.state = IB_WQS_ERR;
	resp_rx(r, OP_SEND_ONLY, 0, 8);
	KUNIT_EXPECT_FALSE(test, r->roce->resp.ack);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(r->w, &cqe));
	KUNIT_EXPECT_EQ(test, mfraw_world_count(r->w, MFRAW_RX_QP_STATE), 2);
}

/* 11.6.3.1: the first request in RTR establishes the connection. */
static void resp_established(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);

	r->w->qp.state = IB_QPS_RTR;
	resp_reth(r, RESP_AT, 8);
	resp_rx(r, OP_WRITE_ONLY, 0, 8);
	resp_rx(r, OP_WRITE_ONLY, 1, 8);
	KUNIT_EXPECT_EQ(test, r->w->events, 1);
	KUNIT_EXPECT_EQ(test, r->w->last_event, IB_EVENT_COMM_EST);
}

/* A completion has the immediate in wire format, and a solicited event. */
static void resp_immediate(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_cqe cqe;

	mfraw_world_recv(r->w, RESP_AT, 100);
	mfraw_world_recv(r->w, RESP_AT, 100);
	put_unaligned_be32(0xa1b2c3d4, r->ext);
	resp_rx(r, OP_SEND_ONLY_IMM, 0, 8);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(r->w, &cqe));
	KUNIT_EXPECT_EQ(test, be32_to_cpu(cqe.imm), 0xa1b2c3d4);
	KUNIT_EXPECT_NE(test, cqe.info & MFRAW_CQE_WITH_IMM, 0);
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_RECV);
	resp_reth(r, RESP_AT, 24);
	put_unaligned_be32(0x01020304, r->ext + sizeof(struct mfraw_reth));
	resp_rx(r, OP_WRITE_ONLY_IMM, 1, 24);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(r->w, &cqe));
	KUNIT_EXPECT_EQ(test, be32_to_cpu(cqe.imm), 0x01020304);
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_RECV_RDMA_WITH_IMM);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), 24);
}

static void resp_complete(struct resp *r, bool solicited)
{
	struct mfraw_cqe cqe = { .opcode = MFRAW_CQE_RECV };

	mfraw_resp_complete(r->roce, &cqe, solicited);
}

/*
 * Receives of requests that arrive together are visible at once. They raise
 * their event with the last one, and a solicited one raises it at once.
 */
static void resp_event(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	struct mfraw_world *w = r->w;

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	local_bh_disable();
	rcu_read_lock();
	mfraw_resp_begin(r->roce);
	resp_complete(r, false);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, 0);
	resp_complete(r, false);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, 0);
	KUNIT_EXPECT_EQ(test, w->cq_events, 0);
	mfraw_resp_end(r->roce, NULL);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM_SOLICITED);
	mfraw_resp_begin(r->roce);
	resp_complete(r, false);
	mfraw_resp_end(r->roce, NULL);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	mfraw_resp_begin(r->roce);
	resp_complete(r, false);
	resp_complete(r, true);
	KUNIT_EXPECT_EQ(test, w->cq_events, 2);
	resp_complete(r, false);
	mfraw_resp_end(r->roce, NULL);
	KUNIT_EXPECT_EQ(test, w->cq_events, 2);
	rcu_read_unlock();
	local_bh_enable();
}

/* Receive a short send, and check the memory at its receive and around it. */
static void resp_send_short(struct kunit *test, struct resp *r, u64 addr,
			    u32 len)
{
	struct mfraw_world *w = r->w;
	u32 b;

	memset(w->mem, 0xee, WORLD_PAGES * PAGE_SIZE);
	for (b = 0; b < len; b++)
		r->ext[WORLD_HDR + b] = len + b;
	mfraw_world_recv(w, addr, 200);
	resp_rx(r, OP_SEND_ONLY, r->roce->resp.psn, len);
	resp_completes(test, r, MFRAW_CQE_SUCCESS, len);
	for (b = 0; b < len; b++)
		KUNIT_ASSERT_EQ(test, *mfraw_world_at(w, addr + b),
				(u8)(len + b));
	for (b = 0; b < 64; b++) {
		KUNIT_ASSERT_EQ(test, *mfraw_world_at(w, addr - 64 + b), 0xee);
		KUNIT_ASSERT_EQ(test, *mfraw_world_at(w, addr + len + b), 0xee);
	}
}

/*
 * Short receives of each length, at the start and across the end of a page. They
 * use the region of the last receive, but not when it has been deregistered.
 */
static void resp_short(struct kunit *test)
{
	struct resp *r = resp_new(test, IB_QPT_RC);
	u64 page = ALIGN(WORLD_IOVA, PAGE_SIZE) + PAGE_SIZE;
	u32 len;

	for (len = 0; len <= 140; len++) {
		resp_send_short(test, r, page, len);
		resp_send_short(test, r, page - len / 2, len);
	}
	memset(r->w->mem, 0xee, WORLD_PAGES * PAGE_SIZE);
	xa_erase(&r->w->dev.mrs, WORLD_LKEY >> MFRAW_KEY_SHIFT);
	atomic64_inc(&r->w->dev.mr_gen);
	mfraw_world_recv(r->w, page, 200);
	resp_rx(r, OP_SEND_ONLY, r->roce->resp.psn, 64);
	resp_completes(test, r, MFRAW_CQE_LOC_PROT_ERR, 0);
	KUNIT_EXPECT_EQ(test, *mfraw_world_at(r->w, page), 0xee);
}

static struct kunit_case resp_cases[] = {
	KUNIT_CASE(resp_expected),
	KUNIT_CASE(resp_gap),
	KUNIT_CASE(resp_duplicate),
	KUNIT_CASE(resp_not_ready),
	KUNIT_CASE(resp_order),
	KUNIT_CASE(resp_invalid),
	KUNIT_CASE(resp_send_long),
	KUNIT_CASE(resp_too_long),
	KUNIT_CASE(resp_write),
	KUNIT_CASE(resp_access),
	KUNIT_CASE(resp_longest),
	KUNIT_CASE(resp_read),
	KUNIT_CASE(resp_read_again),
	KUNIT_CASE(resp_atomics),
	KUNIT_CASE(resp_atomic_again),
	KUNIT_CASE(resp_atomic_bad),
	KUNIT_CASE(resp_no_reads),
	KUNIT_CASE(resp_flood),
	KUNIT_CASE(resp_uc),
	KUNIT_CASE(resp_states),
	KUNIT_CASE(resp_established),
	KUNIT_CASE(resp_immediate),
	KUNIT_CASE(resp_event),
	KUNIT_CASE(resp_short),
	{}
};

struct kunit_suite mfraw_resp_suite = {
	.name = "mfraw_resp",
	.test_cases = resp_cases,
};
