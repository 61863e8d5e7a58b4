// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of sends that invalidate a key while a read by it is being answered
 * (IBTA volume 1, 9.7.5.1.4, 9.9.6.4).
 */
#include <linux/unaligned.h>

#include "kunit.h"

#include "roce/park.c"

#define PARK_AT		(WORLD_IOVA + 8 - WORLD_IOVA % 8)

/* Receive a packet in a frame of its own. */
static void park_rx(struct kunit *test, struct mfraw_world *w, u8 op, u32 psn,
		    const void *ext, u32 ext_len, u32 len)
{
	struct mf_frame *frame = mf_test_alloc(test, sizeof(*frame));
	u8 *hdr = mf_test_alloc(test, WORLD_HDR + len);

	memcpy(hdr, ext, ext_len);
	mfraw_world_request(w, frame, hdr, op, psn, len);
}

static void park_read(struct kunit *test, struct mfraw_world *w, u32 psn,
		      u32 packets)
{
	struct mfraw_reth reth = {
		.addr = cpu_to_be64(PARK_AT),
		.rkey = cpu_to_be32(WORLD_LKEY),
		.length = cpu_to_be32(packets * WORLD_MTU),
	};

	park_rx(test, w, IB_OPCODE_RDMA_READ_REQUEST, psn, &reth, sizeof(reth),
		0);
}

static void park_send(struct kunit *test, struct mfraw_world *w, u32 psn,
		      bool inv)
{
	__be32 rkey = cpu_to_be32(WORLD_LKEY);

	mfraw_world_recv(w, PARK_AT, 100);
	park_rx(test, w, inv ? IB_OPCODE_SEND_ONLY_WITH_INVALIDATE :
			       IB_OPCODE_SEND_ONLY, psn, &rkey, sizeof(rkey), 8);
}

/* Send responses; the port takes at most @takes packets. */
static void park_burst(struct mfraw_world *w, unsigned int takes)
{
	unsigned int i;

	w->port.takes = takes;
	for (i = 0; i < 8; i++) {
		spin_lock_bh(&w->qp.sq.lock);
		mfraw_reply_burst(w->qp.roce);
		spin_unlock_bh(&w->qp.sq.lock);
	}
	w->port.takes = 0;
}

/* Make a world whose region peers may invalidate. */
static struct mfraw_world *park_world(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_world_roce(test, w, IB_QPT_RC);
	w->mr.fast.pages = (void *)w->mr.pages;
	w->port.takes = 0;

	return w;
}

static void park_completes(struct kunit *test, struct mfraw_world *w, u8 status,
			   bool inv)
{
	struct mfraw_cqe cqe;

	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, status);
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_RECV);
	KUNIT_EXPECT_EQ(test, !!(cqe.info & MFRAW_CQE_WITH_INV), inv);
	if (inv)
		KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.inv_rkey), WORLD_LKEY);
}

/* A parked send needs no retransmission, and all effects are in order. */
static void park_order(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);
	struct mfraw_responder *resp = &w->roce.resp;
	struct mfraw_cqe cqe;
	u32 i;

	park_read(test, w, 0, 3);
	park_send(test, w, 3, true);
	park_send(test, w, 4, false);
	KUNIT_EXPECT_EQ(test, resp->psn, 5);
	KUNIT_EXPECT_TRUE(test, resp->ack);
	KUNIT_EXPECT_EQ(test, resp->ack_syndrome, MFRAW_SYN_ACK);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, w->mr.key, WORLD_LKEY);
		park_burst(w, i < 2 ? 1 : 100);
	}
	KUNIT_EXPECT_EQ(test, w->mr.key, 0);
	park_completes(test, w, MFRAW_CQE_SUCCESS, true);
	park_completes(test, w, MFRAW_CQE_SUCCESS, false);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	/* One acknowledge, of the last message, follows the response. */
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 4);
	/* Later receives complete at once. */
	w->mr.key = WORLD_LKEY;
	park_send(test, w, 5, false);
	park_completes(test, w, MFRAW_CQE_SUCCESS, false);
}

/* A read by another key neither waits nor delays a receive. */
static void park_others(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);

	park_read(test, w, 0, 3);
	mfraw_resp_rd(&w->roce.resp, 0)->rkey = WORLD_LKEY + 1;
	park_send(test, w, 3, true);
	KUNIT_EXPECT_EQ(test, w->mr.key, 0);
	park_completes(test, w, MFRAW_CQE_SUCCESS, true);
}

/* Requests after the send have no access by the key (9.9.6.4). */
static void park_refuses(struct kunit *test)
{
	unsigned int how;

	for (how = 0; how < 3; how++) {
		struct mfraw_world *w = park_world(test);
		struct mfraw_responder *resp = &w->roce.resp;
		struct mfraw_reth reth = {
			.addr = cpu_to_be64(PARK_AT),
			.rkey = cpu_to_be32(WORLD_LKEY),
			.length = cpu_to_be32(8),
		};

		park_read(test, w, 0, 3);
		park_send(test, w, 3, true);
		if (how == 0)
			park_read(test, w, 4, 1);
		else if (how == 1)
			park_rx(test, w, IB_OPCODE_RDMA_WRITE_ONLY, 4, &reth,
				sizeof(reth), 8);
		else
			park_send(test, w, 4, true);
		KUNIT_EXPECT_EQ(test, resp->ack_syndrome, MFRAW_SYN_NAK_ACCESS);
		KUNIT_EXPECT_EQ(test, resp->ack_psn, 4);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
		KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_QP_ACCESS_ERR);
		/*
		 * The queue pair fails before the response, so the key stays
		 * valid.
		 */
		w->qp.rq.state = IB_WQS_ERR;
		mfraw_resp_flush(&w->roce);
		park_completes(test, w, MFRAW_CQE_WR_FLUSH_ERR, false);
		KUNIT_EXPECT_EQ(test, w->mr.key, WORLD_LKEY);
		park_burst(w, 100);
	}
}

/* A request of zero bytes needs no valid key. */
static void park_empty(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);

	park_read(test, w, 0, 3);
	park_send(test, w, 3, true);
	park_read(test, w, 4, 0);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_RTS);
	park_burst(w, 100);
	KUNIT_EXPECT_EQ(test, w->mr.key, 0);
}

/* A key that must not be invalidated is refused at once. */
static void park_no_right(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);

	park_read(test, w, 0, 3);
	w->mr.fast.pages = NULL;
	park_send(test, w, 3, true);
	KUNIT_EXPECT_EQ(test, w->roce.resp.ack_syndrome, MFRAW_SYN_NAK_ACCESS);
	park_completes(test, w, MFRAW_CQE_LOC_ACCESS_ERR, false);
}

/* With all places in use, the next request must be sent again. */
static void park_full(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);
	struct mfraw_responder *resp = &w->roce.resp;
	struct mfraw_cqe cqe;
	u32 i;

	park_read(test, w, 0, 3);
	for (i = 0; i < MFRAW_PARKED; i++)
		park_send(test, w, 3 + i, !i);
	KUNIT_EXPECT_EQ(test, resp->ack_syndrome, MFRAW_SYN_ACK);
	park_send(test, w, 3 + i, false);
	KUNIT_EXPECT_EQ(test, resp->ack_syndrome, MFRAW_SYN_NAK_SEQ);
	KUNIT_EXPECT_EQ(test, resp->ack_psn, 3 + i);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	park_burst(w, 100);
	for (i = 0; i < MFRAW_PARKED; i++)
		park_completes(test, w, MFRAW_CQE_SUCCESS, !i);
	w->mr.key = WORLD_LKEY;
	park_send(test, w, 3 + i, false);
	park_completes(test, w, MFRAW_CQE_SUCCESS, false);
}

/* A repeated read is answered again before the key is invalidated. */
static void park_again(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);
	struct mfraw_cqe cqe;

	park_read(test, w, 0, 2);
	park_read(test, w, 2, 2);
	park_send(test, w, 4, true);
	park_read(test, w, 0, 2);
	park_burst(w, 100);
	KUNIT_EXPECT_EQ(test, w->mr.key, WORLD_LKEY);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	park_read(test, w, 2, 2);
	/* The send comes again, too, but is executed once. */
	park_send(test, w, 4, true);
	park_burst(w, 100);
	KUNIT_EXPECT_EQ(test, w->mr.key, 0);
	park_completes(test, w, MFRAW_CQE_SUCCESS, true);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
}

/* The owner invalidates the key before the response is sent. */
static void park_owner(struct kunit *test)
{
	struct mfraw_world *w = park_world(test);

	park_read(test, w, 0, 1);
	park_send(test, w, 1, true);
	park_burst(w, 0);
	mfraw_resp_rd(&w->roce.resp, 0)->left = 0;
	w->mr.key = 0;
	park_burst(w, 100);
	park_completes(test, w, MFRAW_CQE_SUCCESS, true);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_RTS);
}

static struct kunit_case park_cases[] = {
	KUNIT_CASE(park_order),
	KUNIT_CASE(park_others),
	KUNIT_CASE(park_refuses),
	KUNIT_CASE(park_empty),
	KUNIT_CASE(park_no_right),
	KUNIT_CASE(park_full),
	KUNIT_CASE(park_again),
	KUNIT_CASE(park_owner),
	{}
};

struct kunit_suite mfraw_park_suite = {
	.name = "mfraw_park",
	.test_cases = park_cases,
};
