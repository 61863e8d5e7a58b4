// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * reflector DEVICE ADDRESS COUNT - send frames back
 *
 * Sends COUNT frames to MAC address ADDRESS back to their sources. A frame
 * stays in its buffer: the receive request fills the buffer, the send request
 * empties it, and the completion of the send makes it free for the next frame.
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

/* Exchange the addresses of the frame, and send the frame from its buffer. */
static void send_back(struct ibv_qp *qp, struct ibv_mr *mr, uint64_t slot,
		      uint32_t length)
{
	struct ether_header *eth = (void *)&buffers[slot * SLOT];
	struct ibv_sge sge = {
		.addr = (uintptr_t)eth,
		.length = length,
		.lkey = mr->lkey,
	};
	struct ibv_send_wr wr = {
		.wr_id = slot,
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
	struct ibv_send_wr *bad;
	uint8_t source[ETH_ALEN];
	int ret;

	memcpy(source, eth->ether_shost, ETH_ALEN);
	memcpy(eth->ether_shost, eth->ether_dhost, ETH_ALEN);
	memcpy(eth->ether_dhost, source, ETH_ALEN);
	ret = ibv_post_send(qp, &wr, &bad);
	if (ret)
		die("ibv_post_send", ret);
}

/* Handle completions of both queues, until @count frames were sent back. */
static void reflect(struct ibv_qp *qp, struct ibv_mr *mr, struct ibv_cq *cq,
		    long count)
{
	struct ibv_wc wc;
	int n;

	while (count > 0) {
		n = ibv_poll_cq(cq, 1, &wc);
		if (n < 0)
			die("ibv_poll_cq", EIO);
		if (!n)
			continue;
		check_status(wc.status);
		if (wc.opcode == IBV_WC_RECV) {
			send_back(qp, mr, wc.wr_id, wc.byte_len);
		} else {
			post_recv(qp, mr, wc.wr_id);
			count--;
		}
	}
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = {
			.max_send_wr = DEPTH,
			.max_recv_wr = DEPTH,
			.max_send_sge = 1,
			.max_recv_sge = 1,
		},
	};
	long count = argc == 4 ? atol(argv[3]) : 0;
	struct ibv_context *ctx;
	struct ibv_flow *flow;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_cq *cq;
	struct ibv_qp *qp;

	if (count <= 0) {
		fprintf(stderr, "usage: reflector DEVICE ADDRESS COUNT\n");
		return 2;
	}
	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, buffers, sizeof(buffers), IBV_ACCESS_LOCAL_WRITE);
	if (!mr)
		die("ibv_reg_mr", errno);
	/*
	 * A buffer is in one of the queues, so there are DEPTH completions at
	 * most.
	 */
	cq = ibv_create_cq(ctx, DEPTH, NULL, NULL, 0);
	if (!cq)
		die("ibv_create_cq", errno);
	init.send_cq = cq;
	init.recv_cq = cq;
	qp = ibv_create_qp(pd, &init);
	if (!qp)
		die("ibv_create_qp", errno);
	modify_qp(qp, IBV_QPS_INIT);
	for (int i = 0; i < DEPTH; i++)
		post_recv(qp, mr, i);
	modify_qp(qp, IBV_QPS_RTR);
	modify_qp(qp, IBV_QPS_RTS);
	flow = create_flow(qp, argv[2]);
	printf("ready\n");
	fflush(stdout);

	reflect(qp, mr, cq, count);
	printf("sent %ld frames back\n", count);

	ibv_destroy_flow(flow);
	ibv_destroy_qp(qp);
	ibv_destroy_cq(cq);
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
