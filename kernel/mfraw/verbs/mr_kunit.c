// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of memory regions: an access of user space or of the peer succeeds only
 * inside a region of the PD, and with the region's rights.
 */
#include "kunit.h"

#include "verbs/key.c"
#include "kern/kmr.c"
#include "verbs/mr.c"
#include "verbs/mr_map.c"

#define MR_END	(WORLD_IOVA + WORLD_LEN)

static bool mr_get(struct mfraw_world *w, struct mfraw_sge_view *view,
		   u64 addr, u32 len, u32 lkey, int access)
{
	struct mfraw_mr *last = NULL;
	struct mfraw_sge sge;
	bool ok;

	mfraw_world_sge(&sge, addr, len, lkey);
	rcu_read_lock();
	ok = mfraw_sge_get(view, &sge, 0, U32_MAX, &w->pd.ibpd, access, &last);
	rcu_read_unlock();

	return ok;
}

static bool mr_ask(struct mfraw_sge_view *view, const struct mfraw_sge *sge,
		   struct ib_pd *pd, struct mfraw_mr **last)
{
	return mfraw_sge_get(view, sge, 0, U32_MAX, pd, 0, last);
}

/* Addresses and lengths at the edges of the region. */
static const struct {
	u64 addr;
	u32 len;
	bool ok;
} mr_bounds_cases[] = {
	{ WORLD_IOVA, 1, true },
	{ WORLD_IOVA, WORLD_LEN, true },
	{ WORLD_IOVA, WORLD_LEN + 1, false },
	{ WORLD_IOVA - 1, 1, false },
	{ WORLD_IOVA - 1, 2, false },
	{ WORLD_IOVA - 1, WORLD_LEN, false },
	{ WORLD_IOVA + 1, WORLD_LEN, false },
	{ WORLD_IOVA + 1, WORLD_LEN - 1, true },
	{ MR_END - 1, 1, true },
	{ MR_END - 1, 2, false },
	{ MR_END, 1, false },
	{ MR_END - 4, U32_MAX, false },
	{ WORLD_IOVA, U32_MAX, false },
	{ 0, 1, false },
	{ 0, U32_MAX, false },
	{ U64_MAX, 1, false },
	{ U64_MAX, 2, false },
	{ U64_MAX - 3, U32_MAX, false },
	{ WORLD_IOVA + BIT_ULL(32), 1, false },
	{ WORLD_IOVA ^ BIT_ULL(63), 1, false },
};

static void mr_bounds(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_sge_view view;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mr_bounds_cases); i++) {
		u64 addr = mr_bounds_cases[i].addr;
		u32 len = mr_bounds_cases[i].len;
		bool ok = mr_bounds_cases[i].ok;

		KUNIT_EXPECT_EQ_MSG(test, ok,
				    mr_get(w, &view, addr, len, WORLD_LKEY, 0),
				    "%llx, %u bytes", addr, len);
		KUNIT_EXPECT_EQ(test, mfraw_mr_holds(&w->mr, addr, len), ok);
		rcu_read_lock();
		KUNIT_EXPECT_EQ(test, ok,
				mfraw_rkey_get(&view, &w->qp, WORLD_LKEY, addr,
					       len, IB_ACCESS_REMOTE_READ));
		rcu_read_unlock();
	}
}

/*
 * A window allows what the region allows, as far as it is on one page and not
 * empty.
 */
static void mr_window(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct ib_pd *pd = &w->pd.ibpd;
	struct mfraw_mr_window window = { .gen = 7, .length = 1 };
	struct mfraw_sge_view view;
	struct rnd_state rnd;
	unsigned int i;

	/* The device has another number of changes. */
	mfraw_mr_window_check(&window, &w->dev);
	KUNIT_EXPECT_EQ(test, window.length, 0);
	mfraw_mr_window_set(&window, &w->mr, pd, IB_ACCESS_LOCAL_WRITE);
	for (i = 0; i < ARRAY_SIZE(mr_bounds_cases); i++) {
		u64 addr = mr_bounds_cases[i].addr;
		u32 len = mr_bounds_cases[i].len;
		void *at = mfraw_mr_window_map(&window, WORLD_LKEY, addr, len);

		KUNIT_EXPECT_EQ(test, !!at, mr_bounds_cases[i].ok &&
				mfraw_on_page(addr, len) == len);
	}
	mf_test_seed(&rnd);
	for (i = 0; i < 20000; i++) {
		u64 addr = WORLD_IOVA - 200 +
			   mf_test_below(&rnd, WORLD_LEN + 400);
		u32 len = 1 + mf_test_below(&rnd, 200);
		u8 *at = mfraw_mr_window_map(&window, WORLD_LKEY, addr, len);
		bool ok = mr_get(w, &view, addr, len, WORLD_LKEY, 0) &&
			  mfraw_on_page(addr, len) == len;

		KUNIT_ASSERT_EQ(test, !!at, ok);
		if (ok)
			KUNIT_ASSERT_PTR_EQ(test, at, mfraw_world_at(w, addr));
	}
	KUNIT_EXPECT_NULL(test, mfraw_mr_window_map(&window, WORLD_LKEY + 1,
						    WORLD_IOVA, 1));
	KUNIT_EXPECT_NULL(test, mfraw_mr_window_map(&window, 0, WORLD_IOVA, 1));

	/* No window for another PD, for missing rights, or without pages. */
	mfraw_mr_window_set(&window, &w->mr, NULL, 0);
	KUNIT_EXPECT_EQ(test, window.length, 0);
	w->mr.access = 0;
	mfraw_mr_window_set(&window, &w->mr, pd, IB_ACCESS_LOCAL_WRITE);
	KUNIT_EXPECT_EQ(test, window.length, 0);
	KUNIT_EXPECT_NULL(test, mfraw_mr_window_map(&window, WORLD_LKEY,
						    WORLD_IOVA, 1));

	/* A region that goes takes all windows with it. */
	mfraw_mr_window_set(&window, &w->mr, pd, 0);
	mfraw_mr_window_check(&window, &w->dev);
	KUNIT_EXPECT_NOT_NULL(test, mfraw_mr_window_map(&window, WORLD_LKEY,
							WORLD_IOVA, 1));
	mfraw_mr_changed(&w->dev);
	mfraw_mr_window_check(&window, &w->dev);
	KUNIT_EXPECT_NULL(test, mfraw_mr_window_map(&window, WORLD_LKEY,
						    WORLD_IOVA, 1));
}

/* Each length is copied, and no byte more. */
static void mr_copy_short(struct kunit *test)
{
	u8 from[130], to[130];
	u32 len, i;

	for (i = 0; i < sizeof(from); i++)
		from[i] = i + 1;
	for (len = 8; len <= 128; len++) {
		memset(to, 0, sizeof(to));
		mfraw_copy_short(to + 1, from + 1, len);
		KUNIT_EXPECT_EQ(test, to[0], 0);
		KUNIT_EXPECT_MEMEQ(test, to + 1, from + 1, len);
		KUNIT_EXPECT_EQ(test, to[len + 1], 0);
	}
}

/* A random range is valid only if all its bytes are in the region. */
static void mr_bounds_random(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_sge_view view;
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < 20000; i++) {
		s64 off = (s64)mf_test_below(&rnd, 3 * WORLD_LEN) - WORLD_LEN;
		u32 len = 1 + mf_test_below(&rnd, 2 * WORLD_LEN);
		bool ok = off >= 0 && off + len <= WORLD_LEN;

		KUNIT_ASSERT_EQ(test, ok, mr_get(w, &view, WORLD_IOVA + off,
						 len, WORLD_LKEY, 0));
	}
}

/* A region may end at the last address; no range wraps. */
static void mr_top(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	w->mr.iova = U64_MAX - 0xfff;
	w->mr.length = 0x1000;
	KUNIT_EXPECT_TRUE(test, mfraw_mr_holds(&w->mr, U64_MAX, 1));
	KUNIT_EXPECT_TRUE(test, mfraw_mr_holds(&w->mr, U64_MAX - 0xfff,
					       0x1000));
	KUNIT_EXPECT_FALSE(test, mfraw_mr_holds(&w->mr, U64_MAX, 2));
	KUNIT_EXPECT_FALSE(test, mfraw_mr_holds(&w->mr, 0, 1));
	KUNIT_EXPECT_FALSE(test, mfraw_mr_holds(&w->mr, U64_MAX, U64_MAX));
}

/* An access without bytes is not checked (IBTA 10.6.3.4 and 9.7.4.1.5). */
static void mr_empty(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_sge_view view;

	KUNIT_EXPECT_TRUE(test, mr_get(w, &view, 0xbad, 0, 0xbad, 0));
	KUNIT_EXPECT_NULL(test, view.mr);
	KUNIT_EXPECT_TRUE(test,
			  mfraw_rkey_get(&view, &w->qp, 0xbad, 0xbad, 0,
					 IB_ACCESS_REMOTE_WRITE));
	KUNIT_EXPECT_NULL(test, view.mr);
}

/* All 32 bits of a key are compared, not only those of the slot. */
static void mr_keys(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_sge_view view;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		u32 key = WORLD_LKEY ^ BIT(bit);

		KUNIT_EXPECT_FALSE(test,
				   mr_get(w, &view, WORLD_IOVA, 1, key, 0));
		rcu_read_lock();
		KUNIT_EXPECT_FALSE(test,
				   mfraw_rkey_get(&view, &w->qp, key,
						  WORLD_IOVA, 1,
						  IB_ACCESS_REMOTE_READ));
		rcu_read_unlock();
	}
	/* A zeroed work request names no region. */
	KUNIT_EXPECT_FALSE(test, mr_get(w, &view, WORLD_IOVA, 1, 0, 0));
	/* An invalid region does not match the key 0. */
	w->mr.key = 0;
	KUNIT_EXPECT_FALSE(test, mr_get(w, &view, WORLD_IOVA, 1, 0x100, 0));
}

static void mr_access(struct kunit *test)
{
	static const int need[] = {
		IB_ACCESS_REMOTE_READ, IB_ACCESS_REMOTE_WRITE,
		IB_ACCESS_REMOTE_ATOMIC,
		IB_ACCESS_REMOTE_READ | IB_ACCESS_REMOTE_WRITE,
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_sge_view view;
	unsigned int i;
	int has;

	for (has = 0; has < 16; has++) {
		w->mr.access = has;
		KUNIT_EXPECT_TRUE(test, mr_get(w, &view, WORLD_IOVA, 1,
					       WORLD_LKEY, 0));
		KUNIT_EXPECT_EQ(test, !!(has & IB_ACCESS_LOCAL_WRITE),
				mr_get(w, &view, WORLD_IOVA, 1, WORLD_LKEY,
				       IB_ACCESS_LOCAL_WRITE));
		rcu_read_lock();
		for (i = 0; i < ARRAY_SIZE(need); i++)
			KUNIT_EXPECT_EQ(test, (has & need[i]) == need[i],
					mfraw_rkey_get(&view, &w->qp,
						       WORLD_LKEY, WORLD_IOVA,
						       1, need[i]));
		rcu_read_unlock();
	}
}

/* A region of another PD is refused (IBTA 10.2.3). */
static void mr_domain(struct kunit *test)
{
	struct mfraw_pd other = { .ibpd.device = NULL };
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mr *last = NULL;
	struct mfraw_sge_view view;
	struct mfraw_sge sge;

	other.ibpd.device = &w->dev.ibdev;
	mfraw_world_sge(&sge, WORLD_IOVA, 1, WORLD_LKEY);
	rcu_read_lock();
	KUNIT_EXPECT_FALSE(test,
			   mr_ask(&view, &sge, &other.ibpd, &last));
	/* A cached region is refused, too. */
	KUNIT_EXPECT_FALSE(test,
			   mr_ask(&view, &sge, &other.ibpd, &last));
	KUNIT_EXPECT_FALSE(test,
			   mfraw_rkey_get_pd(&view, &w->qp, &other.ibpd,
					     WORLD_LKEY, WORLD_IOVA, 1,
					     IB_ACCESS_REMOTE_READ));
	KUNIT_EXPECT_FALSE(test,
			   mfraw_rkey_get_pd(&view, &w->qp, NULL, WORLD_LKEY,
					     WORLD_IOVA, 1,
					     IB_ACCESS_REMOTE_READ));
	rcu_read_unlock();
}

/* The key of a cached region is compared on each use. */
static void mr_last(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mr *last = NULL;
	struct mfraw_sge_view view;
	struct mfraw_sge sge;

	mfraw_world_sge(&sge, WORLD_IOVA, 1, WORLD_LKEY);
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test,
			  mr_ask(&view, &sge, &w->pd.ibpd, &last));
	KUNIT_EXPECT_PTR_EQ(test, last, &w->mr);
	KUNIT_EXPECT_PTR_EQ(test, view.mr, &w->mr);
	w->mr.key = WORLD_LKEY + 1;
	KUNIT_EXPECT_FALSE(test,
			   mr_ask(&view, &sge, &w->pd.ibpd, &last));
	rcu_read_unlock();
}

/* The first page of a region has its first byte, whatever its alignment. */
static void mr_translate(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u64 addr;

	for (addr = WORLD_IOVA; addr < MR_END; addr += 61) {
		u8 *want = mfraw_world_at(w, addr);

		KUNIT_ASSERT_PTR_EQ(test, mfraw_mr_page(&w->mr, addr),
				    virt_to_page(want));
	}
}

static void mr_on_page(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, mfraw_on_page(0, 1), 1);
	KUNIT_EXPECT_EQ(test, mfraw_on_page(0, PAGE_SIZE), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, mfraw_on_page(0, PAGE_SIZE + 1), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, mfraw_on_page(PAGE_SIZE - 1, 77), 1);
	KUNIT_EXPECT_EQ(test, mfraw_on_page(PAGE_SIZE - 77, 77), 77);
	KUNIT_EXPECT_EQ(test, mfraw_on_page(U64_MAX, U32_MAX), 1);
}

/* A header may be on two pages, which need not be adjacent in memory. */
static void mr_read(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	u64 edge = round_up(WORLD_IOVA, PAGE_SIZE);
	u8 hdr[MF_FRAME_HDR];
	u32 before, i;

	mfraw_world_fill(w, WORLD_IOVA, WORLD_LEN, 7);
	for (before = 0; before <= sizeof(hdr); before++) {
		memset(hdr, 0, sizeof(hdr));
		mfraw_mr_read(hdr, &w->mr, edge - before, sizeof(hdr));
		for (i = 0; i < sizeof(hdr); i++)
			KUNIT_ASSERT_EQ(test, hdr[i],
					*mfraw_world_at(w, edge - before + i));
	}
	/* A read of 0 bytes needs no region. */
	mfraw_mr_read(hdr, NULL, 0, 0);
}

/*
 * A range with a length of 0, a range that wraps and a range above the device's
 * maximum are refused (IBTA 11.2.8.2).
 */
static void mr_register(struct kunit *test)
{
	static const struct {
		u64 length, addr;
		int err;
	} cases[] = {
		{ 0, 0x1000, -EINVAL },
		{ 1, U64_MAX, 0 },
		{ 2, U64_MAX, -EINVAL },
		{ MFRAW_MAX_MR_SIZE, 0, 0 },
		{ MFRAW_MAX_MR_SIZE, 1 - MFRAW_MAX_MR_SIZE, -EINVAL },
		{ MFRAW_MAX_MR_SIZE, -MFRAW_MAX_MR_SIZE, 0 },
		{ MFRAW_MAX_MR_SIZE + 1, 0, -EINVAL },
		{ U64_MAX, 0, -EINVAL },
		{ 0x1000, U64_MAX - 0xffe, -EINVAL },
	};
	struct mfraw_world *w = mfraw_world(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ(test, cases[i].err,
				mfraw_mr_check_range(&w->dev.ibdev,
						     cases[i].length,
						     cases[i].addr));
}

/* Two regions have different keys, and a key leads to its region. */
static void mr_insert(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mr *mr = mf_test_alloc(test, 2 * sizeof(*mr));
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, 0, mfraw_mr_insert(&mr[i], &w->pd.ibpd,
							 i));
		KUNIT_EXPECT_PTR_EQ(test, &mr[i],
				    mfraw_mr_find(&w->dev, mr[i].ibmr.lkey));
		KUNIT_EXPECT_EQ(test, mr[i].ibmr.lkey, mr[i].ibmr.rkey);
		KUNIT_EXPECT_EQ(test, mr[i].key, i ? mr[i].ibmr.lkey : 0);
		/* The key of a region is never the key of a window. */
		KUNIT_EXPECT_EQ(test, mr[i].ibmr.rkey & MFRAW_RKEY_MW, 0);
		KUNIT_EXPECT_NE(test, mr[i].ibmr.lkey >> MFRAW_KEY_SHIFT, 0);
	}
	KUNIT_EXPECT_NE(test, mr[0].ibmr.lkey >> MFRAW_KEY_SHIFT,
			mr[1].ibmr.lkey >> MFRAW_KEY_SHIFT);
}

/* A slot is reused as late as possible, so that a stale key finds no region. */
static void mr_slots(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mr *mr = mf_test_alloc(test, sizeof(*mr));
	u32 slot, last = 0;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, 0, mfraw_mr_insert(mr, &w->pd.ibpd,
							 true));
		slot = mr->ibmr.lkey >> MFRAW_KEY_SHIFT;
		KUNIT_EXPECT_GT(test, slot, last);
		last = slot;
		xa_erase(&w->dev.mrs, slot);
	}
}

static void mr_rights(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct ib_device *ibdev = &w->dev.ibdev;

	KUNIT_EXPECT_EQ(test, mfraw_mr_check_access(ibdev, 0), 0);
	KUNIT_EXPECT_EQ(test, 0,
			mfraw_mr_check_access(ibdev, IB_ACCESS_LOCAL_WRITE |
					      IB_ACCESS_RELAXED_ORDERING));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			mfraw_mr_check_access(ibdev, IB_ACCESS_ON_DEMAND));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			mfraw_mr_check_access(ibdev, IB_ZERO_BASED));
	/* Memory windows exist with RoCE only. */
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			mfraw_mr_check_access(ibdev, IB_ACCESS_MW_BIND));
	w->dev.roce = &mfraw_roce_qp_ops;
	KUNIT_EXPECT_EQ(test, 0,
			mfraw_mr_check_access(ibdev, IB_ACCESS_MW_BIND));
}

/* A region with a bound window cannot be closed (IBTA 10.6.7.2.3). */
static void mr_windows(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);

	atomic_set(&w->mr.windows, 1);
	KUNIT_EXPECT_FALSE(test, mfraw_mr_close(&w->mr));
	atomic_set(&w->mr.windows, 0);
	KUNIT_EXPECT_TRUE(test, mfraw_mr_close(&w->mr));
	/* No window can be bound now; the region can be closed again. */
	KUNIT_EXPECT_FALSE(test, atomic_inc_unless_negative(&w->mr.windows));
	KUNIT_EXPECT_TRUE(test, mfraw_mr_close(&w->mr));
}

/* A stale address reads a page of the region, never memory behind its pages. */
static void mr_fast_pages(struct kunit *test)
{
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mr *mr = mf_test_alloc(test, sizeof(*mr));
	unsigned long pages[2];
	u32 len = PAGE_SIZE;

	pages[0] = (uintptr_t)w->mem | PAGE_SHIFT;
	pages[1] = (uintptr_t)(w->mem + 2 * PAGE_SIZE) | PAGE_SHIFT;
	mr->iova = 0x10 * PAGE_SIZE + 0x800;
	mr->length = PAGE_SIZE;
	mr->fast.pages = pages;
	mr->fast.shift = PAGE_SHIFT;
	mr->fast.nr = 2;
	KUNIT_EXPECT_PTR_EQ(test, mfraw_mr_map(mr, mr->iova, &len),
			    w->mem + 0x800);
	KUNIT_EXPECT_EQ(test, len, PAGE_SIZE - 0x800);
	KUNIT_EXPECT_PTR_EQ(test, mfraw_mr_map(mr, 0x11 * PAGE_SIZE, &len),
			    w->mem + 2 * PAGE_SIZE);
	KUNIT_EXPECT_PTR_EQ(test, mfraw_mr_map(mr, 0x12 * PAGE_SIZE, &len),
			    w->mem);
	KUNIT_EXPECT_PTR_EQ(test, mfraw_mr_map(mr, 0xf * PAGE_SIZE, &len),
			    w->mem);
	len = 8;
	KUNIT_EXPECT_PTR_EQ(test, mfraw_mr_map(mr, U64_MAX, &len),
			    w->mem + PAGE_SIZE - 1);
	KUNIT_EXPECT_EQ(test, len, 1);
	/* With smaller pages and the old shift, a piece stays in its page. */
	pages[0] = (uintptr_t)w->mem | 9;
	len = PAGE_SIZE;
	KUNIT_EXPECT_PTR_EQ(test, mfraw_mr_map(mr, mr->iova + 700, &len),
			    w->mem + (0x800 + 700) % 512);
	KUNIT_EXPECT_EQ(test, len, 512 - (0x800 + 700) % 512);
}

#define MR_FIRST	40	/* offset of the region in its first page */

/*
 * Fill @sg with @n pages of the world's memory in reverse order, without the
 * start of the first page and the end of the last page. Return the number of
 * bytes.
 */
static u32 mr_sg(struct mfraw_world *w, struct scatterlist *sg, u32 size,
		 u32 n)
{
	u32 i, length = 0;

	sg_init_table(sg, n);
	for (i = 0; i < n; i++) {
		u32 skip = i ? 0 : MR_FIRST;
		u32 len = size - skip - (i + 1 == n ? 7 : 0);

		sg_dma_address(&sg[i]) = (uintptr_t)w->mem +
					 (n - 1 - i) * size + skip;
		sg_dma_len(&sg[i]) = len;
		length += len;
	}

	return length;
}

/* Each address is mapped correctly with any page size (IBTA 10.6.3.2). */
static void mr_fast_sizes(struct kunit *test)
{
	static const u32 sizes[] = { 64, 512, PAGE_SIZE / 2, PAGE_SIZE,
				     2 * PAGE_SIZE, 4 * PAGE_SIZE };
	unsigned long pages[4];
	struct scatterlist sg[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct mfraw_world *w = mfraw_world(test);
		struct mfraw_mr *mr = mf_test_alloc(test, sizeof(*mr));
		u32 n = min_t(u32, 4, WORLD_PAGES * PAGE_SIZE / sizes[i]);
		u32 length = mr_sg(w, sg, sizes[i], n), at, len;

		mr->fast.pages = pages;
		mr->fast.max = 4;
		mr->ibmr.device = &w->dev.ibdev;
		mr->ibmr.page_size = sizes[i];
		KUNIT_ASSERT_EQ(test, n, mfraw_kmr_map_sg(&mr->ibmr, sg, n,
							  NULL));
		KUNIT_EXPECT_EQ(test, mr->ibmr.length, length);
		mr->iova = mr->ibmr.iova;
		mr->length = length;
		for (at = 0; at < length; at += len) {
			u32 nth = (MR_FIRST + at) / sizes[i];
			u32 off = (MR_FIRST + at) % sizes[i];
			u8 *want = w->mem + (n - 1 - nth) * sizes[i] + off;

			len = length - at;
			KUNIT_ASSERT_PTR_EQ(test, want,
					    mfraw_mr_map(mr, mr->iova + at,
							 &len));
			KUNIT_ASSERT_EQ(test, len,
					min3(length - at, sizes[i] - off,
					     (u32)(PAGE_SIZE -
						   offset_in_page(want))));
		}
	}
}

/* A page size is a power of two, and leaves room for its log2 in an entry. */
static void mr_fast_size(struct kunit *test)
{
	static const struct {
		u32 size;
		int err;
	} cases[] = {
		{ 0, -EINVAL }, { 512, -EINVAL }, { 2048, -EINVAL },
		{ SZ_4K + 1, -EINVAL }, { 3 * SZ_4K, -EINVAL },
		{ SZ_4K, 1 }, { PAGE_SIZE, 1 }, { SZ_64K, 1 }, { SZ_1G, 1 },
	};
	struct mfraw_world *w = mfraw_world(test);
	struct mfraw_mr *mr = mf_test_alloc(test, sizeof(*mr));
	unsigned long page;
	struct scatterlist sg;
	unsigned int i;

	mr->fast.pages = &page;
	mr->fast.max = 1;
	mr->ibmr.device = &w->dev.ibdev;
	mr_sg(w, &sg, SZ_4K, 1);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mr->ibmr.page_size = cases[i].size;
		KUNIT_EXPECT_EQ(test, cases[i].err,
				mfraw_map_mr_sg(&mr->ibmr, &sg, 1, NULL));
	}
}

static struct kunit_case mr_cases[] = {
	KUNIT_CASE(mr_bounds),
	KUNIT_CASE(mr_bounds_random),
	KUNIT_CASE(mr_window),
	KUNIT_CASE(mr_copy_short),
	KUNIT_CASE(mr_top),
	KUNIT_CASE(mr_empty),
	KUNIT_CASE(mr_keys),
	KUNIT_CASE(mr_access),
	KUNIT_CASE(mr_domain),
	KUNIT_CASE(mr_last),
	KUNIT_CASE(mr_translate),
	KUNIT_CASE(mr_on_page),
	KUNIT_CASE(mr_read),
	KUNIT_CASE(mr_register),
	KUNIT_CASE(mr_insert),
	KUNIT_CASE(mr_slots),
	KUNIT_CASE(mr_rights),
	KUNIT_CASE(mr_windows),
	KUNIT_CASE(mr_fast_pages),
	KUNIT_CASE(mr_fast_sizes),
	KUNIT_CASE(mr_fast_size),
	{}
};

struct kunit_suite mfraw_mr_suite = {
	.name = "mfraw_mr",
	.test_cases = mr_cases,
};
