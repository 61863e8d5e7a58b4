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
 * enum mfnic_conform - treatment of a frame that conforms to a policer
 * @MFNIC_CONFORM_PIPE: run the actions that follow
 * @MFNIC_CONFORM_OK: pass the frame and run no further action
 * @MFNIC_CONFORM_CONTINUE: look up the rules of the following priorities
 */
enum mfnic_conform {
	MFNIC_CONFORM_PIPE,
	MFNIC_CONFORM_OK,
	MFNIC_CONFORM_CONTINUE,
};

/**
 * struct mfnic_act - an action of a rule, constant except for @to
 * @kind: kind of the action
 * @to: REDIRECT and MIRROR: destination port, or NULL if the port is gone
 * @node: REDIRECT and MIRROR: entry in @to's list; mfnic_tc_lock
 * @tpid: VLAN_PUSH and VLAN_MANGLE: TPID of the tag
 * @keep: bits of the old tag or word to keep
 * @set: bits of the new tag or word to set
 * @off: MAC: offset of the word in the header; the word has the byte order of
 *	memory
 * @bucket: POLICE: policer
 * @conform: POLICE: treatment of conforming frames
 * @chain: GOTO: destination, which counts the action in its @refs
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
