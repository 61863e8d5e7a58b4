// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receive queue: frames that steering chose for a queue pair are copied
 * into the buffers that its process posted. This is the one copy of the
 * payload on the way from one queue block to another.
 */
#include <linux/crc32.h>
#include <linux/highmem.h>
#include <linux/if_vlan.h>
#include <linux/log2.h>

#include "queue/csum.h"
#include "queue/recv.h"
#include "verbs/cq.h"
#include "verbs/mr.h"

/* Completions collected before they are written under one lock of the CQ. */
#define MFRAW_RX_BATCH	32

/**
 * struct mfraw_frame_iter - a place in a frame
 * @frame: the frame
 * @frag: the next piece, or -1 for the header
 * @off: bytes of the piece that are done
 * @fcs: stands behind the last piece, if it was asked for
 * @sum: of what is copied
 */
struct mfraw_frame_iter {
	const struct mf_frame	*frame;
	int			frag;
	u32			off;
	__le32			fcs;
	struct mfraw_sum	sum;
};

/* What the completion of a frame says of it. */
struct mfraw_rx_meta {
	u32	byte_len;
	u16	vlan_tci;
	u8	info;
};

/* Copy the next @len bytes behind the header; there are as many. */
static noinline void mfraw_frags_copy(struct mfraw_frame_iter *it, u8 *to,
				      u32 len)
{
	const struct mf_frame *frame = it->frame;

	while (len && it->frag < frame->nr_frags) {
		const struct bio_vec *bv = &frame->frags[it->frag];
		const u8 *from = kmap_local_page(bv->bv_page);
		u32 n = min_t(u32, len, bv->bv_len - it->off);

		n = mfraw_sum_copy(&it->sum, to, from + bv->bv_offset + it->off,
				   n);
		kunmap_local(from);
		it->off += n;
		to += n;
		len -= n;
		if (it->off == bv->bv_len) {
			it->frag++;
			it->off = 0;
		}
	}

	if (unlikely(len)) {
		memcpy(to, (u8 *)&it->fcs + it->off, len);
		it->off += len;
	}
}

/* Copy the next @len bytes of the frame; it has as many. */
static __always_inline void mfraw_frame_copy(struct mfraw_frame_iter *it,
					     u8 *to, u32 len)
{
	const struct mf_frame *frame = it->frame;

	if (it->frag < 0) {
		u32 n = min_t(u32, len, frame->hdr_len - it->off);

		memcpy(to, frame->hdr + it->off, n);
		it->off += n;
		if (it->off < frame->hdr_len)
			return;
		it->frag = 0;
		it->off = 0;
		to += n;
		len -= n;
	}
	if (len)
		mfraw_frags_copy(it, to, len);
}

/*
 * Copy the next @len bytes of the frame to a page of the region. Regions with pages
 * of another size are of the kernel's users, who have no such queues.
 */
static __always_inline void mfraw_page_write(const struct mfraw_mr *mr,
					     u64 addr, u32 len,
					     struct mfraw_frame_iter *it)
{
	u8 *to = likely(mr->pages) ? mfraw_page_map(mr, addr) :
				     mfraw_kmr_map(mr, addr);

	mfraw_frame_copy(it, to, len);
	kunmap_local(to);
}

static noinline void mfraw_pages_write(const struct mfraw_mr *mr, u64 addr,
				       u32 len, struct mfraw_frame_iter *it)
{
	while (len) {
		u32 n = mfraw_on_page(addr, len);

		mfraw_page_write(mr, addr, n, it);
		addr += n;
		len -= n;
	}
}

/* Copy the next @len bytes of the frame to checked @addr of the region. */
static inline void mfraw_mr_write(const struct mfraw_mr *mr, u64 addr, u32 len,
				  struct mfraw_frame_iter *it)
{
	if (likely(mfraw_on_page(addr, len) == len))
		mfraw_page_write(mr, addr, len, it);
	else
		mfraw_pages_write(mr, addr, len, it);
}

/* Scatter a frame over the pieces of memory of receive entry @idx. */
static u8 mfraw_scatter(struct mfraw_rq *rq, u32 idx,
			struct mfraw_frame_iter *it, u32 len,
			struct mfraw_mr **last)
{
	const struct mfraw_queue *q = &rq->q;
	const struct mfraw_sge *sge;
	struct mfraw_sge_view view;
	unsigned int i;

	sge = q->ring + ((size_t)(idx & (q->entries - 1)) << q->shift);
	for (i = 0; len; i++) {
		if (i == q->max_sge)
			return MFRAW_CQE_LOC_LEN_ERR;
		if (!mfraw_sge_get(&view, &sge[i], 0, len, rq->pd,
				   IB_ACCESS_LOCAL_WRITE, last))
			return MFRAW_CQE_LOC_PROT_ERR;
		if (!view.length)
			return MFRAW_CQE_LOC_LEN_ERR;

		mfraw_mr_write(view.mr, view.addr, view.length, it);
		len -= view.length;
	}

	return MFRAW_CQE_SUCCESS;
}

/*
 * The FCS that a wire would carry. A sender that changes its memory meanwhile
 * has sent a frame with a wrong one.
 */
static __le32 mfraw_fcs(const struct mf_frame *frame)
{
	struct mf_frame_fcs *fcs = frame->fcs;
	unsigned int i;
	u32 crc;

	/* It depends on the frame only, and others may get it, too. */
	if (fcs && fcs->known)
		return fcs->value;

	crc = crc32_le(~0, frame->hdr, frame->hdr_len);
	for (i = 0; i < frame->nr_frags; i++) {
		const struct bio_vec *bv = &frame->frags[i];
		const u8 *data = kmap_local_page(bv->bv_page);

		crc = crc32_le(crc, data + bv->bv_offset, bv->bv_len);
		kunmap_local(data);
	}
	if (fcs) {
		fcs->value = cpu_to_le32(~crc);
		fcs->known = true;
		*fcs->any = true;
	}

	return cpu_to_le32(~crc);
}

/* A frame for a queue that does more than copy it. */
static noinline u8 mfraw_rx_featured(struct mfraw_rq *rq, u32 idx,
				     struct mfraw_frame_iter *it,
				     struct mfraw_rx_meta *meta,
				     struct mfraw_mr **last)
{
	const struct mf_frame *frame = it->frame;
	const struct vlan_ethhdr *eth = (const void *)frame->hdr;
	u8 hdr[MF_FRAME_HDR_MAX];
	struct mf_frame bare;

	/* As it was on the wire, with its tag. */
	if (rq->features & MFRAW_RQ_SCATTER_FCS) {
		it->fcs = mfraw_fcs(frame);
		meta->byte_len += ETH_FCS_LEN;
	}

	if (rq->features & MFRAW_RQ_STRIP_CVLAN &&
	    frame->hdr_len >= VLAN_ETH_HLEN &&
	    eth->h_vlan_proto == htons(ETH_P_8021Q)) {
		meta->info |= MFRAW_CQE_CVLAN;
		meta->vlan_tci = ntohs(eth->h_vlan_TCI);
		meta->byte_len -= VLAN_HLEN;

		bare = *frame;
		bare.hdr = hdr;
		bare.hdr_len -= VLAN_HLEN;
		memcpy(hdr, frame->hdr, 2 * ETH_ALEN);
		memcpy(hdr + 2 * ETH_ALEN,
		       frame->hdr + 2 * ETH_ALEN + VLAN_HLEN,
		       bare.hdr_len - 2 * ETH_ALEN);
		it->frame = &bare;
	}

	return mfraw_scatter(rq, idx, it, meta->byte_len, last);
}

/*
 * A frame into receive entry @idx. With @csum, tell whether its checksums hold:
 * of what was copied, so that what the sender has in its memory meanwhile
 * does not matter.
 */
static inline u8 mfraw_rx_frame(struct mfraw_rq *rq, u32 idx, bool csum,
				const struct mf_frame *frame,
				struct mfraw_rx_meta *meta,
				struct mfraw_mr **last)
{
	struct mfraw_frame_iter it = { .frame = frame, .frag = -1 };
	u8 status;

	*meta = (struct mfraw_rx_meta){ .byte_len = frame->len };
	mf_frame_fill_trailer(frame, NULL);
	if (csum)
		mfraw_sum_start(&it.sum, frame);
	if (unlikely(rq->features))
		status = mfraw_rx_featured(rq, idx, &it, meta, last);
	else
		status = mfraw_scatter(rq, idx, &it, frame->len, last);
	if (csum && status == MFRAW_CQE_SUCCESS && mfraw_sum_ok(&it.sum))
		meta->info |= MFRAW_CQE_IP_CSUM_OK;

	return status;
}

/**
 * mfraw_rq_avail - entries that may be used
 * @rq: the queue
 *
 * Looks at the shared index only if need be. A wrong one is the end of the
 * queue.
 *
 * Context: atomic, the queue's lock held.
 * Return: how many.
 */
u32 mfraw_rq_avail(struct mfraw_rq *rq)
{
	struct mfraw_queue *q = &rq->q;
	u32 prod;

	lockdep_assert_held(&rq->q.lock);
	if (likely(q->prod != q->cons))
		return q->prod - q->cons;

	/* Pairs with the release of the index: entries before it are written. */
	prod = le32_to_cpu(smp_load_acquire(q->shared_prod));
	if (unlikely(prod - q->cons > q->entries)) {
		rq->fail(rq, true);
		return 0;
	}

	q->prod = prod;
	return prod - q->cons;
}

/**
 * mfraw_rx_batch - take up to MFRAW_RX_BATCH frames
 * @rq: the queue, ready to receive
 * @frames: the frames
 * @n: how many
 * @tag: flow tag of their completions
 * @time: when they arrived, by the clock of completions; 0: now
 * @last: memory region that was used last, or NULL
 *
 * Context: atomic, reader of the device, the queue's lock held.
 * Return: how many were taken; 0 when no entry is posted.
 */
unsigned int mfraw_rx_batch(struct mfraw_rq *rq, const struct mf_frame *frames,
			    unsigned int n, u32 tag, u64 time,
			    struct mfraw_mr **last)
{
	lockdep_assert_held(&rq->q.lock);

	/* To zero what is written below would be all that it costs. */
	struct mfraw_rx_meta meta[MFRAW_RX_BATCH] __uninitialized;
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(rq->num),
		.flow_tag = cpu_to_le32(tag),
		.opcode = MFRAW_CQE_RECV,
		.timestamp = cpu_to_le64(time),
	};
	u8 status = MFRAW_CQE_SUCCESS;
	bool csum = READ_ONCE(rq->dev->rx_csum);
	struct mfraw_cq *cq = rq->q.cq;
	u32 first = rq->q.cons;
	unsigned int done, i;
	bool ok = true;

	n = min3(n, MFRAW_RX_BATCH, mfraw_rq_avail(rq));
	if (!n)
		return 0;

	for (done = 0; done < n && status == MFRAW_CQE_SUCCESS; done++)
		status = mfraw_rx_frame(rq, first + done, csum, &frames[done],
					&meta[done], last);
	rq->q.cons += done;

	spin_lock(&cq->lock);
	for (i = 0; i < done; i++) {
		cqe.wqe_idx = cpu_to_le32(first + i);
		cqe.byte_len = cpu_to_le32(meta[i].byte_len);
		/* The tag's place, written as it is read: as a whole. */
		cqe.src_qp = cpu_to_le32(meta[i].vlan_tci);
		cqe.info = meta[i].info;
		if (i == done - 1)
			cqe.status = status;
		ok &= mfraw_cq_push(cq, &cqe);
	}
	mfraw_cq_publish(cq, status != MFRAW_CQE_SUCCESS);
	spin_unlock(&cq->lock);

	if (unlikely(status != MFRAW_CQE_SUCCESS)) {
		mfraw_drop(rq->dev, rq->num, MFRAW_RX_ERROR, 1);
		rq->fail(rq, false);
	}
	if (unlikely(!ok))
		rq->fail(rq, true);

	return done;
}

/**
 * mfraw_rq_init - a receive queue that takes nothing yet
 * @rq: zeroed; the caller sets what is not set here
 * @cq: where its completions go
 * @max_wr: entries that the user wants, 0: none
 * @max_sge: pieces of memory per entry
 */
void mfraw_rq_init(struct mfraw_rq *rq, struct mfraw_cq *cq, u32 max_wr,
		   u32 max_sge)
{
	u32 sge = roundup_pow_of_two(max(max_sge, 1U));

	spin_lock_init(&rq->q.lock);
	mfraw_queue_init(&rq->q, max_wr, sge,
			 ilog2(sge * sizeof(struct mfraw_sge)));
	rq->q.cq = cq;
	rq->state = IB_WQS_RESET;
}

/**
 * mfraw_rq_flush - complete all receives that are posted with an error
 * @rq: if it is not in the error state, nothing happens
 *
 * Context: process context.
 */
void mfraw_rq_flush(struct mfraw_rq *rq)
{
	spin_lock_bh(&rq->q.lock);
	if (rq->state == IB_WQS_ERR)
		mfraw_queue_flush(&rq->q, rq->num, MFRAW_CQE_RECV);
	spin_unlock_bh(&rq->q.lock);
}
