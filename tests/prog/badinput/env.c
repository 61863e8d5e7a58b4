// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The devices and queues of a case, and checks of completions, states and events.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "badinput.h"

void env_open(struct env *env)
{
	rawdev_open(&env->a, env->names[0]);
	rawdev_open(&env->b, env->names[1]);
	env->send = (struct rawqp) {
		.dev = &env->a,
		.cap = {
			.max_send_wr = 16,
			.max_send_sge = 2,
			.max_recv_wr = 16,
			.max_recv_sge = 2,
			.max_inline_data = 64,
		},
	};
	env->recv = env->send;
	env->recv.dev = &env->b;
	rawbuf_alloc(&env->sbuf, env->a.pd, BUF_LEN, IBV_ACCESS_LOCAL_WRITE);
	rawbuf_alloc(&env->rbuf, env->b.pd, BUF_LEN, IBV_ACCESS_LOCAL_WRITE);
}

void env_open_qps(struct env *env)
{
	rawqp_open(&env->send);
	rawqp_open(&env->recv);
	rawqp_rts(&env->send);
	rawqp_rts(&env->recv);
	env->flow = rawqp_flow(&env->recv, CASE_TYPE, 0xffff);
}

void env_close(struct env *env)
{
	if (env->flow)
		check(!ibv_destroy_flow(env->flow));
	if (env->send.qp)
		rawqp_close(&env->send);
	if (env->recv.qp)
		rawqp_close(&env->recv);
	rawbuf_free(&env->sbuf);
	rawbuf_free(&env->rbuf);
	rawdev_close(&env->a);
	rawdev_close(&env->b);
}

static void env_frame(struct env *env, uint8_t *frame, uint32_t len)
{
	uint32_t i;

	eth_header(frame, env->b.mac, env->a.mac, CASE_TYPE);
	for (i = ETH_HDR_LEN; i < len; i++)
		frame[i] = i;
}

/* Build a valid send request. */
void env_wr(struct env *env, struct ibv_send_wr *wr, struct ibv_sge *sge,
	    uint64_t wr_id)
{
	env_frame(env, env->sbuf.addr, FRAME_LEN);
	*sge = sge_at(env->sbuf.mr, 0, FRAME_LEN);
	*wr = (struct ibv_send_wr) {
		.wr_id = wr_id,
		.sg_list = sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
}

void env_post_recv(struct env *env, struct rawqp *q, struct rawbuf *buf,
		   uint64_t wr_id)
{
	struct ibv_sge sge = sge_at(buf->mr, 0, env->b.max_frame);
	struct ibv_recv_wr wr = {
		.wr_id = wr_id,
		.sg_list = &sge,
		.num_sge = 1,
	}, *bad;
	int ret;

	ret = ibv_post_recv(q->qp, &wr, &bad);
	if (ret)
		fail("ibv_post_recv: %s", strerror(ret));
}

/* Check that a valid frame still goes from one QP to the other. */
void env_works(struct env *env)
{
	struct ibv_send_wr wr, *bad;
	struct ibv_sge sge;
	struct ibv_wc wc;

	env_post_recv(env, &env->recv, &env->rbuf, 1001);
	env_wr(env, &wr, &sge, 1002);
	check(!ibv_post_send(env->send.qp, &wr, &bad));
	expect_wc(env->send.send_cq, 1002, IBV_WC_SUCCESS);
	check(poll_cq_for(env->recv.recv_cq, &wc, 20000) == 1);
	check(wc.wr_id == 1001);
	check(wc.status == IBV_WC_SUCCESS);
	check(wc.opcode == IBV_WC_RECV);
	check(wc.byte_len == FRAME_LEN);
	check(wc.qp_num == env->recv.qp->qp_num);
	check(!memcmp(env->rbuf.addr, env->sbuf.addr, FRAME_LEN));
}

/* Bring a QP in any state through RESET to RTS. */
void env_revive(struct rawqp *q)
{
	rawqp_to(q, IBV_QPS_RESET);
	rawqp_rts(q);
}

void expect_wc(struct ibv_cq *cq, uint64_t wr_id, enum ibv_wc_status status)
{
	struct ibv_wc wc;

	if (!poll_cq_for(cq, &wc, 20000))
		fail("no completion of request %llu",
		     (unsigned long long)wr_id);
	if (wc.wr_id != wr_id || wc.status != status)
		fail("request %llu completed with %s, not %llu with %s",
		     (unsigned long long)wc.wr_id,
		     ibv_wc_status_str(wc.status), (unsigned long long)wr_id,
		     ibv_wc_status_str(status));
}

void expect_no_wc(struct ibv_cq *cq)
{
	struct ibv_wc wc;

	if (poll_cq_for(cq, &wc, 20))
		fail("request %llu completed with %s, and should not",
		     (unsigned long long)wc.wr_id,
		     ibv_wc_status_str(wc.status));
}

void expect_state(struct rawqp *q, enum ibv_qp_state state)
{
	enum ibv_qp_state is;
	int i;

	for (i = 0; i < 2000; i++) {
		is = qp_state(q->qp);
		if (is == state)
			return;
		usleep(10000);
	}
	fail("QP is in state %d, not %d", is, state);
}

/* Wait for an asynchronous event. Takes and ignores all events before it. */
bool wait_async(struct rawdev *dev, enum ibv_event_type type, int timeout_ms)
{
	struct pollfd pfd = { .fd = dev->ctx->async_fd, .events = POLLIN };
	struct ibv_async_event event;

	while (poll(&pfd, 1, timeout_ms) > 0) {
		check(!ibv_get_async_event(dev->ctx, &event));
		ibv_ack_async_event(&event);
		if (event.event_type == type)
			return true;
	}
	return false;
}
