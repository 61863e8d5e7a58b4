// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Generates values, calls with them, and judges the results; see gen.h.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "gen.h"

#define MAX_ERRNO	134
#define MAX_LENGTHS	24	/* extra bytes of driver data */
#define SHOWN		20	/* failures of a case that are printed */

/* Shared by all processes. */
static uint32_t *totals;

static void __attribute__((constructor)) gen_init(void)
{
	totals = mmap(NULL, (MAX_ERRNO + 1) * sizeof(*totals),
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (totals == MAP_FAILED)
		die("mmap");
}

void gen_totals(void)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i <= MAX_ERRNO; i++)
		sum += totals[i];
	if (!sum)
		return;
	printf("# generated: %u", sum);
	for (i = 0; i <= MAX_ERRNO; i++)
		if (totals[i])
			printf(", %u %s", totals[i],
			       i ? strerrorname_np(i) : "good");
	printf("\n");
}

static uint32_t errno_bit(int err)
{
	static const struct {
		int		err;
		uint32_t	bit;
	} bits[] = {
		{ EINVAL, E_INVAL }, { EOPNOTSUPP, E_OPNOTSUPP },
		{ ENOENT, E_NOENT }, { EBADF, E_BADF }, { EFAULT, E_FAULT },
		{ ENOMEM, E_NOMEM }, { ENOSPC, E_NOSPC },
		{ EPROTONOSUPPORT, E_PROTO }, { EACCES, E_ACCES },
		{ EPERM, E_PERM },
	};
	unsigned int i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i].err == err)
			return bits[i].bit;
	return 0;
}

/* @good: the call must succeed; else it must fail with one of @errs. */
void gen_judge(struct gen *g, const char *field, uint64_t value, int ret,
	       bool good, uint32_t errs)
{
	totals[ret >= 0 && ret < MAX_ERRNO ? ret : MAX_ERRNO]++;
	if (good ? !ret : ret && (errno_bit(ret) & (errs ?: E_BAD)))
		return;
	if (g->wrong++ >= SHOWN)
		return;
	printf("# %s, %s %#llx: %s, should %s\n", g->what, field,
	       (unsigned long long)value, ret ? strerrorname_np(ret) : "works",
	       good ? "work" : "fail otherwise");
}

/* Count the objects that user space can see. */
static void gen_tally(struct gen *g, char *buf, size_t len)
{
	unsigned int maps = 0;
	size_t pos = 0;
	char line[512];
	FILE *f;
	int i;

	f = fopen("/proc/vmallocinfo", "r");
	check(f);
	while (fgets(line, sizeof(line), f))
		if (strstr(line, "mfraw_"))
			maps++;
	fclose(f);
	pos += snprintf(buf + pos, len - pos, "%u queue memories; ", maps);

	f = fopen("/proc/self/status", "r");
	check(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmPin:", 6))
			pos += snprintf(buf + pos, len - pos, "%s", line);
	fclose(f);

	for (i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "rdma resource show %s",
			 g->env->names[i]);
		f = popen(line, "r");
		check(f);
		while (fgets(line, sizeof(line), f))
			pos += snprintf(buf + pos, len - pos, "%s", line);
		check(!pclose(f));
	}
}

void gen_open(struct gen *g, struct env *env)
{
	struct raw_wq_resp wq;

	g->env = env;
	env_open(env);
	env_open_qps(env);
	g->fd = env->a.ctx->cmd_fd;
	g->handle[H_PD] = env->a.pd->handle;
	g->handle[H_SEND_CQ] = env->send.send_cq->handle;
	g->handle[H_RECV_CQ] = env->send.recv_cq->handle;
	g->handle[H_QP] = env->send.qp->handle;
	g->qp_num = env->send.qp->qp_num;
	g->handle[H_MR] = env->sbuf.mr->handle;
	raw_create_wq(g, g->handle[H_RECV_CQ], &wq);
	g->handle[H_WQ] = wq.core.wq_handle;
	g->wq_num = wq.core.wqn;
	g->handle[H_TABLE] = raw_create_table(g, g->handle[H_WQ]);
	check(!raw_counters(g->fd, &g->handle[H_COUNTERS]));
	gen_tally(g, g->before, sizeof(g->before));
}

void gen_close(struct gen *g)
{
	char after[sizeof(g->before)];

	gen_tally(g, after, sizeof(after));
	if (strcmp(g->before, after))
		fail("before:\n# %s# after:\n# %s", g->before, after);
	if (g->wrong)
		fail("%u wrong", g->wrong);
	env_works(g->env);
	check(!raw_destroy_counters(g->fd, g->handle[H_COUNTERS]));
	check(!raw_destroy_table(g->fd, g->handle[H_TABLE]));
	check(!raw_destroy_wq(g->fd, g->handle[H_WQ]));
	env_close(g->env);
}

static uint64_t field_max(const struct gfield *f)
{
	return f->width == 8 ? ~0ULL : (1ULL << f->width * 8) - 1;
}

static uint64_t field_get(const struct gfield *f, const void *req)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)req + f->off, f->width);
	return value;
}

static void field_set(const struct gfield *f, void *req, uint64_t value)
{
	memcpy((uint8_t *)req + f->off, &value, f->width);
}

static bool field_good(struct gen *g, const struct gfield *f, uint64_t base,
		       uint64_t value)
{
	switch (f->kind) {
	case G_ANY:
		return true;
	case G_RANGE:
		return value >= f->a && value <= f->b;
	case G_MASK:
		return !(value & ~f->a);
	case G_HANDLE:
		/* The other CQ is valid here, too. */
		if (f->a == H_SEND_CQ || f->a == H_RECV_CQ)
			return value == g->handle[H_SEND_CQ] ||
			       value == g->handle[H_RECV_CQ];
		return value == g->handle[f->a];
	case G_PRED:
		return f->pred(value);
	default:
		return value == base;
	}
}

static void add(uint64_t *value, unsigned int *n, uint64_t v, uint64_t max)
{
	unsigned int i;

	v &= max;
	for (i = 0; i < *n; i++)
		if (value[i] == v)
			return;
	value[(*n)++] = v;
}

/*
 * Fill @value and @good; @base is the valid value. Returns the number of
 * values.
 */
unsigned int gen_values(struct gen *g, const struct gfield *f, uint64_t base,
			uint64_t *value, bool *good)
{
	uint64_t max = field_max(f);
	unsigned int i, n = 0;

	if (f->kind == G_HANDLE) {
		for (i = 0; i < H_KINDS; i++)
			add(value, &n, g->handle[i], max);
		for (i = 8; i < f->width * 8U; i++)
			add(value, &n, base ^ 1ULL << i, max);
		add(value, &n, max, max);
		add(value, &n, max >> 1, max);
	} else {
		for (i = 0; i < f->width * 8U; i++) {
			add(value, &n, 1ULL << i, max);
			add(value, &n, base ^ 1ULL << i, max);
		}
		add(value, &n, 0, max);
		add(value, &n, max, max);
		add(value, &n, max - 1, max);
		add(value, &n, max >> 1, max);
		add(value, &n, base + 1, max);
		add(value, &n, base - 1, max);
	}
	if (f->kind == G_RANGE) {
		add(value, &n, f->a, max);
		add(value, &n, f->a - 1, max);
		add(value, &n, f->b, max);
		add(value, &n, f->b - 1, max);
		add(value, &n, f->b + 1, max);
	}
	check(n <= GEN_VALUES);
	for (i = 0; i < n; i++)
		good[i] = field_good(g, f, base, value[i]);

	return n;
}

/* Find the first wrong value of a field. Returns false if all are good. */
static bool field_wrong(struct gen *g, const struct gfield *f, uint64_t base,
			uint64_t *wrong)
{
	uint64_t value[GEN_VALUES];
	bool good[GEN_VALUES];
	unsigned int n, i;

	if (f->kind == G_CORE || f->alone)
		return false;
	n = gen_values(g, f, base, value, good);
	for (i = 0; i < n; i++) {
		if (!good[i]) {
			*wrong = value[i];
			return true;
		}
	}
	return false;
}

static void gen_pairs(struct gen *g, const struct gfield *fields,
		      const void *good, size_t len,
		      int (*call)(struct gen *g, const void *req, void *arg),
		      void *arg)
{
	const struct gfield *f, *h;
	uint8_t req[len];
	char name[80];
	uint64_t v, w;

	for (f = fields; f->name; f++) {
		if (!field_wrong(g, f, field_get(f, good), &v))
			continue;
		for (h = f + 1; h->name; h++) {
			if (!field_wrong(g, h, field_get(h, good), &w))
				continue;
			memcpy(req, good, len);
			field_set(f, req, v);
			field_set(h, req, w);
			snprintf(name, sizeof(name), "%s and %s", f->name,
				 h->name);
			gen_judge(g, name, v, call(g, req, arg), false,
				  (f->errs ?: E_BAD) | (h->errs ?: E_BAD));
		}
	}
}

/*
 * @call returns 0 or an error number, and undoes what it did. The valid request
 * must succeed before and after the wrong ones.
 */
void gen_fields(struct gen *g, const char *what, const struct gfield *fields,
		const void *good, size_t len,
		int (*call)(struct gen *g, const void *req, void *arg),
		void *arg)
{
	uint64_t value[GEN_VALUES];
	bool is_good[GEN_VALUES];
	const struct gfield *f;
	uint8_t req[len];
	unsigned int n, i;

	g->what = what;
	memcpy(req, good, len);
	gen_judge(g, "good", 0, call(g, req, arg), true, 0);
	for (f = fields; f->name; f++) {
		n = gen_values(g, f, field_get(f, good), value, is_good);
		for (i = 0; i < n; i++) {
			int ret;

			memcpy(req, good, len);
			field_set(f, req, value[i]);
			ret = call(g, req, arg);
			gen_judge(g, f->name, value[i], ret,
				  f->kind == G_CORE ? !ret : is_good[i],
				  f->errs);
		}
	}
	gen_pairs(g, fields, good, len, call, arg);
	memcpy(req, good, len);
	gen_judge(g, "good again", 0, call(g, req, arg), true, 0);
}

static int cmd_run(struct gen *g, const struct gcmd *c, const void *core,
		   const void *drv, size_t drv_len, size_t drv_resp_len)
{
	static uint8_t resp[4096] __attribute__((aligned(8)));
	int ret;

	memset(resp, 0xee, sizeof(resp));
	ret = raw_cmd(g->fd, c, core, drv, drv_len, resp, drv_resp_len);
	/* The kernel must not write beyond the room for the response. */
	check(resp[c->resp_len + drv_resp_len] == 0xee);
	if (ret || !c->undo)
		return ret;
	if (c->undo(g, resp))
		fail("%s: can't be undone", c->name);
	return 0;
}

/* A call for gen_fields(); @arg is a struct gcmd. */
int gen_call_cmd(struct gen *g, const void *req, void *arg)
{
	const struct gcmd *c = arg;

	return cmd_run(g, c, req, (const uint8_t *)req + c->core_len,
		       c->drv_len, c->drv_resp_len);
}

/* Try shorter and longer driver data. The interface counts in words. */
static void cmd_lengths(struct gen *g, const struct gcmd *c)
{
	const uint8_t *drv = (const uint8_t *)c->good + c->core_len;
	size_t step = c->ex ? 8 : 4, len, pos;
	uint8_t buf[c->drv_len + MAX_LENGTHS];
	bool good;

	memset(buf, 0, sizeof(buf));
	memcpy(buf, drv, c->drv_len);
	for (len = 0; len <= c->drv_len + MAX_LENGTHS; len += step) {
		good = len >= c->drv_min || (!len && c->drv_none);
		/* Without its end, the request may lack what makes it valid. */
		if (!good || len >= c->drv_len || !len)
			gen_judge(g, "length", len,
				  cmd_run(g, c, c->good, buf, len,
					  c->drv_resp_len), good, E_INVAL);
		for (pos = c->drv_len; pos < len; pos++) {
			buf[pos] = 1 << pos % 8;
			gen_judge(g, "tail of length", len,
				  cmd_run(g, c, c->good, buf, len,
					  c->drv_resp_len), false,
				  E_OPNOTSUPP);
			buf[pos] = 0;
		}
	}
}

/* Try less and more room for the driver's response. */
static void cmd_responses(struct gen *g, const struct gcmd *c)
{
	const uint8_t *drv = (const uint8_t *)c->good + c->core_len;
	size_t step = c->ex ? 8 : 4, len;
	uint8_t *page;

	if (!c->resp_len)
		return;
	for (len = 0; len <= c->drv_resp_len + MAX_LENGTHS; len += step)
		gen_judge(g, "room", len,
			  cmd_run(g, c, c->good, drv, c->drv_len, len), true,
			  0);

	if (!c->drv_resp_len)
		return;
	/* The driver's response, or the end of it, is on an unmapped page. */
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(page != MAP_FAILED && !munmap(page + 4096, 4096));
	for (len = 0; len < c->drv_resp_len; len += step)
		gen_judge(g, "response cut by a hole at", len,
			  raw_cmd(g->fd, c, c->good, drv, c->drv_len,
				  page + 4096 - c->resp_len - len,
				  c->drv_resp_len), false, E_FAULT);
	check(!mprotect(page, 4096, PROT_READ));
	gen_judge(g, "response read-only", 0,
		  raw_cmd(g->fd, c, c->good, drv, c->drv_len, page,
			  c->drv_resp_len), false, E_FAULT);
	check(!munmap(page, 4096));
}

void gen_cmd(struct gen *g, const struct gcmd *c)
{
	struct gcmd bad = *c;
	int i;

	gen_fields(g, c->name, c->fields, c->good, c->core_len + c->drv_len,
		   gen_call_cmd, (void *)c);
	cmd_lengths(g, c);
	cmd_responses(g, c);

	for (i = 8; i < 31; i++) {
		bad.cmd = c->cmd | 1U << i;
		gen_judge(g, "command", bad.cmd, gen_call_cmd(g, c->good, &bad),
			  false, E_BAD);
	}
}
