/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Counters of flows.
 */
#ifndef __MFRAW_COUNTERS_H__
#define __MFRAW_COUNTERS_H__

#include <pthread.h>
#include <stdint.h>

#include <infiniband/driver.h>

/*
 * A counter that ibv_read_counters() reports.
 *
 * @desc: what is counted
 * @index: where in the array of values the count is added
 */
struct mfraw_counter_point {
	enum ibv_counter_description	desc;
	uint32_t			index;
};

/*
 * @vcounters: what libibverbs knows
 * @mutex: protects all members below
 * @points: what ibv_read_counters() reports
 * @num_points: number of @points
 * @num_flows: number of flows that use the counters
 */
struct mfraw_counters {
	struct verbs_counters		vcounters;
	pthread_mutex_t			mutex;
	struct mfraw_counter_point	*points;
	uint32_t			num_points;
	uint32_t			num_flows;
};

static inline struct mfraw_counters *
to_mcounters(struct ibv_counters *ibcounters)
{
	return container_of(ibcounters, struct mfraw_counters,
			    vcounters.counters);
}

struct ibv_counters *
mfraw_create_counters(struct ibv_context *ibctx,
		      struct ibv_counters_init_attr *attr);
int mfraw_destroy_counters(struct ibv_counters *ibcounters);
int mfraw_attach_counters_point_flow(struct ibv_counters *ibcounters,
				     struct ibv_counter_attach_attr *attr,
				     struct ibv_flow *flow);
int mfraw_read_counters(struct ibv_counters *ibcounters, uint64_t *values,
			uint32_t num_values, uint32_t flags);
int mfraw_counters_bind(struct mfraw_counters *counters);
void mfraw_counters_unbind(struct mfraw_counters *counters);

#endif /* __MFRAW_COUNTERS_H__ */
