// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The uplink connects the NIC to a network by any Ethernet net_device that is
 * made a lower device of the uplink's representor. Frames that the device
 * receives enter the switch; frames that the switch forwards to the uplink are
 * sent on the device.
 *
 * The device may lead to a port of another NIC of this driver, whose uplink may
 * lead to another one, and so on. A frame passes all of them in one call, so
 * their number is limited. A device by which a frame could return is refused.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "bus.h"
#include "mfnic.h"
#include "netdev/rep_path.h"
#include "netdev/skb.h"
#include "netdev/uplink.h"
#include "steer/steer.h"

static rx_handler_result_t mfnic_uplink_rx(struct sk_buff **pskb);

static struct mfnic *rep_nic(const struct net_device *rep)
{
	return mfnic_rep_port(rep)->nic;
}

/* Return the NIC whose uplink is on a device, or NULL. Called under RTNL. */
static struct mfnic *mfnic_uplink_nic(const struct net_device *lower)
{
	ASSERT_RTNL();

	if (rtnl_dereference(lower->rx_handler) != mfnic_uplink_rx)
		return NULL;

	return rtnl_dereference(lower->rx_handler_data);
}

/* Set the carrier of the representor from the device. Called under RTNL. */
static void mfnic_uplink_update(struct mfnic *nic)
{
	struct net_device *lower = rtnl_dereference(nic->lower);
	struct net_device *rep = nic->uplink.rep;
	bool up;

	ASSERT_RTNL();
	up = lower && netif_running(lower) && netif_carrier_ok(lower);
	WRITE_ONCE(nic->uplink.base.link_up, up);
	if (up)
		netif_carrier_on(rep);
	else
		netif_carrier_off(rep);
}

/**
 * struct mfnic_reach - search for NICs that frames sent on a device reach
 * @target: the NIC that they must not reach
 * @found: they reach @target
 * @next: reached NICs whose uplinks are not followed yet
 * @done: reached NICs whose uplinks were followed
 */
struct mfnic_reach {
	const struct mfnic	*target;
	bool			found;
	struct list_head	next;
	struct list_head	done;
};

/* Add the NIC of a device that frames pass through. Called under RTNL. */
static int mfnic_reach_dev(struct net_device *dev,
			   struct netdev_nested_priv *priv)
{
	struct mfnic *nic = mfnic_of_device(dev->dev.parent);
	struct mfnic_reach *reach = priv->data;

	ASSERT_RTNL();
	if (nic == reach->target && nic)
		reach->found = true;
	else if (nic && list_empty(&nic->reach))
		list_add_tail(&nic->reach, &reach->next);

	return reach->found;
}

static bool mfnic_reach_lowers(struct mfnic_reach *reach,
			       struct net_device *dev)
{
	struct netdev_nested_priv priv = { .data = reach };

	return mfnic_reach_dev(dev, &priv) ||
	       netdev_walk_all_lower_dev(dev, mfnic_reach_dev, &priv);
}

/*
 * Return true if frames that are sent on the device reach the NIC's own uplink,
 * through the device's lower devices and through uplinks of other NICs. Loops
 * outside this host cannot be detected. Called under RTNL.
 */
static bool mfnic_uplink_loops(const struct mfnic *nic,
			       struct net_device *dev)
{
	struct mfnic_reach reach = { .target = nic };
	struct net_device *lower;
	struct mfnic *other;

	ASSERT_RTNL();
	INIT_LIST_HEAD(&reach.next);
	INIT_LIST_HEAD(&reach.done);
	mfnic_reach_lowers(&reach, dev);
	/* Follow each NIC once. */
	while (!reach.found && !list_empty(&reach.next)) {
		other = list_first_entry(&reach.next, struct mfnic, reach);
		list_move(&other->reach, &reach.done);
		lower = rtnl_dereference(other->lower);
		if (lower)
			mfnic_reach_lowers(&reach, lower);
	}

	list_splice(&reach.next, &reach.done);
	while (!list_empty(&reach.done))
		list_del_init(reach.done.next);

	return reach.found;
}

/*
 * Return nonzero if @dev is the representor of an uplink that frames sent on
 * the device of @priv reach.
 */
static int mfnic_upper_loops(struct net_device *dev,
			     struct netdev_nested_priv *priv)
{
	struct mfnic_port *port = mfnic_rep_port(dev);

	return port && mfnic_is_uplink(port) &&
	       mfnic_uplink_loops(port->nic, priv->data);
}

/*
 * Refuse a new lower device below an uplink if frames could loop. Called under
 * RTNL.
 */
static int mfnic_uplink_may_link(struct net_device *lower,
				 struct netdev_notifier_changeupper_info *info)
{
	struct netdev_nested_priv priv = { .data = lower };
	int loops;

	ASSERT_RTNL();
	/* mfnic_uplink_check() has checked the uplink's device itself. */
	if (!info->linking || mfnic_rep_port(info->upper_dev))
		return 0;

	rcu_read_lock();
	loops = netdev_walk_all_upper_dev_rcu(info->upper_dev,
					      mfnic_upper_loops, &priv);
	rcu_read_unlock();
	if (!loops)
		return 0;
	NL_SET_ERR_MSG_MOD(info->info.extack,
			   "The device's way leads to the uplink that it would be part of");

	return -ELOOP;
}

static int mfnic_uplink_check(struct net_device *rep,
			      struct net_device *lower,
			      struct netlink_ext_ack *extack)
{
	struct mfnic *nic = rep_nic(rep);

	if (rtnl_dereference(nic->lower)) {
		NL_SET_ERR_MSG_MOD(extack, "The uplink has a device");
		return -EBUSY;
	}
	if (lower->type != ARPHRD_ETHER || lower->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_MOD(extack, "The device is no Ethernet device");
		return -EINVAL;
	}
	if (netif_is_bridge_master(lower)) {
		NL_SET_ERR_MSG_MOD(extack, "A bridge can't be the uplink's device");
		return -EINVAL;
	}
	if (netdev_port_same_parent_id(rep, lower)) {
		NL_SET_ERR_MSG_MOD(extack, "The device is a port of this switch");
		return -ELOOP;
	}
	if (mfnic_uplink_loops(nic, lower)) {
		NL_SET_ERR_MSG_MOD(extack, "The device's way leads to this uplink");
		return -ELOOP;
	}
	if (netdev_is_rx_handler_busy(lower)) {
		NL_SET_ERR_MSG_MOD(extack, "The device is in use");
		return -EBUSY;
	}

	return 0;
}

/* The device must carry frames of the NIC's maximum length. */
static int mfnic_uplink_set_mtu(struct mfnic *nic, struct net_device *lower,
				struct netlink_ext_ack *extack)
{
	int err;

	nic->lower_mtu = lower->mtu;
	if (lower->mtu >= nic->mtu)
		return 0;
	err = dev_set_mtu(lower, nic->mtu);
	if (err)
		NL_SET_ERR_MSG_FMT_MOD(extack, "The device can't have the NIC's MTU of %u",
				       nic->mtu);

	return err;
}

static void mfnic_uplink_reset_mtu(struct mfnic *nic, struct net_device *lower)
{
	if (lower->mtu == nic->mtu && nic->lower_mtu < nic->mtu)
		dev_set_mtu(lower, nic->lower_mtu);
}

/**
 * mfnic_uplink_attach - "ip link set LOWER master REP"
 * @rep: representor of the uplink
 * @lower: device that becomes the uplink's
 * @extack: reason of a failure
 *
 * Context: RTNL.
 * Return: 0 or a negative errno.
 */
int mfnic_uplink_attach(struct net_device *rep, struct net_device *lower,
			struct netlink_ext_ack *extack)
{
	struct mfnic *nic = rep_nic(rep);
	int err;

	ASSERT_RTNL();
	err = mfnic_uplink_check(rep, lower, extack);
	if (err)
		return err;
	err = netdev_master_upper_dev_link(lower, rep, NULL, NULL, extack);
	if (err)
		return err;
	err = mfnic_uplink_set_mtu(nic, lower, extack);
	if (err)
		goto err_unlink;
	nic->lower_opened = !netif_running(lower);
	err = dev_open(lower, extack);
	if (err)
		goto err_mtu;
	err = dev_set_promiscuity(lower, 1);
	if (err)
		goto err_close;
	dev_disable_lro(lower);

	rcu_assign_pointer(nic->lower, lower);
	err = netdev_rx_handler_register(lower, mfnic_uplink_rx, nic);
	if (err)
		goto err_promisc;
	mfnic_uplink_update(nic);

	return 0;

err_promisc:
	RCU_INIT_POINTER(nic->lower, NULL);
	synchronize_net();
	dev_set_promiscuity(lower, -1);
err_close:
	if (nic->lower_opened)
		dev_close(lower);
err_mtu:
	mfnic_uplink_reset_mtu(nic, lower);
err_unlink:
	netdev_upper_dev_unlink(lower, rep);
	return err;
}

/**
 * mfnic_uplink_detach - "ip link set LOWER nomaster", or removal of @lower
 * @rep: representor of the uplink
 * @lower: device of the uplink
 *
 * Context: RTNL.
 * Return: 0.
 */
int mfnic_uplink_detach(struct net_device *rep, struct net_device *lower)
{
	struct mfnic *nic = rep_nic(rep);

	ASSERT_RTNL();
	RCU_INIT_POINTER(nic->lower, NULL);
	/* Wait for CPUs that send or receive on the device. */
	netdev_rx_handler_unregister(lower);
	mfnic_uplink_update(nic);
	dev_set_promiscuity(lower, -1);
	netdev_upper_dev_unlink(lower, rep);
	if (lower->reg_state == NETREG_REGISTERED) {
		if (nic->lower_opened)
			dev_close(lower);
		mfnic_uplink_reset_mtu(nic, lower);
	}

	return 0;
}

/* Steer a frame that came from the network. */
static void mfnic_uplink_in(struct mfnic_port *port,
			    const struct mf_frame *frames, unsigned int n)
{
	mfnic_steer(port, frames, n, NULL);
}

static rx_handler_result_t mfnic_uplink_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct mfnic *nic;

	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return RX_HANDLER_PASS;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return RX_HANDLER_CONSUMED;

	nic = rcu_dereference(skb->dev->rx_handler_data);
	if (likely(READ_ONCE(nic->uplink.rep_up))) {
		skb_push(skb, skb->data - skb_mac_header(skb));
		mfnic_skb_to_frames(skb, &nic->uplink, mfnic_uplink_in);
	} else {
		this_cpu_add(nic->uplink.stats->tx_link_down, 1);
		kfree_skb(skb);
	}

	return RX_HANDLER_CONSUMED;
}

static int mfnic_uplink_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct mfnic *nic = mfnic_uplink_nic(dev);

	if (event == NETDEV_PRECHANGEUPPER)
		return notifier_from_errno(mfnic_uplink_may_link(dev, ptr));
	if (!nic)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		mfnic_uplink_update(nic);
		break;
	case NETDEV_CHANGEMTU:
		/* Refuse the change; the caller restores the old MTU. */
		if (dev->mtu < nic->mtu)
			return notifier_from_errno(-EBUSY);
		break;
	case NETDEV_PRE_TYPE_CHANGE:
		return NOTIFY_BAD;
	case NETDEV_UNREGISTER:
		mfnic_uplink_detach(nic->uplink.rep, dev);
		break;
	}

	return NOTIFY_DONE;
}

static struct notifier_block mfnic_uplink_nb = {
	.notifier_call = mfnic_uplink_event,
};

int __init mfnic_uplink_init(void)
{
	return register_netdevice_notifier(&mfnic_uplink_nb);
}

void mfnic_uplink_exit(void)
{
	unregister_netdevice_notifier(&mfnic_uplink_nb);
}
