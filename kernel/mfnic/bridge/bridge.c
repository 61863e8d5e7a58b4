// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Bridge offload: the switch forwards frames between ports of one NIC that are
 * in one bridge, along the entries that the bridge learned. The bridge stays
 * the master: the switch only forwards unicast between two known stations.
 * Other frames take the slow path.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/jiffies.h>
#include <linux/mf_steer.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/switchdev.h>

#include "bridge/bridge.h"
#include "bridge/fdb.h"
#include "mfnic.h"
#include "steer/edit.h"

static unsigned int mfnic_brport_vlan(const struct mfnic_brport *brport,
				      u16 vid)
{
	u64 word = READ_ONCE(brport->vlans[vid / MFNIC_BRVLAN_PER_WORD]);

	vid %= MFNIC_BRVLAN_PER_WORD;

	return word >> (vid * MFNIC_BRVLAN_BITS) & MFNIC_BRVLAN_MASK;
}

/*
 * Find the vlan of a received frame. Return false if the software bridge has to
 * decide.
 */
static bool mfnic_brport_ingress(const struct mfnic_brport *from,
				 struct mf_parse *parse, u16 *vid,
				 bool *tagged)
{
	const struct mf_flow_key *key = &parse->key;

	mf_parse_to(parse, MF_KEY_L2);
	*tagged = key->vlan_tpid == READ_ONCE(from->bridge->vlan_proto);
	if (*tagged)
		*vid = ntohs(key->vlan_tci) & VLAN_VID_MASK;
	else if (key->vlan_tpid || !eth_type_vlan(key->ethertype))
		*vid = READ_ONCE(from->pvid);
	else
		return false;		/* the tag is incomplete */

	/*
	 * No port is a member of vlan 0, which means no PVID or a priority tag.
	 */
	return (mfnic_brport_vlan(from, *vid) &
		(MFNIC_BRVLAN_MEMBER | MFNIC_BRVLAN_BLOCKED)) ==
	       MFNIC_BRVLAN_MEMBER;
}

/*
 * Determine the tag of a frame that leaves. Return false if it may not leave.
 */
static bool mfnic_brport_egress(const struct mfnic_brport *to, u16 vid,
				bool tagged, struct mfnic_vlan_edit *vlan)
{
	unsigned int bits = mfnic_brport_vlan(to, vid);

	if (!(bits & MFNIC_BRVLAN_MEMBER) || bits & MFNIC_BRVLAN_BLOCKED)
		return false;

	if (bits & MFNIC_BRVLAN_UNTAGGED) {
		if (tagged)
			vlan->op = MFNIC_VLAN_POP;
	} else if (!tagged) {
		vlan->op = MFNIC_VLAN_PUSH;
		vlan->tpid = READ_ONCE(to->bridge->vlan_proto);
		vlan->tci = vid;
	}

	return true;
}

/*
 * Return true if the bridge would neither learn nor refuse the source. @source
 * is the entry of a source that was learned.
 */
static bool mfnic_bridge_source(const struct mfnic_brport *from,
				unsigned long flags, const u8 *smac, u16 vid,
				struct mfnic_fdb_entry **source)
{
	struct mfnic_fdb_entry *entry;

	if (!(flags & (BR_LEARNING | BR_PORT_LOCKED)))
		return is_valid_ether_addr(smac);

	entry = mfnic_fdb_find(from->bridge, smac, vid);
	if (!entry || entry->brport != from)
		return false;
	if (flags & BR_LEARNING) {
		mfnic_fdb_used(entry);
		*source = entry;
	}

	return true;
}

static bool mfnic_bridge_may(const struct mfnic_brport *from,
			     unsigned long flags, const struct mfnic_brport *to,
			     const struct mf_frame *frame)
{
	if (to == from || READ_ONCE(to->stp_state) != BR_STATE_FORWARDING ||
	    READ_ONCE(to->answers))
		return false;
	if (flags & READ_ONCE(to->flags) & BR_ISOLATED)
		return false;

	return mfnic_bridge_ready(to->dev, frame);
}

/**
 * mfnic_bridge_lookup - find the port to which the bridge would forward a frame
 * @from: bridge port of the sender
 * @parse: the frame
 * @vlan: change of the vlan tags, if a port is returned
 * @source: set to the entry of the sender's station, or to NULL if the bridge
 *	does not learn stations at @from
 *
 * A port is returned only if the software bridge would forward the frame to it
 * and do nothing else. The entry of a known sender is refreshed.
 *
 * Context: atomic, RCU read section.
 * Return: the port, or NULL if the software bridge has to handle the frame.
 */
struct mfnic_port *mfnic_bridge_lookup(const struct mfnic_brport *from,
				       struct mf_parse *parse,
				       struct mfnic_vlan_edit *vlan,
				       struct mfnic_fdb_entry **source)
{
	unsigned long flags = READ_ONCE(from->flags);
	struct mfnic_bridge *bridge = from->bridge;
	bool filtering = READ_ONCE(bridge->vlan_filtering);
	const struct mfnic_fdb_entry *entry;
	bool tagged = false;
	u16 vid = 0;

	vlan->op = MFNIC_VLAN_KEEP;
	*source = NULL;
	if (READ_ONCE(from->stp_state) != BR_STATE_FORWARDING ||
	    READ_ONCE(from->answers) || READ_ONCE(bridge->mst))
		return NULL;

	if (!filtering)
		mf_parse_to(parse, MF_KEY_MACS);
	else if (!mfnic_brport_ingress(from, parse, &vid, &tagged))
		return NULL;

	if (!mfnic_bridge_source(from, flags, parse->key.smac, vid, source))
		return NULL;

	if (is_multicast_ether_addr(parse->key.dmac))
		return NULL;
	entry = mfnic_fdb_find(bridge, parse->key.dmac, vid);
	if (!entry || !mfnic_bridge_may(from, flags, entry->brport,
					parse->frame))
		return NULL;
	if (filtering && !mfnic_brport_egress(entry->brport, vid, tagged, vlan))
		return NULL;

	return entry->brport->port;
}

/**
 * mfnic_brport_set_vlan - set the state of a port in a vlan
 * @brport: bridge port
 * @vid: the vlan
 * @flags: BRIDGE_VLAN_INFO_*
 *
 * Context: RTNL.
 */
void mfnic_brport_set_vlan(struct mfnic_brport *brport, u16 vid, u16 flags)
{
	unsigned int shift = vid % MFNIC_BRVLAN_PER_WORD * MFNIC_BRVLAN_BITS;
	u64 *word = &brport->vlans[vid / MFNIC_BRVLAN_PER_WORD];
	u64 bits = MFNIC_BRVLAN_MEMBER;

	ASSERT_RTNL();
	bits |= *word >> shift & MFNIC_BRVLAN_BLOCKED;
	if (flags & BRIDGE_VLAN_INFO_UNTAGGED)
		bits |= MFNIC_BRVLAN_UNTAGGED;
	bits <<= shift;
	WRITE_ONCE(*word, (*word & ~((u64)MFNIC_BRVLAN_MASK << shift)) | bits);

	if (flags & BRIDGE_VLAN_INFO_PVID)
		WRITE_ONCE(brport->pvid, vid);
	else if (brport->pvid == vid)
		WRITE_ONCE(brport->pvid, 0);
	mfnic_changed(brport->bridge->nic);
}

/**
 * mfnic_brport_del_vlan - remove a port from a vlan
 * @brport: bridge port
 * @vid: the vlan
 *
 * The bridge deletes the entries of the vlan.
 *
 * Context: RTNL.
 */
void mfnic_brport_del_vlan(struct mfnic_brport *brport, u16 vid)
{
	unsigned int shift = vid % MFNIC_BRVLAN_PER_WORD * MFNIC_BRVLAN_BITS;
	u64 *word = &brport->vlans[vid / MFNIC_BRVLAN_PER_WORD];

	ASSERT_RTNL();
	WRITE_ONCE(*word, *word & ~((u64)MFNIC_BRVLAN_MASK << shift));
	if (brport->pvid == vid)
		WRITE_ONCE(brport->pvid, 0);
	mfnic_changed(brport->bridge->nic);
}

/**
 * mfnic_brport_block_vlans - set whether the port is blocked in some vlans
 * @brport: bridge port
 * @first: first vlan
 * @last: last vlan
 * @blocked: frames of these vlans are not forwarded
 *
 * Context: RTNL.
 */
void mfnic_brport_block_vlans(struct mfnic_brport *brport, u16 first, u16 last,
			      bool blocked)
{
	u32 vid;

	ASSERT_RTNL();
	for (vid = first; vid <= last && vid < VLAN_N_VID; vid++) {
		u64 *word = &brport->vlans[vid / MFNIC_BRVLAN_PER_WORD];
		u64 bit = (u64)MFNIC_BRVLAN_BLOCKED <<
			  vid % MFNIC_BRVLAN_PER_WORD * MFNIC_BRVLAN_BITS;

		WRITE_ONCE(*word, blocked ? *word | bit : *word & ~bit);
	}
	mfnic_changed(brport->bridge->nic);
}

/**
 * mfnic_brport_read_answers - read whether the bridge answers for stations of a
 *	port
 * @brport: bridge port
 *
 * The bridge may answer ARP requests and neighbour solicitations, which the
 * switch cannot do. Reading and writing under the lock keeps the latest value.
 *
 * Context: RTNL or RCU read section.
 */
void mfnic_brport_read_answers(struct mfnic_brport *brport)
{
	struct mfnic_bridge *bridge = brport->bridge;

	spin_lock_bh(&bridge->lock);
	WRITE_ONCE(brport->answers,
		   br_port_flag_is_set(brport->dev,
				       BR_NEIGH_SUPPRESS |
				       BR_NEIGH_VLAN_SUPPRESS |
				       BR_PROXYARP | BR_PROXYARP_WIFI));
	mfnic_changed(bridge->nic);
	spin_unlock_bh(&bridge->lock);
}

/**
 * mfnic_bridge_next - iterate over the offloads of a bridge
 * @br_dev: the bridge
 * @bridge: previous offload, or NULL
 *
 * Context: RTNL.
 * Return: the first or next offload, or NULL.
 */
struct mfnic_bridge *mfnic_bridge_next(const struct net_device *br_dev,
				       struct mfnic_bridge *bridge)
{
	ASSERT_RTNL();

	bridge = list_prepare_entry(bridge, &mfnic_bridges, node);
	list_for_each_entry_continue(bridge, &mfnic_bridges, node) {
		if (bridge->dev == br_dev)
			return bridge;
	}

	return NULL;
}

static struct mfnic_bridge *mfnic_bridge_new(struct mfnic *nic,
					     struct net_device *br_dev)
{
	struct mfnic_bridge *bridge;
	u16 proto;
	int err;

	bridge = kzalloc_obj(*bridge);
	if (!bridge)
		return ERR_PTR(-ENOMEM);
	bridge->nic = nic;
	bridge->dev = br_dev;
	spin_lock_init(&bridge->lock);
	INIT_LIST_HEAD(&bridge->pending);
	bridge->vlan_filtering = br_vlan_enabled(br_dev);
	if (br_vlan_get_proto(br_dev, &proto))
		proto = ETH_P_8021Q;
	bridge->vlan_proto = htons(proto);
	bridge->mst = br_mst_enabled(br_dev);
	bridge->ageing = clock_t_to_jiffies(br_get_ageing_time(br_dev));
	bridge->age_at = jiffies;
	err = mfnic_fdb_start(bridge);
	if (err) {
		kfree(bridge);
		return ERR_PTR(err);
	}

	return bridge;
}

static struct mfnic_bridge *mfnic_bridge_get(struct mfnic *nic,
					     struct net_device *br_dev)
{
	struct mfnic_bridge *bridge = NULL;

	while ((bridge = mfnic_bridge_next(br_dev, bridge))) {
		if (bridge->nic == nic)
			break;
	}
	if (!bridge)
		bridge = mfnic_bridge_new(nic, br_dev);
	if (!IS_ERR(bridge))
		bridge->n_ports++;

	return bridge;
}

static void mfnic_bridge_put(struct mfnic_bridge *bridge)
{
	if (--bridge->n_ports)
		return;

	mfnic_fdb_stop(bridge);
	kfree(bridge);
}

/**
 * mfnic_bridge_join - make a representor a bridge port
 * @port: port of the representor
 * @br_dev: the bridge
 * @extack: reason of a failure
 *
 * Context: RTNL.
 * Return: 0 or a negative errno.
 */
int mfnic_bridge_join(struct mfnic_port *port, struct net_device *br_dev,
		      struct netlink_ext_ack *extack)
{
	static const unsigned long flags[] = {
		BR_LEARNING, BR_PORT_LOCKED, BR_ISOLATED,
	};
	struct net_device *dev = port->rep;
	struct mfnic_brport *brport;
	struct mfnic_bridge *bridge;
	unsigned int i;
	int err;

	ASSERT_RTNL();
	brport = kzalloc_obj(*brport);
	if (!brport)
		return -ENOMEM;
	bridge = mfnic_bridge_get(port->nic, br_dev);
	if (IS_ERR(bridge)) {
		kfree(brport);
		return PTR_ERR(bridge);
	}

	err = switchdev_bridge_port_offload(dev, dev, NULL, NULL, NULL, false,
					    extack);
	if (err) {
		mfnic_bridge_put(bridge);
		kfree(brport);
		return err;
	}

	brport->port = port;
	brport->dev = dev;
	brport->bridge = bridge;
	INIT_LIST_HEAD(&brport->entries);
	brport->stp_state = br_port_get_stp_state(dev);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		if (br_port_flag_is_set(dev, flags[i]))
			brport->flags |= flags[i];
	}
	mfnic_brport_read_answers(brport);
	rcu_assign_pointer(port->brport, brport);
	atomic_inc(&mfnic_bridge_objects);

	return 0;
}

/**
 * mfnic_bridge_leave - end a representor's membership in a bridge
 * @port: port of the representor
 *
 * Context: RTNL.
 */
void mfnic_bridge_leave(struct mfnic_port *port)
{
	struct mfnic_brport *brport = rtnl_dereference(port->brport);
	struct mfnic_bridge *bridge;

	ASSERT_RTNL();
	if (!brport)
		return;
	switchdev_bridge_port_unoffload(brport->dev, NULL, NULL, NULL);
	bridge = brport->bridge;
	RCU_INIT_POINTER(port->brport, NULL);
	mfnic_changed(port->nic);

	mfnic_fdb_flush(brport);
	kfree_rcu(brport, rcu);
	atomic_dec(&mfnic_bridge_objects);
	mfnic_bridge_put(bridge);
}
