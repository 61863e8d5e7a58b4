// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Counters of flows. The kernel counts packets and bytes for each counters
 * object. The provider keeps which value of ibv_read_counters() reports which
 * of the two.
 */
#include <errno.h>
#include <stdlib.h>

#include "counters.h"

/* The kernel returns packets and bytes, as enum ib_counters_description. */
#define MFRAW_NUM_COUNTERS	(IBV_COUNTER_BYTES + 1)

struct ibv_counters *
mfraw_create_counters(struct ibv_context *ibctx,
		      struct ibv_counters_init_attr *attr)
{
	struct mfraw_counters *counters;
	int ret;

	counters = calloc(1, sizeof(*counters));
	if (!counters)
		return NULL;

	ret = ibv_cmd_create_counters(ibctx, attr, &counters->vcounters, NULL);
	if (ret) {
		free(counters);
		errno = ret;
		return NULL;
	}
	pthread_mutex_init(&counters->mutex, NULL);
	return &counters->vcounters.counters;
}

int mfraw_destroy_counters(struct ibv_counters *ibcounters)
{
	struct mfraw_counters *counters = to_mcounters(ibcounters);
	int ret;

	ret = ibv_cmd_destroy_counters(&counters->vcounters);
	if (ret)
		return ret;
	pthread_mutex_destroy(&counters->mutex);
	free(counters->points);
	free(counters);
	return 0;
}

/* A flow gets its counters when it is created, so @flow must be NULL. */
int mfraw_attach_counters_point_flow(struct ibv_counters *ibcounters,
				     struct ibv_counter_attach_attr *attr,
				     struct ibv_flow *flow)
{
	struct mfraw_counters *counters = to_mcounters(ibcounters);
	struct mfraw_counter_point *points;
	int ret = 0;

	if (flow || attr->comp_mask)
		return EOPNOTSUPP;
	if (attr->counter_desc != IBV_COUNTER_PACKETS &&
	    attr->counter_desc != IBV_COUNTER_BYTES)
		return EOPNOTSUPP;

	pthread_mutex_lock(&counters->mutex);
	if (counters->num_flows) {
		ret = EBUSY;
		goto out;
	}
	points = realloc(counters->points,
			 (counters->num_points + 1) * sizeof(*points));
	if (!points) {
		ret = ENOMEM;
		goto out;
	}
	points[counters->num_points].desc = attr->counter_desc;
	points[counters->num_points].index = attr->index;
	counters->points = points;
	counters->num_points++;
out:
	pthread_mutex_unlock(&counters->mutex);
	return ret;
}

int mfraw_read_counters(struct ibv_counters *ibcounters, uint64_t *values,
			uint32_t num_values, uint32_t flags)
{
	struct mfraw_counters *counters = to_mcounters(ibcounters);
	uint64_t counts[MFRAW_NUM_COUNTERS] = {};
	uint32_t i;
	int ret;

	ret = ibv_cmd_read_counters(&counters->vcounters, counts,
				    MFRAW_NUM_COUNTERS, flags, NULL);
	if (ret)
		return ret;

	pthread_mutex_lock(&counters->mutex);
	for (i = 0; i < counters->num_points; i++)
		if (counters->points[i].index >= num_values)
			ret = EINVAL;
	if (ret)
		goto out;

	/* Points with the same index add up. */
	for (i = 0; i < num_values; i++)
		values[i] = 0;
	for (i = 0; i < counters->num_points; i++)
		values[counters->points[i].index] +=
			counts[counters->points[i].desc];
out:
	pthread_mutex_unlock(&counters->mutex);
	return ret;
}

/*
 * Count a flow that uses the counters; no points can be added from then on.
 * Returns 0, or EINVAL if there are no points, since these counters could not
 * be read.
 */
int mfraw_counters_bind(struct mfraw_counters *counters)
{
	int ret = 0;

	pthread_mutex_lock(&counters->mutex);
	if (counters->num_points)
		counters->num_flows++;
	else
		ret = EINVAL;
	pthread_mutex_unlock(&counters->mutex);
	return ret;
}

/* The flow that mfraw_counters_bind() counted is destroyed. */
void mfraw_counters_unbind(struct mfraw_counters *counters)
{
	pthread_mutex_lock(&counters->mutex);
	counters->num_flows--;
	pthread_mutex_unlock(&counters->mutex);
}
