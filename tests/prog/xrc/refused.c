// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Calls that XRC refuses, and attributes that it ignores.
 */
#include <fcntl.h>

#include "xrc.h"

static struct ibv_context *ctx;
static struct ibv_pd *pd;
static struct ibv_cq *cq;
static struct ibv_xrcd *xrcd;

static void refused_srqs(void)
{
	const struct ibv_srq_init_attr_ex good = {
		.attr = { .max_wr = 4, .max_sge = 1 },
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD |
			     IBV_SRQ_INIT_ATTR_XRCD | IBV_SRQ_INIT_ATTR_CQ,
		.srq_type = IBV_SRQT_XRC,
		.pd = pd,
		.xrcd = xrcd,
		.cq = cq,
	};
	struct ibv_srq_init_attr_ex bad;

#define no_srq(change, error) do {					\
	bad = good;							\
	change;								\
	errno = 0;							\
	check(!ibv_create_srq_ex(ctx, &bad) && errno == (error));	\
} while (0)
	no_srq(bad.comp_mask &= ~IBV_SRQ_INIT_ATTR_XRCD, EINVAL);
	no_srq(bad.comp_mask &= ~IBV_SRQ_INIT_ATTR_CQ, EINVAL);
	no_srq(bad.comp_mask &= ~IBV_SRQ_INIT_ATTR_PD, EINVAL);
	no_srq(bad.xrcd = NULL, EINVAL);
	no_srq(bad.cq = NULL, EINVAL);
	no_srq(bad.pd = NULL, EINVAL);
	no_srq(bad.attr.max_wr = 0, EINVAL);
	no_srq(bad.attr.max_sge = 1000, EINVAL);
	no_srq(bad.comp_mask |= IBV_SRQ_INIT_ATTR_TM, EOPNOTSUPP);
	no_srq(bad.srq_type = IBV_SRQT_TM, EOPNOTSUPP);
	no_srq(bad.srq_type = IBV_SRQT_BASIC, EOPNOTSUPP);
}

static void refused_qps(struct ibv_srq *srq)
{
	struct ibv_qp_init_attr_ex tgt = {
		.qp_type = IBV_QPT_XRC_RECV,
		.comp_mask = IBV_QP_INIT_ATTR_XRCD,
	}, ini = {
		.qp_type = IBV_QPT_XRC_SEND,
		.cap = { .max_send_wr = 1, .max_send_sge = 1 },
		.send_cq = cq,
		.comp_mask = IBV_QP_INIT_ATTR_XRCD,
		.xrcd = xrcd,
		.pd = pd,
	}, rc = {
		.qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = 1, .max_send_sge = 1 },
		.send_cq = cq,
		.recv_cq = cq,
		.srq = srq,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = pd,
	};

	check(!ibv_create_qp_ex(ctx, &tgt) && errno == EINVAL);
	tgt.xrcd = xrcd;
	tgt.comp_mask |= IBV_QP_INIT_ATTR_IND_TABLE;
	check(!ibv_create_qp_ex(ctx, &tgt) && errno == EOPNOTSUPP);
	tgt.comp_mask = IBV_QP_INIT_ATTR_PD;
	tgt.pd = pd;
	check(!ibv_create_qp_ex(ctx, &tgt));
	tgt.comp_mask = 0;
	check(!ibv_create_qp_ex(ctx, &tgt) && errno == EINVAL);
	check(!ibv_create_qp_ex(ctx, &ini) && errno == EOPNOTSUPP);
	ini.comp_mask = IBV_QP_INIT_ATTR_PD;
	ini.send_cq = NULL;
	check(!ibv_create_qp_ex(ctx, &ini));
	/* Only an XRC QP may have an XRC SRQ. */
	check(!ibv_create_qp_ex(ctx, &rc) && errno == EINVAL);
}

/*
 * A receive QP accepts attributes that it does not use, since librdmacm sets
 * them.
 */
static void meaningless(struct ibv_srq *srq)
{
	struct ibv_qp_init_attr_ex attr = {
		.qp_type = IBV_QPT_XRC_RECV,
		.comp_mask = IBV_QP_INIT_ATTR_XRCD | IBV_QP_INIT_ATTR_PD,
		.xrcd = xrcd,
		.pd = pd,
		.send_cq = cq,
		.recv_cq = cq,
		.srq = srq,
	};
	struct ibv_qp *qp = ibv_create_qp_ex(ctx, &attr);

	check(qp && qp->pd == pd && !qp->srq && !qp->send_cq && !qp->recv_cq);
	check(!ibv_destroy_qp(qp));
	attr.comp_mask = IBV_QP_INIT_ATTR_XRCD;
	qp = ibv_create_qp_ex(ctx, &attr);
	check(qp && !qp->pd);
	check(!ibv_destroy_qp(qp));
}

/* A receive QP has no queues. */
static void no_queues(struct ibv_qp *qp)
{
	struct ibv_recv_wr *bad_recv, recv = {};
	struct ibv_send_wr *bad_send, send = { .opcode = IBV_WR_SEND };
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_INIT,
		.port_num = 1,
	};

	check(!ibv_modify_qp(qp, &attr, IBV_QP_STATE | IBV_QP_PORT |
			     IBV_QP_PKEY_INDEX | IBV_QP_ACCESS_FLAGS));
	check(ibv_post_recv(qp, &recv, &bad_recv) && bad_recv == &recv);
	check(ibv_post_send(qp, &send, &bad_send) && bad_send == &send);
	attr.qp_state = IBV_QPS_ERR;
	check(!ibv_modify_qp(qp, &attr, IBV_QP_STATE));
	check(ibv_post_recv(qp, &recv, &bad_recv) && bad_recv == &recv);
	check(ibv_post_send(qp, &send, &bad_send) && bad_send == &send);
	attr.qp_state = IBV_QPS_RESET;
	check(!ibv_modify_qp(qp, &attr, IBV_QP_STATE));
}

/* Calls that are refused. */
void check_refused(const char *dev, const char *file)
{
	struct ibv_device_attr attr;
	struct ibv_xrcd *again;
	struct ibv_srq *srq;
	struct ibv_qp *qp;

	ctx = device_open(dev);
	pd = ibv_alloc_pd(ctx);
	cq = ibv_create_cq(ctx, 4, NULL, NULL, 0);
	check(pd && cq);
	check(!ibv_query_device(ctx, &attr));
	check(attr.device_cap_flags & IBV_DEVICE_XRC);

	/* A domain that processes share by a file. */
	check(!open_domain(ctx, file, 0) && errno == EAGAIN);
	xrcd = open_domain(ctx, file, O_CREAT | O_EXCL);
	check(xrcd);
	check(!open_domain(ctx, file, O_CREAT | O_EXCL) && errno == EINVAL);
	again = open_domain(ctx, file, 0);
	check(again && !ibv_close_xrcd(again));

	refused_srqs();
	srq = new_srq(pd, xrcd, cq);
	check(srq);
	refused_qps(srq);
	meaningless(srq);
	qp = new_target(ctx, xrcd);
	check(qp);
	no_queues(qp);

	/* Objects in use can't be destroyed. */
	check(ibv_close_xrcd(xrcd) == EBUSY);
	check(ibv_destroy_cq(cq) == EBUSY);
	check(ibv_dealloc_pd(pd) == EBUSY);
	check(!ibv_destroy_srq(srq));
	check(ibv_close_xrcd(xrcd) == EBUSY);
	check(!ibv_destroy_qp(qp) && !ibv_close_xrcd(xrcd));
	check(!ibv_destroy_cq(cq) && !ibv_dealloc_pd(pd));
	check(!ibv_close_device(ctx));
	done("wrong calls are refused");
}
