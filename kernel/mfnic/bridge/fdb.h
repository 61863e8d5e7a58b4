/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Forwarding databases of offloaded bridges, see fdb.c.
 */
#ifndef MFNIC_FDB_H
#define MFNIC_FDB_H

#include <linux/atomic.h>
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/rhashtable.h>

#include "bridge/bridge.h"

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

static inline int mfnic_fdb_cmp(struct rhashtable_compare_arg *arg,
				const void *obj)
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

/**
 * mfnic_fdb_find - find the entry of a station
 * @bridge: offload of the bridge
 * @mac: address of the station
 * @vid: vlan of the station, or 0
 *
 * Context: RCU read section; inline, since two lookups decide about each frame.
 * Return: the entry, or NULL.
 */
static __always_inline struct mfnic_fdb_entry *
mfnic_fdb_find(struct mfnic_bridge *bridge, const u8 *mac, u16 vid)
{
	struct mfnic_fdb_key key = { .vid = vid };

	ether_addr_copy(key.mac, mac);

	return rhashtable_lookup(&bridge->fdb, &key, mfnic_fdb_params);
}

/* Keep the entry of a station that sends from ageing. RCU read section. */
static __always_inline void mfnic_fdb_used(struct mfnic_fdb_entry *entry)
{
	unsigned long now = jiffies;

	if (READ_ONCE(entry->lastused) != now)
		WRITE_ONCE(entry->lastused, now);
}

extern struct list_head mfnic_bridges;	/* RTNL, read under RCU */
extern atomic_t mfnic_bridge_objects;	/* bridges, ports, entries */

int mfnic_fdb_start(struct mfnic_bridge *bridge);
void mfnic_fdb_stop(struct mfnic_bridge *bridge);
void mfnic_fdb_flush(struct mfnic_brport *brport);
void mfnic_fdb_learn(struct mfnic_brport *brport, const u8 *mac, u16 vid,
		     bool user);
void mfnic_fdb_forget(const struct net_device *br_dev, const u8 *mac, u16 vid,
		      const struct mfnic_bridge *except);
bool mfnic_fdb_own_event(const void *ctx);
int mfnic_fdb_init(void);
void mfnic_fdb_exit(void);

#endif /* MFNIC_FDB_H */
