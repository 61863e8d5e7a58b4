// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the logic that needs no device: sets of destinations, keys, flow
 * tables, changes of headers. The module reports in KTAP and refuses to load if a case failed. It
 * has its own copy of the code under test, so that mfnic exports nothing.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/random.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "dests.c"
#include "edit.c"
#include "flow_key.c"
#include "flow_table.c"

MODULE_DESCRIPTION("Tests of the multi-function NIC in software");
MODULE_LICENSE("Dual BSD/GPL");

static unsigned int failures;	/* of the case under way */

#define expect(cond)							\
do {									\
	if (!(cond)) {							\
		failures++;						\
		pr_info("# %s:%d: %s\n", __func__, __LINE__, #cond);	\
	}								\
} while (0)

/* A frame in one piece, built from the outermost header in. */
struct test_frame {
	struct mf_frame	frame;
	u8		data[MF_FRAME_HDR];
};

static void *test_push(struct test_frame *t, size_t len)
{
	void *at = t->data + t->frame.len;

	memset(at, 0, len);
	t->frame.hdr = t->data;
	t->frame.len += len;
	t->frame.hdr_len = t->frame.len;

	return at;
}

static void test_eth(struct test_frame *t, u8 last, u16 type)
{
	struct ethhdr *eth;

	memset(t, 0, sizeof(*t));
	eth = test_push(t, sizeof(*eth));
	memset(eth->h_dest, 2, ETH_ALEN);
	eth->h_dest[ETH_ALEN - 1] = last;
	memset(eth->h_source, 4, ETH_ALEN);
	eth->h_proto = htons(type);
}

static void test_tag(struct test_frame *t, u16 tci, u16 type)
{
	struct vlan_hdr *tag = test_push(t, sizeof(*tag));

	tag->h_vlan_TCI = htons(tci);
	tag->h_vlan_encapsulated_proto = htons(type);
}

static void test_ipv4(struct test_frame *t, u8 proto, u16 frag)
{
	struct iphdr *ip = test_push(t, sizeof(*ip));

	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = 0x20;
	ip->ttl = 7;
	ip->protocol = proto;
	ip->tot_len = htons(100);
	ip->frag_off = htons(frag);
	ip->saddr = htonl(0x0a000001);
	ip->daddr = htonl(0x0a000002);
}

static void test_ports(struct test_frame *t, size_t len)
{
	__be16 *ports = test_push(t, len);

	ports[0] = htons(1000);
	ports[1] = htons(2000);
}

static void key_layer2(void)
{
	struct mf_flow_key key;
	struct test_frame t;

	test_eth(&t, 9, ETH_P_ARP);
	mfnic_key_parse(&key, MFNIC_KEY_L2, &t.frame);
	expect(!memcmp(key.dmac, t.data, ETH_ALEN));
	expect(!memcmp(key.smac, t.data + ETH_ALEN, ETH_ALEN));
	expect(key.ethertype == htons(ETH_P_ARP));
	expect(!key.vlan_tpid && !key.vlan_tci);

	test_eth(&t, 9, ETH_P_8021Q);
	test_tag(&t, 0x6005, ETH_P_IP);
	mfnic_key_parse(&key, MFNIC_KEY_L2, &t.frame);
	expect(key.vlan_tpid == htons(ETH_P_8021Q));
	expect(key.vlan_tci == htons(0x6005));
	expect(key.ethertype == htons(ETH_P_IP));

	test_eth(&t, 9, ETH_P_8021AD);
	test_tag(&t, 1, ETH_P_8021Q);
	test_tag(&t, 2, ETH_P_IPV6);
	mfnic_key_parse(&key, MFNIC_KEY_L2, &t.frame);
	expect(key.vlan_tpid == htons(ETH_P_8021AD));
	expect(key.vlan_tci == htons(1));
	expect(key.ethertype == htons(ETH_P_IPV6));

	/* A tag that is cut off is not read. */
	test_eth(&t, 9, ETH_P_8021Q);
	test_push(&t, 3);
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(!key.vlan_tpid && key.ethertype == htons(ETH_P_8021Q));
}

static void key_ipv4(void)
{
	struct mf_flow_key key;
	struct test_frame t;

	test_eth(&t, 9, ETH_P_8021Q);
	test_tag(&t, 5, ETH_P_IP);
	test_ipv4(&t, IPPROTO_UDP, IP_DF);
	test_ports(&t, sizeof(struct udphdr));
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.ip_proto == IPPROTO_UDP && key.ip_tos == 0x20);
	expect(key.ip_ttl == 7 && !key.ip_frag);
	expect(key.saddr.s6_addr32[0] == htonl(0x0a000001));
	expect(key.daddr.s6_addr32[0] == htonl(0x0a000002));
	expect(!key.saddr.s6_addr32[1] && !key.daddr.s6_addr32[3]);
	expect(key.sport == htons(1000) && key.dport == htons(2000));
	expect(!key.tcp_flags);

	/* Fragments have no ports, not even the first. */
	test_eth(&t, 9, ETH_P_IP);
	test_ipv4(&t, IPPROTO_UDP, IP_MF);
	test_ports(&t, sizeof(struct udphdr));
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.ip_frag == (MF_FLOW_FRAG | MF_FLOW_FRAG_FIRST));
	expect(key.ip_proto == IPPROTO_UDP && !key.sport && !key.dport);

	test_eth(&t, 9, ETH_P_IP);
	test_ipv4(&t, IPPROTO_UDP, 10);
	test_ports(&t, sizeof(struct udphdr));
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.ip_frag == MF_FLOW_FRAG);
	expect(key.ip_proto == IPPROTO_UDP && !key.sport && !key.dport);

	/* Half a header is none. */
	test_eth(&t, 9, ETH_P_IP);
	test_ipv4(&t, IPPROTO_UDP, 0);
	t.frame.hdr_len -= 10;
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(!key.ip_proto && !key.saddr.s6_addr32[0]);
}

static void key_ipv6(void)
{
	struct ipv6_opt_hdr *opt;
	struct mf_flow_key key;
	struct test_frame t;
	struct ipv6hdr *ip;
	struct tcphdr *tcp;

	test_eth(&t, 9, ETH_P_IPV6);
	ip = test_push(&t, sizeof(*ip));
	ip->version = 6;
	ip->nexthdr = NEXTHDR_HOP;
	ip->hop_limit = 3;
	ip->payload_len = htons(100);
	ip->saddr.s6_addr[15] = 1;
	ip->daddr.s6_addr[0] = 0xfe;
	opt = test_push(&t, 8);
	opt->nexthdr = IPPROTO_TCP;
	tcp = test_push(&t, sizeof(*tcp));
	tcp->source = htons(1000);
	tcp->dest = htons(2000);
	tcp->doff = sizeof(*tcp) / 4;
	tcp->syn = 1;
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.ip_proto == IPPROTO_TCP && key.ip_ttl == 3);
	expect(key.saddr.s6_addr[15] == 1 && key.daddr.s6_addr[0] == 0xfe);
	expect(key.dport == htons(2000));
	expect(key.tcp_flags == htons(0x002));
}

/* Whatever is in a frame, nothing is read behind its end. */
static void key_garbage(void)
{
	struct mf_flow_key key;
	struct mf_frame frame;
	unsigned int i;
	u8 *data;

	for (i = 0; i < 2000; i++) {
		frame.len = MF_FRAME_MIN + get_random_u32_below(MF_FRAME_HDR -
								MF_FRAME_MIN);
		frame.hdr_len = frame.len;
		/* Its own allocation, for KASAN to see. */
		data = kmalloc(frame.len, GFP_KERNEL);
		if (!data)
			return;
		get_random_bytes(data, frame.len);
		data[12] = i & 1 ? 0x08 : 0x86;
		data[13] = i & 1 ? 0x00 : 0xdd;
		frame.hdr = data;
		mfnic_key_parse(&key, MFNIC_KEY_L4, &frame);
		kfree(data);
	}
}

static void dests_set(void)
{
	struct mfnic_dests __rcu *set = NULL;
	struct mfnic_dests *now;
	int a, b, c;

	expect(!mfnic_dests_add(&set, &a));
	expect(!mfnic_dests_add(&set, &b));
	expect(!mfnic_dests_add(&set, &c));
	expect(!mfnic_dests_add(&set, &a));
	now = rcu_dereference_protected(set, true);
	expect(now->n == 3);
	/* Named twice, it goes with the second rule. */
	expect(!mfnic_dests_del(&set, &a));
	now = rcu_dereference_protected(set, true);
	expect(now->n == 3);
	expect(!mfnic_dests_del(&set, &a));
	now = rcu_dereference_protected(set, true);
	expect(now->n == 2 && now->dest[0].to != &a && now->dest[1].to != &a);
	expect(!mfnic_dests_del(&set, &b));
	expect(mfnic_dests_del(&set, &c));
	expect(!rcu_access_pointer(set));
}

static void key_tags(void)
{
	struct mf_flow_key key;
	struct test_frame t;

	test_eth(&t, 9, ETH_P_IP);
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.vlan_tags == 0);
	test_eth(&t, 9, ETH_P_8021Q);
	test_tag(&t, 5, ETH_P_IP);
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.vlan_tags == 1);
	test_eth(&t, 9, ETH_P_8021AD);
	test_tag(&t, 5, ETH_P_8021Q);
	test_tag(&t, 6, ETH_P_IP);
	mfnic_key_parse(&key, MFNIC_KEY_L4, &t.frame);
	expect(key.vlan_tags == 2);
	expect(key.vlan_tpid == htons(ETH_P_8021AD));
	expect(key.vlan_tci == htons(5));
}

/* What is pushed comes off again, and the original never changes. */
static void edit_tags(void)
{
	struct test_frame t, before;
	struct mfnic_edit edit;

	test_eth(&t, 9, ETH_P_8021Q);
	test_tag(&t, 0x6005, ETH_P_IP);
	test_ipv4(&t, IPPROTO_UDP, 0);
	test_ports(&t, sizeof(struct udphdr));
	t.frame.len += 1000;
	before = t;

	mfnic_edit_start(&edit, &t.frame);
	expect(edit.frame.hdr == mfnic_edit_hdr(&edit));
	expect(!memcmp(edit.frame.hdr, t.data, t.frame.hdr_len));

	expect(mfnic_edit_vlan_push(&edit, htons(ETH_P_8021AD), 7));
	expect(edit.frame.len == before.frame.len + 4);
	expect(edit.frame.hdr_len == before.frame.hdr_len + 4);
	expect(!memcmp(edit.frame.hdr, t.data, 2 * ETH_ALEN));
	expect(!memcmp(edit.frame.hdr + 12, "\x88\xa8\x00\x07", 4));
	expect(!memcmp(edit.frame.hdr + 16, t.data + 12,
		       before.frame.hdr_len - 12));

	expect(mfnic_edit_vlan_pop(&edit));
	expect(edit.frame.len == before.frame.len);
	expect(!memcmp(edit.frame.hdr, t.data, before.frame.hdr_len));

	expect(mfnic_edit_vlan_pop(&edit));
	expect(edit.frame.len == before.frame.len - 4);
	expect(!memcmp(edit.frame.hdr, t.data, 2 * ETH_ALEN));
	expect(!memcmp(edit.frame.hdr + 12, t.data + 16,
		       before.frame.hdr_len - 16));
	/* No tag is left. */
	expect(!mfnic_edit_vlan_pop(&edit));
	expect(!memcmp(&before, &t, sizeof(t)));
}

static void edit_limits(void)
{
	struct mfnic_edit edit;
	struct test_frame t;
	unsigned int i;

	test_eth(&t, 9, ETH_P_IP);
	mfnic_edit_start(&edit, &t.frame);
	for (i = 0; i < MFNIC_EDIT_TAGS; i++)
		expect(mfnic_edit_vlan_push(&edit, htons(ETH_P_8021Q), i));
	expect(!mfnic_edit_vlan_push(&edit, htons(ETH_P_8021Q), i));
	expect(edit.off == 0);

	/* A tag that is not all there. */
	test_eth(&t, 9, ETH_P_8021Q);
	test_push(&t, 3);
	mfnic_edit_start(&edit, &t.frame);
	expect(!mfnic_edit_vlan_pop(&edit));
	expect(edit.frame.len == t.frame.len);
}

/* The only destination of the frame, NULL if there is none. */
static void *test_lookup(struct mfnic_flow_table *table,
			 const struct test_frame *t)
{
	const struct mfnic_dests *dests;
	struct mfnic_parse parse;
	void *to = NULL;

	rcu_read_lock();
	mfnic_parse_init(&parse, &t->frame);
	dests = mfnic_flow_lookup(table, &parse);
	if (dests) {
		expect(dests->n == 1);
		to = dests->dest[0].to;
	}
	rcu_read_unlock();

	return to;
}

static void table_priorities(void)
{
	struct mf_flow_key by_type = { .ethertype = htons(0xffff) };
	struct mf_flow_key key = { .ethertype = htons(ETH_P_IP) };
	struct mfnic_flow_rule *all, *type, *mac;
	struct mf_flow_key by_mac = {}, any = {};
	struct mfnic_flow_table table;
	struct test_frame t;
	int a, b, c;

	mfnic_flow_table_init(&table, UINT_MAX);
	test_eth(&t, 9, ETH_P_IP);
	expect(!test_lookup(&table, &t));

	ether_addr_copy(key.dmac, t.data);
	eth_broadcast_addr(by_mac.dmac);
	all = mfnic_flow_add(&table, 9, &key, &any, &a);
	expect(test_lookup(&table, &t) == &a);
	type = mfnic_flow_add(&table, 5, &key, &by_type, &b);
	expect(test_lookup(&table, &t) == &b);
	mac = mfnic_flow_add(&table, 1, &key, &by_mac, &c);
	expect(test_lookup(&table, &t) == &c);

	t.data[5]++;	/* another MAC */
	expect(test_lookup(&table, &t) == &b);
	t.data[13]++;	/* another type */
	expect(test_lookup(&table, &t) == &a);

	mfnic_flow_del(&table, all);
	expect(!test_lookup(&table, &t));
	mfnic_flow_del(&table, mac);
	mfnic_flow_del(&table, type);
	mfnic_flow_table_destroy(&table);
}

static void table_shared_entry(void)
{
	struct mf_flow_key mask = { .dport = htons(0xffff) };
	struct mf_flow_key key = { .dport = htons(2000) };
	const struct mfnic_dests *dests;
	struct mfnic_flow_rule *rule[3];
	struct mfnic_flow_table table;
	struct mfnic_parse parse;
	struct test_frame t;
	int a, b;

	mfnic_flow_table_init(&table, UINT_MAX);
	test_eth(&t, 9, ETH_P_IP);
	test_ipv4(&t, IPPROTO_UDP, 0);
	test_ports(&t, sizeof(struct udphdr));

	rule[0] = mfnic_flow_add(&table, 0, &key, &mask, &a);
	rule[1] = mfnic_flow_add(&table, 0, &key, &mask, &b);
	rule[2] = mfnic_flow_add(&table, 0, &key, &mask, &b);
	rcu_read_lock();
	mfnic_parse_init(&parse, &t.frame);
	dests = mfnic_flow_lookup(&table, &parse);
	expect(dests && dests->n == 2);
	rcu_read_unlock();

	mfnic_flow_del(&table, rule[0]);
	expect(test_lookup(&table, &t) == &b);
	mfnic_flow_del(&table, rule[1]);
	expect(test_lookup(&table, &t) == &b);
	mfnic_flow_del(&table, rule[2]);
	expect(!test_lookup(&table, &t));
	mfnic_flow_table_destroy(&table);
}

static void table_many(void)
{
	enum { N = 5000 };
	struct mf_flow_key mask = {}, key = {};
	struct mfnic_flow_table table;
	struct mfnic_flow_rule **rule;
	struct test_frame t;
	unsigned int i;

	rule = kvcalloc(N, sizeof(*rule), GFP_KERNEL);
	if (!rule)
		return;

	mfnic_flow_table_init(&table, UINT_MAX);
	eth_broadcast_addr(mask.dmac);
	test_eth(&t, 0, ETH_P_IP);
	for (i = 0; i < N; i++) {
		u64_to_ether_addr(i * 2, key.dmac);
		rule[i] = mfnic_flow_add(&table, 0, &key, &mask, &rule[i]);
	}
	for (i = 0; i < N; i++) {
		u64_to_ether_addr(i * 2, t.data);
		expect(test_lookup(&table, &t) == &rule[i]);
		u64_to_ether_addr(i * 2 + 1, t.data);
		expect(!test_lookup(&table, &t));
	}
	for (i = 0; i < N; i++)
		mfnic_flow_del(&table, rule[i]);
	mfnic_flow_table_destroy(&table);
	kvfree(rule);
}

static const struct {
	const char *name;
	void (*run)(void);
} mfnic_cases[] = {
	{ "key_layer2", key_layer2 },
	{ "key_ipv4", key_ipv4 },
	{ "key_ipv6", key_ipv6 },
	{ "key_garbage", key_garbage },
	{ "key_tags", key_tags },
	{ "edit_tags", edit_tags },
	{ "edit_limits", edit_limits },
	{ "dests_set", dests_set },
	{ "table_priorities", table_priorities },
	{ "table_shared_entry", table_shared_entry },
	{ "table_many", table_many },
};

static int __init mfnic_test_init(void)
{
	unsigned int failed = 0, i;
	int err;

	mfnic_key_init();
	err = mfnic_flow_init();
	if (err)
		return err;

	pr_info("KTAP version 1\n");
	pr_info("1..%zu\n", ARRAY_SIZE(mfnic_cases));
	for (i = 0; i < ARRAY_SIZE(mfnic_cases); i++) {
		failures = 0;
		mfnic_cases[i].run();
		failed += !!failures;
		pr_info("%sok %u %s\n", failures ? "not " : "", i + 1,
			mfnic_cases[i].name);
	}

	if (failed) {
		mfnic_flow_exit();
		return -EINVAL;
	}

	return 0;
}
module_init(mfnic_test_init);

static void __exit mfnic_test_exit(void)
{
	mfnic_flow_exit();
}
module_exit(mfnic_test_exit);
