// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The responder of RC, UC and XRC_TGT queue pairs executes the peer's sends,
 * writes, reads and atomics as they arrive. Responses follow when the sender's
 * call is over, see mfraw_reply_soon(). IBTA volume 1, 9.7.4 (RC), 9.8.2.2 (UC),
 * 9.9.3 (responder faults).
 */
#include "roce/pkt.h"
#include "roce/reply.h"
#include "roce/resp.h"
#include "roce/roce.h"
#include "verbs/key.h"
#include "verbs/mr.h"
#include "verbs/mw.h"
#include "verbs/xrc.h"

/* Take a receive entry. Returns false if there is none. rq.q.lock held. */
static __always_inline bool mfraw_resp_take(struct mfraw_roce *roce,
					    struct mfraw_rwqe *rwqe)
{
	struct mfraw_rq *rq = &roce->qp->rq;
	struct mfraw_queue *q = &rq->q;
	const struct mfraw_sge *sge;
	u32 prod, i;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	if (roce->srq)
		return mfraw_srq_take(roce->srq, rwqe);

	if (q->prod == q->cons) {
		if (!q->entries)
			return false;
		/* Pairs with the release of the index by user space. */
		prod = le32_to_cpu(smp_load_acquire(q->shared_prod));
		if (prod - q->cons > q->entries) {
			rq->fail(rq, true);
			return false;
		}
		q->prod = prod;
		if (prod == q->cons)
			return false;
	}

	sge = q->ring + ((size_t)(q->cons & (q->entries - 1)) << q->shift);
	rwqe->idx = q->cons++;
	rwqe->length = 0;
	/* Read each word once: user space can change it at any time. */
	for (i = 0; i < q->max_sge; i++) {
		__le32 length = READ_ONCE(sge[i].length);

		if (!length)
			break;
		rwqe->sge[i].addr = READ_ONCE(sge[i].addr);
		rwqe->sge[i].length = length;
		rwqe->sge[i].lkey = READ_ONCE(sge[i].lkey);
		rwqe->length += le32_to_cpu(length);
	}
	rwqe->num_sge = i;

	return true;
}

/* Complete parked receives, and the entry that a message holds, in error. */
static void mfraw_resp_error(struct mfraw_roce *roce, u8 status)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_cqe cqe = {
		.wqe_idx = cpu_to_le32(resp->rwqe.idx),
		.opcode = MFRAW_CQE_RECV,
		.status = status,
	};

	mfraw_park_flush(roce);
	if (!resp->have_rwqe)
		return;
	resp->have_rwqe = false;
	mfraw_resp_complete(roce, &cqe, true);
}

/**
 * mfraw_resp_flush - flush the receive entry of an unfinished message
 * @roce: the queue pair; nothing happens unless its receive queue is in the
 *	error state
 *
 * A queue pair with an SRQ raises an event, since it takes no more entries
 * (IBTA 11.6.3.1, affiliated asynchronous event last WQE reached).
 *
 * Context: process context.
 */
void mfraw_resp_flush(struct mfraw_roce *roce)
{
	struct mfraw_rq *rq = &roce->qp->rq;
	bool last = false;

	spin_lock_bh(&rq->q.lock);
	if (rq->state == IB_WQS_ERR) {
		mfraw_resp_error(roce, MFRAW_CQE_WR_FLUSH_ERR);
		last = roce->qp->ibqp.srq && !roce->last_wqe;
		roce->last_wqe = true;
	}
	spin_unlock_bh(&rq->q.lock);
	if (last)
		mfraw_roce_event(roce, IB_EVENT_QP_LAST_WQE_REACHED);
}

/**
 * mfraw_resp_put_back - complete the SRQ entry of an unfinished message
 * @roce: a queue pair that is being reset
 *
 * The entry can't be put back, since others may have taken later ones. Its
 * completion tells the SRQ's owner that the slot is free; the queue pair's
 * owner no longer looks at it.
 *
 * Context: atomic, all locks of the queue pair.
 */
void mfraw_resp_put_back(struct mfraw_roce *roce)
{
	if (roce->srq)
		mfraw_resp_error(roce, MFRAW_CQE_WR_FLUSH_ERR);
}

/**
 * mfraw_resp_need_rwqe - take a receive entry unless the message has one
 * @roce: the queue pair; its resp.rwqe is filled
 *
 * Context: rq.q.lock.
 * Return: false if there is no entry.
 */
bool mfraw_resp_need_rwqe(struct mfraw_roce *roce)
{
	struct mfraw_responder *resp = &roce->resp;

	if (!resp->have_rwqe)
		resp->have_rwqe = mfraw_resp_take(roce, &resp->rwqe);

	return resp->have_rwqe;
}

/*
 * Invalidate a key for a send, or prepare that if a read by this key is still
 * being answered.
 */
static bool mfraw_resp_invalidate(struct mfraw_roce *roce, u32 rkey,
				  struct mfraw_parked *done)
{
	done->waits = mfraw_park_key(&roce->resp, rkey, &done->until);
	done->cqe.inv_rkey = cpu_to_le32(rkey);
	done->cqe.info |= MFRAW_CQE_WITH_INV;
	if (unlikely(done->waits))
		return mfraw_may_invalidate(roce->qp, rkey);

	return mfraw_invalidate(roce->qp, rkey, true) == MFRAW_CQE_SUCCESS;
}

/*
 * Complete a receive, or park it. The caller has checked that there is room.
 * rq.q.lock held.
 */
static void mfraw_resp_done(struct mfraw_roce *roce, struct mfraw_parked *done)
{
	struct mfraw_responder *resp = &roce->resp;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	if (unlikely(done->waits || mfraw_parked(resp)))
		resp->parked[resp->park_head++ % MFRAW_PARKED] = *done;
	else
		mfraw_resp_complete(roce, &done->cqe, done->solicited);
}

/*
 * Take immediate data or a key to invalidate from the last packet of a message.
 * Returns false if the key may not be invalidated.
 */
static noinline bool mfraw_resp_word(struct mfraw_roce *roce,
				     const struct mfraw_pkt *pkt,
				     struct mfraw_parked *done)
{
	const u8 *ext = pkt->ext;
	__be32 word;

	if (pkt->info & MFRAW_PKT_RETH)
		ext += sizeof(struct mfraw_reth);
	memcpy(&word, ext, sizeof(word));
	if (pkt->info & MFRAW_PKT_INV)
		return mfraw_resp_invalidate(roce, be32_to_cpu(word), done);

	done->cqe.imm = word;
	done->cqe.info |= MFRAW_CQE_WITH_IMM;

	return true;
}

/*
 * Complete a receive after the last packet of a send or of a write with
 * immediate.
 */
static enum mfraw_verdict mfraw_resp_receive(struct mfraw_roce *roce,
					     const struct mfraw_pkt *pkt,
					     u8 opcode)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_parked done __uninitialized;

	done.cqe = (struct mfraw_cqe) {
		.wqe_idx = cpu_to_le32(resp->rwqe.idx),
		.byte_len = cpu_to_le32(resp->off),
		.opcode = opcode,
	};
	done.solicited = pkt->flags & MFRAW_BTH_SE;
	done.waits = false;
	done.until = 0;
	if (unlikely(pkt->info & (MFRAW_PKT_IMM | MFRAW_PKT_INV)) &&
	    !mfraw_resp_word(roce, pkt, &done))
		return MFRAW_REQ_ACCESS;

	resp->have_rwqe = false;
	mfraw_resp_done(roce, &done);

	return MFRAW_REQ_DONE;
}

/* Write a short payload to the receive entry. Returns false if it is not simple. */
static __always_inline bool mfraw_resp_short(struct mfraw_roce *roce,
					     const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	u8 *to;

	if (!mfraw_pkt_is_short(pkt) || unlikely(resp->off))
		return false;
	to = mfraw_recv_short(&roce->qp->rq.window, &resp->rwqe, pkt->len);
	if (unlikely(!to))
		return false;
	mfraw_copy_short(to, pkt->frame->hdr + pkt->off, pkt->len);
	kunmap_local(to);

	return true;
}

/*
 * Write the payload to the receive entry. Short ones that follow find the region
 * in the window, but the PD of XRC changes with the SRQ.
 */
static u8 mfraw_resp_scatter(struct mfraw_roce *roce,
			     const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_rq *rq = &roce->qp->rq;
	u8 status;

	status = mfraw_pkt_scatter(pkt, NULL, pkt->len, resp->rwqe.sge,
				   resp->rwqe.num_sge, resp->off, rq->pd,
				   &resp->last);
	if (resp->last && pkt->len <= MFRAW_SHORT_MAX &&
	    roce->type != IB_QPT_XRC_TGT)
		mfraw_mr_window_set(&rq->window, resp->last, rq->pd,
				    IB_ACCESS_LOCAL_WRITE);

	return status;
}

static enum mfraw_verdict mfraw_resp_send(struct mfraw_roce *roce,
					  const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	u8 status;

	if (!mfraw_resp_need_rwqe(roce))
		return MFRAW_REQ_NOT_READY;
	if (!mfraw_resp_short(roce, pkt)) {
		if ((u64)resp->off + pkt->len > min_t(u64, resp->rwqe.length,
						      MFRAW_MAX_MSG))
			return MFRAW_REQ_TOO_LONG;
		status = mfraw_resp_scatter(roce, pkt);
		if (status != MFRAW_CQE_SUCCESS) {
			mfraw_resp_error(roce, status);
			return MFRAW_REQ_FAILED;
		}
	}
	resp->off += pkt->len;

	if (!(pkt->info & MFRAW_PKT_LAST))
		return MFRAW_REQ_DONE;

	return mfraw_resp_receive(roce, pkt, MFRAW_CQE_RECV);
}

static enum mfraw_verdict mfraw_resp_write(struct mfraw_roce *roce,
					   const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_sge_view view;
	u32 left = resp->left, rkey = resp->rkey;
	u64 addr = resp->addr;

	if (pkt->info & MFRAW_PKT_FIRST) {
		const struct mfraw_reth *reth = (const void *)pkt->ext;

		addr = be64_to_cpu(reth->addr);
		rkey = be32_to_cpu(reth->rkey);
		left = be32_to_cpu(reth->length);
		if (left > MFRAW_MAX_MSG)
			return MFRAW_REQ_INVALID;
		if (!(roce->access & IB_ACCESS_REMOTE_WRITE) ||
		    !mfraw_rkey_get_last(&view, roce->qp, roce->qp->rq.pd, rkey,
					 addr, left, IB_ACCESS_REMOTE_WRITE,
					 &resp->last))
			return MFRAW_REQ_ACCESS;
	}
	if (pkt->len > left ||
	    (pkt->info & MFRAW_PKT_LAST && pkt->len != left))
		return MFRAW_REQ_INVALID;
	if (pkt->info & MFRAW_PKT_IMM && !mfraw_resp_need_rwqe(roce))
		return MFRAW_REQ_NOT_READY;

	if (pkt->len) {
		/* The key may have been invalidated since the first packet. */
		if (!mfraw_rkey_get_last(&view, roce->qp, roce->qp->rq.pd, rkey,
					 addr, pkt->len, IB_ACCESS_REMOTE_WRITE,
					 &resp->last))
			return MFRAW_REQ_ACCESS;
		mfraw_pkt_to_mr(pkt, 0, view.mr, view.addr, pkt->len);
	}
	resp->addr = addr + pkt->len;
	resp->rkey = rkey;
	resp->left = left - pkt->len;
	resp->off += pkt->len;

	if (!(pkt->info & MFRAW_PKT_IMM))
		return MFRAW_REQ_DONE;

	return mfraw_resp_receive(roce, pkt, MFRAW_CQE_RECV_RDMA_WITH_IMM);
}

/* Does the packet fit the state of the current message? */
static bool mfraw_resp_in_order(struct mfraw_roce *roce,
				const struct mfraw_pkt *pkt)
{
	u16 kind = pkt->info & (MFRAW_PKT_SEND | MFRAW_PKT_WRITE);
	struct mfraw_responder *resp = &roce->resp;

	if (!!(pkt->info & MFRAW_PKT_FIRST) == !!resp->in_msg ||
	    (resp->in_msg && resp->in_msg != kind))
		return false;
	if (!kind)
		return true;
	/* All but the last packet are full, and the last one is not empty. */
	if (!(pkt->info & MFRAW_PKT_LAST))
		return pkt->len == roce->mtu;

	return pkt->len <= roce->mtu &&
	       (pkt->len || pkt->info & MFRAW_PKT_FIRST);
}

/* The first valid request shows that the peer is connected. */
static void mfraw_resp_established(struct mfraw_roce *roce)
{
	roce->comm_est = true;
	if (READ_ONCE(roce->qp->state) == IB_QPS_RTR)
		mfraw_roce_event(roce, IB_EVENT_COMM_EST);
}

/*
 * While receives are parked, is there room for one more if this packet
 * completes one?
 */
static bool mfraw_resp_park_room(const struct mfraw_responder *resp,
				 const struct mfraw_pkt *pkt)
{
	return mfraw_parked(resp) < MFRAW_PARKED ||
	       !(pkt->info & MFRAW_PKT_LAST) ||
	       !(pkt->info & (MFRAW_PKT_SEND | MFRAW_PKT_IMM));
}

static enum mfraw_verdict mfraw_resp_execute(struct mfraw_roce *roce,
					     const struct mfraw_pkt *pkt,
					     u32 *packets)
{
	struct mfraw_responder *resp = &roce->resp;

	*packets = 1;
	if (!mfraw_resp_in_order(roce, pkt))
		return MFRAW_REQ_INVALID;
	if (unlikely(roce->type == IB_QPT_XRC_TGT) &&
	    !mfraw_xrc_enter(roce, pkt))
		return MFRAW_REQ_ACCESS;
	if (unlikely(!roce->comm_est))
		mfraw_resp_established(roce);
	if (unlikely(mfraw_parked(resp))) {
		if (mfraw_park_names(resp, pkt))
			return MFRAW_REQ_ACCESS;
		if (!mfraw_resp_park_room(resp, pkt))
			return MFRAW_REQ_LATER;
	}
	if (pkt->info & MFRAW_PKT_FIRST)
		resp->off = 0;
	if (pkt->info & MFRAW_PKT_SEND)
		return mfraw_resp_send(roce, pkt);
	if (pkt->info & MFRAW_PKT_WRITE)
		return mfraw_resp_write(roce, pkt);
	if (pkt->info & MFRAW_PKT_READ)
		return mfraw_resp_read(roce, pkt, resp->msn + 1, packets);

	return mfraw_resp_atomic(roce, pkt);
}

/* Advance to the next expected packet after a request was executed. */
static void mfraw_resp_next(struct mfraw_roce *roce,
			    const struct mfraw_pkt *pkt, u32 packets)
{
	struct mfraw_responder *resp = &roce->resp;

	resp->psn = mfraw_psn_add(resp->psn, packets);
	if (pkt->info & MFRAW_PKT_LAST) {
		resp->in_msg = 0;
		resp->msn++;
	} else {
		resp->in_msg = pkt->info & (MFRAW_PKT_SEND | MFRAW_PKT_WRITE);
	}
}

static void mfraw_resp_nak(struct mfraw_roce *roce, u8 syndrome,
			   enum ib_event_type event)
{
	struct mfraw_qp *qp = roce->qp;

	mfraw_reply_ack(roce, syndrome, roce->resp.psn);
	/* A held receive entry reports the error by its completion. */
	if (roce->resp.have_rwqe)
		mfraw_resp_error(roce, event == IB_EVENT_QP_ACCESS_ERR ?
				 MFRAW_CQE_LOC_ACCESS_ERR :
				 MFRAW_CQE_LOC_QP_OP_ERR);
	else
		mfraw_roce_event(roce, event);
	qp->rq.fail(&qp->rq, false);
}

static void mfraw_resp_rc(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_dev *dev = roce->qp->dev;
	u32 num = roce->qp->ibqp.qp_num;
	enum mfraw_verdict verdict;
	s32 cmp = mfraw_psn_cmp(pkt->psn, resp->psn);
	u32 packets;

	if (cmp > 0) {
		mfraw_count(dev, MFRAW_OUT_OF_SEQUENCE, 1);
		if (!resp->nak_sent)
			mfraw_reply_ack(roce, MFRAW_SYN_NAK_SEQ, resp->psn);
		resp->nak_sent = true;
		return;
	}
	if (cmp < 0) {
		mfraw_resp_again(roce, pkt);
		return;
	}
	resp->nak_sent = false;

	verdict = mfraw_resp_execute(roce, pkt, &packets);
	switch (verdict) {
	case MFRAW_REQ_DONE:
		mfraw_resp_next(roce, pkt, packets);
		if (pkt->info & MFRAW_PKT_READ)
			mfraw_resp_remember(resp, pkt, packets);
		if (pkt->info & (MFRAW_PKT_READ | MFRAW_PKT_ATOMIC)) {
			/* The response acknowledges earlier requests, too. */
			if (resp->ack_syndrome == MFRAW_SYN_ACK)
				resp->ack = false;
			resp->due = true;
		} else if (pkt->ack_req) {
			mfraw_reply_ack(roce, MFRAW_SYN_ACK,
					mfraw_psn_add(resp->psn, -1));
		}
		break;
	case MFRAW_REQ_DROP:
		break;
	case MFRAW_REQ_LATER:
		/*
		 * The peer sends the request again: the NAK goes out after the
		 * pending responses, which make room.
		 */
		resp->nak_sent = true;
		mfraw_reply_ack(roce, MFRAW_SYN_NAK_SEQ, resp->psn);
		break;
	case MFRAW_REQ_NOT_READY:
		mfraw_drop(dev, num, MFRAW_RX_RNR, 1);
		/*
		 * Packets after this one are out of sequence, but the RNR NAK
		 * told the peer.
		 */
		resp->nak_sent = true;
		mfraw_reply_ack(roce, MFRAW_SYN_RNR | roce->attr.min_rnr_timer,
				resp->psn);
		break;
	case MFRAW_REQ_INVALID:
		mfraw_drop(dev, num, MFRAW_RX_INVALID_REQ, 1);
		mfraw_resp_nak(roce, MFRAW_SYN_NAK_INV_REQ,
			       IB_EVENT_QP_REQ_ERR);
		break;
	case MFRAW_REQ_ACCESS:
		mfraw_drop(dev, num, MFRAW_RX_ACCESS, 1);
		mfraw_resp_nak(roce, MFRAW_SYN_NAK_ACCESS,
			       IB_EVENT_QP_ACCESS_ERR);
		break;
	case MFRAW_REQ_TOO_LONG:
		mfraw_resp_error(roce, MFRAW_CQE_LOC_LEN_ERR);
		fallthrough;
	case MFRAW_REQ_FAILED:
		mfraw_drop(dev, num, MFRAW_RX_ERROR, 1);
		mfraw_reply_ack(roce, verdict == MFRAW_REQ_FAILED ?
				MFRAW_SYN_NAK_OP : MFRAW_SYN_NAK_INV_REQ,
				resp->psn);
		roce->qp->rq.fail(&roce->qp->rq, false);
		break;
	}
}

/* UC drops incomplete messages and refused requests without a response. */
static void mfraw_resp_uc(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_dev *dev = roce->qp->dev;
	u32 num = roce->qp->ibqp.qp_num;
	enum mfraw_verdict verdict;
	u32 packets;

	if (pkt->psn != resp->psn) {
		mfraw_count(dev, MFRAW_OUT_OF_SEQUENCE, 1);
		resp->psn = pkt->psn;
		/*
		 * Drop the rest of the message. The next one uses its receive
		 * entry.
		 */
		resp->in_msg = 0;
	}
	if (pkt->info & MFRAW_PKT_FIRST) {
		resp->in_msg = 0;
	} else if (!resp->in_msg) {
		resp->psn = mfraw_psn_add(resp->psn, 1);
		return;
	}

	verdict = mfraw_resp_execute(roce, pkt, &packets);
	resp->psn = mfraw_psn_add(resp->psn, 1);
	switch (verdict) {
	case MFRAW_REQ_DONE:
		resp->psn = mfraw_psn_add(resp->psn, -1);
		mfraw_resp_next(roce, pkt, 1);
		return;
	case MFRAW_REQ_NOT_READY:
		mfraw_drop(dev, num, MFRAW_RX_NO_BUFFER, 1);
		break;
	case MFRAW_REQ_ACCESS:
		mfraw_drop(dev, num, MFRAW_RX_ACCESS, 1);
		break;
	case MFRAW_REQ_INVALID:
		mfraw_drop(dev, num, MFRAW_RX_INVALID_REQ, 1);
		break;
	case MFRAW_REQ_LATER:
	case MFRAW_REQ_DROP:
		break;
	case MFRAW_REQ_TOO_LONG:
		/* The next message uses the receive entry. */
		mfraw_drop(dev, num, MFRAW_RX_ERROR, 1);
		break;
	case MFRAW_REQ_FAILED:
		mfraw_drop(dev, num, MFRAW_RX_ERROR, 1);
		roce->qp->rq.fail(&roce->qp->rq, false);
		break;
	}
	resp->in_msg = 0;
}

/**
 * mfraw_resp_begin - prepare for requests or datagrams that arrive together
 * @roce: the queue pair that gets them
 *
 * Context: atomic, reader of the device until mfraw_resp_end().
 */
void mfraw_resp_begin(struct mfraw_roce *roce)
{
	spin_lock(&roce->qp->rq.q.lock);
	/* For sparse, since callers lock in one branch only. */
	__release(&roce->qp->rq.q.lock);
	roce->resp.last = NULL;
	mfraw_mr_window_check(&roce->qp->rq.window, roce->qp->dev);
}

/**
 * mfraw_resp_end - publish the receives of requests that arrived together, and
 * have their responses sent
 * @roce: the queue pair that got them
 * @sender: the queue pair that sends them in its round right now, or NULL
 *
 * Context: as mfraw_resp_begin().
 */
void mfraw_resp_end(struct mfraw_roce *roce, struct mfraw_roce *sender)
{
	struct mfraw_responder *resp = &roce->resp;
	bool due = resp->due;

	__acquire(&roce->qp->rq.q.lock);
	resp->due = false;
	mfraw_resp_publish(roce);
	spin_unlock(&roce->qp->rq.q.lock);
	if (due)
		mfraw_reply_soon(roce, sender);
}

/**
 * mfraw_resp_rx - handle a request
 * @roce: an RC, UC or XRC_TGT queue pair
 * @pkt: the request
 *
 * Context: between mfraw_resp_begin() and mfraw_resp_end().
 */
void mfraw_resp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_qp *qp = roce->qp;

	if (unlikely(READ_ONCE(qp->rq.state) != IB_WQS_RDY))
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_QP_STATE, 1);
	else if (roce->reliable)
		mfraw_resp_rc(roce, pkt);
	else
		mfraw_resp_uc(roce, pkt);
}
