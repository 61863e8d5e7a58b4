// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The requester turns work requests of RC, UC, UD and XRC_INI queue pairs into
 * packets.
 *
 * Each work request is copied and checked once, when the queue reaches it. All
 * transmissions of its packets, also retries, use the copy. The completer
 * handles responses and decides on retries. IBTA volume 1, 9.7.2 (RC), 9.8.2
 * (UC), 9.8.3 (UD).
 */
#include "kern/kmr.h"
#include "queue/burst.h"
#include "queue/stall.h"
#include "roce/pack.h"
#include "roce/reply.h"
#include "roce/req.h"
#include "roce/roce.h"
#include "roce/train.h"
#include "roce/ud.h"
#include "roce/uplink.h"
#include "verbs/mw.h"
#include "verbs/qp_state.h"

/* The outcome of one step. */
enum mfraw_step {
	MFRAW_STEP_ON,		/* the round can go on */
	MFRAW_STEP_FULL,	/* no room left in the round */
	MFRAW_STEP_WAIT,	/* must wait for the peer */
	MFRAW_STEP_STOP,	/* a work request failed */
};

/* Position of the requester before a frame, for mfraw_req_rewind(). */
struct mfraw_req_pos {
	u32	idx;
	u32	psn;
	u32	since_ack;
};

/* The first word of a send of one memory piece, apart from these flags. */
#define MFRAW_REQ_SIMPLE	(MFRAW_OP_SEND | 1ULL << 16)
#define MFRAW_REQ_FLAGS		((u64)(MFRAW_SEND_SIGNALED | \
				       MFRAW_SEND_SOLICITED) << 8)

static_assert(offsetof(struct mfraw_send_wqe, opcode) == 0);
static_assert(offsetof(struct mfraw_send_wqe, flags) == 1);
static_assert(offsetof(struct mfraw_send_wqe, num_sge) == 2);
static_assert(offsetof(struct mfraw_send_wqe, inline_len) == 4);
static_assert(offsetof(struct mfraw_send_wqe, roce) == 8);
static_assert(offsetof(struct mfraw_roce_seg, ud.ahn) == 0);
static_assert(offsetof(struct mfraw_roce_seg, ud.qpn) == 4);
static_assert(offsetof(struct mfraw_roce_seg, ud.qkey) == 8);
static_assert(sizeof(struct mfraw_roce_seg) == 32);

/*
 * Copy the most frequent work request, a send of one memory piece. Returns false
 * for all others, which mfraw_wqe_copy() reads anew.
 */
static bool mfraw_req_simple(struct mfraw_roce *roce, struct mfraw_swqe *wqe,
			     const struct mfraw_send_wqe *from)
{
	const struct mfraw_sge *sge =
		(const void *)((const struct mfraw_roce_seg *)(from + 1) + 1);
	/* Read each word once: user space can change it at any time. */
	const __le64 *word = (const __le64 *)from;
	u64 head = le64_to_cpu(READ_ONCE(word[0]));
	u64 seg0 = le64_to_cpu(READ_ONCE(word[2]));
	u64 seg1 = le64_to_cpu(READ_ONCE(word[3]));
	bool ud = roce->type == IB_QPT_UD;
	u32 length;

	if ((head & ~MFRAW_REQ_FLAGS) != MFRAW_REQ_SIMPLE ||
	    !roce->qp->sq.max_sge || READ_ONCE(word[1]) ||
	    (ud ? upper_32_bits(seg1) : seg0 | seg1) ||
	    READ_ONCE(word[4]) || READ_ONCE(word[5]))
		return false;
	length = le32_to_cpu(READ_ONCE(sge->length));
	if (length > (ud ? roce->mtu : MFRAW_MAX_MSG))
		return false;
	wqe->sge[0].addr = READ_ONCE(sge->addr);
	wqe->sge[0].length = cpu_to_le32(length);
	wqe->sge[0].lkey = READ_ONCE(sge->lkey);
	wqe->opcode = MFRAW_OP_SEND;
	wqe->flags = head >> 8;
	wqe->num_sge = 1;
	wqe->length = length;
	wqe->imm = 0;
	wqe->srqn = 0;
	wqe->inv_rkey = 0;
	wqe->seg.ud.ahn = cpu_to_le32(lower_32_bits(seg0));
	wqe->seg.ud.qpn = cpu_to_le32(upper_32_bits(seg0));
	wqe->seg.ud.qkey = cpu_to_le32(lower_32_bits(seg1));

	return true;
}

/* Count the packets of a message, or of the response to a read. */
static u32 mfraw_req_packets(const struct mfraw_roce *roce,
			     const struct mfraw_swqe *wqe)
{
	if (mfraw_op_is_local(wqe->opcode))
		return 0;
	if (mfraw_op_is_atomic(wqe->opcode) || likely(wqe->length <= roce->mtu))
		return 1;

	return max(1U, DIV_ROUND_UP(wqe->length, roce->mtu));
}

/*
 * Get the index up to which a round may copy entries of the ring. A queue pair
 * in another state than RTS copies none.
 */
static u32 mfraw_req_posted(struct mfraw_roce *roce, enum ib_qp_state state)
{
	struct mfraw_requester *req = &roce->req;
	struct mfraw_qp *qp = roce->qp;
	u32 prod, room;

	/*
	 * Pairs with the release of the index by user space, which wrote the
	 * entries before.
	 */
	prod = le32_to_cpu(smp_load_acquire(qp->sq.shared_prod));
	/*
	 * Entries keep their copies until they complete. An index that would
	 * overwrite a copy, or that went backwards, is invalid.
	 */
	room = qp->sq.entries - (req->fetch - READ_ONCE(qp->sq.cons));
	if (prod - req->fetch > room) {
		mfraw_qp_fatal(qp);
		return req->fetch;
	}
	/* A draining queue (SQD) starts no new work requests. */
	return state == IB_QPS_RTS ? prod : req->fetch;
}

/*
 * Is there nothing to send and nothing under way? This is so if the task runs
 * for a response.
 */
static bool mfraw_req_idle(const struct mfraw_roce *roce,
			   enum ib_qp_state state, u32 end, u32 acked)
{
	const struct mfraw_requester *req = &roce->req;

	return state == IB_QPS_RTS && req->idx == end && req->fetch == end &&
	       acked == roce->comp.end_psn && !READ_ONCE(roce->comp.held);
}

/* Copy the next entry of the ring. */
static void mfraw_req_fetch(struct mfraw_roce *roce)
{
	struct mfraw_requester *req = &roce->req;
	struct mfraw_qp *qp = roce->qp;
	const struct mfraw_queue *sq = &qp->sq;
	const struct mfraw_send_wqe *from;
	struct mfraw_swqe *wqe;
	u32 n;

	wqe = mfraw_swqe(roce, req->fetch);
	from = sq->ring + ((size_t)(req->fetch & (sq->entries - 1)) << sq->shift);
	if (likely(mfraw_req_simple(roce, wqe, from)))
		wqe->status = MFRAW_CQE_SUCCESS;
	else
		wqe->status = mfraw_wqe_copy(roce, wqe, from);
	wqe->done = wqe->status != MFRAW_CQE_SUCCESS;
	if (qp->sig_all)
		wqe->flags |= MFRAW_SEND_SIGNALED;
	n = wqe->done ? 0 : mfraw_req_packets(roce, wqe);
	wqe->first_psn = req->next_psn;
	wqe->last_psn = mfraw_psn_add(req->next_psn, n - 1);
	wqe->rd_seq = req->rd_seq;
	if (mfraw_op_is_read(wqe->opcode))
		req->rd_seq++;
	req->next_psn = mfraw_psn_add(req->next_psn, n);
	req->fetch++;
}

static u8 mfraw_req_opcode(const struct mfraw_roce *roce,
			   const struct mfraw_swqe *wqe, bool first, bool last)
{
	static const u8 send[] = {
		IB_OPCODE_SEND_MIDDLE, IB_OPCODE_SEND_LAST,
		IB_OPCODE_SEND_FIRST, IB_OPCODE_SEND_ONLY,
	}, write[] = {
		IB_OPCODE_RDMA_WRITE_MIDDLE, IB_OPCODE_RDMA_WRITE_LAST,
		IB_OPCODE_RDMA_WRITE_FIRST, IB_OPCODE_RDMA_WRITE_ONLY,
	};
	unsigned int i = first << 1 | last;
	u8 transport = roce->transport;

	switch (wqe->opcode) {
	case MFRAW_OP_SEND_WITH_IMM:
		if (last)
			return transport | (send[i] + 1);
		break;
	case MFRAW_OP_SEND_WITH_INV:
		if (last)
			return transport |
				(first ? IB_OPCODE_SEND_ONLY_WITH_INVALIDATE :
					 IB_OPCODE_SEND_LAST_WITH_INVALIDATE);
		break;
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
		if (last)
			return transport | (write[i] + 1);
		fallthrough;
	case MFRAW_OP_RDMA_WRITE:
		return transport | write[i];
	case MFRAW_OP_RDMA_READ:
		return transport | IB_OPCODE_RDMA_READ_REQUEST;
	case MFRAW_OP_ATOMIC_CMP_SWP:
		return transport | IB_OPCODE_COMPARE_SWAP;
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		return transport | IB_OPCODE_FETCH_ADD;
	default:
		break;
	}

	return transport | send[i];
}

static void mfraw_req_xrceth(struct mfraw_packer *p,
			     const struct mfraw_swqe *wqe)
{
	__be32 *xrceth = mfraw_pack_ext(p, MFRAW_XRCETH_LEN);

	*xrceth = cpu_to_be32(wqe->srqn);
}

static void mfraw_req_reth(struct mfraw_packer *p, const struct mfraw_swqe *wqe,
			   u32 off, u32 len)
{
	struct mfraw_reth *reth = mfraw_pack_ext(p, sizeof(*reth));

	reth->addr = cpu_to_be64(le64_to_cpu(wqe->seg.rdma.addr) + off);
	reth->rkey = cpu_to_be32(le32_to_cpu(wqe->seg.rdma.rkey));
	reth->length = cpu_to_be32(len);
}

/*
 * Get the sequence number past the next packet, or past the response to the
 * next request packet of a read. A long read takes several requests, so that
 * sequence numbers stay comparable. Requests always end at the same packets of
 * the message, so a retry never asks for more than the first request did.
 */
static u32 mfraw_req_read_end(const struct mfraw_requester *req,
			      const struct mfraw_swqe *wqe)
{
	u32 nth = (req->psn - wqe->first_psn) & MFRAW_PSN_MASK;
	u32 left = (wqe->last_psn + 1 - req->psn) & MFRAW_PSN_MASK;

	if (wqe->opcode != MFRAW_OP_RDMA_READ)
		return mfraw_psn_add(req->psn, 1);

	return mfraw_psn_add(req->psn, min(left, MFRAW_READ_PACKETS -
					   nth % MFRAW_READ_PACKETS));
}

static void mfraw_req_atomic(struct mfraw_packer *p,
			     const struct mfraw_swqe *wqe)
{
	struct mfraw_atomic_eth *eth = mfraw_pack_ext(p, sizeof(*eth));
	u64 add = le64_to_cpu(wqe->seg.atomic.compare_add);

	eth->addr = cpu_to_be64(le64_to_cpu(wqe->seg.atomic.addr));
	eth->rkey = cpu_to_be32(le32_to_cpu(wqe->seg.atomic.rkey));
	if (wqe->opcode == MFRAW_OP_ATOMIC_CMP_SWP) {
		eth->swap_add =
			cpu_to_be64(le64_to_cpu(wqe->seg.atomic.swap));
		eth->compare = cpu_to_be64(add);
	} else {
		eth->swap_add = cpu_to_be64(add);
		eth->compare = 0;
	}
}

/* Get the number of packets after which to ask for an acknowledge. */
static u32 mfraw_req_interval(const struct mfraw_requester *req)
{
	return min_t(u32, MFRAW_ACK_INTERVAL, req->window / 2);
}

/* Count the packets of the next frame. They end with one that asks. */
static u32 mfraw_req_train(const struct mfraw_roce *roce,
			   const struct mfraw_swqe *wqe, u32 acked)
{
	const struct mfraw_requester *req = &roce->req;
	u32 most, interval;

	if (likely(req->psn == wqe->first_psn) ||
	    mfraw_op_is_read(wqe->opcode) || wqe->flags & MFRAW_SEND_INLINE)
		return 1;
	/* The last packet of a message differs. */
	most = (wqe->last_psn - req->psn) & MFRAW_PSN_MASK;
	if (roce->reliable) {
		interval = mfraw_req_interval(req);
		most = min3(most, interval - min(interval, req->since_ack),
			    (acked + req->window - req->psn) & MFRAW_PSN_MASK);
	}

	return mfraw_train_packets(roce, most);
}

/* Build the next packet, or train of @n packets, of an RC, UC or XRC message. */
static u8 mfraw_req_pack(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
			 u32 n, bool *full)
{
	struct mfraw_requester *req = &roce->req;
	struct mfraw_burst *b = roce->qp->burst;
	bool first = req->psn == wqe->first_psn;
	bool last = req->psn == wqe->last_psn;
	struct mfraw_packer p __uninitialized;
	u8 opcode, status;
	u32 off, part;

	if (WARN_ON_ONCE(!mfraw_swqe_off(roce, wqe, req->psn, &off)))
		return MFRAW_CQE_LOC_QP_OP_ERR;

	opcode = mfraw_req_opcode(roce, wqe, first, last);
	mfraw_pack_begin(&p, b, &roce->path, opcode, roce->dqpn, req->psn);
	if (unlikely(roce->type == IB_QPT_XRC_INI))
		mfraw_req_xrceth(&p, wqe);

	switch (wqe->opcode) {
	case MFRAW_OP_RDMA_READ:
		part = (mfraw_req_read_end(req, wqe) - req->psn) &
		       MFRAW_PSN_MASK;
		mfraw_req_reth(&p, wqe, off,
			       min_t(u64, wqe->length - off,
				     (u64)part * roce->mtu));
		mfraw_pack_end(&p, roce);
		return MFRAW_CQE_SUCCESS;
	case MFRAW_OP_ATOMIC_CMP_SWP:
	case MFRAW_OP_ATOMIC_FETCH_ADD:
		mfraw_req_atomic(&p, wqe);
		mfraw_pack_end(&p, roce);
		return MFRAW_CQE_SUCCESS;
	case MFRAW_OP_RDMA_WRITE:
	case MFRAW_OP_RDMA_WRITE_WITH_IMM:
		if (first)
			mfraw_req_reth(&p, wqe, 0, wqe->length);
		break;
	default:
		break;
	}

	if (mfraw_roce_ops[opcode & 0x1f] & (MFRAW_PKT_IMM | MFRAW_PKT_INV)) {
		__be32 *imm = mfraw_pack_ext(&p, sizeof(*imm));

		*imm = wqe->opcode == MFRAW_OP_SEND_WITH_INV ?
			cpu_to_be32(wqe->inv_rkey) : wqe->imm;
	}
	if (last && wqe->flags & MFRAW_SEND_SOLICITED)
		p.bth->flags |= MFRAW_BTH_SE;

	status = mfraw_pack_payload(&p, wqe, off,
				    min(wqe->length - off, n * roce->mtu),
				    roce->qp->ibqp.pd, &req->last, full);
	if (status != MFRAW_CQE_SUCCESS || *full) {
		mfraw_pack_undo(&p);
		return status;
	}
	req->since_ack += n;
	if (roce->reliable &&
	    (last || req->since_ack >= mfraw_req_interval(req))) {
		p.bth->psn |= cpu_to_be32(MFRAW_BTH_ACK_REQ);
		req->since_ack = 0;
	}
	if (n > 1)
		mfraw_pack_train(&p, roce, n);
	else
		mfraw_pack_end(&p, roce);

	return MFRAW_CQE_SUCCESS;
}

/*
 * Build the next frame. Sets @n to the number of its packets. If a train can't
 * be built, the packets before the reason are sent one by one.
 */
static u8 mfraw_req_frame(struct mfraw_roce *roce, const struct mfraw_swqe *wqe,
			  u32 acked, u32 *n, bool *full)
{
	u8 status;

	for (;;) {
		*n = mfraw_req_train(roce, wqe, acked);
		status = mfraw_req_pack(roce, wqe, *n, full);
		if (likely(*n == 1 || (status == MFRAW_CQE_SUCCESS && !*full)))
			return status;
		roce->no_trains = true;
		*full = false;
	}
}

/* Fail a work request before, or while, its packets are sent. */
static enum mfraw_step mfraw_req_fail(struct mfraw_roce *roce,
				      struct mfraw_swqe *wqe, u8 status)
{
	spin_lock(&roce->qp->comp_lock);
	wqe->status = status;
	wqe->done = true;
	spin_unlock(&roce->qp->comp_lock);

	return MFRAW_STEP_STOP;
}

static enum mfraw_step mfraw_req_local(struct mfraw_roce *roce,
				       struct mfraw_swqe *wqe)
{
	struct mfraw_qp *qp = roce->qp;
	u8 status;

	if (wqe->opcode == MFRAW_OP_BIND_MW)
		status = mfraw_mw_bind(qp, wqe);
	else if (wqe->opcode == MFRAW_OP_REG_MR)
		status = mfraw_kmr_reg(qp->ibqp.pd, &wqe->seg);
	else
		status = mfraw_invalidate(qp, wqe->inv_rkey, false);
	if (status != MFRAW_CQE_SUCCESS)
		return mfraw_req_fail(roce, wqe, status);

	spin_lock(&roce->qp->comp_lock);
	wqe->done = true;
	spin_unlock(&roce->qp->comp_lock);
	roce->req.idx++;

	return MFRAW_STEP_ON;
}

/*
 * A local invalidate waits until all work requests before it are complete,
 * since a retry may use the key until then. IBTA 10.6.5.1 requires this only
 * with a fence, but users expect it always. Without acknowledges, work requests
 * complete when the port has their frames, so ending the round is enough. If
 * the peer stays silent, the queue pair fails, which ends the wait, too.
 */
static bool mfraw_req_must_drain(const struct mfraw_roce *roce,
				 const struct mfraw_swqe *wqe, u32 acked)
{
	return wqe->opcode == MFRAW_OP_LOCAL_INV && roce->reliable &&
	       mfraw_psn_cmp(acked, wqe->first_psn) < 0;
}

/* Must the next packet wait for responses of the peer? */
static bool mfraw_req_must_wait(const struct mfraw_roce *roce,
				const struct mfraw_swqe *wqe, u32 acked,
				u32 rd_done)
{
	const struct mfraw_requester *req = &roce->req;
	bool read = mfraw_op_is_read(wqe->opcode);

	if (wqe->flags & MFRAW_SEND_FENCE && req->psn == wqe->first_psn &&
	    wqe->rd_seq != rd_done)
		return true;
	if (read && wqe->rd_seq - rd_done >= roce->attr.max_rd_atomic)
		return true;
	if (mfraw_req_must_drain(roce, wqe, acked))
		return true;
	if (!roce->reliable || mfraw_op_is_local(wqe->opcode))
		return false;
	if (read)
		return (req->psn != wqe->first_psn && req->psn != acked) ||
		       mfraw_psn_cmp(mfraw_req_read_end(req, wqe), acked) < 0;

	return mfraw_psn_cmp(req->psn, mfraw_psn_add(acked, req->window)) >= 0;
}

static enum mfraw_step mfraw_req_step(struct mfraw_roce *roce, u32 acked,
				      u32 rd_done)
{
	struct mfraw_requester *req = &roce->req;
	struct mfraw_swqe *wqe;
	bool full = false;
	u8 status;
	u32 n = 1;

	wqe = mfraw_swqe(roce, req->idx);
	if (wqe->done) {
		/* Failed when fetched, or done before a retry. */
		if (wqe->status != MFRAW_CQE_SUCCESS)
			return MFRAW_STEP_STOP;
		req->idx++;
		return MFRAW_STEP_ON;
	}
	/* The owner may have set the limit to 0 in SQD after posting this. */
	if (mfraw_op_is_read(wqe->opcode) && !roce->attr.max_rd_atomic)
		return mfraw_req_fail(roce, wqe, MFRAW_CQE_LOC_QP_OP_ERR);
	if (mfraw_req_must_wait(roce, wqe, acked, rd_done))
		return MFRAW_STEP_WAIT;
	if (mfraw_op_is_local(wqe->opcode)) {
		if (!roce->reliable && roce->qp->burst->nr_frames)
			return MFRAW_STEP_FULL;
		return mfraw_req_local(roce, wqe);
	}

	if (roce->type == IB_QPT_UD)
		status = mfraw_ud_pack(roce, wqe, &full);
	else
		status = mfraw_req_frame(roce, wqe, acked, &n, &full);
	if (status != MFRAW_CQE_SUCCESS)
		return mfraw_req_fail(roce, wqe, status);
	/* An empty round has room for a packet unless allocation failed. */
	if (unlikely(full && !roce->qp->burst->nr_frames))
		return mfraw_req_fail(roce, wqe, MFRAW_CQE_LOC_QP_OP_ERR);
	if (full)
		return MFRAW_STEP_FULL;

	req->psn = n > 1 ? mfraw_psn_add(req->psn, n) :
			   mfraw_req_read_end(req, wqe);
	if (req->psn == mfraw_psn_add(wqe->last_psn, 1))
		req->idx++;

	return MFRAW_STEP_ON;
}

/*
 * Go back to the completer's position for a retry. Returns false during an RNR
 * wait.
 */
static bool mfraw_req_sync(struct mfraw_roce *roce, u32 *acked, u32 *rd_done)
{
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_requester *req = &roce->req;
	bool ready;

	spin_lock(&roce->qp->comp_lock);
	if (comp->retry ||
	    (s32)(req->idx - roce->qp->sq.cons) < 0 ||
	    (roce->reliable && req->idx == roce->qp->sq.cons &&
	     mfraw_psn_cmp(req->psn, comp->psn) < 0)) {
		comp->retry = false;
		req->idx = roce->qp->sq.cons;
		req->psn = comp->psn;
		req->since_ack = MFRAW_ACK_INTERVAL;
	}
	req->window = comp->window;
	*acked = comp->psn;
	*rd_done = comp->rd_done;
	ready = !comp->rnr_wait;
	spin_unlock(&roce->qp->comp_lock);

	return ready;
}

/*
 * Update the completer before the port sends the round. Returns true if
 * responses arrived meanwhile, so that a requester in MFRAW_STEP_WAIT must look
 * again. Sets @end_psn for mfraw_req_rewind().
 */
static bool mfraw_req_publish(struct mfraw_roce *roce, enum mfraw_step step,
			      u32 acked, u32 rd_done, u32 *end_psn)
{
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_requester *req = &roce->req;
	bool again = false;

	spin_lock(&roce->qp->comp_lock);
	*end_psn = comp->end_psn;
	comp->end_idx = req->fetch;
	if (roce->reliable) {
		if (comp->psn == comp->end_psn)
			comp->deadline = jiffies + mfraw_comp_timeout(roce);
		if (mfraw_psn_cmp(req->psn, comp->end_psn) > 0)
			comp->end_psn = req->psn;
		if (comp->psn != comp->end_psn && roce->attr.timeout &&
		    !timer_pending(&roce->timer))
			mod_timer(&roce->timer, comp->deadline);
	}
	if (step == MFRAW_STEP_WAIT) {
		again = comp->psn != acked || comp->rd_done != rd_done;
		comp->blocked = !again;
	}
	spin_unlock(&roce->qp->comp_lock);

	return again;
}

/*
 * Go back to the first frame that the port did not take. The ACK timeout does
 * not run for unsent packets (IBTA 9.7.6.1.3). @end_psn is the completer's end
 * before this round.
 */
static void mfraw_req_rewind(struct mfraw_roce *roce,
			     const struct mfraw_req_pos *pos, u32 end_psn)
{
	struct mfraw_completer *comp = &roce->comp;
	struct mfraw_requester *req = &roce->req;

	req->idx = pos->idx;
	req->psn = pos->psn;
	req->since_ack = pos->since_ack;
	if (!roce->reliable)
		return;

	spin_lock(&roce->qp->comp_lock);
	comp->held = true;
	if (mfraw_psn_cmp(req->psn, end_psn) > 0)
		end_psn = req->psn;
	/* A faulty peer may have acknowledged unsent packets. */
	if (mfraw_psn_cmp(comp->psn, end_psn) > 0)
		end_psn = comp->psn;
	comp->end_psn = end_psn;
	spin_unlock(&roce->qp->comp_lock);
}

/* The port takes frames again, so the ACK timeout restarts. */
static void mfraw_req_goes_on(struct mfraw_roce *roce)
{
	struct mfraw_completer *comp = &roce->comp;

	spin_lock(&roce->qp->comp_lock);
	comp->held = false;
	comp->deadline = jiffies + mfraw_comp_timeout(roce);
	spin_unlock(&roce->qp->comp_lock);
}

/**
 * mfraw_req_pending - check for work requests that a round could begin
 * @qp: a RoCEv2 queue pair
 *
 * Context: any.
 * Return: true if there are some.
 */
bool mfraw_req_pending(const struct mfraw_qp *qp)
{
	const struct mfraw_roce *roce = qp->roce;

	return le32_to_cpu(READ_ONCE(*qp->sq.shared_prod)) !=
	       READ_ONCE(roce->req.fetch) &&
	       !READ_ONCE(roce->comp.blocked) &&
	       !READ_ONCE(roce->comp.rnr_wait);
}

/**
 * mfraw_req_more - check whether a round may find work after a round that sent
 * something
 * @qp: a RoCEv2 queue pair
 *
 * Context: atomic, sq.lock.
 * Return: false if all that is posted is sent.
 */
bool mfraw_req_more(const struct mfraw_qp *qp)
{
	const struct mfraw_requester *req = &qp->roce->req;

	return READ_ONCE(qp->state) != IB_QPS_RTS || req->idx != req->fetch ||
	       le32_to_cpu(READ_ONCE(*qp->sq.shared_prod)) != req->fetch;
}

/**
 * mfraw_req_burst - do one round of a send queue
 * @qp: a RoCEv2 queue pair
 *
 * Context: atomic, sq.lock, reader of the device.
 * Return: number of packets sent, plus 1 if the caller must call again; 0 if
 * there is nothing to do now.
 */
unsigned int mfraw_req_burst(struct mfraw_qp *qp)
{
	struct mfraw_req_pos pos[MFRAW_BURST] __uninitialized;
	struct mfraw_roce *roce = qp->roce;
	struct mfraw_requester *req = &roce->req;
	enum mfraw_step step = MFRAW_STEP_ON;
	struct mfraw_burst *b = qp->burst;
	enum ib_qp_state state = READ_ONCE(qp->state);
	struct mfraw_dev *dev = qp->dev;
	struct mfraw_answer answer __uninitialized;
	unsigned int taken = 0, n;
	u32 acked, rd_done, end_psn, end;
	/* Does a request complete without a response? */
	bool local = !roce->reliable || state != IB_QPS_RTS;
	bool again, stall = false;

	if (mfraw_sq_dead(state)) {
		mfraw_comp_flush(roce);
		return 0;
	}
	if ((state != IB_QPS_RTS && state != IB_QPS_SQD) || !qp->sq.entries ||
	    !mfraw_req_sync(roce, &acked, &rd_done))
		return 0;
	end = mfraw_req_posted(roce, state);
	if (mfraw_req_idle(roce, state, end, acked))
		return 0;
	if (unlikely(roce->cc.rate) && mfraw_cc_closed(roce))
		return 0;

	mfraw_burst_begin(b);
	b->ubuf = mfraw_uplink_ubuf(dev);
	mfraw_trains_begin(roce);
	req->last = NULL;
	req->path = NULL;

	mfraw_mr_window_check(&b->window, dev);
	/* RCU protects address handles. */
	rcu_read_lock();
	while (step == MFRAW_STEP_ON && mfraw_round_open(roce)) {
		if (req->idx == req->fetch) {
			if (req->fetch == end)
				break;
			mfraw_req_fetch(roce);
		}
		n = b->nr_frames;
		pos[n] = (struct mfraw_req_pos) {
			req->idx, req->psn, req->since_ack,
		};
		step = mfraw_req_step(roce, acked, rd_done);
		if (step == MFRAW_STEP_STOP ||
		    (step == MFRAW_STEP_ON && b->nr_frames == n))
			local = true;
	}
	n = b->nr_frames;
	if (unlikely(roce->train_more))
		mfraw_trains_seal(roce);

	again = mfraw_req_publish(roce, step, acked, rd_done, &end_psn);
	answer.from = NULL;
	if (n) {
		roce->answer = &answer;
		taken = mfraw_cc_xmit(roce, b->frames, n, &stall);
		roce->answer = NULL;
	}
	rcu_read_unlock();
	mfraw_burst_end(b);

	if (unlikely(taken < n)) {
		mfraw_req_rewind(roce, &pos[taken], end_psn);
		again = stall && (taken || mfraw_stall(qp));
	} else if (unlikely(READ_ONCE(roce->comp.held))) {
		mfraw_req_goes_on(roce);
	}
	if (local)
		mfraw_comp_sent(roce, req->idx);
	if (answer.from)
		mfraw_reply_run(&answer);

	return taken + again;
}
