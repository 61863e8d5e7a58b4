// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Send the responder's packets of an RC or XRC_TGT queue pair: read data,
 * atomic results and acknowledges. IBTA volume 1, 9.7.5.1 (responses).
 */
#include "queue/burst.h"
#include "queue/stall.h"
#include "roce/pack.h"
#include "roce/reply.h"
#include "roce/roce.h"
#include "roce/train.h"
#include "roce/uplink.h"
#include "trace.h"
#include "verbs/key.h"
#include "verbs/xrc.h"

/**
 * mfraw_reply_ack - note an acknowledge that is due after pending responses
 * @roce: an RC or XRC_TGT queue pair
 * @syndrome: syndrome of the AETH, enum mfraw_syndrome
 * @psn: sequence number of the last executed packet, or with a NAK of the
 *	expected one
 *
 * Context: rq.q.lock.
 */
void mfraw_reply_ack(struct mfraw_roce *roce, u8 syndrome, u32 psn)
{
	struct mfraw_responder *resp = &roce->resp;

	if (syndrome != MFRAW_SYN_ACK)
		trace_mfraw_nak_sent(&roce->qp->ibqp, syndrome, psn);
	resp->ack = true;
	resp->ack_syndrome = syndrome;
	resp->ack_psn = psn;
	resp->ack_msn = resp->msn;
	resp->due = true;
}

static void mfraw_reply_aeth(struct mfraw_packer *p, u8 syndrome, u32 msn)
{
	__be32 *aeth = mfraw_pack_ext(p, sizeof(*aeth));

	*aeth = cpu_to_be32(MFRAW_AETH(syndrome, msn));
}

/* Count the packets of the next frame of a read response. */
static u32 mfraw_reply_train(const struct mfraw_roce *roce,
			     const struct mfraw_rd_atomic *rd)
{
	/* The first and the last packet differ from the others. */
	if (rd->first)
		return 1;

	return mfraw_train_packets(roce, (rd->last_psn - rd->psn) &
					 MFRAW_PSN_MASK);
}

/*
 * Build packets of a read response, as many as fit, and advance @rd past them.
 * If a train can't be built, the packets before the reason are built one by one.
 * Returns false if the memory is no longer accessible.
 */
static bool mfraw_reply_pack_read(struct mfraw_roce *roce,
				  struct mfraw_rd_atomic *rd)
{
	const struct ib_pd *pd = roce->qp->ibqp.pd;
	struct mfraw_burst *b = roce->qp->burst;
	struct mfraw_sge_view view;
	struct mfraw_packer p __uninitialized;

	if (unlikely(roce->type == IB_QPT_XRC_TGT))
		pd = mfraw_xrc_pd(roce, rd->srqn);
	while (mfraw_round_open(roce) &&
	       mfraw_psn_cmp(rd->psn, rd->last_psn) <= 0) {
		u32 packets = mfraw_reply_train(roce, rd);
		u32 n = min(rd->left, packets * roce->mtu);
		bool last = rd->psn == rd->last_psn;
		u8 opcode = IB_OPCODE_RDMA_READ_RESPONSE_MIDDLE;

		if (!mfraw_rkey_get_last(&view, roce->qp, pd, rd->rkey,
					 rd->addr, n, IB_ACCESS_REMOTE_READ,
					 &roce->req.last)) {
			if (packets == 1)
				return false;
			roce->no_trains = true;
			continue;
		}
		if (rd->first && last)
			opcode = IB_OPCODE_RDMA_READ_RESPONSE_ONLY;
		else if (rd->first)
			opcode = IB_OPCODE_RDMA_READ_RESPONSE_FIRST;
		else if (last)
			opcode = IB_OPCODE_RDMA_READ_RESPONSE_LAST;

		mfraw_pack_begin(&p, b, &roce->path, roce->transport | opcode,
				 roce->dqpn, rd->psn);
		if (rd->first || last)
			mfraw_reply_aeth(&p, MFRAW_SYN_ACK, rd->msn);
		if (n && !mfraw_pack_mr(&p, view.mr, view.addr, n)) {
			mfraw_pack_undo(&p);
			if (packets == 1)
				break;
			roce->no_trains = true;
			continue;
		}
		if (packets > 1)
			mfraw_pack_train(&p, roce, packets);
		else
			mfraw_pack_end(&p, roce);
		rd->first = false;
		rd->psn = mfraw_psn_add(rd->psn, packets);
		rd->addr += n;
		rd->left -= n;
	}

	return true;
}

static void mfraw_reply_pack_atomic(struct mfraw_roce *roce,
				    const struct mfraw_rd_atomic *rd)
{
	struct mfraw_packer p __uninitialized;
	__be64 value = cpu_to_be64(rd->value);

	mfraw_pack_begin(&p, roce->qp->burst, &roce->path,
			 roce->transport | IB_OPCODE_ATOMIC_ACKNOWLEDGE,
			 roce->dqpn, rd->psn);
	mfraw_reply_aeth(&p, MFRAW_SYN_ACK, rd->msn);
	memcpy(mfraw_pack_ext(&p, sizeof(value)), &value, sizeof(value));
	mfraw_pack_end(&p, roce);
}

/* Advance past @packets of a response that the port took. */
static void mfraw_reply_advance(const struct mfraw_roce *roce,
				struct mfraw_rd_atomic *rd, u32 packets)
{
	u32 bytes = min_t(u64, rd->left, (u64)packets * roce->mtu);

	rd->first = false;
	rd->psn = mfraw_psn_add(rd->psn, packets);
	rd->addr += bytes;
	rd->left -= bytes;
}

/* Is the next packet of a response one that it still has? */
static bool mfraw_reply_more(const struct mfraw_rd_atomic *rd)
{
	return mfraw_psn_cmp(rd->psn, rd->last_psn) <= 0;
}

/*
 * Get a copy of response @i of this round. Returns false if there is none, or
 * if a response was replaced meanwhile.
 */
static bool mfraw_reply_get(struct mfraw_roce *roce, unsigned int i,
			    struct mfraw_rd_atomic *rd)
{
	struct mfraw_responder *resp = &roce->resp;
	spinlock_t *lock = &roce->qp->rq.q.lock;
	bool found;

	spin_lock(lock);
	if (!i)
		resp->rd_cut = resp->rd_tail + MFRAW_RESP_RD;
	found = (s32)(resp->rd_head - resp->rd_tail - i) > 0 &&
		(s32)(resp->rd_cut - resp->rd_tail - i) > 0;
	if (found)
		*rd = *mfraw_resp_rd(resp, resp->rd_tail + i);
	spin_unlock(lock);

	return found;
}

/*
 * Build packets of the oldest responses, as many as fit. Sets @frames to the
 * numbers of their frames by response, and @ok to false if memory of the last
 * response is no longer accessible. Returns the number of responses.
 */
static unsigned int mfraw_reply_pack_rds(struct mfraw_roce *roce, u8 *frames,
					 bool *ok)
{
	struct mfraw_burst *b = roce->qp->burst;
	struct mfraw_rd_atomic rd __uninitialized;
	unsigned int n = 0, before;

	while (mfraw_round_open(roce) && mfraw_reply_get(roce, n, &rd)) {
		before = b->nr_frames;
		if (rd.atomic) {
			mfraw_reply_pack_atomic(roce, &rd);
			rd.psn = mfraw_psn_add(rd.psn, 1);
		} else {
			*ok = mfraw_reply_pack_read(roce, &rd);
		}
		frames[n++] = b->nr_frames - before;
		if (!*ok || mfraw_reply_more(&rd))
			break;
	}

	return n;
}

/*
 * Remove responses of which the port took all packets: it took the first @taken
 * frames of the round, and @frames are the numbers of frames by response.
 * Returns false if the last of @n responses was replaced meanwhile. rq.q.lock
 * held.
 */
static bool mfraw_reply_taken(struct mfraw_roce *roce, const u8 *frames,
			      unsigned int n, unsigned int taken)
{
	const struct mf_frame *frame = roce->qp->burst->frames;
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_rd_atomic *rd;
	unsigned int i, part;
	u32 tail = resp->rd_tail;

	lockdep_assert_held(&roce->qp->rq.q.lock);
	for (i = 0; i < n; i++) {
		if (unlikely((s32)(resp->rd_cut - tail - i) <= 0))
			return false;
		rd = mfraw_resp_rd(resp, tail + i);
		part = min_t(unsigned int, taken, frames[i]);
		taken -= part;
		if (part)
			mfraw_reply_advance(roce, rd,
					    mf_frame_wire_frames(frame, part));
		frame += part;
		if (mfraw_reply_more(rd))
			break;
		resp->rd_tail++;
		mfraw_park_answered(roce, rd->last_psn);
	}

	return true;
}

/* Send the responses to the oldest requests, or a part of them. */
static unsigned int mfraw_reply_do_rds(struct mfraw_roce *roce)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_qp *qp = roce->qp;
	spinlock_t *lock = &qp->rq.q.lock;
	struct mfraw_burst *b = qp->burst;
	unsigned int jobs, taken, n;
	bool ok = true, again = false, stall = false;
	u8 frames[MFRAW_RESP_RD] __uninitialized;

	if (unlikely(roce->cc.rate) && mfraw_cc_closed(roce))
		return 0;
	roce->req.last = NULL;
	jobs = mfraw_reply_pack_rds(roce, frames, &ok);
	n = b->nr_frames;
	if (unlikely(roce->train_more))
		mfraw_trains_seal(roce);
	taken = n ? mfraw_cc_xmit(roce, b->frames, n, &stall) : 0;
	if (unlikely(taken < n))
		again = stall && (taken || mfraw_stall(qp));

	spin_lock(lock);
	if (mfraw_reply_taken(roce, frames, jobs, taken) &&
	    unlikely(!ok && taken == n)) {
		mfraw_drop(qp->dev, qp->ibqp.qp_num, MFRAW_RX_ACCESS, 1);
		mfraw_reply_ack(roce, MFRAW_SYN_NAK_ACCESS,
				mfraw_resp_rd(resp, resp->rd_tail)->psn);
		resp->rd_tail = resp->rd_head;
		/* The next round sends the NAK. */
		again = true;
		mfraw_roce_event(roce, IB_EVENT_QP_ACCESS_ERR);
		qp->rq.fail(&qp->rq, false);
	}
	spin_unlock(lock);

	return taken + again;
}

static unsigned int mfraw_reply_do_ack(struct mfraw_roce *roce, u8 syndrome,
				       u32 psn, u32 msn)
{
	struct mfraw_responder *resp = &roce->resp;
	spinlock_t *lock = &roce->qp->rq.q.lock;
	struct mfraw_packer p __uninitialized;

	mfraw_pack_begin(&p, roce->qp->burst, &roce->path,
			 roce->transport | IB_OPCODE_ACKNOWLEDGE, roce->dqpn,
			 psn);
	mfraw_reply_aeth(&p, syndrome, msn);
	mfraw_pack_end(&p, roce);
	if (likely(mfraw_roce_xmit(roce->qp, roce->qp->burst->frames, 1)))
		return 1;

	/* Try again later, with a newer acknowledge if one came meanwhile. */
	spin_lock(lock);
	resp->ack = true;
	spin_unlock(lock);

	return mfraw_stall(roce->qp);
}

/**
 * mfraw_reply_burst - send due responses to the peer
 * @roce: a queue pair of any type; only reliable ones have responses
 *
 * Responses to reads and atomics precede an acknowledge, which is of later
 * packets. The error state does not stop them, so that the peer learns the
 * reason.
 *
 * Context: atomic, sq.lock, reader of the device.
 * Return: 0 if nothing is left to do now; otherwise the caller calls again.
 */
unsigned int mfraw_reply_burst(struct mfraw_roce *roce)
{
	struct mfraw_responder *resp = &roce->resp;
	struct mfraw_burst *b = roce->qp->burst;
	unsigned int n = 0;
	u32 psn, msn;
	bool rd, ack;
	u8 syndrome;

	if (!roce->reliable)
		return 0;

	spin_lock(&roce->qp->rq.q.lock);
	rd = resp->rd_head != resp->rd_tail;
	ack = !rd && resp->ack;
	syndrome = resp->ack_syndrome;
	psn = resp->ack_psn;
	msn = resp->ack_msn;
	if (ack)
		resp->ack = false;
	spin_unlock(&roce->qp->rq.q.lock);

	mfraw_burst_begin(b);
	b->ubuf = mfraw_uplink_ubuf(roce->qp->dev);
	mfraw_trains_begin(roce);
	if (rd)
		n = mfraw_reply_do_rds(roce);
	else if (ack)
		n = mfraw_reply_do_ack(roce, syndrome, psn, msn);
	mfraw_burst_end(b);

	return n;
}

/**
 * mfraw_reply_due - check whether responses are due
 * @roce: a queue pair of any type
 *
 * A response that becomes due after the check schedules the task.
 *
 * Context: sq.lock.
 * Return: true if so.
 */
bool mfraw_reply_due(const struct mfraw_roce *roce)
{
	const struct mfraw_responder *resp = &roce->resp;

	return READ_ONCE(resp->ack) ||
	       READ_ONCE(resp->rd_head) != READ_ONCE(resp->rd_tail);
}

/**
 * mfraw_reply_soon - have due responses sent
 * @roce: a queue pair that got requests
 * @sender: the queue pair that sends these requests in its round right now, or
 *	NULL
 *
 * A peer on the same NIC sends the responses itself when the port has returned,
 * which takes much less than a work item. Until then, the peer is a reader of the
 * device of @roce. A round gets the responses of one queue pair only.
 *
 * Context: atomic, reader of the device. @sender's round is in this call.
 */
void mfraw_reply_soon(struct mfraw_roce *roce, struct mfraw_roce *sender)
{
	struct mfraw_answer *answer = sender ? sender->answer : NULL;

	/* A queue pair that sends to itself has its lock. */
	if (!answer || roce == sender ||
	    (answer->from && answer->from != roce)) {
		mfraw_roce_kick(roce);
		return;
	}
	if (answer->from)
		return;
	answer->from = roce;
	answer->idx = srcu_read_lock(&roce->qp->dev->readers);
	/* For sparse: mfraw_reply_run() ends the read section. */
	__release(&roce->qp->dev->readers);
}

/**
 * mfraw_reply_run - send the responses to a round's requests
 * @answer: what mfraw_reply_soon() has noted, not empty
 *
 * The work item does it if the lock is not free: two queue pairs that send to
 * each other at the same time must not wait for each other. It also goes on with
 * what is left after a round.
 *
 * Context: atomic, sq.lock of the queue pair of the round.
 */
void mfraw_reply_run(struct mfraw_answer *answer)
{
	struct mfraw_roce *roce = answer->from;
	struct mfraw_qp *qp = roce->qp;
	bool done = false;

	if (likely(spin_trylock(&qp->sq.lock))) {
		/* For sparse, which counts this lock twice without SMP. */
		if (!IS_ENABLED(CONFIG_SMP) &&
		    !IS_ENABLED(CONFIG_DEBUG_SPINLOCK))
			__release(&qp->sq.lock);
		mfraw_reply_burst(roce);
		done = !mfraw_reply_due(roce);
		spin_unlock(&qp->sq.lock);
	}
	if (unlikely(!done))
		mfraw_roce_kick(roce);
	__acquire(&qp->dev->readers);
	srcu_read_unlock(&qp->dev->readers, answer->idx);
}
