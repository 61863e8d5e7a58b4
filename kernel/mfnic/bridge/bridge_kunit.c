// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the bridge offload: vlans of ports, and the forwarding of frames
 * between stations of the forwarding database.
 */
#include "bridge/fdb_kunit.h"
#include "steer/edit.h"

#include "bridge/bridge.c"

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
 * A station that sends does not expire, and the bridge is notified of some
 * frames only.
 */
static void bridge_refreshes(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_fdb_entry *source = NULL;
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
		/* The switch remembers the entry and refreshes it as well. */
		if (source && i & 1)
			mfnic_fdb_used(source);
		else
			KUNIT_EXPECT_TRUE(test,
					  mfnic_bridge_source(&w->brport[0],
							      BR_LEARNING, mac,
							      0, &source));
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
	KUNIT_EXPECT_TRUE(test, ether_addr_equal(source->key.mac, mac));
	source = NULL;
	KUNIT_EXPECT_FALSE(test, mfnic_bridge_source(&w->brport[1],
						     BR_LEARNING, mac, 0,
						     &source));
	KUNIT_EXPECT_FALSE(test, mfnic_bridge_source(&w->brport[0],
						     BR_LEARNING, mac, 1,
						     &source));
	/* Without learning, stations do not age. */
	KUNIT_EXPECT_TRUE(test, mfnic_bridge_source(&w->brport[1], 0, mac, 0,
						    &source));
	KUNIT_EXPECT_NULL(test, source);
	rcu_read_unlock();
}

/* Look up the destination of a frame between known stations. */
static struct mfnic_port *bridge_way(struct bridge_world *w,
				     const struct mf_test_frame *t,
				     struct mfnic_vlan_edit *edit)
{
	struct mfnic_fdb_entry *source;
	struct mf_parse parse;
	struct mfnic_port *to;

	mf_parse_init(&parse, &t->frame);
	rcu_read_lock();
	to = mfnic_bridge_lookup(&w->brport[0], &parse, edit, &source);
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

/*
 * Whatever can take a frame another way makes the decisions void that the
 * switch remembers. What cannot, does not: a new station needs no new decision.
 */
static void bridge_changes(struct kunit *test)
{
	struct bridge_world *w = test->priv;
	struct mfnic_brport *brport = &w->brport[0];
	const u64 mac = 0x020000000001;
	s64 was;

#define BRIDGE_VOID(change)						\
	do {								\
		was = atomic64_read(&w->nic.changes);			\
		change;							\
		KUNIT_EXPECT_GT_MSG(test, atomic64_read(&w->nic.changes), \
				    was, #change);			\
	} while (0)

	was = atomic64_read(&w->nic.changes);
	bridge_learn(w, 0, mac, 0, false);
	bridge_learn(w, 0, mac, 0, true);
	KUNIT_EXPECT_EQ(test, was, atomic64_read(&w->nic.changes));

	BRIDGE_VOID(bridge_learn(w, 1, mac, 0, false));
	BRIDGE_VOID(bridge_forget(w, mac, 0, NULL));
	bridge_learn(w, 0, mac, 0, false);
	BRIDGE_VOID(bridge_jiffies += BRIDGE_AGEING; bridge_age(w));
	bridge_learn(w, 0, mac, 0, false);
	BRIDGE_VOID(mfnic_fdb_flush(brport));
	BRIDGE_VOID(mfnic_brport_set_vlan(brport, 5, 0));
	BRIDGE_VOID(mfnic_brport_block_vlans(brport, 5, 5, true));
	BRIDGE_VOID(mfnic_brport_del_vlan(brport, 5));
	BRIDGE_VOID(mfnic_brport_read_answers(brport));
}

static struct kunit_case bridge_cases[] = {
	KUNIT_CASE(bridge_vlans),
	KUNIT_CASE(bridge_vlans_blocked),
	KUNIT_CASE(bridge_ingress),
	KUNIT_CASE(bridge_egress),
	KUNIT_CASE(bridge_refreshes),
	KUNIT_CASE(bridge_forwards),
	KUNIT_CASE(bridge_forwards_vlans),
	KUNIT_CASE(bridge_changes),
	{}
};

struct kunit_suite mfnic_bridge_suite = {
	.name = "mfnic_bridge",
	.init = bridge_init,
	.exit = bridge_exit,
	.test_cases = bridge_cases,
};
