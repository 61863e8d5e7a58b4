// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Changes of a table of queues by number, see table.h.
 */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "queue/table.h"

/**
 * mfraw_table_set - set an entry
 * @table: the table
 * @i: index below MFRAW_TABLE_SIZE that has no entry
 * @entry: the entry, complete
 *
 * Context: sleeps. The caller owns the index.
 * Return: 0 or -ENOMEM.
 */
int mfraw_table_set(struct mfraw_table *table, u32 i, void *entry)
{
	struct mfraw_table_leaf **slot, *leaf, *new;

	slot = &table->leaf[i / MFRAW_TABLE_LEAF];
	leaf = READ_ONCE(*slot);
	if (!leaf) {
		new = kzalloc_obj(*new);
		if (!new)
			return -ENOMEM;
		/* Another caller may do the same. */
		leaf = cmpxchg(slot, NULL, new);
		if (leaf)
			kfree(new);
		else
			leaf = new;
	}
	/* The entry is complete before it is found. */
	smp_store_release(&leaf->entry[i % MFRAW_TABLE_LEAF], entry);

	return 0;
}

/**
 * mfraw_table_clear - remove an entry
 * @table: the table
 * @i: index that mfraw_table_set() has set
 *
 * The caller calls mfraw_wait_readers() before it frees what users of the entry
 * use.
 *
 * Context: any.
 */
void mfraw_table_clear(struct mfraw_table *table, u32 i)
{
	WRITE_ONCE(table->leaf[i / MFRAW_TABLE_LEAF]->entry[i % MFRAW_TABLE_LEAF],
		   NULL);
}

/**
 * mfraw_table_free - free what an empty table uses
 * @table: a table without readers
 *
 * Context: any.
 */
void mfraw_table_free(struct mfraw_table *table)
{
	unsigned int i;

	for (i = 0; i < MFRAW_TABLE_LEAVES; i++) {
		WARN_ON(table->leaf[i] &&
			memchr_inv(table->leaf[i], 0, sizeof(*table->leaf[i])));
		kfree(table->leaf[i]);
		table->leaf[i] = NULL;
	}
}
