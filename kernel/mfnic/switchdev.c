// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What bridges tell about their ports: who joins and leaves, vlans, flags,
 * states and addresses.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/switchdev.h>

#include "bridge.h"

#define MFNIC_AGE_INTERVAL	HZ

/*
 * Carries addresses over to where RTNL can be had, in order, and frees what
 * needs that.
 */
struct workqueue_struct *mfnic_fdb_wq;

/**
 * struct mfnic_fdb_work - an address on its way
 * @work: in mfnic_fdb_wq
 * @dev: the representor, held
 * @addr: the address
 * @vid: its vlan
 * @add: is new, or is gone
 * @is_static: the operator's
 */
struct mfnic_fdb_work {
	struct work_struct	work;
	struct net_device	*dev;
	u8			addr[ETH_ALEN];
	u16			vid;
	bool			add;
	bool			is_static;
};

static struct mfnic_brport *mfnic_brport_rtnl(const struct net_device *dev)
{
	struct mfnic_port *port = mfnic_rep_port(dev);

	return port ? rtnl_dereference(port->brport) : NULL;
}

static void mfnic_fdb_do(struct work_struct *work)
{
	struct mfnic_fdb_work *fdb = container_of(work, struct mfnic_fdb_work,
						  work);
	struct mfnic_brport *brport;

	rtnl_lock();
	brport = mfnic_brport_rtnl(fdb->dev);
	if (brport && fdb->add)
		mfnic_fdb_add(brport, fdb->addr, fdb->vid, fdb->is_static);
	else if (brport)
		mfnic_fdb_del(brport, fdb->addr, fdb->vid);
	rtnl_unlock();
	dev_put(fdb->dev);
	kfree(fdb);
}

static int mfnic_fdb_event(struct net_device *dev, bool add,
			   const struct switchdev_notifier_fdb_info *info)
{
	struct mfnic_port *port = mfnic_rep_port(dev);
	struct mfnic_fdb_work *fdb;
	struct mfnic_brport *brport;

	if (!port || info->is_local)
		return NOTIFY_DONE;

	rcu_read_lock();
	brport = rcu_dereference(port->brport);
	if (brport && !add)
		mfnic_fdb_dying(brport, info->addr, info->vid);
	rcu_read_unlock();
	if (!brport)
		return NOTIFY_DONE;

	/* Without memory the bridge forwards this one by itself. */
	fdb = kzalloc(sizeof(*fdb), GFP_ATOMIC);
	if (!fdb)
		return NOTIFY_DONE;
	INIT_WORK(&fdb->work, mfnic_fdb_do);
	dev_hold(dev);
	fdb->dev = dev;
	ether_addr_copy(fdb->addr, info->addr);
	fdb->vid = info->vid;
	fdb->add = add;
	fdb->is_static = info->added_by_user;
	queue_work(mfnic_fdb_wq, &fdb->work);

	return NOTIFY_DONE;
}

static int mfnic_attr_set(struct net_device *dev,
			  struct switchdev_notifier_port_attr_info *info)
{
	const struct switchdev_attr *attr = info->attr;
	struct mfnic_brport *brport;

	/* Said with the bridge's lock held, and any flag will do. */
	if (attr->id == SWITCHDEV_ATTR_ID_PORT_PRE_BRIDGE_FLAGS)
		return 0;

	brport = mfnic_brport_rtnl(dev);
	if (!brport)
		return 0;

	switch (attr->id) {
	case SWITCHDEV_ATTR_ID_PORT_STP_STATE:
		WRITE_ONCE(brport->state, attr->u.stp_state);
		return 0;
	case SWITCHDEV_ATTR_ID_PORT_BRIDGE_FLAGS:
		if (attr->u.brport_flags.mask & BR_ISOLATED)
			WRITE_ONCE(brport->isolated,
				   attr->u.brport_flags.val & BR_ISOLATED);
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_AGEING_TIME:
		brport->bridge->ageing = clock_t_to_jiffies(attr->u.ageing_time);
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_FILTERING:
		WRITE_ONCE(brport->bridge->vlan_aware, attr->u.vlan_filtering);
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_VLAN_PROTOCOL:
		WRITE_ONCE(brport->bridge->vlan_proto,
			   htons(attr->u.vlan_protocol));
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_MC_DISABLED:
		/* Multicast is the bridge's. */
		return 0;
	case SWITCHDEV_ATTR_ID_BRIDGE_MST:
		/* The bridge would forget to ask for the states of vlans. */
		if (attr->u.mst) {
			NL_SET_ERR_MSG_MOD(info->info.extack,
					   "Spanning trees per vlan are not offloaded");
			return -EINVAL;
		}
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static void mfnic_vlan_add(struct mfnic_brport *brport, u16 vid, u16 flags)
{
	if (flags & BRIDGE_VLAN_INFO_UNTAGGED)
		set_bit(vid, brport->untagged);
	else
		clear_bit(vid, brport->untagged);
	set_bit(vid, brport->vlans);

	if (flags & BRIDGE_VLAN_INFO_PVID)
		WRITE_ONCE(brport->pvid, vid);
	else if (brport->pvid == vid)
		WRITE_ONCE(brport->pvid, 0);
}

static void mfnic_vlan_del(struct mfnic_brport *brport, u16 vid)
{
	if (brport->pvid == vid)
		WRITE_ONCE(brport->pvid, 0);
	clear_bit(vid, brport->vlans);
	clear_bit(vid, brport->untagged);
}

static int mfnic_obj_event(struct net_device *dev, bool add,
			   struct switchdev_notifier_port_obj_info *info)
{
	struct mfnic_brport *brport = mfnic_brport_rtnl(dev);
	const struct switchdev_obj_port_vlan *vlan;

	if (!brport || info->obj->id != SWITCHDEV_OBJ_ID_PORT_VLAN)
		return NOTIFY_DONE;

	vlan = SWITCHDEV_OBJ_PORT_VLAN(info->obj);
	if (add)
		mfnic_vlan_add(brport, vlan->vid, vlan->flags);
	else
		mfnic_vlan_del(brport, vlan->vid);
	info->handled = true;

	return NOTIFY_OK;
}

static int mfnic_attr_event(struct net_device *dev,
			    struct switchdev_notifier_port_attr_info *info)
{
	int err;

	if (!mfnic_rep_port(dev))
		return NOTIFY_DONE;
	err = mfnic_attr_set(dev, info);
	info->handled = true;

	return notifier_from_errno(err);
}

static int mfnic_switchdev_event(struct notifier_block *nb, unsigned long event,
				 void *ptr)
{
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);

	switch (event) {
	case SWITCHDEV_FDB_ADD_TO_DEVICE:
		return mfnic_fdb_event(dev, true, ptr);
	case SWITCHDEV_FDB_DEL_TO_DEVICE:
		return mfnic_fdb_event(dev, false, ptr);
	case SWITCHDEV_PORT_ATTR_SET:
		return mfnic_attr_event(dev, ptr);
	}

	return NOTIFY_DONE;
}

static int mfnic_switchdev_blocking_event(struct notifier_block *nb,
					  unsigned long event, void *ptr)
{
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);

	switch (event) {
	case SWITCHDEV_PORT_OBJ_ADD:
		return mfnic_obj_event(dev, true, ptr);
	case SWITCHDEV_PORT_OBJ_DEL:
		return mfnic_obj_event(dev, false, ptr);
	case SWITCHDEV_PORT_ATTR_SET:
		return mfnic_attr_event(dev, ptr);
	}

	return NOTIFY_DONE;
}

static int mfnic_bridge_netdev_event(struct notifier_block *nb,
				     unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct netdev_notifier_changeupper_info *info = ptr;
	struct mfnic_port *port = mfnic_rep_port(dev);
	struct mfnic_brport *brport;

	if (!port)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_CHANGEUPPER:
		if (!netif_is_bridge_master(info->upper_dev))
			break;
		if (info->linking)
			return notifier_from_errno(mfnic_bridge_join(port,
								     info->upper_dev));
		mfnic_bridge_leave(port);
		break;
	case NETDEV_CHANGEMTU:
		brport = rtnl_dereference(port->brport);
		if (brport)
			WRITE_ONCE(brport->max_len,
				   dev->mtu + ETH_HLEN + VLAN_HLEN);
		break;
	}

	return NOTIFY_DONE;
}

static struct notifier_block mfnic_switchdev_nb = {
	.notifier_call = mfnic_switchdev_event,
};

static struct notifier_block mfnic_switchdev_blocking_nb = {
	.notifier_call = mfnic_switchdev_blocking_event,
};

static struct notifier_block mfnic_bridge_netdev_nb = {
	.notifier_call = mfnic_bridge_netdev_event,
};

static void mfnic_age_do(struct work_struct *work)
{
	rtnl_lock();
	mfnic_bridge_age();
	rtnl_unlock();
	queue_delayed_work(mfnic_fdb_wq, to_delayed_work(work),
			   MFNIC_AGE_INTERVAL);
}

static DECLARE_DELAYED_WORK(mfnic_age_work, mfnic_age_do);

/**
 * mfnic_bridge_init - once, before the first NIC
 *
 * Return: 0 or an errno.
 */
int __init mfnic_bridge_init(void)
{
	int err;

	mfnic_fdb_wq = alloc_ordered_workqueue("mfnic_fdb", 0);
	if (!mfnic_fdb_wq)
		return -ENOMEM;
	err = register_netdevice_notifier(&mfnic_bridge_netdev_nb);
	if (err)
		goto err_wq;
	err = register_switchdev_notifier(&mfnic_switchdev_nb);
	if (err)
		goto err_netdev;
	err = register_switchdev_blocking_notifier(&mfnic_switchdev_blocking_nb);
	if (err)
		goto err_switchdev;
	queue_delayed_work(mfnic_fdb_wq, &mfnic_age_work, MFNIC_AGE_INTERVAL);

	return 0;

err_switchdev:
	unregister_switchdev_notifier(&mfnic_switchdev_nb);
err_netdev:
	unregister_netdevice_notifier(&mfnic_bridge_netdev_nb);
err_wq:
	destroy_workqueue(mfnic_fdb_wq);
	return err;
}

/**
 * mfnic_bridge_exit - once, after the last NIC
 */
void mfnic_bridge_exit(void)
{
	unregister_switchdev_blocking_notifier(&mfnic_switchdev_blocking_nb);
	unregister_switchdev_notifier(&mfnic_switchdev_nb);
	unregister_netdevice_notifier(&mfnic_bridge_netdev_nb);
	cancel_delayed_work_sync(&mfnic_age_work);
	/* Work is queued after a grace period. */
	rcu_barrier();
	destroy_workqueue(mfnic_fdb_wq);
	mfnic_bridge_check();
}
