// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tests of the receive domain, with queues that count what they get. */
#include <linux/percpu.h>

#include "kunit.h"

#include "rx.c"

#define RX_QUEUES	(MF_RX_INLINE + 2)
#define RX_FRAMES	4

/**
 * struct rx_queue - a receive queue that counts
 * @rxq: the queue
 * @calls: calls of @mf_rxq_ops.rx
 * @frames: frames of all calls
 * @bytes: bytes of all calls
 * @last: number of the last call among those of all queues, from 1
 */
struct rx_queue {
	struct mf_rxq	rxq;
	unsigned int	calls;
	unsigned int	frames;
	u32		bytes;
	unsigned int	last;
};

/**
 * struct rx_world - a receive domain with queues, and frames for it
 * @domain: the domain
 * @q: the queues
 * @rules: rules of the queues, or NULL
 * @bytes: headers of @frames
 * @frames: UDP frames of one flow
 */
struct rx_world {
	struct mf_rx_domain	domain;
	struct rx_queue		q[RX_QUEUES];
	struct mf_rx_rule	*rules[RX_QUEUES];
	struct mf_test_frame	bytes[RX_FRAMES];
	struct mf_frame		frames[RX_FRAMES];
};

static unsigned int rx_calls;

static void rx_take(struct mf_rxq *rxq, const struct mf_frame *frames,
		    unsigned int n)
{
	struct rx_queue *q = container_of(rxq, struct rx_queue, rxq);

	q->calls++;
	q->frames += n;
	q->bytes += mf_frame_wire_bytes(frames, n);
	q->last = ++rx_calls;
}

static const struct mf_rxq_ops rx_ops = {
	.rx = rx_take,
};

static void rx_world_free(void *context)
{
	struct rx_world *w = context;
	unsigned int i;

	for (i = 0; i < RX_QUEUES; i++)
		if (w->rules[i])
			mf_rx_domain_del(&w->domain, w->rules[i]);
	mf_rx_domain_destroy(&w->domain);
	free_percpu(w->domain.stats);
}

/* Make the frames, whose destination address ends with @last. */
static void rx_frames(struct rx_world *w, u8 last)
{
	unsigned int i;

	for (i = 0; i < RX_FRAMES; i++) {
		mf_test_eth(&w->bytes[i], last, ETH_P_IP);
		mf_test_ipv4(&w->bytes[i], IPPROTO_UDP, 0);
		mf_test_ports(&w->bytes[i], sizeof(struct udphdr));
		w->frames[i] = w->bytes[i].frame;
	}
}

static struct rx_world *rx_world(struct kunit *test)
{
	struct rx_world *w = mf_test_alloc(test, sizeof(*w));
	struct mf_qblock_stats __percpu *stats;
	unsigned int i;

	stats = alloc_percpu(struct mf_qblock_stats);
	KUNIT_ASSERT_NOT_NULL(test, (__force void *)stats);
	KUNIT_ASSERT_EQ(test, 0, mf_rx_domain_init(&w->domain, stats));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, rx_world_free, w));
	for (i = 0; i < RX_QUEUES; i++)
		w->q[i].rxq.ops = &rx_ops;
	rx_frames(w, 2);

	return w;
}

/* Add a rule for a queue, which rx_del() or rx_world_free() removes. */
static void rx_add_spec(struct kunit *test, struct rx_world *w,
			unsigned int queue, const struct mf_rx_rule_spec *spec)
{
	struct mf_rx_rule_spec own = *spec;

	own.rxq = &w->q[queue].rxq;
	w->rules[queue] = mf_rx_domain_add(&w->domain, &own);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, w->rules[queue]);
}

/* Add a rule for a queue; one of kind MF_RX_MATCH takes UDP. */
static void rx_add(struct kunit *test, struct rx_world *w, unsigned int queue,
		   enum mf_rx_rule_kind kind)
{
	struct mf_rx_rule_spec spec = {
		.kind = kind,
		.key.ip_proto = IPPROTO_UDP,
		.mask.ip_proto = 0xff,
	};

	rx_add_spec(test, w, queue, &spec);
}

static void rx_del(struct rx_world *w, unsigned int queue)
{
	mf_rx_domain_del(&w->domain, w->rules[queue]);
	w->rules[queue] = NULL;
}

static unsigned int rx_deliver(struct rx_world *w, unsigned int n, u32 *budget)
{
	local_bh_disable();
	rcu_read_lock();
	n = mf_rx_domain_deliver(&w->domain, w->frames, n, budget);
	rcu_read_unlock();
	local_bh_enable();

	return n;
}

/* Expect counters of the port. */
static void rx_expect(struct kunit *test, const struct rx_world *w, u64 frames,
		      u64 bytes, u64 no_rule)
{
	struct mf_qblock_stats sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct mf_qblock_stats *s;

		s = per_cpu_ptr(w->domain.stats, cpu);
		sum.rx_frames += s->rx_frames;
		sum.rx_bytes += s->rx_bytes;
		sum.rx_no_rule += s->rx_no_rule;
	}
	KUNIT_EXPECT_EQ(test, sum.rx_frames, frames);
	KUNIT_EXPECT_EQ(test, sum.rx_bytes, bytes);
	KUNIT_EXPECT_EQ(test, sum.rx_no_rule, no_rule);
}

/* The first kind that has a rule gets the frame, and no other. */
static void rx_kinds(struct kunit *test)
{
	static const enum mf_rx_rule_kind kinds[] = {
		MF_RX_MATCH, MF_RX_MC_DEFAULT, MF_RX_DEFAULT, MF_RX_REST,
	};
	struct rx_world *w = rx_world(test);
	unsigned int first, i, mc;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		rx_add(test, w, i, kinds[i]);
	for (first = 0; first < ARRAY_SIZE(kinds); first++) {
		for (mc = 0; mc < 2; mc++) {
			u32 budget = U32_MAX;
			unsigned int want = first;

			if (kinds[first] == MF_RX_MC_DEFAULT && !mc)
				want++;
			rx_frames(w, 2);
			w->bytes[0].data[0] |= mc;
			for (i = 0; i < ARRAY_SIZE(kinds); i++)
				w->q[i].frames = 0;
			KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, &budget), 1);
			for (i = 0; i < ARRAY_SIZE(kinds); i++)
				KUNIT_EXPECT_EQ(test, w->q[i].frames,
						i == want);
		}
		rx_del(w, first);
	}
}

static void rx_unknown_kind(struct kunit *test)
{
	struct mf_rx_rule_spec spec = { .kind = MF_RX_SNIFFER + 1 };
	struct rx_world *w = rx_world(test);

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			PTR_ERR(mf_rx_domain_add(&w->domain, &spec)));
}

/* Frames are counted, and once more if no rule takes them. */
static void rx_no_rule(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	u32 budget = 1, len = w->frames[0].len;

	/* Without a receiver, there is no work that a budget limits. */
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 3, &budget), 3);
	rx_expect(test, w, 3, 3 * len, 3);
	rx_add(test, w, 0, MF_RX_DEFAULT);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 2, &budget), 2);
	rx_expect(test, w, 5, 5 * len, 3);
	KUNIT_EXPECT_EQ(test, w->q[0].bytes, 2 * len);
}

/* Frames of a flow are one call, and the order of the frames is kept. */
static void rx_batches(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	u32 budget = U32_MAX;

	rx_add(test, w, 0, MF_RX_MATCH);
	rx_add(test, w, 1, MF_RX_DEFAULT);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 4, &budget), 4);
	KUNIT_EXPECT_EQ(test, w->q[0].calls, 1);
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 4);

	rx_calls = 0;
	((struct iphdr *)(w->bytes[2].data + ETH_HLEN))->protocol = IPPROTO_TCP;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 4, &budget), 4);
	KUNIT_EXPECT_EQ(test, w->q[0].calls, 3);
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 7);
	KUNIT_EXPECT_EQ(test, w->q[0].last, 3);
	KUNIT_EXPECT_EQ(test, w->q[1].calls, 1);
	KUNIT_EXPECT_EQ(test, w->q[1].frames, 1);
	KUNIT_EXPECT_EQ(test, w->q[1].last, 2);
}

/* Sniffers come last, and get frames that no rule takes, too. */
static void rx_sniffer(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	u32 budget = U32_MAX;

	rx_add(test, w, 0, MF_RX_SNIFFER);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 2, &budget), 2);
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 2);
	rx_add(test, w, 1, MF_RX_MATCH);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 2, &budget), 2);
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 4);
	KUNIT_EXPECT_EQ(test, w->q[1].frames, 2);
	KUNIT_EXPECT_EQ(test, w->q[0].last, w->q[1].last + 1);
	rx_expect(test, w, 4, 4 * w->frames[0].len, 2);
}

/* All count what was delivered: receivers, sniffers and the port. */
static void rx_budget(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	u32 len = w->frames[0].len, budget;

	rx_add(test, w, 0, MF_RX_DEFAULT);
	rx_add(test, w, 1, MF_RX_DEFAULT);
	/* The frame that uses the budget up is delivered. */
	budget = 3 * len;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 4, &budget), 2);
	KUNIT_EXPECT_TRUE(test, mf_budget_spent(&budget));
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 2);
	KUNIT_EXPECT_EQ(test, w->q[1].frames, 2);
	rx_expect(test, w, 2, 2 * len, 0);

	/* A sniffer pays first, and the receivers pay what is left. */
	rx_add(test, w, 2, MF_RX_SNIFFER);
	budget = 5 * len;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 3, &budget), 1);
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 3);
	KUNIT_EXPECT_EQ(test, w->q[2].frames, 1);
	rx_expect(test, w, 3, 3 * len, 0);
}

/* A frame that is looked up after the budget is used up is not counted. */
static void rx_budget_missed(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	u32 len = w->frames[0].len, budget = len;

	rx_add(test, w, 0, MF_RX_MATCH);
	rx_add(test, w, 1, MF_RX_MATCH);
	((struct iphdr *)(w->bytes[1].data + ETH_HLEN))->protocol = IPPROTO_TCP;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 2, &budget), 1);
	KUNIT_EXPECT_EQ(test, w->q[1].frames, 1);
	rx_expect(test, w, 1, len, 0);
	budget = U32_MAX;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 2, &budget), 2);
	rx_expect(test, w, 3, 3 * len, 1);
}

/* Without a budget, a frame for many receivers is left to the caller. */
static void rx_many(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	u32 budget = U32_MAX;
	unsigned int i;

	for (i = 0; i < MF_RX_INLINE; i++)
		rx_add(test, w, i, MF_RX_DEFAULT);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, NULL), 1);
	rx_add(test, w, i, MF_RX_SNIFFER);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, NULL), 0);
	for (i = 0; i < MF_RX_INLINE; i++)
		KUNIT_EXPECT_EQ(test, w->q[i].frames, 1);
	KUNIT_EXPECT_EQ(test, w->q[i].frames, 0);
	rx_expect(test, w, 1, w->frames[0].len, 0);

	/* Later, with a budget, all get it. */
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, &budget), 1);
	for (i = 0; i < MF_RX_INLINE; i++)
		KUNIT_EXPECT_EQ(test, w->q[i].frames, 2);
	KUNIT_EXPECT_EQ(test, w->q[i].frames, 1);
}

/* The limit of the table holds for all sets. */
static void rx_limit(struct kunit *test)
{
	struct mf_rx_rule_spec spec = {};
	struct rx_world *w = rx_world(test);
	enum mf_rx_rule_kind kind;
	u32 budget = U32_MAX;

	KUNIT_EXPECT_EQ(test, w->domain.match.max_dests, MF_DESTS_DEFAULT);
	KUNIT_EXPECT_EQ(test, w->domain.match.room, MF_RX_GROUPS);
	w->domain.match.max_dests = 1;
	for (kind = MF_RX_MATCH; kind <= MF_RX_SNIFFER; kind++) {
		rx_add(test, w, 0, kind);
		spec = (struct mf_rx_rule_spec) {
			.kind = kind,
			.key.ip_proto = IPPROTO_UDP,
			.mask.ip_proto = 0xff,
			.rxq = &w->q[1].rxq,
		};
		KUNIT_EXPECT_EQ(test, -ENOSPC,
				PTR_ERR(mf_rx_domain_add(&w->domain, &spec)));
		rx_del(w, 0);
	}
	KUNIT_EXPECT_EQ(test, w->domain.match.room, MF_RX_GROUPS);
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, &budget), 1);
	KUNIT_EXPECT_EQ(test, w->q[1].frames, 0);
}

static void rx_finish(const struct mf_frame *whole, u32 index,
		      const struct mf_frame *frame, u8 *hdr)
{
	hdr[ETH_ALEN] = index;
}

/* The kind of whole frames that another driver makes. */
static void rx_finish_other(const struct mf_frame *whole, u32 index,
			    const struct mf_frame *frame, u8 *hdr)
{
}

/* A whole frame is cut for the queues that do not take its kind. */
static void rx_whole(struct kunit *test)
{
	struct rx_world *w = rx_world(test);
	struct mf_frame *whole = &w->frames[0];
	struct mf_frame_cut cut = {
		.n = 2,
		.hdr_len = ETH_HLEN,
		.finish = rx_finish,
	};
	u32 budget = U32_MAX, wire;

	cut.room = mf_test_alloc(test, sizeof(*cut.room));
	cut.size = (whole->len - ETH_HLEN + 1) / 2;
	whole->cut = &cut;
	wire = whole->len + ETH_HLEN;
	rx_add(test, w, 0, MF_RX_DEFAULT);
	rx_add(test, w, 1, MF_RX_DEFAULT);
	rx_add(test, w, 2, MF_RX_SNIFFER);
	w->q[1].rxq.whole = rx_finish;
	w->q[2].rxq.whole = rx_finish_other;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, &budget), 1);
	KUNIT_EXPECT_EQ(test, w->q[0].frames, 2);
	KUNIT_EXPECT_EQ(test, w->q[0].bytes, wire);
	KUNIT_EXPECT_EQ(test, w->q[1].frames, 1);
	KUNIT_EXPECT_EQ(test, w->q[1].bytes, wire);
	KUNIT_EXPECT_EQ(test, w->q[2].frames, 2);
	rx_expect(test, w, 2, wire, 0);
}

/*
 * Deliver a frame alone, and another one with the same header, which is not
 * looked up. Both must go to the same queues. Return the queues, a bit each.
 */
static unsigned long rx_goes(struct kunit *test, struct rx_world *w,
			     const struct mf_test_frame *t)
{
	struct mf_test_frame copy = *t;
	unsigned long queues = 0;
	u32 budget = U32_MAX;
	unsigned int i;

	copy.frame.hdr = copy.data;
	for (i = 0; i < RX_QUEUES; i++)
		w->q[i].frames = 0;
	w->frames[0] = t->frame;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, &budget), 1);
	w->frames[0] = copy.frame;
	KUNIT_EXPECT_EQ(test, rx_deliver(w, 1, &budget), 1);
	for (i = 0; i < RX_QUEUES; i++) {
		KUNIT_EXPECT_TRUE_MSG(test, w->q[i].frames == 0 ||
				      w->q[i].frames == 2,
				      "queue %u got %u frames", i,
				      w->q[i].frames);
		if (w->q[i].frames)
			queues |= BIT(i);
	}

	return queues;
}

/* Rules of each kind come and go between frames of one flow. */
static void rx_alone_rules(struct kunit *test)
{
	static const struct mf_rx_rule_spec deflt = { .kind = MF_RX_DEFAULT };
	static const struct mf_rx_rule_spec rest = { .kind = MF_RX_REST };
	static const struct mf_rx_rule_spec all = { .kind = MF_RX_SNIFFER };
	struct mf_rx_rule_spec macs = { .kind = MF_RX_MATCH, .prio = 5 };
	struct mf_rx_rule_spec port = { .kind = MF_RX_MATCH, .prio = 3 };
	struct rx_world *w = rx_world(test);
	struct mf_test_frame *t = &w->bytes[0];

	memcpy(macs.key.dmac, t->data, ETH_ALEN);
	memset(macs.mask.dmac, 0xff, ETH_ALEN);
	port.key.dport = htons(2000);
	port.mask.dport = htons(0xffff);

	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), 0);
	rx_add_spec(test, w, 0, &rest);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(0));
	rx_add_spec(test, w, 1, &deflt);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(1));
	rx_add_spec(test, w, 2, &macs);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(2));
	rx_add_spec(test, w, 3, &port);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(3));
	rx_add_spec(test, w, 4, &port);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(3) | BIT(4));
	rx_add_spec(test, w, 5, &all);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(3) | BIT(4) | BIT(5));
	rx_del(w, 5);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(3) | BIT(4));
	rx_del(w, 3);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(4));
	rx_del(w, 2);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(4));
	rx_del(w, 4);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(1));
	rx_del(w, 1);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), BIT(0));
	rx_del(w, 0);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, t), 0);
	/* All frames are counted, those that no rule takes once more. */
	rx_expect(test, w, 26, 26 * t->frame.len, 4);
}

/* A frame that differs in a field that rules read is looked up. */
static void rx_alone_fields(struct kunit *test)
{
	static const struct mf_rx_rule_spec deflt = { .kind = MF_RX_DEFAULT };
	struct mf_rx_rule_spec port = { .kind = MF_RX_MATCH, .prio = 3 };
	struct rx_world *w = rx_world(test);
	struct mf_test_frame t, tagged;
	__be16 *ports;

	mf_test_eth(&t, 9, ETH_P_IPV6);
	mf_test_ipv6(&t, IPPROTO_TCP);
	ports = mf_test_ports(&t, sizeof(struct tcphdr));
	mf_test_eth(&tagged, 9, ETH_P_8021Q);
	mf_test_tag(&tagged, 5, ETH_P_IPV6);
	mf_test_ipv6(&tagged, IPPROTO_TCP);
	mf_test_ports(&tagged, sizeof(struct tcphdr));
	port.key.dport = htons(2000);
	port.mask.dport = htons(0xffff);
	port.mask.vlan_tci = htons(VLAN_VID_MASK);
	rx_add_spec(test, w, 0, &port);
	rx_add_spec(test, w, 1, &deflt);

	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(0));
	ports[1] = htons(2001);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(1));
	ports[1] = htons(2000);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(0));
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &tagged), BIT(1));
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(0));
	/* The header of TCP is not complete, so there are no ports. */
	t.frame.hdr_len -= sizeof(struct tcphdr) - 2;
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(1));
	t.frame.hdr_len += sizeof(struct tcphdr) - 2;
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(0));
	/* Nobody uses or remembers a lookup while rules change. */
	mf_rx_change(&w->domain);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &tagged), BIT(1));
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(0));
	mf_rx_changed(&w->domain);
	KUNIT_EXPECT_EQ(test, rx_goes(test, w, &t), BIT(0));
}

/* Return true if this CPU has a lookup that is valid for a frame. */
static bool rx_knows(struct rx_world *w, const struct mf_test_frame *t)
{
	const struct mf_dests *dests;
	int depth;

	rcu_read_lock();
	depth = mf_rx_recall(&w->domain, READ_ONCE(w->domain.gen), &t->frame,
			     &dests);
	rcu_read_unlock();

	return depth >= 0;
}

/* A lookup is remembered until rules change, also if the change fails. */
static void rx_alone_known(struct kunit *test)
{
	struct mf_rx_rule_spec port = { .kind = MF_RX_MATCH };
	struct rx_world *w = rx_world(test);
	const struct mf_test_frame *t = &w->bytes[0];

	port.key.dport = htons(2000);
	port.mask.dport = htons(0xffff);
	migrate_disable();
	/* Without rules, nothing is read of a frame. */
	rx_goes(test, w, t);
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	rx_add_spec(test, w, 0, &port);
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	rx_goes(test, w, t);
	KUNIT_EXPECT_TRUE(test, rx_knows(w, t));
	rx_add(test, w, 1, MF_RX_SNIFFER);
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	rx_goes(test, w, t);
	KUNIT_EXPECT_TRUE(test, rx_knows(w, t));
	w->domain.match.max_dests = 1;
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			PTR_ERR(mf_rx_domain_add(&w->domain, &port)));
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	rx_goes(test, w, t);
	rx_del(w, 0);
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	/* The lookup of a call that begins during a change is not kept. */
	rx_add_spec(test, w, 0, &port);
	mf_rx_change(&w->domain);
	rx_goes(test, w, t);
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	mf_rx_changed(&w->domain);
	KUNIT_EXPECT_FALSE(test, rx_knows(w, t));
	migrate_enable();
}

static struct kunit_case rx_cases[] = {
	KUNIT_CASE(rx_kinds),
	KUNIT_CASE(rx_unknown_kind),
	KUNIT_CASE(rx_no_rule),
	KUNIT_CASE(rx_batches),
	KUNIT_CASE(rx_sniffer),
	KUNIT_CASE(rx_budget),
	KUNIT_CASE(rx_budget_missed),
	KUNIT_CASE(rx_many),
	KUNIT_CASE(rx_limit),
	KUNIT_CASE(rx_whole),
	KUNIT_CASE(rx_alone_rules),
	KUNIT_CASE(rx_alone_fields),
	KUNIT_CASE(rx_alone_known),
	{}
};

struct kunit_suite mfsteer_rx_suite = {
	.name = "mfsteer_rx",
	.test_cases = rx_cases,
};
