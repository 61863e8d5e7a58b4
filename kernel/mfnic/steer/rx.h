/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The receive domain of a port, see rx.c.
 */
#ifndef MFNIC_RX_H
#define MFNIC_RX_H

#include <linux/mf_qblock.h>
#include <linux/mutex.h>

#include "steer/flow_table.h"

/*
 * Limit of the pairs of priority and mask of all users of a port. The sender of
 * a frame pays for one lookup in each.
 */
#define MFNIC_RX_GROUPS		128

/*
 * A frame without a budget for more receivers than these is left to the caller,
 * see mfnic_rx_deliver().
 */
#define MFNIC_RX_INLINE		8

/**
 * struct mfnic_rx - the receive domain of a port
 * @lock: serialises changes of the sets below
 * @match: rules with key and mask; destinations are receive queues
 * @mc_default: queues for multicast frames that no rule in @match takes
 * @deflt: queues for frames that no rule above takes
 * @rest: queues for frames that @deflt does not take, either
 * @sniffer: queues that get a copy of all frames
 * @stats: counters of the port, of which mfnic_rx_deliver() writes @rx_frames,
 *	@rx_bytes and @rx_no_rule, with bottom halves disabled
 */
struct mfnic_rx {
	struct mutex			lock;	/* sets of queues */
	struct mfnic_flow_table		match;
	struct mfnic_dests __rcu	*mc_default;
	struct mfnic_dests __rcu	*deflt;
	struct mfnic_dests __rcu	*rest;
	struct mfnic_dests __rcu	*sniffer;
	struct mf_qblock_stats __percpu	*stats;
};

void mfnic_rx_init(struct mfnic_rx *domain,
		   struct mf_qblock_stats __percpu *stats);
void mfnic_rx_destroy(struct mfnic_rx *domain);
void mfnic_rx_sniff(const struct mfnic_dests *sniffers,
		    const struct mf_frame *frames, unsigned int n);
unsigned int mfnic_rx_deliver(struct mfnic_rx *domain,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget);
struct mf_rx_rule *mfnic_rx_add(struct mfnic_rx *domain,
				const struct mf_rx_rule_spec *spec);
void mfnic_rx_del(struct mfnic_rx *domain, struct mf_rx_rule *rule);

/**
 * mfnic_rx_sniffers - find the sniffers of a port
 * @domain: receive domain of a port that sends frames
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the sniffers' queues, or NULL.
 */
static inline const struct mfnic_dests *
mfnic_rx_sniffers(const struct mfnic_rx *domain)
{
	return rcu_dereference(domain->sniffer);
}

#endif /* MFNIC_RX_H */
