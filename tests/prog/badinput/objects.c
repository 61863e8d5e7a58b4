// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * States, sizes and lifetimes of objects.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "badinput.h"

static int try_send(struct env *env, struct rawqp *q)
{
	struct ibv_send_wr wr, *bad = NULL;
	struct ibv_sge sge;
	int ret;

	env_wr(env, &wr, &sge, 7);
	ret = ibv_post_send(q->qp, &wr, &bad);
	check(!ret || bad == &wr);
	return ret;
}

static int try_recv(struct rawqp *q)
{
	struct ibv_recv_wr wr = { .wr_id = 8 }, *bad = NULL;
	int ret;

	ret = ibv_post_recv(q->qp, &wr, &bad);
	check(!ret || bad == &wr);
	return ret;
}

static void wrong_state(struct env *env)
{
	struct rawqp *q = &env->send;
	struct ibv_qp_attr attr = { .qp_state = IBV_QPS_RTS };

	env_open(env);
	env_open_qps(env);
	rawqp_to(q, IBV_QPS_RESET);
	check(try_send(env, q) == EINVAL);
	check(try_recv(q) == EINVAL);
	/* A step from RESET to RTS is refused. */
	check(ibv_modify_qp(q->qp, &attr, IBV_QP_STATE) == EINVAL);
	check(try_send(env, q) == EINVAL);
	rawqp_to(q, IBV_QPS_INIT);
	check(try_send(env, q) == EINVAL);
	check(!try_recv(q));
	rawqp_to(q, IBV_QPS_RTR);
	check(try_send(env, q) == EINVAL);
	check(!try_recv(q));
	rawqp_to(q, IBV_QPS_RTS);
	expect_no_wc(q->send_cq);
	env_works(env);
	env_close(env);
}

/* Each posted request is flushed once, in order. */
static void flush_counts(struct env *env)
{
	struct rawqp *q = &env->send;
	uint32_t i, sends, recvs;

	env_open(env);
	env_open_qps(env);
	sends = q->cap.max_send_wr;
	recvs = q->cap.max_recv_wr;

	/* In SQD, requests are accepted and not executed. */
	rawqp_to(q, IBV_QPS_SQD);
	for (i = 0; i < sends; i++)
		check(!try_send(env, q));
	for (i = 0; i < recvs; i++)
		check(!try_recv(q));
	expect_no_wc(q->send_cq);
	rawqp_to(q, IBV_QPS_ERR);
	for (i = 0; i < sends; i++)
		expect_wc(q->send_cq, 7, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(q->send_cq);
	for (i = 0; i < recvs; i++)
		expect_wc(q->recv_cq, 8, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(q->recv_cq);

	/* A reset removes all requests, completed or not. */
	for (i = 0; i < sends; i++)
		check(!try_send(env, q));
	env_revive(q);
	expect_no_wc(q->send_cq);
	check(!try_recv(q));
	env_revive(q);
	expect_no_wc(q->recv_cq);

	/* After a step from SQD to RTS, the queue goes on. */
	rawqp_to(q, IBV_QPS_SQD);
	check(!try_send(env, q));
	rawqp_to(q, IBV_QPS_RTS);
	expect_wc(q->send_cq, 7, IBV_WC_SUCCESS);
	env_works(env);
	env_close(env);
}

/* Completions of a QP that was destroyed or reset are not polled. */
static void cleaned_cq(struct env *env)
{
	struct rawqp first, second;
	int i;

	env_open(env);
	env->send.send_cqe = 64;
	env->send.cap.max_send_wr = 32;
	first = env->send;
	rawqp_open(&first);
	rawqp_rts(&first);
	second = env->send;
	second.send_cq = first.send_cq;
	second.recv_cq = first.recv_cq;
	rawqp_open(&second);
	rawqp_rts(&second);

	for (i = 0; i < 10; i++) {
		check(!try_send(env, &second));
		check(!try_send(env, &first));
		check(!try_send(env, &second));
	}
	rawqp_to(&second, IBV_QPS_RESET);
	for (i = 0; i < 10; i++) {
		struct ibv_wc wc;

		check(poll_cq_for(first.send_cq, &wc, 1000) == 1);
		check(wc.qp_num == first.qp->qp_num);
	}
	expect_no_wc(first.send_cq);

	/* Go more than once around the ring. */
	rawqp_rts(&second);
	for (i = 0; i < 200; i++) {
		check(!try_send(env, &second));
		expect_wc(first.send_cq, 7, IBV_WC_SUCCESS);
	}
	check(!try_send(env, &second));
	check(!try_send(env, &first));
	rawqp_close(&second);
	expect_wc(first.send_cq, 7, IBV_WC_SUCCESS);
	expect_no_wc(first.send_cq);
	rawqp_close(&first);
	env->send.qp = NULL;
	env_close(env);
}

static void cq_overflow(struct env *env)
{
	struct rawqp *q = &env->send;
	uint32_t i, cqe;

	env_open(env);
	q->send_cqe = 4;
	q->cap.max_send_wr = 64;
	env_open_qps(env);
	cqe = q->send_cq->cqe;
	check(cqe >= 4 && cqe < 64);

	for (i = 0; i < cqe; i++)
		check(!try_send(env, q));
	check(!wait_async(&env->a, IBV_EVENT_CQ_ERR, 50));
	try_send(env, q);
	check(wait_async(&env->a, IBV_EVENT_CQ_ERR, 20000));
	/* The CQ lost a completion, so its QP fails. */
	expect_state(q, IBV_QPS_ERR);
	env_close(env);
}

static void resize(struct env *env)
{
	struct rawqp *q = &env->send;
	int round, i, n = 0;

	env_open(env);
	q->send_cqe = 16;
	q->cap.max_send_wr = 64;
	env_open_qps(env);

	for (round = 0; round < 50; round++) {
		int size = round & 1 ? 16 : 64;

		for (i = 0; i < 10; i++)
			check(!try_send(env, q));
		if (!round) {
			/* Completions may take a while. */
			usleep(100000);
			check(ibv_resize_cq(q->send_cq, 4) == EINVAL);
		}
		if (ibv_resize_cq(q->send_cq, size))
			fail("ibv_resize_cq: %s", strerror(errno));
		check(q->send_cq->cqe >= size);
		for (i = 0; i < 10; i++, n++)
			expect_wc(q->send_cq, 7, IBV_WC_SUCCESS);
		expect_no_wc(q->send_cq);
	}
	check(ibv_resize_cq(q->send_cq, 0) == EINVAL);
	check(ibv_resize_cq(q->send_cq, 1 << 30) == EINVAL);
	env_works(env);
	env_close(env);
}

/* Objects in use can't be destroyed; other objects can, in any order. */
static void destroy_order(struct env *env)
{
	struct ibv_parent_domain_init_attr pd_attr = {};
	struct ibv_td_init_attr td_attr = {};
	struct rawqp *q = &env->recv;
	struct ibv_pd *pd, *parent;
	struct ibv_td *td;

	env_open(env);
	td = ibv_alloc_td(env->b.ctx, &td_attr);
	pd = ibv_alloc_pd(env->b.ctx);
	check(td && pd);
	pd_attr.pd = pd;
	pd_attr.td = td;
	parent = ibv_alloc_parent_domain(env->b.ctx, &pd_attr);
	check(parent);

	q->pd = parent;
	q->events = true;
	rawbuf_free(&env->rbuf);
	rawbuf_alloc(&env->rbuf, parent, BUF_LEN, IBV_ACCESS_LOCAL_WRITE);
	env_open_qps(env);
	env_works(env);

	check(ibv_destroy_comp_channel(q->channel) == EBUSY);
	check(ibv_destroy_cq(q->send_cq) == EBUSY);
	check(ibv_destroy_cq(q->recv_cq) == EBUSY);
	check(ibv_destroy_qp(q->qp) == EBUSY);
	check(ibv_dealloc_pd(parent) == EBUSY);
	check(ibv_dealloc_pd(pd) == EBUSY);
	check(ibv_dealloc_td(td) == EBUSY);
	env_works(env);

	check(!ibv_dereg_mr(env->rbuf.mr));
	env->rbuf.mr = NULL;
	check(!ibv_destroy_flow(env->flow));
	env->flow = NULL;
	rawqp_close(q);
	check(ibv_dealloc_pd(pd) == EBUSY);
	check(ibv_dealloc_td(td) == EBUSY);
	check(!ibv_dealloc_pd(parent));
	check(!ibv_dealloc_td(td));
	check(!ibv_dealloc_pd(pd));
	env_close(env);
}

/* The kernel destroys the objects of a process that exits. */
static void close_with_all(struct env *env)
{
	int i;

	for (i = 0; i < 20; i++) {
		env->flow = NULL;
		env_open(env);
		env_open_qps(env);
		env_works(env);
		env_post_recv(env, &env->recv, &env->rbuf, 1);
		if (i & 1) {
			check(!ibv_close_device(env->a.ctx));
			check(!ibv_close_device(env->b.ctx));
		}
	}
}

static void many_qps(struct env *env)
{
	struct rawqp template;
	int i;

	env_open(env);
	template = env->send;
	for (i = 0; i < 300; i++) {
		env_open_qps(env);
		if (i % 50 == 0)
			env_works(env);
		else
			check(!try_send(env, &env->send));
		check(!ibv_destroy_flow(env->flow));
		rawqp_close(&env->send);
		rawqp_close(&env->recv);
		env->send = template;
		env->recv = template;
		env->recv.dev = &env->b;
	}
	env->flow = NULL;
	env_close(env);
}

static void bad_create(struct env *env)
{
	struct ibv_device_attr dev;
	struct ibv_qp_init_attr init, good = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = {
			.max_send_wr = 4,
			.max_recv_wr = 4,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
	};
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	struct ibv_mr *mr;
	uint8_t *page;

	env_open(env);
	check(!ibv_query_device(env->a.ctx, &dev));
	check(!ibv_create_cq(env->a.ctx, dev.max_cqe + 1, NULL, NULL, 0));
	check(errno == EINVAL);
	check(!ibv_create_cq(env->a.ctx, 0, NULL, NULL, 0));
	check(errno == EINVAL);
	check(!ibv_create_cq(env->a.ctx, 1, NULL, NULL, 1 << 20));
	check(errno == EINVAL);
	cq = ibv_create_cq(env->a.ctx, dev.max_cqe, NULL, NULL, 0);
	check(cq);

	good.send_cq = cq;
	good.recv_cq = cq;
	init = good;
	init.qp_type = IBV_QPT_DRIVER;
	check(!ibv_create_qp(env->a.pd, &init));
	check(errno == EOPNOTSUPP);
	init = good;
	init.cap.max_send_wr = dev.max_qp_wr + 1;
	check(!ibv_create_qp(env->a.pd, &init));
	check(errno == EINVAL);
	init = good;
	init.cap.max_recv_wr = ~0U;
	check(!ibv_create_qp(env->a.pd, &init));
	check(errno == EINVAL);
	init = good;
	init.cap.max_recv_sge = dev.max_sge + 1;
	check(!ibv_create_qp(env->a.pd, &init));
	check(errno == EINVAL);
	init = good;
	init.cap.max_inline_data = 1 << 20;
	check(!ibv_create_qp(env->a.pd, &init));
	check(errno == EINVAL);
	init = good;
	init.cap.max_send_wr = dev.max_qp_wr;
	init.cap.max_recv_wr = dev.max_qp_wr;
	init.cap.max_send_sge = dev.max_sge;
	init.cap.max_recv_sge = dev.max_sge;
	qp = ibv_create_qp(env->a.pd, &init);
	check(qp);
	check(!ibv_destroy_qp(qp));

	check(!ibv_reg_mr(env->a.pd, (void *)4096, BUF_LEN, 0));
	check(errno == EFAULT || errno == ENOMEM);
	check(!ibv_reg_mr(env->a.pd, env->sbuf.addr, 0, 0));
	check(!ibv_reg_mr(env->a.pd, env->sbuf.addr, ~0UL, 0));
	/* A region may end at the last address, but not behind it. */
	page = (uint8_t *)(((uintptr_t)env->sbuf.addr + 4095) & ~4095UL);
	mr = ibv_reg_mr_iova(env->a.pd, page, 4096, -4096ULL, 0);
	check(mr);
	check(!ibv_dereg_mr(mr));
	check(!ibv_reg_mr_iova(env->a.pd, page, 4097, -4096ULL, 0));
	check(errno == EINVAL);
	check(!ibv_destroy_cq(cq));
	env_close(env);
}

/* QPs with a send queue only, a receive queue only, or no queue. */
static void half_qp(struct env *env)
{
	env_open(env);
	env->send.cap.max_recv_wr = 0;
	env->send.cap.max_recv_sge = 0;
	env->recv.cap.max_send_wr = 0;
	env->recv.cap.max_send_sge = 0;
	env->recv.cap.max_inline_data = 0;
	env_open_qps(env);
	env_works(env);
	check(try_recv(&env->send) == ENOMEM || try_recv(&env->send) == EINVAL);
	check(try_send(env, &env->recv) == ENOMEM ||
	      try_send(env, &env->recv) == EINVAL);
	env_works(env);
	rawqp_to(&env->send, IBV_QPS_ERR);
	rawqp_to(&env->recv, IBV_QPS_ERR);
	env_revive(&env->send);
	env_revive(&env->recv);
	env_works(env);
	env_close(env);
}

/* Credentials change before the device is opened; see the NOTES of mfraw(7). */
void drop_ipc_lock(void)
{
	struct __user_cap_header_struct hdr = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	check(!syscall(SYS_capget, &hdr, data));
	data[0].effective &= ~(1U << CAP_IPC_LOCK);
	data[0].permitted &= ~(1U << CAP_IPC_LOCK);
	check(!syscall(SYS_capset, &hdr, data));
}

static void memlock_limit(struct env *env)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	int i, n;
	void *mem;

	check(!setrlimit(RLIMIT_MEMLOCK, &limit));
	drop_ipc_lock();
	env_open(env);
	mem = aligned_alloc(4096, 8 << 20);
	check(mem);
	check(!ibv_reg_mr(env->a.pd, mem, 8 << 20, 0));
	check(errno == ENOMEM);
	env_open_qps(env);
	env_works(env);

	/*
	 * The memory of queues counts against the limit until they are
	 * destroyed.
	 */
	for (n = 0; n < 2; n++) {
		struct ibv_cq *cq[64];

		for (i = 0; i < 64; i++) {
			cq[i] = ibv_create_cq(env->a.ctx, 4096, NULL, NULL, 0);
			if (!cq[i])
				break;
		}
		check(i > 0 && i < 64);
		check(errno == ENOMEM);
		while (i--)
			check(!ibv_destroy_cq(cq[i]));
	}
	env_works(env);
	env_close(env);
	free(mem);
}

const struct bad_case object_cases[] = {
	{ "wrong-state", wrong_state },
	{ "flush-counts", flush_counts },
	{ "cleaned-cq", cleaned_cq },
	{ "cq-overflow", cq_overflow },
	{ "resize", resize },
	{ "destroy-order", destroy_order },
	{ "close-with-all", close_with_all },
	{ "many-qps", many_qps },
	{ "bad-create", bad_create },
	{ "half-qp", half_qp },
	{ "memlock-limit", memlock_limit },
	{}
};
