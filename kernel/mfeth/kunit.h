/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFETH_KUNIT_H
#define MFETH_KUNIT_H

#include "../kunit/mf_test.h"
#include "../kunit/mf_test_port.h"

#include "mfeth.h"

#define ETH_WORLD_QUEUES	4
#define ETH_WORLD_ENTRIES	128
#define ETH_WORLD_FRAME		1518

/**
 * struct mfeth_world - an unregistered interface on a port that records all
 *	sent frames
 * @eth: the interface
 * @port: the port of @eth, which keeps copies of the frames that it sends
 */
struct mfeth_world {
	struct mfeth		eth;
	struct mf_test_port	port;
};

struct mfeth_world *mfeth_world(struct kunit *test);

extern struct kunit_suite mfeth_filter_suite;
extern struct kunit_suite mfeth_rss_suite;
extern struct kunit_suite mfeth_rx_suite;
extern struct kunit_suite mfeth_tx_suite;
extern struct kunit_suite mfeth_xdp_suite;

#endif /* MFETH_KUNIT_H */
