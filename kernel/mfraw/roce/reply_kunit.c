// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the responder's packets: acknowledges, read data and atomic results
 * (IBTA volume 1, 9.7.5.1).
 */
#include <linux/unaligned.h>

#include "kunit.h"

#include "roce/reply.c"

static unsigned int reply_burst(struct mfraw_world *w)
{
	unsigned int n;

	spin_lock_bh(&w->qp.sq.lock);
	n = mfraw_reply_burst(w->qp.roce);
	spin_unlock_bh(&w->qp.sq.lock);

	return n;
}

/* Queue the response to a read of @len bytes, from number @psn on. */
static void reply_read(struct mfraw_roce *roce, u32 psn, u64 addr, u32 len)
{
	struct mfraw_responder *resp = &roce->resp;

	*mfraw_resp_rd(resp, resp->rd_head++) = (struct mfraw_rd_atomic) {
		.first = true,
		.psn = psn,
		.last_psn = mfraw_psn_add(psn, max(1U, DIV_ROUND_UP(len,
								    WORLD_MTU)) - 1),
		.msn = 9,
		.addr = addr,
		.left = len,
		.rkey = WORLD_LKEY,
	};
}

/* 9.7.5.1.1: an acknowledge has the scheduled number and syndrome, once. */
static void reply_ack(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;

	roce->resp.msn = 0x1000005;
	mfraw_reply_ack(roce, MFRAW_SYN_NAK_ACCESS, 0xffffff);
	/* The MSN does not include a message that is executed meanwhile. */
	roce->resp.msn++;
	KUNIT_EXPECT_EQ(test, reply_burst(w), 1);
	KUNIT_EXPECT_EQ(test, reply_burst(w), 0);
	mfraw_world_sent(test, w, 0, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_ACKNOWLEDGE);
	KUNIT_EXPECT_EQ(test, pkt.psn, 0xffffff);
	KUNIT_EXPECT_EQ(test, get_unaligned_be32(pkt.ext), 0x62000005);
	/* An acknowledge does not ask for an acknowledge. */
	KUNIT_EXPECT_FALSE(test, pkt.ack_req);
}

/*
 * 9.7.5.1.9: opcodes first, middle, last and only; all but middle have an AETH.
 */
static void reply_read_packets(struct kunit *test)
{
	static const u32 lens[] = { 0, 1, WORLD_MTU, WORLD_MTU + 1,
				    3 * WORLD_MTU, 3 * WORLD_MTU + 7 };
	unsigned int i, k;
	u32 b;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
		unsigned int n = max(1U, DIV_ROUND_UP(lens[i], WORLD_MTU));
		u32 off = 0;

		mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, i);
		reply_read(roce, 0xfffffe, WORLD_IOVA, lens[i]);
		KUNIT_EXPECT_EQ(test, reply_burst(w), n);
		KUNIT_EXPECT_EQ(test, reply_burst(w), 0);
		for (k = 0; k < n; k++) {
			struct mfraw_pkt pkt;
			u8 want = n == 1 ? IB_OPCODE_RC_RDMA_READ_RESPONSE_ONLY :
				  !k ? IB_OPCODE_RC_RDMA_READ_RESPONSE_FIRST :
				  k + 1 == n ? IB_OPCODE_RC_RDMA_READ_RESPONSE_LAST :
				  IB_OPCODE_RC_RDMA_READ_RESPONSE_MIDDLE;

			mfraw_world_sent(test, w, k, &pkt);
			KUNIT_EXPECT_EQ(test, pkt.opcode, want);
			KUNIT_EXPECT_EQ(test, pkt.psn,
					mfraw_psn_add(0xfffffe, k));
			KUNIT_EXPECT_EQ(test, pkt.len,
					min(lens[i] - off, WORLD_MTU));
			if (pkt.info & MFRAW_PKT_AETH)
				KUNIT_EXPECT_EQ(test, 0x1f000009,
						get_unaligned_be32(pkt.ext));
			for (b = 0; b < pkt.len; b++)
				KUNIT_ASSERT_EQ(test, w->port.sent[k][pkt.off + b],
						*mfraw_world_at(w, WORLD_IOVA +
								off + b));
			off += pkt.len;
		}
	}
}

/* 9.7.5.1.4: responses are in the order of requests, acknowledges follow. */
static void reply_order(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_pkt pkt;

	reply_read(roce, 0, WORLD_IOVA, 2 * WORLD_MTU);
	*mfraw_resp_rd(resp, resp->rd_head++) = (struct mfraw_rd_atomic) {
		.atomic = true,
		.psn = 2,
		.last_psn = 2,
		.msn = 2,
		.value = 0x1122334455667788,
	};
	mfraw_reply_ack(roce, MFRAW_SYN_ACK, 3);
	KUNIT_EXPECT_EQ(test, reply_burst(w), 3);
	KUNIT_EXPECT_EQ(test, reply_burst(w), 1);
	KUNIT_EXPECT_EQ(test, reply_burst(w), 0);
	mfraw_world_sent(test, w, 2, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_ATOMIC_ACKNOWLEDGE);
	KUNIT_EXPECT_EQ(test, pkt.psn, 2);
	KUNIT_EXPECT_EQ(test, get_unaligned_be64(pkt.ext + 4),
			0x1122334455667788);
	mfraw_world_sent(test, w, 3, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_ACKNOWLEDGE);
	KUNIT_EXPECT_EQ(test, pkt.psn, 3);
}

/*
 * Packets that the port took are not sent twice, and the others are sent later.
 */
static void reply_port(struct kunit *test)
{
	unsigned int first;

	for (first = 0; first <= 5; first++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
		struct mfraw_pkt pkt;
		unsigned int k;
		u32 b;

		mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, first);
		reply_read(roce, 5, WORLD_IOVA, 5 * WORLD_MTU);
		w->port.takes = first;
		/*
		 * One more than sent: the caller must call again for the rest.
		 */
		KUNIT_EXPECT_EQ(test, reply_burst(w),
				first + (first && first < 5));
		KUNIT_EXPECT_EQ(test, w->stalls, !first);
		w->port.takes = 100;
		KUNIT_EXPECT_EQ(test, reply_burst(w), 5 - first);
		KUNIT_ASSERT_EQ(test, w->port.nr_sent, 5);
		for (k = 0; k < 5; k++) {
			mfraw_world_sent(test, w, k, &pkt);
			KUNIT_EXPECT_EQ(test, pkt.psn, 5 + k);
			KUNIT_EXPECT_EQ(test, !(pkt.info & MFRAW_PKT_FIRST),
					k > 0);
			for (b = 0; b < WORLD_MTU; b++)
				KUNIT_ASSERT_EQ(test, w->port.sent[k][pkt.off + b],
						*mfraw_world_at(w, WORLD_IOVA +
								k * WORLD_MTU +
								b));
		}
	}
}

/*
 * One round has the responses to many requests. The port may stop after any of
 * their packets.
 */
static void reply_many(struct kunit *test)
{
	unsigned int first, k;

	for (first = 0; first <= 6; first++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
		struct mfraw_responder *resp = &roce->resp;
		struct mfraw_pkt pkt;

		for (k = 0; k < 3; k++)
			reply_read(roce, 0xfffffe + 2 * k,
				   WORLD_IOVA + 2 * k * WORLD_MTU,
				   WORLD_MTU + 1 + k);
		w->port.takes = first;
		KUNIT_EXPECT_EQ(test, reply_burst(w),
				first + (first && first < 6));
		KUNIT_EXPECT_EQ(test, resp->rd_tail, first / 2);
		w->port.takes = 100;
		KUNIT_EXPECT_EQ(test, reply_burst(w), 6 - first);
		KUNIT_EXPECT_EQ(test, resp->rd_tail, resp->rd_head);
		KUNIT_ASSERT_EQ(test, w->port.nr_sent, 6);
		for (k = 0; k < 6; k++) {
			mfraw_world_sent(test, w, k, &pkt);
			KUNIT_EXPECT_EQ(test, pkt.psn,
					mfraw_psn_add(0xfffffe, k));
			KUNIT_EXPECT_EQ(test, pkt.len,
					k & 1 ? 1 + k / 2 : WORLD_MTU);
			KUNIT_EXPECT_EQ(test, !(pkt.info & MFRAW_PKT_FIRST),
					k & 1);
		}
	}
}

/*
 * The peer may replace responses while their packets are under construction. It
 * gets the new ones then, and all before them count.
 */
static void reply_replaced(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_responder *resp = &roce->resp;
	u8 packets[MFRAW_RESP_RD];
	bool ok = true;
	u32 k;

	for (k = 0; k < 3; k++)
		reply_read(roce, 2 * k, WORLD_IOVA, 2 * WORLD_MTU);
	local_bh_disable();
	rcu_read_lock();
	KUNIT_EXPECT_EQ(test, mfraw_reply_pack_rds(roce, packets, &ok), 3);
	KUNIT_EXPECT_TRUE(test, ok);
	/* The second one is requested again. */
	resp->rd_head = 1;
	resp->rd_cut = 1;
	reply_read(roce, 2, WORLD_IOVA, 2 * WORLD_MTU);
	spin_lock(&w->qp.rq.q.lock);
	KUNIT_EXPECT_FALSE(test, mfraw_reply_taken(roce, packets, 3, 6));
	spin_unlock(&w->qp.rq.q.lock);
	rcu_read_unlock();
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, resp->rd_tail, 1);
	KUNIT_EXPECT_EQ(test, mfraw_resp_rd(resp, 1)->psn, 2);
	KUNIT_EXPECT_EQ(test, mfraw_resp_rd(resp, 1)->left, 2 * WORLD_MTU);
	KUNIT_EXPECT_EQ(test, reply_burst(w), 2);
}

/* An acknowledge that the port does not take stays due. */
static void reply_ack_port(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);

	mfraw_reply_ack(roce, MFRAW_SYN_ACK, 1);
	w->port.takes = 0;
	KUNIT_EXPECT_EQ(test, reply_burst(w), 0);
	KUNIT_EXPECT_TRUE(test, roce->resp.ack);
	w->port.takes = 1;
	KUNIT_EXPECT_EQ(test, reply_burst(w), 1);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 1);
}

/* A NAK reports memory that became invalid during a read (9.7.5.1.3). */
static void reply_gone(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;

	reply_read(roce, 0, WORLD_IOVA, 2 * WORLD_MTU);
	reply_read(roce, 2, WORLD_IOVA, 2 * WORLD_MTU);
	mfraw_reply_ack(roce, MFRAW_SYN_ACK, 4);
	w->port.takes = 1;
	reply_burst(w);
	w->port.takes = 100;
	w->mr.key = 0;
	/* The task goes on with the NAK, which replaces the acknowledge. */
	KUNIT_EXPECT_NE(test, reply_burst(w), 0);
	KUNIT_EXPECT_TRUE(test, mfraw_reply_due(roce));
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_QP_ACCESS_ERR);
	reply_burst(w);
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, 2);
	mfraw_world_sent(test, w, 1, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_ACKNOWLEDGE);
	KUNIT_EXPECT_EQ(test, pkt.psn, 1);
	KUNIT_EXPECT_EQ(test, pkt.ext[0], MFRAW_SYN_NAK_ACCESS);
}

/* A response longer than a round continues in the next rounds. */
static void reply_rounds(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;
	unsigned int i, n;

	roce->mtu = 256;
	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 1);
	*mfraw_resp_rd(&roce->resp, roce->resp.rd_head++) =
		(struct mfraw_rd_atomic) {
			.first = true, .psn = 0, .last_psn = 79,
			.addr = WORLD_IOVA, .left = 80 * 256,
			.rkey = WORLD_LKEY,
		};
	for (i = 0; i < 10 && w->port.nr_sent < 80; i++) {
		n = reply_burst(w);
		KUNIT_EXPECT_LE(test, n, MFRAW_BURST);
		KUNIT_ASSERT_GT(test, n, 0);
	}
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, 80);
	for (i = 0; i < 80; i++) {
		mfraw_world_sent(test, w, i, &pkt);
		KUNIT_EXPECT_EQ(test, pkt.psn, i);
		KUNIT_EXPECT_EQ(test, pkt.len, 256);
	}
}

/* UC sends no responses. */
static void reply_unreliable(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_UC);

	roce->resp.ack = true;
	KUNIT_EXPECT_EQ(test, reply_burst(w), 0);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
}

/* Send what is due, as at the end of a round. */
static void reply_run(struct mfraw_answer *answer)
{
	local_bh_disable();
	rcu_read_lock();
	mfraw_reply_run(answer);
	rcu_read_unlock();
	local_bh_enable();
}

/*
 * The sender of the requests sends the responses when its port has returned. The
 * task does it if there is no such sender, if the sender's round has the
 * responses of another queue pair already, if the send queue is in use, and for
 * what is left.
 */
static void reply_by_sender(struct kunit *test)
{
	struct mfraw_roce *sender = mf_test_alloc(test, sizeof(*sender));
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_answer answer = {}, other = { .from = sender };
	struct mfraw_pkt pkt;
	/* Without SMP, a lock is always free. Instruments report another one. */
	bool locked = IS_ENABLED(CONFIG_SMP) || IS_ENABLED(CONFIG_PREEMPT_RT);

	mfraw_reply_ack(roce, MFRAW_SYN_ACK, 1);
	KUNIT_EXPECT_TRUE(test, roce->resp.due);
	mfraw_reply_soon(roce, NULL);
	KUNIT_EXPECT_EQ(test, w->kicks, 1);
	mfraw_reply_soon(roce, sender);
	KUNIT_EXPECT_EQ(test, w->kicks, 2);
	sender->answer = &other;
	mfraw_reply_soon(roce, sender);
	KUNIT_EXPECT_EQ(test, w->kicks, 3);
	KUNIT_EXPECT_PTR_EQ(test, other.from, sender);
	/* A queue pair that sends to itself can't have its lock again. */
	roce->answer = &answer;
	mfraw_reply_soon(roce, roce);
	roce->answer = NULL;
	KUNIT_EXPECT_EQ(test, w->kicks, 4);
	KUNIT_EXPECT_NULL(test, answer.from);

	/* The second notice finds the first one. */
	sender->answer = &answer;
	mfraw_reply_soon(roce, sender);
	mfraw_reply_soon(roce, sender);
	KUNIT_ASSERT_PTR_EQ(test, answer.from, roce);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
	reply_run(&answer);
	KUNIT_EXPECT_EQ(test, w->kicks, 4);
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, 1);
	mfraw_world_sent(test, w, 0, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_ACKNOWLEDGE);
	KUNIT_EXPECT_EQ(test, pkt.psn, 1);

	/* A response that is longer than a round. */
	roce->mtu = 256;
	answer.from = NULL;
	*mfraw_resp_rd(&roce->resp, roce->resp.rd_head++) =
		(struct mfraw_rd_atomic) {
			.first = true, .psn = 2, .last_psn = 81,
			.addr = WORLD_IOVA, .left = 80 * 256,
			.rkey = WORLD_LKEY,
		};
	mfraw_reply_soon(roce, sender);
	reply_run(&answer);
	KUNIT_EXPECT_EQ(test, w->kicks, 5);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 1 + MFRAW_BURST);

	answer.from = NULL;
	mfraw_reply_soon(roce, sender);
	spin_lock_bh(&w->qp.sq.lock);
	if (locked)
		reply_run(&answer);
	spin_unlock_bh(&w->qp.sq.lock);
	if (!locked)
		reply_run(&answer);
	KUNIT_EXPECT_EQ(test, w->kicks, 6);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 1 + MFRAW_BURST * (locked ? 1 : 2));
}

static struct kunit_case reply_cases[] = {
	KUNIT_CASE(reply_ack),
	KUNIT_CASE(reply_read_packets),
	KUNIT_CASE(reply_order),
	KUNIT_CASE(reply_port),
	KUNIT_CASE(reply_many),
	KUNIT_CASE(reply_replaced),
	KUNIT_CASE(reply_ack_port),
	KUNIT_CASE(reply_gone),
	KUNIT_CASE(reply_rounds),
	KUNIT_CASE(reply_unreliable),
	KUNIT_CASE(reply_by_sender),
	{}
};

struct kunit_suite mfraw_reply_suite = {
	.name = "mfraw_reply",
	.test_cases = reply_cases,
};
