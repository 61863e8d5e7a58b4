/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_DESTS_H
#define MFNIC_DESTS_H

#include <linux/rcupdate.h>
#include <linux/types.h>

/* Who sends pays for each of them, and who shows up is not the sender's choice. */
#define MFNIC_DESTS_MAX	256U

/**
 * struct mfnic_dests - where frames go, a set that readers see whole
 * @rcu: to free it
 * @n: destinations
 * @dest: what they are is the table's owner's to know; @refs rules named it
 *
 * Never changed once readers can see it, but replaced.
 */
struct mfnic_dests {
	struct rcu_head	rcu;
	unsigned int	n;
	struct {
		void		*to;
		unsigned int	refs;
	} dest[] __counted_by(n);
};

int mfnic_dests_add(struct mfnic_dests __rcu **set, void *to);
bool mfnic_dests_del(struct mfnic_dests __rcu **set, void *to);

#endif /* MFNIC_DESTS_H */
