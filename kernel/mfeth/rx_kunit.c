// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of reception up to the ring: copy and checksum, indices, choice of a
 * queue.
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

/* Fold a sum to the checksum of a header. */
static u16 rx_fold(__wsum sum)
{
	return ntohs((__force __be16)csum_fold(sum));
}

/* The checksum of a frame is that of the copied bytes. */
static void rx_copy_sum(struct kunit *test)
{
	u8 *payload = mf_test_alloc(test, 4 * PAGE_SIZE);
	u8 *to = mf_test_alloc(test, SZ_8K);
	struct mf_test_frame t;
	struct bio_vec frags[12];
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < 1000; i++) {
		u32 hdr = ETH_HLEN + mf_test_below(&rnd, MF_FRAME_HDR), sum;
		u32 left = i & 1 ? mf_test_below(&rnd, 3000) : 0, off = 0;
		unsigned int n = 0;

		mf_test_eth(&t, 1, ETH_P_IP);
		mf_test_push(&t, hdr - ETH_HLEN);
		prandom_bytes_state(&rnd, t.data, hdr);
		prandom_bytes_state(&rnd, payload, left);
		t.frame.len += left;
		t.frame.frags = frags;
		while (left) {
			u32 part = min3(left, 1 + mf_test_below(&rnd, 700),
					(u32)(PAGE_SIZE -
					      offset_in_page(payload + off)));

			if (n == ARRAY_SIZE(frags) - 1)
				part = min(left, 1U);
			if (n == ARRAY_SIZE(frags)) {
				t.frame.len -= left;
				break;
			}
			bvec_set_virt(&frags[n++], payload + off, part);
			off += part;
			left -= part;
		}
		t.frame.nr_frags = n;
		sum = rx_fold(mfeth_copy_sum(to, &t.frame));
		KUNIT_ASSERT_EQ(test, 0, memcmp(to, t.data, hdr));
		KUNIT_ASSERT_EQ(test, 0, memcmp(to + hdr, payload, off));
		KUNIT_ASSERT_EQ(test, sum % 0xffff,
				(u16)~mf_test_sum(to + ETH_HLEN, t.frame.len -
						  ETH_HLEN, 0) % 0xffff);
	}
}

static void rx_fill_trailer(const struct mf_frame *frame, u8 *copy)
{
	memcpy(copy + frame->len - MF_FRAME_TRAILER, "icrc", MF_FRAME_TRAILER);
}

/* The checksum includes the trailer, at any offset. */
static void rx_copy_trailer(struct kunit *test)
{
	struct mf_test_frame t;
	u32 len, sum;
	u8 to[256];

	for (len = 20; len < 100; len++) {
		mf_test_eth(&t, 1, ETH_P_IP);
		memset(mf_test_push(&t, len - ETH_HLEN), len, len - ETH_HLEN);
		t.frame.fill_trailer = rx_fill_trailer;
		sum = rx_fold(mfeth_copy_sum(to, &t.frame));
		KUNIT_EXPECT_MEMEQ(test, to + len - 4, "icrc", 4);
		KUNIT_EXPECT_EQ(test, sum % 0xffff,
				(u16)~mf_test_sum(to + ETH_HLEN,
						  len - ETH_HLEN, 0) % 0xffff);
	}
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
	}
	RCU_INIT_POINTER(w->eth.prog, NULL);
}

static struct kunit_case rx_cases[] = {
	KUNIT_CASE(rx_copy_sum),
	KUNIT_CASE(rx_copy_trailer),
	KUNIT_CASE(rx_full),
	KUNIT_CASE(rx_queues),
	KUNIT_CASE(rx_unwanted),
	KUNIT_CASE(rx_summed),
	{}
};

struct kunit_suite mfeth_rx_suite = {
	.name = "mfeth_rx",
	.test_cases = rx_cases,
};
