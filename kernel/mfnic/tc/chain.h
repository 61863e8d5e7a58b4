/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Chains of tc rules, see chain.c.
 */
#ifndef MFNIC_TC_CHAIN_H
#define MFNIC_TC_CHAIN_H

#include "steer/flow_table.h"

struct mfnic_port;

/**
 * struct mfnic_chain - a chain of rules on a port
 * @table: to struct mfnic_tc_rule
 * @index: the operator's number
 * @refs: rules in it, and rules that go to it
 * @rcu: to free it
 */
struct mfnic_chain {
	struct mfnic_flow_table	table;
	u32			index;
	unsigned int		refs;
	struct rcu_head		rcu;
};

struct mfnic_chain *mfnic_chain_get(struct mfnic_port *port, u32 index);
void mfnic_chain_put(struct mfnic_port *port, struct mfnic_chain *chain);

#endif /* MFNIC_TC_CHAIN_H */
