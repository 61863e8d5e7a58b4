/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A stand-in for a port, for the suites of the clients: it records the frames
 * that a client sends.
 */
#ifndef MF_TEST_PORT_H
#define MF_TEST_PORT_H

#include <linux/limits.h>
#include <linux/mf_cut.h>
#include <linux/mf_qblock.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#define MF_TEST_SENT	128

/**
 * struct mf_test_port - a port that keeps copies of the frames sent
 * @qb: the queue block, which can only send
 * @takes: number of frames that the port still takes; a whole frame is one
 * @sent: copies of the sent frames, as a wire would carry them
 * @sent_len: length of each frame in @sent in bytes
 * @nr_sent: number of frames in @sent; further frames are taken and not kept
 */
struct mf_test_port {
	struct mf_qblock	qb;
	unsigned int		takes;
	u8			*sent[MF_TEST_SENT];
	u32			sent_len[MF_TEST_SENT];
	unsigned int		nr_sent;
};

static inline void mf_test_record(struct mf_test_port *port,
				  const struct mf_frame *frame)
{
	u8 *copy;

	if (port->nr_sent == MF_TEST_SENT)
		return;
	copy = kmalloc(frame->len, GFP_ATOMIC);
	if (!copy)
		return;
	mf_frame_copy(copy, frame);
	port->sent[port->nr_sent] = copy;
	port->sent_len[port->nr_sent++] = frame->len;
}

/* See &mf_qblock_ops.xmit. */
static inline unsigned int mf_test_xmit(struct mf_qblock *qb,
					const struct mf_frame *frames,
					unsigned int n)
{
	struct mf_test_port *port = container_of(qb, struct mf_test_port, qb);
	const struct mf_frame *made;
	struct mf_cut cut;
	unsigned int i, k;

	n = min(n, port->takes);
	port->takes -= n;
	if (n && mf_frame_is_whole(frames)) {
		mf_cut_start(&cut, frames, n);
		while ((k = mf_cut_next(&cut, &made)))
			for (i = 0; i < k; i++)
				mf_test_record(port, &made[i]);
	} else {
		for (i = 0; i < n; i++)
			mf_test_record(port, &frames[i]);
	}

	return n;
}

/* Set up a zeroed port, which takes all frames. */
static inline void mf_test_port_init(struct mf_test_port *port)
{
	static const struct mf_qblock_ops ops = {
		.xmit = mf_test_xmit,
	};

	port->qb.ops = &ops;
	port->takes = UINT_MAX;
}

/* Free the copies of the frames sent so far. */
static inline void mf_test_forget(struct mf_test_port *port)
{
	while (port->nr_sent)
		kfree(port->sent[--port->nr_sent]);
}

#endif /* MF_TEST_PORT_H */
