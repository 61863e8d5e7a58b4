// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The receive domain of a port: which of the port's receive queues get a frame
 * that arrives at the port. mf_steer.h documents the functions.
 *
 * Most frames belong to the flow of the frame before. Each CPU remembers its
 * last lookup in each domain. A change of the rules makes it void.
 */
#include <linux/etherdevice.h>
#include <linux/export.h>
#include <linux/mf_cut.h>
#include <linux/mf_steer.h>
#include <linux/slab.h>

#include "dests.h"
#include "flow_key.h"

/**
 * struct mf_rx_rule - a client's rule
 * @kind: kind of the rule; selects @flow or @rxq
 * @flow: MF_RX_MATCH: rule in @mf_rx_domain.match
 * @rxq: destination of the rule
 */
struct mf_rx_rule {
	enum mf_rx_rule_kind	kind;
	struct mf_flow_rule	*flow;
	struct mf_rxq		*rxq;
};

/* Bytes of a header up to TCP's: a tag, and IPv6 without extensions. */
#define MF_RX_KNOWN_HDR		80

/* The value of @mf_rx_domain.gen while rules change. */
#define MF_RX_CHANGING		U64_MAX

/**
 * struct mf_rx_known - the last lookup of a CPU in a receive domain
 * @gen: @mf_rx_domain.gen before the lookup; @dests is valid as long as the
 *	number is the same
 * @dests: result of the lookup
 * @depth: depth to which rules read the frame
 * @frame: the frame without payload
 * @hdr: header of @frame
 */
struct mf_rx_known {
	u64			gen;
	const struct mf_dests	*dests;
	int			depth;
	struct mf_frame		frame;
	u8			hdr[MF_RX_KNOWN_HDR];
};

int mf_rx_domain_init(struct mf_rx_domain *domain,
		      struct mf_qblock_stats __percpu *stats)
{
	domain->known = alloc_percpu(struct mf_rx_known);
	if (!domain->known)
		return -ENOMEM;
	/* Zeroed memory remembers a lookup of generation 0. */
	domain->changes = 1;
	domain->gen = 1;
	mutex_init(&domain->lock);
	mf_flow_table_init(&domain->match, MF_RX_GROUPS);
	domain->match.max_dests = MF_DESTS_DEFAULT;
	domain->stats = stats;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(mf_rx_domain_init, "MFSTEER");

void mf_rx_domain_destroy(struct mf_rx_domain *domain)
{
	WARN_ON(rcu_access_pointer(domain->mc_default) ||
		rcu_access_pointer(domain->deflt) ||
		rcu_access_pointer(domain->rest) ||
		rcu_access_pointer(domain->sniffer));
	mf_flow_table_destroy(&domain->match);
	free_percpu(domain->known);
	mutex_destroy(&domain->lock);
}
EXPORT_SYMBOL_NS_GPL(mf_rx_domain_destroy, "MFSTEER");

static struct mf_dests __rcu **mf_rx_set(struct mf_rx_domain *domain,
					 enum mf_rx_rule_kind kind)
{
	switch (kind) {
	case MF_RX_MC_DEFAULT:
		return &domain->mc_default;
	case MF_RX_DEFAULT:
		return &domain->deflt;
	case MF_RX_REST:
		return &domain->rest;
	case MF_RX_SNIFFER:
		return &domain->sniffer;
	default:
		return NULL;
	}
}

/*
 * Begin a change of the rules. Nobody uses or remembers a lookup during the
 * change, since old destinations are freed after a grace period that begins in
 * it.
 */
static void mf_rx_change(struct mf_rx_domain *domain)
{
	mutex_lock(&domain->lock);
	WRITE_ONCE(domain->gen, MF_RX_CHANGING);
	/* Ordered before the change; pairs with mf_rx_domain_deliver(). */
	smp_mb();
}

static void mf_rx_changed(struct mf_rx_domain *domain)
{
	/* Ordered behind the change; pairs with mf_rx_domain_deliver(). */
	smp_store_release(&domain->gen, ++domain->changes);
	mutex_unlock(&domain->lock);
}

struct mf_rx_rule *mf_rx_domain_add(struct mf_rx_domain *domain,
				    const struct mf_rx_rule_spec *spec)
{
	struct mf_dests __rcu **set;
	struct mf_rx_rule *rule;
	int err = 0;

	rule = kzalloc_obj(*rule, GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->kind = spec->kind;
	rule->rxq = spec->rxq;

	set = mf_rx_set(domain, spec->kind);
	mf_rx_change(domain);
	if (set) {
		err = mf_dests_add(set, spec->rxq,
				   READ_ONCE(domain->match.max_dests));
	} else if (spec->kind == MF_RX_MATCH) {
		rule->flow = mf_flow_add(&domain->match, spec->prio, &spec->key,
					 &spec->mask, spec->rxq);
		err = PTR_ERR_OR_ZERO(rule->flow);
	} else {
		err = -EOPNOTSUPP;
	}
	mf_rx_changed(domain);
	if (err) {
		kfree(rule);
		return ERR_PTR(err);
	}

	return rule;
}
EXPORT_SYMBOL_NS_GPL(mf_rx_domain_add, "MFSTEER");

void mf_rx_domain_del(struct mf_rx_domain *domain, struct mf_rx_rule *rule)
{
	mf_rx_change(domain);
	if (rule->kind == MF_RX_MATCH)
		mf_flow_del(&domain->match, rule->flow);
	else
		mf_dests_del(mf_rx_set(domain, rule->kind), rule->rxq);
	mf_rx_changed(domain);
	kfree(rule);
}
EXPORT_SYMBOL_NS_GPL(mf_rx_domain_del, "MFSTEER");

static const struct mf_dests *mf_rx_lookup(struct mf_rx_domain *domain,
					   const struct mf_frame *frame,
					   struct mf_parse *parse)
{
	const struct mf_dests *dests;

	dests = mf_flow_lookup(&domain->match, parse);
	if (!dests && is_multicast_ether_addr(frame->hdr))
		dests = rcu_dereference(domain->mc_default);
	if (!dests)
		dests = rcu_dereference(domain->deflt);
	if (!dests)
		dests = rcu_dereference(domain->rest);

	return dests;
}

/* Give whole frames to a queue that takes none of their kind. */
static noinline void mf_rx_cut(struct mf_rxq *rxq,
			       const struct mf_frame *frames, unsigned int n)
{
	const struct mf_frame *made;
	struct mf_cut cut;

	mf_cut_start(&cut, frames, n);
	while ((n = mf_cut_next(&cut, &made)))
		rxq->ops->rx(rxq, made, n);
}

static inline void mf_rx_queues(const struct mf_dests *dests,
				const struct mf_frame *frames, unsigned int n)
{
	unsigned int i = 0;

	do {
		struct mf_rxq *rxq = dests->dest[i].to;

		if (mf_frame_is_whole(frames) &&
		    READ_ONCE(rxq->whole) != frames->cut->finish)
			mf_rx_cut(rxq, frames, n);
		else
			rxq->ops->rx(rxq, frames, n);
	} while (unlikely(++i < dests->n));
}

void mf_rx_domain_sniff(const struct mf_dests *sniffers,
			const struct mf_frame *frames, unsigned int n)
{
	mf_rx_queues(sniffers, frames, n);
}
EXPORT_SYMBOL_NS_GPL(mf_rx_domain_sniff, "MFSTEER");

/*
 * Deliver consecutive frames to the same queues, as far as the budget allows.
 * Return the number of delivered frames.
 */
static unsigned int mf_rx_run(const struct mf_dests *dests,
			      const struct mf_frame *frames, unsigned int n,
			      u32 *budget)
{
	/* With a single receiver, the work of a call is limited anyway. */
	if (unlikely(dests->n > 1))
		n = mf_budget_take(budget, frames, n, dests->n);
	mf_rx_queues(dests, frames, n);

	return n;
}

/* Return true if rules that read @depth of one frame treat another one alike. */
static inline bool mf_rx_same(int depth, const struct mf_frame *one,
			      const struct mf_frame *other)
{
	return mf_same_l2(depth, one->hdr, other->hdr) ||
	       mf_same_flow(depth, one, other);
}

/*
 * Take the last lookup of this CPU for a frame if it is of the generation @gen.
 * Return the depth to which rules read the frame, or -1 if there is no such
 * lookup. Preemption is disabled since tasks can preempt each other with bottom
 * halves disabled on PREEMPT_RT.
 */
static inline int mf_rx_recall(const struct mf_rx_domain *domain, u64 gen,
			       const struct mf_frame *frame,
			       const struct mf_dests **dests)
{
	const struct mf_rx_known *known = get_cpu_ptr(domain->known);
	int depth = -1;

	if (likely(known->gen == gen &&
		   mf_rx_same(known->depth, frame, &known->frame))) {
		*dests = known->dests;
		depth = known->depth;
	}
	put_cpu_ptr(domain->known);

	return depth;
}

/*
 * Look up the first frame of a call, and remember the lookup for
 * mf_rx_recall().
 */
static noinline const struct mf_dests *
mf_rx_first(struct mf_rx_domain *domain, u64 gen, const struct mf_frame *frame,
	    struct mf_parse *parse)
{
	const struct mf_dests *dests;
	struct mf_rx_known *known;
	bool bpf = mf_key_bpf();

	dests = mf_rx_lookup(domain, frame, parse);
	if (gen == MF_RX_CHANGING || bpf || mf_key_bpf())
		return dests;

	known = get_cpu_ptr(domain->known);
	known->gen = gen;
	known->dests = dests;
	known->depth = parse->depth;
	known->frame.hdr = known->hdr;
	known->frame.hdr_len = min(frame->hdr_len, MF_RX_KNOWN_HDR);
	memcpy(known->hdr, frame->hdr, known->frame.hdr_len);
	put_cpu_ptr(domain->known);

	return dests;
}

/*
 * Return true if a frame has too many receivers for a sender without a budget.
 */
static bool mf_rx_too_many(const struct mf_dests *dests,
			   const struct mf_dests *sniffers)
{
	return (dests ? dests->n : 0) + (sniffers ? sniffers->n : 0) >
	       MF_RX_INLINE;
}

/* Count the frames that no rule takes. */
static inline u32 mf_rx_missed(const struct mf_dests *dests,
			       const struct mf_frame *frame)
{
	return likely(dests) ? 0 : mf_frame_wire_frames(frame, 1);
}

unsigned int mf_rx_domain_deliver(struct mf_rx_domain *domain,
				  const struct mf_frame *frames, unsigned int n,
				  u32 *budget)
{
	const struct mf_dests *sniffers = mf_rx_domain_sniffers(domain);
	const struct mf_dests *dests = NULL, *last = NULL;
	struct mf_parse parse[2] __uninitialized, *cur = NULL;
	unsigned int start = 0, missed = 0, i;
	u64 bytes = 0, gen;
	int depth;

	if (unlikely(!budget))
		WARN_ON_ONCE(n != 1);
	else if (unlikely(sniffers))
		n = mf_budget_take(budget, frames, n, sniffers->n);

	/* Pairs with mf_rx_change() and mf_rx_changed(). */
	gen = smp_load_acquire(&domain->gen);
	depth = mf_rx_recall(domain, gen, &frames[0], &dests);

	for (i = 0; i < n; i++) {
		bytes += frames[i].len;
		/*
		 * Most frames belong to the flow of the frame before. Its key
		 * is in @cur if it was parsed.
		 */
		if (i ? !mf_rx_same(depth, &frames[i], &frames[i - 1]) :
			unlikely(depth < 0)) {
			struct mf_parse *next = &parse[cur == &parse[0]];

			mf_parse_init(next, &frames[i]);
			if (!i)
				dests = mf_rx_first(domain, gen, &frames[i],
						    next);
			else if (!cur || !mf_parse_same(next, cur))
				dests = mf_rx_lookup(domain, &frames[i], next);
			cur = next;
			depth = next->depth;
		}
		if (unlikely(!budget && mf_rx_too_many(dests, sniffers)))
			return 0;
		missed += mf_rx_missed(dests, &frames[i]);
		if (dests == last)
			continue;
		if (last) {
			start += mf_rx_run(last, &frames[start], i - start,
					   budget);
			if (unlikely(mf_budget_spent(budget))) {
				/*
				 * The frame that was just looked up is sent
				 * again later.
				 */
				missed -= mf_rx_missed(dests, &frames[i]);
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
		start += mf_rx_run(last, &frames[start], n - start, budget);
		if (unlikely(start < n)) {
			n = start;
			bytes = mf_frame_wire_bytes(frames, n);
		}
	}
	if (unlikely(sniffers))
		mf_rx_domain_sniff(sniffers, frames, n);
	if (unlikely(frames->cut))
		bytes = mf_frame_wire_bytes(frames, n);

	this_cpu_add(domain->stats->rx_frames, mf_frame_wire_frames(frames, n));
	this_cpu_add(domain->stats->rx_bytes, bytes);
	if (unlikely(missed))
		this_cpu_add(domain->stats->rx_no_rule, missed);

	return n;
}
EXPORT_SYMBOL_NS_GPL(mf_rx_domain_deliver, "MFSTEER");
