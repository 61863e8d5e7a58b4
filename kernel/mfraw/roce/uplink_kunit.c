// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the limit of frames under way in the uplink's device.
 */
#include "kunit.h"
#include "../kunit/mf_nomem.h"

#include "roce/uplink.c"

static unsigned int uplink_frames(struct mfraw_world *w, unsigned int n)
{
	static struct mf_frame frames[MFRAW_BURST];	/* not on the stack */
	u8 hdr[ETH_HLEN] = {};
	unsigned int i, taken;

	for (i = 0; i < n; i++)
		frames[i] = (struct mf_frame){
			.hdr = hdr, .hdr_len = ETH_HLEN, .len = ETH_HLEN,
		};
	rcu_read_lock();
	taken = mfraw_uplink_xmit(w->qp.roce, frames, n);
	rcu_read_unlock();

	return taken;
}

/* Let the network device take @n frames, or complete -@n frames. */
static void uplink_keep(struct mfraw_world *w, int n)
{
	struct ubuf_info *ubuf = mfraw_uplink_ubuf(&w->dev);

	for (; n > 0; n--)
		refcount_inc(&ubuf->refcnt);
	for (; n < 0; n++)
		ubuf->ops->complete(NULL, ubuf, true);
}

/* Frames stay within the limit, and a whole round goes when there is room. */
static void uplink_room(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	unsigned int kept, n;

	mfraw_world_roce(test, w, IB_QPT_RC)->not_local = 1;
	for (kept = 0; kept <= 2 * MFRAW_UPLINK_MOST; kept++) {
		for (n = 1; n <= MFRAW_BURST; n++) {
			unsigned int left = kept < MFRAW_UPLINK_MOST ?
					    MFRAW_UPLINK_MOST - kept : 0;

			KUNIT_ASSERT_EQ(test, mfraw_uplink_room(w->qp.roce, n),
					min(n, left));
		}
		/* A queue pair that got less room must be resumed. */
		KUNIT_EXPECT_EQ(test, w->dev.rdev.uplink->wanted,
				kept + MFRAW_BURST > MFRAW_UPLINK_MOST);
		uplink_keep(w, 1);
	}
	uplink_keep(w, -(int)kept);
	cancel_work_sync(&w->dev.rdev.uplink->work);
}

/* Local traffic is not limited by frames under way in the uplink's device. */
static void uplink_local(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	unsigned int i;

	uplink_keep(w, MFRAW_UPLINK_MOST);
	mfraw_uplink_reset(roce);
	KUNIT_EXPECT_EQ(test, mfraw_uplink_room(w->qp.roce, 5), 0);
	/* After some rounds without a kept frame, the queue pair is local. */
	for (i = 0; i < MFRAW_UPLINK_LOCAL; i++) {
		KUNIT_EXPECT_NE(test, roce->not_local, 0);
		KUNIT_EXPECT_EQ(test, uplink_frames(w, 2), 2);
	}
	KUNIT_EXPECT_EQ(test, roce->not_local, 0);
	KUNIT_EXPECT_EQ(test, mfraw_uplink_room(w->qp.roce, 5), 5);
	KUNIT_EXPECT_EQ(test, uplink_frames(w, 1), 1);
	KUNIT_EXPECT_EQ(test, roce->not_local, 0);
	uplink_keep(w, -MFRAW_UPLINK_MOST);
	cancel_work_sync(&w->dev.rdev.uplink->work);
}

/* Waiting queue pairs resume at the low level, and not for each frame. */
static void uplink_resume(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	unsigned int left;

	mfraw_world_roce(test, w, IB_QPT_RC)->not_local = 1;
	uplink_keep(w, MFRAW_UPLINK_MOST);
	KUNIT_EXPECT_EQ(test, mfraw_uplink_room(w->qp.roce, 1), 0);
	for (left = MFRAW_UPLINK_MOST; left > MFRAW_UPLINK_LOW + 1; left--) {
		uplink_keep(w, -1);
		KUNIT_EXPECT_TRUE(test, READ_ONCE(w->dev.rdev.uplink->wanted));
	}
	uplink_keep(w, -1);
	flush_work(&w->dev.rdev.uplink->work);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(w->dev.rdev.uplink->wanted));
	KUNIT_EXPECT_EQ(test, mfraw_uplink_under_way(w->dev.rdev.uplink),
			MFRAW_UPLINK_LOW);
	uplink_keep(w, -MFRAW_UPLINK_LOW);
}

/*
 * A device can be removed with frames under way; the last frame frees the rest.
 */
static void uplink_outlives(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct ubuf_info *ubuf;
	int before = atomic_read(&mfraw_uplinks);

	mfraw_world_roce(test, w, IB_QPT_RC);
	ubuf = mfraw_uplink_ubuf(&w->dev);
	uplink_keep(w, 3);
	mfraw_uplink_fini(&w->dev);
	KUNIT_EXPECT_NULL(test, w->dev.rdev.uplink);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfraw_uplinks), before + 1);
	ubuf->ops->complete(NULL, ubuf, true);
	ubuf->ops->complete(NULL, ubuf, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfraw_uplinks), before + 1);
	ubuf->ops->complete(NULL, ubuf, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfraw_uplinks), before);
}

/* Frames under way in a network device hold the module. */
static void uplink_module(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	int before = module_refcount(THIS_MODULE);
	struct ubuf_info *ubuf;

	mfraw_world_roce(test, w, IB_QPT_RC);
	/* Local frames do not hold the module. */
	uplink_frames(w, 2);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before);
	uplink_keep(w, 2);
	uplink_frames(w, 2);
	uplink_frames(w, 2);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before + 1);
	uplink_keep(w, -1);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before + 1);
	uplink_keep(w, -1);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before);
	/*
	 * The last frame releases the module after the device was removed, too.
	 */
	uplink_keep(w, 1);
	uplink_frames(w, 1);
	ubuf = mfraw_uplink_ubuf(&w->dev);
	mfraw_uplink_fini(&w->dev);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before + 1);
	ubuf->ops->complete(NULL, ubuf, true);
	KUNIT_EXPECT_EQ(test, module_refcount(THIS_MODULE), before);
}

/* Frames that a device sends during its removal are not counted. */
static void uplink_going(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	mfraw_world_roce(test, w, IB_QPT_RC);
	KUNIT_EXPECT_NOT_NULL(test, mfraw_uplink_ubuf(&w->dev));
	w->dev.going = true;
	KUNIT_EXPECT_NULL(test, mfraw_uplink_ubuf(&w->dev));
}

/* A complete call without buffer or success reports a dropped frame. */
static void uplink_drops(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_roce *roce = mfraw_world_roce(test, w, IB_QPT_RC);
	struct ubuf_info *ubuf = mfraw_uplink_ubuf(&w->dev);

	uplink_keep(w, 2);
	ubuf->ops->complete(NULL, ubuf, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->dev.rdev.uplink->drops), 0);
	ubuf->ops->complete(NULL, ubuf, false);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->dev.rdev.uplink->drops), 1);
	/* A round without a drop does not change the window. */
	uplink_frames(w, 1);
	KUNIT_EXPECT_EQ(test, roce->comp.window, MFRAW_WINDOW);
}

static void uplink_no_memory(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	int before = atomic_read(&mfraw_uplinks);

	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, mfraw_uplink_init(&w->dev), -ENOMEM);
	mf_nomem_at = 0;
	KUNIT_EXPECT_NULL(test, w->dev.rdev.uplink);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfraw_uplinks), before);
}

static struct kunit_case uplink_cases[] = {
	KUNIT_CASE(uplink_room),
	KUNIT_CASE(uplink_local),
	KUNIT_CASE(uplink_resume),
	KUNIT_CASE(uplink_outlives),
	KUNIT_CASE(uplink_module),
	KUNIT_CASE(uplink_going),
	KUNIT_CASE(uplink_drops),
	KUNIT_CASE(uplink_no_memory),
	{}
};

struct kunit_suite mfraw_uplink_suite = {
	.name = "mfraw_uplink",
	.test_cases = uplink_cases,
};
