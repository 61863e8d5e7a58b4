// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What leaves by the device on the uplink. See uplink.c for how that device comes
 * there, and for what it receives.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>

#include "mfnic.h"
#include "netdev/skb.h"
#include "netdev/uplink_tx.h"

/* Uplinks and representors that a frame leaves by, one inside the other. */
#define MFNIC_NEST_DEPTH	4

/* Those that the CPU is in; bottom halves disabled. */
static DEFINE_PER_CPU(unsigned int, mfnic_nest_depth);

/**
 * mfnic_nest_enter - is there room on the stack to send on another device?
 *
 * Context: atomic. If so, mfnic_nest_leave() is called afterwards.
 */
bool mfnic_nest_enter(void)
{
	if (unlikely(__this_cpu_read(mfnic_nest_depth) == MFNIC_NEST_DEPTH))
		return false;
	__this_cpu_inc(mfnic_nest_depth);

	return true;
}

void mfnic_nest_leave(void)
{
	__this_cpu_dec(mfnic_nest_depth);
}

/*
 * A buffer with its data at the destination MAC leaves by the uplink. Returns
 * false if the device's queue dropped it. Atomic.
 */
static bool mfnic_uplink_send(struct mfnic *nic, struct net_device *lower,
			      struct sk_buff *skb)
{
	struct mf_qblock_stats __percpu *stats = nic->uplink.stats;
	unsigned int len = skb->len;
	int err;

	if (unlikely(!is_skb_forwardable(lower, skb))) {
		this_cpu_add(stats->rx_too_long, 1);
		kfree_skb(skb);
		return true;
	}
	if (unlikely(!mfnic_nest_enter())) {
		this_cpu_add(stats->rx_no_rule, 1);
		kfree_skb(skb);
		return true;
	}
	skb->dev = lower;
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	/* A notice of congestion means that this one was queued, or may have been. */
	err = dev_queue_xmit(skb);
	err = net_xmit_eval(err);
	mfnic_nest_leave();

	if (likely(!err)) {
		this_cpu_add(stats->rx_frames, 1);
		this_cpu_add(stats->rx_bytes, len);
	} else if (err == -ENETDOWN) {
		this_cpu_add(stats->rx_link_down, 1);
	} else {
		this_cpu_add(stats->rx_queue_drop, 1);
	}

	return err <= 0;
}

/* The device had no room for a frame: its sender is to send less. */
static void mfnic_uplink_dropped(const struct mf_frame *frame)
{
	if (!frame->ubuf || !frame->fill_trailer)
		return;
	net_zcopy_get(frame->ubuf);
	frame->ubuf->ops->complete(NULL, frame->ubuf, false);
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
		if (unlikely(!skb))
			this_cpu_add(nic->uplink.stats->rx_no_rule, 1);
		else if (unlikely(!mfnic_uplink_send(nic, lower, skb)))
			mfnic_uplink_dropped(&frames[i]);
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
