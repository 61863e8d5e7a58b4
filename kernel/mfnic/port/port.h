/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports of the switch.
 */
#ifndef MFNIC_PORT_H
#define MFNIC_PORT_H

#include <linux/if_ether.h>
#include <linux/mf_qblock.h>
#include <linux/mf_steer.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <net/devlink.h>

#include "port/health.h"
#include "port/rate.h"
#include "steer/fanout.h"

struct mfnic_brport;
struct mfnic_chain;
struct mfnic_known;
struct mfnic_sf;
struct mfnic_tc;
struct net_device;

/**
 * struct mfnic_port - a port of the switch: the uplink or a subfunction
 * @nic: its NIC
 * @dl_port: port of the NIC's devlink instance
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
 * @mac: address of the subfunction; constant while the subfunction is active
 * @max_io_eqs: number of completion vectors that clients get; devlink lock
 * @roce: clients may offer RDMA over Converged Ethernet; constant while the
 *	subfunction is active
 * @trusted: the subfunction may send with foreign source addresses; RTNL
 * @speed: reported speed in Mb/s; written under @lock
 * @link_up: link of the subfunction as clients see it, or link of the device on
 *	the uplink
 * @lock: protects @clients, @sf_up, @rep_up, and writes to @link_up and @speed
 * @clients: clients of @qb
 * @sf_up: the driver of the subfunction is bound and offers clients
 * @rep_up: the representor is up
 * @sfnum: the operator's number of the subfunction
 * @sf: device of the subfunction while it is active, else NULL
 * @qb: queue block of the subfunction
 * @health: health of the clients
 * @rx: receive domain of the subfunction
 * @fanout: queued frames for many receivers
 * @rate: transmit rate limits of the subfunction
 * @rate_work: resumes clients that ran into a limit
 */
struct mfnic_port {
	struct mfnic			*nic;
	struct devlink_port		dl_port;
	struct net_device		*rep;
	struct mf_qblock_stats __percpu	*stats;
	struct mfnic_chain __rcu	*chain0;
	u32				known_prios;
	u32				soft_prio;
	struct mfnic_brport __rcu	*brport;
	struct mfnic_known __percpu	*known;
	struct mfnic_tc			*tc;
	u8				mac[ETH_ALEN];
	bool				link_up;
	u32				max_io_eqs;
	bool				roce;
	bool				trusted;
	u32				speed;
	struct mutex			lock;	/* see above */
	struct list_head		clients;
	bool				sf_up;
	bool				rep_up;
	u32				sfnum;
	struct mfnic_sf			*sf;
	struct mf_qblock		qb;
	struct mfnic_health		health;
	struct mf_rx_domain		rx;
	struct mfnic_fanout		fanout;
	struct mfnic_rate		rate;
	struct delayed_work		rate_work;
};

int mfnic_port_init(struct mfnic_port *port, struct mfnic *nic);
void mfnic_port_fini(struct mfnic_port *port);

#endif /* MFNIC_PORT_H */
