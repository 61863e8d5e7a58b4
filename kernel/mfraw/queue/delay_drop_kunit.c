// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of delayed drop: the backlog, a ring of frames of any length, compared
 * with a list, and frames without a posted entry.
 */
#include "kunit.h"
#include "../kunit/mf_nomem.h"

static unsigned long dd_expires;
static bool dd_pending;

static void dd_mod_timer(struct timer_list *timer, unsigned long expires)
{
	dd_expires = expires;
	dd_pending = true;
}

static void dd_del_timer(struct timer_list *timer)
{
	dd_pending = false;
}

#define mod_timer(timer, expires)	dd_mod_timer(timer, expires)
#define timer_delete(timer)		dd_del_timer(timer)

#include "queue/delay_drop.c"

#undef mod_timer
#undef timer_delete

#define DD_AT	(WORLD_IOVA + 77)

/* Give the world's queue a backlog, until the end of the test. */
static struct mfraw_delay_drop *dd_new(struct kunit *test,
				       struct mfraw_world *w)
{
	mfraw_delay_drop_setup(&w->dev);
	KUNIT_ASSERT_EQ(test, 0, mfraw_delay_drop_init(&w->qp.rq,
						       &w->db.rq_wakeup));
	dd_pending = false;

	return w->qp.rq.delay_drop;
}

static void dd_rx(struct mfraw_world *w, u32 len, unsigned int n, u8 mark)
{
	struct mf_test_frame t;
	unsigned int i;

	mf_test_eth(&t, 2, 0x88b5);
	mf_test_push(&t, len - ETH_HLEN);
	for (i = 0; i < n; i++) {
		t.data[ETH_HLEN] = mark + i;
		local_bh_disable();
		rcu_read_lock();
		mfraw_rq_rx(&w->qp.rq, &t.frame, 1, mark + i);
		rcu_read_unlock();
		local_bh_enable();
	}
}

static void dd_completes(struct kunit *test, struct mfraw_world *w, u32 tag,
			 u32 len)
{
	struct mfraw_cqe cqe;

	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, cqe.status, MFRAW_CQE_SUCCESS);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.flow_tag), tag);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), len);
}

/*
 * Frames come out whole and in order, at any position in the ring, and no two
 * frames overlap.
 */
static void dd_fifo(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);
	struct {
		u32 len;
		u8 mark;
	} *list = mf_test_alloc(test, 8192 * sizeof(*list));
	u32 in = 0, out = 0, refused = 0, wraps = 0, i, k;
	struct mfraw_held *held;
	struct rnd_state rnd;

	mf_test_seed(&rnd);
	for (i = 0; i < 20000; i++) {
		u32 len = 14 + mf_test_below(&rnd, i & 512 ? 9200 : 200);
		bool fill = mf_test_below(&rnd, 100) < (i & 1024 ? 70 : 40);

		if (fill) {
			u32 before = dd->in;

			held = mfraw_delay_drop_room(dd, len);
			if (!held) {
				refused++;
				continue;
			}
			wraps += dd->in < before;
			KUNIT_ASSERT_TRUE(test, (u8 *)held >= dd->ring);
			KUNIT_ASSERT_TRUE(test, held->data + len <=
						dd->ring + dd->size);
			held->len = len;
			memset(held->data, in, len);
			list[in % 8192].len = len;
			list[in % 8192].mark = in;
			in++;
			KUNIT_ASSERT_LT(test, in - out, 8192);
		} else if (dd->held) {
			held = mfraw_delay_drop_pop(dd);
			KUNIT_ASSERT_EQ(test, held->len, list[out % 8192].len);
			for (k = 0; k < held->len; k++)
				if (held->data[k] != list[out % 8192].mark)
					break;
			KUNIT_ASSERT_EQ(test, k, held->len);
			out++;
		}
		KUNIT_ASSERT_EQ(test, dd->held, in - out);
	}
	/* The test has reached both edges often. */
	KUNIT_EXPECT_GT(test, refused, 100);
	KUNIT_EXPECT_GT(test, wraps, 10);
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* The backlog has room for its minimum of frames, from any position. */
static void dd_room(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);
	unsigned int i;

	for (i = 0; i < MFRAW_DELAY_DROP_FRAMES; i++) {
		struct mfraw_held *held;

		held = mfraw_delay_drop_room(dd, WORLD_FRAME);
		KUNIT_ASSERT_NOT_NULL(test, held);
		held->len = WORLD_FRAME;
	}
	KUNIT_EXPECT_NULL(test, mfraw_delay_drop_room(dd, WORLD_FRAME));
	while (dd->held)
		mfraw_delay_drop_pop(dd);
	/* An empty backlog is in its first state. */
	KUNIT_EXPECT_EQ(test, dd->in, 0);
	KUNIT_EXPECT_EQ(test, dd->out, 0);
	KUNIT_EXPECT_EQ(test, dd->wrap, dd->size);
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* Frames are held, the flag is set, and they are delivered in order. */
static void dd_delivers(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_cqe cqe;
	unsigned int i;

	dd_new(test, w);
	dd_rx(w, 100, 5, 10);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.rq_wakeup), 1);
	KUNIT_EXPECT_TRUE(test, dd_pending);
	for (i = 0; i < 2; i++)
		mfraw_world_recv(w, DD_AT, 200);
	mfraw_delay_drop_run(&w->qp.rq);
	dd_completes(test, w, 10, 100);
	dd_completes(test, w, 11, 100);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	/* Some frames are left, so the next post must kick, too. */
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.rq_wakeup), 1);
	for (i = 0; i < 4; i++)
		mfraw_world_recv(w, DD_AT, 200);
	/* A newer frame goes behind held ones. */
	dd_rx(w, 100, 1, 15);
	mfraw_delay_drop_run(&w->qp.rq);
	for (i = 12; i <= 15; i++)
		dd_completes(test, w, i, 100);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.rq_wakeup), 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_DELAYED), 6);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_NO_BUFFER), 0);
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* A process that posted before it could see the flag need not kick. */
static void dd_posted_meanwhile(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);
	struct mf_test_frame t;

	mf_test_eth(&t, 2, 0x88b5);
	mfraw_world_recv(w, DD_AT, 200);
	local_bh_disable();
	rcu_read_lock();
	mfraw_delay_drop_hold(&w->qp.rq, &t.frame, 1, 99);
	rcu_read_unlock();
	local_bh_enable();
	dd_completes(test, w, 99, ETH_HLEN);
	KUNIT_EXPECT_FALSE(test, mfraw_delay_drop_holds(dd));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.rq_wakeup), 0);
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* After the time, frames are dropped until something is posted. */
static void dd_gives_up(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);
	struct mfraw_cqe cqe;

	dd_rx(w, 100, 3, 1);
	/* A timer before the deadline has no effect. */
	dd->deadline = jiffies + 1000 * HZ;
	local_bh_disable();
	mfraw_delay_drop_timer(&dd->timer);
	local_bh_enable();
	KUNIT_EXPECT_TRUE(test, mfraw_delay_drop_holds(dd));
	dd->deadline = jiffies;
	local_bh_disable();
	mfraw_delay_drop_timer(&dd->timer);
	local_bh_enable();
	KUNIT_EXPECT_FALSE(test, mfraw_delay_drop_holds(dd));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->db.rq_wakeup), 0);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_DELAY_TIMEOUT), 3);
	dd_rx(w, 100, 2, 4);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_NO_BUFFER), 2);
	KUNIT_EXPECT_FALSE(test, mfraw_world_poll(w, &cqe));
	mfraw_world_recv(w, DD_AT, 200);
	dd_rx(w, 100, 2, 6);
	dd_completes(test, w, 6, 100);
	KUNIT_EXPECT_TRUE(test, mfraw_delay_drop_holds(dd));
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* The timer delivers frames if a process posts without a kick. */
static void dd_timer_delivers(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);

	dd_rx(w, 100, 2, 1);
	mfraw_world_recv(w, DD_AT, 200);
	dd->deadline = jiffies;
	local_bh_disable();
	mfraw_delay_drop_timer(&dd->timer);
	local_bh_enable();
	dd_completes(test, w, 1, 100);
	/* After progress, the time starts again for the rest. */
	KUNIT_EXPECT_TRUE(test, mfraw_delay_drop_holds(dd));
	KUNIT_EXPECT_TRUE(test, time_after(dd->deadline, jiffies));
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_DELAY_TIMEOUT), 0);
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* A queue that is not ready holds nothing. */
static void dd_purge(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);

	dd_rx(w, 100, 4, 1);
	spin_lock_bh(&w->qp.rq.q.lock);
	w->qp.rq.state = IB_WQS_ERR;
	mfraw_delay_drop_purge(&w->qp.rq);
	spin_unlock_bh(&w->qp.rq.q.lock);
	KUNIT_EXPECT_FALSE(test, mfraw_delay_drop_holds(dd));
	KUNIT_EXPECT_FALSE(test, dd_pending);
	KUNIT_EXPECT_EQ(test, mfraw_world_count(w, MFRAW_RX_QP_STATE), 4);
	dd_rx(w, 100, 1, 5);
	KUNIT_EXPECT_FALSE(test, mfraw_delay_drop_holds(dd));
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* A hostile index fails the queue, which then holds nothing. */
static void dd_hostile(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_delay_drop *dd = dd_new(test, w);

	w->db.rq_prod = cpu_to_le32(WORLD_ENTRIES + 1);
	dd_rx(w, 100, 1, 1);
	KUNIT_EXPECT_EQ(test, w->qp.state, IB_QPS_ERR);
	KUNIT_EXPECT_EQ(test, w->last_event, IB_EVENT_QP_FATAL);
	KUNIT_EXPECT_FALSE(test, mfraw_delay_drop_holds(dd));
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* Frames in pages, and frames longer than a page. */
static void dd_long(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u8 *data = mf_test_alloc(test, WORLD_FRAME);
	struct bio_vec frags[8];
	struct mf_test_frame t;
	struct mfraw_cqe cqe;
	u32 i;

	dd_new(test, w);
	mf_test_eth(&t, 2, 0x88b5);
	mf_test_push(&t, MF_FRAME_HDR - ETH_HLEN);
	for (i = 0; i < 9000; i++)
		data[i] = i * 13;
	t.frame.nr_frags = mf_frame_split(frags, data, 9000);
	t.frame.frags = frags;
	t.frame.len += 9000;
	local_bh_disable();
	rcu_read_lock();
	mfraw_rq_rx(&w->qp.rq, &t.frame, 1, 0);
	rcu_read_unlock();
	local_bh_enable();
	/* The sender may change its memory now. */
	memset(data, 0, WORLD_FRAME);
	mfraw_world_recv(w, DD_AT, WORLD_FRAME);
	mfraw_delay_drop_run(&w->qp.rq);
	KUNIT_ASSERT_TRUE(test, mfraw_world_poll(w, &cqe));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cqe.byte_len), MF_FRAME_HDR + 9000);
	for (i = 0; i < 9000; i++)
		KUNIT_ASSERT_EQ(test, (u8)(i * 13),
				*mfraw_world_at(w, DD_AT + MF_FRAME_HDR + i));
	mfraw_delay_drop_fini(&w->qp.rq);
}

/* Without memory, no part of a backlog is left. */
static void dd_no_memory(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, mfraw_delay_drop_init(&w->qp.rq,
						    &w->db.rq_wakeup),
			-ENOMEM);
	mf_nomem_at = 0;
	KUNIT_EXPECT_NULL(test, w->qp.rq.delay_drop);
	/* Queues without a backlog are valid here. */
	mfraw_delay_drop_purge(&w->qp.rq);
	mfraw_delay_drop_fini(&w->qp.rq);
}

static struct kunit_case dd_cases[] = {
	KUNIT_CASE(dd_fifo),
	KUNIT_CASE(dd_room),
	KUNIT_CASE(dd_delivers),
	KUNIT_CASE(dd_posted_meanwhile),
	KUNIT_CASE(dd_gives_up),
	KUNIT_CASE(dd_timer_delivers),
	KUNIT_CASE(dd_purge),
	KUNIT_CASE(dd_hostile),
	KUNIT_CASE(dd_long),
	KUNIT_CASE(dd_no_memory),
	{}
};

struct kunit_suite mfraw_delay_drop_suite = {
	.name = "mfraw_delay_drop",
	.test_cases = dd_cases,
};
