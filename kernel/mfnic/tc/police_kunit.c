// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of policers. The test sets the clock. */
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "kunit.h"
#include "tc/police.h"
#include "tc/rule.h"

#include "../kunit/mf_nomem.h"

static u64 police_now;

#define ktime_get_ns()	police_now

/* Only the test knows these objects, so it takes no locks. */
#undef lockdep_assert_held
#define lockdep_assert_held(lock)

#include "tc/police.c"

#undef ktime_get_ns

/* Replaces the counter of chain.c, which is not a part of this module. */
atomic_t mfnic_tc_objects = ATOMIC_INIT(0);

/*
 * Describe a policer of @rate bytes per second with a bucket of @burst bytes.
 */
static struct flow_action_entry police_bytes(u64 rate, u32 burst)
{
	return (struct flow_action_entry) {
		.id = FLOW_ACTION_POLICE,
		.cookie = 1,
		.police = {
			.rate_bytes_ps = rate,
			.burst = burst,
			.mtu = U32_MAX,
			.exceed.act_id = FLOW_ACTION_DROP,
			.notexceed.act_id = FLOW_ACTION_PIPE,
		},
	};
}

static struct flow_action_entry police_packets(u64 rate, u64 burst)
{
	struct flow_action_entry entry = police_bytes(0, 0);

	entry.police.rate_pkt_ps = rate;
	entry.police.burst_pkt = burst;

	return entry;
}

static struct mfnic_police *police_new(struct kunit *test,
				       const struct flow_action_entry *entry)
{
	struct netlink_ext_ack extack = {};
	struct mfnic_act act = {};

	KUNIT_ASSERT_EQ(test, 0, mfnic_police_set(&act, entry, &extack));

	return act.bucket;
}

static bool police_conforms(struct mfnic_police *police, u32 len)
{
	bool ok;

	local_bh_disable();
	ok = mfnic_police_conforms(police, len);
	local_bh_enable();

	return ok;
}

static int police_init(struct kunit *test)
{
	police_now = 1000 * NSEC_PER_SEC;

	return 0;
}

/* No bucket may be left after any case. */
static void police_exit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_tc_objects), 0);
	KUNIT_EXPECT_TRUE(test, xa_empty(&mfnic_polices));
}

/* The whole burst passes at once, then as much as the rate allows. */
static void police_burst(struct kunit *test)
{
	struct flow_action_entry entry = police_bytes(1000000, 10000);
	struct mfnic_police *police = police_new(test, &entry);
	unsigned int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1));

	/* 1000 bytes take a millisecond, and not a nanosecond less. */
	police_now += NSEC_PER_MSEC - 1;
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1000));
	police_now++;
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1));

	/* After any pause, the bucket has no more than the burst. */
	police_now += 3600ULL * NSEC_PER_SEC;
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 10001));
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 10000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1));
	mfnic_police_put(police);
}

/* A frame with an older time neither adds nor takes tokens for that time. */
static void police_time_back(struct kunit *test)
{
	struct flow_action_entry entry = police_bytes(1000000, 2000);
	struct mfnic_police *police = police_new(test, &entry);

	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	police_now -= NSEC_PER_MSEC;
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1));
	police_now += NSEC_PER_MSEC;
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1));
	police_now += NSEC_PER_MSEC;
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1));
	mfnic_police_put(police);
}

/* Packets are counted for any length. */
static void police_counts_packets(struct kunit *test)
{
	struct flow_action_entry entry = police_packets(1000, 3);
	struct mfnic_police *police = police_new(test, &entry);

	KUNIT_EXPECT_TRUE(test, police_conforms(police, 14));
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 60));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 14));
	police_now += NSEC_PER_MSEC;
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 14));
	mfnic_police_put(police);
}

/* Frames longer than the MTU never conform, with or without a rate. */
static void police_mtu(struct kunit *test)
{
	struct flow_action_entry entry = police_bytes(0, 0);
	struct mfnic_police *police;

	entry.police.mtu = 1500;
	police = police_new(test, &entry);
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1500));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1501));
	mfnic_police_put(police);

	entry = police_bytes(1000000000, 1000000);
	entry.police.mtu = 1500;
	police = police_new(test, &entry);
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 1501));
	/* The refused frame took no tokens. */
	KUNIT_EXPECT_EQ(test, police->tokens, police->burst);
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1500));
	mfnic_police_put(police);
}

/* The overhead is charged for each frame. */
static void police_overhead(struct kunit *test)
{
	struct flow_action_entry entry = police_bytes(1000000, 2048);
	struct mfnic_police *police;

	entry.police.overhead = 24;
	police = police_new(test, &entry);
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 1000));
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 0));
	mfnic_police_put(police);
}

/* The largest and smallest numbers that tc can pass. */
static void police_extremes(struct kunit *test)
{
	struct flow_action_entry entry;
	struct mfnic_police *police;

	/* The burst takes longer than the clock can represent. */
	entry = police_bytes(1, U32_MAX);
	police = police_new(test, &entry);
	KUNIT_EXPECT_GT(test, police->burst, 0);
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	mfnic_police_put(police);

	entry = police_packets(1, U32_MAX);
	police = police_new(test, &entry);
	KUNIT_EXPECT_EQ(test, police->burst, (s64)U32_MAX * NSEC_PER_SEC);
	police_now += U32_MAX * NSEC_PER_SEC;
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	police_now += NSEC_PER_SEC;
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	mfnic_police_put(police);

	/* The rate is so high that no frame takes a nanosecond. */
	entry = police_bytes(U64_MAX, U32_MAX);
	police = police_new(test, &entry);
	KUNIT_EXPECT_TRUE(test, police_conforms(police, 9000));
	KUNIT_EXPECT_TRUE(test, police_conforms(police, U32_MAX));
	mfnic_police_put(police);

	/* Without a burst, no frame conforms. */
	entry = police_bytes(1000000, 0);
	police = police_new(test, &entry);
	police_now += NSEC_PER_SEC;
	KUNIT_EXPECT_FALSE(test, police_conforms(police, 14));
	mfnic_police_put(police);
}

/* In any period, at most the burst plus the rate times the period passes. */
static void police_random(struct kunit *test)
{
	static const u64 rates[] = { 1000, 125000, 12345678, 1250000000 };
	struct flow_action_entry entry;
	struct mfnic_police *police;
	u64 start, passed, offered, most;
	struct rnd_state rnd;
	unsigned int i, step;
	u32 len;

	mf_test_seed(&rnd);
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		entry = police_bytes(rates[i], 20000);
		police = police_new(test, &entry);
		start = police_now;
		passed = 0;
		offered = 0;
		for (step = 0; step < 20000; step++) {
			/* Send at twice the rate, on average. */
			len = 60 + mf_test_below(&rnd, 9000);
			police_now += mf_test_below(&rnd, 4600ULL *
					NSEC_PER_SEC / rates[i] > U32_MAX ?
					U32_MAX :
					4600ULL * NSEC_PER_SEC / rates[i]);
			offered += len;
			if (police_conforms(police, len))
				passed += len;
			most = 20000 + mul_u64_u64_div_u64(rates[i],
							   police_now - start,
							   NSEC_PER_SEC);
			/*
			 * Tokens are nanoseconds; each frame may gain a
			 * fraction of one by rounding.
			 */
			most += step * (rates[i] / NSEC_PER_SEC + 1);
			KUNIT_ASSERT_LE(test, passed, most);
		}
		KUNIT_EXPECT_GE(test, passed,
				mul_u64_u64_div_u64(rates[i],
						    police_now - start,
						    NSEC_PER_SEC) / 2);
		KUNIT_EXPECT_LT(test, passed, offered);
		mfnic_police_put(police);
	}
}

/* Rules with the same action share a bucket, until the last one is removed. */
static void police_shared(struct kunit *test)
{
	struct flow_action_entry entry = police_bytes(1000000, 2000);
	struct mfnic_police *a, *b, *other;

	a = police_new(test, &entry);
	KUNIT_EXPECT_TRUE(test, police_conforms(a, 1500));
	b = police_new(test, &entry);
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	/* Another rule for the action does not fill the bucket. */
	KUNIT_EXPECT_FALSE(test, police_conforms(b, 1500));

	entry.cookie = 2;
	other = police_new(test, &entry);
	KUNIT_EXPECT_PTR_NE(test, a, other);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_tc_objects), 2);

	/* A change of the action applies to all its rules. */
	entry = police_bytes(2000000, 3000);
	b = police_new(test, &entry);
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	KUNIT_EXPECT_TRUE(test, police_conforms(a, 3000));

	mfnic_police_put(a);
	mfnic_police_put(a);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_tc_objects), 2);
	mfnic_police_put(a);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_tc_objects), 1);
	mfnic_police_put(other);
}

/* Unsupported policers are refused with a message. */
static void police_refused(struct kunit *test)
{
	struct netlink_ext_ack extack = {};
	struct flow_action_entry entry;
	struct mfnic_act act = {};

#define POLICE_REFUSED(change)						\
	do {								\
		entry = police_bytes(1000, 1000);			\
		change;							\
		extack = (struct netlink_ext_ack) {};			\
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,			\
				mfnic_police_set(&act, &entry, &extack)); \
		KUNIT_EXPECT_NOT_NULL(test, extack._msg);		\
	} while (0)

	POLICE_REFUSED(entry.police.exceed.act_id = FLOW_ACTION_ACCEPT);
	POLICE_REFUSED(entry.police.exceed.act_id = FLOW_ACTION_PIPE);
	POLICE_REFUSED(entry.police.peakrate_bytes_ps = 1);
	POLICE_REFUSED(entry.police.avrate = 1);
	POLICE_REFUSED(entry.police.rate_pkt_ps = 1);
	POLICE_REFUSED(entry.police.notexceed.act_id = FLOW_ACTION_DROP);
	POLICE_REFUSED(entry.police.notexceed.act_id = FLOW_ACTION_GOTO);
#undef POLICE_REFUSED
}

/* Treatment of conforming frames. */
static void police_verdicts(struct kunit *test)
{
	static const struct {
		enum flow_action_id id;
		enum mfnic_conform conform;
	} cases[] = {
		{ FLOW_ACTION_PIPE, MFNIC_CONFORM_PIPE },
		{ FLOW_ACTION_ACCEPT, MFNIC_CONFORM_OK },
		{ FLOW_ACTION_CONTINUE, MFNIC_CONFORM_CONTINUE },
	};
	struct flow_action_entry entry = police_bytes(1000, 1000);
	struct netlink_ext_ack extack = {};
	struct mfnic_act act = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		entry.police.notexceed.act_id = cases[i].id;
		KUNIT_ASSERT_EQ(test, 0, mfnic_police_set(&act, &entry,
							  &extack));
		KUNIT_EXPECT_EQ(test, (int)act.conform, (int)cases[i].conform);
		mfnic_police_put(act.bucket);
	}
}

static void police_no_memory(struct kunit *test)
{
	struct flow_action_entry entry = police_bytes(1000, 1000);
	struct netlink_ext_ack extack = {};
	struct mfnic_act act = {};

	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, mfnic_police_set(&act, &entry, &extack));
	mf_nomem_at = 0;
	KUNIT_EXPECT_NULL(test, act.bucket);
}

static struct kunit_case police_cases[] = {
	KUNIT_CASE(police_burst),
	KUNIT_CASE(police_time_back),
	KUNIT_CASE(police_counts_packets),
	KUNIT_CASE(police_mtu),
	KUNIT_CASE(police_overhead),
	KUNIT_CASE(police_extremes),
	KUNIT_CASE(police_random),
	KUNIT_CASE(police_shared),
	KUNIT_CASE(police_refused),
	KUNIT_CASE(police_verdicts),
	KUNIT_CASE(police_no_memory),
	{}
};

struct kunit_suite mfnic_police_suite = {
	.name = "mfnic_police",
	.init = police_init,
	.exit = police_exit,
	.test_cases = police_cases,
};
