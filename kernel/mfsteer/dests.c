// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Sets of destinations, which are replaced as a whole when they change. */
#include <linux/overflow.h>
#include <linux/slab.h>

#include "dests.h"

static struct mf_dests *mf_dests_copy(const struct mf_dests *old,
				      unsigned int n, gfp_t gfp)
{
	struct mf_dests *new;

	new = kzalloc(struct_size(new, dest, n), gfp);
	if (!new)
		return NULL;
	new->n = n;
	if (old)
		memcpy(new->dest, old->dest,
		       min(n, old->n) * sizeof(*new->dest));

	return new;
}

static unsigned int mf_dests_find(const struct mf_dests *set,
				  const void *to)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (set->dest[i].to == to)
			break;

	return i;
}

/**
 * mf_dests_add - add a rule's destination to a set
 * @set: the set; NULL if empty
 * @to: the destination
 * @max: maximum number of destinations
 *
 * Context: sleeps; the caller serialises changes of @set.
 * Return: 0, -ENOMEM, or -ENOSPC if the set is full.
 */
int mf_dests_add(struct mf_dests __rcu **set, void *to, unsigned int max)
{
	struct mf_dests *old, *new;
	unsigned int n, i;

	old = rcu_dereference_protected(*set, true);
	i = old ? mf_dests_find(old, to) : 0;
	n = old ? max(old->n, i + 1) : 1;
	/* The set may exceed @max if the limit was higher before. */
	if (n > max && (!old || n > old->n))
		return -ENOSPC;

	new = mf_dests_copy(old, n, GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->dest[i].to = to;
	new->dest[i].refs++;

	rcu_assign_pointer(*set, new);
	if (old)
		kfree_rcu(old, rcu);

	return 0;
}

/**
 * mf_dests_del - remove a rule's destination from a set
 * @set: set that has @to
 * @to: the destination
 *
 * Context: sleeps; the caller serialises changes of @set.
 * Return: true if the set is empty now, with *@set NULL.
 */
bool mf_dests_del(struct mf_dests __rcu **set, void *to)
{
	struct mf_dests *old, *new = NULL;
	unsigned int i, n;

	old = rcu_dereference_protected(*set, true);
	i = mf_dests_find(old, to);
	n = old->n - (old->dest[i].refs == 1);

	/* Removal of a rule must not fail, and the copy is small. */
	if (n) {
		new = mf_dests_copy(old, n, GFP_KERNEL | __GFP_NOFAIL);
		if (n == old->n)
			new->dest[i].refs--;
		else if (i < n)
			new->dest[i] = old->dest[n];
	}

	rcu_assign_pointer(*set, new);
	kfree_rcu(old, rcu);

	return !new;
}
