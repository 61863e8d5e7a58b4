// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The uplink: any Ethernet net_device, made a lower device of the uplink's
 * representor, is the NIC's way to a network. What it receives enters the
 * switch; what the switch gives to the uplink is sent on it.
 *
 * The device may be a port of another NIC of this kind, and the uplink of that
 * one, and so on: a frame walks through them all at once. As many as the stack
 * has room for; where it could come back, the device is refused.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "mfnic.h"
#include "skb.h"

/* Uplinks that a frame leaves by, one inside the other. */
#define MFNIC_UPLINK_DEPTH	4

/* Those that the CPU is in; bottom halves disabled. */
static DEFINE_PER_CPU(unsigned int, mfnic_uplink_depth);

static rx_handler_result_t mfnic_uplink_rx(struct sk_buff **pskb);

static struct mfnic *rep_nic(const struct net_device *rep)
{
	return mfnic_rep_port(rep)->nic;
}

/* Whose uplink a device is, or NULL. RTNL held. */
static struct mfnic *mfnic_uplink_nic(const struct net_device *lower)
{
	if (rtnl_dereference(lower->rx_handler) != mfnic_uplink_rx)
		return NULL;

	return rtnl_dereference(lower->rx_handler_data);
}

/* RTNL held. The representor's carrier is that of the device. */
static void mfnic_uplink_update(struct mfnic *nic)
{
	struct net_device *lower = rtnl_dereference(nic->lower);
	struct net_device *rep = nic->uplink.rep;
	bool up;

	up = lower && netif_running(lower) && netif_carrier_ok(lower);
	WRITE_ONCE(nic->uplink.link_up, up);
	if (up)
		netif_carrier_on(rep);
	else
		netif_carrier_off(rep);
}

/* RTNL held. Does what is sent on the device come to the NIC's own uplink? */
static bool mfnic_uplink_loops(const struct mfnic *nic,
			       const struct net_device *lower)
{
	const struct mfnic *other;

	/* It ends, since no chain of uplinks is closed. */
	for (; lower; lower = rtnl_dereference(other->lower)) {
		other = mfnic_of_device(lower->dev.parent);
		if (!other || other == nic)
			return other;
	}

	return false;
}

static int mfnic_uplink_check(struct net_device *rep, struct net_device *lower,
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

/* Frames of the NIC's length must fit. */
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
 * @lower: the device
 * @extack: why not
 *
 * Context: RTNL.
 * Return: 0 or an errno, with the reason in @extack.
 */
int mfnic_uplink_attach(struct net_device *rep, struct net_device *lower,
			struct netlink_ext_ack *extack)
{
	struct mfnic *nic = rep_nic(rep);
	int err;

	err = mfnic_uplink_check(rep, lower, extack);
	if (err)
		return err;
	err = netdev_master_upper_dev_link(lower, rep, NULL, NULL, extack);
	if (err)
		return err;
	err = mfnic_uplink_set_mtu(nic, lower, extack);
	if (err)
		goto err_unlink;
	err = dev_open(lower, extack);
	if (err)
		goto err_mtu;
	err = dev_set_promiscuity(lower, 1);
	if (err)
		goto err_mtu;
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
err_mtu:
	mfnic_uplink_reset_mtu(nic, lower);
err_unlink:
	netdev_upper_dev_unlink(lower, rep);
	return err;
}

/**
 * mfnic_uplink_detach - "ip link set LOWER nomaster", or @lower goes
 * @rep: representor of the uplink
 * @lower: its device
 *
 * Context: RTNL.
 * Return: 0.
 */
int mfnic_uplink_detach(struct net_device *rep, struct net_device *lower)
{
	struct mfnic *nic = rep_nic(rep);

	RCU_INIT_POINTER(nic->lower, NULL);
	/* Waits for who is sending or receiving. */
	netdev_rx_handler_unregister(lower);
	mfnic_uplink_update(nic);
	dev_set_promiscuity(lower, -1);
	netdev_upper_dev_unlink(lower, rep);
	if (lower->reg_state == NETREG_REGISTERED)
		mfnic_uplink_reset_mtu(nic, lower);

	return 0;
}

/* One frame from the network. */
static void mfnic_uplink_in(struct mfnic_port *port,
			    const struct mf_frame *frames, unsigned int n)
{
	mfnic_steer(port, frames, n);
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

/* A buffer with its data at the destination MAC leaves by the uplink. Atomic. */
static void mfnic_uplink_send(struct mfnic *nic, struct net_device *lower,
			      struct sk_buff *skb)
{
	unsigned int len = skb->len;

	if (unlikely(!is_skb_forwardable(lower, skb))) {
		this_cpu_add(nic->uplink.stats->rx_too_long, 1);
		kfree_skb(skb);
		return;
	}
	if (unlikely(__this_cpu_read(mfnic_uplink_depth) ==
		     MFNIC_UPLINK_DEPTH)) {
		this_cpu_add(nic->uplink.stats->rx_no_rule, 1);
		kfree_skb(skb);
		return;
	}
	skb->dev = lower;
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	__this_cpu_inc(mfnic_uplink_depth);
	dev_queue_xmit(skb);
	__this_cpu_dec(mfnic_uplink_depth);

	this_cpu_add(nic->uplink.stats->rx_frames, 1);
	this_cpu_add(nic->uplink.stats->rx_bytes, len);
}

/**
 * mfnic_uplink_xmit - the switch gives frames to the uplink
 * @nic: the NIC
 * @frames: in order
 * @n: how many
 *
 * Context: atomic, RCU read section.
 */
void mfnic_uplink_xmit(struct mfnic *nic, const struct mf_frame *frames,
		       unsigned int n)
{
	struct net_device *lower = rcu_dereference(nic->lower);
	struct sk_buff *skb;
	unsigned int i;

	if (unlikely(!lower || !READ_ONCE(nic->uplink.rep_up))) {
		this_cpu_add(nic->uplink.stats->rx_link_down, n);
		return;
	}

	for (i = 0; i < n; i++) {
		skb = mfnic_skb_from_frame(&frames[i], lower, true);
		if (likely(skb))
			mfnic_uplink_send(nic, lower, skb);
		else
			this_cpu_add(nic->uplink.stats->rx_no_rule, 1);
	}
}

/**
 * mfnic_uplink_xmit_skb - the host sends on the uplink's representor
 * @nic: the NIC
 * @skb: in any form that net_devices know; is consumed
 *
 * Context: atomic.
 * Return: NETDEV_TX_OK.
 */
netdev_tx_t mfnic_uplink_xmit_skb(struct mfnic *nic, struct sk_buff *skb)
{
	struct net_device *lower;

	rcu_read_lock();
	lower = rcu_dereference(nic->lower);
	if (likely(lower)) {
		mfnic_uplink_send(nic, lower, skb);
	} else {
		this_cpu_add(nic->uplink.stats->rx_link_down, 1);
		kfree_skb(skb);
	}
	rcu_read_unlock();

	return NETDEV_TX_OK;
}

static int mfnic_uplink_event(struct notifier_block *nb, unsigned long event,
			      void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct mfnic *nic = mfnic_uplink_nic(dev);

	if (!nic)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		mfnic_uplink_update(nic);
		break;
	case NETDEV_CHANGEMTU:
		/* Refused; the caller sets it back. */
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
