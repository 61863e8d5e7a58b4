// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Extended reliable connections (IBTA annex A14). A QP of type XRC_INI only
 * sends, a QP of type XRC_TGT only receives. Each request names an SRQ of the
 * XRC domain of the XRC_TGT QP, so all processes of a machine share its
 * connections. The PD of the SRQ protects the memory, and the CQ of the SRQ
 * gets the completions.
 *
 * The rq of an XRC_TGT QP has the PD, number and CQ of the SRQ of the latest
 * message, see mfraw_xrc_enter(). Everything else is as in RC.
 */
#include "refuse.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "verbs/cq.h"
#include "verbs/xrc.h"

/* Find an SRQ of the QP's XRC domain by number. Reader of the device. */
static struct mfraw_srq *mfraw_xrc_find(const struct mfraw_roce *roce, u32 srqn)
{
	const struct ib_qp *ibqp = &roce->qp->ibqp;
	struct mfraw_srq *srq = xa_load(&roce->qp->dev->rdev.xsrqs, srqn);

	return srq && srq->ibsrq.ext.xrc.xrcd == ibqp->xrcd ? srq : NULL;
}

/**
 * mfraw_xrc_pd - get the PD of the SRQ that a request names
 * @roce: QP of type XRC_TGT
 * @srqn: number of the SRQ
 *
 * Context: reader of the device, as long as the PD is used.
 * Return: the PD, or NULL if the XRC domain has no such SRQ.
 */
struct ib_pd *mfraw_xrc_pd(const struct mfraw_roce *roce, u32 srqn)
{
	const struct mfraw_srq *srq = mfraw_xrc_find(roce, srqn);

	return srq ? srq->ibsrq.pd : NULL;
}

/**
 * mfraw_xrc_enter - give the QP's rq the PD, number and CQ of a request's SRQ
 * @roce: QP of type XRC_TGT
 * @pkt: packet of the request, in order
 *
 * Context: rq.q.lock, reader of the device.
 * Return: false if the XRC domain has no such SRQ, or if the SRQ changes within
 * a message.
 */
bool mfraw_xrc_enter(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_srq *srq = mfraw_xrc_find(roce, pkt->srqn);
	struct mfraw_rq *rq = &roce->qp->rq;

	if (!srq || (!(pkt->info & MFRAW_PKT_FIRST) && srq != roce->srq))
		return false;

	roce->srq = srq;
	rq->pd = srq->ibsrq.pd;
	rq->num = srq->srqn;
	rq->q.cq = to_mfraw_cq(srq->ibsrq.ext.cq);

	return true;
}

/**
 * mfraw_xrc_srq_add - make an XRC SRQ visible to requests
 * @srq: the complete SRQ
 *
 * Context: sleeps.
 * Return: 0 or an errno.
 */
int mfraw_xrc_srq_add(struct mfraw_srq *srq)
{
	struct mfraw_dev *dev = to_mfraw_dev(srq->ibsrq.device);

	srq->ibsrq.ext.xrc.srq_num = srq->srqn;

	return xa_err(xa_store(&dev->rdev.xsrqs, srq->srqn, srq,
			       GFP_KERNEL_ACCOUNT));
}

/**
 * mfraw_xrc_srq_del - hide an XRC SRQ from requests
 * @srq: the SRQ, about to be destroyed while QPs may still use it
 *
 * Context: sleeps.
 */
void mfraw_xrc_srq_del(struct mfraw_srq *srq)
{
	struct mfraw_dev *dev = to_mfraw_dev(srq->ibsrq.device);
	struct mfraw_roce *roce;
	int idx;
	u32 i;

	xa_erase(&dev->rdev.xsrqs, srq->srqn);
	mfraw_wait_readers(dev);

	/* Responders cannot find the SRQ now; drop the entries they hold. */
	idx = srcu_read_lock(&dev->readers);
	for (i = 0; i < MFRAW_TABLE_SIZE; i++) {
		roce = mfraw_table_find(&dev->rdev.qps, i);
		if (!roce || roce->type != IB_QPT_XRC_TGT)
			continue;
		spin_lock_bh(&roce->qp->rq.q.lock);
		if (roce->srq == srq) {
			roce->srq = NULL;
			roce->resp.have_rwqe = false;
		}
		spin_unlock_bh(&roce->qp->rq.q.lock);
	}
	srcu_read_unlock(&dev->readers, idx);
}

static int mfraw_alloc_xrcd(struct ib_xrcd *ibxrcd, struct ib_udata *udata)
{
	return mfraw_check_empty(ibxrcd->device, "XRCD", udata);
}

static int mfraw_dealloc_xrcd(struct ib_xrcd *ibxrcd, struct ib_udata *udata)
{
	return 0;
}

const struct ib_device_ops mfraw_xrc_ops = {
	.alloc_xrcd = mfraw_alloc_xrcd,
	.dealloc_xrcd = mfraw_dealloc_xrcd,

	INIT_RDMA_OBJ_SIZE(ib_xrcd, mfraw_xrcd, ibxrcd),
};
