// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flows: which of the port's frames a QP receives. The kernel decides what it
 * can match.
 */
#include <errno.h>
#include <stdlib.h>

#include "mfraw.h"

struct ibv_flow *mfraw_create_flow(struct ibv_qp *ibqp,
				   struct ibv_flow_attr *attr)
{
	struct ibv_flow *flow;
	int ret;

	if (attr->comp_mask) {
		errno = EOPNOTSUPP;
		return NULL;
	}

	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;

	ret = ibv_cmd_create_flow(ibqp, flow, attr, NULL, 0);
	if (ret) {
		free(flow);
		errno = ret;
		return NULL;
	}
	return flow;
}

int mfraw_destroy_flow(struct ibv_flow *flow)
{
	int ret;

	ret = ibv_cmd_destroy_flow(flow);
	if (ret)
		return ret;
	free(flow);
	return 0;
}
