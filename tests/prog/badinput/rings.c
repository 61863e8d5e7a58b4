// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Processes that overwrite the mapped queues, and processes that exit.
 */
#include <errno.h>
#include <pthread.h>
#include <rdma/mfraw-abi.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "badinput.h"
#include "maps.h"

/* Create a QP and find its rings. */
static struct map open_and_find(struct rawqp *q)
{
	struct maps before, after;

	/* Create the CQs first, so that only the QP is new. */
	q->send_cq = ibv_create_cq(q->dev->ctx, 64, NULL, NULL, 0);
	q->recv_cq = ibv_create_cq(q->dev->ctx, 64, NULL, NULL, 0);
	check(q->send_cq && q->recv_cq);
	q->own_send_cq = true;
	q->own_recv_cq = true;
	maps_read(&before);
	rawqp_open(q);
	maps_read(&after);
	return maps_new(&before, &after);
}

uint8_t *open_and_map(struct rawqp *q)
{
	return open_and_find(q).addr;
}

/* Kick the QP without the provider. */
static int kick_qp(struct ibv_qp *qp)
{
	return kick_once(qp->context->cmd_fd, qp->qp_num);
}

static void unmap_rings(struct env *env)
{
	struct map map, recv_map;

	env_open(env);
	map = open_and_find(&env->send);
	recv_map = open_and_find(&env->recv);
	rawqp_rts(&env->send);
	rawqp_rts(&env->recv);
	env->flow = rawqp_flow(&env->recv, CASE_TYPE, 0xffff);
	env_works(env);
	env_post_recv(env, &env->recv, &env->rbuf, 1);

	check(!munmap(map.addr, map.len));
	check(!kick_qp(env->send.qp));
	check(!munmap(recv_map.addr, recv_map.len));
	check(!kick_qp(env->recv.qp));
	rawqp_to(&env->send, IBV_QPS_ERR);
	check(!kick_qp(env->send.qp));
	rawqp_to(&env->recv, IBV_QPS_ERR);
	expect_wc(env->recv.recv_cq, 1, IBV_WC_WR_FLUSH_ERR);
	env_close(env);
}

/*
 * Write an index that is too far ahead. The QP fails with an event, and can be
 * used again after a reset.
 */
static void bad_index(struct env *env)
{
	struct ibv_send_wr wr, *bad;
	struct map map, recv_map;
	struct ibv_sge sge;

	env_open(env);
	map = open_and_find(&env->send);
	recv_map = open_and_find(&env->recv);
	rawqp_rts(&env->send);
	rawqp_rts(&env->recv);
	env->flow = rawqp_flow(&env->recv, CASE_TYPE, 0xffff);

	memset(map.addr, 0xff, 4096);
	check(!kick_qp(env->send.qp));
	check(wait_async(&env->a, IBV_EVENT_QP_FATAL, 20000));
	expect_state(&env->send, IBV_QPS_ERR);
	expect_no_wc(env->send.send_cq);
	env_revive(&env->send);
	env_works(env);

	memset(recv_map.addr, 0xff, 4096);
	env_wr(env, &wr, &sge, 5);
	check(!ibv_post_send(env->send.qp, &wr, &bad));
	expect_wc(env->send.send_cq, 5, IBV_WC_SUCCESS);
	check(wait_async(&env->b, IBV_EVENT_QP_FATAL, 20000));
	expect_state(&env->recv, IBV_QPS_ERR);
	env_revive(&env->recv);
	env_works(env);
	env_close(env);
}

/* Writes to a mapping, of plausible and of random values. */
struct vandal {
	struct env	*env;
	struct map	map;
	uint64_t	rnd;
	atomic_bool	stop;
	pthread_t	thread;
};

static uint64_t vandal_word(struct vandal *v)
{
	struct env *env = v->env;
	uint64_t r = prng(&v->rnd);

	switch (r >> 60) {
	case 0:
		return 0;
	case 1:
		return ~0ULL;
	case 2:
		return (uintptr_t)env->sbuf.addr + (r & 0xffff);
	case 3:
		return (uintptr_t)env->rbuf.addr + (r & 0xffff);
	case 4:	/* an SGE: length and key */
		return (uint64_t)env->sbuf.mr->lkey << 32 | (r & 0x7ff);
	case 5:
		return (uint64_t)env->rbuf.mr->lkey << 32 | (r & 0x7ff);
	case 6:	/* a send request: one SGE, signalled */
		return 1 << 16 | 1 << 8 | 1;
	case 7:	/* an inline send request */
		return (r & 0xff) << 32 | 3 << 8 | 1;
	case 8:
		return r & 0xff;
	case 9:
		return r & 0xffff000000ffULL;
	default:
		return r;
	}
}

static void *vandal_thread(void *arg)
{
	struct vandal *v = arg;
	volatile uint64_t *word = (volatile uint64_t *)v->map.addr;
	size_t n = v->map.len / sizeof(*word), i;

	while (!atomic_load(&v->stop)) {
		/*
		 * Half of the writes go to the start, where the doorbells are.
		 */
		i = prng(&v->rnd) & 1 ? prng(&v->rnd) % 24 :
					prng(&v->rnd) % n;
		word[i] = vandal_word(v);
		if (prng(&v->rnd) % 64 == 0)
			usleep(1);
	}
	return NULL;
}

static void vandal_start(struct vandal *v, struct env *env, struct map map,
			 uint64_t seed)
{
	*v = (struct vandal) { .env = env, .map = map, .rnd = seed };
	check(!pthread_create(&v->thread, NULL, vandal_thread, v));
}

static void vandal_end(struct vandal *v)
{
	atomic_store(&v->stop, true);
	pthread_join(v->thread, NULL);
}

/* The vandal may put the QP into the error state between two steps. */
static void revive_anyway(struct rawqp *q)
{
	static const enum ibv_qp_state steps[] = {
		IBV_QPS_RESET, IBV_QPS_INIT, IBV_QPS_RTR, IBV_QPS_RTS,
	};
	struct ibv_qp_attr attr = { .port_num = 1 };
	unsigned int i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		attr.qp_state = steps[i];
		if (!ibv_modify_qp(q->qp, &attr, IBV_QP_STATE |
				   (steps[i] == IBV_QPS_INIT ? IBV_QP_PORT : 0)))
			continue;
		expect_state(q, IBV_QPS_ERR);
		return;
	}
}

/* Use the QPs without any expectation. */
static void use_anyway(struct env *env, int seconds)
{
	uint64_t end = now_us() + seconds * 1000000ULL;
	struct ibv_send_wr wr[8], *bad;
	struct ibv_recv_wr rwr, *bad_recv;
	struct ibv_sge sge[8], rsge;
	struct ibv_wc wc[16];
	int i;

	for (i = 0; i < 8; i++) {
		env_wr(env, &wr[i], &sge[i], i);
		wr[i].next = i < 7 ? &wr[i + 1] : NULL;
	}
	rsge = (struct ibv_sge) {
		.addr = (uintptr_t)env->rbuf.addr,
		.length = env->b.max_frame,
		.lkey = env->rbuf.mr->lkey,
	};
	rwr = (struct ibv_recv_wr) { .sg_list = &rsge, .num_sge = 1 };

	while (now_us() < end) {
		for (i = 0; i < 8; i++)
			ibv_post_recv(env->recv.qp, &rwr, &bad_recv);
		ibv_post_send(env->send.qp, wr, &bad);
		check(!kick_qp(env->send.qp));
		check(!kick_qp(env->recv.qp));
		ibv_poll_cq(env->send.send_cq, 16, wc);
		ibv_poll_cq(env->recv.recv_cq, 16, wc);
		if (qp_state(env->send.qp) == IBV_QPS_ERR)
			revive_anyway(&env->send);
		if (qp_state(env->recv.qp) == IBV_QPS_ERR)
			revive_anyway(&env->recv);
	}
}

/* Both regions have the address that cases 2 to 5 above write. */
static void vandal_qp(struct env *env)
{
	struct vandal v[2];
	struct map map[2];

	env_open(env);
	map[0] = open_and_find(&env->send);
	map[1] = open_and_find(&env->recv);
	rawqp_rts(&env->send);
	rawqp_rts(&env->recv);
	env->flow = rawqp_flow(&env->recv, CASE_TYPE, 0xffff);
	vandal_start(&v[0], env, map[0], 12345);
	vandal_start(&v[1], env, map[1], 54321);
	use_anyway(env, 5);
	vandal_end(&v[0]);
	vandal_end(&v[1]);

	/* The QPs work after a reset. */
	memset(map[0].addr, 0, map[0].len);
	memset(map[1].addr, 0, map[1].len);
	rawqp_to(&env->send, IBV_QPS_RESET);
	rawqp_to(&env->recv, IBV_QPS_RESET);
	rawqp_rts(&env->send);
	rawqp_rts(&env->recv);
	env_works(env);
	env_close(env);
}

static void vandal_cq(struct env *env)
{
	struct maps before, after;
	struct map map[2];
	struct vandal v[2];

	env_open(env);
	maps_read(&before);
	env->send.send_cq = ibv_create_cq(env->a.ctx, 64, NULL, NULL, 0);
	check(env->send.send_cq);
	maps_read(&after);
	map[0] = maps_new(&before, &after);
	maps_read(&before);
	env->recv.recv_cq = ibv_create_cq(env->b.ctx, 64, NULL, NULL, 0);
	check(env->recv.recv_cq);
	maps_read(&after);
	map[1] = maps_new(&before, &after);
	env->send.own_send_cq = true;
	env->recv.own_recv_cq = true;
	env_open_qps(env);

	vandal_start(&v[0], env, map[0], 12345);
	vandal_start(&v[1], env, map[1], 54321);
	use_anyway(env, 5);
	vandal_end(&v[0]);
	vandal_end(&v[1]);
	env_close(env);
}

/* Move frames until this process is killed. */
static void traffic(struct env *env)
{
	struct env mine = { .names = { env->names[0], env->names[1] } };

	env_open(&mine);
	env_open_qps(&mine);
	for (;;)
		env_works(&mine);
}

static void kill_traffic(struct env *env)
{
	uint64_t rnd = 42;
	int i, status;
	pid_t child;

	for (i = 0; i < 30; i++) {
		child = fork();
		check(child >= 0);
		if (!child) {
			traffic(env);
			_exit(0);
		}
		usleep(1000 + prng(&rnd) % 200000);
		check(!kill(child, SIGKILL));
		check(waitpid(child, &status, 0) == child);
		check(WIFSIGNALED(status));
	}
	env_open(env);
	env_open_qps(env);
	env_works(env);
	env_close(env);
}

static void *works_thread(void *arg)
{
	struct vandal *v = arg;

	while (!atomic_load(&v->stop))
		env_works(v->env);
	return NULL;
}

/* Children inherit the rings, and use them in several ways. */
static void fork_exec(struct env *env)
{
	struct vandal v = { .env = env };
	struct map map;
	int i, status;
	pid_t child;

	check(!ibv_fork_init());
	env_open(env);
	map = open_and_find(&env->send);
	rawqp_rts(&env->send);
	rawqp_open(&env->recv);
	rawqp_rts(&env->recv);
	env->flow = rawqp_flow(&env->recv, CASE_TYPE, 0xffff);
	check(!pthread_create(&v.thread, NULL, works_thread, &v));

	for (i = 0; i < 30; i++) {
		child = fork();
		check(child >= 0);
		if (!child) {
			switch (i % 4) {
			case 0:
				_exit(0);
			case 1:
				execl("/bin/true", "true", NULL);
				_exit(1);
			case 2:
				_exit(munmap(map.addr, map.len));
			case 3:
				_exit(close(env->a.ctx->cmd_fd));
			}
		}
		check(waitpid(child, &status, 0) == child);
		check(!status);
	}
	atomic_store(&v.stop, true);
	pthread_join(v.thread, NULL);

	/* This child outlives the objects. */
	child = fork();
	check(child >= 0);
	if (!child) {
		usleep(300000);
		_exit(*(volatile uint8_t *)map.addr & 0);
	}
	env_close(env);
	check(waitpid(child, &status, 0) == child);
	check(!status);
}

const struct bad_case ring_cases[] = {
	{ "unmap-rings", unmap_rings },
	{ "bad-index", bad_index },
	{ "vandal-qp", vandal_qp },
	{ "vandal-cq", vandal_cq },
	{ "kill-traffic", kill_traffic },
	{ "fork-exec", fork_exec },
	{}
};
