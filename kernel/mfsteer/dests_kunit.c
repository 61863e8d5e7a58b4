// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of sets of destinations.
 */
#include "kunit.h"
#include "../kunit/mf_nomem.h"

#include "dests.c"

static struct mf_dests *dests_now(struct mf_dests __rcu *set)
{
	return rcu_dereference_protected(set, true);
}

/* Return the references of a destination, or 0 if it is not in the set. */
static unsigned int dests_refs(struct mf_dests __rcu *set, const void *to)
{
	struct mf_dests *now = dests_now(set);
	unsigned int i;

	if (!now)
		return 0;
	i = mf_dests_find(now, to);

	return i < now->n ? now->dest[i].refs : 0;
}

/* A destination that two rules name stays until both rules are removed. */
static void dests_named_twice(struct kunit *test)
{
	struct mf_dests __rcu *set = NULL;
	int a, b, c;

	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &a, MF_DESTS_MAX), 0);
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &b, MF_DESTS_MAX), 0);
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &c, MF_DESTS_MAX), 0);
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &a, MF_DESTS_MAX), 0);
	KUNIT_EXPECT_EQ(test, dests_now(set)->n, 3);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &a), 2);

	KUNIT_EXPECT_FALSE(test, mf_dests_del(&set, &a));
	KUNIT_EXPECT_EQ(test, dests_now(set)->n, 3);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &a), 1);

	KUNIT_EXPECT_FALSE(test, mf_dests_del(&set, &a));
	KUNIT_EXPECT_EQ(test, dests_now(set)->n, 2);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &a), 0);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &b), 1);

	KUNIT_EXPECT_FALSE(test, mf_dests_del(&set, &b));
	KUNIT_EXPECT_TRUE(test, mf_dests_del(&set, &c));
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(set));
}

/* Removal of the first, the last or a middle destination keeps the others. */
static void dests_any_order(struct kunit *test)
{
	static const u8 order[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	unsigned int i, j, k;
	int to[3];

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		struct mf_dests __rcu *set = NULL;
		bool gone[3] = {};

		for (j = 0; j < 3; j++)
			KUNIT_ASSERT_EQ(test, mf_dests_add(&set, &to[j], MF_DESTS_MAX), 0);
		for (j = 0; j < 3; j++) {
			KUNIT_EXPECT_EQ(test, j == 2,
					mf_dests_del(&set, &to[order[i][j]]));
			gone[order[i][j]] = true;
			for (k = 0; k < 3; k++)
				KUNIT_EXPECT_EQ(test, !gone[k],
						dests_refs(set, &to[k]));
		}
	}
}

/* A full set refuses another destination and does not change. */
static void dests_full(struct kunit *test)
{
	struct mf_dests __rcu *set = NULL;
	struct mf_dests *full;
	unsigned int i;
	char *to;

	to = mf_test_alloc(test, MF_DESTS_MAX + 1);
	for (i = 0; i < MF_DESTS_MAX; i++)
		KUNIT_ASSERT_EQ(test, mf_dests_add(&set, &to[i], MF_DESTS_MAX), 0);
	full = dests_now(set);
	KUNIT_EXPECT_EQ(test, full->n, MF_DESTS_MAX);
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &to[i], MF_DESTS_MAX), -ENOSPC);
	KUNIT_EXPECT_PTR_EQ(test, dests_now(set), full);

	/* An existing destination may be named again. */
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &to[7], MF_DESTS_MAX), 0);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &to[7]), 2);
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &to[i], MF_DESTS_MAX), -ENOSPC);

	/* Removal of a destination makes room. */
	KUNIT_EXPECT_FALSE(test, mf_dests_del(&set, &to[0]));
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &to[i], MF_DESTS_MAX), 0);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &to[i]), 1);

	KUNIT_EXPECT_FALSE(test, mf_dests_del(&set, &to[7]));
	for (; i > 1; i--)
		KUNIT_ASSERT_FALSE(test, mf_dests_del(&set, &to[i]));
	KUNIT_EXPECT_TRUE(test, mf_dests_del(&set, &to[1]));
}

/* Without memory, the addition fails and the set does not change. */
static void dests_no_memory(struct kunit *test)
{
	struct mf_dests __rcu *set = NULL;
	struct mf_dests *before;
	int a, b;

	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &a, MF_DESTS_MAX), -ENOMEM);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(set));

	KUNIT_ASSERT_EQ(test, mf_dests_add(&set, &a, MF_DESTS_MAX), 0);
	before = dests_now(set);
	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &b, MF_DESTS_MAX), -ENOMEM);
	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, mf_dests_add(&set, &a, MF_DESTS_MAX), -ENOMEM);
	KUNIT_EXPECT_PTR_EQ(test, dests_now(set), before);
	KUNIT_EXPECT_EQ(test, dests_refs(set, &a), 1);

	/* Deletion does not fail. */
	mf_nomem_at = 1;
	KUNIT_EXPECT_TRUE(test, mf_dests_del(&set, &a));
	mf_nomem_at = 0;
}

/*
 * After any sequence, the set has the destinations with more additions than
 * deletions.
 */
static void dests_random(struct kunit *test)
{
	enum { N = 24, STEPS = 4000 };
	struct mf_dests __rcu *set = NULL;
	unsigned int refs[N] = {}, sum = 0, step, i, n;
	struct rnd_state rnd;
	char to[N];

	mf_test_seed(&rnd);
	for (step = 0; step < STEPS; step++) {
		i = mf_test_below(&rnd, N);
		/* The set grows, and shrinks to nothing, repeatedly. */
		if (refs[i] && mf_test_below(&rnd, 8) >= step / 100 % 8) {
			sum--;
			refs[i]--;
			KUNIT_ASSERT_EQ(test, !sum,
					mf_dests_del(&set, &to[i]));
		} else {
			sum++;
			refs[i]++;
			KUNIT_ASSERT_EQ(test, 0, mf_dests_add(&set, &to[i], MF_DESTS_MAX));
		}
		for (i = 0, n = 0; i < N; i++) {
			KUNIT_ASSERT_EQ(test, refs[i], dests_refs(set, &to[i]));
			n += !!refs[i];
		}
		KUNIT_ASSERT_EQ(test, n, sum ? dests_now(set)->n : 0);
	}

	for (i = 0; i < N; i++)
		for (; refs[i]; refs[i]--)
			mf_dests_del(&set, &to[i]);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(set));
}

/* A call delivers as many frames as the budget allows, and at least one. */
static void dests_budget(struct kunit *test)
{
	struct mf_frame frames[4] = {
		{ .len = 1000 }, { .len = 2000 }, { .len = 500 }, { .len = 9000 },
	};
	u32 budget;

	/* Without a budget, all frames are delivered. */
	KUNIT_EXPECT_EQ(test, 4, mf_budget_take(NULL, frames, 4, 256));
	KUNIT_EXPECT_FALSE(test, mf_budget_spent(NULL));

	budget = 100000;
	KUNIT_EXPECT_EQ(test, 4, mf_budget_take(&budget, frames, 4, 2));
	KUNIT_EXPECT_EQ(test, 75000, budget);
	KUNIT_EXPECT_FALSE(test, mf_budget_spent(&budget));

	/* The frame that exceeds the budget is still delivered. */
	budget = 10000;
	KUNIT_EXPECT_EQ(test, 3, mf_budget_take(&budget, frames, 4, 3));
	KUNIT_EXPECT_TRUE(test, mf_budget_spent(&budget));
	KUNIT_EXPECT_EQ(test, 1, mf_budget_take(&budget, frames, 4, 3));

	/* The frames use up exactly the budget. */
	budget = 3000;
	KUNIT_EXPECT_EQ(test, 2, mf_budget_take(&budget, frames, 4, 1));
	KUNIT_EXPECT_TRUE(test, mf_budget_spent(&budget));

	/* The maximum number of receivers. */
	budget = U32_MAX;
	KUNIT_EXPECT_EQ(test, 1, mf_budget_take(&budget, &frames[3], 1,
						U32_MAX));
	KUNIT_EXPECT_TRUE(test, mf_budget_spent(&budget));

	KUNIT_EXPECT_EQ(test, 3000, mf_frame_wire_bytes(frames, 2));
}

static struct kunit_case dests_cases[] = {
	KUNIT_CASE(dests_budget),
	KUNIT_CASE(dests_named_twice),
	KUNIT_CASE(dests_any_order),
	KUNIT_CASE(dests_full),
	KUNIT_CASE(dests_no_memory),
	KUNIT_CASE(dests_random),
	{}
};

struct kunit_suite mfsteer_dests_suite = {
	.name = "mfsteer_dests",
	.test_cases = dests_cases,
};
