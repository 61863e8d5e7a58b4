// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of XDP: the driver executes the program's verdict. The program is a
 * function of the test.
 */
#include <linux/filter.h>

#include "kunit.h"

#include "xdp.c"

static unsigned int xdp_verdict;

static unsigned int xdp_says(const void *ctx, const struct bpf_insn *insn)
{
	return xdp_verdict;
}

static struct bpf_prog *xdp_prog(struct kunit *test)
{
	struct bpf_prog *prog = mf_test_alloc(test, sizeof(*prog));

	prog->aux = mf_test_alloc(test, sizeof(*prog->aux));
	prog->bpf_func = xdp_says;

	return prog;
}

static struct mfeth_rxq *xdp_queue(struct kunit *test, struct mfeth_world *w)
{
	struct mfeth_rxq *q = w->eth.rxqs;

	q->ring = mf_test_alloc(test, struct_size(q->ring, slots, 1));
	q->ring->entries = 1;

	return q;
}

/* Run the program on @len bytes and return the executed verdict. */
static u32 xdp_run(struct mfeth_rxq *q, struct bpf_prog *prog, u8 *data,
		   u32 len)
{
	struct xdp_buff xdp;
	u32 verdict;

	xdp_init_buff(&xdp, SZ_4K, &q->ring->xdp_rxq);
	xdp_prepare_buff(&xdp, data, 256, len, true);
	local_bh_disable();
	rcu_read_lock();
	u64_stats_update_begin(&q->stats.syncp);
	verdict = mfeth_xdp_run(q, prog, &xdp, &q->ring->slots[0]);
	u64_stats_update_end(&q->stats.syncp);
	rcu_read_unlock();
	local_bh_enable();

	return verdict;
}

/*
 * An unknown verdict counts as an error of the program, and the frame is
 * dropped.
 */
static void xdp_verdicts(struct kunit *test)
{
	static const struct {
		u32 says, done;
		unsigned int aborted, dropped;
	} cases[] = {
		{ XDP_PASS, XDP_PASS, 0, 0 },
		{ XDP_DROP, XDP_DROP, 0, 1 },
		{ XDP_ABORTED, XDP_ABORTED, 1, 0 },
		{ XDP_REDIRECT + 1, XDP_ABORTED, 1, 0 },
		{ U32_MAX, XDP_ABORTED, 1, 0 },
	};
	struct bpf_prog *prog = xdp_prog(test);
	u8 *data = mf_test_alloc(test, SZ_4K);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mfeth_world *w = mfeth_world(test);
		struct mfeth_rxq *q = xdp_queue(test, w);

		xdp_verdict = cases[i].says;
		KUNIT_EXPECT_EQ(test, xdp_run(q, prog, data, 60),
				cases[i].done);
		KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.xdp_aborted),
				cases[i].aborted);
		KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.xdp_drop),
				cases[i].dropped);
		KUNIT_EXPECT_EQ(test, q->ring->xdp_tx.n, 0);
	}
}

/* Frames to send back are sent in batches, at the latest with a full batch. */
static void xdp_tx_batch(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_rxq *q = xdp_queue(test, w);
	struct bpf_prog *prog = xdp_prog(test);
	u8 *data = mf_test_alloc(test, 2 * MFETH_XDP_BURST * SZ_4K);
	unsigned int i;

	xdp_verdict = XDP_TX;
	for (i = 0; i < MFETH_XDP_BURST + 3; i++) {
		u8 *at = data + i * SZ_4K;

		memset(at + 256, i, 60 + i);
		KUNIT_EXPECT_EQ(test, xdp_run(q, prog, at, 60 + i), XDP_TX);
		KUNIT_EXPECT_EQ(test, w->port.nr_sent, i + 1 < MFETH_XDP_BURST ?
				0 : MFETH_XDP_BURST);
	}
	mfeth_xdp_flush(q);
	KUNIT_ASSERT_EQ(test, w->port.nr_sent, MFETH_XDP_BURST + 3);
	for (i = 0; i < MFETH_XDP_BURST + 3; i++) {
		KUNIT_EXPECT_EQ(test, w->port.sent_len[i], 60 + i);
		KUNIT_EXPECT_EQ(test, w->port.sent[i][0], i);
		KUNIT_EXPECT_EQ(test, w->port.sent[i][59 + i], i);
	}
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.xdp_tx),
			MFETH_XDP_BURST + 3);
}

/* Frames that the port does not take are dropped and counted. */
static void xdp_tx_refused(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct mfeth_rxq *q = xdp_queue(test, w);
	struct bpf_prog *prog = xdp_prog(test);
	u8 *data = mf_test_alloc(test, SZ_4K);
	unsigned int i;

	xdp_verdict = XDP_TX;
	for (i = 0; i < 5; i++)
		xdp_run(q, prog, data, 60);
	w->port.takes = 2;
	mfeth_xdp_flush(q);
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.xdp_tx), 2);
	KUNIT_EXPECT_EQ(test, u64_stats_read(&q->stats.xdp_tx_fail), 3);
	KUNIT_EXPECT_EQ(test, q->ring->xdp_tx.n, 0);
}

/*
 * The header of a frame has the length that steering reads; fragments hold the
 * rest.
 */
static void xdp_frames(struct kunit *test)
{
	static const u32 lens[] = { 14, 127, 128, 129, 1518, 9018 };
	struct mfeth_world *w = mfeth_world(test);
	u8 *data = mf_test_alloc(test, 5 * PAGE_SIZE);
	struct bio_vec frags[MFETH_XDP_FRAGS];
	unsigned int i, k, off;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		for (off = 0; off < PAGE_SIZE; off += 509) {
			struct mf_frame frame;
			u32 sum;

			mfeth_xdp_frame(&w->eth, &frame, frags, data + off, lens[i]);
			KUNIT_EXPECT_EQ(test, frame.len, lens[i]);
			KUNIT_EXPECT_EQ(test, frame.hdr_len,
					min(lens[i], MF_FRAME_HDR));
			KUNIT_EXPECT_PTR_EQ(test, frame.src, &w->eth.rxq);
			KUNIT_ASSERT_LE(test, frame.nr_frags, MFETH_XDP_FRAGS);
			for (sum = frame.hdr_len, k = 0; k < frame.nr_frags; k++)
				sum += frags[k].bv_len;
			KUNIT_EXPECT_EQ(test, sum, lens[i]);
		}
	}
}

static struct kunit_case xdp_cases[] = {
	KUNIT_CASE(xdp_verdicts),
	KUNIT_CASE(xdp_tx_batch),
	KUNIT_CASE(xdp_tx_refused),
	KUNIT_CASE(xdp_frames),
	{}
};

struct kunit_suite mfeth_xdp_suite = {
	.name = "mfeth_xdp",
	.test_cases = xdp_cases,
};
