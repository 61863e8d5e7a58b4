/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Flows.
 */
#ifndef MFRAW_FLOW_H
#define MFRAW_FLOW_H

#include <linux/mf_qblock.h>
#include <rdma/ib_verbs.h>

struct mfraw_flow_counts;
struct mfraw_rxq;

/**
 * enum mfraw_flow_actions - bits of struct mfraw_flow.actions
 * @MFRAW_FLOW_TAG: completions get @tag
 * @MFRAW_FLOW_DROP: nobody gets the frames
 * @MFRAW_FLOW_COUNT: they are counted in @counters
 */
enum mfraw_flow_actions {
	MFRAW_FLOW_TAG = BIT(0),
	MFRAW_FLOW_DROP = BIT(1),
	MFRAW_FLOW_COUNT = BIT(2),
};

/**
 * struct mfraw_flow - a rule of the port's receive domain
 * @ibflow: of the core
 * @rule: steering's
 * @rxq: what the rule names if there are @actions; else it names the queue
 *	pair's, so that a flow without costs nothing more
 * @to: the queue pair that gets the frames
 * @actions: see &enum mfraw_flow_actions
 * @tag: for completions
 * @spread: @to spreads frames over WQs
 * @counts: of its counters object
 * @rcu: to free it
 */
struct mfraw_flow {
	struct ib_flow		ibflow;
	struct mf_rx_rule	*rule;
	struct mf_rxq		rxq;
	struct mfraw_rxq	*to;
	u32			actions;
	u32			tag;
	bool			spread;
	struct mfraw_flow_counts *counts;
	struct rcu_head		rcu;
};

extern const struct ib_device_ops mfraw_flow_ops;

#endif /* MFRAW_FLOW_H */
