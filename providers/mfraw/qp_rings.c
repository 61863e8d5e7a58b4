// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The queues of a QP or WQ from creation to destruction.
 */
#include "context.h"
#include "cq.h"
#include "qp.h"
#include "qp_rings.h"
#include "ring.h"

/*
 * Map and set up the queues of a QP that the kernel has created. From then on
 * the completions of the QP are found. The caller has set the context, the
 * number and the CQs. @locked is false if only one thread posts. Returns 0 or
 * an error number.
 */
int mfraw_qp_rings_init(struct mfraw_qp *qp,
			const struct mfraw_qp_layout *layout, bool locked)
{
	struct ibv_context *ibctx = qp->vqp.qp.context;
	int ret;

	ret = mfraw_qmem_map(&qp->mem, ibctx->cmd_fd, layout->mmap_key,
			     layout->mmap_size);
	if (ret)
		return ret;
	qp->db = qp->mem.addr + layout->db_off;

	ret = mfraw_queue_init(&qp->sq, qp->mem.addr, &layout->sq, locked);
	if (ret)
		goto err_unmap;
	ret = mfraw_queue_init(&qp->rq, qp->mem.addr, &layout->rq, locked);
	if (ret)
		goto err_sq;
	ret = mfraw_qp_table_add(&to_mctx(ibctx)->qp_table, qp);
	if (ret)
		goto err_rq;
	return 0;

err_rq:
	mfraw_queue_free(&qp->rq);
err_sq:
	mfraw_queue_free(&qp->sq);
err_unmap:
	mfraw_qmem_unmap(&qp->mem);
	return ret;
}

static void mfraw_qp_queue_reset(struct mfraw_queue *q, __le32 *prod)
{
	q->prod = 0;
	atomic_store(&q->cons, 0);
	mfraw_store_release(prod, 0);
}

/*
 * Empty the queues after a step to RESET, and remove their completions from the
 * CQs. The kernel counts from 0 again, too.
 */
void mfraw_qp_rings_reset(struct mfraw_qp *qp)
{
	mfraw_lock(&qp->sq.lock);
	mfraw_lock(&qp->rq.lock);
	mfraw_cqs_lock(qp);

	mfraw_cqs_clean(qp);
	mfraw_qp_queue_reset(&qp->sq, &qp->db->sq_prod);
	mfraw_qp_queue_reset(&qp->rq, &qp->db->rq_prod);

	mfraw_cqs_unlock(qp);
	mfraw_unlock(&qp->rq.lock);
	mfraw_unlock(&qp->sq.lock);
}

/* Undo mfraw_qp_rings_init() once the kernel has destroyed the QP or WQ. */
void mfraw_qp_rings_free(struct mfraw_qp *qp)
{
	mfraw_qp_table_del(&to_mctx(qp->vqp.qp.context)->qp_table, qp);
	mfraw_queue_free(&qp->rq);
	mfraw_queue_free(&qp->sq);
	mfraw_qmem_unmap(&qp->mem);
}
