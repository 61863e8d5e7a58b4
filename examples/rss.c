// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * rss DEVICE QUEUES COUNT - distribute frames to several receive queues
 *
 * Receives COUNT frames of UDP over IPv4 with QUEUES work queues, and prints
 * how many frames each queue got. The device hashes addresses and ports, so all
 * frames between the same two sockets go to the same queue.
 */
#include "example.h"

#define MAX_QUEUES	16
#define DEPTH		64
#define SLOT		2048

/* Any key will do, but the same key gives the same distribution. */
static uint8_t hash_key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
	0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
	0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static struct queue {
	struct ibv_cq *cq;
	struct ibv_wq *wq;
	struct ibv_mr *mr;
	long frames;
	uint8_t buffers[DEPTH * SLOT];
} queues[MAX_QUEUES];

static void post_recv(struct queue *q, uint64_t slot)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)q->buffers + slot * SLOT,
		.length = SLOT,
		.lkey = q->mr->lkey,
	};
	struct ibv_recv_wr wr = {
		.wr_id = slot, .sg_list = &sge, .num_sge = 1,
	}, *bad;
	int ret = ibv_post_wq_recv(q->wq, &wr, &bad);

	if (ret)
		die("ibv_post_wq_recv", ret);
}

static void open_queue(struct queue *q, struct ibv_context *ctx,
		       struct ibv_pd *pd)
{
	struct ibv_wq_init_attr init = {
		.wq_type = IBV_WQT_RQ,
		.max_wr = DEPTH,
		.max_sge = 1,
		.pd = pd,
	};
	struct ibv_wq_attr attr = { .attr_mask = IBV_WQ_ATTR_STATE };
	int ret;

	q->mr = ibv_reg_mr(pd, q->buffers, sizeof(q->buffers),
			   IBV_ACCESS_LOCAL_WRITE);
	if (!q->mr)
		die("ibv_reg_mr", errno);
	q->cq = ibv_create_cq(ctx, DEPTH, NULL, NULL, 0);
	if (!q->cq)
		die("ibv_create_cq", errno);
	init.cq = q->cq;
	q->wq = ibv_create_wq(ctx, &init);
	if (!q->wq)
		die("ibv_create_wq", errno);
	attr.wq_state = IBV_WQS_RDY;
	ret = ibv_modify_wq(q->wq, &attr);
	if (ret)
		die("ibv_modify_wq", ret);
	for (int i = 0; i < DEPTH; i++)
		post_recv(q, i);
}

/* The queue pair has no queues of its own. It stays in its first state. */
static struct ibv_qp *create_qp(struct ibv_context *ctx, struct ibv_pd *pd,
				struct ibv_rwq_ind_table *table)
{
	struct ibv_qp_init_attr_ex init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.comp_mask = IBV_QP_INIT_ATTR_PD | IBV_QP_INIT_ATTR_IND_TABLE |
			     IBV_QP_INIT_ATTR_RX_HASH,
		.pd = pd,
		.rwq_ind_tbl = table,
		.rx_hash_conf = {
			.rx_hash_function = IBV_RX_HASH_FUNC_TOEPLITZ,
			.rx_hash_key_len = sizeof(hash_key),
			.rx_hash_key = hash_key,
			.rx_hash_fields_mask =
				IBV_RX_HASH_SRC_IPV4 | IBV_RX_HASH_DST_IPV4 |
				IBV_RX_HASH_SRC_PORT_UDP |
				IBV_RX_HASH_DST_PORT_UDP,
		},
	};
	struct ibv_qp *qp;

	qp = ibv_create_qp_ex(ctx, &init);
	if (!qp)
		die("ibv_create_qp_ex", errno);
	return qp;
}

/*
 * Specifications without a mask match all values: any frame of UDP over IPv4.
 */
static struct ibv_flow *create_flow(struct ibv_qp *qp)
{
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_ipv4 ip;
		struct ibv_flow_spec_tcp_udp udp;
	} rule = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(rule),
			.num_of_specs = 2,
			.port = 1,
		},
		.ip = { .type = IBV_FLOW_SPEC_IPV4, .size = sizeof(rule.ip) },
		.udp = { .type = IBV_FLOW_SPEC_UDP, .size = sizeof(rule.udp) },
	};
	struct ibv_flow *flow = ibv_create_flow(qp, &rule.attr);

	if (!flow)
		die("ibv_create_flow", errno);
	return flow;
}

/* Take a frame from the queue, if there is one. Return the number of frames. */
static int poll_queue(struct queue *q)
{
	struct ibv_wc wc;
	int n = ibv_poll_cq(q->cq, 1, &wc);

	if (n < 0)
		die("ibv_poll_cq", EIO);
	if (n) {
		check_status(wc.status);
		post_recv(q, wc.wr_id);
		q->frames++;
	}
	return n;
}

int main(int argc, char **argv)
{
	int n = argc == 4 ? atoi(argv[2]) : 0;
	long left = argc == 4 ? atol(argv[3]) : 0;
	struct ibv_rwq_ind_table_init_attr init = {};
	struct ibv_wq *entries[MAX_QUEUES];
	struct ibv_rwq_ind_table *table;
	struct ibv_context *ctx;
	struct ibv_flow *flow;
	struct ibv_pd *pd;
	struct ibv_qp *qp;

	/* The size of an indirection table is a power of two. */
	if (n < 1 || n > MAX_QUEUES || n & (n - 1) || left <= 0) {
		fprintf(stderr, "usage: rss DEVICE 1|2|4|8|16 COUNT\n");
		return 2;
	}
	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	for (int i = 0; i < n; i++) {
		open_queue(&queues[i], ctx, pd);
		entries[i] = queues[i].wq;
	}
	init.log_ind_tbl_size = ffs(n) - 1;
	init.ind_tbl = entries;
	table = ibv_create_rwq_ind_table(ctx, &init);
	if (!table)
		die("ibv_create_rwq_ind_table", errno);
	qp = create_qp(ctx, pd, table);
	flow = create_flow(qp);
	printf("ready\n");
	fflush(stdout);

	for (int i = 0; left > 0; i = (i + 1) % n)
		left -= poll_queue(&queues[i]);
	for (int i = 0; i < n; i++)
		printf("queue %d: %ld frames\n", i, queues[i].frames);

	ibv_destroy_flow(flow);
	ibv_destroy_qp(qp);
	ibv_destroy_rwq_ind_table(table);
	for (int i = 0; i < n; i++) {
		ibv_destroy_wq(queues[i].wq);
		ibv_destroy_cq(queues[i].cq);
		ibv_dereg_mr(queues[i].mr);
	}
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
