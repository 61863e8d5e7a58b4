// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Raw packet queue pairs.
 *
 * A chain of requests is built once for each burst that the frames need: with
 * several queue pairs or regions, the bursts take turns.
 */
#include <errno.h>
#include <string.h>

#include "cost.h"
#include "rawqp.h"

#define TYPE_IP		0x0800

/*
 * @dev: the device
 * @queues: the queue pairs; they share the CQs of the first one
 * @buf: memory of the frames to send, then of a burst that is received
 * @regions: further regions of the same memory
 * @chains: number of bursts that are built
 * @turn: the next burst to send
 * @unpolled: bursts whose completion is not polled
 * @from: the queue that receives the next frame
 * @arrived: frames of that queue's burst that have arrived
 */
struct end {
	struct rawdev		dev;
	struct rawqp		*queues;
	struct rawbuf		buf;
	struct ibv_mr		**regions;
	struct ibv_send_wr	*send_wr;
	struct ibv_recv_wr	*recv_wr;
	struct ibv_sge		*send_sge, *recv_sge;
	uint32_t		chains;
	uint32_t		turn;
	uint32_t		unpolled;
	uint32_t		from;
	uint32_t		arrived;
};

static void *zalloc(size_t count, size_t size)
{
	void *mem = calloc(count, size);

	if (!mem)
		die("no memory");
	return mem;
}

/* Receive the frames whose UDP port is that of the queue. */
static void flow_by_port(struct rawqp *q, uint32_t queue)
{
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_eth eth;
		struct ibv_flow_spec_tcp_udp udp;
	} rule = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(rule),
			.num_of_specs = 2,
			.port = 1,
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(rule.eth),
			.val.ether_type = htobe16(TYPE_IP),
			.mask.ether_type = 0xffff,
		},
		.udp = {
			.type = IBV_FLOW_SPEC_UDP,
			.size = sizeof(rule.udp),
			.val.dst_port = htobe16(FIRST_PORT + queue),
			.mask.dst_port = 0xffff,
		},
	};

	_Static_assert(sizeof(rule) == sizeof(rule.attr) + sizeof(rule.eth) +
		       sizeof(rule.udp), "a gap before a spec");
	memcpy(rule.eth.val.dst_mac, q->dev->mac, 6);
	memset(rule.eth.mask.dst_mac, 0xff, 6);
	if (!ibv_create_flow(q->qp, &rule.attr))
		die("ibv_create_flow: %s", strerror(errno));
}

static void queues_open(struct end *e, bool receives)
{
	uint32_t i;

	e->queues = zalloc(setup.queues, sizeof(*e->queues));
	for (i = 0; i < setup.queues; i++) {
		struct rawqp *q = &e->queues[i];

		q->dev = &e->dev;
		q->cap.max_send_wr = setup.burst;
		q->cap.max_send_sge = 1;
		q->cap.max_recv_wr = receives ? setup.burst : 0;
		q->cap.max_recv_sge = receives;
		q->recv_cqe = setup.burst;
		q->send_cq = e->queues[0].send_cq;
		q->recv_cq = e->queues[0].recv_cq;
		rawqp_open(q);
		rawqp_rts(q);
		if (!receives)
			continue;
		if (setup.by_port)
			flow_by_port(q, i);
		else
			rawqp_flow(q, TYPE_IP, 0xffff);
	}
}

/* All queues receive into the same memory, since nobody reads the frames. */
static void receives_post(struct end *e)
{
	size_t room = (size_t)e->chains * setup.burst * setup.length;
	struct ibv_recv_wr *bad;
	uint32_t i;

	e->recv_wr = zalloc(setup.burst, sizeof(*e->recv_wr));
	e->recv_sge = zalloc(setup.burst, sizeof(*e->recv_sge));
	for (i = 0; i < setup.burst; i++) {
		e->recv_sge[i] = sge_at(e->buf.mr, room + i * setup.length,
					setup.length);
		e->recv_wr[i].sg_list = &e->recv_sge[i];
		e->recv_wr[i].num_sge = 1;
		e->recv_wr[i].next = &e->recv_wr[i + 1];
	}
	e->recv_wr[setup.burst - 1].next = NULL;
	for (i = 0; i < setup.queues; i++)
		if (ibv_post_recv(e->queues[i].qp, e->recv_wr, &bad))
			die("ibv_post_recv");
}

static struct end *verbs_open(const char *device, bool sends, bool receives)
{
	struct end *e = zalloc(1, sizeof(*e));
	uint32_t i;

	rawdev_open(&e->dev, device);
	queues_open(e, receives);
	e->chains = setup.queues;
	if (sends && e->chains * setup.burst < setup.regions)
		e->chains = (setup.regions - 1) / setup.burst + 1;
	rawbuf_alloc(&e->buf, e->dev.pd,
		     (size_t)(e->chains + 1) * setup.burst * setup.length,
		     IBV_ACCESS_LOCAL_WRITE);
	e->regions = zalloc(setup.regions, sizeof(*e->regions));
	e->regions[0] = e->buf.mr;
	for (i = 1; sends && i < setup.regions; i++) {
		e->regions[i] = ibv_reg_mr(e->dev.pd, e->buf.addr, e->buf.len, 0);
		if (!e->regions[i])
			die("ibv_reg_mr: %s", strerror(errno));
	}
	if (receives)
		receives_post(e);
	return e;
}

static void verbs_aim(struct end *e, const struct end *peer)
{
	uint32_t count = e->chains * setup.burst, i;

	e->send_wr = zalloc(count, sizeof(*e->send_wr));
	e->send_sge = zalloc(count, sizeof(*e->send_sge));
	for (i = 0; i < count; i++) {
		struct ibv_send_wr *wr = &e->send_wr[i];
		bool last = i % setup.burst == setup.burst - 1;

		frame_make(e->buf.addr + (size_t)i * setup.length,
			   peer->dev.mac, e->dev.mac,
			   i / setup.burst % setup.queues);
		e->send_sge[i] = sge_at(e->regions[i % setup.regions],
					(size_t)i * setup.length, setup.length);
		wr->sg_list = &e->send_sge[i];
		wr->num_sge = 1;
		wr->opcode = IBV_WR_SEND;
		wr->send_flags = (setup.csum ? IBV_SEND_IP_CSUM : 0) |
				 (last ? IBV_SEND_SIGNALED : 0);
		wr->next = last ? NULL : wr + 1;
	}
}

/* Returns the number of completions, at most 32, and their queue pair. */
static uint32_t poll_ok(struct ibv_cq *cq, uint32_t *qp_num)
{
	struct ibv_wc wc[32];
	int i, n;

	n = ibv_poll_cq(cq, 32, wc);
	if (n < 0)
		die("ibv_poll_cq: %d", n);
	for (i = 0; i < n; i++)
		if (wc[i].status != IBV_WC_SUCCESS)
			die("%s", ibv_wc_status_str(wc[i].status));
	if (n)
		*qp_num = wc[0].qp_num;
	return n;
}

static void verbs_send(struct end *e)
{
	struct ibv_send_wr *bad;
	uint32_t qp_num;

	while (e->unpolled)
		e->unpolled -= poll_ok(e->queues[0].send_cq, &qp_num);
	if (ibv_post_send(e->queues[e->turn % setup.queues].qp,
			  &e->send_wr[e->turn * setup.burst], &bad))
		die("ibv_post_send");
	e->unpolled++;
	e->turn = e->turn + 1 < e->chains ? e->turn + 1 : 0;
}

/* The frames of a burst are for one queue, and no two bursts are under way. */
static uint32_t verbs_recv(struct end *e)
{
	struct ibv_recv_wr *last, *bad;
	uint32_t qp_num, n;

	n = poll_ok(e->queues[0].recv_cq, &qp_num);
	if (!n)
		return 0;
	if (e->queues[e->from].qp->qp_num != qp_num)
		die("frames came to another queue");
	last = &e->recv_wr[n - 1];
	last->next = NULL;
	if (ibv_post_recv(e->queues[e->from].qp, e->recv_wr, &bad))
		die("ibv_post_recv");
	last->next = n < setup.burst ? last + 1 : NULL;
	e->arrived += n;
	if (e->arrived == setup.burst) {
		e->arrived = 0;
		e->from = e->from + 1 < setup.queues ? e->from + 1 : 0;
	}
	return n;
}

const struct way way_verbs = {
	.name = "verbs",
	.open = verbs_open,
	.aim = verbs_aim,
	.send = verbs_send,
	.recv = verbs_recv,
};
