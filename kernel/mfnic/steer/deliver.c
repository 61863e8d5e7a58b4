// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What the switch decided: frames reach a port. See steer.c for how it decides.
 */
#include "netdev/rep_path.h"
#include "netdev/uplink_tx.h"
#include "steer/deliver.h"
#include "steer/soft.h"

/**
 * mfnic_deliver_in - frames arrive at a port
 * @to: the port
 * @frames: in order
 * @n: at least 1
 * @budget: as of mfnic_budget_take()
 *
 * Context: atomic, RCU read section.
 * Return: how many did, as of mfnic_rx_deliver().
 */
unsigned int mfnic_deliver_in(struct mfnic_port *to,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget)
{
	if (mfnic_is_uplink(to)) {
		mfnic_uplink_xmit(to->nic, frames, n);
		return n;
	}
	if (unlikely(!READ_ONCE(to->link_up))) {
		this_cpu_add(to->stats->rx_link_down, n);
		return n;
	}

	return mfnic_rx_deliver(to, frames, n, budget);
}

/**
 * mfnic_deliver_out - the switch gives frames to a port
 * @from: the port that sent them
 * @to: the port
 * @frames: in order
 * @n: at least 1
 * @budget: as of mfnic_budget_take()
 *
 * Context: atomic, RCU read section.
 * Return: how many, as of mfnic_rx_deliver().
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
