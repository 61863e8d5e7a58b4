// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Start, stop and reconfiguration of the interface's queues. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netdev_queues.h>

#include "mfeth.h"

/**
 * struct mfeth_memory - memory of the queues while they are in use
 * @rings: rings of the receive queues
 * @bursts: bursts of the transmit queues
 */
struct mfeth_memory {
	struct mfeth_ring	*rings[MFETH_MAX_QUEUES];
	struct mfeth_burst	*bursts[MFETH_MAX_QUEUES];
};

static void mfeth_memory_free(struct mfeth_memory *mem)
{
	unsigned int i;

	for (i = 0; i < MFETH_MAX_QUEUES; i++) {
		mfeth_ring_free(mem->rings[i]);
		mfeth_burst_free(mem->bursts[i]);
	}
	kfree(mem);
}

/**
 * mfeth_memory_alloc - allocate the memory of queues
 * @eth: the interface
 * @config: settings of the queues
 *
 * Context: sleeps.
 * Return: the memory, for mfeth_start(), or an ERR_PTR.
 */
struct mfeth_memory *mfeth_memory_alloc(struct mfeth *eth,
					const struct mfeth_config *config)
{
	struct mfeth_memory *mem;
	struct mfeth_ring *ring;
	unsigned int i;

	mem = kzalloc_obj(*mem);
	if (!mem)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < config->queues; i++) {
		ring = mfeth_ring_alloc(&eth->rxqs[i], config);
		if (IS_ERR(ring)) {
			mfeth_memory_free(mem);
			return ERR_CAST(ring);
		}
		mem->rings[i] = ring;
		mem->bursts[i] = kvzalloc(sizeof(*mem->bursts[i]),
					  GFP_KERNEL_ACCOUNT);
		if (!mem->bursts[i]) {
			mfeth_memory_free(mem);
			return ERR_PTR(-ENOMEM);
		}
	}

	return mem;
}

static void mfeth_set_burst(struct mfeth *eth, unsigned int i,
			    struct mfeth_burst **burst)
{
	struct netdev_queue *txq = netdev_get_tx_queue(eth->dev, i);

	__netif_tx_lock_bh(txq);
	swap(eth->txqs[i].burst, *burst);
	__netif_tx_unlock_bh(txq);
}

/**
 * mfeth_start - start the queues of the current settings
 * @eth: the interface
 * @mem: memory for these queues; consumed
 *
 * Context: RTNL.
 */
void mfeth_start(struct mfeth *eth, struct mfeth_memory *mem)
{
	struct net_device *dev = eth->dev;
	unsigned int i;

	for (i = 0; i < eth->config.queues; i++) {
		struct mfeth_rxq *q = &eth->rxqs[i];

		q->ring = mem->rings[i];
		mem->rings[i] = NULL;
		/*
		 * Set the NAPI before the first buffer leaves the pool's ring.
		 */
		q->ring->pool->p.napi = &q->napi;
		q->prod = 0;
		q->cons = 0;
		q->polled = jiffies;
		napi_enable(&q->napi);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, &q->napi);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_TX, &q->napi);
		mfeth_set_burst(eth, i, &mem->bursts[i]);
	}
	mfeth_memory_free(mem);

	/* Pairs with the acquire in mfeth_rx(), which reads the rings. */
	smp_store_release(&eth->live, eth->config.queues);
}

/**
 * mfeth_stop - stop the queues and free their memory
 * @eth: the interface
 *
 * Context: RTNL.
 */
void mfeth_stop(struct mfeth *eth)
{
	struct net_device *dev = eth->dev;
	struct mfeth_burst *burst;
	unsigned int i;

	WRITE_ONCE(eth->live, 0);
	netif_tx_disable(dev);
	/* A pause does not end any more, as @live is 0. */
	for (i = 0; i < eth->config.queues; i++)
		hrtimer_cancel(&eth->txqs[i].timer);
	/* Wait for senders that are about to receive into a ring. */
	synchronize_net();

	for (i = 0; i < eth->config.queues; i++) {
		struct mfeth_rxq *q = &eth->rxqs[i];

		napi_disable(&q->napi);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_RX, NULL);
		netif_queue_set_napi(dev, i, NETDEV_QUEUE_TYPE_TX, NULL);
		mfeth_ring_free(q->ring);
		q->ring = NULL;
		burst = NULL;
		mfeth_set_burst(eth, i, &burst);
		mfeth_burst_free(burst);
	}
}

/**
 * mfeth_tx_wake - allow the stack to send by the queues in use
 * @eth: the interface
 *
 * The other queues have no burst and stay stopped.
 *
 * Context: RTNL.
 */
void mfeth_tx_wake(struct mfeth *eth)
{
	unsigned int i;

	for (i = 0; i < eth->config.queues; i++)
		netif_tx_wake_queue(netdev_get_tx_queue(eth->dev, i));
}

/**
 * mfeth_reconfig - change the settings of the queues
 * @eth: the interface
 * @config: new settings
 *
 * On failure, the old settings stay in force.
 *
 * Context: RTNL.
 * Return: 0 or a negative errno.
 */
int mfeth_reconfig(struct mfeth *eth, const struct mfeth_config *config)
{
	bool more = config->queues > eth->config.queues;
	struct net_device *dev = eth->dev;
	struct mfeth_memory *mem = NULL;
	struct mfeth_rss *rss;
	int err = 0;

	ASSERT_RTNL();
	rss = mfeth_rss_for(eth, config->queues);
	if (IS_ERR(rss))
		return PTR_ERR(rss);
	if (netif_running(dev)) {
		mem = mfeth_memory_alloc(eth, config);
		if (IS_ERR(mem)) {
			kfree(rss);
			return PTR_ERR(mem);
		}
		netif_tx_disable(dev);
	}

	if (more)
		err = netif_set_real_num_queues(dev, config->queues,
						config->queues);
	if (err) {
		kfree(rss);
		if (mem)
			mfeth_memory_free(mem);
	} else {
		if (mem)
			mfeth_stop(eth);
		/* Reducing the number of queues does not fail. */
		if (!more)
			netif_set_real_num_queues(dev, config->queues,
						  config->queues);
		eth->config = *config;
		mfeth_rss_set(eth, rss);
		if (mem)
			mfeth_start(eth, mem);
	}
	if (mem)
		mfeth_tx_wake(eth);

	return err;
}
