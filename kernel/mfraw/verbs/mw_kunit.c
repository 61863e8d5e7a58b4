// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of memory windows: checks of bind requests, and the access that a bound
 * window gives (IBTA volume 1, 10.6.7).
 */
#include "kunit.h"

#include "verbs/mw.c"

#define MW_RIGHTS	(IB_ACCESS_REMOTE_READ | IB_ACCESS_REMOTE_WRITE)

static struct mfraw_mw *mw_new(struct kunit *test, struct mfraw_world *w,
			       enum ib_mw_type type)
{
	struct mfraw_mw *mw = mf_test_alloc(test, sizeof(*mw));

	mw->ibmw.device = &w->dev.ibdev;
	mw->ibmw.pd = &w->pd.ibpd;
	mw->ibmw.type = type;
	KUNIT_ASSERT_EQ(test, mfraw_alloc_mw(&mw->ibmw, NULL), 0);

	return mw;
}

static u8 mw_bind(struct mfraw_world *w, struct mfraw_mw *mw, u8 key, u64 addr,
		  u64 length, int access)
{
	struct mfraw_swqe wqe = {
		.seg.bind = {
			.addr = cpu_to_le64(addr),
			.length = cpu_to_le64(length),
			.lkey = cpu_to_le32(WORLD_LKEY),
			.rkey = cpu_to_le32(mw->rkey),
			.new_rkey = cpu_to_le32((mw->rkey & ~0xff) | key),
			.access = cpu_to_le32(access),
		},
	};

	return mfraw_mw_bind(&w->qp, &wqe);
}

static bool mw_good(struct mfraw_world *w, u32 rkey, u64 addr, u32 len,
		    int access, u64 *at)
{
	struct mfraw_sge_view view;
	bool ok;

	rcu_read_lock();
	ok = mfraw_mw_get(&view, &w->qp, &w->pd.ibpd, rkey, addr, len, access);
	rcu_read_unlock();
	if (at)
		*at = view.addr;

	return ok;
}

/* A new window gives no access, and its key is never the key of a region. */
static void mw_unbound(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_1);

	KUNIT_EXPECT_NE(test, mw->rkey & MFRAW_RKEY_MW, 0);
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, WORLD_IOVA, 1, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, 0, 1, 0, NULL));
}

/* The bounds of the window apply, not those of its region. */
static void mw_bounds(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_2);
	u64 addr = WORLD_IOVA + 1000, at;

	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 1, addr, 500, MW_RIGHTS), 0);
	KUNIT_EXPECT_TRUE(test, mw_good(w, mw->rkey, addr, 500, MW_RIGHTS,
					&at));
	KUNIT_EXPECT_EQ(test, at, addr);
	KUNIT_EXPECT_TRUE(test, mw_good(w, mw->rkey, addr + 499, 1, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, addr, 501, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, addr - 1, 1, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, addr + 500, 1, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, addr + 499, 2, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, U64_MAX, U32_MAX, 0,
					 NULL));
	/* The rights of the window apply, too. */
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, addr, 8,
					 IB_ACCESS_REMOTE_ATOMIC, NULL));
}

/* Addresses of a zero based window start at 0 (IBTA 10.6.7.2.6). */
static void mw_zero_based(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_2);
	u64 addr = WORLD_IOVA + 1000, at;

	KUNIT_ASSERT_EQ(test, 0, mw_bind(w, mw, 1, addr, 500,
					 MW_RIGHTS | IB_ZERO_BASED));
	KUNIT_EXPECT_TRUE(test, mw_good(w, mw->rkey, 0, 500, 0, &at));
	KUNIT_EXPECT_EQ(test, at, addr);
	KUNIT_EXPECT_TRUE(test, mw_good(w, mw->rkey, 499, 1, 0, &at));
	KUNIT_EXPECT_EQ(test, at, addr + 499);
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, 500, 1, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, addr, 1, 0, NULL));
	/* A window of type 1 cannot be zero based. */
	mw = mw_new(test, w, IB_MW_TYPE_1);
	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 1, addr, 500,
					 MW_RIGHTS | IB_ZERO_BASED));
}

/* A window cannot exceed the bounds or the rights of its region. */
static void mw_of_region(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_1);

	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 1, WORLD_IOVA, WORLD_LEN + 1,
					 MW_RIGHTS));
	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 1, WORLD_IOVA - 1, 1,
					 MW_RIGHTS));
	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 1, WORLD_IOVA + 1, U64_MAX,
					 MW_RIGHTS));
	KUNIT_EXPECT_EQ(test, 0, mw_bind(w, mw, 1, WORLD_IOVA, WORLD_LEN,
					 MW_RIGHTS));
	/* Remote writes and atomics need a region with local write access. */
	w->mr.access = IB_ACCESS_MW_BIND;
	KUNIT_EXPECT_EQ(test, 0, mw_bind(w, mw, 2, WORLD_IOVA, 1,
					 IB_ACCESS_REMOTE_READ));
	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 3, WORLD_IOVA, 1,
					 IB_ACCESS_REMOTE_WRITE));
	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 3, WORLD_IOVA, 1,
					 IB_ACCESS_REMOTE_ATOMIC));
	/* The region must allow windows. */
	w->mr.access = IB_ACCESS_LOCAL_WRITE;
	KUNIT_EXPECT_NE(test, 0, mw_bind(w, mw, 3, WORLD_IOVA, 1,
					 IB_ACCESS_REMOTE_READ));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->mr.windows), 1);
}

/* Type 1 may be bound again while bound, and is unbound by a length of 0. */
static void mw_type1(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_1);
	u32 old;

	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 1, WORLD_IOVA, 10, MW_RIGHTS), 0);
	old = mw->rkey;
	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 2, WORLD_IOVA, 10, MW_RIGHTS), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->mr.windows), 1);
	KUNIT_EXPECT_TRUE(test, mw_good(w, mw->rkey, WORLD_IOVA, 10, 0, NULL));
	KUNIT_EXPECT_FALSE(test, mw_good(w, old, WORLD_IOVA, 10, 0, NULL));
	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 3, 0, 0, 0), 0);
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, WORLD_IOVA, 1, 0, NULL));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->mr.windows), 0);
	/* Neither this side nor the peer can invalidate type 1. */
	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 4, WORLD_IOVA, 10, MW_RIGHTS), 0);
	KUNIT_EXPECT_NE(test, mfraw_invalidate(&w->qp, mw->rkey, false), 0);
	KUNIT_EXPECT_NE(test, mfraw_invalidate(&w->qp, mw->rkey, true), 0);
}

/* Type 2 must be invalidated before it can be bound again. */
static void mw_type2(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_2);

	KUNIT_EXPECT_NE(test, mw_bind(w, mw, 1, WORLD_IOVA, 0, MW_RIGHTS), 0);
	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 1, WORLD_IOVA, 10, MW_RIGHTS), 0);
	KUNIT_EXPECT_NE(test, mw_bind(w, mw, 2, WORLD_IOVA, 10, MW_RIGHTS), 0);
	KUNIT_EXPECT_NE(test, mfraw_invalidate(&w->qp, mw->rkey ^ 1, false),
			0);
	KUNIT_EXPECT_TRUE(test, mw_good(w, mw->rkey, WORLD_IOVA, 10, 0, NULL));
	KUNIT_EXPECT_EQ(test, mfraw_invalidate(&w->qp, mw->rkey, false), 0);
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, WORLD_IOVA, 1, 0, NULL));
	KUNIT_EXPECT_NE(test, mfraw_invalidate(&w->qp, mw->rkey, false), 0);
	KUNIT_EXPECT_EQ(test, mw_bind(w, mw, 3, WORLD_IOVA, 10, MW_RIGHTS), 0);
	KUNIT_EXPECT_EQ(test, mfraw_invalidate(&w->qp, mw->rkey, true), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->mr.windows), 0);
}

/* Type 2B gives access by the QP that bound it only. */
static void mw_other_qp(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_2);
	struct mfraw_mw *open = mw_new(test, w, IB_MW_TYPE_1);
	struct mfraw_qp *other = mf_test_alloc(test, sizeof(*other));
	struct mfraw_sge_view view;

	other->dev = &w->dev;
	other->ibqp.pd = &w->pd.ibpd;
	spin_lock_init(&other->rq.q.lock);
	KUNIT_ASSERT_EQ(test, mw_bind(w, mw, 1, WORLD_IOVA, 10, MW_RIGHTS), 0);
	KUNIT_ASSERT_EQ(test, mw_bind(w, open, 1, WORLD_IOVA, 10, MW_RIGHTS),
			0);
	KUNIT_EXPECT_FALSE(test,
			   mfraw_mw_get(&view, other, &w->pd.ibpd, mw->rkey,
					WORLD_IOVA, 1, 0));
	KUNIT_EXPECT_TRUE(test,
			  mfraw_mw_get(&view, other, &w->pd.ibpd, open->rkey,
				       WORLD_IOVA, 1, 0));
	KUNIT_EXPECT_NE(test, mfraw_invalidate(other, mw->rkey, false), 0);
	/* Type 2 is unbound with its QP, type 1 stays bound. */
	mfraw_mw_leave_qp(&w->qp);
	KUNIT_EXPECT_FALSE(test, mw_good(w, mw->rkey, WORLD_IOVA, 1, 0, NULL));
	KUNIT_EXPECT_TRUE(test, mw_good(w, open->rkey, WORLD_IOVA, 1, 0,
					NULL));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->mr.windows), 1);
}

/* A bind request chooses the low eight bits of the key (IBTA 10.6.7.2.5). */
static void mw_key(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mw *mw = mw_new(test, w, IB_MW_TYPE_1);
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		struct mfraw_swqe wqe = {
			.seg.bind = {
				.addr = cpu_to_le64(WORLD_IOVA),
				.length = cpu_to_le64(1),
				.lkey = cpu_to_le32(WORLD_LKEY),
				.rkey = cpu_to_le32(mw->rkey),
				.new_rkey = cpu_to_le32(mw->rkey ^ BIT(bit)),
			},
		};
		u32 want = bit < 8 ? mw->rkey ^ BIT(bit) : mw->rkey;

		KUNIT_EXPECT_EQ(test, mfraw_mw_bind(&w->qp, &wqe),
				bit < 8 ? MFRAW_CQE_SUCCESS :
					  MFRAW_CQE_MW_BIND_ERR);
		KUNIT_EXPECT_EQ(test, mw->rkey, want);
	}
}

/* An XRC_TGT QP has no PD; rkeys are checked with the PD of the SRQ. */
static void mw_no_domain(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	w->qp.ibqp.pd = NULL;
	KUNIT_EXPECT_EQ(test, mfraw_invalidate(&w->qp, WORLD_LKEY, true),
			MFRAW_CQE_REM_INV_REQ_ERR);
	KUNIT_EXPECT_FALSE(test, mfraw_may_invalidate(&w->qp, WORLD_LKEY));
}

static struct kunit_case mw_cases[] = {
	KUNIT_CASE(mw_unbound),
	KUNIT_CASE(mw_bounds),
	KUNIT_CASE(mw_zero_based),
	KUNIT_CASE(mw_of_region),
	KUNIT_CASE(mw_type1),
	KUNIT_CASE(mw_type2),
	KUNIT_CASE(mw_other_qp),
	KUNIT_CASE(mw_key),
	KUNIT_CASE(mw_no_domain),
	{}
};

struct kunit_suite mfraw_mw_suite = {
	.name = "mfraw_mw",
	.test_cases = mw_cases,
};
