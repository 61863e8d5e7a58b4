// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The flow table: from a frame to a set of destinations.
 *
 * Rules of one priority and mask make a group, a hash table of the masked
 * keys. A lookup tries the groups in order of priority and costs a hash lookup
 * each, however many rules there are. Rules with the same priority, mask and
 * key share an entry, whose set holds all their destinations.
 */
#include <linux/rculist.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "flow_table.h"

/**
 * struct mfnic_flow_group - the rules of one priority and mask
 * @node: in the table
 * @prio: 0 is tried first
 * @depth: how far frames must be parsed
 * @first: first word of @mask that is not zero
 * @last: last one
 * @mask: as words
 * @entries: of @ht
 * @params: of @ht; the hashed key is the words from @first to @last
 * @ht: struct mfnic_flow_entry
 * @free: frees the group after a grace period, in a context that may sleep
 */
struct mfnic_flow_group {
	struct list_head		node;
	u16				prio;
	enum mfnic_key_depth		depth;
	u8				first;
	u8				last;
	u64				mask[MFNIC_KEY_WORDS];
	unsigned int			entries;
	struct rhashtable_params	params;
	struct rhashtable		ht;
	struct rcu_work			free;
};

/**
 * struct mfnic_flow_entry - a masked key
 * @node: in the group
 * @rcu: to free it
 * @dests: where the frames go, never empty while in the group
 * @key: masked, as words
 */
struct mfnic_flow_entry {
	struct rhash_head		node;
	struct rcu_head			rcu;
	struct mfnic_dests __rcu	*dests;
	u64				key[MFNIC_KEY_WORDS];
};

/**
 * struct mfnic_flow_rule - what mfnic_flow_add() returned
 * @group: where it is
 * @entry: in @group
 * @to: its destination
 */
struct mfnic_flow_rule {
	struct mfnic_flow_group	*group;
	struct mfnic_flow_entry	*entry;
	void			*to;
};

/* Groups are freed by work, since that of a hash table sleeps. */
static struct workqueue_struct *mfnic_flow_wq;

/**
 * mfnic_flow_init - once, before the first table
 *
 * Return: 0 or -ENOMEM.
 */
int __init mfnic_flow_init(void)
{
	mfnic_flow_wq = alloc_workqueue("mfnic_flow", 0, 0);

	return mfnic_flow_wq ? 0 : -ENOMEM;
}

/**
 * mfnic_flow_exit - once, after the last table
 */
void mfnic_flow_exit(void)
{
	/* Work is queued after a grace period. */
	rcu_barrier();
	destroy_workqueue(mfnic_flow_wq);
}

static void mfnic_key_mask(u64 *masked, const struct mfnic_flow_group *group,
			   const u64 *key)
{
	unsigned int i;

	for (i = group->first; i <= group->last; i++)
		masked[i] = key[i] & group->mask[i];
}

void mfnic_flow_table_init(struct mfnic_flow_table *table)
{
	INIT_LIST_HEAD(&table->groups);
	mutex_init(&table->lock);
}

/**
 * mfnic_flow_table_destroy - the end of an empty table
 * @table: without rules
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
mfnic_group_new(struct mfnic_flow_table *table, u16 prio, const u64 *mask)
{
	struct mfnic_flow_group *group, *pos;
	int err;

	group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	if (!group)
		return ERR_PTR(-ENOMEM);

	group->prio = prio;
	memcpy(group->mask, mask, sizeof(group->mask));
	group->depth = mfnic_key_depth((const struct mf_flow_key *)mask);
	/* A mask of zeroes matches all by any word. */
	while (group->first < MFNIC_KEY_WORDS - 1 && !mask[group->first])
		group->first++;
	if (!mask[group->first])
		group->first = 0;
	group->last = MFNIC_KEY_WORDS - 1;
	while (group->last > group->first && !mask[group->last])
		group->last--;

	group->params.key_len = (group->last - group->first + 1) * sizeof(u64);
	group->params.key_offset = offsetof(struct mfnic_flow_entry, key) +
				   group->first * sizeof(u64);
	group->params.head_offset = offsetof(struct mfnic_flow_entry, node);
	group->params.automatic_shrinking = true;
	INIT_RCU_WORK(&group->free, mfnic_group_free);

	err = rhashtable_init(&group->ht, &group->params);
	if (err) {
		kfree(group);
		return ERR_PTR(err);
	}

	list_for_each_entry(pos, &table->groups, node)
		if (pos->prio > prio)
			break;
	list_add_tail_rcu(&group->node, &pos->node);

	return group;
}

/* Table lock held. Also drops a group that no entry was put into. */
static void mfnic_group_put(struct mfnic_flow_table *table,
			    struct mfnic_flow_group *group)
{
	if (group->entries)
		return;
	list_del_rcu(&group->node);
	queue_rcu_work(mfnic_flow_wq, &group->free);
}

static struct mfnic_flow_group *
mfnic_group_get(struct mfnic_flow_table *table, u16 prio, const u64 *mask)
{
	struct mfnic_flow_group *group;

	list_for_each_entry(group, &table->groups, node)
		if (group->prio == prio &&
		    !memcmp(group->mask, mask, sizeof(group->mask)))
			return group;

	return mfnic_group_new(table, prio, mask);
}

static int mfnic_entry_new(struct mfnic_flow_table *table,
			   struct mfnic_flow_rule *rule, const u64 *key)
{
	struct mfnic_flow_entry *entry;
	int err;

	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return -ENOMEM;
	mfnic_key_mask(entry->key, rule->group, key);

	/* Destinations first: readers find the entry as soon as it is in. */
	err = mfnic_dests_add(&entry->dests, rule->to);
	if (err)
		goto err_free;

	err = rhashtable_insert_fast(&rule->group->ht, &entry->node,
				     rule->group->params);
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
			     struct mfnic_flow_rule *rule, const u64 *key)
{
	u64 masked[MFNIC_KEY_WORDS];

	mfnic_key_mask(masked, rule->group, key);
	rule->entry = rhashtable_lookup_fast(&rule->group->ht,
					     &masked[rule->group->first],
					     rule->group->params);
	if (rule->entry)
		return mfnic_dests_add(&rule->entry->dests, rule->to);

	return mfnic_entry_new(table, rule, key);
}

/**
 * mfnic_flow_add - add a rule
 * @table: to
 * @prio: 0 is tried first
 * @key: read where @mask has ones
 * @mask: may be zero, to match every frame
 * @to: a destination, what mfnic_flow_lookup() finds
 *
 * Context: sleeps.
 * Return: the rule, or ERR_PTR(-ENOMEM).
 */
struct mfnic_flow_rule *mfnic_flow_add(struct mfnic_flow_table *table, u16 prio,
				       const struct mf_flow_key *key,
				       const struct mf_flow_key *mask, void *to)
{
	struct mfnic_flow_rule *rule;
	int err;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->to = to;

	mutex_lock(&table->lock);
	rule->group = mfnic_group_get(table, prio, (const u64 *)mask);
	if (IS_ERR(rule->group)) {
		err = PTR_ERR(rule->group);
		goto err_unlock;
	}
	err = mfnic_rule_insert(table, rule, (const u64 *)key);
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
 * mfnic_flow_del - take a rule out and free it
 * @table: from
 * @rule: is invalid on return
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
		rhashtable_remove_fast(&group->ht, &entry->node, group->params);
		kfree_rcu(entry, rcu);
		group->entries--;
		mfnic_group_put(table, group);
	}
	mutex_unlock(&table->lock);
	kfree(rule);
}

/**
 * mfnic_flow_lookup_from - where a frame goes, by rules of some priorities
 * @table: the rules
 * @prio: the first priority to try
 * @parse: the frame; is parsed as far as the rules ask
 *
 * Context: RCU read section, in which the result stays valid.
 * Return: the destinations of the first group that has a match, NULL if none.
 */
const struct mfnic_dests *
mfnic_flow_lookup_from(struct mfnic_flow_table *table, unsigned int prio,
		       struct mfnic_parse *parse)
{
	const struct mfnic_flow_entry *entry;
	const struct mfnic_dests *dests;
	struct mfnic_flow_group *group;
	u64 masked[MFNIC_KEY_WORDS];

	list_for_each_entry_rcu(group, &table->groups, node) {
		if (group->prio < prio)
			continue;
		mfnic_parse_to(parse, group->depth);
		mfnic_key_mask(masked, group, parse->words);
		entry = rhashtable_lookup(&group->ht, &masked[group->first],
					  group->params);
		if (!entry)
			continue;
		/* Empty for a moment while its last rule goes. */
		dests = rcu_dereference(entry->dests);
		if (dests)
			return dests;
	}

	return NULL;
}

/**
 * mfnic_flow_lookup - where a frame goes
 * @table: the rules
 * @parse: the frame; is parsed as far as the rules ask
 *
 * Context: RCU read section, in which the result stays valid.
 * Return: the destinations of the first group that has a match, NULL if none.
 */
const struct mfnic_dests *mfnic_flow_lookup(struct mfnic_flow_table *table,
					    struct mfnic_parse *parse)
{
	return mfnic_flow_lookup_from(table, 0, parse);
}
