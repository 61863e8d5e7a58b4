// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the receive queue: a frame reaches the posted memory as a whole or
 * not at all, and its completion describes it.
 */
#include "kunit.h"

#include "queue/recv.c"
#include "queue/rxq.c"

#define RECV_AT		(WORLD_IOVA + 100)

/**
 * struct recv_frame - a frame in kernel memory and pages, and as one piece
 * @t: its header
 * @frags: its pages
 * @data: the contents of its pages
 * @wire: the whole frame
 */
struct recv_frame {
	struct mf_test_frame	t;
	struct bio_vec		frags[8];
	u8			*data;
	u8			*wire;
};

static struct recv_frame *recv_frame(struct kunit *test, u32 len, u16 type)
{
	struct recv_frame *f = mf_test_alloc(test, sizeof(*f));
	struct mf_frame *frame = &f->t.frame;
	u32 hdr = min(len, MF_FRAME_HDR), i;

	f->data = mf_test_alloc(test, WORLD_FRAME);
	f->wire = mf_test_alloc(test, WORLD_FRAME);
	mf_test_eth(&f->t, 2, type);
	f->t.data[0] = 2;
	mf_test_push(&f->t, hdr - ETH_HLEN);
	for (i = ETH_HLEN; i < hdr; i++)
		f->t.data[i] = i * 3;
	for (i = 0; i < len - hdr; i++)
		f->data[i] = i * 7;
	frame->len = len;
	frame->frags = f->frags;
	frame->nr_frags = mf_frame_split(f->frags, f->data, len - hdr);
	mf_frame_copy(f->wire, frame);

	return f;
}

static void recv_rx(struct mfraw_world *w, const struct mf_frame *frames,
		    unsigned int n, u32 tag)
{
	local_bh_disable();
	rcu_read_lock();
	mfraw_rx_tagged(&w->qp, frames, n, tag);
	rcu_read_unlock();
	local_bh_enable();
}

static void recv_completes(struct kunit *test, struct mfraw_world *w, u32 idx,
			   u8 status, u32 len)
{
	struct mfraw_cqe cqe;

	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.wqe_idx), idx);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.qpn), WORLD_QPN);
	KUNIT_EXPECT_EQ(test, cqe.status, status);
	KUNIT_EXPECT_EQ(test, cqe.opcode, MFRAW_CQE_RECV);
	if (!status)
		KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), len);
}

static bool recv_got(struct mfraw_world *w, u64 addr, const u8 *want, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (*mfraw_world_at(w, addr + i) != want[i])
			return false;

	return true;
}

static void recv_lengths(struct kunit *test)
{
	static const u32 len[] = { 14, 60, 127, 128, 129, 1514, 4096, 9216 };
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		struct recv_frame *f = recv_frame(test, len[i], 0x88b5);

		mfraw_world_fill(w, RECV_AT - 8, len[i] + 16, 9);
		mfraw_world_recv(w, RECV_AT, len[i]);
		recv_rx(w, &f->t.frame, 1, 0);
		recv_completes(test, w, i, MFRAW_CQE_SUCCESS, len[i]);
		KUNIT_EXPECT_TRUE(test, recv_got(w, RECV_AT, f->wire, len[i]));
		/* No byte before or after is written. */
		KUNIT_EXPECT_TRUE(test, mfraw_world_has(w, RECV_AT - 8, 8, 9));
		mfraw_world_fill(w, RECV_AT - 8, 8 + len[i], 9);
		KUNIT_EXPECT_TRUE(test, mfraw_world_has(w, RECV_AT - 8,
							len[i] + 16, 9));
	}
}

/* Two memory pieces with any border. */
static void recv_pieces(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct recv_frame *f = recv_frame(test, 1000, 0x88b5);
	u32 cut, idx = 0;

	for (cut = 1; cut < 1000; cut += 31) {
		struct mfraw_sge *sge = w->rq_ring[idx % WORLD_ENTRIES];
		u64 second = RECV_AT + 2 * PAGE_SIZE;

		mfraw_world_recv(w, RECV_AT, cut);
		mfraw_world_sge(&sge[1], second, 1000 - cut, WORLD_LKEY);
		recv_rx(w, &f->t.frame, 1, 0);
		recv_completes(test, w, idx++, MFRAW_CQE_SUCCESS, 1000);
		KUNIT_ASSERT_TRUE(test, recv_got(w, RECV_AT, f->wire, cut));
		KUNIT_ASSERT_TRUE(test, recv_got(w, second, f->wire + cut,
						 1000 - cut));
	}
}

/* IBTA 9.7.5.1.5: a too short entry fails the queue with a completion. */
static void recv_too_short(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct recv_frame *f = recv_frame(test, 1000, 0x88b5);

	mfraw_world_recv(w, RECV_AT, 999);
	mfraw_world_recv(w, RECV_AT, 1000);
	recv_rx(w, &f->t.frame, 1, 0);
	recv_completes(test, w, 0, MFRAW_CQE_LOC_LEN_ERR, 0);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, w->events, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_ERROR), 1);
	/* The queue takes no more frames. */
	recv_rx(w, &f->t.frame, 1, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_QP_STATE), 1);
	mfraw_rq_flush(&w->qp.rq);
	recv_completes(test, w, 1, MFRAW_CQE_WR_FLUSH_ERR, 0);
}

/* Memory without write access is not written. */
static void recv_protection(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct recv_frame *f = recv_frame(test, 100, 0x88b5);

		mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 3);
		mfraw_world_recv(w, i == 1 ? WORLD_IOVA + WORLD_LEN - 99 :
					     RECV_AT, 100);
		if (i == 0)
			w->rq_ring[0][0].lkey = cpu_to_le32(WORLD_LKEY + 1);
		if (i == 2)
			w->mr.access = IB_ACCESS_REMOTE_READ;
		recv_rx(w, &f->t.frame, 1, 0);
		recv_completes(test, w, 0, MFRAW_CQE_LOC_PROT_ERR, 0);
		KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
		KUNIT_EXPECT_TRUE(test, mfraw_world_has(w, WORLD_IOVA,
							WORLD_LEN, 3));
	}
}

/* Without a posted entry, the frame is lost and the queue continues. */
static void recv_empty(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct recv_frame *f = recv_frame(test, 100, 0x88b5);
	struct mf_frame frames[5];
	struct mfraw_cqe cqe;
	unsigned int i;

	for (i = 0; i < 5; i++)
		frames[i] = f->t.frame;
	recv_rx(w, frames, 5, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_NO_BUFFER), 5);
	mfraw_world_recv(w, RECV_AT, 100);
	mfraw_world_recv(w, RECV_AT, 100);
	recv_rx(w, frames, 5, 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_NO_BUFFER), 8);
	recv_completes(test, w, 0, MFRAW_CQE_SUCCESS, 100);
	recv_completes(test, w, 1, MFRAW_CQE_SUCCESS, 100);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_RTS);
}

/* Usable entries for several values of the untrusted producer index. */
static void recv_avail(struct kunit *test)
{
	static const struct {
		u32 cons, posted, avail;
	} cases[] = {
		{ 0, 0, 0 }, { 0, 1, 1 }, { 5, WORLD_ENTRIES, WORLD_ENTRIES },
		{ -1, 2, 2 }, { -3, WORLD_ENTRIES, WORLD_ENTRIES },
		{ 0, WORLD_ENTRIES + 1, 0 }, { 7, -1, 0 },
		{ -5, 0x80000000, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfraw_world *w = mfraw_world(test);
		u32 prod = cases[i].cons + cases[i].posted;

		w->qp.rq.q.cons = cases[i].cons;
		w->qp.rq.q.prod = cases[i].cons;
		w->db.rq_prod = cpu_to_le32(prod);
		KUNIT_EXPECT_EQ(test, mfraw_rq_avail(&w->qp.rq),
				cases[i].avail);
		/* An impossible index fails the queue with an event. */
		KUNIT_EXPECT_EQ(test, w->events,
				cases[i].posted && !cases[i].avail);
		KUNIT_EXPECT_EQ(test, w->qp.state, w->events ? IB_QPS_ERR :
							       IB_QPS_RTS);
	}
}

/* The index is read again only when all known entries are used. */
static void recv_avail_known(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	w->db.rq_prod = cpu_to_le32(3);
	KUNIT_EXPECT_EQ(test, mfraw_rq_avail(&w->qp.rq), 3);
	w->db.rq_prod = cpu_to_le32(1000);
	w->qp.rq.q.cons = 1;
	KUNIT_EXPECT_EQ(test, mfraw_rq_avail(&w->qp.rq), 2);
	KUNIT_EXPECT_EQ(test, w->events, 0);
}

/* Indices and the ring wrap at different places. */
static void recv_wrap(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct recv_frame *f = recv_frame(test, 200, 0x88b5);
	u32 start = -40, i;

	w->qp.rq.q.cons = start;
	w->qp.rq.q.prod = start;
	w->db.rq_prod = cpu_to_le32(start);
	for (i = 0; i < 80; i++) {
		mfraw_world_recv(w, RECV_AT + i, 200);
		recv_rx(w, &f->t.frame, 1, i);
		recv_completes(test, w, start + i, MFRAW_CQE_SUCCESS, 200);
		KUNIT_ASSERT_TRUE(test, recv_got(w, RECV_AT + i, f->wire,
						 200));
	}
}

/* Each completion has the tag of the flow that chose the queue. */
static void recv_tag(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct recv_frame *f = recv_frame(test, 60, 0x88b5);
	struct mfraw_cqe cqe;

	mfraw_world_recv(w, RECV_AT, 60);
	recv_rx(w, &f->t.frame, 1, 0xdeadbeef);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.flow_tag), 0xdeadbeef);
}

/* An 802.1Q tag moves to the completion; other tags stay in the frame. */
static void recv_strip(struct kunit *test)
{
	static const u16 types[] = { ETH_P_8021Q, ETH_P_8021AD, 0x88b5 };
	static const u32 lens[] = { 18, 60, 128, 132, 1518 };
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	unsigned int i, k;

	w->qp.rq.features = MFRAW_RQ_STRIP_CVLAN;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (k = 0; k < ARRAY_SIZE(lens); k++) {
			struct recv_frame *f = recv_frame(test, lens[k], types[i]);
			bool strip = types[i] == ETH_P_8021Q;
			u16 tci = f->wire[14] << 8 | f->wire[15];

			if (strip)
				memmove(f->wire + 12, f->wire + 16, lens[k] - 16);
			mfraw_world_recv(w, RECV_AT, 2000);
			recv_rx(w, &f->t.frame, 1, 0);
			KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
			KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len),
					lens[k] - 4 * strip);
			KUNIT_EXPECT_EQ(test, !!(cqe.info & MFRAW_CQE_CVLAN), strip);
			KUNIT_EXPECT_EQ(test, le16_to_cpu(cqe.vlan_tci),
					strip ? tci : 0);
			KUNIT_EXPECT_TRUE(test, recv_got(w, RECV_AT, f->wire,
							 lens[k] - 4 * strip));
		}
	}
}

/* IEEE 802.3, 3.2.9: a frame and its FCS have a known remainder. */
static void recv_fcs(struct kunit *test)
{
	static const u32 lens[] = { 14, 60, 128, 129, 1514, 9000 };
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i, strip;

	for (strip = 0; strip < 2; strip++) {
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			struct recv_frame *f = recv_frame(test, lens[i], 0x88b5);
			u32 crc = mf_test_crc(~0, f->wire, lens[i]);
			struct mfraw_cqe cqe;
			u8 fcs[4];
			u32 k;

			w->qp.rq.features = MFRAW_RQ_SCATTER_FCS |
					    (strip ? MFRAW_RQ_STRIP_CVLAN : 0);
			mfraw_world_recv(w, RECV_AT, lens[i] + 4);
			recv_rx(w, &f->t.frame, 1, 0);
			KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
			KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), lens[i] + 4);
			for (k = 0; k < 4; k++)
				fcs[k] = ~crc >> (8 * k);
			KUNIT_EXPECT_TRUE(test, recv_got(w, RECV_AT, f->wire,
							 lens[i]));
			KUNIT_EXPECT_TRUE(test, recv_got(w, RECV_AT + lens[i], fcs,
							 4));
			KUNIT_EXPECT_EQ(test, mf_test_crc(crc, fcs, 4), 0xdebb20e3);
		}
	}
}

/* Multicast of the queue pair itself is dropped if it blocks loopback. */
static void recv_own_multicast(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct recv_frame *f = recv_frame(test, 60, 0x88b5);
	struct mfraw_cqe cqe;
	unsigned int i, got;

	for (i = 0; i < 8; i++) {
		bool mine = i & 1, group = i & 2, block = i & 4;

		f->t.data[0] = group ? 1 : 2;
		f->t.frame.src = mine ? &w->qp.rxq->rxq : NULL;
		__assign_bit(MFRAW_QP_BLOCK_LOOPBACK, &w->qp.flags, block);
		mfraw_world_recv(w, RECV_AT, 60);
		recv_rx(w, &f->t.frame, 1, 0);
		for (got = 0; mfraw_world_poll(w, &cqe); got++)
			;
		KUNIT_EXPECT_EQ(test, got, !(mine && group && block));
	}
}

/* Only a correct checksum is reported as correct. */
static void recv_csum(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mf_test_frame t;
	struct mfraw_cqe cqe;
	struct udphdr *udp;
	unsigned int i;
	u32 sum;

	mf_test_eth(&t, 2, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->tot_len = htons(28);
	udp = mf_test_ports(&t, sizeof(*udp));
	udp->len = htons(8);
	sum = mf_test_sum(t.data + ETH_HLEN, 20, 0);
	*(__be16 *)(t.data + ETH_HLEN + 10) = htons(~sum);
	sum = mf_test_sum(t.data + ETH_HLEN + 12, 8, IPPROTO_UDP + 8);
	udp->check = (__force __sum16)htons(~mf_test_sum((u8 *)udp, 8, sum));
	for (i = 0; i < 4; i++) {
		w->dev.rx_csum = i & 1;
		if (i == 2)
			t.data[ETH_HLEN + 15] ^= 1;
		mfraw_world_recv(w, RECV_AT, 100);
		recv_rx(w, &t.frame, 1, 0);
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, !!(cqe.info & MFRAW_CQE_IP_CSUM_OK),
				i == 1);
	}
}

/* What a device has verified is not summed again, in short and long frames. */
static void recv_csum_device(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		struct recv_frame *f = recv_frame(test, i & 4 ? 1000 : 100,
						  ETH_P_IP);

		w->dev.rx_csum = i & 1;
		f->t.frame.csum_ok = i & 2;
		mfraw_world_recv(w, RECV_AT, 1000);
		recv_rx(w, &f->t.frame, 1, 0);
		KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
		KUNIT_EXPECT_EQ(test, !!(cqe.info & MFRAW_CQE_IP_CSUM_OK),
				(i & 3) == 3);
	}
}

/* The pieces per entry are rounded up to a power of two. */
static void recv_sizes(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_rq *rq = mf_test_alloc(test, sizeof(*rq));
	u32 sge;

	for (sge = 0; sge <= MFRAW_MAX_SGE; sge++) {
		memset(rq, 0, sizeof(*rq));
		mfraw_rq_init(rq, &w->cq, 5, sge);
		KUNIT_EXPECT_EQ(test, rq->q.entries, 8);
		KUNIT_EXPECT_GE(test, rq->q.max_sge, max(sge, 1U));
		KUNIT_EXPECT_EQ(test, BIT(rq->q.shift),
				rq->q.max_sge * sizeof(struct mfraw_sge));
		KUNIT_EXPECT_EQ(test, rq->state, IB_WQS_RESET);
	}
}

/* Make a frame a UDP datagram of @len bytes with correct checksums. */
static void recv_udp(struct mf_test_frame *t, u32 len)
{
	struct udphdr *udp;

	mf_test_eth(t, 2, ETH_P_IP);
	mf_test_ipv4(t, IPPROTO_UDP, 0)->tot_len = htons(len - ETH_HLEN);
	udp = mf_test_ports(t, sizeof(*udp));
	udp->len = htons(len - ETH_HLEN - sizeof(struct iphdr));
	mf_test_push(t, len - t->frame.len);
	mfraw_short_fill(t->data, len);
}

/* Post @n entries: mostly with room for a short frame, sometimes not. */
static void recv_random(struct mfraw_world *w, unsigned int n,
			struct rnd_state *rnd)
{
	while (n--) {
		u32 prod = le32_to_cpu(w->db.rq_prod);
		struct mfraw_sge *sge = w->rq_ring[prod % WORLD_ENTRIES];
		u64 addr = WORLD_IOVA + mf_test_below(rnd, WORLD_LEN - 400);
		u32 odd = mf_test_below(rnd, 60);
		u32 len = 130 + odd;

		if (odd < 10)
			addr = ((addr | ~PAGE_MASK) + 1) -
			       mf_test_below(rnd, 200);
		else if (odd < 16)
			len = 1 + mf_test_below(rnd, 129);
		mfraw_world_recv(w, addr, len);
		/* The second piece may have what the first has not. */
		if (odd < 15)
			mfraw_world_sge(&sge[1], WORLD_IOVA, 130, WORLD_LKEY);
		if (odd == 16)
			sge[0].lkey = cpu_to_le32(WORLD_LKEY + 1);
		else if (odd == 17)
			sge[0].addr = cpu_to_le64(WORLD_IOVA + WORLD_LEN - 5);
		else if (odd == 18)
			sge[0].addr = cpu_to_le64(WORLD_IOVA - 1);
		else if (odd == 19)
			sge[0].length = 0;
	}
}

static void recv_ready(struct mfraw_world *w)
{
	struct mfraw_cqe cqe;

	while (mfraw_world_poll(w, &cqe))
		;
	w->qp.state = IB_QPS_RTS;
	w->qp.rq.state = IB_WQS_RDY;
	w->qp.rq.q.cons = le32_to_cpu(w->db.rq_prod);
	w->qp.rq.q.prod = w->qp.rq.q.cons;
}

/*
 * Frames of one call have the effect that they have one by one, without
 * knowledge of the region that was used last.
 */
static void recv_alike(struct kunit *test)
{
	static const u32 lens[] = { 14, 15, 16, 31, 32, 60, 63, 64, 65, 127,
				    128, 129 };
	struct mfraw_world *one = mfraw_world(test), *all = mfraw_world(test);
	struct mf_frame *frames = mf_test_alloc(test, WORLD_ENTRIES *
						sizeof(*frames));
	struct recv_frame *f[ARRAY_SIZE(lens)];
	unsigned int round, i, n, bad = 0, good = 0;
	struct rnd_state rnd, same;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		f[i] = recv_frame(test, lens[i], 0x88b5);
		if (lens[i] >= 60 && lens[i] <= 127)
			recv_udp(&f[i]->t, lens[i]);
	}
	for (round = 0; round < 500; round++) {
		struct mfraw_cqe a, b;

		recv_ready(one);
		recv_ready(all);
		one->dev.rx_csum = round & 1;
		all->dev.rx_csum = round & 1;
		mfraw_world_fill(one, WORLD_IOVA, WORLD_LEN, round);
		mfraw_world_fill(all, WORLD_IOVA, WORLD_LEN, round);
		n = 1 + mf_test_below(&rnd, WORLD_ENTRIES);
		same = rnd;
		recv_random(one, n, &rnd);
		recv_random(all, n, &same);
		for (i = 0; i < n; i++)
			frames[i] = f[mf_test_below(&rnd, ARRAY_SIZE(f))]->t.frame;
		for (i = 0; i < n; i++) {
			one->qp.rq.window.length = 0;
			recv_rx(one, &frames[i], 1, 0);
		}
		recv_rx(all, frames, n, 0);

		KUNIT_ASSERT_EQ(test, one->qp.state, all->qp.state);
		KUNIT_ASSERT_EQ(test, one->qp.rq.q.cons, all->qp.rq.q.cons);
		bad += one->qp.state == IB_QPS_ERR;
		while (mfraw_world_poll(one, &a)) {
			KUNIT_ASSERT_TRUE(test, mfraw_world_poll(all, &b));
			KUNIT_ASSERT_MEMEQ(test, &a, &b, sizeof(a));
			good += !!(a.info & MFRAW_CQE_IP_CSUM_OK);
		}
		KUNIT_ASSERT_FALSE(test, mfraw_world_poll(all, &b));
		KUNIT_ASSERT_MEMEQ(test, one->mem, all->mem,
				   WORLD_PAGES * PAGE_SIZE);
	}
	KUNIT_EXPECT_GT(test, bad, 20);
	KUNIT_EXPECT_LT(test, bad, 480);
	KUNIT_EXPECT_GT(test, good, 100);
}

static struct kunit_case recv_cases[] = {
	KUNIT_CASE(recv_lengths),
	KUNIT_CASE(recv_pieces),
	KUNIT_CASE(recv_too_short),
	KUNIT_CASE(recv_protection),
	KUNIT_CASE(recv_empty),
	KUNIT_CASE(recv_avail),
	KUNIT_CASE(recv_avail_known),
	KUNIT_CASE(recv_wrap),
	KUNIT_CASE(recv_tag),
	KUNIT_CASE(recv_strip),
	KUNIT_CASE(recv_fcs),
	KUNIT_CASE(recv_own_multicast),
	KUNIT_CASE(recv_csum),
	KUNIT_CASE(recv_csum_device),
	KUNIT_CASE(recv_sizes),
	KUNIT_CASE(recv_alike),
	{}
};

struct kunit_suite mfraw_recv_suite = {
	.name = "mfraw_recv",
	.test_cases = recv_cases,
};
