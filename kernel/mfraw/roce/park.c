// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A send that invalidates a key may arrive while a read by that key is still
 * being answered. The peer sent it behind the read, so the answer comes first
 * (IBTA volume 1, 9.7.5.1.4). The message is received at once, since nothing that
 * the peer sent is to be sent again. What waits for the answer is its effect: the
 * key stays valid, and the receive completes later. All receives behind it wait,
 * too, since they complete in order.
 *
 * An acknowledge of these messages goes out behind the answer, as always. So the
 * peer never learns of an effect that did not happen yet.
 */
#include <linux/unaligned.h>

#include "roce/park.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "verbs/cq.h"
#include "verbs/mw.h"

/**
 * mfraw_park_key - does a read that is being answered use a key?
 * @resp: the responder
 * @rkey: the key
 * @until: set to the last packet of the last such answer
 *
 * Context: rq.q.lock.
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

/* The key that a request names; false: it names none. */
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
 * mfraw_park_names - does a new request name a key that is as good as invalid?
 * @resp: the responder
 * @pkt: the request
 *
 * Context: rq.q.lock.
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
 * mfraw_resp_complete - complete a receive entry
 * @roce: whose
 * @cqe: all but the number of the queue pair
 * @solicited: the sender wants the event
 *
 * Context: rq.q.lock.
 * Return: false if the CQ overflowed, which ends the queue pair.
 */
bool mfraw_resp_complete(struct mfraw_roce *roce, struct mfraw_cqe *cqe,
			 bool solicited)
{
	struct mfraw_qp *qp = roce->qp;
	struct mfraw_cq *cq = qp->rq.q.cq;
	bool ok;

	cqe->qpn = cpu_to_le32(qp->rq.num);
	if (unlikely(roce->type == IB_QPT_XRC_TGT))
		cqe->xrc_qpn = cpu_to_le32(qp->ibqp.qp_num);
	spin_lock(&cq->lock);
	ok = mfraw_cq_push(cq, cqe);
	mfraw_cq_publish(cq, solicited || cqe->status != MFRAW_CQE_SUCCESS);
	spin_unlock(&cq->lock);
	if (unlikely(!ok))
		qp->rq.fail(&qp->rq, true);

	return ok;
}

/**
 * mfraw_park - complete a receive, now or in its turn
 * @roce: whose
 * @done: the receive; there is room for it
 *
 * Context: rq.q.lock.
 */
void mfraw_park(struct mfraw_roce *roce, const struct mfraw_parked *done)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_cqe cqe = done->cqe;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	if (unlikely(done->waits || mfraw_parked(resp)))
		resp->parked[resp->park_head++ % MFRAW_PARKED] = *done;
	else
		mfraw_resp_complete(roce, &cqe, done->solicited);
}

/**
 * mfraw_park_answered - an answer to a read is out
 * @roce: whose
 * @psn: of its last packet
 *
 * If the peer asked for earlier answers once more, it asks for the later ones
 * again, too. So it is the number that counts, not whether something is left to be
 * answered at the moment.
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
		/* If the owner invalidated it meanwhile, that is as good. */
		if (p->waits)
			mfraw_invalidate(roce->qp,
					 le32_to_cpu(p->cqe.inv_rkey), true);
		resp->park_tail++;
		mfraw_resp_complete(roce, &p->cqe, p->solicited);
	}
}

/**
 * mfraw_park_flush - the queue pair ended before the answer was out
 * @roce: whose
 *
 * The peer was not told that these messages arrived, so they did not. The keys
 * stay valid.
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
