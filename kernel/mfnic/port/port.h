/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Ports of the switch.
 */
#ifndef MFNIC_PORT_H
#define MFNIC_PORT_H

#include <linux/if_ether.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <net/devlink.h>

#include "port/health.h"
#include "port/rate.h"
#include "steer/fanout.h"
#include "steer/rx.h"

struct mfnic_brport;
struct mfnic_chain;
struct mfnic_sf;
struct mfnic_tc;
struct net_device;

/**
 * struct mfnic_port - a port of the switch: the uplink or a subfunction
 * @nic: its NIC
 * @dl_port: in the NIC's devlink instance
 * @rep: the representor, NULL in eswitch mode legacy
 * @stats: per CPU, bottom halves disabled
 * @chain0: tc rules on the frames that the port sends, NULL when there are
 *	none; read under RCU, written by tc/chain.c
 * @known_prios: priorities of rules that software has, as far as the switch was
 *	told; written by tc/soft.c, read at any time
 * @soft_prio: from this priority on, in chain 0, the switch lacks rules; likewise
 * @brport: the representor's place in a bridge, NULL when it has none; read
 *	under RCU, written by bridge/bridge.c
 * @tc: the rest of what tc/tc.c has on the port
 * @mac: a subfunction's address; changes only while it is inactive
 * @limited: @rate or a parent of it has a maximum
 * @max_io_eqs: completion vectors that clients get; devlink lock
 * @roce: clients may offer RDMA over Converged Ethernet; changes only while the
 *	subfunction is inactive
 * @trusted: the subfunction may send with addresses that are not its own; RTNL
 * @speed: that it is said to have, in Mb/s; written under @lock
 * @link_up: the subfunction's link as clients see it, or that of the device on
 *	the uplink
 * @lock: of @clients, @sf_up, @rep_up and writes to @link_up
 * @clients: who uses the queue block
 * @sf_up: the subfunction is there
 * @rep_up: the representor is up
 * @sfnum: the operator's number of the subfunction
 * @sf: the subfunction's device, while active
 * @qb: what clients see
 * @health: of its clients
 * @rx: receive domain of the subfunction
 * @fanout: frames for it that wait
 * @rate: how fast the subfunction may send
 * @rate_work: tells clients to go on
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
	struct mfnic_tc			*tc;
	u8				mac[ETH_ALEN];
	bool				limited;
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
	struct mfnic_rx			rx;
	struct mfnic_fanout		fanout;
	struct mfnic_rate		rate;
	struct delayed_work		rate_work;
};

int mfnic_port_init(struct mfnic_port *port, struct mfnic *nic);
void mfnic_port_fini(struct mfnic_port *port);

#endif /* MFNIC_PORT_H */
