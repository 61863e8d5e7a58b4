// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The module of the KUnit suites of mfeth. It registers no driver. Each test
 * file includes the file under test, so mfeth exports no symbols for tests.
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

#include "../kunit/mf_kunit.h"
#include "../kunit/mf_nomem.h"
#include "kunit.h"

MODULE_DESCRIPTION("KUnit tests of network interfaces on NIC queue blocks");
MODULE_LICENSE("Dual BSD/GPL");

unsigned int mf_nomem_at;

static void world_free(void *context)
{
	struct mfeth_world *w = context;
	unsigned int i;

	mf_test_forget(&w->port);
	for (i = 0; i < ETH_WORLD_QUEUES; i++)
		mfeth_burst_free(w->eth.txqs[i].burst);
	kfree(rcu_access_pointer(w->eth.rss));
	kfree(rcu_access_pointer(w->eth.filter));
	free_percpu(w->eth.pcpu);
	free_netdev(w->eth.dev);
}

/**
 * mfeth_world - create an interface with queues, but without rings
 * @test: the test
 *
 * The interface is freed at the end of the test.
 *
 * Return: the interface; the test fails if there is no memory.
 */
struct mfeth_world *mfeth_world(struct kunit *test)
{
	static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	struct mfeth_world *w = mf_test_alloc(test, sizeof(*w));
	struct mfeth *eth = &w->eth;
	unsigned int i;

	eth->rxqs = mf_test_alloc(test, ETH_WORLD_QUEUES * sizeof(*eth->rxqs));
	eth->txqs = mf_test_alloc(test, ETH_WORLD_QUEUES * sizeof(*eth->txqs));
	eth->dev = alloc_etherdev_mqs(sizeof(struct mfeth *), ETH_WORLD_QUEUES,
				      ETH_WORLD_QUEUES);
	KUNIT_ASSERT_NOT_NULL(test, eth->dev);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, world_free, w));
	*(struct mfeth **)netdev_priv(eth->dev) = eth;
	/*
	 * Registration of the device initializes this lock, but the test does
	 * not register it.
	 */
	spin_lock_init(&eth->dev->addr_list_lock);
	eth_hw_addr_set(eth->dev, mac);
	eth->pcpu = alloc_percpu(struct mfeth_pcpu);
	KUNIT_ASSERT_NOT_NULL(test, (__force void *)eth->pcpu);
	mf_test_port_init(&w->port);
	eth->qb = &w->port.qb;
	eth->rxq.ops = &mfeth_rxq_ops;
	eth->max_queues = ETH_WORLD_QUEUES;
	eth->config.queues = ETH_WORLD_QUEUES;
	eth->config.entries = ETH_WORLD_ENTRIES;
	eth->config.mtu = 1500;
	eth->attr.max_frame = ETH_WORLD_FRAME;
	for (i = 0; i < ETH_WORLD_QUEUES; i++) {
		struct mfeth_rxq *q = &eth->rxqs[i];

		q->eth = eth;
		spin_lock_init(&q->lock);
		u64_stats_init(&q->drops.syncp);
		u64_stats_init(&q->stats.syncp);
		/*
		 * A scheduled NAPI is not scheduled again, so the poll function
		 * never runs.
		 */
		set_bit(NAPI_STATE_SCHED, &q->napi.state);
		eth->txqs[i].eth = eth;
		u64_stats_init(&eth->txqs[i].stats.syncp);
		eth->txqs[i].burst = kvzalloc(sizeof(*eth->txqs[i].burst),
					      GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, eth->txqs[i].burst);
	}

	return w;
}

static int __init mfeth_kunit_init(void)
{
	return 0;
}

static void __exit mfeth_kunit_exit(void)
{
}

mf_kunit_module(mfeth_kunit_init, mfeth_kunit_exit,
		&mfeth_filter_suite,
		&mfeth_rss_suite,
		&mfeth_rx_suite,
		&mfeth_tx_suite,
		&mfeth_xdp_suite);
