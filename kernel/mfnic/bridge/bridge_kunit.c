// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the bridge offload: vlans of ports, the forwarding database, its
 * ageing, and the forwarding of frames. The test sets the clock, records
 * notifications of the bridge, and runs the queued work.
 */
#include <linux/etherdevice.h>
#include <linux/if_bridge.h>
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>
#include <linux/workqueue.h>
#include <net/switchdev.h>

#include "kunit.h"
#include "bridge/bridge.h"
#include "mfnic.h"
#include "steer/edit.h"

#include "../kunit/mf_nomem.h"

/* The last notification of the bridge, and the number of notifications. */
struct bridge_told {
	unsigned int		n;
	unsigned long		type;
	struct net_device	*dev;
	u8			mac[ETH_ALEN];
	u16			vid;
	bool			own;
	void			(*meanwhile)(void);
};

static struct bridge_told bridge_told;
static unsigned long bridge_jiffies;
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
#define jiffies					bridge_jiffies

/* Only the test knows these objects, so it takes no locks. */
#undef ASSERT_RTNL
#define ASSERT_RTNL()
#undef lockdep_assert_held
#define lockdep_assert_held(lock)

#include "bridge/fdb.c"
#include "bridge/bridge.c"

#undef jiffies
#undef queue_delayed_work
#undef queue_work
#undef call_switchdev_notifiers

#define BRIDGE_AGEING	(300UL * HZ)

/**
 * struct bridge_world - a bridge with two ports
 * @nic: the NIC
 * @bridge: offload of the bridge
 * @dev: the bridge
 * @port: the ports
 * @brport: the bridge ports of @port
 */
struct bridge_world {
	struct mfnic		nic;
	struct mfnic_bridge	bridge;
	struct net_device	*dev;
	struct mfnic_port	port[2];
	struct mfnic_brport	brport[2];
};

static int bridge_init(struct kunit *test)
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
static void bridge_exit(struct kunit *test)
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

static void bridge_learn(struct bridge_world *w, unsigned int i, u64 mac,
			 u16 vid, bool user)
{
	u8 addr[ETH_ALEN];

	u64_to_ether_addr(mac, addr);
	rcu_read_lock();
	mfnic_fdb_learn(&w->brport[i], addr, vid, user);
	rcu_read_unlock();
}

static void bridge_forget(struct bridge_world *w, u64 mac, u16 vid,
			  const struct mfnic_bridge *except)
{
	u8 addr[ETH_ALEN];

	u64_to_ether_addr(mac, addr);
	rcu_read_lock();
	mfnic_fdb_forget(w->dev, addr, vid, except);
	rcu_read_unlock();
}

/* Return the port of a station: 0, 1, or -1 without an entry. */
static int bridge_where(struct bridge_world *w, u64 mac, u16 vid)
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
static void bridge_tell(void)
{
	do {
		bridge_queued = false;
		mfnic_fdb_tell_work(NULL);
	} while (bridge_queued);
}

/* Walk over all entries, in as many runs as that takes. */
static void bridge_age(struct bridge_world *w)
{
	w->bridge.age_at = bridge_jiffies;
	do
		mfnic_fdb_age_work(NULL);
	while (w->bridge.walking);
}

/*
 * Changing a vlan changes no other vlan in the same word, and updates the PVID.
 */
static void bridge_vlans(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_brport *p = &w->brport[0];
	struct rnd_state rnd;
	unsigned int i, vid;
	u16 pvid = 0, flags;
	u8 *want;

	mf_test_seed(&rnd);
	want = mf_test_alloc(test, VLAN_N_VID);
	for (i = 0; i < 20000; i++) {
		vid = 1 + mf_test_below(&rnd, VLAN_N_VID - 1);
		if (want[vid] && mf_test_below(&rnd, 2)) {
			want[vid] ^= MFNIC_BRVLAN_BLOCKED;
			mfnic_brport_block_vlans(p, vid, vid,
						 want[vid] &
						 MFNIC_BRVLAN_BLOCKED);
		} else if (mf_test_below(&rnd, 3)) {
			flags = prandom_u32_state(&rnd) &
				(BRIDGE_VLAN_INFO_PVID |
				 BRIDGE_VLAN_INFO_UNTAGGED);
			mfnic_brport_set_vlan(p, vid, flags);
			want[vid] &= MFNIC_BRVLAN_BLOCKED;
			want[vid] |= MFNIC_BRVLAN_MEMBER;
			if (flags & BRIDGE_VLAN_INFO_UNTAGGED)
				want[vid] |= MFNIC_BRVLAN_UNTAGGED;
			if (flags & BRIDGE_VLAN_INFO_PVID)
				pvid = vid;
			else if (pvid == vid)
				pvid = 0;
		} else {
			mfnic_brport_del_vlan(p, vid);
			want[vid] = 0;
			if (pvid == vid)
				pvid = 0;
		}
		KUNIT_ASSERT_EQ(test, p->pvid, pvid);
		KUNIT_ASSERT_EQ(test, mfnic_brport_vlan(p, vid), want[vid]);
	}
	for (vid = 0; vid < VLAN_N_VID; vid++)
		KUNIT_ASSERT_EQ(test, mfnic_brport_vlan(p, vid), want[vid]);
}

/* Blocking a range of vlans covers its ends and no other vlan. */
static void bridge_vlans_blocked(struct kunit *test)
{
	static const u16 ranges[][2] = {
		{ 1, 1 }, { 1, 15 }, { 15, 17 }, { 31, 64 }, { 4080, 4094 },
		{ 1, 4094 }, { 4095, U16_MAX },
	};
	struct bridge_world *w = test->priv;
	struct mfnic_brport *p = &w->brport[0];
	unsigned int i, vid, want;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		for (vid = 1; vid < VLAN_N_VID; vid++)
			mfnic_brport_set_vlan(p, vid, BRIDGE_VLAN_INFO_UNTAGGED);
		mfnic_brport_block_vlans(p, ranges[i][0], ranges[i][1], true);
		for (vid = 1; vid < VLAN_N_VID; vid++) {
			want = MFNIC_BRVLAN_MEMBER | MFNIC_BRVLAN_UNTAGGED;
			if (vid >= ranges[i][0] && vid <= ranges[i][1])
				want |= MFNIC_BRVLAN_BLOCKED;
			KUNIT_ASSERT_EQ(test, want, mfnic_brport_vlan(p, vid));
		}
		mfnic_brport_block_vlans(p, ranges[i][0], ranges[i][1], false);
		for (vid = 1; vid < VLAN_N_VID; vid++)
			KUNIT_ASSERT_EQ(test, MFNIC_BRVLAN_MEMBER |
					      MFNIC_BRVLAN_UNTAGGED,
					mfnic_brport_vlan(p, vid));
	}
}

/* The vlan in which a frame enters the bridge, if any. */
static void bridge_ingress(struct kunit *test)
{
	static const struct {
		u16 type, tci, pvid;
		bool ok, tagged;
		u16 vid;
	} cases[] = {
		{ ETH_P_IP, 0, 0, false, false, 0 },
		{ ETH_P_IP, 0, 7, true, false, 7 },
		{ ETH_P_IP, 0, 8, false, false, 8 },
		{ ETH_P_8021Q, 7, 0, true, true, 7 },
		{ ETH_P_8021Q, 0xf007, 0, true, true, 7 },
		{ ETH_P_8021Q, 8, 7, false, true, 8 },
		{ ETH_P_8021Q, 0xe000, 7, false, true, 0 },
		{ ETH_P_8021AD, 8, 7, true, false, 7 },
		{ ETH_P_8021AD, 8, 0, false, false, 0 },
	};
	struct bridge_world *w = test->priv;
	struct mfnic_brport *p = &w->brport[0];
	struct mf_parse parse;
	struct mf_test_frame t;
	unsigned int i;
	bool tagged;
	u16 vid;

	mfnic_brport_set_vlan(p, 7, 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		mf_test_eth(&t, 9, cases[i].type);
		if (cases[i].type != ETH_P_IP)
			mf_test_tag(&t, cases[i].tci, ETH_P_IP);
		p->pvid = cases[i].pvid;
		mf_parse_init(&parse, &t.frame);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].ok,
				    mfnic_brport_ingress(p, &parse, &vid,
							 &tagged),
				    "case %u", i);
		KUNIT_EXPECT_EQ(test, vid, cases[i].vid);
		KUNIT_EXPECT_EQ(test, tagged, cases[i].tagged);
	}

	/* Software handles an incomplete tag. */
	mf_test_eth(&t, 9, ETH_P_8021Q);
	mf_test_push(&t, 3);
	p->pvid = 7;
	mf_parse_init(&parse, &t.frame);
	KUNIT_EXPECT_FALSE(test, mfnic_brport_ingress(p, &parse, &vid,
						      &tagged));
}

/* The change of the tag when a frame leaves. */
static void bridge_egress(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_brport *p = &w->brport[0];
	struct mfnic_vlan_edit edit = {};

	w->bridge.vlan_proto = htons(ETH_P_8021AD);
	KUNIT_EXPECT_FALSE(test, mfnic_brport_egress(p, 5, true, &edit));
	mfnic_brport_set_vlan(p, 5, 0);
	KUNIT_EXPECT_TRUE(test, mfnic_brport_egress(p, 5, true, &edit));
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_KEEP);
	KUNIT_EXPECT_TRUE(test, mfnic_brport_egress(p, 5, false, &edit));
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_PUSH);
	KUNIT_EXPECT_EQ(test, ntohs(edit.tpid), ETH_P_8021AD);
	KUNIT_EXPECT_EQ(test, edit.tci, 5);

	mfnic_brport_set_vlan(p, 5, BRIDGE_VLAN_INFO_UNTAGGED);
	edit.op = MFNIC_VLAN_KEEP;
	KUNIT_EXPECT_TRUE(test, mfnic_brport_egress(p, 5, false, &edit));
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_KEEP);
	KUNIT_EXPECT_TRUE(test, mfnic_brport_egress(p, 5, true, &edit));
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_POP);
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

/*
 * A station that sends does not expire, and the bridge is notified of some
 * frames only.
 */
static void fdb_refreshed(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	u8 mac[ETH_ALEN];
	unsigned int i;

	u64_to_ether_addr(0x020000000001, mac);
	bridge_learn(w, 0, 0x020000000001, 0, false);
	bridge_tell();
	bridge_told.n = 0;
	/*
	 * The station sends every 1/64 of the ageing time, for twice that time.
	 */
	for (i = 0; i < 128; i++) {
		bridge_jiffies += BRIDGE_AGEING / 64;
		rcu_read_lock();
		KUNIT_EXPECT_TRUE(test, mfnic_bridge_source(&w->brport[0],
							    BR_LEARNING, mac,
							    0));
		rcu_read_unlock();
		bridge_age(w);
	}
	KUNIT_EXPECT_EQ(test, 0, bridge_where(w, 0x020000000001, 0));
	KUNIT_EXPECT_EQ(test, bridge_told.type, SWITCHDEV_FDB_ADD_TO_BRIDGE);
	/*
	 * The bridge is notified when it is more than 1/16 behind: each fifth
	 * time.
	 */
	KUNIT_EXPECT_EQ(test, bridge_told.n, 128 / 5);

	/*
	 * Frames from another port or vlan do not come from the same station.
	 */
	rcu_read_lock();
	KUNIT_EXPECT_FALSE(test, mfnic_bridge_source(&w->brport[1],
						     BR_LEARNING, mac, 0));
	KUNIT_EXPECT_FALSE(test, mfnic_bridge_source(&w->brport[0],
						     BR_LEARNING, mac, 1));
	KUNIT_EXPECT_TRUE(test, mfnic_bridge_source(&w->brport[1], 0, mac, 0));
	rcu_read_unlock();
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

/* Look up the destination of a frame between known stations. */
static struct mfnic_port *bridge_way(struct bridge_world *w,
				     const struct mf_test_frame *t,
				     struct mfnic_vlan_edit *edit)
{
	struct mf_parse parse;
	struct mfnic_port *to;

	mf_parse_init(&parse, &t->frame);
	rcu_read_lock();
	to = mfnic_bridge_lookup(&w->brport[0], &parse, edit);
	rcu_read_unlock();

	return to;
}

/*
 * The switch forwards a frame where the bridge would, and leaves other frames
 * to the bridge.
 */
static void bridge_forwards(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_brport *from = &w->brport[0], *to = &w->brport[1];
	struct mfnic_vlan_edit edit;
	struct mf_test_frame t;
	u64 src, dst;

	mf_test_eth(&t, 9, ETH_P_IP);
	t.frame.len = 1000;
	src = ether_addr_to_u64(t.data + ETH_ALEN);
	dst = ether_addr_to_u64(t.data);
	bridge_learn(w, 0, src, 0, false);
	bridge_learn(w, 1, dst, 0, false);

#define BRIDGE_GOES()							\
	KUNIT_EXPECT_PTR_EQ(test, bridge_way(w, &t, &edit), &w->port[1])
#define BRIDGE_STAYS(change, back)					\
	do {								\
		change;							\
		KUNIT_EXPECT_NULL(test, bridge_way(w, &t, &edit));	\
		back;							\
		BRIDGE_GOES();						\
	} while (0)

	BRIDGE_GOES();
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_KEEP);
	BRIDGE_STAYS(from->stp_state = BR_STATE_LEARNING,
		     from->stp_state = BR_STATE_FORWARDING);
	BRIDGE_STAYS(to->stp_state = BR_STATE_BLOCKING,
		     to->stp_state = BR_STATE_FORWARDING);
	BRIDGE_STAYS(w->bridge.mst = true, w->bridge.mst = false);
	BRIDGE_STAYS(from->answers = true, from->answers = false);
	BRIDGE_STAYS(to->answers = true, to->answers = false);
	BRIDGE_STAYS(from->flags |= BR_ISOLATED; to->flags |= BR_ISOLATED,
		     to->flags &= ~BR_ISOLATED);
	BRIDGE_STAYS(clear_bit(__LINK_STATE_START, &to->dev->state),
		     set_bit(__LINK_STATE_START, &to->dev->state));
	BRIDGE_STAYS(set_bit(__LINK_STATE_NOCARRIER, &to->dev->state),
		     clear_bit(__LINK_STATE_NOCARRIER, &to->dev->state));
	BRIDGE_STAYS(t.frame.len = to->dev->mtu + ETH_HLEN + VLAN_HLEN + 1,
		     t.frame.len--);
	/* Unknown, multicast, and back to the port it came from. */
	BRIDGE_STAYS(t.data[5]++, t.data[5]--);
	BRIDGE_STAYS(t.data[0] |= 1, t.data[0] &= ~1);
	BRIDGE_STAYS(bridge_learn(w, 0, dst, 0, false),
		     bridge_learn(w, 1, dst, 0, false));
	/* A new source, or a source of another port. */
	BRIDGE_STAYS(t.data[11]++, t.data[11]--);
	BRIDGE_STAYS(bridge_learn(w, 1, src, 0, false),
		     bridge_learn(w, 0, src, 0, false));
	/* Without learning on the port, any valid source may send. */
	from->flags &= ~BR_LEARNING;
	t.data[11]++;
	BRIDGE_GOES();
	BRIDGE_STAYS(from->flags |= BR_PORT_LOCKED,
		     from->flags &= ~BR_PORT_LOCKED);
	BRIDGE_STAYS(t.data[6] |= 1, t.data[6] &= ~1);
}

/*
 * With vlans, both ports must be members, and the egress port determines the
 * tag.
 */
static void bridge_forwards_vlans(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_brport *from = &w->brport[0], *to = &w->brport[1];
	struct mfnic_vlan_edit edit;
	struct mf_test_frame t, tagged;

	mf_test_eth(&t, 9, ETH_P_IP);
	mf_test_eth(&tagged, 9, ETH_P_8021Q);
	mf_test_tag(&tagged, 5, ETH_P_IP);
	w->bridge.vlan_filtering = true;
	bridge_learn(w, 0, ether_addr_to_u64(t.data + ETH_ALEN), 5, false);
	bridge_learn(w, 1, ether_addr_to_u64(t.data), 5, false);

	KUNIT_EXPECT_NULL(test, bridge_way(w, &tagged, &edit));
	mfnic_brport_set_vlan(from, 5, 0);
	KUNIT_EXPECT_NULL(test, bridge_way(w, &tagged, &edit));
	mfnic_brport_set_vlan(to, 5, BRIDGE_VLAN_INFO_UNTAGGED);
	KUNIT_EXPECT_PTR_EQ(test, bridge_way(w, &tagged, &edit), &w->port[1]);
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_POP);
	mfnic_brport_set_vlan(to, 5, 0);
	KUNIT_EXPECT_PTR_EQ(test, bridge_way(w, &tagged, &edit), &w->port[1]);
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_KEEP);

	KUNIT_EXPECT_NULL(test, bridge_way(w, &t, &edit));
	mfnic_brport_set_vlan(from, 5, BRIDGE_VLAN_INFO_PVID);
	KUNIT_EXPECT_PTR_EQ(test, bridge_way(w, &t, &edit), &w->port[1]);
	KUNIT_EXPECT_EQ(test, (int)edit.op, MFNIC_VLAN_PUSH);
	KUNIT_EXPECT_EQ(test, edit.tci, 5);

	/* The vlan is blocked at either end. */
	mfnic_brport_block_vlans(from, 5, 5, true);
	KUNIT_EXPECT_NULL(test, bridge_way(w, &t, &edit));
	mfnic_brport_block_vlans(from, 5, 5, false);
	mfnic_brport_block_vlans(to, 5, 5, true);
	KUNIT_EXPECT_NULL(test, bridge_way(w, &t, &edit));
	mfnic_brport_block_vlans(to, 5, 5, false);
	KUNIT_EXPECT_PTR_EQ(test, bridge_way(w, &t, &edit), &w->port[1]);

	/* The same stations are unknown in another vlan. */
	mfnic_brport_set_vlan(from, 6, BRIDGE_VLAN_INFO_PVID);
	mfnic_brport_set_vlan(to, 6, 0);
	KUNIT_EXPECT_NULL(test, bridge_way(w, &t, &edit));
}

static struct kunit_case bridge_cases[] = {
	KUNIT_CASE(bridge_vlans),
	KUNIT_CASE(bridge_vlans_blocked),
	KUNIT_CASE(bridge_ingress),
	KUNIT_CASE(bridge_egress),
	KUNIT_CASE(fdb_stations),
	KUNIT_CASE(fdb_keys),
	KUNIT_CASE(fdb_port_gone),
	KUNIT_CASE(fdb_no_memory),
	KUNIT_CASE(fdb_ages),
	KUNIT_CASE(fdb_not_due),
	KUNIT_CASE(fdb_refreshed),
	KUNIT_CASE(fdb_static),
	KUNIT_CASE(fdb_deleted_meanwhile),
	KUNIT_CASE(fdb_many),
	KUNIT_CASE(bridge_forwards),
	KUNIT_CASE(bridge_forwards_vlans),
	{}
};

struct kunit_suite mfnic_bridge_suite = {
	.name = "mfnic_bridge",
	.init = bridge_init,
	.exit = bridge_exit,
	.test_cases = bridge_cases,
};
