/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Counters objects, see counters.c.
 */
#ifndef MFRAW_COUNTERS_H
#define MFRAW_COUNTERS_H

#include <rdma/ib_verbs.h>

struct mf_frame;

/**
 * struct mfraw_flow_count - what flows with a counter took, on one CPU
 * @packets: frames
 * @bytes: of them
 */
struct mfraw_flow_count {
	u64	packets;
	u64	bytes;
};

/**
 * struct mfraw_flow_counts - what a counters object counts
 * @count: counted with bottom halves disabled
 * @rcu: to free it, since steering may still be calling
 */
struct mfraw_flow_counts {
	struct mfraw_flow_count __percpu *count;
	struct rcu_head		rcu;
};

/**
 * struct mfraw_counters - a counters object, that flows may share
 * @ibcounters: of the core
 * @counts: outlives it by a grace period
 */
struct mfraw_counters {
	struct ib_counters	ibcounters;
	struct mfraw_flow_counts *counts;
};

static inline struct mfraw_counters *
to_mfraw_counters(struct ib_counters *ibcounters)
{
	return container_of(ibcounters, struct mfraw_counters, ibcounters);
}

extern const struct ib_device_ops mfraw_counters_ops;
void mfraw_counters_add(struct mfraw_flow_counts *counts,
			const struct mf_frame *frames, unsigned int n);

#endif /* MFRAW_COUNTERS_H */
