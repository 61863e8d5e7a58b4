// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Which rules of a representor the switch lacks, though software has them: those
 * that it refused, and those that the kernel told it nothing of, but everybody
 * who listens (watch.c).
 *
 * tc has rules in instances, one per chain and priority, and counts those of a
 * block that software runs. Here they are counted, too. If both agree, software
 * has nothing before the first priority of which the switch lacks a rule. If
 * not, there are rules that were there before anybody listened, and nothing is
 * known.
 */
#include <linux/if_bridge.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "steer/soft.h"
#include "tc/rule.h"
#include "tc/soft.h"
#include "tc/tc.h"

/**
 * struct mfnic_tc_prio - what is known of one chain and priority
 * @node: in the port's prios
 * @key: chain and priority
 * @refs: rules that the switch has, or lacks
 * @lacking: those that it lacks
 * @dirty: in the port's list, if it lacks any
 * @sw: some of them are in software, or were; tc, too, remembers it until the
 *	last is gone
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
 * @node: in the port's soft_rules
 * @key: of one that was refused the cookie; else where it is, and its handle
 * @list: in the port's list of them
 * @prio: where it is
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

/* mfnic_tc_lock held. Frames that are under way go by what was before. */
static void mfnic_soft_update(struct mfnic_port *port)
{
	struct mfnic_tc *tc = port->tc;
	const struct mfnic_tc_prio *prio;
	u32 first = MFNIC_SOFT_NONE;

	lockdep_assert_held(&mfnic_tc_lock);
	list_for_each_entry(prio, &tc->dirty, dirty) {
		/* A rule that goes to another chain does not end, anyway. */
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
 * mfnic_prio_get - there is a rule
 * @port: on which
 * @chain: where
 * @index: its priority
 * @sw: software has it
 *
 * Context: sleeps, mfnic_tc_lock.
 * Return: for mfnic_prio_put(), or NULL without memory.
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
 * mfnic_prio_put - a rule is gone
 * @port: from which
 * @prio: where it was
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

/* Without memory to remember it, what software has is unknown from here on. */
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
 * mfnic_soft_refuse - software may have a rule that the switch refused
 * @port: on which
 * @cookie: what tc calls it
 * @common: where it is
 *
 * tc tells of its end, also of one that it does not keep.
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
 * mfnic_soft_forget - a rule is gone, or the switch has it now
 * @port: on which
 * @cookie: what tc calls it
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
		/* All of that priority. */
		list_for_each_entry_safe(rule, next, &port->tc->soft_list, list)
			if (!rule->key.cookie &&
			    rule->key.chain == seen->chain &&
			    rule->key.prio == seen->prio)
				mfnic_soft_del(port, rule);
	}
}

/**
 * mfnic_tc_seen - the kernel said what became of a filter
 * @net: in which namespace
 * @ifindex: of the device that has it, or 0
 * @block: or the number of the block
 * @seen: what
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
 * mfnic_soft_bind - a representor gets a block of rules
 * @port: whose
 * @block: its number, 0 if nobody shares it
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
 * mfnic_soft_unbind - a representor has no block any more
 * @port: whose
 *
 * Context: sleeps, RTNL.
 */
void mfnic_soft_unbind(struct mfnic_port *port)
{
	struct mfnic_soft_rule *rule, *next;

	ASSERT_RTNL();
	mutex_lock(&mfnic_tc_lock);
	list_del_init(&port->tc->bound);
	/* Of those that were refused tc tells. */
	list_for_each_entry_safe(rule, next, &port->tc->soft_list, list)
		if (!rule->key.cookie)
			mfnic_soft_del(port, rule);
	mutex_unlock(&mfnic_tc_lock);
}

/**
 * mfnic_soft_init - software has nothing yet
 * @port: its tc is there
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
 * mfnic_soft_fini - the end of that
 * @port: without rules
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
