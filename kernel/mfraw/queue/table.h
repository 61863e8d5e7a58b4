/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queues by number. The table has two levels, since a lookup in an xarray takes
 * six times as long. The data path reads it without a lock and without a
 * reference: queues leave the table first when they are destroyed, and
 * destruction waits for readers.
 */
#ifndef MFRAW_TABLE_H
#define MFRAW_TABLE_H

#include <linux/compiler.h>
#include <linux/nospec.h>
#include <linux/types.h>

/* Numbers that a device can have in use, see mfraw_qpn_alloc(). */
#define MFRAW_TABLE_SIZE	16384
#define MFRAW_TABLE_LEAVES	32
#define MFRAW_TABLE_LEAF	(MFRAW_TABLE_SIZE / MFRAW_TABLE_LEAVES)

/**
 * struct mfraw_table_leaf - a part of a table
 * @entry: the entries, by the low bits of their index
 *
 * A leaf is allocated when it is needed, and stays as long as the table.
 */
struct mfraw_table_leaf {
	void	*entry[MFRAW_TABLE_LEAF];
};

/**
 * struct mfraw_table - entries by an index below MFRAW_TABLE_SIZE
 * @leaf: the leaves; NULL: the leaf has no entry yet
 *
 * A zeroed table is empty.
 */
struct mfraw_table {
	struct mfraw_table_leaf	*leaf[MFRAW_TABLE_LEAVES];
};

int mfraw_table_set(struct mfraw_table *table, u32 i, void *entry);
void mfraw_table_clear(struct mfraw_table *table, u32 i);
void mfraw_table_free(struct mfraw_table *table);

/**
 * mfraw_table_find - find an entry
 * @table: the table
 * @i: index, which may come from user space or from a packet
 *
 * Context: reader of the device, as long as the entry is used.
 * Return: the entry, or NULL.
 */
static __always_inline void *mfraw_table_find(const struct mfraw_table *table,
					      u32 i)
{
	const struct mfraw_table_leaf *leaf;

	if (unlikely(i >= MFRAW_TABLE_SIZE))
		return NULL;
	i = array_index_nospec(i, MFRAW_TABLE_SIZE);
	/* Pairs with cmpxchg() in mfraw_table_set(). */
	leaf = smp_load_acquire(&table->leaf[i / MFRAW_TABLE_LEAF]);

	if (unlikely(!leaf))
		return NULL;

	/* Pairs with the release in mfraw_table_set(). */
	return smp_load_acquire(&leaf->entry[i % MFRAW_TABLE_LEAF]);
}

#endif /* MFRAW_TABLE_H */
