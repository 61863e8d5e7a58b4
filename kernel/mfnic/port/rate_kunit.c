// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the token buckets of "devlink port function rate". The test sets the
 * clock.
 */
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "kunit.h"
#include "mfnic.h"

static u64 rate_now;

#define ktime_get_ns()	rate_now

/* The NIC of the test belongs to no devlink instance. */
#define devl_assert_locked(devlink)

#include "port/rate.c"

#undef devl_assert_locked

#undef ktime_get_ns

/* Create a bucket without tokens, whose depth is never reached. */
static void rate_bucket(struct mfnic_bucket *bucket, u64 rate)
{
	*bucket = (struct mfnic_bucket) {
		.rate = rate,
		.depth = S64_MAX / 4,
		.last = rate_now,
	};
}

static int rate_init(struct kunit *test)
{
	rate_now = 1000 * NSEC_PER_SEC;

	return 0;
}

/* A bucket holds 20 ms of its rate, but never less than the longest frame. */
static void rate_depth(struct kunit *test)
{
	static const struct {
		u64 rate;
		s64 depth;
	} cases[] = {
		{ 0, 9000 },
		{ 1, 9000 },
		{ 449999, 9000 },
		{ 450000, 9000 },
		{ 450050, 9001 },
		{ 125000000, 2500000 },		/* 1 Gbit/s */
		{ 50000000000, 1000000000 },	/* 400 Gbit/s */
		{ U64_MAX, 368934881474191032 },
	};
	struct mfnic_bucket bucket;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mfnic_bucket_set(&bucket, cases[i].rate);
		KUNIT_EXPECT_EQ(test, bucket.rate, cases[i].rate);
		KUNIT_EXPECT_EQ(test, bucket.depth, cases[i].depth);
		KUNIT_EXPECT_EQ(test, bucket.tokens, bucket.depth);
		KUNIT_EXPECT_EQ(test, bucket.last, rate_now);
	}
}

/*
 * Frequent refills add up to the rate times the whole time: each refill may be
 * off by a byte and by a nanosecond, but the errors do not accumulate.
 */
static void rate_fill_in_steps(struct kunit *test)
{
	static const u64 rates[] = {
		1, 7, 999, 9000, 124999, 12345678, 125000000, 999999999,
		1000000000, 12500000000,
	};
	static const u32 steps[] = {
		3, 1000, 33333, NSEC_PER_MSEC, 900 * NSEC_PER_MSEC,
	};
	struct mfnic_bucket bucket;
	struct rnd_state rnd;
	unsigned int i, j, n;
	u64 exact, start;
	s64 slack;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			rate_bucket(&bucket, rates[i]);
			start = rate_now;
			for (n = 0; n < 500; n++) {
				rate_now += mf_test_below(&rnd, steps[j]);
				mfnic_bucket_fill(&bucket, rate_now);
				KUNIT_ASSERT_LE(test, bucket.last, rate_now);
			}
			exact = mul_u64_u64_div_u64(rates[i], rate_now - start,
						    NSEC_PER_SEC);
			slack = 1 + n * (div_u64(rates[i], NSEC_PER_SEC) + 1);
			KUNIT_EXPECT_LE(test, abs(bucket.tokens - (s64)exact),
					slack);
		}
	}
}

/* A slow bucket that is refilled often still fills. */
static void rate_fill_slow(struct kunit *test)
{
	struct mfnic_bucket bucket;
	unsigned int i;

	/* A byte takes a millisecond, and a refill comes each microsecond. */
	rate_bucket(&bucket, 1000);
	for (i = 0; i < 1000000; i++) {
		rate_now += NSEC_PER_USEC;
		mfnic_bucket_fill(&bucket, rate_now);
	}
	KUNIT_EXPECT_EQ(test, bucket.tokens, 1000);
}

/* Neither a high rate nor a long pause overflows a bucket. */
static void rate_fill_overflow(struct kunit *test)
{
	static const u64 rates[] = {
		450000, 125000000, U32_MAX, S64_MAX / 2, S64_MAX,
		(u64)S64_MAX + 1, U64_MAX - 1, U64_MAX,
	};
	static const u64 pauses[] = {
		NSEC_PER_SEC, NSEC_PER_SEC + 1, 86400 * NSEC_PER_SEC,
		S64_MAX, U64_MAX,
	};
	struct mfnic_bucket bucket;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		for (j = 0; j < ARRAY_SIZE(pauses); j++) {
			mfnic_bucket_set(&bucket, rates[i]);
			mfnic_bucket_fill(&bucket, rate_now + pauses[j]);
			KUNIT_EXPECT_EQ(test, bucket.tokens, bucket.depth);
			KUNIT_EXPECT_EQ(test, bucket.last,
					rate_now + pauses[j]);

			/*
			 * Even with the largest debt, a second fills the
			 * bucket.
			 */
			bucket.tokens = -bucket.depth;
			bucket.last = rate_now;
			mfnic_bucket_fill(&bucket, rate_now + pauses[j]);
			KUNIT_EXPECT_EQ(test, bucket.tokens, bucket.depth);
		}
	}
}

/* A bucket without a rate never changes and never closes. */
static void rate_none(struct kunit *test)
{
	struct mfnic_bucket bucket, before;

	mfnic_bucket_set(&bucket, 0);
	bucket.tokens = -5;
	before = bucket;
	mfnic_bucket_fill(&bucket, rate_now + NSEC_PER_SEC);
	KUNIT_EXPECT_MEMEQ(test, &bucket, &before, sizeof(bucket));
	KUNIT_EXPECT_TRUE(test, mfnic_bucket_open(&bucket));

	bucket.rate = 1;
	KUNIT_EXPECT_FALSE(test, mfnic_bucket_open(&bucket));
	bucket.tokens = 0;
	KUNIT_EXPECT_FALSE(test, mfnic_bucket_open(&bucket));
	bucket.tokens = 1;
	KUNIT_EXPECT_TRUE(test, mfnic_bucket_open(&bucket));
}

/*
 * A leaf never exceeds its own maximum. The maximum of a group does not hold
 * for a member with tokens of its share left. The share of a group overrides
 * the maximum of its parents.
 */
static void rate_shares(struct kunit *test)
{
	static const struct {
		s64 leaf_max, leaf_share, node_max, node_share, root_max;
		bool open;
	} cases[] = {
		{ 1, 0, 1, 0, 1, true },
		{ 0, 0, 1, 0, 1, false },
		{ 0, 1, 1, 1, 1, false },
		{ 1, 0, 0, 0, 1, false },
		{ 1, 0, 0, 1, 1, false },
		{ 1, 1, 0, 0, 1, true },
		{ 1, 1, 0, 0, 0, true },
		{ 1, 0, 1, 0, 0, false },
		{ 1, 0, 1, 1, 0, true },
		{ 1, -1, 0, 1, 1, false },
	};
	struct mfnic_rate leaf = {}, node = {}, root = {};
	unsigned int i;

	leaf.parent = &node;
	node.parent = &root;
	leaf.max.rate = 1;
	leaf.share.rate = 1;
	node.max.rate = 1;
	node.share.rate = 1;
	root.max.rate = 1;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		leaf.max.tokens = cases[i].leaf_max;
		leaf.share.tokens = cases[i].leaf_share;
		node.max.tokens = cases[i].node_max;
		node.share.tokens = cases[i].node_share;
		root.max.tokens = cases[i].root_max;
		KUNIT_EXPECT_EQ_MSG(test, cases[i].open, mfnic_rate_open(&leaf),
				    "case %u", i);
	}

	/* Tokens of a share without a rate do not count. */
	leaf.max.tokens = 1;
	leaf.share.tokens = 1;
	leaf.share.rate = 0;
	node.max.tokens = 0;
	KUNIT_EXPECT_FALSE(test, mfnic_rate_open(&leaf));
}

/*
 * A frame is charged to each limit. It may overdraw an open bucket by its
 * length, but the debt of a closed bucket does not grow beyond the depth.
 */
static void rate_charged(struct kunit *test)
{
	struct mfnic_rate leaf = {}, node = {};

	leaf.parent = &node;
	mfnic_bucket_set(&leaf.max, 1000000);
	mfnic_bucket_set(&node.share, 500000);
	mfnic_rate_charge(&leaf, 9000);
	KUNIT_EXPECT_EQ(test, leaf.max.tokens, 20000 - 9000);
	KUNIT_EXPECT_EQ(test, leaf.share.tokens, 0);
	KUNIT_EXPECT_EQ(test, node.max.tokens, 0);
	KUNIT_EXPECT_EQ(test, node.share.tokens, 10000 - 9000);

	mfnic_rate_charge(&leaf, 9000);
	KUNIT_EXPECT_EQ(test, node.share.tokens, 1000 - 9000);
	mfnic_rate_charge(&leaf, 65000);
	KUNIT_EXPECT_EQ(test, leaf.max.tokens, 2000 - 65000);
	KUNIT_EXPECT_EQ(test, node.share.tokens, -10000);
	mfnic_rate_charge(&leaf, U32_MAX);
	KUNIT_EXPECT_EQ(test, leaf.max.tokens, 2000 - 65000);
	leaf.max.tokens = 0;
	mfnic_rate_charge(&leaf, U32_MAX);
	KUNIT_EXPECT_EQ(test, leaf.max.tokens, -20000);
	KUNIT_EXPECT_EQ(test, node.share.tokens, -10000);
}

/* A whole frame is charged with the bytes that it has on a wire. */
static void rate_whole(struct kunit *test)
{
	struct mf_frame_cut cut = { .n = 40, .size = 1446, .hdr_len = 54 };
	struct mf_frame frame = { .len = 54 + 40 * 1446, .cut = &cut };

	KUNIT_EXPECT_EQ(test, mf_frame_wire_len(&frame), 40 * 1500);
	KUNIT_EXPECT_EQ(test, mf_frame_wire_frames(&frame, 1), 40);
	KUNIT_EXPECT_EQ(test, mf_frame_wire_bytes(&frame, 1), 40 * 1500);
	KUNIT_EXPECT_TRUE(test, mf_frame_fits(&frame, 1500));
	KUNIT_EXPECT_FALSE(test, mf_frame_fits(&frame, 1499));
}

/**
 * struct rate_world - two ports of a NIC that exists only in the test
 * @nic: the NIC
 * @port: the senders
 * @node: group for the ports
 * @bytes: bytes that each port was allowed to send
 */
struct rate_world {
	struct mfnic		nic;
	struct mfnic_port	port[2];
	struct mfnic_rate	node;
	u64			bytes[2];
};

static struct rate_world *rate_world(struct kunit *test)
{
	struct rate_world *w = mf_test_alloc(test, sizeof(*w));
	unsigned int i;

	spin_lock_init(&w->nic.rate_lock);
	for (i = 0; i < 2; i++) {
		w->port[i].nic = &w->nic;
		mf_port_init(&w->port[i].base, &w->nic.sfs);
		INIT_DELAYED_WORK(&w->port[i].rate_work, mfnic_rate_resume);
	}

	return w;
}

/* Send as much as the port may, in frames of at most @len bytes. */
static void rate_send(struct rate_world *w, unsigned int i,
		      struct rnd_state *rnd, u32 len)
{
	struct mf_frame frames[8] = {};
	unsigned int k, n;

	do {
		for (k = 0; k < ARRAY_SIZE(frames); k++)
			frames[k].len = 14 + mf_test_below(rnd, len - 13);
		local_bh_disable();
		n = mfnic_rate_admit(&w->port[i], frames, ARRAY_SIZE(frames));
		local_bh_enable();
		for (k = 0; k < n; k++)
			w->bytes[i] += frames[k].len;
	} while (n == ARRAY_SIZE(frames));
}

static void rate_end(struct rate_world *w)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		cancel_delayed_work_sync(&w->port[i].rate_work);
}

/* A port that always sends reaches exactly its rate. */
static void rate_port(struct kunit *test)
{
	static const u64 rates[] = { 20000, 1250000, 125000000 };
	struct rate_world *w = rate_world(test);
	struct mfnic_bucket *max = &w->port[0].rate.max;
	struct rnd_state rnd;
	unsigned int i, step;
	u64 start, want;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		mfnic_bucket_set(max, rates[i]);
		w->bytes[0] = 0;
		start = rate_now;
		rate_send(w, 0, &rnd, MFNIC_MTU_MAX + ETH_HLEN);
		for (step = 0; step < 2000; step++) {
			rate_now += mf_test_below(&rnd, 2 * NSEC_PER_MSEC);
			rate_send(w, 0, &rnd, MFNIC_MTU_MAX + ETH_HLEN);
		}
		/*
		 * The bucket starts full, and the last frame may overdraw it by
		 * at most its depth.
		 */
		want = max->depth + mul_u64_u64_div_u64(rates[i],
							rate_now - start,
							NSEC_PER_SEC);
		KUNIT_EXPECT_GE(test, w->bytes[0] + 1, want);
		KUNIT_EXPECT_LE(test, w->bytes[0],
				want + MFNIC_MTU_MAX + ETH_HLEN + want / 1000);
	}
	rate_end(w);
}

/*
 * One of two ports of a group floods and sends first. The other one still gets
 * its share, and the sum stays within the group's maximum plus bursts.
 */
static void rate_group(struct kunit *test)
{
	struct rate_world *w = rate_world(test);
	const u64 max = 12500000, share = 5000000;
	struct rnd_state rnd;
	unsigned int step;
	u64 start;

	mf_test_seed(&rnd);
	w->port[0].rate.parent = &w->node;
	w->port[1].rate.parent = &w->node;
	mfnic_bucket_set(&w->node.max, max);
	mfnic_bucket_set(&w->port[1].rate.share, share);
	start = rate_now;
	for (step = 0; step < 4000; step++) {
		rate_now += mf_test_below(&rnd, NSEC_PER_MSEC);
		rate_send(w, 0, &rnd, 1514);
		rate_send(w, 1, &rnd, 1514);
	}
	start = rate_now - start;
	KUNIT_EXPECT_GE(test, w->bytes[1], share * start / NSEC_PER_SEC);
	KUNIT_EXPECT_LE(test, w->bytes[0] + w->bytes[1],
			max * start / NSEC_PER_SEC + max / 10);
	KUNIT_EXPECT_GE(test, w->bytes[0] + w->bytes[1],
			max * start / NSEC_PER_SEC - max / 10);
	rate_end(w);
}

/* @qb.limited is set if the port or one of its groups has a maximum. */
static void rate_limited(struct kunit *test)
{
	struct rate_world *w = rate_world(test);
	unsigned int i;

	xa_init(&w->nic.sfs.ports);
	for (i = 0; i < 2; i++)
		KUNIT_ASSERT_EQ(test, 0, xa_err(xa_store(&w->nic.sfs.ports, i + 1,
							 &w->port[i].base,
							 GFP_KERNEL)));
	w->port[1].rate.parent = &w->node;
	mfnic_bucket_set(&w->port[0].rate.share, 5);
	mfnic_rate_update(&w->nic);
	KUNIT_EXPECT_FALSE(test, w->port[0].base.qb.limited);
	KUNIT_EXPECT_FALSE(test, w->port[1].base.qb.limited);
	mfnic_bucket_set(&w->node.max, 5);
	mfnic_rate_update(&w->nic);
	KUNIT_EXPECT_FALSE(test, w->port[0].base.qb.limited);
	KUNIT_EXPECT_TRUE(test, w->port[1].base.qb.limited);
	mfnic_bucket_set(&w->node.max, 0);
	mfnic_bucket_set(&w->port[0].rate.max, 5);
	mfnic_rate_update(&w->nic);
	KUNIT_EXPECT_TRUE(test, w->port[0].base.qb.limited);
	KUNIT_EXPECT_FALSE(test, w->port[1].base.qb.limited);
	xa_destroy(&w->nic.sfs.ports);
}

static struct kunit_case rate_cases[] = {
	KUNIT_CASE(rate_depth),
	KUNIT_CASE(rate_fill_in_steps),
	KUNIT_CASE(rate_fill_slow),
	KUNIT_CASE(rate_fill_overflow),
	KUNIT_CASE(rate_none),
	KUNIT_CASE(rate_shares),
	KUNIT_CASE(rate_charged),
	KUNIT_CASE(rate_whole),
	KUNIT_CASE(rate_port),
	KUNIT_CASE(rate_group),
	KUNIT_CASE(rate_limited),
	{}
};

struct kunit_suite mfnic_rate_suite = {
	.name = "mfnic_rate",
	.init = rate_init,
	.test_cases = rate_cases,
};
