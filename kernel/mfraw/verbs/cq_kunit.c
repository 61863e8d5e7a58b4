// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the kernel's side of a completion queue. The test acts as the
 * process and follows the user ABI of rings and doorbells.
 */
#include <linux/hrtimer.h>

#include "kunit.h"

static unsigned int cq_armed;
static s64 cq_armed_for;

static void cq_arm_timer(struct hrtimer *timer, ktime_t time)
{
	cq_armed++;
	cq_armed_for = ktime_to_ns(time);
}

#define hrtimer_start(timer, time, mode)	cq_arm_timer(timer, time)

#include "verbs/cq.c"

#undef hrtimer_start

static bool cq_push(struct mfraw_world *w, u32 idx)
{
	struct mfraw_cqe cqe = { .wqe_idx = cpu_to_le32(idx) };

	return mfraw_cq_push(&w->cq, &cqe);
}

static bool cq_polls(struct mfraw_world *w, u32 idx)
{
	struct mfraw_cqe cqe;

	return mfraw_world_poll(w, &cqe) && le32_to_cpu(cqe.wqe_idx) == idx;
}

/* The owner bit changes with each pass, so it marks new entries. */
static void cq_owner(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	u32 i, n = 0, got = 0;

	for (i = 0; i < 5 * WORLD_CQES; i++) {
		u32 burst = 1 + i % 7;

		for (; burst && n - got < WORLD_CQES; burst--)
			KUNIT_ASSERT_TRUE(test, cq_push(w, n++));
		for (; got < n && (i % 3 || n - got == WORLD_CQES); got++)
			KUNIT_ASSERT_TRUE(test, cq_polls(w, got));
		if (got == n)
			KUNIT_ASSERT_FALSE(test, mfraw_world_poll(w, &cqe));
	}
	KUNIT_EXPECT_GT(test, n, 4 * WORLD_CQES);
	KUNIT_EXPECT_EQ(test, w->events, 0);
}

/* A ring of N entries holds exactly N completions. */
static void cq_overrun(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	u32 i;

	for (i = 0; i < WORLD_CQES; i++)
		KUNIT_ASSERT_TRUE(test, cq_push(w, i));
	KUNIT_EXPECT_EQ(test, w->events, 0);
	KUNIT_EXPECT_FALSE(test, cq_push(w, i));
	KUNIT_EXPECT_EQ(test, w->events, 1);
	KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_CQ_ERR);
	/* Earlier completions stay valid; no completion follows the gap. */
	for (i = 0; i < WORLD_CQES; i++)
		KUNIT_ASSERT_TRUE(test, cq_polls(w, i));
	KUNIT_EXPECT_FALSE(test, cq_push(w, i));
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, w->events, 1);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_CQ_OVERRUN), 1);
}

/* With ignore_overrun, the newest completions overwrite the oldest. */
static void cq_ignore_overrun(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u32 i;

	w->cq.ignore_overrun = true;
	for (i = 0; i < 3 * WORLD_CQES; i++)
		KUNIT_ASSERT_TRUE(test, cq_push(w, i));
	KUNIT_EXPECT_EQ(test, w->events, 0);
	for (i = 0; i < WORLD_CQES; i++)
		KUNIT_EXPECT_EQ(test, le32_to_cpu(w->cqe[i].wqe_idx),
				2 * WORLD_CQES + i);
}

/* Indices wrap at 2^32. */
static void cq_wrap(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u32 i;

	w->cq.prod = -10;
	w->cq.cons = -10;
	w->polled = -10;
	w->cq_db.cons = cpu_to_le32(-10);
	for (i = 0; i < WORLD_CQES; i++)
		KUNIT_ASSERT_TRUE(test, cq_push(w, i));
	for (i = 0; i < WORLD_CQES; i++)
		KUNIT_ASSERT_TRUE(test, cq_polls(w, i));
	for (i = 0; i < WORLD_CQES; i++)
		KUNIT_ASSERT_TRUE(test, cq_push(w, i));
	KUNIT_EXPECT_FALSE(test, cq_push(w, i));
}

/* An invalid consumer index means no room. */
static void cq_hostile(struct kunit *test)
{
	static const u32 cons[] = { 1, 1000, 0x7fffffff, 0x80000000,
				    0xffffffff - WORLD_CQES };
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(cons); i++) {
		struct mfraw_world *w = mfraw_world(test);

		w->cq_db.cons = cpu_to_le32(cons[i] + WORLD_CQES);
		for (n = 0; n < WORLD_CQES; n++)
			KUNIT_ASSERT_TRUE(test, cq_push(w, n));
		KUNIT_EXPECT_FALSE(test, cq_push(w, n));
		KUNIT_EXPECT_EQ(test, w->events, 1);
	}
}

/* Each request raises one event, of the requested kind (IBTA 11.4.2.2). */
static void cq_notify(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	cq_push(w, 0);
	mfraw_cq_publish(&w->cq, true);
	KUNIT_EXPECT_EQ(test, w->cq_events, 0);

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	cq_push(w, 1);
	mfraw_cq_publish(&w->cq, false);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->cq_db.arm), 0);
	mfraw_cq_publish(&w->cq, true);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM_SOLICITED);
	cq_push(w, 2);
	mfraw_cq_publish(&w->cq, false);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	KUNIT_EXPECT_NE(test, le32_to_cpu(w->cq_db.arm), 0);
	mfraw_cq_publish(&w->cq, true);
	KUNIT_EXPECT_EQ(test, w->cq_events, 2);
}

/* Completions carry a timestamp only if the CQ was created with it. */
static void cq_timestamp(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe = { .timestamp = cpu_to_le64(12345) };
	u64 before;

	mfraw_cq_push(&w->cq, &cqe);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(w->cqe[0].timestamp), 0);
	w->cq.timestamps = true;
	mfraw_cq_push(&w->cq, &cqe);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(w->cqe[1].timestamp), 12345);
	cqe.timestamp = 0;
	before = ktime_get_raw_ns();
	mfraw_cq_push(&w->cq, &cqe);
	KUNIT_EXPECT_GE(test, le64_to_cpu(w->cqe[2].timestamp), before);
	KUNIT_EXPECT_LE(test, le64_to_cpu(w->cqe[2].timestamp),
			ktime_get_raw_ns());
}

static void cq_moderation(struct kunit *test, struct mfraw_world *w, u16 count,
			  u16 period)
{
	static struct ib_uobject uobject;

	w->cq.ibcq.uobject = (void *)&uobject;
	KUNIT_ASSERT_EQ(test, mfraw_modify_cq(&w->cq.ibcq, count, period), 0);
	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	cq_armed = 0;
}

/* Run the moderation timer, as in a softirq. */
static void cq_time_is_up(struct mfraw_world *w)
{
	local_bh_disable();
	mfraw_cq_timer(&w->cq.moder.timer);
	local_bh_enable();
}

/* An event needs so many completions, or the time since the first of them. */
static void cq_moderate(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i;

	cq_moderation(test, w, 4, 100);
	for (i = 0; i < 3; i++) {
		cq_push(w, i);
		mfraw_cq_publish(&w->cq, false);
		KUNIT_EXPECT_EQ(test, w->cq_events, 0);
	}
	/* Only the first completion starts the timer. */
	KUNIT_EXPECT_EQ(test, cq_armed, 1);
	KUNIT_EXPECT_EQ(test, cq_armed_for, 100 * NSEC_PER_USEC);
	cq_push(w, 3);
	mfraw_cq_publish(&w->cq, false);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	/* The timer that expires later raises no second event. */
	cq_time_is_up(w);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);

	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	cq_push(w, 4);
	mfraw_cq_publish(&w->cq, false);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	cq_time_is_up(w);
	KUNIT_EXPECT_EQ(test, w->cq_events, 2);
}

/* A solicited event is not delayed, and a change raises a pending event. */
static void cq_moderate_not(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	cq_moderation(test, w, 100, 100);
	cq_push(w, 0);
	mfraw_cq_publish(&w->cq, true);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	cq_push(w, 1);
	mfraw_cq_publish(&w->cq, false);
	KUNIT_EXPECT_EQ(test, w->cq_events, 1);
	/* A count of 0 turns moderation off. */
	cq_moderation(test, w, 0, 100);
	KUNIT_EXPECT_EQ(test, w->cq_events, 2);
	w->cq_db.arm = cpu_to_le32(MFRAW_CQ_ARM);
	cq_push(w, 2);
	mfraw_cq_publish(&w->cq, false);
	KUNIT_EXPECT_EQ(test, w->cq_events, 3);
}

static void cq_resize_to(struct kunit *test, u32 entries, u32 unpolled,
			 bool fits)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_qmem *mem = mfraw_world_qmem(SZ_8K);
	struct mfraw_cqe cqe;
	u32 i, n = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	w->cq.prod = -20;
	w->cq.cons = -20;
	w->polled = -20;
	w->cq_db.cons = cpu_to_le32(-20);
	for (i = 0; i < 30; i++) {
		cq_push(w, 0);
		mfraw_world_poll(w, &cqe);
	}
	while (n < unpolled)
		cq_push(w, n++);
	if (mfraw_cq_move(&w->cq, mem, entries)) {
		KUNIT_EXPECT_FALSE(test, fits);
	} else {
		KUNIT_EXPECT_TRUE(test, fits);
		w->polled = 0;
		for (; n < entries; n++)
			KUNIT_ASSERT_TRUE(test, cq_push(w, n));
	}
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_TRUE(test, cq_polls(w, i));
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	mfraw_qmem_free(mem);
}

/* The new ring starts with the CQEs that were not polled, and no others. */
static void cq_resize(struct kunit *test)
{
	cq_resize_to(test, 16, 0, true);
	cq_resize_to(test, 16, 15, true);
	cq_resize_to(test, 16, 16, true);
	cq_resize_to(test, 16, 17, false);
	cq_resize_to(test, 128, WORLD_CQES, true);
}

/* A resized CQ stays in the error state. */
static void cq_resize_overrun(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_qmem *mem = mfraw_world_qmem(SZ_8K);
	u32 i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	for (i = 0; i <= WORLD_CQES; i++)
		cq_push(w, i);
	KUNIT_EXPECT_EQ(test, mfraw_cq_move(&w->cq, mem, 128), 0);
	KUNIT_EXPECT_FALSE(test, cq_push(w, i));
	KUNIT_EXPECT_EQ(test, w->events, 1);
	mfraw_qmem_free(mem);
}

/* With an invalid consumer index, the resize fails. */
static void cq_resize_hostile(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_qmem *mem = mfraw_world_qmem(SZ_8K);

	KUNIT_ASSERT_FALSE(test, IS_ERR(mem));
	cq_push(w, 0);
	w->cq_db.cons = cpu_to_le32(2);
	KUNIT_EXPECT_EQ(test, mfraw_cq_move(&w->cq, mem, 128), -EINVAL);
	w->cq_db.cons = cpu_to_le32(1 - WORLD_CQES - 1);
	KUNIT_EXPECT_EQ(test, mfraw_cq_move(&w->cq, mem, 128), -EINVAL);
	mfraw_qmem_free(mem);
}

/* A CQ has at least as many entries as requested; the maximum is enforced. */
static void cq_create(struct kunit *test)
{
	static const struct {
		int cqe, err, entries;
	} cases[] = {
		{ 0, -EINVAL }, { -1, -EINVAL }, { 1, 0, 1 }, { 3, 0, 4 },
		{ 1000, 0, 1024 }, { MFRAW_MAX_CQE, 0, MFRAW_MAX_CQE },
		{ MFRAW_MAX_CQE + 1, -EINVAL },
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cq *cq = mf_test_alloc(test, sizeof(*cq));
	unsigned int i;

	w->dev.ibdev.num_comp_vectors = 2;
	cq->ibcq.device = &w->dev.ibdev;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ib_cq_init_attr attr = {
			.cqe = cases[i].cqe, .comp_vector = 1,
		};

		KUNIT_EXPECT_EQ(test, mfraw_create_cq(&cq->ibcq, &attr, NULL),
				cases[i].err);
		if (cases[i].err)
			continue;
		KUNIT_EXPECT_EQ(test, cq->ibcq.cqe, cases[i].entries);
		KUNIT_EXPECT_EQ(test, cq->mask, cases[i].entries - 1);
		attr.comp_vector = 2;
		mfraw_destroy_cq(&cq->ibcq, NULL);
		KUNIT_EXPECT_EQ(test, mfraw_create_cq(&cq->ibcq, &attr, NULL),
				-EINVAL);
	}
}

static struct kunit_case cq_cases[] = {
	KUNIT_CASE(cq_owner),
	KUNIT_CASE(cq_overrun),
	KUNIT_CASE(cq_ignore_overrun),
	KUNIT_CASE(cq_wrap),
	KUNIT_CASE(cq_hostile),
	KUNIT_CASE(cq_notify),
	KUNIT_CASE(cq_timestamp),
	KUNIT_CASE(cq_moderate),
	KUNIT_CASE(cq_moderate_not),
	KUNIT_CASE(cq_resize),
	KUNIT_CASE(cq_resize_overrun),
	KUNIT_CASE(cq_resize_hostile),
	KUNIT_CASE(cq_create),
	{}
};

struct kunit_suite mfraw_cq_suite = {
	.name = "mfraw_cq",
	.test_cases = cq_cases,
};
