// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The ethtool operations and the queue statistics of the interface. */
#include <linux/ethtool.h>
#include <linux/log2.h>
#include <net/netdev_queues.h>

#include "mfeth.h"

#define MFETH_COUNTERS(type) \
	((sizeof(struct type) - offsetof(struct type, packets)) / \
	 sizeof(u64_stats_t))
#define MFETH_COUNTER(type, field)			\
	[(offsetof(struct type, field) -		\
	  offsetof(struct type, packets)) / sizeof(u64_stats_t)] = #field

static const char * const mfeth_rx_names[] = {
	MFETH_COUNTER(mfeth_rx_stats, packets),
	MFETH_COUNTER(mfeth_rx_stats, bytes),
	MFETH_COUNTER(mfeth_rx_stats, multicast),
	MFETH_COUNTER(mfeth_rx_stats, csum),
	MFETH_COUNTER(mfeth_rx_stats, csum_device),
	MFETH_COUNTER(mfeth_rx_stats, alloc_fail),
	MFETH_COUNTER(mfeth_rx_stats, xdp_drop),
	MFETH_COUNTER(mfeth_rx_stats, xdp_aborted),
	MFETH_COUNTER(mfeth_rx_stats, xdp_tx),
	MFETH_COUNTER(mfeth_rx_stats, xdp_tx_fail),
	MFETH_COUNTER(mfeth_rx_stats, xdp_redirect),
	MFETH_COUNTER(mfeth_rx_stats, xdp_redirect_fail),
	/* The counter of struct mfeth_rx_drops. */
	"no_buffer",
};

static const char * const mfeth_tx_names[] = {
	MFETH_COUNTER(mfeth_tx_stats, packets),
	MFETH_COUNTER(mfeth_tx_stats, bytes),
	MFETH_COUNTER(mfeth_tx_stats, gso),
	MFETH_COUNTER(mfeth_tx_stats, csum),
	MFETH_COUNTER(mfeth_tx_stats, drop),
	MFETH_COUNTER(mfeth_tx_stats, stop),
	MFETH_COUNTER(mfeth_tx_stats, pause),
	MFETH_COUNTER(mfeth_tx_stats, xdp_xmit),
	MFETH_COUNTER(mfeth_tx_stats, xdp_xmit_fail),
};

static const char * const mfeth_pcpu_names[] = {
	"rx_filtered",
	"rx_too_long",
};

/* Counters of the port, which all its clients share. */
#define MFETH_PORT_STAT(field) \
	[offsetof(struct mf_qblock_stats, field) / sizeof(u64)] = "port_" #field

static const char * const mfeth_port_names[] = {
	MFETH_PORT_STAT(tx_frames),
	MFETH_PORT_STAT(tx_bytes),
	MFETH_PORT_STAT(rx_frames),
	MFETH_PORT_STAT(rx_bytes),
	MFETH_PORT_STAT(tx_slow),
	MFETH_PORT_STAT(tx_invalid),
	MFETH_PORT_STAT(tx_link_down),
	MFETH_PORT_STAT(tx_spoofed),
	MFETH_PORT_STAT(tx_rule_drop),
	MFETH_PORT_STAT(tx_no_dest),
	MFETH_PORT_STAT(rx_no_rule),
	MFETH_PORT_STAT(rx_too_long),
	MFETH_PORT_STAT(rx_link_down),
	MFETH_PORT_STAT(rx_fanout),
	MFETH_PORT_STAT(rx_fanout_drop),
	MFETH_PORT_STAT(rx_queue_drop),
};

#define MFETH_NUM_RX	ARRAY_SIZE(mfeth_rx_names)
#define MFETH_NUM_TX	ARRAY_SIZE(mfeth_tx_names)
#define MFETH_NUM_PCPU	ARRAY_SIZE(mfeth_pcpu_names)
#define MFETH_NUM_PORT	ARRAY_SIZE(mfeth_port_names)

static_assert(ARRAY_SIZE(mfeth_rx_names) ==
	      MFETH_COUNTERS(mfeth_rx_stats) + 1);
static_assert(ARRAY_SIZE(mfeth_tx_names) ==
	      MFETH_COUNTERS(mfeth_tx_stats));
static_assert(sizeof(struct mfeth_pcpu) ==
	      ARRAY_SIZE(mfeth_pcpu_names) * sizeof(u64));
static_assert(sizeof(struct mf_qblock_stats) ==
	      ARRAY_SIZE(mfeth_port_names) * sizeof(u64));

/*
 * The sums over all queues, which include unused queues, come first. Counters
 * of the queues in use come last.
 */
static int mfeth_get_sset_count(struct net_device *dev, int set)
{
	unsigned int queues = to_mfeth(dev)->config.queues;

	if (set != ETH_SS_STATS)
		return -EOPNOTSUPP;

	return (1 + queues) * (MFETH_NUM_RX + MFETH_NUM_TX) + MFETH_NUM_PCPU +
	       MFETH_NUM_PORT;
}

static void mfeth_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int queues = to_mfeth(dev)->config.queues, i, q;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < MFETH_NUM_RX; i++)
		ethtool_sprintf(&data, "rx_%s", mfeth_rx_names[i]);
	for (i = 0; i < MFETH_NUM_TX; i++)
		ethtool_sprintf(&data, "tx_%s", mfeth_tx_names[i]);
	for (i = 0; i < MFETH_NUM_PCPU; i++)
		ethtool_puts(&data, mfeth_pcpu_names[i]);
	for (i = 0; i < MFETH_NUM_PORT; i++)
		ethtool_puts(&data, mfeth_port_names[i]);
	for (q = 0; q < queues; q++) {
		for (i = 0; i < MFETH_NUM_RX; i++)
			ethtool_sprintf(&data, "rx%u_%s", q, mfeth_rx_names[i]);
		for (i = 0; i < MFETH_NUM_TX; i++)
			ethtool_sprintf(&data, "tx%u_%s", q, mfeth_tx_names[i]);
	}
}

static void mfeth_rx_read(const struct mfeth_rxq *q, u64 *sum)
{
	mfeth_stats_add(sum, &q->stats.syncp, &q->stats.packets,
			MFETH_NUM_RX - 1);
	mfeth_stats_add(sum + MFETH_NUM_RX - 1, &q->drops.syncp,
			&q->drops.no_buffer, 1);
}

static void mfeth_tx_read(const struct mfeth_txq *q, u64 *sum)
{
	mfeth_stats_add(sum, &q->stats.syncp, &q->stats.packets, MFETH_NUM_TX);
}

static void mfeth_get_ethtool_stats(struct net_device *dev,
				    struct ethtool_stats *ethstats, u64 *data)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mf_qblock *qb = eth->qb;
	unsigned int q;

	memset(data, 0, ethstats->n_stats * sizeof(*data));
	for (q = 0; q < eth->max_queues; q++) {
		mfeth_rx_read(&eth->rxqs[q], data);
		mfeth_tx_read(&eth->txqs[q], data + MFETH_NUM_RX);
	}
	data += MFETH_NUM_RX + MFETH_NUM_TX;
	mfeth_pcpu_read(eth, (struct mfeth_pcpu *)data);
	data += MFETH_NUM_PCPU;
	qb->ops->get_stats(qb, (struct mf_qblock_stats *)data);
	data += MFETH_NUM_PORT;
	for (q = 0; q < eth->config.queues; q++) {
		mfeth_rx_read(&eth->rxqs[q], data);
		data += MFETH_NUM_RX;
		mfeth_tx_read(&eth->txqs[q], data);
		data += MFETH_NUM_TX;
	}
}

static void mfeth_get_drvinfo(struct net_device *dev,
			      struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(to_mfeth(dev)->qb->dev),
		sizeof(info->bus_info));
}

static int mfeth_get_link_ksettings(struct net_device *dev,
				    struct ethtool_link_ksettings *settings)
{
	u32 speed = READ_ONCE(to_mfeth(dev)->attr.speed);

	settings->base.speed = speed ?: SPEED_UNKNOWN;
	settings->base.duplex = DUPLEX_FULL;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;

	return 0;
}

static void mfeth_get_ringparam(struct net_device *dev,
				struct ethtool_ringparam *ring,
				struct kernel_ethtool_ringparam *kernel_ring,
				struct netlink_ext_ack *extack)
{
	ring->rx_max_pending = MFETH_RING_MAX;
	ring->rx_pending = to_mfeth(dev)->config.entries;
}

static int mfeth_set_ringparam(struct net_device *dev,
			       struct ethtool_ringparam *ring,
			       struct kernel_ethtool_ringparam *kernel_ring,
			       struct netlink_ext_ack *extack)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_config config = eth->config;

	if (ring->rx_pending < MFETH_RING_MIN ||
	    !is_power_of_2(ring->rx_pending)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "rx must be a power of two, %u to %u",
				       MFETH_RING_MIN, MFETH_RING_MAX);
		return -EINVAL;
	}
	config.entries = ring->rx_pending;

	return mfeth_reconfig(eth, &config);
}

static void mfeth_get_channels(struct net_device *dev,
			       struct ethtool_channels *channels)
{
	struct mfeth *eth = to_mfeth(dev);

	channels->max_combined = eth->max_queues;
	channels->combined_count = eth->config.queues;
}

static int mfeth_set_channels(struct net_device *dev,
			      struct ethtool_channels *channels)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_config config = eth->config;

	config.queues = channels->combined_count;

	return mfeth_reconfig(eth, &config);
}

const struct ethtool_ops mfeth_ethtool_ops = {
	.get_drvinfo = mfeth_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = mfeth_get_link_ksettings,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = mfeth_get_sset_count,
	.get_strings = mfeth_get_strings,
	.get_ethtool_stats = mfeth_get_ethtool_stats,
	.get_ringparam = mfeth_get_ringparam,
	.set_ringparam = mfeth_set_ringparam,
	.get_channels = mfeth_get_channels,
	.set_channels = mfeth_set_channels,
	.get_rxnfc = mfeth_get_rxnfc,
	.set_rxnfc = mfeth_set_rxnfc,
	.get_rxfh_key_size = mfeth_get_rxfh_key_size,
	.get_rxfh_indir_size = mfeth_get_rxfh_indir_size,
	.get_rxfh = mfeth_get_rxfh,
	.set_rxfh = mfeth_set_rxfh,
};

static void mfeth_stat_rx(struct net_device *dev, int i,
			  struct netdev_queue_stats_rx *rx)
{
	const struct mfeth_rxq *q = &to_mfeth(dev)->rxqs[i];

	rx->packets = u64_stats_read(&q->stats.packets);
	rx->bytes = u64_stats_read(&q->stats.bytes);
	rx->alloc_fail = u64_stats_read(&q->stats.alloc_fail);
	rx->hw_drop_overruns = u64_stats_read(&q->drops.no_buffer);
}

static void mfeth_stat_tx(struct net_device *dev, int i,
			  struct netdev_queue_stats_tx *tx)
{
	const struct mfeth_txq *q = &to_mfeth(dev)->txqs[i];

	tx->packets = u64_stats_read(&q->stats.packets);
	tx->bytes = u64_stats_read(&q->stats.bytes);
	tx->hw_gso_packets = u64_stats_read(&q->stats.gso);
	tx->stop = u64_stats_read(&q->stats.stop);
}

/* Sum up the counters of the queues that are not in use. */
static void mfeth_stat_base(struct net_device *dev,
			    struct netdev_queue_stats_rx *rx,
			    struct netdev_queue_stats_tx *tx)
{
	struct mfeth *eth = to_mfeth(dev);
	unsigned int i;

	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
	rx->hw_drop_overruns = 0;
	tx->packets = 0;
	tx->bytes = 0;
	tx->hw_gso_packets = 0;
	tx->stop = 0;
	for (i = eth->config.queues; i < eth->max_queues; i++) {
		struct netdev_queue_stats_rx r;
		struct netdev_queue_stats_tx t;

		mfeth_stat_rx(dev, i, &r);
		mfeth_stat_tx(dev, i, &t);
		rx->packets += r.packets;
		rx->bytes += r.bytes;
		rx->alloc_fail += r.alloc_fail;
		rx->hw_drop_overruns += r.hw_drop_overruns;
		tx->packets += t.packets;
		tx->bytes += t.bytes;
		tx->hw_gso_packets += t.hw_gso_packets;
		tx->stop += t.stop;
	}
}

const struct netdev_stat_ops mfeth_stat_ops = {
	.get_queue_stats_rx = mfeth_stat_rx,
	.get_queue_stats_tx = mfeth_stat_tx,
	.get_base_stats = mfeth_stat_base,
};
