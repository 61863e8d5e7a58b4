/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports of the switch.
 */
#ifndef MFNIC_PORT_H
#define MFNIC_PORT_H

#include <linux/mf_port.h>
#include <linux/mf_qblock.h>
#include <linux/mf_steer.h>
#include <linux/workqueue.h>

#include "port/rate.h"
#include "steer/fanout.h"

struct mfnic_brport;
struct mfnic_chain;
struct mfnic_known;
struct mfnic_tc;
struct net_device;

/**
 * struct mfnic_port - a port of the switch: the uplink or a subfunction
 * @nic: its NIC
 * @base: what devlink and clients know of the port; the uplink has no clients.
 *	Its @link_up is that of the subfunction, or of the device on the uplink
 * @rep: representor, or NULL in eswitch mode legacy
 * @stats: per-CPU counters, written with bottom halves disabled
 * @chain0: tc rules for frames that the port sends, or NULL; read under RCU,
 *	written by tc/chain.c
 * @known_prios: number of priorities of software rules that the switch knows,
 *	or U32_MAX if it may have missed one; written by tc/soft.c, read at any
 *	time
 * @soft_prio: lowest priority in chain 0 from which on the switch lacks rules;
 *	like @known_prios
 * @brport: the representor's bridge port, or NULL; read under RCU, written by
 *	bridge/bridge.c
 * @known: last decision of steer/steer.c on each CPU
 * @tc: other data of tc/tc.c for the port
 * @trusted: the subfunction may send with foreign source addresses; RTNL
 * @rep_up: the representor is up; RTNL
 * @speed: speed in Mb/s that the operator has set, or 0 for unknown; RTNL
 * @rx: receive domain of the subfunction
 * @fanout: queued frames for many receivers
 * @rate: transmit rate limits of the subfunction
 * @rate_work: resumes clients that ran into a limit
 */
struct mfnic_port {
	struct mfnic			*nic;
	struct mf_port			base;
	struct net_device		*rep;
	struct mf_qblock_stats __percpu	*stats;
	struct mfnic_chain __rcu	*chain0;
	u32				known_prios;
	u32				soft_prio;
	struct mfnic_brport __rcu	*brport;
	struct mfnic_known __percpu	*known;
	struct mfnic_tc			*tc;
	bool				trusted;
	bool				rep_up;
	u32				speed;
	struct mf_rx_domain		rx;
	struct mfnic_fanout		fanout;
	struct mfnic_rate		rate;
	struct delayed_work		rate_work;
};

static inline struct mfnic_port *mfnic_port_of(struct mf_port *base)
{
	return container_of(base, struct mfnic_port, base);
}

static inline struct mfnic_port *
mfnic_port_of_devlink(struct devlink_port *dl_port)
{
	return container_of(dl_port, struct mfnic_port, base.dl_port);
}

int mfnic_port_init(struct mfnic_port *port, struct mfnic *nic);
void mfnic_port_fini(struct mfnic_port *port);

#endif /* MFNIC_PORT_H */
