// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Representors: each port has a net_device in the kernel. A frame sent on the
 * representor arrives at the port. The representor receives the port's frames
 * that the switch does not forward.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "mfnic.h"
#include "netdev/rep.h"
#include "netdev/rep_path.h"
#include "netdev/skb.h"
#include "netdev/slow.h"
#include "netdev/uplink.h"
#include "netdev/uplink_tx.h"
#include "port/qblock.h"
#include "steer/deliver.h"
#include "tc/tc.h"

#define MFNIC_REP_FEATURES						\
	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |		\
	 NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC | NETIF_F_GSO_SOFTWARE |	\
	 NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX)

static int mfnic_rep_open(struct net_device *dev)
{
	struct mfnic_rep *rep = netdev_priv(dev);

	mfnic_slow_start(rep->slow);
	mfnic_port_set_rep_up(rep_port(dev), true);
	netif_start_queue(dev);

	return 0;
}

static int mfnic_rep_stop(struct net_device *dev)
{
	struct mfnic_rep *rep = netdev_priv(dev);

	netif_stop_queue(dev);
	mfnic_port_set_rep_up(rep_port(dev), false);
	mfnic_slow_stop(rep->slow);

	return 0;
}

/* Deliver frames that the host sends to a subfunction. */
static void mfnic_rep_out(struct mfnic_port *port, const struct mf_frame *frames,
			  unsigned int n)
{
	if (likely(frames->len <= mfnic_max_frame(port->nic)))
		mfnic_deliver_in(port, frames, n, NULL);
	else
		this_cpu_add(port->stats->rx_too_long, n);
}

static netdev_tx_t mfnic_rep_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct mfnic_port *port = rep_port(dev);

	dev_sw_netstats_tx_add(dev, 1, skb->len);
	skb_tx_timestamp(skb);
	if (mfnic_is_uplink(port))
		return mfnic_uplink_xmit_skb(port->nic, skb);

	rcu_read_lock();
	mfnic_skb_to_frames(skb, port, mfnic_rep_out);
	rcu_read_unlock();

	return NETDEV_TX_OK;
}

/*
 * Counters from the host's view: the host receives the frames that the port
 * sends.
 */
static void mfnic_rep_get_stats64(struct net_device *dev,
				  struct rtnl_link_stats64 *s)
{
	struct mf_qblock_stats stats;

	mf_port_sum_stats(rep_port(dev)->stats, &stats);
	s->rx_packets = stats.tx_frames;
	s->rx_bytes = stats.tx_bytes;
	s->rx_errors = stats.tx_invalid;
	s->rx_dropped = stats.tx_spoofed + stats.tx_rule_drop +
			stats.tx_no_dest + stats.tx_link_down;
	s->tx_packets = stats.rx_frames;
	s->tx_bytes = stats.rx_bytes;
	s->tx_errors = stats.rx_too_long;
	s->tx_dropped = stats.rx_no_rule + stats.rx_link_down +
			stats.rx_fanout_drop + stats.rx_queue_drop;
}

static bool mfnic_rep_has_offload_stats(const struct net_device *dev, int id)
{
	return id == IFLA_OFFLOAD_XSTATS_CPU_HIT;
}

/* Counters of the slow path only. */
static int mfnic_rep_get_offload_stats(int id, const struct net_device *dev,
				       void *data)
{
	struct rtnl_link_stats64 *s = data;

	if (id != IFLA_OFFLOAD_XSTATS_CPU_HIT)
		return -EINVAL;
	memset(s, 0, sizeof(*s));
	dev_fetch_sw_netstats(s, dev->tstats);

	return 0;
}

static int mfnic_rep_add_lower(struct net_device *dev, struct net_device *lower,
			       struct netlink_ext_ack *extack)
{
	if (!mfnic_is_uplink(rep_port(dev))) {
		NL_SET_ERR_MSG_MOD(extack, "Only the uplink's representor takes a device");
		return -EOPNOTSUPP;
	}

	return mfnic_uplink_attach(dev, lower, extack);
}

static int mfnic_rep_dev_init(struct net_device *dev)
{
	struct mfnic_rep *rep = netdev_priv(dev);

	rep->slow = mfnic_slow_init(dev);

	return rep->slow ? 0 : -ENOMEM;
}

/*
 * The representor is closed, and the core has waited for RCU readers that saw
 * it running.
 */
static void mfnic_rep_dev_uninit(struct net_device *dev)
{
	struct mfnic_rep *rep = netdev_priv(dev);
	struct mfnic_port *port = rep->port;

	if (mfnic_is_uplink(port) && rtnl_dereference(port->nic->lower))
		mfnic_uplink_detach(dev, rtnl_dereference(port->nic->lower));
	mfnic_slow_fini(rep->slow);
}

/*
 * The feature must stay on while there are rules. Keep it here, without a
 * message in the log. The core keeps the user's request and applies it with the
 * next change when no rules are left.
 */
static netdev_features_t mfnic_rep_fix_features(struct net_device *dev,
						netdev_features_t features)
{
	if (mfnic_tc_has_rules(rep_port(dev)))
		features |= dev->features & NETIF_F_HW_TC;

	return features;
}

static const struct net_device_ops mfnic_rep_ops = {
	.ndo_init = mfnic_rep_dev_init,
	.ndo_uninit = mfnic_rep_dev_uninit,
	.ndo_open = mfnic_rep_open,
	.ndo_stop = mfnic_rep_stop,
	.ndo_start_xmit = mfnic_rep_xmit,
	.ndo_get_stats64 = mfnic_rep_get_stats64,
	.ndo_has_offload_stats = mfnic_rep_has_offload_stats,
	.ndo_get_offload_stats = mfnic_rep_get_offload_stats,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_add_slave = mfnic_rep_add_lower,
	.ndo_del_slave = mfnic_uplink_detach,
	.ndo_setup_tc = mfnic_tc_setup,
	.ndo_fix_features = mfnic_rep_fix_features,
};

/* Names of the port's counters, in the order of struct mf_qblock_stats. */
#define MFNIC_REP_STAT(field) \
	[offsetof(struct mf_qblock_stats, field) / sizeof(u64)] = #field

static const char mfnic_rep_stats[][ETH_GSTRING_LEN] = {
	MFNIC_REP_STAT(tx_frames),
	MFNIC_REP_STAT(tx_bytes),
	MFNIC_REP_STAT(rx_frames),
	MFNIC_REP_STAT(rx_bytes),
	MFNIC_REP_STAT(tx_slow),
	MFNIC_REP_STAT(tx_invalid),
	MFNIC_REP_STAT(tx_link_down),
	MFNIC_REP_STAT(tx_spoofed),
	MFNIC_REP_STAT(tx_rule_drop),
	MFNIC_REP_STAT(tx_no_dest),
	MFNIC_REP_STAT(rx_no_rule),
	MFNIC_REP_STAT(rx_too_long),
	MFNIC_REP_STAT(rx_link_down),
	MFNIC_REP_STAT(rx_fanout),
	MFNIC_REP_STAT(rx_fanout_drop),
	MFNIC_REP_STAT(rx_queue_drop),
};

static_assert(sizeof(struct mf_qblock_stats) ==
	      ARRAY_SIZE(mfnic_rep_stats) * sizeof(u64));

/* Equivalent of "ip link set vf trust" for virtual functions. */
static const char mfnic_rep_flags[][ETH_GSTRING_LEN] = { "trust" };

#define MFNIC_REP_TRUST		BIT(0)

static int mfnic_rep_get_sset_count(struct net_device *dev, int set)
{
	if (set == ETH_SS_STATS)
		return ARRAY_SIZE(mfnic_rep_stats);
	if (set == ETH_SS_PRIV_FLAGS && !mfnic_is_uplink(rep_port(dev)))
		return ARRAY_SIZE(mfnic_rep_flags);

	return -EOPNOTSUPP;
}

static void mfnic_rep_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		memcpy(data, mfnic_rep_stats, sizeof(mfnic_rep_stats));
	else if (set == ETH_SS_PRIV_FLAGS)
		memcpy(data, mfnic_rep_flags, sizeof(mfnic_rep_flags));
}

static u32 mfnic_rep_get_priv_flags(struct net_device *dev)
{
	return rep_port(dev)->trusted ? MFNIC_REP_TRUST : 0;
}

static int mfnic_rep_set_priv_flags(struct net_device *dev, u32 flags)
{
	struct mfnic_port *port = rep_port(dev);

	if (mfnic_is_uplink(port))
		return -EOPNOTSUPP;
	WRITE_ONCE(port->trusted, flags & MFNIC_REP_TRUST);
	mfnic_changed(port->nic);

	return 0;
}

static void mfnic_rep_get_ethtool_stats(struct net_device *dev,
					struct ethtool_stats *ethstats, u64 *data)
{
	mf_port_sum_stats(rep_port(dev)->stats, (struct mf_qblock_stats *)data);
}

static void mfnic_rep_get_drvinfo(struct net_device *dev,
				  struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(rep_port(dev)->nic->dev),
		sizeof(info->bus_info));
}

/* The uplink reports the speed of its device. Called under RTNL. */
static int mfnic_rep_get_link_ksettings(struct net_device *dev,
					struct ethtool_link_ksettings *settings)
{
	struct mfnic_port *port = rep_port(dev);
	struct net_device *lower = rtnl_dereference(port->nic->lower);

	ASSERT_RTNL();
	if (mfnic_is_uplink(port) && lower)
		return __ethtool_get_link_ksettings(lower, settings);
	settings->base.speed = (mfnic_is_uplink(port) ? MFNIC_SPEED :
							port->speed) ?:
			       SPEED_UNKNOWN;
	settings->base.duplex = DUPLEX_FULL;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;

	return 0;
}

/* Set the speed that the subfunction reports. Called under RTNL. */
static int mfnic_rep_set_link_ksettings(struct net_device *dev,
					const struct ethtool_link_ksettings *settings)
{
	struct mfnic_port *port = rep_port(dev);
	u32 speed;
	u8 duplex;
	int err;

	if (mfnic_is_uplink(port))
		return -EOPNOTSUPP;
	err = ethtool_virtdev_set_link_ksettings(dev, settings, &speed, &duplex);
	if (err)
		return err;
	if (duplex != DUPLEX_FULL)
		return -EINVAL;
	mfnic_port_set_speed(port, speed == SPEED_UNKNOWN ? 0 : speed);

	return 0;
}

static const struct ethtool_ops mfnic_rep_ethtool_ops = {
	.get_link_ksettings = mfnic_rep_get_link_ksettings,
	.set_link_ksettings = mfnic_rep_set_link_ksettings,
	.get_priv_flags = mfnic_rep_get_priv_flags,
	.set_priv_flags = mfnic_rep_set_priv_flags,
	.get_drvinfo = mfnic_rep_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = mfnic_rep_get_sset_count,
	.get_strings = mfnic_rep_get_strings,
	.get_ethtool_stats = mfnic_rep_get_ethtool_stats,
};

static void mfnic_rep_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &mfnic_rep_ops;
	dev->ethtool_ops = &mfnic_rep_ethtool_ops;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->lltx = true;
	dev->hw_features = MFNIC_REP_FEATURES | NETIF_F_HW_TC;
	dev->features = dev->hw_features;
	dev->vlan_features = MFNIC_REP_FEATURES;
	dev->needs_free_netdev = false;
}

/*
 * Name the representor after NIC and port, so that its name is stable. The
 * default name is used if this one is too long or taken.
 */
static void mfnic_rep_name(struct net_device *dev, const struct mfnic_port *port)
{
	char name[64];
	int len;

	if (mfnic_is_uplink(port))
		len = snprintf(name, sizeof(name), "%sp0",
			       dev_name(port->nic->dev));
	else
		len = snprintf(name, sizeof(name), "%ssf%u",
			       dev_name(port->nic->dev), port->base.sfnum);
	if (len >= IFNAMSIZ || netdev_name_in_use(dev_net(dev), name))
		return;
	strscpy(dev->name, name, IFNAMSIZ);
	dev->name_assign_type = NET_NAME_PREDICTABLE;
}

/**
 * mfnic_rep_init - set the operations that identify representors; precedes the
 *	first port
 */
void __init mfnic_rep_init(void)
{
	mfnic_rep_netdev_ops = &mfnic_rep_ops;
}

/**
 * mfnic_rep_create - create the representor of a port
 * @port: port whose devlink port is registered
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or a negative errno.
 */
int mfnic_rep_create(struct mfnic_port *port)
{
	struct net_device *dev;
	int err;

	devl_assert_locked(priv_to_devlink(port->nic));
	dev = alloc_netdev(sizeof(struct mfnic_rep), "eth%d", NET_NAME_ENUM,
			   mfnic_rep_setup);
	if (!dev)
		return -ENOMEM;
	dev_net_set(dev, devlink_net(priv_to_devlink(port->nic)));
	((struct mfnic_rep *)netdev_priv(dev))->port = port;
	SET_NETDEV_DEV(dev, port->nic->dev);
	SET_NETDEV_DEVLINK_PORT(dev, &port->base.dl_port);
	eth_hw_addr_random(dev);
	dev->mtu = port->nic->mtu;
	dev->max_mtu = port->nic->mtu;
	/*
	 * The representor is the master of the uplink's device and stays in the
	 * network namespace of the NIC.
	 */
	dev->netns_immutable = mfnic_is_uplink(port);

	rtnl_lock();
	port->rep = dev;
	netif_carrier_off(dev);
	mfnic_rep_name(dev, port);
	err = register_netdevice(dev);
	if (err)
		port->rep = NULL;
	rtnl_unlock();
	if (err)
		free_netdev(dev);

	return err;
}

/**
 * mfnic_rep_destroy - remove the representor of a port
 * @port: port with a representor
 *
 * The representor leaves bridges, and tc rules that use it are removed. On
 * return, no frame reaches the port through the representor, and the port's
 * frames can no longer take the slow path.
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfnic_rep_destroy(struct mfnic_port *port)
{
	struct net_device *dev = port->rep;

	devl_assert_locked(priv_to_devlink(port->nic));
	unregister_netdev(dev);
	/*
	 * Other ports may still be forwarding to this one by the removed rules.
	 */
	synchronize_net();
	port->rep = NULL;
	free_netdev(dev);
}
