// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Generated: creation and modification of queue pairs, with queues and without.
 */
#include <errno.h>
#include <string.h>

#include "gen.h"

#define QP_FLAGS	(IBV_QP_CREATE_BLOCK_SELF_MCAST_LB |	\
			 IBV_QP_CREATE_SCATTER_FCS |		\
			 IBV_QP_CREATE_CVLAN_STRIPPING)

static int qp_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_create_qp_resp *r = resp;

	return raw_destroy_qp(g->fd, r->qp_handle);
}

struct create_qp {
	struct ib_uverbs_ex_create_qp	core;
	struct mfraw_create_qp_req	drv;
};

struct legacy_create_qp {
	struct ib_uverbs_create_qp	core;
	struct mfraw_create_qp_req	drv;
};

#define QP_FIELDS(type)							\
	FIELD(type, core.user_handle, G_ANY),				\
	FIELD(type, core.pd_handle, G_HANDLE, H_PD, .errs = E_HANDLE),	\
	FIELD(type, core.send_cq_handle, G_HANDLE, H_SEND_CQ,		\
	      .errs = E_HANDLE),					\
	FIELD(type, core.recv_cq_handle, G_HANDLE, H_RECV_CQ,		\
	      .errs = E_HANDLE),					\
	FIELD(type, core.srq_handle, G_ANY),				\
	FIELD(type, core.max_send_wr, G_RANGE, 0, GEN_MAX_WR,		\
	      .errs = E_INVAL),						\
	FIELD(type, core.max_recv_wr, G_RANGE, 0, GEN_MAX_WR,		\
	      .errs = E_INVAL),						\
	FIELD(type, core.max_send_sge, G_RANGE, 0, GEN_MAX_SGE,		\
	      .errs = E_INVAL),						\
	FIELD(type, core.max_recv_sge, G_RANGE, 0, GEN_MAX_SGE,		\
	      .errs = E_INVAL),						\
	FIELD(type, core.max_inline_data, G_RANGE, 0, GEN_MAX_INLINE,	\
	      .errs = E_INVAL),						\
	FIELD(type, core.sq_sig_all, G_ANY),				\
	FIELD(type, core.qp_type, G_EXACT, .errs = E_HANDLE),		\
	/* There is no SRQ. */					\
	FIELD(type, core.is_srq, G_EXACT, .errs = E_HANDLE),		\
	FIELD(type, drv.comp_mask, G_MASK, MFRAW_CREATE_QP_MAX_TSO_HDR,	\
	      .errs = E_OPNOTSUPP),					\
	FIELD(type, drv.max_tso_hdr, G_RANGE, 0, GEN_MAX_TSO_HDR,	\
	      .errs = E_INVAL),						\
	FIELD(type, drv.reserved, G_EXACT, .errs = E_INVAL)

static void create_qp(struct env *env)
{
	static const struct gfield fields[] = {
		QP_FIELDS(struct create_qp),
		FIELD(struct create_qp, core.reserved, G_EXACT),
		/* A table needs a handle, and excludes a receive queue. */
		FIELD(struct create_qp, core.comp_mask, G_EXACT,
		      .errs = E_HANDLE),
		FIELD(struct create_qp, core.create_flags, G_MASK, QP_FLAGS),
		FIELD(struct create_qp, core.rwq_ind_tbl_handle, G_ANY),
		FIELD(struct create_qp, core.source_qpn, G_ANY),
		{}
	};
	static const struct gfield legacy_fields[] = {
		QP_FIELDS(struct legacy_create_qp),
		FIELD(struct legacy_create_qp, core.reserved, G_CORE),
		{}
	};
	struct gen g = {};

	gen_open(&g, env);

	struct create_qp good = {
		.core = {
			.pd_handle = g.handle[H_PD],
			.send_cq_handle = g.handle[H_SEND_CQ],
			.recv_cq_handle = g.handle[H_RECV_CQ],
			.max_send_wr = 16,
			.max_recv_wr = 16,
			.max_send_sge = 2,
			.max_recv_sge = 2,
			.max_inline_data = 64,
			.qp_type = IBV_QPT_RAW_PACKET,
			.create_flags = IBV_QP_CREATE_SCATTER_FCS,
		},
		.drv = {
			.comp_mask = MFRAW_CREATE_QP_MAX_TSO_HDR,
			.max_tso_hdr = 54,
		},
	};
	struct gcmd c = {
		.name = "create QP",
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_QP,
		.ex = true,
		.good = &good,
		.core_len = sizeof(good.core),
		.drv_min = 8,
		.drv_len = sizeof(good.drv),
		.resp_len = sizeof(struct ib_uverbs_ex_create_qp_resp),
		.drv_resp_len = sizeof(struct mfraw_create_qp_resp),
		.fields = fields,
		.undo = qp_undo,
	};

	gen_cmd(&g, &c);

	struct legacy_create_qp legacy = {
		.core = {
			.pd_handle = g.handle[H_PD],
			.send_cq_handle = g.handle[H_SEND_CQ],
			.recv_cq_handle = g.handle[H_RECV_CQ],
			.max_send_wr = 16,
			.max_recv_wr = 16,
			.max_send_sge = 2,
			.max_recv_sge = 2,
			.qp_type = IBV_QPT_RAW_PACKET,
		},
		.drv = good.drv,
	};

	c.name = "create QP, not extended";
	c.cmd = IB_USER_VERBS_CMD_CREATE_QP;
	c.ex = false;
	c.good = &legacy;
	c.core_len = sizeof(legacy.core);
	c.resp_len = sizeof(struct ib_uverbs_create_qp_resp);
	c.fields = legacy_fields;
	gen_cmd(&g, &c);

	/* The bit of a member that the request does not have. */
	c.drv_len = 8;
	gen_judge(&g, "length", c.drv_len, gen_call_cmd(&g, &legacy, &c),
		  false, E_INVAL);
	legacy.drv.comp_mask = 0;
	gen_judge(&g, "length", c.drv_len, gen_call_cmd(&g, &legacy, &c), true,
		  0);
	legacy.drv.comp_mask = MFRAW_CREATE_QP_MAX_TSO_HDR;
	c.drv_len = 12;
	gen_judge(&g, "length", c.drv_len, gen_call_cmd(&g, &legacy, &c), true,
		  0);
	gen_close(&g);
}

struct create_rss {
	struct ib_uverbs_ex_create_qp	core;
	struct mfraw_create_qp_rss_req	drv;
};

/* A valid mask has one network protocol, one transport and no unknown bits. */
static bool hash_good(uint64_t fields)
{
	bool v4 = fields & (MFRAW_RX_HASH_SRC_IPV4 | MFRAW_RX_HASH_DST_IPV4);
	bool v6 = fields & (MFRAW_RX_HASH_SRC_IPV6 | MFRAW_RX_HASH_DST_IPV6);
	bool tcp = fields & (MFRAW_RX_HASH_SRC_PORT_TCP |
			     MFRAW_RX_HASH_DST_PORT_TCP);
	bool udp = fields & (MFRAW_RX_HASH_SRC_PORT_UDP |
			     MFRAW_RX_HASH_DST_PORT_UDP);

	return !(fields & ~(uint64_t)MFRAW_RX_HASH_FIELDS) && !(v4 && v6) &&
	       !(tcp && udp);
}

#define RESERVED(type, i)						\
	{ .name = "drv.reserved[" #i "]",				\
	  .off = offsetof(type, drv.reserved) + i, .width = 1,		\
	  .kind = G_EXACT, .errs = E_INVAL }

static void create_rss_qp(struct env *env)
{
	static const struct gfield fields[] = {
		FIELD(struct create_rss, core.user_handle, G_ANY),
		FIELD(struct create_rss, core.pd_handle, G_HANDLE, H_PD,
		      .errs = E_HANDLE),
		FIELD(struct create_rss, core.send_cq_handle, G_ANY),
		FIELD(struct create_rss, core.recv_cq_handle, G_ANY),
		FIELD(struct create_rss, core.srq_handle, G_ANY),
		FIELD(struct create_rss, core.max_send_wr, G_EXACT,
		      .errs = E_HANDLE),
		FIELD(struct create_rss, core.max_recv_wr, G_EXACT),
		/* limits of the send queue, which the QP does not have */
		FIELD(struct create_rss, core.max_send_sge, G_RANGE, 0,
		      GEN_MAX_SGE),
		FIELD(struct create_rss, core.max_recv_sge, G_EXACT),
		FIELD(struct create_rss, core.max_inline_data, G_RANGE, 0,
		      GEN_MAX_INLINE),
		FIELD(struct create_rss, core.sq_sig_all, G_ANY),
		FIELD(struct create_rss, core.qp_type, G_EXACT,
		      .errs = E_HANDLE),
		FIELD(struct create_rss, core.is_srq, G_EXACT,
		      .errs = E_HANDLE),
		FIELD(struct create_rss, core.reserved, G_EXACT),
		FIELD(struct create_rss, core.comp_mask, G_EXACT,
		      .errs = E_HANDLE),
		FIELD(struct create_rss, core.create_flags, G_EXACT),
		FIELD(struct create_rss, core.rwq_ind_tbl_handle, G_HANDLE,
		      H_TABLE, .errs = E_HANDLE),
		FIELD(struct create_rss, core.source_qpn, G_ANY),
		FIELD(struct create_rss, drv.comp_mask, G_EXACT,
		      .errs = E_OPNOTSUPP),
		FIELD(struct create_rss, drv.rx_hash_fields, G_PRED,
		      .pred = hash_good),
		FIELD(struct create_rss, drv.rx_hash_function, G_EXACT,
		      .errs = E_OPNOTSUPP),
		FIELD(struct create_rss, drv.rx_key_len, G_EXACT,
		      .errs = E_INVAL),
		RESERVED(struct create_rss, 0), RESERVED(struct create_rss, 1),
		RESERVED(struct create_rss, 2), RESERVED(struct create_rss, 3),
		RESERVED(struct create_rss, 4), RESERVED(struct create_rss, 5),
		FIELD(struct create_rss, drv.rx_hash_key[0], G_ANY),
		FIELD(struct create_rss, drv.rx_hash_key[39], G_ANY),
		{}
	};
	struct raw_qp_resp qp;
	struct gen g = {};
	int i;

	gen_open(&g, env);

	struct create_rss good = {
		.core = {
			.pd_handle = g.handle[H_PD],
			.qp_type = IBV_QPT_RAW_PACKET,
			.comp_mask = IB_UVERBS_CREATE_QP_MASK_IND_TABLE,
			.rwq_ind_tbl_handle = g.handle[H_TABLE],
		},
		.drv = {
			.rx_hash_fields = MFRAW_RX_HASH_SRC_IPV4 |
					  MFRAW_RX_HASH_SRC_PORT_TCP,
			.rx_hash_function = MFRAW_RX_HASH_FUNC_TOEPLITZ,
			.rx_key_len = MFRAW_RX_HASH_KEY_LEN,
		},
	};
	struct gcmd c = {
		.name = "create QP with a table",
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_QP,
		.ex = true,
		.good = &good,
		.core_len = sizeof(good.core),
		.drv_min = sizeof(good.drv),
		.drv_len = sizeof(good.drv),
		.resp_len = sizeof(struct ib_uverbs_ex_create_qp_resp),
		.drv_resp_len = sizeof(struct mfraw_create_qp_resp),
		.fields = fields,
		.undo = qp_undo,
	};

	gen_cmd(&g, &c);

	/* An RSS QP has no states, and its table and WQs can't be destroyed. */
	check(!raw_cmd(g.fd, &c, &good.core, &good.drv, sizeof(good.drv), &qp,
		       sizeof(qp.drv)));
	for (i = 0; i < 8; i++)
		gen_judge(&g, "modify to", i,
			  raw_modify_qp(g.fd, qp.core.base.qp_handle,
					IBV_QP_STATE | IBV_QP_PORT, i), false,
			  E_BAD);
	check(raw_destroy_table(g.fd, g.handle[H_TABLE]) == EBUSY);
	check(raw_destroy_wq(g.fd, g.handle[H_WQ]) == EBUSY);
	check(!raw_destroy_qp(g.fd, qp.core.base.qp_handle));
	gen_close(&g);
}

struct modify_qp {
	struct ib_uverbs_ex_modify_qp	core;
	struct mfraw_modify_qp_req	drv;
};

/* Masks that fit the other members of the valid request. */
static bool rate_mask_good(uint64_t mask)
{
	return !(mask & ~(uint64_t)(IBV_QP_STATE | IBV_QP_RATE_LIMIT)) &&
	       mask & IBV_QP_RATE_LIMIT;
}

static bool rate_good(uint64_t rate)
{
	return rate;
}

static bool rts_only(uint64_t state)
{
	return state == IBV_QPS_RTS;
}

/* Set a rate limit, the only change that has driver data. */
static void modify_qp(struct env *env)
{
	static const struct gfield fields[] = {
		FIELD(struct modify_qp, core.base.qp_handle, G_HANDLE,
		      H_QP, .errs = E_HANDLE),
		FIELD(struct modify_qp, core.base.attr_mask, G_PRED,
		      .pred = rate_mask_good),
		FIELD(struct modify_qp, core.base.qkey, G_ANY),
		FIELD(struct modify_qp, core.base.qp_access_flags, G_ANY),
		FIELD(struct modify_qp, core.base.dest.dgid[3], G_ANY),
		FIELD(struct modify_qp, core.base.dest.port_num, G_ANY),
		FIELD(struct modify_qp, core.base.qp_state, G_PRED,
		      .pred = rts_only),
		FIELD(struct modify_qp, core.base.cur_qp_state, G_ANY),
		FIELD(struct modify_qp, core.base.port_num, G_ANY),
		FIELD(struct modify_qp, core.base.reserved[0], G_CORE),
		FIELD(struct modify_qp, core.base.reserved[1], G_CORE),
		FIELD(struct modify_qp, core.rate_limit, G_PRED,
		      .pred = rate_good),
		FIELD(struct modify_qp, core.reserved, G_CORE),
		FIELD(struct modify_qp, drv.comp_mask, G_MASK,
		      MFRAW_MODIFY_QP_BURST, .errs = E_OPNOTSUPP),
		FIELD(struct modify_qp, drv.max_burst_sz, G_ANY),
		FIELD(struct modify_qp, drv.typical_pkt_sz, G_ANY),
		FIELD(struct modify_qp, drv.reserved, G_EXACT,
		      .errs = E_INVAL),
		{}
	};
	struct raw_qp_resp qp;
	struct gen g = {};

	gen_open(&g, env);
	raw_create_qp(&g, g.handle[H_SEND_CQ], g.handle[H_RECV_CQ], &qp);
	g.handle[H_QP] = qp.core.base.qp_handle;
	check(!raw_modify_qp(g.fd, qp.core.base.qp_handle,
			     IBV_QP_STATE | IBV_QP_PORT, IBV_QPS_INIT));
	check(!raw_modify_qp(g.fd, qp.core.base.qp_handle, IBV_QP_STATE,
			     IBV_QPS_RTR));
	check(!raw_modify_qp(g.fd, qp.core.base.qp_handle, IBV_QP_STATE,
			     IBV_QPS_RTS));

	struct modify_qp good = {
		.core = {
			.base = {
				.qp_handle = qp.core.base.qp_handle,
				.attr_mask = IBV_QP_STATE | IBV_QP_RATE_LIMIT,
				.qp_state = IBV_QPS_RTS,
			},
			.rate_limit = 1000,
		},
		.drv = {
			.comp_mask = MFRAW_MODIFY_QP_BURST,
			.max_burst_sz = 10000,
			.typical_pkt_sz = 1000,
		},
	};
	struct gcmd c = {
		.name = "modify QP",
		.cmd = IB_USER_VERBS_EX_CMD_MODIFY_QP,
		.ex = true,
		.good = &good,
		.core_len = sizeof(good.core),
		.drv_min = sizeof(good.drv),
		.drv_len = sizeof(good.drv),
		.drv_none = true,
		.resp_len = sizeof(struct ib_uverbs_ex_modify_qp_resp),
		.fields = fields,
	};

	gen_cmd(&g, &c);
	/* No wrong request changed the state: SQD is reached from RTS only. */
	check(!raw_modify_qp(g.fd, qp.core.base.qp_handle, IBV_QP_STATE,
			     IBV_QPS_SQD));
	check(!raw_destroy_qp(g.fd, qp.core.base.qp_handle));
	gen_close(&g);
}

static int qp_in_state(struct gen *g, uint32_t handle, int state)
{
	int ret;

	ret = raw_modify_qp(g->fd, handle, IBV_QP_STATE, IBV_QPS_RESET);
	if (ret || state == IBV_QPS_RESET)
		return ret;
	ret = raw_modify_qp(g->fd, handle, IBV_QP_STATE | IBV_QP_PORT,
			    IBV_QPS_INIT);
	if (!ret && state == IBV_QPS_ERR)
		return raw_modify_qp(g->fd, handle, IBV_QP_STATE, state);
	if (!ret && state >= IBV_QPS_RTR)
		ret = raw_modify_qp(g->fd, handle, IBV_QP_STATE, IBV_QPS_RTR);
	if (!ret && state >= IBV_QPS_RTS)
		ret = raw_modify_qp(g->fd, handle, IBV_QP_STATE, IBV_QPS_RTS);
	if (!ret && state == IBV_QPS_SQD)
		ret = raw_modify_qp(g->fd, handle, IBV_QP_STATE, state);
	return ret;
}

/* The state machine of IBTA 10.3.1, as Linux has it for raw packet QPs. */
static bool step_good(int from, int to)
{
	switch (to) {
	case IBV_QPS_RESET:
		return true;
	case IBV_QPS_ERR:
		return from != IBV_QPS_RESET;
	case IBV_QPS_INIT:
		return from == IBV_QPS_RESET || from == IBV_QPS_INIT;
	case IBV_QPS_RTR:
		return from == IBV_QPS_INIT;
	case IBV_QPS_RTS:
		return from == IBV_QPS_RTR || from == IBV_QPS_RTS ||
		       from == IBV_QPS_SQD;
	case IBV_QPS_SQD:
		return from == IBV_QPS_RTS || from == IBV_QPS_SQD;
	default:
		return false;
	}
}

/* Try each step between states, with each additional attribute. */
static void qp_states(struct env *env)
{
	static const int states[] = {
		IBV_QPS_RESET, IBV_QPS_INIT, IBV_QPS_RTR, IBV_QPS_RTS,
		IBV_QPS_SQD, IBV_QPS_ERR,
	};
	struct raw_qp_resp qp;
	struct gen g = {};
	uint32_t handle;
	unsigned int i;
	char name[32];
	int to, bit;

	gen_open(&g, env);
	raw_create_qp(&g, g.handle[H_SEND_CQ], g.handle[H_RECV_CQ], &qp);
	handle = qp.core.base.qp_handle;
	g.what = "QP states";
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(name, sizeof(name), "from %d to", states[i]);
		for (to = 0; to < 256; to += to < 16 ? 1 : 48) {
			int mask = IBV_QP_STATE;

			if (states[i] == IBV_QPS_RESET && to == IBV_QPS_INIT)
				mask |= IBV_QP_PORT;
			check(!qp_in_state(&g, handle, states[i]));
			gen_judge(&g, name, to,
				  raw_modify_qp(g.fd, handle, mask, to),
				  step_good(states[i], to), E_INVAL);
			for (bit = 1; bit < 32; bit++) {
				int extra = 1 << bit;

				/*
				 * Skip attributes that the step or the core
				 * takes.
				 */
				if (to > IBV_QPS_ERR || mask & extra ||
				    extra & (IBV_QP_CUR_STATE |
					     IBV_QP_EN_SQD_ASYNC_NOTIFY |
					     IBV_QP_PORT | IBV_QP_RATE_LIMIT))
					continue;
				check(!qp_in_state(&g, handle, states[i]));
				gen_judge(&g, name, (uint64_t)extra << 32 | to,
					  raw_modify_qp(g.fd, handle,
							mask | extra, to),
					  false, E_BAD | E_PERM);
			}
		}
	}
	check(!raw_destroy_qp(g.fd, handle));
	gen_close(&g);
}

const struct bad_case gen_qp_cases[] = {
	{ "gen-create-qp", create_qp },
	{ "gen-create-rss-qp", create_rss_qp },
	{ "gen-modify-qp", modify_qp },
	{ "gen-qp-states", qp_states },
	{}
};
