/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_TC_RULE_H
#define MFNIC_TC_RULE_H

#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <net/flow_offload.h>

#include "tc/tc.h"

/* What is between the files of the tc offload, and nobody else's. */

/*
 * All that rules consist of, of every NIC. Who changes rules holds RTNL most of
 * the time anyway, and a rule of one port has a place in lists of another.
 */
extern struct mutex mfnic_tc_lock;

/* Rules, chains and policers that are there; none is left in the end. */
extern atomic_t mfnic_tc_objects;

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

/**
 * struct mfnic_police - a token bucket, shared by the rules that name one
 *	action
 * @lock: of all below; what frames take is in nanoseconds of the rate
 * @rate: bytes or packets per second, 0: no limit
 * @packets: it is packets
 * @mtu: longest frame that conforms
 * @overhead: bytes to add to each frame
 * @burst: the bucket's size
 * @tokens: what is in it
 * @then: at this time
 * @cookie: the action's; mfnic_tc_lock
 * @refs: actions that point here; mfnic_tc_lock
 * @rcu: to free it
 */
struct mfnic_police {
	spinlock_t	lock;	/* see above */
	u64		rate;
	bool		packets;
	u32		mtu;
	u16		overhead;
	s64		burst;
	s64		tokens;
	u64		then;
	unsigned long	cookie;
	unsigned int	refs;
	struct rcu_head	rcu;
};

enum mfnic_act_kind {
	MFNIC_ACT_PASS,
	MFNIC_ACT_DROP,
	MFNIC_ACT_TRAP,
	MFNIC_ACT_GOTO,
	MFNIC_ACT_REDIRECT,
	MFNIC_ACT_MIRROR,
	MFNIC_ACT_VLAN_PUSH,
	MFNIC_ACT_VLAN_POP,
	MFNIC_ACT_VLAN_MANGLE,
	MFNIC_ACT_MAC,
	MFNIC_ACT_POLICE,
};

/**
 * enum mfnic_conform - what happens to a frame that a policer lets through
 * @MFNIC_CONFORM_PIPE: the actions that follow
 * @MFNIC_CONFORM_OK: nothing more
 * @MFNIC_CONFORM_CONTINUE: the rules of the priorities that follow
 */
enum mfnic_conform {
	MFNIC_CONFORM_PIPE,
	MFNIC_CONFORM_OK,
	MFNIC_CONFORM_CONTINUE,
};

/**
 * struct mfnic_act - an action of a rule, constant but for @to
 * @kind: which
 * @to: REDIRECT and MIRROR: the port, NULL once it is gone
 * @node: in @to's list; mfnic_tc_lock
 * @tpid: VLAN_PUSH and _MANGLE: of the tag
 * @keep: bits of the old tag or word to keep
 * @set: bits of the new one
 * @off: MAC: where in the header the word is; the word is in memory's order
 * @bucket: POLICE: the policer
 * @conform: POLICE: what then
 * @chain: GOTO: where, counted in its @refs
 */
struct mfnic_act {
	enum mfnic_act_kind			kind;
	union {
		struct {
			struct mfnic_port __rcu	*to;
			struct list_head	node;
		};
		struct {
			__be16			tpid;
			u8			off;
			u32			keep;
			u32			set;
		};
		struct {
			struct mfnic_police	*bucket;
			enum mfnic_conform	conform;
		};
		struct mfnic_chain		*chain;
	};
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
 * @told_prio: that priority, for the count of those that the switch knows
 * @ends: software would look at no rule after this one
 * @decides: the rule says what becomes of the frame
 * @skip_sw: the kernel's tc does not have it
 * @fast: a redirect and nothing else
 * @hw_stats: kind of counters that the operator wants
 * @stats: what it counted
 * @lastused: jiffies of the last frame, 0 if there was none
 * @told: what tc was told of @stats; mfnic_tc_lock
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
	struct mfnic_tc_prio		*told_prio;
	bool				ends;
	bool				decides;
	bool				skip_sw;
	bool				fast;
	enum flow_action_hw_stats	hw_stats;
	struct mfnic_tc_stats __percpu	*stats;
	unsigned long			lastused;
	struct mfnic_tc_stats		told;
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

/* tc_chain.c */
struct mfnic_chain *mfnic_chain_get(struct mfnic_port *port, u32 index);
void mfnic_chain_put(struct mfnic_port *port, struct mfnic_chain *chain);

/* tc_soft.c */
struct mfnic_tc_prio *mfnic_prio_get(struct mfnic_port *port, u32 chain,
				     u32 index, bool sw);
void mfnic_prio_put(struct mfnic_port *port, struct mfnic_tc_prio *prio);
void mfnic_soft_refuse(struct mfnic_port *port, unsigned long cookie,
		       const struct flow_cls_common_offload *common);
void mfnic_soft_forget(struct mfnic_port *port, unsigned long cookie);
void mfnic_soft_bind(struct mfnic_port *port, u32 block);
void mfnic_soft_unbind(struct mfnic_port *port);
int mfnic_soft_init(struct mfnic_port *port);
void mfnic_soft_fini(struct mfnic_port *port);

/* tc_match.c */
int mfnic_match_protocol(struct mf_flow_key *key, struct mf_flow_key *mask,
			 const struct flow_cls_common_offload *common);
int mfnic_match_flower(const struct mfnic_port *port, struct mf_flow_key *key,
		       struct mf_flow_key *mask, const struct flow_rule *rule,
		       struct netlink_ext_ack *extack);

/* tc_act.c */
int mfnic_acts_set(struct mfnic_tc_rule *rule, const struct flow_action *action,
		   struct netlink_ext_ack *extack);
void mfnic_acts_clear(struct mfnic_tc_rule *rule);

/* police.c */
int mfnic_police_set(struct mfnic_act *act,
		     const struct flow_action_entry *entry,
		     struct netlink_ext_ack *extack);
void mfnic_police_put(struct mfnic_police *police);
bool mfnic_police_conforms(struct mfnic_police *police, u32 len);

#endif /* MFNIC_TC_RULE_H */
