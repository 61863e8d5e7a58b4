// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receive domain of a port: which of the port's receive queues get a frame
 * that arrives at the port. enum mf_rx_rule_kind defines the kinds of rules and
 * their order.
 */
#include <linux/etherdevice.h>
#include <linux/mf_cut.h>
#include <linux/slab.h>

#include "netdev/skb.h"
#include "port/port.h"
#include "steer/rx.h"

/**
 * struct mf_rx_rule - a client's rule
 * @kind: kind of the rule; selects @flow or @rxq
 * @flow: MF_RX_MATCH: rule in rx.match
 * @rxq: destination of the rule
 */
struct mf_rx_rule {
	enum mf_rx_rule_kind	kind;
	struct mfnic_flow_rule	*flow;
	struct mf_rxq		*rxq;
};

/**
 * mfnic_rx_destroy - free a receive domain
 * @rx: receive domain without rules
 *
 * Context: sleeps.
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

/* See &mf_qblock_ops.rx_rule_add. */
struct mf_rx_rule *mfnic_rx_rule_add(struct mf_qblock *qb,
				     const struct mf_rx_rule_spec *spec)
{
	struct mfnic_rx *rx = mfnic_qblock_rx(qb);
	struct mfnic_dests __rcu **set;
	struct mf_rx_rule *rule;
	int err = 0;

	rule = kzalloc_obj(*rule, GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->kind = spec->kind;
	rule->rxq = spec->rxq;

	set = mfnic_rx_set(rx, spec->kind);
	if (set) {
		mutex_lock(&rx->lock);
		err = mfnic_dests_add(set, spec->rxq,
				      READ_ONCE(rx->match.max_dests));
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

/* See &mf_qblock_ops.rx_rule_del. */
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

/* Give whole frames to a queue that expects those of a wire. */
static noinline void mfnic_rx_cut(struct mf_rxq *rxq,
				  const struct mf_frame *frames, unsigned int n)
{
	const struct mf_frame *made;
	struct mf_cut cut;

	mf_cut_start(&cut, frames, n);
	while ((n = mf_cut_next(&cut, &made)))
		rxq->ops->rx(rxq, made, n);
}

static void mfnic_rx_queues(const struct mfnic_dests *dests,
			    const struct mf_frame *frames, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < dests->n; i++) {
		struct mf_rxq *rxq = dests->dest[i].to;

		if (mf_frame_is_whole(frames) && !READ_ONCE(rxq->whole))
			mfnic_rx_cut(rxq, frames, n);
		else
			rxq->ops->rx(rxq, frames, n);
	}
}

/**
 * mfnic_rx_sniffers - find the sniffers of a port
 * @port: port that sends or receives frames
 *
 * Context: RCU read section.
 * Return: the sniffers' queues, or NULL.
 */
const struct mfnic_dests *mfnic_rx_sniffers(struct mfnic_port *port)
{
	return rcu_dereference(port->rx.sniffer);
}

/**
 * mfnic_rx_sniff - copy frames to sniffers
 * @dests: result of mfnic_rx_sniffers()
 * @frames: the frames
 * @n: number of @frames
 *
 * Context: atomic, RCU read section.
 */
void mfnic_rx_sniff(const struct mfnic_dests *dests,
		    const struct mf_frame *frames, unsigned int n)
{
	mfnic_rx_queues(dests, frames, n);
}

/*
 * Deliver consecutive frames to the same queues, as far as the budget allows.
 * Return the number of delivered frames.
 */
static unsigned int mfnic_rx_run(const struct mfnic_dests *dests,
				 const struct mf_frame *frames, unsigned int n,
				 u32 *budget)
{
	/* With a single receiver, the work of a call is limited anyway. */
	if (unlikely(dests->n > 1))
		n = mfnic_budget_take(budget, frames, n, dests->n);
	mfnic_rx_queues(dests, frames, n);

	return n;
}

/*
 * Return true if a frame has too many receivers for a sender without a budget.
 */
static bool mfnic_rx_too_many(const struct mfnic_dests *dests,
			      const struct mfnic_dests *sniffers)
{
	return (dests ? dests->n : 0) + (sniffers ? sniffers->n : 0) >
	       MFNIC_FANOUT_INLINE;
}

/* Count the frames that no rule takes. */
static inline u32 mfnic_rx_missed(const struct mfnic_dests *dests,
				  const struct mf_frame *frame)
{
	return likely(dests) ? 0 : mf_frame_wire_frames(frame, 1);
}

/**
 * mfnic_rx_deliver - deliver frames that arrive at a port
 * @port: destination of all @frames
 * @frames: frames in order
 * @n: number of @frames; 1 without a budget
 * @budget: see mfnic_budget_take()
 *
 * Consecutive frames for the same queues are delivered in one call. Without a
 * budget, a frame for many receivers is queued for later delivery. Sniffers get
 * frames after the other receivers, since the number of delivered frames is
 * known only then.
 *
 * Context: atomic, RCU read section.
 * Return: the number of delivered frames, which is less than @n only if the
 *	budget is used up.
 */
unsigned int mfnic_rx_deliver(struct mfnic_port *port,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget)
{
	const struct mfnic_dests *sniffers = mfnic_rx_sniffers(port);
	const struct mfnic_dests *dests = NULL, *last = NULL;
	struct mfnic_parse parse[2] __uninitialized, *cur = &parse[0];
	unsigned int start = 0, missed = 0, i;
	u64 bytes = 0;

	if (unlikely(!budget))
		WARN_ON_ONCE(n != 1);
	else if (unlikely(sniffers))
		n = mfnic_budget_take(budget, frames, n, sniffers->n);

	for (i = 0; i < n; i++) {
		bytes += frames[i].len;
		/*
		 * Most frames belong to the flow of the frame before, whose key
		 * is in @cur.
		 */
		if (!i || !(mfnic_same_l2(cur->depth, frames[i].hdr,
					  frames[i - 1].hdr) ||
			    mfnic_same_flow(cur->depth, &frames[i],
					    &frames[i - 1]))) {
			struct mfnic_parse *next = &parse[cur == &parse[0]];

			mfnic_parse_init(next, &frames[i]);
			if (!i || !mfnic_parse_same(next, cur))
				dests = mfnic_rx_lookup(&port->rx, &frames[i],
							next);
			cur = next;
		}
		if (unlikely(!budget && mfnic_rx_too_many(dests, sniffers))) {
			mfnic_fanout_defer(port, &frames[i]);
			return n;
		}
		missed += mfnic_rx_missed(dests, &frames[i]);
		if (dests == last)
			continue;
		if (last) {
			start += mfnic_rx_run(last, &frames[start], i - start,
					      budget);
			if (unlikely(mfnic_budget_spent(budget))) {
				/*
				 * The frame that was just looked up is sent
				 * again later.
				 */
				missed -= mfnic_rx_missed(dests, &frames[i]);
				last = NULL;
				n = start;
				bytes = mf_frame_wire_bytes(frames, n);
				break;
			}
		}
		last = dests;
		start = i;
	}
	if (last) {
		start += mfnic_rx_run(last, &frames[start], n - start, budget);
		if (unlikely(start < n)) {
			n = start;
			bytes = mf_frame_wire_bytes(frames, n);
		}
	}
	if (unlikely(sniffers))
		mfnic_rx_sniff(sniffers, frames, n);
	if (unlikely(frames->cut))
		bytes = mf_frame_wire_bytes(frames, n);

	this_cpu_add(port->stats->rx_frames, mf_frame_wire_frames(frames, n));
	this_cpu_add(port->stats->rx_bytes, bytes);
	if (unlikely(missed))
		this_cpu_add(port->stats->rx_no_rule, missed);

	return n;
}

/* Deliver a frame from the port's queue, see fanout.c. */
static void mfnic_rx_late(struct mfnic_port *port,
			  const struct mf_frame *frames, unsigned int n)
{
	u32 budget = U32_MAX;	/* one frame never uses it up */

	if (likely(READ_ONCE(port->link_up)))
		mfnic_rx_deliver(port, frames, n, &budget);
	else
		this_cpu_add(port->stats->rx_link_down, n);
}

static void mfnic_rx_work(struct work_struct *work)
{
	struct mfnic_fanout *fanout =
		container_of(work, struct mfnic_fanout, work);
	struct mfnic_port *port =
		container_of(fanout, struct mfnic_port, fanout);
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&fanout->queue))) {
		local_bh_disable();
		rcu_read_lock();
		mfnic_skb_to_frames(skb, port, mfnic_rx_late);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
}

/**
 * mfnic_rx_init - initialize the receive domain of a new port
 * @port: the port
 *
 * Context: sleeps.
 */
void mfnic_rx_init(struct mfnic_port *port)
{
	struct mfnic_rx *rx = &port->rx;

	mutex_init(&rx->lock);
	mfnic_flow_table_init(&rx->match, MFNIC_RX_GROUPS);
	rx->match.max_dests = MFNIC_DESTS_DEFAULT;
	mfnic_fanout_port_init(&port->fanout, mfnic_rx_work);
}
