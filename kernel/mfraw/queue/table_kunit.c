// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the table of queues by number.
 */
#include "kunit.h"

#include "queue/table.c"

static int table_entries[4];

static void table_find(struct kunit *test)
{
	static const u32 at[] = {
		0, MFRAW_TABLE_LEAF - 1, MFRAW_TABLE_LEAF, MFRAW_TABLE_SIZE - 1,
	};
	struct mfraw_table *table = mf_test_alloc(test, sizeof(*table));
	u32 i, k;

	for (k = 0; k < ARRAY_SIZE(at); k++)
		KUNIT_EXPECT_NULL(test, mfraw_table_find(table, at[k]));
	for (k = 0; k < ARRAY_SIZE(at); k++)
		KUNIT_ASSERT_EQ(test, 0, mfraw_table_set(table, at[k],
							 &table_entries[k]));
	for (i = 0, k = 0; i < MFRAW_TABLE_SIZE; i++) {
		int *want = NULL;

		if (k < ARRAY_SIZE(at) && i == at[k])
			want = &table_entries[k++];
		KUNIT_ASSERT_PTR_EQ(test, mfraw_table_find(table, i), want);
	}
	KUNIT_EXPECT_NULL(test, mfraw_table_find(table, MFRAW_TABLE_SIZE));
	KUNIT_EXPECT_NULL(test, mfraw_table_find(table, U32_MAX));

	for (k = 0; k < ARRAY_SIZE(at); k++) {
		mfraw_table_clear(table, at[k]);
		KUNIT_EXPECT_NULL(test, mfraw_table_find(table, at[k]));
	}
	mfraw_table_free(table);
}

/* A leaf stays when it becomes empty, and is used again. */
static void table_leaf(struct kunit *test)
{
	struct mfraw_table *table = mf_test_alloc(test, sizeof(*table));
	const struct mfraw_table_leaf *leaf;
	u32 i, leaves = 0;

	KUNIT_ASSERT_EQ(test, 0, mfraw_table_set(table, 5, &table_entries[0]));
	leaf = table->leaf[0];
	mfraw_table_clear(table, 5);
	KUNIT_ASSERT_EQ(test, 0, mfraw_table_set(table, 6, &table_entries[1]));
	KUNIT_EXPECT_PTR_EQ(test, table->leaf[0], leaf);
	KUNIT_EXPECT_NULL(test, mfraw_table_find(table, 5));
	KUNIT_EXPECT_PTR_EQ(test, mfraw_table_find(table, 6),
			    &table_entries[1]);
	for (i = 0; i < MFRAW_TABLE_LEAVES; i++)
		leaves += !!table->leaf[i];
	KUNIT_EXPECT_EQ(test, leaves, 1);
	mfraw_table_clear(table, 6);
	mfraw_table_free(table);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(table_find),
	KUNIT_CASE(table_leaf),
	{}
};

struct kunit_suite mfraw_table_suite = {
	.name = "mfraw_table",
	.test_cases = table_cases,
};
