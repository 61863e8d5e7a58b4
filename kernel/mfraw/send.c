// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The send queue: work requests become frames.
 *
 * A round takes up to MFRAW_BURST work requests under the queue's lock, copies
 * and checks each, hands all frames to the port at once, and then writes the
 * completions that were asked for. Payload stays where it is until a receiver
 * copies it; what steering reads is copied here first.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "cq.h"
#include "roce.h"
#include "send.h"

#define UVERBS_MODULE_NAME mfraw
#include <rdma/uverbs_named_ioctl.h>

/* Rounds of one run: a full ring of plain sends is a quarter of it. */
#define MFRAW_RUN_ROUNDS	2048
static_assert(MFRAW_RUN_ROUNDS >= 4 * MFRAW_MAX_WR / MFRAW_BURST);

struct mfraw_burst *mfraw_burst_alloc(void)
{
	return kvzalloc(sizeof(struct mfraw_burst), GFP_KERNEL_ACCOUNT);
}

static enum mfraw_build mfraw_build_inline(struct mfraw_qp *qp,
					   const struct mfraw_send_wqe *wqe,
					   struct mf_frame *frame, u8 *hdr,
					   u8 *status)
{
	u32 len = le32_to_cpu(READ_ONCE(wqe->inline_len));

	if (len > qp->max_inline || READ_ONCE(wqe->num_sge)) {
		*status = MFRAW_CQE_LOC_QP_OP_ERR;
		return MFRAW_BUILD_BAD;
	}
	if (!mfraw_frame_len_ok(qp, len)) {
		*status = MFRAW_CQE_LOC_LEN_ERR;
		return MFRAW_BUILD_BAD;
	}

	memcpy(hdr, wqe + 1, len);
	frame->hdr = hdr;
	frame->hdr_len = len;
	frame->len = len;
	frame->nr_frags = 0;
	frame->frags = NULL;
	frame->src = &qp->rxq;
	frame->skb = NULL;
	frame->ubuf = qp->burst->ubuf;

	return MFRAW_BUILD_OK;
}

/* Apart, since among all the rest of a round too little is left in registers. */
static noinline enum mfraw_build
mfraw_build_gather(struct mfraw_qp *qp, const struct mfraw_send_wqe *wqe,
		   struct mf_frame *frame, u8 *hdr, struct mfraw_mr **last,
		   u8 *status)
{
	const struct mfraw_sge *sge = (const struct mfraw_sge *)(wqe + 1);
	u32 num_sge = le16_to_cpu(READ_ONCE(wqe->num_sge));
	struct mfraw_burst *b = qp->burst;
	unsigned int first = b->nr_frags;
	struct ubuf_info *ubuf = b->ubuf;
	u32 max_frame = READ_ONCE(qp->dev->max_frame);
	struct mfraw_sge_view view;
	u32 hdr_len = 0;
	u64 len = 0;

	if (num_sge > qp->sq.max_sge || READ_ONCE(wqe->inline_len)) {
		*status = MFRAW_CQE_LOC_QP_OP_ERR;
		return MFRAW_BUILD_BAD;
	}

	for (; num_sge; num_sge--, sge++) {
		u32 n;

		if (!mfraw_sge_get(&view, sge, qp->ibqp.pd, 0, last)) {
			*status = MFRAW_CQE_LOC_PROT_ERR;
			return MFRAW_BUILD_BAD;
		}
		len += view.length;
		/* What is too long would not fit into any round. */
		if (unlikely(len > max_frame))
			break;

		n = min_t(u32, view.length, MF_FRAME_HDR - hdr_len);
		mfraw_mr_read(hdr + hdr_len, view.mr, view.addr, n);
		hdr_len += n;
		if (view.length == n)
			continue;
		if (!mfraw_mr_frags(b, view.mr, view.addr + n,
				    view.length - n)) {
			b->nr_frags = first;
			return MFRAW_BUILD_FULL;
		}
		/* Pages of others can't be kept: their end is not ours. */
		if (unlikely(view.mr->dmabuf))
			ubuf = NULL;
	}

	if (unlikely(len < MF_FRAME_MIN || len > max_frame)) {
		*status = MFRAW_CQE_LOC_LEN_ERR;
		return MFRAW_BUILD_BAD;
	}

	frame->hdr = hdr;
	frame->hdr_len = hdr_len;
	frame->len = len;
	frame->nr_frags = b->nr_frags - first;
	frame->frags = &b->frags[first];
	frame->src = &qp->rxq;
	frame->skb = NULL;
	frame->ubuf = ubuf;

	return MFRAW_BUILD_OK;
}

/*
 * Read work request @idx, once: the @k-th of the round. It becomes the round's
 * next frame, or frames.
 */
static enum mfraw_build mfraw_build(struct mfraw_qp *qp, u32 idx,
				    unsigned int k, struct mfraw_mr **last,
				    u8 *status)
{
	const struct mfraw_send_wqe *wqe;
	struct mfraw_burst *b = qp->burst;
	unsigned int i = b->nr_frames;
	enum mfraw_build ret;
	u8 opcode, flags;

	wqe = qp->sq.ring + ((size_t)(idx & (qp->sq.entries - 1)) << qp->sq.shift);
	opcode = READ_ONCE(wqe->opcode);
	flags = READ_ONCE(wqe->flags);

	if (unlikely(opcode == MFRAW_OP_TSO)) {
		b->tso |= BIT(k);
		if (flags & MFRAW_SEND_SIGNALED)
			b->signaled |= BIT(k);
		return mfraw_build_tso(qp, wqe, k ? 0 : qp->tso_done, last,
				       status);
	}

	if (opcode != MFRAW_OP_SEND ||
	    flags & ~(MFRAW_SEND_SIGNALED | MFRAW_SEND_INLINE |
		      MFRAW_SEND_IP_CSUM) ||
	    READ_ONCE(wqe->reserved)) {
		*status = MFRAW_CQE_LOC_QP_OP_ERR;
		return MFRAW_BUILD_BAD;
	}

	if (flags & MFRAW_SEND_INLINE)
		ret = mfraw_build_inline(qp, wqe, &b->frames[i], b->hdrs[i],
					 status);
	else
		ret = mfraw_build_gather(qp, wqe, &b->frames[i], b->hdrs[i],
					 last, status);
	if (ret != MFRAW_BUILD_OK)
		return ret;

	if (flags & MFRAW_SEND_IP_CSUM)
		mfraw_csum_fill(&b->frames[i], b->hdrs[i]);
	if (flags & MFRAW_SEND_SIGNALED)
		b->signaled |= BIT(k);
	b->nr_frames++;

	return MFRAW_BUILD_OK;
}

/**
 * mfraw_sq_complete - write the completions of a round
 * @qp: the queue pair
 * @sent: the round
 *
 * Context: atomic, rounds in order.
 * Return: false if the CQ overflowed.
 */
bool mfraw_sq_complete(struct mfraw_qp *qp, const struct mfraw_sent *sent)
{
	u32 signaled = sent->signaled;
	struct mfraw_cq *cq = qp->sq.cq;
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(qp->ibqp.qp_num),
		.opcode = MFRAW_CQE_SEND,
	};
	bool ok = true;

	if (!signaled && !sent->bad)
		return true;

	spin_lock(&cq->lock);
	while (signaled) {
		unsigned int i = __ffs(signaled);

		cqe.wqe_idx = cpu_to_le32(sent->idx + i);
		cqe.opcode = sent->tso & BIT(i) ? MFRAW_CQE_TSO :
						  MFRAW_CQE_SEND;
		ok &= mfraw_cq_push(cq, &cqe);
		signaled &= signaled - 1;
	}
	if (sent->bad) {
		cqe.wqe_idx = cpu_to_le32(sent->idx + sent->n);
		cqe.status = sent->status;
		ok &= mfraw_cq_push(cq, &cqe);
	}
	mfraw_cq_publish(cq, sent->bad);
	spin_unlock(&cq->lock);

	return ok;
}

/*
 * The port took @taken frames of the round. How many work requests are those,
 * counting only the ones that were taken whole? What was taken of the next one,
 * which is to be segmented, is noted.
 */
static unsigned int mfraw_sq_taken(struct mfraw_qp *qp, unsigned int taken)
{
	struct mfraw_burst *b = qp->burst;
	unsigned int done = taken;

	if (likely(b->ends == U32_MAX && !qp->tso_done))
		return done;

	if (taken < MFRAW_BURST)
		done = hweight32(b->ends & (BIT(taken) - 1));
	else
		done = hweight32(b->ends);
	if (taken && !(b->ends & BIT(taken - 1)))
		qp->tso_done = b->tso_off[taken - 1];
	else if (done)
		qp->tso_done = 0;

	return done;
}

/**
 * mfraw_sq_burst - do one round of a send queue
 * @qp: its send queue has entries
 *
 * The producer index is read once; an index that is ahead by more than the
 * ring holds is an error of the process that wrote it, and of nobody else.
 * In the error state, what was posted is flushed.
 *
 * Context: atomic, send queue's lock.
 * Return: frames and failed work requests, 0 when there is nothing to do.
 */
unsigned int mfraw_sq_burst(struct mfraw_qp *qp)
{
	enum mfraw_build ret = MFRAW_BUILD_OK;
	struct mfraw_burst *b = qp->burst;
	struct mfraw_queue *sq = &qp->sq;
	struct mfraw_mr *last = NULL;
	struct mfraw_sent sent = {};
	unsigned int k, given, taken = 0;
	bool again = false;
	u32 todo;

	if (unlikely(qp->roce))
		return mfraw_req_burst(qp);

	/* Pairs with the release of the index: entries before it are written. */
	todo = le32_to_cpu(smp_load_acquire(sq->shared_prod)) - sq->cons;
	if (!todo)
		return 0;

	if (READ_ONCE(qp->state) != IB_QPS_RTS) {
		if (READ_ONCE(qp->state) == IB_QPS_ERR)
			mfraw_sq_flush(qp);
		return 0;
	}

	if (todo > sq->entries) {
		mfraw_qp_fatal(qp);
		return 0;
	}

	if (unlikely(qp->pace.rate) && mfraw_pace_closed(qp))
		return 0;

	b->ubuf = mfraw_zc_get(qp);
	if (unlikely(!b->ubuf))
		return 0;
	b->nr_frames = 0;
	b->nr_frags = 0;
	b->signaled = 0;
	b->tso = 0;
	b->ends = U32_MAX;
	todo = min(todo, MFRAW_BURST);

	rcu_read_lock();
	for (k = 0; k < todo && b->nr_frames < MFRAW_BURST; k++) {
		ret = mfraw_build(qp, sq->cons + k, k, &last, &sent.status);
		if (ret != MFRAW_BUILD_OK)
			break;
	}
	given = b->nr_frames;
	if (unlikely(qp->pace.rate))
		given = mfraw_pace_xmit(qp, b->frames, given, &taken);
	else if (given)
		taken = qp->dev->qb->ops->xmit(qp->dev->qb, b->frames, given);
	rcu_read_unlock();

	if (unlikely(taken < b->nr_frames)) {
		/* What is left is read anew when its turn comes. */
		if (taken < given)
			again = mfraw_stall(qp);
		ret = MFRAW_BUILD_OK;
	}
	sent.idx = sq->cons;
	sent.n = mfraw_sq_taken(qp, taken);
	sent.signaled = b->signaled & (BIT_ULL(sent.n) - 1);
	sent.tso = b->tso;
	sent.bad = ret == MFRAW_BUILD_BAD;
	sq->cons += sent.n + sent.bad;
	mfraw_zc_put(qp, b->ubuf, &sent);

	if (unlikely(sent.bad)) {
		qp->tso_done = 0;
		mfraw_count(qp->dev, MFRAW_TX_ERROR, 1);
		mfraw_qp_fail(qp);
	}

	/* Offered once more, now that whoever resumes sees us wait. */
	return taken + sent.bad + again;
}

/**
 * mfraw_sq_run - do what is posted
 * @qp: the queue pair
 *
 * At most a ring's worth: others who post meanwhile kick for themselves, so
 * the caller is not kept longer than its own work takes. What becomes very many
 * frames by segmentation goes on without him.
 *
 * Context: sleeps.
 */
void mfraw_sq_run(struct mfraw_qp *qp)
{
	u32 end = READ_ONCE(qp->sq.cons) + qp->sq.entries;
	unsigned int rounds = 0;
	bool more;

	do {
		spin_lock_bh(&qp->sq.lock);
		more = mfraw_sq_burst(qp) && (s32)(end - qp->sq.cons) > 0;
		/* RESET takes the lock before it cancels the work. */
		if (unlikely(more && ++rounds == MFRAW_RUN_ROUNDS)) {
			queue_work(system_unbound_wq, &qp->stall_work);
			more = false;
		}
		spin_unlock_bh(&qp->sq.lock);
		cond_resched();
	} while (more);
}

/*
 * The kick, see MFRAW_METHOD_QP_KICK. The handle is locked against destruction
 * of the QP meanwhile.
 */
static int UVERBS_HANDLER(MFRAW_METHOD_QP_KICK)(struct uverbs_attr_bundle *attrs)
{
	struct ib_qp *ibqp = uverbs_attr_get_obj(attrs, MFRAW_ATTR_QP_KICK_HANDLE);
	/* Several handles share one of XRC_TGT, and are no more than that. */
	struct mfraw_qp *qp = to_mfraw_qp(ibqp->real_qp);

	mfraw_count(qp->dev, MFRAW_KICKS, 1);

	if (unlikely(READ_ONCE(qp->state) == IB_QPS_ERR))
		mfraw_qp_flush_rq(qp);

	if (qp->sq.entries && !mfraw_engine_add(qp))
		mfraw_sq_run(qp);

	return 0;
}

DECLARE_UVERBS_NAMED_METHOD(MFRAW_METHOD_QP_KICK,
			    UVERBS_ATTR_IDR(MFRAW_ATTR_QP_KICK_HANDLE,
					    UVERBS_OBJECT_QP,
					    UVERBS_ACCESS_READ,
					    UA_MANDATORY));

ADD_UVERBS_METHODS(mfraw_qp_kick, UVERBS_OBJECT_QP,
		   &UVERBS_METHOD(MFRAW_METHOD_QP_KICK));

const struct uapi_definition mfraw_uapi_defs[] = {
	UAPI_DEF_CHAIN_OBJ_TREE(UVERBS_OBJECT_QP, &mfraw_qp_kick),
	UAPI_DEF_CHAIN(mfraw_wq_uapi_defs),
	{}
};
