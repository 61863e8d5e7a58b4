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
#define MF_RX_GROUPS		128

/*
 * A frame without a budget for more receivers than these is left to the caller,
 * see mf_rx_domain_deliver().
 */
#define MF_RX_INLINE		8

/**
 * struct mf_rx_domain - the receive domain of a port
 * @lock: serialises changes of the sets below
 * @match: rules with key and mask; destinations are receive queues
 * @mc_default: queues for multicast frames that no rule in @match takes
 * @deflt: queues for frames that no rule above takes
 * @rest: queues for frames that @deflt does not take, either
 * @sniffer: queues that get a copy of all frames
 * @stats: counters of the port, of which mf_rx_domain_deliver() writes @rx_frames,
 *	@rx_bytes and @rx_no_rule, with bottom halves disabled
 */
struct mf_rx_domain {
	struct mutex			lock;	/* sets of queues */
	struct mf_flow_table		match;
	struct mf_dests __rcu		*mc_default;
	struct mf_dests __rcu		*deflt;
	struct mf_dests __rcu		*rest;
	struct mf_dests __rcu		*sniffer;
	struct mf_qblock_stats __percpu	*stats;
};

void mf_rx_domain_init(struct mf_rx_domain *domain,
		       struct mf_qblock_stats __percpu *stats);
void mf_rx_domain_destroy(struct mf_rx_domain *domain);
void mf_rx_domain_sniff(const struct mf_dests *sniffers,
			const struct mf_frame *frames, unsigned int n);
unsigned int mf_rx_domain_deliver(struct mf_rx_domain *domain,
				  const struct mf_frame *frames, unsigned int n,
				  u32 *budget);
struct mf_rx_rule *mf_rx_domain_add(struct mf_rx_domain *domain,
				    const struct mf_rx_rule_spec *spec);
void mf_rx_domain_del(struct mf_rx_domain *domain, struct mf_rx_rule *rule);

/**
 * mf_rx_domain_sniffers - find the sniffers of a port
 * @domain: receive domain of a port that sends frames
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the sniffers' queues, or NULL.
 */
static inline const struct mf_dests *
mf_rx_domain_sniffers(const struct mf_rx_domain *domain)
{
	return rcu_dereference(domain->sniffer);
}

#endif /* MFNIC_RX_H */
