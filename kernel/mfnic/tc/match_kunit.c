// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of the translation of matches of tc rules. */
#include "kunit.h"
#include "tc/rule.h"

#include "tc/match.c"

/* Fields or masks that a flower rule may have. */
struct match_fields {
	struct flow_dissector_key_meta		meta;
	struct flow_dissector_key_control	control;
	struct flow_dissector_key_basic		basic;
	struct flow_dissector_key_eth_addrs	eth;
	struct flow_dissector_key_vlan		vlan;
	struct flow_dissector_key_vlan		cvlan;
	union {
		struct flow_dissector_key_ipv4_addrs	ipv4;
		struct flow_dissector_key_ipv6_addrs	ipv6;
	};
	struct flow_dissector_key_ports		ports;
	struct flow_dissector_key_ip		ip;
	struct flow_dissector_key_tcp		tcp;
};

/**
 * struct match_rule - a rule and the result of its translation
 * @port: port of the rule
 * @dissector: fields that the rule matches
 * @fkey: values of the fields
 * @fmask: masks of the fields
 * @rule: the rule in tc's form
 * @key: resulting key of the flow table
 * @mask: resulting mask of the flow table
 * @extack: reason of a failure
 */
struct match_rule {
	struct mfnic_port	port;
	struct flow_dissector	dissector;
	struct match_fields	fkey;
	struct match_fields	fmask;
	struct flow_rule	*rule;
	struct mf_flow_key	key;
	struct mf_flow_key	mask;
	struct netlink_ext_ack	extack;
};

static void match_use(struct match_rule *r, enum flow_dissector_key_id id)
{
	static const u16 offsets[FLOW_DISSECTOR_KEY_MAX] = {
#define MATCH_AT(id, member) \
		[FLOW_DISSECTOR_KEY_##id] = offsetof(struct match_fields, member)
		MATCH_AT(META, meta),
		MATCH_AT(CONTROL, control),
		MATCH_AT(BASIC, basic),
		MATCH_AT(ETH_ADDRS, eth),
		MATCH_AT(VLAN, vlan),
		MATCH_AT(CVLAN, cvlan),
		MATCH_AT(IPV4_ADDRS, ipv4),
		MATCH_AT(IPV6_ADDRS, ipv6),
		MATCH_AT(PORTS, ports),
		MATCH_AT(IP, ip),
		MATCH_AT(TCP, tcp),
#undef MATCH_AT
	};

	r->dissector.used_keys |= BIT_ULL(id);
	r->dissector.offset[id] = offsets[id];
}

static int match_init(struct kunit *test)
{
	struct match_rule *r;

	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->rule = flow_rule_alloc(0);
	if (!r->rule)
		return -ENOMEM;
	r->rule->match.dissector = &r->dissector;
	r->rule->match.key = &r->fkey;
	r->rule->match.mask = &r->fmask;
	test->priv = r;

	return 0;
}

static void match_exit(struct kunit *test)
{
	struct match_rule *r = test->priv;

	if (r)
		kfree(r->rule);
}

static void match_clear(struct match_rule *r)
{
	memset(&r->dissector, 0, sizeof(r->dissector));
	memset(&r->fkey, 0, sizeof(r->fkey));
	memset(&r->fmask, 0, sizeof(r->fmask));
}

/* Translate in both steps, as for a new rule. */
static int match(struct match_rule *r, u16 protocol)
{
	struct flow_cls_common_offload common = {
		.protocol = htons(protocol),
		.extack = &r->extack,
	};
	int err;

	memset(&r->key, 0, sizeof(r->key));
	memset(&r->mask, 0, sizeof(r->mask));
	r->extack = (struct netlink_ext_ack) {};
	err = mfnic_match_protocol(&r->key, &r->mask, &common);
	if (err)
		return err;

	return mfnic_match_flower(&r->port, &r->key, &r->mask, r->rule,
				  &r->extack);
}

/* The protocol of a filter is that of the outermost header. */
static void match_protocols(struct kunit *test)
{
	struct match_rule *r = test->priv;

	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(&r->mask, 0, sizeof(r->mask)));

	/* Match untagged frames of this type, and no tagged frames. */
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_IP), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.ethertype), ETH_P_IP);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.ethertype), 0xffff);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.vlan_tpid), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.vlan_tpid), 0xffff);

	/* Match all frames with this tag. */
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.vlan_tpid), ETH_P_8021AD);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.ethertype), 0);

	/* Frames with a length instead of a type are refused. */
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_802_2), -EOPNOTSUPP);
	KUNIT_EXPECT_NOT_NULL(test, r->extack._msg);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_802_3_MIN - 1), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_802_3_MIN), 0);
}

/* Each field is copied to the key, under its mask. */
static void match_fields(struct kunit *test)
{
	struct match_rule *r = test->priv;

	match_use(r, FLOW_DISSECTOR_KEY_CONTROL);
	match_use(r, FLOW_DISSECTOR_KEY_BASIC);
	match_use(r, FLOW_DISSECTOR_KEY_ETH_ADDRS);
	match_use(r, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
	match_use(r, FLOW_DISSECTOR_KEY_PORTS);
	match_use(r, FLOW_DISSECTOR_KEY_IP);
	match_use(r, FLOW_DISSECTOR_KEY_TCP);
	r->fkey.control.addr_type = FLOW_DISSECTOR_KEY_IPV4_ADDRS;
	r->fmask.control.addr_type = 0xffff;
	r->fkey.basic.ip_proto = IPPROTO_TCP;
	r->fmask.basic.ip_proto = 0xff;
	memset(&r->fkey.eth, 0x5a, sizeof(r->fkey.eth));
	r->fmask.eth.dst[5] = 0xff;
	r->fmask.eth.src[0] = 0xf0;
	r->fkey.ipv4.src = htonl(0x0a000001);
	r->fmask.ipv4.src = htonl(0xffffff00);
	r->fkey.ipv4.dst = htonl(0x0a000002);
	r->fmask.ipv4.dst = htonl(0xffffffff);
	r->fkey.ports.src = htons(1000);
	r->fkey.ports.dst = htons(2000);
	r->fmask.ports.dst = htons(0xffff);
	r->fkey.ip.tos = 0xff;
	r->fmask.ip.tos = 0xfc;
	r->fkey.ip.ttl = 64;
	r->fmask.ip.ttl = 0xff;
	r->fkey.tcp.flags = htons(0x002);
	r->fmask.tcp.flags = htons(0x012);

	KUNIT_ASSERT_EQ(test, match(r, ETH_P_IP), 0);
	KUNIT_EXPECT_EQ(test, r->key.ip_proto, IPPROTO_TCP);
	KUNIT_EXPECT_EQ(test, r->mask.ip_proto, 0xff);
	KUNIT_EXPECT_EQ(test, ether_addr_to_u64(r->key.dmac), 0x5a);
	KUNIT_EXPECT_EQ(test, ether_addr_to_u64(r->mask.dmac), 0xff);
	KUNIT_EXPECT_EQ(test, ether_addr_to_u64(r->key.smac), 0x500000000000);
	KUNIT_EXPECT_EQ(test, ether_addr_to_u64(r->mask.smac), 0xf00000000000);
	KUNIT_EXPECT_EQ(test, ntohl(r->key.saddr.s6_addr32[0]), 0x0a000000);
	KUNIT_EXPECT_EQ(test, ntohl(r->mask.saddr.s6_addr32[0]), 0xffffff00);
	KUNIT_EXPECT_EQ(test, ntohl(r->key.daddr.s6_addr32[0]), 0x0a000002);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.sport), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.dport), 2000);
	KUNIT_EXPECT_EQ(test, r->key.ip_tos, 0xfc);
	KUNIT_EXPECT_EQ(test, r->key.ip_ttl, 64);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.tcp_flags), 0x002);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.tcp_flags), 0x012);
}

static void match_ipv6(struct kunit *test)
{
	struct match_rule *r = test->priv;

	match_use(r, FLOW_DISSECTOR_KEY_CONTROL);
	match_use(r, FLOW_DISSECTOR_KEY_IPV6_ADDRS);
	r->fkey.control.addr_type = FLOW_DISSECTOR_KEY_IPV6_ADDRS;
	r->fmask.control.addr_type = 0xffff;
	memset(&r->fkey.ipv6.src, 0x11, 16);
	memset(&r->fmask.ipv6.src, 0xff, 8);
	memset(&r->fkey.ipv6.dst, 0x22, 16);
	r->fmask.ipv6.dst.s6_addr[15] = 0xff;
	KUNIT_ASSERT_EQ(test, match(r, ETH_P_ALL), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.ethertype), ETH_P_IPV6);
	KUNIT_EXPECT_NULL(test, memchr_inv(&r->key.saddr, 0x11, 8));
	KUNIT_EXPECT_NULL(test, memchr_inv(r->key.saddr.s6_addr + 8, 0, 8));
	KUNIT_EXPECT_NULL(test, memchr_inv(r->key.daddr.s6_addr, 0, 15));
	KUNIT_EXPECT_EQ(test, r->key.daddr.s6_addr[15], 0x22);
}

/* The kind of addresses must agree with the protocol. */
static void match_contradicts(struct kunit *test)
{
	struct match_rule *r = test->priv;

	match_use(r, FLOW_DISSECTOR_KEY_CONTROL);
	match_use(r, FLOW_DISSECTOR_KEY_IPV6_ADDRS);
	r->fkey.control.addr_type = FLOW_DISSECTOR_KEY_IPV6_ADDRS;
	r->fmask.control.addr_type = 0xffff;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_IPV6), 0);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_IP), -EOPNOTSUPP);
	KUNIT_EXPECT_NOT_NULL(test, r->extack._msg);

	/* An unknown kind of addresses is refused. */
	r->fkey.control.addr_type = FLOW_DISSECTOR_KEY_TIPC;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), -EOPNOTSUPP);

	match_clear(r);
	match_use(r, FLOW_DISSECTOR_KEY_BASIC);
	r->fkey.basic.n_proto = htons(ETH_P_ARP);
	r->fmask.basic.n_proto = htons(0xffff);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), 0);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ARP), 0);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_IP), -EOPNOTSUPP);
}

static void match_fragments(struct kunit *test)
{
	static const struct {
		u32 flags, mask;
		u8 key, kmask;
		int err;
	} cases[] = {
		{ FLOW_DIS_IS_FRAGMENT, FLOW_DIS_IS_FRAGMENT,
		  MF_FLOW_FRAG, MF_FLOW_FRAG, 0 },
		{ 0, FLOW_DIS_IS_FRAGMENT, 0, MF_FLOW_FRAG, 0 },
		{ FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
		  FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
		  MF_FLOW_FRAG | MF_FLOW_FRAG_FIRST,
		  MF_FLOW_FRAG | MF_FLOW_FRAG_FIRST, 0 },
		{ FLOW_DIS_IS_FRAGMENT,
		  FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
		  MF_FLOW_FRAG, MF_FLOW_FRAG | MF_FLOW_FRAG_FIRST, 0 },
		{ 0, FLOW_DIS_ENCAPSULATION, 0, 0, -EOPNOTSUPP },
		{ 0, FLOW_DIS_IS_FRAGMENT | BIT(31), 0, 0, -EOPNOTSUPP },
	};
	struct match_rule *r = test->priv;
	unsigned int i;

	match_use(r, FLOW_DISSECTOR_KEY_CONTROL);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		r->fkey.control.flags = cases[i].flags;
		r->fmask.control.flags = cases[i].mask;
		KUNIT_EXPECT_EQ(test, match(r, ETH_P_IP), cases[i].err);
		if (cases[i].err)
			continue;
		KUNIT_EXPECT_EQ(test, r->key.ip_frag, cases[i].key);
		KUNIT_EXPECT_EQ(test, r->mask.ip_frag, cases[i].kmask);
	}
}

/*
 * Match one tag. If the type behind the tag is no tag's, there is only one tag.
 */
static void match_vlans(struct kunit *test)
{
	struct match_rule *r = test->priv;

	match_use(r, FLOW_DISSECTOR_KEY_VLAN);
	r->fkey.vlan.vlan_id = 0xabc;
	r->fmask.vlan.vlan_id = 0xfff;
	r->fkey.vlan.vlan_priority = 5;
	r->fkey.vlan.vlan_dei = 1;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021Q), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.vlan_tci), 0x0abc);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.vlan_tci), 0x0fff);
	KUNIT_EXPECT_EQ(test, r->mask.vlan_tags, 0);

	r->fmask.vlan.vlan_priority = 7;
	r->fmask.vlan.vlan_dei = 1;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021Q), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.vlan_tci), 0xbabc);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.vlan_tci), 0xffff);

	r->fkey.vlan.vlan_eth_type = htons(ETH_P_IP);
	r->fmask.vlan.vlan_eth_type = htons(0xffff);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021Q), 0);
	KUNIT_EXPECT_EQ(test, r->key.vlan_tags, 1);
	KUNIT_EXPECT_EQ(test, r->mask.vlan_tags, 0xff);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.ethertype), ETH_P_IP);

	r->fkey.vlan.vlan_eth_type = htons(ETH_P_8021Q);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), 0);
	KUNIT_EXPECT_EQ(test, r->mask.vlan_tags, 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.cvlan_tpid), ETH_P_8021Q);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.cvlan_tpid), 0xffff);

	/* The TPID is given twice and must be the same. */
	r->fmask.vlan.vlan_eth_type = 0;
	r->fkey.vlan.vlan_tpid = htons(ETH_P_8021AD);
	r->fmask.vlan.vlan_tpid = htons(0xffff);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), 0);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021Q), -EOPNOTSUPP);
}

/* Match two tags and the type behind both. A third tag cannot be matched. */
static void match_cvlans(struct kunit *test)
{
	struct match_rule *r = test->priv;

	match_use(r, FLOW_DISSECTOR_KEY_VLAN);
	r->fkey.vlan.vlan_eth_type = htons(ETH_P_8021Q);
	r->fmask.vlan.vlan_eth_type = htons(0xffff);
	match_use(r, FLOW_DISSECTOR_KEY_CVLAN);
	r->fkey.cvlan.vlan_tpid = htons(ETH_P_8021Q);
	r->fmask.cvlan.vlan_tpid = htons(0xffff);
	r->fkey.cvlan.vlan_id = 0x123;
	r->fmask.cvlan.vlan_id = 0xfff;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.vlan_tpid), ETH_P_8021AD);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.vlan_tci), 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.cvlan_tci), 0x123);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.cvlan_tci), 0xfff);
	KUNIT_EXPECT_EQ(test, r->mask.vlan_tags, 0);
	KUNIT_EXPECT_EQ(test, ntohs(r->mask.ethertype), 0);

	r->fkey.cvlan.vlan_eth_type = htons(ETH_P_IPV6);
	r->fmask.cvlan.vlan_eth_type = htons(0xffff);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), 0);
	KUNIT_EXPECT_EQ(test, r->key.vlan_tags, 2);
	KUNIT_EXPECT_EQ(test, r->mask.vlan_tags, 0xff);
	KUNIT_EXPECT_EQ(test, ntohs(r->key.ethertype), ETH_P_IPV6);

	r->fkey.cvlan.vlan_eth_type = htons(ETH_P_8021Q);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), -EOPNOTSUPP);
	r->fmask.cvlan.vlan_eth_type = 0;
	r->fkey.cvlan.vlan_tpid = htons(ETH_P_8021AD);
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_8021AD), -EOPNOTSUPP);
}

/* "indev" may only name the device itself, which changes nothing. */
static void match_indev(struct kunit *test)
{
	struct match_rule *r = test->priv;
	struct net_device *dev = alloc_etherdev(0);

	KUNIT_ASSERT_NOT_NULL(test, dev);
	dev->ifindex = 77;
	r->port.rep = dev;
	match_use(r, FLOW_DISSECTOR_KEY_META);
	r->fkey.meta.ingress_ifindex = 77;
	r->fmask.meta.ingress_ifindex = U32_MAX;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(&r->mask, 0, sizeof(r->mask)));
	r->fkey.meta.ingress_ifindex = 78;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), -EOPNOTSUPP);
	r->fmask.meta.ingress_ifindex = 0;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), 0);
	r->fmask.meta.l2_miss = 1;
	KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), -EOPNOTSUPP);
	free_netdev(dev);
}

/* Each unsupported key is refused, and the message names the key. */
static void match_refused(struct kunit *test)
{
	struct match_rule *r = test->priv;
	unsigned int id;

	for (id = 0; id < FLOW_DISSECTOR_KEY_MAX; id++) {
		match_clear(r);
		if (MFNIC_KEYS & BIT_ULL(id))
			continue;
		match_use(r, id);
		KUNIT_EXPECT_EQ_MSG(test, match(r, ETH_P_ALL), -EOPNOTSUPP,
				    "key %u", id);
		KUNIT_EXPECT_NOT_NULL(test, r->extack._msg);
		/* The same in combination with supported keys. */
		match_use(r, FLOW_DISSECTOR_KEY_ETH_ADDRS);
		KUNIT_EXPECT_EQ(test, match(r, ETH_P_ALL), -EOPNOTSUPP);
	}
}

/* For any rule, the key has no bit outside the mask. */
static void match_random(struct kunit *test)
{
	static const u8 ids[] = {
		FLOW_DISSECTOR_KEY_BASIC, FLOW_DISSECTOR_KEY_ETH_ADDRS,
		FLOW_DISSECTOR_KEY_VLAN, FLOW_DISSECTOR_KEY_PORTS,
		FLOW_DISSECTOR_KEY_IP, FLOW_DISSECTOR_KEY_TCP,
		FLOW_DISSECTOR_KEY_CONTROL, FLOW_DISSECTOR_KEY_IPV4_ADDRS,
	};
	struct match_rule *r = test->priv;
	unsigned int i, j, good = 0;
	struct rnd_state rnd;

	mf_test_seed(&rnd);
	for (i = 0; i < 5000; i++) {
		match_clear(r);
		prandom_bytes_state(&rnd, &r->fkey, sizeof(r->fkey));
		prandom_bytes_state(&rnd, &r->fmask, sizeof(r->fmask));
		r->fkey.control.addr_type = FLOW_DISSECTOR_KEY_IPV4_ADDRS;
		r->fmask.control.flags &= FLOW_DIS_IS_FRAGMENT;
		for (j = 0; j < ARRAY_SIZE(ids); j++)
			if (mf_test_below(&rnd, 2))
				match_use(r, ids[j]);
		if (mf_test_below(&rnd, 2)) {
			r->fmask.vlan.vlan_eth_type = 0;
			r->fmask.basic.n_proto = 0;
		}
		if (match(r, ETH_P_ALL))
			continue;
		good++;
		for (j = 0; j < sizeof(r->key); j++)
			KUNIT_ASSERT_EQ(test, 0, ((u8 *)&r->key)[j] &
						 ~((u8 *)&r->mask)[j]);
	}
	KUNIT_EXPECT_GT(test, good, 1000);
}

static struct kunit_case match_cases[] = {
	KUNIT_CASE(match_protocols),
	KUNIT_CASE(match_fields),
	KUNIT_CASE(match_ipv6),
	KUNIT_CASE(match_contradicts),
	KUNIT_CASE(match_fragments),
	KUNIT_CASE(match_vlans),
	KUNIT_CASE(match_cvlans),
	KUNIT_CASE(match_indev),
	KUNIT_CASE(match_refused),
	KUNIT_CASE(match_random),
	{}
};

struct kunit_suite mfnic_tc_match_suite = {
	.name = "mfnic_tc_match",
	.init = match_init,
	.exit = match_exit,
	.test_cases = match_cases,
};
