// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pair.h"

static struct ibv_context *open_device(const char *name)
{
	struct ibv_device **list = ibv_get_device_list(NULL), **dev;
	struct ibv_context *ctx = NULL;

	check(list);
	for (dev = list; *dev; dev++)
		if (!strcmp(ibv_get_device_name(*dev), name))
			ctx = ibv_open_device(*dev);
	ibv_free_device_list(list);
	check(ctx);

	return ctx;
}

void pair_open(struct pair *p, const struct config *cfg, size_t size)
{
	int i;

	memset(p, 0, sizeof(*p));
	p->cfg = *cfg;
	for (i = 0; i < 2; i++) {
		struct side *s = &p->side[i];

		s->name = cfg->dev[i];
		s->ctx = open_device(s->name);
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

static void to_rtr(struct pair *p, int i, const union ibv_gid *dgid)
{
	struct config *cfg = &p->cfg;
	struct side *s = &p->side[i];
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTR,
		.path_mtu = cfg->mtu,
		.dest_qp_num = p->side[!i].qp->qp_num,
		.rq_psn = cfg->psn[!i],
		.max_dest_rd_atomic = cfg->rd_atomic,
		.min_rnr_timer = cfg->min_rnr_timer,
		.ah_attr = {
			.is_global = 1,
			.port_num = 1,
			.grh = {
				.dgid = *dgid,
				.sgid_index = cfg->gid_index[i],
				.hop_limit = 4,
			},
		},
	};
	int mask = IBV_QP_STATE;

	if (cfg->type == IBV_QPT_UD) {
		s->ah = ibv_create_ah(s->pd, &attr.ah_attr);
		check(s->ah);
	} else {
		mask |= IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
			IBV_QP_RQ_PSN;
	}
	if (cfg->type == IBV_QPT_RC)
		mask |= IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER;
	check(!ibv_modify_qp(s->qp, &attr, mask));
}

static void to_rts(struct pair *p, int i)
{
	struct config *cfg = &p->cfg;
	struct ibv_qp_attr attr = {
		.qp_state = IBV_QPS_RTS,
		.sq_psn = cfg->psn[i],
		.timeout = cfg->timeout,
		.retry_cnt = cfg->retry_cnt,
		.rnr_retry = cfg->rnr_retry,
		.max_rd_atomic = cfg->rd_atomic,
	};
	int mask = IBV_QP_STATE | IBV_QP_SQ_PSN;

	if (cfg->type == IBV_QPT_RC)
		mask |= IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
			IBV_QP_MAX_QP_RD_ATOMIC;
	check(!ibv_modify_qp(p->side[i].qp, &attr, mask));
}

void pair_connect(struct pair *p)
{
	struct config *cfg = &p->cfg;
	union ibv_gid gid[2];
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
		struct ibv_qp_attr attr = {
			.qp_state = IBV_QPS_INIT,
			.port_num = 1,
			.qkey = PAIR_QKEY,
			.qp_access_flags = cfg->access,
		};

		s->qp = ibv_create_qp(s->pd, &init);
		check(s->qp);
		check(!ibv_modify_qp(s->qp, &attr, IBV_QP_STATE | IBV_QP_PORT |
				     IBV_QP_PKEY_INDEX |
				     (cfg->type == IBV_QPT_UD ? IBV_QP_QKEY :
						IBV_QP_ACCESS_FLAGS)));
		check(!ibv_query_gid(s->ctx, 1, cfg->gid_index[i], &gid[i]));
	}
	for (i = 0; i < 2; i++)
		to_rtr(p, i, &gid[!i]);
	for (i = 0; i < 2; i++)
		to_rts(p, i);
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

		check(!ibv_dereg_mr(s->mr));
		munmap(s->buf, s->size);
		check(!ibv_destroy_cq(s->scq) && !ibv_destroy_cq(s->rcq));
		check(!ibv_dealloc_pd(s->pd));
		check(!ibv_close_device(s->ctx));
	}
}

uint64_t pair_counter(const struct side *s, const char *name)
{
	unsigned long long value;
	char path[256];
	FILE *f;

	/* Older values than this are not shown. */
	usleep(20000);
	snprintf(path, sizeof(path),
		 "/sys/class/infiniband/%s/ports/1/hw_counters/%s", s->name,
		 name);
	f = fopen(path, "r");
	check(f && fscanf(f, "%llu", &value) == 1);
	fclose(f);

	return value;
}

enum ibv_qp_state pair_state(const struct side *s)
{
	struct ibv_qp_init_attr init;
	struct ibv_qp_attr attr;

	check(!ibv_query_qp(s->qp, &attr, IBV_QP_STATE, &init));
	return attr.qp_state;
}
