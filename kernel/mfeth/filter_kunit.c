// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of the filter of received frames. */
#include <linux/etherdevice.h>

#include "kunit.h"
#include "../kunit/mf_nomem.h"

#include "filter.c"

static void filter_set(struct mfeth_world *w)
{
	netif_addr_lock_bh(w->eth.dev);
	mfeth_set_rx_mode(w->eth.dev);
	netif_addr_unlock_bh(w->eth.dev);
}

static bool filter_pass(struct mfeth_world *w, const u8 *mac, u16 type, u16 tci)
{
	struct mf_test_frame t;
	bool pass;

	mf_test_eth(&t, 0, type);
	memcpy(t.data, mac, ETH_ALEN);
	mf_test_tag(&t, tci, ETH_P_IP);
	mf_test_push(&t, 42);
	rcu_read_lock();
	pass = mfeth_filter_pass(&w->eth, &t.frame);
	rcu_read_unlock();

	return pass;
}

static const u8 filter_own[] = { 2, 0, 0, 0, 0, 1 };
static const u8 filter_other[] = { 2, 0, 0, 0, 0, 2 };
static const u8 filter_group[] = { 1, 0, 0x5e, 0, 0, 1 };
static const u8 filter_group2[] = { 1, 0, 0x5e, 0, 0, 2 };
static const u8 filter_all[] = { 255, 255, 255, 255, 255, 255 };

static void filter_addresses(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);

	filter_set(w);
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_own, ETH_P_IP, 0));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_all, ETH_P_IP, 0));
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_group, ETH_P_IP, 0));
	KUNIT_EXPECT_EQ(test, dev_uc_add(w->eth.dev, filter_other), 0);
	KUNIT_EXPECT_EQ(test, dev_mc_add(w->eth.dev, filter_group), 0);
	filter_set(w);
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_own, ETH_P_IP, 0));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_group, ETH_P_IP, 0));
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_group2, ETH_P_IP, 0));
	dev_uc_flush(w->eth.dev);
	dev_mc_flush(w->eth.dev);
	filter_set(w);
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_group, ETH_P_IP, 0));
}

static void filter_modes(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);

	w->eth.dev->flags |= IFF_ALLMULTI;
	filter_set(w);
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_group, ETH_P_IP, 0));
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	w->eth.dev->flags = IFF_PROMISC;
	filter_set(w);
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_group, ETH_P_IP, 0));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	w->eth.dev->flags = 0;
	filter_set(w);
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
}

/* The filter compares with the current address of the interface. */
static void filter_own_changes(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);

	filter_set(w);
	eth_hw_addr_set(w->eth.dev, filter_other);
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_own, ETH_P_IP, 0));
}

/*
 * For any number of addresses, each one and no other is found, and each search
 * ends.
 */
static void filter_many(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	u8 mac[ETH_ALEN] = { 2, 0, 0, 1 };
	unsigned int n, i;

	for (n = 0; n < 300; n++) {
		mac[4] = n >> 8;
		mac[5] = n;
		KUNIT_ASSERT_EQ(test, dev_uc_add(w->eth.dev, mac), 0);
		if (n > 20 && n % 37)
			continue;
		filter_set(w);
		for (i = 0; i < 310; i++) {
			mac[4] = i >> 8;
			mac[5] = i;
			KUNIT_ASSERT_EQ(test, i <= n,
					filter_pass(w, mac, ETH_P_IP, 0));
		}
	}
	dev_uc_flush(w->eth.dev);
}

/*
 * Without memory, the interface accepts more frames than requested, never
 * fewer.
 */
static void filter_no_memory(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);

	filter_set(w);
	mf_nomem_at = 1;
	filter_set(w);
	mf_nomem_at = 0;
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_own, ETH_P_IP, 0));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_group, ETH_P_IP, 0));
	filter_set(w);
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_other, ETH_P_IP, 0));
}

/* IEEE 802.1Q: id 0 marks a priority tag. Other tag types are not filtered. */
static void filter_vlans(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	unsigned int vid;

	filter_set(w);
	w->eth.dev->features |= NETIF_F_HW_VLAN_CTAG_FILTER;
	mfeth_vlan_add(w->eth.dev, htons(ETH_P_8021Q), 5);
	mfeth_vlan_add(w->eth.dev, htons(ETH_P_8021Q), 4094);
	for (vid = 0; vid < 4096; vid++) {
		bool in = !vid || vid == 5 || vid == 4094;

		KUNIT_ASSERT_EQ(test, in, filter_pass(w, filter_own,
						      ETH_P_8021Q, vid));
		KUNIT_ASSERT_EQ(test, in, filter_pass(w, filter_own,
						      ETH_P_8021Q,
						      0xf000 | vid));
	}
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_own, ETH_P_8021AD, 7));
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_own, ETH_P_IP, 7));
	mfeth_vlan_del(w->eth.dev, htons(ETH_P_8021Q), 5);
	KUNIT_EXPECT_FALSE(test, filter_pass(w, filter_own, ETH_P_8021Q, 5));
	w->eth.dev->features &= ~NETIF_F_HW_VLAN_CTAG_FILTER;
	KUNIT_EXPECT_TRUE(test, filter_pass(w, filter_own, ETH_P_8021Q, 5));
}

static struct kunit_case filter_cases[] = {
	KUNIT_CASE(filter_addresses),
	KUNIT_CASE(filter_modes),
	KUNIT_CASE(filter_own_changes),
	KUNIT_CASE(filter_many),
	KUNIT_CASE(filter_no_memory),
	KUNIT_CASE(filter_vlans),
	{}
};

struct kunit_suite mfeth_filter_suite = {
	.name = "mfeth_filter",
	.test_cases = filter_cases,
};
