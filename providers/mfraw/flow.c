// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flows: the rules by which a QP receives frames of the port. The kernel checks
 * the rules.
 */
#include <errno.h>
#include <stdlib.h>

#include "counters.h"
#include "flow.h"

/*
 * Returns the counters that a flow names, or NULL. The kernel refuses a flow
 * that names two.
 */
static struct mfraw_counters *mfraw_flow_counters(struct ibv_flow_attr *attr)
{
	void *pos = attr + 1;
	int i;

	for (i = 0; i < attr->num_of_specs; i++) {
		struct ibv_flow_spec *spec = pos;

		if (spec->hdr.type == IBV_FLOW_SPEC_ACTION_COUNT)
			return to_mcounters(spec->flow_count.counters);
		pos += spec->hdr.size;
	}
	return NULL;
}

struct ibv_flow *mfraw_create_flow(struct ibv_qp *ibqp,
				   struct ibv_flow_attr *attr)
{
	struct mfraw_flow *flow;
	int ret;

	if (attr->comp_mask) {
		errno = EOPNOTSUPP;
		return NULL;
	}

	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;

	flow->counters = mfraw_flow_counters(attr);
	if (flow->counters) {
		ret = mfraw_counters_bind(flow->counters);
		if (ret)
			goto err_free;
	}

	ret = ibv_cmd_create_flow(ibqp, &flow->ibv_flow, attr, NULL, 0);
	if (ret)
		goto err_counters;

	return &flow->ibv_flow;

err_counters:
	if (flow->counters)
		mfraw_counters_unbind(flow->counters);
err_free:
	free(flow);
	errno = ret;
	return NULL;
}

int mfraw_destroy_flow(struct ibv_flow *ibflow)
{
	struct mfraw_flow *flow = to_mflow(ibflow);
	int ret;

	ret = ibv_cmd_destroy_flow(ibflow);
	if (ret)
		return ret;
	if (flow->counters)
		mfraw_counters_unbind(flow->counters);
	free(flow);
	return 0;
}
