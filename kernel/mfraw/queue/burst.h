/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A round of a send queue: its frames and its completions, see burst.c.
 */
#ifndef MFRAW_BURST_H
#define MFRAW_BURST_H

#include <linux/bvec.h>

#include "verbs/mr.h"
#include "verbs/qp.h"

struct ubuf_info;

/* Room for the header of a frame, or for a whole short inline frame. */
#define MFRAW_HDR_BUF	240
static_assert(MFRAW_HDR_BUF >= MF_FRAME_HDR);
static_assert(MFRAW_HDR_BUF >= MFRAW_MAX_TSO_HDR);
static_assert(MF_FRAME_HDR_SEND >= MFRAW_HDR_BUF);

/*
 * Fragments of all frames of a round. A memory piece takes at most one fragment
 * more than it has whole pages. The longest frame must fit.
 */
#define MFRAW_BURST_FRAGS	192

/* A frame counts its fragments in a byte. */
static_assert(MFRAW_BURST_FRAGS <= U8_MAX);

/*
 * Pages for copies of dma-buf memory, enough for the longest frame. They are
 * allocated on first use.
 */
#define MFRAW_BOUNCE_PAGES	16

/**
 * struct mfraw_burst - the frames of a round
 * @frames: frames for the port; members that are the same in all rounds are
 *	written once
 * @nr_frames: number of @frames in use
 * @frags: fragments with the frames' payload
 * @nr_frags: number of @frags in use
 * @signaled: bit k: work request k of the round requests a completion
 * @tso: bit k: work request k of the round is a TSO request
 * @ends: bit i clear: frame i is not the last frame of its work request
 * @tso_off: by frame with a clear bit in @ends: payload of its work request up
 *	to the end of the frame
 * @window: the region that was used last
 * @ubuf: @mf_frame.ubuf of the frames
 * @bounced: bytes of @bounce in use
 * @bounce: pages for copies, see MFRAW_BOUNCE_PAGES
 * @fcs_any: some of @fcs are known
 * @fcs: cache of the frames' check sequences
 * @hdrs: headers of the frames
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
	struct mfraw_mr_window window;
	struct ubuf_info *ubuf;
	u32		bounced;
	struct page	*bounce[MFRAW_BOUNCE_PAGES];
	bool		fcs_any;
	struct mf_frame_fcs fcs[MFRAW_BURST];
	u8		hdrs[MFRAW_BURST][MFRAW_HDR_BUF] __aligned(16);
};

static_assert(MFRAW_BURST == 32);	/* bits of @signaled and others */

/* The outcome of building the frames of a work request. */
enum mfraw_build {
	MFRAW_BUILD_OK,
	MFRAW_BUILD_FULL,	/* no room left in this round */
	MFRAW_BUILD_BAD,	/* the request completes in error */
};

/**
 * struct mfraw_sent - a sent round, for its completions
 * @idx: index of the first work request
 * @signaled: bit i: work request @idx + i requests a completion
 * @tso: bit i: work request @idx + i is a TSO request
 * @n: number of work requests sent
 * @bad: the next work request failed
 * @status: completion status of the failed work request
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

/* Start a round. */
static inline void mfraw_burst_begin(struct mfraw_burst *b)
{
	b->nr_frames = 0;
	b->nr_frags = 0;
	b->bounced = 0;
}

/* End a round, after the port is done with its frames. */
static inline void mfraw_burst_end(struct mfraw_burst *b)
{
	unsigned int i;

	if (likely(!b->fcs_any))
		return;
	for (i = 0; i < MFRAW_BURST; i++)
		b->fcs[i].known = false;
	b->fcs_any = false;
}

/*
 * Add the pages of @len checked bytes to a round. Returns false if they don't
 * fit.
 */
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
