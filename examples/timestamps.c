// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * timestamps DEVICE ADDRESS COUNT - times of completions
 *
 * Receives COUNT frames to MAC address ADDRESS. For each frame, prints the time
 * since the frame before, and how long the frame waited for the program. Both
 * are times of the device's clock, so they are right even if the program reads
 * the frames late.
 */
#include "example.h"

#define DEPTH	64
#define SLOT	2048

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

/* A raw packet queue pair receives only the frames that its flows match. */
static struct ibv_flow *create_flow(struct ibv_qp *qp, const char *address)
{
	/* The specifications follow the attributes without a gap. */
	struct {
		struct ibv_flow_attr attr;
		struct ibv_flow_spec_eth eth;
	} rule = {
		.attr = {
			.type = IBV_FLOW_ATTR_NORMAL,
			.size = sizeof(rule),
			.num_of_specs = 1,
			.port = 1,
		},
		.eth = {
			.type = IBV_FLOW_SPEC_ETH,
			.size = sizeof(rule.eth),
		},
	};
	struct ibv_flow *flow;

	parse_mac(address, rule.eth.val.dst_mac);
	memset(rule.eth.mask.dst_mac, 0xff, ETH_ALEN);
	flow = ibv_create_flow(qp, &rule.attr);
	if (!flow)
		die("ibv_create_flow", errno);
	return flow;
}

/* The clock's rate in kHz, and the bits that its values have. */
struct device_clock {
	uint64_t khz;
	uint64_t mask;
};

static struct device_clock query_clock(struct ibv_context *ctx)
{
	struct ibv_device_attr_ex attr;
	int ret;

	ret = ibv_query_device_ex(ctx, NULL, &attr);
	if (ret)
		die("ibv_query_device_ex", ret);
	if (!attr.completion_timestamp_mask || !attr.hca_core_clock)
		die("the device has no time stamps", EOPNOTSUPP);
	return (struct device_clock) {
		.khz = attr.hca_core_clock,
		.mask = attr.completion_timestamp_mask,
	};
}

/* The clock wraps around, so only differences have a meaning. */
static double microseconds(struct device_clock clock, uint64_t from,
			   uint64_t to)
{
	return ((to - from) & clock.mask) * 1e3 / clock.khz;
}

/* Read the device's clock. Its value comes in the field of the nanoseconds. */
static uint64_t read_clock(struct ibv_context *ctx)
{
	struct ibv_values_ex values = {
		.comp_mask = IBV_VALUES_MASK_RAW_CLOCK,
	};
	int ret;

	ret = ibv_query_rt_values_ex(ctx, &values);
	if (ret)
		die("ibv_query_rt_values_ex", ret);
	return values.raw_clock.tv_nsec;
}

static void receive(struct ibv_qp *qp, struct ibv_mr *mr, struct ibv_cq_ex *cq,
		    long left)
{
	struct device_clock clock = query_clock(qp->context);
	struct ibv_poll_cq_attr attr = {};
	uint64_t time, last = 0;
	int ret;

	while (left > 0) {
		ret = ibv_start_poll(cq, &attr);
		if (ret == ENOENT)
			continue;
		if (ret)
			die("ibv_start_poll", ret);
		check_status(cq->status);
		time = ibv_wc_read_completion_ts(cq);
		post_recv(qp, mr, cq->wr_id);
		ibv_end_poll(cq);

		printf("%.1f us after the last frame, waited for %.1f us\n",
		       last ? microseconds(clock, last, time) : 0.0,
		       microseconds(clock, time, read_clock(qp->context)));
		last = time;
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
		.wc_flags = IBV_WC_EX_WITH_COMPLETION_TIMESTAMP,
	};
	struct ibv_context *ctx;
	struct ibv_flow *flow;
	struct ibv_cq_ex *cq;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_qp *qp;

	if (argc != 4 || atol(argv[3]) <= 0) {
		fprintf(stderr, "usage: timestamps DEVICE ADDRESS COUNT\n");
		return 2;
	}
	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, buffers, sizeof(buffers), IBV_ACCESS_LOCAL_WRITE);
	if (!mr)
		die("ibv_reg_mr", errno);
	/* Only an extended CQ can have time stamps. */
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
	flow = create_flow(qp, argv[2]);
	printf("ready\n");
	fflush(stdout);

	receive(qp, mr, cq, atol(argv[3]));

	ibv_destroy_flow(flow);
	ibv_destroy_qp(qp);
	ibv_destroy_cq(ibv_cq_ex_to_cq(cq));
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
