// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the token bucket of ibv_modify_qp_rate_limit(). The tests set the
 * time.
 */
#include <linux/hrtimer.h>
#include <linux/math64.h>

#include "kunit.h"

static u64 pace_now;
static u64 pace_timer;

#define ktime_get_ns()	pace_now
#define hrtimer_start(timer, time, mode) ((void)(timer), pace_timer = (time))

#include "queue/pace.c"

#undef ktime_get_ns
#undef hrtimer_start

static int pace_init(struct kunit *test)
{
	pace_now = 1000 * NSEC_PER_SEC;
	pace_timer = 0;

	return 0;
}

/* Convert bytes to millionths of a bit. */
static s64 pace_bytes(u64 bytes)
{
	return bytes * 8000000;
}

/* Send @n frames of @len bytes. The port takes all that the limit allows. */
static unsigned int pace_send(struct mfraw_world *w, u32 len, unsigned int n)
{
	static struct mf_frame frames[MFRAW_BURST];	/* not on the stack */
	unsigned int i, taken, given;
	u8 hdr[ETH_HLEN] = {};

	if (mfraw_pace_closed(&w->qp))
		return 0;
	for (i = 0; i < n; i++)
		frames[i] = (struct mf_frame){ .hdr = hdr, .len = len };
	w->port.nr_sent = MF_TEST_SENT;	/* keep no copies */
	given = mfraw_pace_xmit(&w->qp, frames, n, &taken);
	w->port.nr_sent = 0;

	return min(given, taken);
}

/* A kbps is a millionth of a bit per nanosecond, so nothing is rounded. */
static void pace_unit(struct kunit *test)
{
	struct mfraw_pace pace = { .rate = 7, .depth = S64_MAX / 2 };
	unsigned int i;

	for (i = 1; i <= 1000; i++) {
		mfraw_pace_fill(&pace, i * 3);
		KUNIT_ASSERT_EQ(test, pace.tokens, (s64)i * 3 * 7);
	}
	/* 8 kbps are one byte per millisecond. */
	pace = (struct mfraw_pace){ .rate = 8, .depth = S64_MAX / 2 };
	mfraw_pace_fill(&pace, NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, pace.tokens, pace_bytes(1));
}

/* After any time, a bucket is full at most, and nothing overflows. */
static void pace_fill_long(struct kunit *test)
{
	static const u32 rates[] = { MFRAW_MIN_RATE, 1000, 100000000,
				     MFRAW_MAX_RATE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		struct mfraw_pace pace = {
			.rate = rates[i],
			.depth = pace_bytes(U32_MAX),
			.tokens = -pace_bytes(WORLD_FRAME),
		};

		mfraw_pace_fill(&pace, U64_MAX);
		KUNIT_EXPECT_EQ(test, pace.tokens, pace.depth);
	}
}

/* The default size of a bucket is 2 ms of its rate, or a frame of the port. */
static void pace_depth(struct kunit *test)
{
	static const struct {
		u32 rate, burst;
		u64 depth;
	} cases[] = {
		{ 1, 0, WORLD_FRAME },
		{ 36864, 0, WORLD_FRAME },		/* 9216 bytes in 2 ms */
		{ 1000000, 0, 250000 },
		{ 100000000, 0, 25000000 },
		{ 1000000, 1, 1 },
		{ 1, 1000000, 1000000 },
		{ 1000000, U32_MAX, U32_MAX },
	};
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		w->qp.pace.rate = 0;
		mfraw_pace_set(&w->qp, cases[i].rate, cases[i].burst);
		KUNIT_EXPECT_EQ(test, w->qp.pace.depth,
				pace_bytes(cases[i].depth));
		KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, w->qp.pace.depth);
		KUNIT_EXPECT_FALSE(test, mfraw_pace_closed(&w->qp));
	}
}

/* Over a long time, the bytes sent are those of the rate and one bucket. */
static void pace_rate(struct kunit *test)
{
	static const u32 rates[] = { 1, 64, 1000, 9999, 1000000, 10000000,
				     MFRAW_MAX_RATE };
	static const u32 lens[] = { 60, 64, 1514, WORLD_FRAME };
	unsigned int i, k, step;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		for (k = 0; k < ARRAY_SIZE(lens); k++) {
			struct mfraw_world *w = mfraw_world(test);
			u64 sent = 0, start, most, bytes;

			mfraw_pace_set(&w->qp, rates[i], 0);
			start = pace_now;
			for (step = 0; step < 300; step++) {
				unsigned int n = pace_send(w, lens[k], MFRAW_BURST);

				sent += (u64)n * lens[k];
				/*
				 * Continue when the timer runs, like the queue
				 * pair.
				 */
				if (n < MFRAW_BURST) {
					KUNIT_ASSERT_GT(test, pace_timer, pace_now);
					pace_now = pace_timer;
				}
			}
			bytes = div_u64(mul_u64_u64_div_u64(pace_now - start, rates[i],
							    1000000), 8);
			most = bytes + div_u64(w->qp.pace.depth, 8000000) + lens[k];
			KUNIT_EXPECT_LE(test, sent, most);
			/* The queue reaches the limit, too. */
			KUNIT_EXPECT_GE(test, sent + lens[k] * MFRAW_BURST, bytes);
		}
	}
}

/* A frame longer than the bucket is sent when the bucket is full. */
static void pace_overdraw(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u64 wait;

	mfraw_pace_set(&w->qp, 8000, 100);	/* a byte per microsecond */
	KUNIT_EXPECT_EQ(test, pace_send(w, 1000, 2), 1);
	KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, -pace_bytes(900));
	/* Until it is full again: 900 bytes of debt, and 100. */
	wait = pace_timer - pace_now;
	KUNIT_EXPECT_EQ(test, wait, 1000 * NSEC_PER_USEC);
	KUNIT_EXPECT_TRUE(test, mfraw_pace_closed(&w->qp));
	pace_now += wait - 1;
	KUNIT_EXPECT_EQ(test, pace_send(w, 1000, 2), 0);
	pace_now++;
	KUNIT_EXPECT_EQ(test, pace_send(w, 1000, 2), 1);
}

/* Timers have a minimum interval. */
static void pace_timers(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_pace_set(&w->qp, MFRAW_MAX_RATE, 1);
	KUNIT_EXPECT_EQ(test, pace_send(w, 60, 2), 1);
	KUNIT_EXPECT_GE(test, pace_timer - pace_now, MFRAW_PACE_MIN_NS);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_PACE_WAITS), 1);
}

/* Setting a limit again does not fill the bucket. */
static void pace_set_again(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i;

	mfraw_pace_set(&w->qp, 8000, 1000);
	KUNIT_EXPECT_EQ(test, pace_send(w, 1000, 1), 1);
	for (i = 0; i < 10; i++) {
		pace_now += 10 * NSEC_PER_USEC;
		mfraw_pace_set(&w->qp, 8000, 1000 + i);
	}
	KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, pace_bytes(100));
	/* A smaller bucket holds less. */
	mfraw_pace_set(&w->qp, 8000, 50);
	KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, pace_bytes(50));
	/* A new limit starts with a full bucket. */
	mfraw_pace_set(&w->qp, 0, 0);
	mfraw_pace_set(&w->qp, 8000, 1000);
	KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, pace_bytes(1000));
}

/* A new limit takes effect at once, not after the wait of the old one. */
static void pace_set_opens(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_pace_set(&w->qp, 1, 100);
	KUNIT_EXPECT_EQ(test, pace_send(w, 100, 2), 1);
	KUNIT_EXPECT_TRUE(test, mfraw_pace_closed(&w->qp));
	mfraw_pace_set(&w->qp, 1000000, 100);
	KUNIT_EXPECT_FALSE(test, mfraw_pace_closed(&w->qp));
}

/* Frames that the port did not take cost nothing. */
static void pace_port(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_pace_set(&w->qp, 8000, 10000);
	w->port.takes = 3;
	KUNIT_EXPECT_EQ(test, pace_send(w, 1000, 8), 3);
	KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, pace_bytes(7000));
	KUNIT_EXPECT_EQ(test, pace_timer, 0);
	w->port.takes = 100;
	KUNIT_EXPECT_EQ(test, pace_send(w, 1000, 8), 7);
	KUNIT_EXPECT_EQ(test, w->qp.pace.tokens, 0);
	KUNIT_EXPECT_NE(test, pace_timer, 0);
}

static struct kunit_case pace_cases[] = {
	KUNIT_CASE(pace_unit),
	KUNIT_CASE(pace_fill_long),
	KUNIT_CASE(pace_depth),
	KUNIT_CASE(pace_rate),
	KUNIT_CASE(pace_overdraw),
	KUNIT_CASE(pace_timers),
	KUNIT_CASE(pace_set_again),
	KUNIT_CASE(pace_set_opens),
	KUNIT_CASE(pace_port),
	{}
};

struct kunit_suite mfraw_pace_suite = {
	.name = "mfraw_pace",
	.init = pace_init,
	.test_cases = pace_cases,
};
