/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFETH_KUNIT_H
#define MFETH_KUNIT_H

#include "../kunit/mf_test.h"

#include "mfeth.h"

#define ETH_WORLD_QUEUES	4
#define ETH_WORLD_ENTRIES	128
#define ETH_WORLD_FRAME		1518

/**
 * struct mfeth_world - an interface that is not registered, on a port that keeps
 * what it is sent
 * @eth: the interface
 * @qb: its port
 * @takes: how many frames that takes before it takes no more
 * @sent: copies of frames, as a wire would carry them
 * @sent_len: of each
 * @nr_sent: how many
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
