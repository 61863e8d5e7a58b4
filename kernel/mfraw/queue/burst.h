/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A round of a send queue, for those who make its frames.
 */
#ifndef MFRAW_BURST_H
#define MFRAW_BURST_H

#include <linux/bvec.h>

#include "verbs/mr.h"
#include "verbs/qp.h"

struct ubuf_info;

/* A frame's header, or a short inline frame whole. */
#define MFRAW_HDR_BUF	240
static_assert(MFRAW_HDR_BUF >= MF_FRAME_HDR);
static_assert(MFRAW_HDR_BUF >= MFRAW_MAX_TSO_HDR);
static_assert(MF_FRAME_HDR_SEND >= MFRAW_HDR_BUF);

/*
 * Pages of all frames of a round. One frame takes at most a page more than it
 * has whole ones for each of its pieces; the longest must fit.
 */
#define MFRAW_BURST_FRAGS	192

/*
 * Pages for copies of memory that has none to hand on, enough for the longest
 * frame. They are allocated when they are needed first.
 */
#define MFRAW_BOUNCE_PAGES	16

/**
 * struct mfraw_burst - a round's frames
 * @frames: as the port gets them; what is the same in all rounds is written once
 * @nr_frames: of @frames, those in use
 * @frags: pages of their payload
 * @nr_frags: of @frags, those in use
 * @signaled: bit k: the round's work request k wants a completion
 * @tso: bit k: it is to be segmented
 * @ends: bit i clear: frame i is not the last one of its work request
 * @tso_off: payload of the work request up to the end of a frame whose bit of
 *	@ends is clear
 * @ubuf: for who keeps pages of the frames
 * @bounced: bytes of @bounce in use
 * @bounce: see MFRAW_BOUNCE_PAGES
 * @fcs_any: some of @fcs are known
 * @fcs: of the frames
 * @hdrs: first bytes of the frames
 */
struct mfraw_burst {
	struct mf_frame	frames[MFRAW_BURST];
	unsigned int	nr_frames;
	struct bio_vec	frags[MFRAW_BURST_FRAGS];
	unsigned int	nr_frags;
	u32		signaled;
	u32		tso;
	u32		ends;
	u32		tso_off[MFRAW_BURST];
	struct ubuf_info *ubuf;
	u32		bounced;
	struct page	*bounce[MFRAW_BOUNCE_PAGES];
	bool		fcs_any;
	struct mf_frame_fcs fcs[MFRAW_BURST];
	u8		hdrs[MFRAW_BURST][MFRAW_HDR_BUF] __aligned(16);
};

static_assert(MFRAW_BURST == 32);	/* bits of @signaled and others */

/* The outcome of reading one work request. */
enum mfraw_build {
	MFRAW_BUILD_OK,
	MFRAW_BUILD_FULL,	/* no room in this round for what is left */
	MFRAW_BUILD_BAD,	/* completes in error */
};

/**
 * struct mfraw_sent - a round of a send queue, as it is to be completed
 * @idx: of the first work request
 * @signaled: bit i: request @idx + i wants a completion
 * @tso: bit i: it was one to be segmented
 * @n: requests that were sent
 * @bad: the request behind these failed
 * @status: why
 */
struct mfraw_sent {
	u32	idx;
	u32	signaled;
	u32	tso;
	u16	n;
	bool	bad;
	u8	status;
};

int mfraw_burst_alloc(struct mfraw_qp *qp);
void mfraw_burst_free(struct mfraw_qp *qp);
bool mfraw_sq_complete(struct mfraw_qp *qp, const struct mfraw_sent *sent);
bool mfraw_bounce(struct mfraw_burst *b, const void *data, u32 len);

static inline bool mfraw_frame_len_ok(struct mfraw_qp *qp, u64 len)
{
	return len >= MF_FRAME_MIN && len <= READ_ONCE(qp->dev->max_frame);
}

/* A round begins. */
static inline void mfraw_burst_begin(struct mfraw_burst *b)
{
	b->nr_frames = 0;
	b->nr_frags = 0;
	b->bounced = 0;
}

/* The port is done with the frames of a round. */
static inline void mfraw_burst_end(struct mfraw_burst *b)
{
	unsigned int i;

	if (likely(!b->fcs_any))
		return;
	for (i = 0; i < MFRAW_BURST; i++)
		b->fcs[i].known = false;
	b->fcs_any = false;
}

/* Add the pages of @len checked bytes to a round; false when they don't fit. */
static inline bool mfraw_mr_frags(struct mfraw_burst *b,
				  const struct mfraw_mr *mr, u64 addr, u32 len)
{
	if (unlikely(mr->vaddr))
		return mfraw_bounce(b, mr->vaddr + (addr - mr->iova), len);

	while (len) {
		u32 n = mfraw_on_page(addr, len);

		if (b->nr_frags == MFRAW_BURST_FRAGS)
			return false;
		bvec_set_page(&b->frags[b->nr_frags++], mfraw_mr_page(mr, addr),
			      n, offset_in_page(addr));
		addr += n;
		len -= n;
	}

	return true;
}

#endif /* MFRAW_BURST_H */
