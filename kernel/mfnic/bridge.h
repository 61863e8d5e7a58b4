/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_BRIDGE_H
#define MFNIC_BRIDGE_H

#include <linux/bitmap.h>
#include <linux/if_vlan.h>
#include <linux/rhashtable.h>

#include "edit.h"
#include "mfnic.h"

/**
 * struct mfnic_bridge - a bridge with ports of a NIC
 * @node: in the list of all
 * @dev: the bridge, for as long as it has a port
 * @nic: the NIC; a bridge of several NICs is there once for each
 * @ports: how many
 * @vlan_aware: vlan_filtering of the bridge
 * @vlan_proto: the type of its tags
 * @ageing: jiffies after which an unused dynamic entry goes
 * @entries: struct mfnic_fdb
 * @fdb: the same, by address and vlan; read under RCU
 * @free: after a grace period
 *
 * Written under RTNL.
 */
struct mfnic_bridge {
	struct list_head	node;
	struct net_device	*dev;
	struct mfnic		*nic;
	unsigned int		ports;
	bool			vlan_aware;
	__be16			vlan_proto;
	unsigned long		ageing;
	struct list_head	entries;
	struct rhashtable	fdb;
	struct rcu_work		free;
};

/**
 * struct mfnic_brport - a representor as port of a bridge
 * @rcu: to free it
 * @port: what is represented
 * @bridge: the bridge
 * @state: BR_STATE_*
 * @isolated: does not talk to others that are isolated
 * @max_len: longest frame in bytes that the representor would send
 * @pvid: vlan of untagged frames, 0: none
 * @vlans: that the port is member of
 * @untagged: vlans whose frames leave without tag
 *
 * Written under RTNL, read under RCU.
 */
struct mfnic_brport {
	struct rcu_head		rcu;
	struct mfnic_port	*port;
	struct mfnic_bridge	*bridge;
	u8			state;
	bool			isolated;
	u32			max_len;
	u16			pvid;
	DECLARE_BITMAP(vlans, VLAN_N_VID);
	DECLARE_BITMAP(untagged, VLAN_N_VID);
};

/* bridge.c */
struct mfnic_port *mfnic_bridge_lookup(const struct mfnic_brport *from,
				       struct mfnic_parse *parse,
				       struct mfnic_vlan_edit *vlan);
int mfnic_bridge_join(struct mfnic_port *port, struct net_device *br);
void mfnic_bridge_leave(struct mfnic_port *port);
void mfnic_fdb_add(struct mfnic_brport *brport, const u8 *addr, u16 vid,
		   bool is_static);
void mfnic_fdb_del(struct mfnic_brport *brport, const u8 *addr, u16 vid);
void mfnic_fdb_dying(struct mfnic_brport *brport, const u8 *addr, u16 vid);
void mfnic_bridge_age(void);
void mfnic_bridge_check(void);

/* switchdev.c */
extern struct workqueue_struct *mfnic_fdb_wq;
int mfnic_bridge_init(void);
void mfnic_bridge_exit(void);

#endif /* MFNIC_BRIDGE_H */
