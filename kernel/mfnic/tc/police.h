/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Policers, see police.c.
 */
#ifndef MFNIC_POLICE_H
#define MFNIC_POLICE_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct flow_action_entry;
struct mfnic_act;
struct netlink_ext_ack;

/**
 * struct mfnic_police - a token bucket, shared by the rules that name one
 *	action
 * @lock: of all below; what frames take is in nanoseconds of the rate
 * @rate: bytes or packets per second, 0: no limit
 * @packets: it is packets
 * @mtu: longest frame that conforms
 * @overhead: bytes to add to each frame
 * @burst: the bucket's size
 * @tokens: what is in it
 * @then: at this time
 * @cookie: the action's; mfnic_tc_lock
 * @refs: actions that point here; mfnic_tc_lock
 * @rcu: to free it
 */
struct mfnic_police {
	spinlock_t	lock;	/* see above */
	u64		rate;
	bool		packets;
	u32		mtu;
	u16		overhead;
	s64		burst;
	s64		tokens;
	u64		then;
	unsigned long	cookie;
	unsigned int	refs;
	struct rcu_head	rcu;
};

int mfnic_police_set(struct mfnic_act *act,
		     const struct flow_action_entry *entry,
		     struct netlink_ext_ack *extack);
void mfnic_police_put(struct mfnic_police *police);
bool mfnic_police_conforms(struct mfnic_police *police, u32 len);

#endif /* MFNIC_POLICE_H */
