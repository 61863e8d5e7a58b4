// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * raw_recv DEVICE ADDRESS COUNT - receive raw Ethernet frames
 *
 * Prints the headers of COUNT frames to MAC address ADDRESS. The program sleeps
 * while no frame arrives.
 */
#include "example.h"

#define DEPTH	64
#define SLOT	2048			/* a frame must fit into its buffer */

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

static void request_event(struct ibv_cq *cq)
{
	int ret = ibv_req_notify_cq(cq, 0);

	if (ret)
		die("ibv_req_notify_cq", ret);
}

/*
 * Sleep until the CQ gets a completion. Only completions after the request
 * cause an event, so the caller polls between this function and the next sleep.
 */
static void wait_event(struct ibv_comp_channel *channel)
{
	struct ibv_cq *cq;
	void *context;

	if (ibv_get_cq_event(channel, &cq, &context))
		die("ibv_get_cq_event", errno);
	/* ibv_destroy_cq() waits for this. */
	ibv_ack_cq_events(cq, 1);
	request_event(cq);
}

static void show(const struct ibv_wc *wc)
{
	struct ether_header *eth = (void *)&buffers[wc->wr_id * SLOT];

	printf("%u bytes from %s, type %04x\n", wc->byte_len,
	       ether_ntoa((void *)eth->ether_shost), ntohs(eth->ether_type));
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = { .max_recv_wr = DEPTH, .max_recv_sge = 1 },
	};
	long left = argc == 4 ? atol(argv[3]) : 0;
	struct ibv_comp_channel *channel;
	struct ibv_context *ctx;
	struct ibv_flow *flow;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_cq *cq;
	struct ibv_qp *qp;

	if (left <= 0) {
		fprintf(stderr, "usage: raw_recv DEVICE ADDRESS COUNT\n");
		return 2;
	}
	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, buffers, sizeof(buffers), IBV_ACCESS_LOCAL_WRITE);
	if (!mr)
		die("ibv_reg_mr", errno);
	channel = ibv_create_comp_channel(ctx);
	if (!channel)
		die("ibv_create_comp_channel", errno);
	cq = ibv_create_cq(ctx, DEPTH, NULL, channel, 0);
	if (!cq)
		die("ibv_create_cq", errno);
	request_event(cq);
	init.send_cq = cq;
	init.recv_cq = cq;
	qp = ibv_create_qp(pd, &init);
	if (!qp)
		die("ibv_create_qp", errno);

	/* Buffers come first: a frame that finds no buffer is dropped. */
	modify_qp(qp, IBV_QPS_INIT);
	for (int i = 0; i < DEPTH; i++)
		post_recv(qp, mr, i);
	modify_qp(qp, IBV_QPS_RTR);
	flow = create_flow(qp, argv[2]);
	printf("ready\n");
	fflush(stdout);

	while (left > 0) {
		struct ibv_wc wc;
		int n = ibv_poll_cq(cq, 1, &wc);

		if (n < 0)
			die("ibv_poll_cq", EIO);
		if (!n) {
			wait_event(channel);
			continue;
		}
		check_status(wc.status);
		show(&wc);
		post_recv(qp, mr, wc.wr_id);
		left--;
	}

	ibv_destroy_flow(flow);
	ibv_destroy_qp(qp);
	ibv_destroy_cq(cq);
	ibv_destroy_comp_channel(channel);
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
