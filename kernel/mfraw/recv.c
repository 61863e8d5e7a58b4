// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receive queue: frames that steering chose for a queue pair are copied
 * into the buffers that its process posted. This is the one copy of the
 * payload on the way from one queue block to another.
 */
#include <linux/etherdevice.h>
#include <linux/highmem.h>
#include <linux/mm.h>

#include "mfraw.h"

/* Completions collected before they are written under one lock of the CQ. */
#define MFRAW_RX_BATCH	32

/**
 * struct mfraw_frame_iter - a place in a frame
 * @frame: the frame
 * @frag: the next piece, or -1 for the header
 * @off: bytes of the piece that are done
 */
struct mfraw_frame_iter {
	const struct mf_frame	*frame;
	int			frag;
	u32			off;
};

/* Copy the next @len bytes of the frame; it has as many. */
static void mfraw_frame_copy(struct mfraw_frame_iter *it, u8 *to, u32 len)
{
	const struct mf_frame *frame = it->frame;
	u32 n;

	if (it->frag < 0) {
		n = min_t(u32, len, frame->hdr_len - it->off);
		memcpy(to, frame->hdr + it->off, n);
		it->off += n;
		if (it->off < frame->hdr_len)
			return;
		it->frag = 0;
		it->off = 0;
		to += n;
		len -= n;
	}

	while (len) {
		const struct bio_vec *bv = &frame->frags[it->frag];

		n = min_t(u32, len, bv->bv_len - it->off);
		memcpy_from_page(to, bv->bv_page, bv->bv_offset + it->off, n);
		it->off += n;
		to += n;
		len -= n;
		if (it->off == bv->bv_len) {
			it->frag++;
			it->off = 0;
		}
	}
}

/* Copy the next @len bytes of the frame to checked @addr of the region. */
static void mfraw_mr_write(struct mfraw_mr *mr, u64 addr, u32 len,
			   struct mfraw_frame_iter *it)
{
	while (len) {
		u64 page = (addr >> PAGE_SHIFT) - (mr->iova >> PAGE_SHIFT);
		u32 n = min_t(u32, len, PAGE_SIZE - offset_in_page(addr));
		u8 *to = kmap_local_page(mr->pages[page]);

		mfraw_frame_copy(it, to + offset_in_page(addr), n);
		kunmap_local(to);
		addr += n;
		len -= n;
	}
}

/* Scatter a frame over the pieces of memory of receive entry @idx. */
static u8 mfraw_scatter(struct mfraw_qp *qp, u32 idx,
			const struct mf_frame *frame, struct mfraw_mr **last)
{
	struct mfraw_frame_iter it = { .frame = frame, .frag = -1 };
	const struct mfraw_queue *rq = &qp->rq;
	const struct mfraw_sge *sge;
	struct mfraw_sge_view view;
	u32 left = frame->len;
	unsigned int i;

	sge = rq->ring + ((size_t)(idx & (rq->entries - 1)) << rq->shift);
	for (i = 0; left; i++) {
		u32 n;

		if (i == rq->max_sge)
			return MFRAW_CQE_LOC_LEN_ERR;
		if (!mfraw_sge_get(&view, &sge[i], qp->ibqp.pd,
				   IB_ACCESS_LOCAL_WRITE, last))
			return MFRAW_CQE_LOC_PROT_ERR;
		if (!view.length)
			return MFRAW_CQE_LOC_LEN_ERR;

		n = min(left, view.length);
		mfraw_mr_write(view.mr, view.addr, n, &it);
		left -= n;
	}

	return MFRAW_CQE_SUCCESS;
}

/* Entries that may be used, looking at the shared index only if need be. */
static u32 mfraw_rq_avail(struct mfraw_qp *qp)
{
	struct mfraw_queue *rq = &qp->rq;
	u32 prod;

	if (likely(rq->prod != rq->cons))
		return rq->prod - rq->cons;

	/* Pairs with the release of the index: entries before it are written. */
	prod = le32_to_cpu(smp_load_acquire(rq->shared_prod));
	if (unlikely(prod - rq->cons > rq->entries)) {
		mfraw_qp_fatal(qp);
		return 0;
	}

	rq->prod = prod;
	return prod - rq->cons;
}

/* Take up to MFRAW_RX_BATCH frames; returns how many. */
static unsigned int mfraw_rx_batch(struct mfraw_qp *qp,
				   const struct mf_frame *frames,
				   unsigned int n, struct mfraw_mr **last)
{
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(qp->ibqp.qp_num),
		.opcode = MFRAW_CQE_RECV,
	};
	u8 status = MFRAW_CQE_SUCCESS;
	struct mfraw_queue *rq = &qp->rq;
	struct mfraw_cq *cq = rq->cq;
	u8 info[MFRAW_RX_BATCH];
	unsigned int done, i;
	u32 first = rq->cons;
	bool ok = true;

	n = min3(n, MFRAW_RX_BATCH, mfraw_rq_avail(qp));
	if (!n)
		return 0;

	for (done = 0; done < n && status == MFRAW_CQE_SUCCESS; done++) {
		status = mfraw_scatter(qp, first + done, &frames[done], last);
		info[done] = mfraw_rx_info(qp->dev, &frames[done]);
	}
	rq->cons += done;

	spin_lock(&cq->lock);
	for (i = 0; i < done; i++) {
		cqe.wqe_idx = cpu_to_le32(first + i);
		cqe.byte_len = cpu_to_le32(frames[i].len);
		cqe.info = info[i];
		if (i == done - 1)
			cqe.status = status;
		ok &= mfraw_cq_push(cq, &cqe);
	}
	mfraw_cq_publish(cq, status != MFRAW_CQE_SUCCESS);
	spin_unlock(&cq->lock);

	if (unlikely(status != MFRAW_CQE_SUCCESS)) {
		mfraw_count(qp->dev, MFRAW_RX_ERROR, 1);
		mfraw_qp_fail(qp);
	}
	if (unlikely(!ok))
		mfraw_qp_fatal(qp);

	return done;
}

static bool mfraw_rx_ready(const struct mfraw_qp *qp)
{
	enum ib_qp_state state = READ_ONCE(qp->state);

	return state == IB_QPS_RTR || state == IB_QPS_RTS ||
	       state == IB_QPS_SQD || state == IB_QPS_SQE;
}

static void mfraw_rx_frames(struct mfraw_qp *qp, const struct mf_frame *frames,
			    unsigned int n)
{
	struct mfraw_mr *last = NULL;
	unsigned int done;

	while (n) {
		if (unlikely(!mfraw_rx_ready(qp))) {
			mfraw_count(qp->dev, MFRAW_RX_QP_STATE, n);
			break;
		}
		done = mfraw_rx_batch(qp, frames, n, &last);
		if (!done) {
			mfraw_count(qp->dev, MFRAW_RX_NO_BUFFER, n);
			break;
		}
		frames += done;
		n -= done;
	}
}

/* Called by steering, see struct mf_rxq_ops. */
static void mfraw_rx(struct mf_rxq *rxq, const struct mf_frame *frames,
		     unsigned int n)
{
	struct mfraw_qp *qp = container_of(rxq, struct mfraw_qp, rxq);
	unsigned int i;

	spin_lock(&qp->rq.lock);
	if (likely(!test_bit(MFRAW_QP_BLOCK_LOOPBACK, &qp->flags)))
		mfraw_rx_frames(qp, frames, n);
	else
		for (i = 0; i < n; i++)
			if (frames[i].src != rxq ||
			    !is_multicast_ether_addr(frames[i].hdr))
				mfraw_rx_frames(qp, &frames[i], 1);
	spin_unlock(&qp->rq.lock);
}

const struct mf_rxq_ops mfraw_rxq_ops = {
	.rx = mfraw_rx,
};
