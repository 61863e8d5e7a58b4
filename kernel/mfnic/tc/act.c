// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Actions of tc rules: translation from tc's actions, and execution on frames.
 */
#include <linux/etherdevice.h>
#include <linux/unaligned.h>
#include <net/pkt_cls.h>

#include "netdev/rep_path.h"
#include "steer/deliver.h"
#include "steer/soft.h"
#include "tc/act.h"
#include "tc/chain.h"
#include "tc/police.h"
#include "tc/rule.h"
#include "tc/tc.h"

static bool mfnic_act_is_last(enum mfnic_act_kind kind)
{
	return kind <= MFNIC_ACT_REDIRECT;
}

static int mfnic_act_set_dest(struct mfnic_tc_rule *rule, struct mfnic_act *act,
			      enum mfnic_act_kind kind,
			      const struct net_device *dev,
			      struct netlink_ext_ack *extack)
{
	struct mfnic_port *to = dev ? mfnic_rep_port(dev) : NULL;

	if (!dev) {
		NL_SET_ERR_MSG_MOD(extack, "The device to send to is gone");
		return -EOPNOTSUPP;
	}
	if (!to || to->nic != rule->port->nic) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s is not a port of this switch",
				       dev->name);
		return -EOPNOTSUPP;
	}
	act->kind = kind;
	RCU_INIT_POINTER(act->to, to);
	list_add(&act->node, &to->tc->refs);

	return 0;
}

static int mfnic_act_set_goto(struct mfnic_tc_rule *rule, struct mfnic_act *act,
			      u32 index, struct netlink_ext_ack *extack)
{
	/* Chains only go forward, so there are no loops. */
	if (index <= rule->chain->index) {
		NL_SET_ERR_MSG_MOD(extack, "A chain can only go to one of a higher number");
		return -EOPNOTSUPP;
	}
	act->chain = mfnic_chain_get(rule->port, index);
	if (IS_ERR(act->chain))
		return PTR_ERR(act->chain);
	act->kind = MFNIC_ACT_GOTO;

	return 0;
}

/* Software takes a trapped frame as soon as the frame reaches it. */
static int mfnic_act_set_trap(struct mfnic_tc_rule *rule, struct mfnic_act *act,
			      struct netlink_ext_ack *extack)
{
	if (!rule->skip_sw) {
		NL_SET_ERR_MSG_MOD(extack, "Action trap needs skip_sw");
		return -EOPNOTSUPP;
	}
	act->kind = MFNIC_ACT_TRAP;

	return 0;
}

static int mfnic_act_set_mac(struct mfnic_act *act,
			     const struct flow_action_entry *entry,
			     struct netlink_ext_ack *extack)
{
	if (entry->mangle.htype != FLOW_ACT_MANGLE_HDR_TYPE_ETH ||
	    entry->mangle.offset % sizeof(u32) ||
	    entry->mangle.offset >= 2 * ETH_ALEN) {
		NL_SET_ERR_MSG_MOD(extack, "pedit can only change MAC addresses");
		return -EOPNOTSUPP;
	}
	act->kind = MFNIC_ACT_MAC;
	act->off = entry->mangle.offset;
	act->keep = entry->mangle.mask;
	act->set = entry->mangle.val;

	return 0;
}

/*
 * The kernel does not report whether "vlan modify" sets a priority. Zero is
 * taken as no priority, which keeps that of the tag.
 */
static int mfnic_act_set_vlan(struct mfnic_act *act,
			      const struct flow_action_entry *entry,
			      struct netlink_ext_ack *extack)
{
	if (!eth_type_vlan(entry->vlan.proto)) {
		NL_SET_ERR_MSG_MOD(extack, "The tag is neither 802.1Q nor 802.1ad");
		return -EOPNOTSUPP;
	}
	act->tpid = entry->vlan.proto;
	act->set = entry->vlan.vid | entry->vlan.prio << VLAN_PRIO_SHIFT;
	if (entry->id == FLOW_ACTION_VLAN_PUSH) {
		act->kind = MFNIC_ACT_VLAN_PUSH;
		return 0;
	}
	act->kind = MFNIC_ACT_VLAN_MANGLE;
	act->keep = 0xffff & ~VLAN_VID_MASK;
	if (entry->vlan.prio)
		act->keep &= ~VLAN_PRIO_MASK;

	return 0;
}

static int mfnic_act_set_police(struct mfnic_act *act,
				const struct flow_action_entry *entry,
				struct netlink_ext_ack *extack)
{
	int err;

	err = mfnic_police_set(act, entry, extack);
	if (!err)
		act->kind = MFNIC_ACT_POLICE;

	return err;
}

static int mfnic_act_set(struct mfnic_tc_rule *rule, struct mfnic_act *act,
			 const struct flow_action_entry *entry,
			 struct netlink_ext_ack *extack)
{
	switch (entry->id) {
	case FLOW_ACTION_ACCEPT:
		act->kind = MFNIC_ACT_PASS;
		return 0;
	case FLOW_ACTION_DROP:
		act->kind = MFNIC_ACT_DROP;
		return 0;
	case FLOW_ACTION_TRAP:
		return mfnic_act_set_trap(rule, act, extack);
	case FLOW_ACTION_GOTO:
		return mfnic_act_set_goto(rule, act, entry->chain_index,
					  extack);
	case FLOW_ACTION_REDIRECT:
		return mfnic_act_set_dest(rule, act, MFNIC_ACT_REDIRECT,
					  entry->dev, extack);
	case FLOW_ACTION_MIRRED:
		return mfnic_act_set_dest(rule, act, MFNIC_ACT_MIRROR,
					  entry->dev, extack);
	case FLOW_ACTION_VLAN_PUSH:
	case FLOW_ACTION_VLAN_MANGLE:
		return mfnic_act_set_vlan(act, entry, extack);
	case FLOW_ACTION_VLAN_POP:
		act->kind = MFNIC_ACT_VLAN_POP;
		return 0;
	case FLOW_ACTION_MANGLE:
		return mfnic_act_set_mac(act, entry, extack);
	case FLOW_ACTION_POLICE:
		return mfnic_act_set_police(act, entry, extack);
	case FLOW_ACTION_REDIRECT_INGRESS:
	case FLOW_ACTION_MIRRED_INGRESS:
		NL_SET_ERR_MSG_MOD(extack, "mirred can't send to a device's ingress");
		return -EOPNOTSUPP;
	default:
		NL_SET_ERR_MSG_FMT_MOD(extack, "Action of type %d is not supported",
				       entry->id);
		return -EOPNOTSUPP;
	}
}

static int mfnic_acts_check(const struct mfnic_tc_rule *rule,
			    struct netlink_ext_ack *extack)
{
	unsigned int i, tags = 0;

	for (i = 0; i < rule->n_acts; i++) {
		if (mfnic_act_is_last(rule->acts[i].kind) &&
		    i < rule->n_acts - 1) {
			NL_SET_ERR_MSG_MOD(extack, "Actions follow one that is the last by nature");
			return -EOPNOTSUPP;
		}
		if (rule->acts[i].kind == MFNIC_ACT_VLAN_PUSH)
			tags++;
	}
	/* The bridge may push one more tag. */
	if (tags > MF_FRAME_TAGS - 1) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "A rule can't push more than %d vlan tags",
				       MF_FRAME_TAGS - 1);
		return -EOPNOTSUPP;
	}

	return 0;
}

/* Called with mfnic_tc_lock held. */
static void mfnic_act_clear(struct mfnic_tc_rule *rule, struct mfnic_act *act)
{
	lockdep_assert_held(&mfnic_tc_lock);

	switch (act->kind) {
	case MFNIC_ACT_REDIRECT:
	case MFNIC_ACT_MIRROR:
		list_del(&act->node);
		break;
	case MFNIC_ACT_GOTO:
		mfnic_chain_put(rule->port, act->chain);
		break;
	case MFNIC_ACT_POLICE:
		mfnic_police_put(act->bucket);
		break;
	default:
		break;
	}
}

/**
 * mfnic_acts_clear - release what the actions of a rule hold
 * @rule: the rule; frames may run its actions until a grace period has passed
 *
 * Context: sleeps, mfnic_tc_lock.
 */
void mfnic_acts_clear(struct mfnic_tc_rule *rule)
{
	unsigned int i;

	lockdep_assert_held(&mfnic_tc_lock);
	for (i = 0; i < rule->n_acts; i++)
		mfnic_act_clear(rule, &rule->acts[i]);
}

/**
 * mfnic_acts_set - set the actions of a rule
 * @rule: a new rule with room for all actions
 * @action: actions from tc
 * @extack: reason of a failure
 *
 * Context: sleeps, RTNL and mfnic_tc_lock.
 * Return: 0 or a negative errno; on failure, the rule holds nothing.
 */
int mfnic_acts_set(struct mfnic_tc_rule *rule, const struct flow_action *action,
		   struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	ASSERT_RTNL();
	lockdep_assert_held(&mfnic_tc_lock);
	if (!flow_action_mixed_hw_stats_check(action, extack))
		return -EOPNOTSUPP;
	rule->hw_stats = FLOW_ACTION_HW_STATS_IMMEDIATE;
	if (flow_action_has_entries(action) &&
	    !(action->entries[0].hw_stats & FLOW_ACTION_HW_STATS_IMMEDIATE))
		rule->hw_stats = action->entries[0].hw_stats;

	for (i = 0; i < rule->n_acts; i++) {
		err = mfnic_act_set(rule, &rule->acts[i], &action->entries[i],
				    extack);
		if (err)
			goto err_clear;
	}
	err = mfnic_acts_check(rule, extack);
	if (err)
		goto err_clear;
	rule->ends = true;
	for (i = 0; i < rule->n_acts; i++) {
		const struct mfnic_act *act = &rule->acts[i];

		if (act->kind == MFNIC_ACT_GOTO ||
		    (act->kind == MFNIC_ACT_POLICE &&
		     act->conform == MFNIC_CONFORM_CONTINUE))
			rule->ends = false;
		rule->decides = mfnic_act_is_last(act->kind) &&
				act->kind != MFNIC_ACT_GOTO;
	}
	rule->fast = rule->n_acts == 1 &&
		     rule->acts[0].kind == MFNIC_ACT_REDIRECT;

	return 0;

err_clear:
	while (i--)
		mfnic_act_clear(rule, &rule->acts[i]);
	return err;
}

/**
 * mfnic_tc_fast - find the destination of a rule that only redirects
 * @rule: the rule, which counts the frame if there is a destination
 * @frame: the frame
 *
 * Context: atomic, RCU read section.
 * Return: the destination, or NULL if mfnic_tc_run() has to be called.
 */
struct mfnic_port *mfnic_tc_fast(const struct mfnic_tc_rule *rule,
				 const struct mf_frame *frame)
{
	struct mfnic_port *to;

	if (!rule->fast)
		return NULL;
	to = rcu_dereference(rule->acts[0].to);
	if (likely(to))
		mfnic_rule_count(rule, frame);

	return to;
}

/**
 * mfnic_tc_in_force - test whether a rule of the switch is valid for a frame
 * @rule: the first rule of chain 0 that matches
 * @soft_prio: result of mfnic_soft_ingress()
 *
 * A rule that only the switch has is always valid, as it precedes software. A
 * rule that software has, too, is not valid if software may have further rules
 * for the frame.
 *
 * Context: any.
 * Return: true if the rule is valid.
 */
bool mfnic_tc_in_force(const struct mfnic_tc_rule *rule, u32 soft_prio)
{
	return likely(soft_prio == MFNIC_SOFT_NONE) || rule->skip_sw ||
	       (rule->ends && rule->prio < soft_prio);
}

/**
 * mfnic_tc_decides - test whether a rule decides about frames
 * @rule: the rule
 *
 * Context: any.
 * Return: true if no other stage decides after the rule.
 */
bool mfnic_tc_decides(const struct mfnic_tc_rule *rule)
{
	return rule->decides;
}

/* Mirror the frame in its current form. */
static void mfnic_act_mirror(struct mfnic_port *from,
			     const struct mfnic_act *act,
			     const struct mf_frame *frame, u32 *budget)
{
	struct mfnic_port *to = rcu_dereference(act->to);

	if (unlikely(!to))
		return;
	if (likely(frame->len <= mfnic_max_frame(to->nic)))
		mfnic_deliver_out(from, to, frame, 1, budget);
	else
		this_cpu_add(to->stats->rx_too_long, 1);
}

static bool mfnic_act_push(const struct mfnic_act *act, struct mfnic_steered *s)
{
	return mfnic_edit_vlan_push(mfnic_steered_edit(s), act->tpid, act->set);
}

static bool mfnic_act_pop(struct mfnic_steered *s)
{
	return mfnic_edit_vlan_pop(mfnic_steered_edit(s));
}

static bool mfnic_act_vlan_mangle(const struct mfnic_act *act,
				  struct mfnic_steered *s)
{
	struct mfnic_edit *edit = mfnic_steered_edit(s);
	struct vlan_ethhdr *eth;

	if (edit->frame.hdr_len < VLAN_ETH_HLEN)
		return false;
	eth = (struct vlan_ethhdr *)mfnic_edit_hdr(edit);
	eth->h_vlan_proto = act->tpid;
	eth->h_vlan_TCI = htons((ntohs(eth->h_vlan_TCI) & act->keep) |
				act->set);

	return true;
}

static bool mfnic_act_mac(const struct mfnic_act *act, struct mfnic_steered *s)
{
	u8 *word = mfnic_edit_hdr(mfnic_steered_edit(s)) + act->off;

	/* As in tc, both words have the byte order of the frame. */
	put_unaligned((get_unaligned((u32 *)word) & act->keep) ^ act->set,
		      (u32 *)word);

	return true;
}

/* Change the frame. Return false if that is impossible. */
static bool mfnic_act_edit(const struct mfnic_act *act, struct mfnic_steered *s)
{
	const struct ethhdr *eth = (const struct ethhdr *)s->parse.frame->hdr;
	bool done;

	/* As in software, these actions do not change an untagged frame. */
	if ((act->kind == MFNIC_ACT_VLAN_POP ||
	     act->kind == MFNIC_ACT_VLAN_MANGLE) &&
	    !eth_type_vlan(eth->h_proto))
		return true;

	switch (act->kind) {
	case MFNIC_ACT_VLAN_PUSH:
		done = mfnic_act_push(act, s);
		break;
	case MFNIC_ACT_VLAN_POP:
		done = mfnic_act_pop(s);
		break;
	case MFNIC_ACT_VLAN_MANGLE:
		done = mfnic_act_vlan_mangle(act, s);
		break;
	default:
		done = mfnic_act_mac(act, s);
		break;
	}
	/* Fields that were parsed before the change are stale. */
	mf_parse_init(&s->parse, &s->edit.frame);
	s->classified = true;

	return done;
}

static const struct mfnic_tc_rule *mfnic_tc_next(struct mfnic_chain *chain,
						 unsigned int prio,
						 struct mf_parse *parse)
{
	const struct mf_dests *dests;

	dests = mf_flow_lookup_from(&chain->table, prio, parse);

	return dests ? dests->dest[0].to : NULL;
}

static enum mfnic_tc_verdict mfnic_act_drop(const struct mfnic_tc_rule *rule)
{
	this_cpu_inc(rule->stats->drops);

	return MFNIC_TC_DROP;
}

/*
 * Run one rule. If it does not decide, *@next is the next rule, or NULL. A
 * rule whose actions end without a verdict leaves the decision open.
 */
static enum mfnic_tc_verdict mfnic_acts_run(const struct mfnic_tc_rule *rule,
					    struct mfnic_steered *s,
					    struct mfnic_port **to,
					    const struct mfnic_tc_rule **next)
{
	const struct mfnic_act *act;

	for (act = rule->acts; act < rule->acts + rule->n_acts; act++) {
		switch (act->kind) {
		case MFNIC_ACT_PASS:
			return MFNIC_TC_PASS;
		case MFNIC_ACT_DROP:
			return MFNIC_TC_DROP;
		case MFNIC_ACT_TRAP:
			return MFNIC_TC_TRAP;
		case MFNIC_ACT_GOTO:
			*next = mfnic_tc_next(act->chain, 0, &s->parse);
			return MFNIC_TC_CONTINUE;
		case MFNIC_ACT_REDIRECT:
			*to = rcu_dereference(act->to);
			return *to ? MFNIC_TC_FORWARD : MFNIC_TC_NO_DEST;
		case MFNIC_ACT_MIRROR:
			mfnic_act_mirror(rule->port, act, s->parse.frame,
					 s->budget);
			s->classified = true;
			break;
		case MFNIC_ACT_POLICE:
			s->classified = true;
			if (!mfnic_police_conforms(act->bucket,
						   s->parse.frame->len))
				return mfnic_act_drop(rule);
			if (act->conform == MFNIC_CONFORM_CONTINUE)
				*next = mfnic_tc_next(rule->chain,
						      rule->prio + 1,
						      &s->parse);
			if (act->conform != MFNIC_CONFORM_PIPE)
				return MFNIC_TC_CONTINUE;
			break;
		default:
			if (!mfnic_act_edit(act, s))
				return mfnic_act_drop(rule);
			break;
		}
	}

	return MFNIC_TC_CONTINUE;
}

/**
 * mfnic_tc_run - run the rules that match a frame
 * @from: sender
 * @rule: the first rule that matches
 * @s: the frame
 * @to: destination, set with MFNIC_TC_FORWARD
 *
 * Context: atomic, RCU read section.
 * Return: the verdict on the frame.
 */
enum mfnic_tc_verdict mfnic_tc_run(struct mfnic_port *from,
				   const struct mfnic_tc_rule *rule,
				   struct mfnic_steered *s,
				   struct mfnic_port **to)
{
	const struct mfnic_tc_rule *next = rule;
	enum mfnic_tc_verdict verdict;

	/*
	 * The loop ends: each rule is in a higher chain, or has a later
	 * priority in the same chain.
	 */
	do {
		rule = next;
		next = NULL;
		mfnic_rule_count(rule, s->parse.frame);
		s->classified |= rule->skip_sw;
		verdict = mfnic_acts_run(rule, s, to, &next);
	} while (next);

	return verdict;
}
