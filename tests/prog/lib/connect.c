// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Connecting of QPs of all types.
 */
#include "check.h"
#include "connect.h"

struct ibv_ah_attr path_to(const union ibv_gid *dgid, int sgid_index)
{
	return (struct ibv_ah_attr) {
		.is_global = 1,
		.port_num = 1,
		.grh = {
			.dgid = *dgid,
			.sgid_index = sgid_index,
			.hop_limit = 4,
		},
	};
}

int qp_to_init(struct ibv_qp *qp, const struct connection *c)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
		.qkey = c->qkey,
		.qp_access_flags = c->access,
	};
	int mask = IBV_QP_STATE | IBV_QP_PORT;

	if (qp->qp_type == IBV_QPT_UD)
		mask |= IBV_QP_PKEY_INDEX | IBV_QP_QKEY;
	else if (qp->qp_type != IBV_QPT_RAW_PACKET)
		mask |= IBV_QP_PKEY_INDEX | IBV_QP_ACCESS_FLAGS;
	return ibv_modify_qp(qp, &attr, mask);
}

int qp_to_rtr(struct ibv_qp *qp, const struct connection *c)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = c->mtu ? c->mtu : IBV_MTU_1024,
		.dest_qp_num = c->dest_qpn,
		.rq_psn = c->rq_psn,
		.max_dest_rd_atomic = c->rd_atomic,
		.min_rnr_timer = c->min_rnr_timer,
		.ah_attr = path_to(&c->dgid, c->sgid_index),
	};
	int mask = IBV_QP_STATE;

	switch (qp->qp_type) {
	case IBV_QPT_RC:
	case IBV_QPT_XRC_RECV:
		mask |= IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER;
		/* fallthrough */
	case IBV_QPT_UC:
	case IBV_QPT_XRC_SEND:
		mask |= IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
			IBV_QP_RQ_PSN;
		break;
	default:
		break;
	}
	return ibv_modify_qp(qp, &attr, mask);
}

int qp_to_rts(struct ibv_qp *qp, const struct connection *c)
{
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.sq_psn = c->sq_psn,
		.timeout = c->timeout,
		.retry_cnt = c->retry_cnt,
		.rnr_retry = c->rnr_retry,
		.max_rd_atomic = c->rd_atomic,
	};
	int mask = IBV_QP_STATE;

	switch (qp->qp_type) {
	case IBV_QPT_RC:
	case IBV_QPT_XRC_SEND:
		mask |= IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
			IBV_QP_MAX_QP_RD_ATOMIC;
		/* fallthrough */
	case IBV_QPT_XRC_RECV:
		mask |= IBV_QP_TIMEOUT;
		/* fallthrough */
	case IBV_QPT_UC:
	case IBV_QPT_UD:
		mask |= IBV_QP_SQ_PSN;
		break;
	default:
		break;
	}
	return ibv_modify_qp(qp, &attr, mask);
}

void qp_connect(struct ibv_qp *qp, const struct connection *c)
{
	check(!qp_to_init(qp, c));
	check(!qp_to_rtr(qp, c));
	check(!qp_to_rts(qp, c));
}
