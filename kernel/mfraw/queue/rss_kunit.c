// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the Toeplitz hash and of the choice of a WQ. The vectors are from
 * Microsoft's specification of receive side scaling ("RSS Hashing Examples").
 */
#include "kunit.h"

#include "queue/rss.c"

static const u8 rss_key[MF_TOEPLITZ_KEY_LEN] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static const struct {
	u32 saddr, daddr;
	u16 sport, dport;
	u32 addrs, ports;
} rss_ipv4[] = {
	{ 0x420995bb, 0xa18e6450, 2794, 1766, 0x323e8fc2, 0x51ccc178 },
	{ 0xc75c6f02, 0x41458c53, 14230, 4739, 0xd718262a, 0xc626b0ea },
	{ 0x1813c65f, 0x0c16cfb8, 12898, 38024, 0xd2d0a5de, 0x5c2b394a },
	{ 0x261bcd1e, 0xd18ea306, 48228, 2217, 0x82989176, 0xafc7327f },
	{ 0x9927a3bf, 0xcabc7f02, 44251, 1303, 0x5d1809c5, 0x10e828a2 },
};

static const struct {
	u16 saddr[8], daddr[8];
	u16 sport, dport;
	u32 addrs, ports;
} rss_ipv6[] = {
	{ { 0x3ffe, 0x2501, 0x200, 0x1fff, 0, 0, 0, 7 },
	  { 0x3ffe, 0x2501, 0x200, 3, 0, 0, 0, 1 },
	  2794, 1766, 0x2cc18cd5, 0x40207d3d },
	{ { 0x3ffe, 0x501, 8, 0, 0x260, 0x97ff, 0xfe40, 0xefab },
	  { 0xff02, 0, 0, 0, 0, 0, 0, 1 },
	  14230, 4739, 0x0f0c461c, 0xdde51bbf },
	{ { 0x3ffe, 0x1900, 0x4545, 3, 0x200, 0xf8ff, 0xfe21, 0x67cf },
	  { 0xfe80, 0, 0, 0, 0x200, 0xf8ff, 0xfe21, 0x67cf },
	  44251, 38024, 0x4b61e985, 0x02d1feef },
};

static struct mfraw_rss *rss_new(struct kunit *test, u32 fields, u8 proto)
{
	struct mfraw_rss *rss = mf_test_alloc(test, sizeof(*rss));

	mfraw_rss_set_fields(rss, fields);
	KUNIT_EXPECT_EQ(test, rss->proto, proto);
	mf_toeplitz_set_key(&rss->key, rss_key);

	return rss;
}

static void rss_frame4(struct mf_test_frame *t, unsigned int i, u8 proto,
		       u16 frag)
{
	struct iphdr *ip;
	__be16 *ports;

	mf_test_eth(t, 2, ETH_P_IP);
	ip = mf_test_ipv4(t, proto, frag);
	ip->saddr = htonl(rss_ipv4[i].saddr);
	ip->daddr = htonl(rss_ipv4[i].daddr);
	ports = mf_test_push(t, sizeof(struct tcphdr));
	ports[0] = htons(rss_ipv4[i].sport);
	ports[1] = htons(rss_ipv4[i].dport);
	((struct tcphdr *)ports)->doff = 5;
}

static void rss_frame6(struct mf_test_frame *t, unsigned int i, u8 proto)
{
	struct ipv6hdr *ip;
	unsigned int k;
	__be16 *ports;

	mf_test_eth(t, 2, ETH_P_IPV6);
	ip = mf_test_ipv6(t, proto);
	for (k = 0; k < 8; k++) {
		ip->saddr.s6_addr16[k] = htons(rss_ipv6[i].saddr[k]);
		ip->daddr.s6_addr16[k] = htons(rss_ipv6[i].daddr[k]);
	}
	ports = mf_test_push(t, sizeof(struct tcphdr));
	ports[0] = htons(rss_ipv6[i].sport);
	ports[1] = htons(rss_ipv6[i].dport);
	((struct tcphdr *)ports)->doff = 5;
}

static void rss_vectors_ipv4(struct kunit *test)
{
	struct mfraw_rss *addrs = rss_new(test, MFRAW_RSS_IPV4, 0);
	struct mfraw_rss *tcp = rss_new(test, MFRAW_RSS_IPV4 | MFRAW_RSS_TCP,
					IPPROTO_TCP);
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rss_ipv4); i++) {
		rss_frame4(&t, i, IPPROTO_TCP, 0);
		KUNIT_EXPECT_EQ(test, mfraw_rss_hash(addrs, &t.frame),
				rss_ipv4[i].addrs);
		KUNIT_EXPECT_EQ(test, mfraw_rss_hash(tcp, &t.frame),
				rss_ipv4[i].ports);
	}
}

static void rss_vectors_ipv6(struct kunit *test)
{
	struct mfraw_rss *addrs = rss_new(test, MFRAW_RSS_IPV6, 0);
	struct mfraw_rss *udp = rss_new(test, MFRAW_RSS_IPV6 | MFRAW_RSS_UDP,
					IPPROTO_UDP);
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rss_ipv6); i++) {
		rss_frame6(&t, i, IPPROTO_UDP);
		KUNIT_EXPECT_EQ(test, mfraw_rss_hash(addrs, &t.frame),
				rss_ipv6[i].addrs);
		KUNIT_EXPECT_EQ(test, mfraw_rss_hash(udp, &t.frame),
				rss_ipv6[i].ports);
	}
}

/* The definition: each set bit of the input adds 32 bits of the key. */
static u32 rss_reference(const u8 *key, const u8 *input, unsigned int len)
{
	u32 hash = 0, window = key[0] << 24 | key[1] << 16 | key[2] << 8 |
			       key[3];
	unsigned int i, bit, next = 32;

	for (i = 0; i < len; i++)
		for (bit = 0x80; bit; bit >>= 1) {
			if (input[i] & bit)
				hash ^= window;
			window <<= 1;
			if (next < 8 * MF_TOEPLITZ_KEY_LEN)
				window |= key[next / 8] >> (7 - next % 8) & 1;
			next++;
		}

	return hash;
}

static void rss_random(struct kunit *test)
{
	struct mf_toeplitz *t = mf_test_alloc(test, sizeof(*t));
	u8 key[MF_TOEPLITZ_KEY_LEN], input[MF_TOEPLITZ_INPUT];
	struct rnd_state rnd;
	unsigned int i, len;

	mf_test_seed(&rnd);
	for (i = 0; i < 50; i++) {
		prandom_bytes_state(&rnd, key, sizeof(key));
		mf_toeplitz_set_key(t, key);
		for (len = 0; len <= sizeof(input); len++) {
			prandom_bytes_state(&rnd, input, sizeof(input));
			KUNIT_ASSERT_EQ(test,
					mf_toeplitz_hash(t, input, len),
					rss_reference(key, input, len));
		}
	}
}

/* Only requested fields are hashed, without gaps. */
static void rss_fields(struct kunit *test)
{
	struct mf_test_frame t;
	unsigned int fields;
	u8 input[12], *end;

	rss_frame4(&t, 0, IPPROTO_TCP, 0);
	for (fields = 0; fields < 16; fields++) {
		u32 mask = (fields & 1 ? MFRAW_RX_HASH_SRC_IPV4 : 0) |
			   (fields & 2 ? MFRAW_RX_HASH_DST_IPV4 : 0) |
			   (fields & 4 ? MFRAW_RX_HASH_SRC_PORT_TCP : 0) |
			   (fields & 8 ? MFRAW_RX_HASH_DST_PORT_TCP : 0);
		struct mfraw_rss *rss = rss_new(test, mask, fields & 12 ?
						IPPROTO_TCP : 0);

		end = input;
		if (fields & 1)
			end = mf_rss_add(end, t.data + ETH_HLEN + 12, 4);
		if (fields & 2)
			end = mf_rss_add(end, t.data + ETH_HLEN + 16, 4);
		if (fields & 4)
			end = mf_rss_add(end, t.data + ETH_HLEN + 20, 2);
		if (fields & 8)
			end = mf_rss_add(end, t.data + ETH_HLEN + 22, 2);
		KUNIT_EXPECT_EQ(test, mfraw_rss_hash(rss, &t.frame),
				rss_reference(rss_key, input, end - input));
	}
}

/* All fragments of a datagram have the same hash, the first one included. */
static void rss_fragments(struct kunit *test)
{
	struct mfraw_rss *rss = rss_new(test, MFRAW_RSS_IPV4 | MFRAW_RSS_UDP,
					IPPROTO_UDP);
	static const u16 frag[] = { IP_MF, IP_MF | 185, 370 };
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(frag); i++) {
		rss_frame4(&t, 1, IPPROTO_UDP, frag[i]);
		KUNIT_EXPECT_EQ(test, mfraw_rss_hash(rss, &t.frame),
				rss_ipv4[1].addrs);
	}
}

/* Only ports of the requested protocol are hashed, also after VLAN tags. */
static void rss_protocol(struct kunit *test)
{
	struct mfraw_rss *rss = rss_new(test, MFRAW_RSS_IPV4 | MFRAW_RSS_TCP,
					IPPROTO_TCP);
	struct mf_test_frame t, tagged;

	rss_frame4(&t, 2, IPPROTO_UDP, 0);
	KUNIT_EXPECT_EQ(test, mfraw_rss_hash(rss, &t.frame),
			rss_ipv4[2].addrs);
	rss_frame4(&t, 2, IPPROTO_TCP, 0);
	mf_test_eth(&tagged, 2, ETH_P_8021Q);
	mf_test_tag(&tagged, 5, ETH_P_IP);
	memcpy(mf_test_push(&tagged, t.frame.len - ETH_HLEN),
	       t.data + ETH_HLEN, t.frame.len - ETH_HLEN);
	KUNIT_EXPECT_EQ(test, mfraw_rss_hash(rss, &tagged.frame),
			rss_ipv4[2].ports);
	/* IPv6 and non-IP frames have no requested field. */
	rss_frame6(&t, 0, IPPROTO_UDP);
	KUNIT_EXPECT_EQ(test, mfraw_rss_hash(rss, &t.frame), 0);
	mf_test_eth(&t, 2, 0x88b5);
	mf_test_push(&t, 46);
	KUNIT_EXPECT_EQ(test, mfraw_rss_hash(rss, &t.frame), 0);
}

/* The lower bits of the hash are the index in the table. */
static void rss_pick(struct kunit *test)
{
	struct mfraw_rss *rss = rss_new(test, MFRAW_RSS_IPV4, 0);
	struct mfraw_wq *wq = mf_test_alloc(test, 8 * sizeof(*wq));
	struct ib_wq *tbl[8];
	struct mf_test_frame t;
	unsigned int i, log;

	for (i = 0; i < 8; i++)
		tbl[i] = &wq[i].ibwq;
	rss->ind_tbl = tbl;
	for (log = 0; log <= 3; log++) {
		rss->mask = BIT(log) - 1;
		for (i = 0; i < ARRAY_SIZE(rss_ipv4); i++) {
			rss_frame4(&t, i, IPPROTO_TCP, 0);
			KUNIT_EXPECT_PTR_EQ(test,
					    mfraw_rss_pick(rss, &t.frame),
					    &wq[rss_ipv4[i].addrs % BIT(log)].rq);
		}
	}
}

static int rss_check(const struct mfraw_create_qp_rss_req *req,
		     const struct ib_rwq_ind_table *tbl)
{
	static struct mfraw_dev dev;

	return mfraw_rss_check(&dev.ibdev, req, tbl);
}

/* Valid and invalid requests of ibv_create_qp_ex(). */
static void rss_requests(struct kunit *test)
{
	static const struct {
		u64 fields;
		u8 log, func, key_len;
		int err;
	} cases[] = {
		{ MFRAW_RSS_IPV4, 3, 1, 40, 0 },
		{ MFRAW_RSS_IPV4 | MFRAW_RSS_TCP, 3, 1, 40, 0 },
		{ MFRAW_RSS_IPV6 | MFRAW_RSS_UDP, 3, 1, 40, 0 },
		{ MFRAW_RSS_UDP, 3, 1, 40, 0 },
		{ MFRAW_RSS_IPV4 | MFRAW_RSS_IPV6, 3, 1, 40, -EINVAL },
		{ MFRAW_RSS_TCP | MFRAW_RSS_UDP, 3, 1, 40, -EINVAL },
		{ MFRAW_RX_HASH_SRC_IPV4 | MFRAW_RX_HASH_DST_IPV6, 3, 1, 40,
		  -EINVAL },
		{ 0, 3, 1, 40, -EINVAL },
		{ 0, 0, 1, 40, 0 },
		{ BIT_ULL(8), 3, 1, 40, -EOPNOTSUPP },
		{ BIT_ULL(31), 3, 1, 40, -EOPNOTSUPP },	/* inner headers */
		{ MFRAW_RSS_IPV4, 3, 0, 40, -EOPNOTSUPP },
		{ MFRAW_RSS_IPV4, 3, 2, 40, -EOPNOTSUPP },
		{ MFRAW_RSS_IPV4, 3, 1, 39, -EINVAL },
		{ MFRAW_RSS_IPV4, 3, 1, 0, -EINVAL },
		{ MFRAW_RSS_IPV4, 3, 1, 41, -EINVAL },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ib_rwq_ind_table tbl = {
			.log_ind_tbl_size = cases[i].log,
		};
		struct mfraw_create_qp_rss_req req = {
			.rx_hash_fields = cases[i].fields,
			.rx_hash_function = cases[i].func,
			.rx_key_len = cases[i].key_len,
		};

		KUNIT_EXPECT_EQ_MSG(test, rss_check(&req, &tbl),
				    cases[i].err, "case %u", i);
		req.reserved[5] = 1;
		KUNIT_EXPECT_EQ(test, rss_check(&req, &tbl), -EINVAL);
	}
}

static struct kunit_case rss_cases[] = {
	KUNIT_CASE(rss_vectors_ipv4),
	KUNIT_CASE(rss_vectors_ipv6),
	KUNIT_CASE(rss_random),
	KUNIT_CASE(rss_fields),
	KUNIT_CASE(rss_fragments),
	KUNIT_CASE(rss_protocol),
	KUNIT_CASE(rss_pick),
	KUNIT_CASE(rss_requests),
	{}
};

struct kunit_suite mfraw_rss_suite = {
	.name = "mfraw_rss",
	.test_cases = rss_cases,
};
