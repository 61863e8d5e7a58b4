/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_SOFT_H
#define MFNIC_SOFT_H

#include <linux/netfilter_bridge.h>
#include <net/sch_generic.h>
#include <net/tcx.h>

#include "mfnic.h"

/*
 * Detection of kernel software on representors that the switch does not have.
 * Frames that would meet such software take the slow path. The kernel tells
 * drivers about little of it, so the switch reads the kernel's own structures:
 * once for each run of frames, in cache lines that the kernel itself reads for
 * each packet of a device.
 */

/* A value that is no priority: the switch has all rules. */
#define MFNIC_SOFT_NONE		U32_MAX
/* The switch lacks rules in chains other than 0, which other rules go to. */
#define MFNIC_SOFT_OTHER	(U32_MAX - 1)

/* Return NULL if chain 0 of the hook has no rules. */
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
 * mfnic_soft_ingress - find the priority from which on only software has all
 *	rules
 * @port: sender of frames
 *
 * Context: atomic, RCU read section.
 * Return: the first priority in chain 0 at which software may have a rule that
 *	the switch lacks. A rule of the switch before it is valid if software
 *	would look at no further rule. With 0, no rule is valid, and frames do
 *	not take the offloaded bridge; with MFNIC_SOFT_NONE, all are valid.
 */
static inline u32 mfnic_soft_ingress(const struct mfnic_port *port)
{
	const struct net_device *dev = port->rep;
	struct bpf_mprog_entry *entry = NULL;
	struct mini_Qdisc *miniq;

	if (unlikely(rcu_access_pointer(dev->xdp_prog)))
		return 0;
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	/* vlan devices take frames before a bridge does. */
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
	/* Priorities that the switch does not know of may have rules. */
	if (unlikely(atomic_read(&miniq->block->useswcnt) !=
		     READ_ONCE(port->known_prios)))
		return 0;

	return READ_ONCE(port->soft_prio);
}

/**
 * mfnic_soft_egress - test whether software handles frames that leave
 * @dev: representor of the port that receives the frames
 *
 * Context: atomic, RCU read section.
 * Return: true if frames must pass the software of @dev.
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
	/* Check for a queueing discipline other than "noqueue". */
	txq = netdev_get_tx_queue(dev, 0);

	return rcu_dereference(txq->qdisc)->enqueue;
}

/**
 * mfnic_soft_bridge - test for netfilter hooks in bridges
 * @dev: a bridge port
 *
 * Context: atomic, RCU read section.
 * Return: true if there are hooks in the network namespace of @dev.
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
