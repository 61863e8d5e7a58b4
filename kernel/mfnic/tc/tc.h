/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * tc rules, for who looks frames up and for who binds them to ports.
 */
#ifndef MFNIC_TC_H
#define MFNIC_TC_H

#include <linux/netdevice.h>

#include "steer/edit.h"
#include "steer/flow_key.h"

struct mfnic_chain;
struct mfnic_port;
struct mfnic_tc_rule;

/**
 * struct mfnic_steered - one frame on its way through the switch
 * @parse: the frame as it is now: the sender's, or @edit's
 * @edited: it is @edit's
 * @classified: the kernel's tc must not see the frame, since a rule that only
 *	this switch has took it, or one did something that must happen once
 * @budget: as of mfnic_budget_take()
 * @edit: the copy that actions change, valid if @edited
 */
struct mfnic_steered {
	struct mfnic_parse	parse;
	bool			edited;
	bool			classified;
	u32			*budget;
	struct mfnic_edit	edit;
};

/**
 * enum mfnic_tc_verdict - what the rules say about a frame
 * @MFNIC_TC_CONTINUE: no rule decided, the next stage does
 * @MFNIC_TC_PASS: a rule said so; the next stage decides, whatever the source
 *	address is
 * @MFNIC_TC_FORWARD: to a port
 * @MFNIC_TC_TRAP: to the representor of the sender
 * @MFNIC_TC_DROP: nowhere, and it is counted
 * @MFNIC_TC_NO_DEST: to a port that is gone
 */
enum mfnic_tc_verdict {
	MFNIC_TC_CONTINUE,
	MFNIC_TC_PASS,
	MFNIC_TC_FORWARD,
	MFNIC_TC_TRAP,
	MFNIC_TC_DROP,
	MFNIC_TC_NO_DEST,
};

/**
 * struct mfnic_seen_filter - what the kernel tells who listens of a filter
 * @soft: software has it and the switch has not; else it is gone, or the switch
 *	has it
 * @chain: where it is
 * @prio: likewise
 * @handle: which, 0: all of that priority
 */
struct mfnic_seen_filter {
	bool	soft;
	u32	chain;
	u32	prio;
	u32	handle;
};

void mfnic_tc_seen(const struct net *net, int ifindex, u32 block,
		   const struct mfnic_seen_filter *seen);
const struct mfnic_tc_rule *mfnic_tc_lookup(struct mfnic_chain *chain,
					    struct mfnic_parse *parse);
bool mfnic_tc_in_force(const struct mfnic_tc_rule *rule, u32 soft_prio);
bool mfnic_tc_decides(const struct mfnic_tc_rule *rule);
struct mfnic_port *mfnic_tc_fast(const struct mfnic_tc_rule *rule,
				 const struct mf_frame *frame);
enum mfnic_tc_verdict mfnic_tc_run(struct mfnic_port *from,
				   const struct mfnic_tc_rule *rule,
				   struct mfnic_steered *s,
				   struct mfnic_port **to);
int mfnic_tc_port_init(struct mfnic_port *port);
void mfnic_tc_port_fini(struct mfnic_port *port);
bool mfnic_tc_has_rules(const struct mfnic_port *port);
int mfnic_tc_setup(struct net_device *rep, enum tc_setup_type type,
		   void *type_data);
int mfnic_tc_init(void);
void mfnic_tc_exit(void);

/* Give @s a header that can be changed. */
static inline struct mfnic_edit *mfnic_steered_edit(struct mfnic_steered *s)
{
	if (!s->edited) {
		mfnic_edit_start(&s->edit, s->parse.frame);
		s->edited = true;
	}
	mfnic_parse_init(&s->parse, &s->edit.frame);

	return &s->edit;
}

#endif /* MFNIC_TC_H */
