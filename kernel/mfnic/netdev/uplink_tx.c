// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Transmission by the device on the uplink. See uplink.c for the attachment of
 * the device and for reception.
 */
#include <linux/etherdevice.h>
#include <linux/mf_cut.h>
#include <linux/netdevice.h>

#include "mfnic.h"
#include "netdev/skb.h"
#include "netdev/uplink_tx.h"

/* Maximum nesting of uplinks and representors that transmit a frame. */
#define MFNIC_NEST_DEPTH	4

/* Current nesting on each CPU; bottom halves disabled. */
static DEFINE_PER_CPU(unsigned int, mfnic_nest_depth);

/**
 * mfnic_nest_enter - check for room on the stack to send on another device
 *
 * Context: atomic. After success, the caller calls mfnic_nest_leave().
 * Return: true if there is room.
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
 * Send a buffer with its data at the destination MAC, which is @n frames of
 * @bytes on the wire. Return false if the device's queue dropped it. Atomic.
 */
static bool mfnic_uplink_send(struct mfnic *nic, struct net_device *lower,
			      struct sk_buff *skb, u32 n, u32 bytes)
{
	struct mf_qblock_stats __percpu *stats = nic->uplink.stats;
	int err;

	if (unlikely(!is_skb_forwardable(lower, skb))) {
		this_cpu_add(stats->rx_too_long, n);
		kfree_skb(skb);
		return true;
	}
	if (unlikely(!mfnic_nest_enter())) {
		this_cpu_add(stats->rx_no_rule, n);
		kfree_skb(skb);
		return true;
	}
	skb->dev = lower;
	skb_reset_mac_header(skb);
	skb->protocol = eth_hdr(skb)->h_proto;
	skb_set_network_header(skb, ETH_HLEN);
	/* After a notice of congestion, the buffer is or may be queued. */
	err = dev_queue_xmit(skb);
	err = net_xmit_eval(err);
	mfnic_nest_leave();

	if (likely(!err)) {
		this_cpu_add(stats->rx_frames, n);
		this_cpu_add(stats->rx_bytes, bytes);
	} else if (err == -ENETDOWN) {
		this_cpu_add(stats->rx_link_down, n);
	} else {
		this_cpu_add(stats->rx_queue_drop, n);
	}

	return err <= 0;
}

/* The device dropped a frame for lack of room; make the sender slow down. */
static void mfnic_uplink_dropped(const struct mf_frame *frame)
{
	if (!frame->ubuf || !frame->fill_trailer)
		return;
	net_zcopy_get(frame->ubuf);
	frame->ubuf->ops->complete(NULL, frame->ubuf, false);
}

/**
 * mfnic_uplink_xmit - send frames by the device on the uplink
 * @nic: the NIC
 * @frames: frames in order
 * @n: number of @frames
 *
 * Context: atomic, RCU read section.
 */
void mfnic_uplink_xmit(struct mfnic *nic, const struct mf_frame *frames,
		       unsigned int n)
{
	struct net_device *lower = rcu_dereference(nic->lower);
	const struct mf_frame *made;
	struct sk_buff *skb;
	struct mf_cut cut;
	unsigned int i;

	if (mf_frame_must_cut(frames)) {
		mf_cut_start(&cut, frames, n);
		while ((n = mf_cut_next(&cut, &made)))
			mfnic_uplink_xmit(nic, made, n);
		return;
	}
	if (unlikely(!lower || !READ_ONCE(nic->uplink.rep_up))) {
		this_cpu_add(nic->uplink.stats->rx_link_down,
			     mf_frame_wire_frames(frames, n));
		return;
	}

	for (i = 0; i < n; i++) {
		u32 count = mf_frame_wire_frames(&frames[i], 1);
		u32 bytes = mf_frame_wire_len(&frames[i]);

		skb = mfnic_skb_from_frame(&frames[i], lower, true);
		if (unlikely(!skb))
			this_cpu_add(nic->uplink.stats->rx_no_rule, count);
		else if (unlikely(!mfnic_uplink_send(nic, lower, skb, count,
						     bytes)))
			mfnic_uplink_dropped(&frames[i]);
	}
}

/**
 * mfnic_uplink_xmit_skb - send a buffer that the host sends on the uplink's
 *	representor
 * @nic: the NIC
 * @skb: buffer in any form; consumed
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
		mfnic_uplink_send(nic, lower, skb, 1, skb->len);
	} else {
		this_cpu_add(nic->uplink.stats->rx_link_down, 1);
		kfree_skb(skb);
	}
	rcu_read_unlock();

	return NETDEV_TX_OK;
}
