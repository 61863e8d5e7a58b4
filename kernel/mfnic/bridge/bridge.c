// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Bridge offload: the switch forwards frames between ports of one NIC that are
 * in one bridge, along the entries that the bridge learned. The bridge stays
 * the master: the switch has a copy of its entries, and only forwards unicast
 * between two known stations. Other frames take the slow path.
 *
 * The bridge does not see forwarded frames, so it cannot age its entries.
 * Learned entries become external ones, which the switch ages.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/switchdev.h>

#include "bridge/bridge.h"
#include "mfnic.h"
#include "steer/edit.h"

/*
 * Maximum number of a bridge's entries that are handled under one hold of RTNL.
 */
#define MFNIC_FDB_BATCH		256

/*
 * Notify the bridge of the last use of an entry after 1/16 of the ageing time.
 */
#define MFNIC_FDB_REFRESH_SHIFT	4

struct mfnic_fdb_key {
	u8	mac[ETH_ALEN];
	u16	vid;
} __aligned(sizeof(u64));

static_assert(sizeof(struct mfnic_fdb_key) == sizeof(u64));

/**
 * struct mfnic_fdb_entry - the bridge port of a station
 * @key: address of the station, with its vlan or 0
 * @hash: entry in the bridge's fdb
 * @brport: bridge port of the station
 * @lastused: jiffies of the last frame of the station
 * @reported: last use as the bridge knows it, in jiffies; RTNL
 * @user: the operator created the entry, so it does not age
 * @gone: the entry is no longer in the fdb
 * @node: entry in the list of @brport
 * @pending: entry in the bridge's pending list, or empty
 * @rcu: defers freeing until readers are done
 */
struct mfnic_fdb_entry {
	struct mfnic_fdb_key	key;
	struct rhash_head	hash;
	struct mfnic_brport	*brport;
	unsigned long		lastused;
	unsigned long		reported;
	bool			user;
	bool			gone;
	struct list_head	node;
	struct list_head	pending;
	struct rcu_head		rcu;
};

static int mfnic_fdb_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct mfnic_fdb_entry *entry = obj;

	return *(const u64 *)arg->key != *(const u64 *)&entry->key;
}

static const struct rhashtable_params mfnic_fdb_params = {
	.key_len = sizeof(struct mfnic_fdb_key),
	.key_offset = offsetof(struct mfnic_fdb_entry, key),
	.head_offset = offsetof(struct mfnic_fdb_entry, hash),
	.obj_cmpfn = mfnic_fdb_cmp,
	.automatic_shrinking = true,
};

static LIST_HEAD(mfnic_bridges);	/* RTNL, read under RCU */
static atomic_t mfnic_bridge_objects;	/* bridges, ports, entries */
static struct workqueue_struct *mfnic_fdb_wq;

static void mfnic_fdb_tell_work(struct work_struct *work);
static void mfnic_fdb_age_work(struct work_struct *work);
static DECLARE_WORK(mfnic_fdb_tell, mfnic_fdb_tell_work);
static DECLARE_DELAYED_WORK(mfnic_fdb_age, mfnic_fdb_age_work);

static struct mfnic_fdb_entry *mfnic_fdb_find(struct mfnic_bridge *bridge,
					      const u8 *mac, u16 vid)
{
	struct mfnic_fdb_key key = { .vid = vid };

	ether_addr_copy(key.mac, mac);

	return rhashtable_lookup(&bridge->fdb, &key, mfnic_fdb_params);
}

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
				 struct mfnic_parse *parse, u16 *vid,
				 bool *tagged)
{
	const struct mf_flow_key *key = &parse->key;

	mfnic_parse_to(parse, MFNIC_KEY_L2);
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

/* Return true if the bridge would neither learn nor refuse the source. */
static bool mfnic_bridge_source(const struct mfnic_brport *from,
				unsigned long flags, const u8 *smac, u16 vid)
{
	struct mfnic_fdb_entry *entry;
	unsigned long now = jiffies;

	if (!(flags & (BR_LEARNING | BR_PORT_LOCKED)))
		return is_valid_ether_addr(smac);

	entry = mfnic_fdb_find(from->bridge, smac, vid);
	if (!entry || entry->brport != from)
		return false;
	if (flags & BR_LEARNING && READ_ONCE(entry->lastused) != now)
		WRITE_ONCE(entry->lastused, now);

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
	if (!netif_running(to->dev) || !netif_carrier_ok(to->dev))
		return false;

	/* Like is_skb_forwardable(); a pushed tag does not count. */
	return frame->len <= READ_ONCE(to->dev->mtu) + ETH_HLEN + VLAN_HLEN;
}

/**
 * mfnic_bridge_lookup - find the port to which the bridge would forward a frame
 * @from: bridge port of the sender
 * @parse: the frame
 * @vlan: change of the vlan tags, if a port is returned
 *
 * A port is returned only if the software bridge would forward the frame to it
 * and do nothing else. The entry of a known sender is refreshed.
 *
 * Context: atomic, RCU read section.
 * Return: the port, or NULL if the software bridge has to handle the frame.
 */
struct mfnic_port *mfnic_bridge_lookup(const struct mfnic_brport *from,
				       struct mfnic_parse *parse,
				       struct mfnic_vlan_edit *vlan)
{
	unsigned long flags = READ_ONCE(from->flags);
	struct mfnic_bridge *bridge = from->bridge;
	bool filtering = READ_ONCE(bridge->vlan_filtering);
	const struct mfnic_fdb_entry *entry;
	bool tagged = false;
	u16 vid = 0;

	vlan->op = MFNIC_VLAN_KEEP;
	if (READ_ONCE(from->stp_state) != BR_STATE_FORWARDING ||
	    READ_ONCE(from->answers) || READ_ONCE(bridge->mst))
		return NULL;

	if (!filtering)
		mfnic_parse_to(parse, MFNIC_KEY_MACS);
	else if (!mfnic_brport_ingress(from, parse, &vid, &tagged))
		return NULL;

	if (!mfnic_bridge_source(from, flags, parse->key.smac, vid))
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

/*
 * Remove an entry; the caller notifies the bridge if necessary. Called with the
 * bridge's lock held.
 */
static void mfnic_fdb_unlink(struct mfnic_bridge *bridge,
			     struct mfnic_fdb_entry *entry)
{
	lockdep_assert_held(&bridge->lock);

	rhashtable_remove_fast(&bridge->fdb, &entry->hash, mfnic_fdb_params);
	list_del(&entry->node);
	list_del(&entry->pending);
	WRITE_ONCE(entry->gone, true);
	atomic_dec(&mfnic_bridge_objects);
	kfree_rcu(entry, rcu);
}

/*
 * Add an entry. On failure, software forwards the frames of the station. Called
 * with the bridge's lock held.
 */
static struct mfnic_fdb_entry *mfnic_fdb_new(struct mfnic_brport *brport,
					     const u8 *mac, u16 vid)
{
	struct mfnic_bridge *bridge = brport->bridge;
	struct mfnic_fdb_entry *entry;

	lockdep_assert_held(&brport->bridge->lock);
	entry = kzalloc_obj(*entry, GFP_ATOMIC);
	if (!entry)
		return NULL;
	ether_addr_copy(entry->key.mac, mac);
	entry->key.vid = vid;
	entry->brport = brport;
	INIT_LIST_HEAD(&entry->pending);
	if (rhashtable_insert_fast(&bridge->fdb, &entry->hash,
				   mfnic_fdb_params)) {
		kfree(entry);
		return NULL;
	}
	list_add(&entry->node, &brport->entries);
	atomic_inc(&mfnic_bridge_objects);

	return entry;
}

/**
 * mfnic_fdb_learn - add or refresh the entry of a station
 * @brport: bridge port of the station
 * @mac: address of the station
 * @vid: vlan of the station, or 0
 * @user: the operator created the entry, so it does not age
 *
 * Context: atomic, RCU read section.
 */
void mfnic_fdb_learn(struct mfnic_brport *brport, const u8 *mac, u16 vid,
		     bool user)
{
	struct mfnic_bridge *bridge = brport->bridge;
	struct mfnic_fdb_entry *entry;

	if (!is_valid_ether_addr(mac))
		return;

	spin_lock_bh(&bridge->lock);
	entry = mfnic_fdb_find(bridge, mac, vid);
	if (entry && entry->brport != brport) {
		mfnic_fdb_unlink(bridge, entry);
		entry = NULL;
	}
	if (!entry && !brport->gone)
		entry = mfnic_fdb_new(brport, mac, vid);
	if (entry) {
		entry->user = user;
		WRITE_ONCE(entry->lastused, jiffies);
		if (list_empty(&entry->pending))
			list_add_tail(&entry->pending, &bridge->pending);
	}
	spin_unlock_bh(&bridge->lock);

	if (entry)
		queue_work(mfnic_fdb_wq, &mfnic_fdb_tell);
}

/**
 * mfnic_fdb_forget - remove the entries of a station that is gone or has moved
 * @br_dev: the bridge
 * @mac: address of the station
 * @vid: vlan of the station, or 0
 * @except: offload whose entry is kept, or NULL
 *
 * Context: atomic, RCU read section.
 */
void mfnic_fdb_forget(const struct net_device *br_dev, const u8 *mac, u16 vid,
		      const struct mfnic_bridge *except)
{
	struct mfnic_fdb_entry *entry;
	struct mfnic_bridge *bridge;

	list_for_each_entry_rcu(bridge, &mfnic_bridges, node) {
		if (bridge->dev != br_dev || bridge == except)
			continue;
		spin_lock_bh(&bridge->lock);
		entry = mfnic_fdb_find(bridge, mac, vid);
		if (entry)
			mfnic_fdb_unlink(bridge, entry);
		spin_unlock_bh(&bridge->lock);
	}
}

/**
 * mfnic_fdb_own_event - test whether the switch itself sent an fdb notification
 * @ctx: context of the notification
 *
 * Context: any.
 * Return: true if the switch sent it.
 */
bool mfnic_fdb_own_event(const void *ctx)
{
	return ctx == &mfnic_bridges;
}

static void mfnic_fdb_notify(const struct mfnic_fdb_entry *entry,
			     enum switchdev_notifier_type type)
{
	struct switchdev_notifier_fdb_info info = {
		.info.ctx = &mfnic_bridges,
		.addr = entry->key.mac,
		.vid = entry->key.vid,
		.offloaded = true,
	};

	call_switchdev_notifiers(type, entry->brport->dev, &info.info, NULL);
}

/*
 * Make the bridge's entry an external one. If the bridge deletes its entry
 * meanwhile, this call adds the entry again, so delete it again if @gone is
 * set. Called under RTNL, in an RCU read section.
 */
static void mfnic_fdb_take_over(struct mfnic_fdb_entry *entry)
{
	ASSERT_RTNL();

	entry->reported = READ_ONCE(entry->lastused);
	mfnic_fdb_notify(entry, SWITCHDEV_FDB_ADD_TO_BRIDGE);
	if (unlikely(READ_ONCE(entry->gone)))
		mfnic_fdb_notify(entry, SWITCHDEV_FDB_DEL_TO_BRIDGE);
}

/*
 * Notify the bridge of one pending entry. Return false if there is none. Called
 * under RTNL.
 */
static bool mfnic_fdb_tell_one(struct mfnic_bridge *bridge)
{
	struct mfnic_fdb_entry *entry;
	bool user = false;

	ASSERT_RTNL();
	rcu_read_lock();
	spin_lock_bh(&bridge->lock);
	entry = list_first_entry_or_null(&bridge->pending,
					 struct mfnic_fdb_entry, pending);
	if (entry) {
		list_del_init(&entry->pending);
		user = entry->user;
	}
	spin_unlock_bh(&bridge->lock);

	if (entry && user)
		mfnic_fdb_notify(entry, SWITCHDEV_FDB_OFFLOADED);
	else if (entry)
		mfnic_fdb_take_over(entry);
	rcu_read_unlock();

	return entry;
}

/*
 * Release RTNL after each batch, since others need it at any rate of new
 * stations.
 */
static void mfnic_fdb_tell_work(struct work_struct *work)
{
	struct mfnic_bridge *bridge;
	bool more = false;
	unsigned int n;

	rtnl_lock();
	list_for_each_entry(bridge, &mfnic_bridges, node) {
		for (n = 0; n < MFNIC_FDB_BATCH; n++) {
			if (!mfnic_fdb_tell_one(bridge))
				break;
			cond_resched();
		}
		more |= n == MFNIC_FDB_BATCH;
	}
	rtnl_unlock();
	if (more)
		queue_work(mfnic_fdb_wq, &mfnic_fdb_tell);
}

/* Called under RTNL, in an RCU read section. */
static void mfnic_fdb_expire(struct mfnic_bridge *bridge,
			     struct mfnic_fdb_entry *entry)
{
	bool expired;

	ASSERT_RTNL();
	spin_lock_bh(&bridge->lock);
	expired = !entry->gone && !entry->user;
	if (expired)
		mfnic_fdb_unlink(bridge, entry);
	spin_unlock_bh(&bridge->lock);

	if (expired)
		mfnic_fdb_notify(entry, SWITCHDEV_FDB_DEL_TO_BRIDGE);
}

/* Called under RTNL, in an RCU read section. */
static void mfnic_fdb_age_one(struct mfnic_bridge *bridge,
			      struct mfnic_fdb_entry *entry)
{
	unsigned long refresh = bridge->ageing >> MFNIC_FDB_REFRESH_SHIFT;
	unsigned long used = READ_ONCE(entry->lastused);

	ASSERT_RTNL();
	if (READ_ONCE(entry->user))
		return;
	if (time_after_eq(jiffies, used + bridge->ageing))
		mfnic_fdb_expire(bridge, entry);
	else if (time_after(used, entry->reported + refresh))
		mfnic_fdb_take_over(entry);
}

/*
 * Age the next entries of a bridge. Return the time of the next call. Called
 * under RTNL.
 */
static unsigned long mfnic_bridge_age(struct mfnic_bridge *bridge)
{
	struct mfnic_fdb_entry *entry = NULL;
	unsigned int n;

	ASSERT_RTNL();
	if (!bridge->walking) {
		if (time_before(jiffies, bridge->age_at))
			return bridge->age_at;
		rhashtable_walk_enter(&bridge->fdb, &bridge->walk);
		bridge->walking = true;
	}

	rhashtable_walk_start(&bridge->walk);
	for (n = 0; n < MFNIC_FDB_BATCH; n++) {
		entry = rhashtable_walk_next(&bridge->walk);
		if (!entry)
			break;
		/*
		 * During a resize of the table, the walk may visit an entry
		 * twice.
		 */
		if (!IS_ERR(entry))
			mfnic_fdb_age_one(bridge, entry);
	}
	rhashtable_walk_stop(&bridge->walk);
	if (entry)
		return jiffies + 1;

	rhashtable_walk_exit(&bridge->walk);
	bridge->walking = false;
	bridge->age_at = jiffies + clamp(bridge->ageing / 4, HZ / 10,
					 (unsigned long)HZ);

	return bridge->age_at;
}

static void mfnic_fdb_age_work(struct work_struct *work)
{
	unsigned long next = jiffies + HZ, at;
	struct mfnic_bridge *bridge;

	rtnl_lock();
	list_for_each_entry(bridge, &mfnic_bridges, node) {
		at = mfnic_bridge_age(bridge);
		if (time_before(at, next))
			next = at;
	}
	if (!list_empty(&mfnic_bridges))
		queue_delayed_work(mfnic_fdb_wq, &mfnic_fdb_age,
				   time_after(next, jiffies) ?
				   next - jiffies : 1);
	rtnl_unlock();
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
	err = rhashtable_init(&bridge->fdb, &mfnic_fdb_params);
	if (err) {
		kfree(bridge);
		return ERR_PTR(err);
	}

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
	list_add_rcu(&bridge->node, &mfnic_bridges);
	atomic_inc(&mfnic_bridge_objects);
	mod_delayed_work(mfnic_fdb_wq, &mfnic_fdb_age, HZ / 10);

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

	list_del_rcu(&bridge->node);
	/* Frames and notifications may still use the offload. */
	synchronize_net();
	if (bridge->walking)
		rhashtable_walk_exit(&bridge->walk);
	rhashtable_destroy(&bridge->fdb);
	kfree(bridge);
	atomic_dec(&mfnic_bridge_objects);
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
	struct mfnic_fdb_entry *entry, *next;
	struct mfnic_bridge *bridge;

	ASSERT_RTNL();
	if (!brport)
		return;
	switchdev_bridge_port_unoffload(brport->dev, NULL, NULL, NULL);
	bridge = brport->bridge;
	RCU_INIT_POINTER(port->brport, NULL);

	spin_lock_bh(&bridge->lock);
	brport->gone = true;
	list_for_each_entry_safe(entry, next, &brport->entries, node)
		mfnic_fdb_unlink(bridge, entry);
	spin_unlock_bh(&bridge->lock);

	kfree_rcu(brport, rcu);
	atomic_dec(&mfnic_bridge_objects);
	mfnic_bridge_put(bridge);
}

/**
 * mfnic_fdb_init - set up the bridge offload; precedes the first bridge port
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int __init mfnic_fdb_init(void)
{
	mfnic_fdb_wq = alloc_ordered_workqueue("mfnic_bridge", 0);

	return mfnic_fdb_wq ? 0 : -ENOMEM;
}

/**
 * mfnic_fdb_exit - tear down the bridge offload; follows the last port and
 *	notification
 *
 * Context: sleeps.
 */
void mfnic_fdb_exit(void)
{
	cancel_delayed_work_sync(&mfnic_fdb_age);
	cancel_work_sync(&mfnic_fdb_tell);
	destroy_workqueue(mfnic_fdb_wq);
	WARN_ON(atomic_read(&mfnic_bridge_objects));
}
