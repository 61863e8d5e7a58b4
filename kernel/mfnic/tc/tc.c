// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * tc rules on representors: binding to blocks, and creation and removal of
 * rules.
 *
 * A port with rules has chain 0 and the chains that rules go to. A chain is a
 * flow table whose destinations are rules. The data path looks up rules under
 * RCU. All changes are made under mfnic_tc_lock, which nests inside RTNL.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/pkt_cls.h>

#include "netdev/rep_path.h"
#include "port/port.h"
#include "tc/chain.h"
#include "tc/match.h"
#include "tc/rule.h"
#include "tc/soft.h"
#include "tc/tc.h"

static const struct rhashtable_params mfnic_tc_params = {
	.key_len = sizeof_field(struct mfnic_tc_rule, cookie),
	.key_offset = offsetof(struct mfnic_tc_rule, cookie),
	.head_offset = offsetof(struct mfnic_tc_rule, node),
	.automatic_shrinking = true,
};

/*
 * tc sets extack only if the rule is not in software, or for the operator's
 * flag "verbose".
 */
static bool mfnic_skip_sw(const struct flow_cls_common_offload *common)
{
	return common->extack;
}

static void mfnic_rule_free(struct mfnic_tc_rule *rule)
{
	free_percpu(rule->stats);
	kfree(rule);
	atomic_dec(&mfnic_tc_objects);
}

static void mfnic_rule_free_rcu(struct rcu_head *rcu)
{
	mfnic_rule_free(container_of(rcu, struct mfnic_tc_rule, rcu));
}

static struct mfnic_tc_rule *
mfnic_rule_alloc(struct mfnic_port *port, unsigned long cookie,
		 const struct flow_cls_common_offload *common,
		 unsigned int n_acts)
{
	struct mfnic_tc_rule *rule;

	rule = kzalloc(struct_size(rule, acts, n_acts), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	rule->n_acts = n_acts;
	rule->stats = alloc_percpu_gfp(struct mfnic_tc_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!rule->stats) {
		kfree(rule);
		return NULL;
	}
	atomic_inc(&mfnic_tc_objects);
	rule->cookie = cookie;
	rule->port = port;
	rule->prio = common->prio;
	rule->skip_sw = mfnic_skip_sw(common);

	return rule;
}

/*
 * Remove a rule that is not in the port's @rules. Called with mfnic_tc_lock
 * held.
 */
static void mfnic_rule_destroy(struct mfnic_tc_rule *rule)
{
	lockdep_assert_held(&mfnic_tc_lock);

	mf_flow_del(&rule->chain->table, rule->flow);
	mfnic_acts_clear(rule);
	mfnic_prio_put(rule->port, rule->known_prio);
	mfnic_chain_put(rule->port, rule->chain);
	call_rcu(&rule->rcu, mfnic_rule_free_rcu);
}

/*
 * Insert a rule so that the data path finds it. Called with mfnic_tc_lock held.
 */
static int mfnic_rule_insert(struct mfnic_tc_rule *rule,
			     const struct flow_cls_common_offload *common,
			     const struct flow_action *action,
			     const struct mf_flow_key *key,
			     const struct mf_flow_key *mask)
{
	int err;

	lockdep_assert_held(&mfnic_tc_lock);
	rule->chain = mfnic_chain_get(rule->port, common->chain_index);
	if (IS_ERR(rule->chain))
		return PTR_ERR(rule->chain);
	rule->known_prio = mfnic_prio_get(rule->port, common->chain_index,
					  common->prio, !rule->skip_sw);
	if (!rule->known_prio) {
		err = -ENOMEM;
		goto err_chain;
	}
	err = mfnic_acts_set(rule, action, common->extack);
	if (err)
		goto err_prio;
	rule->flow = mf_flow_add(&rule->chain->table, rule->prio, key, mask,
				 rule);
	if (IS_ERR(rule->flow)) {
		err = PTR_ERR(rule->flow);
		goto err_acts;
	}

	return 0;

err_acts:
	mfnic_acts_clear(rule);
err_prio:
	mfnic_prio_put(rule->port, rule->known_prio);
err_chain:
	mfnic_chain_put(rule->port, rule->chain);
	return err;
}

static struct mfnic_tc_rule *mfnic_rule_find(struct mfnic_port *port,
					     unsigned long cookie)
{
	return rhashtable_lookup_fast(&port->tc->rules, &cookie,
				      mfnic_tc_params);
}

/*
 * Add a rule, or replace the one with the same cookie. The new rule is in place
 * before the old one is removed. Called with mfnic_tc_lock held.
 */
static int mfnic_rule_add(struct mfnic_tc_rule *rule,
			  const struct flow_cls_common_offload *common,
			  const struct flow_action *action,
			  const struct mf_flow_key *key,
			  const struct mf_flow_key *mask)
{
	struct rhashtable *rules = &rule->port->tc->rules;
	struct mfnic_tc_rule *old;
	int err;

	lockdep_assert_held(&mfnic_tc_lock);
	err = mfnic_rule_insert(rule, common, action, key, mask);
	if (err) {
		mfnic_rule_free(rule);
		return err;
	}

	old = mfnic_rule_find(rule->port, rule->cookie);
	if (old)
		err = rhashtable_replace_fast(rules, &old->node, &rule->node,
					      mfnic_tc_params);
	else
		err = rhashtable_insert_fast(rules, &rule->node,
					     mfnic_tc_params);
	if (err)
		mfnic_rule_destroy(rule);
	else if (old)
		mfnic_rule_destroy(old);

	return err;
}

static int mfnic_tc_try(struct mfnic_port *port, unsigned long cookie,
			const struct flow_cls_common_offload *common,
			const struct flow_rule *flow, bool flower)
{
	struct mf_flow_key key = {}, mask = {};
	struct mfnic_tc_rule *rule;
	int err;

	if (!tc_can_offload_extack(port->rep, common->extack))
		return -EOPNOTSUPP;
	err = mfnic_match_protocol(&key, &mask, common);
	if (!err && flower)
		err = mfnic_match_flower(port, &key, &mask, flow,
					 common->extack);
	if (err)
		return err;

	rule = mfnic_rule_alloc(port, cookie, common, flow->action.num_entries);
	if (!rule)
		return -ENOMEM;

	mutex_lock(&mfnic_tc_lock);
	err = mfnic_rule_add(rule, common, &flow->action, &key, &mask);
	mutex_unlock(&mfnic_tc_lock);

	return err;
}

static int mfnic_tc_replace(struct mfnic_port *port, unsigned long cookie,
			    const struct flow_cls_common_offload *common,
			    const struct flow_rule *flow, bool flower)
{
	int err = mfnic_tc_try(port, cookie, common, flow, flower);

	mutex_lock(&mfnic_tc_lock);
	if (err)
		mfnic_soft_refuse(port, cookie, common);
	else
		mfnic_soft_forget(port, cookie);
	mutex_unlock(&mfnic_tc_lock);

	return err;
}

static int mfnic_tc_destroy(struct mfnic_port *port, unsigned long cookie)
{
	struct mfnic_tc_rule *rule;
	int err = -ENOENT;

	mutex_lock(&mfnic_tc_lock);
	rule = mfnic_rule_find(port, cookie);
	if (rule) {
		err = rhashtable_remove_fast(&port->tc->rules, &rule->node,
					     mfnic_tc_params);
		mfnic_rule_destroy(rule);
	}
	mfnic_soft_forget(port, cookie);
	mutex_unlock(&mfnic_tc_lock);

	return err;
}

static void mfnic_rule_sum(const struct mfnic_tc_rule *rule,
			   struct mfnic_tc_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct mfnic_tc_stats *s = per_cpu_ptr(rule->stats, cpu);

		sum->packets += READ_ONCE(s->packets);
		sum->bytes += READ_ONCE(s->bytes);
		sum->drops += READ_ONCE(s->drops);
	}
}

/* Report what a rule counted since the last call. */
static int mfnic_tc_stats(struct mfnic_port *port, unsigned long cookie,
			  struct flow_stats *stats)
{
	struct mfnic_tc_stats sum = {};
	struct mfnic_tc_rule *rule;
	int err = -ENOENT;

	mutex_lock(&mfnic_tc_lock);
	rule = mfnic_rule_find(port, cookie);
	if (rule) {
		if (rule->hw_stats != FLOW_ACTION_HW_STATS_DISABLED)
			mfnic_rule_sum(rule, &sum);
		flow_stats_update(stats, sum.bytes - rule->reported.bytes,
				  sum.packets - rule->reported.packets,
				  sum.drops - rule->reported.drops,
				  READ_ONCE(rule->lastused), rule->hw_stats);
		rule->reported = sum;
		err = 0;
	}
	mutex_unlock(&mfnic_tc_lock);

	return err;
}

static int mfnic_tc_flower(struct mfnic_port *port,
			   struct flow_cls_offload *cls)
{
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return mfnic_tc_replace(port, cls->cookie, &cls->common,
					cls->rule, true);
	case FLOW_CLS_DESTROY:
		return mfnic_tc_destroy(port, cls->cookie);
	case FLOW_CLS_STATS:
		return mfnic_tc_stats(port, cls->cookie, &cls->stats);
	default:
		return -EOPNOTSUPP;
	}
}

static int mfnic_tc_matchall(struct mfnic_port *port,
			     struct tc_cls_matchall_offload *cls)
{
	switch (cls->command) {
	case TC_CLSMATCHALL_REPLACE:
		return mfnic_tc_replace(port, cls->cookie, &cls->common,
					cls->rule, false);
	case TC_CLSMATCHALL_DESTROY:
		return mfnic_tc_destroy(port, cls->cookie);
	case TC_CLSMATCHALL_STATS:
		return mfnic_tc_stats(port, cls->cookie, &cls->stats);
	default:
		return -EOPNOTSUPP;
	}
}

static int mfnic_tc_block_cb(enum tc_setup_type type, void *type_data,
			     void *cb_priv)
{
	switch (type) {
	case TC_SETUP_CLSFLOWER:
		return mfnic_tc_flower(cb_priv, type_data);
	case TC_SETUP_CLSMATCHALL:
		return mfnic_tc_matchall(cb_priv, type_data);
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * mfnic_tc_setup - ndo_setup_tc of representors
 * @rep: the representor
 * @type: kind of offload; only blocks are supported
 * @type_data: struct flow_block_offload
 *
 * Context: RTNL.
 * Return: 0 or a negative errno.
 */
int mfnic_tc_setup(struct net_device *rep, enum tc_setup_type type,
		   void *type_data)
{
	struct mfnic_port *port = mfnic_rep_port(rep);
	struct flow_block_offload *block = type_data;
	int err;

	ASSERT_RTNL();
	if (type != TC_SETUP_BLOCK)
		return -EOPNOTSUPP;

	err = flow_block_cb_setup_simple(block, &port->tc->blocks,
					 mfnic_tc_block_cb, port, port, true);
	if (err)
		return err;
	if (block->command == FLOW_BLOCK_BIND)
		mfnic_soft_bind(port, container_of(block->block,
						   struct tcf_block,
						   flow_block)->index);
	else
		mfnic_soft_unbind(port);

	return 0;
}

/**
 * mfnic_tc_lookup - find the first rule of a chain that matches a frame
 * @chain: the chain
 * @parse: the frame
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the rule, or NULL.
 */
const struct mfnic_tc_rule *mfnic_tc_lookup(struct mfnic_chain *chain,
					    struct mf_parse *parse)
{
	const struct mf_dests *dests;

	dests = mf_flow_lookup(&chain->table, parse);

	return dests ? dests->dest[0].to : NULL;
}

/**
 * mfnic_tc_port_init - prepare a port for tc rules
 * @port: a new port
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfnic_tc_port_init(struct mfnic_port *port)
{
	struct mfnic_tc *tc;
	int err;

	tc = kzalloc_obj(*tc);
	if (!tc)
		return -ENOMEM;
	err = rhashtable_init(&tc->rules, &mfnic_tc_params);
	if (err)
		goto err_free;
	port->tc = tc;
	err = mfnic_soft_init(port);
	if (err)
		goto err_rules;
	xa_init(&tc->chains);
	INIT_LIST_HEAD(&tc->refs);
	INIT_LIST_HEAD(&tc->blocks);

	return 0;

err_rules:
	rhashtable_destroy(&tc->rules);
err_free:
	port->tc = NULL;
	kfree(tc);
	return err;
}

static void mfnic_tc_leftover(void *rule, void *unused)
{
	mfnic_rule_destroy(rule);
}

/**
 * mfnic_tc_port_fini - free a port's tc data
 * @port: port without representor, and thereby without rules
 *
 * Context: sleeps.
 */
void mfnic_tc_port_fini(struct mfnic_port *port)
{
	struct mfnic_tc *tc = port->tc;

	WARN_ON(!list_empty(&tc->blocks));
	WARN_ON(!list_empty(&tc->refs));
	WARN_ON(atomic_read(&tc->rules.nelems));
	mutex_lock(&mfnic_tc_lock);
	rhashtable_free_and_destroy(&tc->rules, mfnic_tc_leftover, NULL);
	mutex_unlock(&mfnic_tc_lock);
	mfnic_soft_fini(port);
	WARN_ON(!xa_empty(&tc->chains));
	kfree(tc);
	port->tc = NULL;
}

/**
 * mfnic_tc_has_rules - test whether the switch has tc rules of a port
 * @port: the port
 *
 * Context: RTNL.
 * Return: true if there are rules.
 */
bool mfnic_tc_has_rules(const struct mfnic_port *port)
{
	ASSERT_RTNL();

	return atomic_read(&port->tc->rules.nelems);
}

/*
 * Make rules of other ports no longer send to a port whose representor is
 * removed or leaves its namespace, as in software. Neither a later representor
 * nor the same one in another namespace restores the rules. Frames under way
 * may reach the port until a grace period has passed.
 */
static void mfnic_tc_port_gone(struct mfnic_port *port)
{
	struct mfnic_act *act, *next;

	mutex_lock(&mfnic_tc_lock);
	list_for_each_entry_safe(act, next, &port->tc->refs, node) {
		RCU_INIT_POINTER(act->to, NULL);
		list_del_init(&act->node);
	}
	mutex_unlock(&mfnic_tc_lock);
}

/* Called under RTNL. */
static int mfnic_tc_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	struct mfnic_port *port = mfnic_rep_port(netdev_notifier_info_to_dev(ptr));

	ASSERT_RTNL();
	if (port && event == NETDEV_UNREGISTER)
		mfnic_tc_port_gone(port);

	return NOTIFY_DONE;
}

static struct notifier_block mfnic_tc_nb = {
	.notifier_call = mfnic_tc_event,
};

/**
 * mfnic_tc_init - register for removal of representors; precedes the first port
 *
 * Context: sleeps.
 * Return: 0 or a negative errno.
 */
int __init mfnic_tc_init(void)
{
	return register_netdevice_notifier(&mfnic_tc_nb);
}

/**
 * mfnic_tc_exit - unregister; follows the last port
 *
 * Context: sleeps.
 */
void mfnic_tc_exit(void)
{
	unregister_netdevice_notifier(&mfnic_tc_nb);
	/* call_rcu() frees rules after a grace period. */
	rcu_barrier();
	WARN_ON(atomic_read(&mfnic_tc_objects));
}
