/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Actions of tc rules, see act.c.
 */
#ifndef MFNIC_TC_ACT_H
#define MFNIC_TC_ACT_H

#include <linux/list.h>
#include <linux/types.h>

struct flow_action;
struct mfnic_chain;
struct mfnic_police;
struct mfnic_port;
struct mfnic_tc_rule;
struct netlink_ext_ack;

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

int mfnic_acts_set(struct mfnic_tc_rule *rule, const struct flow_action *action,
		   struct netlink_ext_ack *extack);
void mfnic_acts_clear(struct mfnic_tc_rule *rule);

#endif /* MFNIC_TC_ACT_H */
