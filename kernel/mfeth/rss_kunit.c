// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of receive side scaling: the hash, compared with Microsoft's "RSS
 * Hashing Examples", its fields, and the table.
 */
#include <linux/rtnetlink.h>
#include <linux/sctp.h>

#include "kunit.h"
#include "../kunit/mf_nomem.h"

#include "rss.c"

static const u8 rss_key[MF_TOEPLITZ_KEY_LEN] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

/*
 * The first example of each version: the hash of addresses, and of ports as
 * well.
 */
#define RSS_V4_ADDRS	0x323e8fc2
#define RSS_V4_PORTS	0x51ccc178
#define RSS_V6_ADDRS	0x2cc18cd5
#define RSS_V6_PORTS	0x40207d3d

static struct mfeth_rss *rss_world(struct kunit *test, struct mfeth_world *w)
{
	struct mfeth_rss *rss;

	KUNIT_ASSERT_EQ(test, mfeth_rss_init(&w->eth), 0);
	rss = rcu_dereference_protected(w->eth.rss, true);
	mf_toeplitz_set_key(&rss->key, rss_key);

	return rss;
}

static void rss_ports(struct mf_test_frame *t)
{
	__be16 *ports = mf_test_push(t, sizeof(struct tcphdr));

	ports[0] = htons(2794);
	ports[1] = htons(1766);
	((struct tcphdr *)ports)->doff = 5;
}

static void rss_frame4(struct mf_test_frame *t, u8 proto, u16 frag)
{
	struct iphdr *ip;

	mf_test_eth(t, 1, ETH_P_IP);
	ip = mf_test_ipv4(t, proto, frag);
	ip->saddr = htonl(0x420995bb);
	ip->daddr = htonl(0xa18e6450);
	rss_ports(t);
}

static void rss_frame6(struct mf_test_frame *t, u8 proto)
{
	static const u16 src[] = { 0x3ffe, 0x2501, 0x200, 0x1fff, 0, 0, 0, 7 };
	static const u16 dst[] = { 0x3ffe, 0x2501, 0x200, 3, 0, 0, 0, 1 };
	struct ipv6hdr *ip;
	unsigned int i;

	mf_test_eth(t, 1, ETH_P_IPV6);
	ip = mf_test_ipv6(t, proto);
	for (i = 0; i < 8; i++) {
		ip->saddr.s6_addr16[i] = htons(src[i]);
		ip->daddr.s6_addr16[i] = htons(dst[i]);
	}
	rss_ports(t);
}

static void rss_hash_is(struct kunit *test, const struct mfeth_rss *rss,
			struct mf_test_frame *t, u32 want, u8 want_type)
{
	u8 type = 0xff;

	KUNIT_EXPECT_EQ(test, mfeth_rss_hash(rss, &t->frame, &type), want);
	KUNIT_EXPECT_EQ(test, type, want_type);
}

static void rss_vectors(struct kunit *test)
{
	static const u8 with_ports[] = { IPPROTO_TCP, IPPROTO_UDP,
					 IPPROTO_SCTP };
	struct mfeth_rss *rss = rss_world(test, mfeth_world(test));
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(with_ports); i++) {
		rss_frame4(&t, with_ports[i], 0);
		rss_hash_is(test, rss, &t, RSS_V4_PORTS, PKT_HASH_TYPE_L4);
		rss_frame6(&t, with_ports[i]);
		rss_hash_is(test, rss, &t, RSS_V6_PORTS, PKT_HASH_TYPE_L4);
	}
	rss_frame4(&t, IPPROTO_GRE + 100, 0);
	rss_hash_is(test, rss, &t, RSS_V4_ADDRS, PKT_HASH_TYPE_L3);
	rss_frame6(&t, 253);
	rss_hash_is(test, rss, &t, RSS_V6_ADDRS, PKT_HASH_TYPE_L3);
}

/* Ports of fragments are not hashed; without IP the hash is 0. */
static void rss_without(struct kunit *test)
{
	struct mfeth_rss *rss = rss_world(test, mfeth_world(test));
	static const u16 frag[] = { IP_MF, IP_MF | 185, 370 };
	struct mf_test_frame t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(frag); i++) {
		rss_frame4(&t, IPPROTO_UDP, frag[i]);
		rss_hash_is(test, rss, &t, RSS_V4_ADDRS, PKT_HASH_TYPE_L3);
	}
	mf_test_eth(&t, 1, 0x88b5);
	mf_test_push(&t, 46);
	rss_hash_is(test, rss, &t, 0, PKT_HASH_TYPE_NONE);
	mf_test_eth(&t, 1, ETH_P_IP);
	rss_hash_is(test, rss, &t, 0, PKT_HASH_TYPE_NONE);
}

/* ethtool -N: each protocol has fields of its own. */
static void rss_fields(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	struct ethtool_rxnfc set = {
		.cmd = ETHTOOL_SRXFH, .flow_type = UDP_V4_FLOW,
		.data = RXH_IP_SRC | RXH_IP_DST,
	}, get = { .cmd = ETHTOOL_GRXFH };
	struct mf_test_frame t;
	struct mfeth_rss *rss;

	rss_world(test, w);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, mfeth_set_rxnfc(w->eth.dev, &set), 0);
	get.flow_type = UDP_V4_FLOW;
	KUNIT_EXPECT_EQ(test, mfeth_get_rxnfc(w->eth.dev, &get, NULL), 0);
	KUNIT_EXPECT_EQ(test, get.data, RXH_IP_SRC | RXH_IP_DST);
	get.flow_type = UDP_V6_FLOW;
	KUNIT_EXPECT_EQ(test, mfeth_get_rxnfc(w->eth.dev, &get, NULL), 0);
	KUNIT_EXPECT_EQ(test, get.data, RXH_IP_SRC | RXH_IP_DST |
			RXH_L4_B_0_1 | RXH_L4_B_2_3);
	rss = rtnl_dereference(w->eth.rss);
	rss_frame4(&t, IPPROTO_UDP, 0);
	rss_hash_is(test, rss, &t, RSS_V4_ADDRS, PKT_HASH_TYPE_L3);
	rss_frame4(&t, IPPROTO_TCP, 0);
	rss_hash_is(test, rss, &t, RSS_V4_PORTS, PKT_HASH_TYPE_L4);
	/* Unsupported fields are refused without any change. */
	set.data = RXH_VLAN;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxnfc(w->eth.dev, &set), -EOPNOTSUPP);
	set.data = 0;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxnfc(w->eth.dev, &set), -EINVAL);
	set.data = RXH_IP_SRC;
	set.flow_type = ESP_V4_FLOW;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxnfc(w->eth.dev, &set), -EOPNOTSUPP);
	set.flow_type = ETHER_FLOW;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxnfc(w->eth.dev, &set), -EOPNOTSUPP);
	KUNIT_EXPECT_PTR_EQ(test, rss, rtnl_dereference(w->eth.rss));
	rtnl_unlock();
}

/* The numbers of table entries of two queues differ by at most one. */
static void rss_spread(struct kunit *test)
{
	struct mfeth_rss *rss = rss_world(test, mfeth_world(test));
	unsigned int queues, i, count[MFETH_MAX_QUEUES];

	for (queues = 1; queues <= MFETH_MAX_QUEUES; queues++) {
		memset(count, 0, sizeof(count));
		mfeth_rss_spread(rss, queues);
		for (i = 0; i < MFETH_RSS_INDIR; i++) {
			KUNIT_ASSERT_LT(test, rss->indir[i], queues);
			count[rss->indir[i]]++;
		}
		for (i = 0; i < queues; i++) {
			KUNIT_EXPECT_GE(test, count[i],
					MFETH_RSS_INDIR / queues);
			KUNIT_EXPECT_LE(test, count[i],
					MFETH_RSS_INDIR / queues + 1);
		}
	}
}

/* ethtool -X: settings are read back as set, and other settings stay. */
static void rss_table(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);
	u32 indir[MFETH_RSS_INDIR], got[MFETH_RSS_INDIR];
	u8 key[MF_TOEPLITZ_KEY_LEN];
	struct ethtool_rxfh_param set = {}, get = { .indir = got, .key = key };
	struct mf_test_frame t;
	unsigned int i;

	rss_world(test, w);
	for (i = 0; i < MFETH_RSS_INDIR; i++)
		indir[i] = i / 40;
	rtnl_lock();
	set.indir = indir;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxfh(w->eth.dev, &set, NULL), 0);
	set.indir = NULL;
	set.key = (u8 *)rss_key;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxfh(w->eth.dev, &set, NULL), 0);
	KUNIT_EXPECT_EQ(test, mfeth_get_rxfh(w->eth.dev, &get), 0);
	KUNIT_EXPECT_EQ(test, get.hfunc, ETH_RSS_HASH_TOP);
	KUNIT_EXPECT_MEMEQ(test, got, indir, sizeof(indir));
	KUNIT_EXPECT_MEMEQ(test, key, rss_key, sizeof(key));
	rss_frame4(&t, IPPROTO_TCP, 0);
	rss_hash_is(test, rtnl_dereference(w->eth.rss), &t, RSS_V4_PORTS,
		    PKT_HASH_TYPE_L4);
	set.hfunc = ETH_RSS_HASH_XOR;
	KUNIT_EXPECT_EQ(test, mfeth_set_rxfh(w->eth.dev, &set, NULL),
			-EOPNOTSUPP);
	rtnl_unlock();
}

static void rss_no_memory(struct kunit *test)
{
	struct mfeth_world *w = mfeth_world(test);

	mf_nomem_at = 1;
	KUNIT_EXPECT_EQ(test, mfeth_rss_init(&w->eth), -ENOMEM);
	mf_nomem_at = 0;
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(w->eth.rss));
}

static struct kunit_case rss_cases[] = {
	KUNIT_CASE(rss_vectors),
	KUNIT_CASE(rss_without),
	KUNIT_CASE(rss_fields),
	KUNIT_CASE(rss_spread),
	KUNIT_CASE(rss_table),
	KUNIT_CASE(rss_no_memory),
	{}
};

struct kunit_suite mfeth_rss_suite = {
	.name = "mfeth_rss",
	.test_cases = rss_cases,
};
