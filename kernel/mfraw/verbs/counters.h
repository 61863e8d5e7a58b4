/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Counters objects.
 */
#ifndef MFRAW_COUNTERS_H
#define MFRAW_COUNTERS_H

#include <rdma/ib_verbs.h>

struct mf_frame;

/**
 * struct mfraw_flow_count - counts of one CPU
 * @packets: number of frames
 * @bytes: bytes of the frames
 */
struct mfraw_flow_count {
	u64	packets;
	u64	bytes;
};

/**
 * struct mfraw_flow_counts - counts of a counters object
 * @count: counts per CPU, added to with bottom halves disabled
 * @rcu: frees the struct after steering has stopped using it
 */
struct mfraw_flow_counts {
	struct mfraw_flow_count __percpu *count;
	struct rcu_head		rcu;
};

/**
 * struct mfraw_counters - counters object; several flows may share one
 * @ibcounters: the core's counters object
 * @counts: counts, freed a grace period after the counters object
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
