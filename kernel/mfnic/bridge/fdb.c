// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Forwarding databases: the switch has a copy of the entries of each bridge
 * that it offloads, and the bridge stays the master.
 *
 * The bridge does not see forwarded frames, so it cannot age its entries.
 * Learned entries become external ones, which the switch ages.
 */
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/switchdev.h>

#include "bridge/bridge.h"
#include "bridge/fdb.h"
#include "mfnic.h"

/*
 * Maximum number of a bridge's entries that are handled under one hold of RTNL.
 */
#define MFNIC_FDB_BATCH		256

/*
 * Notify the bridge of the last use of an entry after 1/16 of the ageing time.
 */
#define MFNIC_FDB_REFRESH_SHIFT	4

LIST_HEAD(mfnic_bridges);
atomic_t mfnic_bridge_objects;
static struct workqueue_struct *mfnic_fdb_wq;

static void mfnic_fdb_tell_work(struct work_struct *work);
static void mfnic_fdb_age_work(struct work_struct *work);
static DECLARE_WORK(mfnic_fdb_tell, mfnic_fdb_tell_work);
static DECLARE_DELAYED_WORK(mfnic_fdb_age, mfnic_fdb_age_work);

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
	mfnic_changed(bridge->nic);
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
 * mfnic_fdb_flush - remove the entries of a port that leaves its bridge
 * @brport: bridge port; gets no entry any more
 *
 * Context: atomic.
 */
void mfnic_fdb_flush(struct mfnic_brport *brport)
{
	struct mfnic_bridge *bridge = brport->bridge;
	struct mfnic_fdb_entry *entry, *next;

	spin_lock_bh(&bridge->lock);
	brport->gone = true;
	list_for_each_entry_safe(entry, next, &brport->entries, node)
		mfnic_fdb_unlink(bridge, entry);
	spin_unlock_bh(&bridge->lock);
}

/**
 * mfnic_fdb_start - begin to keep the entries of a bridge
 * @bridge: offload of the bridge, initialized but for @bridge->fdb
 *
 * Context: RTNL.
 * Return: 0 or a negative errno.
 */
int mfnic_fdb_start(struct mfnic_bridge *bridge)
{
	int err;

	ASSERT_RTNL();
	err = rhashtable_init(&bridge->fdb, &mfnic_fdb_params);
	if (err)
		return err;
	list_add_rcu(&bridge->node, &mfnic_bridges);
	atomic_inc(&mfnic_bridge_objects);
	mod_delayed_work(mfnic_fdb_wq, &mfnic_fdb_age, HZ / 10);

	return 0;
}

/**
 * mfnic_fdb_stop - end what mfnic_fdb_start() began
 * @bridge: offload of the bridge, without ports. On return, no frame,
 *	notification or work item uses it
 *
 * Context: RTNL.
 */
void mfnic_fdb_stop(struct mfnic_bridge *bridge)
{
	ASSERT_RTNL();

	list_del_rcu(&bridge->node);
	/* Frames and notifications may still use the offload. */
	synchronize_net();
	if (bridge->walking)
		rhashtable_walk_exit(&bridge->walk);
	rhashtable_destroy(&bridge->fdb);
	atomic_dec(&mfnic_bridge_objects);
}

/**
 * mfnic_fdb_init - set up the databases; precedes the first bridge port
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
 * mfnic_fdb_exit - tear down the databases; follows the last port and
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
