// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * WQs and QPs over them: calls that pyverbs does not have, and processes that
 * overwrite the mapped queues.
 */
#include <errno.h>
#include <rdma/mfraw-abi.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "badinput.h"

#define DEPTH	16
#define WQS	2

/* Two WQs, a table with two entries or one, and a QP that receives frames. */
struct spread {
	struct env		*env;
	struct ibv_pd		*pd;		/* NULL: the device's */
	bool			single;
	uint32_t		flags;		/* CQ of the WQs */
	uint64_t		fields;
	struct ibv_cq		*cq;
	struct ibv_wq		*wq[WQS];
	struct ibv_rwq_ind_table *table;
	struct rawqp		q;
	struct ibv_flow		*flow;
};

static int wq_state(struct ibv_wq *wq, enum ibv_wq_state state)
{
	struct ibv_wq_attr attr = {
		.attr_mask = IBV_WQ_ATTR_STATE,
		.wq_state = state,
	};

	return ibv_modify_wq(wq, &attr);
}

static struct ibv_qp *spread_qp(struct spread *s)
{
	static uint8_t key[MFRAW_RX_HASH_KEY_LEN] = { 1, 2, 3 };
	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_RX_HASH |
			     IBV_QP_INIT_ATTR_IND_TABLE,
		.pd = s->pd,
		.rwq_ind_tbl = s->table,
		.rx_hash_conf = {
			.rx_hash_function = IBV_RX_HASH_FUNC_TOEPLITZ,
			.rx_hash_key_len = sizeof(key),
			.rx_hash_key = key,
			.rx_hash_fields_mask = s->fields,
		},
	};

	return ibv_create_qp_ex(s->env->b.ctx, &init);
}

static void spread_open(struct spread *s, struct env *env, int cqe)
{
	struct ibv_rwq_ind_table_init_attr tbl = {
		.log_ind_tbl_size = s->single ? 0 : 1,
		.ind_tbl = s->wq,
	};
	int i;

	s->env = env;
	if (!s->pd)
		s->pd = env->b.pd;
	s->cq = ibv_create_cq(env->b.ctx, cqe, NULL, NULL, 0);
	check(s->cq);
	for (i = 0; i < WQS; i++) {
		struct ibv_wq_init_attr init = {
			.wq_type = IBV_WQT_RQ,
			.max_wr = DEPTH,
			.max_sge = 1,
			.pd = s->pd,
			.cq = s->cq,
			.comp_mask = IBV_WQ_INIT_ATTR_FLAGS,
			.create_flags = s->flags,
		};

		s->wq[i] = ibv_create_wq(env->b.ctx, &init);
		check(s->wq[i]);
		check(!wq_state(s->wq[i], IBV_WQS_RDY));
	}
	s->table = ibv_create_rwq_ind_table(env->b.ctx, &tbl);
	check(s->table);
	s->q.dev = &env->b;
	s->q.qp = spread_qp(s);
	check(s->q.qp);
	s->flow = rawqp_flow(&s->q, CASE_TYPE, 0xffff);
}

static void spread_close(struct spread *s)
{
	int i;

	check(!ibv_destroy_flow(s->flow));
	check(!ibv_destroy_qp(s->q.qp));
	check(!ibv_destroy_rwq_ind_table(s->table));
	for (i = 0; i < WQS; i++)
		check(!ibv_destroy_wq(s->wq[i]));
	check(!ibv_destroy_cq(s->cq));
}

static int spread_post(struct spread *s, int i, uint64_t wr_id)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)s->env->rbuf.addr + 16384,
		.length = s->env->b.max_frame,
		.lkey = s->env->rbuf.mr->lkey,
	};
	struct ibv_recv_wr wr = {
		.wr_id = wr_id,
		.sg_list = &sge,
		.num_sge = 1,
	}, *bad;

	return ibv_post_wq_recv(s->wq[i], &wr, &bad);
}

/*
 * The hash of a frame without IP is 0, so the frame goes to the first WQ. A
 * plain QP with the same flow receives it, too.
 */
static void spread_works(struct spread *s)
{
	struct ibv_wc wc;

	check(!spread_post(s, 0, 77));
	env_works(s->env);
	check(poll_cq_for(s->cq, &wc, 20000) == 1);
	check(wc.wr_id == 77 && wc.status == IBV_WC_SUCCESS);
	check(wc.qp_num == s->wq[0]->wq_num && wc.byte_len == FRAME_LEN);
	check(!memcmp(s->env->rbuf.addr + 16384, s->env->sbuf.addr, FRAME_LEN));
}

/* Objects in use can't be destroyed. */
static void wq_destroy_order(struct env *env)
{
	struct ibv_parent_domain_init_attr pd_attr = {};
	struct ibv_td_init_attr td_attr = {};
	struct spread s = { .fields = IBV_RX_HASH_SRC_IPV4 };
	struct ibv_td *td;
	struct ibv_pd *pd;
	int i;

	env_open(env);
	td = ibv_alloc_td(env->b.ctx, &td_attr);
	pd_attr.pd = env->b.pd;
	pd_attr.td = td;
	s.pd = ibv_alloc_parent_domain(env->b.ctx, &pd_attr);
	check(td && s.pd);
	env_open_qps(env);
	spread_open(&s, env, 64);
	pd = s.pd;

	for (i = 0; i < 3; i++) {
		spread_works(&s);
		check(ibv_dealloc_pd(pd) == EBUSY);
		check(ibv_destroy_cq(s.cq) == EBUSY);
		check(ibv_destroy_wq(s.wq[0]) == EBUSY);
		check(ibv_destroy_wq(s.wq[1]) == EBUSY);
		check(ibv_destroy_rwq_ind_table(s.table) == EBUSY);
		check(ibv_destroy_qp(s.q.qp) == EBUSY);
		spread_works(&s);
		check(!ibv_destroy_flow(s.flow));
		check(ibv_destroy_rwq_ind_table(s.table) == EBUSY);
		s.flow = rawqp_flow(&s.q, CASE_TYPE, 0xffff);
	}
	spread_close(&s);
	check(!ibv_dealloc_pd(pd));
	check(!ibv_dealloc_td(td));
	env_close(env);
}

/* A table with one entry needs no hash fields. */
static void wq_single(struct env *env)
{
	struct spread s = { .single = true };
	struct ibv_qp *qp;
	uint64_t fields;

	env_open(env);
	env_open_qps(env);
	spread_open(&s, env, 64);
	spread_works(&s);
	for (fields = 1; fields < 256; fields <<= 1) {
		s.fields = fields;
		qp = spread_qp(&s);
		check(qp);
		check(!ibv_destroy_qp(qp));
	}
	spread_close(&s);
	env_close(env);
}

/* The kernel destroys the objects of a process that exits. */
static void wq_close_with_all(struct env *env)
{
	int i;

	for (i = 0; i < 10; i++) {
		struct spread s = { .fields = IBV_RX_HASH_SRC_IPV4 };

		env->flow = NULL;
		env_open(env);
		env_open_qps(env);
		spread_open(&s, env, 64);
		spread_works(&s);
		check(!spread_post(&s, 1, 1));
		check(!wq_state(s.wq[i & 1], IBV_WQS_ERR));
		if (i & 1) {
			check(!ibv_close_device(env->a.ctx));
			check(!ibv_close_device(env->b.ctx));
		}
	}
}

/* The CQ overflows and is lost, and so is the WQ. */
static void wq_cq_overflow(struct env *env)
{
	struct spread s = { .fields = IBV_RX_HASH_SRC_IPV4 };
	struct ibv_send_wr wr, *bad;
	struct ibv_sge sge;
	int i;

	env_open(env);
	env_open_qps(env);
	spread_open(&s, env, 4);
	for (i = 0; i < 6; i++)
		check(!spread_post(&s, 0, i));
	for (i = 0; i < 6; i++) {
		env_post_recv(env, &env->recv, &env->rbuf, 5);
		env_wr(env, &wr, &sge, i);
		check(!ibv_post_send(env->send.qp, &wr, &bad));
		expect_wc(env->send.send_cq, i, IBV_WC_SUCCESS);
		expect_wc(env->recv.recv_cq, 5, IBV_WC_SUCCESS);
	}
	check(wait_async(&env->b, IBV_EVENT_CQ_ERR, 20000));
	check(wait_async(&env->b, IBV_EVENT_WQ_FATAL, 20000));
	for (i = 0; i < 4; i++)
		expect_wc(s.cq, i, IBV_WC_SUCCESS);
	env_works(env);
	spread_close(&s);
	env_close(env);
}

static int wq_kick(struct ibv_wq *wq, uint32_t num)
{
	return kick_once(wq->context->cmd_fd, num);
}

static void wq_kicks(struct env *env)
{
	struct spread s = { .fields = IBV_RX_HASH_SRC_IPV4 };
	struct ibv_wc wc;
	uint32_t i;

	env_open(env);
	env_open_qps(env);
	spread_open(&s, env, 64);
	check(!spread_post(&s, 1, 3));
	check(!wq_kick(s.wq[1], s.wq[1]->wq_num));
	check(!poll_cq_for(s.cq, &wc, 20));
	/* The RSS QP has no queue. */
	check(wq_kick(s.wq[1], s.q.qp->qp_num) == ENOENT);
	for (i = 1000; i < 1010; i++)
		check(wq_kick(s.wq[1], s.wq[1]->wq_num + i) == ENOENT);
	check(!wq_state(s.wq[1], IBV_WQS_ERR));
	expect_wc(s.cq, 3, IBV_WC_WR_FLUSH_ERR);
	check(!wq_kick(s.wq[1], s.wq[1]->wq_num));
	expect_no_wc(s.cq);
	spread_works(&s);
	spread_close(&s);
	env_close(env);
}

/* Find the last mapping of the command file that is not @known. */
static uint8_t *last_map(size_t *len, uint8_t *const *known, int num)
{
	unsigned long start, end;
	uint8_t *found = NULL;
	char line[512];
	FILE *f;
	int i;

	f = fopen("/proc/self/maps", "r");
	check(f);
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, "/dev/infiniband/uverbs"))
			continue;
		check(sscanf(line, "%lx-%lx", &start, &end) == 2);
		for (i = 0; i < num; i++)
			if (known[i] == (uint8_t *)start)
				break;
		if (i < num)
			continue;
		found = (uint8_t *)start;
		*len = end - start;
	}
	fclose(f);
	return found;
}

/* Write random words to all mappings, those of CQs and QPs included. */
static void wq_scribble(struct env *env)
{
	uint64_t seed = 7;
	int i;

	for (i = 0; i < 20; i++) {
		struct spread s = {
			.fields = IBV_RX_HASH_SRC_IPV4,
			.flags = i & 1 ? IBV_WQ_FLAGS_DELAY_DROP : 0,
		};
		pid_t pid = fork();
		int status;

		check(pid >= 0);
		seed += pid;
		if (!pid) {
			uint8_t *known[64];
			uint32_t *map;
			size_t len;
			int num = 0;

			env_open(env);
			env_open_qps(env);
			spread_open(&s, env, 64);
			spread_works(&s);
			while (num < 64 &&
			       (map = (void *)last_map(&len, known, num))) {
				size_t n;

				known[num++] = (uint8_t *)map;
				for (n = 0; n < len / 4; n++)
					if (prng(&seed) & 1)
						map[n] = prng(&seed) >>
							 (prng(&seed) % 32);
			}
			for (num = 0; num < 50; num++) {
				struct ibv_send_wr wr, *bad;
				struct ibv_sge sge;
				struct ibv_wc wc;

				env_wr(env, &wr, &sge, num);
				ibv_post_send(env->send.qp, &wr, &bad);
				spread_post(&s, num & 1, num);
				wq_kick(s.wq[num & 1], s.wq[num & 1]->wq_num);
				ibv_poll_cq(s.cq, 1, &wc);
				wq_state(s.wq[num & 1], num % 3);
			}
			_exit(0);
		}
		check(waitpid(pid, &status, 0) == pid);
		/* The child may have crashed; the kernel must not have. */
		check(WIFEXITED(status) || WTERMSIG(status) == SIGSEGV ||
		      WTERMSIG(status) == SIGBUS);
		check(!WIFEXITED(status) || !WEXITSTATUS(status));
	}
}

/* Find the doorbell page of the first WQ, to which 3 receives were posted. */
static struct mfraw_qp_db *spread_db(struct spread *s)
{
	uint8_t *known[64], *map;
	int num = 0, round;
	size_t len, pos;

	for (round = 0; round < 3; round++)
		check(!spread_post(s, 0, round));
	while (num < 64 && (map = last_map(&len, known, num))) {
		known[num++] = map;
		for (pos = 0; pos < len; pos += 4096) {
			struct mfraw_qp_db *page = (void *)(map + pos);

			if (page->rq_prod == htole32(3) && !page->sq_prod &&
			    !page->rq_wakeup)
				return page;
		}
	}
	fail("no doorbell page");
}

/* Send frames that the plain QP receives in any case. */
static void spread_frames(struct spread *s, int count)
{
	struct env *env = s->env;
	struct ibv_send_wr wr, *bad;
	struct ibv_sge sge;
	int i;

	for (i = 0; i < count; i++) {
		env_post_recv(env, &env->recv, &env->rbuf, 5);
		env_wr(env, &wr, &sge, i);
		check(!ibv_post_send(env->send.qp, &wr, &bad));
		expect_wc(env->send.send_cq, i, IBV_WC_SUCCESS);
		expect_wc(env->recv.recv_cq, 5, IBV_WC_SUCCESS);
	}
}

/* The WQ is in ERR after an index that is too far ahead. */
static void spread_wild(struct spread *s)
{
	check(wait_async(&s->env->b, IBV_EVENT_WQ_FATAL, 20000));
	check(wq_state(s->wq[0], IBV_WQS_RDY) == EINVAL);
	env_works(s->env);
	check(!wq_state(s->wq[0], IBV_WQS_RESET));
	check(!wq_state(s->wq[0], IBV_WQS_RDY));
	spread_works(s);
	spread_close(s);
	env_close(s->env);
}


/* An index that is too far ahead causes an event and puts the WQ into ERR. */
static void wq_wild_index(struct env *env)
{
	struct spread s = { .fields = IBV_RX_HASH_SRC_IPV4 };
	struct mfraw_qp_db *db;

	env_open(env);
	env_open_qps(env);
	spread_open(&s, env, 64);
	db = spread_db(&s);
	db->rq_prod = htole32(3 + 2 * DEPTH);
	spread_frames(&s, 4);
	spread_wild(&s);
}

/* The same, detected by the kick, while the WQ holds frames. */
static void wq_delay_wild(struct env *env)
{
	struct spread s = {
		.fields = IBV_RX_HASH_SRC_IPV4,
		.flags = IBV_WQ_FLAGS_DELAY_DROP,
	};
	struct mfraw_qp_db *db;

	env_open(env);
	env_open_qps(env);
	spread_open(&s, env, 64);
	db = spread_db(&s);
	spread_frames(&s, 10);
	check(db->rq_wakeup);
	db->rq_prod = htole32(3 + 2 * DEPTH);
	check(!wq_kick(s.wq[0], s.wq[0]->wq_num));
	spread_wild(&s);
}

/* A process that posts without a kick gets the frames later. */
static void wq_delay_no_kick(struct env *env)
{
	struct spread s = {
		.fields = IBV_RX_HASH_SRC_IPV4,
		.flags = IBV_WQ_FLAGS_DELAY_DROP,
	};
	struct mfraw_qp_db *db;
	struct ibv_wc wc;
	int i;

	env_open(env);
	env_open_qps(env);
	spread_open(&s, env, 64);
	db = spread_db(&s);
	spread_frames(&s, 5);
	for (i = 0; i < 3; i++)
		check(poll_cq_for(s.cq, &wc, 2000) == 1);
	check(db->rq_wakeup);
	db->rq_wakeup = 0;
	for (i = 0; i < 2; i++)
		check(!spread_post(&s, 0, 10 + i));
	for (i = 0; i < 2; i++) {
		check(poll_cq_for(s.cq, &wc, 20000) == 1);
		check(wc.wr_id == 10ULL + i && wc.status == IBV_WC_SUCCESS);
	}
	spread_works(&s);
	spread_close(&s);
	env_close(env);
}

/*
 * The memory for held frames counts against the limit until the WQ is
 * destroyed.
 */
static void wq_delay_memlock(struct env *env)
{
	struct rlimit limit = { 2 << 20, 2 << 20 };
	struct ibv_wq_init_attr init = {
		.wq_type = IBV_WQT_RQ,
		.max_wr = 1,
		.max_sge = 1,
		.comp_mask = IBV_WQ_INIT_ATTR_FLAGS,
		.create_flags = IBV_WQ_FLAGS_DELAY_DROP,
	};
	struct ibv_wq *wq[64];
	int round, i, n = 0;

	check(!setrlimit(RLIMIT_MEMLOCK, &limit));
	drop_ipc_lock();
	env_open(env);
	env_open_qps(env);
	init.pd = env->b.pd;
	init.cq = env->recv.recv_cq;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 64; i++) {
			wq[i] = ibv_create_wq(env->b.ctx, &init);
			if (!wq[i])
				break;
		}
		check(i > 0 && i < 64 && errno == ENOMEM);
		check(!round || i == n);
		n = i;
		while (i--)
			check(!ibv_destroy_wq(wq[i]));
	}
	env_works(env);
	env_close(env);
}

const struct bad_case wq_cases[] = {
	{ "wq-destroy-order", wq_destroy_order },
	{ "wq-single", wq_single },
	{ "wq-close-with-all", wq_close_with_all },
	{ "wq-cq-overflow", wq_cq_overflow },
	{ "wq-kicks", wq_kicks },
	{ "wq-wild-index", wq_wild_index },
	{ "wq-delay-wild", wq_delay_wild },
	{ "wq-delay-no-kick", wq_delay_no_kick },
	{ "wq-delay-memlock", wq_delay_memlock },
	{ "wq-scribble", wq_scribble },
	{}
};
