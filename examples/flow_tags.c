// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * flow_tags DEVICE PORT PORT COUNT - flows with tags and counters
 *
 * Receives COUNT frames to two UDP ports. The tag of a completion tells which
 * flow matched, without a look at the headers. Counters count for each flow.
 */
#include "example.h"

#define DEPTH	64
#define SLOT	2048
#define FLOWS	2

static uint8_t buffers[DEPTH * SLOT];

/* The work request ID is the number of the buffer. */
static void post_recv(struct ibv_qp *qp, struct ibv_mr *mr, uint64_t slot)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)buffers + slot * SLOT,
		.length = SLOT,
		.lkey = mr->lkey,
	};
	struct ibv_recv_wr wr = {
		.wr_id = slot,
		.sg_list = &sge,
		.num_sge = 1,
	};
	struct ibv_recv_wr *bad;
	int ret;

	ret = ibv_post_recv(qp, &wr, &bad);
	if (ret)
		die("ibv_post_recv", ret);
}

/* The points are attached before the first flow has the counters. */
static struct ibv_counters *create_counters(struct ibv_context *ctx)
{
	struct ibv_counter_attach_attr packets = {
		.counter_desc = IBV_COUNTER_PACKETS, .index = 0,
	};
	struct ibv_counter_attach_attr bytes = {
		.counter_desc = IBV_COUNTER_BYTES, .index = 1,
	};
	struct ibv_counters_init_attr init = {};
	struct ibv_counters *counters;
	int ret;

	counters = ibv_create_counters(ctx, &init);
	if (!counters)
		die("ibv_create_counters", errno);
	ret = ibv_attach_counters_point_flow(counters, &packets, NULL);
	if (!ret)
		ret = ibv_attach_counters_point_flow(counters, &bytes, NULL);
	if (ret)
		die("ibv_attach_counters_point_flow", ret);
	return counters;
}

/* Frames to the UDP port get the tag, and are counted. */
static struct ibv_flow *create_flow(struct ibv_qp *qp, uint16_t port,
				    uint32_t tag, struct ibv_counters *counters)
{
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_ipv4 ip;
		struct ibv_flow_spec_tcp_udp udp;
		struct ibv_flow_spec_action_tag tag;
		struct ibv_flow_spec_counter_action count;
	} rule = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(rule),
			.num_of_specs = 4,
			.port = 1,
		},
		.ip = { .type = IBV_FLOW_SPEC_IPV4, .size = sizeof(rule.ip) },
		.udp = {
			.type = IBV_FLOW_SPEC_UDP,
			.size = sizeof(rule.udp),
			.val.dst_port = htons(port),
			.mask.dst_port = 0xffff,
		},
		.tag = {
			.type = IBV_FLOW_SPEC_ACTION_TAG,
			.size = sizeof(rule.tag),
			.tag_id = tag,
		},
		.count = {
			.type = IBV_FLOW_SPEC_ACTION_COUNT,
			.size = sizeof(rule.count),
			.counters = counters,
		},
	};
	struct ibv_flow *flow;

	_Static_assert(sizeof(rule) == sizeof(rule.attr) + sizeof(rule.ip) +
		       sizeof(rule.udp) + sizeof(rule.tag) + sizeof(rule.count),
		       "specifications follow the attributes without a gap");
	flow = ibv_create_flow(qp, &rule.attr);
	if (!flow)
		die("ibv_create_flow", errno);
	return flow;
}

/* Print the tags of @left frames. */
static void receive(struct ibv_qp *qp, struct ibv_mr *mr, struct ibv_cq_ex *cq,
		    long left)
{
	struct ibv_poll_cq_attr attr = {};

	while (left > 0) {
		int ret = ibv_start_poll(cq, &attr);

		if (ret == ENOENT)
			continue;
		if (ret)
			die("ibv_start_poll", ret);
		/* These read the completion that ibv_start_poll() found. */
		check_status(cq->status);
		printf("%u bytes, tag %u\n", ibv_wc_read_byte_len(cq),
		       ibv_wc_read_flow_tag(cq));
		post_recv(qp, mr, cq->wr_id);
		ibv_end_poll(cq);
		left--;
	}
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = { .max_recv_wr = DEPTH, .max_recv_sge = 1 },
	};
	struct ibv_cq_init_attr_ex cq_init = {
		.cqe = DEPTH,
		.wc_flags = IBV_WC_EX_WITH_BYTE_LEN | IBV_WC_EX_WITH_FLOW_TAG,
	};
	struct ibv_counters *counters[FLOWS];
	struct ibv_flow *flows[FLOWS];
	struct ibv_context *ctx;
	struct ibv_cq_ex *cq;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_qp *qp;

	if (argc != 5 || atol(argv[4]) <= 0) {
		fprintf(stderr, "usage: flow_tags DEVICE PORT PORT COUNT\n");
		return 2;
	}
	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, buffers, sizeof(buffers), IBV_ACCESS_LOCAL_WRITE);
	if (!mr)
		die("ibv_reg_mr", errno);
	/* Only an extended CQ can have tags. */
	cq = ibv_create_cq_ex(ctx, &cq_init);
	if (!cq)
		die("ibv_create_cq_ex", errno);
	init.send_cq = ibv_cq_ex_to_cq(cq);
	init.recv_cq = ibv_cq_ex_to_cq(cq);
	qp = ibv_create_qp(pd, &init);
	if (!qp)
		die("ibv_create_qp", errno);
	modify_qp(qp, IBV_QPS_INIT);
	for (int i = 0; i < DEPTH; i++)
		post_recv(qp, mr, i);
	modify_qp(qp, IBV_QPS_RTR);
	for (int i = 0; i < FLOWS; i++) {
		counters[i] = create_counters(ctx);
		flows[i] = create_flow(qp, atoi(argv[2 + i]), i + 1,
				       counters[i]);
	}
	printf("ready\n");
	fflush(stdout);

	receive(qp, mr, cq, atol(argv[4]));

	for (int i = 0; i < FLOWS; i++) {
		uint64_t values[2];
		int ret = ibv_read_counters(counters[i], values, 2, 0);

		if (ret)
			die("ibv_read_counters", ret);
		printf("port %s: %lu frames, %lu bytes\n", argv[2 + i],
		       values[0], values[1]);
		ibv_destroy_flow(flows[i]);
		ibv_destroy_counters(counters[i]);
	}
	ibv_destroy_qp(qp);
	ibv_destroy_cq(ibv_cq_ex_to_cq(cq));
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
