// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the forwarding database of a bridge and of its ageing, and the
 * bridge of the tests in bridge_kunit.c.
 */
#include <linux/workqueue.h>

#include "bridge/fdb_kunit.h"

#include "../kunit/mf_nomem.h"

struct bridge_told bridge_told;
unsigned long bridge_jiffies;
static bool bridge_queued;

static int bridge_notify(unsigned long type, struct net_device *dev,
			 struct switchdev_notifier_info *info)
{
	struct switchdev_notifier_fdb_info *fdb;

	fdb = container_of(info, struct switchdev_notifier_fdb_info, info);
	bridge_told.n++;
	bridge_told.type = type;
	bridge_told.dev = dev;
	memcpy(bridge_told.mac, fdb->addr, ETH_ALEN);
	bridge_told.vid = fdb->vid;
	bridge_told.own = fdb->offloaded;
	if (bridge_told.meanwhile)
		bridge_told.meanwhile();

	return 0;
}

#define call_switchdev_notifiers(type, dev, info, extack) \
	bridge_notify(type, dev, info)
#define queue_work(wq, work)			(bridge_queued = true)
#define queue_delayed_work(wq, work, delay)	(bridge_queued = true)

#include "bridge/fdb.c"

#undef queue_delayed_work
#undef queue_work
#undef call_switchdev_notifiers

int bridge_init(struct kunit *test)
{
	struct bridge_world *w;
	unsigned int i;

	/* The clock wraps soon, as in a kernel that has just booted. */
	bridge_jiffies = -10UL * HZ;
	bridge_told = (struct bridge_told) {};
	w = kvzalloc_obj(*w);
	if (!w)
		return -ENOMEM;
	test->priv = w;
	w->bridge.nic = &w->nic;
	w->dev = alloc_etherdev(0);
	if (!w->dev)
		return -ENOMEM;
	w->bridge.dev = w->dev;
	w->bridge.vlan_proto = htons(ETH_P_8021Q);
	w->bridge.ageing = BRIDGE_AGEING;
	spin_lock_init(&w->bridge.lock);
	INIT_LIST_HEAD(&w->bridge.pending);
	for (i = 0; i < 2; i++) {
		w->brport[i].port = &w->port[i];
		w->brport[i].bridge = &w->bridge;
		w->brport[i].stp_state = BR_STATE_FORWARDING;
		w->brport[i].flags = BR_LEARNING;
		INIT_LIST_HEAD(&w->brport[i].entries);
		w->brport[i].dev = alloc_etherdev(0);
		if (!w->brport[i].dev)
			return -ENOMEM;
		set_bit(__LINK_STATE_START, &w->brport[i].dev->state);
	}
	list_add_rcu(&w->bridge.node, &mfnic_bridges);

	return rhashtable_init(&w->bridge.fdb, &mfnic_fdb_params);
}

/* Remove the ports; no entry may be left. */
void bridge_exit(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_fdb_entry *entry, *next;
	unsigned int i;

	if (!w)
		return;
	spin_lock_bh(&w->bridge.lock);
	for (i = 0; i < 2; i++)
		list_for_each_entry_safe(entry, next, &w->brport[i].entries,
					 node)
			mfnic_fdb_unlink(&w->bridge, entry);
	spin_unlock_bh(&w->bridge.lock);
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_bridge_objects), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->bridge.fdb.nelems), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&w->bridge.pending));

	list_del_rcu(&w->bridge.node);
	synchronize_net();
	if (w->bridge.walking)
		rhashtable_walk_exit(&w->bridge.walk);
	rhashtable_destroy(&w->bridge.fdb);
	for (i = 0; i < 2; i++)
		if (w->brport[i].dev)
			free_netdev(w->brport[i].dev);
	free_netdev(w->dev);
	kvfree(w);
}

void bridge_learn(struct bridge_world *w, unsigned int i, u64 mac, u16 vid,
		  bool user)
{
	u8 addr[ETH_ALEN];

	u64_to_ether_addr(mac, addr);
	rcu_read_lock();
	mfnic_fdb_learn(&w->brport[i], addr, vid, user);
	rcu_read_unlock();
}

void bridge_forget(struct bridge_world *w, u64 mac, u16 vid,
		   const struct mfnic_bridge *except)
{
	u8 addr[ETH_ALEN];

	u64_to_ether_addr(mac, addr);
	rcu_read_lock();
	mfnic_fdb_forget(w->dev, addr, vid, except);
	rcu_read_unlock();
}

/* Return the port of a station: 0, 1, or -1 without an entry. */
int bridge_where(struct bridge_world *w, u64 mac, u16 vid)
{
	struct mfnic_fdb_entry *entry;
	u8 addr[ETH_ALEN];
	int where = -1;

	u64_to_ether_addr(mac, addr);
	rcu_read_lock();
	entry = mfnic_fdb_find(&w->bridge, addr, vid);
	if (entry)
		where = entry->brport - w->brport;
	rcu_read_unlock();

	return where;
}

/* Notify the bridge of all pending entries. */
void bridge_tell(void)
{
	do {
		bridge_queued = false;
		mfnic_fdb_tell_work(NULL);
	} while (bridge_queued);
}

/* Walk over all entries, in as many runs as that takes. */
void bridge_age(struct bridge_world *w)
{
	w->bridge.age_at = bridge_jiffies;
	do
		mfnic_fdb_age_work(NULL);
	while (w->bridge.walking);
}

/*
 * Stations are learned, move and are forgotten. Groups and the zero address are
 * not learned.
 */
static void fdb_stations(struct kunit *test)
{
	struct bridge_world *w = test->priv;

	bridge_learn(w, 0, 0x020000000001, 0, false);
	bridge_learn(w, 0, 0x020000000001, 7, false);
	bridge_learn(w, 1, 0x020000000002, 0, false);
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 0));
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 7));
	KUNIT_EXPECT_EQ(test, 1, bridge_where(w, 0x020000000002, 0));
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000002, 7));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->bridge.fdb.nelems), 3);

	bridge_learn(w, 1, 0x020000000001, 0, false);
	KUNIT_EXPECT_EQ(test, 1, bridge_where(w, 0x020000000001, 0));
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 7));
	KUNIT_EXPECT_EQ(test, atomic_read(&w->bridge.fdb.nelems), 3);

	bridge_learn(w, 0, 0x010000000001, 0, false);
	bridge_learn(w, 0, 0xffffffffffff, 0, false);
	bridge_learn(w, 0, 0, 0, true);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->bridge.fdb.nelems), 3);

	bridge_forget(w, 0x020000000001, 0, &w->bridge);
	KUNIT_EXPECT_EQ(test, 1, bridge_where(w, 0x020000000001, 0));
	bridge_forget(w, 0x020000000001, 0, NULL);
	bridge_forget(w, 0x020000000009, 0, NULL);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 7));
	bridge_tell();
}

/*
 * A station differs from another one by a single bit of the address, or by the
 * vlan.
 */
static void fdb_keys(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	const u64 mac = 0x02a5a5a5a5a5;
	unsigned int bit, n = 0;

	for (bit = 0; bit < 48; bit++)
		if (bit != 40) {	/* skip the multicast bit */
			bridge_learn(w, bit & 1, mac ^ BIT_ULL(bit), 0, false);
			n++;
		}
	for (bit = 0; bit < 12; bit++)
		bridge_learn(w, bit & 1, mac, BIT(bit), false);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->bridge.fdb.nelems), n + 12);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, mac, 0));
	for (bit = 0; bit < 48; bit++)
		KUNIT_EXPECT_EQ(test, bit == 40 ? -1 : bit & 1,
				bridge_where(w, mac ^ BIT_ULL(bit), 0));
	for (bit = 0; bit < 12; bit++)
		KUNIT_EXPECT_EQ(test, bit & 1, bridge_where(w, mac, BIT(bit)));
}

/*
 * A port that left learns no station; a station that moves there has no entry.
 */
static void fdb_port_gone(struct kunit *test)
{
	struct bridge_world *w = test->priv;

	bridge_learn(w, 0, 0x020000000001, 0, false);
	w->brport[1].gone = true;
	bridge_learn(w, 1, 0x020000000002, 0, false);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000002, 0));
	bridge_learn(w, 1, 0x020000000001, 0, false);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_bridge_objects), 0);
}

/* Without memory, software handles frames, and no incomplete entry is left. */
static void fdb_no_memory(struct kunit *test)
{
	struct bridge_world *w = test->priv;

	mf_nomem_at = 1;
	bridge_learn(w, 0, 0x020000000001, 0, false);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
	KUNIT_EXPECT_EQ(test, atomic_read(&mfnic_bridge_objects), 0);

	/* The old entry of a station that moves is removed. */
	bridge_learn(w, 0, 0x020000000001, 0, false);
	mf_nomem_at = 1;
	bridge_learn(w, 1, 0x020000000001, 0, false);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
	mf_nomem_at = 0;
	bridge_learn(w, 1, 0x020000000001, 0, false);
	KUNIT_EXPECT_EQ(test, 1, bridge_where(w, 0x020000000001, 0));
}

/* An unused entry expires after the ageing time, not a tick earlier. */
static void fdb_ages(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	unsigned long learned;

	bridge_learn(w, 0, 0x020000000001, 3, false);
	learned = bridge_jiffies;
	bridge_tell();

	/* The clock wraps in between. */
	bridge_jiffies = learned + BRIDGE_AGEING - 1;
	KUNIT_EXPECT_LT(test, bridge_jiffies, learned);
	bridge_age(w);
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 3));

	bridge_told.n = 0;
	bridge_jiffies = learned + BRIDGE_AGEING;
	bridge_age(w);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 3));
	KUNIT_EXPECT_EQ(test, bridge_told.n, 1);
	KUNIT_EXPECT_EQ(test, bridge_told.type, SWITCHDEV_FDB_DEL_TO_BRIDGE);
	KUNIT_EXPECT_PTR_EQ(test, bridge_told.dev, w->brport[0].dev);
	KUNIT_EXPECT_EQ(test, ether_addr_to_u64(bridge_told.mac),
			0x020000000001);
	KUNIT_EXPECT_EQ(test, bridge_told.vid, 3);
	bridge_age(w);
	KUNIT_EXPECT_EQ(test, bridge_told.n, 1);
}

/* No entry expires before the next walk is due. */
static void fdb_not_due(struct kunit *test)
{
	struct bridge_world *w = test->priv;

	bridge_learn(w, 0, 0x020000000001, 0, false);
	bridge_tell();
	bridge_age(w);
	KUNIT_EXPECT_TRUE(test, time_after(w->bridge.age_at, bridge_jiffies));
	bridge_jiffies += 10 * BRIDGE_AGEING;
	w->bridge.age_at = bridge_jiffies + 1;
	mfnic_fdb_age_work(NULL);
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 0));
	bridge_jiffies++;
	mfnic_fdb_age_work(NULL);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
}

/* Entries of the operator never expire. */
static void fdb_static(struct kunit *test)
{
	struct bridge_world *w = test->priv;

	bridge_learn(w, 0, 0x020000000001, 0, true);
	bridge_tell();
	KUNIT_EXPECT_EQ(test, bridge_told.n, 1);
	KUNIT_EXPECT_EQ(test, bridge_told.type, SWITCHDEV_FDB_OFFLOADED);
	bridge_jiffies += 10 * BRIDGE_AGEING;
	bridge_age(w);
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 0));

	/* The entry becomes a learned one and expires from then on. */
	bridge_learn(w, 0, 0x020000000001, 0, false);
	bridge_tell();
	bridge_age(w);
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 0));
	bridge_jiffies += BRIDGE_AGEING;
	bridge_age(w);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
}

static struct bridge_world *bridge_meanwhile_world;

static void bridge_meanwhile(void)
{
	bridge_told.meanwhile = NULL;
	mfnic_fdb_unlink(&bridge_meanwhile_world->bridge,
			 list_first_entry(&bridge_meanwhile_world->brport[0].entries,
					  struct mfnic_fdb_entry, node));
}

/* An entry that the bridge deletes while it is notified must not stay. */
static void fdb_deleted_meanwhile(struct kunit *test)
{
	struct bridge_world *w = test->priv;

	bridge_learn(w, 0, 0x020000000001, 0, false);
	bridge_meanwhile_world = w;
	bridge_told.meanwhile = bridge_meanwhile;
	bridge_tell();
	KUNIT_EXPECT_EQ(test, bridge_told.n, 2);
	KUNIT_EXPECT_EQ(test, bridge_told.type, SWITCHDEV_FDB_DEL_TO_BRIDGE);
	KUNIT_EXPECT_EQ(test, -1, bridge_where(w, 0x020000000001, 0));
}

/* Thousands of entries, while the hash table grows and shrinks. */
static void fdb_many(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	enum { N = 3000 };
	unsigned int i;

	for (i = 0; i < N; i++) {
		bridge_learn(w, i & 1, 0x020000000000 + i, i % 4095, i % 3 == 0);
		bridge_jiffies += BRIDGE_AGEING / N;
	}
	bridge_tell();
	KUNIT_EXPECT_EQ(test, bridge_told.n, N);
	for (i = 0; i < N; i++)
		KUNIT_ASSERT_EQ(test, i & 1,
				bridge_where(w, 0x020000000000 + i, i % 4095));

	/* After half a period, half of the entries that age are gone. */
	bridge_told.n = 0;
	bridge_jiffies += BRIDGE_AGEING / N * (N / 2);
	/*
	 * A walk may visit an entry twice while the table shrinks, but visits
	 * each at least once.
	 */
	for (i = 0; i < 3; i++)
		bridge_age(w);
	for (i = 0; i < N; i++) {
		bool stays = i % 3 == 0 ||
			     BRIDGE_AGEING / N * (N - i + N / 2) < BRIDGE_AGEING;

		KUNIT_ASSERT_EQ_MSG(test, stays ? (int)(i & 1) : -1,
				    bridge_where(w, 0x020000000000 + i,
						 i % 4095), "entry %u", i);
	}
}

static struct kunit_case fdb_cases[] = {
	KUNIT_CASE(fdb_stations),
	KUNIT_CASE(fdb_keys),
	KUNIT_CASE(fdb_port_gone),
	KUNIT_CASE(fdb_no_memory),
	KUNIT_CASE(fdb_ages),
	KUNIT_CASE(fdb_not_due),
	KUNIT_CASE(fdb_static),
	KUNIT_CASE(fdb_deleted_meanwhile),
	KUNIT_CASE(fdb_many),
	{}
};

struct kunit_suite mfnic_fdb_suite = {
	.name = "mfnic_fdb",
	.init = bridge_init,
	.exit = bridge_exit,
	.test_cases = fdb_cases,
};
