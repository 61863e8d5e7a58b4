// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The flow table: lookup of the destinations of a frame.
 *
 * Rules of one priority and mask make a group, which is a hash table of the
 * masked keys. A lookup tries the groups in order of priority. Each group costs
 * one hash lookup, for any number of rules. Rules with the same priority, mask
 * and key share an entry, which has the set of all their destinations.
 * mf_steer.h documents the exported functions.
 */
#include <linux/export.h>
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "dests.h"
#include "flow_key.h"
#include "flow_table.h"

/**
 * struct mf_flow_mask - a mask without the words that are zero
 * @n: number of nonzero words, at least 1; the rest of both arrays is zero
 * @word: index of each word in a key, ascending
 * @bits: value of each word
 */
struct mf_flow_mask {
	u32	n;
	u8	word[MF_KEY_WORDS];
	u32	bits[MF_KEY_WORDS];
};

/**
 * struct mf_flow_group - the rules of one priority and mask
 * @node: entry in the list of the table
 * @prio: priority; 0 is the first
 * @depth: depth to which frames must be parsed
 * @mask: mask of all rules; it has no padding, so it is compared as bytes
 * @ht: hash table of struct mf_flow_entry
 * @entries: number of entries in @ht
 * @free: frees the group after a grace period, in a context that may sleep
 */
struct mf_flow_group {
	struct list_head	node;
	u16			prio;
	enum mf_key_depth	depth;
	struct mf_flow_mask	mask;
	struct rhashtable	ht;
	unsigned int		entries;
	struct rcu_work		free;
};

/**
 * struct mf_flow_entry - an entry of a group, for one masked key
 * @node: entry in the hash table of the group
 * @rcu: defers freeing until readers are done
 * @dests: destinations; never NULL while the entry is in use
 * @key: masked words of the key that the mask covers
 */
struct mf_flow_entry {
	struct rhash_head		node;
	struct rcu_head			rcu;
	struct mf_dests __rcu		*dests;
	u32				key[];
};

/**
 * struct mf_flow_rule - a rule, returned by mf_flow_add()
 * @group: group of the rule
 * @entry: entry of the rule in @group
 * @to: destination of the rule
 */
struct mf_flow_rule {
	struct mf_flow_group	*group;
	struct mf_flow_entry	*entry;
	void			*to;
};

static u32 mf_key_hash(const void *key, u32 len, u32 seed)
{
	return jhash2(key, len / sizeof(u32), seed);
}

/* The key has few words, so a loop is faster than a call of memcmp(). */
static int mf_key_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	unsigned int i, n = arg->ht->p.key_len / sizeof(u32);
	const struct mf_flow_entry *entry = obj;
	const u32 *key = arg->key;

	for (i = 0; i < n; i++)
		if (entry->key[i] != key[i])
			return 1;

	return 0;
}

/*
 * Parameters that all tables share and the compiler can inline; each group adds
 * the length of its key.
 */
static const struct rhashtable_params mf_flow_params = {
	.key_offset = offsetof(struct mf_flow_entry, key),
	.head_offset = offsetof(struct mf_flow_entry, node),
	.hashfn = mf_key_hash,
	.obj_cmpfn = mf_key_cmp,
	.automatic_shrinking = true,
};

/* Groups are freed by work items, since rhashtable_destroy() sleeps. */
static struct workqueue_struct *mf_flow_wq;

/**
 * mf_flow_init - set up the flow tables; precedes the first table
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int __init mf_flow_init(void)
{
	mf_flow_wq = alloc_workqueue("mfsteer", WQ_PERCPU, 0);

	return mf_flow_wq ? 0 : -ENOMEM;
}

/**
 * mf_flow_exit - tear down the flow tables; follows the last table
 *
 * Context: sleeps.
 */
void mf_flow_exit(void)
{
	/* queue_rcu_work() queues work after a grace period. */
	rcu_barrier();
	destroy_workqueue(mf_flow_wq);
}

/* An empty mask keeps one zero word, which matches every frame. */
static void mf_mask_set(struct mf_flow_mask *mask, const u32 *words)
{
	unsigned int i;

	memset(mask, 0, sizeof(*mask));
	for (i = 0; i < MF_KEY_WORDS; i++) {
		if (!words[i])
			continue;
		mask->word[mask->n] = i;
		mask->bits[mask->n++] = words[i];
	}
	mask->n = max(mask->n, 1U);
}

static void mf_key_mask(u32 *masked, const struct mf_flow_mask *mask,
			const u32 *key)
{
	unsigned int i;

	for (i = 0; i < mask->n; i++)
		masked[i] = key[mask->word[i]] & mask->bits[i];
}

void mf_flow_table_init(struct mf_flow_table *table,
			unsigned int max_groups)
{
	INIT_LIST_HEAD(&table->groups);
	table->room = max_groups;
	table->max_dests = MF_DESTS_MAX;
	mutex_init(&table->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_flow_table_init, "MFSTEER");

void mf_flow_table_destroy(struct mf_flow_table *table)
{
	WARN_ON(!list_empty(&table->groups));
	mutex_destroy(&table->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_flow_table_destroy, "MFSTEER");

static void mf_group_free(struct work_struct *work)
{
	struct mf_flow_group *group;

	group = container_of(to_rcu_work(work), struct mf_flow_group, free);
	rhashtable_destroy(&group->ht);
	kfree(group);
}

static struct mf_flow_group *
mf_group_new(struct mf_flow_table *table, u16 prio,
	     const struct mf_flow_mask *mask, enum mf_key_depth depth)
{
	struct rhashtable_params params = mf_flow_params;
	struct mf_flow_group *group, *pos;
	int err;

	if (!table->room)
		return ERR_PTR(-ENOSPC);
	group = kzalloc_obj(*group, GFP_KERNEL_ACCOUNT);
	if (!group)
		return ERR_PTR(-ENOMEM);

	group->prio = prio;
	group->depth = depth;
	group->mask = *mask;
	INIT_RCU_WORK(&group->free, mf_group_free);

	params.key_len = mask->n * sizeof(u32);
	err = rhashtable_init(&group->ht, &params);
	if (err) {
		kfree(group);
		return ERR_PTR(err);
	}

	list_for_each_entry(pos, &table->groups, node)
		if (pos->prio > prio)
			break;
	list_add_tail_rcu(&group->node, &pos->node);
	table->room--;

	return group;
}

/*
 * Free a group without entries, also one that never had an entry. Called with
 * the table's lock held.
 */
static void mf_group_put(struct mf_flow_table *table,
			 struct mf_flow_group *group)
{
	lockdep_assert_held(&table->lock);

	if (group->entries)
		return;
	list_del_rcu(&group->node);
	table->room++;
	queue_rcu_work(mf_flow_wq, &group->free);
}

static struct mf_flow_group *
mf_group_get(struct mf_flow_table *table, u16 prio,
	     const struct mf_flow_key *key)
{
	struct mf_flow_group *group;
	struct mf_flow_mask mask;

	mf_mask_set(&mask, (const u32 *)key);
	list_for_each_entry(group, &table->groups, node)
		if (group->prio == prio &&
		    !memcmp(&group->mask, &mask, sizeof(mask)))
			return group;

	return mf_group_new(table, prio, &mask, mf_key_depth(key));
}

static int mf_entry_new(struct mf_flow_table *table,
			struct mf_flow_rule *rule, const u32 *masked)
{
	size_t len = rule->group->mask.n * sizeof(u32);
	struct mf_flow_entry *entry;
	int err;

	entry = kzalloc(sizeof(*entry) + len, GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->key, masked, len);

	/*
	 * Set the destinations first: readers find the entry once it is
	 * inserted.
	 */
	err = mf_dests_add(&entry->dests, rule->to,
			   READ_ONCE(table->max_dests));
	if (err)
		goto err_free;

	err = rhashtable_insert_fast(&rule->group->ht, &entry->node,
				     mf_flow_params);
	if (err)
		goto err_dests;

	rule->group->entries++;
	rule->entry = entry;

	return 0;

err_dests:
	mf_dests_del(&entry->dests, rule->to);
err_free:
	kfree(entry);
	return err;
}

static int mf_rule_insert(struct mf_flow_table *table,
			  struct mf_flow_rule *rule, const u32 *key)
{
	u32 masked[MF_KEY_WORDS];

	mf_key_mask(masked, &rule->group->mask, key);
	rule->entry = rhashtable_lookup_fast(&rule->group->ht, masked,
					     mf_flow_params);
	if (rule->entry)
		return mf_dests_add(&rule->entry->dests, rule->to,
				    READ_ONCE(table->max_dests));

	return mf_entry_new(table, rule, masked);
}

struct mf_flow_rule *mf_flow_add(struct mf_flow_table *table, u16 prio,
				 const struct mf_flow_key *key,
				 const struct mf_flow_key *mask, void *to)
{
	struct mf_flow_rule *rule;
	int err;

	rule = kzalloc_obj(*rule, GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->to = to;

	mutex_lock(&table->lock);
	rule->group = mf_group_get(table, prio, mask);
	if (IS_ERR(rule->group)) {
		err = PTR_ERR(rule->group);
		goto err_unlock;
	}
	err = mf_rule_insert(table, rule, (const u32 *)key);
	if (err)
		goto err_group;
	mutex_unlock(&table->lock);

	return rule;

err_group:
	mf_group_put(table, rule->group);
err_unlock:
	mutex_unlock(&table->lock);
	kfree(rule);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_NS_GPL(mf_flow_add, "MFSTEER");

void mf_flow_del(struct mf_flow_table *table,
		 struct mf_flow_rule *rule)
{
	struct mf_flow_group *group = rule->group;
	struct mf_flow_entry *entry = rule->entry;

	mutex_lock(&table->lock);
	if (mf_dests_del(&entry->dests, rule->to)) {
		rhashtable_remove_fast(&group->ht, &entry->node,
				       mf_flow_params);
		kfree_rcu(entry, rcu);
		group->entries--;
		mf_group_put(table, group);
	}
	mutex_unlock(&table->lock);
	kfree(rule);
}
EXPORT_SYMBOL_NS_GPL(mf_flow_del, "MFSTEER");

const struct mf_dests *
mf_flow_lookup_from(struct mf_flow_table *table, unsigned int prio,
		    struct mf_parse *parse)
{
	const struct mf_flow_entry *entry;
	const struct mf_dests *dests;
	u32 masked[MF_KEY_WORDS] __uninitialized;
	struct mf_flow_group *group;

	list_for_each_entry_rcu(group, &table->groups, node) {
		if (group->prio < prio)
			continue;
		mf_parse_to(parse, group->depth);
		mf_key_mask(masked, &group->mask, parse->words);
		entry = rhashtable_lookup(&group->ht, masked,
					  mf_flow_params);
		if (!entry)
			continue;
		/*
		 * The set is NULL for a moment when its last rule is removed.
		 */
		dests = rcu_dereference(entry->dests);
		if (dests)
			return dests;
	}

	return NULL;
}
EXPORT_SYMBOL_NS_GPL(mf_flow_lookup_from, "MFSTEER");
