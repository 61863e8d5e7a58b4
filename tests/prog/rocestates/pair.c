// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Pairs of QPs of each type: set-up, steps and messages.
 */
#include <fcntl.h>
#include <string.h>

#include "connect.h"
#include "states.h"

#define ETHERTYPE	0x88b5
#define THE_QKEY	0x5555
#define PSN		0xfffffe	/* wraps in the first message */
#define DEPTH		16
#define HALF		(SIZE / 2)	/* sent; received behind it */

const char *const type_name[TYPES] = {
	"raw packet", "UD", "UC", "RC", "XRC_INI", "XRC_TGT",
};

static struct rawdev dev;
static struct rawbuf buf;
static struct ibv_xrcd *xrcd;
static union ibv_gid gid;
static int gid_index;

void env_open(const char *name, int index)
{
	struct ibv_xrcd_init_attr attr = {
		.comp_mask = IBV_XRCD_INIT_ATTR_FD | IBV_XRCD_INIT_ATTR_OFLAGS,
		.fd = -1,
		.oflags = O_CREAT,
	};

	rawdev_open(&dev, name);
	rawbuf_alloc(&buf, dev.pd, SIZE, IBV_ACCESS_LOCAL_WRITE);
	xrcd = ibv_open_xrcd(dev.ctx, &attr);
	gid_index = index;
	check(xrcd && !ibv_query_gid(dev.ctx, 1, gid_index, &gid));
}

void env_close(void)
{
	check(!ibv_close_xrcd(xrcd));
	rawbuf_free(&buf);
	rawdev_close(&dev);
}

bool can_send(const struct end *e)
{
	return e->type != TGT;
}

bool can_receive(const struct end *e)
{
	return e->type != INI;
}

bool has_sqe(enum type type)
{
	return type == UD || type == UC;
}

static void end_open(struct end *e, enum type type)
{
	static const enum ibv_qp_type types[TYPES] = {
		IBV_QPT_RAW_PACKET, IBV_QPT_UD, IBV_QPT_UC, IBV_QPT_RC,
		IBV_QPT_XRC_SEND, IBV_QPT_XRC_RECV,
	};
	struct ibv_qp_init_attr_ex init = {
		.qp_type = types[type],
		.sq_sig_all = 1,
		.comp_mask = type == TGT ? IBV_QP_INIT_ATTR_XRCD :
					   IBV_QP_INIT_ATTR_PD,
		.pd = type == TGT ? NULL : dev.pd,
		.xrcd = type == TGT ? xrcd : NULL,
		.cap = {
			.max_send_wr = DEPTH,
			.max_recv_wr = type == INI || type == TGT ? 0 : DEPTH,
			.max_send_sge = 2,
			.max_recv_sge = type == INI || type == TGT ? 0 : 1,
			.max_inline_data = 64,
		},
	};
	struct ibv_ah_attr ah_attr = path_to(&gid, gid_index);

	e->type = type;
	e->scq = ibv_create_cq(dev.ctx, 2 * DEPTH, NULL, NULL, 0);
	e->rcq = ibv_create_cq(dev.ctx, 2 * DEPTH, NULL, NULL, 0);
	check(e->scq && e->rcq);
	if (type == TGT) {
		struct ibv_srq_init_attr_ex srq = {
			.attr = { .max_wr = DEPTH, .max_sge = 1 },
			.comp_mask = IBV_SRQ_INIT_ATTR_TYPE |
				     IBV_SRQ_INIT_ATTR_PD |
				     IBV_SRQ_INIT_ATTR_XRCD |
				     IBV_SRQ_INIT_ATTR_CQ,
			.srq_type = IBV_SRQT_XRC,
			.pd = dev.pd,
			.xrcd = xrcd,
			.cq = e->rcq,
		};

		e->srq = ibv_create_srq_ex(dev.ctx, &srq);
		check(e->srq);
	} else {
		init.send_cq = e->scq;
		init.recv_cq = e->rcq;
	}
	e->qp = ibv_create_qp_ex(dev.ctx, &init);
	check(e->qp);
	if (type == UD) {
		e->ah = ibv_create_ah(dev.pd, &ah_attr);
		check(e->ah);
	}
}

static void end_close(struct end *e)
{
	if (e->ah)
		check(!ibv_destroy_ah(e->ah));
	check(!ibv_destroy_qp(e->qp));
	if (e->srq)
		check(!ibv_destroy_srq(e->srq));
	check(!ibv_destroy_cq(e->scq) && !ibv_destroy_cq(e->rcq));
}

void pair_open(struct pair *p, enum type type)
{
	memset(p, 0, sizeof(*p));
	end_open(&p->end[0], type);
	end_open(&p->end[1], type == INI ? TGT : type == TGT ? INI : type);
	if (type == RAW)
		p->flow = rawqp_flow(&(struct rawqp) {
					.dev = &dev, .qp = p->end[1].qp
				     }, ETHERTYPE, 0xffff);
}

void pair_close(struct pair *p)
{
	if (p->flow)
		check(!ibv_destroy_flow(p->flow));
	end_close(&p->end[0]);
	end_close(&p->end[1]);
}

int step(struct pair *p, int i, int mask, int to)
{
	struct ibv_qp_attr attr = {
		.qp_state = to,
		.cur_qp_state = state_of(&p->end[i]),
		.path_mtu = IBV_MTU_1024,
		.path_mig_state = IBV_MIG_MIGRATED,
		.qkey = THE_QKEY,
		.rq_psn = PSN,
		.sq_psn = PSN,
		.dest_qp_num = p->end[!i].qp->qp_num,
		.ah_attr = path_to(&gid, gid_index),
		.max_rd_atomic = 1,
		.max_dest_rd_atomic = 1,
		.min_rnr_timer = 1,
		.port_num = 1,
		.timeout = 10,
		.retry_cnt = 3,
		.rnr_retry = 7,
	};

	return ibv_modify_qp(p->end[i].qp, &attr, mask);
}

enum ibv_qp_state state_of(const struct end *e)
{
	return qp_state(e->qp);
}

void bring(struct pair *p, int i, enum ibv_qp_state state)
{
	static const enum ibv_qp_state way[] = {
		IBV_QPS_RESET, IBV_QPS_INIT, IBV_QPS_RTR, IBV_QPS_RTS,
	};
	struct end *e = &p->end[i];
	enum ibv_qp_state from;
	unsigned int k;

	for (k = 0; k < 4; k++) {
		from = k ? way[k - 1] : IBV_QPS_RESET;
		check(!step(p, i, IBV_QP_STATE |
			    required(e->type, from, way[k]), way[k]));
		if (way[k] == state)
			return;
	}
	if (state == IBV_QPS_SQE) {
		post_send(p, i, 99, true);
		expect_cq(e->scq, 99, IBV_WC_LOC_PROT_ERR);
	} else {
		check(!step(p, i, IBV_QP_STATE, state));
	}
	check(state_of(e) == state);
}

void connect_pair(struct pair *p)
{
	bring(p, 0, IBV_QPS_RTS);
	bring(p, 1, IBV_QPS_RTS);
}

static uint32_t length(const struct end *e)
{
	return e->type == RAW || e->type == UD ? SHORT : LEN;
}

void post_recv(struct end *e, uint64_t id)
{
	struct ibv_sge sge = sge_at(buf.mr, HALF, LEN + 40);
	struct ibv_recv_wr wr = { .wr_id = id, .sg_list = &sge, .num_sge = 1 };
	struct ibv_recv_wr *bad;

	if (e->srq)
		check(!ibv_post_srq_recv(e->srq, &wr, &bad));
	else
		check(!ibv_post_recv(e->qp, &wr, &bad));
}

static void post(struct pair *p, int i, uint64_t id, struct ibv_sge *sge,
		 int num_sge, int flags)
{
	struct end *e = &p->end[i], *to = &p->end[!i];
	struct ibv_send_wr wr = {
		.wr_id = id,
		.sg_list = sge,
		.num_sge = num_sge,
		.opcode = IBV_WR_SEND,
		.send_flags = flags,
	}, *bad;

	if (e->type == UD) {
		wr.wr.ud.ah = e->ah;
		wr.wr.ud.remote_qpn = to->qp->qp_num;
		wr.wr.ud.remote_qkey = THE_QKEY;
	} else if (e->type == INI) {
		check(!ibv_get_srq_num(to->srq, &wr.qp_type.xrc.remote_srqn));
	}
	check(!ibv_post_send(e->qp, &wr, &bad));
}

void post_send(struct pair *p, int i, uint64_t id, bool bad)
{
	uint32_t len = length(&p->end[i]), k;
	struct ibv_sge sge[2] = {
		{ (uintptr_t)buf.addr, len - 100, buf.mr->lkey },
		{ (uintptr_t)buf.addr + len - 100, 100,
		  buf.mr->lkey ^ (bad ? 0xff00 : 0) },
	};

	for (k = 0; k < len; k++)
		buf.addr[k] = id + k * 7 + (k >> 8);
	if (p->end[i].type == RAW)
		eth_header(buf.addr, dev.mac, dev.mac, ETHERTYPE);
	post(p, i, id, sge, 2, 0);
}

void post_inline(struct pair *p, int i, uint64_t id)
{
	struct ibv_sge sge = { (uintptr_t)buf.addr, 64, buf.mr->lkey };

	post(p, i, id, &sge, 1, IBV_SEND_INLINE);
}

void arrives(struct pair *p, int i, uint64_t send_id, uint64_t recv_id)
{
	struct end *from = &p->end[i], *to = &p->end[!i];
	uint32_t len = length(from), grh = from->type == UD ? 40 : 0;
	struct ibv_wc wc;

	expect_cq(from->scq, send_id, IBV_WC_SUCCESS);
	wc = wait_cq(to->rcq);
	if (wc.status != IBV_WC_SUCCESS || wc.wr_id != recv_id) {
		printf("FAIL: receive %llu: %s, want %llu\n",
		       (unsigned long long)wc.wr_id,
		       ibv_wc_status_str(wc.status),
		       (unsigned long long)recv_id);
		exit(1);
	}
	check(wc.byte_len == len + grh);
	check(!memcmp(buf.addr, buf.addr + HALF + grh, len));
}

void exchange(struct pair *p)
{
	static uint64_t id = 1000;
	int i;

	for (i = 0; i < 2; i++) {
		if (!can_send(&p->end[i]) || !can_receive(&p->end[!i]) ||
		    (p->end[i].type == RAW && i))
			continue;
		id += 2;
		memset(buf.addr + HALF, 0, HALF);
		post_recv(&p->end[!i], id);
		post_send(p, i, id + 1, false);
		arrives(p, i, id + 1, id);
	}
}
