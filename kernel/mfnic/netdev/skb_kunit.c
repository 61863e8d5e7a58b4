// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the conversion between frames and buffers of network devices: for
 * any form of a buffer, the frames are those on a wire.
 */
#include <linux/etherdevice.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "kunit.h"

#include "netdev/skb.c"

#define EDGE_LONGEST	65600

#define EDGE_ONE_OF(rnd, array)	\
	((array)[mf_test_below(rnd, ARRAY_SIZE(array))])

/**
 * struct edge_seen - record of the resulting frames
 * @n: number of frames
 * @bytes: bytes of all frames
 * @last: copy of the last frame
 * @last_len: length of @last
 * @each: check that is called for each frame
 * @test: the current test
 */
struct edge_seen {
	unsigned int	n;
	u32		bytes;
	u32		last_len;
	u8		*last;
	void		(*each)(struct edge_seen *seen);
	struct kunit	*test;
};

static struct edge_seen edge_seen;

/* Record frames in place of mfnic_steer(). */
static void edge_take(struct mfnic_port *port, const struct mf_frame *frames,
		      unsigned int n)
{
	struct edge_seen *seen = &edge_seen;
	const struct mf_frame *frame = frames;
	u32 len = frame->hdr_len;
	unsigned int i;

	KUNIT_EXPECT_EQ(seen->test, n, 1);
	KUNIT_ASSERT_NOT_NULL(seen->test, frame->cut);
	KUNIT_EXPECT_NOT_NULL(seen->test, frame->cut->skb);
	KUNIT_EXPECT_FALSE(seen->test, mf_frame_is_whole(frame));
	KUNIT_EXPECT_EQ(seen->test, frame->hdr_len,
			min(frame->len, MF_FRAME_HDR));
	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];

		/* No fragment crosses the end of its page or is empty. */
		KUNIT_EXPECT_LE(seen->test, bv->bv_offset + bv->bv_len,
				(unsigned int)PAGE_SIZE);
		KUNIT_EXPECT_GT(seen->test, bv->bv_len, 0);
		len += bv->bv_len;
	}
	KUNIT_EXPECT_EQ(seen->test, len, frame->len);
	if (len != frame->len || len > EDGE_LONGEST)
		return;
	mf_frame_copy(seen->last, frame);
	seen->last_len = len;
	seen->bytes += len;
	seen->n++;
	if (seen->each)
		seen->each(seen);
}

static struct net_device *edge_dev;

static int edge_init(struct kunit *test)
{
	edge_dev = alloc_etherdev(0);
	if (!edge_dev)
		return -ENOMEM;
	edge_seen = (struct edge_seen) { .test = test };
	edge_seen.last = kunit_kzalloc(test, EDGE_LONGEST, GFP_KERNEL);

	return edge_seen.last ? 0 : -ENOMEM;
}

static void edge_exit(struct kunit *test)
{
	if (edge_dev)
		free_netdev(edge_dev);
	edge_dev = NULL;
}

static void edge_run(struct sk_buff *skb)
{
	edge_seen.n = 0;
	edge_seen.bytes = 0;
	skb->dev = edge_dev;
	local_bh_disable();
	rcu_read_lock();
	mfnic_skb_to_frames(skb, NULL, edge_take);
	rcu_read_unlock();
	local_bh_enable();
}

/*
 * Create a buffer of @len bytes, of which @linear are in the linear part and
 * the others in fragments of @piece bytes, which begin at @off in compound
 * pages.
 */
static struct sk_buff *edge_make(struct kunit *test, const u8 *data, u32 len,
				 u32 linear, u32 piece, u32 off)
{
	const unsigned int order = 2;
	struct sk_buff *skb;
	struct page *page;
	u32 n;

	linear = min(linear, len);
	skb = alloc_skb(linear + 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, 32);
	skb_put_data(skb, data, linear);
	for (len -= linear, data += linear; len; len -= n, data += n) {
		n = min(len, piece);
		page = alloc_pages(GFP_KERNEL | __GFP_COMP, order);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memcpy(page_address(page) + off, data, n);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, off, n,
				PAGE_SIZE << order);
	}

	return skb;
}

/* Create a frame of random bytes, with a type that is not parsed. */
static u8 *edge_random(struct kunit *test, u32 len)
{
	u8 *data = mf_test_alloc(test, len);
	struct rnd_state rnd;

	mf_test_seed(&rnd);
	prandom_bytes_state(&rnd, data, len);
	put_unaligned_be16(ETH_P_LOOPBACK, data + 12);

	return data;
}

/*
 * Linear data, fragments, fragments across pages, and a header in several
 * fragments.
 */
static void edge_shapes(struct kunit *test)
{
	static const u32 lens[] = { 14, 15, 60, 127, 128, 129, 1514, 4096, 9018 };
	static const u32 linears[] = { 14, 32, 127, 128, 129, 1000, 9018 };
	static const u32 pieces[] = { 600, 4096, 5000, 9018 };
	static const u32 offs[] = { 0, 1, 4000 };
	u8 *data = edge_random(test, 9018);
	struct rnd_state rnd;
	unsigned int i;
	u32 len;

	mf_test_seed(&rnd);
	for (i = 0; i < 3000; i++) {
		len = lens[i % ARRAY_SIZE(lens)];
		edge_run(edge_make(test, data, len, EDGE_ONE_OF(&rnd, linears),
				   EDGE_ONE_OF(&rnd, pieces),
				   EDGE_ONE_OF(&rnd, offs)));
		KUNIT_ASSERT_EQ(test, edge_seen.n, 1);
		KUNIT_ASSERT_EQ(test, edge_seen.last_len, len);
		KUNIT_ASSERT_MEMEQ(test, edge_seen.last, data, len);
	}
}

/* Buffers that are shorter than a header or have too many fragments. */
static void edge_odd(struct kunit *test)
{
	u8 *data = edge_random(test, 20000);
	struct sk_buff *skb, *next;

	edge_run(edge_make(test, data, MF_FRAME_MIN - 1, 100, 1, 0));
	KUNIT_EXPECT_EQ(test, edge_seen.n, 0);

	/* A list of buffers is one frame. */
	skb = edge_make(test, data, 1000, 1000, 1, 0);
	next = edge_make(test, data + 1000, 1000, 100, 900, 77);
	skb_shinfo(skb)->frag_list = next;
	skb->len += next->len;
	skb->data_len += next->len;
	skb->truesize += next->truesize;
	edge_run(skb);
	KUNIT_EXPECT_EQ(test, edge_seen.n, 1);
	KUNIT_ASSERT_EQ(test, edge_seen.last_len, 2000);
	KUNIT_EXPECT_MEMEQ(test, edge_seen.last, data, 2000);

	/*
	 * So many fragments cross a page that the frame has no room for them.
	 */
	skb = edge_make(test, data, 200 + 16 * 1000, 200, 1000, 3600);
	KUNIT_ASSERT_GT(test, 2 * skb_shinfo(skb)->nr_frags, MFNIC_SKB_FRAGS);
	edge_run(skb);
	KUNIT_EXPECT_EQ(test, edge_seen.n, 1);
	KUNIT_ASSERT_EQ(test, edge_seen.last_len, 16200);
	KUNIT_EXPECT_MEMEQ(test, edge_seen.last, data, 16200);
}

/* The vlan tag in the metadata is in its place on the wire. */
static void edge_tag(struct kunit *test)
{
	u8 *data = edge_random(test, 1514);
	static const u32 linears[] = { 14, 64, 1514 };
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(linears); i++) {
		skb = edge_make(test, data, 1514, linears[i], 1000, 50);
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021AD), 0xe123);
		edge_run(skb);
		KUNIT_EXPECT_EQ(test, edge_seen.n, 1);
		KUNIT_ASSERT_EQ(test, edge_seen.last_len, 1518);
		KUNIT_EXPECT_MEMEQ(test, edge_seen.last, data, 12);
		KUNIT_EXPECT_MEMEQ(test, edge_seen.last + 12, "\x88\xa8\xe1\x23", 4);
		KUNIT_EXPECT_MEMEQ(test, edge_seen.last + 16, data + 12, 1502);
	}
}

/**
 * struct edge_tcp - a TCP segment under construction
 * @t: headers
 * @l4: offset of the TCP header
 * @payload: length of the payload
 * @data: headers and payload
 */
struct edge_tcp {
	struct mf_test_frame	t;
	u32			l4;
	u32			payload;
	u8			*data;
};

static void edge_tcp_make(struct kunit *test, struct edge_tcp *s, bool v6,
			  bool tag, u32 payload)
{
	struct ipv6hdr *ip6;
	struct rnd_state rnd;
	struct tcphdr *th;
	struct iphdr *ip;

	mf_test_seed(&rnd);
	mf_test_eth(&s->t, 9, tag ? ETH_P_8021Q : v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (tag)
		mf_test_tag(&s->t, 5, v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (v6) {
		ip6 = mf_test_ipv6(&s->t, IPPROTO_TCP);
		ip6->payload_len = htons(sizeof(*th) + payload);
	} else {
		ip = mf_test_ipv4(&s->t, IPPROTO_TCP, IP_DF);
		ip->tot_len = htons(sizeof(*ip) + sizeof(*th) + payload);
		ip->id = htons(0xfffe);
		ip_send_check(ip);
	}
	s->l4 = s->t.frame.len;
	th = mf_test_ports(&s->t, sizeof(*th));
	th->doff = sizeof(*th) / 4;
	th->seq = htonl(0xfffffc00);
	th->ack = 1;
	th->psh = 1;
	th->fin = 1;
	s->payload = payload;
	s->data = mf_test_alloc(test, s->t.frame.len + payload);
	prandom_bytes_state(&rnd, s->data + s->t.frame.len, payload);
}

/* Sum up pseudo header, TCP header and payload of a frame. */
static u16 edge_tcp_sum(const u8 *frame, u32 len, u32 l4, bool v6)
{
	u32 sum = v6 ? mf_test_sum(frame + l4 - 32, 32, 0) :
		       mf_test_sum(frame + l4 - 8, 8, 0);

	return mf_test_sum(frame + l4, len - l4, sum + IPPROTO_TCP + len - l4);
}

/*
 * Copy the headers, with a partial checksum as the stack leaves it to devices.
 */
static struct sk_buff *edge_tcp_skb(struct kunit *test, struct edge_tcp *s,
				    bool v6, u32 linear, u32 piece)
{
	u32 hdr_len = s->t.frame.len, len = hdr_len + s->payload;
	struct tcphdr *th = (struct tcphdr *)(s->t.data + s->l4);
	struct sk_buff *skb;
	u32 sum;

	th->check = 0;
	sum = v6 ? mf_test_sum(s->t.data + s->l4 - 32, 32, 0) :
		   mf_test_sum(s->t.data + s->l4 - 8, 8, 0);
	sum += IPPROTO_TCP + len - s->l4;
	th->check = (__force __sum16)htons((sum & 0xffff) + (sum >> 16));
	memcpy(s->data, s->t.data, hdr_len);

	skb = edge_make(test, s->data, len, linear, piece, 1);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_headroom(skb) + s->l4;
	skb->csum_offset = offsetof(struct tcphdr, check);
	skb_set_network_header(skb, v6 ? s->l4 - 40 : s->l4 - 20);
	skb_set_transport_header(skb, s->l4);
	skb->protocol = ((struct ethhdr *)s->data)->h_proto;

	return skb;
}

/* A checksum that the stack leaves to the device is filled in correctly. */
static void edge_csum(struct kunit *test)
{
	static const u32 payloads[] = { 0, 1, 2, 99, 1000, 1461 };
	struct edge_tcp s;
	unsigned int i;
	u32 payload;
	bool v6;

	for (i = 0; i < 4 * ARRAY_SIZE(payloads); i++) {
		payload = payloads[i / 4];
		v6 = i & 1;
		edge_tcp_make(test, &s, v6, i & 2, payload);
		edge_run(edge_tcp_skb(test, &s, v6, s.t.frame.len + 3, 700));
		KUNIT_ASSERT_EQ(test, edge_seen.n, 1);
		KUNIT_ASSERT_EQ(test, edge_seen.last_len,
				s.t.frame.len + payload);
		KUNIT_EXPECT_EQ(test, 0xffff,
				edge_tcp_sum(edge_seen.last, edge_seen.last_len,
					     s.l4, v6));
		KUNIT_EXPECT_MEMEQ(test, edge_seen.last + s.t.frame.len,
				   s.data + s.t.frame.len, payload);
	}
}

/* Parameters of the check of each segment. */
static struct {
	struct edge_tcp	*s;
	bool		v6;
	u32		mss;
	u32		off;
} edge_gso;

static void edge_segment(struct edge_seen *seen)
{
	u32 hdr_len = edge_gso.s->t.frame.len, l4 = edge_gso.s->l4;
	u32 n = min(edge_gso.mss, edge_gso.s->payload - edge_gso.off);
	bool last = edge_gso.off + n == edge_gso.s->payload;
	const struct tcphdr *th = (const struct tcphdr *)(seen->last + l4);
	const struct iphdr *ip = (const struct iphdr *)(seen->last + l4 - 20);
	struct kunit *test = seen->test;

	KUNIT_EXPECT_EQ(test, seen->last_len, hdr_len + n);
	if (seen->last_len != hdr_len + n)
		return;
	KUNIT_EXPECT_MEMEQ(test, seen->last + hdr_len,
			   edge_gso.s->data + hdr_len + edge_gso.off, n);
	KUNIT_EXPECT_EQ(test, ntohl(th->seq), 0xfffffc00 + edge_gso.off);
	KUNIT_EXPECT_EQ(test, last, (bool)th->fin);
	KUNIT_EXPECT_EQ(test, last, (bool)th->psh);
	KUNIT_EXPECT_EQ(test, 0xffff, edge_tcp_sum(seen->last, seen->last_len,
						   l4, edge_gso.v6));
	if (!edge_gso.v6) {
		KUNIT_EXPECT_EQ(test, ntohs(ip->tot_len), 40 + n);
		KUNIT_EXPECT_EQ(test, 0xffff,
				mf_test_sum((const u8 *)ip, 20, 0));
		KUNIT_EXPECT_EQ(test, ntohs(ip->id),
				(u16)(0xfffe + seen->n - 1));
	} else {
		KUNIT_EXPECT_EQ(test, get_unaligned_be16(seen->last + l4 - 36),
				20 + n);
	}
	edge_gso.off += n;
}

/* A buffer that GRO merged from segments is split into the same segments. */
static void edge_segments(struct kunit *test)
{
	static const u32 payloads[] = { 1461, 2896, 2920, 9000, 60000 };
	static const u32 msss[] = { 1460, 1448, 536 };
	struct sk_buff *skb;
	struct edge_tcp s;
	u32 payload, mss;
	unsigned int i;
	bool v6;

	for (i = 0; i < 2 * ARRAY_SIZE(payloads) * ARRAY_SIZE(msss); i++) {
		v6 = i & 1;
		payload = payloads[i / 2 % ARRAY_SIZE(payloads)];
		mss = msss[i / 2 / ARRAY_SIZE(payloads)];
		edge_tcp_make(test, &s, v6, false, payload);
		skb = edge_tcp_skb(test, &s, v6, s.t.frame.len + 1, 9000);
		skb_shinfo(skb)->gso_size = mss;
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(payload, mss);
		skb_shinfo(skb)->gso_type = v6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
		edge_gso.s = &s;
		edge_gso.v6 = v6;
		edge_gso.mss = mss;
		edge_gso.off = 0;
		edge_seen.each = edge_segment;
		edge_run(skb);
		edge_seen.each = NULL;
		KUNIT_ASSERT_EQ(test, edge_gso.off, payload);
		KUNIT_EXPECT_EQ(test, edge_seen.n, DIV_ROUND_UP(payload, mss));
	}
}

/* A buffer that is created from a frame has all bytes of the frame. */
static void edge_from_frame(struct kunit *test)
{
	static const u32 lens[] = { 14, 60, 128, 129, 1514, 9018 };
	u8 *data = edge_random(test, 16384);
	struct bio_vec frags[8];
	struct mf_frame frame = {};
	struct sk_buff *skb;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		frame.hdr = data;
		frame.len = lens[i];
		frame.hdr_len = min(lens[i], MF_FRAME_HDR);
		frame.frags = frags;
		frame.nr_frags = mf_frame_split(frags, data + frame.hdr_len,
						lens[i] - frame.hdr_len);
		skb = mfnic_skb_from_frame(&frame, edge_dev, false);
		KUNIT_ASSERT_NOT_NULL(test, skb);
		KUNIT_EXPECT_EQ(test, skb->len, lens[i]);
		KUNIT_EXPECT_PTR_EQ(test, skb_mac_header(skb), skb->data);
		KUNIT_EXPECT_FALSE(test, skb_is_nonlinear(skb));
		KUNIT_EXPECT_MEMEQ(test, skb->data, data, lens[i]);
		kfree_skb(skb);
	}
}

static struct kunit_case edge_cases[] = {
	KUNIT_CASE(edge_shapes),
	KUNIT_CASE(edge_odd),
	KUNIT_CASE(edge_tag),
	KUNIT_CASE(edge_csum),
	KUNIT_CASE(edge_segments),
	KUNIT_CASE(edge_from_frame),
	{}
};

struct kunit_suite mfnic_skb_suite = {
	.name = "mfnic_skb",
	.init = edge_init,
	.exit = edge_exit,
	.test_cases = edge_cases,
};
