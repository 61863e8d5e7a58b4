// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Rules of a representor that software has and the switch lacks: rules that the
 * switch refused, and rules that the kernel reports by rtnetlink only
 * (watch.c).
 *
 * tc has an instance for each chain and priority, and counts the instances of a
 * block that software runs. This file counts them, too. If both counts are
 * equal, the switch has all rules before the first priority for which a lacking
 * rule is recorded. If they differ, some rules are older than the driver, and
 * nothing is known about them.
 */
#include <linux/if_bridge.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "steer/soft.h"
#include "tc/rule.h"
#include "tc/soft.h"
#include "tc/tc.h"

/**
 * struct mfnic_tc_prio - known rules of one chain and priority
 * @node: entry in the port's table prios
 * @key: chain and priority
 * @refs: number of rules that the switch has or lacks
 * @lacking: number of rules that the switch lacks
 * @dirty: entry in the port's list dirty if @lacking is not 0
 * @sw: software has or had a rule; like tc, keep this until the last rule is
 *	gone
 */
struct mfnic_tc_prio {
	struct rhash_head	node;
	struct mfnic_prio_key {
		u32 chain;
		u32 prio;
	}			key;
	unsigned int		refs;
	unsigned int		lacking;
	struct list_head	dirty;
	bool			sw;
};

/**
 * struct mfnic_soft_rule - a rule that the switch lacks
 * @node: entry in the port's table soft_rules
 * @key: cookie of a rule that was refused; otherwise chain, priority and handle
 * @list: entry in the port's soft_list
 * @prio: chain and priority of the rule
 */
struct mfnic_soft_rule {
	struct rhash_head	node;
	struct mfnic_soft_key {
		unsigned long	cookie;
		u32		chain;
		u32		prio;
		unsigned long	handle;
	}			key;
	struct list_head	list;
	struct mfnic_tc_prio	*prio;
};

static_assert(sizeof(struct mfnic_soft_key) ==
	      2 * (sizeof(unsigned long) + sizeof(u32)));

static const struct rhashtable_params mfnic_prio_params = {
	.key_len = sizeof_field(struct mfnic_tc_prio, key),
	.key_offset = offsetof(struct mfnic_tc_prio, key),
	.head_offset = offsetof(struct mfnic_tc_prio, node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params mfnic_soft_params = {
	.key_len = sizeof_field(struct mfnic_soft_rule, key),
	.key_offset = offsetof(struct mfnic_soft_rule, key),
	.head_offset = offsetof(struct mfnic_soft_rule, node),
	.automatic_shrinking = true,
};

/* Ports whose representors have a block of rules; mfnic_tc_lock. */
static LIST_HEAD(mfnic_bound);

/*
 * Publish the state for the data path; frames under way use the old state.
 * Called with mfnic_tc_lock held.
 */
static void mfnic_soft_update(struct mfnic_port *port)
{
	struct mfnic_tc *tc = port->tc;
	const struct mfnic_tc_prio *prio;
	u32 first = MFNIC_SOFT_NONE;

	lockdep_assert_held(&mfnic_tc_lock);
	list_for_each_entry(prio, &tc->dirty, dirty) {
		/*
		 * A rule that goes to another chain does not end the lookup, so
		 * the priority of a lacking rule in another chain does not
		 * matter.
		 */
		first = min(first, prio->key.chain ? MFNIC_SOFT_OTHER :
						     prio->key.prio);
	}
	WRITE_ONCE(port->soft_prio, first);
	WRITE_ONCE(port->known_prios, tc->lost ? U32_MAX : tc->n_soft_prios);
}

static struct mfnic_tc_prio *mfnic_prio_new(struct mfnic_tc *tc,
					    const struct mfnic_prio_key *key)
{
	struct mfnic_tc_prio *prio;

	prio = kzalloc_obj(*prio, GFP_KERNEL_ACCOUNT);
	if (!prio)
		return NULL;
	prio->key = *key;
	INIT_LIST_HEAD(&prio->dirty);
	if (rhashtable_insert_fast(&tc->prios, &prio->node,
				   mfnic_prio_params)) {
		kfree(prio);
		return NULL;
	}
	atomic_inc(&mfnic_tc_objects);

	return prio;
}

/**
 * mfnic_prio_get - count a rule of a chain and priority
 * @port: port of the rule
 * @chain: chain of the rule
 * @index: priority of the rule
 * @sw: software has the rule
 *
 * Context: sleeps, mfnic_tc_lock.
 * Return: the reference for mfnic_prio_put(), or NULL without memory.
 */
struct mfnic_tc_prio *mfnic_prio_get(struct mfnic_port *port, u32 chain,
				     u32 index, bool sw)
{
	struct mfnic_prio_key key = { .chain = chain, .prio = index };
	struct mfnic_tc *tc = port->tc;
	struct mfnic_tc_prio *prio;

	lockdep_assert_held(&mfnic_tc_lock);
	prio = rhashtable_lookup_fast(&tc->prios, &key, mfnic_prio_params);
	if (!prio)
		prio = mfnic_prio_new(tc, &key);
	if (!prio)
		return NULL;
	prio->refs++;
	if (sw && !prio->sw) {
		prio->sw = true;
		tc->n_soft_prios++;
		mfnic_soft_update(port);
	}

	return prio;
}

/**
 * mfnic_prio_put - drop the count of a removed rule
 * @port: port of the rule
 * @prio: chain and priority of the rule
 *
 * Context: mfnic_tc_lock.
 */
void mfnic_prio_put(struct mfnic_port *port, struct mfnic_tc_prio *prio)
{
	lockdep_assert_held(&mfnic_tc_lock);

	if (--prio->refs)
		return;
	rhashtable_remove_fast(&port->tc->prios, &prio->node,
			       mfnic_prio_params);
	if (prio->sw) {
		port->tc->n_soft_prios--;
		mfnic_soft_update(port);
	}
	kfree(prio);
	atomic_dec(&mfnic_tc_objects);
}

static struct mfnic_soft_rule *mfnic_soft_find(struct mfnic_tc *tc,
					       const struct mfnic_soft_key *key)
{
	return rhashtable_lookup_fast(&tc->soft_rules, key, mfnic_soft_params);
}

/*
 * If there is no memory for the record, the state of software is unknown from
 * here on.
 */
static void mfnic_soft_add(struct mfnic_port *port,
			   const struct mfnic_soft_key *key, u32 chain,
			   u32 index)
{
	struct mfnic_tc *tc = port->tc;
	struct mfnic_soft_rule *rule;

	if (mfnic_soft_find(tc, key))
		return;
	rule = kzalloc_obj(*rule, GFP_KERNEL_ACCOUNT);
	if (!rule)
		goto lost;
	rule->key = *key;
	rule->prio = mfnic_prio_get(port, chain, index, true);
	if (!rule->prio)
		goto free;
	if (rhashtable_insert_fast(&tc->soft_rules, &rule->node,
				   mfnic_soft_params)) {
		mfnic_prio_put(port, rule->prio);
		goto free;
	}
	list_add(&rule->list, &tc->soft_list);
	atomic_inc(&mfnic_tc_objects);
	if (!rule->prio->lacking++) {
		list_add(&rule->prio->dirty, &tc->dirty);
		mfnic_soft_update(port);
	}
	return;

free:
	kfree(rule);
lost:
	tc->lost = true;
	mfnic_soft_update(port);
}

static void mfnic_soft_del(struct mfnic_port *port,
			   struct mfnic_soft_rule *rule)
{
	struct mfnic_tc *tc = port->tc;

	rhashtable_remove_fast(&tc->soft_rules, &rule->node,
			       mfnic_soft_params);
	list_del(&rule->list);
	if (!--rule->prio->lacking) {
		list_del(&rule->prio->dirty);
		mfnic_soft_update(port);
	}
	mfnic_prio_put(port, rule->prio);
	kfree(rule);
	atomic_dec(&mfnic_tc_objects);
}

/**
 * mfnic_soft_refuse - record a rule that the switch refused and software may
 *	have
 * @port: port of the rule
 * @cookie: tc's cookie of the rule
 * @common: common part of the rule
 *
 * tc reports the removal of the rule, even if tc itself does not keep the rule.
 *
 * Context: sleeps, mfnic_tc_lock.
 */
void mfnic_soft_refuse(struct mfnic_port *port, unsigned long cookie,
		       const struct flow_cls_common_offload *common)
{
	struct mfnic_soft_key key = { .cookie = cookie };

	lockdep_assert_held(&mfnic_tc_lock);
	mfnic_soft_add(port, &key, common->chain_index, common->prio);
}

/**
 * mfnic_soft_forget - forget a rule that is removed, or that the switch has now
 * @port: port of the rule
 * @cookie: tc's cookie of the rule
 *
 * Context: mfnic_tc_lock.
 */
void mfnic_soft_forget(struct mfnic_port *port, unsigned long cookie)
{
	struct mfnic_soft_key key = { .cookie = cookie };
	struct mfnic_soft_rule *rule = mfnic_soft_find(port->tc, &key);

	lockdep_assert_held(&mfnic_tc_lock);
	if (rule)
		mfnic_soft_del(port, rule);
}

static void mfnic_soft_seen(struct mfnic_port *port,
			    const struct mfnic_seen_filter *seen)
{
	struct mfnic_soft_key key = {
		.chain = seen->chain,
		.prio = seen->prio,
		.handle = seen->handle,
	};
	struct mfnic_soft_rule *rule, *next;

	if (seen->soft) {
		mfnic_soft_add(port, &key, seen->chain, seen->prio);
	} else if (seen->handle) {
		rule = mfnic_soft_find(port->tc, &key);
		if (rule)
			mfnic_soft_del(port, rule);
	} else {
		/* Forget all rules of the priority. */
		list_for_each_entry_safe(rule, next, &port->tc->soft_list, list)
			if (!rule->key.cookie &&
			    rule->key.chain == seen->chain &&
			    rule->key.prio == seen->prio)
				mfnic_soft_del(port, rule);
	}
}

/**
 * mfnic_tc_seen - handle rtnetlink's report of a filter
 * @net: network namespace of the filter
 * @ifindex: index of the device of the filter, or 0
 * @block: number of the block of the filter, if @ifindex is 0
 * @seen: the report
 *
 * Context: sleeps.
 */
void mfnic_tc_seen(const struct net *net, int ifindex, u32 block,
		   const struct mfnic_seen_filter *seen)
{
	struct mfnic_tc *tc;

	mutex_lock(&mfnic_tc_lock);
	list_for_each_entry(tc, &mfnic_bound, bound) {
		const struct net_device *rep = tc->port->rep;

		if (net_eq(dev_net(rep), net) &&
		    (ifindex ? rep->ifindex == ifindex : tc->block == block))
			mfnic_soft_seen(tc->port, seen);
	}
	mutex_unlock(&mfnic_tc_lock);
}

/**
 * mfnic_soft_bind - record that a representor got a block of rules
 * @port: port of the representor
 * @block: number of the block, or 0 if it is not shared
 *
 * Context: sleeps, RTNL.
 */
void mfnic_soft_bind(struct mfnic_port *port, u32 block)
{
	ASSERT_RTNL();

	mutex_lock(&mfnic_tc_lock);
	port->tc->block = block;
	list_add(&port->tc->bound, &mfnic_bound);
	mutex_unlock(&mfnic_tc_lock);
}

/**
 * mfnic_soft_unbind - record that a representor lost its block of rules
 * @port: port of the representor
 *
 * Context: sleeps, RTNL.
 */
void mfnic_soft_unbind(struct mfnic_port *port)
{
	struct mfnic_soft_rule *rule, *next;

	ASSERT_RTNL();
	mutex_lock(&mfnic_tc_lock);
	list_del_init(&port->tc->bound);
	/* tc itself reports the removal of refused rules. */
	list_for_each_entry_safe(rule, next, &port->tc->soft_list, list)
		if (!rule->key.cookie)
			mfnic_soft_del(port, rule);
	mutex_unlock(&mfnic_tc_lock);
}

/**
 * mfnic_soft_init - initialize the record of software rules
 * @port: port whose @tc is allocated
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfnic_soft_init(struct mfnic_port *port)
{
	struct mfnic_tc *tc = port->tc;
	int err;

	tc->port = port;
	INIT_LIST_HEAD(&tc->bound);
	INIT_LIST_HEAD(&tc->dirty);
	INIT_LIST_HEAD(&tc->soft_list);
	port->soft_prio = MFNIC_SOFT_NONE;
	port->known_prios = 0;
	err = rhashtable_init(&tc->prios, &mfnic_prio_params);
	if (err)
		return err;
	err = rhashtable_init(&tc->soft_rules, &mfnic_soft_params);
	if (err)
		rhashtable_destroy(&tc->prios);

	return err;
}

/**
 * mfnic_soft_fini - free the record of software rules
 * @port: port without rules
 *
 * Context: sleeps.
 */
void mfnic_soft_fini(struct mfnic_port *port)
{
	struct mfnic_tc *tc = port->tc;

	WARN_ON(!list_empty(&tc->bound));
	WARN_ON(!list_empty(&tc->soft_list));
	WARN_ON(atomic_read(&tc->prios.nelems));
	rhashtable_destroy(&tc->soft_rules);
	rhashtable_destroy(&tc->prios);
}
