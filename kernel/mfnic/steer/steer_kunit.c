// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Tests of the decisions that the switch remembers: when a frame goes where the
 * frame before went, and what makes a decision void. The test stands in for the
 * bridge, for tc and for the ports.
 */
#include <linux/etherdevice.h>

#include "kunit.h"
#include "bridge/bridge.h"
#include "bridge/fdb.h"
#include "mfnic.h"
#include "netdev/rep_path.h"
#include "steer/deliver.h"
#include "steer/soft.h"
#include "steer/steer.h"
#include "tc/tc.h"

/**
 * struct steer_world - two ports of a bridge, and what the bridge decides
 * @nic: the NIC
 * @port: the ports, of which the first sends
 * @dev: representors of @port
 * @brport: bridge port of the sender
 * @source: entry of the sender's station
 * @chain: stands for the tc rules of the sender
 * @to: destination by the bridge
 * @depth: depth to which the bridge reads a frame
 * @op: what the bridge does to the tag
 * @soft: result of mfnic_soft_ingress()
 * @hooks: result of mfnic_soft_bridge()
 * @on_soft: called by mfnic_soft_ingress()
 * @on_lookup: called by mfnic_bridge_lookup()
 * @lookups: number of lookups in the bridge
 * @out: number of frames that arrive at @to
 * @slow: number of frames on the slow path
 * @spoofed: number of frames with a foreign address
 */
struct steer_world {
	struct mfnic		nic;
	struct mfnic_port	port[2];
	struct net_device	*dev[2];
	struct mfnic_brport	brport;
	struct mfnic_fdb_entry	source;
	u64			chain;
	struct mfnic_port	*to;
	enum mf_key_depth	depth;
	u8			op;
	u32			soft;
	bool			hooks;
	void			(*on_soft)(struct steer_world *w);
	void			(*on_lookup)(struct steer_world *w);
	unsigned int		lookups;
	unsigned int		out;
	unsigned int		slow;
	unsigned int		spoofed;
};

static struct steer_world *steer_world;

static struct mfnic_port *steer_lookup(struct mf_parse *parse,
				       struct mfnic_vlan_edit *vlan,
				       struct mfnic_fdb_entry **source)
{
	struct steer_world *w = steer_world;

	w->lookups++;
	mf_parse_to(parse, w->depth);
	vlan->op = w->op;
	*source = &w->source;
	if (w->on_lookup)
		w->on_lookup(w);

	return w->to;
}

static unsigned int steer_out(const struct mfnic_port *to, unsigned int n)
{
	if (to == steer_world->to)
		steer_world->out += n;

	return n;
}

static u32 steer_soft(void)
{
	if (steer_world->on_soft)
		steer_world->on_soft(steer_world);

	return steer_world->soft;
}

#define mfnic_bridge_lookup(from, parse, vlan, source) \
	steer_lookup(parse, vlan, source)
#define mfnic_deliver_out(from, to, frames, n, budget) \
	((void)(frames), steer_out(to, n))
#define mfnic_rep_rx(port, frames, n, trap, classified) \
	(steer_world->slow += (n))
#define mfnic_trap_spoofed(port, frames, n)	(steer_world->spoofed += (n))
#define mfnic_soft_ingress(port)		steer_soft()
#define mfnic_soft_bridge(dev)			(steer_world->hooks)
#define mfnic_tc_lookup(chain, parse)		((void)(chain), NULL)
#define mfnic_tc_in_force(rule, soft_prio)	false
#define mfnic_tc_fast(rule, frame)		NULL
#define mfnic_tc_decides(rule)			false
#define mfnic_tc_run(from, rule, s, to) \
	({ *(to) = NULL; MFNIC_TC_CONTINUE; })

#include "steer/steer.c"

static int steer_init(struct kunit *test)
{
	struct steer_world *w = kvzalloc_obj(*w);
	unsigned int i;

	if (!w)
		return -ENOMEM;
	test->priv = w;
	steer_world = w;
	atomic64_set(&w->nic.changes, 1);
	w->nic.mtu = 1500;
	for (i = 0; i < 2; i++) {
		w->dev[i] = alloc_etherdev(0);
		w->port[i].stats = alloc_percpu(struct mf_qblock_stats);
		if (!w->dev[i] || !w->port[i].stats ||
		    mfnic_steer_port_init(&w->port[i]))
			return -ENOMEM;
		set_bit(__LINK_STATE_START, &w->dev[i]->state);
		w->port[i].nic = &w->nic;
		w->port[i].rep = w->dev[i];
	}
	w->brport.dev = w->dev[0];
	RCU_INIT_POINTER(w->port[0].brport, &w->brport);
	w->to = &w->port[1];
	w->depth = MF_KEY_MACS;
	w->op = MFNIC_VLAN_KEEP;
	w->soft = MFNIC_SOFT_NONE;

	return 0;
}

static void steer_exit(struct kunit *test)
{
	struct steer_world *w = test->priv;
	unsigned int i;

	if (!w)
		return;
	for (i = 0; i < 2; i++) {
		mfnic_steer_port_fini(&w->port[i]);
		free_percpu(w->port[i].stats);
		if (w->dev[i])
			free_netdev(w->dev[i]);
	}
	kvfree(w);
}

/* Make a frame of the sender. */
static void steer_frame(struct steer_world *w, struct mf_test_frame *t,
			u16 type)
{
	mf_test_eth(t, 9, type);
	mf_test_push(t, 100);
	ether_addr_copy(w->port[0].base.mac, t->data + ETH_ALEN);
}

/* Send frames that differ in nothing. Return the number of lookups. */
static unsigned int steer_send(struct steer_world *w,
			       const struct mf_test_frame *t, unsigned int n)
{
	struct mf_test_frame copy = *t;
	struct mf_frame frames[4];
	u32 budget = U32_MAX;
	unsigned int i;

	/* The header is not where it was. */
	copy.frame.hdr = copy.data;
	for (i = 0; i < n; i++)
		frames[i] = copy.frame;
	w->lookups = 0;
	w->out = 0;
	w->slow = 0;
	w->spoofed = 0;
	local_bh_disable();
	rcu_read_lock();
	mfnic_steer(&w->port[0], frames, n, &budget);
	rcu_read_unlock();
	local_bh_enable();

	return w->lookups;
}

/* A frame is looked up, and the next one goes the same way without a lookup. */
#define STEER_ANEW(change, t)						\
	do {								\
		change;							\
		KUNIT_EXPECT_EQ_MSG(test, steer_send(w, t, 1), 1,	\
				    "%s", #change);			\
		KUNIT_EXPECT_EQ(test, w->out, 1);			\
		KUNIT_EXPECT_EQ_MSG(test, steer_send(w, t, 1), 0,	\
				    "%s", #change);			\
		KUNIT_EXPECT_EQ(test, w->out, 1);			\
	} while (0)

/* The decision about a frame is not remembered. */
#define STEER_EACH(change, t, count)					\
	do {								\
		change;							\
		KUNIT_EXPECT_EQ_MSG(test, steer_send(w, t, 1), 1,	\
				    "%s", #change);			\
		KUNIT_EXPECT_EQ(test, (count), 1);			\
		KUNIT_EXPECT_EQ_MSG(test, steer_send(w, t, 1), 1,	\
				    "%s", #change);			\
		KUNIT_EXPECT_EQ(test, (count), 1);			\
	} while (0)

/* The next frame goes the same way if the bridge reads nothing else of it. */
static void steer_recalls(struct kunit *test)
{
	struct steer_world *w = test->priv;
	struct mf_test_frame t, tagged;

	migrate_disable();
	steer_frame(w, &t, ETH_P_IP);
	steer_frame(w, &tagged, ETH_P_8021Q);
	w->port[0].trusted = true;
	STEER_ANEW(, &t);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 4), 0);
	KUNIT_EXPECT_EQ(test, w->out, 4);
	/* By the addresses, and not by the type. */
	STEER_ANEW(t.data[5]++, &t);
	STEER_ANEW(t.data[11]++, &t);
	t.data[13]++;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	/* A longer frame is another one, a shorter one is not. */
	STEER_ANEW(t.frame.len += 10, &t);
	t.frame.len--;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	t.frame.len = MF_FRAME_MIN - 1;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	KUNIT_EXPECT_EQ(test, w->out, 0);
	t.frame.len = 100;

	/* With vlans, the type counts, and tags are looked up each time. */
	STEER_ANEW(w->depth = MF_KEY_L2; mfnic_changed(&w->nic), &t);
	STEER_ANEW(t.data[13]++, &t);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 4), 0);
	STEER_EACH(, &tagged, w->out);
	STEER_ANEW(, &t);
	migrate_enable();
}

/* What is not simply forwarded by the bridge is decided each time. */
static void steer_remembers_nothing(struct kunit *test)
{
	struct mf_frame_cut cut = { .n = 2 };
	struct steer_world *w = test->priv;
	struct mf_test_frame t;

	migrate_disable();
	steer_frame(w, &t, ETH_P_IP);
	/* Pieces of a whole frame have another length. */
	STEER_EACH(t.frame.cut = &cut; cut.size = 40; cut.hdr_len = ETH_HLEN,
		   &t, w->out);
	t.frame.cut = NULL;
	STEER_EACH(w->to = NULL, &t, w->slow);
	w->to = &w->port[1];
	/* With rules, tc decides about each frame. */
	STEER_EACH(rcu_assign_pointer(w->port[0].chain0, (void *)&w->chain),
		   &t, w->out);
	RCU_INIT_POINTER(w->port[0].chain0, NULL);
	STEER_ANEW(, &t);
	migrate_enable();
}

/* A change that is counted makes each decision void, the kernel's state, too. */
static void steer_forgets(struct kunit *test)
{
	struct steer_world *w = test->priv;
	struct net_device *dev = w->dev[1];
	struct mf_test_frame t;

	migrate_disable();
	steer_frame(w, &t, ETH_P_IP);
	STEER_ANEW(, &t);
	STEER_ANEW(mfnic_changed(&w->nic), &t);

	/* A destination that is not ready: the bridge decides. */
	clear_bit(__LINK_STATE_START, &dev->state);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 1);
	set_bit(__LINK_STATE_START, &dev->state);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	set_bit(__LINK_STATE_NOCARRIER, &dev->state);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 1);
	clear_bit(__LINK_STATE_NOCARRIER, &dev->state);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	dev->mtu = t.frame.len - ETH_HLEN - VLAN_HLEN - 1;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 1);
	dev->mtu++;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);

	/* Software that the switch does not have. */
	STEER_EACH(w->soft = 0, &t, w->slow);
	w->soft = MFNIC_SOFT_NONE;
	STEER_ANEW(mfnic_changed(&w->nic), &t);
	STEER_EACH(w->hooks = true, &t, w->slow);
	w->hooks = false;

	/* A rule, the loss of trust, and another address of the port. */
	STEER_ANEW(mfnic_changed(&w->nic), &t);
	rcu_assign_pointer(w->port[0].chain0, (void *)&w->chain);
	STEER_EACH(mfnic_changed(&w->nic), &t, w->out);
	RCU_INIT_POINTER(w->port[0].chain0, NULL);
	w->port[0].base.mac[5]++;
	STEER_ANEW(w->port[0].trusted = true; mfnic_changed(&w->nic), &t);
	w->port[0].trusted = false;
	mfnic_changed(&w->nic);
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	KUNIT_EXPECT_EQ(test, w->spoofed, 1);
	w->port[0].base.mac[5]--;
	STEER_ANEW(mfnic_changed(&w->nic), &t);
	migrate_enable();
}

static void steer_change(struct steer_world *w)
{
	w->on_soft = NULL;
	w->on_lookup = NULL;
	mfnic_changed(&w->nic);
}

/* A decision does not outlive a change that another CPU makes meanwhile. */
static void steer_changes_meanwhile(struct kunit *test)
{
	struct steer_world *w = test->priv;
	struct mf_test_frame t;

	migrate_disable();
	steer_frame(w, &t, ETH_P_IP);
	w->on_lookup = steer_change;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 1);
	STEER_ANEW(, &t);
	/* The call may have read the bridge port before the change. */
	mfnic_changed(&w->nic);
	w->on_soft = steer_change;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 1);
	STEER_ANEW(, &t);
	migrate_enable();
}

/* The sender's entry does not age while frames go the remembered way. */
static void steer_refreshes(struct kunit *test)
{
	struct steer_world *w = test->priv;
	struct mf_test_frame t;
	unsigned long old;

	migrate_disable();
	steer_frame(w, &t, ETH_P_IP);
	STEER_ANEW(, &t);
	old = jiffies - HZ;
	w->source.lastused = old;
	KUNIT_EXPECT_EQ(test, steer_send(w, &t, 1), 0);
	KUNIT_EXPECT_TRUE(test, time_after(w->source.lastused, old));
	migrate_enable();
}

/* Ports do not share decisions, and a new port has none. */
static void steer_ports(struct kunit *test)
{
	struct steer_world *w = test->priv;
	struct mfnic_verdict verdict;
	struct mfnic_way way = {
		.from = &w->port[1],
		.soft_prio = MFNIC_SOFT_NONE,
	};
	struct mf_test_frame t;

	migrate_disable();
	steer_frame(w, &t, ETH_P_IP);
	STEER_ANEW(, &t);
	KUNIT_EXPECT_FALSE(test, mfnic_recall(&way,
					      atomic64_read(&w->nic.changes),
					      &t.frame, &verdict));
	migrate_enable();
}

static struct kunit_case steer_cases[] = {
	KUNIT_CASE(steer_recalls),
	KUNIT_CASE(steer_remembers_nothing),
	KUNIT_CASE(steer_forgets),
	KUNIT_CASE(steer_changes_meanwhile),
	KUNIT_CASE(steer_refreshes),
	KUNIT_CASE(steer_ports),
	{}
};

struct kunit_suite mfnic_steer_suite = {
	.name = "mfnic_steer",
	.init = steer_init,
	.exit = steer_exit,
	.test_cases = steer_cases,
};
