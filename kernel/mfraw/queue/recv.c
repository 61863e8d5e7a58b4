// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receive queue copies frames that steering chose for a queue pair into the
 * buffers that its process posted. This is the only copy of the payload on the
 * way between two queue blocks.
 */
#include <linux/highmem.h>
#include <linux/if_vlan.h>
#include <linux/log2.h>
#include <linux/mf_frame.h>

#include "queue/csum.h"
#include "queue/csum_short.h"
#include "queue/recv.h"
#include "verbs/cq.h"
#include "verbs/mr.h"

/* Largest number of completions written under one lock of the CQ. */
#define MFRAW_RX_BATCH	32

/**
 * struct mfraw_rx_copy - a received frame that is copied in parts
 * @it: position of the next part
 * @fcs: frame check sequence, copied after the last fragment if requested
 * @sum: checksum of the copied bytes
 */
struct mfraw_rx_copy {
	struct mf_frame_iter	it;
	__le32			fcs;
	struct mfraw_sum	sum;
};

/**
 * struct mfraw_rx_info - what completions of a batch say besides the length
 * @sums: bit i: the checksums of frame i are correct
 * @cvlans: bit i: the tag of frame i was removed
 * @vlan_tci: the tags that were removed, by frame
 */
struct mfraw_rx_info {
	u32	sums;
	u32	cvlans;
	u16	vlan_tci[MFRAW_RX_BATCH];
};

static_assert(MFRAW_RX_BATCH == 32);	/* bits of @sums */

/* Copy the next @len bytes after the header, which the frame has. */
static noinline void mfraw_frags_copy(struct mfraw_rx_copy *copy, u8 *to,
				      u32 len)
{
	struct mf_frame_piece piece;

	while (len && mf_frame_peek_frag(&copy->it, len, &piece)) {
		u32 n = mfraw_sum_copy(&copy->sum, to, piece.data, piece.len);

		mf_frame_advance(&copy->it, &piece, n);
		to += n;
		len -= n;
	}

	/* Behind the frame, the position counts the bytes of the sequence. */
	if (unlikely(len)) {
		memcpy(to, (u8 *)&copy->fcs + copy->it.off, len);
		copy->it.off += len;
	}
}

/* Copy the next @len bytes of the frame, which it has. */
static __always_inline void mfraw_frame_copy(struct mfraw_rx_copy *copy,
					     u8 *to, u32 len)
{
	if (copy->it.frag < 0) {
		u32 n = mf_frame_read_hdr(&copy->it, to, len);

		to += n;
		len -= n;
	}
	if (len)
		mfraw_frags_copy(copy, to, len);
}

/*
 * Copy the next @len bytes of the frame to a page of the region. A region with
 * pages of another size belongs to a kernel consumer, which has no raw packet
 * queues.
 */
static __always_inline void mfraw_page_write(const struct mfraw_mr *mr,
					     u64 addr, u32 len,
					     struct mfraw_rx_copy *copy)
{
	u8 *to = likely(mr->pages) ? mfraw_page_map(mr, addr) :
				     mfraw_kmr_map(mr, addr);

	mfraw_frame_copy(copy, to, len);
	kunmap_local(to);
}

static noinline void mfraw_pages_write(const struct mfraw_mr *mr, u64 addr,
				       u32 len, struct mfraw_rx_copy *copy)
{
	while (len) {
		u32 n = mfraw_on_page(addr, len);

		mfraw_page_write(mr, addr, n, copy);
		addr += n;
		len -= n;
	}
}

/* Copy the next @len bytes of the frame to checked @addr of the region. */
static inline void mfraw_mr_write(const struct mfraw_mr *mr, u64 addr, u32 len,
				  struct mfraw_rx_copy *copy)
{
	if (likely(mfraw_on_page(addr, len) == len))
		mfraw_page_write(mr, addr, len, copy);
	else
		mfraw_pages_write(mr, addr, len, copy);
}

/* Scatter a frame over the memory pieces of receive entry @idx. */
static u8 mfraw_scatter(struct mfraw_rq *rq, u32 idx,
			struct mfraw_rx_copy *copy, u32 len,
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

		mfraw_mr_write(view.mr, view.addr, view.length, copy);
		len -= view.length;
	}

	return MFRAW_CQE_SUCCESS;
}

/*
 * Compute the FCS of the frame on a wire. A sender that changes its memory
 * meanwhile sends a frame with a wrong FCS.
 */
static __le32 mfraw_fcs(const struct mf_frame *frame)
{
	struct mf_frame_fcs *fcs = frame->fcs;
	__le32 value;

	/* Another receiver of the same frame may have computed it before. */
	if (fcs && fcs->known)
		return fcs->value;

	value = cpu_to_le32(mf_frame_crc(frame));
	if (fcs) {
		fcs->value = value;
		fcs->known = true;
		*fcs->any = true;
	}

	return value;
}

/* Receive frame @i of a batch with the features of the queue. */
static noinline u8 mfraw_rx_featured(struct mfraw_rq *rq, u32 idx,
				     struct mfraw_rx_copy *copy, unsigned int i,
				     struct mfraw_rx_info *info,
				     struct mfraw_mr **last)
{
	const struct mf_frame *frame = copy->it.frame;
	const struct vlan_ethhdr *eth = (const void *)frame->hdr;
	u8 hdr[MF_FRAME_HDR_MAX];
	u32 len = frame->len;
	struct mf_frame bare;

	/* The FCS covers the frame with its tag, as on the wire. */
	if (rq->features & MFRAW_RQ_SCATTER_FCS) {
		copy->fcs = mfraw_fcs(frame);
		len += ETH_FCS_LEN;
	}

	if (rq->features & MFRAW_RQ_STRIP_CVLAN &&
	    frame->hdr_len >= VLAN_ETH_HLEN &&
	    eth->h_vlan_proto == htons(ETH_P_8021Q)) {
		info->cvlans |= BIT(i);
		info->vlan_tci[i] = ntohs(eth->h_vlan_TCI);
		len -= VLAN_HLEN;

		bare = *frame;
		bare.hdr = hdr;
		bare.hdr_len -= VLAN_HLEN;
		memcpy(hdr, frame->hdr, 2 * ETH_ALEN);
		memcpy(hdr + 2 * ETH_ALEN,
		       frame->hdr + 2 * ETH_ALEN + VLAN_HLEN,
		       bare.hdr_len - 2 * ETH_ALEN);
		copy->it.frame = &bare;
	}

	return mfraw_scatter(rq, idx, copy, len, last);
}

/*
 * Copy frame @i of a batch into receive entry @idx. With @csum, verify its
 * checksums by the copied bytes, so that later changes by the sender have no
 * effect. No sender can change a frame whose checksums a device has verified.
 * noinline: short frames need fewer registers.
 */
static noinline u8 mfraw_rx_frame(struct mfraw_rq *rq, u32 idx, bool csum,
				  const struct mf_frame *frame, unsigned int i,
				  struct mfraw_rx_info *info,
				  struct mfraw_mr **last)
{
	struct mfraw_rx_copy copy = { .it = MF_FRAME_ITER_INIT(frame) };
	u8 status;

	mf_frame_fill_trailer(frame, NULL);
	if (csum && !frame->csum_ok)
		mfraw_sum_start(&copy.sum, frame);
	if (unlikely(rq->features))
		status = mfraw_rx_featured(rq, idx, &copy, i, info, last);
	else
		status = mfraw_scatter(rq, idx, &copy, frame->len, last);
	if (csum && status == MFRAW_CQE_SUCCESS &&
	    (frame->csum_ok || mfraw_sum_ok(&copy.sum)))
		info->sums |= BIT(i);

	return status;
}

/*
 * Copy frame @i of a batch to @sge, the first piece of a receive entry, if the
 * frame has no pages, and if the piece has room and is in the region that was
 * used last. Returns false if not; mfraw_rx_frame() then reads the entry anew,
 * so each decision is made by one reading. The queue has no features.
 */
static __always_inline bool
mfraw_rx_short(const struct mfraw_mr_window *window,
	       const struct mfraw_sge *sge, bool csum,
	       const struct mf_frame *frame, unsigned int i,
	       struct mfraw_rx_info *info)
{
	enum mfraw_short_csum sums = MFRAW_SHORT_BAD;
	u32 len = frame->len;
	u8 *to;

	if (unlikely(frame->hdr_len != len ||
		     len - MF_FRAME_MIN > MF_FRAME_HDR - MF_FRAME_MIN ||
		     frame->fill_trailer))
		return false;
	if (csum) {
		sums = unlikely(frame->csum_ok) ? MFRAW_SHORT_GOOD :
			mfraw_short_verify(frame->hdr, len);
		if (unlikely(sums == MFRAW_SHORT_UNKNOWN))
			return false;
	}

	if (unlikely(le32_to_cpu(READ_ONCE(sge->length)) < len))
		return false;
	to = mfraw_mr_window_map(window, le32_to_cpu(READ_ONCE(sge->lkey)),
				 le64_to_cpu(READ_ONCE(sge->addr)), len);
	if (unlikely(!to))
		return false;
	mfraw_copy_short(to, frame->hdr, len);
	kunmap_local(to);
	if (sums == MFRAW_SHORT_GOOD)
		info->sums |= BIT(i);

	return true;
}

/* Copy @n frames into receive entries. Returns the status of the last one. */
static __always_inline u8
mfraw_rx_copy_all(struct mfraw_rq *rq, const struct mf_frame *frames,
		  unsigned int n, struct mfraw_rx_info *info,
		  struct mfraw_mr **last, unsigned int *done)
{
	bool csum = READ_ONCE(rq->dev->rx_csum);
	u32 first = rq->q.cons, mask = rq->q.entries - 1;
	struct mfraw_mr *seen = *last;
	const void *ring = rq->q.ring;
	bool plain = !rq->features;
	u8 shift = rq->q.shift;
	unsigned int i;
	u8 status;

	mfraw_mr_window_check(&rq->window, rq->dev);
	for (i = 0; i < n; i++) {
		if (likely(plain) &&
		    mfraw_rx_short(&rq->window, ring +
				   ((size_t)((first + i) & mask) << shift),
				   csum, &frames[i], i, info))
			continue;
		status = mfraw_rx_frame(rq, first + i, csum, &frames[i], i,
					info, last);
		if (unlikely(status != MFRAW_CQE_SUCCESS)) {
			*done = i + 1;
			return status;
		}
		if (*last != seen) {
			seen = *last;
			mfraw_mr_window_set(&rq->window, seen, rq->pd,
					    IB_ACCESS_LOCAL_WRITE);
		}
	}
	*done = n;

	return MFRAW_CQE_SUCCESS;
}

/**
 * mfraw_rq_avail - count the usable entries of a receive queue
 * @rq: the queue
 *
 * Reads the shared index only if no entry is known. A wrong index fails the
 * queue.
 *
 * Context: atomic, the queue's lock held.
 * Return: number of entries.
 */
u32 mfraw_rq_avail(struct mfraw_rq *rq)
{
	struct mfraw_queue *q = &rq->q;
	u32 prod;

	lockdep_assert_held(&rq->q.lock);
	if (likely(q->prod != q->cons))
		return q->prod - q->cons;

	/*
	 * Pairs with the release of the index by user space, which wrote the
	 * entries before.
	 */
	prod = le32_to_cpu(smp_load_acquire(q->shared_prod));
	if (unlikely(prod - q->cons > q->entries)) {
		rq->fail(rq, true);
		return 0;
	}

	q->prod = prod;
	return prod - q->cons;
}

/* See mfraw_rx_batch(). */
static __always_inline unsigned int
mfraw_rx_some(struct mfraw_rq *rq, const struct mf_frame *frames,
	      unsigned int n, u32 tag, u64 time, struct mfraw_mr **last)
{
	lockdep_assert_held(&rq->q.lock);

	/* Zeroing the tags would cost time; they are written before use. */
	struct mfraw_rx_info info __uninitialized;
	struct mfraw_cqe cqe = {
		.qpn = cpu_to_le32(rq->num),
		.flow_tag = cpu_to_le32(tag),
		.opcode = MFRAW_CQE_RECV,
		.timestamp = cpu_to_le64(time),
	};
	struct mfraw_cq *cq = rq->q.cq;
	u32 first = rq->q.cons;
	unsigned int done, i;
	bool ok = true;
	u32 fcs_len;
	u8 status;

	n = min3(n, MFRAW_RX_BATCH, mfraw_rq_avail(rq));
	if (!n)
		return 0;

	info.sums = 0;
	info.cvlans = 0;
	status = mfraw_rx_copy_all(rq, frames, n, &info, last, &done);
	rq->q.cons += done;
	fcs_len = rq->features & MFRAW_RQ_SCATTER_FCS ? ETH_FCS_LEN : 0;

	spin_lock(&cq->lock);
	for (i = 0; i < done; i++) {
		u32 len = frames[i].len + fcs_len;

		cqe.wqe_idx = cpu_to_le32(first + i);
		cqe.info = info.sums & BIT(i) ? MFRAW_CQE_IP_CSUM_OK : 0;
		/* The VLAN tag uses this member; readers read all of it. */
		cqe.src_qp = 0;
		if (unlikely(info.cvlans & BIT(i))) {
			cqe.src_qp = cpu_to_le32(info.vlan_tci[i]);
			cqe.info |= MFRAW_CQE_CVLAN;
			len -= VLAN_HLEN;
		}
		cqe.byte_len = cpu_to_le32(len);
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

/* Receive a frame that comes alone. The compiler leaves the loops out. */
static noinline unsigned int
mfraw_rx_one(struct mfraw_rq *rq, const struct mf_frame *frame, u32 tag,
	     u64 time, struct mfraw_mr **last)
{
	return mfraw_rx_some(rq, frame, 1, tag, time, last);
}

/**
 * mfraw_rx_batch - receive up to MFRAW_RX_BATCH frames
 * @rq: the queue, in the ready state
 * @frames: the frames
 * @n: number of frames
 * @tag: flow tag for the completions
 * @time: arrival time for the completions; 0: now
 * @last: cache of the memory region used last; points to NULL at first
 *
 * Context: atomic, reader of the device, the queue's lock held.
 * Return: number of frames received; 0 if no entry is posted.
 */
unsigned int mfraw_rx_batch(struct mfraw_rq *rq, const struct mf_frame *frames,
			    unsigned int n, u32 tag, u64 time,
			    struct mfraw_mr **last)
{
	if (n == 1)
		return mfraw_rx_one(rq, frames, tag, time, last);

	return mfraw_rx_some(rq, frames, n, tag, time, last);
}

/**
 * mfraw_rq_init - initialize a receive queue
 * @rq: zeroed receive queue; the caller sets the other members
 * @cq: CQ for its completions
 * @max_wr: requested number of entries, 0: none
 * @max_sge: memory pieces per entry
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
 * mfraw_rq_flush - complete all posted receives with a flush error
 * @rq: the queue; nothing happens unless it is in the error state
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
