// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Extended reliable connections: XRC domains, the SRQs that requests of the
 * peer name, and receive QPs, which belong to the kernel and to all processes
 * that have opened them. Send QPs are set up as those of RC.
 */
#include <errno.h>
#include <stdlib.h>

#include "compat.h"
#include "context.h"
#include "qp.h"
#include "roce.h"
#include "srq.h"
#include "xrc.h"

struct ibv_xrcd *mfraw_open_xrcd(struct ibv_context *ibctx,
				 struct ibv_xrcd_init_attr *attr)
{
	struct ib_uverbs_open_xrcd_resp resp = {};
	struct ibv_open_xrcd cmd = {};
	struct verbs_xrcd *vxrcd;
	int ret;

	vxrcd = calloc(1, sizeof(*vxrcd));
	if (!vxrcd)
		return NULL;

	ret = ibv_cmd_open_xrcd(ibctx, vxrcd, sizeof(*vxrcd), attr, &cmd,
				sizeof(cmd), &resp, sizeof(resp));
	if (ret) {
		free(vxrcd);
		errno = ret;
		return NULL;
	}
	return &vxrcd->xrcd;
}

int mfraw_close_xrcd(struct ibv_xrcd *ibxrcd)
{
	struct verbs_xrcd *vxrcd = container_of(ibxrcd, struct verbs_xrcd,
						xrcd);
	int ret;

	ret = ibv_cmd_close_xrcd(vxrcd);
	if (ret)
		return ret;

	free(vxrcd);
	return 0;
}

#define MFRAW_XSRQ_ATTRS                                                       \
	(IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD |                       \
	 IBV_SRQ_INIT_ATTR_XRCD | IBV_SRQ_INIT_ATTR_CQ)

/* For basic SRQs libibverbs calls mfraw_create_srq(). */
struct ibv_srq *mfraw_create_srq_ex(struct ibv_context *ibctx,
				    struct ibv_srq_init_attr_ex *attr)
{
	struct mfraw_srq *srq;
	struct mfraw_qp *qp;
	int ret;

	if (!(attr->comp_mask & IBV_SRQ_INIT_ATTR_TYPE) ||
	    attr->srq_type != IBV_SRQT_XRC ||
	    !check_comp_mask(attr->comp_mask, MFRAW_XSRQ_ATTRS)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (attr->comp_mask != MFRAW_XSRQ_ATTRS || !attr->pd || !attr->xrcd ||
	    !attr->cq) {
		errno = EINVAL;
		return NULL;
	}

	srq = calloc(1, sizeof(*srq));
	qp = calloc(1, sizeof(*qp));
	ret = srq && qp ? mfraw_srq_init(srq, ibctx, attr) : ENOMEM;
	if (ret)
		goto err_free;

	qp->vqp.qp.context = ibctx;
	qp->vqp.qp.qp_num = srq->srqn;
	qp->vqp.qp.qp_type = IBV_QPT_XRC_RECV;
	qp->vqp.qp.send_cq = attr->cq;
	qp->vqp.qp.recv_cq = attr->cq;
	qp->vqp.qp.srq = &srq->vsrq.srq;
	qp->roce_send_ops = mfraw_roce_send_ops(IBV_QPT_XRC_SEND);
	ret = mfraw_qp_table_add(&to_mctx(ibctx)->qp_table, qp);
	if (ret)
		goto err_srq;
	srq->qp = qp;
	return &srq->vsrq.srq;

err_srq:
	ibv_cmd_destroy_srq(&srq->vsrq.srq);
	mfraw_srq_free(srq);
err_free:
	free(qp);
	free(srq);
	errno = ret;
	return NULL;
}

/*
 * An XRC receive QP has neither queues nor completions: the SRQ has both. CQs
 * and SRQ in @attr are ignored, since librdmacm sets them for all QPs. The PD
 * is kept for librdmacm, which reads it from the QP.
 */
struct ibv_qp *mfraw_create_xrc_recv(struct ibv_context *ibctx,
				     struct ibv_qp_init_attr_ex *attr)
{
	struct mfraw_create_qp_cmd_resp resp = {};
	struct mfraw_create_qp_cmd cmd = {};
	struct ibv_qp_init_attr_ex init = *attr;
	struct mfraw_qp *qp;
	int ret;

	if (!check_comp_mask(attr->comp_mask,
			     IBV_QP_INIT_ATTR_XRCD | IBV_QP_INIT_ATTR_PD)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (!(attr->comp_mask & IBV_QP_INIT_ATTR_XRCD) || !attr->xrcd) {
		errno = EINVAL;
		return NULL;
	}
	if (!(attr->comp_mask & IBV_QP_INIT_ATTR_PD))
		init.pd = NULL;
	init.send_cq = NULL;
	init.recv_cq = NULL;
	init.srq = NULL;

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	ret = ibv_cmd_create_qp_ex2(ibctx, &qp->vqp, &init, &cmd.ibv_cmd,
				    sizeof(cmd), &resp.ibv_resp, sizeof(resp),
				    NULL);
	if (ret) {
		free(qp);
		errno = ret;
		return NULL;
	}
	attr->cap = init.cap;
	return &qp->vqp.qp;
}

struct ibv_qp *mfraw_open_qp(struct ibv_context *ibctx,
			     struct ibv_qp_open_attr *attr)
{
	struct ib_uverbs_create_qp_resp resp = {};
	struct ibv_open_qp cmd = {};
	struct mfraw_qp *qp;
	int ret;

	if (attr->comp_mask & IBV_QP_OPEN_ATTR_XRCD && !attr->xrcd) {
		errno = EINVAL;
		return NULL;
	}

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	ret = ibv_cmd_open_qp(ibctx, &qp->vqp, sizeof(qp->vqp), attr, &cmd,
			      sizeof(cmd), &resp, sizeof(resp));
	if (ret) {
		free(qp);
		errno = ret;
		return NULL;
	}
	return &qp->vqp.qp;
}
