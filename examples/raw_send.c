// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * raw_send DEVICE SOURCE DESTINATION COUNT - send raw Ethernet frames
 *
 * Sends COUNT frames from MAC address SOURCE to MAC address DESTINATION. The
 * program posts lists of requests, and waits for the completion of each list.
 */
#include "example.h"

#define BATCH		32		/* requests in one list */
#define FRAME_LEN	64
#define ETHERTYPE	0x88b5		/* IEEE: for local experiments */

static struct {
	struct ether_header eth;
	char data[FRAME_LEN - sizeof(struct ether_header)];
} frame = { .data = "sent by raw_send" };

/*
 * Post @n requests. All send the same frame, so all have the same buffer. A
 * call for a list costs less than a call for each request. Only the last
 * request asks for a completion, which says that the requests before it are
 * done, too.
 */
static void post_batch(struct ibv_qp *qp, struct ibv_mr *mr, int n)
{
	struct ibv_sge sge = {
		.addr = (uintptr_t)&frame,
		.length = sizeof(frame),
		.lkey = mr->lkey,
	};
	struct ibv_send_wr wr[BATCH] = {}, *bad;
	int ret;

	for (int i = 0; i < n; i++) {
		wr[i].sg_list = &sge;
		wr[i].num_sge = 1;
		wr[i].opcode = IBV_WR_SEND;
		if (i < n - 1)
			wr[i].next = &wr[i + 1];
		else
			wr[i].send_flags = IBV_SEND_SIGNALED;
	}
	ret = ibv_post_send(qp, wr, &bad);
	if (ret)
		die("ibv_post_send", ret);
}

static void wait_completion(struct ibv_cq *cq)
{
	struct ibv_wc wc;
	int n;

	do {
		n = ibv_poll_cq(cq, 1, &wc);
	} while (!n);
	if (n < 0)
		die("ibv_poll_cq", EIO);
	check_status(wc.status);
}

int main(int argc, char **argv)
{
	struct ibv_qp_init_attr init = {
		.qp_type = IBV_QPT_RAW_PACKET,
		.cap = { .max_send_wr = BATCH, .max_send_sge = 1 },
	};
	long count = argc == 5 ? atol(argv[4]) : 0;
	struct ibv_context *ctx;
	struct ibv_pd *pd;
	struct ibv_mr *mr;
	struct ibv_cq *cq;
	struct ibv_qp *qp;

	if (count <= 0) {
		fprintf(stderr,
			"usage: raw_send DEVICE SOURCE DESTINATION COUNT\n");
		return 2;
	}
	parse_mac(argv[2], frame.eth.ether_shost);
	parse_mac(argv[3], frame.eth.ether_dhost);
	frame.eth.ether_type = htons(ETHERTYPE);

	ctx = open_device(argv[1]);
	pd = ibv_alloc_pd(ctx);
	if (!pd)
		die("ibv_alloc_pd", errno);
	mr = ibv_reg_mr(pd, &frame, sizeof(frame), 0);
	if (!mr)
		die("ibv_reg_mr", errno);
	cq = ibv_create_cq(ctx, BATCH, NULL, NULL, 0);
	if (!cq)
		die("ibv_create_cq", errno);
	init.send_cq = cq;
	init.recv_cq = cq;
	/* A raw packet queue pair takes CAP_NET_RAW. */
	qp = ibv_create_qp(pd, &init);
	if (!qp)
		die("ibv_create_qp", errno);
	modify_qp(qp, IBV_QPS_INIT);
	modify_qp(qp, IBV_QPS_RTR);
	modify_qp(qp, IBV_QPS_RTS);

	for (long left = count; left > 0; left -= BATCH) {
		post_batch(qp, mr, left < BATCH ? left : BATCH);
		wait_completion(cq);
	}
	printf("sent %ld frames\n", count);

	/* An object can be destroyed once no other object uses it. */
	ibv_destroy_qp(qp);
	ibv_destroy_cq(cq);
	ibv_dereg_mr(mr);
	ibv_dealloc_pd(pd);
	ibv_close_device(ctx);
	return 0;
}
