// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Notifications of the kernel about bridges: membership of representors,
 * configuration of bridge ports, and learned stations.
 */
#include <linux/if_bridge.h>
#include <linux/netdevice.h>
#include <net/switchdev.h>

#include "bridge/bridge.h"
#include "bridge/fdb.h"
#include "bridge/switchdev.h"
#include "mfnic.h"
#include "netdev/rep_path.h"

/*
 * Supported flags. Those other than learning, locked and isolated only affect
 * frames that the switch leaves to the bridge.
 */
#define MFNIC_BRPORT_FLAGS						\
	(BR_LEARNING | BR_PORT_LOCKED | BR_ISOLATED | BR_PORT_MAB |	\
	 BR_FLOOD | BR_MCAST_FLOOD | BR_BCAST_FLOOD | BR_HAIRPIN_MODE |	\
	 BR_MULTICAST_TO_UNICAST)

/*
 * Return the bridge port of a representor of this driver, or NULL. Called under
 * RTNL or in an RCU read section.
 */
static struct mfnic_brport *mfnic_brport_get(const struct net_device *dev)
{
	struct mfnic_port *port = mfnic_rep_port(dev);

	return port ? rcu_dereference_rtnl(port->brport) : NULL;
}

static int mfnic_attr_flags(struct mfnic_brport *brport,
			    const struct switchdev_brport_flags *change)
{
	unsigned long flags;

	flags = (brport->flags & ~change->mask) | (change->val & change->mask);
	WRITE_ONCE(brport->flags, flags);

	return 0;
}

static int mfnic_attr_pre_flags(const struct switchdev_brport_flags *change,
				struct netlink_ext_ack *extack)
{
	if (!(change->mask & ~MFNIC_BRPORT_FLAGS))
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "Bridge port flags %#lx are not supported",
			       change->mask & ~MFNIC_BRPORT_FLAGS);

	return -EINVAL;
}

/* Set an attribute of a bridge port. */
static int mfnic_attr_port(struct mfnic_brport *brport,
			   const struct switchdev_attr *attr,
			   struct netlink_ext_ack *extack)
{
	switch (attr->id) {
	case SWITCHDEV_ATTR_ID_PORT_STP_STATE:
		WRITE_ONCE(brport->stp_state, attr->u.stp_state);
		return 0;
	case SWITCHDEV_ATTR_ID_PORT_PRE_BRIDGE_FLAGS:
		return mfnic_attr_pre_flags(&attr->u.brport_flags, extack);
	case SWITCHDEV_ATTR_ID_PORT_BRIDGE_FLAGS:
		return mfnic_attr_flags(brport, &attr->u.brport_flags);
	default:
		return -EOPNOTSUPP;
	}
}

/*
 * Set an attribute of a bridge. With several ports, the same notification may
 * arrive more than once.
 */
static int mfnic_attr_bridge(struct mfnic_bridge *bridge,
			     const struct switchdev_attr *attr)
{
	switch (attr->id) {
	case SWITCHDEV_ATTR_ID_BRIDGE_AGEING_TIME:
		WRITE_ONCE(bridge->ageing,
			   clock_t_to_jiffies(attr->u.ageing_time));
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_FILTERING:
		WRITE_ONCE(bridge->vlan_filtering, attr->u.vlan_filtering);
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_PROTOCOL:
		WRITE_ONCE(bridge->vlan_proto, htons(attr->u.vlan_protocol));
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_MST:
		WRITE_ONCE(bridge->mst, attr->u.mst);
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_MC_DISABLED:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static int mfnic_attr_set(struct net_device *dev,
			  struct switchdev_notifier_port_attr_info *info)
{
	struct mfnic_brport *brport = mfnic_brport_get(dev);
	const struct switchdev_attr *attr = info->attr;
	struct mfnic_bridge *bridge = NULL;
	int err = -EOPNOTSUPP;

	if (brport) {
		info->handled = true;
		err = mfnic_attr_port(brport, attr, info->info.extack);
		if (err == -EOPNOTSUPP)
			err = mfnic_attr_bridge(brport->bridge, attr);
		mfnic_changed(brport->bridge->nic);
		return err;
	}

	if (!netif_is_bridge_master(dev))
		return 0;
	while ((bridge = mfnic_bridge_next(dev, bridge))) {
		info->handled = true;
		err = mfnic_attr_bridge(bridge, attr);
		mfnic_changed(bridge->nic);
	}

	return info->handled ? err : 0;
}

/* Vlans are offloaded; the bridge itself handles multicast groups. */
static int mfnic_obj_change(struct net_device *dev,
			    struct switchdev_notifier_port_obj_info *info,
			    bool add)
{
	struct mfnic_brport *brport = mfnic_brport_get(dev);
	const struct switchdev_obj_port_vlan *vlan;

	if (!brport)
		return 0;
	info->handled = true;
	if (info->obj->id != SWITCHDEV_OBJ_ID_PORT_VLAN)
		return -EOPNOTSUPP;

	vlan = SWITCHDEV_OBJ_PORT_VLAN(info->obj);
	if (add)
		mfnic_brport_set_vlan(brport, vlan->vid, vlan->flags);
	else
		mfnic_brport_del_vlan(brport, vlan->vid);

	return 0;
}

/* Called under RTNL. */
static int mfnic_switchdev_blocking(struct notifier_block *nb,
				    unsigned long event, void *ptr)
{
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);
	int err = 0;

	ASSERT_RTNL();
	switch (event) {
	case SWITCHDEV_PORT_ATTR_SET:
		err = mfnic_attr_set(dev, ptr);
		break;
	case SWITCHDEV_PORT_OBJ_ADD:
		err = mfnic_obj_change(dev, ptr, true);
		break;
	case SWITCHDEV_PORT_OBJ_DEL:
		err = mfnic_obj_change(dev, ptr, false);
		break;
	}

	return notifier_from_errno(err);
}

/*
 * An fdb entry of a bridge has changed, on any port. The operator or another
 * driver can move a station away from a port of the switch without removal of
 * the old entry, so each addition also removes entries elsewhere.
 */
static void mfnic_fdb_event(struct net_device *dev, unsigned long event,
			    const struct switchdev_notifier_fdb_info *info)
{
	struct mfnic_bridge *keep = NULL;
	struct mfnic_brport *brport;
	struct net_device *br_dev;

	br_dev = netif_is_bridge_master(dev) ?
		 dev : netdev_master_upper_dev_get_rcu(dev);
	if (!br_dev || !netif_is_bridge_master(br_dev))
		return;

	brport = mfnic_brport_get(dev);
	if (brport && !info->is_local &&
	    (event == SWITCHDEV_FDB_ADD_TO_DEVICE ||
	     event == SWITCHDEV_FDB_ADD_TO_BRIDGE))
		keep = brport->bridge;
	mfnic_fdb_forget(br_dev, info->addr, info->vid, keep);
	if (keep && event == SWITCHDEV_FDB_ADD_TO_DEVICE)
		mfnic_fdb_learn(brport, info->addr, info->vid,
				info->added_by_user);
}

/* Called in an RCU read section, atomic, maybe with the bridge's lock held. */
static int mfnic_switchdev_atomic(struct notifier_block *nb,
				  unsigned long event, void *ptr)
{
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);
	const struct switchdev_notifier_info *info = ptr;
	int err = 0;

	switch (event) {
	case SWITCHDEV_PORT_ATTR_SET:
		err = mfnic_attr_set(dev, ptr);
		break;
	case SWITCHDEV_FDB_DEL_TO_BRIDGE:
		if (mfnic_fdb_own_event(info->ctx))
			break;
		fallthrough;
	case SWITCHDEV_FDB_ADD_TO_BRIDGE:
	case SWITCHDEV_FDB_ADD_TO_DEVICE:
	case SWITCHDEV_FDB_DEL_TO_DEVICE:
		mfnic_fdb_event(dev, event, ptr);
		break;
	}

	return notifier_from_errno(err);
}

static int mfnic_bridge_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct netdev_notifier_changeupper_info *info = ptr;
	struct mfnic_port *port = mfnic_rep_port(dev);
	int err = 0;

	if (event != NETDEV_CHANGEUPPER || !port ||
	    !netif_is_bridge_master(info->upper_dev))
		return NOTIFY_DONE;

	if (info->linking)
		err = mfnic_bridge_join(port, info->upper_dev,
					info->info.extack);
	else
		mfnic_bridge_leave(port);

	return notifier_from_errno(err);
}

static struct notifier_block mfnic_bridge_nb = {
	.notifier_call = mfnic_bridge_event,
	/*
	 * Run last when a port joins, so no later notifier can refuse the join.
	 */
	.priority = INT_MIN,
};

static struct notifier_block mfnic_switchdev_nb = {
	.notifier_call = mfnic_switchdev_atomic,
};

static struct notifier_block mfnic_switchdev_blocking_nb = {
	.notifier_call = mfnic_switchdev_blocking,
};

/**
 * mfnic_switchdev_init - register for notifications; precedes the first
 *	representor
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int __init mfnic_switchdev_init(void)
{
	int err;

	err = mfnic_fdb_init();
	if (err)
		return err;
	err = register_switchdev_notifier(&mfnic_switchdev_nb);
	if (err)
		goto err_fdb;
	err = register_switchdev_blocking_notifier(&mfnic_switchdev_blocking_nb);
	if (err)
		goto err_atomic;
	err = register_netdevice_notifier(&mfnic_bridge_nb);
	if (err)
		goto err_blocking;

	return 0;

err_blocking:
	unregister_switchdev_blocking_notifier(&mfnic_switchdev_blocking_nb);
err_atomic:
	unregister_switchdev_notifier(&mfnic_switchdev_nb);
err_fdb:
	mfnic_fdb_exit();
	return err;
}

/**
 * mfnic_switchdev_exit - unregister from notifications; follows the last
 *	representor
 *
 * Context: sleeps.
 */
void mfnic_switchdev_exit(void)
{
	unregister_netdevice_notifier(&mfnic_bridge_nb);
	unregister_switchdev_blocking_notifier(&mfnic_switchdev_blocking_nb);
	unregister_switchdev_notifier(&mfnic_switchdev_nb);
	mfnic_fdb_exit();
}
