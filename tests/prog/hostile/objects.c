// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The objects of the process, and where their rings are. The provider posts entries
 * with known contents, and the process looks for them.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "connect.h"
#include "check.h"
#include "hostile.h"
#include "kick.h"

#define MARK	0xfeed5eedfeed0000ULL	/* address of an SGE */
#define ACCESS								\
	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |		\
	 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC |		\
	 IBV_ACCESS_MW_BIND)

static struct maps maps_before, maps_after;

static void find_begin(void)
{
	maps_read(&maps_before);
}

static struct map find_end(void)
{
	maps_read(&maps_after);
	return maps_new(&maps_before, &maps_after);
}

/* Find the SGEs of entries 0 and 1, whose addresses are MARK and MARK + 1. */
static struct ring find_ring(struct map map, uint32_t sges)
{
	uint8_t *at[2] = {};
	uint64_t word;
	size_t pos;

	for (pos = 0; pos + 8 <= map.len; pos += 8) {
		memcpy(&word, map.addr + pos, 8);
		word = le64toh(word) - MARK;
		if (word < 2 && !at[word])
			at[word] = map.addr + pos;
	}
	check(at[0] && at[1] && at[1] > at[0]);
	return (struct ring) {
		.first = at[0] - sges,
		.stride = at[1] - at[0],
		.sges = sges,
	};
}

static struct ibv_sge mark(int i)
{
	return (struct ibv_sge) { .addr = MARK + i, .length = 1, .lkey = 1 };
}

static void mark_recv(struct ibv_qp *qp)
{
	struct ibv_recv_wr *bad;
	int i;

	for (i = 0; i < 2; i++) {
		struct ibv_sge sge = mark(i);
		struct ibv_recv_wr wr = { .sg_list = &sge, .num_sge = 1 };

		check(!ibv_post_recv(qp, &wr, &bad));
	}
}

static void mark_srq(struct ibv_srq *srq)
{
	struct ibv_recv_wr *bad;
	int i;

	for (i = 0; i < 2; i++) {
		struct ibv_sge sge = mark(i);
		struct ibv_recv_wr wr = { .sg_list = &sge, .num_sge = 1 };

		check(!ibv_post_srq_recv(srq, &wr, &bad));
	}
}

/* The requests fail, which does not matter. */
static void mark_send(struct world *w, struct victim *v)
{
	struct ibv_sge sge[2] = { mark(0), mark(1) };
	struct ibv_send_wr wr[2] = {}, *bad;
	int i;

	for (i = 0; i < 2; i++) {
		wr[i].sg_list = &sge[i];
		wr[i].num_sge = 1;
		wr[i].opcode = IBV_WR_SEND;
		wr[i].next = i ? NULL : &wr[1];
		if (v->kind == UD) {
			wr[i].wr.ud.ah = w->side[v->side].ah;
			wr[i].wr.ud.remote_qpn = 1;
		}
	}
	check(!ibv_post_send(v->qp, wr, &bad));
}

static struct victim *victim_add(struct world *w, enum kind kind, int side)
{
	struct victim *v = &w->victim[w->victims++];

	check(w->victims <= MAX_VICTIMS);
	v->kind = kind;
	v->side = side;
	return v;
}

static void side_open(struct world *w, int n)
{
	struct side *s = &w->side[n];
	const union ibv_gid *peer = &w->side[!n].gid;
	struct ibv_ah_attr attr = path_to(peer, s->gid_index);
	struct ibv_mw *mw;
	struct victim *v;

	s->buf = mmap(NULL, BUF_LEN, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(s->buf != MAP_FAILED);
	s->mr = ibv_reg_mr(s->dev.pd, s->buf, BUF_LEN, ACCESS);
	check(s->mr);
	mw = ibv_alloc_mw(s->dev.pd, IBV_MW_TYPE_2);
	check(mw);
	s->mw_rkey = mw->rkey;
	s->ah = ibv_create_ah(s->dev.pd, &attr);
	check(s->ah);
	s->kick_fd = kick_open(s->dev.ctx->cmd_fd);
	check(s->kick_fd >= 0);
	s->channel = ibv_create_comp_channel(s->dev.ctx);
	check(s->channel && !fcntl(s->channel->fd, F_SETFL, O_NONBLOCK));
	find_begin();
	s->cq = ibv_create_cq(s->dev.ctx, 64, NULL, s->channel, 0);
	check(s->cq);
	v = victim_add(w, CQ, n);
	v->map = find_end();
}

static void srq_open(struct world *w, enum kind kind, int n)
{
	struct victim *v = victim_add(w, kind, n);
	struct side *s = &w->side[n];
	struct ibv_srq_init_attr_ex init = {
		.attr = { .max_wr = ENTRIES, .max_sge = MAX_SGE },
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD,
		.srq_type = IBV_SRQT_BASIC,
		.pd = s->dev.pd,
	};
	struct ibv_srq *srq;

	if (kind == XRC_SRQ) {
		struct ibv_xrcd_init_attr attr = {
			.comp_mask = IBV_XRCD_INIT_ATTR_FD |
				     IBV_XRCD_INIT_ATTR_OFLAGS,
			.fd = -1,
			.oflags = O_CREAT,
		};

		s->xrcd = ibv_open_xrcd(s->dev.ctx, &attr);
		check(s->xrcd);
		init.comp_mask |= IBV_SRQ_INIT_ATTR_XRCD | IBV_SRQ_INIT_ATTR_CQ;
		init.srq_type = IBV_SRQT_XRC;
		init.xrcd = s->xrcd;
		init.cq = s->cq;
	}
	find_begin();
	srq = ibv_create_srq_ex(s->dev.ctx, &init);
	check(srq);
	v->map = find_end();
	mark_srq(srq);
	v->rq = find_ring(v->map, sizeof(struct mfraw_srq_wqe));
	if (kind == XRC_SRQ) {
		s->xrc_srq = srq;
		check(!ibv_get_srq_num(srq, &s->xrc_srqn));
	} else {
		s->srq = srq;
	}
}

static enum ibv_qp_type qp_type(const struct victim *v)
{
	switch (v->kind) {
	case RC:
	case RC_SRQ:
		return IBV_QPT_RC;
	case UC:
		return IBV_QPT_UC;
	case UD:
		return IBV_QPT_UD;
	case XRC:
		return v->side ? IBV_QPT_XRC_RECV : IBV_QPT_XRC_SEND;
	default:
		return IBV_QPT_RAW_PACKET;
	}
}

static struct victim *qp_open(struct world *w, enum kind kind, int n)
{
	struct victim *v = victim_add(w, kind, n);
	struct side *s = &w->side[n];
	struct ibv_qp_init_attr_ex init = {
		.qp_type = qp_type(v),
		.send_cq = s->cq,
		.recv_cq = s->cq,
		.cap = {
			.max_send_wr = ENTRIES,
			.max_recv_wr = ENTRIES,
			.max_send_sge = MAX_SGE,
			.max_recv_sge = MAX_SGE,
			.max_inline_data = MAX_INLINE,
		},
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = s->dev.pd,
	};

	if (kind == RC_SRQ && n)
		init.srq = s->srq;
	if (kind == TSO) {
		init.comp_mask |= IBV_QP_INIT_ATTR_MAX_TSO_HEADER;
		init.max_tso_header = 128;
	}
	if (init.qp_type == IBV_QPT_XRC_RECV) {
		init.comp_mask = IBV_QP_INIT_ATTR_XRCD;
		init.xrcd = s->xrcd;
		v->qp = ibv_create_qp_ex(s->dev.ctx, &init);
		check(v->qp);
		v->num = v->qp->qp_num;
		return v;
	}
	find_begin();
	v->qp = ibv_create_qp_ex(s->dev.ctx, &init);
	check(v->qp);
	v->map = find_end();
	v->num = v->qp->qp_num;
	return v;
}

/* A QP has been connected: find its rings. */
static void qp_find_rings(struct world *w, struct victim *v)
{
	bool raw = v->kind == RAW || v->kind == TSO;

	if (!v->map.len)
		return;
	if (!v->qp->srq && v->qp->qp_type != IBV_QPT_XRC_SEND) {
		mark_recv(v->qp);
		v->rq = find_ring(v->map, 0);
		/* These marks must not be taken for those of the send queue. */
		memset(v->rq.first, 0, 2 * v->rq.stride);
	}
	mark_send(w, v);
	v->sq = find_ring(v->map, sizeof(struct mfraw_send_wqe) +
			  (raw ? 0 : sizeof(struct mfraw_roce_seg)));
}

/* Frames of an Ethertype to the MAC address of side @n go to @qp. */
static void flow_open(struct world *w, struct ibv_qp *qp, int n, uint16_t type)
{
	struct rawqp q = { .dev = &w->side[n].dev, .qp = qp };

	check(qp);
	rawqp_flow(&q, type, 0xffff);
}

static void rss_open(struct world *w, int n)
{
	struct side *s = &w->side[n];
	struct ibv_wq_init_attr wq = {
		.wq_type = IBV_WQT_RQ,
		.max_wr = ENTRIES,
		.max_sge = MAX_SGE,
		.pd = s->dev.pd,
		.cq = s->cq,
	};
	struct ibv_wq *wqs[2];
	struct ibv_rwq_ind_table_init_attr table = {
		.log_ind_tbl_size = 1,
		.ind_tbl = wqs,
	};
	uint8_t key[MFRAW_RX_HASH_KEY_LEN] = { 1, 2, 3 };
	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_IND_TABLE |
			     IBV_QP_INIT_ATTR_RX_HASH,
		.pd = s->dev.pd,
		.rx_hash_conf = {
			.rx_hash_function = IBV_RX_HASH_FUNC_TOEPLITZ,
			.rx_hash_key_len = sizeof(key),
			.rx_hash_key = key,
			.rx_hash_fields_mask = IBV_RX_HASH_SRC_IPV4 |
					       IBV_RX_HASH_DST_IPV4,
		},
	};
	int i;

	for (i = 0; i < 2; i++) {
		struct victim *v = victim_add(w, WQ, n);
		struct ibv_recv_wr *bad;
		int j;

		find_begin();
		v->wq = ibv_create_wq(s->dev.ctx, &wq);
		check(v->wq);
		v->map = find_end();
		v->num = v->wq->wq_num;
		wqs[i] = v->wq;
		victim_revive(w, v);
		for (j = 0; j < 2; j++) {
			struct ibv_sge sge = mark(j);
			struct ibv_recv_wr wr = { .sg_list = &sge, .num_sge = 1 };

			check(!ibv_post_wq_recv(v->wq, &wr, &bad));
		}
		v->rq = find_ring(v->map, 0);
	}
	init.rwq_ind_tbl = ibv_create_rwq_ind_table(s->dev.ctx, &table);
	check(init.rwq_ind_tbl);
	flow_open(w, ibv_create_qp_ex(s->dev.ctx, &init), n, ATTACK_TYPE + 1);
}

void victim_revive(struct world *w, struct victim *v)
{
	struct side *s = &w->side[v->side];
	struct connection c = {
		.sgid_index = s->gid_index,
		.dgid = w->side[!v->side].gid,
		.dest_qpn = v->peer ? v->peer->qp->qp_num : 0,
		.qkey = ATTACK_QKEY,
		.access = IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ |
			  IBV_ACCESS_REMOTE_ATOMIC,
		.mtu = 1 + below(w, 3),
		.timeout = 1 + below(w, 10),
		.retry_cnt = below(w, 8),
		.rnr_retry = below(w, 8),
		.min_rnr_timer = 1 + below(w, 4),
		.rd_atomic = 1 + below(w, 16),
	};
	struct ibv_qp_attr reset = { .qp_state = IBV_QPS_RESET };

	if (v->wq) {
		struct ibv_wq_attr attr = {
			.attr_mask = IBV_WQ_ATTR_STATE,
			.wq_state = IBV_WQS_RESET,
		};

		ibv_modify_wq(v->wq, &attr);
		attr.wq_state = IBV_WQS_RDY;
		check(!ibv_modify_wq(v->wq, &attr));
	} else {
		check(!ibv_modify_qp(v->qp, &reset, IBV_QP_STATE));
		/* Sometimes a QP does not get all the way. */
		check(!qp_to_init(v->qp, &c));
		if (!below(w, 32))
			goto out;
		check(!qp_to_rtr(v->qp, &c));
		if (v->qp->qp_type == IBV_QPT_XRC_RECV || !below(w, 32))
			goto out;
		/* Packets of the peer may have put the QP into the error state. */
		check(!qp_to_rts(v->qp, &c) || qp_state(v->qp) == IBV_QPS_ERR);
	}
out:
	v->sq_posted = 0;
	v->rq_posted = 0;
}

void world_open(struct world *w, const char *const *names, const int *gid_indices)
{
	static const enum kind kinds[] = { RAW, TSO, RC, UC, UD, RC_SRQ, XRC };
	struct victim *v[2];
	uint64_t rng = w->rng;
	unsigned int i;
	int n;

	for (n = 0; n < 2; n++) {
		struct side *s = &w->side[n];

		rawdev_open(&s->dev, names[n]);
		s->gid_index = gid_indices[n];
		check(!ibv_query_gid(s->dev.ctx, 1, s->gid_index, &s->gid));
	}
	for (n = 0; n < 2; n++) {
		side_open(w, n);
		srq_open(w, SRQ, n);
		srq_open(w, XRC_SRQ, n);
		rss_open(w, n);
	}
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		for (n = 0; n < 2; n++)
			v[n] = qp_open(w, kinds[i], n);
		for (n = 0; n < 2; n++)
			v[n]->peer = v[!n];
		for (n = 0; n < 2; n++) {
			/* All the way, to find the rings. */
			do {
				victim_revive(w, v[n]);
			} while (v[n]->map.len &&
				 qp_state(v[n]->qp) != IBV_QPS_RTS);
			qp_find_rings(w, v[n]);
			victim_revive(w, v[n]);
		}
		if (kinds[i] == RAW)
			flow_open(w, v[1]->qp, 1, ATTACK_TYPE);
		if (kinds[i] == TSO)
			flow_open(w, v[1]->qp, 1, ETH_P_IPV4);
	}
	/* The mutations do not depend on how often a loop above ran. */
	w->rng = rng;
}
