// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Bridges that representors are ports of. A frame is forwarded here only if
 * the bridge would do exactly the same with it: known unicast from a known
 * source. All else is the bridge's, which floods, learns and drops.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/switchdev.h>

#include "bridge.h"

/* Two words would be hashed slower than one. */
struct mfnic_fdb_key {
	u8	addr[ETH_ALEN];
	u16	vid;
} __aligned(sizeof(u64));

static_assert(sizeof(struct mfnic_fdb_key) == sizeof(u64));

/**
 * struct mfnic_fdb - where an address is
 * @node: in the table
 * @key: address and vlan
 * @at: the port
 * @lastused: when it was last a source, in jiffies
 * @told: the same, when the bridge was last told
 * @is_static: put there by the operator, does not age
 * @dying: the bridge has none any more
 * @entry: in the bridge's list
 * @rcu: to free it
 */
struct mfnic_fdb {
	struct rhash_head	node;
	struct mfnic_fdb_key	key;
	struct mfnic_brport	*at;
	unsigned long		lastused;
	unsigned long		told;
	bool			is_static;
	bool			dying;
	struct list_head	entry;
	struct rcu_head		rcu;
};

static const struct rhashtable_params mfnic_fdb_params = {
	.key_offset = offsetof(struct mfnic_fdb, key),
	.key_len = sizeof(struct mfnic_fdb_key),
	.head_offset = offsetof(struct mfnic_fdb, node),
	.automatic_shrinking = true,
};

static LIST_HEAD(mfnic_bridges);	/* RTNL */

/* Bridges, ports and entries that are not freed yet. */
static atomic_t mfnic_bridge_objects = ATOMIC_INIT(0);

static struct mfnic_fdb *mfnic_fdb_find(const struct mfnic_bridge *bridge,
					const u8 *addr, u16 vid)
{
	struct mfnic_fdb_key key = { .vid = vid };

	ether_addr_copy(key.addr, addr);

	return rhashtable_lookup((struct rhashtable *)&bridge->fdb, &key,
				 mfnic_fdb_params);
}

/* The vlan of a frame, and if it has the tag; -1: the bridge has to look. */
static int mfnic_bridge_vid(const struct mfnic_brport *from,
			    struct mfnic_parse *parse, bool *tagged)
{
	int vid;

	mfnic_parse_to(parse, MFNIC_KEY_L2);
	*tagged = parse->key.vlan_tpid == READ_ONCE(from->bridge->vlan_proto);
	if (*tagged)
		vid = ntohs(parse->key.vlan_tci) & VLAN_VID_MASK;
	else
		vid = READ_ONCE(from->pvid);

	return vid && test_bit(vid, from->vlans) ? vid : -1;
}

/**
 * mfnic_bridge_lookup - where the bridge would forward a frame
 * @from: the port that it came from
 * @parse: the frame
 * @vlan: how its tag has to change, valid if a port is returned
 *
 * Context: RCU read section.
 * Return: the one port that it goes to; NULL: the bridge itself must decide.
 */
struct mfnic_port *mfnic_bridge_lookup(const struct mfnic_brport *from,
				       struct mfnic_parse *parse,
				       struct mfnic_vlan_edit *vlan)
{
	const struct mfnic_bridge *bridge = from->bridge;
	bool aware = READ_ONCE(bridge->vlan_aware);
	const struct mfnic_brport *to;
	struct mfnic_fdb *src, *dst;
	bool tagged = false;
	int vid = 0;

	vlan->op = MFNIC_VLAN_KEEP;
	if (READ_ONCE(from->state) != BR_STATE_FORWARDING)
		return NULL;
	mfnic_parse_to(parse, MFNIC_KEY_MACS);
	if (is_multicast_ether_addr(parse->key.dmac))
		return NULL;
	if (aware) {
		vid = mfnic_bridge_vid(from, parse, &tagged);
		if (vid < 0)
			return NULL;
	}

	src = mfnic_fdb_find(bridge, parse->key.smac, vid);
	if (!src || READ_ONCE(src->at) != from || READ_ONCE(src->dying))
		return NULL;
	dst = mfnic_fdb_find(bridge, parse->key.dmac, vid);
	if (!dst || READ_ONCE(dst->dying))
		return NULL;

	to = READ_ONCE(dst->at);
	if (to == from || READ_ONCE(to->state) != BR_STATE_FORWARDING ||
	    (READ_ONCE(from->isolated) && READ_ONCE(to->isolated)) ||
	    parse->frame->len > READ_ONCE(to->max_len))
		return NULL;

	if (aware) {
		bool untag = test_bit(vid, to->untagged);

		if (!test_bit(vid, to->vlans))
			return NULL;
		if (tagged && untag) {
			vlan->op = MFNIC_VLAN_POP;
		} else if (!tagged && !untag) {
			vlan->op = MFNIC_VLAN_PUSH;
			vlan->tpid = READ_ONCE(bridge->vlan_proto);
			vlan->tci = vid;
		}
	}

	if (READ_ONCE(src->lastused) != jiffies)
		WRITE_ONCE(src->lastused, jiffies);

	return to->port;
}

/* Tell the bridge about an entry. RTNL held. */
static void mfnic_fdb_notify(const struct mfnic_fdb *fdb,
			     enum switchdev_notifier_type type)
{
	struct switchdev_notifier_fdb_info info = {
		.addr = fdb->key.addr,
		.vid = fdb->key.vid,
		.offloaded = true,
	};

	call_switchdev_notifiers(type, fdb->at->port->rep, &info.info, NULL);
}

static void mfnic_fdb_free(struct mfnic_bridge *bridge, struct mfnic_fdb *fdb)
{
	rhashtable_remove_fast(&bridge->fdb, &fdb->node, mfnic_fdb_params);
	list_del(&fdb->entry);
	kfree_rcu(fdb, rcu);
	atomic_dec(&mfnic_bridge_objects);
}

/**
 * mfnic_fdb_add - the bridge has an entry
 * @brport: where the address is
 * @addr: the address
 * @vid: its vlan, 0 if the bridge is not vlan aware
 * @is_static: the operator's; others this switch ages from now on, since the
 *	bridge no longer sees their traffic
 *
 * Without memory for it the bridge goes on forwarding by itself.
 *
 * Context: RTNL.
 */
void mfnic_fdb_add(struct mfnic_brport *brport, const u8 *addr, u16 vid,
		   bool is_static)
{
	struct mfnic_bridge *bridge = brport->bridge;
	struct mfnic_fdb *fdb;

	fdb = mfnic_fdb_find(bridge, addr, vid);
	if (fdb)
		mfnic_fdb_free(bridge, fdb);

	fdb = kzalloc(sizeof(*fdb), GFP_KERNEL);
	if (!fdb)
		return;
	ether_addr_copy(fdb->key.addr, addr);
	fdb->key.vid = vid;
	fdb->at = brport;
	fdb->is_static = is_static;
	fdb->lastused = jiffies;
	fdb->told = fdb->lastused;
	if (rhashtable_insert_fast(&bridge->fdb, &fdb->node, mfnic_fdb_params)) {
		kfree(fdb);
		return;
	}
	list_add_tail(&fdb->entry, &bridge->entries);
	atomic_inc(&mfnic_bridge_objects);

	mfnic_fdb_notify(fdb, is_static ? SWITCHDEV_FDB_OFFLOADED :
					  SWITCHDEV_FDB_ADD_TO_BRIDGE);
}

/**
 * mfnic_fdb_dying - the bridge just dropped an entry
 * @brport: where the address was
 * @addr: the address
 * @vid: its vlan
 *
 * mfnic_fdb_del() follows; until then nobody uses the entry.
 *
 * Context: atomic, RCU read section.
 */
void mfnic_fdb_dying(struct mfnic_brport *brport, const u8 *addr, u16 vid)
{
	struct mfnic_fdb *fdb = mfnic_fdb_find(brport->bridge, addr, vid);

	if (fdb && READ_ONCE(fdb->at) == brport)
		WRITE_ONCE(fdb->dying, true);
}

/**
 * mfnic_fdb_del - the bridge dropped an entry
 * @brport: where the address was
 * @addr: the address
 * @vid: its vlan
 *
 * Context: RTNL.
 */
void mfnic_fdb_del(struct mfnic_brport *brport, const u8 *addr, u16 vid)
{
	struct mfnic_fdb *fdb = mfnic_fdb_find(brport->bridge, addr, vid);

	if (!fdb || fdb->at != brport)
		return;
	/* It may have been dropped before it was taken over, and so be back. */
	if (!fdb->is_static)
		mfnic_fdb_notify(fdb, SWITCHDEV_FDB_DEL_TO_BRIDGE);
	mfnic_fdb_free(brport->bridge, fdb);
}

/**
 * mfnic_bridge_age - drop what was not used for long, refresh what was
 *
 * Context: RTNL.
 */
void mfnic_bridge_age(void)
{
	struct mfnic_bridge *bridge;
	struct mfnic_fdb *fdb, *next;
	unsigned long lastused;

	list_for_each_entry(bridge, &mfnic_bridges, node) {
		list_for_each_entry_safe(fdb, next, &bridge->entries, entry) {
			lastused = READ_ONCE(fdb->lastused);
			if (fdb->is_static || READ_ONCE(fdb->dying))
				continue;
			if (time_after(jiffies, lastused + bridge->ageing)) {
				mfnic_fdb_notify(fdb, SWITCHDEV_FDB_DEL_TO_BRIDGE);
				mfnic_fdb_free(bridge, fdb);
			} else if (lastused != fdb->told) {
				fdb->told = lastused;
				mfnic_fdb_notify(fdb, SWITCHDEV_FDB_ADD_TO_BRIDGE);
			}
		}
	}
}

static void mfnic_bridge_free(struct work_struct *work)
{
	struct mfnic_bridge *bridge;

	bridge = container_of(to_rcu_work(work), struct mfnic_bridge, free);
	rhashtable_destroy(&bridge->fdb);
	kfree(bridge);
	atomic_dec(&mfnic_bridge_objects);
}

static struct mfnic_bridge *mfnic_bridge_new(struct mfnic *nic,
					     struct net_device *br)
{
	struct mfnic_bridge *bridge;
	u16 proto = ETH_P_8021Q;
	int err;

	bridge = kzalloc(sizeof(*bridge), GFP_KERNEL);
	if (!bridge)
		return ERR_PTR(-ENOMEM);
	err = rhashtable_init(&bridge->fdb, &mfnic_fdb_params);
	if (err) {
		kfree(bridge);
		return ERR_PTR(err);
	}
	br_vlan_get_proto(br, &proto);
	bridge->dev = br;
	bridge->nic = nic;
	bridge->vlan_aware = br_vlan_enabled(br);
	bridge->vlan_proto = htons(proto);
	bridge->ageing = clock_t_to_jiffies(br_get_ageing_time(br));
	INIT_LIST_HEAD(&bridge->entries);
	INIT_RCU_WORK(&bridge->free, mfnic_bridge_free);
	list_add_tail(&bridge->node, &mfnic_bridges);
	atomic_inc(&mfnic_bridge_objects);

	return bridge;
}

static struct mfnic_bridge *mfnic_bridge_get(struct mfnic *nic,
					     struct net_device *br)
{
	struct mfnic_bridge *bridge;

	list_for_each_entry(bridge, &mfnic_bridges, node)
		if (bridge->nic == nic && bridge->dev == br)
			return bridge;

	return mfnic_bridge_new(nic, br);
}

static void mfnic_bridge_put(struct mfnic_bridge *bridge)
{
	if (bridge->ports)
		return;
	list_del(&bridge->node);
	queue_rcu_work(mfnic_fdb_wq, &bridge->free);
}

/**
 * mfnic_bridge_join - a representor becomes port of a bridge
 * @port: what is represented
 * @br: the bridge
 *
 * Context: RTNL.
 * Return: 0 or an errno.
 */
int mfnic_bridge_join(struct mfnic_port *port, struct net_device *br)
{
	struct mfnic_bridge *bridge;
	struct mfnic_brport *brport;

	bridge = mfnic_bridge_get(port->nic, br);
	if (IS_ERR(bridge))
		return PTR_ERR(bridge);
	brport = kzalloc(sizeof(*brport), GFP_KERNEL);
	if (!brport) {
		mfnic_bridge_put(bridge);
		return -ENOMEM;
	}
	bridge->ports++;
	brport->port = port;
	brport->bridge = bridge;
	brport->state = br_port_get_stp_state(port->rep);
	brport->isolated = br_port_flag_is_set(port->rep, BR_ISOLATED);
	brport->max_len = port->rep->mtu + ETH_HLEN + VLAN_HLEN;
	rcu_assign_pointer(port->brport, brport);
	atomic_inc(&mfnic_bridge_objects);

	return 0;
}

/**
 * mfnic_bridge_leave - a representor is port of a bridge no more
 * @port: what is represented
 *
 * Context: RTNL.
 */
void mfnic_bridge_leave(struct mfnic_port *port)
{
	struct mfnic_brport *brport = rtnl_dereference(port->brport);
	struct mfnic_fdb *fdb, *next;
	struct mfnic_bridge *bridge;

	if (!brport)
		return;
	bridge = brport->bridge;
	RCU_INIT_POINTER(port->brport, NULL);
	list_for_each_entry_safe(fdb, next, &bridge->entries, entry)
		if (fdb->at == brport)
			mfnic_fdb_free(bridge, fdb);
	kfree_rcu(brport, rcu);
	atomic_dec(&mfnic_bridge_objects);
	bridge->ports--;
	mfnic_bridge_put(bridge);
}

/**
 * mfnic_bridge_check - see that nothing is left
 *
 * Context: all that was freed has been.
 */
void mfnic_bridge_check(void)
{
	WARN_ON(atomic_read(&mfnic_bridge_objects));
}
