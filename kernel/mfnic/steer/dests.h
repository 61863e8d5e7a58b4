/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_DESTS_H
#define MFNIC_DESTS_H

#include <linux/mf_qblock.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/*
 * Limits of the number of destinations in a set. The sender of a frame does the
 * work for all of them and cannot choose them, so the operator sets the limit.
 */
#define MF_DESTS_DEFAULT	32U
#define MF_DESTS_MAX		256U

/**
 * struct mf_dests - set of destinations, replaced as a whole when it changes
 * @rcu: defers freeing until readers are done
 * @n: number of destinations
 * @dest: destinations with the number of rules that name each; the owner of the
 *	table knows the type
 *
 * Constant once readers can see it; an update replaces the whole set.
 */
struct mf_dests {
	struct rcu_head	rcu;
	unsigned int	n;
	struct {
		void		*to;
		unsigned int	refs;
	} dest[] __counted_by(n);
};

/**
 * mf_budget_take - compute how many frames a call may still deliver
 * @budget: remaining bytes times receivers of the call, or NULL for no limit; 0
 *	on return if no more frames may follow
 * @frames: frames to deliver, in order
 * @n: number of @frames, at least 1
 * @receivers: number of receivers of each frame
 *
 * The sender does the work of all receivers, with bottom halves disabled and
 * its queue locked. A call of xmit ends when its budget is used up, see
 * &mf_qblock_ops.xmit.
 *
 * Context: any.
 * Return: the number of frames, at least 1. The frame that exceeds the budget
 *	is still delivered.
 */
static inline unsigned int mf_budget_take(u32 *budget,
					  const struct mf_frame *frames,
					  unsigned int n,
					  unsigned int receivers)
{
	unsigned int i;

	if (!budget)
		return n;
	for (i = 0; i < n; i++) {
		u64 cost = (u64)frames[i].len * receivers;

		if (cost >= *budget) {
			*budget = 0;
			return i + 1;
		}
		*budget -= cost;
	}

	return n;
}

/* Return true if no budget is left. */
static inline bool mf_budget_spent(const u32 *budget)
{
	return budget && !*budget;
}

int mf_dests_add(struct mf_dests __rcu **set, void *to, unsigned int max);
bool mf_dests_del(struct mf_dests __rcu **set, void *to);

#endif /* MFNIC_DESTS_H */
