/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_SOFT_H
#define MFNIC_SOFT_H

#include <linux/netfilter_bridge.h>
#include <net/sch_generic.h>
#include <net/tcx.h>

#include "mfnic.h"

/*
 * What the kernel's software has on representors and the switch does not: where
 * there is such a thing, frames that would meet it take the slow path. The
 * kernel tells drivers of little of it, so it is looked at where it is: once for
 * each run of frames, in the cache lines that the kernel itself reads of a
 * device for each of its packets.
 */

/* No priority: the switch has all rules. */
#define MFNIC_SOFT_NONE		U32_MAX
/* It lacks some of chains other than 0, which rules go to. */
#define MFNIC_SOFT_OTHER	(U32_MAX - 1)

/* NULL if there are no rules in chain 0 of the hook. */
static inline struct mini_Qdisc *mfnic_soft_miniq(struct bpf_mprog_entry *entry)
{
#ifdef CONFIG_NET_XGRESS
	return rcu_dereference_check(tcx_entry(entry)->miniq,
				     rcu_read_lock_bh_held() ||
				     rcu_read_lock_held());
#else
	return NULL;
#endif
}

static inline bool mfnic_soft_tcx(struct bpf_mprog_entry *entry)
{
	return READ_ONCE(entry->fp_items[0].prog);
}

/**
 * mfnic_soft_ingress - from which priority on does only software have rules?
 * @port: that sends frames
 *
 * Context: atomic, RCU read section.
 * Return: a rule of the switch of a lower priority in chain 0, after which
 *	software would look at no other, counts. 0: nothing does, and no bridge;
 *	MFNIC_SOFT_NONE: everything does.
 */
static inline u32 mfnic_soft_ingress(const struct mfnic_port *port)
{
	const struct net_device *dev = port->rep;
	struct bpf_mprog_entry *entry = NULL;
	struct mini_Qdisc *miniq;

	if (unlikely(rcu_access_pointer(dev->xdp_prog)))
		return 0;
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	/* vlan devices take their frames before a bridge does. */
	if (unlikely(rcu_access_pointer(dev->vlan_info)))
		return 0;
#endif
#ifdef CONFIG_NETFILTER_INGRESS
	if (unlikely(rcu_access_pointer(dev->nf_hooks_ingress)))
		return 0;
#endif
#ifdef CONFIG_NET_XGRESS
	entry = rcu_dereference(dev->tcx_ingress);
#endif
	if (likely(!entry))
		return MFNIC_SOFT_NONE;
	if (unlikely(mfnic_soft_tcx(entry)))
		return 0;
	miniq = mfnic_soft_miniq(entry);
	if (!miniq)
		return MFNIC_SOFT_NONE;
	/* Are there priorities that the switch was told nothing of? */
	if (unlikely(atomic_read(&miniq->block->useswcnt) !=
		     READ_ONCE(port->known_prios)))
		return 0;

	return READ_ONCE(port->soft_prio);
}

/**
 * mfnic_soft_egress - would software do something to frames on their way out?
 * @dev: the representor of the port that frames go to
 *
 * Context: atomic, RCU read section.
 */
static inline bool mfnic_soft_egress(const struct net_device *dev)
{
	struct bpf_mprog_entry *entry = NULL;
	const struct netdev_queue *txq;

#ifdef CONFIG_NETFILTER_EGRESS
	if (unlikely(rcu_access_pointer(dev->nf_hooks_egress)))
		return true;
#endif
#ifdef CONFIG_NET_XGRESS
	entry = rcu_dereference(dev->tcx_egress);
#endif
	if (unlikely(entry) &&
	    (mfnic_soft_tcx(entry) || mfnic_soft_miniq(entry)))
		return true;
	/* A queueing discipline that is not "noqueue". */
	txq = netdev_get_tx_queue(dev, 0);

	return rcu_dereference(txq->qdisc)->enqueue;
}

/**
 * mfnic_soft_bridge - are there hooks in bridges?
 * @dev: a bridge port
 *
 * Context: atomic, RCU read section.
 */
static inline bool mfnic_soft_bridge(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
	struct nf_hook_entries __rcu **hooks = dev_net(dev)->nf.hooks_bridge;

	return rcu_access_pointer(hooks[NF_BR_PRE_ROUTING]) ||
	       rcu_access_pointer(hooks[NF_BR_FORWARD]) ||
	       rcu_access_pointer(hooks[NF_BR_POST_ROUTING]);
#else
	return false;
#endif
}

#endif /* MFNIC_SOFT_H */
