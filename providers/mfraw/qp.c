// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Life of a queue pair.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "pd.h"
#include "qp.h"
#include "qp_rings.h"
#include "roce.h"
#include "send.h"
#include "xrc.h"

#define MFRAW_RSS_ATTRS (IBV_QP_INIT_ATTR_IND_TABLE | IBV_QP_INIT_ATTR_RX_HASH)

/* An RSS QP has no queues: the kernel distributes its frames to WQs. */
static struct ibv_qp *mfraw_create_rss_qp(struct ibv_context *ibctx,
					  struct ibv_qp_init_attr_ex *attr)
{
	const struct ibv_rx_hash_conf *conf = &attr->rx_hash_conf;
	struct mfraw_create_qp_rss_cmd_resp resp = {};
	struct mfraw_create_qp_rss_cmd cmd = {};
	struct mfraw_qp *qp;
	int ret;

	if ((attr->comp_mask & MFRAW_RSS_ATTRS) != MFRAW_RSS_ATTRS ||
	    !(attr->comp_mask & IBV_QP_INIT_ATTR_PD) ||
	    (attr->comp_mask & (IBV_QP_INIT_ATTR_MAX_TSO_HEADER |
				IBV_QP_INIT_ATTR_SEND_OPS_FLAGS)) ||
	    attr->cap.max_send_wr ||
	    conf->rx_hash_key_len > sizeof(cmd.rx_hash_key) ||
	    (conf->rx_hash_key_len && !conf->rx_hash_key)) {
		errno = EINVAL;
		return NULL;
	}

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	cmd.rx_hash_fields = conf->rx_hash_fields_mask;
	cmd.rx_hash_function = conf->rx_hash_function;
	cmd.rx_key_len = conf->rx_hash_key_len;
	if (conf->rx_hash_key_len)
		memcpy(cmd.rx_hash_key, conf->rx_hash_key,
		       conf->rx_hash_key_len);
	ret = ibv_cmd_create_qp_ex2(ibctx, &qp->vqp, attr, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp),
				    NULL);
	if (ret) {
		free(qp);
		errno = ret;
		return NULL;
	}

	mfraw_pd_get(to_mpd(attr->pd));
	return &qp->vqp.qp;
}

#define MFRAW_QP_ATTRS                                                         \
	(IBV_QP_INIT_ATTR_CREATE_FLAGS | IBV_QP_INIT_ATTR_SEND_OPS_FLAGS)

/* The kernel refuses QP types that do not exist. */
static bool mfraw_knows_qp_attrs(const struct ibv_qp_init_attr_ex *attr)
{
	uint32_t known = IBV_QP_INIT_ATTR_PD;

	if (attr->qp_type == IBV_QPT_RAW_PACKET)
		known |= MFRAW_QP_ATTRS | MFRAW_RSS_ATTRS |
			 IBV_QP_INIT_ATTR_MAX_TSO_HEADER;
	else if (mfraw_roce_send_ops(attr->qp_type))
		known |= MFRAW_QP_ATTRS;
	return check_comp_mask(attr->comp_mask, known);
}

/* Set up the queues that the kernel has created. */
static int mfraw_init_qp_rings(struct mfraw_qp *qp,
			       const struct ibv_qp_init_attr_ex *attr,
			       const struct mfraw_create_qp_resp *resp)
{
	const struct mfraw_qp_layout layout = {
		.mmap_key = resp->mmap_key,
		.mmap_size = resp->mmap_size,
		.db_off = resp->db_off,
		.sq = {
			.off = resp->sq_off,
			.entries = resp->sq_entries,
			.max_wr = attr->cap.max_send_wr,
			.max_sge = attr->cap.max_send_sge,
			.shift = resp->sq_shift,
		},
		.rq = {
			.off = resp->rq_off,
			.entries = resp->rq_entries,
			.max_wr = attr->cap.max_recv_wr,
			.max_sge = attr->cap.max_recv_sge,
			.shift = resp->rq_shift,
		},
	};

	return mfraw_qp_rings_init(qp, &layout, !to_mpd(attr->pd)->td);
}

struct ibv_qp *mfraw_create_qp_ex(struct ibv_context *ibctx,
				  struct ibv_qp_init_attr_ex *attr)
{
	struct mfraw_create_qp_cmd_resp resp = {};
	struct mfraw_create_qp_cmd cmd = {};
	struct mfraw_qp *qp;
	int ret;

	if (attr->qp_type == IBV_QPT_XRC_RECV)
		return mfraw_create_xrc_recv(ibctx, attr);
	if (!mfraw_knows_qp_attrs(attr)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (attr->comp_mask & MFRAW_RSS_ATTRS)
		return mfraw_create_rss_qp(ibctx, attr);
	if (!(attr->comp_mask & IBV_QP_INIT_ATTR_PD) || !attr->send_cq ||
	    (!attr->recv_cq && attr->qp_type != IBV_QPT_XRC_SEND)) {
		/* QP types that may lack these are not supported. */
		errno = attr->qp_type == IBV_QPT_RAW_PACKET ? EINVAL :
							      EOPNOTSUPP;
		return NULL;
	}

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	if (attr->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS) {
		ret = mfraw_qp_init_ex(qp, attr->qp_type, attr->send_ops_flags);
		if (ret)
			goto err_free;
	}
	if (attr->comp_mask & IBV_QP_INIT_ATTR_MAX_TSO_HEADER) {
		cmd.comp_mask |= MFRAW_CREATE_QP_MAX_TSO_HDR;
		cmd.max_tso_hdr = attr->max_tso_header;
		qp->max_tso_hdr = attr->max_tso_header;
	}

	ret = ibv_cmd_create_qp_ex2(ibctx, &qp->vqp, attr, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp),
				    NULL);
	if (ret)
		goto err_free;

	/* An XRC send QP does not use the receive CQ that the caller gave. */
	if (attr->qp_type == IBV_QPT_XRC_SEND)
		qp->vqp.qp.recv_cq = NULL;
	/* ibv_cmd_create_qp_ex2() has cleared the mask. */
	if (attr->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS)
		qp->vqp.comp_mask |= VERBS_QP_EX;
	qp->roce_send_ops = mfraw_roce_send_ops(attr->qp_type);
	qp->max_inline = attr->cap.max_inline_data;
	qp->sq_flags = attr->sq_sig_all ? MFRAW_SEND_SIGNALED : 0;

	ret = mfraw_init_qp_rings(qp, attr, &resp.drv_payload);
	if (ret)
		goto err_destroy;

	mfraw_pd_get(to_mpd(attr->pd));
	return &qp->vqp.qp;

err_destroy:
	ibv_cmd_destroy_qp(&qp->vqp.qp);
err_free:
	free(qp);
	errno = ret;
	return NULL;
}

struct ibv_qp *mfraw_create_qp(struct ibv_pd *ibpd,
			       struct ibv_qp_init_attr *attr)
{
	struct ibv_qp_init_attr_ex attr_ex = {
		.qp_context = attr->qp_context,
		.send_cq = attr->send_cq,
		.recv_cq = attr->recv_cq,
		.srq = attr->srq,
		.cap = attr->cap,
		.qp_type = attr->qp_type,
		.sq_sig_all = attr->sq_sig_all,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = ibpd,
	};
	struct ibv_qp *ibqp;

	ibqp = mfraw_create_qp_ex(ibpd->context, &attr_ex);
	if (ibqp)
		attr->cap = attr_ex.cap;
	return ibqp;
}

int mfraw_modify_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		    int attr_mask)
{
	struct ib_uverbs_ex_modify_qp_resp resp;
	struct ibv_modify_qp_ex cmd_ex = {};
	struct ibv_modify_qp cmd;
	int ret;

	/* The command of ibv_cmd_modify_qp() has no member for the rate. */
	if (attr_mask & IBV_QP_RATE_LIMIT)
		ret = ibv_cmd_modify_qp_ex(ibqp, attr, attr_mask, &cmd_ex,
					   sizeof(cmd_ex), &resp, sizeof(resp));
	else
		ret = ibv_cmd_modify_qp(ibqp, attr, attr_mask, &cmd,
					sizeof(cmd));
	if (ret)
		return ret;

	if ((attr_mask & IBV_QP_STATE) && attr->qp_state == IBV_QPS_RESET &&
	    to_mqp(ibqp)->mem.addr)
		mfraw_qp_rings_reset(to_mqp(ibqp));
	return 0;
}

int mfraw_modify_qp_rate_limit(struct ibv_qp *ibqp,
			       struct ibv_qp_rate_limit_attr *attr)
{
	struct ibv_qp_attr qp_attr = { .rate_limit = attr->rate_limit };
	struct mfraw_modify_qp_cmd_resp resp = {};
	struct mfraw_modify_qp_cmd cmd = {};

	if (attr->comp_mask)
		return EINVAL;

	cmd.comp_mask = MFRAW_MODIFY_QP_BURST;
	cmd.max_burst_sz = attr->max_burst_sz;
	cmd.typical_pkt_sz = attr->typical_pkt_sz;
	return ibv_cmd_modify_qp_ex(ibqp, &qp_attr, IBV_QP_RATE_LIMIT,
				    &cmd.ibv_cmd, sizeof(cmd), &resp.ibv_resp,
				    sizeof(resp));
}

int mfraw_query_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		   int attr_mask, struct ibv_qp_init_attr *init_attr)
{
	struct ibv_query_qp cmd;

	return ibv_cmd_query_qp(ibqp, attr, attr_mask, init_attr, &cmd,
				sizeof(cmd));
}

int mfraw_destroy_qp(struct ibv_qp *ibqp)
{
	struct mfraw_qp *qp = to_mqp(ibqp);
	struct mfraw_pd *pd = ibqp->pd ? to_mpd(ibqp->pd) : NULL;
	int ret;

	ret = ibv_cmd_destroy_qp(ibqp);
	if (ret)
		return ret;

	if (pd)
		mfraw_pd_put(pd);
	/* RSS QPs and XRC receive QPs have no queues. */
	if (qp->mem.addr)
		mfraw_qp_rings_free(qp);
	free(qp);
	return 0;
}
