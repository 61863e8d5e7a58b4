// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * pacing DEVICE SOURCE DESTINATION KBPS COUNT - send at a limited rate
 *
 * Sends COUNT frames from MAC address SOURCE to MAC address DESTINATION, and
 * prints the rate. The device, and not the program, waits between the frames.
 */
#include <time.h>

#include "example.h"

#define DEPTH		64
#define FRAME_LEN	1000
#define BURST		(2 * FRAME_LEN)	/* bytes that may be sent at once */
#define ETHERTYPE	0x88b5		/* IEEE: for local experiments */

static struct {
	struct ether_header eth;
	char data[FRAME_LEN - sizeof(struct ether_header)];
} frame;

/* Can raw packet queue pairs of this device have this limit? */
static void check_limit(struct ibv_context *ctx, uint32_t kbps)
{
	const struct ibv_packet_pacing_caps *caps;
	struct ibv_device_attr_ex attr;
	int ret;

	ret = ibv_query_device_ex(ctx, NULL, &attr);
	if (ret)
		die("ibv_query_device_ex", ret);
	caps = &attr.packet_pacing_caps;
	if (!(caps->supported_qpts & 1 << IBV_QPT_RAW_PACKET))
		die("the device has no rate limits", EOPNOTSUPP);
	if (kbps < caps->qp_rate_limit_min || kbps > caps->qp_rate_limit_max)
		die("the device can't have this rate limit", ERANGE);
}

/* The limit can be set, and changed, in state RTS. */
static void set_limit(struct ibv_qp *qp, uint32_t kbps)
{
	struct ibv_qp_rate_limit_attr attr = {
		.rate_limit = kbps,
		.max_burst_sz = BURST,
		.typical_pkt_sz = FRAME_LEN,
	};
	int ret;

	ret = ibv_modify_qp_rate_limit(qp, &attr);
	if (ret)
		die("ibv_modify_qp_rate_limit", ret);
}

static void post_send(struct ibv_qp *qp, struct ibv_mr *mr)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)&frame,
		.length = sizeof(frame),
		.lkey = mr->lkey,
	};
	struct ibv_send_wr wr = {
		.sg_list = &sge,
		.num_sge = 1,
		.opcode = IBV_WR_SEND,
		.send_flags = IBV_SEND_SIGNALED,
	};
	struct ibv_send_wr *bad;
	int ret;

	ret = ibv_post_send(qp, &wr, &bad);
	if (ret)
		die("ibv_post_send", ret);
}

/* Keep the send queue full, until @count frames are sent. */
static void send_frames(struct ibv_qp *qp, struct ibv_mr *mr, struct ibv_cq *cq,
			long count)
{
	long posted = 0, sent = 0;
	struct ibv_wc wc;
	int n;

	while (sent < count) {
		for (; posted < count && posted - sent < DEPTH; posted++)
			post_send(qp, mr);
		n = ibv_poll_cq(cq, 1, &wc);
		if (n < 0)
			die("ibv_poll_cq", EIO);
		if (n)
			check_status(wc.status);
		sent += n;
	}
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = { .max_send_wr = DEPTH, .max_send_sge = 1 },
	};
	struct ibv_context *ctx;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_cq *cq;
	struct ibv_qp *qp;
	double start;
	long count;

	if (argc != 6 || atol(argv[5]) <= 0) {
		fprintf(stderr,
			"usage: pacing DEVICE SOURCE DESTINATION KBPS COUNT\n");
		return 2;
	}
	parse_mac(argv[2], frame.eth.ether_shost);
	parse_mac(argv[3], frame.eth.ether_dhost);
	frame.eth.ether_type = htons(ETHERTYPE);
	count = atol(argv[5]);

	ctx = open_device(argv[1]);
	check_limit(ctx, atoi(argv[4]));
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, &frame, sizeof(frame), 0);
	if (!mr)
		die("ibv_reg_mr", errno);
	cq = ibv_create_cq(ctx, DEPTH, NULL, NULL, 0);
	if (!cq)
		die("ibv_create_cq", errno);
	init.send_cq = cq;
	init.recv_cq = cq;
	qp = ibv_create_qp(pd, &init);
	if (!qp)
		die("ibv_create_qp", errno);
	modify_qp(qp, IBV_QPS_INIT);
	modify_qp(qp, IBV_QPS_RTR);
	modify_qp(qp, IBV_QPS_RTS);
	set_limit(qp, atoi(argv[4]));

	start = now();
	send_frames(qp, mr, cq, count);
	printf("sent %ld frames at %.0f kbit/s\n", count,
	       count * FRAME_LEN * 8 / 1e3 / (now() - start));

	ibv_destroy_qp(qp);
	ibv_destroy_cq(cq);
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
