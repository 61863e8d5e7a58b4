// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of reception up to the ring: indices, choice of a queue.
 */
#include <linux/etherdevice.h>

#include "kunit.h"

#include "rx.c"

/* Address of the test's interface. */
static const u8 rx_own[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };

/* Allocate rings with a buffer at each entry, without a page pool. */
static void rx_rings(struct kunit *test, struct mfeth_world *w)
{
	unsigned int i, k;

	KUNIT_ASSERT_EQ(test, mfeth_rss_init(&w->eth), 0);
	for (i = 0; i < ETH_WORLD_QUEUES; i++) {
		struct mfeth_ring *ring;

		ring = mf_test_alloc(test, struct_size(ring, slots,
						       ETH_WORLD_ENTRIES));
		ring->entries = ETH_WORLD_ENTRIES;
		ring->max_len = ETH_WORLD_FRAME;
		for (k = 0; k < ETH_WORLD_ENTRIES; k++)
			ring->slots[k].buf = mf_test_alloc(test, SZ_2K);
		w->eth.rxqs[i].ring = ring;
	}
	w->eth.live = ETH_WORLD_QUEUES;
}

static void rx_frames(struct mfeth_world *w, const struct mf_frame *frames,
		      unsigned int n)
{
	local_bh_disable();
	rcu_read_lock();
	mfeth_rx(&w->eth.rxq, frames, n);
	rcu_read_unlock();
	local_bh_enable();
}

static const u8 *rx_data(const struct mfeth_rxq *q, u32 i)
{
	return q->ring->slots[i % ETH_WORLD_ENTRIES].buf + MFETH_RX_HEADROOM;
}

/* Build a frame to the interface that carries @mark. */
static void rx_frame(struct mf_test_frame *t, u32 mark)
{
	mf_test_eth(t, 0, 0x88b5);
	memcpy(t->data, rx_own, ETH_ALEN);
	*(u32 *)mf_test_push(t, 46) = mark;
}

/* A full ring drops and counts further frames. */
static void rx_full(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_rxq *q = w->eth.rxqs;
	struct mf_test_frame t;
	u32 i, start = -5;

	rx_rings(test, w);
	w->eth.live = 1;
	q->prod = start;
	q->cons = start;
	for (i = 0; i < ETH_WORLD_ENTRIES + 10; i++) {
		rx_frame(&t, i);
		rx_frames(w, &t.frame, 1);
	}
	KUNIT_EXPECT_EQ(test, q->prod - start, ETH_WORLD_ENTRIES);
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->drops.no_buffer), 10);
	/* The oldest frames are at their entries, even if the indices wrap. */
	for (i = 0; i < ETH_WORLD_ENTRIES; i++)
		KUNIT_EXPECT_EQ(test, i,
				*(u32 *)(rx_data(q, start + i) + ETH_HLEN));
	/* A released entry is used again. */
	q->cons++;
	rx_frame(&t, 999);
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, 999, *(u32 *)(rx_data(q, start) + ETH_HLEN));
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->drops.no_buffer), 11);
}

/*
 * Runs of any length and any sequence of queues arrive in order, by their hash.
 */
static void rx_queues(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mf_frame *frames = mf_test_alloc(test, 60 * sizeof(*frames));
	struct mf_test_frame *t = mf_test_alloc(test, 60 * sizeof(*t));
	const struct mfeth_rss *rss;
	u32 got[ETH_WORLD_QUEUES] = {};
	struct rnd_state rnd;
	unsigned int i;
	u8 type;

	rx_rings(test, w);
	rss = rcu_dereference_protected(w->eth.rss, true);
	mf_test_seed(&rnd);
	for (i = 0; i < 60; i++) {
		struct udphdr *udp;

		mf_test_eth(&t[i], 0, ETH_P_IP);
		memcpy(t[i].data, rx_own, ETH_ALEN);
		mf_test_ipv4(&t[i], IPPROTO_UDP, 0);
		udp = mf_test_ports(&t[i], sizeof(*udp));
		/* Consecutive frames belong to one flow. */
		udp->source = htons(i < 40 ? i / 3 :
					     mf_test_below(&rnd, 1000));
		*(u32 *)mf_test_push(&t[i], 18) = i;
		frames[i] = t[i].frame;
	}
	rx_frames(w, frames, 60);
	for (i = 0; i < 60; i++) {
		u32 hash = mfeth_rss_hash(rss, &frames[i], &type);
		unsigned int n = rss->indir[hash % MFETH_RSS_INDIR];
		struct mfeth_rxq *q = &w->eth.rxqs[n];
		const struct mfeth_slot *slot = &q->ring->slots[got[n]];

		KUNIT_ASSERT_LT(test, got[n], q->prod);
		KUNIT_EXPECT_EQ(test, slot->hash, hash);
		KUNIT_EXPECT_EQ(test, slot->hash_type, PKT_HASH_TYPE_L4);
		KUNIT_EXPECT_EQ(test, slot->len, frames[i].len);
		KUNIT_EXPECT_EQ(test, i, *(u32 *)(rx_data(q, got[n]) + 42));
		got[n]++;
	}
	for (i = 0; i < ETH_WORLD_QUEUES; i++)
		KUNIT_EXPECT_EQ(test, got[i], w->eth.rxqs[i].prod);
}

/*
 * The interface drops filtered frames, too long frames and its own multicast.
 */
static void rx_unwanted(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_rxq *q = w->eth.rxqs;
	struct mf_test_frame t;
	struct mfeth_pcpu *pcpu;

	rx_rings(test, w);
	w->eth.live = 1;
	netif_addr_lock_bh(w->eth.dev);
	mfeth_set_rx_mode(w->eth.dev);
	netif_addr_unlock_bh(w->eth.dev);
	rx_frame(&t, 0);
	t.data[5] = 7;
	migrate_disable();
	pcpu = this_cpu_ptr(w->eth.pcpu);
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, pcpu->rx_filtered, 1);
	rx_frame(&t, 0);
	t.frame.len = ETH_WORLD_FRAME + 1;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, pcpu->rx_too_long, 1);
	rx_frame(&t, 0);
	eth_broadcast_addr(t.data);
	t.frame.src = &w->eth.rxq;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, q->prod, 0);
	t.frame.src = NULL;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, q->prod, 1);
	/* While the rings are replaced, no frame is received. */
	w->eth.live = 0;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, q->prod, 1);
	migrate_enable();
}

/*
 * A checksum is computed only on request, and not if a program may change the
 * frame.
 */
static void rx_summed(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_rxq *q = w->eth.rxqs;
	struct mf_test_frame t;
	unsigned int i;

	rx_rings(test, w);
	w->eth.live = 1;
	for (i = 0; i < 4; i++) {
		w->eth.dev->features = i & 1 ? NETIF_F_RXCSUM : 0;
		rcu_assign_pointer(w->eth.prog,
				   (struct bpf_prog *)(i & 2 ? &t : NULL));
		rx_frame(&t, i);
		rx_frames(w, &t.frame, 1);
		KUNIT_EXPECT_EQ(test, q->ring->slots[i].summed, i == 1);
		/* The Ethernet header is left out. */
		if (i == 1)
			KUNIT_EXPECT_TRUE(test,
					  mf_test_same_sum(q->ring->slots[i].csum,
							   t.data + ETH_HLEN,
							   t.frame.len -
							   ETH_HLEN));
	}
	/* Nothing is summed if a device has verified the checksum. */
	for (i = 4; i < 8; i++) {
		struct mfeth_slot *slot = &q->ring->slots[i];

		w->eth.dev->features = i & 1 ? NETIF_F_RXCSUM : 0;
		rcu_assign_pointer(w->eth.prog,
				   (struct bpf_prog *)(i & 2 ? &t : NULL));
		rx_frame(&t, i);
		t.frame.csum_ok = true;
		rx_frames(w, &t.frame, 1);
		KUNIT_EXPECT_FALSE(test, slot->summed);
		KUNIT_EXPECT_EQ(test, slot->verified, i == 5);
	}
	RCU_INIT_POINTER(w->eth.prog, NULL);
}

/*
 * A ring takes the buffer of a whole frame. When it has little room left, it
 * asks the sender to pause, unless nobody empties it.
 */
static void rx_whole(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_rxq *q = w->eth.rxqs;
	const u32 few = ETH_WORLD_ENTRIES >> MFETH_PAUSE_SHIFT;
	struct sk_buff *skb = alloc_skb(100, GFP_KERNEL);
	struct mf_test_frame t;
	struct mf_frame_cut cut = { .n = 3, .size = 1000, .hdr_len = 54 };
	bool pause = false;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	rx_rings(test, w);
	w->eth.live = 1;
	rx_frame(&t, 0);
	cut.pause = &pause;
	cut.skb = skb;
	cut.finish = mf_cut_skb_finish;
	t.frame.cut = &cut;
	t.frame.len = 54 + 2500;
	for (i = 0; i < ETH_WORLD_ENTRIES - few; i++)
		rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_FALSE(test, pause);
	/* The test may take longer than a queue may stand still. */
	q->polled = jiffies + HZ;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_TRUE(test, pause);
	KUNIT_EXPECT_PTR_EQ(test, q->ring->slots[0].skb, skb);
	KUNIT_EXPECT_EQ(test, q->ring->slots[0].frames, 3);
	KUNIT_EXPECT_EQ(test, q->ring->slots[0].len, 2500 + 3 * 54);
	KUNIT_EXPECT_EQ(test, refcount_read(&skb->users),
			ETH_WORLD_ENTRIES - few + 2);

	pause = false;
	q->polled = jiffies - msecs_to_jiffies(MFETH_PAUSE_MAX_MS) - 1;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_FALSE(test, pause);

	/* Drops are counted as frames of a wire. */
	for (i = q->prod; i < ETH_WORLD_ENTRIES + 2; i++)
		rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->drops.no_buffer), 2 * 3);
	cut.size = ETH_WORLD_FRAME;
	rx_frames(w, &t.frame, 1);
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->drops.no_buffer), 2 * 3);
	for (i = 0; i < ETH_WORLD_ENTRIES; i++)
		kfree_skb(q->ring->slots[i].skb);
	KUNIT_EXPECT_EQ(test, refcount_read(&skb->users), 1);
	kfree_skb(skb);
}

static struct kunit_case rx_cases[] = {
	KUNIT_CASE(rx_full),
	KUNIT_CASE(rx_queues),
	KUNIT_CASE(rx_unwanted),
	KUNIT_CASE(rx_summed),
	KUNIT_CASE(rx_whole),
	{}
};

struct kunit_suite mfeth_rx_suite = {
	.name = "mfeth_rx",
	.test_cases = rx_cases,
};
