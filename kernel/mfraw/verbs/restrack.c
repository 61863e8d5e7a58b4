// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Driver details of "rdma resource show -dd". The core may query an object
 * after it was destroyed, until it is freed. So each object hides its shared
 * memory before the memory is freed.
 */
#include <net/netlink.h>
#include <rdma/restrack.h>
#include <uapi/rdma/rdma_netlink.h>

#include "verbs/cq.h"
#include "verbs/mr.h"
#include "verbs/qp.h"
#include "verbs/restrack.h"

/**
 * mfraw_fill - add driver details to a message
 * @msg: the message
 * @details: the details
 * @n: number of details
 *
 * Return: 0 or -EMSGSIZE.
 */
int mfraw_fill(struct sk_buff *msg, const struct mfraw_detail *details,
	       unsigned int n)
{
	struct nlattr *nest;
	unsigned int i;

	nest = nla_nest_start(msg, RDMA_NLDEV_ATTR_DRIVER);
	if (!nest)
		return -EMSGSIZE;

	for (i = 0; i < n; i++) {
		if (rdma_nl_put_driver_u32(msg, details[i].name,
					   details[i].value)) {
			nla_nest_cancel(msg, nest);
			return -EMSGSIZE;
		}
	}
	nla_nest_end(msg, nest);

	return 0;
}

/**
 * mfraw_queue_prod - read the producer index of a queue for its details
 * @q: the queue
 *
 * Context: process context.
 * Return: the index that user space wrote, which may be any number.
 */
u32 mfraw_queue_prod(struct mfraw_queue *q)
{
	u32 prod;

	/* A queue without entries may have no initialised lock. */
	if (!q->entries)
		return 0;

	spin_lock_bh(&q->lock);
	prod = q->shared_prod ? le32_to_cpu(READ_ONCE(*q->shared_prod)) :
				q->cons;
	spin_unlock_bh(&q->lock);

	return prod;
}

/**
 * mfraw_queue_hide - hide the shared memory of a queue before it is freed
 * @q: idle queue
 *
 * Context: process context.
 */
void mfraw_queue_hide(struct mfraw_queue *q)
{
	if (!q->entries)
		return;

	spin_lock_bh(&q->lock);
	q->shared_prod = NULL;
	spin_unlock_bh(&q->lock);
}

/**
 * mfraw_cq_hide - hide the shared memory of a CQ before it is freed
 * @cq: idle CQ
 *
 * Context: process context.
 */
void mfraw_cq_hide(struct mfraw_cq *cq)
{
	spin_lock_bh(&cq->lock);
	cq->db = NULL;
	spin_unlock_bh(&cq->lock);
}

static int mfraw_fill_res_qp_entry(struct sk_buff *msg, struct ib_qp *ibqp)
{
	struct mfraw_qp *qp = to_mfraw_qp(ibqp);
	const struct mfraw_detail details[] = {
		{ "sq_entries", qp->sq.entries },
		{ "sq_max_sge", qp->sq.max_sge },
		{ "sq_prod", mfraw_queue_prod(&qp->sq) },
		{ "sq_cons", READ_ONCE(qp->sq.cons) },
		{ "max_inline", qp->max_inline },
		{ "rate_limit", READ_ONCE(qp->pace.rate) },
		{ "rq_entries", qp->rq.q.entries },
		{ "rq_max_sge", qp->rq.q.max_sge },
		{ "rq_prod", mfraw_queue_prod(&qp->rq.q) },
		{ "rq_cons", READ_ONCE(qp->rq.q.cons) },
		{ "polled", test_bit(MFRAW_QP_POLLED, &qp->flags) },
	};

	return mfraw_fill(msg, details, ARRAY_SIZE(details));
}

static int mfraw_fill_res_cq_entry(struct sk_buff *msg, struct ib_cq *ibcq)
{
	struct mfraw_cq *cq = to_mfraw_cq(ibcq);
	struct mfraw_detail details[] = {
		{ "entries" },
		{ "prod" },
		{ "cons" },
		{ "armed" },
		{ "overrun" },
	};

	spin_lock_bh(&cq->lock);
	details[0].value = cq->mask + 1;
	details[1].value = cq->prod;
	if (cq->db) {
		details[2].value = le32_to_cpu(READ_ONCE(cq->db->cons));
		details[3].value = le32_to_cpu(READ_ONCE(cq->db->arm));
	}
	details[4].value = cq->overrun;
	spin_unlock_bh(&cq->lock);

	return mfraw_fill(msg, details, ARRAY_SIZE(details));
}

static int mfraw_fill_res_mr_entry(struct sk_buff *msg, struct ib_mr *ibmr)
{
	const struct mfraw_mr *mr = to_mfraw_mr(ibmr);
	const struct mfraw_detail details[] = {
		{ "access", READ_ONCE(mr->access) },
		{ "dmabuf", !!mr->dmabuf },
	};

	return mfraw_fill(msg, details, ARRAY_SIZE(details));
}

const struct ib_device_ops mfraw_restrack_ops = {
	.fill_res_cq_entry = mfraw_fill_res_cq_entry,
	.fill_res_mr_entry = mfraw_fill_res_mr_entry,
	.fill_res_qp_entry = mfraw_fill_res_qp_entry,
};
