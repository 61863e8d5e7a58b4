/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Chains of tc rules, see chain.c.
 */
#ifndef MFNIC_TC_CHAIN_H
#define MFNIC_TC_CHAIN_H

#include <linux/mf_steer.h>

struct mfnic_port;

/**
 * struct mfnic_chain - a chain of tc rules on a port
 * @table: rules; destinations are struct mfnic_tc_rule
 * @index: number of the chain
 * @refs: number of rules in the chain and of rules that go to the chain
 * @rcu: defers freeing until readers are done
 */
struct mfnic_chain {
	struct mf_flow_table	table;
	u32			index;
	unsigned int		refs;
	struct rcu_head		rcu;
};

struct mfnic_chain *mfnic_chain_get(struct mfnic_port *port, u32 index);
void mfnic_chain_put(struct mfnic_port *port, struct mfnic_chain *chain);

#endif /* MFNIC_TC_CHAIN_H */
