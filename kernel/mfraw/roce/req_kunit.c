// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the requester: the packets of a work request, and when they may be
 * sent (IBTA volume 1, 9.4, 9.7.2, 10.8.3).
 */
#include "kunit.h"

#include "roce/req.c"
#include "roce/wqe.c"

#define REQ_RADDR	0x123456789abcULL
#define REQ_RKEY	0x87654321

static struct mfraw_send_wqe *req_wqe(struct mfraw_world *w, u32 i)
{
	return (void *)(w->sq_ring + ((i % WORLD_ENTRIES) << WORLD_SHIFT));
}

static struct mfraw_roce_seg *req_seg(struct mfraw_send_wqe *wqe)
{
	return (struct mfraw_roce_seg *)(wqe + 1);
}

/* Post a request with one memory piece. */
static struct mfraw_send_wqe *req_post(struct mfraw_world *w, u8 opcode,
				       u32 len)
{
	u32 prod = le32_to_cpu(w->db.sq_prod);
	struct mfraw_send_wqe *wqe = req_wqe(w, prod);
	struct mfraw_roce_seg *seg = req_seg(wqe);

	memset(wqe, 0, BIT(WORLD_SHIFT));
	wqe->opcode = opcode;
	wqe->flags = MFRAW_SEND_SIGNALED;
	if (!mfraw_op_is_local(opcode)) {
		wqe->num_sge = cpu_to_le16(1);
		mfraw_world_sge((struct mfraw_sge *)(seg + 1), WORLD_IOVA, len,
				WORLD_LKEY);
	}
	if (opcode >= MFRAW_OP_RDMA_WRITE &&
	    opcode <= MFRAW_OP_ATOMIC_FETCH_ADD) {
		seg->rdma.addr = cpu_to_le64(REQ_RADDR);
		seg->rdma.rkey = cpu_to_le32(REQ_RKEY);
	}
	w->db.sq_prod = cpu_to_le32(prod + 1);

	return wqe;
}

static unsigned int req_burst(struct mfraw_world *w)
{
	unsigned int n;

	spin_lock_bh(&w->qp.sq.lock);
	n = mfraw_req_burst(&w->qp);
	spin_unlock_bh(&w->qp.sq.lock);

	return n;
}

/* Let the peer acknowledge all packets up to @psn. */
static void req_acked(struct mfraw_roce *roce, u32 psn)
{
	spin_lock_bh(&roce->qp->comp_lock);
	roce->comp.psn = mfraw_psn_add(psn, 1);
	roce->comp.blocked = false;
	spin_unlock_bh(&roce->qp->comp_lock);
}

/*
 * 9.4: opcodes first, middle, last and only; all but the last packet are full.
 */
static void req_send_packets(struct kunit *test)
{
	static const struct {
		u32 len;
		unsigned int packets;
	} cases[] = {
		{ 0, 1 }, { 1, 1 }, { WORLD_MTU, 1 }, { WORLD_MTU + 1, 2 },
		{ 2 * WORLD_MTU, 2 }, { 2 * WORLD_MTU + 1, 3 },
		{ 9 * WORLD_MTU + 5, 10 },
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_world *w = mfraw_world(test);
		unsigned int n = cases[i].packets;
		u32 off = 0, b;

		mfraw_world_roce(test, w, IB_QPT_RC);
		mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, i);
		req_post(w, MFRAW_OP_SEND, cases[i].len);
		KUNIT_EXPECT_EQ(test, req_burst(w), n);
		for (k = 0; k < n; k++) {
			struct mfraw_pkt pkt;
			u8 want = n == 1 ? IB_OPCODE_RC_SEND_ONLY :
				  !k ? IB_OPCODE_RC_SEND_FIRST :
				  k + 1 < n ? IB_OPCODE_RC_SEND_MIDDLE :
					      IB_OPCODE_RC_SEND_LAST;

			mfraw_world_sent(test, w, k, &pkt);
			KUNIT_EXPECT_EQ(test, pkt.opcode, want);
			KUNIT_EXPECT_EQ(test, pkt.psn, k);
			KUNIT_EXPECT_EQ(test, pkt.len,
					min(cases[i].len - off, WORLD_MTU));
			/* The last packet asks for an acknowledge. */
			if (k + 1 == n)
				KUNIT_EXPECT_TRUE(test, pkt.ack_req);
			for (b = 0; b < pkt.len; b++)
				KUNIT_ASSERT_EQ(test, w->port.sent[k][pkt.off + b],
						*mfraw_world_at(w, WORLD_IOVA +
								off + b));
			off += pkt.len;
		}
		KUNIT_EXPECT_EQ(test, off, cases[i].len);
	}
}

/* Opcodes of requests, also with immediate and with invalidate. */
static void req_opcodes(struct kunit *test)
{
	static const struct {
		u8 op;
		u8 only, first, last;
	} cases[] = {
		{ MFRAW_OP_SEND, 0x04, 0x00, 0x02 },
		{ MFRAW_OP_SEND_WITH_IMM, 0x05, 0x00, 0x03 },
		{ MFRAW_OP_SEND_WITH_INV, 0x17, 0x00, 0x16 },
		{ MFRAW_OP_RDMA_WRITE, 0x0a, 0x06, 0x08 },
		{ MFRAW_OP_RDMA_WRITE_WITH_IMM, 0x0b, 0x06, 0x09 },
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_send_wqe *wqe;
		struct mfraw_pkt pkt[3];
		bool write = cases[i].op >= MFRAW_OP_RDMA_WRITE;
		u32 word = 0x01020304, lens[] = { 100, 2000 };

		mfraw_world_roce(test, w, IB_QPT_RC);
		for (k = 0; k < 2; k++) {
			wqe = req_post(w, cases[i].op, lens[k]);
			wqe->flags |= MFRAW_SEND_SOLICITED;
			if (cases[i].op == MFRAW_OP_SEND_WITH_INV)
				wqe->roce.inv_rkey = cpu_to_le32(word);
			else
				wqe->roce.imm = cpu_to_be32(word);
		}
		req_burst(w);
		KUNIT_ASSERT_EQ(test, w->port.nr_sent, 3);
		for (k = 0; k < 3; k++)
			mfraw_world_sent(test, w, k, &pkt[k]);
		KUNIT_EXPECT_EQ(test, pkt[0].opcode, cases[i].only);
		KUNIT_EXPECT_EQ(test, pkt[1].opcode, cases[i].first);
		KUNIT_EXPECT_EQ(test, pkt[2].opcode, cases[i].last);
		/*
		 * 9.2.3: the last packet of a message has the solicited event
		 * bit.
		 */
		KUNIT_EXPECT_NE(test, pkt[0].flags & MFRAW_BTH_SE, 0);
		KUNIT_EXPECT_EQ(test, pkt[1].flags & MFRAW_BTH_SE, 0);
		KUNIT_EXPECT_NE(test, pkt[2].flags & MFRAW_BTH_SE, 0);
		for (k = 0; k < 3; k += 2) {
			const u8 *ext = pkt[k].ext;

			if (!(pkt[k].info & (MFRAW_PKT_IMM | MFRAW_PKT_INV)))
				continue;
			if (write && !k)
				ext += sizeof(struct mfraw_reth);
			KUNIT_EXPECT_EQ(test, be32_to_cpup((__be32 *)ext),
					word);
		}
		if (!write)
			continue;
		/*
		 * 9.4.3: the first packet has the address and the total length.
		 */
		for (k = 0; k < 2; k++) {
			const struct mfraw_reth *reth = (const void *)pkt[k].ext;

			KUNIT_EXPECT_EQ(test, be64_to_cpu(reth->addr),
					REQ_RADDR);
			KUNIT_EXPECT_EQ(test, be32_to_cpu(reth->rkey),
					REQ_RKEY);
			KUNIT_EXPECT_EQ(test, be32_to_cpu(reth->length),
					lens[k]);
		}
	}
}

/* A read uses one sequence number per response packet (9.7.2.1). */
static void req_read(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	const struct mfraw_reth *reth;
	struct mfraw_pkt pkt;

	req_post(w, MFRAW_OP_RDMA_READ, 5 * WORLD_MTU + 1);
	req_post(w, MFRAW_OP_SEND, 1);
	req_burst(w);
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, 2);
	mfraw_world_sent(test, w, 0, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_RDMA_READ_REQUEST);
	KUNIT_EXPECT_EQ(test, pkt.psn, 0);
	reth = (const void *)pkt.ext;
	KUNIT_EXPECT_EQ(test, be64_to_cpu(reth->addr), REQ_RADDR);
	KUNIT_EXPECT_EQ(test, be32_to_cpu(reth->length), 5 * WORLD_MTU + 1);
	mfraw_world_sent(test, w, 1, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.psn, 6);
	KUNIT_EXPECT_EQ(test, roce->comp.end_psn, 7);
	/* A retry in the middle asks for the missing part at its address. */
	req_acked(roce, 2);
	roce->comp.retry = true;
	mf_test_forget(&w->port);
	req_burst(w);
	mfraw_world_sent(test, w, 0, &pkt);
	reth = (const void *)pkt.ext;
	KUNIT_EXPECT_EQ(test, pkt.psn, 3);
	KUNIT_EXPECT_EQ(test, be64_to_cpu(reth->addr),
			REQ_RADDR + 3 * WORLD_MTU);
	KUNIT_EXPECT_EQ(test, be32_to_cpu(reth->length), 2 * WORLD_MTU + 1);
}

/* A long read takes several requests; their ends do not depend on the start. */
static void req_read_long(struct kunit *test)
{
	struct mfraw_swqe *wqe = mf_test_alloc(test, sizeof(*wqe));
	struct mfraw_requester req = {};
	u32 total = 2 * MFRAW_READ_PACKETS + 10;

	wqe->opcode = MFRAW_OP_RDMA_READ;
	wqe->first_psn = 0xfffff0;
	wqe->last_psn = mfraw_psn_add(wqe->first_psn, total - 1);
	req.psn = wqe->first_psn;
	KUNIT_EXPECT_EQ(test, mfraw_req_read_end(&req, wqe),
			mfraw_psn_add(0xfffff0, MFRAW_READ_PACKETS));
	req.psn = mfraw_psn_add(0xfffff0, 100);
	KUNIT_EXPECT_EQ(test, mfraw_req_read_end(&req, wqe),
			mfraw_psn_add(0xfffff0, MFRAW_READ_PACKETS));
	req.psn = mfraw_psn_add(0xfffff0, MFRAW_READ_PACKETS);
	KUNIT_EXPECT_EQ(test, mfraw_req_read_end(&req, wqe),
			mfraw_psn_add(0xfffff0, 2 * MFRAW_READ_PACKETS));
	req.psn = mfraw_psn_add(0xfffff0, 2 * MFRAW_READ_PACKETS + 3);
	KUNIT_EXPECT_EQ(test, mfraw_req_read_end(&req, wqe),
			mfraw_psn_add(0xfffff0, total));
	/* Other requests advance by one packet. */
	wqe->opcode = MFRAW_OP_SEND;
	KUNIT_EXPECT_EQ(test, mfraw_req_read_end(&req, wqe),
			mfraw_psn_add(req.psn, 1));
}

/* 9.4.5: an atomic is one packet with both operands. */
static void req_atomic(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	const struct mfraw_atomic_eth *eth;
	struct mfraw_send_wqe *wqe;
	struct mfraw_pkt pkt;

	mfraw_world_roce(test, w, IB_QPT_RC);
	wqe = req_post(w, MFRAW_OP_ATOMIC_CMP_SWP, 8);
	req_seg(wqe)->atomic.compare_add = cpu_to_le64(0x1111);
	req_seg(wqe)->atomic.swap = cpu_to_le64(0x2222);
	wqe = req_post(w, MFRAW_OP_ATOMIC_FETCH_ADD, 8);
	req_seg(wqe)->atomic.compare_add = cpu_to_le64(0x3333);
	req_burst(w);
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, 2);
	mfraw_world_sent(test, w, 0, &pkt);
	eth = (const void *)pkt.ext;
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_COMPARE_SWAP);
	KUNIT_EXPECT_EQ(test, be64_to_cpu(eth->addr), REQ_RADDR);
	KUNIT_EXPECT_EQ(test, be32_to_cpu(eth->rkey), REQ_RKEY);
	KUNIT_EXPECT_EQ(test, be64_to_cpu(eth->swap_add), 0x2222);
	KUNIT_EXPECT_EQ(test, be64_to_cpu(eth->compare), 0x1111);
	mfraw_world_sent(test, w, 1, &pkt);
	eth = (const void *)pkt.ext;
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_FETCH_ADD);
	KUNIT_EXPECT_EQ(test, pkt.psn, 1);
	KUNIT_EXPECT_EQ(test, be64_to_cpu(eth->swap_add), 0x3333);
}

/* Sequence numbers wrap to 0 in the middle of a message. */
static void req_wrap(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;
	unsigned int i;

	roce->req.psn = 0xfffffe;
	roce->req.next_psn = 0xfffffe;
	roce->comp.psn = 0xfffffe;
	roce->comp.end_psn = 0xfffffe;
	req_post(w, MFRAW_OP_RDMA_WRITE, 4 * WORLD_MTU);
	KUNIT_EXPECT_EQ(test, req_burst(w), 4);
	for (i = 0; i < 4; i++) {
		mfraw_world_sent(test, w, i, &pkt);
		KUNIT_EXPECT_EQ(test, pkt.psn, (0xfffffe + i) & 0xffffff);
	}
	KUNIT_EXPECT_EQ(test, roce->comp.end_psn, 2);
}

/* Opcodes per type of queue pair (10.8.2.1, table 57). */
static void req_types(struct kunit *test)
{
	static const struct {
		u8 op;
		bool rc, uc, ud;
	} cases[] = {
		{ 0 },
		{ MFRAW_OP_SEND, true, true, true },
		{ MFRAW_OP_TSO },
		{ MFRAW_OP_SEND_WITH_IMM, true, true, true },
		{ MFRAW_OP_SEND_WITH_INV, true },
		{ MFRAW_OP_RDMA_WRITE, true, true },
		{ MFRAW_OP_RDMA_WRITE_WITH_IMM, true, true },
		{ MFRAW_OP_RDMA_READ, true },
		{ MFRAW_OP_ATOMIC_CMP_SWP, true },
		{ MFRAW_OP_ATOMIC_FETCH_ADD, true },
		{ MFRAW_OP_LOCAL_INV, true, true },
		{ MFRAW_OP_BIND_MW, true, true },
		{ MFRAW_OP_BIND_MW + 1 },
		/* Only kernel consumers may post this one. */
		{ MFRAW_OP_REG_MR },
		{ 255 },
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		roce->type = IB_QPT_RC;
		roce->reliable = true;
		KUNIT_EXPECT_EQ(test, mfraw_op_ok(roce, cases[i].op),
				cases[i].rc);
		roce->reliable = false;
		roce->type = IB_QPT_UC;
		KUNIT_EXPECT_EQ(test, mfraw_op_ok(roce, cases[i].op),
				cases[i].uc);
		roce->type = IB_QPT_UD;
		KUNIT_EXPECT_EQ(test, mfraw_op_ok(roce, cases[i].op),
				cases[i].ud);
	}
}

/* Segment members that an opcode does not use must be zero. */
static void req_reserved(struct kunit *test)
{
	/* Words of the segment that each opcode may set. */
	static const struct {
		u8 op;
		enum ib_qp_type type;
		u8 words;
	} cases[] = {
		{ MFRAW_OP_SEND, IB_QPT_RC, 0 },
		{ MFRAW_OP_SEND, IB_QPT_UD, 0x07 },
		{ MFRAW_OP_SEND_WITH_INV, IB_QPT_RC, 0 },
		{ MFRAW_OP_RDMA_WRITE, IB_QPT_RC, 0x07 },
		{ MFRAW_OP_RDMA_READ, IB_QPT_RC, 0x07 },
		{ MFRAW_OP_ATOMIC_CMP_SWP, IB_QPT_RC, 0xf7 },
		{ MFRAW_OP_ATOMIC_FETCH_ADD, IB_QPT_RC, 0x37 },
		{ MFRAW_OP_LOCAL_INV, IB_QPT_RC, 0 },
	};
	struct mfraw_roce *roce = mf_test_alloc(test, sizeof(*roce));
	unsigned int i, word;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		roce->type = cases[i].type;
		for (word = 0; word < 8; word++) {
			struct mfraw_roce_seg seg = {};

			((u32 *)&seg)[word] = 1;
			KUNIT_EXPECT_EQ_MSG(test, !!(cases[i].words & BIT(word)),
					    mfraw_seg_ok(roce, cases[i].op,
							 &seg),
					    "opcode %u, word %u", cases[i].op,
					    word);
		}
	}
}

static void req_fails(struct kunit *test, struct mfraw_world *w, u8 status)
{
	struct mfraw_cqe cqe;

	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, status);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.wqe_idx), 0);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
}

/* Malformed requests complete in error, and nothing is sent. */
static void req_malformed(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 9; i++) {
		struct mfraw_world *w = mfraw_world(test);
		u8 status = MFRAW_CQE_LOC_QP_OP_ERR;
		struct mfraw_send_wqe *wqe;

		mfraw_world_roce(test, w, IB_QPT_RC);
		wqe = req_post(w, i == 8 ? MFRAW_OP_ATOMIC_CMP_SWP :
					   MFRAW_OP_SEND, 100);
		switch (i) {
		case 0:
			wqe->flags |= MFRAW_SEND_IP_CSUM;
			break;
		case 1:
			wqe->roce.srqn = cpu_to_le32(1);	/* not XRC */
			break;
		case 2:
			wqe->num_sge = cpu_to_le16(5);
			break;
		case 3:
			wqe->inline_len = cpu_to_le32(1);
			break;
		case 4:
			wqe->flags |= MFRAW_SEND_INLINE;
			break;
		case 5:
			wqe->flags |= MFRAW_SEND_INLINE;
			wqe->num_sge = 0;
			wqe->inline_len = cpu_to_le32(WORLD_INLINE + 1);
			break;
		case 6:
			((struct mfraw_sge *)(req_seg(wqe) + 1))->lkey = 0;
			status = MFRAW_CQE_LOC_PROT_ERR;
			break;
		case 7:
			/* 9.3.1: no message is longer than 2^31 bytes. */
			((struct mfraw_sge *)(req_seg(wqe) + 1))->length =
				cpu_to_le32(BIT(31) + 1);
			status = MFRAW_CQE_LOC_LEN_ERR;
			break;
		default:
			/* An atomic has eight bytes. */
			status = MFRAW_CQE_LOC_LEN_ERR;
			break;
		}
		req_fails(test, w, status);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	}
}

/* A datagram fits one packet; an error stops the send queue only. */
static void req_datagram(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_world_roce(test, w, IB_QPT_UD);
	req_post(w, MFRAW_OP_SEND, WORLD_MTU + 1);
	req_fails(test, w, MFRAW_CQE_LOC_LEN_ERR);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_SQE);
}

/* An impossible producer index, and one that went backwards. */
static void req_hostile(struct kunit *test)
{
	static const u32 prod[] = { WORLD_ENTRIES + 1, -1, 0x80000000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prod); i++) {
		struct mfraw_world *w = mfraw_world(test);

		mfraw_world_roce(test, w, IB_QPT_RC);
		w->db.sq_prod = cpu_to_le32(prod[i]);
		req_burst(w);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
		KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_QP_FATAL);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
	}
}

/* Each entry is read once: later writes of the process have no effect. */
static void req_copied(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_send_wqe *wqe;
	struct mfraw_pkt pkt;

	wqe = req_post(w, MFRAW_OP_RDMA_WRITE, 100);
	req_burst(w);
	memset(wqe, 0xff, BIT(WORLD_SHIFT));
	roce->comp.retry = true;
	KUNIT_EXPECT_EQ(test, req_burst(w), 1);
	mfraw_world_sent(test, w, 1, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_RDMA_WRITE_ONLY);
	KUNIT_EXPECT_EQ(test, pkt.psn, 0);
	KUNIT_EXPECT_EQ(test, pkt.len, 100);
}

/* Packets under way stay within the window. */
static void req_window(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;
	unsigned int i, asked = 0;

	roce->comp.window = MFRAW_WINDOW_MIN;
	req_post(w, MFRAW_OP_RDMA_WRITE, 20 * WORLD_MTU);
	KUNIT_EXPECT_EQ(test, req_burst(w), MFRAW_WINDOW_MIN);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	KUNIT_EXPECT_TRUE(test, roce->comp.blocked);
	/*
	 * A packet within the window asks for an acknowledge, or all would
	 * wait.
	 */
	for (i = 0; i < MFRAW_WINDOW_MIN; i++) {
		mfraw_world_sent(test, w, i, &pkt);
		asked += pkt.ack_req;
	}
	KUNIT_EXPECT_GT(test, asked, 0);
	req_acked(roce, 2);
	KUNIT_EXPECT_EQ(test, req_burst(w), 3);
	mfraw_world_sent(test, w, MFRAW_WINDOW_MIN, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.psn, MFRAW_WINDOW_MIN);
}

/* 9.7.2.2 and 9.4.4: reads and atomics stay within the peer's limit. */
static void req_reads(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_cqe cqe;

	roce->attr.max_rd_atomic = 2;
	req_post(w, MFRAW_OP_RDMA_READ, 8);
	req_post(w, MFRAW_OP_ATOMIC_FETCH_ADD, 8);
	req_post(w, MFRAW_OP_RDMA_READ, 8);
	req_post(w, MFRAW_OP_SEND, 8);
	/* Requests after a waiting read wait, too. */
	KUNIT_EXPECT_EQ(test, req_burst(w), 2);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	roce->comp.rd_done = 1;
	req_acked(roce, 0);
	KUNIT_EXPECT_EQ(test, req_burst(w), 2);
	/* With a limit of 0, a read is not sent. */
	w = mfraw_world(test);
	roce = mfraw_world_roce(test, w, IB_QPT_RC);
	roce->attr.max_rd_atomic = 0;
	req_post(w, MFRAW_OP_RDMA_READ, 8);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_LOC_QP_OP_ERR);
}

/* 10.8.3.3: a fence waits for all reads and atomics before it. */
static void req_fence(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);

	req_post(w, MFRAW_OP_RDMA_READ, 8);
	req_post(w, MFRAW_OP_SEND, 8);
	req_post(w, MFRAW_OP_RDMA_READ, 8);
	req_post(w, MFRAW_OP_SEND, 8)->flags |= MFRAW_SEND_FENCE;
	KUNIT_EXPECT_EQ(test, req_burst(w), 3);
	roce->comp.rd_done = 1;
	req_acked(roce, 1);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	roce->comp.rd_done = 2;
	req_acked(roce, 2);
	KUNIT_EXPECT_EQ(test, req_burst(w), 1);
}

static void req_post_inv(struct mfraw_world *w)
{
	req_post(w, MFRAW_OP_LOCAL_INV, 0)->roce.inv_rkey =
		cpu_to_le32(WORLD_LKEY);
	/* Make it look like a region that a work request registered. */
	w->mr.fast.pages = (void *)w->mr.pages;
}

/* 10.6.5.1: a key stays valid while requests that name it may be sent again. */
static void req_local_inv(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;

	req_post(w, MFRAW_OP_SEND, 2 * WORLD_MTU);
	req_post_inv(w);
	req_post(w, MFRAW_OP_SEND, 0);
	KUNIT_EXPECT_EQ(test, req_burst(w), 2);
	KUNIT_EXPECT_EQ(test, w->mr.key, WORLD_LKEY);
	/* A response of the peer must resume the requester. */
	KUNIT_EXPECT_TRUE(test, roce->comp.blocked);
	roce->comp.retry = true;
	KUNIT_EXPECT_EQ(test, req_burst(w), 2);
	mfraw_world_sent(test, w, 3, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.psn, 1);
	req_acked(roce, 0);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	KUNIT_EXPECT_EQ(test, w->mr.key, WORLD_LKEY);
	req_acked(roce, 1);
	KUNIT_EXPECT_EQ(test, req_burst(w), 1);
	KUNIT_EXPECT_EQ(test, w->mr.key, 0);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_RTS);
}

/* Without acknowledges, a key stays valid until the port has the packets. */
static void req_local_inv_port(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;

	mfraw_world_roce(test, w, IB_QPT_UC);
	w->port.takes = 0;
	req_post(w, MFRAW_OP_SEND, 8);
	req_post_inv(w);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	KUNIT_EXPECT_EQ(test, w->mr.key, WORLD_LKEY);
	w->port.takes = 1;
	KUNIT_EXPECT_EQ(test, req_burst(w), 1);
	req_burst(w);
	KUNIT_EXPECT_EQ(test, w->mr.key, 0);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_SUCCESS);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_LOCAL_INV);
	KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_SUCCESS);
}

/* Packets that the port did not take are sent later, with the same numbers. */
static void req_port(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct mfraw_pkt pkt;
	unsigned int i;

	w->port.takes = 3;
	req_post(w, MFRAW_OP_RDMA_WRITE, 5 * WORLD_MTU);
	req_post(w, MFRAW_OP_SEND, 1);
	/* One more than sent: the caller must call again. */
	KUNIT_EXPECT_EQ(test, req_burst(w), 3 + 1);
	KUNIT_EXPECT_EQ(test, w->stalls, 0);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	KUNIT_EXPECT_EQ(test, w->stalls, 1);
	/*
	 * Unsent packets are not under way, and the ACK timeout does not run.
	 */
	KUNIT_EXPECT_EQ(test, roce->comp.end_psn, 3);
	KUNIT_EXPECT_TRUE(test, roce->comp.held);
	w->port.takes = 100;
	KUNIT_EXPECT_EQ(test, req_burst(w), 3);
	KUNIT_EXPECT_FALSE(test, roce->comp.held);
	KUNIT_EXPECT_EQ(test, roce->comp.end_psn, 6);
	for (i = 0; i < 6; i++) {
		mfraw_world_sent(test, w, i, &pkt);
		KUNIT_EXPECT_EQ(test, pkt.psn, i);
	}
}

/* A draining queue starts nothing, and finishes what it started (10.3.1.5). */
static void req_drains(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_world_roce(test, w, IB_QPT_RC);
	w->port.takes = 1;
	req_post(w, MFRAW_OP_SEND, 3 * WORLD_MTU);
	KUNIT_EXPECT_EQ(test, req_burst(w), 1 + 1);
	w->qp.state = IB_QPS_SQD;
	req_post(w, MFRAW_OP_SEND, 1);
	w->port.takes = 100;
	KUNIT_EXPECT_EQ(test, req_burst(w), 2);
	KUNIT_EXPECT_EQ(test, req_burst(w), 0);
	w->qp.state = IB_QPS_RTS;
	KUNIT_EXPECT_EQ(test, req_burst(w), 1);
}

/* UC requests complete when sent (9.8.2), in order. */
static void req_unreliable(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_pkt pkt;
	struct mfraw_cqe cqe;

	mfraw_world_roce(test, w, IB_QPT_UC);
	req_post(w, MFRAW_OP_SEND, 2 * WORLD_MTU);
	req_post(w, MFRAW_OP_RDMA_WRITE, 1);
	KUNIT_EXPECT_EQ(test, req_burst(w), 3);
	mfraw_world_sent(test, w, 0, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_UC_SEND_FIRST);
	/* No acknowledge is requested. */
	KUNIT_EXPECT_FALSE(test, pkt.ack_req);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_SEND);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_RDMA_WRITE);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.wqe_idx), 1);
}

/* Post a short send, inline or not, and check the packet that is sent. */
static void req_send_short(struct kunit *test, struct mfraw_world *w, u64 addr,
			   u32 len, bool in_line)
{
	struct mfraw_send_wqe *wqe = req_post(w, MFRAW_OP_SEND, len);
	void *data = req_seg(wqe) + 1;
	struct mfraw_pkt pkt;
	u32 b;

	if (in_line) {
		wqe->flags |= MFRAW_SEND_INLINE;
		wqe->num_sge = 0;
		wqe->inline_len = cpu_to_le32(len);
		for (b = 0; b < len; b++)
			((u8 *)data)[b] = *mfraw_world_at(w, addr + b);
	} else {
		mfraw_world_sge(data, addr, len, WORLD_LKEY);
	}
	mf_test_forget(&w->port);
	KUNIT_ASSERT_EQ(test, req_burst(w), 1);
	mfraw_world_sent(test, w, 0, &pkt);
	KUNIT_EXPECT_EQ(test, pkt.opcode, IB_OPCODE_RC_SEND_ONLY);
	KUNIT_ASSERT_EQ(test, pkt.len, len);
	for (b = 0; b < len; b++)
		KUNIT_ASSERT_EQ(test, w->port.sent[0][pkt.off + b],
				*mfraw_world_at(w, addr + b));
	/* The peer has it, and the process has polled. */
	w->qp.sq.cons = w->roce.req.idx;
	req_acked(&w->roce, w->roce.req.psn - 1);
}

/*
 * Short sends of each length, at the start and across the end of a page. They use
 * the region of the last send, but not when it has been deregistered.
 */
static void req_short(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u64 page = ALIGN(WORLD_IOVA, PAGE_SIZE) + PAGE_SIZE;
	struct mfraw_cqe cqe;
	u32 len;

	mfraw_world_roce(test, w, IB_QPT_RC);
	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 3);
	for (len = 0; len <= 200; len++) {
		req_send_short(test, w, page, len, false);
		req_send_short(test, w, page - len / 2, len, false);
		req_send_short(test, w, page, len, true);
	}
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	xa_erase(&w->dev.mrs, WORLD_LKEY >> MFRAW_KEY_SHIFT);
	atomic64_inc(&w->dev.mr_gen);
	mf_test_forget(&w->port);
	req_post(w, MFRAW_OP_SEND, 64);
	req_burst(w);
	KUNIT_EXPECT_EQ(test, w->port.nr_sent, 0);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_LOC_PROT_ERR);
}

static struct kunit_case req_cases[] = {
	KUNIT_CASE(req_send_packets),
	KUNIT_CASE(req_opcodes),
	KUNIT_CASE(req_read),
	KUNIT_CASE(req_read_long),
	KUNIT_CASE(req_atomic),
	KUNIT_CASE(req_wrap),
	KUNIT_CASE(req_types),
	KUNIT_CASE(req_reserved),
	KUNIT_CASE(req_malformed),
	KUNIT_CASE(req_datagram),
	KUNIT_CASE(req_hostile),
	KUNIT_CASE(req_copied),
	KUNIT_CASE(req_window),
	KUNIT_CASE(req_reads),
	KUNIT_CASE(req_fence),
	KUNIT_CASE(req_local_inv),
	KUNIT_CASE(req_local_inv_port),
	KUNIT_CASE(req_port),
	KUNIT_CASE(req_drains),
	KUNIT_CASE(req_unreliable),
	KUNIT_CASE(req_short),
	{}
};

struct kunit_suite mfraw_req_suite = {
	.name = "mfraw_req",
	.test_cases = req_cases,
};
