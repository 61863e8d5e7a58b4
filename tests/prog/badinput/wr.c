// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Wrong work requests.
 */
#include <errno.h>
#include <string.h>

#include "badinput.h"

/*
 * Post a list: a valid request, the wrong one, and two valid ones. The first
 * succeeds, the wrong one completes with @status, and the others are flushed,
 * receives included; each completes once. Then reset the QP.
 */
static void bad_send(struct env *env, const struct ibv_send_wr *bad_wr,
		     enum ibv_wc_status status)
{
	struct ibv_send_wr wr[4], *bad;
	struct ibv_sge sge[4];
	int i;

	env_post_recv(env, &env->send, &env->sbuf, 20);
	env_post_recv(env, &env->send, &env->sbuf, 21);
	env_post_recv(env, &env->recv, &env->rbuf, 30);
	env_post_recv(env, &env->recv, &env->rbuf, 31);
	for (i = 0; i < 4; i++) {
		env_wr(env, &wr[i], &sge[i], i);
		if (i == 1) {
			wr[i] = *bad_wr;
			wr[i].wr_id = i;
		}
		wr[i].next = i < 3 ? &wr[i + 1] : NULL;
	}
	check(!ibv_post_send(env->send.qp, wr, &bad));

	expect_wc(env->send.send_cq, 0, IBV_WC_SUCCESS);
	expect_wc(env->send.send_cq, 1, status);
	expect_wc(env->send.send_cq, 2, IBV_WC_WR_FLUSH_ERR);
	expect_wc(env->send.send_cq, 3, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(env->send.send_cq);
	expect_wc(env->send.recv_cq, 20, IBV_WC_WR_FLUSH_ERR);
	expect_wc(env->send.recv_cq, 21, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(env->send.recv_cq);
	expect_state(&env->send, IBV_QPS_ERR);

	/* One frame arrived, and no more. */
	expect_wc(env->recv.recv_cq, 30, IBV_WC_SUCCESS);
	expect_no_wc(env->recv.recv_cq);

	/* Posting in the error state succeeds; the requests are flushed. */
	env_wr(env, &wr[0], &sge[0], 4);
	check(!ibv_post_send(env->send.qp, wr, &bad));
	env_post_recv(env, &env->send, &env->sbuf, 22);
	expect_wc(env->send.send_cq, 4, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(env->send.send_cq);
	expect_wc(env->send.recv_cq, 22, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(env->send.recv_cq);

	env_revive(&env->send);
	env_revive(&env->recv);
	env_works(env);
}

/* As above, for a request that posting refuses after a valid one. */
static void bad_post(struct env *env, const struct ibv_send_wr *bad_wr, int err)
{
	struct ibv_send_wr wr[3], *bad = NULL;
	struct ibv_sge sge[3];
	int i, ret;

	env_post_recv(env, &env->recv, &env->rbuf, 30);
	for (i = 0; i < 3; i++) {
		env_wr(env, &wr[i], &sge[i], i);
		if (i == 1)
			wr[i] = *bad_wr;
		wr[i].next = i < 2 ? &wr[i + 1] : NULL;
	}
	ret = ibv_post_send(env->send.qp, wr, &bad);
	if (ret != err)
		fail("ibv_post_send returned %d (%s), not %d", ret,
		     strerror(ret), err);
	check(bad == &wr[1]);
	expect_wc(env->send.send_cq, 0, IBV_WC_SUCCESS);
	expect_no_wc(env->send.send_cq);
	expect_wc(env->recv.recv_cq, 30, IBV_WC_SUCCESS);
	expect_state(&env->send, IBV_QPS_RTS);
	env_works(env);
}

static void short_frame(struct env *env)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	uint32_t len;

	env_open(env);
	env_open_qps(env);
	env_wr(env, &wr, &sge, 0);
	for (len = 1; len < ETH_HDR_LEN; len += 6) {
		sge.length = len;
		bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);
	}
	wr.send_flags |= IBV_SEND_INLINE;
	bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);
	wr.num_sge = 0;
	bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);
	wr.send_flags &= ~IBV_SEND_INLINE;
	bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);
	/* An unsignalled request that fails completes. */
	wr.send_flags = 0;
	bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);
	env_close(env);
}

static void long_frame(struct env *env)
{
	struct ibv_sge sge[2];
	struct ibv_send_wr wr;

	env_open(env);
	env_open_qps(env);
	env_wr(env, &wr, sge, 0);
	sge[0].length = env->a.max_frame + 1;
	bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);

	/* Several SGEs, also with a sum that exceeds 32 bits. */
	sge[0].length = env->a.max_frame;
	sge[1] = sge[0];
	sge[1].length = 1;
	wr.num_sge = 2;
	bad_send(env, &wr, IBV_WC_LOC_LEN_ERR);
	env_close(env);
}

static void bad_lkey(struct env *env)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	uint32_t good;

	env_open(env);
	env_open_qps(env);
	env_wr(env, &wr, &sge, 0);
	good = sge.lkey;
	for (sge.lkey = 0; sge.lkey < 3; sge.lkey++)
		bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.lkey = ~0U;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.lkey = good ^ 1;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.lkey = good ^ 0x80000000;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	env_close(env);
}

static void outside_mr(struct env *env)
{
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	uint64_t start, end;

	env_open(env);
	env_open_qps(env);
	env_wr(env, &wr, &sge, 0);
	start = (uintptr_t)env->sbuf.addr;
	end = start + env->sbuf.len;

	sge.addr = start - 1;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.addr = end - FRAME_LEN + 1;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.addr = end;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.addr = 0;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.addr = -(uint64_t)FRAME_LEN + 10;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.addr = ~0ULL;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.addr = start;
	sge.length = env->sbuf.len + 1;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	sge.length = ~0U;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	env_close(env);
}

static void other_pd(struct env *env)
{
	struct ibv_send_wr wr;
	struct rawbuf other;
	struct ibv_sge sge;
	struct ibv_pd *pd;

	env_open(env);
	env_open_qps(env);
	pd = ibv_alloc_pd(env->a.ctx);
	check(pd);
	rawbuf_alloc(&other, pd, BUF_LEN, IBV_ACCESS_LOCAL_WRITE);
	env_wr(env, &wr, &sge, 0);
	sge.addr = (uintptr_t)other.addr;
	sge.lkey = other.mr->lkey;
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	rawbuf_free(&other);
	check(!ibv_dealloc_pd(pd));
	env_close(env);
}

static void stale_lkey_send(struct env *env)
{
	struct ibv_send_wr wr;
	struct rawbuf other;
	struct ibv_sge sge;

	env_open(env);
	env_open_qps(env);
	rawbuf_alloc(&other, env->a.pd, BUF_LEN, 0);
	env_wr(env, &wr, &sge, 0);
	sge.addr = (uintptr_t)other.addr;
	sge.lkey = other.mr->lkey;
	rawbuf_free(&other);
	bad_send(env, &wr, IBV_WC_LOC_PROT_ERR);
	env_close(env);
}

/* A frame arrives for an invalid receive; valid ones are posted behind it. */
static void bad_recv(struct env *env, enum ibv_wc_status status)
{
	struct ibv_send_wr wr, *bad;
	struct ibv_sge sge;

	env_post_recv(env, &env->recv, &env->rbuf, 31);
	env_wr(env, &wr, &sge, 0);
	check(!ibv_post_send(env->send.qp, &wr, &bad));
	/* The sender gets no error, since Ethernet reports none. */
	expect_wc(env->send.send_cq, 0, IBV_WC_SUCCESS);
	expect_wc(env->recv.recv_cq, 30, status);
	expect_wc(env->recv.recv_cq, 31, IBV_WC_WR_FLUSH_ERR);
	expect_no_wc(env->recv.recv_cq);
	expect_state(&env->recv, IBV_QPS_ERR);

	/* Frames for a QP in the error state are dropped. */
	check(!ibv_post_send(env->send.qp, &wr, &bad));
	expect_wc(env->send.send_cq, 0, IBV_WC_SUCCESS);
	expect_no_wc(env->recv.recv_cq);

	env_revive(&env->recv);
	env_works(env);
}

static void stale_lkey_recv(struct env *env)
{
	struct rawbuf other;

	env_open(env);
	env_open_qps(env);
	rawbuf_alloc(&other, env->b.pd, BUF_LEN, IBV_ACCESS_LOCAL_WRITE);
	env_post_recv(env, &env->recv, &other, 30);
	rawbuf_free(&other);
	bad_recv(env, IBV_WC_LOC_PROT_ERR);
	env_close(env);
}

static void read_only_recv(struct env *env)
{
	struct rawbuf other;
	int i;

	env_open(env);
	env_open_qps(env);
	rawbuf_alloc(&other, env->b.pd, BUF_LEN, 0);
	env_post_recv(env, &env->recv, &other, 30);
	bad_recv(env, IBV_WC_LOC_PROT_ERR);
	for (i = 0; i < BUF_LEN; i++)
		check(!other.addr[i]);
	rawbuf_free(&other);
	env_close(env);
}

static void post_recv_len(struct env *env, uint32_t len, uint32_t len2)
{
	struct ibv_sge sge[2] = {
		{
			.addr = (uintptr_t)env->rbuf.addr,
			.length = len,
			.lkey = env->rbuf.mr->lkey,
		}, {
			.addr = (uintptr_t)env->rbuf.addr + BUF_LEN / 2,
			.length = len2,
			.lkey = env->rbuf.mr->lkey,
		},
	};
	struct ibv_recv_wr wr = {
		.wr_id = 30,
		.sg_list = sge,
		.num_sge = 2,
	}, *bad;

	check(!ibv_post_recv(env->recv.qp, &wr, &bad));
}

static void small_recv(struct env *env)
{
	env_open(env);
	env_open_qps(env);
	memset(env->rbuf.addr, 0x5a, BUF_LEN);
	post_recv_len(env, FRAME_LEN / 2, FRAME_LEN / 2 - 1);
	bad_recv(env, IBV_WC_LOC_LEN_ERR);
	check(env->rbuf.addr[BUF_LEN / 2 + FRAME_LEN / 2 - 1] == 0x5a);
	/* env_works() wrote to the start of the buffer; look behind that. */
	check(env->rbuf.addr[FRAME_LEN] == 0x5a);
	post_recv_len(env, FRAME_LEN - 1, 0);
	bad_recv(env, IBV_WC_LOC_LEN_ERR);
	post_recv_len(env, 0, 0);
	bad_recv(env, IBV_WC_LOC_LEN_ERR);
	env_close(env);
}

static void too_many_sge(struct env *env)
{
	struct ibv_recv_wr recv_wr = {}, *bad_recv_wr;
	struct ibv_sge sge[64];
	struct ibv_send_wr wr;
	int i;

	env_open(env);
	env_open_qps(env);
	for (i = 0; i < 64; i++)
		env_wr(env, &wr, &sge[i], 0);
	wr.sg_list = sge;
	wr.num_sge = env->send.cap.max_send_sge + 1;
	bad_post(env, &wr, EINVAL);
	wr.send_flags |= IBV_SEND_INLINE;
	bad_post(env, &wr, EINVAL);
	wr.num_sge = -1;
	bad_post(env, &wr, EINVAL);

	recv_wr.sg_list = sge;
	recv_wr.num_sge = env->recv.cap.max_recv_sge + 1;
	check(ibv_post_recv(env->recv.qp, &recv_wr, &bad_recv_wr) == EINVAL);
	check(bad_recv_wr == &recv_wr);
	recv_wr.num_sge = -1;
	check(ibv_post_recv(env->recv.qp, &recv_wr, &bad_recv_wr) == EINVAL);
	env_works(env);
	env_close(env);
}

static void long_inline(struct env *env)
{
	struct ibv_sge sge[2];
	struct ibv_send_wr wr;

	env_open(env);
	env_open_qps(env);
	env_wr(env, &wr, sge, 0);
	wr.send_flags |= IBV_SEND_INLINE;
	sge[0].length = env->send.cap.max_inline_data + 1;
	bad_post(env, &wr, EINVAL);
	sge[0].length = env->send.cap.max_inline_data;
	sge[1] = sge[0];
	sge[1].length = ~0U - 10;
	wr.num_sge = 2;
	bad_post(env, &wr, EINVAL);
	env_close(env);
}

static void unknown_op(struct env *env)
{
	static const enum ibv_wr_opcode ops[] = {
		IBV_WR_RDMA_WRITE, IBV_WR_RDMA_READ, IBV_WR_SEND_WITH_IMM,
		IBV_WR_ATOMIC_FETCH_AND_ADD, IBV_WR_BIND_MW, 12345,
	};
	struct ibv_send_wr wr;
	struct ibv_sge sge;
	unsigned int i;

	env_open(env);
	env_open_qps(env);
	env_wr(env, &wr, &sge, 0);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		wr.opcode = ops[i];
		bad_post(env, &wr, EINVAL);
	}
	/* The QP was created with no room for a header. */
	wr.opcode = IBV_WR_TSO;
	wr.tso.hdr = &wr;
	wr.tso.hdr_sz = 54;
	wr.tso.mss = 1000;
	bad_post(env, &wr, EINVAL);
	wr.opcode = IBV_WR_SEND;
	wr.send_flags = 1U << 30;
	bad_post(env, &wr, EINVAL);
	env_close(env);
}

/*
 * Each queue accepts the promised number of requests, and reports the first one
 * beyond.
 */
static void full_queue(struct env *env)
{
	uint32_t send_max, recv_max, i;
	struct ibv_recv_wr *rwr, *bad_recv;
	struct ibv_send_wr *wr, *bad;
	struct ibv_sge sge;

	env_open(env);
	env->recv.recv_cqe = 256;
	env_open_qps(env);
	send_max = env->send.cap.max_send_wr;
	recv_max = env->recv.cap.max_recv_wr;
	wr = calloc(send_max + 3, sizeof(*wr));
	rwr = calloc(recv_max + 3, sizeof(*rwr));
	check(wr && rwr);

	for (i = 0; i < recv_max + 3; i++) {
		rwr[i].wr_id = i;
		rwr[i].next = i < recv_max + 2 ? &rwr[i + 1] : NULL;
	}
	check(ibv_post_recv(env->recv.qp, rwr, &bad_recv) == ENOMEM);
	check(bad_recv == &rwr[recv_max]);
	check(ibv_post_recv(env->recv.qp, bad_recv, &bad_recv) == ENOMEM);
	check(bad_recv == &rwr[recv_max]);
	env_revive(&env->recv);

	for (i = 0; i < send_max + 3; i++) {
		env_wr(env, &wr[i], &sge, i);
		wr[i].next = i < send_max + 2 ? &wr[i + 1] : NULL;
		/*
		 * Only the last one is signalled; its completion frees all
		 * entries before it.
		 */
		if (i != send_max - 1)
			wr[i].send_flags = 0;
	}
	check(ibv_post_send(env->send.qp, wr, &bad) == ENOMEM);
	check(bad == &wr[send_max]);
	check(ibv_post_send(env->send.qp, bad, &bad) == ENOMEM);
	check(bad == &wr[send_max]);
	expect_wc(env->send.send_cq, send_max - 1, IBV_WC_SUCCESS);
	expect_no_wc(env->send.send_cq);
	/* The queue has room for the same number again. */
	check(ibv_post_send(env->send.qp, wr, &bad) == ENOMEM);
	check(bad == &wr[send_max]);
	expect_wc(env->send.send_cq, send_max - 1, IBV_WC_SUCCESS);
	env_works(env);
	env_close(env);
}

const struct bad_case wr_cases[] = {
	{ "short-frame", short_frame },
	{ "long-frame", long_frame },
	{ "bad-lkey", bad_lkey },
	{ "outside-mr", outside_mr },
	{ "other-pd", other_pd },
	{ "stale-lkey-send", stale_lkey_send },
	{ "stale-lkey-recv", stale_lkey_recv },
	{ "read-only-recv", read_only_recv },
	{ "small-recv", small_recv },
	{ "too-many-sge", too_many_sge },
	{ "long-inline", long_inline },
	{ "unknown-op", unknown_op },
	{ "full-queue", full_queue },
	{}
};
