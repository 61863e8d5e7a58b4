// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of sequence number arithmetic (IBTA volume 1, 9.2.8: 24 bits; 9.7.1:
 * half of the numbers are before a number, half after), of offsets in a
 * message, and of indices that wrap.
 */
#include "kunit.h"

#define PSN_HALF	BIT(23)

/* Numbers have 24 bits: 0 follows the last one. */
static void psn_add_wraps(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, mfraw_psn_add(0xffffff, 1), 0);
	KUNIT_EXPECT_EQ(test, mfraw_psn_add(0xfffffe, 5), 3);
	KUNIT_EXPECT_EQ(test, mfraw_psn_add(0, -1), 0xffffff);
	KUNIT_EXPECT_EQ(test, mfraw_psn_add(5, 0), 5);
	KUNIT_EXPECT_EQ(test, mfraw_psn_add(7, BIT(24)), 7);
}

static void psn_order_near(struct kunit *test)
{
	static const u32 at[] = { 0, 1, 77, 0x7fffff, 0x800000, 0xfffffe,
				  0xffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		KUNIT_EXPECT_EQ(test, mfraw_psn_cmp(at[i], at[i]), 0);
		KUNIT_EXPECT_GT(test,
				mfraw_psn_cmp(mfraw_psn_add(at[i], 1), at[i]),
				0);
		KUNIT_EXPECT_LT(test,
				mfraw_psn_cmp(mfraw_psn_add(at[i], -1), at[i]),
				0);
	}
}

/* The next 2^23 - 1 numbers are later, the last 2^23 - 1 are earlier. */
static void psn_order_far(struct kunit *test)
{
	static const u32 at[] = { 0, 3, 0x7fffff, 0x800001, 0xffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		u32 last = mfraw_psn_add(at[i], PSN_HALF - 1);
		u32 first = mfraw_psn_add(at[i], -((u32)PSN_HALF - 1));

		KUNIT_EXPECT_GT(test, mfraw_psn_cmp(last, at[i]), 0);
		KUNIT_EXPECT_LT(test, mfraw_psn_cmp(first, at[i]), 0);
		/* One more step is on the other side. */
		KUNIT_EXPECT_LT(test,
				mfraw_psn_cmp(mfraw_psn_add(last, 1), at[i]),
				0);
	}
}

static void psn_order_random(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int i;

	mf_test_seed(&rnd);
	for (i = 0; i < 20000; i++) {
		u32 a = mf_test_below(&rnd, BIT(24));
		u32 n = 1 + mf_test_below(&rnd, PSN_HALF - 1);
		u32 b = (a + n) % BIT(24);

		KUNIT_ASSERT_GT(test, mfraw_psn_cmp(b, a), 0);
		KUNIT_ASSERT_LT(test, mfraw_psn_cmp(a, b), 0);
		KUNIT_ASSERT_EQ(test, mfraw_psn_add(a, n), b);
		KUNIT_ASSERT_EQ(test, mfraw_psn_add(b, -n), a);
	}
}

/* All numbers under way must be comparable, so they span less than half. */
static void psn_window(struct kunit *test)
{
	KUNIT_EXPECT_LT(test, MFRAW_WINDOW, PSN_HALF);
	KUNIT_EXPECT_LT(test, MFRAW_MAX_RD_ATOMIC * MFRAW_READ_PACKETS +
			MFRAW_WINDOW, PSN_HALF);
	/* Twice the reads under way, since each may have a duplicate. */
	KUNIT_EXPECT_GE(test, MFRAW_RESP_RD, 2 * MFRAW_MAX_RD_ATOMIC);
}

/* IBTA 9.5: syndrome in the upper byte, message number in the other 24 bits. */
static void psn_aeth(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, MFRAW_AETH(0x1f, 0), 0x1f000000);
	KUNIT_EXPECT_EQ(test, MFRAW_AETH(0x62, 0x1abcdef), 0x62abcdef);
	KUNIT_EXPECT_EQ(test, MFRAW_AETH(0x7f, 0xffffff), 0x7fffffff);
}

static void psn_offset(struct kunit *test)
{
	struct mfraw_roce roce = { .mtu = 1024 };
	struct mfraw_swqe *wqe = mf_test_alloc(test, sizeof(*wqe));
	u32 off;

	wqe->first_psn = 0xfffffe;
	wqe->length = 3 * 1024 + 1;
	KUNIT_EXPECT_TRUE(test, mfraw_swqe_off(&roce, wqe, 0xfffffe, &off));
	KUNIT_EXPECT_EQ(test, off, 0);
	KUNIT_EXPECT_TRUE(test, mfraw_swqe_off(&roce, wqe, 0xffffff, &off));
	KUNIT_EXPECT_EQ(test, off, 1024);
	KUNIT_EXPECT_TRUE(test, mfraw_swqe_off(&roce, wqe, 1, &off));
	KUNIT_EXPECT_EQ(test, off, 3072);
	/* Numbers after and before the message have no offset. */
	KUNIT_EXPECT_FALSE(test, mfraw_swqe_off(&roce, wqe, 2, &off));
	KUNIT_EXPECT_FALSE(test, mfraw_swqe_off(&roce, wqe, 0xfffffd, &off));
}

/* A message without bytes has exactly one packet (IBTA 9.4.1). */
static void psn_offset_empty(struct kunit *test)
{
	struct mfraw_roce roce = { .mtu = 256 };
	struct mfraw_swqe *wqe = mf_test_alloc(test, sizeof(*wqe));
	u32 off = 1;

	wqe->first_psn = 9;
	KUNIT_EXPECT_TRUE(test, mfraw_swqe_off(&roce, wqe, 9, &off));
	KUNIT_EXPECT_EQ(test, off, 0);
	KUNIT_EXPECT_FALSE(test, mfraw_swqe_off(&roce, wqe, 10, &off));
}

/* The longest message in the shortest packets: 2^31 bytes, 256 each. */
static void psn_offset_longest(struct kunit *test)
{
	struct mfraw_roce roce = { .mtu = 256 };
	struct mfraw_swqe *wqe = mf_test_alloc(test, sizeof(*wqe));
	u32 off;

	wqe->first_psn = 0x923456;
	wqe->length = MFRAW_MAX_MSG;
	KUNIT_EXPECT_TRUE(test,
			  mfraw_swqe_off(&roce, wqe,
					 mfraw_psn_add(0x923456,
						       PSN_HALF - 1), &off));
	KUNIT_EXPECT_EQ(test, off, MFRAW_MAX_MSG - 256);
	KUNIT_EXPECT_FALSE(test,
			   mfraw_swqe_off(&roce, wqe,
					  mfraw_psn_add(0x923456, PSN_HALF),
					  &off));
	/* The offset does not wrap for the largest number either. */
	roce.mtu = 4096;
	KUNIT_EXPECT_FALSE(test, mfraw_swqe_off(&roce, wqe, 0x923455, &off));
}

/* Each index has its own entry, also when it wraps at 2^32. */
static void psn_places(struct kunit *test)
{
	struct mfraw_qp *qp = mf_test_alloc(test, sizeof(*qp));
	struct mfraw_roce *roce = mf_test_alloc(test, sizeof(*roce));
	u8 *mem = mf_test_alloc(test, 8 * 64);
	u32 i;

	roce->qp = qp;
	roce->swqes = mem;
	roce->swqe_size = 64;
	qp->sq.entries = 8;
	for (i = 0xfffffff5; i != 20; i++) {
		KUNIT_EXPECT_PTR_EQ(test, (u8 *)mfraw_swqe(roce, i),
				    mem + (i & 7) * 64);
		KUNIT_EXPECT_PTR_EQ(test, mfraw_resp_rd(&roce->resp, i),
				    &roce->resp.rd[i & (MFRAW_RESP_RD - 1)]);
	}
}

/* Opcodes that count as reads or atomics, and local ones. */
static void psn_kinds(struct kunit *test)
{
	static const u8 read[] = { MFRAW_OP_RDMA_READ,
				   MFRAW_OP_ATOMIC_CMP_SWP,
				   MFRAW_OP_ATOMIC_FETCH_ADD };
	static const u8 local[] = { MFRAW_OP_LOCAL_INV, MFRAW_OP_BIND_MW,
				    MFRAW_OP_REG_MR };
	unsigned int op;

	for (op = 0; op < 256; op++) {
		KUNIT_EXPECT_EQ(test, mfraw_op_is_read(op),
				!!memchr(read, op, sizeof(read)));
		KUNIT_EXPECT_EQ(test, mfraw_op_is_atomic(op),
				!!memchr(read + 1, op, sizeof(read) - 1));
		KUNIT_EXPECT_EQ(test, mfraw_op_is_local(op),
				!!memchr(local, op, sizeof(local)));
	}
}

static struct kunit_case psn_cases[] = {
	KUNIT_CASE(psn_add_wraps),
	KUNIT_CASE(psn_order_near),
	KUNIT_CASE(psn_order_far),
	KUNIT_CASE(psn_order_random),
	KUNIT_CASE(psn_window),
	KUNIT_CASE(psn_aeth),
	KUNIT_CASE(psn_offset),
	KUNIT_CASE(psn_offset_empty),
	KUNIT_CASE(psn_offset_longest),
	KUNIT_CASE(psn_places),
	KUNIT_CASE(psn_kinds),
	{}
};

struct kunit_suite mfraw_psn_suite = {
	.name = "mfraw_psn",
	.test_cases = psn_cases,
};
