/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Bridge offload, see bridge.c.
 */
#ifndef MFNIC_BRIDGE_H
#define MFNIC_BRIDGE_H

#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/mf_frame.h>
#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

struct mf_parse;
struct mfnic;
struct mfnic_fdb_entry;
struct mfnic_port;
struct mfnic_vlan_edit;
struct netlink_ext_ack;

/**
 * struct mfnic_bridge - offload of one bridge by one NIC
 * @nic: the NIC
 * @dev: the bridge, valid while a port of @nic is in it
 * @fdb: struct mfnic_fdb_entry by address and vlan; read under RCU
 * @vlan_proto: TPID of the bridge's vlans
 * @vlan_filtering: the bridge filters by vlan
 * @mst: spanning tree states are per vlan, and forwarding stays in software
 * @ageing: jiffies after which an unused learned entry expires
 * @age_at: time at which the next walk over all entries starts; RTNL
 * @walk: position of the current walk; RTNL
 * @walking: a walk is under way; RTNL
 * @node: entry in the list of all bridges; RTNL, read under RCU
 * @n_ports: number of ports of @nic in the bridge; RTNL
 * @lock: protects writes to @fdb, the fields of entries and lists of entries;
 *	nests inside the bridge's own locks
 * @pending: entries that the bridge has to be notified of
 *
 * Members without another rule are written under RTNL and read at any time.
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

/* Flags of each vlan in struct mfnic_brport.vlans. */
#define MFNIC_BRVLAN_MEMBER	BIT(0)
#define MFNIC_BRVLAN_UNTAGGED	BIT(1)
#define MFNIC_BRVLAN_BLOCKED	BIT(2)
#define MFNIC_BRVLAN_BITS	4
#define MFNIC_BRVLAN_PER_WORD	(64 / MFNIC_BRVLAN_BITS)
#define MFNIC_BRVLAN_MASK	(BIT(MFNIC_BRVLAN_BITS) - 1)

/**
 * struct mfnic_brport - a representor that is a bridge port
 * @port: the port of the representor
 * @dev: the representor
 * @bridge: offload of the bridge
 * @flags: BR_* flags that forwarding depends on
 * @stp_state: state of the spanning tree, BR_STATE_*
 * @answers: the bridge answers ARP or neighbour discovery for stations at the
 *	port, or for requests from the port; @bridge's lock
 * @pvid: vlan of untagged frames, or 0 if untagged frames are dropped
 * @gone: the port left, so no entry may be added; @bridge's lock
 * @entries: fdb entries of this port; @bridge's lock
 * @rcu: defers freeing until readers are done
 * @vlans: MFNIC_BRVLAN_* of each vlan; all bits of a vlan are in one word, so
 *	readers see them change together
 *
 * Members without another rule are written under RTNL and read at any time.
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
				       struct mf_parse *parse,
				       struct mfnic_vlan_edit *vlan,
				       struct mfnic_fdb_entry **source);
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

/**
 * mfnic_bridge_ready - test whether a bridge port may send a frame
 * @dev: representor of the bridge port
 * @frame: the frame
 *
 * The kernel keeps this state and tells drivers of few of its changes, so it is
 * read for each decision.
 *
 * Context: RCU read section.
 * Return: true if the bridge would hand the frame to @dev.
 */
static inline bool mfnic_bridge_ready(const struct net_device *dev,
				      const struct mf_frame *frame)
{
	if (!netif_running(dev) || !netif_carrier_ok(dev))
		return false;

	/* Like is_skb_forwardable(); a pushed tag does not count. */
	return mf_frame_fits(frame,
			     READ_ONCE(dev->mtu) + ETH_HLEN + VLAN_HLEN);
}

#endif /* MFNIC_BRIDGE_H */
