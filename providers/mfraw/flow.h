/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Flows.
 */
#ifndef __MFRAW_FLOW_H__
#define __MFRAW_FLOW_H__

#include <infiniband/driver.h>

struct mfraw_counters;

/*
 * @ibv_flow: what libibverbs knows
 * @counters: what counts the frames of the flow, or NULL
 */
struct mfraw_flow {
	struct ibv_flow		ibv_flow;
	struct mfraw_counters	*counters;
};

static inline struct mfraw_flow *to_mflow(struct ibv_flow *ibflow)
{
	return container_of(ibflow, struct mfraw_flow, ibv_flow);
}

struct ibv_flow *mfraw_create_flow(struct ibv_qp *ibqp,
				   struct ibv_flow_attr *attr);
int mfraw_destroy_flow(struct ibv_flow *ibflow);

#endif /* __MFRAW_FLOW_H__ */
