/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Bridge offload, see bridge.c.
 */
#ifndef MFNIC_BRIDGE_H
#define MFNIC_BRIDGE_H

#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

struct mfnic;
struct mfnic_parse;
struct mfnic_port;
struct mfnic_vlan_edit;
struct net_device;
struct netlink_ext_ack;

/**
 * struct mfnic_bridge - what one NIC offloads of one bridge
 * @nic: the NIC
 * @dev: the bridge, while a port of @nic is in it
 * @fdb: struct mfnic_fdb_entry by address and vlan; read under RCU
 * @vlan_proto: TPID of the bridge's vlans
 * @vlan_filtering: the bridge knows vlans
 * @mst: spanning tree states are per vlan, which stays in software
 * @ageing: jiffies after which an unused learned entry goes
 * @age_at: when the next look at all entries begins; RTNL
 * @walk: how far it is; RTNL
 * @walking: it has begun; RTNL
 * @node: in the list of all bridges; RTNL, read under RCU
 * @n_ports: ports of @nic in the bridge; RTNL
 * @lock: writes to @fdb, the fields of entries, lists of entries; inside the
 *	bridge's own locks
 * @pending: entries that the bridge must be told of
 *
 * What has no other word is written under RTNL and read at any time.
 */
struct mfnic_bridge {
	struct mfnic		*nic;
	struct net_device	*dev;
	struct rhashtable	fdb;
	__be16			vlan_proto;
	bool			vlan_filtering;
	bool			mst;
	unsigned long		ageing;
	unsigned long		age_at;
	struct rhashtable_iter	walk;
	bool			walking;
	struct list_head	node;
	unsigned int		n_ports;
	spinlock_t		lock;	/* see above */
	struct list_head	pending;
};

/* What struct mfnic_brport.vlans has of each vlan. */
#define MFNIC_BRVLAN_MEMBER	BIT(0)
#define MFNIC_BRVLAN_UNTAGGED	BIT(1)
#define MFNIC_BRVLAN_BLOCKED	BIT(2)
#define MFNIC_BRVLAN_BITS	4
#define MFNIC_BRVLAN_PER_WORD	(64 / MFNIC_BRVLAN_BITS)
#define MFNIC_BRVLAN_MASK	(BIT(MFNIC_BRVLAN_BITS) - 1)

/**
 * struct mfnic_brport - a representor that is a bridge port
 * @port: that it represents
 * @dev: the representor
 * @bridge: the bridge's offload
 * @flags: those of BR_* that forwarding depends on
 * @stp_state: BR_STATE_*
 * @answers: the bridge answers ARP or neighbour discovery for stations at the
 *	port, or from it; @bridge's lock
 * @pvid: of untagged frames, 0 when they have none
 * @gone: the port left, no entry may be added; @bridge's lock
 * @entries: that lead to this port; @bridge's lock
 * @rcu: to free it
 * @vlans: MFNIC_BRVLAN_* of each vlan, all bits in one word so that readers
 *	see them change together
 *
 * What has no other word is written under RTNL and read at any time.
 */
struct mfnic_brport {
	struct mfnic_port	*port;
	struct net_device	*dev;
	struct mfnic_bridge	*bridge;
	unsigned long		flags;
	u8			stp_state;
	bool			answers;
	u16			pvid;
	bool			gone;
	struct list_head	entries;
	struct rcu_head		rcu;
	u64			vlans[VLAN_N_VID / MFNIC_BRVLAN_PER_WORD];
};

struct mfnic_port *mfnic_bridge_lookup(const struct mfnic_brport *from,
				       struct mfnic_parse *parse,
				       struct mfnic_vlan_edit *vlan);
int mfnic_bridge_join(struct mfnic_port *port, struct net_device *br_dev,
		      struct netlink_ext_ack *extack);
void mfnic_bridge_leave(struct mfnic_port *port);
struct mfnic_bridge *mfnic_bridge_next(const struct net_device *br_dev,
				       struct mfnic_bridge *bridge);
void mfnic_brport_set_vlan(struct mfnic_brport *brport, u16 vid, u16 flags);
void mfnic_brport_del_vlan(struct mfnic_brport *brport, u16 vid);
void mfnic_brport_block_vlans(struct mfnic_brport *brport, u16 first, u16 last,
			      bool blocked);
void mfnic_brport_read_answers(struct mfnic_brport *brport);
void mfnic_fdb_learn(struct mfnic_brport *brport, const u8 *mac, u16 vid,
		     bool user);
void mfnic_fdb_forget(const struct net_device *br_dev, const u8 *mac, u16 vid,
		      const struct mfnic_bridge *except);
bool mfnic_fdb_own_event(const void *ctx);
int mfnic_fdb_init(void);
void mfnic_fdb_exit(void);

#endif /* MFNIC_BRIDGE_H */
