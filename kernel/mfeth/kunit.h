/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFETH_KUNIT_H
#define MFETH_KUNIT_H

#include "../kunit/mf_test.h"

#include "mfeth.h"

#define ETH_WORLD_QUEUES	4
#define ETH_WORLD_ENTRIES	128
#define ETH_WORLD_FRAME		1518

/**
 * struct mfeth_world - an unregistered interface on a port that records all
 *	sent frames
 * @eth: the interface
 * @qb: the port of @eth
 * @takes: number of frames that the port still takes
 * @sent: copies of frames, as a wire would carry them
 * @sent_len: length of each frame in @sent
 * @nr_sent: number of frames in @sent
 */
struct mfeth_world {
	struct mfeth		eth;
	struct mf_qblock	qb;
	unsigned int		takes;
	u8			*sent[64];
	u32			sent_len[64];
	unsigned int		nr_sent;
};

struct mfeth_world *mfeth_world(struct kunit *test);
void mfeth_world_forget(struct mfeth_world *w);

extern struct kunit_suite mfeth_filter_suite;
extern struct kunit_suite mfeth_rss_suite;
extern struct kunit_suite mfeth_rx_suite;
extern struct kunit_suite mfeth_tx_suite;
extern struct kunit_suite mfeth_xdp_suite;

#endif /* MFETH_KUNIT_H */
