// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of checksums: their offsets in a frame, filling them in, and
 * verification on receive (RFC 791, 768, 9293, 8200). The reference sums bytes.
 */
#include <net/ipv6.h>

#include "kunit.h"

#include "queue/csum.c"

static u8 *csum_l3(struct mf_test_frame *t, const struct mfraw_l4 *l4)
{
	return t->data + l4->l3;
}

/* Sum TCP or UDP with the pseudo header, to verify the checksum. */
static u16 csum_l4_sum(const u8 *frame, const struct mfraw_l4 *l4, u32 len)
{
	const u8 *ip = frame + l4->l3;
	u32 sum = l4->proto + len;

	sum = l4->v6 ? mf_test_sum(ip + 8, 32, sum) :
		       mf_test_sum(ip + 12, 8, sum);

	return mf_test_sum(frame + l4->off, len, sum);
}

/* The example of RFC 1071, section 3: the reference is right. */
static void csum_reference(struct kunit *test)
{
	static const u8 data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6,
				   0xf7 };

	KUNIT_EXPECT_EQ(test, mf_test_sum(data, sizeof(data), 0), 0xddf2);
}

/* A well-known header and its checksum. */
static void csum_ipv4_known(struct kunit *test)
{
	static const u8 ip[] = {
		0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
		0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7,
	};
	struct mf_test_frame t;

	mf_test_eth(&t, 1, ETH_P_IP);
	memcpy(mf_test_push(&t, sizeof(ip)), ip, sizeof(ip));
	mfraw_csum_fill(&t.frame, t.data);
	KUNIT_EXPECT_EQ(test, t.data[ETH_HLEN + 10], 0xb8);
	KUNIT_EXPECT_EQ(test, t.data[ETH_HLEN + 11], 0x61);
}

/* The search skips up to two VLAN tags. */
static void csum_tags(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	unsigned int tags, i;

	for (tags = 0; tags <= 3; tags++) {
		mf_test_eth(&t, 1, tags ? ETH_P_8021AD : ETH_P_IP);
		for (i = 0; i < tags; i++)
			mf_test_tag(&t, i, i + 1 < tags ? ETH_P_8021Q :
							   ETH_P_IP);
		mf_test_ipv4(&t, IPPROTO_UDP, 0);
		mf_test_ports(&t, sizeof(struct udphdr));
		KUNIT_EXPECT_EQ(test, tags <= 2,
				mfraw_find_l4(t.data, t.frame.len, &l4));
		if (tags > 2)
			continue;
		KUNIT_EXPECT_EQ(test, l4.l3, ETH_HLEN + 4 * tags);
		KUNIT_EXPECT_EQ(test, l4.off, l4.l3 + 20);
		KUNIT_EXPECT_EQ(test, l4.proto, IPPROTO_UDP);
		KUNIT_EXPECT_FALSE(test, l4.v6);
	}
}

/* An incomplete header is not read. */
static void csum_truncated(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	u32 len, l4_end = ETH_HLEN + 4 + 20 + sizeof(struct tcphdr);

	mf_test_eth(&t, 1, ETH_P_8021Q);
	mf_test_tag(&t, 1, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_TCP, 0);
	mf_test_ports(&t, sizeof(struct tcphdr));
	for (len = MF_FRAME_MIN; len <= l4_end; len++) {
		bool found = mfraw_find_l4(t.data, len, &l4);

		KUNIT_EXPECT_EQ(test, found, len >= ETH_HLEN + 4 + 20);
		if (found)
			KUNIT_EXPECT_EQ(test, !!l4.off, len == l4_end);
	}
}

static void csum_ipv4_forms(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	struct iphdr *ip;
	unsigned int ihl;

	for (ihl = 0; ihl < 16; ihl++) {
		mf_test_eth(&t, 1, ETH_P_IP);
		ip = mf_test_ipv4(&t, IPPROTO_UDP, 0);
		ip->ihl = ihl;
		mf_test_push(&t, 60);
		KUNIT_EXPECT_EQ(test, ihl >= 5,
				mfraw_find_l4(t.data, t.frame.len, &l4));
		if (ihl >= 5)
			KUNIT_EXPECT_EQ(test, l4.off, ETH_HLEN + 4 * ihl);
	}
	ip = (struct iphdr *)(t.data + ETH_HLEN);
	ip->ihl = 5;
	ip->version = 6;
	KUNIT_EXPECT_FALSE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	/* Neither the first nor the last fragment has a whole datagram. */
	ip->version = 4;
	ip->frag_off = htons(IP_MF);
	KUNIT_EXPECT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
	ip->frag_off = htons(1);
	KUNIT_EXPECT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
	ip->frag_off = htons(IP_DF);
	KUNIT_EXPECT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	KUNIT_EXPECT_NE(test, l4.off, 0);
	ip->protocol = IPPROTO_SCTP;
	KUNIT_EXPECT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
}

/* Find the headers of an IPv6 frame with one extension header. */
static bool csum_v6_ext(struct mfraw_l4 *l4, u8 type, const u8 *ext, u32 len)
{
	struct mf_test_frame t;

	mf_test_eth(&t, 1, ETH_P_IPV6);
	mf_test_ipv6(&t, type);
	memcpy(mf_test_push(&t, len), ext, len);
	mf_test_ports(&t, sizeof(struct udphdr));

	return mfraw_find_l4(t.data, t.frame.len, l4);
}

static void csum_ipv6_forms(struct kunit *test)
{
	u8 ext[24] = { IPPROTO_UDP };
	u32 l4_off = ETH_HLEN + 40;
	struct mfraw_l4 l4;

	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, IPPROTO_UDP, ext, 0));
	KUNIT_EXPECT_EQ(test, l4.off, l4_off);
	KUNIT_EXPECT_TRUE(test, l4.v6);
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_HOP, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, l4_off + 8);
	ext[1] = 2;
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_DEST, ext, 24));
	KUNIT_EXPECT_EQ(test, l4.off, l4_off + 24);
	/* A length that exceeds the frame. */
	ext[1] = 255;
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_HOP, ext, 24));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
	/* The final destination differs from that in the header. */
	ext[1] = 0;
	ext[3] = 1;
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_ROUTING, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
	ext[3] = 0;
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_ROUTING, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, l4_off + 8);
	/*
	 * RFC 6946: an atomic fragment is a whole packet. The reserved bits may
	 * be set.
	 */
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_FRAGMENT, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, l4_off + 8);
	ext[3] = 1;
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_FRAGMENT, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
	ext[3] = 8;
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_FRAGMENT, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
	KUNIT_EXPECT_TRUE(test, csum_v6_ext(&l4, NEXTHDR_NONE, ext, 8));
	KUNIT_EXPECT_EQ(test, l4.off, 0);
}

/* The time for a chain of headers is bounded. */
static void csum_ipv6_chain(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	unsigned int n, i;

	for (n = 1; n <= 12; n++) {
		mf_test_eth(&t, 1, ETH_P_IPV6);
		mf_test_ipv6(&t, NEXTHDR_DEST);
		for (i = 1; i <= n; i++)
			*(u8 *)mf_test_push(&t, 8) = i < n ? NEXTHDR_DEST :
							     IPPROTO_UDP;
		mf_test_ports(&t, sizeof(struct udphdr));
		KUNIT_EXPECT_TRUE(test,
				  mfraw_find_l4(t.data, t.frame.len, &l4));
		KUNIT_EXPECT_EQ(test, l4.off, n <= MFRAW_MAX_EXTHDRS ?
				ETH_HLEN + 40 + 8 * n : 0);
	}
}

/*
 * Make a TCP or UDP frame with @len bytes of payload in pages, in odd pieces.
 */
static void csum_frame(struct mf_test_frame *t, struct bio_vec *frags,
		       u8 *payload, u32 len, bool v6, u8 proto, u32 piece)
{
	u32 l4_len = proto == IPPROTO_TCP ? sizeof(struct tcphdr) :
					    sizeof(struct udphdr);
	unsigned int n = 0;
	u8 *l4;

	mf_test_eth(t, 1, v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (v6)
		mf_test_ipv6(t, proto)->payload_len = htons(l4_len + len);
	else
		mf_test_ipv4(t, proto, 0)->tot_len = htons(20 + l4_len + len);
	l4 = mf_test_ports(t, l4_len);
	if (proto == IPPROTO_UDP)
		((struct udphdr *)l4)->len = htons(l4_len + len);
	/* The old value of the checksum field must not count. */
	memset(l4 + (proto == IPPROTO_TCP ? 16 : 6), 0xa5, 2);
	t->frame.len += len;
	t->frame.frags = frags;
	while (len) {
		u32 part = min3(len, piece,
				(u32)(PAGE_SIZE - offset_in_page(payload)));

		bvec_set_page(&frags[n++], virt_to_page(payload), part,
			      offset_in_page(payload));
		payload += part;
		len -= part;
	}
	t->frame.nr_frags = n;
}

static void csum_fill_holds(struct kunit *test)
{
	struct bio_vec *frags = mf_test_alloc(test, 64 * sizeof(*frags));
	u8 *payload = mf_test_alloc(test, 2 * PAGE_SIZE);
	u8 *wire = mf_test_alloc(test, 2 * PAGE_SIZE);
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < 600; i++) {
		u32 len = mf_test_below(&rnd, 3000), start;
		bool v6 = i & 1;

		start = mf_test_below(&rnd, PAGE_SIZE);
		prandom_bytes_state(&rnd, payload + start, len);
		csum_frame(&t, frags, payload + start, len, v6,
			   i & 2 ? IPPROTO_TCP : IPPROTO_UDP,
			   1 + len / (1 + mf_test_below(&rnd, 30)));
		mfraw_csum_fill(&t.frame, t.data);
		mf_frame_copy(wire, &t.frame);
		KUNIT_ASSERT_TRUE(test, mfraw_find_l4(wire, t.frame.hdr_len,
						      &l4));
		KUNIT_ASSERT_EQ(test, 0xffff,
				csum_l4_sum(wire, &l4, t.frame.len - l4.off));
		if (!v6)
			KUNIT_ASSERT_EQ(test, 0xffff,
					mf_test_sum(wire + l4.l3, 20, 0));
	}
}

/* RFC 768: a UDP checksum of 0 is sent as ones, since 0 means no checksum. */
static void csum_udp_zero(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	struct udphdr *udp;
	u16 word;

	mf_test_eth(&t, 1, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->tot_len = htons(30);
	udp = mf_test_ports(&t, sizeof(*udp));
	udp->len = htons(10);
	mf_test_push(&t, 2);
	mfraw_csum_fill(&t.frame, t.data);
	/* With the current checksum as payload, the checksum becomes 0. */
	word = ntohs((__force __be16)udp->check);
	t.data[t.frame.len - 2] = word >> 8;
	t.data[t.frame.len - 1] = word;
	mfraw_csum_fill(&t.frame, t.data);
	KUNIT_EXPECT_EQ(test, ntohs((__force __be16)udp->check), 0xffff);
	KUNIT_ASSERT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	KUNIT_EXPECT_EQ(test, csum_l4_sum(t.data, &l4, 10), 0xffff);
}

/* Padding after a short datagram is not summed. */
static void csum_padding(struct kunit *test)
{
	struct mf_test_frame t;
	struct mfraw_l4 l4;
	struct udphdr *udp;

	mf_test_eth(&t, 1, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->tot_len = htons(31);
	udp = mf_test_ports(&t, sizeof(*udp));
	udp->len = htons(11);
	memset(mf_test_push(&t, 18), 0xee, 18);
	mfraw_csum_fill(&t.frame, t.data);
	KUNIT_ASSERT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	KUNIT_EXPECT_EQ(test, csum_l4_sum(t.data, &l4, 11), 0xffff);
}

/* A frame with an invalid length is not changed. */
static void csum_lengths(struct kunit *test)
{
	static const struct {
		u16 tot_len, udp_len;
	} cases[] = {
		{ 48, 29 }, { 49, 28 }, { 19, 8 }, { 27, 8 }, { 48, 7 },
		{ 48, 0 }, { 0, 8 }, { 0xffff, 0xffff },
	};
	struct mf_test_frame t;
	struct udphdr *udp;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mf_test_eth(&t, 1, ETH_P_IP);
		mf_test_ipv4(&t, IPPROTO_UDP, 0)->tot_len =
			htons(cases[i].tot_len);
		udp = mf_test_ports(&t, sizeof(*udp));
		udp->len = htons(cases[i].udp_len);
		udp->check = (__force __sum16)0x5aa5;
		mf_test_push(&t, 20);
		mfraw_csum_fill(&t.frame, t.data);
		KUNIT_EXPECT_EQ_MSG(test, (__force u16)udp->check, 0x5aa5,
				    "lengths %u and %u", cases[i].tot_len,
				    cases[i].udp_len);
		/* The IPv4 header checksum is still filled in. */
		KUNIT_EXPECT_EQ(test, 0xffff,
				mf_test_sum(t.data + ETH_HLEN, 20, 0));
	}
}

/*
 * Receive a frame in pieces, and return the verdict on its checksum. @start is
 * mfraw_sum_start() or mfraw_sum_start_any().
 */
static bool csum_verdict_by(void (*start)(struct mfraw_sum *s,
					  const struct mf_frame *frame),
			    const struct mf_frame *frame, const u8 *wire,
			    u8 *to, struct rnd_state *rnd)
{
	struct mfraw_sum s = {};
	u32 off = frame->hdr_len;

	start(&s, frame);
	while (off < frame->len) {
		u32 n = 1 + mf_test_below(rnd, frame->len - off);

		off += mfraw_sum_copy(&s, to + off, wire + off, n);
	}

	return mfraw_sum_ok(&s);
}

/* Return the verdict, which is the same for all forms of frames. */
static bool csum_verdict(struct kunit *test, const struct mf_frame *frame,
			 const u8 *wire, u8 *to, struct rnd_state *rnd)
{
	bool ok = csum_verdict_by(mfraw_sum_start_any, frame, wire, to, rnd);

	KUNIT_EXPECT_EQ(test, ok, csum_verdict_by(mfraw_sum_start, frame, wire,
						  to, rnd));

	return ok;
}

/* A correct frame, and frames with one error that a checksum detects. */
static void csum_received(struct kunit *test)
{
	struct bio_vec *frags = mf_test_alloc(test, 64 * sizeof(*frags));
	u8 *payload = mf_test_alloc(test, 2 * PAGE_SIZE);
	u8 *wire = mf_test_alloc(test, 2 * PAGE_SIZE);
	u8 *to = mf_test_alloc(test, 2 * PAGE_SIZE);
	struct mf_test_frame t;
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < 400; i++) {
		u32 len = mf_test_below(&rnd, 1500), at;
		u8 bit = BIT(mf_test_below(&rnd, 8));
		bool v6 = i & 1;

		prandom_bytes_state(&rnd, payload, len);
		csum_frame(&t, frags, payload, len, v6,
			   i & 2 ? IPPROTO_TCP : IPPROTO_UDP, 777);
		mfraw_csum_fill(&t.frame, t.data);
		mf_frame_copy(wire, &t.frame);
		KUNIT_ASSERT_TRUE(test, csum_verdict(test, &t.frame, wire, to,
						     &rnd));
		KUNIT_ASSERT_EQ(test, 0, memcmp(to + t.frame.hdr_len,
						wire + t.frame.hdr_len, len));
		/* Damage a byte from the addresses on. */
		at = ETH_HLEN + (v6 ? 8 : 12);
		at += mf_test_below(&rnd, t.frame.len - at);
		wire[at] ^= bit;
		if (at < t.frame.hdr_len)
			t.data[at] ^= bit;
		KUNIT_ASSERT_FALSE(test, csum_verdict(test, &t.frame, wire, to,
						      &rnd));
	}
}

/* A frame without a checksum is not reported as correct (RFC 768). */
static void csum_received_none(struct kunit *test)
{
	struct mf_test_frame t;
	struct rnd_state rnd;
	struct udphdr *udp;
	u8 to[256];

	mf_test_seed(&rnd);
	mf_test_eth(&t, 1, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->tot_len = htons(48);
	udp = mf_test_ports(&t, sizeof(*udp));
	udp->len = htons(28);
	mf_test_push(&t, 20);
	mfraw_csum_fill(&t.frame, t.data);
	KUNIT_EXPECT_TRUE(test, csum_verdict(test, &t.frame, t.data, to, &rnd));
	udp->check = 0;
	KUNIT_EXPECT_FALSE(test, csum_verdict(test, &t.frame, t.data, to, &rnd));
	/* Other protocols and fragments are not reported as correct. */
	mf_test_eth(&t, 1, ETH_P_ARP);
	mf_test_push(&t, 28);
	KUNIT_EXPECT_FALSE(test, csum_verdict(test, &t.frame, t.data, to, &rnd));
	mf_test_eth(&t, 1, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, IP_MF)->tot_len = htons(48);
	mf_test_ports(&t, 28);
	mfraw_csum_fill(&t.frame, t.data);
	KUNIT_EXPECT_FALSE(test, csum_verdict(test, &t.frame, t.data, to, &rnd));
}

/* A correct datagram after a damaged IPv4 header is not reported as correct. */
static void csum_received_ipv4(struct kunit *test)
{
	struct mf_test_frame t;
	struct rnd_state rnd;
	struct udphdr *udp;
	struct mfraw_l4 l4;
	u8 to[256];

	mf_test_seed(&rnd);
	mf_test_eth(&t, 1, ETH_P_IP);
	mf_test_ipv4(&t, IPPROTO_UDP, 0)->tot_len = htons(48);
	udp = mf_test_ports(&t, sizeof(*udp));
	udp->len = htons(28);
	mf_test_push(&t, 20);
	mfraw_csum_fill(&t.frame, t.data);
	KUNIT_ASSERT_TRUE(test, mfraw_find_l4(t.data, t.frame.len, &l4));
	/* The pseudo header does not cover the time to live. */
	csum_l3(&t, &l4)[8]++;
	KUNIT_EXPECT_FALSE(test, csum_verdict(test, &t.frame, t.data, to, &rnd));
	csum_l3(&t, &l4)[8]--;
	KUNIT_EXPECT_TRUE(test, csum_verdict(test, &t.frame, t.data, to, &rnd));
}

/* Build a random short frame, mostly of the frequent form. */
static void csum_random(struct mf_test_frame *t, struct rnd_state *rnd)
{
	u32 payload = mf_test_below(rnd, 75), at;
	bool tcp = mf_test_below(rnd, 2);
	struct udphdr *udp = NULL;
	struct iphdr *ip;

	mf_test_eth(t, 1, ETH_P_IP);
	ip = mf_test_ipv4(t, tcp ? IPPROTO_TCP : IPPROTO_UDP, 0);
	if (tcp)
		mf_test_ports(t, sizeof(struct tcphdr));
	else
		udp = mf_test_ports(t, sizeof(*udp));
	prandom_bytes_state(rnd, mf_test_push(t, payload), payload);
	prandom_bytes_state(rnd, &ip->saddr, 8);
	ip->tot_len = htons(t->frame.len - ETH_HLEN);
	if (udp)
		udp->len = htons(sizeof(*udp) + payload);
	/* Padding, which may look as if it belonged to the datagram. */
	payload = mf_test_below(rnd, 128 + 1 - t->frame.len);
	prandom_bytes_state(rnd, mf_test_push(t, payload), payload);
	mfraw_csum_fill(&t->frame, t->data);

	switch (mf_test_below(rnd, 12)) {
	case 0:
		at = MF_FRAME_MIN +
		     mf_test_below(rnd, t->frame.len - MF_FRAME_MIN + 1);
		t->frame.len = at;
		t->frame.hdr_len = at;
		break;
	case 1:
		ip->tot_len = htons(mf_test_below(rnd, 140));
		break;
	case 2:
		if (udp)
			udp->len = htons(mf_test_below(rnd, 140));
		break;
	case 3:
		if (udp)
			udp->check = 0;
		break;
	case 4:
		ip->frag_off = htons(BIT(mf_test_below(rnd, 16)));
		break;
	case 5:
		((struct ethhdr *)t->data)->h_proto ^=
			htons(BIT(mf_test_below(rnd, 16)));
		break;
	case 6:
	case 7:
		at = ETH_HLEN + mf_test_below(rnd, t->frame.len - ETH_HLEN);
		t->data[at] ^= BIT(mf_test_below(rnd, 8));
		break;
	}
	/* Many frames with a change have correct checksums, too. */
	if (mf_test_below(rnd, 2))
		mfraw_csum_fill(&t->frame, t->data);
}

/* The functions for short frames agree with those for all frames. */
static void csum_short(struct kunit *test)
{
	unsigned int i, verdicts[3] = {}, filled = 0;
	struct mf_test_frame t, want;
	struct rnd_state rnd;
	u8 to[256];

	mf_test_seed(&rnd);
	for (i = 0; i < 40000; i++) {
		enum mfraw_short_csum is;
		u32 len;

		csum_random(&t, &rnd);
		len = t.frame.len;
		is = mfraw_short_verify(t.data, len);
		verdicts[is]++;
		if (is != MFRAW_SHORT_UNKNOWN)
			KUNIT_ASSERT_EQ(test, is == MFRAW_SHORT_GOOD,
					csum_verdict(test, &t.frame, t.data, to,
						     &rnd));

		want = t;
		if (!mfraw_short_fill(t.data, len)) {
			/* Nothing was written. */
			KUNIT_ASSERT_MEMEQ(test, t.data, want.data, len);
			continue;
		}
		filled++;
		want.frame.hdr = want.data;
		mfraw_csum_fill(&want.frame, want.data);
		KUNIT_ASSERT_MEMEQ(test, t.data, want.data, sizeof(t.data));
	}
	KUNIT_EXPECT_GT(test, verdicts[MFRAW_SHORT_GOOD], 10000);
	KUNIT_EXPECT_GT(test, verdicts[MFRAW_SHORT_BAD], 2000);
	KUNIT_EXPECT_GT(test, verdicts[MFRAW_SHORT_UNKNOWN], 500);
	KUNIT_EXPECT_GT(test, filled, 20000);
}

/* Sums that end in 0 and in 0xffff, the two forms of zero. */
static void csum_short_zero(struct kunit *test)
{
	struct mf_test_frame t, want;
	struct udphdr *udp;
	struct iphdr *ip;
	unsigned int i;

	for (i = 0; i <= U16_MAX; i++) {
		mf_test_eth(&t, 1, ETH_P_IP);
		ip = mf_test_ipv4(&t, IPPROTO_UDP, 0);
		ip->tot_len = htons(30);
		ip->id = htons(i);
		ip->check = (__force __sum16)(u16)(i * 7);
		udp = mf_test_ports(&t, sizeof(*udp));
		udp->len = htons(10);
		udp->check = (__force __sum16)(u16)(i * 5);
		put_unaligned_be16(i, mf_test_push(&t, 2));
		want = t;
		want.frame.hdr = want.data;
		mfraw_csum_fill(&want.frame, want.data);
		KUNIT_ASSERT_TRUE(test, mfraw_short_fill(t.data, t.frame.len));
		KUNIT_ASSERT_MEMEQ(test, t.data, want.data, t.frame.len);
		KUNIT_ASSERT_EQ(test, MFRAW_SHORT_GOOD,
				mfraw_short_verify(t.data, t.frame.len));
	}
}

static struct kunit_case csum_cases[] = {
	KUNIT_CASE(csum_reference),
	KUNIT_CASE(csum_ipv4_known),
	KUNIT_CASE(csum_tags),
	KUNIT_CASE(csum_truncated),
	KUNIT_CASE(csum_ipv4_forms),
	KUNIT_CASE(csum_ipv6_forms),
	KUNIT_CASE(csum_ipv6_chain),
	KUNIT_CASE(csum_fill_holds),
	KUNIT_CASE(csum_udp_zero),
	KUNIT_CASE(csum_padding),
	KUNIT_CASE(csum_lengths),
	KUNIT_CASE(csum_received),
	KUNIT_CASE(csum_received_none),
	KUNIT_CASE(csum_received_ipv4),
	KUNIT_CASE(csum_short),
	KUNIT_CASE(csum_short_zero),
	{}
};

struct kunit_suite mfraw_csum_suite = {
	.name = "mfraw_csum",
	.test_cases = csum_cases,
};
