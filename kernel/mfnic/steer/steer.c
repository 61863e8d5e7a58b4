// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The eswitch: what becomes of a frame that a port sends.
 *
 * The operator's tc rules on the representor come first, then the bridge that
 * the representor is in. What neither decides takes the slow path: it arrives
 * at the sender's representor, and the kernel's software goes on from there.
 * So does what would meet something there that the switch has not, soft.h.
 */
#include <linux/etherdevice.h>

#include "bridge/bridge.h"
#include "netdev/rep_path.h"
#include "steer/deliver.h"
#include "steer/soft.h"
#include "steer/steer.h"
#include "tc/tc.h"

enum mfnic_verdict_kind {
	MFNIC_FORWARD,		/* to a port, as it is */
	MFNIC_SLOW,		/* to the representor, as it is */
	MFNIC_SPOOFED,
	MFNIC_INVALID,
	MFNIC_RUN,		/* needs more than that */
};

/**
 * struct mfnic_way - what is the same for all frames of a call
 * @from: the port that sends them
 * @soft_prio: see mfnic_soft_ingress()
 * @brport: its place in a bridge, or NULL
 * @hooks: software has more to do in that bridge
 * @budget: as of mfnic_budget_take()
 */
struct mfnic_way {
	struct mfnic_port		*from;
	u32				soft_prio;
	const struct mfnic_brport	*brport;
	bool				hooks;
	u32				*budget;
};

/**
 * struct mfnic_verdict - what becomes of a frame
 * @kind: which
 * @by_macs: also of every frame with the same addresses that is not longer
 * @to: where to forward
 * @rule: what to run, or NULL
 */
struct mfnic_verdict {
	enum mfnic_verdict_kind		kind;
	bool				by_macs;
	struct mfnic_port		*to;
	const struct mfnic_tc_rule	*rule;
};

/* A subfunction sends with its own address, if the operator does not trust it. */
static bool mfnic_spoofed(const struct mfnic_port *from,
			  const struct mf_frame *frame)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame->hdr;

	return !mfnic_is_uplink(from) &&
	       !ether_addr_equal(eth->h_source, from->mac) &&
	       !READ_ONCE(from->trusted);
}

static struct mfnic_verdict mfnic_classify(const struct mfnic_way *way,
					   const struct mf_frame *frame)
{
	struct mfnic_verdict verdict = { .kind = MFNIC_SLOW };
	struct mfnic_parse parse __uninitialized;
	struct mfnic_port *from = way->from;
	struct mfnic_vlan_edit vlan;
	struct mfnic_chain *chain;
	bool decides = false;

	if (unlikely(frame->len < MF_FRAME_MIN ||
		     frame->len > mfnic_max_frame(from->nic))) {
		verdict.kind = MFNIC_INVALID;
		return verdict;
	}

	mfnic_parse_init(&parse, frame);
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
		/* Then software has that rule, which may decide there. */
		decides = verdict.rule && mfnic_tc_decides(verdict.rule);
		verdict.rule = NULL;
	}

	if (unlikely(!decides && mfnic_spoofed(from, frame))) {
		verdict.kind = MFNIC_SPOOFED;
		return verdict;
	}

	if (way->brport) {
		verdict.to = mfnic_bridge_lookup(way->brport, &parse, &vlan);
		/* The station was seen, even so. */
		if (unlikely(way->soft_prio != MFNIC_SOFT_NONE || way->hooks))
			verdict.to = NULL;
		if (verdict.to)
			verdict.kind = vlan.op == MFNIC_VLAN_KEEP ?
				       MFNIC_FORWARD : MFNIC_RUN;
		verdict.by_macs = !chain && verdict.kind == MFNIC_FORWARD &&
			       parse.depth == MFNIC_KEY_MACS;
	}

	return verdict;
}

/* Most frames are of one flow with the one before: no need to look again. */
static bool mfnic_same_verdict(const struct mfnic_verdict *verdict,
			       const struct mf_frame *frame)
{
	return verdict->by_macs && frame[0].len >= MF_FRAME_MIN &&
	       frame[0].len <= frame[-1].len &&
	       mfnic_same_macs(frame[0].hdr, frame[-1].hdr);
}

/* An edited frame may have become too long. */
static void mfnic_out_edited(const struct mfnic_way *way, struct mfnic_port *to,
			     const struct mf_frame *frame)
{
	if (likely(frame->len <= mfnic_max_frame(to->nic)))
		mfnic_deliver_out(way->from, to, frame, 1, way->budget);
	else
		this_cpu_add(to->stats->rx_too_long, 1);
}

/* The bridge, or else the representor, has a frame that rules let through. */
static void mfnic_run_bridge(const struct mfnic_way *way,
			     struct mfnic_steered *s)
{
	struct mfnic_port *to = NULL;
	struct mfnic_vlan_edit vlan;
	bool fits = true;

	if (way->brport)
		to = mfnic_bridge_lookup(way->brport, &s->parse, &vlan);
	/* Rules of tc that the frame did not meet it will not meet any more. */
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

/* One frame that needs more than to be forwarded. */
static void mfnic_run(const struct mfnic_way *way, const struct mf_frame *frame,
		      const struct mfnic_tc_rule *rule)
{
	enum mfnic_tc_verdict verdict = MFNIC_TC_CONTINUE;
	struct mfnic_port *from = way->from;
	struct mfnic_steered s;
	struct mfnic_port *to;

	mfnic_parse_init(&s.parse, frame);
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

/* Returns how many are done with, as mfnic_rx_deliver() does. */
static unsigned int mfnic_finish(const struct mfnic_way *way,
				 const struct mfnic_verdict *verdict,
				 const struct mf_frame *frames, unsigned int n)
{
	struct mfnic_port *from = way->from;
	unsigned int i;

	switch (verdict->kind) {
	case MFNIC_FORWARD:
		return mfnic_deliver_out(from, verdict->to, frames, n,
					 way->budget);
	case MFNIC_SLOW:
		mfnic_rep_rx(from, frames, n, MFNIC_TRAP_SLOW_PATH, false);
		break;
	case MFNIC_SPOOFED:
		mfnic_trap_spoofed(from, frames, n);
		break;
	case MFNIC_INVALID:
		this_cpu_add(from->stats->tx_invalid, n);
		break;
	case MFNIC_RUN:
		for (i = 0; i < n; i++) {
			mfnic_run(way, &frames[i], verdict->rule);
			if (unlikely(mfnic_budget_spent(way->budget)))
				return i + 1;
		}
		break;
	}

	return n;
}

/**
 * mfnic_steer - a port's frames enter the switch
 * @from: the port
 * @frames: in order
 * @n: at least 1
 * @budget: as of mfnic_budget_take()
 *
 * Frames in a row with the same verdict travel together.
 *
 * Context: atomic, RCU read section.
 * Return: how many did, as of mfnic_rx_deliver().
 */
unsigned int mfnic_steer(struct mfnic_port *from, const struct mf_frame *frames,
			 unsigned int n, u32 *budget)
{
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
	verdict = mfnic_classify(&way, &frames[0]);
	for (i = 1; i < n; i++) {
		bytes += frames[i].len;
		if (mfnic_same_verdict(&verdict, &frames[i]))
			continue;
		next = mfnic_classify(&way, &frames[i]);
		if (next.kind == verdict.kind && next.to == verdict.to &&
		    next.rule == verdict.rule) {
			verdict.by_macs = next.by_macs;
			continue;
		}
		start += mfnic_finish(&way, &verdict, &frames[start],
				      i - start);
		if (unlikely(mfnic_budget_spent(budget)))
			goto out;
		verdict = next;
		start = i;
	}
	start += mfnic_finish(&way, &verdict, &frames[start], n - start);
out:
	/* Others were looked at, and come again. */
	if (unlikely(start < n))
		bytes = mfnic_bytes(frames, start);

	this_cpu_add(from->stats->tx_frames, start);
	this_cpu_add(from->stats->tx_bytes, bytes);

	return start;
}
