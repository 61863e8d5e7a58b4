// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Set-up of a pair of QPs on two devices.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "connect.h"
#include "pair.h"

void pair_open(struct pair *p, const struct config *cfg, size_t size)
{
	int i;

	memset(p, 0, sizeof(*p));
	p->cfg = *cfg;
	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		s->name = cfg->dev[i];
		s->ctx = device_open(s->name);
		s->pd = ibv_alloc_pd(s->ctx);
		check(s->pd);
		s->scq = ibv_create_cq(s->ctx, 4 * cfg->depth, NULL, NULL, 0);
		s->rcq = ibv_create_cq(s->ctx, 4 * cfg->depth, NULL, NULL, 0);
		check(s->scq && s->rcq);
		s->size = size;
		s->buf = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		check(s->buf != MAP_FAILED);
		s->mr = ibv_reg_mr(s->pd, s->buf, size, PAIR_ACCESS);
		check(s->mr);
	}
	pair_connect(p);
}

/* The objects of side 1 of XRC. */
static void xrc_open(struct side *s, uint32_t depth)
{
	struct ibv_xrcd_init_attr domain = {
		.comp_mask = IBV_XRCD_INIT_ATTR_FD | IBV_XRCD_INIT_ATTR_OFLAGS,
		.fd = -1,
		.oflags = O_CREAT,
	};
	struct ibv_srq_init_attr_ex init = {
		.attr = { .max_wr = depth, .max_sge = 1 },
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD |
			     IBV_SRQ_INIT_ATTR_XRCD | IBV_SRQ_INIT_ATTR_CQ,
		.srq_type = IBV_SRQT_XRC,
		.pd = s->pd,
		.cq = s->rcq,
	};

	s->xrcd = ibv_open_xrcd(s->ctx, &domain);
	check(s->xrcd);
	init.xrcd = s->xrcd;
	s->srq = ibv_create_srq_ex(s->ctx, &init);
	check(s->srq && !ibv_get_srq_num(s->srq, &s->srqn));
}

static struct ibv_qp *xrc_qp(struct side *s, uint32_t depth)
{
	struct ibv_qp_init_attr_ex init = {
		.send_cq = s->scq,
		.cap = { .max_send_wr = depth, .max_send_sge = 2 },
		.qp_type = IBV_QPT_XRC_SEND,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = s->pd,
	};

	if (s->xrcd)
		init = (struct ibv_qp_init_attr_ex) {
			.qp_type = IBV_QPT_XRC_RECV,
			.comp_mask = IBV_QP_INIT_ATTR_XRCD,
			.xrcd = s->xrcd,
		};
	return ibv_create_qp_ex(s->ctx, &init);
}

void pair_connect(struct pair *p)
{
	struct config *cfg = &p->cfg;
	struct connection c[2];
	int i;

	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];
		struct ibv_qp_init_attr init = {
			.send_cq = s->scq,
			.recv_cq = s->rcq,
			.cap = {
				.max_send_wr = cfg->depth,
				.max_recv_wr = cfg->depth,
				.max_send_sge = 2,
				.max_recv_sge = 2,
				.max_inline_data = 64,
			},
			.qp_type = cfg->type,
		};

		if (cfg->type != IBV_QPT_XRC_SEND) {
			s->qp = ibv_create_qp(s->pd, &init);
		} else {
			if (i && !s->srq)
				xrc_open(s, cfg->depth);
			s->qp = xrc_qp(s, cfg->depth);
		}
		check(s->qp);
	}
	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		c[i] = (struct connection) {
			.sgid_index = cfg->gid_index[i],
			.dest_qpn = p->side[!i].qp->qp_num,
			.qkey = PAIR_QKEY,
			.access = cfg->access,
			.mtu = cfg->mtu,
			.rq_psn = cfg->psn[!i],
			.sq_psn = cfg->psn[i],
			.timeout = cfg->timeout,
			.retry_cnt = cfg->retry_cnt,
			.rnr_retry = cfg->rnr_retry,
			.min_rnr_timer = cfg->min_rnr_timer,
			.rd_atomic = cfg->rd_atomic,
		};
		check(!ibv_query_gid(p->side[!i].ctx, 1, cfg->gid_index[!i],
				     &c[i].dgid));
		check(!qp_to_init(s->qp, &c[i]));
		if (cfg->type == IBV_QPT_UD) {
			struct ibv_ah_attr attr = path_to(&c[i].dgid,
							  c[i].sgid_index);

			s->ah = ibv_create_ah(s->pd, &attr);
			check(s->ah);
		}
	}
	for (i = 0; i < 2; i++)
		check(!qp_to_rtr(p->side[i].qp, &c[i]));
	for (i = 0; i < 2; i++)
		check(!qp_to_rts(p->side[i].qp, &c[i]));
}

void pair_disconnect(struct pair *p)
{
	int i;

	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		if (s->ah)
			check(!ibv_destroy_ah(s->ah));
		s->ah = NULL;
		if (s->qp)
			check(!ibv_destroy_qp(s->qp));
		s->qp = NULL;
	}
}

void pair_close(struct pair *p)
{
	int i;

	pair_disconnect(p);
	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		if (s->srq)
			check(!ibv_destroy_srq(s->srq) &&
			      !ibv_close_xrcd(s->xrcd));
		check(!ibv_dereg_mr(s->mr));
		munmap(s->buf, s->size);
		check(!ibv_destroy_cq(s->scq) && !ibv_destroy_cq(s->rcq));
		check(!ibv_dealloc_pd(s->pd));
		check(!ibv_close_device(s->ctx));
	}
}
