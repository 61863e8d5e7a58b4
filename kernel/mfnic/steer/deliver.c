// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Delivery of frames to the port that the switch chose. See steer.c for the
 * choice.
 */
#include "netdev/rep_path.h"
#include "netdev/uplink_tx.h"
#include "steer/deliver.h"
#include "steer/soft.h"

/**
 * mfnic_deliver_in - deliver frames that arrive at a port
 * @to: the port
 * @frames: frames in order
 * @n: number of @frames, at least 1; 1 without a budget
 * @budget: see mf_budget_take()
 *
 * Without a budget, a frame for many receivers is queued for later delivery.
 *
 * Context: atomic, RCU read section.
 * Return: the number of delivered or dropped frames, which is less than @n only
 *	if the budget is used up.
 */
unsigned int mfnic_deliver_in(struct mfnic_port *to,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget)
{
	unsigned int done;

	if (mfnic_is_uplink(to)) {
		mfnic_uplink_xmit(to->nic, frames, n);
		return n;
	}
	if (unlikely(!READ_ONCE(to->base.link_up))) {
		this_cpu_add(to->stats->rx_link_down,
			     mf_frame_wire_frames(frames, n));
		return n;
	}

	done = mf_rx_domain_deliver(&to->rx, frames, n, budget);
	if (likely(done))
		return done;
	mfnic_fanout_defer(to, frames);

	return n;
}

/**
 * mfnic_deliver_out - forward frames from one port to another
 * @from: sender
 * @to: destination
 * @frames: frames in order
 * @n: number of @frames, at least 1
 * @budget: see mf_budget_take()
 *
 * Context: atomic, RCU read section.
 * Return: the number of forwarded or dropped frames, see mfnic_deliver_in().
 */
unsigned int mfnic_deliver_out(struct mfnic_port *from, struct mfnic_port *to,
			       const struct mf_frame *frames, unsigned int n,
			       u32 *budget)
{
	if (likely(!mfnic_soft_egress(to->rep)))
		return mfnic_deliver_in(to, frames, n, budget);
	mfnic_rep_send(from, to, frames, n);

	return n;
}
