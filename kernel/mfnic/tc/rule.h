/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* tc rules: definitions that only the files of tc/ share. */
#ifndef MFNIC_TC_RULE_H
#define MFNIC_TC_RULE_H

#include <linux/jiffies.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rhashtable-types.h>
#include <linux/xarray.h>
#include <net/flow_offload.h>

#include "tc/act.h"

/*
 * Protects all objects of tc rules of every NIC. One lock is enough: changes of
 * rules mostly run under RTNL anyway, and a rule of one port is in lists of
 * other ports.
 */
extern struct mutex mfnic_tc_lock;

/*
 * Number of existing rules, chains and policers; 0 when the module is unloaded.
 */
extern atomic_t mfnic_tc_objects;

struct mfnic_chain;
struct mfnic_port;

/**
 * struct mfnic_tc - tc rules of a port, except chain 0
 * @rules: hash table of struct mfnic_tc_rule by cookie
 * @chains: struct mfnic_chain by index
 * @refs: list of struct mfnic_act of any port whose destination is this port
 * @blocks: list of struct flow_block_cb; RTNL
 * @port: the port
 * @prios: hash table of struct mfnic_tc_prio by chain and priority
 * @n_soft_prios: number of @prios with rules in software
 * @dirty: list of @prios of which the switch lacks rules
 * @soft_rules: hash table of struct mfnic_soft_rule, rules that the switch
 *	lacks
 * @soft_list: list of the rules in @soft_rules
 * @lost: the switch lacks more rules, which could not be recorded
 * @bound: entry in the list of ports with a block, or empty
 * @block: number of the shared block, or 0
 */
struct mfnic_tc {
	struct rhashtable	rules;
	struct xarray		chains;
	struct list_head	refs;
	struct list_head	blocks;
	struct mfnic_port	*port;
	struct rhashtable	prios;
	unsigned int		n_soft_prios;
	struct list_head	dirty;
	struct rhashtable	soft_rules;
	struct list_head	soft_list;
	bool			lost;
	struct list_head	bound;
	u32			block;
};

/* Counters per CPU. */
struct mfnic_tc_stats {
	u64	packets;
	u64	bytes;
	u64	drops;
};

/**
 * struct mfnic_tc_rule - a tc rule
 * @node: entry in the port's table rules
 * @cookie: tc's cookie of the rule
 * @port: port of the rule
 * @chain: chain of the rule
 * @flow: entry of the rule in @chain
 * @prio: priority in @chain
 * @known_prio: record of chain and priority
 * @ends: software would look up no further rule after this one
 * @decides: the rule decides where the frame goes
 * @skip_sw: the kernel's tc does not have the rule
 * @fast: the only action is a redirect
 * @hw_stats: kind of counters that the operator requests
 * @stats: per-CPU counters
 * @lastused: jiffies of the last frame, or 0
 * @reported: @stats as last reported to tc; mfnic_tc_lock
 * @rcu: defers freeing until readers are done
 * @n_acts: number of @acts
 * @acts: actions in order
 */
struct mfnic_tc_rule {
	struct rhash_head		node;
	unsigned long			cookie;
	struct mfnic_port		*port;
	struct mfnic_chain		*chain;
	struct mf_flow_rule		*flow;
	u16				prio;
	struct mfnic_tc_prio		*known_prio;
	bool				ends;
	bool				decides;
	bool				skip_sw;
	bool				fast;
	enum flow_action_hw_stats	hw_stats;
	struct mfnic_tc_stats __percpu	*stats;
	unsigned long			lastused;
	struct mfnic_tc_stats		reported;
	struct rcu_head			rcu;
	unsigned int			n_acts;
	struct mfnic_act		acts[] __counted_by(n_acts);
};

static inline void mfnic_rule_count(const struct mfnic_tc_rule *rule,
				    const struct mf_frame *frame)
{
	struct mfnic_tc_rule *r = (struct mfnic_tc_rule *)rule;
	unsigned long now = jiffies;

	this_cpu_add(rule->stats->packets, mf_frame_wire_frames(frame, 1));
	this_cpu_add(rule->stats->bytes, mf_frame_wire_len(frame));
	if (READ_ONCE(r->lastused) != now)
		WRITE_ONCE(r->lastused, now);
}

#endif /* MFNIC_TC_RULE_H */
