// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receive domain of a port: which of the port's receive queues get a frame
 * that the switch gave to the port. The kinds of rules and their order are
 * part of the contract, see enum mf_rx_rule_kind.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>

#include "mfnic.h"

/*
 * Priorities and masks of all users of a port together: its frames are looked
 * up by each, at the expense of who sends them.
 */
#define MFNIC_RX_GROUPS		128

/**
 * struct mf_rx_rule - what a client gets for a rule
 * @kind: says which of the two below
 * @flow: in rx.match
 * @rxq: in one of the sets
 */
struct mf_rx_rule {
	enum mf_rx_rule_kind	kind;
	struct mfnic_flow_rule	*flow;
	struct mf_rxq		*rxq;
};

void mfnic_rx_init(struct mfnic_rx *rx)
{
	mutex_init(&rx->lock);
	mfnic_flow_table_init(&rx->match, MFNIC_RX_GROUPS);
}

/**
 * mfnic_rx_destroy - the end of a receive domain
 * @rx: all rules are gone
 */
void mfnic_rx_destroy(struct mfnic_rx *rx)
{
	WARN_ON(rcu_access_pointer(rx->mc_default) ||
		rcu_access_pointer(rx->deflt) ||
		rcu_access_pointer(rx->rest) ||
		rcu_access_pointer(rx->sniffer));
	mfnic_flow_table_destroy(&rx->match);
	mutex_destroy(&rx->lock);
}

static struct mfnic_dests __rcu **mfnic_rx_set(struct mfnic_rx *rx,
					       enum mf_rx_rule_kind kind)
{
	switch (kind) {
	case MF_RX_MC_DEFAULT:
		return &rx->mc_default;
	case MF_RX_DEFAULT:
		return &rx->deflt;
	case MF_RX_REST:
		return &rx->rest;
	case MF_RX_SNIFFER:
		return &rx->sniffer;
	default:
		return NULL;
	}
}

static struct mfnic_rx *mfnic_qblock_rx(struct mf_qblock *qb)
{
	return &container_of(qb, struct mfnic_port, qb)->rx;
}

/* See mf_qblock_ops.rx_rule_add. */
struct mf_rx_rule *mfnic_rx_rule_add(struct mf_qblock *qb,
				     const struct mf_rx_rule_spec *spec)
{
	struct mfnic_rx *rx = mfnic_qblock_rx(qb);
	struct mfnic_dests __rcu **set;
	struct mf_rx_rule *rule;
	int err = 0;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->kind = spec->kind;
	rule->rxq = spec->rxq;

	set = mfnic_rx_set(rx, spec->kind);
	if (set) {
		mutex_lock(&rx->lock);
		err = mfnic_dests_add(set, spec->rxq);
		mutex_unlock(&rx->lock);
	} else if (spec->kind == MF_RX_MATCH) {
		rule->flow = mfnic_flow_add(&rx->match, spec->prio, &spec->key,
					    &spec->mask, spec->rxq);
		err = PTR_ERR_OR_ZERO(rule->flow);
	} else {
		err = -EOPNOTSUPP;
	}
	if (err) {
		kfree(rule);
		return ERR_PTR(err);
	}

	return rule;
}

/* See mf_qblock_ops.rx_rule_del. */
void mfnic_rx_rule_del(struct mf_qblock *qb, struct mf_rx_rule *rule)
{
	struct mfnic_rx *rx = mfnic_qblock_rx(qb);

	if (rule->kind == MF_RX_MATCH) {
		mfnic_flow_del(&rx->match, rule->flow);
	} else {
		mutex_lock(&rx->lock);
		mfnic_dests_del(mfnic_rx_set(rx, rule->kind), rule->rxq);
		mutex_unlock(&rx->lock);
	}
	kfree(rule);
}

static const struct mfnic_dests *mfnic_rx_lookup(struct mfnic_rx *rx,
						 const struct mf_frame *frame,
						 struct mfnic_parse *parse)
{
	const struct mfnic_dests *dests;

	dests = mfnic_flow_lookup(&rx->match, parse);
	if (!dests && is_multicast_ether_addr(frame->hdr))
		dests = rcu_dereference(rx->mc_default);
	if (!dests)
		dests = rcu_dereference(rx->deflt);
	if (!dests)
		dests = rcu_dereference(rx->rest);

	return dests;
}

static void mfnic_rx_queues(const struct mfnic_dests *dests,
			    const struct mf_frame *frames, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < dests->n; i++) {
		struct mf_rxq *rxq = dests->dest[i].to;

		rxq->ops->rx(rxq, frames, n);
	}
}

/**
 * mfnic_rx_sniff - show frames to who sniffs
 * @port: that sends or receives them
 * @frames: the frames
 * @n: how many
 *
 * Context: atomic, RCU read section.
 */
void mfnic_rx_sniff(struct mfnic_port *port, const struct mf_frame *frames,
		    unsigned int n)
{
	const struct mfnic_dests *dests = rcu_dereference(port->rx.sniffer);

	if (unlikely(dests))
		mfnic_rx_queues(dests, frames, n);
}

/**
 * mfnic_rx_deliver - frames arrive at a port
 * @port: where to
 * @frames: all for @port
 * @n: how many
 *
 * Frames in a row that go to the same queues are handed over in one call.
 *
 * Context: atomic, RCU read section.
 */
void mfnic_rx_deliver(struct mfnic_port *port, const struct mf_frame *frames,
		      unsigned int n)
{
	const struct mfnic_dests *dests = NULL, *last = NULL;
	struct mfnic_parse parse[2] __uninitialized;
	unsigned int start = 0, missed = 0, i;
	u64 bytes = 0;

	mfnic_rx_sniff(port, frames, n);

	for (i = 0; i < n; i++) {
		bytes += frames[i].len;
		mfnic_parse_init(&parse[i & 1], &frames[i]);
		/* Most are of one flow with the one before. */
		if (!i || !mfnic_parse_same(&parse[i & 1], &parse[~i & 1]))
			dests = mfnic_rx_lookup(&port->rx, &frames[i],
						&parse[i & 1]);
		missed += !dests;
		if (dests == last)
			continue;
		if (last)
			mfnic_rx_queues(last, &frames[start], i - start);
		last = dests;
		start = i;
	}
	if (last)
		mfnic_rx_queues(last, &frames[start], n - start);

	this_cpu_add(port->stats->rx_frames, n);
	this_cpu_add(port->stats->rx_bytes, bytes);
	if (unlikely(missed))
		this_cpu_add(port->stats->rx_no_rule, missed);
}
