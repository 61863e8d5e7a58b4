// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames that the switch leaves to software: they arrive at the sender's
 * representor, or leave by the representor of another port. Software gets
 * frames as on a wire, so whole frames are cut. See rep.c for the representors
 * themselves.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/mf_cut.h>

#include "netdev/rep.h"
#include "netdev/rep_path.h"
#include "netdev/skb.h"
#include "netdev/slow.h"
#include "netdev/uplink_tx.h"
#include "port/port.h"

const struct net_device_ops *mfnic_rep_netdev_ops __ro_after_init;

/**
 * mfnic_rep_port - find the port of a representor
 * @dev: any net_device
 *
 * Context: any.
 * Return: the port, or NULL if @dev is not a representor of this driver.
 */
struct mfnic_port *mfnic_rep_port(const struct net_device *dev)
{
	return dev->netdev_ops == mfnic_rep_netdev_ops ? rep_port(dev) : NULL;
}

/**
 * mfnic_rep_rx - give frames to the sender's representor by the slow path
 * @port: sender
 * @frames: frames in order
 * @n: number of @frames, at least 1
 * @trap: reason for the slow path
 * @classified: tc rules of the switch have seen the frames, so the kernel's tc
 *	must not see them again; as a side effect, packet sockets do not see the
 *	frames, either
 *
 * Context: atomic, RCU read section.
 */
void mfnic_rep_rx(struct mfnic_port *port, const struct mf_frame *frames,
		  unsigned int n, enum mfnic_trap trap, bool classified)
{
	struct net_device *dev = port->rep;
	struct mfnic_rep *rep = netdev_priv(dev);
	const struct mf_frame *made;
	struct sk_buff *skb;
	unsigned int len, i;
	struct mf_cut cut;

	if (mf_frame_is_whole(frames)) {
		mf_cut_start(&cut, frames, n);
		while ((n = mf_cut_next(&cut, &made)))
			mfnic_rep_rx(port, made, n, trap, classified);
		return;
	}
	this_cpu_add(port->stats->tx_slow, n);
	for (i = 0; i < n; i++) {
		skb = mfnic_skb_from_frame(&frames[i], dev, false);
		if (!skb) {
			dev_core_stats_rx_dropped_inc(dev);
			continue;
		}
		len = skb->len;
		mfnic_trap_report(port, trap, skb);
		skb->protocol = eth_type_trans(skb, dev);
		skb->tc_skip_classify = classified;
		dev_sw_netstats_rx_add(dev, len);
		mfnic_slow_rx(rep->slow, skb);
	}
}

/**
 * mfnic_rep_send - send frames through the software of another port's
 *	representor
 * @from: sender
 * @to: destination port, whose representor has egress software
 * @frames: frames in order
 * @n: number of @frames, at least 1
 *
 * Context: atomic, RCU read section.
 */
void mfnic_rep_send(struct mfnic_port *from, struct mfnic_port *to,
		    const struct mf_frame *frames, unsigned int n)
{
	const struct mf_frame *made;
	struct sk_buff *skb;
	struct mf_cut cut;
	unsigned int i;

	if (mf_frame_is_whole(frames)) {
		mf_cut_start(&cut, frames, n);
		while ((n = mf_cut_next(&cut, &made)))
			mfnic_rep_send(from, to, made, n);
		return;
	}
	if (unlikely(!mfnic_nest_enter())) {
		this_cpu_add(from->stats->tx_no_dest, n);
		return;
	}
	this_cpu_add(from->stats->tx_slow, n);
	for (i = 0; i < n; i++) {
		skb = mfnic_skb_from_frame(&frames[i], from->rep, false);
		/*
		 * Prepare the buffer as if the sender's representor had
		 * received it.
		 */
		if (skb) {
			skb->protocol = eth_type_trans(skb, from->rep);
			skb->skb_iif = from->rep->ifindex;
			if (eth_type_vlan(skb->protocol))
				skb = skb_vlan_untag(skb);
		}
		if (unlikely(!skb)) {
			dev_core_stats_tx_dropped_inc(to->rep);
			continue;
		}
		skb_reset_network_header(skb);
		skb_reset_mac_len(skb);
		skb_push(skb, ETH_HLEN);
		skb->dev = to->rep;
		dev_queue_xmit(skb);
	}
	mfnic_nest_leave();
}
