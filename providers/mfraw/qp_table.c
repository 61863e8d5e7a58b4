// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The QPs of a context by number.
 */
#include <errno.h>
#include <stdlib.h>

#include "cq.h"
#include "qp.h"
#include "qp_table.h"

void mfraw_qp_table_init(struct mfraw_qp_table *table)
{
	pthread_mutex_init(&table->mutex, NULL);
	pthread_cond_init(&table->gone, NULL);
}

void mfraw_qp_table_free(struct mfraw_qp_table *table)
{
	int i;

	for (i = 0; i < MFRAW_QP_TOP_SIZE; i++)
		free(table->leaves[i]);
	pthread_cond_destroy(&table->gone);
	pthread_mutex_destroy(&table->mutex);
}

/*
 * Enter @qp into the table. Another thread may be destroying a QP of the same
 * number, which the kernel has released already. Wait until the completions of
 * that QP are removed from its CQs. Returns 0 or an error number.
 */
int mfraw_qp_table_add(struct mfraw_qp_table *table, struct mfraw_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct mfraw_qp **leaf;
	int ret = 0;

	if (qpn >> MFRAW_QPN_BITS)
		return EINVAL;

	pthread_mutex_lock(&table->mutex);
	leaf = table->leaves[qpn >> MFRAW_QP_LEAF_BITS];
	if (!leaf) {
		leaf = calloc(MFRAW_QP_LEAF_SIZE, sizeof(*leaf));
		if (!leaf) {
			ret = ENOMEM;
			goto out;
		}
		atomic_store_explicit(&table->leaves[qpn >> MFRAW_QP_LEAF_BITS],
				      leaf, memory_order_release);
	}
	while (leaf[qpn & MFRAW_QP_LEAF_MASK])
		pthread_cond_wait(&table->gone, &table->mutex);
	leaf[qpn & MFRAW_QP_LEAF_MASK] = qp;
out:
	pthread_mutex_unlock(&table->mutex);
	return ret;
}

/*
 * Remove @qp from the table and its completions from its CQs. The kernel has
 * destroyed the QP, so no more completions of it follow.
 */
void mfraw_qp_table_del(struct mfraw_qp_table *table, struct mfraw_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct mfraw_qp **leaf;

	pthread_mutex_lock(&table->mutex);
	mfraw_cqs_lock(qp);
	mfraw_cqs_clean(qp);
	leaf = table->leaves[qpn >> MFRAW_QP_LEAF_BITS];
	leaf[qpn & MFRAW_QP_LEAF_MASK] = NULL;
	mfraw_cqs_unlock(qp);
	pthread_cond_broadcast(&table->gone);
	pthread_mutex_unlock(&table->mutex);
}
