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

struct mfnic_port;

/**
 * struct mfnic_rx - the receive domain of a port
 * @lock: serialises changes of all other members
 * @match: rules with key and mask; destinations are receive queues
 * @mc_default: queues for multicast frames that no rule in @match takes
 * @deflt: queues for frames that no rule above takes
 * @rest: queues for frames that @deflt does not take, either
 * @sniffer: queues that get a copy of all frames
 */
struct mfnic_rx {
	struct mutex			lock;	/* all below */
	struct mfnic_flow_table		match;
	struct mfnic_dests __rcu	*mc_default;
	struct mfnic_dests __rcu	*deflt;
	struct mfnic_dests __rcu	*rest;
	struct mfnic_dests __rcu	*sniffer;
};

void mfnic_rx_init(struct mfnic_port *port);
void mfnic_rx_destroy(struct mfnic_rx *rx);
const struct mfnic_dests *mfnic_rx_sniffers(struct mfnic_port *port);
void mfnic_rx_sniff(const struct mfnic_dests *dests,
		    const struct mf_frame *frames, unsigned int n);
unsigned int mfnic_rx_deliver(struct mfnic_port *port,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget);
struct mf_rx_rule *mfnic_rx_rule_add(struct mf_qblock *qb,
				     const struct mf_rx_rule_spec *spec);
void mfnic_rx_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule);

#endif /* MFNIC_RX_H */
