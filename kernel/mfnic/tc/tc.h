/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* tc rules: lookup for the data path, and setup for representors. */
#ifndef MFNIC_TC_H
#define MFNIC_TC_H

#include <linux/mf_steer.h>
#include <linux/netdevice.h>

#include "steer/edit.h"

struct mfnic_chain;
struct mfnic_port;
struct mfnic_tc_rule;

/**
 * struct mfnic_steered - a frame on its way through the switch
 * @parse: the current frame: the sender's, or that of @edit
 * @edited: @edit is the current frame
 * @classified: the kernel's tc must not see the frame, since a rule that only
 *	the switch has took the frame, or a rule had an effect that must happen
 *	only once
 * @budget: budget of the call, see mf_budget_take()
 * @edit: copy that actions change; valid if @edited
 */
struct mfnic_steered {
	struct mf_parse		parse;
	bool			edited;
	bool			classified;
	u32			*budget;
	struct mfnic_edit	edit;
};

/**
 * enum mfnic_tc_verdict - verdict of the tc rules on a frame
 * @MFNIC_TC_CONTINUE: no rule decided; the next stage decides
 * @MFNIC_TC_PASS: a rule passes the frame; the next stage decides, without a
 *	check of the source address
 * @MFNIC_TC_FORWARD: forward the frame to a port
 * @MFNIC_TC_TRAP: give the frame to the sender's representor
 * @MFNIC_TC_DROP: drop and count the frame
 * @MFNIC_TC_NO_DEST: drop the frame, whose destination port is gone
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
 * struct mfnic_seen_filter - a filter as rtnetlink reports it
 * @soft: software has the filter and the switch lacks it; else the filter is
 *	deleted, or the switch has it
 * @chain: chain of the filter
 * @prio: priority of the filter
 * @handle: handle of the filter, or 0 for all of @prio
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
					    struct mf_parse *parse);
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

/* Return a copy of the frame whose header may be changed. */
static inline struct mfnic_edit *mfnic_steered_edit(struct mfnic_steered *s)
{
	if (!s->edited) {
		mfnic_edit_start(&s->edit, s->parse.frame);
		s->edited = true;
	}
	mf_parse_init(&s->parse, &s->edit.frame);

	return &s->edit;
}

#endif /* MFNIC_TC_H */
