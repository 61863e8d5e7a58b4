// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of transmission: buffers of any form become frames as on a wire. */
#include <linux/tcp.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "kunit.h"

#include "tx.c"

/**
 * struct tx_form - form of a buffer
 * @v6: IPv6
 * @tcp: TCP instead of UDP
 * @tag: vlan tag in the metadata
 * @linear: bytes of payload in the linear part
 * @paged: bytes of payload in pages
 * @mss: payload per segment, or 0 for a single frame
 */
struct tx_form {
	bool	v6;
	bool	tcp;
	bool	tag;
	u32	linear;
	u32	paged;
	u32	mss;
};

static u8 tx_byte(u32 i)
{
	return i * 31 + (i >> 8);
}

static void tx_headers(struct sk_buff *skb, const struct tx_form *f)
{
	u32 l4_len = f->tcp ? sizeof(struct tcphdr) + 12 :
			      sizeof(struct udphdr);
	u32 len = l4_len + f->linear + f->paged;
	u8 proto = f->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	struct mf_test_frame t;
	void *l4;

	mf_test_eth(&t, 1, f->v6 ? ETH_P_IPV6 : ETH_P_IP);
	if (f->v6)
		mf_test_ipv6(&t, proto)->payload_len = htons(len);
	else
		mf_test_ipv4(&t, proto, IP_DF)->tot_len = htons(20 + len);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb_set_transport_header(skb, t.frame.len);
	skb->protocol = htons(f->v6 ? ETH_P_IPV6 : ETH_P_IP);
	l4 = mf_test_ports(&t, l4_len);
	if (f->tcp) {
		struct tcphdr *th = l4;

		th->doff = l4_len / 4;
		th->seq = htonl(0xfffff000);
		th->psh = 1;
		th->fin = 1;
		th->cwr = 1;
	} else {
		((struct udphdr *)l4)->len = htons(len);
	}
	skb_put_data(skb, t.data, t.frame.len);
}

/* Set the checksum of the pseudo header, which the driver completes. */
static void tx_partial(struct sk_buff *skb, const struct tx_form *f)
{
	u32 len = skb->len - skb_transport_offset(skb);
	u8 proto = f->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	__sum16 check;

	if (f->v6)
		check = ~csum_ipv6_magic(&ipv6_hdr(skb)->saddr,
					 &ipv6_hdr(skb)->daddr, len, proto, 0);
	else
		check = ~csum_tcpudp_magic(ip_hdr(skb)->saddr,
					   ip_hdr(skb)->daddr, len, proto, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = f->tcp ? offsetof(struct tcphdr, check) :
				    offsetof(struct udphdr, check);
	*(__sum16 *)(skb_transport_header(skb) + skb->csum_offset) = check;
}

static struct sk_buff *tx_skb(struct kunit *test, struct mfeth_world *w,
			      const struct tx_form *f)
{
	u32 left = f->paged, at = f->linear, i;
	struct sk_buff *skb;
	int n;

	skb = alloc_skb(2048 + f->linear, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, 64);
	skb->dev = w->eth.dev;
	tx_headers(skb, f);
	for (i = 0; i < f->linear; i++)
		*(u8 *)skb_put(skb, 1) = tx_byte(i);
	for (n = 0; left; n++) {
		u32 part = min_t(u32, left, PAGE_SIZE - 100);
		struct page *page = alloc_page(GFP_KERNEL);
		u8 *data;

		KUNIT_ASSERT_NOT_NULL(test, page);
		data = (u8 *)page_address(page) + 50;
		for (i = 0; i < part; i++)
			data[i] = tx_byte(at + i);
		skb_add_rx_frag(skb, n, page, 50, part, PAGE_SIZE);
		at += part;
		left -= part;
	}
	tx_partial(skb, f);
	if (f->tag)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 0x6005);
	if (f->mss) {
		skb_shinfo(skb)->gso_size = f->mss;
		skb_shinfo(skb)->gso_type = !f->tcp ? SKB_GSO_UDP_L4 :
					    f->v6 ? SKB_GSO_TCPV6 :
						    SKB_GSO_TCPV4;
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(f->linear + f->paged,
							 f->mss);
	}

	return skb;
}

static bool tx_send(struct mfeth_world *w, struct sk_buff *skb)
{
	struct mfeth_txq *q = w->eth.txqs;
	bool ok;

	u64_stats_update_begin(&q->stats.syncp);
	ok = mfeth_build(q, skb);
	if (!ok)
		kfree_skb(skb);
	else
		mfeth_tx_run(&w->eth, q, false);
	u64_stats_update_end(&q->stats.syncp);

	return ok;
}

/* Frame @i has valid headers and @n bytes of payload from @off on. */
static void tx_is(struct kunit *test, struct mfeth_world *w, unsigned int i,
		  const struct tx_form *f, u32 off, u32 n)
{
	u32 total = f->linear + f->paged, l3 = ETH_HLEN + 4 * f->tag;
	u32 l4 = l3 + (f->v6 ? 40 : 20), l4_len = f->tcp ? 32 : 8, sum, k;
	const u8 *wire;

	KUNIT_ASSERT_LT(test, i, w->port.nr_sent);
	KUNIT_ASSERT_EQ(test, w->port.sent_len[i], l4 + l4_len + n);
	wire = w->port.sent[i];
	if (f->tag) {
		const struct vlan_ethhdr *eth = (const void *)wire;

		KUNIT_EXPECT_EQ(test, ntohs(eth->h_vlan_proto), ETH_P_8021Q);
		KUNIT_EXPECT_EQ(test, ntohs(eth->h_vlan_TCI), 0x6005);
	}
	KUNIT_EXPECT_EQ(test, wire[l3 - 2] << 8 | wire[l3 - 1],
			f->v6 ? ETH_P_IPV6 : ETH_P_IP);
	sum = (f->tcp ? IPPROTO_TCP : IPPROTO_UDP) + l4_len + n;
	if (f->v6) {
		const struct ipv6hdr *ip = (const void *)(wire + l3);

		KUNIT_EXPECT_EQ(test, ntohs(ip->payload_len), l4_len + n);
		sum = mf_test_sum(wire + l3 + 8, 32, sum);
	} else {
		const struct iphdr *ip = (const void *)(wire + l3);

		KUNIT_EXPECT_EQ(test, ntohs(ip->tot_len), 20 + l4_len + n);
		if (f->mss)
			KUNIT_EXPECT_EQ(test, 0xffff,
					mf_test_sum(wire + l3, 20, 0));
		sum = mf_test_sum(wire + l3 + 12, 8, sum);
	}
	KUNIT_EXPECT_EQ(test, 0xffff, mf_test_sum(wire + l4, l4_len + n, sum));
	if (f->tcp) {
		const struct tcphdr *th = (const void *)(wire + l4);

		KUNIT_EXPECT_EQ(test, ntohl(th->seq), 0xfffff000 + off);
		KUNIT_EXPECT_EQ(test, (bool)th->fin, off + n == total);
		KUNIT_EXPECT_EQ(test, (bool)th->psh, off + n == total);
		KUNIT_EXPECT_EQ(test, (bool)th->cwr, !off);
	} else {
		const struct udphdr *udp = (const void *)(wire + l4);

		KUNIT_EXPECT_EQ(test, ntohs(udp->len), 8 + n);
		/* 0 would mean that there is no checksum. */
		KUNIT_EXPECT_NE(test, (__force u16)udp->check, 0);
	}
	for (k = 0; k < n; k++)
		if (wire[l4 + l4_len + k] != tx_byte(off + k))
			break;
	KUNIT_EXPECT_EQ(test, k, n);
}

/* A single frame, for any offload and any place of the data. */
static void tx_one(struct kunit *test)
{
	static const u32 sizes[][2] = {
		{ 0, 0 }, { 1, 0 }, { 100, 0 }, { 1000, 0 }, { 0, 1 },
		{ 0, 1001 }, { 33, 1000 }, { 77, 77 },
	};
	struct mfeth_world *w = mfeth_world(test);
	unsigned int i, form;

	for (form = 0; form < 8; form++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct tx_form f = {
				.v6 = form & 1, .tcp = form & 2, .tag = form & 4,
				.linear = sizes[i][0], .paged = sizes[i][1],
			};

			mf_test_forget(&w->port);
			KUNIT_ASSERT_TRUE(test, tx_send(w, tx_skb(test, w, &f)));
			KUNIT_ASSERT_EQ(test, w->port.nr_sent, 1);
			tx_is(test, w, 0, &f, 0, f.linear + f.paged);
		}
	}
}

static void tx_cut(struct kunit *test, struct mfeth_world *w,
		   const struct tx_form *f)
{
	u32 total = f->linear + f->paged, off;
	unsigned int i = 0;

	mf_test_forget(&w->port);
	KUNIT_ASSERT_TRUE(test, tx_send(w, tx_skb(test, w, f)));
	for (off = 0; off < total; off += f->mss)
		tx_is(test, w, i++, f, off, min(f->mss, total - off));
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, i);
	KUNIT_EXPECT_EQ(test, w->eth.txqs[0].burst->n_frames, 0);
}

/* Segments equal those that TCP or UDP would send without offload. */
static void tx_segments(struct kunit *test)
{
	static const u32 sizes[][3] = {
		{ 0, 5000, 1000 }, { 0, 5001, 1000 }, { 0, 4999, 1000 },
		{ 500, 9000, 1428 }, { 3000, 0, 700 }, { 1, 8191, 1 + 1023 },
		{ 0, 20000, 333 }, { 17, 100, 50 },
	};
	struct mfeth_world *w = mfeth_world(test);
	unsigned int i, form;

	for (form = 0; form < 8; form++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct tx_form f = {
				.v6 = form & 1, .tcp = form & 2, .tag = form & 4,
				.linear = sizes[i][0], .paged = sizes[i][1],
				.mss = sizes[i][2],
			};

			tx_cut(test, w, &f);
		}
	}
}

static void tx_segments_random(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < 300; i++) {
		struct tx_form f = {
			.v6 = i & 1, .tcp = i & 2, .tag = i & 4,
			.linear = mf_test_below(&rnd, 2000),
			.paged = 1 + mf_test_below(&rnd, 30000),
		};

		/* Limit the number of segments to the size of the record. */
		f.mss = (f.linear + f.paged) / (1 + mf_test_below(&rnd, 60));
		f.mss = clamp(f.mss, 1U, 1400U);
		if ((f.linear + f.paged) / f.mss < MF_TEST_SENT - 1)
			tx_cut(test, w, &f);
	}
}

/* The port stops in the middle of a burst: no frame is lost or sent twice. */
static void tx_stalled(struct kunit *test)
{
	struct tx_form f = { .tcp = true, .paged = 3000, .mss = 1000 };
	unsigned int first, i;

	for (first = 0; first < 8; first += 2) {
		struct mfeth_world *w = mfeth_world(test);
		struct mfeth_txq *q = w->eth.txqs;

		for (i = 0; i < 10; i++)
			KUNIT_ASSERT_TRUE(test, mfeth_build(q, tx_skb(test, w,
								      &f)));
		w->port.takes = first;
		KUNIT_EXPECT_FALSE(test, mfeth_tx_run(&w->eth, q, false));
		KUNIT_EXPECT_TRUE(test, q->burst->stalled);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, 3 * first);
		w->port.takes = 2;
		KUNIT_EXPECT_FALSE(test, mfeth_tx_run(&w->eth, q, false));
		w->port.takes = 100;
		KUNIT_EXPECT_TRUE(test, mfeth_tx_run(&w->eth, q, false));
		KUNIT_EXPECT_FALSE(test, q->burst->stalled);
		KUNIT_ASSERT_EQ(test, w->port.nr_sent, 30);
		for (i = 0; i < 30; i++)
			tx_is(test, w, i, &f, i % 3 * 1000, 1000);
		KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.packets), 30);
		KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.bytes),
				10 * (3000 + 3 * (ETH_HLEN + 20 + 32)));
	}
}

/* A queue that pauses for its receiver goes on after a while, unless the port stalls. */
static void tx_paused(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_txq *q = w->eth.txqs;
	struct netdev_queue *txq = netdev_get_tx_queue(w->eth.dev, 0);

	hrtimer_setup(&q->timer, mfeth_pause_end, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	/* An interface that is not registered has none, and a queue that wakes runs it. */
	RCU_INIT_POINTER(txq->qdisc, &noop_qdisc);
	WRITE_ONCE(w->eth.live, true);
	q->burst->pause = true;

	local_bh_disable();
	mfeth_pause(q, txq);
	KUNIT_EXPECT_FALSE(test, q->burst->pause);
	KUNIT_EXPECT_TRUE(test, netif_tx_queue_stopped(txq));
	KUNIT_EXPECT_TRUE(test, hrtimer_active(&q->timer));
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.pause), 1);
	local_bh_enable();
	hrtimer_cancel(&q->timer);

	local_bh_disable();
	netif_tx_stop_queue(txq);
	q->burst->stalled = true;
	mfeth_pause_end(&q->timer);
	KUNIT_EXPECT_TRUE(test, netif_tx_queue_stopped(txq));
	q->burst->stalled = false;
	mfeth_pause_end(&q->timer);
	KUNIT_EXPECT_FALSE(test, netif_tx_queue_stopped(txq));
	netif_tx_stop_queue(txq);
	WRITE_ONCE(w->eth.live, false);
	mfeth_pause_end(&q->timer);
	KUNIT_EXPECT_TRUE(test, netif_tx_queue_stopped(txq));
	local_bh_enable();
}

/* The driver does not send frames outside the port's range of lengths. */
static void tx_lengths(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct tx_form f = { .linear = ETH_WORLD_FRAME - ETH_HLEN - 28 };

	KUNIT_EXPECT_TRUE(test, tx_send(w, tx_skb(test, w, &f)));
	f.linear++;
	KUNIT_EXPECT_FALSE(test, tx_send(w, tx_skb(test, w, &f)));
	f.paged = 5000;
	f.mss = ETH_WORLD_FRAME - ETH_HLEN - 28 + 1;
	KUNIT_EXPECT_FALSE(test, tx_send(w, tx_skb(test, w, &f)));
	f.mss--;
	KUNIT_EXPECT_TRUE(test, tx_send(w, tx_skb(test, w, &f)));
	KUNIT_EXPECT_EQ(test, w->eth.txqs[0].burst->n_frames, 0);
}

/* The stack segments buffers whose headers do not fit into that of a frame. */
static void tx_features(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct tx_form f = { .tcp = true, .paged = 5000, .mss = 1000 };
	netdev_features_t all = NETIF_F_GSO_MASK | NETIF_F_SG |
				NETIF_F_HW_CSUM;
	struct sk_buff *skb = tx_skb(test, w, &f);

	KUNIT_EXPECT_EQ(test, all, mfeth_features_check(skb, w->eth.dev, all));
	skb->encapsulation = 1;
	KUNIT_EXPECT_EQ(test, 0, mfeth_features_check(skb, w->eth.dev, all) &
			NETIF_F_GSO_MASK);
	skb->encapsulation = 0;
	skb->ip_summed = CHECKSUM_NONE;
	KUNIT_EXPECT_EQ(test, 0, mfeth_features_check(skb, w->eth.dev, all) &
			NETIF_F_GSO_MASK);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->transport_header += MF_FRAME_HDR_SEND;
	KUNIT_EXPECT_EQ(test, 0, mfeth_features_check(skb, w->eth.dev, all) &
			NETIF_F_GSO_MASK);
	kfree_skb(skb);
}

/* A burst that is not full has room for the largest frame. */
static void tx_room(struct kunit *test)
{
	struct mfeth_burst *b = mf_test_alloc(test, sizeof(*b));

	KUNIT_EXPECT_FALSE(test, mfeth_burst_full(b));
	b->n_frames = MFETH_TX_BURST - 1;
	KUNIT_EXPECT_FALSE(test, mfeth_burst_full(b));
	b->n_frames = MFETH_TX_BURST;
	KUNIT_EXPECT_TRUE(test, mfeth_burst_full(b));
	b->n_frames = 0;
	b->n_frags = MFETH_TX_FRAGS - MFETH_FRAME_FRAGS;
	KUNIT_EXPECT_FALSE(test, mfeth_burst_full(b));
	b->n_frags++;
	KUNIT_EXPECT_TRUE(test, mfeth_burst_full(b));
	/* A fragment of a buffer may begin in the middle of a page. */
	KUNIT_EXPECT_GE(test, MFETH_FRAME_FRAGS, 2 * (MAX_SKB_FRAGS + 1));
}

static struct kunit_case tx_cases[] = {
	KUNIT_CASE(tx_one),
	KUNIT_CASE(tx_segments),
	KUNIT_CASE(tx_segments_random),
	KUNIT_CASE(tx_stalled),
	KUNIT_CASE(tx_paused),
	KUNIT_CASE(tx_lengths),
	KUNIT_CASE(tx_features),
	KUNIT_CASE(tx_room),
	{}
};

struct kunit_suite mfeth_tx_suite = {
	.name = "mfeth_tx",
	.test_cases = tx_cases,
};
