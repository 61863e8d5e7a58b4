/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Flow steering.
 */
#ifndef MFRAW_FLOW_H
#define MFRAW_FLOW_H

#include <linux/mf_qblock.h>
#include <rdma/ib_verbs.h>

struct mfraw_flow_counts;
struct mfraw_rxq;

/**
 * enum mfraw_flow_actions - bits of struct mfraw_flow.actions
 * @MFRAW_FLOW_TAG: completions carry @tag
 * @MFRAW_FLOW_DROP: the frames are dropped
 * @MFRAW_FLOW_COUNT: the frames are counted in @counts
 */
enum mfraw_flow_actions {
	MFRAW_FLOW_TAG = BIT(0),
	MFRAW_FLOW_DROP = BIT(1),
	MFRAW_FLOW_COUNT = BIT(2),
};

/**
 * struct mfraw_flow - a rule of the port's receive domain
 * @ibflow: the core's flow
 * @rule: rule of the port
 * @rxq: receive queue that @rule names if there are @actions; a rule without
 *	actions names the rxq of the QP directly, which is faster
 * @to: handle of the QP that gets the frames
 * @actions: see &enum mfraw_flow_actions
 * @tag: flow tag of the completions
 * @spread: the QP of @to is an RSS QP
 * @counts: counts of the flow's counters object
 * @rcu: frees the struct after a grace period
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
