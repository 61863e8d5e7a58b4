// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The flow table: lookup of the destinations of a frame.
 *
 * Rules of one priority and mask make a group, which is a hash table of the
 * masked keys. A lookup tries the groups in order of priority. Each group costs
 * one hash lookup, for any number of rules. Rules with the same priority, mask
 * and key share an entry, which has the set of all their destinations.
 */
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "steer/flow_table.h"

/**
 * struct mfnic_flow_mask - a mask without the words that are zero
 * @n: number of nonzero words, at least 1; the rest of both arrays is zero
 * @word: index of each word in a key, ascending
 * @bits: value of each word
 */
struct mfnic_flow_mask {
	u32	n;
	u8	word[MFNIC_KEY_WORDS];
	u32	bits[MFNIC_KEY_WORDS];
};

/**
 * struct mfnic_flow_group - the rules of one priority and mask
 * @node: entry in the list of the table
 * @prio: priority; 0 is the first
 * @depth: depth to which frames must be parsed
 * @mask: mask of all rules; it has no padding, so it is compared as bytes
 * @ht: hash table of struct mfnic_flow_entry
 * @entries: number of entries in @ht
 * @free: frees the group after a grace period, in a context that may sleep
 */
struct mfnic_flow_group {
	struct list_head	node;
	u16			prio;
	enum mfnic_key_depth	depth;
	struct mfnic_flow_mask	mask;
	struct rhashtable	ht;
	unsigned int		entries;
	struct rcu_work		free;
};

/**
 * struct mfnic_flow_entry - an entry of a group, for one masked key
 * @node: entry in the hash table of the group
 * @rcu: defers freeing until readers are done
 * @dests: destinations; never NULL while the entry is in use
 * @key: masked words of the key that the mask covers
 */
struct mfnic_flow_entry {
	struct rhash_head		node;
	struct rcu_head			rcu;
	struct mfnic_dests __rcu	*dests;
	u32				key[];
};

/**
 * struct mfnic_flow_rule - a rule, returned by mfnic_flow_add()
 * @group: group of the rule
 * @entry: entry of the rule in @group
 * @to: destination of the rule
 */
struct mfnic_flow_rule {
	struct mfnic_flow_group	*group;
	struct mfnic_flow_entry	*entry;
	void			*to;
};

static u32 mfnic_key_hash(const void *key, u32 len, u32 seed)
{
	return jhash2(key, len / sizeof(u32), seed);
}

/* The key has few words, so a loop is faster than a call of memcmp(). */
static int mfnic_key_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	unsigned int i, n = arg->ht->p.key_len / sizeof(u32);
	const struct mfnic_flow_entry *entry = obj;
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
static const struct rhashtable_params mfnic_flow_params = {
	.key_offset = offsetof(struct mfnic_flow_entry, key),
	.head_offset = offsetof(struct mfnic_flow_entry, node),
	.hashfn = mfnic_key_hash,
	.obj_cmpfn = mfnic_key_cmp,
	.automatic_shrinking = true,
};

/* Groups are freed by work items, since rhashtable_destroy() sleeps. */
static struct workqueue_struct *mfnic_flow_wq;

/**
 * mfnic_flow_init - set up the flow tables; precedes the first table
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int __init mfnic_flow_init(void)
{
	mfnic_flow_wq = alloc_workqueue("mfnic_flow", WQ_PERCPU, 0);

	return mfnic_flow_wq ? 0 : -ENOMEM;
}

/**
 * mfnic_flow_exit - tear down the flow tables; follows the last table
 *
 * Context: sleeps.
 */
void mfnic_flow_exit(void)
{
	/* queue_rcu_work() queues work after a grace period. */
	rcu_barrier();
	destroy_workqueue(mfnic_flow_wq);
}

/* An empty mask keeps one zero word, which matches every frame. */
static void mfnic_mask_set(struct mfnic_flow_mask *mask, const u32 *words)
{
	unsigned int i;

	memset(mask, 0, sizeof(*mask));
	for (i = 0; i < MFNIC_KEY_WORDS; i++) {
		if (!words[i])
			continue;
		mask->word[mask->n] = i;
		mask->bits[mask->n++] = words[i];
	}
	mask->n = max(mask->n, 1U);
}

static void mfnic_key_mask(u32 *masked, const struct mfnic_flow_mask *mask,
			   const u32 *key)
{
	unsigned int i;

	for (i = 0; i < mask->n; i++)
		masked[i] = key[mask->word[i]] & mask->bits[i];
}

/**
 * mfnic_flow_table_init - initialize a table without rules
 * @table: the table
 * @max_groups: maximum number of pairs of priority and mask, each of which
 *	costs one lookup for a frame
 *
 * Context: sleeps.
 */
void mfnic_flow_table_init(struct mfnic_flow_table *table,
			   unsigned int max_groups)
{
	INIT_LIST_HEAD(&table->groups);
	table->room = max_groups;
	table->max_dests = MFNIC_DESTS_MAX;
	mutex_init(&table->lock);
}

/**
 * mfnic_flow_table_destroy - tear down an empty table
 * @table: table without rules
 *
 * Context: sleeps.
 */
void mfnic_flow_table_destroy(struct mfnic_flow_table *table)
{
	WARN_ON(!list_empty(&table->groups));
	mutex_destroy(&table->lock);
}

static void mfnic_group_free(struct work_struct *work)
{
	struct mfnic_flow_group *group;

	group = container_of(to_rcu_work(work), struct mfnic_flow_group, free);
	rhashtable_destroy(&group->ht);
	kfree(group);
}

static struct mfnic_flow_group *
mfnic_group_new(struct mfnic_flow_table *table, u16 prio,
		const struct mfnic_flow_mask *mask, enum mfnic_key_depth depth)
{
	struct rhashtable_params params = mfnic_flow_params;
	struct mfnic_flow_group *group, *pos;
	int err;

	if (!table->room)
		return ERR_PTR(-ENOSPC);
	group = kzalloc_obj(*group, GFP_KERNEL_ACCOUNT);
	if (!group)
		return ERR_PTR(-ENOMEM);

	group->prio = prio;
	group->depth = depth;
	group->mask = *mask;
	INIT_RCU_WORK(&group->free, mfnic_group_free);

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
static void mfnic_group_put(struct mfnic_flow_table *table,
			    struct mfnic_flow_group *group)
{
	lockdep_assert_held(&table->lock);

	if (group->entries)
		return;
	list_del_rcu(&group->node);
	table->room++;
	queue_rcu_work(mfnic_flow_wq, &group->free);
}

static struct mfnic_flow_group *
mfnic_group_get(struct mfnic_flow_table *table, u16 prio,
		const struct mf_flow_key *key)
{
	struct mfnic_flow_group *group;
	struct mfnic_flow_mask mask;

	mfnic_mask_set(&mask, (const u32 *)key);
	list_for_each_entry(group, &table->groups, node)
		if (group->prio == prio &&
		    !memcmp(&group->mask, &mask, sizeof(mask)))
			return group;

	return mfnic_group_new(table, prio, &mask, mfnic_key_depth(key));
}

static int mfnic_entry_new(struct mfnic_flow_table *table,
			   struct mfnic_flow_rule *rule, const u32 *masked)
{
	size_t len = rule->group->mask.n * sizeof(u32);
	struct mfnic_flow_entry *entry;
	int err;

	entry = kzalloc(sizeof(*entry) + len, GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->key, masked, len);

	/*
	 * Set the destinations first: readers find the entry once it is
	 * inserted.
	 */
	err = mfnic_dests_add(&entry->dests, rule->to,
			      READ_ONCE(table->max_dests));
	if (err)
		goto err_free;

	err = rhashtable_insert_fast(&rule->group->ht, &entry->node,
				     mfnic_flow_params);
	if (err)
		goto err_dests;

	rule->group->entries++;
	rule->entry = entry;

	return 0;

err_dests:
	mfnic_dests_del(&entry->dests, rule->to);
err_free:
	kfree(entry);
	return err;
}

static int mfnic_rule_insert(struct mfnic_flow_table *table,
			     struct mfnic_flow_rule *rule, const u32 *key)
{
	u32 masked[MFNIC_KEY_WORDS];

	mfnic_key_mask(masked, &rule->group->mask, key);
	rule->entry = rhashtable_lookup_fast(&rule->group->ht, masked,
					     mfnic_flow_params);
	if (rule->entry)
		return mfnic_dests_add(&rule->entry->dests, rule->to,
				       READ_ONCE(table->max_dests));

	return mfnic_entry_new(table, rule, masked);
}

/**
 * mfnic_flow_add - add a rule
 * @table: the table
 * @prio: priority; 0 is the first
 * @key: key; only bits that are set in @mask matter
 * @mask: mask, or zero to match every frame
 * @to: destination, as mfnic_flow_lookup() returns it
 *
 * Context: sleeps.
 * Return: the rule, or an ERR_PTR: -ENOMEM, or -ENOSPC if the table has no room
 *	for another group or the entry has no room for another destination.
 */
struct mfnic_flow_rule *mfnic_flow_add(struct mfnic_flow_table *table, u16 prio,
				       const struct mf_flow_key *key,
				       const struct mf_flow_key *mask, void *to)
{
	struct mfnic_flow_rule *rule;
	int err;

	rule = kzalloc_obj(*rule, GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->to = to;

	mutex_lock(&table->lock);
	rule->group = mfnic_group_get(table, prio, mask);
	if (IS_ERR(rule->group)) {
		err = PTR_ERR(rule->group);
		goto err_unlock;
	}
	err = mfnic_rule_insert(table, rule, (const u32 *)key);
	if (err)
		goto err_group;
	mutex_unlock(&table->lock);

	return rule;

err_group:
	mfnic_group_put(table, rule->group);
err_unlock:
	mutex_unlock(&table->lock);
	kfree(rule);
	return ERR_PTR(err);
}

/**
 * mfnic_flow_del - remove and free a rule
 * @table: table of the rule
 * @rule: the rule, freed on return
 *
 * Readers may find the destination until a grace period has passed.
 *
 * Context: sleeps.
 */
void mfnic_flow_del(struct mfnic_flow_table *table,
		    struct mfnic_flow_rule *rule)
{
	struct mfnic_flow_group *group = rule->group;
	struct mfnic_flow_entry *entry = rule->entry;

	mutex_lock(&table->lock);
	if (mfnic_dests_del(&entry->dests, rule->to)) {
		rhashtable_remove_fast(&group->ht, &entry->node,
				       mfnic_flow_params);
		kfree_rcu(entry, rcu);
		group->entries--;
		mfnic_group_put(table, group);
	}
	mutex_unlock(&table->lock);
	kfree(rule);
}

/**
 * mfnic_flow_lookup_from - look up a frame from a priority on
 * @table: the table
 * @prio: the first priority to try
 * @parse: the frame, which is parsed as far as needed
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the destinations of the first group that matches, or NULL.
 */
const struct mfnic_dests *
mfnic_flow_lookup_from(struct mfnic_flow_table *table, unsigned int prio,
		       struct mfnic_parse *parse)
{
	const struct mfnic_flow_entry *entry;
	const struct mfnic_dests *dests;
	u32 masked[MFNIC_KEY_WORDS] __uninitialized;
	struct mfnic_flow_group *group;

	list_for_each_entry_rcu(group, &table->groups, node) {
		if (group->prio < prio)
			continue;
		mfnic_parse_to(parse, group->depth);
		mfnic_key_mask(masked, &group->mask, parse->words);
		entry = rhashtable_lookup(&group->ht, masked,
					  mfnic_flow_params);
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
