/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Policers of tc rules, see police.c. */
#ifndef MFNIC_POLICE_H
#define MFNIC_POLICE_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>

struct flow_action_entry;
struct mfnic_act;
struct netlink_ext_ack;

/**
 * struct mfnic_police - token bucket that all rules with the same action share
 * @lock: protects @rate to @then
 * @rate: bytes or packets per second, or 0 for no limit
 * @packets: @rate counts packets instead of bytes
 * @mtu: length of the longest conforming frame
 * @overhead: bytes to add to the length of each frame
 * @burst: maximum of @tokens
 * @tokens: content of the bucket in nanoseconds of @rate
 * @then: time at which @tokens was valid, in ns
 * @cookie: cookie of the action; mfnic_tc_lock
 * @refs: number of struct mfnic_act that point here; mfnic_tc_lock
 * @rcu: defers freeing until readers are done
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
