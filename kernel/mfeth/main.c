// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The auxiliary driver: it makes a network interface from a queue block.
 *
 * Lock order: RTNL, then the locks of the queue block. The port holds its own
 * lock when it calls back, so a work item does the work that needs RTNL.
 */
#include <linux/etherdevice.h>
#include <linux/mf_version.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "mfeth.h"

MODULE_DESCRIPTION("Network interfaces on NIC queue blocks");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(MF_VERSION);

#define MFETH_VLAN_FEATURES						\
	(NETIF_F_SG | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |		\
	 NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN |			\
	 NETIF_F_GSO_UDP_L4 | NETIF_F_RXCSUM)

#define MFETH_FEATURES							\
	(MFETH_VLAN_FEATURES | NETIF_F_RXHASH |				\
	 NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX |		\
	 NETIF_F_HW_VLAN_CTAG_FILTER)

static int mfeth_open(struct net_device *dev)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mf_rx_rule_spec spec = {
		.kind = MF_RX_REST,
		.rxq = &eth->rxq,
	};
	struct mfeth_memory *mem;
	struct mf_rx_rule *rule;

	mem = mfeth_memory_alloc(eth, &eth->config);
	if (IS_ERR(mem))
		return PTR_ERR(mem);
	netif_addr_lock_bh(dev);
	mfeth_set_rx_mode(dev);
	netif_addr_unlock_bh(dev);
	mfeth_start(eth, mem);

	rule = eth->qb->ops->rx_rule_add(eth->qb, &spec);
	if (IS_ERR(rule)) {
		mfeth_stop(eth);
		return PTR_ERR(rule);
	}
	eth->rule = rule;
	mfeth_tx_wake(eth);

	return 0;
}

static int mfeth_close(struct net_device *dev)
{
	struct mfeth *eth = to_mfeth(dev);

	eth->qb->ops->rx_rule_del(eth->qb, eth->rule);
	eth->rule = NULL;
	/* mfeth_stop() also waits for receivers that still use the rule. */
	mfeth_stop(eth);

	return 0;
}

static int mfeth_change_mtu(struct net_device *dev, int mtu)
{
	struct mfeth *eth = to_mfeth(dev);
	struct mfeth_config config = eth->config;
	int err;

	config.mtu = mtu;
	err = mfeth_reconfig(eth, &config);
	if (!err)
		WRITE_ONCE(dev->mtu, mtu);

	return err;
}

/* The switch identifies the port by the address that the operator has set. */
static int mfeth_set_mac_address(struct net_device *dev, void *addr)
{
	return -EOPNOTSUPP;
}

static void mfeth_get_stats64(struct net_device *dev,
			      struct rtnl_link_stats64 *s)
{
	struct mfeth *eth = to_mfeth(dev);
	u64 no_buffer = 0, rx[5] = {}, tx[5] = {};
	struct mfeth_pcpu pcpu;
	unsigned int i;

	for (i = 0; i < eth->max_queues; i++) {
		struct mfeth_rxq *q = &eth->rxqs[i];
		struct mfeth_txq *t = &eth->txqs[i];

		mfeth_stats_add(rx, &q->stats.syncp, &q->stats.packets, 5);
		mfeth_stats_add(&no_buffer, &q->drops.syncp,
				&q->drops.no_buffer, 1);
		mfeth_stats_add(tx, &t->stats.syncp, &t->stats.packets, 5);
	}
	mfeth_pcpu_read(eth, &pcpu);
	s->rx_packets = rx[0];
	s->rx_bytes = rx[1];
	s->multicast = rx[2];
	s->rx_dropped = rx[4];
	s->rx_missed_errors = no_buffer;
	s->rx_length_errors = pcpu.rx_too_long;
	s->rx_errors = pcpu.rx_too_long;
	s->tx_packets = tx[0];
	s->tx_bytes = tx[1];
	s->tx_dropped = tx[4];
}

static int mfeth_set_features(struct net_device *dev,
			      netdev_features_t features)
{
	mfeth_set_whole(to_mfeth(dev), features);

	return 0;
}

static const struct net_device_ops mfeth_netdev_ops = {
	.ndo_open = mfeth_open,
	.ndo_stop = mfeth_close,
	.ndo_start_xmit = mfeth_start_xmit,
	.ndo_features_check = mfeth_features_check,
	.ndo_set_features = mfeth_set_features,
	.ndo_set_rx_mode = mfeth_set_rx_mode,
	.ndo_set_mac_address = mfeth_set_mac_address,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = mfeth_change_mtu,
	.ndo_get_stats64 = mfeth_get_stats64,
	.ndo_vlan_rx_add_vid = mfeth_vlan_add,
	.ndo_vlan_rx_kill_vid = mfeth_vlan_del,
	.ndo_bpf = mfeth_bpf,
	.ndo_xdp_xmit = mfeth_xdp_xmit,
};

/* Called under RTNL for a registered device. */
static void mfeth_apply_attr(struct mfeth *eth)
{
	struct net_device *dev = eth->dev;
	struct mf_qblock_attr attr;

	ASSERT_RTNL();
	mutex_lock(&eth->attr_lock);
	attr = eth->attr;
	mutex_unlock(&eth->attr_lock);

	dev->max_mtu = attr.mtu;
	if (dev->mtu > dev->max_mtu)
		dev_set_mtu(dev, dev->max_mtu);
	if (!ether_addr_equal(dev->dev_addr, attr.mac)) {
		eth_hw_addr_set(dev, attr.mac);
		call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
	}
}

static void mfeth_work(struct work_struct *work)
{
	struct mfeth *eth = container_of(work, struct mfeth, work);

	rtnl_lock();
	if (eth->dev->reg_state == NETREG_REGISTERED)
		mfeth_apply_attr(eth);
	rtnl_unlock();
}

/* See &mf_client_ops.changed; mfeth_probe() calls this function, too. */
static void mfeth_changed(struct mf_client *client)
{
	struct mfeth *eth = container_of(client, struct mfeth, client);

	mutex_lock(&eth->attr_lock);
	eth->qb->ops->get_attr(eth->qb, &eth->attr);
	if (eth->registered) {
		if (eth->attr.link_up)
			netif_carrier_on(eth->dev);
		else
			netif_carrier_off(eth->dev);
		if (eth->attr.mtu != eth->dev->max_mtu ||
		    !ether_addr_equal(eth->attr.mac, eth->dev->dev_addr))
			schedule_work(&eth->work);
	}
	mutex_unlock(&eth->attr_lock);
}

static const struct mf_client_ops mfeth_client_ops = {
	.changed = mfeth_changed,
	.resume = mfeth_resume,
};

static struct mfeth *mfeth_alloc(struct mf_qblock *qb)
{
	struct mfeth *eth;

	eth = kzalloc_obj(*eth);
	if (!eth)
		return NULL;
	eth->pcpu = alloc_percpu(struct mfeth_pcpu);
	if (!eth->pcpu) {
		kfree(eth);
		return NULL;
	}
	eth->qb = qb;
	eth->rxq.ops = &mfeth_rxq_ops;
	eth->client.ops = &mfeth_client_ops;
	mutex_init(&eth->attr_lock);
	lockdep_register_key(&eth->busylock_key);
	lockdep_register_key(&eth->xmit_key);
	INIT_WORK(&eth->work, mfeth_work);

	return eth;
}

static void mfeth_free(struct mfeth *eth)
{
	/* The client is detached, so no reader is left. */
	kfree(rcu_dereference_protected(eth->filter, true));
	kfree(rcu_dereference_protected(eth->rss, true));
	lockdep_unregister_key(&eth->xmit_key);
	lockdep_unregister_key(&eth->busylock_key);
	mutex_destroy(&eth->attr_lock);
	kfree(eth->rxqs);
	kfree(eth->txqs);
	free_percpu(eth->pcpu);
	kfree(eth);
}

static int mfeth_alloc_queues(struct mfeth *eth)
{
	unsigned int i;

	eth->max_queues = clamp(eth->attr.num_vectors, 1U, MFETH_MAX_QUEUES);
	eth->config.queues = min3(num_online_cpus(), MFETH_DEFAULT_QUEUES,
				  eth->max_queues);
	eth->config.entries = MFETH_RING_DEFAULT;
	eth->config.mtu = min(eth->attr.mtu, ETH_DATA_LEN);

	eth->rxqs = kcalloc(eth->max_queues, sizeof(*eth->rxqs), GFP_KERNEL);
	eth->txqs = kcalloc(eth->max_queues, sizeof(*eth->txqs), GFP_KERNEL);
	if (!eth->rxqs || !eth->txqs)
		return -ENOMEM;
	for (i = 0; i < eth->max_queues; i++) {
		eth->rxqs[i].eth = eth;
		eth->txqs[i].eth = eth;
		spin_lock_init(&eth->rxqs[i].lock);
		u64_stats_init(&eth->rxqs[i].drops.syncp);
		u64_stats_init(&eth->rxqs[i].stats.syncp);
		u64_stats_init(&eth->txqs[i].stats.syncp);
		hrtimer_setup(&eth->txqs[i].timer, mfeth_pause_end,
			      CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	}

	return mfeth_rss_init(eth);
}

/*
 * A device of this driver may be on the uplink of a NIC to which another one
 * belongs, so a CPU may take the transmit locks of both. A lock class for each
 * device tells lockdep that this is no recursion.
 */
static void mfeth_lockdep(struct mfeth *eth, struct net_device *dev)
{
	unsigned int i;

	dev->qdisc_tx_busylock = &eth->busylock_key;
	for (i = 0; i < dev->num_tx_queues; i++)
		lockdep_set_class(&netdev_get_tx_queue(dev, i)->_xmit_lock,
				  &eth->xmit_key);
}

static void mfeth_dev_init(struct mfeth *eth, struct net_device *dev)
{
	unsigned int i;

	*(struct mfeth **)netdev_priv(dev) = eth;
	dev_net_set(dev, read_pnet(&eth->qb->net));
	SET_NETDEV_DEV(dev, eth->qb->dev);
	if (eth->qb->dl_port)
		SET_NETDEV_DEVLINK_PORT(dev, eth->qb->dl_port);
	mfeth_lockdep(eth, dev);
	strscpy(dev->name, "mfeth%d", IFNAMSIZ);
	dev->netdev_ops = &mfeth_netdev_ops;
	dev->ethtool_ops = &mfeth_ethtool_ops;
	dev->stat_ops = &mfeth_stat_ops;
	/*
	 * The sender delivers a frame to its receivers, so netpoll must not
	 * send with hard interrupts disabled.
	 */
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_DISABLE_NETPOLL;
	/* A receiver may keep the buffer. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->hw_features = MFETH_FEATURES;
	dev->features = MFETH_FEATURES;
	dev->vlan_features = MFETH_VLAN_FEATURES;
	dev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			    NETDEV_XDP_ACT_NDO_XMIT;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = eth->attr.mtu;
	dev->mtu = eth->config.mtu;
	mfeth_set_whole(eth, dev->features);
	eth_hw_addr_set(dev, eth->attr.mac);
	netif_carrier_off(dev);
	/*
	 * A sender that bypasses the queueing discipline may choose a queue
	 * that is not in use; a stopped queue refuses its frame.
	 */
	netif_tx_stop_all_queues(dev);
	for (i = 0; i < eth->max_queues; i++)
		netif_napi_add(dev, &eth->rxqs[i].napi, mfeth_poll);
}

/*
 * Use the number of the auxiliary device if its name is free, so that
 * interfaces do not compete for a name when they return from other namespaces.
 */
static void mfeth_name(struct net_device *dev, u32 id)
{
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "mfeth%u", id);
	if (netdev_name_in_use(dev_net(dev), name))
		return;
	strscpy(dev->name, name, IFNAMSIZ);
	dev->name_assign_type = NET_NAME_PREDICTABLE;
}

static int mfeth_register(struct mfeth *eth, u32 id)
{
	struct net_device *dev;
	int err;

	dev = alloc_etherdev_mqs(sizeof(eth), eth->max_queues, eth->max_queues);
	if (!dev)
		return -ENOMEM;
	mfeth_dev_init(eth, dev);
	/* mfeth_resume() may read this pointer from here on. */
	WRITE_ONCE(eth->dev, dev);

	rtnl_lock();
	err = netif_set_real_num_queues(dev, eth->config.queues,
					eth->config.queues);
	if (!err) {
		mfeth_name(dev, id);
		err = register_netdevice(dev);
	}
	rtnl_unlock();

	return err;
}

/* While @registered is false, mfeth_changed() does not touch the carrier. */
static void mfeth_set_registered(struct mfeth *eth, bool registered)
{
	mutex_lock(&eth->attr_lock);
	eth->registered = registered;
	mutex_unlock(&eth->attr_lock);
}

static void mfeth_detach(struct mfeth *eth)
{
	eth->qb->ops->detach(eth->qb, &eth->client);
	cancel_work_sync(&eth->work);
	if (eth->dev)
		free_netdev(eth->dev);
	mfeth_free(eth);
}

static int mfeth_probe(struct auxiliary_device *adev,
		       const struct auxiliary_device_id *id)
{
	struct mf_qblock *qb = mf_qblock_from_adev(adev);
	struct mfeth *eth;
	int err;

	eth = mfeth_alloc(qb);
	if (!eth)
		return -ENOMEM;
	err = qb->ops->attach(qb, &eth->client);
	if (err) {
		mfeth_free(eth);
		return err;
	}

	/* Read the attributes of the port. */
	mfeth_changed(&eth->client);
	err = mfeth_alloc_queues(eth);
	if (!err)
		err = mfeth_register(eth, adev->id);
	if (err) {
		mfeth_detach(eth);
		return err;
	}
	mfeth_set_registered(eth, true);
	/* Set the carrier, and apply changes since the first call. */
	mfeth_changed(&eth->client);
	auxiliary_set_drvdata(adev, eth);

	return 0;
}

static void mfeth_remove(struct auxiliary_device *adev)
{
	struct mfeth *eth = auxiliary_get_drvdata(adev);

	mfeth_set_registered(eth, false);
	unregister_netdev(eth->dev);
	mfeth_detach(eth);
}

/* To serve another parent, add the name of its auxiliary devices. */
static const struct auxiliary_device_id mfeth_id_table[] = {
	{ .name = "mfnic.eth" },
	{ .name = "mfigb.eth" },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, mfeth_id_table);

static struct auxiliary_driver mfeth_driver = {
	.name = "eth",
	.probe = mfeth_probe,
	.remove = mfeth_remove,
	.id_table = mfeth_id_table,
};
module_auxiliary_driver(mfeth_driver);
