/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The QPs of a context by number, for the completions that name them.
 */
#ifndef __MFRAW_QP_TABLE_H__
#define __MFRAW_QP_TABLE_H__

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <util/compiler.h>

struct mfraw_qp;

/*
 * QP numbers have 24 bits; each half is the index into one level of the table.
 */
#define MFRAW_QPN_BITS		24
#define MFRAW_QP_LEAF_BITS	12
#define MFRAW_QP_LEAF_SIZE	(1 << MFRAW_QP_LEAF_BITS)
#define MFRAW_QP_LEAF_MASK	(MFRAW_QP_LEAF_SIZE - 1)
#define MFRAW_QP_TOP_SIZE	(1 << (MFRAW_QPN_BITS - MFRAW_QP_LEAF_BITS))

/*
 * Entries are set with @mutex held. They are cleared with @mutex and the locks
 * of the QP's CQs held, so a thread that polls a CQ and holds its lock reads
 * the table without @mutex.
 *
 * @mutex: serialises changes of the table
 * @gone: signalled when an entry is cleared
 * @leaves: the first level; a leaf is allocated when it is needed, and stays
 */
struct mfraw_qp_table {
	pthread_mutex_t			mutex;
	pthread_cond_t			gone;
	_Atomic(struct mfraw_qp **)	leaves[MFRAW_QP_TOP_SIZE];
};

void mfraw_qp_table_init(struct mfraw_qp_table *table);
void mfraw_qp_table_free(struct mfraw_qp_table *table);
int mfraw_qp_table_add(struct mfraw_qp_table *table, struct mfraw_qp *qp);
void mfraw_qp_table_del(struct mfraw_qp_table *table, struct mfraw_qp *qp);

/*
 * Returns the QP with the number @qpn, or NULL. The caller holds the lock of a
 * CQ; a QP that uses this CQ stays valid as long as the lock is held.
 */
static inline struct mfraw_qp *
mfraw_qp_table_find(struct mfraw_qp_table *table, uint32_t qpn)
{
	struct mfraw_qp **leaf;

	if (unlikely(qpn >> MFRAW_QPN_BITS))
		return NULL;
	leaf = atomic_load_explicit(&table->leaves[qpn >> MFRAW_QP_LEAF_BITS],
				    memory_order_acquire);
	return leaf ? leaf[qpn & MFRAW_QP_LEAF_MASK] : NULL;
}

#endif /* __MFRAW_QP_TABLE_H__ */
