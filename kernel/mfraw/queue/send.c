// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The send queue turns work requests into frames.
 *
 * A round takes up to MFRAW_BURST work requests under the queue's lock. It
 * copies and checks each, hands all frames to the port at once, and then writes
 * the requested completions. Payload stays in place until a receiver copies it;
 * the part that steering reads is copied first.
 */
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "queue/csum.h"
#include "queue/csum_short.h"
#include "queue/send.h"
#include "queue/stall.h"
#include "queue/tso.h"
#include "queue/zerocopy.h"
#include "verbs/qp_ops.h"
#include "verbs/qp_state.h"

/* Rounds of a queue per run of its work item, so that others get their turn. */
#define MFRAW_WORK_ROUNDS	64

/*
 * Inline data after the header stays in the ring until the work request
 * completes, like other payload in memory. An entry lies within one page.
 */
static bool mfraw_inline_frag(struct mfraw_qp *qp,
			      const struct mfraw_send_wqe *wqe,
			      struct mf_frame *frame)
{
	const void *data = (const void *)(wqe + 1) + frame->hdr_len;
	struct mfraw_burst *b = qp->burst;

	if (b->nr_frags == MFRAW_BURST_FRAGS)
		return false;
	frame->frags = &b->frags[b->nr_frags++];
	frame->nr_frags = 1;
	bvec_set_page(&b->frags[b->nr_frags - 1], vmalloc_to_page(data),
		      frame->len - frame->hdr_len, offset_in_page(data));

	return true;
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

	frame->hdr_len = len <= MFRAW_HDR_BUF ? len : MF_FRAME_HDR;
	frame->len = len;
	frame->nr_frags = 0;
	frame->frags = NULL;
	memcpy(hdr, wqe + 1, frame->hdr_len);
	if (unlikely(len > frame->hdr_len) &&
	    !mfraw_inline_frag(qp, wqe, frame))
		return MFRAW_BUILD_FULL;
	frame->ubuf = qp->burst->ubuf;

	return MFRAW_BUILD_OK;
}

/* noinline: inlined into the round it spills registers. */
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

		if (!mfraw_sge_get(&view, sge, 0, U32_MAX, qp->ibqp.pd, 0,
				   last)) {
			*status = MFRAW_CQE_LOC_PROT_ERR;
			return MFRAW_BUILD_BAD;
		}
		len += view.length;
		/* Stop at once: a too long frame would fit into no round. */
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
		/*
		 * Copies are valid during this round only, so nobody may keep
		 * them.
		 */
		if (unlikely(view.mr->vaddr))
			ubuf = NULL;
	}

	if (unlikely(len < MF_FRAME_MIN || len > max_frame)) {
		*status = MFRAW_CQE_LOC_LEN_ERR;
		return MFRAW_BUILD_BAD;
	}

	frame->hdr_len = hdr_len;
	frame->len = len;
	frame->nr_frags = b->nr_frags - first;
	frame->frags = &b->frags[first];
	frame->ubuf = ubuf;

	return MFRAW_BUILD_OK;
}

/*
 * Read work request @idx, the @k-th of the round, once. It becomes the next
 * frame or frames of the round.
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
		return mfraw_build_tso(qp, wqe, flags, k ? 0 : qp->tso_done,
				       last, status);
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

/* The first word of a work request that sends one piece of memory. */
#define MFRAW_WQE_SHORT		(MFRAW_OP_SEND | 1ULL << 16)
#define MFRAW_WQE_SIGNALED	((u64)MFRAW_SEND_SIGNALED << 8)
#define MFRAW_WQE_IP_CSUM	((u64)MFRAW_SEND_IP_CSUM << 8)

static_assert(offsetof(struct mfraw_send_wqe, opcode) == 0);
static_assert(offsetof(struct mfraw_send_wqe, flags) == 1);
static_assert(offsetof(struct mfraw_send_wqe, num_sge) == 2);
static_assert(offsetof(struct mfraw_send_wqe, inline_len) == 4);
static_assert(offsetof(struct mfraw_send_wqe, reserved) == 8);
static_assert(offsetof(struct mfraw_sge, addr) == 0);
static_assert(offsetof(struct mfraw_sge, length) == 8);
static_assert(offsetof(struct mfraw_sge, lkey) == 12);

/* Let the window of a send queue show the region of @lkey, if there is one. */
static noinline bool mfraw_window_aim(struct mfraw_qp *qp, u32 lkey)
{
	const struct mfraw_mr *mr = mfraw_mr_find(qp->dev, lkey);

	if (!mr || READ_ONCE(mr->key) != lkey)
		return false;
	mfraw_mr_window_set(&qp->burst->window, mr, qp->ibqp.pd, 0);

	return true;
}

/*
 * Build frames of consecutive work requests, from the @k-th of the round on,
 * each of which sends one short piece of a memory region. Returns the number of
 * the first other request, or @todo. mfraw_build() reads that request anew, so
 * each decision is made by one reading.
 */
static __always_inline unsigned int
mfraw_build_some(struct mfraw_qp *qp, unsigned int k, unsigned int todo)
{
	struct mfraw_burst *b = qp->burst;
	const struct mfraw_mr_window *window = &b->window;
	u32 most = min_t(u32, READ_ONCE(qp->dev->max_frame), MF_FRAME_HDR);
	unsigned int i = b->nr_frames;
	struct mf_frame *frame = &b->frames[i];
	struct ubuf_info *ubuf = b->ubuf;
	const void *ring = qp->sq.ring;
	u32 idx = qp->sq.cons + k, mask = qp->sq.entries - 1;
	u32 signaled = b->signaled;
	u8 shift = qp->sq.shift;
	u8 *hdr = b->hdrs[i];

	todo = min(todo, k + MFRAW_BURST - i);
	for (; k < todo; k++, idx++, frame++, hdr += MFRAW_HDR_BUF) {
		const __le64 *word = ring + ((size_t)(idx & mask) << shift);
		u64 head = le64_to_cpu(READ_ONCE(word[0]));
		u64 addr = le64_to_cpu(READ_ONCE(word[2]));
		u64 piece = le64_to_cpu(READ_ONCE(word[3]));
		u32 len = lower_32_bits(piece);
		const u8 *from;

		if (unlikely((head & ~(MFRAW_WQE_SIGNALED |
				       MFRAW_WQE_IP_CSUM)) != MFRAW_WQE_SHORT ||
			     READ_ONCE(word[1]) ||
			     len < MF_FRAME_MIN || len > most))
			break;
		from = mfraw_mr_window_map(window, upper_32_bits(piece), addr,
					   len);
		if (unlikely(!from)) {
			if (upper_32_bits(piece) == window->lkey ||
			    !mfraw_window_aim(qp, upper_32_bits(piece)))
				break;
			from = mfraw_mr_window_map(window, upper_32_bits(piece),
						   addr, len);
			if (!from)
				break;
		}
		mfraw_copy_short(hdr, from, len);
		kunmap_local(from);

		frame->len = len;
		frame->hdr_len = len;
		frame->nr_frags = 0;
		frame->ubuf = ubuf;
		if (head & MFRAW_WQE_IP_CSUM && !mfraw_short_fill(hdr, len))
			mfraw_csum_fill(frame, hdr);
		if (head & MFRAW_WQE_SIGNALED)
			signaled |= BIT(k);
	}
	b->nr_frames = frame - b->frames;
	b->signaled = signaled;

	return k;
}

/* noinline: inlined into the round it spills registers. */
static noinline unsigned int
mfraw_build_short(struct mfraw_qp *qp, unsigned int k, unsigned int todo)
{
	return mfraw_build_some(qp, k, todo);
}

/* Build the frame of a work request that comes alone, likewise. */
static noinline unsigned int mfraw_build_one(struct mfraw_qp *qp)
{
	return mfraw_build_some(qp, 0, 1);
}

/*
 * Count the work requests whose frames are all among the first @taken frames.
 * Save in tso_done how much of the next one, a TSO request, was sent.
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
 * mfraw_raw_flush_sq - complete all posted sends with a flush error
 * @qp: a queue pair in the error state
 *
 * noinline: inlined into the round it spills registers.
 *
 * Context: atomic, sq.lock.
 */
noinline void mfraw_raw_flush_sq(struct mfraw_qp *qp)
{
	lockdep_assert_held(&qp->sq.lock);

	/*
	 * Earlier sends complete first. The last completion starts the flush
	 * again.
	 */
	if (!qp->sq.entries || mfraw_zc_busy(qp))
		return;
	qp->tso_done = 0;
	mfraw_queue_flush(&qp->sq, qp->ibqp.qp_num, MFRAW_CQE_SEND);
}

/**
 * mfraw_raw_burst - do one round of a raw packet send queue
 * @qp: a queue pair whose send queue has entries
 *
 * Reads the producer index once. An index that is ahead by more than the ring
 * holds is an error of the process, and only fails its queue pair. The error
 * state flushes posted work requests.
 *
 * Context: atomic, sq.lock, reader of the device.
 * Return: number of frames sent and work requests failed, plus 1 if the caller
 * must call again; 0 if there is nothing to do now.
 */
unsigned int mfraw_raw_burst(struct mfraw_qp *qp)
{
	enum mfraw_build ret = MFRAW_BUILD_OK;
	struct mfraw_burst *b = qp->burst;
	struct mfraw_queue *sq = &qp->sq;
	struct mfraw_mr *last = NULL, *seen = NULL;
	struct mfraw_sent sent = {};
	struct mfraw_dev *dev = qp->dev;
	unsigned int k, given, taken = 0;
	bool again = false;
	u32 todo;

	lockdep_assert_held(&qp->sq.lock);
	/*
	 * Pairs with the release of the index by user space, which wrote the
	 * entries before.
	 */
	todo = le32_to_cpu(smp_load_acquire(sq->shared_prod)) - sq->cons;
	if (!todo)
		return 0;

	if (READ_ONCE(qp->state) != IB_QPS_RTS) {
		if (READ_ONCE(qp->state) == IB_QPS_ERR)
			mfraw_raw_flush_sq(qp);
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
	mfraw_burst_begin(b);
	b->signaled = 0;
	b->tso = 0;
	b->ends = U32_MAX;
	todo = min(todo, MFRAW_BURST);

	mfraw_mr_window_check(&b->window, dev);
	k = todo == 1 ? mfraw_build_one(qp) : mfraw_build_short(qp, 0, todo);
	while (k < todo && b->nr_frames < MFRAW_BURST) {
		ret = mfraw_build(qp, sq->cons + k, k, &last, &sent.status);
		if (ret != MFRAW_BUILD_OK)
			break;
		k++;
		if (last != seen) {
			seen = last;
			mfraw_mr_window_set(&b->window, last, qp->ibqp.pd, 0);
		}
		/* Short frames come in a row. */
		if (!b->frames[b->nr_frames - 1].nr_frags)
			k = mfraw_build_short(qp, k, todo);
	}
	given = b->nr_frames;
	if (unlikely(qp->pace.rate && given))
		given = mfraw_pace_xmit(qp, b->frames, given, &taken);
	else if (given)
		taken = mfraw_stall_xmit(qp, b->frames, given);
	mfraw_burst_end(b);

	if (unlikely(ret == MFRAW_BUILD_FULL && !b->nr_frames)) {
		/*
		 * An empty round has room for a frame unless allocation failed.
		 */
		sent.status = MFRAW_CQE_LOC_QP_OP_ERR;
		ret = MFRAW_BUILD_BAD;
	}
	if (unlikely(taken < b->nr_frames)) {
		/* The next round reads the remaining work requests again. */
		if (!taken && given)
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
		mfraw_count(dev, MFRAW_TX_ERROR, 1);
		mfraw_qp_fail(qp);
	}

	/*
	 * @again: offer the frames once more, now that mfraw_resume() finds the
	 * queue.
	 */
	return taken + sent.bad + again;
}

/**
 * mfraw_sq_run - process posted work requests in the caller's context
 * @qp: the queue pair
 *
 * The caller does all of the work, however long it takes, in its time and its
 * cgroup. A killed caller leaves the rest, which is flushed with the queue
 * pair, or sent after the next kick.
 *
 * Context: sleeps.
 */
void mfraw_sq_run(struct mfraw_qp *qp)
{
	u32 end = mfraw_sq_end(qp);
	bool more;
	int idx;

	do {
		idx = srcu_read_lock(&qp->dev->readers);
		spin_lock_bh(&qp->sq.lock);
		more = mfraw_sq_round(qp, end);
		spin_unlock_bh(&qp->sq.lock);
		srcu_read_unlock(&qp->dev->readers, idx);
		cond_resched();
	} while (more && !fatal_signal_pending(current) &&
		 !READ_ONCE(qp->dev->going));
}

/**
 * mfraw_sq_work - continue a send queue that had to wait
 * @qp: the queue pair whose stall_work runs
 *
 * Context: sleeps.
 */
void mfraw_sq_work(struct mfraw_qp *qp)
{
	unsigned int rounds = MFRAW_WORK_ROUNDS;
	u32 end = mfraw_sq_end(qp);
	bool more;
	int idx;

	do {
		idx = srcu_read_lock(&qp->dev->readers);
		spin_lock_bh(&qp->sq.lock);
		more = mfraw_sq_round(qp, end);
		/* RESET takes the lock before it cancels the work. */
		if (more && !--rounds) {
			queue_work(qp->dev->wq, &qp->stall_work);
			more = false;
		}
		spin_unlock_bh(&qp->sq.lock);
		srcu_read_unlock(&qp->dev->readers, idx);
		cond_resched();
	} while (more);
}
