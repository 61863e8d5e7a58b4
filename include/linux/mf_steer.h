/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Steering of frames, as a library for the parents of queue blocks, see
 * mf_qblock.h: the receive domain of a port, and the flow tables below it.
 */
#ifndef _LINUX_MF_STEER_H
#define _LINUX_MF_STEER_H

#include <linux/list.h>
#include <linux/mf_frame.h>
#include <linux/mf_qblock.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/unaligned.h>
#include <net/flow_dissector.h>

/**
 * DOC: steering
 *
 * A parent whose device does not choose the receive queue of each frame embeds
 * a &struct mf_rx_domain in each port. It passes the rules of the port's
 * clients to the domain, and the frames that arrive at the port. A parent may
 * have flow tables of its own, too, for example for the rules of a switch.
 *
 * The library owns the memory of rules, which work items of its own free, and
 * that of the last lookups of each domain, and nothing else. It has no device
 * and no list of its users, and it calls nothing but the receive queues that
 * rules name. All structures of this header belong to the caller, which
 * initializes and destroys them.
 *
 * Rules are added and removed in process context; each table and each domain
 * has a mutex for that. Lookups run in RCU read sections, and neither sleep,
 * lock nor allocate. They may find a removed rule until a grace period has
 * passed. The cost of a lookup grows with the number of different pairs of
 * priority and mask, not with the number of rules.
 *
 * Lengths and budgets are in bytes. Rules are charged to the memory cgroup of
 * the caller. The functions are exported in the namespace MFSTEER.
 */

struct mf_flow_rule;
struct mf_rx_known;

/*
 * Limits of the number of destinations in a set. The sender of a frame does the
 * work for all of them and cannot choose them, so the operator sets the limit.
 */
#define MF_DESTS_DEFAULT	32U
#define MF_DESTS_MAX		256U

/**
 * struct mf_dests - set of destinations, replaced as a whole when it changes
 * @rcu: defers freeing until readers are done
 * @n: number of destinations, at least 1
 * @dest: destinations with the number of rules that name each; the owner of the
 *	table knows the type
 *
 * Constant once readers can see it; an update replaces the whole set.
 */
struct mf_dests {
	struct rcu_head	rcu;
	unsigned int	n;
	struct {
		void		*to;
		unsigned int	refs;
	} dest[] __counted_by(n);
};

/**
 * mf_budget_take - compute how many frames a call may still deliver
 * @budget: remaining bytes times receivers of the call, or NULL for no limit; 0
 *	on return if no more frames may follow
 * @frames: frames to deliver, in order
 * @n: number of @frames, at least 1
 * @receivers: number of receivers of each frame
 *
 * The sender does the work of all receivers, with bottom halves disabled and
 * its queue locked. A call of xmit ends when its budget is used up, see
 * &mf_qblock_ops.xmit.
 *
 * Context: any.
 * Return: the number of frames, at least 1. The frame that exceeds the budget
 *	is still delivered.
 */
static inline unsigned int mf_budget_take(u32 *budget,
					  const struct mf_frame *frames,
					  unsigned int n,
					  unsigned int receivers)
{
	unsigned int i;

	if (!budget)
		return n;
	for (i = 0; i < n; i++) {
		u64 cost = (u64)frames[i].len * receivers;

		if (cost >= *budget) {
			*budget = 0;
			return i + 1;
		}
		*budget -= cost;
	}

	return n;
}

/**
 * mf_budget_spent - test whether a budget is used up
 * @budget: the budget, or NULL for no limit
 *
 * Context: any.
 * Return: true if no budget is left.
 */
static inline bool mf_budget_spent(const u32 *budget)
{
	return budget && !*budget;
}

#define MF_KEY_WORDS	(sizeof(struct mf_flow_key) / sizeof(u32))

/**
 * enum mf_key_depth - how far into a frame a mask matches
 * @MF_KEY_MACS: MAC addresses only
 * @MF_KEY_L2: MAC addresses, Ethertype and vlan tags
 * @MF_KEY_L4: all fields
 *
 * Parsing to each depth costs more than to the one before.
 */
enum mf_key_depth {
	MF_KEY_MACS,
	MF_KEY_L2,
	MF_KEY_L4,
};

/**
 * struct mf_parse - a frame with the fields parsed so far
 * @frame: a frame of at least MF_FRAME_MIN bytes, which outlives the structure
 * @depth: depth to which @key is valid, or -1 before any parsing
 * @key: parsed fields
 * @words: @key as words
 *
 * Variables on the stack are __uninitialized: initialization would cost time
 * for each frame and lookup, and only parsed fields are read.
 */
struct mf_parse {
	const struct mf_frame *frame;
	int depth;
	union {
		struct mf_flow_key key;
		u32 words[MF_KEY_WORDS];
	};
};

/**
 * mf_key_parse - parse the fields of a frame
 * @key: result; only fields of @depth are written, at MF_KEY_L4 the whole key
 * @depth: depth to parse to
 * @frame: a frame of at least MF_FRAME_MIN bytes
 *
 * The Ethertype is that behind all vlan tags, as in tc flower. Fields of an
 * incomplete header are zero.
 *
 * Context: any.
 */
void mf_key_parse(struct mf_flow_key *key, enum mf_key_depth depth,
		  const struct mf_frame *frame);

/**
 * mf_key_arp - set the ARP fields of a key
 * @key: key to write; ARP shares the fields of IP
 * @arp: result of the flow dissector, or values or masks of a rule in its form
 *
 * Context: any.
 */
void mf_key_arp(struct mf_flow_key *key,
		const struct flow_dissector_key_arp *arp);

/**
 * mf_key_icmp - combine ICMP type and code in the place of a port
 * @icmp: result of the flow dissector, or values or masks of a rule in its form
 *
 * Context: any.
 * Return: the value of @mf_flow_key.sport.
 */
static inline __be16 mf_key_icmp(const struct flow_dissector_key_icmp *icmp)
{
	return htons(icmp->type << 8 | icmp->code);
}

/**
 * mf_parse_init - begin to parse a frame
 * @parse: the structure to initialize
 * @frame: a frame of at least MF_FRAME_MIN bytes
 *
 * Context: any.
 */
static inline void mf_parse_init(struct mf_parse *parse,
				 const struct mf_frame *frame)
{
	parse->frame = frame;
	parse->depth = -1;
}

/**
 * mf_parse_to - parse a frame to a depth, unless that is done already
 * @parse: the frame
 * @depth: depth to which @mf_parse.key is valid on return, at least
 *
 * Context: any.
 */
static inline void mf_parse_to(struct mf_parse *parse, enum mf_key_depth depth)
{
	if (parse->depth >= (int)depth)
		return;
	parse->depth = depth;
	mf_key_parse(&parse->key, depth, parse->frame);
}

/**
 * mf_same_macs - compare both MAC addresses of two frames or keys
 * @a: header of a frame, or a struct mf_flow_key
 * @b: another one
 *
 * Context: any.
 * Return: true if both addresses are equal.
 */
static inline bool mf_same_macs(const void *a, const void *b)
{
	return !((get_unaligned((const u64 *)a) ^
		  get_unaligned((const u64 *)b)) |
		 (get_unaligned((const u32 *)a + 2) ^
		  get_unaligned((const u32 *)b + 2)));
}

/**
 * mf_same_l2 - test whether two frames are equal up to the Ethertype
 * @depth: depth to which rules read one of them
 * @a: header of a frame, of at least MF_FRAME_MIN bytes
 * @b: header of another one
 *
 * Context: any.
 * Return: true if @depth is not more than MF_KEY_L2, and both frames are
 *	untagged and have the same 14 bytes. So rules treat them alike.
 */
static inline bool mf_same_l2(int depth, const u8 *a, const u8 *b)
{
	return (depth == MF_KEY_MACS || depth == MF_KEY_L2) &&
	       !((get_unaligned((const u64 *)a) ^
		  get_unaligned((const u64 *)b)) |
		 (get_unaligned((const u64 *)(a + 6)) ^
		  get_unaligned((const u64 *)(b + 6)))) &&
	       !eth_type_vlan(((const struct ethhdr *)a)->h_proto);
}

/**
 * struct mf_flow_table - rules by priority, mask and key
 * @groups: list of struct mf_flow_group, one for each pair of priority and
 *	mask, by ascending priority; read under RCU
 * @room: number of groups that may still be added; the owner of the table may
 *	read it at any time
 * @max_dests: maximum number of destinations of a key, 1 to MF_DESTS_MAX; the
 *	owner of the table may change it at any time. Sets that have more keep
 *	them
 * @lock: serialises changes of @groups and @room
 */
struct mf_flow_table {
	struct list_head	groups;
	unsigned int		room;
	u32			max_dests;
	struct mutex		lock;	/* @groups, @room */
};

/**
 * mf_flow_table_init - initialize a table without rules
 * @table: the table
 * @max_groups: maximum number of pairs of priority and mask, each of which
 *	costs one lookup for a frame
 *
 * The table allows MF_DESTS_MAX destinations of a key.
 *
 * Context: sleeps.
 */
void mf_flow_table_init(struct mf_flow_table *table, unsigned int max_groups);

/**
 * mf_flow_table_destroy - tear down an empty table
 * @table: table without rules
 *
 * The caller frees @table when no lookup can be under way.
 *
 * Context: sleeps.
 */
void mf_flow_table_destroy(struct mf_flow_table *table);

/**
 * mf_flow_add - add a rule
 * @table: the table
 * @prio: priority; 0 is the first
 * @key: key; only bits that are set in @mask matter
 * @mask: mask, or zero to match every frame
 * @to: destination, as mf_flow_lookup() returns it. It must stay valid until a
 *	grace period after mf_flow_del() has passed
 *
 * The table keeps no pointer to @key and @mask.
 *
 * Context: sleeps.
 * Return: the rule, or an ERR_PTR: -ENOMEM, or -ENOSPC if the table has no room
 *	for another group or the entry has no room for another destination.
 */
struct mf_flow_rule *mf_flow_add(struct mf_flow_table *table, u16 prio,
				 const struct mf_flow_key *key,
				 const struct mf_flow_key *mask, void *to);

/**
 * mf_flow_del - remove and free a rule
 * @table: table of the rule
 * @rule: the rule, freed on return
 *
 * Readers may find the destination until a grace period has passed.
 *
 * Context: sleeps.
 */
void mf_flow_del(struct mf_flow_table *table, struct mf_flow_rule *rule);

/**
 * mf_flow_lookup_from - look up a frame from a priority on
 * @table: the table
 * @prio: the first priority to try
 * @parse: the frame, which is parsed as far as needed
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the destinations of the first group that matches, or NULL.
 */
const struct mf_dests *mf_flow_lookup_from(struct mf_flow_table *table,
					   unsigned int prio,
					   struct mf_parse *parse);

/**
 * mf_flow_lookup - look up a frame in all rules
 * @table: the table
 * @parse: the frame, which is parsed as far as needed
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the destinations of the first group that matches, or NULL.
 */
static inline const struct mf_dests *
mf_flow_lookup(struct mf_flow_table *table, struct mf_parse *parse)
{
	return mf_flow_lookup_from(table, 0, parse);
}

/*
 * Limit of the pairs of priority and mask of all users of a port. The sender of
 * a frame pays for one lookup in each.
 */
#define MF_RX_GROUPS		128

/*
 * A frame without a budget for more receivers than these is left to the caller,
 * see mf_rx_domain_deliver().
 */
#define MF_RX_INLINE		8

/**
 * struct mf_rx_domain - the receive domain of a port, embedded in the parent's
 *	own object
 * @lock: serialises changes of the rules
 * @gen: number of the last change of the rules, or a special value during a
 *	change
 * @changes: number of changes; under @lock
 * @known: last lookup on each CPU
 * @match: rules with key and mask; destinations are receive queues. Its
 *	@mf_flow_table.max_dests limits all sets of the domain
 * @mc_default: queues for multicast frames that no rule in @match takes
 * @deflt: queues for frames that no rule above takes
 * @rest: queues for frames that @deflt does not take, either
 * @sniffer: queues that get a copy of all frames
 * @stats: counters of the port, of which mf_rx_domain_deliver() writes
 *	@rx_frames, @rx_bytes and @rx_no_rule, with bottom halves disabled
 *
 * enum mf_rx_rule_kind defines the kinds of rules and their order.
 */
struct mf_rx_domain {
	struct mutex			lock;	/* see above */
	u64				gen;
	u64				changes;
	struct mf_rx_known __percpu	*known;
	struct mf_flow_table		match;
	struct mf_dests __rcu		*mc_default;
	struct mf_dests __rcu		*deflt;
	struct mf_dests __rcu		*rest;
	struct mf_dests __rcu		*sniffer;
	struct mf_qblock_stats __percpu	*stats;
};

/**
 * mf_rx_domain_init - initialize a receive domain without rules
 * @domain: zeroed memory of the domain
 * @stats: counters of the port, which outlive the domain
 *
 * The domain allows MF_RX_GROUPS pairs of priority and mask, and
 * MF_DESTS_DEFAULT queues with one rule.
 *
 * Context: sleeps.
 * Return: 0 or -ENOMEM.
 */
int mf_rx_domain_init(struct mf_rx_domain *domain,
		      struct mf_qblock_stats __percpu *stats);

/**
 * mf_rx_domain_destroy - tear down a receive domain
 * @domain: domain without rules, to which no delivery is under way any more
 *
 * Context: sleeps.
 */
void mf_rx_domain_destroy(struct mf_rx_domain *domain);

/**
 * mf_rx_domain_add - add a client's rule, see &mf_qblock_ops.rx_rule_add
 * @domain: receive domain of the client's port
 * @spec: the rule; the domain keeps no pointer to it
 *
 * Context: sleeps.
 * Return: the rule, or an ERR_PTR: -ENOMEM, -EOPNOTSUPP for an unknown kind of
 *	rule, or -ENOSPC if there are too many pairs of priority and mask, or
 *	too many queues with one rule.
 */
struct mf_rx_rule *mf_rx_domain_add(struct mf_rx_domain *domain,
				    const struct mf_rx_rule_spec *spec);

/**
 * mf_rx_domain_del - remove a client's rule, see &mf_qblock_ops.rx_rule_del
 * @domain: receive domain of the client's port
 * @rule: the rule, freed on return
 *
 * Frames may reach the queue until a grace period has passed.
 *
 * Context: sleeps.
 */
void mf_rx_domain_del(struct mf_rx_domain *domain, struct mf_rx_rule *rule);

/**
 * mf_rx_domain_deliver - deliver frames that arrive at a port
 * @domain: receive domain of the port
 * @frames: frames in order, of at least MF_FRAME_MIN bytes
 * @n: number of @frames, at least 1; 1 without a budget
 * @budget: see mf_budget_take()
 *
 * Consecutive frames for the same queues are delivered in one call. The lookup of
 * a frame is remembered for the next call on the CPU, until rules change.
 * Sniffers get frames after the other receivers, since the number of delivered frames is
 * known only then. Whole frames are cut for queues that do not take them.
 * Delivered frames are counted in @mf_rx_domain.stats.
 *
 * Without a budget, a frame for more than MF_RX_INLINE receivers is neither
 * delivered nor counted: the caller delivers it later, with a budget, where the
 * work delays nothing else.
 *
 * Context: bottom halves disabled, RCU read section.
 * Return: the number of delivered frames, at least 1 with a budget. It is less
 *	than @n only if the budget is used up. 0 if the frame was left to the
 *	caller.
 */
unsigned int mf_rx_domain_deliver(struct mf_rx_domain *domain,
				  const struct mf_frame *frames, unsigned int n,
				  u32 *budget);

/**
 * mf_rx_domain_sniffers - find the sniffers of a port
 * @domain: receive domain of a port that sends frames
 *
 * Context: RCU read section, in which the result is valid.
 * Return: the sniffers' queues, or NULL.
 */
static inline const struct mf_dests *
mf_rx_domain_sniffers(const struct mf_rx_domain *domain)
{
	return rcu_dereference(domain->sniffer);
}

/**
 * mf_rx_domain_sniff - copy frames that a port sends to its sniffers
 * @sniffers: result of mf_rx_domain_sniffers(), not NULL
 * @frames: the frames
 * @n: number of @frames, at least 1
 *
 * mf_rx_domain_deliver() does the same for received frames.
 *
 * Context: atomic, RCU read section.
 */
void mf_rx_domain_sniff(const struct mf_dests *sniffers,
			const struct mf_frame *frames, unsigned int n);

#endif /* _LINUX_MF_STEER_H */
