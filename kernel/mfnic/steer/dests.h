/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_DESTS_H
#define MFNIC_DESTS_H

#include <linux/mf_qblock.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/*
 * Destinations of a set. Who sends pays for each of them, and who shows up is not
 * the sender's choice: so the operator says how many there may be.
 */
#define MFNIC_DESTS_DEFAULT	32U
#define MFNIC_DESTS_MAX		256U

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

/**
 * mfnic_budget_take - how many frames a call may still deliver
 * @budget: bytes times receivers that it may still cause; NULL: as many as there
 *	are. It is 0 afterwards if no more frames may follow
 * @frames: in order
 * @n: at least 1
 * @receivers: of each of them
 *
 * Who sends does the work of all receivers, with bottom halves disabled and his
 * queue locked. So a call of xmit ends when it has done so much, see
 * &mf_qblock_ops.xmit.
 *
 * Return: how many, at least 1: the frame that exceeds the budget still goes.
 */
static inline unsigned int mfnic_budget_take(u32 *budget,
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

static inline u64 mfnic_bytes(const struct mf_frame *frames, unsigned int n)
{
	u64 bytes = 0;

	while (n--)
		bytes += frames[n].len;

	return bytes;
}

/* Is there nothing left of a budget? */
static inline bool mfnic_budget_spent(const u32 *budget)
{
	return budget && !*budget;
}

int mfnic_dests_add(struct mfnic_dests __rcu **set, void *to, unsigned int max);
bool mfnic_dests_del(struct mfnic_dests __rcu **set, void *to);

#endif /* MFNIC_DESTS_H */
