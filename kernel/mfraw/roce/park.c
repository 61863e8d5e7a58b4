// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Park receives until the response to a read is sent.
 *
 * A send that invalidates a key may arrive while a read by this key is still
 * being answered. The peer sent it after the read, so the response comes first
 * (IBTA volume 1, 9.7.5.1.4). The message is received at once, so that the peer
 * need not send it again, but its effect waits for the response: the key stays
 * valid, and the receive completes later. All later receives wait, too, since
 * receives complete in order.
 *
 * The acknowledge of a parked message is sent after the response, as always. So
 * the peer never learns of an effect that has not happened yet.
 */
#include <linux/unaligned.h>

#include "roce/park.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "verbs/cq.h"
#include "verbs/mw.h"

/**
 * mfraw_park_key - check whether a read that is being answered uses a key
 * @resp: the responder
 * @rkey: the key
 * @until: set to the last response packet of the latest such read
 *
 * Context: rq.q.lock.
 * Return: true if there is such a read.
 */
bool mfraw_park_key(const struct mfraw_responder *resp, u32 rkey, u32 *until)
{
	bool found = false;
	u32 i;

	for (i = resp->rd_tail; i != resp->rd_head; i++) {
		const struct mfraw_rd_atomic *rd = &resp->rd[i % MFRAW_RESP_RD];

		if (rd->atomic || rd->rkey != rkey)
			continue;
		*until = rd->last_psn;
		found = true;
	}

	return found;
}

/* Get the key that a request names. Returns false if it names none. */
static bool mfraw_pkt_key(const struct mfraw_pkt *pkt, u32 *rkey)
{
	if (pkt->info & MFRAW_PKT_RETH) {
		const struct mfraw_reth *reth = (const void *)pkt->ext;

		*rkey = be32_to_cpu(reth->rkey);
		return reth->length != 0;
	}
	if (pkt->info & MFRAW_PKT_ATOMIC) {
		const struct mfraw_atomic_eth *eth = (const void *)pkt->ext;

		*rkey = be32_to_cpu(eth->rkey);
		return true;
	}
	if (pkt->info & MFRAW_PKT_INV) {
		*rkey = get_unaligned_be32(pkt->ext);
		return true;
	}

	return false;
}

/**
 * mfraw_park_names - does a parked receive invalidate the key of a request?
 * @resp: the responder
 * @pkt: the new request
 *
 * Context: rq.q.lock.
 * Return: true if so, and the request must be refused.
 */
bool mfraw_park_names(const struct mfraw_responder *resp,
		      const struct mfraw_pkt *pkt)
{
	u32 i, rkey;

	if (!mfraw_pkt_key(pkt, &rkey))
		return false;
	for (i = resp->park_tail; i != resp->park_head; i++) {
		const struct mfraw_parked *p = &resp->parked[i % MFRAW_PARKED];

		if (p->waits && le32_to_cpu(p->cqe.inv_rkey) == rkey)
			return true;
	}

	return false;
}

/**
 * mfraw_resp_publish - raise the event of completed receives, if one is wanted
 * @roce: the queue pair
 *
 * Context: rq.q.lock.
 */
void mfraw_resp_publish(struct mfraw_roce *roce)
{
	struct mfraw_cq *cq = roce->resp.cq;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	if (!cq)
		return;
	roce->resp.cq = NULL;
	spin_lock(&cq->lock);
	mfraw_cq_publish(cq, false);
	spin_unlock(&cq->lock);
}

/**
 * mfraw_resp_complete - complete a receive entry
 * @roce: the queue pair
 * @cqe: the completion; QP numbers are filled in here
 * @solicited: the sender requests a solicited event
 *
 * The process finds the completion at once. Its event may wait for that of the
 * last one: the caller calls mfraw_resp_publish() before it gives up the lock.
 *
 * Context: rq.q.lock.
 * Return: false if the CQ overflowed, which ends the queue pair.
 */
bool mfraw_resp_complete(struct mfraw_roce *roce, struct mfraw_cqe *cqe,
			 bool solicited)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_qp *qp = roce->qp;
	struct mfraw_cq *cq = qp->rq.q.cq;
	bool ok;

	/* The messages of an XRC_TGT queue pair have different CQs. */
	if (unlikely(resp->cq && resp->cq != cq))
		mfraw_resp_publish(roce);

	cqe->qpn = cpu_to_le32(qp->rq.num);
	if (unlikely(roce->type == IB_QPT_XRC_TGT))
		cqe->xrc_qpn = cpu_to_le32(qp->ibqp.qp_num);
	spin_lock(&cq->lock);
	ok = mfraw_cq_push(cq, cqe);
	resp->cq = cq;
	if (solicited || cqe->status != MFRAW_CQE_SUCCESS) {
		resp->cq = NULL;
		mfraw_cq_publish(cq, true);
	}
	spin_unlock(&cq->lock);
	if (unlikely(!ok))
		qp->rq.fail(&qp->rq, true);

	return ok;
}

/**
 * mfraw_park_answered - complete parked receives after a response
 * @roce: the queue pair
 * @psn: sequence number of the last packet of the response
 *
 * A peer that requests earlier responses again requests the later ones again,
 * too. So the sequence number decides, and not whether reads are pending at the
 * moment.
 *
 * Context: rq.q.lock, reader of the device.
 */
void mfraw_park_answered(struct mfraw_roce *roce, u32 psn)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_parked *p;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	while (unlikely(mfraw_parked(resp))) {
		p = &resp->parked[resp->park_tail % MFRAW_PARKED];
		if (p->waits && mfraw_psn_cmp(p->until, psn) > 0)
			break;
		/*
		 * Ignore failure: the owner may have invalidated the key
		 * itself.
		 */
		if (p->waits)
			mfraw_invalidate(roce->qp,
					 le32_to_cpu(p->cqe.inv_rkey), true);
		resp->park_tail++;
		mfraw_resp_complete(roce, &p->cqe, p->solicited);
	}
	mfraw_resp_publish(roce);
}

/**
 * mfraw_park_flush - flush parked receives of a queue pair that failed
 * @roce: the queue pair
 *
 * The peer has no acknowledge of these messages, so they count as not received,
 * and their keys stay valid.
 *
 * Context: rq.q.lock.
 */
void mfraw_park_flush(struct mfraw_roce *roce)
{
	struct mfraw_responder *resp = &roce->resp;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	while (unlikely(mfraw_parked(resp))) {
		u32 i = resp->park_tail++ % MFRAW_PARKED;
		struct mfraw_cqe cqe = {
			.wqe_idx = resp->parked[i].cqe.wqe_idx,
			.opcode = MFRAW_CQE_RECV,
			.status = MFRAW_CQE_WR_FLUSH_ERR,
		};

		mfraw_resp_complete(roce, &cqe, true);
	}
}
