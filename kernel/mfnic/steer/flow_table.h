/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef MFNIC_FLOW_TABLE_H
#define MFNIC_FLOW_TABLE_H

#include <linux/list.h>
#include <linux/mutex.h>

#include "steer/dests.h"
#include "steer/flow_key.h"

struct mf_flow_rule;

/**
 * struct mf_flow_table - rules by priority, mask and key
 * @groups: list of struct mf_flow_group, one for each pair of priority and
 *	mask, by ascending priority; read under RCU
 * @room: number of groups that may still be added
 * @max_dests: maximum number of destinations of a key; may change at any time
 * @lock: serialises changes of @groups and @room
 */
struct mf_flow_table {
	struct list_head	groups;
	unsigned int		room;
	u32			max_dests;
	struct mutex		lock;	/* @groups, @room */
};

int mf_flow_init(void);
void mf_flow_exit(void);
void mf_flow_table_init(struct mf_flow_table *table,
			unsigned int max_groups);
void mf_flow_table_destroy(struct mf_flow_table *table);
struct mf_flow_rule *mf_flow_add(struct mf_flow_table *table, u16 prio,
				 const struct mf_flow_key *key,
				 const struct mf_flow_key *mask,
				 void *to);
void mf_flow_del(struct mf_flow_table *table,
		 struct mf_flow_rule *rule);
const struct mf_dests *
mf_flow_lookup_from(struct mf_flow_table *table, unsigned int prio,
		    struct mf_parse *parse);

/* Look up a frame in all rules. */
static inline const struct mf_dests *
mf_flow_lookup(struct mf_flow_table *table, struct mf_parse *parse)
{
	return mf_flow_lookup_from(table, 0, parse);
}

#endif /* MFNIC_FLOW_TABLE_H */
