// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The eswitch: which ports get a frame that a port sends. A frame goes to the
 * port with its destination MAC, multicast to every port; the sender's own
 * port is no exception.
 */
#include <linux/etherdevice.h>
#include <linux/rculist.h>

#include "mfnic.h"

/**
 * mfnic_steer_add_port - frames may reach a port
 * @port: with its final address
 *
 * Context: sleeps, devlink lock of the NIC.
 * Return: 0 or -ENOMEM.
 */
int mfnic_steer_add_port(struct mfnic_port *port)
{
	struct mf_flow_key mask = {}, key = {};

	ether_addr_copy(key.dmac, port->mac);
	eth_broadcast_addr(mask.dmac);
	port->mac_rule = mfnic_flow_add(&port->nic->macs, 0, &key, &mask, port);
	if (IS_ERR(port->mac_rule))
		return PTR_ERR(port->mac_rule);
	list_add_tail_rcu(&port->active_node, &port->nic->active);

	return 0;
}

/**
 * mfnic_steer_del_port - no frames reach a port any more
 * @port: that was added
 *
 * On return nobody delivers to it.
 *
 * Context: sleeps, devlink lock of the NIC.
 */
void mfnic_steer_del_port(struct mfnic_port *port)
{
	mfnic_flow_del(&port->nic->macs, port->mac_rule);
	list_del_rcu(&port->active_node);
	synchronize_rcu_expedited();
}

static void mfnic_flood(struct mfnic *nic, const struct mf_frame *frames,
			unsigned int n)
{
	struct mfnic_port *port;

	list_for_each_entry_rcu(port, &nic->active, active_node)
		mfnic_rx_deliver(port, frames, n);
}

/* What becomes of a frame: a port, all ports, or nothing. */
enum mfnic_verdict {
	MFNIC_UNICAST,
	MFNIC_FLOOD,
	MFNIC_NO_DEST,
	MFNIC_INVALID,
};

static enum mfnic_verdict mfnic_classify(struct mfnic *nic,
					 const struct mf_frame *frame,
					 struct mfnic_port **to)
{
	const struct mfnic_dests *dests;

	*to = NULL;
	if (unlikely(frame->len < MF_FRAME_MIN ||
		     frame->len > mfnic_max_frame(nic)))
		return MFNIC_INVALID;
	if (is_multicast_ether_addr(frame->hdr))
		return MFNIC_FLOOD;

	dests = mfnic_flow_lookup(&nic->macs, frame);
	if (unlikely(!dests))
		return MFNIC_NO_DEST;
	*to = dests->dest[0].to;

	return MFNIC_UNICAST;
}

static void mfnic_forward(struct mfnic_port *from, enum mfnic_verdict verdict,
			  struct mfnic_port *to, const struct mf_frame *frames,
			  unsigned int n)
{
	switch (verdict) {
	case MFNIC_UNICAST:
		mfnic_rx_deliver(to, frames, n);
		break;
	case MFNIC_FLOOD:
		mfnic_flood(from->nic, frames, n);
		break;
	case MFNIC_NO_DEST:
		this_cpu_add(from->stats->tx_no_dest, n);
		break;
	case MFNIC_INVALID:
		this_cpu_add(from->stats->tx_invalid, n);
		break;
	}
}

/**
 * mfnic_steer_xmit - a port sends frames
 * @port: the sender
 * @frames: in order
 * @n: at least 1
 *
 * Frames in a row with the same fate travel together.
 *
 * Context: atomic.
 */
void mfnic_steer_xmit(struct mfnic_port *port, const struct mf_frame *frames,
		      unsigned int n)
{
	enum mfnic_verdict verdict, next;
	struct mfnic_port *to, *next_to;
	unsigned int start = 0, i;
	u64 bytes = frames[0].len;

	rcu_read_lock();
	mfnic_rx_sniff(port, frames, n);

	verdict = mfnic_classify(port->nic, &frames[0], &to);
	for (i = 1; i < n; i++) {
		bytes += frames[i].len;
		next = mfnic_classify(port->nic, &frames[i], &next_to);
		if (next == verdict && next_to == to)
			continue;
		mfnic_forward(port, verdict, to, &frames[start], i - start);
		verdict = next;
		to = next_to;
		start = i;
	}
	mfnic_forward(port, verdict, to, &frames[start], n - start);
	rcu_read_unlock();

	this_cpu_add(port->stats->tx_frames, n);
	this_cpu_add(port->stats->tx_bytes, bytes);
}
