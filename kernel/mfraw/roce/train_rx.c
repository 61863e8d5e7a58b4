// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receive trains, see train.c. A train that simply continues a message is
 * executed at once: with one check of numbers and memory, and one copy. Any other
 * train is handled packet by packet, so that it has the same effect as packets
 * that arrive one by one.
 */
#include "roce/pkt.h"
#include "roce/reply.h"
#include "roce/train.h"
#include "verbs/key.h"
#include "verbs/mr.h"

/*
 * Write the payload of a send to its receive entry. Returns false if a part of
 * the entry can't be written; the bytes before that part may be written.
 */
static bool mfraw_train_send(struct mfraw_roce *roce,
			     const struct mfraw_pkt *pkt, u32 len)
{
	struct mfraw_responder *resp = &roce->resp;

	if (!resp->have_rwqe ||
	    (u64)resp->off + len > min_t(u64, resp->rwqe.length, MFRAW_MAX_MSG))
		return false;

	return mfraw_pkt_scatter(pkt, NULL, len, resp->rwqe.sge,
				 resp->rwqe.num_sge, resp->off, roce->qp->rq.pd,
				 &resp->last) == MFRAW_CQE_SUCCESS;
}

/* Write the payload of a write. Returns false if nothing is written. */
static bool mfraw_train_write(struct mfraw_roce *roce,
			      const struct mfraw_pkt *pkt, u32 len)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_sge_view view;

	if (len > resp->left ||
	    !mfraw_rkey_get_last(&view, roce->qp, roce->qp->rq.pd, resp->rkey,
				 resp->addr, len, IB_ACCESS_REMOTE_WRITE,
				 &resp->last))
		return false;
	mfraw_pkt_to_mr(pkt, 0, view.mr, view.addr, len);
	resp->addr += len;
	resp->left -= len;

	return true;
}

/*
 * Execute a train of a message that the responder is in. Returns false, and
 * leaves the responder as it was, if the packets have to be handled one by one.
 */
static bool mfraw_train_request(struct mfraw_roce *roce,
				const struct mfraw_pkt *pkt)
{
	u16 kind = pkt->info & (MFRAW_PKT_SEND | MFRAW_PKT_WRITE);
	struct mfraw_responder *resp = &roce->resp;
	u32 len = pkt->n * pkt->len;
	bool done;

	if (!kind || pkt->psn != resp->psn || resp->in_msg != kind ||
	    pkt->len != roce->mtu || mfraw_parked(resp) ||
	    roce->type == IB_QPT_XRC_TGT || unlikely(!roce->comm_est) ||
	    READ_ONCE(roce->qp->rq.state) != IB_WQS_RDY)
		return false;
	if (kind == MFRAW_PKT_SEND)
		done = mfraw_train_send(roce, pkt, len);
	else
		done = mfraw_train_write(roce, pkt, len);
	if (unlikely(!done))
		return false;

	resp->off += len;
	resp->psn = mfraw_psn_add(resp->psn, pkt->n);
	if (roce->reliable) {
		resp->nak_sent = false;
		if (pkt->ack_req)
			mfraw_reply_ack(roce, MFRAW_SYN_ACK,
					mfraw_psn_add(resp->psn, -1));
	}

	return true;
}

/* The same for the response to a read. */
static bool mfraw_train_response(struct mfraw_roce *roce,
				 const struct mfraw_pkt *pkt)
{
	u32 len = pkt->n * pkt->len, off, end = mfraw_psn_add(pkt->psn, pkt->n);
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_qp *qp = roce->qp;
	const struct mfraw_swqe *wqe;

	if (READ_ONCE(qp->state) != IB_QPS_RTS || pkt->psn != comp->psn ||
	    qp->sq.cons == comp->end_idx ||
	    mfraw_psn_cmp(end, comp->end_psn) > 0 ||
	    comp->window != MFRAW_WINDOW)
		return false;

	wqe = mfraw_swqe(roce, qp->sq.cons);
	if (wqe->done || wqe->opcode != MFRAW_OP_RDMA_READ ||
	    pkt->len != roce->mtu || mfraw_psn_cmp(end, wqe->last_psn) > 0 ||
	    !mfraw_swqe_off(roce, wqe, pkt->psn, &off) ||
	    (u64)off + len > wqe->length ||
	    mfraw_pkt_scatter(pkt, NULL, len, wqe->sge, wqe->num_sge, off,
			      qp->ibqp.pd, &comp->last) != MFRAW_CQE_SUCCESS)
		return false;

	comp->psn = end;
	mfraw_comp_progress(roce, pkt->psn);

	return true;
}

/**
 * mfraw_train_rx - handle a train
 * @roce: an RC, UC or XRC queue pair
 * @pkt: the first packet of the train. It has @pkt.len bytes of payload, and the
 *	payloads of the others follow; @pkt.ack_req is that of the last one
 *
 * Context: as mfraw_comp_rx() for responses, as mfraw_resp_rx() for requests.
 */
void mfraw_train_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	bool response = pkt->info & MFRAW_PKT_RESP;
	struct mfraw_pkt one = *pkt;
	u32 left;

	if (likely(response ? mfraw_train_response(roce, pkt) :
			      mfraw_train_request(roce, pkt)))
		return;

	one.n = 1;
	for (left = pkt->n; left; left--) {
		one.ack_req = pkt->ack_req && left == 1;
		if (response)
			mfraw_comp_rx(roce, &one);
		else
			mfraw_resp_rx(roce, &one);
		one.psn = mfraw_psn_add(one.psn, 1);
		one.off += one.len;
	}
}
