// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of TCP segmentation: the segments of a request are those that TCP
 * itself would send (RFC 9293, and RFC 3168 for CWR).
 */
#include <net/ip6_checksum.h>

#include "kunit.h"

#include "queue/tso.c"

/* A request as in the ring. */
struct tso_req {
	struct mfraw_send_wqe	wqe;
	u8			body[512];
};

/*
 * Write headers: Ethernet, optional VLAN tag, IPv4 or IPv6, and TCP with @opts
 * bytes of options.
 */
static u32 tso_header(u8 *hdr, bool v6, bool tag, u32 opts)
{
	struct mf_test_frame *t;
	struct tcphdr *th;
	u32 len;

	t = kzalloc_obj(*t);
	if (!t)
		return 0;
	mf_test_eth(t, 1, tag ? ETH_P_8021Q : v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (tag)
		mf_test_tag(t, 7, v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (v6)
		mf_test_ipv6(t, IPPROTO_TCP);
	else
		mf_test_ipv4(t, IPPROTO_TCP, IP_DF)->id = htons(0xfffe);
	th = mf_test_ports(t, sizeof(*th) + opts);
	th->doff = (sizeof(*th) + opts) / 4;
	th->seq = htonl(0xfffffc00);
	th->ack = 1;
	th->psh = 1;
	th->fin = 1;
	th->cwr = 1;
	memset(th + 1, 1, opts);
	len = t->frame.len;
	memcpy(hdr, t->data, len);
	kfree(t);

	return len;
}

static void tso_request(struct tso_req *req, u32 hdr_len, u32 mss, u64 addr,
			const u32 *pieces, unsigned int n)
{
	struct mfraw_sge *sge;
	unsigned int i;

	memset(&req->wqe, 0, sizeof(req->wqe));
	req->wqe.opcode = MFRAW_OP_TSO;
	req->wqe.num_sge = cpu_to_le16(n);
	req->wqe.tso.mss = cpu_to_le16(mss);
	req->wqe.tso.hdr_len = cpu_to_le16(hdr_len);
	sge = (void *)(req->body + ALIGN(hdr_len, MFRAW_TSO_HDR_ALIGN));
	for (i = 0; i < n; i++) {
		mfraw_world_sge(&sge[i], addr, pieces[i], WORLD_LKEY);
		addr += pieces[i];
	}
}

static enum mfraw_build tso_build(struct mfraw_world *w, struct tso_req *req,
				  u32 off, u8 *status)
{
	struct mfraw_burst *b = w->qp.burst;
	struct mfraw_mr *last = NULL;
	enum mfraw_build ret;

	b->nr_frames = 0;
	b->nr_frags = 0;
	b->ends = U32_MAX;
	rcu_read_lock();
	ret = mfraw_build_tso(&w->qp, &req->wqe, req->wqe.flags, off, &last,
			      status);
	rcu_read_unlock();

	return ret;
}

/* Expect that @frame is the segment of @n bytes at @off, of @total. */
static void tso_is_segment(struct kunit *test, struct mfraw_world *w,
			   const u8 *frame, const u8 *hdr, u32 hdr_len, u32 off,
			   u32 n, u32 total, u32 mss)
{
	const struct tcphdr *was, *th;
	struct mfraw_l4 l4;
	u32 i, tcp_len, sum;

	KUNIT_ASSERT_TRUE(test, mfraw_find_l4(frame, hdr_len, &l4));
	tcp_len = hdr_len - l4.off + n;
	was = (const void *)(hdr + l4.off);
	th = (const void *)(frame + l4.off);
	KUNIT_EXPECT_EQ(test, ntohl(th->seq), ntohl(was->seq) + off);
	KUNIT_EXPECT_EQ(test, ntohl(th->ack_seq), ntohl(was->ack_seq));
	KUNIT_EXPECT_TRUE(test, (bool)th->ack);
	KUNIT_EXPECT_EQ(test, (bool)th->fin, off + n == total);
	KUNIT_EXPECT_EQ(test, (bool)th->psh, off + n == total);
	KUNIT_EXPECT_EQ(test, (bool)th->cwr, off == 0);
	KUNIT_EXPECT_MEMEQ(test, frame, hdr, l4.l3);
	KUNIT_EXPECT_MEMEQ(test, th + 1, was + 1, hdr_len - l4.off - 20);

	sum = IPPROTO_TCP + tcp_len;
	if (l4.v6) {
		const struct ipv6hdr *ip = (const void *)(frame + l4.l3);

		KUNIT_EXPECT_EQ(test, ntohs(ip->payload_len), tcp_len);
		sum = mf_test_sum((const u8 *)&ip->saddr, 32, sum);
	} else {
		const struct iphdr *ip = (const void *)(frame + l4.l3);
		const struct iphdr *ip0 = (const void *)(hdr + l4.l3);

		KUNIT_EXPECT_EQ(test, ntohs(ip->tot_len), 20 + tcp_len);
		KUNIT_EXPECT_EQ(test, ntohs(ip->id),
				(u16)(ntohs(ip0->id) + off / mss));
		KUNIT_EXPECT_EQ(test, ntohs(ip->frag_off), ntohs(ip0->frag_off));
		KUNIT_EXPECT_EQ(test, mf_test_sum((const u8 *)ip, 20, 0),
				0xffff);
		sum = mf_test_sum((const u8 *)&ip->saddr, 8, sum);
	}
	KUNIT_EXPECT_EQ(test, mf_test_sum((const u8 *)th, tcp_len, sum),
			0xffff);
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, frame[hdr_len + i],
				*mfraw_world_at(w, WORLD_IOVA + off + i));
}

/* Send a whole request in several rounds, and check all segments. */
static void tso_all(struct kunit *test, bool v6, bool tag, u32 opts, u32 mss,
		    const u32 *pieces, unsigned int n)
{
	struct mfraw_world *w = mfraw_world(test);
	struct tso_req *req = mf_test_alloc(test, sizeof(*req));
	u8 *wire = mf_test_alloc(test, WORLD_FRAME);
	struct mfraw_burst *b = w->qp.burst;
	u32 hdr_len, total = 0, off = 0, rounds = 0;
	enum mfraw_build ret;
	unsigned int i;
	u8 status;

	for (i = 0; i < n; i++)
		total += pieces[i];
	mfraw_world_fill(w, WORLD_IOVA, total, 3);
	hdr_len = tso_header(req->body, v6, tag, opts);
	KUNIT_ASSERT_NE(test, hdr_len, 0);
	tso_request(req, hdr_len, mss, WORLD_IOVA, pieces, n);
	do {
		ret = tso_build(w, req, off, &status);
		KUNIT_ASSERT_NE(test, ret, MFRAW_BUILD_BAD);
		KUNIT_ASSERT_GT(test, b->nr_frames, 0);
		for (i = 0; i < b->nr_frames; i++) {
			u32 size = min(mss, total - off);

			KUNIT_ASSERT_EQ(test, b->frames[i].len,
					hdr_len + size);
			KUNIT_EXPECT_GE(test, b->frames[i].hdr_len,
					min(b->frames[i].len, MF_FRAME_HDR));
			mf_frame_copy(wire, &b->frames[i]);
			tso_is_segment(test, w, wire, req->body, hdr_len, off,
				       size, total, mss);
			off += size;
			KUNIT_EXPECT_EQ(test, !!(b->ends & BIT(i)),
					off == total);
			if (off < total)
				KUNIT_EXPECT_EQ(test, b->tso_off[i], off);
		}
		KUNIT_ASSERT_LT(test, ++rounds, 1000);
	} while (ret == MFRAW_BUILD_FULL);
	KUNIT_EXPECT_EQ(test, off, total);
}

static void tso_ipv4(struct kunit *test)
{
	static const u32 pieces[] = { 9000 };

	tso_all(test, false, false, 0, 1460, pieces, 1);
	tso_all(test, false, false, 12, 1448, pieces, 1);
	tso_all(test, false, true, 40, 999, pieces, 1);
}

static void tso_ipv6(struct kunit *test)
{
	static const u32 pieces[] = { 8000 };

	tso_all(test, true, false, 0, 1440, pieces, 1);
	tso_all(test, true, true, 12, 1000, pieces, 1);
}

/* The last segment may be full, or have one byte, or be the only one. */
static void tso_edges(struct kunit *test)
{
	static const u32 total[] = { 1, 999, 1000, 1001, 1999, 2000, 2001 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(total); i++)
		tso_all(test, false, false, 0, 1000, &total[i], 1);
}

/* Borders of memory pieces differ from borders of segments. */
static void tso_pieces(struct kunit *test)
{
	static const u32 a[] = { 1, 1, 1, 5000 };
	static const u32 b[] = { 700, 700, 700, 700 };
	static const u32 c[] = { 0, 1999, 0, 3 };

	tso_all(test, false, false, 12, 1000, a, 4);
	tso_all(test, true, false, 12, 700, b, 4);
	tso_all(test, false, false, 12, 500, c, 4);
}

/* More segments than fit in a round: each round continues. */
static void tso_rounds(struct kunit *test)
{
	static const u32 pieces[] = { 3000, 97, 5000 };

	tso_all(test, false, false, 12, MFRAW_TSO_MIN_MSS, pieces, 3);
	tso_all(test, true, true, 0, MFRAW_TSO_MIN_MSS + 1, pieces + 1, 1);
}

/* Random requests of all forms. */
static void tso_random(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int i, k;

	mf_test_seed(&rnd);
	for (i = 0; i < 60; i++) {
		unsigned int n = 1 + mf_test_below(&rnd, 4);
		u32 pieces[4];

		for (k = 0; k < n; k++)
			pieces[k] = 1 + mf_test_below(&rnd, 6000);
		tso_all(test, i & 1, i & 2, 4 * mf_test_below(&rnd, 11),
			MFRAW_TSO_MIN_MSS + mf_test_below(&rnd, 3000), pieces,
			n);
	}
}

static void tso_bad(struct kunit *test, struct mfraw_world *w,
		    struct tso_req *req, u8 want)
{
	u8 status;

	KUNIT_EXPECT_EQ(test, tso_build(w, req, 0, &status), MFRAW_BUILD_BAD);
	KUNIT_EXPECT_EQ(test, status, want);
	KUNIT_EXPECT_EQ(test, w->qp.burst->nr_frames, 0);
}

/* The header must end exactly with the TCP header. */
static void tso_bad_header(struct kunit *test)
{
	static const u32 pieces[] = { 3000 };
	struct mfraw_world *w = mfraw_world(test);
	struct tso_req *req = mf_test_alloc(test, sizeof(*req));
	u32 len = tso_header(req->body, false, false, 0), n;
	struct tcphdr *th = (void *)(req->body + ETH_HLEN + 20);
	u8 op = MFRAW_CQE_LOC_QP_OP_ERR;

	for (n = 0; n <= MFRAW_MAX_TSO_HDR + 1; n++) {
		u8 status;

		tso_request(req, n, 1000, WORLD_IOVA, pieces, 1);
		/* The memory pieces follow the shorter header. */
		KUNIT_EXPECT_EQ(test, n == len ? MFRAW_BUILD_OK :
						 MFRAW_BUILD_BAD,
				tso_build(w, req, 0, &status));
		memset(req->body + len, 0, sizeof(req->body) - len);
		tso_header(req->body, false, false, 0);
	}
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 1);
	th->doff = 4;
	tso_bad(test, w, req, op);
	th->doff = 6;
	tso_bad(test, w, req, op);
	th->doff = 5;
	req->body[ETH_HLEN + 9] = IPPROTO_UDP;
	tso_bad(test, w, req, op);
	req->body[ETH_HLEN + 9] = IPPROTO_TCP;
	req->body[ETH_HLEN + 6] = IP_MF >> 8;
	tso_bad(test, w, req, op);
	/* The header must not exceed the limit of the queue pair. */
	req->body[ETH_HLEN + 6] = 0;
	w->qp.max_tso_hdr = len - 1;
	tso_bad(test, w, req, op);
}

static void tso_bad_request(struct kunit *test)
{
	static const u32 pieces[] = { 3000, 0 };
	struct mfraw_world *w = mfraw_world(test);
	struct tso_req *req = mf_test_alloc(test, sizeof(*req));
	u32 len = tso_header(req->body, false, false, 0);
	u8 op = MFRAW_CQE_LOC_QP_OP_ERR;

	tso_request(req, len, 0, WORLD_IOVA, pieces, 1);
	tso_bad(test, w, req, op);
	tso_request(req, len, MFRAW_TSO_MIN_MSS - 1, WORLD_IOVA, pieces, 1);
	tso_bad(test, w, req, op);
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 1);
	req->wqe.flags = MFRAW_SEND_INLINE;
	tso_bad(test, w, req, op);
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 1);
	req->wqe.inline_len = cpu_to_le32(1);
	tso_bad(test, w, req, op);
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 1);
	req->wqe.tso.reserved = cpu_to_le32(1);
	tso_bad(test, w, req, op);
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 1);
	req->wqe.num_sge = cpu_to_le16(5);
	tso_bad(test, w, req, op);
	tso_request(req, len, 1000, WORLD_IOVA + WORLD_LEN - 2999, pieces, 1);
	tso_bad(test, w, req, MFRAW_CQE_LOC_PROT_ERR);
	/* A request without payload is invalid. */
	tso_request(req, len, 1000, WORLD_IOVA, pieces + 1, 1);
	tso_bad(test, w, req, MFRAW_CQE_LOC_LEN_ERR);
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 0);
	tso_bad(test, w, req, MFRAW_CQE_LOC_LEN_ERR);
	/* A segment must not be longer than the port's largest frame. */
	w->dev.max_frame = len + 999;
	tso_request(req, len, 1000, WORLD_IOVA, pieces, 1);
	tso_bad(test, w, req, MFRAW_CQE_LOC_LEN_ERR);
}

/* The longest payload is that of ibv_query_device_ex(). */
static void tso_most(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct tso_req *req = mf_test_alloc(test, sizeof(*req));
	u32 len = tso_header(req->body, false, false, 0);
	u32 pieces[8], i;
	u8 status;

	w->qp.sq.max_sge = 8;
	for (i = 0; i < 8; i++)
		pieces[i] = MFRAW_MAX_TSO / 8;
	tso_request(req, len, 9000, WORLD_IOVA, pieces, 8);
	for (i = 0; i < 8; i++)
		mfraw_world_sge((struct mfraw_sge *)
				(req->body + ALIGN(len, 16)) + i, WORLD_IOVA,
				pieces[i], WORLD_LKEY);
	KUNIT_EXPECT_EQ(test, tso_build(w, req, 0, &status), MFRAW_BUILD_OK);
	KUNIT_EXPECT_EQ(test, w->qp.burst->nr_frames,
			DIV_ROUND_UP(MFRAW_MAX_TSO, 9000));
	((struct mfraw_sge *)(req->body + ALIGN(len, 16)))->length =
		cpu_to_le32(MFRAW_MAX_TSO / 8 + 1);
	tso_bad(test, w, req, MFRAW_CQE_LOC_LEN_ERR);
}

/* A process shortens a request while it is being sent. */
static void tso_shrinks(struct kunit *test)
{
	static const u32 pieces[] = { 3000 };
	struct mfraw_world *w = mfraw_world(test);
	struct tso_req *req = mf_test_alloc(test, sizeof(*req));
	u32 len = tso_header(req->body, false, false, 0);
	u8 status;

	tso_request(req, len, 100, WORLD_IOVA, pieces, 1);
	KUNIT_EXPECT_EQ(test, tso_build(w, req, 2999, &status),
			MFRAW_BUILD_OK);
	KUNIT_EXPECT_EQ(test, tso_build(w, req, 3000, &status),
			MFRAW_BUILD_BAD);
	KUNIT_EXPECT_EQ(test, status, MFRAW_CQE_LOC_QP_OP_ERR);
	KUNIT_EXPECT_EQ(test, tso_build(w, req, U32_MAX, &status),
			MFRAW_BUILD_BAD);
}

static struct kunit_case tso_cases[] = {
	KUNIT_CASE(tso_ipv4),
	KUNIT_CASE(tso_ipv6),
	KUNIT_CASE(tso_edges),
	KUNIT_CASE(tso_pieces),
	KUNIT_CASE(tso_rounds),
	KUNIT_CASE(tso_random),
	KUNIT_CASE(tso_bad_header),
	KUNIT_CASE(tso_bad_request),
	KUNIT_CASE(tso_most),
	KUNIT_CASE(tso_shrinks),
	{}
};

struct kunit_suite mfraw_tso_suite = {
	.name = "mfraw_tso",
	.test_cases = tso_cases,
};
