// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * TCP segmentation offload: one work request with a header and a long payload
 * becomes the frames that the kernel's own segmentation would make.
 *
 * A round has a limited number of frames, and the port may take fewer. So each
 * round reads the work request again, and continues at the payload byte in
 * mfraw_qp.tso_done. The process may have changed the request meanwhile, so
 * each round checks it like a new one.
 */
#include <linux/highmem.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include "queue/csum.h"
#include "queue/tso.h"

/**
 * struct mfraw_tso - a checked copy of a TSO work request
 * @l4: offsets of the headers in @hdr
 * @hdr_len: length of @hdr in bytes
 * @mss: payload bytes of a segment; the last one may have fewer
 * @len: payload bytes of the work request
 * @sge: index of the memory piece where the next segment starts
 * @sge_off: offset of the next segment in that memory piece
 * @foreign: some of the payload is in a dma-buf
 * @view: the memory pieces
 * @hdr: the header of the work request
 */
struct mfraw_tso {
	struct mfraw_l4		l4;
	u32			hdr_len;
	u32			mss;
	u32			len;
	u32			sge;
	u32			sge_off;
	bool			foreign;
	struct mfraw_sge_view	view[MFRAW_MAX_SGE];
	u8			hdr[MFRAW_MAX_TSO_HDR] __aligned(16);
};

/* Does the header consist of exactly the headers up to TCP? */
static bool mfraw_tso_hdr_ok(struct mfraw_tso *t)
{
	struct mfraw_l4 *l4 = &t->l4;
	const struct tcphdr *th;

	if (t->hdr_len < ETH_HLEN || !mfraw_find_l4(t->hdr, t->hdr_len, l4) ||
	    !l4->off || l4->proto != IPPROTO_TCP)
		return false;
	th = (const struct tcphdr *)(t->hdr + l4->off);

	return th->doff >= sizeof(*th) / 4 &&
	       l4->off + th->doff * 4 == t->hdr_len;
}

/* Copy and check a work request. Returns enum mfraw_cqe_status. */
static u8 mfraw_tso_read(struct mfraw_qp *qp, const struct mfraw_send_wqe *wqe,
			 u8 flags, struct mfraw_tso *t, struct mfraw_mr **last)
{
	u32 num_sge = le16_to_cpu(READ_ONCE(wqe->num_sge));
	const struct mfraw_sge *sge;
	u64 len = 0;
	u32 i;

	t->mss = le16_to_cpu(READ_ONCE(wqe->tso.mss));
	t->hdr_len = le16_to_cpu(READ_ONCE(wqe->tso.hdr_len));
	if (flags & ~(MFRAW_SEND_SIGNALED | MFRAW_SEND_IP_CSUM) ||
	    READ_ONCE(wqe->inline_len) || READ_ONCE(wqe->tso.reserved) ||
	    t->mss < MFRAW_TSO_MIN_MSS || t->hdr_len > qp->max_tso_hdr || num_sge > qp->sq.max_sge)
		return MFRAW_CQE_LOC_QP_OP_ERR;

	memcpy(t->hdr, wqe + 1, t->hdr_len);
	if (!mfraw_tso_hdr_ok(t))
		return MFRAW_CQE_LOC_QP_OP_ERR;

	t->foreign = false;
	sge = (void *)(wqe + 1) + ALIGN(t->hdr_len, MFRAW_TSO_HDR_ALIGN);
	for (i = 0; i < num_sge; i++) {
		if (!mfraw_sge_get(&t->view[i], &sge[i], 0, U32_MAX,
				   qp->ibqp.pd, 0, last))
			return MFRAW_CQE_LOC_PROT_ERR;
		if (t->view[i].mr && t->view[i].mr->vaddr)
			t->foreign = true;
		len += t->view[i].length;
	}
	if (!len || len > MFRAW_MAX_TSO ||
	    !mfraw_frame_len_ok(qp, t->hdr_len + min_t(u64, len, t->mss)))
		return MFRAW_CQE_LOC_LEN_ERR;
	t->len = len;

	return MFRAW_CQE_SUCCESS;
}

/* Skip @len payload bytes, which the work request has. */
static void mfraw_tso_skip(struct mfraw_tso *t, u32 len)
{
	while (len >= t->view[t->sge].length - t->sge_off) {
		len -= t->view[t->sge].length - t->sge_off;
		t->sge_off = 0;
		t->sge++;
		if (!len)
			return;
	}
	t->sge_off += len;
}

/*
 * Add the next @n payload bytes to the next frame: to its header up to the
 * length that steering reads, then as pages. Returns false if the pages don't
 * fit; the caller then drops the frame.
 */
static bool mfraw_tso_payload(struct mfraw_qp *qp, struct mfraw_tso *t, u32 n,
			      u8 *hdr, u32 *hdr_len)
{
	while (n) {
		struct mfraw_sge_view *view = &t->view[t->sge];
		u32 part = min(n, view->length - t->sge_off);
		u64 addr = view->addr + t->sge_off;
		u32 copy = *hdr_len < MF_FRAME_HDR ?
			   min(part, MF_FRAME_HDR - *hdr_len) : 0;

		mfraw_mr_read(hdr + *hdr_len, view->mr, addr, copy);
		*hdr_len += copy;
		/* An empty piece has no region. */
		if (part > copy &&
		    !mfraw_mr_frags(qp->burst, view->mr, addr + copy,
				    part - copy))
			return false;
		mfraw_tso_skip(t, part);
		n -= part;
	}

	return true;
}

/* Adjust the header of the segment of @n bytes at @off. */
static void mfraw_tso_patch(const struct mfraw_tso *t, u8 *hdr, u32 off, u32 n)
{
	u32 l3_len = t->hdr_len - t->l4.l3 + n;
	struct tcphdr *th = (struct tcphdr *)(hdr + t->l4.off);

	if (t->l4.v6) {
		struct ipv6hdr *ip = (struct ipv6hdr *)(hdr + t->l4.l3);

		ip->payload_len = htons(l3_len - sizeof(*ip));
	} else {
		struct iphdr *ip = (struct iphdr *)(hdr + t->l4.l3);

		ip->tot_len = htons(l3_len);
		ip->id = htons(ntohs(ip->id) + off / t->mss);
	}

	th->seq = htonl(ntohl(th->seq) + off);
	if (off)
		th->cwr = 0;
	if (off + n < t->len) {
		th->fin = 0;
		th->psh = 0;
	}
}

/**
 * mfraw_build_tso - build frames of a TSO work request
 * @qp: the queue pair
 * @wqe: the work request
 * @flags: flags of the work request, already read
 * @off: payload bytes already sent
 * @last: cache for mfraw_sge_get()
 * @status: set to the completion status, enum mfraw_cqe_status
 *
 * Context: atomic, reader of the device, sq.lock.
 * Return: MFRAW_BUILD_OK if the round has the last segment.
 */
enum mfraw_build mfraw_build_tso(struct mfraw_qp *qp,
				 const struct mfraw_send_wqe *wqe, u8 flags,
				 u32 off, struct mfraw_mr **last, u8 *status)
{
	struct mfraw_burst *b = qp->burst;
	/*
	 * Zeroing this large structure would be slow; members are written
	 * before use.
	 */
	struct mfraw_tso t __uninitialized;

	t.sge = 0;
	t.sge_off = 0;
	*status = mfraw_tso_read(qp, wqe, flags, &t, last);
	/*
	 * The process has shortened the request since its first segments were
	 * sent.
	 */
	if (*status == MFRAW_CQE_SUCCESS && off >= t.len)
		*status = MFRAW_CQE_LOC_QP_OP_ERR;
	if (*status != MFRAW_CQE_SUCCESS)
		return MFRAW_BUILD_BAD;

	mfraw_tso_skip(&t, off);
	while (off < t.len) {
		unsigned int i = b->nr_frames, first = b->nr_frags;
		u32 n = min(t.mss, t.len - off), hdr_len = t.hdr_len;
		struct mf_frame *frame = &b->frames[i];
		u8 *hdr = b->hdrs[i];

		if (i == MFRAW_BURST)
			return MFRAW_BUILD_FULL;
		memcpy(hdr, t.hdr, t.hdr_len);
		if (!mfraw_tso_payload(qp, &t, n, hdr, &hdr_len)) {
			b->nr_frags = first;
			return MFRAW_BUILD_FULL;
		}
		mfraw_tso_patch(&t, hdr, off, n);

		frame->hdr_len = hdr_len;
		frame->len = t.hdr_len + n;
		frame->nr_frags = b->nr_frags - first;
		frame->frags = &b->frags[first];
		frame->ubuf = t.foreign ? NULL : b->ubuf;
		mfraw_csum_fill_at(frame, hdr, &t.l4);

		off += n;
		if (off < t.len) {
			b->ends &= ~BIT(i);
			b->tso_off[i] = off;
		}
		b->nr_frames++;
	}

	return MFRAW_BUILD_OK;
}
