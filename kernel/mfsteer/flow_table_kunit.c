// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the flow table.
 */
#include <linux/etherdevice.h>

#include "kunit.h"
#include "../kunit/mf_nomem.h"

#include "flow_table.c"

/* Return the first destination of a frame, or NULL, and their number in @n. */
static void *table_dests(struct mf_flow_table *table, unsigned int prio,
			 const struct mf_test_frame *t, unsigned int *n)
{
	const struct mf_dests *dests;
	struct mf_parse parse;
	void *to = NULL;

	*n = 0;
	rcu_read_lock();
	mf_parse_init(&parse, &t->frame);
	dests = mf_flow_lookup_from(table, prio, &parse);
	if (dests) {
		to = dests->dest[0].to;
		*n = dests->n;
	}
	rcu_read_unlock();

	return to;
}

static void *table_dest(struct mf_flow_table *table,
			const struct mf_test_frame *t)
{
	unsigned int n;

	return table_dests(table, 0, t, &n);
}

static unsigned int table_groups(const struct mf_flow_table *table)
{
	return list_count_nodes((struct list_head *)&table->groups);
}

/* Build a UDP frame with a value in each field. */
static void table_frame(struct mf_test_frame *t)
{
	mf_test_eth(t, 9, ETH_P_IP);
	mf_test_ipv4(t, IPPROTO_UDP, 0);
	mf_test_ports(t, sizeof(struct udphdr));
}

static void table_priorities(struct kunit *test)
{
	struct mf_flow_key by_type = { .ethertype = htons(0xffff) };
	struct mf_flow_key key = { .ethertype = htons(ETH_P_IP) };
	struct mf_flow_rule *all, *type, *mac;
	struct mf_flow_key by_mac = {}, any = {};
	struct mf_flow_table table;
	struct mf_test_frame t;
	unsigned int n;
	int a, b, c;

	mf_flow_table_init(&table, UINT_MAX);
	mf_test_eth(&t, 9, ETH_P_IP);
	KUNIT_EXPECT_NULL(test, table_dest(&table, &t));

	ether_addr_copy(key.dmac, t.data);
	eth_broadcast_addr(by_mac.dmac);
	all = mf_flow_add(&table, 9, &key, &any, &a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, all);
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&a);
	type = mf_flow_add(&table, 5, &key, &by_type, &b);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, type);
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&b);
	mac = mf_flow_add(&table, 1, &key, &by_mac, &c);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mac);
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&c);

	/* A lookup from a later priority on skips the rules before it. */
	KUNIT_EXPECT_PTR_EQ(test, table_dests(&table, 1, &t, &n), (void *)&c);
	KUNIT_EXPECT_PTR_EQ(test, table_dests(&table, 2, &t, &n), (void *)&b);
	KUNIT_EXPECT_PTR_EQ(test, table_dests(&table, 6, &t, &n), (void *)&a);
	KUNIT_EXPECT_NULL(test, table_dests(&table, 10, &t, &n));
	KUNIT_EXPECT_NULL(test, table_dests(&table, U16_MAX + 1, &t, &n));

	t.data[5]++;	/* another MAC */
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&b);
	t.data[13]++;	/* another type */
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&a);

	mf_flow_del(&table, all);
	KUNIT_EXPECT_NULL(test, table_dest(&table, &t));
	mf_flow_del(&table, mac);
	mf_flow_del(&table, type);
	mf_flow_table_destroy(&table);
}

/* Rules with the same key share an entry, and a frame goes to all of them. */
static void table_shared_entry(struct kunit *test)
{
	struct mf_flow_key mask = { .dport = htons(0xffff) };
	struct mf_flow_key key = { .dport = htons(2000) };
	struct mf_flow_rule *rule[3];
	struct mf_flow_table table;
	struct mf_test_frame t;
	unsigned int n;
	int a, b;

	mf_flow_table_init(&table, UINT_MAX);
	table_frame(&t);

	rule[0] = mf_flow_add(&table, 0, &key, &mask, &a);
	rule[1] = mf_flow_add(&table, 0, &key, &mask, &b);
	rule[2] = mf_flow_add(&table, 0, &key, &mask, &b);
	table_dests(&table, 0, &t, &n);
	KUNIT_EXPECT_EQ(test, n, 2);

	mf_flow_del(&table, rule[0]);
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&b);
	mf_flow_del(&table, rule[1]);
	KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&b);
	mf_flow_del(&table, rule[2]);
	KUNIT_EXPECT_NULL(test, table_dest(&table, &t));
	mf_flow_table_destroy(&table);
}

/* Bits outside the mask do not matter, neither in rules nor in frames. */
static void table_bits_outside(struct kunit *test)
{
	struct mf_flow_key mask = { .daddr.s6_addr = { 0xff, 0xf0 } };
	struct mf_flow_key key, other;
	struct mf_flow_rule *rule[2];
	struct mf_flow_table table;
	struct mf_test_frame t;
	unsigned int n;
	int a, b;

	mf_flow_table_init(&table, UINT_MAX);
	table_frame(&t);
	mf_key_parse(&key, MF_KEY_L4, &t.frame);
	memset(&other, 0xff, sizeof(other));
	other.daddr.s6_addr[0] = key.daddr.s6_addr[0];
	other.daddr.s6_addr[1] = key.daddr.s6_addr[1] | 0x0f;

	rule[0] = mf_flow_add(&table, 0, &key, &mask, &a);
	rule[1] = mf_flow_add(&table, 0, &other, &mask, &b);
	table_dests(&table, 0, &t, &n);
	KUNIT_EXPECT_EQ(test, n, 2);
	KUNIT_EXPECT_EQ(test, rule[0]->group->entries, 1);

	mf_flow_del(&table, rule[0]);
	mf_flow_del(&table, rule[1]);
	mf_flow_table_destroy(&table);
}

/*
 * Any single bit of any field can be matched; the opposite value does not
 * match.
 */
static void table_each_bit(struct kunit *test)
{
	struct mf_flow_table table;
	struct mf_flow_rule *rule;
	struct mf_flow_key mask, key;
	struct mf_test_frame t;
	unsigned int bit;
	int a;

	mf_flow_table_init(&table, UINT_MAX);
	table_frame(&t);
	for (bit = 0; bit < 8 * sizeof(mask); bit++) {
		memset(&mask, 0, sizeof(mask));
		((u8 *)&mask)[bit / 8] = 1 << bit % 8;
		mf_key_parse(&key, MF_KEY_L4, &t.frame);

		rule = mf_flow_add(&table, 0, &key, &mask, &a);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rule);
		KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&a);
		mf_flow_del(&table, rule);

		((u8 *)&key)[bit / 8] ^= 1 << bit % 8;
		rule = mf_flow_add(&table, 0, &key, &mask, &a);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rule);
		KUNIT_EXPECT_NULL(test, table_dest(&table, &t));
		mf_flow_del(&table, rule);
	}
	mf_flow_table_destroy(&table);
}

/* A table has at most the given number of pairs of priority and mask. */
static void table_groups_limited(struct kunit *test)
{
	struct mf_flow_key type = { .ethertype = htons(0xffff) };
	struct mf_flow_key tags = { .vlan_tags = 0xff };
	struct mf_flow_key key = {}, key2 = { .ethertype = htons(1) };
	struct mf_flow_rule *rule[4];
	struct mf_flow_table table;
	int a;

	mf_flow_table_init(&table, 3);
	rule[0] = mf_flow_add(&table, 0, &key, &type, &a);
	rule[1] = mf_flow_add(&table, 1, &key, &type, &a);
	rule[2] = mf_flow_add(&table, 0, &key, &tags, &a);
	KUNIT_EXPECT_EQ(test, table_groups(&table), 3);
	KUNIT_EXPECT_EQ(test, table.room, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mf_flow_add(&table, 1, &key, &tags,
						  &a)), -ENOSPC);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mf_flow_add(&table, 2, &key, &type,
						  &a)), -ENOSPC);
	/* An existing group takes more rules. */
	rule[3] = mf_flow_add(&table, 1, &key2, &type, &a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rule[3]);
	KUNIT_EXPECT_EQ(test, rule[3]->group->entries, 2);

	mf_flow_del(&table, rule[1]);
	KUNIT_EXPECT_EQ(test, table.room, 0);
	mf_flow_del(&table, rule[3]);
	KUNIT_EXPECT_EQ(test, table.room, 1);
	rule[1] = mf_flow_add(&table, 2, &key, &tags, &a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rule[1]);
	mf_flow_del(&table, rule[0]);
	mf_flow_del(&table, rule[1]);
	mf_flow_del(&table, rule[2]);
	KUNIT_EXPECT_EQ(test, table.room, 3);
	mf_flow_table_destroy(&table);
}

/* More rules with one key than a set may have destinations. */
static void table_dests_limited(struct kunit *test)
{
	struct mf_flow_key key = {}, mask = {};
	struct mf_flow_table table;
	struct mf_flow_rule **rule;
	unsigned int i;

	rule = mf_test_alloc(test, (MF_DESTS_MAX + 1) * sizeof(*rule));
	mf_flow_table_init(&table, 1);
	for (i = 0; i < MF_DESTS_MAX; i++) {
		rule[i] = mf_flow_add(&table, 0, &key, &mask, &rule[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rule[i]);
	}
	rule[i] = mf_flow_add(&table, 0, &key, &mask, &rule[i]);
	KUNIT_EXPECT_EQ(test, PTR_ERR(rule[i]), -ENOSPC);
	while (i--)
		mf_flow_del(&table, rule[i]);
	KUNIT_EXPECT_EQ(test, table.room, 1);
	mf_flow_table_destroy(&table);
}

/* Thousands of rules: the hash table grows and shrinks. */
static void table_many(struct kunit *test)
{
	enum { N = 5000 };
	struct mf_flow_key mask = {}, key = {};
	struct mf_flow_table table;
	struct mf_flow_rule **rule;
	struct mf_test_frame t;
	unsigned int i;

	rule = mf_test_alloc(test, N * sizeof(*rule));
	mf_flow_table_init(&table, UINT_MAX);
	eth_broadcast_addr(mask.dmac);
	mf_test_eth(&t, 0, ETH_P_IP);
	for (i = 0; i < N; i++) {
		u64_to_ether_addr(i * 2, key.dmac);
		rule[i] = mf_flow_add(&table, 0, &key, &mask, &rule[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rule[i]);
	}
	KUNIT_EXPECT_EQ(test, table_groups(&table), 1);
	for (i = 0; i < N; i++) {
		u64_to_ether_addr(i * 2, t.data);
		KUNIT_ASSERT_PTR_EQ(test, table_dest(&table, &t),
				    (void *)&rule[i]);
		u64_to_ether_addr(i * 2 + 1, t.data);
		KUNIT_ASSERT_NULL(test, table_dest(&table, &t));
	}
	/* The few rules that are left after removal of most are still found. */
	for (i = 0; i < N; i++)
		if (i % 100)
			mf_flow_del(&table, rule[i]);
	for (i = 0; i < N; i++) {
		u64_to_ether_addr(i * 2, t.data);
		KUNIT_ASSERT_PTR_EQ(test, table_dest(&table, &t),
				    i % 100 ? NULL : (void *)&rule[i]);
	}
	for (i = 0; i < N; i += 100)
		mf_flow_del(&table, rule[i]);
	KUNIT_EXPECT_EQ(test, table_groups(&table), 0);
	mf_flow_table_destroy(&table);
}

/* If any allocation fails, the table does not change and stays usable. */
static void table_no_memory(struct kunit *test)
{
	struct mf_flow_key mask = { .ethertype = htons(0xffff) };
	struct mf_flow_key key = { .ethertype = htons(ETH_P_IP) };
	struct mf_flow_key other = { .ethertype = htons(ETH_P_ARP) };
	struct mf_flow_rule *rule, *first;
	struct mf_flow_table table;
	struct mf_test_frame t;
	unsigned int at, n;
	int a, b;

	mf_flow_table_init(&table, 1);
	table_frame(&t);

	/* Rule, group, entry and destinations are allocated, in any order. */
	for (at = 1; ; at++) {
		mf_nomem_at = at;
		rule = mf_flow_add(&table, 0, &key, &mask, &a);
		if (!IS_ERR(rule))
			break;
		KUNIT_ASSERT_EQ(test, PTR_ERR(rule), -ENOMEM);
		KUNIT_EXPECT_EQ(test, table.room, 1);
		KUNIT_EXPECT_EQ(test, table_groups(&table), 0);
	}
	mf_nomem_at = 0;
	KUNIT_EXPECT_EQ(test, at, 5);
	first = rule;

	/* The same with another rule in the group. */
	for (at = 1; ; at++) {
		mf_nomem_at = at;
		rule = mf_flow_add(&table, 0, &other, &mask, &a);
		if (!IS_ERR(rule))
			break;
		KUNIT_ASSERT_EQ(test, PTR_ERR(rule), -ENOMEM);
		KUNIT_EXPECT_EQ(test, first->group->entries, 1);
		KUNIT_EXPECT_PTR_EQ(test, table_dest(&table, &t), (void *)&a);
	}
	mf_nomem_at = 0;
	KUNIT_EXPECT_EQ(test, at, 4);
	mf_flow_del(&table, rule);

	/* The same with a rule that shares the entry. */
	for (at = 1; ; at++) {
		mf_nomem_at = at;
		rule = mf_flow_add(&table, 0, &key, &mask, &b);
		if (!IS_ERR(rule))
			break;
		table_dests(&table, 0, &t, &n);
		KUNIT_EXPECT_EQ(test, n, 1);
	}
	mf_nomem_at = 0;
	KUNIT_EXPECT_EQ(test, at, 3);
	mf_flow_del(&table, rule);
	mf_flow_del(&table, first);
	mf_flow_table_destroy(&table);
}

/* A rule of the reference implementation, a list that is searched linearly. */
struct table_ref {
	struct mf_flow_rule	*rule;
	unsigned int		group;	/* step of the group's creation */
	u16			prio;
	struct mf_flow_key	key;
	struct mf_flow_key	mask;
};

#define TABLE_REFS	48

static bool table_ref_matches(const struct table_ref *r,
			      const struct mf_flow_key *key)
{
	const u8 *k = (const u8 *)key, *rk = (const u8 *)&r->key;
	const u8 *m = (const u8 *)&r->mask;
	unsigned int i;

	for (i = 0; i < sizeof(*key); i++)
		if ((k[i] ^ rk[i]) & m[i])
			return false;

	return true;
}

/*
 * The matching rules of the lowest priority win; among these, the rules whose
 * mask came first into the table.
 */
static const struct table_ref *table_ref_lookup(const struct table_ref *refs,
						const struct mf_test_frame *t)
{
	const struct table_ref *best = NULL;
	struct mf_flow_key key;
	unsigned int i;

	mf_key_parse(&key, MF_KEY_L4, &t->frame);
	for (i = 0; i < TABLE_REFS; i++) {
		const struct table_ref *r = &refs[i];

		if (!r->rule || !table_ref_matches(r, &key))
			continue;
		if (!best || r->prio < best->prio ||
		    (r->prio == best->prio && r->group < best->group))
			best = r;
	}

	return best;
}

/* Return the step at which the group of a rule was created. */
static unsigned int table_ref_group(const struct table_ref *refs,
				    const struct table_ref *new,
				    unsigned int now)
{
	unsigned int i;

	for (i = 0; i < TABLE_REFS; i++)
		if (refs[i].rule && refs[i].prio == new->prio &&
		    !memcmp(&refs[i].mask, &new->mask, sizeof(new->mask)))
			return refs[i].group;

	return now;
}

static void table_ref_random(struct rnd_state *rnd, struct table_ref *r)
{
	static const u16 prios[] = { 0, 1, 2, U16_MAX };
	unsigned int bits = mf_test_below(rnd, 32);

	memset(r, 0, sizeof(*r));
	r->prio = prios[mf_test_below(rnd, ARRAY_SIZE(prios))];
	if (bits & 1)
		r->mask.dmac[5] = 0x03;
	if (bits & 2)
		r->mask.vlan_tci = htons(0x0001);
	if (bits & 4)
		r->mask.daddr.s6_addr[3] = 0x01;
	if (bits & 8)
		r->mask.dport = htons(0x0003);
	if (bits & 16)
		r->mask.vlan_tags = 0xff;
	prandom_bytes_state(rnd, &r->key, sizeof(r->key));
	r->key.vlan_tags = mf_test_below(rnd, 2);
}

static void table_random_frame(struct rnd_state *rnd, struct mf_test_frame *t)
{
	bool tag = mf_test_below(rnd, 2);
	struct udphdr *udp;

	mf_test_eth(t, mf_test_below(rnd, 4), tag ? ETH_P_8021Q : ETH_P_IP);
	if (tag)
		mf_test_tag(t, mf_test_below(rnd, 2), ETH_P_IP);
	mf_test_ipv4(t, IPPROTO_UDP, 0)->daddr = htonl(mf_test_below(rnd, 2));
	udp = mf_test_ports(t, sizeof(*udp));
	udp->dest = htons(mf_test_below(rnd, 4));
}

/* Rules come and go, and each lookup gives the result of the reference. */
static void table_random(struct kunit *test)
{
	enum { STEPS = 3000, LOOKUPS = 4 };
	const struct table_ref *want;
	struct mf_flow_table table;
	struct table_ref *refs, *r;
	struct mf_test_frame t;
	struct rnd_state rnd;
	unsigned int i, j, n;
	void *to;

	mf_test_seed(&rnd);
	refs = mf_test_alloc(test, TABLE_REFS * sizeof(*refs));
	mf_flow_table_init(&table, UINT_MAX);
	for (i = 0; i < STEPS; i++) {
		r = &refs[mf_test_below(&rnd, TABLE_REFS)];
		if (r->rule) {
			mf_flow_del(&table, r->rule);
			r->rule = NULL;
		} else {
			table_ref_random(&rnd, r);
			r->group = table_ref_group(refs, r, i);
			/*
			 * The destination identifies key and group of the rule.
			 */
			r->rule = mf_flow_add(&table, r->prio, &r->key,
					      &r->mask, r);
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, r->rule);
		}

		for (j = 0; j < LOOKUPS; j++) {
			table_random_frame(&rnd, &t);
			want = table_ref_lookup(refs, &t);
			to = table_dests(&table, 0, &t, &n);
			KUNIT_ASSERT_EQ(test, !want, !to);
			if (!want)
				continue;
			r = to;
			KUNIT_ASSERT_EQ(test, r->group, want->group);
			KUNIT_ASSERT_EQ(test, r->prio, want->prio);
			KUNIT_ASSERT_PTR_EQ(test, r->rule->entry,
					    want->rule->entry);
		}
	}
	for (i = 0; i < TABLE_REFS; i++)
		if (refs[i].rule)
			mf_flow_del(&table, refs[i].rule);
	KUNIT_EXPECT_EQ(test, table_groups(&table), 0);
	KUNIT_EXPECT_EQ(test, table.room, UINT_MAX);
	mf_flow_table_destroy(&table);
}

static struct kunit_case flow_table_cases[] = {
	KUNIT_CASE(table_priorities),
	KUNIT_CASE(table_shared_entry),
	KUNIT_CASE(table_bits_outside),
	KUNIT_CASE(table_each_bit),
	KUNIT_CASE(table_groups_limited),
	KUNIT_CASE(table_dests_limited),
	KUNIT_CASE(table_many),
	KUNIT_CASE(table_no_memory),
	KUNIT_CASE(table_random),
	{}
};

struct kunit_suite mfsteer_flow_table_suite = {
	.name = "mfsteer_flow_table",
	.test_cases = flow_table_cases,
};
