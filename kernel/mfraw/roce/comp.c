// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The completer handles responses and timeouts: it completes work requests, and
 * tells the requester when to send again. IBTA volume 1, 9.7.5 (responses),
 * 9.7.6 (RC error and retry), 9.9.2 (requester faults).
 */
#include "roce/comp.h"
#include "roce/pkt.h"
#include "roce/roce.h"
#include "trace.h"
#include "verbs/cq.h"
#include "verbs/qp_state.h"

/* IBTA 9.7.5.2.8, table 45: RNR NAK timer field, in units of 10 us. */
static const u16 mfraw_rnr_10us[32] = {
	65536 - 1, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192,
	256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288,
	16384, 24576, 32768, 49152,
};

/**
 * mfraw_comp_timeout - get the ACK timeout of a queue pair
 * @roce: the queue pair
 *
 * Return: the timeout in jiffies: 4.096 us * 2^timeout (IBTA 9.7.6.1.3).
 */
unsigned long mfraw_comp_timeout(const struct mfraw_roce *roce)
{
	return nsecs_to_jiffies(4096ULL << roce->attr.timeout) + 1;
}

/*
 * Start the ACK timer for the deadline, or earlier: an answer brings forward a
 * deadline that silence has deferred, and does not touch the timer.
 */
static void mfraw_comp_watch(struct mfraw_roce *roce)
{
	unsigned long next = jiffies + mfraw_comp_timeout(roce);

	if (time_before(roce->comp.deadline, next))
		next = roce->comp.deadline;
	mod_timer(&roce->timer, next);
}

static u8 mfraw_comp_opcode(const struct mfraw_swqe *wqe)
{
	switch (wqe->opcode) {
	case MFRAW_OP_RDMA_WRITE:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
		return MFRAW_CQE_RDMA_WRITE;
	case MFRAW_OP_RDMA_READ:
		return MFRAW_CQE_RDMA_READ;
	case MFRAW_OP_ATOMIC_CMP_SWP:
		return MFRAW_CQE_COMP_SWAP;
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		return MFRAW_CQE_FETCH_ADD;
	case MFRAW_OP_LOCAL_INV:
		return MFRAW_CQE_LOCAL_INV;
	case MFRAW_OP_BIND_MW:
		return MFRAW_CQE_BIND_MW;
	case MFRAW_OP_REG_MR:
		return MFRAW_CQE_REG_MR;
	default:
		return MFRAW_CQE_SEND;
	}
}

/*
 * Complete the oldest entry. comp_lock held. The caller calls
 * mfraw_comp_publish() before it releases the lock, unless this is an error.
 */
static void mfraw_comp_one(struct mfraw_roce *roce, u8 status)
{
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_qp *qp = roce->qp;
	struct mfraw_cq *cq = qp->sq.cq;
	struct mfraw_swqe *wqe = mfraw_swqe(roce, qp->sq.cons);
	bool error = status != MFRAW_CQE_SUCCESS, ok = true;
	bool read = mfraw_op_is_read(wqe->opcode);
	u32 idx = qp->sq.cons;

	lockdep_assert_held(&roce->qp->comp_lock);
	if (read)
		comp->rd_done++;
	WRITE_ONCE(qp->sq.cons, idx + 1);

	if (error || wqe->flags & MFRAW_SEND_SIGNALED) {
		struct mfraw_cqe cqe = {
			.qpn = cpu_to_le32(qp->ibqp.qp_num),
			.wqe_idx = cpu_to_le32(idx),
			.byte_len = cpu_to_le32(read ? wqe->length : 0),
			.opcode = mfraw_comp_opcode(wqe),
			.status = status,
		};

		spin_lock(&cq->lock);
		ok = mfraw_cq_push(cq, &cqe);
		if (error)
			mfraw_cq_publish(cq, true);
		spin_unlock(&cq->lock);
		comp->pushed = !error;
	}
	if (unlikely(error)) {
		mfraw_count(qp->dev, MFRAW_TX_ERROR, 1);
		/* Reliable services have no SQE (IBTA 10.3.1.6 and A14). */
		if (roce->reliable)
			mfraw_qp_fail(qp);
		else
			mfraw_qp_sq_fail(qp);
	}
	if (unlikely(!ok))
		mfraw_qp_fatal(qp);
}

/* Raise the event of completions, if one is wanted. comp_lock held. */
static void mfraw_comp_publish(struct mfraw_roce *roce)
{
	struct mfraw_cq *cq = roce->qp->sq.cq;

	lockdep_assert_held(&roce->qp->comp_lock);
	if (!roce->comp.pushed)
		return;
	roce->comp.pushed = false;
	spin_lock(&cq->lock);
	mfraw_cq_publish(cq, false);
	spin_unlock(&cq->lock);
}

/*
 * Complete the oldest entries as long as they need no response of the peer.
 * comp_lock held. Returns false if one failed, which ends the queue pair or its
 * send queue.
 */
static bool mfraw_comp_local(struct mfraw_roce *roce)
{
	struct mfraw_qp *qp = roce->qp;

	lockdep_assert_held(&roce->qp->comp_lock);
	while (qp->sq.cons != roce->comp.end_idx) {
		struct mfraw_swqe *wqe = mfraw_swqe(roce, qp->sq.cons);
		u8 status = wqe->status;

		if (!wqe->done)
			break;
		mfraw_comp_one(roce, status);
		if (status != MFRAW_CQE_SUCCESS)
			return false;
	}

	return true;
}

static bool mfraw_comp_dead(const struct mfraw_roce *roce)
{
	enum ib_qp_state state = READ_ONCE(roce->qp->state);

	return state != IB_QPS_RTS && state != IB_QPS_SQD;
}

/*
 * Raise the drained event if SQD has nothing left to complete. comp_lock held.
 */
static void mfraw_comp_drain(struct mfraw_roce *roce)
{
	lockdep_assert_held(&roce->qp->comp_lock);

	if (unlikely(READ_ONCE(roce->qp->state) == IB_QPS_SQD) &&
	    roce->qp->sq.cons == roce->comp.end_idx) {
		mfraw_comp_publish(roce);
		mfraw_roce_drained(roce);
	}
}

/*
 * Halve the window after a loss or a timeout. Each window of packets that
 * arrives makes it one packet larger. comp_lock held.
 */
static void mfraw_comp_congested(struct mfraw_completer *comp)
{
	comp->window = max(comp->window / 2, MFRAW_WINDOW_MIN);
	comp->window_acked = 0;
}

static void mfraw_comp_arrived(struct mfraw_completer *comp, u32 packets)
{
	if (likely(comp->window == MFRAW_WINDOW))
		return;
	comp->window_acked += packets;
	if (comp->window_acked < comp->window)
		return;
	comp->window_acked = 0;
	comp->window++;
}

/**
 * mfraw_comp_progress - note that the peer acknowledged packets
 * @roce: an RC or XRC_INI queue pair
 * @was: first packet that is acknowledged now
 *
 * Context: atomic, comp_lock.
 */
void mfraw_comp_progress(struct mfraw_roce *roce, u32 was)
{
	struct mfraw_completer *comp = &roce->comp;

	lockdep_assert_held(&roce->qp->comp_lock);
	mfraw_comp_arrived(comp, (comp->psn - was) & MFRAW_PSN_MASK);
	comp->deadline = jiffies + mfraw_comp_timeout(roce);
	comp->retry_left = roce->attr.retry_cnt;
	comp->timeouts = 0;
	comp->rnr_left = roce->attr.rnr_retry;
	comp->recovering = false;
	if (comp->blocked) {
		comp->blocked = false;
		mfraw_roce_kick(roce);
	}
	mfraw_comp_drain(roce);
}

/* Retry from the oldest unacknowledged packet. comp_lock held. */
static void mfraw_comp_retry(struct mfraw_roce *roce)
{
	struct mfraw_completer *comp = &roce->comp;
	unsigned int backoff;

	lockdep_assert_held(&roce->qp->comp_lock);
	if (comp->psn == comp->end_psn)
		return;
	if (!comp->retry_left) {
		mfraw_comp_one(roce, MFRAW_CQE_RETRY_EXC_ERR);
		return;
	}
	comp->retry_left--;
	trace_mfraw_retry(&roce->qp->ibqp, comp->psn, comp->end_psn,
			  comp->retry_left);
	comp->retry = true;
	comp->recovering = true;
	if (likely(!comp->dropped))
		mfraw_comp_congested(comp);
	comp->dropped = false;
	/* Only silence makes the timeout longer. */
	backoff = comp->timeouts ? comp->timeouts - 1 : 0;
	comp->deadline = jiffies + (mfraw_comp_timeout(roce) <<
				    min_t(u32, backoff, MFRAW_BACKOFF));
	mfraw_roce_kick(roce);
}

/*
 * Handle an acknowledge of all packets up to @psn. comp_lock held. Returns
 * false if the response to a read or atomic is missing, or if the queue pair
 * failed.
 */
static bool mfraw_comp_ack(struct mfraw_roce *roce, u32 psn)
{
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_qp *qp = roce->qp;
	bool progress = false, ok = true;
	u32 was = comp->psn;
	struct mfraw_swqe *wqe;

	lockdep_assert_held(&roce->qp->comp_lock);
	while (qp->sq.cons != comp->end_idx) {
		wqe = mfraw_swqe(roce, qp->sq.cons);
		if (unlikely(wqe->done)) {
			if (!mfraw_comp_local(roce))
				break;
			continue;
		}
		if (mfraw_psn_cmp(psn, comp->psn) < 0)
			break;
		if (mfraw_op_is_read(wqe->opcode)) {
			ok = false;
			break;
		}
		progress = true;
		if (mfraw_psn_cmp(psn, wqe->last_psn) < 0) {
			comp->psn = mfraw_psn_add(psn, 1);
			break;
		}
		comp->psn = mfraw_psn_add(wqe->last_psn, 1);
		mfraw_comp_one(roce, MFRAW_CQE_SUCCESS);
	}
	if (mfraw_comp_dead(roce))
		return false;
	if (progress)
		mfraw_comp_progress(roce, was);

	return ok;
}

/* A response is missing: retry, unless a retry is under way already. */
static void mfraw_comp_missing(struct mfraw_roce *roce)
{
	if (mfraw_comp_dead(roce) || roce->comp.recovering)
		return;
	mfraw_count(roce->qp->dev, MFRAW_IMPLIED_NAK, 1);
	mfraw_comp_retry(roce);
}

static void mfraw_comp_rnr(struct mfraw_roce *roce, u8 syndrome)
{
	struct mfraw_completer *comp = &roce->comp;
	u32 usecs = mfraw_rnr_10us[syndrome & 0x1f] * 10;

	if (comp->rnr_wait)
		return;
	if (!comp->rnr_left) {
		mfraw_comp_one(roce, MFRAW_CQE_RNR_RETRY_EXC_ERR);
		return;
	}
	/* A count of seven means infinite retries (IBTA 11.2.5.2). */
	if (roce->attr.rnr_retry < 7)
		comp->rnr_left--;
	comp->rnr_wait = true;
	/* Add one, since a part of the current jiffy is over. */
	mod_timer(&roce->rnr_timer, jiffies + usecs_to_jiffies(usecs) + 1);
}

static void mfraw_comp_nak(struct mfraw_roce *roce, u8 syndrome, u32 psn)
{
	struct mfraw_completer *comp = &roce->comp;

	trace_mfraw_nak_received(&roce->qp->ibqp, syndrome, psn);
	/* A NAK acknowledges all packets before it. */
	if (!mfraw_comp_ack(roce, mfraw_psn_add(psn, -1))) {
		mfraw_comp_missing(roce);
		return;
	}
	if (psn != comp->psn || roce->qp->sq.cons == comp->end_idx)
		return;

	if ((syndrome & MFRAW_SYN_TYPE) == MFRAW_SYN_RNR) {
		mfraw_comp_rnr(roce, syndrome);
		return;
	}
	switch (syndrome) {
	case MFRAW_SYN_NAK_SEQ:
		mfraw_count(roce->qp->dev, MFRAW_SEQ_NAK, 1);
		if (!comp->recovering)
			mfraw_comp_retry(roce);
		break;
	case MFRAW_SYN_NAK_INV_REQ:
		mfraw_comp_one(roce, MFRAW_CQE_REM_INV_REQ_ERR);
		break;
	case MFRAW_SYN_NAK_ACCESS:
		mfraw_comp_one(roce, MFRAW_CQE_REM_ACCESS_ERR);
		break;
	case MFRAW_SYN_NAK_OP:
		mfraw_comp_one(roce, MFRAW_CQE_REM_OP_ERR);
		break;
	default:
		mfraw_comp_one(roce, MFRAW_CQE_BAD_RESP_ERR);
		break;
	}
}

/* Handle a packet of the response to a read or atomic. */
static void mfraw_comp_data(struct mfraw_roce *roce,
			    const struct mfraw_pkt *pkt)
{
	bool atomic = pkt->info & MFRAW_PKT_ATOMIC_ACK;
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_qp *qp = roce->qp;
	const struct mfraw_swqe *wqe;
	__be64 value;
	u32 off;
	u64 orig;
	u8 status;

	if (!mfraw_comp_ack(roce, mfraw_psn_add(pkt->psn, -1))) {
		mfraw_comp_missing(roce);
		return;
	}
	if (pkt->psn != comp->psn || qp->sq.cons == comp->end_idx)
		return;

	wqe = mfraw_swqe(roce, qp->sq.cons);
	if (!mfraw_op_is_read(wqe->opcode) ||
	    atomic != mfraw_op_is_atomic(wqe->opcode)) {
		mfraw_comp_one(roce, MFRAW_CQE_BAD_RESP_ERR);
		return;
	}

	if (atomic) {
		memcpy(&value, pkt->ext + MFRAW_AETH_LEN, sizeof(value));
		orig = be64_to_cpu(value);
		status = mfraw_pkt_scatter(NULL, (const u8 *)&orig,
					   sizeof(orig), wqe->sge,
					   wqe->num_sge, 0, qp->ibqp.pd,
					   &comp->last);
	} else {
		if (!mfraw_swqe_off(roce, wqe, pkt->psn, &off) ||
		    pkt->len != min(wqe->length - off, roce->mtu))
			status = MFRAW_CQE_BAD_RESP_ERR;
		else
			status = mfraw_pkt_scatter(pkt, NULL, pkt->len,
						   wqe->sge, wqe->num_sge, off,
						   qp->ibqp.pd, &comp->last);
	}
	if (status != MFRAW_CQE_SUCCESS) {
		mfraw_comp_one(roce, status);
		return;
	}

	comp->psn = mfraw_psn_add(pkt->psn, 1);
	if (pkt->psn == wqe->last_psn) {
		mfraw_comp_one(roce, MFRAW_CQE_SUCCESS);
		mfraw_comp_local(roce);
	}
	if (!mfraw_comp_dead(roce))
		mfraw_comp_progress(roce, pkt->psn);
}

/**
 * mfraw_comp_begin - prepare for responses that arrive together
 * @roce: the queue pair that gets them
 *
 * Context: atomic, reader of the device until mfraw_comp_end().
 */
void mfraw_comp_begin(struct mfraw_roce *roce)
{
	spin_lock(&roce->qp->comp_lock);
	/* For sparse, since callers lock in one branch only. */
	__release(&roce->qp->comp_lock);
	roce->comp.last = NULL;
}

/**
 * mfraw_comp_end - publish completions of responses that arrived together
 * @roce: the queue pair that got them
 *
 * Context: as mfraw_comp_begin().
 */
void mfraw_comp_end(struct mfraw_roce *roce)
{
	__acquire(&roce->qp->comp_lock);
	mfraw_comp_publish(roce);
	spin_unlock(&roce->qp->comp_lock);
}

/**
 * mfraw_comp_rx - handle a response
 * @roce: an RC or XRC_INI queue pair
 * @pkt: the response
 *
 * Context: between mfraw_comp_begin() and mfraw_comp_end().
 */
void mfraw_comp_rx(struct mfraw_roce *roce, const struct mfraw_pkt *pkt)
{
	struct mfraw_completer *comp = &roce->comp;
	u8 syndrome = MFRAW_SYN_ACK;

	if (pkt->info & MFRAW_PKT_AETH)
		syndrome = pkt->ext[0] & MFRAW_SYN_MASK;

	/* Ignore old responses, and responses to packets that were not sent. */
	if (mfraw_comp_dead(roce) ||
	    mfraw_psn_cmp(pkt->psn, comp->psn) < 0 ||
	    mfraw_psn_cmp(pkt->psn, comp->end_psn) >= 0) {
		mfraw_count(roce->qp->dev, MFRAW_RESP_STALE, 1);
	} else if (pkt->info & (MFRAW_PKT_PAYLOAD | MFRAW_PKT_ATOMIC_ACK)) {
		mfraw_comp_data(roce, pkt);
	} else if ((syndrome & MFRAW_SYN_TYPE) == 0) {
		if (!mfraw_comp_ack(roce, pkt->psn))
			mfraw_comp_missing(roce);
	} else {
		mfraw_comp_nak(roce, syndrome, pkt->psn);
	}
}

/**
 * mfraw_comp_sent - complete sends that need no response
 * @roce: the queue pair
 * @idx: the first entry that is not completely sent
 *
 * Called after each round. Unreliable sends complete once the port has their
 * packets.
 *
 * Context: sq.lock.
 */
void mfraw_comp_sent(struct mfraw_roce *roce, u32 idx)
{
	struct mfraw_qp *qp = roce->qp;

	spin_lock(&roce->qp->comp_lock);
	if (!roce->reliable)
		while (mfraw_comp_local(roce) && (s32)(idx - qp->sq.cons) > 0)
			mfraw_comp_one(roce, MFRAW_CQE_SUCCESS);
	else
		mfraw_comp_local(roce);
	mfraw_comp_publish(roce);
	mfraw_comp_drain(roce);
	spin_unlock(&roce->qp->comp_lock);
}

/**
 * mfraw_comp_dropped - the uplink's device dropped a packet
 * @roce: the queue pair that sent the packet, or may have
 *
 * Halves the window before the peer can report the loss. The report of the peer
 * does not halve it again.
 *
 * Context: sq.lock.
 */
void mfraw_comp_dropped(struct mfraw_roce *roce)
{
	struct mfraw_completer *comp = &roce->comp;

	if (!roce->reliable)
		return;
	spin_lock(&roce->qp->comp_lock);
	if (!comp->dropped) {
		comp->dropped = true;
		mfraw_comp_congested(comp);
	}
	spin_unlock(&roce->qp->comp_lock);
}

/**
 * mfraw_comp_timer - handle an ACK timeout
 * @timer: timer of a struct mfraw_roce
 *
 * Context: softirq.
 */
void mfraw_comp_timer(struct timer_list *timer)
{
	struct mfraw_roce *roce = timer_container_of(roce, timer, timer);
	struct mfraw_completer *comp = &roce->comp;

	spin_lock(&roce->qp->comp_lock);
	/* The owner may have set an infinite timeout meanwhile. */
	if (!mfraw_comp_dead(roce) && roce->attr.timeout &&
	    comp->psn != comp->end_psn) {
		if (comp->rnr_wait || comp->held) {
			comp->deadline = jiffies + mfraw_comp_timeout(roce);
		} else if (time_after_eq(jiffies, comp->deadline)) {
			mfraw_count(roce->qp->dev, MFRAW_ACK_TIMEOUT, 1);
			comp->timeouts++;
			mfraw_comp_retry(roce);
		}
		if (!mfraw_comp_dead(roce))
			mfraw_comp_watch(roce);
	}
	spin_unlock(&roce->qp->comp_lock);
}

/**
 * mfraw_comp_rnr_timer - retry after the delay of an RNR NAK
 * @timer: rnr_timer of a struct mfraw_roce
 *
 * Context: softirq.
 */
void mfraw_comp_rnr_timer(struct timer_list *timer)
{
	struct mfraw_roce *roce = timer_container_of(roce, timer, rnr_timer);
	struct mfraw_completer *comp = &roce->comp;

	spin_lock(&roce->qp->comp_lock);
	if (comp->rnr_wait) {
		comp->rnr_wait = false;
		comp->retry = true;
		comp->deadline = jiffies + mfraw_comp_timeout(roce);
		mfraw_roce_kick(roce);
	}
	spin_unlock(&roce->qp->comp_lock);
}

/**
 * mfraw_comp_flush - complete all posted sends with a flush error
 * @roce: a queue pair whose send queue is in an error state
 *
 * Context: sq.lock.
 */
void mfraw_comp_flush(struct mfraw_roce *roce)
{
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_qp *qp = roce->qp;

	spin_lock(&roce->qp->comp_lock);
	mfraw_queue_flush(&qp->sq, qp->ibqp.qp_num, MFRAW_CQE_SEND);
	roce->req.fetch = qp->sq.cons;
	roce->req.idx = qp->sq.cons;
	roce->req.next_psn = roce->req.psn;
	comp->end_idx = qp->sq.cons;
	/*
	 * No packet is under way; the next work request starts at this number.
	 */
	comp->psn = roce->req.psn;
	comp->end_psn = roce->req.psn;
	comp->retry = false;
	spin_unlock(&roce->qp->comp_lock);
}
