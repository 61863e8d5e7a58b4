// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Generated: objects beside queue pairs: contexts, protection domains, memory
 * regions, CQs, WQs and indirection tables.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "gen.h"

static bool no_channel(uint64_t channel)
{
	return (int32_t)channel < 0;
}

static int cq_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_create_cq_resp *r = resp;

	return raw_destroy_cq(g->fd, r->cq_handle);
}

struct create_cq {
	struct ib_uverbs_ex_create_cq	core;
	struct mfraw_create_cq_req	drv;
};

struct legacy_create_cq {
	struct ib_uverbs_create_cq	core;
	struct mfraw_create_cq_req	drv;
};

#define CQ_FIELDS(type)							\
	FIELD(type, core.user_handle, G_ANY),				\
	FIELD(type, core.cqe, G_RANGE, 1, GEN_MAX_CQE, .errs = E_INVAL),\
	FIELD(type, core.comp_channel, G_PRED, .pred = no_channel,	\
	      .errs = E_HANDLE),					\
	FIELD(type, drv.comp_mask, G_EXACT, .errs = E_OPNOTSUPP)

static void create_cq(struct env *env)
{
	/* The test sets the last range. */
	static struct gfield fields[] = {
		CQ_FIELDS(struct create_cq),
		FIELD(struct create_cq, core.comp_mask, G_EXACT),
		FIELD(struct create_cq, core.flags, G_MASK,
		      IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION |
		      IB_UVERBS_CQ_FLAGS_IGNORE_OVERRUN),
		FIELD(struct create_cq, core.reserved, G_EXACT),
		FIELD(struct create_cq, core.comp_vector, G_RANGE),
		{}
	};
	static struct gfield legacy_fields[] = {
		CQ_FIELDS(struct legacy_create_cq),
		FIELD(struct legacy_create_cq, core.reserved, G_CORE),
		FIELD(struct legacy_create_cq, core.comp_vector, G_RANGE),
		{}
	};
	struct create_cq good = { .core = { .cqe = 10, .comp_channel = -1 } };
	struct legacy_create_cq legacy = {
		.core = { .cqe = 10, .comp_channel = -1 },
	};
	struct gcmd c = {
		.name = "create CQ",
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_CQ,
		.ex = true,
		.good = &good,
		.core_len = sizeof(good.core),
		.drv_min = sizeof(good.drv),
		.drv_len = sizeof(good.drv),
		.resp_len = sizeof(struct ib_uverbs_ex_create_cq_resp),
		.drv_resp_len = sizeof(struct mfraw_create_cq_resp),
		.fields = fields,
		.undo = cq_undo,
	};
	struct gen g = {};

	gen_open(&g, env);
	fields[7].b = env->a.ctx->num_comp_vectors - 1;
	legacy_fields[5].b = fields[7].b;
	gen_cmd(&g, &c);
	c.name = "create CQ, not extended";
	c.cmd = IB_USER_VERBS_CMD_CREATE_CQ;
	c.ex = false;
	c.good = &legacy;
	c.core_len = sizeof(legacy.core);
	c.resp_len = sizeof(struct ib_uverbs_create_cq_resp);
	c.fields = legacy_fields;
	gen_cmd(&g, &c);
	gen_close(&g);
}

struct resize_cq {
	struct ib_uverbs_resize_cq	core;
	struct mfraw_resize_cq_req	drv;
};

static void change_cq(struct env *env)
{
	static const struct gfield resize_fields[] = {
		FIELD(struct resize_cq, core.cq_handle, G_HANDLE, H_SEND_CQ,
		      .errs = E_HANDLE),
		FIELD(struct resize_cq, core.cqe, G_RANGE, 1, GEN_MAX_CQE,
		      .errs = E_INVAL),
		FIELD(struct resize_cq, drv.comp_mask, G_EXACT,
		      .errs = E_OPNOTSUPP),
		{}
	};
	static const struct gfield modify_fields[] = {
		FIELD(struct ib_uverbs_ex_modify_cq, cq_handle, G_HANDLE,
		      H_SEND_CQ, .errs = E_HANDLE),
		FIELD(struct ib_uverbs_ex_modify_cq, attr_mask, G_EXACT),
		FIELD(struct ib_uverbs_ex_modify_cq, attr.cq_count, G_ANY),
		FIELD(struct ib_uverbs_ex_modify_cq, attr.cq_period, G_ANY),
		FIELD(struct ib_uverbs_ex_modify_cq, reserved, G_EXACT),
		{}
	};
	struct raw_cq_resp cq;
	struct gen g = {};

	gen_open(&g, env);
	raw_create_cq(g.fd, 10, &cq);
	g.handle[H_SEND_CQ] = cq.core.base.cq_handle;
	g.handle[H_RECV_CQ] = cq.core.base.cq_handle;

	struct resize_cq resize = {
		.core = { .cq_handle = cq.core.base.cq_handle, .cqe = 20 },
	};
	struct gcmd c = {
		.name = "resize CQ",
		.cmd = IB_USER_VERBS_CMD_RESIZE_CQ,
		.good = &resize,
		.core_len = sizeof(resize.core),
		.drv_min = sizeof(resize.drv),
		.drv_len = sizeof(resize.drv),
		.resp_len = sizeof(struct ib_uverbs_resize_cq_resp),
		.drv_resp_len = sizeof(struct mfraw_resize_cq_resp),
		.fields = resize_fields,
	};
	struct ib_uverbs_ex_modify_cq modify = {
		.cq_handle = cq.core.base.cq_handle,
		.attr_mask = IBV_CQ_ATTR_MODERATE,
		.attr = { .cq_count = 10, .cq_period = 10 },
	};
	struct gcmd m = {
		.name = "modify CQ",
		.cmd = IB_USER_VERBS_EX_CMD_MODIFY_CQ,
		.ex = true,
		.good = &modify,
		.core_len = sizeof(modify),
		.fields = modify_fields,
	};

	gen_cmd(&g, &c);
	gen_fields(&g, m.name, m.fields, m.good, m.core_len, gen_call_cmd, &m);
	check(!raw_destroy_cq(g.fd, cq.core.base.cq_handle));
	gen_close(&g);
}

static int wq_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_ex_create_wq_resp *r = resp;

	return raw_destroy_wq(g->fd, r->wq_handle);
}

struct create_wq {
	struct ib_uverbs_ex_create_wq	core;
	struct mfraw_create_wq_req	drv;
};

static void create_wq(struct env *env)
{
	static const struct gfield fields[] = {
		FIELD(struct create_wq, core.comp_mask, G_EXACT),
		FIELD(struct create_wq, core.wq_type, G_EXACT),
		FIELD(struct create_wq, core.user_handle, G_ANY),
		FIELD(struct create_wq, core.pd_handle, G_HANDLE, H_PD,
		      .errs = E_HANDLE),
		FIELD(struct create_wq, core.cq_handle, G_HANDLE, H_RECV_CQ,
		      .errs = E_HANDLE),
		FIELD(struct create_wq, core.max_wr, G_RANGE, 1, GEN_MAX_WR,
		      .errs = E_INVAL),
		FIELD(struct create_wq, core.max_sge, G_RANGE, 0, GEN_MAX_SGE,
		      .errs = E_INVAL),
		FIELD(struct create_wq, core.create_flags, G_MASK,
		      IBV_WQ_FLAGS_CVLAN_STRIPPING |
		      IBV_WQ_FLAGS_SCATTER_FCS | IBV_WQ_FLAGS_DELAY_DROP,
		      .errs = E_OPNOTSUPP),
		/* The core of Linux 6.12 ignores this member. */
		FIELD(struct create_wq, core.reserved, G_CORE),
		FIELD(struct create_wq, drv.comp_mask, G_EXACT,
		      .errs = E_OPNOTSUPP),
		{}
	};
	struct gen g = {};

	gen_open(&g, env);

	struct create_wq good = {
		.core = {
			.pd_handle = g.handle[H_PD],
			.cq_handle = g.handle[H_RECV_CQ],
			.max_wr = 16,
			.max_sge = 1,
		},
	};
	struct gcmd c = {
		.name = "create WQ",
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_WQ,
		.ex = true,
		.good = &good,
		.core_len = sizeof(good.core),
		.drv_min = sizeof(good.drv),
		.drv_len = sizeof(good.drv),
		.resp_len = sizeof(struct ib_uverbs_ex_create_wq_resp),
		.drv_resp_len = sizeof(struct mfraw_create_wq_resp),
		.fields = fields,
		.undo = wq_undo,
	};

	gen_cmd(&g, &c);
	gen_close(&g);
}

/*
 * The state bits are valid: the states of the request are not used without
 * them.
 */
static bool wq_mask_good(uint64_t mask)
{
	return mask && mask < 8;
}

static int table_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_ex_create_rwq_ind_table_resp *r = resp;

	return raw_destroy_table(g->fd, r->ind_tbl_handle);
}

struct create_table {
	struct ib_uverbs_ex_create_rwq_ind_table core;
	uint32_t handle[2];
};

static void change_wq(struct env *env)
{
	/*
	 * The table has no states out of range together with their mask bit:
	 * the core of Linux 6.12 refuses them, but does not unlock the WQ.
	 */
	static const struct gfield fields[] = {
		FIELD(struct ib_uverbs_ex_modify_wq, attr_mask, G_PRED,
		      .pred = wq_mask_good),
		FIELD(struct ib_uverbs_ex_modify_wq, wq_handle, G_HANDLE,
		      H_WQ, .errs = E_HANDLE),
		FIELD(struct ib_uverbs_ex_modify_wq, wq_state, G_ANY),
		FIELD(struct ib_uverbs_ex_modify_wq, curr_wq_state, G_ANY),
		FIELD(struct ib_uverbs_ex_modify_wq, flags, G_ANY),
		FIELD(struct ib_uverbs_ex_modify_wq, flags_mask, G_MASK,
		      IBV_WQ_FLAGS_CVLAN_STRIPPING, .errs = E_OPNOTSUPP),
		{}
	};
	static const struct gfield table_fields[] = {
		FIELD(struct create_table, core.comp_mask, G_EXACT),
		/* The request has two handles. */
		FIELD(struct create_table, core.log_ind_tbl_size, G_EXACT,
		      .errs = E_BAD | E_NOSPC, .alone = true),
		FIELD(struct create_table, handle[0], G_HANDLE, H_WQ,
		      .errs = E_HANDLE),
		FIELD(struct create_table, handle[1], G_HANDLE, H_WQ,
		      .errs = E_HANDLE),
		{}
	};
	struct gen g = {};

	gen_open(&g, env);

	struct ib_uverbs_ex_modify_wq modify = {
		.attr_mask = IBV_WQ_ATTR_FLAGS,
		.wq_handle = g.handle[H_WQ],
		.flags = IBV_WQ_FLAGS_CVLAN_STRIPPING,
		.flags_mask = IBV_WQ_FLAGS_CVLAN_STRIPPING,
	};
	struct gcmd m = {
		.name = "modify WQ",
		.cmd = IB_USER_VERBS_EX_CMD_MODIFY_WQ,
		.ex = true,
		.good = &modify,
		.core_len = sizeof(modify),
		.drv_none = true,
		.fields = fields,
	};
	struct create_table table = {
		.core = { .log_ind_tbl_size = 1 },
		.handle = { g.handle[H_WQ], g.handle[H_WQ] },
	};
	struct gcmd c = {
		.name = "create table",
		.cmd = IB_USER_VERBS_EX_CMD_CREATE_RWQ_IND_TBL,
		.ex = true,
		.good = &table,
		.core_len = sizeof(table),
		.resp_len = sizeof(struct ib_uverbs_ex_create_rwq_ind_table_resp),
		.drv_none = true,
		.fields = table_fields,
		.undo = table_undo,
	};
	int from, to, cur;

	gen_cmd(&g, &m);
	gen_cmd(&g, &c);

	/* Try each step between states with each current state. */
	g.what = "WQ states";
	for (from = 0; from <= IBV_WQS_ERR; from++) {
		for (to = 0; to <= IBV_WQS_ERR; to++) {
			for (cur = 0; cur <= IBV_WQS_ERR; cur++) {
				modify.attr_mask = IBV_WQ_ATTR_STATE;
				modify.wq_state = IBV_WQS_RESET;
				check(!gen_call_cmd(&g, &modify, &m));
				modify.wq_state = from;
				check(!gen_call_cmd(&g, &modify, &m));
				modify.attr_mask |= IBV_WQ_ATTR_CURR_STATE;
				modify.wq_state = to;
				modify.curr_wq_state = cur;
				gen_judge(&g, "from, to, is",
					  from << 8 | to << 4 | cur,
					  gen_call_cmd(&g, &modify, &m),
					  cur == from &&
					  !(from == IBV_WQS_ERR &&
					    to == IBV_WQS_RDY), E_INVAL);
			}
		}
	}
	gen_close(&g);
}

static int mr_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_reg_mr_resp *r = resp;

	return raw_dereg_mr(g->fd, r->mr_handle);
}

#define ACCESS	(IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE |	\
		 IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC |	\
		 IBV_ACCESS_HUGETLB | IBV_ACCESS_RELAXED_ORDERING |	\
		 0x3ff00000)

/* Remote write access needs local write access. */
static bool access_good(uint64_t access)
{
	return !(access & ~(uint64_t)ACCESS) &&
	       (access & IBV_ACCESS_LOCAL_WRITE ||
		!(access & (IBV_ACCESS_REMOTE_WRITE |
			    IBV_ACCESS_REMOTE_ATOMIC)));
}

static bool va_good(uint64_t va)
{
	return !(va & 4095) && va <= -8192ULL;
}

static bool rereg_good(uint64_t flags)
{
	return flags && flags < 8;
}

static bool is_none(uint64_t value)
{
	return !value;
}

static void memory(struct env *env)
{
	/* The address is no field, since other addresses may be mapped, too. */
	static const struct gfield fields[] = {
		FIELD(struct ib_uverbs_reg_mr, length, G_RANGE, 1, 8192,
		      .errs = E_MEM),
		FIELD(struct ib_uverbs_reg_mr, hca_va, G_PRED,
		      .pred = va_good),
		FIELD(struct ib_uverbs_reg_mr, pd_handle, G_HANDLE, H_PD,
		      .errs = E_HANDLE),
		FIELD(struct ib_uverbs_reg_mr, access_flags, G_PRED,
		      .pred = access_good),
		{}
	};
	static const struct gfield start_fields[] = {
		FIELD(struct ib_uverbs_reg_mr, start, G_EXACT, .errs = E_MEM),
		{}
	};
	static const struct gfield re_fields[] = {
		FIELD(struct ib_uverbs_rereg_mr, mr_handle, G_HANDLE,
		      H_MR, .errs = E_HANDLE),
		FIELD(struct ib_uverbs_rereg_mr, flags, G_PRED,
		      .pred = rereg_good),
		FIELD(struct ib_uverbs_rereg_mr, length, G_RANGE, 1, 8192,
		      .errs = E_MEM),
		FIELD(struct ib_uverbs_rereg_mr, hca_va, G_PRED,
		      .pred = va_good),
		FIELD(struct ib_uverbs_rereg_mr, pd_handle, G_HANDLE, H_PD,
		      .errs = E_HANDLE),
		FIELD(struct ib_uverbs_rereg_mr, access_flags, G_PRED,
		      .pred = access_good),
		{}
	};
	struct ib_uverbs_reg_mr_resp mr;
	struct gen g = {};
	uint8_t *low;

	gen_open(&g, env);
	/* No other pages are mapped near these. */
	low = mmap((void *)0x4000000000, 8192, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	check(low != MAP_FAILED);

	struct ib_uverbs_reg_mr good = {
		.start = (uintptr_t)low,
		.length = 8192,
		.hca_va = (uintptr_t)low,
		.pd_handle = g.handle[H_PD],
		.access_flags = IBV_ACCESS_LOCAL_WRITE,
	};
	struct gcmd c = {
		.name = "register memory",
		.cmd = IB_USER_VERBS_CMD_REG_MR,
		.good = &good,
		.core_len = sizeof(good),
		.drv_none = true,
		.resp_len = sizeof(mr),
		.fields = fields,
		.undo = mr_undo,
	};

	gen_cmd(&g, &c);
	gen_fields(&g, "register memory, where", start_fields, &good,
		   sizeof(good), gen_call_cmd, &c);

	check(!raw_cmd(g.fd, &c, &good, NULL, 0, &mr, 0));
	g.handle[H_MR] = mr.mr_handle;

	struct ib_uverbs_rereg_mr again = {
		.mr_handle = mr.mr_handle,
		.flags = IBV_REREG_MR_CHANGE_TRANSLATION |
			 IBV_REREG_MR_CHANGE_PD | IBV_REREG_MR_CHANGE_ACCESS,
		.start = good.start,
		.length = good.length,
		.hca_va = good.hca_va,
		.pd_handle = good.pd_handle,
		.access_flags = good.access_flags,
	};
	struct gcmd r = {
		.name = "register again",
		.cmd = IB_USER_VERBS_CMD_REREG_MR,
		.good = &again,
		.core_len = sizeof(again),
		.drv_none = true,
		.resp_len = sizeof(struct ib_uverbs_rereg_mr_resp),
		.fields = re_fields,
	};

	gen_cmd(&g, &r);
	check(!raw_dereg_mr(g.fd, mr.mr_handle));
	check(!munmap(low, 8192));
	gen_close(&g);
}

static int pd_undo(struct gen *g, const void *resp)
{
	const struct ib_uverbs_alloc_pd_resp *r = resp;

	return raw_dealloc_pd(g->fd, r->pd_handle);
}

struct get_context {
	struct ib_uverbs_get_context	core;
	struct mfraw_alloc_ucontext_req	drv;
};

/* Each call uses a new command file, which has no context yet. */
static int context_call(struct gen *g, const void *req, void *arg)
{
	static uint8_t resp[64] __attribute__((aligned(8)));
	const struct gcmd *c = arg;
	int old = g->fd, ret;
	char path[96];

	snprintf(path, sizeof(path), "/dev/infiniband/%s",
		 g->env->a.ctx->device->dev_name);
	g->fd = open(path, O_RDWR | O_CLOEXEC);
	check(g->fd >= 0);
	ret = raw_cmd(g->fd, c, req, (const uint8_t *)req + c->core_len,
		      c->drv_len, resp, c->drv_resp_len);
	if (!ret)
		close(((struct ib_uverbs_get_context_resp *)resp)->async_fd);
	close(g->fd);
	g->fd = old;
	return ret;
}

static void contexts(struct env *env)
{
	static const struct gfield pd_fields[] = { {} };
	static const struct gfield fields[] = {
		FIELD(struct get_context, drv.comp_mask, G_PRED,
		      .pred = is_none, .errs = E_OPNOTSUPP),
		{}
	};
	static const struct gfield query_fields[] = {
		FIELD(struct ib_uverbs_ex_query_device, comp_mask, G_EXACT),
		FIELD(struct ib_uverbs_ex_query_device, reserved, G_EXACT),
		{}
	};
	struct get_context good = {};
	struct ib_uverbs_alloc_pd pd = {};
	struct ib_uverbs_ex_query_device query = {};
	struct gcmd p = {
		.name = "allocate PD",
		.cmd = IB_USER_VERBS_CMD_ALLOC_PD,
		.good = &pd,
		.core_len = sizeof(pd),
		.drv_none = true,
		.resp_len = sizeof(struct ib_uverbs_alloc_pd_resp),
		.fields = pd_fields,
		.undo = pd_undo,
	};
	struct gcmd q = {
		.name = "query device",
		.cmd = IB_USER_VERBS_EX_CMD_QUERY_DEVICE,
		.ex = true,
		.good = &query,
		.core_len = sizeof(query),
		.drv_none = true,
		.resp_len = sizeof(struct ib_uverbs_ex_query_device_resp),
		.drv_resp_len = sizeof(struct mfraw_query_device_resp),
		.fields = query_fields,
	};
	struct gcmd c = {
		.name = "get context",
		.cmd = IB_USER_VERBS_CMD_GET_CONTEXT,
		.good = &good,
		.core_len = sizeof(good.core),
		.drv_len = sizeof(good.drv),
		.resp_len = sizeof(struct ib_uverbs_get_context_resp),
		.drv_resp_len = sizeof(struct mfraw_alloc_ucontext_resp),
	};
	uint8_t longer[sizeof(good) + 16] = {};
	struct gen g = {};
	size_t len;

	gen_open(&g, env);
	gen_cmd(&g, &p);
	gen_cmd(&g, &q);
	gen_fields(&g, c.name, fields, &good, sizeof(good), context_call, &c);
	for (len = 0; len <= sizeof(good.drv) + 16; len += 4) {
		c.drv_len = len;
		gen_judge(&g, "length", len, context_call(&g, longer, &c),
			  len >= sizeof(good.drv), E_INVAL);
		if (len <= sizeof(good.drv))
			continue;
		longer[sizeof(good.core) + len - 1] = 1;
		gen_judge(&g, "tail of length", len,
			  context_call(&g, longer, &c), false, E_OPNOTSUPP);
		longer[sizeof(good.core) + len - 1] = 0;
	}
	c.drv_len = sizeof(good.drv);
	for (len = 0; len <= 32; len += 4) {
		c.drv_resp_len = len;
		gen_judge(&g, "room", len, context_call(&g, &good, &c), true,
			  0);
	}
	gen_close(&g);
}

/* Try handles that do not exist, of other objects, and of objects in use. */
static void destroy(struct env *env)
{
	static const struct {
		const char	*what;
		enum ghandle	kind;
		int		(*call)(int fd, uint32_t handle);
	} calls[] = {
		{ "deallocate PD", H_PD, raw_dealloc_pd },
		{ "destroy CQ", H_SEND_CQ, raw_destroy_cq },
		{ "destroy QP", H_QP, raw_destroy_qp },
		{ "deregister memory", H_MR, raw_dereg_mr },
		{ "destroy WQ", H_WQ, raw_destroy_wq },
		{ "destroy table", H_TABLE, raw_destroy_table },
		{ "destroy counters", H_COUNTERS, raw_destroy_counters },
		{ "destroy flow", H_KINDS, raw_destroy_flow },
	};
	uint64_t value[GEN_VALUES];
	bool good[GEN_VALUES];
	unsigned int i, j, n;
	struct gen g = {};

	gen_open(&g, env);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct gfield f = {
			.width = 4,
			.kind = G_HANDLE,
			/*
			 * There are no flows; a table stands for other kinds.
			 */
			.a = calls[i].kind == H_KINDS ? H_TABLE :
							calls[i].kind,
		};

		g.what = calls[i].what;
		n = gen_values(&g, &f, g.handle[f.a], value, good);
		for (j = 0; j < n; j++)
			if (!good[j])
				gen_judge(&g, "handle", value[j],
					  calls[i].call(g.fd, value[j]),
					  false, E_HANDLE);
	}
	check(raw_dealloc_pd(g.fd, g.handle[H_PD]) == EBUSY);
	check(raw_destroy_cq(g.fd, g.handle[H_SEND_CQ]) == EBUSY);
	check(raw_destroy_wq(g.fd, g.handle[H_WQ]) == EBUSY);
	gen_close(&g);
}

const struct bad_case gen_cq_cases[] = {
	{ "gen-contexts", contexts },
	{ "gen-memory", memory },
	{ "gen-create-cq", create_cq },
	{ "gen-change-cq", change_cq },
	{ "gen-create-wq", create_wq },
	{ "gen-change-wq", change_wq },
	{ "gen-destroy", destroy },
	{}
};
