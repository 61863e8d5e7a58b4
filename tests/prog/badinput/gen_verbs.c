// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Through libibverbs: work requests of which each field is wrong in turn, and
 * verbs that the device does not support. Programs try such verbs and do
 * without them, so they must fail with EOPNOTSUPP.
 */
#include <errno.h>
#include <string.h>

#include "gen.h"

#define WR_SGE		GEN_MAX_SGE
#define WR_LEN		60
#define WR_TSO_HDR	64

struct send {
	struct gen	*g;
	struct rawqp	*q;
	struct ibv_sge	sge[WR_SGE];
	uint8_t		hdr[WR_TSO_HDR];
};

/* An accepted request completes, and so does a valid request after it. */
static int send_call(struct gen *g, const void *req, void *arg)
{
	struct ibv_send_wr wr = *(const struct ibv_send_wr *)req;
	struct ibv_send_wr good, *bad = NULL;
	struct send *s = arg;
	struct ibv_sge sge;
	struct ibv_wc wc;
	int ret, n;

	ret = ibv_post_send(s->q->qp, &wr, &bad);
	check(!ret || bad == &wr);
	env_wr(g->env, &good, &sge, 2);
	n = ibv_post_send(s->q->qp, &good, &bad);
	check(!n);
	for (n = 0; n < 2; n++) {
		check(poll_cq_for(s->q->send_cq, &wc, 2000) == 1);
		if (wc.wr_id == 2)
			break;
		check(!ret);
	}
	check(wc.wr_id == 2);
	check(!wc.status || (!ret && wc.status == IBV_WC_WR_FLUSH_ERR));
	if (wc.status)
		env_revive(s->q);
	return ret;
}

static bool op_good(uint64_t op)
{
	return op == IBV_WR_SEND;
}

static bool tso_op_good(uint64_t op)
{
	return op == IBV_WR_SEND || op == IBV_WR_TSO;
}

static void post_send(struct env *env)
{
	static struct gfield fields[] = {
		FIELD(struct ibv_send_wr, num_sge, G_RANGE, 0, 0,
		      .errs = E_INVAL),
		FIELD(struct ibv_send_wr, opcode, G_PRED, .pred = op_good,
		      .errs = E_INVAL),
		FIELD(struct ibv_send_wr, send_flags, G_MASK,
		      IBV_SEND_FENCE | IBV_SEND_SIGNALED |
		      IBV_SEND_SOLICITED | IBV_SEND_INLINE |
		      IBV_SEND_IP_CSUM, .errs = E_INVAL),
		FIELD(struct ibv_send_wr, imm_data, G_ANY),
		FIELD(struct ibv_send_wr, qp_type.xrc.remote_srqn, G_ANY),
		{}
	};
	static struct gfield tso_fields[] = {
		FIELD(struct ibv_send_wr, num_sge, G_RANGE, 0, 0,
		      .errs = E_INVAL),
		FIELD(struct ibv_send_wr, opcode, G_PRED,
		      .pred = tso_op_good, .errs = E_INVAL),
		FIELD(struct ibv_send_wr, send_flags, G_MASK,
		      IBV_SEND_FENCE | IBV_SEND_SIGNALED |
		      IBV_SEND_SOLICITED | IBV_SEND_IP_CSUM),
		FIELD(struct ibv_send_wr, tso.mss, G_RANGE, 64, 0xffff,
		      .errs = E_INVAL),
		FIELD(struct ibv_send_wr, tso.hdr_sz, G_RANGE, 1, WR_TSO_HDR,
		      .errs = E_INVAL),
		{}
	};
	struct gen g = {};
	struct send s = { .g = &g, .q = &env->send };
	struct ibv_send_wr wr;
	int i;

	gen_open(&g, env);
	env_wr(env, &wr, s.sge, 1);
	s.sge[0].length = WR_LEN;
	for (i = 1; i < WR_SGE; i++) {
		s.sge[i] = s.sge[0];
		s.sge[i].length = 1;
	}
	check(env->send.cap.max_send_sge <= WR_SGE);
	fields[0].b = env->send.cap.max_send_sge;
	gen_fields(&g, "ibv_post_send", fields, &wr, sizeof(wr), send_call,
		   &s);

	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_MAX_TSO_HEADER,
		.pd = env->a.pd,
		.send_cq = env->send.send_cq,
		.recv_cq = env->send.recv_cq,
		.cap = { .max_send_wr = 16, .max_send_sge = 2 },
		.max_tso_header = WR_TSO_HDR,
	};
	struct rawqp tso = {
		.dev = &env->a,
		.send_cq = env->send.send_cq,
	};

	tso.qp = ibv_create_qp_ex(env->a.ctx, &init);
	check(tso.qp && init.cap.max_send_sge <= WR_SGE);
	rawqp_rts(&tso);
	s.q = &tso;
	tso_fields[0].b = init.cap.max_send_sge;
	wr.opcode = IBV_WR_TSO;
	wr.tso.hdr = s.hdr;
	wr.tso.hdr_sz = 54;
	wr.tso.mss = 1000;
	gen_fields(&g, "ibv_post_send, TSO", tso_fields, &wr, sizeof(wr),
		   send_call, &s);
	check(!ibv_destroy_qp(tso.qp));
	gen_close(&g);
}

static int recv_call(struct gen *g, const void *req, void *arg)
{
	struct ibv_recv_wr wr = *(const struct ibv_recv_wr *)req, *bad = NULL;
	struct rawqp *q = &g->env->recv;
	int ret;

	(void)arg;
	ret = ibv_post_recv(q->qp, &wr, &bad);
	check(!ret || bad == &wr);
	if (!ret)
		env_revive(q);
	return ret;
}

static int wq_recv_call(struct gen *g, const void *req, void *arg)
{
	struct ibv_recv_wr wr = *(const struct ibv_recv_wr *)req, *bad = NULL;
	struct ibv_wq_attr attr = {
		.attr_mask = IBV_WQ_ATTR_STATE,
		.wq_state = IBV_WQS_RESET,
	};
	struct ibv_wq *wq = arg;
	int ret;

	(void)g;
	ret = ibv_post_wq_recv(wq, &wr, &bad);
	check(!ret || bad == &wr);
	if (!ret) {
		check(!ibv_modify_wq(wq, &attr));
		attr.wq_state = IBV_WQS_RDY;
		check(!ibv_modify_wq(wq, &attr));
	}
	return ret;
}

static void post_recv(struct env *env)
{
	static struct gfield fields[] = {
		FIELD(struct ibv_recv_wr, num_sge, G_RANGE, 0, 0,
		      .errs = E_INVAL),
		FIELD(struct ibv_recv_wr, wr_id, G_ANY),
		{}
	};
	struct ibv_wq_attr attr = {
		.attr_mask = IBV_WQ_ATTR_STATE,
		.wq_state = IBV_WQS_RDY,
	};
	struct ibv_sge sge[WR_SGE] = {};
	struct ibv_recv_wr wr = { .sg_list = sge, .num_sge = 1 };
	struct ibv_wq_init_attr init = {
		.wq_type = IBV_WQT_RQ,
		.max_wr = 16,
		.max_sge = 2,
	};
	struct gen g = {};
	struct ibv_wq *wq;

	gen_open(&g, env);
	fields[0].b = env->recv.cap.max_recv_sge;
	check(fields[0].b <= WR_SGE);
	gen_fields(&g, "ibv_post_recv", fields, &wr, sizeof(wr), recv_call,
		   NULL);

	init.pd = env->a.pd;
	init.cq = env->send.recv_cq;
	wq = ibv_create_wq(env->a.ctx, &init);
	check(wq && !ibv_modify_wq(wq, &attr));
	fields[0].b = init.max_sge;
	gen_fields(&g, "ibv_post_wq_recv", fields, &wr, sizeof(wr),
		   wq_recv_call, wq);
	check(!ibv_destroy_wq(wq));
	gen_close(&g);
}

/* A call that returns NULL and sets errno. */
#define none(g, call) do {						\
	errno = 0;							\
	gen_judge(g, #call, 0, (call) ? 0 : errno, false, E_OPNOTSUPP);	\
} while (0)

/* A call that returns an error number. */
#define none_ret(g, call)						\
	gen_judge(g, #call, 0, call, false, E_OPNOTSUPP)

static void no_queue_pairs(struct gen *g)
{
	static const enum ibv_qp_type types[] = {
		IBV_QPT_RC, IBV_QPT_UC, IBV_QPT_UD, IBV_QPT_XRC_SEND,
		IBV_QPT_DRIVER,
	};
	struct env *env = g->env;
	struct ibv_qp_init_attr_ex good = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = env->a.pd,
		.send_cq = env->send.send_cq,
		.recv_cq = env->send.recv_cq,
		.cap = {
			.max_send_wr = 4,
			.max_recv_wr = 4,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
	}, ex;
	struct ibv_qp_init_attr init = {
		.send_cq = good.send_cq,
		.recv_cq = good.recv_cq,
		.cap = good.cap,
	};
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		init.qp_type = types[i];
		none(g, ibv_create_qp(env->a.pd, &init));
		ex = good;
		ex.qp_type = types[i];
		none(g, ibv_create_qp_ex(env->a.ctx, &ex));
		/* An XRC send QP needs no receive queue. */
		ex.recv_cq = NULL;
		ex.cap.max_recv_wr = 0;
		if (types[i] == IBV_QPT_XRC_SEND)
			none(g, ibv_create_qp_ex(env->a.ctx, &ex));
	}

	ex = good;
	ex.qp_type = IBV_QPT_XRC_RECV;
	ex.comp_mask = IBV_QP_INIT_ATTR_XRCD;
	/* It needs an XRC domain, which this device does not have. */
	errno = 0;
	gen_judge(g, "XRC_RECV", 0, ibv_create_qp_ex(env->a.ctx, &ex) ? 0 :
		  errno, false, E_INVAL);

	for (i = 0; i < 32; i++) {
		uint32_t flag = 1U << i;

		if (flag & (IBV_QP_CREATE_BLOCK_SELF_MCAST_LB |
			    IBV_QP_CREATE_SCATTER_FCS |
			    IBV_QP_CREATE_CVLAN_STRIPPING))
			continue;
		ex = good;
		ex.comp_mask |= IBV_QP_INIT_ATTR_CREATE_FLAGS;
		ex.create_flags = flag;
		/* uverbs refuses unknown flags with EINVAL. */
		errno = 0;
		gen_judge(g, "create_flags", flag,
			  ibv_create_qp_ex(env->a.ctx, &ex) ? 0 : errno, false,
			  flag & (IBV_QP_CREATE_SOURCE_QPN |
				  IBV_QP_CREATE_PCI_WRITE_END_PADDING) ?
			  E_OPNOTSUPP : E_BAD);
	}
	for (i = 0; i < 64; i++) {
		uint64_t op = 1ULL << i;

		if (op & (IBV_QP_EX_WITH_SEND | IBV_QP_EX_WITH_TSO))
			continue;
		ex = good;
		ex.comp_mask |= IBV_QP_INIT_ATTR_SEND_OPS_FLAGS;
		ex.send_ops_flags = op;
		errno = 0;
		gen_judge(g, "send_ops_flags", op,
			  ibv_create_qp_ex(env->a.ctx, &ex) ? 0 : errno, false,
			  E_OPNOTSUPP);
	}
	for (i = 8; i < 32; i++) {
		ex = good;
		ex.comp_mask |= 1U << i;
		none(g, ibv_create_qp_ex(env->a.ctx, &ex));
	}
}

static void no_queues(struct gen *g)
{
	struct env *env = g->env;
	struct ibv_wq_init_attr wq = {
		.wq_type = IBV_WQT_RQ,
		.max_wr = 4,
		.max_sge = 1,
		.pd = env->a.pd,
		.cq = env->send.recv_cq,
		.comp_mask = IBV_WQ_INIT_ATTR_FLAGS,
	};
	struct ibv_cq_init_attr_ex cq = { .cqe = 4 };
	struct ibv_cq_ex *made;
	unsigned int i;

	/*
	 * The flags below are supported: VLAN stripping, FCS and delayed drop.
	 */
	for (i = 3; i < 32; i++) {
		wq.create_flags = 1U << i;
		none(g, ibv_create_wq(env->a.ctx, &wq));
	}
	/*
	 * libibverbs checks the flags that it knows before the provider does.
	 */
	for (i = 0; i < 64; i++) {
		cq.wc_flags = 1ULL << i;
		errno = 0;
		made = ibv_create_cq_ex(env->a.ctx, &cq);
		if (made)
			check(!ibv_destroy_cq(ibv_cq_ex_to_cq(made)));
		gen_judge(g, "wc_flags", cq.wc_flags, made ? 0 : errno, made,
			  i < 15 ? E_OPNOTSUPP : E_BAD);
	}
	cq.wc_flags = 0;
	cq.comp_mask = IBV_CQ_INIT_ATTR_MASK_FLAGS;
	for (i = 2; i < 32; i++) {
		cq.flags = 1U << i;
		none(g, ibv_create_cq_ex(env->a.ctx, &cq));
	}
	cq.flags = 0;
	for (i = 2; i < 32; i++) {
		cq.comp_mask = 1U << i;
		none(g, ibv_create_cq_ex(env->a.ctx, &cq));
	}
}

static void no_memory(struct gen *g)
{
	struct ibv_alloc_dm_attr dm = { .length = 4096 };
	struct ibv_parent_domain_init_attr parent = {};
	struct env *env = g->env;
	struct ibv_sge sge = {
		.addr = (uintptr_t)env->sbuf.addr,
		.length = 4096,
		.lkey = env->sbuf.mr->lkey,
	};
	unsigned int i;

	static const int access[] = {
		IBV_ACCESS_ON_DEMAND, IBV_ACCESS_MW_BIND,
		IBV_ACCESS_ZERO_BASED, IBV_ACCESS_FLUSH_GLOBAL,
		IBV_ACCESS_FLUSH_PERSISTENT,
	};

	for (i = 0; i < sizeof(access) / sizeof(access[0]); i++)
		none(g, ibv_reg_mr(env->a.pd, env->sbuf.addr, 4096,
				   IBV_ACCESS_LOCAL_WRITE | access[i]));
	/* All of the address space, on demand. */
	none(g, ibv_reg_mr(env->a.pd, NULL, SIZE_MAX, IBV_ACCESS_ON_DEMAND));
	none(g, ibv_alloc_null_mr(env->a.pd));
	none(g, ibv_alloc_mw(env->a.pd, IBV_MW_TYPE_1));
	none(g, ibv_alloc_mw(env->a.pd, IBV_MW_TYPE_2));
	none(g, ibv_alloc_dm(env->a.ctx, &dm));
	none_ret(g, ibv_advise_mr(env->a.pd, IBV_ADVISE_MR_ADVICE_PREFETCH, 0,
				  &sge, 1));
	parent.pd = env->a.pd;
	for (i = 0; i < 32; i++) {
		parent.comp_mask = 1U << i;
		none(g, ibv_alloc_parent_domain(env->a.ctx, &parent));
	}
}

static void no_others(struct gen *g)
{
	struct ibv_flow_action_esp_attr esp = {};
	struct ibv_srq_init_attr srq = { .attr = { .max_wr = 4 } };
	struct ibv_srq_init_attr_ex srq_ex = {
		.attr = { .max_wr = 4 },
		.comp_mask = IBV_SRQ_INIT_ATTR_TYPE | IBV_SRQ_INIT_ATTR_PD,
	};
	struct ibv_xrcd_init_attr xrcd = {
		.comp_mask = IBV_XRCD_INIT_ATTR_FD | IBV_XRCD_INIT_ATTR_OFLAGS,
		.fd = -1,
		.oflags = 0100,
	};
	struct ibv_ah_attr ah = { .port_num = 1 };
	struct ibv_counters_init_attr counters = { .comp_mask = 1 };
	struct ibv_ece ece = {};
	struct env *env = g->env;
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_eth eth;
	} flow = {
		.attr = {
			.size = sizeof(flow),
			.num_of_specs = 1,
			.port = 1,
		},
		.eth = { .type = IBV_FLOW_SPEC_ETH, .size = sizeof(flow.eth) },
	};
	int type;

	none(g, ibv_create_srq(env->a.pd, &srq));
	srq_ex.pd = env->a.pd;
	for (type = IBV_SRQT_BASIC; type <= IBV_SRQT_TM; type++) {
		srq_ex.srq_type = type;
		errno = 0;
		gen_judge(g, "srq_type", type,
			  ibv_create_srq_ex(env->a.ctx, &srq_ex) ? 0 : errno,
			  false, type == IBV_SRQT_XRC ? E_INVAL : E_OPNOTSUPP);
	}
	none(g, ibv_open_xrcd(env->a.ctx, &xrcd));
	none(g, ibv_create_ah(env->a.pd, &ah));
	none(g, ibv_create_flow_action_esp(env->a.ctx, &esp));
	none(g, ibv_create_counters(env->a.ctx, &counters));
	none_ret(g, ibv_set_ece(env->send.qp, &ece));
	none_ret(g, ibv_query_ece(env->send.qp, &ece));

	flow.attr.flags = IBV_FLOW_ATTR_FLAGS_DONT_TRAP;
	none(g, ibv_create_flow(env->send.qp, &flow.attr));
	flow.attr.flags = IBV_FLOW_ATTR_FLAGS_EGRESS;
	none(g, ibv_create_flow(env->send.qp, &flow.attr));
	flow.attr.flags = 0;
	flow.attr.comp_mask = 1;
	none(g, ibv_create_flow(env->send.qp, &flow.attr));
	flow.attr.comp_mask = 0;
	flow.eth.type = IBV_FLOW_SPEC_ETH | IBV_FLOW_SPEC_INNER;
	none(g, ibv_create_flow(env->send.qp, &flow.attr));
}

static void not_supported(struct env *env)
{
	struct gen g = {};

	gen_open(&g, env);
	g.what = "not supported";
	no_queue_pairs(&g);
	no_queues(&g);
	no_memory(&g);
	no_others(&g);
	gen_close(&g);
}

const struct bad_case gen_verbs_cases[] = {
	{ "gen-post-send", post_send },
	{ "gen-post-recv", post_recv },
	{ "gen-not-supported", not_supported },
	{}
};
