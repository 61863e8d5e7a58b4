// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The eswitch: it decides where a frame goes that a port sends.
 *
 * The tc rules on the representor come first, then the representor's bridge. A
 * frame for which neither decides takes the slow path: it arrives at the
 * sender's representor, and the kernel's software handles it. Frames that would
 * meet software that the switch does not have take the slow path, too; see
 * soft.h.
 *
 * Most frames go where the frame before went. Each CPU remembers the last
 * decision of the bridge for each port. mfnic_changed() makes it void.
 */
#include <linux/etherdevice.h>
#include <linux/mf_cut.h>

#include "bridge/bridge.h"
#include "bridge/fdb.h"
#include "netdev/rep_path.h"
#include "steer/deliver.h"
#include "steer/soft.h"
#include "steer/steer.h"
#include "tc/tc.h"

enum mfnic_verdict_kind {
	MFNIC_FORWARD,		/* to a port, unchanged */
	MFNIC_SLOW,		/* to the representor, unchanged */
	MFNIC_SPOOFED,
	MFNIC_INVALID,
	MFNIC_RUN,		/* by mfnic_run() */
};

/**
 * struct mfnic_way - data that all frames of a call share
 * @from: sender
 * @soft_prio: result of mfnic_soft_ingress()
 * @brport: bridge port of the sender, or NULL
 * @hooks: the bridge has netfilter hooks
 * @budget: see mf_budget_take()
 */
struct mfnic_way {
	struct mfnic_port		*from;
	u32				soft_prio;
	const struct mfnic_brport	*brport;
	bool				hooks;
	u32				*budget;
};

/**
 * struct mfnic_verdict - decision about a frame
 * @kind: kind of the decision
 * @depth: the decision holds for every frame with the same fields up to this
 *	depth that is not longer; -1 if it holds for no other frame
 * @to: MFNIC_FORWARD: destination
 * @rule: MFNIC_RUN: tc rule to run, or NULL
 * @source: entry of the bridge for the sender's station, or NULL
 */
struct mfnic_verdict {
	enum mfnic_verdict_kind		kind;
	int				depth;
	struct mfnic_port		*to;
	const struct mfnic_tc_rule	*rule;
	struct mfnic_fdb_entry		*source;
};

/**
 * struct mfnic_known - the last decision of the bridge for a port, on one CPU
 * @gen: &mfnic.changes before the decision; the pointers of @verdict are valid
 *	as long as the number is the same
 * @verdict: the decision, with a @depth
 * @len: length of the frame
 * @hdr: header of the frame, as far as the bridge reads it
 */
struct mfnic_known {
	s64			gen;
	struct mfnic_verdict	verdict;
	u32			len;
	u8			hdr[ETH_HLEN];
};

/**
 * mfnic_steer_port_init - allocate what steering knows of a new port
 * @port: the port
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mfnic_steer_port_init(struct mfnic_port *port)
{
	port->known = alloc_percpu(struct mfnic_known);

	return port->known ? 0 : -ENOMEM;
}

/**
 * mfnic_steer_port_fini - free what steering knows of a port
 * @port: port that no frame leaves any more
 *
 * Context: any.
 */
void mfnic_steer_port_fini(struct mfnic_port *port)
{
	free_percpu(port->known);
}

/*
 * A subfunction must use its own source address unless the operator trusts it.
 */
static bool mfnic_spoofed(const struct mfnic_port *from,
			  const struct mf_frame *frame)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;

	return !mfnic_is_uplink(from) &&
	       !ether_addr_equal(eth->h_source, from->base.mac) &&
	       !READ_ONCE(from->trusted);
}

static struct mfnic_verdict mfnic_classify(const struct mfnic_way *way,
					   const struct mf_frame *frame)
{
	struct mfnic_verdict verdict = { .kind = MFNIC_SLOW, .depth = -1 };
	struct mf_parse parse __uninitialized;
	struct mfnic_port *from = way->from;
	struct mfnic_vlan_edit vlan;
	struct mfnic_chain *chain;
	bool decides = false;

	if (unlikely(frame->len < MF_FRAME_MIN ||
		     !mf_frame_fits(frame, mfnic_max_frame(from->nic)))) {
		verdict.kind = MFNIC_INVALID;
		return verdict;
	}

	mf_parse_init(&parse, frame);
	chain = rcu_dereference(from->chain0);
	if (chain) {
		verdict.rule = mfnic_tc_lookup(chain, &parse);
		if (verdict.rule &&
		    mfnic_tc_in_force(verdict.rule, way->soft_prio)) {
			verdict.to = mfnic_tc_fast(verdict.rule, frame);
			verdict.kind = verdict.to ? MFNIC_FORWARD : MFNIC_RUN;
			if (verdict.to)
				verdict.rule = NULL;
			return verdict;
		}
		/* Software has the rule, too, and decides there. */
		decides = verdict.rule && mfnic_tc_decides(verdict.rule);
		verdict.rule = NULL;
	}

	if (unlikely(!decides && mfnic_spoofed(from, frame))) {
		verdict.kind = MFNIC_SPOOFED;
		return verdict;
	}

	if (way->brport) {
		verdict.to = mfnic_bridge_lookup(way->brport, &parse, &vlan,
						 &verdict.source);
		/* The lookup was needed to refresh the sender's entry. */
		if (unlikely(way->soft_prio != MFNIC_SOFT_NONE || way->hooks))
			verdict.to = NULL;
		if (verdict.to)
			verdict.kind = vlan.op == MFNIC_VLAN_KEEP ?
				       MFNIC_FORWARD : MFNIC_RUN;
		/* Whole frames are not compared by their length on the wire. */
		if (!chain && verdict.kind == MFNIC_FORWARD &&
		    !(frame->cut && frame->cut->n > 1))
			verdict.depth = parse.depth;
	}

	return verdict;
}

/*
 * Return true if the decision about a frame of length @len with the header @hdr
 * holds for @frame, too.
 */
static inline bool mfnic_same_verdict(const struct mfnic_verdict *verdict,
				      const struct mf_frame *frame,
				      const u8 *hdr, u32 len)
{
	if (frame->len < MF_FRAME_MIN || frame->len > len)
		return false;

	return verdict->depth == MF_KEY_MACS ?
	       mf_same_macs(frame->hdr, hdr) :
	       mf_same_l2(verdict->depth, frame->hdr, hdr);
}

/*
 * Take the last decision of this CPU for a frame if it is of the generation
 * @gen. Return false if there is no such decision. Preemption is disabled since
 * tasks can preempt each other with bottom halves disabled on PREEMPT_RT.
 */
static inline bool mfnic_recall(const struct mfnic_way *way, s64 gen,
				const struct mf_frame *frame,
				struct mfnic_verdict *verdict)
{
	const struct mfnic_known *known = get_cpu_ptr(way->from->known);
	bool same;

	same = known->gen == gen &&
	       mfnic_same_verdict(&known->verdict, frame, known->hdr,
				  known->len);
	if (likely(same))
		*verdict = known->verdict;
	put_cpu_ptr(way->from->known);
	if (unlikely(!same || way->soft_prio != MFNIC_SOFT_NONE ||
		     way->hooks || !mfnic_bridge_ready(verdict->to->rep, frame)))
		return false;
	if (likely(verdict->source))
		mfnic_fdb_used(verdict->source);

	return true;
}

/* Remember a decision for mfnic_recall(). */
static noinline void mfnic_remember(struct mfnic_port *from, s64 gen,
				    const struct mf_frame *frame,
				    const struct mfnic_verdict *verdict)
{
	struct mfnic_known *known = get_cpu_ptr(from->known);

	known->gen = gen;
	known->verdict = *verdict;
	known->len = frame->len;
	memcpy(known->hdr, frame->hdr, ETH_HLEN);
	put_cpu_ptr(from->known);
}

/* Forward a frame that an action may have made too long. */
static void mfnic_out_edited(const struct mfnic_way *way, struct mfnic_port *to,
			     const struct mf_frame *frame)
{
	if (likely(frame->len <= mfnic_max_frame(to->nic)))
		mfnic_deliver_out(way->from, to, frame, 1, way->budget);
	else
		this_cpu_add(to->stats->rx_too_long, 1);
}

/* Pass a frame to the bridge, or else to the representor, after the rules. */
static void mfnic_run_bridge(const struct mfnic_way *way,
			     struct mfnic_steered *s)
{
	struct mfnic_fdb_entry *source;
	struct mfnic_port *to = NULL;
	struct mfnic_vlan_edit vlan;
	bool fits = true;

	if (way->brport)
		to = mfnic_bridge_lookup(way->brport, &s->parse, &vlan,
					 &source);
	/*
	 * The frame will meet no further tc rules, so only a @soft_prio of 0
	 * matters.
	 */
	if (unlikely(!way->soft_prio || way->hooks))
		to = NULL;
	if (!to) {
		mfnic_rep_rx(way->from, s->parse.frame, 1, MFNIC_TRAP_SLOW_PATH,
			     s->classified);
		return;
	}

	if (vlan.op == MFNIC_VLAN_PUSH)
		fits = mfnic_edit_vlan_push(mfnic_steered_edit(s), vlan.tpid,
					    vlan.tci);
	else if (vlan.op == MFNIC_VLAN_POP)
		fits = mfnic_edit_vlan_pop(mfnic_steered_edit(s));

	if (fits)
		mfnic_out_edited(way, to, s->parse.frame);
	else
		this_cpu_add(to->stats->rx_too_long, 1);
}

/* Handle a frame that is not only forwarded. */
static void mfnic_run(const struct mfnic_way *way, const struct mf_frame *frame,
		      const struct mfnic_tc_rule *rule)
{
	enum mfnic_tc_verdict verdict = MFNIC_TC_CONTINUE;
	struct mfnic_port *from = way->from;
	struct mfnic_steered s;
	struct mfnic_port *to;

	mf_parse_init(&s.parse, frame);
	s.edited = false;
	s.classified = false;
	s.budget = way->budget;

	if (rule)
		verdict = mfnic_tc_run(from, rule, &s, &to);

	switch (verdict) {
	case MFNIC_TC_CONTINUE:
		if (unlikely(mfnic_spoofed(from, frame))) {
			mfnic_trap_spoofed(from, s.parse.frame, 1);
			break;
		}
		fallthrough;
	case MFNIC_TC_PASS:
		mfnic_run_bridge(way, &s);
		break;
	case MFNIC_TC_FORWARD:
		mfnic_out_edited(way, to, s.parse.frame);
		break;
	case MFNIC_TC_TRAP:
		mfnic_rep_rx(from, s.parse.frame, 1, MFNIC_TRAP_FLOW_ACTION,
			     false);
		break;
	case MFNIC_TC_DROP:
		this_cpu_add(from->stats->tx_rule_drop, 1);
		break;
	case MFNIC_TC_NO_DEST:
		this_cpu_add(from->stats->tx_no_dest, 1);
		break;
	}
}

/*
 * Handle a whole frame that is not only forwarded: rules count, police and
 * change the frames that it becomes on a wire.
 */
static noinline void mfnic_run_cut(const struct mfnic_way *way,
				   const struct mf_frame *frame,
				   const struct mfnic_tc_rule *rule)
{
	const struct mf_frame *made;
	struct mf_cut cut;
	unsigned int n, i;

	mf_cut_start(&cut, frame, 1);
	while ((n = mf_cut_next(&cut, &made)))
		for (i = 0; i < n; i++)
			mfnic_run(way, &made[i], rule);
}

/* Carry out a decision other than MFNIC_FORWARD. */
static noinline unsigned int
mfnic_finish_other(const struct mfnic_way *way,
		   const struct mfnic_verdict *verdict,
		   const struct mf_frame *frames, unsigned int n)
{
	struct mfnic_port *from = way->from;
	unsigned int i;

	switch (verdict->kind) {
	case MFNIC_FORWARD:
		break;
	case MFNIC_SLOW:
		mfnic_rep_rx(from, frames, n, MFNIC_TRAP_SLOW_PATH, false);
		break;
	case MFNIC_SPOOFED:
		mfnic_trap_spoofed(from, frames, n);
		break;
	case MFNIC_INVALID:
		this_cpu_add(from->stats->tx_invalid,
			     mf_frame_wire_frames(frames, n));
		break;
	case MFNIC_RUN:
		for (i = 0; i < n; i++) {
			if (mf_frame_is_whole(&frames[i]))
				mfnic_run_cut(way, &frames[i], verdict->rule);
			else
				mfnic_run(way, &frames[i], verdict->rule);
			if (unlikely(mf_budget_spent(way->budget)))
				return i + 1;
		}
		break;
	}

	return n;
}

/* Carry out a decision. Return the number of frames that are done. */
static inline unsigned int mfnic_finish(const struct mfnic_way *way,
					const struct mfnic_verdict *verdict,
					const struct mf_frame *frames,
					unsigned int n)
{
	if (likely(verdict->kind == MFNIC_FORWARD))
		return mfnic_deliver_out(way->from, verdict->to, frames, n,
					 way->budget);

	return mfnic_finish_other(way, verdict, frames, n);
}

/**
 * mfnic_steer - steer frames that a port sends
 * @from: sender
 * @frames: frames in order
 * @n: number of @frames, at least 1
 * @budget: see mf_budget_take()
 *
 * Consecutive frames with the same decision are handled in one batch.
 *
 * Context: atomic, RCU read section.
 * Return: the number of frames that are done, see mfnic_deliver_in().
 */
unsigned int mfnic_steer(struct mfnic_port *from, const struct mf_frame *frames,
			 unsigned int n, u32 *budget)
{
	/*
	 * Before all that decides. Pairs with mfnic_changed(): a call that
	 * reads the new number sees the change.
	 */
	s64 gen = atomic64_read_acquire(&from->nic->changes);
	struct mfnic_way way = {
		.from = from,
		.soft_prio = mfnic_soft_ingress(from),
		.brport = rcu_dereference(from->brport),
		.budget = budget,
	};
	struct mfnic_verdict verdict, next;
	unsigned int start = 0, i;
	u64 bytes = frames[0].len;

	way.hooks = way.brport && mfnic_soft_bridge(way.brport->dev);
	if (unlikely(!mfnic_recall(&way, gen, &frames[0], &verdict))) {
		verdict = mfnic_classify(&way, &frames[0]);
		if (verdict.depth >= 0)
			mfnic_remember(from, gen, &frames[0], &verdict);
	}
	for (i = 1; i < n; i++) {
		bytes += frames[i].len;
		if (mfnic_same_verdict(&verdict, &frames[i], frames[i - 1].hdr,
				       frames[i - 1].len))
			continue;
		next = mfnic_classify(&way, &frames[i]);
		if (next.kind == verdict.kind && next.to == verdict.to &&
		    next.rule == verdict.rule) {
			verdict.depth = next.depth;
			continue;
		}
		start += mfnic_finish(&way, &verdict, &frames[start],
				      i - start);
		if (unlikely(mf_budget_spent(budget)))
			goto out;
		verdict = next;
		start = i;
	}
	start += mfnic_finish(&way, &verdict, &frames[start], n - start);
out:
	/* The remaining frames were classified, but are sent again later. */
	if (unlikely(start < n || frames->cut))
		bytes = mf_frame_wire_bytes(frames, start);

	this_cpu_add(from->stats->tx_frames,
		     mf_frame_wire_frames(frames, start));
	this_cpu_add(from->stats->tx_bytes, bytes);

	return start;
}
