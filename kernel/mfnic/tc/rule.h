/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * tc rules. This is between the files of tc/, and nobody else's.
 */
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
 * All that rules consist of, of every NIC. Who changes rules holds RTNL most of
 * the time anyway, and a rule of one port has a place in lists of another.
 */
extern struct mutex mfnic_tc_lock;

/* Rules, chains and policers that are there; none is left in the end. */
extern atomic_t mfnic_tc_objects;

struct mfnic_chain;
struct mfnic_port;

/**
 * struct mfnic_tc - what a port has, besides chain 0
 * @rules: struct mfnic_tc_rule by cookie
 * @chains: struct mfnic_chain by index
 * @refs: struct mfnic_act of any port, that send frames here
 * @blocks: of struct flow_block_cb; RTNL
 * @port: whose this is
 * @prios: struct mfnic_tc_prio by chain and priority
 * @n_soft_prios: those of @prios that software has rules of
 * @dirty: those of @prios of which the switch lacks rules
 * @soft_rules: struct mfnic_soft_rule, rules that the switch lacks
 * @soft_list: the same
 * @lost: there are others, which could not be remembered
 * @bound: in the list of ports with a block, or empty
 * @block: its number, 0 if it has none
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

/* Per CPU. */
struct mfnic_tc_stats {
	u64	packets;
	u64	bytes;
	u64	drops;
};

/**
 * struct mfnic_tc_rule - a rule
 * @node: in the port's rules
 * @cookie: what tc calls it
 * @port: whose rule it is
 * @chain: where it is
 * @flow: its place in @chain
 * @prio: in @chain
 * @known_prio: that priority, for the count of those that the switch knows
 * @ends: software would look at no rule after this one
 * @decides: the rule says what becomes of the frame
 * @skip_sw: the kernel's tc does not have it
 * @fast: a redirect and nothing else
 * @hw_stats: kind of counters that the operator wants
 * @stats: what it counted
 * @lastused: jiffies of the last frame, 0 if there was none
 * @reported: @stats as last reported to tc; mfnic_tc_lock
 * @rcu: to free it
 * @n_acts: how many
 * @acts: in order
 */
struct mfnic_tc_rule {
	struct rhash_head		node;
	unsigned long			cookie;
	struct mfnic_port		*port;
	struct mfnic_chain		*chain;
	struct mfnic_flow_rule		*flow;
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

	this_cpu_inc(rule->stats->packets);
	this_cpu_add(rule->stats->bytes, frame->len);
	if (READ_ONCE(r->lastused) != now)
		WRITE_ONCE(r->lastused, now);
}

#endif /* MFNIC_TC_RULE_H */
